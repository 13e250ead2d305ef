//! Use cases of demerit records.

use super::{Action, Basis, Cycle, Demerit, Facts, Proposal, State, TransitionError, cycle, notice};
use crate::event::{self, NewEvent, Source};
use crate::grade::{Standing, Verified};
use crate::{all, grade, who};
use serde_json::json;
use xingjian_kernel::id::{CaseId, DemeritId};
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission, Refusal, SubjectRef};
use xingjian_policy::{DemeritItem, DemeritRule, DemeritTarget, Entry, GradeCause, Policy};
use xingjian_registry::release;
use xingjian_store::papers::{self, NewPaper};
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// A record to be proposed.
#[derive(Clone, Debug)]
pub struct NewDemerit {
    /// Whose points.
    pub subject: SubjectRef,
    /// Item of the policy pack.
    pub item: String,
    /// The day the behaviour happened: picks the version of the item.
    pub occurred_on: LocalDate,
    /// How often (每人次, 每科目); at least one.
    pub units: u16,
    /// What was found, in a sentence.
    pub fact: String,
    /// What it rests on.
    pub basis: Basis,
}

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// A new record.
    Created(DemeritId),
    /// The same behaviour of the same case has its record already (同一行为不重复记分).
    AlreadyThere(DemeritId),
}

/// Who gets the points of such a subject; `None` for those without a licence to practise.
pub fn target_of(subject: SubjectRef) -> Option<DemeritTarget> {
    match subject {
        SubjectRef::Institution(_) => Some(DemeritTarget::Institution),
        SubjectRef::Practitioner(_) => Some(DemeritTarget::Physician),
        SubjectRef::LegalPerson(_) | SubjectRef::Unregistered(_) => None,
    }
}

/// Items of the pack that name this violation, for this kind of subject.
pub fn items_for<'a>(
    policy: &'a Policy,
    violation: &str,
    subject: SubjectRef,
    as_of: LocalDate,
) -> Vec<&'a Entry<DemeritItem>> {
    let target = target_of(subject);
    let items = policy.demerit_items(as_of).into_iter();
    items.filter(|item| Some(item.target) == target && item.violations.iter().any(|v| v == violation)).collect()
}

/// Proposes points inside the act they follow from: the service of a decision.
pub async fn propose_in(tx: &mut Tx, ctx: &Ctx, new: NewDemerit) -> Result<Proposed, Failure> {
    let today = ctx.today();
    let item = ctx.policy().demerit_item(&new.item, new.occurred_on).ok_or_else(|| {
        let text = format!("{}没有有效的记分情形{}", chinese(new.occurred_on), new.item);
        Refusal::new("no_such_item", text, "请按行为发生时有效的记分情形办理")
    })?;
    if target_of(new.subject) != Some(item.target) {
        return Err(Refusal::from(TransitionError::WrongTarget(item.target)).into());
    }
    let there = all::about_in::<Demerit>(tx, &ctx.seeing_all(), new.subject).await?;
    let same = |d: &Demerit| d.item == new.item && d.basis.case() == new.basis.case() && d.basis.case().is_some();
    if let Some(there) = there.iter().find(|d| same(&d.value) && !matches!(d.state, State::Revoked { .. })) {
        return Ok(Proposed::AlreadyThere(there.id));
    }
    let who = who::find_in(tx, ctx, new.subject).await?;
    let proposal = Proposal {
        subject: new.subject,
        name: who.name,
        division: who.division,
        department: ctx.actor.department.clone(),
        item: item.id.clone(),
        target: item.target,
        behaviour: item.behaviour.clone(),
        punishable: !item.violations.is_empty(),
        points: item.points.saturating_mul(new.units),
        fact: new.fact,
        basis: new.basis,
    };
    let found_on = match &proposal.basis {
        Basis::Penalty { served_on, .. } => *served_on,
        Basis::NotPunished { .. } | Basis::NoPenaltyInLaw { .. } => today,
    };
    let due = ctx.deadline("demerit_notice", found_on)?;
    let demerit = Demerit::propose(ctx.new_id(), proposal, ctx.now(), due).map_err(Refusal::from)?;
    records::insert(tx, ctx, &demerit, told(&demerit, &[])).await?;
    Ok(Proposed::Created(demerit.id))
}

/// Acts on a demerit record: the office tells, lets take effect or revokes; the party speaks or waives.
pub async fn act(ctx: &Ctx, id: DemeritId, seen: i64, action: Action) -> Result<Stored<Demerit>, Failure> {
    let for_party = matches!(action, Action::Contest { .. } | Action::Waive);
    if !(for_party && ctx.actor.may(Permission::AnswerAsUnit)) {
        ctx.may(Permission::ManageCredit)?;
    }
    let mut tx = ctx.begin().await?;
    let before = records::must_in::<Demerit>(&mut tx, ctx, id).await?;
    if before.version != seen {
        return Err(Failure::Conflict);
    }
    let before = before.value;
    let facts = facts_in(&mut tx, ctx, &before, &action).await?;
    let mut demerit = before.clone().apply(action, &facts).map_err(Refusal::from)?;
    let counts = matches!(demerit.state, State::Effective { .. });
    if counts {
        release::require(&mut tx, ctx, "demerit_item", &demerit.item).await?;
    }
    if let State::Notified { notice } = &mut demerit.state
        && notice.paper.is_none()
    {
        notice.paper = Some(paper_in(&mut tx, ctx, &before, &facts, notice.served_on).await?);
    }
    let measures = if counts { newly_reached_in(&mut tx, ctx, &demerit).await? } else { vec![] };
    let version = records::save(&mut tx, ctx, &demerit, seen, told(&demerit, &measures)).await?;
    follow_in(&mut tx, ctx, &before, &demerit).await?;
    tx.commit().await?;
    Ok(Stored { version, value: demerit })
}

/// Revokes every record that rests on a case, because its decision was annulled or changed; how many they were.
pub async fn revoke_case_in(
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectRef,
    case: CaseId,
    reason: &str,
) -> Result<usize, Failure> {
    let all = ctx.seeing_all();
    let mut revoked = 0;
    for Stored { version, value: before } in all::about_in::<Demerit>(tx, &all, subject).await? {
        if before.basis.case() != Some(case) || matches!(before.state, State::Revoked { .. }) {
            continue;
        }
        let facts = Facts { today: ctx.today(), notice: None };
        let revoke = Action::Revoke { reason: reason.to_owned() };
        let demerit = before.clone().apply(revoke, &facts).map_err(Refusal::from)?;
        records::save(tx, &all, &demerit, version, told(&demerit, &[])).await?;
        follow_in(tx, &all, &before, &demerit).await?;
        revoked += 1;
    }
    Ok(revoked)
}

/// Number and term of a notice about to be served. The number is issued in the same transaction: where the act
/// is refused, it was never given.
async fn facts_in(tx: &mut Tx, ctx: &Ctx, before: &Demerit, action: &Action) -> Result<Facts, Failure> {
    let notice = match action {
        Action::Notify { .. } if matches!(before.state, State::Proposed) => {
            let number = xingjian_store::numbers::issue(tx, ctx, "demerit_notice").await?;
            // From today, which is never before the service: a day typed too early cannot shorten the term.
            Some((number, ctx.deadline("demerit_statement", ctx.today())?))
        }
        _ => None,
    };
    Ok(Facts { today: ctx.today(), notice })
}

async fn paper_in(
    tx: &mut Tx,
    ctx: &Ctx,
    demerit: &Demerit,
    facts: &Facts,
    served_on: LocalDate,
) -> Result<(xingjian_kernel::id::PaperId, String), Failure> {
    let (number, statement_due) = facts.notice.as_ref().ok_or_else(|| Refusal::from(TransitionError::NoNumber))?;
    let authority = &ctx.policy().city.authority;
    let new = NewPaper {
        kind: "demerit_notice".into(),
        number: number.clone(),
        title: notice::TITLE.into(),
        resource_id: demerit.id.to_string(),
        division: demerit.division.clone(),
        department: demerit.department.clone(),
        subject: Some(demerit.subject),
        bytes: notice::page(demerit, number, *statement_due, authority, served_on).into_bytes(),
    };
    let paper = papers::keep(tx, ctx, new).await?;
    Ok((paper.id, paper.sha256))
}

/// Credit follows the points: in force they weigh, revoked they no longer do.
async fn follow_in(tx: &mut Tx, ctx: &Ctx, before: &Demerit, demerit: &Demerit) -> Result<(), Failure> {
    match &demerit.state {
        State::Effective { on, points, notice, .. } => {
            let new = NewEvent {
                subject: demerit.subject,
                cause: GradeCause::DemeritPoint,
                units: u32::from(*points),
                amount: None,
                effective_on: *on,
                source: Source {
                    resource: demerit.id.to_string(),
                    number: Some(notice.number.clone()),
                    department: demerit.department.clone(),
                    text: format!("{}，记{points}分", demerit.behaviour),
                },
            };
            event::record_in(tx, ctx, new).await?;
        }
        State::Revoked { reason, .. } if matches!(before.state, State::Effective { .. }) => {
            let resource = demerit.id.to_string();
            event::withdraw_in(tx, ctx, &resource, GradeCause::DemeritPoint, reason).await?;
        }
        _ => {}
    }
    Ok(())
}

/// The cycle of one rule that a subject is in.
#[derive(Clone, Debug)]
pub struct Account {
    /// The rule.
    pub rule: Entry<DemeritRule>,
    /// The cycle; `None` where none is running, which is not the same as zero points.
    pub cycle: Option<Cycle>,
}

/// The points of a subject as of a date, by every rule of the pack for its kind. Read over all departments.
pub async fn account_of(ctx: &Ctx, subject: SubjectRef, as_of: LocalDate) -> Result<Vec<Account>, Failure> {
    let system = Ctx::system(&ctx.app);
    let demerits = all::about::<Demerit>(&system, subject).await?;
    let standing = records::get::<Standing>(&system, subject).await?;
    Ok(accounts(ctx, subject, &values(demerits), standing.as_deref(), as_of))
}

fn values(stored: Vec<Stored<Demerit>>) -> Vec<Demerit> {
    stored.into_iter().map(|demerit| demerit.value).collect()
}

fn accounts(
    ctx: &Ctx,
    subject: SubjectRef,
    demerits: &[Demerit],
    standing: Option<&Standing>,
    as_of: LocalDate,
) -> Vec<Account> {
    let verified: Vec<LocalDate> = standing.map(|s| s.verified.iter().map(|v| v.on).collect()).unwrap_or_default();
    let rules = ctx.policy().demerit_rules(as_of).into_iter();
    let rules = rules.filter(|rule| Some(rule.target) == target_of(subject));
    rules.map(|rule| Account { rule: rule.clone(), cycle: cycle(rule, demerits, &verified, as_of) }).collect()
}

/// Measures whose threshold this record, taking effect, reaches: each once, by the rules in force today.
async fn newly_reached_in(tx: &mut Tx, ctx: &Ctx, demerit: &Demerit) -> Result<Vec<String>, Failure> {
    let system = Ctx::system(&ctx.app);
    let mut others = values(all::about_in::<Demerit>(tx, &system, demerit.subject).await?);
    others.retain(|other| other.id != demerit.id);
    let standing = records::get_in::<Standing>(tx, &system, demerit.subject).await?;
    let reached = |demerits: &[Demerit]| -> Vec<String> {
        let accounts = accounts(ctx, demerit.subject, demerits, standing.as_deref(), ctx.today());
        let cycles = accounts.into_iter().filter_map(|account| account.cycle);
        cycles.flat_map(|cycle| cycle.reached.into_iter().map(|reached| reached.measure)).collect()
    };
    let before = reached(&others);
    others.push(demerit.clone());
    let mut after = reached(&others);
    after.retain(|measure| !before.contains(measure));
    Ok(after)
}

/// What just happened to it.
fn told(demerit: &Demerit, measures: &[String]) -> Event {
    let what = format!("{} {}", demerit.item, demerit.behaviour);
    let (kind, text) = match &demerit.state {
        State::Proposed => {
            let (points, basis) = (demerit.points, demerit.basis.text());
            ("demerit.proposed", format!("拟记不良执业行为{points}分：{what}，依据：{basis}"))
        }
        State::Notified { notice } if notice.waived_on.is_some() => {
            ("demerit.waived", format!("当事人放弃对{}的陈述申辩", notice.number))
        }
        State::Notified { notice } => {
            let due = chinese(notice.statement_due.due);
            ("demerit.notified", format!("送达{}《{}》，可在{due}前陈述申辩", notice.number, notice::TITLE))
        }
        State::Contested { notice, .. } if notice.waived_on.is_some() => {
            ("demerit.waived", format!("当事人对{}不再补充陈述申辩", notice.number))
        }
        State::Contested { statement, .. } => ("demerit.contested", format!("陈述申辩：{}", statement.text)),
        State::Effective { on, points, .. } => {
            let so =
                if measures.is_empty() { String::new() } else { format!("，达到阈值：{}", measures.join("、")) };
            ("demerit.effective", format!("不良执业行为记{points}分，自{}起生效：{what}{so}", chinese(*on)))
        }
        State::Revoked { reason, .. } => ("demerit.revoked", format!("撤销记分：{what}，理由：{reason}")),
    };
    Event::new(kind, text).data(json!({
        "demerit": demerit.id,
        "item": demerit.item,
        "points": demerit.in_force(LocalDate::MAX).map_or(demerit.points, |(_, points)| points),
        "case": demerit.basis.case(),
        "number": demerit.served().map(|notice| &notice.number),
        "measures": measures,
    }))
}

/// Records that an institution passed its verification (校验): its cycle of points begins anew.
pub async fn record_verification(
    ctx: &Ctx,
    subject: SubjectRef,
    on: LocalDate,
    reference: &str,
) -> Result<Stored<Standing>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let reference = reference.trim().to_owned();
    if on > ctx.today() || reference.is_empty() {
        let mend = "请填写今天或者以前的日期和批准文号";
        return Err(
            xingjian_kernel::Fault::new("校验", &format!("{on} {reference}"), "日期或者文号不正确", mend).into()
        );
    }
    let mut tx = ctx.begin().await?;
    grade::reassess_in(&mut tx, ctx, subject).await?;
    let stored = records::must_in::<Standing>(&mut tx, &Ctx::system(&ctx.app), subject).await?;
    let (seen, mut standing) = (stored.version, stored.value);
    if standing.verified.iter().any(|verified| verified.on == on) {
        return Ok(Stored { version: seen, value: standing });
    }
    let text = format!("{}校验合格（{reference}），不良执业行为记分清零", chinese(on));
    standing.verified.push(Verified { on, reference });
    standing.verified.sort_by_key(|verified| verified.on);
    let event = Event::new("credit.verification_recorded", text).data(json!({"on": on}));
    let version = records::save(&mut tx, &ctx.seeing_all(), &standing, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: standing })
}

/// Every demerit record of a subject that the caller may see, oldest first.
pub async fn all_of(ctx: &Ctx, subject: SubjectRef) -> Result<Vec<Stored<Demerit>>, Failure> {
    all::about(ctx, subject).await
}

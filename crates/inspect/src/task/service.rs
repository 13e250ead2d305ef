//! Use cases of inspection tasks.

use super::{Action, Answer, Cause, Draft, Facts, Frequency, Item, Outcome, State, Task, event};
use crate::draw;
use crate::finding::{self, Finding, Order};
use crate::officer::{Standing, fit};
use crate::papers;
use crate::rate::{self, Rate};
use std::collections::BTreeMap;
use xingjian_credit::event::{self as credit_event, NewEvent, Source};
use xingjian_kernel::id::{FindingId, OfficerId, TaskId};
use xingjian_kernel::{Deadline, Fault, LocalDate, Permission, SubjectRef};
use xingjian_policy::GradeCause;
use xingjian_registry::officer::{self, Officer};
use xingjian_registry::release;
use xingjian_registry::subject::{self, Ties};
use xingjian_store::{Ctx, Failure, Filter, Order as Sorted, Stored, Tx, numbers, records};

/// A task about to be proposed, as a form hands it in.
#[derive(Clone, Debug)]
pub struct NewTask {
    /// Why.
    pub cause: Cause,
    /// Whom.
    pub subject: SubjectRef,
    /// Day of the visit.
    pub planned: LocalDate,
    /// What to look at: ids of inspection items of the policy pack.
    pub items: Vec<String>,
    /// Who goes.
    pub officers: Vec<OfficerId>,
    /// Why the yearly cap is exceeded, where it is.
    pub exceed_reason: Option<String>,
}

/// Proposes a task of a plan or a follow-up. One that a signal asks for is proposed by the signal, so that nobody
/// claims a clue that is not there.
pub async fn propose(ctx: &Ctx, new: NewTask) -> Result<TaskId, Failure> {
    if let Cause::Signal { title, .. } = &new.cause {
        return Err(Fault::new("检查来由", title, "由线索引起", "请在该线索中转现场检查").into());
    }
    let mut tx = ctx.begin().await?;
    let id = propose_in(&mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(id)
}

/// Proposes a task inside the transaction of the act that asks for it.
pub async fn propose_in(tx: &mut Tx, ctx: &Ctx, new: NewTask) -> Result<TaskId, Failure> {
    ctx.may(Permission::ProposeInspection)?;
    let known = subject::known_in(tx, ctx, new.subject).await?;
    let items = items(ctx, &new.items)?;
    let bound = bound_in(tx, ctx, &new.cause).await?;
    let facts = Facts {
        standing: standing_in(tx, ctx, &new.officers, &known.ties, &bound).await?,
        frequency: frequency_in(tx, ctx, new.subject, new.planned, None).await?,
        ..Facts::at(ctx.now())
    };
    let draft = Draft {
        cause: new.cause,
        subject: new.subject,
        subject_name: known.name,
        division: known.division,
        department: ctx.actor.department.clone(),
        planned: new.planned,
        items,
        officers: new.officers,
        exceed_reason: new.exceed_reason,
    };
    let task = Task::propose(ctx.new_id(), draft, &ctx.actor, &facts)?;
    records::insert(tx, ctx, &task, event::proposed(&task)).await?;
    Ok(task.id)
}

/// Takes a step. `seen` is the version the page showed.
pub async fn act(ctx: &Ctx, id: TaskId, seen: i64, action: Action) -> Result<Stored<Task>, Failure> {
    if let Action::SettleFinding { .. } = action {
        return Err(Fault::new("问题", "", "随复查结果自动办结", "请在该问题中登记复查结果").into());
    }
    let mut tx = ctx.begin().await?;
    let task = records::must_in::<Task>(&mut tx, ctx, id).await?.value;
    if let Some(why) = task.why_not(action.name(), &ctx.actor) {
        return Err(why.into());
    }
    let action = drawn_in(&mut tx, ctx, &task, action).await?;
    let facts = facts_in(&mut tx, ctx, &task, &action).await?;
    let next = task.apply(action.clone(), &ctx.actor, &facts)?;
    let mut version = records::save(&mut tx, ctx, &next, seen, event::of(&next, &action)).await?;
    match action {
        Action::Begin { .. } => papers::keep_notice_in(&mut tx, ctx, &next).await?,
        Action::Submit => version = submitted_in(&mut tx, ctx, &next, version).await?,
        _ => {}
    }
    tx.commit().await?;
    Ok(Stored { version, value: next })
}

/// In a drawn team nobody chooses who steps in: the tickets of the draw do.
async fn drawn_in(tx: &mut Tx, ctx: &Ctx, task: &Task, action: Action) -> Result<Action, Failure> {
    let (Some(place), Action::DecideRecusal { officer, granted: true, reason, .. }) = (task.cause.draw(), &action)
    else {
        return Ok(action);
    };
    let open = task.recusals.iter().find(|recusal| recusal.officer == *officer && recusal.decision.is_none());
    let Some(declared) = open else { return Ok(action) };
    let reason_given = format!("{}（{}）", declared.ground, reason.trim());
    let to = draw::successor_in(tx, ctx, place, (*officer, &reason_given), &declared.declared_by).await?;
    let (officer, reason) = (*officer, reason.clone());
    Ok(Action::DecideRecusal { officer, granted: true, reason, replacement: Some(to) })
}

/// Notes that a finding was settled, inside its transaction; the last one closes the task.
pub(crate) async fn settle_in(tx: &mut Tx, ctx: &Ctx, id: TaskId, finding: FindingId) -> Result<(), Failure> {
    let stored = records::must_in::<Task>(tx, ctx, id).await?;
    let action = Action::SettleFinding { finding };
    let next = stored.value.apply(action.clone(), &ctx.actor, &Facts::at(ctx.now()))?;
    let version = records::save(tx, ctx, &next, stored.version, event::of(&next, &action)).await?;
    close_in(tx, ctx, &next, version).await?;
    Ok(())
}

/// Says on the ledger that a task ended, where it did: followers wait for that one event.
async fn close_in(tx: &mut Tx, ctx: &Ctx, task: &Task, version: i64) -> Result<i64, Failure> {
    if let State::Closed { .. } = task.state {
        return records::save(tx, ctx, task, version, event::closed(task)).await;
    }
    Ok(version)
}

/// What a step needs to know.
async fn facts_in(tx: &mut Tx, ctx: &Ctx, task: &Task, action: &Action) -> Result<Facts, Failure> {
    let mut facts = Facts::at(ctx.now());
    let mut officers = task.officer_ids();
    match action {
        Action::Approve => {
            for item in &task.items {
                release::require(tx, ctx, "inspection_item", &item.id).await?;
            }
            // The number comes first: the lock of its counter orders approvals, so the second counts the first.
            facts.notice = numbers::issue(tx, ctx, "inspection_notice").await?;
            facts.frequency = frequency_in(tx, ctx, task.subject, task.planned, Some(task.id)).await?;
        }
        Action::ProposeAgain { planned, items: ids, officers: chosen, .. } => {
            facts.items = items(ctx, ids)?;
            facts.frequency = frequency_in(tx, ctx, task.subject, *planned, Some(task.id)).await?;
            officers.clone_from(chosen);
        }
        Action::DecideRecusal { replacement, .. } => officers.extend(replacement),
        Action::ReplaceOfficer { replacement, .. } => officers.push(*replacement),
        Action::Begin { .. } => {}
        Action::Answer { answers } => {
            violations(ctx, answers)?;
            return Ok(facts);
        }
        Action::Submit => {
            facts.findings = task.violated().iter().map(|_| ctx.new_id()).collect();
            return Ok(facts);
        }
        _ => return Ok(facts),
    }
    let ties = subject::ties_in(tx, ctx, task.subject).await?;
    let mut bound = bound_in(tx, ctx, &task.cause).await?;
    bound.extend(task.recused());
    facts.standing = standing_in(tx, ctx, &officers, &ties, &bound).await?;
    Ok(facts)
}

/// Opens the findings of a submitted task, with one order to correct them all, and what the result means for credit.
async fn submitted_in(tx: &mut Tx, ctx: &Ctx, task: &Task, version: i64) -> Result<i64, Failure> {
    let violated = task.violated();
    if !violated.is_empty() {
        let number = numbers::issue(tx, ctx, "rectification_order").await?;
        let mut findings = vec![];
        for (found, id) in violated.iter().zip(task.state.findings()) {
            let due = due_in(tx, ctx, found.correct_by).await?;
            let order = Order { number: number.clone(), due, by: (&ctx.actor).into(), at: ctx.now() };
            let finding = Finding::open(*id, task, found, order);
            records::insert(tx, ctx, &finding, finding::event::opened(&finding)).await?;
            finding::service::ordered_in(tx, ctx, &finding).await?;
            findings.push(finding);
        }
        papers::keep_order_in(tx, ctx, task, &number, &findings).await?;
    }
    if let (Some(place), Some(sheet)) = (task.cause.draw(), task.state.sheet()) {
        let there: Vec<OfficerId> = sheet.signatures.iter().map(|signature| signature.officer).collect();
        draw::record_in(tx, ctx, place, sheet.record.outcome, &there).await?;
    }
    let outcome = task.state.sheet().map(|s| s.record.outcome);
    if outcome == Some(Outcome::Refused) {
        let source = Source {
            resource: task.id.to_string(),
            number: task.number().map(str::to_owned),
            department: task.department.clone(),
            text: format!("检查结果：{}", Outcome::Refused.label()),
        };
        let new = NewEvent {
            subject: task.subject,
            cause: GradeCause::RefusedInspection,
            units: 1,
            amount: None,
            effective_on: ctx.today(),
            source,
        };
        credit_event::record_in(tx, ctx, new).await?;
    }
    close_in(tx, ctx, task, version).await
}

/// The deadline the officers set, or that of the clock of the policy pack.
pub(crate) async fn due_in(tx: &mut Tx, ctx: &Ctx, correct_by: Option<LocalDate>) -> Result<Deadline, Failure> {
    let from = ctx.today();
    if let Some(due) = correct_by {
        return Ok(Deadline { from, due, estimated: false });
    }
    release::require(tx, ctx, "clock", "rectification").await?;
    ctx.deadline("rectification", from)
}

/// Who had to step back from the inspection that a follow-up follows.
async fn bound_in(tx: &mut Tx, ctx: &Ctx, cause: &Cause) -> Result<BTreeMap<OfficerId, String>, Failure> {
    let Cause::FollowUp { finding } = cause else { return Ok(BTreeMap::new()) };
    match records::get_in::<Finding>(tx, &ctx.seeing_all(), *finding).await? {
        Some(finding) => finding::service::bound_in(tx, ctx, &finding).await,
        None => Ok(BTreeMap::new()),
    }
}

/// What the registry says about officers, read over all scopes: a ground must not depend on who looks. `bound` are
/// officers who had to step back before.
pub(crate) async fn standing_in(
    tx: &mut Tx,
    ctx: &Ctx,
    officers: &[OfficerId],
    ties: &Ties,
    bound: &BTreeMap<OfficerId, String>,
) -> Result<BTreeMap<OfficerId, Standing>, Failure> {
    let all = ctx.seeing_all();
    let mut standing = BTreeMap::new();
    for id in officers {
        if let Some(officer) = records::get_in::<Officer>(tx, &all, *id).await? {
            let ground = match bound.get(id) {
                Some(ground) => Some(ground.clone()),
                None => subject::ground_in(tx, ctx, &officer, ties).await?,
            };
            standing.insert(*id, Standing::of(&officer.value, ground));
        }
    }
    Ok(standing)
}

/// Inspections of the subject in the year of `planned`, over all departments, against the cap of its grade.
async fn frequency_in(
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectRef,
    planned: LocalDate,
    except: Option<TaskId>,
) -> Result<Option<Frequency>, Failure> {
    let Some(rate) = rate::of_in(tx, ctx, subject).await? else { return Ok(None) };
    let all = ctx.seeing_all();
    let tasks = records::all_in::<Task>(tx, &all, &counted(subject)).await?;
    Ok(Some(rate.frequency(in_year(&tasks, planned, except))))
}

/// How often a subject may be inspected this year and was: what a form shows beside the reason.
pub async fn frequency(ctx: &Ctx, subject: SubjectRef) -> Result<Option<(Rate, Frequency)>, Failure> {
    let Some((rate, _)) = rate::of(ctx, subject).await? else { return Ok(None) };
    let all = ctx.seeing_all();
    let tasks = records::all::<Task>(&all, &counted(subject)).await?;
    let frequency = rate.frequency(in_year(&tasks, ctx.today(), None));
    Ok(Some((rate, frequency)))
}

fn counted(subject: SubjectRef) -> Filter {
    let states = State::COUNTED.iter().map(|s| (*s).to_owned()).collect();
    Filter { subject: Some(subject), states, order: Sorted::Newest, ..Filter::default() }
}

fn in_year(tasks: &[Stored<Task>], day: LocalDate, except: Option<TaskId>) -> u32 {
    let same = |task: &&Stored<Task>| task.planned.year() == day.year() && Some(task.id) != except;
    u32::try_from(tasks.iter().filter(same).count()).unwrap_or(u32::MAX)
}

/// Items of the policy pack as they read today; every unknown id is a fault.
fn items(ctx: &Ctx, ids: &[String]) -> Result<Vec<Item>, Failure> {
    let (mut items, mut faults) = (Vec::<Item>::new(), vec![]);
    for id in ids {
        match ctx.policy().inspection_item(id, ctx.today()) {
            _ if items.iter().any(|i| i.id == *id) => {}
            Some(entry) => items.push(Item {
                id: entry.id.clone(),
                name: entry.name.clone(),
                points: entry.points.clone(),
                basis: entry.basis.clone(),
                department: None,
            }),
            None => faults.push(Fault::new("检查事项", id, "不在现行检查事项清单内", "请从清单中选择")),
        }
    }
    if faults.is_empty() { Ok(items) } else { Err(faults.into()) }
}

/// Violations named in answers must be in the policy pack.
fn violations(ctx: &Ctx, answers: &BTreeMap<String, Answer>) -> Result<(), Failure> {
    let named = answers.values().filter_map(|answer| match answer {
        Answer::Violates { violation: Some(id), .. } if !id.trim().is_empty() => Some(id),
        _ => None,
    });
    let unknown = named.filter(|id| ctx.policy().violation(id, ctx.today()).is_none());
    let faults: Vec<Fault> =
        unknown.map(|id| Fault::new("案由", id, "不在现行案由库内", "请从案由库中选择，或者暂不填写")).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

/// An officer whom a form offers, and why not, where it is so.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What the registry says.
    pub standing: Standing,
    /// Why the officer cannot go, in the words of the error.
    pub blocked: Option<String>,
}

/// The officers of the caller's scope for an inspection of the subject on a day, by name. `bound` are officers who had
/// to step back before.
pub async fn candidates(
    ctx: &Ctx,
    subject: SubjectRef,
    day: LocalDate,
    bound: &BTreeMap<OfficerId, String>,
) -> Result<Vec<Candidate>, Failure> {
    let known = subject::known(ctx, subject).await?;
    let mut candidates = vec![];
    for officer in officer::certified(ctx, day).await? {
        let ground = match bound.get(&officer.id) {
            Some(ground) => Some(ground.clone()),
            None => subject::ground(ctx, &officer, &known.ties).await?,
        };
        let standing = Standing::of(&officer, ground);
        let one = BTreeMap::from([(officer.id, standing.clone())]);
        let blocked = fit(officer.id, day, &one).err().map(|why| why.to_string());
        candidates.push(Candidate { standing, blocked });
    }
    Ok(candidates)
}

/// The findings of a task that the caller may see, in the order of the checklist.
pub async fn findings(ctx: &Ctx, task: &Task) -> Result<Vec<Stored<Finding>>, Failure> {
    let mut found = vec![];
    for id in task.state.findings() {
        found.extend(records::get::<Finding>(ctx, id).await?);
    }
    Ok(found)
}

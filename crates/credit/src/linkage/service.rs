//! Use cases of linkages.

use super::{Action, Facts, Linkage, Push, State};
use crate::all;
use crate::grade::{Standing, reason};
use serde_json::json;
use xingjian_kernel::id::LinkageId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Permission, Refusal, SubjectRef};
use xingjian_policy::{Entry, LinkageRule};
use xingjian_registry::release;
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// Acts on a linkage: the department asked answers, the department that asked answers an objection.
pub async fn act(ctx: &Ctx, id: LinkageId, seen: i64, action: Action) -> Result<Stored<Linkage>, Failure> {
    ctx.may(match action {
        Action::Acknowledge | Action::Effect { .. } | Action::Object { .. } | Action::Undo { .. } => {
            Permission::AnswerLinkage
        }
        Action::Withdraw { .. } | Action::Uphold { .. } | Action::Lift { .. } | Action::Renew { .. } => {
            Permission::ManageCredit
        }
    })?;
    let mut tx = ctx.begin().await?;
    let linkage = records::must_in::<Linkage>(&mut tx, ctx, id).await?.value;
    let facts = facts(ctx)?;
    let linkage = linkage.apply(action, &ctx.actor, &facts).map_err(Refusal::from)?;
    let event = told(ctx, &linkage, false);
    let version = records::save(&mut tx, ctx, &linkage, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: linkage })
}

/// Every linkage about a subject that the caller may see, oldest first.
pub async fn all_of(ctx: &Ctx, subject: SubjectRef) -> Result<Vec<Stored<Linkage>>, Failure> {
    all::about(ctx, subject).await
}

/// Pushes what the grade asks for, asks anew where it changed, and lifts what it no longer asks for. Twice is the same
/// as once. While the grade is only a trial, nothing moves.
pub(crate) async fn follow_grade_in(tx: &mut Tx, system: &Ctx, standing: &Standing) -> Result<(), Failure> {
    if standing.grading.trial {
        return Ok(());
    }
    let there = all::about_in::<Linkage>(tx, system, standing.subject).await?;
    let grade = &standing.grading.grade;
    for rule in system.policy().linkages(system.today()) {
        let answered = there.iter().any(|linkage| answers(linkage, rule, standing));
        if !rule.on_grades.contains(grade) || answered || !release::is_released(tx, system, "linkage", &rule.id).await?
        {
            continue;
        }
        match there.iter().find(|linkage| linkage.rule == rule.id && goes_on(linkage)) {
            Some(linkage) => renew(tx, system, linkage, standing, rule).await?,
            None => push(tx, system, standing, rule).await?,
        }
    }
    for linkage in there {
        let rule = system.policy().linkage(&linkage.rule, system.today());
        let asked = rule.is_some_and(|rule| rule.on_grades.contains(grade));
        if linkage.is_live() && !asked {
            lift(tx, system, linkage, standing).await?;
        }
    }
    Ok(())
}

/// Whether this linkage already does what the rule asks: it is live for this grade, or it was withdrawn under the
/// present grade.
fn answers(linkage: &Linkage, rule: &Entry<LinkageRule>, standing: &Standing) -> bool {
    let grade = linkage.grade == standing.grading.grade;
    let present = grade && linkage.pushed_at.local_date() >= standing.since();
    let taken_back = matches!(linkage.state, State::Withdrawn { .. } | State::Undoing { withdrawn: Some(_), .. });
    linkage.rule == rule.id && (linkage.is_live() && grade || present && taken_back)
}

/// Whether it can be asked anew instead of beside it: it is live, or its effect is still in place.
fn goes_on(linkage: &Linkage) -> bool {
    linkage.is_live() || matches!(linkage.state, State::Undoing { .. })
}

async fn renew(
    tx: &mut Tx,
    system: &Ctx,
    linkage: &Stored<Linkage>,
    standing: &Standing,
    rule: &Entry<LinkageRule>,
) -> Result<(), Failure> {
    let action = Action::Renew {
        grade: standing.grading.grade.clone(),
        consequence: rule.consequence.clone(),
        reason: reason(&standing.grading),
        at: system.now(),
    };
    let renewed = linkage.value.clone().apply(action, &system.actor, &facts(system)?).map_err(Refusal::from)?;
    let event = told(system, &renewed, true);
    records::save(tx, system, &renewed, linkage.version, event).await?;
    Ok(())
}

async fn push(tx: &mut Tx, system: &Ctx, standing: &Standing, rule: &Entry<LinkageRule>) -> Result<(), Failure> {
    let new = Push {
        subject: standing.subject,
        name: standing.name.clone(),
        division: standing.division.clone(),
        rule: rule.id.clone(),
        matter: rule.matter.clone(),
        consequence: rule.consequence.clone(),
        department: rule.department.clone(),
        origin: standing.department.clone(),
        grade: standing.grading.grade.clone(),
        reason: reason(&standing.grading),
    };
    let linkage = Linkage::push(system.new_id(), new, system.now(), &facts(system)?);
    let event = told(system, &linkage, false);
    records::insert(tx, system, &linkage, event).await
}

async fn lift(tx: &mut Tx, system: &Ctx, linkage: Stored<Linkage>, standing: &Standing) -> Result<(), Failure> {
    let seen = linkage.version;
    let why = format!("信用等级现为{}级（{}分），不再适用", standing.grading.grade, standing.grading.total);
    let linkage = linkage.value.apply(Action::Lift { why }, &system.actor, &facts(system)?).map_err(Refusal::from)?;
    let event = told(system, &linkage, false);
    records::save(tx, system, &linkage, seen, event).await?;
    Ok(())
}

fn facts(ctx: &Ctx) -> Result<Facts, Failure> {
    let today = ctx.today();
    let acknowledge_due = ctx.deadline("linkage_acknowledge", today)?;
    let effect_due = ctx.deadline("linkage_effect", today)?;
    Ok(Facts { today, acknowledge_due, effect_due })
}

/// What just happened to it.
fn told(ctx: &Ctx, linkage: &Linkage, renewed: bool) -> Event {
    let (matter, consequence) = (&linkage.matter, &linkage.consequence);
    let (kind, text) = match &linkage.state {
        _ if renewed => {
            let (to, grade) = (department(ctx, linkage), &linkage.grade);
            ("linkage.renewed", format!("信用等级变为{grade}级，再次向{to}推送“{matter}”：{consequence}"))
        }
        State::Pushed { answer: None, acknowledge_due, .. } => {
            let to = department(ctx, linkage);
            let due = chinese(acknowledge_due.due);
            ("linkage.pushed", format!("因信用{}级向{to}推送“{matter}”：{consequence}，请于{due}前签收", linkage.grade))
        }
        State::Pushed { answer: Some(answer), .. } => ("linkage.upheld", format!("维持“{matter}”并再次推送：{answer}")),
        State::Acknowledged { effect_due, .. } => {
            ("linkage.acknowledged", format!("签收“{matter}”，应于{}前反馈落实情况", chinese(effect_due.due)))
        }
        State::Effected { effect, .. } => ("linkage.effected", format!("落实“{matter}”：{effect}")),
        State::Objected { reason, .. } => ("linkage.objected", format!("对“{matter}”提出异议：{reason}")),
        State::Withdrawn { undone: Some(undone), .. } | State::Lifted { undone: Some(undone), .. } => {
            ("linkage.undone", format!("“{matter}”已恢复：{}", undone.text))
        }
        State::Withdrawn { reason, .. } => ("linkage.withdrawn", format!("撤回“{matter}”：{reason}")),
        State::Undoing { why, undo_due, .. } => {
            let (to, due) = (department(ctx, linkage), chinese(undo_due.due));
            ("linkage.undoing", format!("不再要求“{matter}”：{why}；请{to}于{due}前恢复已采取的措施并确认"))
        }
        State::Lifted { why, .. } => ("linkage.lifted", format!("解除“{matter}”：{why}")),
    };
    Event::new(kind, text).data(json!({
        "linkage": linkage.id,
        "rule": linkage.rule,
        "department": linkage.department,
        "grade": linkage.grade,
        "due": linkage.due().map(|(deadline, _)| deadline.due),
    }))
}

fn department(ctx: &Ctx, linkage: &Linkage) -> String {
    let entry = ctx.policy().department(linkage.department.as_str(), ctx.today());
    entry.map_or_else(|| linkage.department.to_string(), |entry| entry.short.clone())
}

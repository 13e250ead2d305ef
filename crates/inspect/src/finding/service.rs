//! Use cases of findings.

use super::{Action, Facts, Finding, TransitionError, event};
use crate::papers;
use crate::task::{self, Task};
use std::collections::BTreeMap;
use xingjian_credit::event::{self as credit_event, NewEvent, Source};
use xingjian_enforce::case::{Act, Case, LeavingGround, Origin, service as cases};
use xingjian_kernel::id::{CaseId, FindingId, OfficerId};
use xingjian_kernel::{Fault, LocalDate};
use xingjian_policy::GradeCause;
use xingjian_registry::subject;
use xingjian_store::{Ctx, Failure, Stored, Tx, numbers, records};

/// Takes a step. `seen` is the version the page showed.
pub async fn act(ctx: &Ctx, id: FindingId, seen: i64, action: Action) -> Result<Stored<Finding>, Failure> {
    if let Action::EndCase { .. } = action {
        return Err(TransitionError::OnlyByCase.into());
    }
    let mut tx = ctx.begin().await?;
    let finding = records::must_in::<Finding>(&mut tx, ctx, id).await?.value;
    if let Some(why) = finding.why_not(action.name(), &ctx.actor) {
        return Err(why.into());
    }
    let facts = facts_in(&mut tx, ctx, &finding, &action).await?;
    let next = finding.apply(action.clone(), &ctx.actor, &facts)?;
    let version = records::save(&mut tx, ctx, &next, seen, event::of(&next, &action)).await?;
    if matches!(action, Action::Confirm) {
        match next.state.name() {
            "settled" => task::service::settle_in(&mut tx, ctx, next.task, next.id).await?,
            _ => papers::keep_order_again_in(&mut tx, ctx, &next).await?,
        }
    }
    tx.commit().await?;
    Ok(Stored { version, value: next })
}

async fn facts_in(tx: &mut Tx, ctx: &Ctx, finding: &Finding, action: &Action) -> Result<Facts, Failure> {
    let mut facts = Facts::at(ctx.now());
    let pending = finding.pending.as_ref().filter(|_| matches!(action, Action::Confirm));
    let officers: Vec<OfficerId> = match (action, pending) {
        (Action::Pass { with, .. } | Action::Fail { with, .. }, _) => {
            ctx.actor.officer.into_iter().chain([*with]).collect()
        }
        (_, Some(pending)) => pending.recheck.officers.iter().map(|officer| officer.officer).collect(),
        _ => vec![],
    };
    if !officers.is_empty() {
        let ties = subject::ties_in(tx, ctx, finding.subject).await?;
        let bound = bound_in(tx, ctx, finding).await?;
        facts.standing = task::service::standing_in(tx, ctx, &officers, &ties, &bound).await?;
    }
    // The number is issued with the confirmation; until then only the date is looked at.
    if let Action::Fail { correct_by, .. } = action {
        facts.order = Some((String::new(), task::service::due_in(tx, ctx, *correct_by).await?));
    }
    if let Some(failed) = pending.filter(|pending| !pending.recheck.passed) {
        let due = task::service::due_in(tx, ctx, failed.correct_by).await?;
        facts.order = Some((numbers::issue(tx, ctx, "rectification_order").await?, due));
    }
    Ok(facts)
}

/// Notes that the case of a finding ended without a penalty in force, so that another can be filed.
pub(crate) async fn case_ended_in(
    tx: &mut Tx,
    ctx: &Ctx,
    id: FindingId,
    case: CaseId,
    how: &str,
) -> Result<(), Failure> {
    let Some(stored) = records::get_in::<Finding>(tx, ctx, id).await? else { return Ok(()) };
    if stored.case.as_ref().is_none_or(|filed| filed.case != case) {
        return Ok(());
    }
    let (seen, action) = (stored.version, Action::EndCase { case, how: how.to_owned() });
    let next = stored.value.apply(action.clone(), &ctx.actor, &Facts::at(ctx.now()))?;
    records::save(tx, ctx, &next, seen, event::of(&next, &action)).await?;
    Ok(())
}

/// Officers who had to step back from the inspection or from the case about this finding, and why.
pub(crate) async fn bound_in(
    tx: &mut Tx,
    ctx: &Ctx,
    finding: &Finding,
) -> Result<BTreeMap<OfficerId, String>, Failure> {
    let all = ctx.seeing_all();
    let task = records::get_in::<Task>(tx, &all, finding.task).await?;
    let case = match &finding.case {
        Some(filed) => records::get_in::<Case>(tx, &all, filed.case).await?,
        None => None,
    };
    Ok(bound(task.as_deref(), case.as_deref()))
}

/// The same for a page.
pub async fn recused(ctx: &Ctx, finding: &Finding) -> Result<BTreeMap<OfficerId, String>, Failure> {
    let all = ctx.seeing_all();
    let task = records::get::<Task>(&all, finding.task).await?;
    let case = match &finding.case {
        Some(filed) => records::get::<Case>(&all, filed.case).await?,
        None => None,
    };
    Ok(bound(task.as_deref(), case.as_deref()))
}

fn bound(task: Option<&Task>, case: Option<&Case>) -> BTreeMap<OfficerId, String> {
    let mut bound = task.map(Task::recused).unwrap_or_default();
    let former = case.into_iter().flat_map(|case| &case.former).filter(|f| f.ground == LeavingGround::Recusal);
    bound.extend(former.map(|former| (former.officer.officer, former.reason.clone())));
    bound
}

/// An order to correct weighs from the day it was given. A penalty for the same finding takes its place when it is
/// served (`enforce`), so that nothing counts twice.
pub(crate) async fn ordered_in(tx: &mut Tx, ctx: &Ctx, finding: &Finding) -> Result<(), Failure> {
    let order = finding.state.order();
    let source = Source {
        resource: finding.id.to_string(),
        number: Some(order.number.clone()),
        department: finding.department.clone(),
        text: format!("责令改正：{}", finding.item_name),
    };
    let new = NewEvent {
        subject: finding.subject,
        cause: GradeCause::OrderedCorrection,
        units: 1,
        amount: None,
        effective_on: order.at.local_date(),
        source,
    };
    credit_event::record_in(tx, ctx, new).await?;
    Ok(())
}

/// A case about to be proposed for a finding; what the finding knows is not asked again.
#[derive(Clone, Debug)]
pub struct Filing {
    /// Violation of the policy pack, where it is not the one named in the finding.
    pub violation: Option<String>,
    /// The day the act was done, or on which it began.
    pub began: LocalDate,
    /// Its last day, where it went on.
    pub ended: Option<LocalDate>,
    /// Life, health or safety of citizens was at stake, with harmful consequences.
    pub harmed_health: bool,
    /// The case in short (案情摘要).
    pub summary: String,
    /// The officers who will handle it, two or more.
    pub handlers: Vec<OfficerId>,
}

/// Proposes a case for a finding, in one transaction. The correction goes on beside it. `seen` is the version the
/// page showed.
pub async fn file_case(
    ctx: &Ctx,
    id: FindingId,
    seen: i64,
    filing: Filing,
) -> Result<(Stored<Finding>, CaseId), Failure> {
    let mut tx = ctx.begin().await?;
    let finding = records::must_in::<Finding>(&mut tx, ctx, id).await?.value;
    if let Some(why) = finding.why_not(Action::FileCase.name(), &ctx.actor) {
        return Err(why.into());
    }
    let named = filing.violation.filter(|v| !v.trim().is_empty()).or_else(|| finding.violation.clone());
    let violation = named.ok_or_else(|| Fault::new("案由", "", "没有填写", "请从案由库中选择"))?;
    let new = cases::NewCase {
        subject: finding.subject,
        violation,
        act: Act {
            began: filing.began,
            ended: filing.ended,
            discovered: finding.created_at.local_date(),
            harmed_health: filing.harmed_health,
        },
        summary: filing.summary,
        origin: Origin {
            signal: finding.signal.map(|s| s.to_string()),
            task: Some(finding.task.to_string()),
            finding: Some(finding.id.to_string()),
        },
        handlers: filing.handlers,
        recused: bound_in(&mut tx, ctx, &finding).await?,
    };
    let case = cases::propose_in(&mut tx, ctx, new).await?;
    let facts = Facts { case: Some(case), ..Facts::at(ctx.now()) };
    let next = finding.apply(Action::FileCase, &ctx.actor, &facts)?;
    let version = records::save(&mut tx, ctx, &next, seen, event::of(&next, &Action::FileCase)).await?;
    tx.commit().await?;
    Ok((Stored { version, value: next }, case))
}

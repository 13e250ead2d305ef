//! Use cases of findings.

use super::{Action, Facts, Finding, event};
use crate::{subject, task};
use xingjian_credit::event::{self as credit_event, NewEvent, Source};
use xingjian_kernel::id::FindingId;
use xingjian_policy::GradeCause;
use xingjian_store::{Ctx, Failure, Stored, Tx, numbers, records};

/// Takes a step. `seen` is the version the page showed.
pub async fn act(ctx: &Ctx, id: FindingId, seen: i64, action: Action) -> Result<Stored<Finding>, Failure> {
    let mut tx = ctx.begin().await?;
    let finding = records::must_in::<Finding>(&mut tx, ctx, id).await?.value;
    if let Some(why) = finding.why_not(action.name(), &ctx.actor) {
        return Err(why.into());
    }
    let facts = facts_in(&mut tx, ctx, &finding, &action).await?;
    let next = finding.apply(action.clone(), &ctx.actor, &facts)?;
    let version = records::save(&mut tx, ctx, &next, seen, event::of(&next, &action)).await?;
    if let Action::Pass { .. } = action {
        settled_in(&mut tx, ctx, &next).await?;
    }
    tx.commit().await?;
    Ok(Stored { version, value: next })
}

async fn facts_in(tx: &mut Tx, ctx: &Ctx, finding: &Finding, action: &Action) -> Result<Facts, Failure> {
    let mut facts = Facts::at(ctx.now());
    if let Action::Pass { with, .. } | Action::Fail { with, .. } = action {
        let known = subject::known_in(tx, &ctx.seeing_all(), finding.subject).await?;
        let officers: Vec<_> = ctx.actor.officer.into_iter().chain([*with]).collect();
        facts.standing = task::service::standing_in(tx, ctx, &officers, &known).await?;
    }
    if let Action::Fail { correct_by, .. } = action {
        let due = task::service::due_in(tx, ctx, *correct_by).await?;
        facts.order = Some((numbers::issue(tx, ctx, "rectification_order").await?, due));
    }
    Ok(facts)
}

/// A settled finding leaves its task; corrected without a case, it weighs as an order to correct.
async fn settled_in(tx: &mut Tx, ctx: &Ctx, finding: &Finding) -> Result<(), Failure> {
    task::service::settle_in(tx, ctx, finding.task, finding.id).await?;
    if finding.case.is_none() {
        let source = Source {
            resource: finding.id.to_string(),
            number: Some(finding.state.order().number.clone()),
            department: finding.department.clone(),
            text: format!("责令改正：{}", finding.item_name),
        };
        let new = NewEvent {
            subject: finding.subject,
            cause: GradeCause::OrderedCorrection,
            units: 1,
            amount: None,
            effective_on: finding.state.order().at.local_date(),
            source,
        };
        credit_event::record_in(tx, ctx, new).await?;
    }
    Ok(())
}

//! What a decision does to credit: from service on it counts, with the points of the same violation beside it and the
//! order to correct inside it.

use super::{Case, RemedyOutcome, Served, Verdict};
use xingjian_credit::demerit::{self, Basis, NewDemerit};
use xingjian_credit::event::{self, NewEvent, Source, cause_of_penalty};
use xingjian_kernel::money::Fen;
use xingjian_policy::GradeCause;
use xingjian_store::{Ctx, Failure, Tx};

/// From service on the decision counts: one credit event, and the demerit points of every item that clearly is this
/// violation are proposed (处罚的同时应当记分). The order to correct the same finding no longer weighs beside it.
pub(super) async fn take_effect_in(tx: &mut Tx, ctx: &Ctx, case: &Case) -> Result<(), Failure> {
    let Some(served) = case.state.served() else { return Ok(()) };
    weigh_in(tx, ctx, case, served).await?;
    score_in(tx, ctx, case, served).await
}

/// A decision that was annulled, changed or found unlawful no longer counts: its credit event is withdrawn and its points
/// are revoked, and the grade and the linkages follow. A changed one counts as it was changed, with its points told
/// anew; where no penalty is left in force, the order to correct weighs again.
pub(super) async fn undo_in(tx: &mut Tx, ctx: &Ctx, case: &Case, verdict: &Verdict) -> Result<(), Failure> {
    let reason = verdict.summary();
    event::withdraw_source_in(tx, ctx, case.subject, &case.id.to_string(), &reason).await?;
    demerit::revoke_case_in(tx, ctx, case.subject, case.id, &reason).await?;
    if verdict.outcome == RemedyOutcome::Changed {
        return take_effect_in(tx, ctx, case).await;
    }
    if let Some(finding) = &case.origin.finding {
        event::restore_in(tx, ctx, case.subject, finding, GradeCause::OrderedCorrection).await?;
    }
    Ok(())
}

async fn weigh_in(tx: &mut Tx, ctx: &Ctx, case: &Case, served: &Served) -> Result<(), Failure> {
    let (decision, plan, served_on) = (&served.decided.decision, served.plan(), served.service.on);
    let Some(weight) = cause_of_penalty(&plan.kinds, plan.fine) else { return Ok(()) };
    let source = Source {
        resource: case.id.to_string(),
        number: Some(decision.number.clone()),
        department: case.department.clone(),
        text: format!("行政处罚决定：{}", plan.text()),
    };
    let amount = (plan.fine > Fen::ZERO).then_some(plan.fine);
    let new = NewEvent { subject: case.subject, cause: weight, units: 1, amount, effective_on: served_on, source };
    event::record_in(tx, ctx, new).await?;
    if let Some(finding) = &case.origin.finding {
        let reason = format!("同一问题已由{}给予行政处罚", decision.number);
        event::withdraw_in(tx, ctx, finding, GradeCause::OrderedCorrection, &reason).await?;
    }
    Ok(())
}

async fn score_in(tx: &mut Tx, ctx: &Ctx, case: &Case, served: &Served) -> Result<(), Failure> {
    let (decision, served_on) = (&served.decided.decision, served.service.on);
    let occurred_on = case.act.last_day();
    let items: Vec<String> = demerit::items_for(ctx.policy(), &decision.law.violation, case.subject, occurred_on)
        .into_iter()
        .map(|item| item.id.clone())
        .collect();
    for item in items {
        let basis = Basis::Penalty { case: case.id, number: decision.number.clone(), served_on };
        let fact = served.decided.heard.noticed.deliberated.investigated.report.facts.clone();
        let new = NewDemerit { subject: case.subject, item, occurred_on, units: 1, fact, basis };
        demerit::propose_in(tx, ctx, new).await?;
    }
    Ok(())
}

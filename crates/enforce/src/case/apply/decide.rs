//! The decision and the other ends of a case.

use super::super::TransitionError;
use super::super::action::Action;
use super::super::breach::Breach;
use super::super::decision::Decision;
use super::super::hearing::Hearing;
use super::super::plan::Plan;
use super::super::rules::hearing_grounds;
use super::super::state::{Decided, Heard, State};
use super::Now;
use super::settle::{Grounds, assess};
use xingjian_kernel::money::Fen;

pub(super) fn decide(now: &Now<'_>, heard: Heard, plan: Plan, reasons: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerDecides)?;
    if now.case.reviewed(now.actor.account) {
        return Err(TransitionError::ReviewerDecides);
    }
    TransitionError::text(&reasons, "决定的理由")?;
    let (law, assessment) = assess(now, &heard, &plan)?;
    within_notice(now, &heard, &plan)?;
    as_settled(&heard, &plan)?;
    if plan.fine > Fen::ZERO {
        now.not_fined_before()?;
    }
    let grounds = Grounds::of(now, &heard, &plan, &assessment);
    grounds.reviewed(&heard)?;
    grounds.discussed(&heard)?;

    let decide_due = heard.noticed.deliberated.investigated.filed.decide_due;
    let days_late = u32::try_from(-decide_due.days_left(now.today())).unwrap_or_default();
    let decision = Decision {
        number: now.facts.number()?,
        plan,
        assessment,
        law,
        policy_version: now.facts.policy_version.clone(),
        reasons,
        by: now.mark.clone(),
        service_due: now.facts.deadlines.service,
        days_late,
    };
    Ok(State::Decided(Box::new(Decided { heard, decision })))
}

/// The decision is what the heads agreed, or else what was reviewed; before either it is free within the notice.
fn as_settled(heard: &Heard, plan: &Plan) -> Result<(), TransitionError> {
    if let Some(discussion) = &heard.discussion {
        let same = plan.is_same_penalty_as(&discussion.plan);
        let discussed = discussion.plan.text();
        return if same { Ok(()) } else { Err(Breach::NotAsDiscussed { discussed }.into()) };
    }
    match &heard.legal {
        Some(legal) if !plan.is_same_penalty_as(&legal.plan) => {
            Err(Breach::NotAsReviewed { reviewed: legal.plan.text() }.into())
        }
        _ => Ok(()),
    }
}

/// The party was told of everything that is decided, and of its right to a hearing where it has one.
pub(super) fn within_notice(now: &Now<'_>, heard: &Heard, plan: &Plan) -> Result<(), TransitionError> {
    let noticed = &heard.noticed;
    if plan.is_heavier_than(&noticed.plan) {
        let spoke = noticed.statement.is_some();
        return Err(if spoke { TransitionError::HeavierAfterStatement } else { TransitionError::HeavierThanNoticed });
    }
    if !plan.reads_as(&noticed.plan) {
        return Err(Breach::WordsNotNoticed.into());
    }
    match noticed.hearing {
        Hearing::NotRequired if !hearing_grounds(plan, &now.facts.thresholds).is_empty() => {
            Err(TransitionError::HearingNotTold)
        }
        Hearing::Told { due, .. } => Err(TransitionError::HearingOpen(due)),
        Hearing::Requested { .. } => Err(TransitionError::HearingPending),
        _ => Ok(()),
    }
}

/// The ends without a penalty, each decided by a head who did not handle the case.
pub(super) fn end(now: &Now<'_>, state: State, action: Action) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerDecides)?;
    let by = now.mark.clone();
    match action {
        Action::NotPenalise { ground, reason, education } => {
            TransitionError::text(&reason, "不予处罚的事实和理由")?;
            if ground.needs_education() {
                TransitionError::text(&education, "对当事人进行教育的情况")?;
            }
            Ok(State::NotPenalised { before: Box::new(state), ground, reason, education, by })
        }
        Action::Dismiss { reason } => {
            TransitionError::text(&reason, "撤销案件的理由")?;
            Ok(State::Dismissed { before: Box::new(state), reason, by })
        }
        Action::Transfer { to, reason } => {
            TransitionError::text(&to, "接受移送的机关")?;
            TransitionError::text(&reason, "移送的理由")?;
            Ok(State::Transferred { before: Box::new(state), to, reason, by })
        }
        other => Err(TransitionError::WrongState { state: state.name(), action: other.name() }),
    }
}

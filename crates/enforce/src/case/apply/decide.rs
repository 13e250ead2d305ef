//! Legal review, discussion, decision, and the other ends of a case.

use super::super::TransitionError;
use super::super::action::Action;
use super::super::decision::{Decision, Discussion, LegalReview};
use super::super::hearing::Hearing;
use super::super::law::applicable;
use super::super::plan::{Plan, check, fine_facts};
use super::super::rules::{discussion_grounds, hearing_grounds, review_grounds};
use super::super::state::{Decided, Heard, State};
use super::Now;
use super::before_notice::members;
use xingjian_kernel::money::Fen;

pub(super) fn pass_review(now: &Now<'_>, mut heard: Heard, opinion: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerReviews)?;
    TransitionError::text(&opinion, "法制审核意见")?;
    heard.legal = Some(LegalReview { grounds: heard.review_grounds.clone(), opinion, by: now.mark.clone() });
    Ok(State::LegallyReviewed(Box::new(heard)))
}

pub(super) fn discuss(
    now: &Now<'_>,
    mut heard: Heard,
    people: Vec<String>,
    minutes: String,
) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerDecides)?;
    if heard.legal.is_none() && !heard.review_grounds.is_empty() {
        return Err(TransitionError::ReviewMissing(heard.review_grounds));
    }
    members("集体讨论", &people, now.facts.thresholds.discussion_members)?;
    TransitionError::text(&minutes, "集体讨论记录")?;
    let grounds = heard.discussion_grounds.clone();
    heard.discussion = Some(Discussion { grounds, members: people, minutes, by: now.mark.clone() });
    Ok(State::Discussed(Box::new(heard)))
}

pub(super) fn decide(now: &Now<'_>, heard: Heard, plan: Plan, reasons: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerDecides)?;
    if now.case.reviewed(now.actor.account) {
        return Err(TransitionError::ReviewerDecides);
    }
    TransitionError::text(&reasons, "决定的理由")?;
    let report = &heard.noticed.deliberated.investigated.report;
    let facts = fine_facts(&now.case.law, report);
    let today_law = now.facts.law_today.as_ref().ok_or(TransitionError::NoLongerUnlawful)?;
    let law = applicable(&now.case.law, today_law, &facts).clone();
    let assessment = check(&plan, &law, report, &now.facts.bands)?;
    within_notice(now, &heard, &plan)?;
    if plan.fine > Fen::ZERO {
        now.not_fined_before()?;
    }
    let thresholds = &now.facts.thresholds;
    let review = together(&heard.review_grounds, review_grounds(&plan, &assessment, report, thresholds));
    let reviewed = heard.legal.as_ref().map(|legal| &legal.grounds);
    covered(&review, reviewed).map_err(TransitionError::ReviewMissing)?;
    let discussion = together(&heard.discussion_grounds, discussion_grounds(&plan, report, thresholds));
    let discussed = heard.discussion.as_ref().map(|discussion| &discussion.grounds);
    covered(&discussion, discussed).map_err(TransitionError::DiscussionMissing)?;

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

/// Grounds of the plan that was proposed, which a smaller plan does not undo, and those of the plan decided.
fn together(proposed: &[String], decided: Vec<String>) -> Vec<String> {
    let mut all = proposed.to_vec();
    all.extend(decided.into_iter().filter(|ground| !proposed.contains(ground)));
    all
}

/// Every ground was there when it was reviewed (or discussed): a plan that was changed afterwards brings new ones.
fn covered(grounds: &[String], settled: Option<&Vec<String>>) -> Result<(), Vec<String>> {
    let open: Vec<String> =
        grounds.iter().filter(|ground| !settled.is_some_and(|settled| settled.contains(ground))).cloned().collect();
    if open.is_empty() { Ok(()) } else { Err(open) }
}

/// The party was told of everything that is decided, and of its right to a hearing where it has one.
fn within_notice(now: &Now<'_>, heard: &Heard, plan: &Plan) -> Result<(), TransitionError> {
    let noticed = &heard.noticed;
    if plan.is_heavier_than(&noticed.plan) {
        let spoke = noticed.statement.is_some();
        return Err(if spoke { TransitionError::HeavierAfterStatement } else { TransitionError::HeavierThanNoticed });
    }
    if !plan.reads_as(&noticed.plan) {
        return Err(TransitionError::WordsNotNoticed);
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

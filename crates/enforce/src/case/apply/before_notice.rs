//! From the filing to the deliberation, and back.

use super::super::hearing::{Deliberation, Proposal};
use super::super::law::limitation;
use super::super::plan::{Plan, check};
use super::super::report::Report;
use super::super::state::{Deliberated, Filed, Investigated, State};
use super::super::{Returned, TransitionError, check_officers};
use super::Now;
use xingjian_kernel::money::Fen;

pub(super) fn approve_filing(now: &Now<'_>, opinion: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(&opinion, "审批意见")?;
    check_officers(&now.case.handlers)?;
    let limit = limitation(&now.case.act);
    if limit.lapsed {
        return Err(TransitionError::Limitation { years: limit.years, last_day: limit.last_day });
    }
    let decide_due = now.facts.deadlines.decide;
    Ok(State::Filed(Filed { number: now.facts.number()?, opinion, by: now.mark.clone(), decide_due }))
}

pub(super) fn decline_filing(now: &Now<'_>, reason: String) -> Result<State, TransitionError> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(&reason, "不予立案的理由")?;
    Ok(State::NotFiled { reason, by: now.mark.clone() })
}

pub(super) fn report(now: &Now<'_>, filed: Filed, report: Report) -> Result<State, TransitionError> {
    now.handler()?;
    report.check(now.case, now.today())?;
    Ok(State::Investigated(Box::new(Investigated { filed, report: now.sign(report) })))
}

pub(super) fn deliberate(
    now: &Now<'_>,
    investigated: Investigated,
    record: Deliberation,
) -> Result<State, TransitionError> {
    now.handler()?;
    members("合议", &record.members, now.facts.thresholds.deliberation_members)?;
    TransitionError::text(&record.opinions, "合议意见")?;
    let (assessment, notice_number) = match &record.proposal {
        Proposal::Penalise { plan } => {
            let report = &investigated.report;
            let assessment = check(plan, &now.case.law, report, &now.facts.bands)?;
            if plan.fine > Fen::ZERO {
                now.not_fined_before()?;
            }
            not_heavier_than_before(now, plan, report)?;
            (Some(assessment), Some(now.facts.number()?))
        }
        Proposal::NotPenalise { reason } | Proposal::Dismiss { reason } | Proposal::Transfer { reason } => {
            TransitionError::text(reason, "建议的理由")?;
            (None, None)
        }
    };
    let record = now.sign(record);
    Ok(State::Deliberated(Box::new(Deliberated { investigated, record, assessment, notice_number })))
}

/// After the party was heard in an earlier round, only new facts can carry a heavier penalty (行政处罚法第45条第2款).
fn not_heavier_than_before(now: &Now<'_>, plan: &Plan, report: &Report) -> Result<(), TransitionError> {
    let new_facts = report.new_facts.as_ref().is_some_and(|text| !text.trim().is_empty());
    let spoken = |round: &&Returned| round.before.noticed().is_some_and(|noticed| noticed.statement.is_some());
    let mut rounds = now.case.returned.iter().filter(spoken).filter_map(|round| round.before.noticed());
    if !new_facts && rounds.any(|noticed| plan.is_heavier_than(&noticed.plan)) {
        return Err(TransitionError::HeavierAfterStatement);
    }
    Ok(())
}

/// At least so many different people took part.
pub(super) fn members(what: &'static str, members: &[String], needed: usize) -> Result<(), TransitionError> {
    let mut names: Vec<&str> = members.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let given = names.len();
    if given < needed { Err(TransitionError::TooFewMembers { what, given, needed }) } else { Ok(()) }
}

/// Back to the investigation; the round is kept as it was.
pub(super) fn send_back(now: &Now<'_>, reason: String, by_review: bool) -> Result<(State, Returned), TransitionError> {
    TransitionError::text(&reason, "退回的理由")?;
    let before = now.case.state.clone();
    let investigated = before.investigated().cloned().ok_or(TransitionError::WrongState {
        state: before.name(),
        action: if by_review { "reject_review" } else { "send_back" },
    })?;
    let round = Returned { before, by_review, reason, by: now.mark.clone() };
    Ok((State::Investigated(Box::new(investigated)), round))
}

//! Notice, statement and hearing.

use super::super::TransitionError;
use super::super::breach::Breach;
use super::super::hearing::{Hearing, Notice, Statement, StatementOutcome, StatementReview};
use super::super::plan::check;
use super::super::rules::{discussion_grounds, hearing_grounds, review_grounds};
use super::super::service_record::ServiceRecord;
use super::super::state::{Deliberated, Heard, Noticed, State};
use super::Now;
use xingjian_kernel::{LocalDate, Permission};

pub(super) fn serve(now: &Now<'_>, deliberated: Deliberated, service: ServiceRecord) -> Result<State, TransitionError> {
    now.handler()?;
    let plan = deliberated.plan().cloned().ok_or(TransitionError::NothingToNotice)?;
    let number = deliberated.notice_number.clone().ok_or(TransitionError::NothingToNotice)?;
    let service = service.settled(now.facts.announcement, now.today())?;
    service.check(deliberated.record.signed_on(), now.today())?;
    let grounds = hearing_grounds(&plan, &now.facts.thresholds);
    let hearing = if grounds.is_empty() {
        Hearing::NotRequired
    } else {
        Hearing::Told { grounds, due: now.facts.deadlines.hearing }
    };
    let statement_due = now.facts.deadlines.statement;
    let notice = Notice { number, service: now.sign(service), statement_due, paper: now.facts.paper.clone() };
    let noticed = Noticed { deliberated, plan, notice, hearing, statement: None, statement_waived: None };
    Ok(State::Noticed(Box::new(noticed)))
}

pub(super) fn state(now: &Now<'_>, mut stage: Noticed, statement: Statement) -> Result<State, TransitionError> {
    now.party()?;
    unsettled(&stage)?;
    TransitionError::text(&statement.text, "陈述、申辩意见")?;
    stage.statement = Some(now.sign(statement));
    Ok(State::Noticed(Box::new(stage)))
}

pub(super) fn waive_statement(now: &Now<'_>, mut stage: Noticed, note: String) -> Result<State, TransitionError> {
    now.party()?;
    unsettled(&stage)?;
    TransitionError::text(&note, "放弃陈述、申辩的声明")?;
    stage.statement_waived = Some(now.sign(note));
    Ok(State::Noticed(Box::new(stage)))
}

fn unsettled(stage: &Noticed) -> Result<(), TransitionError> {
    if stage.statement.is_some() || stage.statement_waived.is_some() {
        return Err(TransitionError::StatementSettled);
    }
    Ok(())
}

pub(super) fn request_hearing(
    now: &Now<'_>,
    mut stage: Noticed,
    on: LocalDate,
    note: &str,
) -> Result<State, TransitionError> {
    now.party()?;
    TransitionError::text(note, "听证申请")?;
    // What the party enters itself arrives now; only an officer records a paper of an earlier day.
    let on = if now.actor.may(Permission::AnswerAsUnit) { now.today() } else { on };
    let Hearing::Told { grounds, due } = stage.hearing else {
        return Err(TransitionError::NoHearingRight);
    };
    if on > now.today() {
        return Err(TransitionError::FutureDate { what: "要求听证的日期", date: on });
    }
    let served = stage.notice.service.on;
    if on < served {
        return Err(TransitionError::TooEarly { what: "要求听证的日期", not_before: served });
    }
    if on > due.due {
        return Err(TransitionError::HearingTooLate(due));
    }
    stage.hearing = Hearing::Requested { grounds, due, on, by: now.mark.clone() };
    Ok(State::HearingPending(Box::new(stage)))
}

pub(super) fn waive_hearing(now: &Now<'_>, mut stage: Noticed, note: String) -> Result<State, TransitionError> {
    now.party()?;
    TransitionError::text(&note, "放弃听证的声明")?;
    let Hearing::Told { grounds, .. } = stage.hearing else {
        return Err(TransitionError::NoHearingRight);
    };
    stage.hearing = Hearing::Waived { grounds, note, withdrawn: false, by: now.mark.clone(), with: now.with.clone() };
    Ok(State::Noticed(Box::new(stage)))
}

pub(super) fn withdraw(now: &Now<'_>, mut stage: Noticed, note: String) -> Result<State, TransitionError> {
    now.party()?;
    TransitionError::text(&note, "撤回听证申请的声明")?;
    let Hearing::Requested { grounds, .. } = stage.hearing else {
        return Err(TransitionError::NoHearingRight);
    };
    stage.hearing = Hearing::Waived { grounds, note, withdrawn: true, by: now.mark.clone(), with: now.with.clone() };
    Ok(State::Noticed(Box::new(stage)))
}

/// Both rights are used, given up or lapsed; then the statement is reviewed and the plan that follows is checked.
pub(super) fn hear(now: &Now<'_>, mut stage: Noticed, review: StatementReview) -> Result<State, TransitionError> {
    now.handler()?;
    statement_settled(now, &stage, &review)?;
    if let Hearing::Told { grounds, due } = stage.hearing {
        if now.today() <= due.due {
            return Err(TransitionError::HearingOpen(due));
        }
        stage.hearing = Hearing::Lapsed { grounds, due };
    }
    let accepted = matches!(review.outcome, StatementOutcome::Accepted | StatementOutcome::PartlyAccepted);
    if let Some(revised) = &review.revised {
        if !accepted {
            return Err(TransitionError::StatementOutcome);
        }
        if revised.is_heavier_than(&stage.plan) {
            return Err(TransitionError::HeavierAfterStatement);
        }
        if !revised.reads_as(&stage.plan) {
            return Err(Breach::WordsNotNoticed.into());
        }
    }
    let plan = review.revised.as_ref().unwrap_or(&stage.plan);
    let report = &stage.deliberated.investigated.report;
    let assessment = check(plan, &now.case.law, report, &now.facts.bands)?;
    let thresholds = &now.facts.thresholds;
    let review_grounds = review_grounds(plan, &assessment, report, thresholds);
    let discussion_grounds = discussion_grounds(plan, report, thresholds);
    let review = now.sign(review);
    let heard = Heard {
        noticed: stage,
        review,
        assessment,
        review_grounds,
        discussion_grounds,
        legal: None,
        discussion: None,
        resubmitted: None,
        reopened: vec![],
    };
    Ok(State::Heard(Box::new(heard)))
}

/// The outcome names what the party did, and nobody is cut off before the end of the term.
fn statement_settled(now: &Now<'_>, stage: &Noticed, review: &StatementReview) -> Result<(), TransitionError> {
    use StatementOutcome::{Accepted, NoneGiven, NotAccepted, PartlyAccepted, Waived};
    let fits = match (&stage.statement, &stage.statement_waived) {
        (Some(_), _) => {
            TransitionError::text(&review.findings, "复核意见")?;
            matches!(review.outcome, Accepted | PartlyAccepted | NotAccepted)
        }
        (None, Some(_)) => review.outcome == Waived,
        (None, None) if now.today() <= stage.notice.statement_due.due => {
            return Err(TransitionError::StatementOpen(stage.notice.statement_due));
        }
        (None, None) => review.outcome == NoneGiven,
    };
    if fits { Ok(()) } else { Err(TransitionError::StatementOutcome) }
}

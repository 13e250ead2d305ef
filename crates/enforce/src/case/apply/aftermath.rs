//! The outcome of remedies, deferral, urging, the court, and a decision taken back before its service.

use super::super::aftermath::{
    Court, CourtResult, Deferral, DeferralDecision, DeferralRequest, RemedyOutcome, Urging, Verdict, Window,
};
use super::super::execution::{Remedy, account};
use super::super::particular;
use super::super::party::Signed;
use super::super::service_record::ServiceRecord;
use super::super::state::{Served, State};
use super::super::{Case, Returned, TransitionError};
use super::execute::between;
use super::{Action, Now};
use xingjian_kernel::money::Fen;
use xingjian_kernel::{Actor, LocalDate, Permission};

type Step<T> = Result<T, TransitionError>;

/// The next state for acts that may follow the service, whatever stands otherwise.
pub(super) fn step(now: &Now<'_>, state: State, action: Action) -> Step<State> {
    match action {
        Action::RecordRemedy(remedy) => with_served(state, |served| record(now, served, remedy)),
        Action::ConcludeRemedy(verdict) => conclude(now, state, *verdict),
        Action::RequestDeferral(request) => with_served(state, |served| request_deferral(now, served, request)),
        Action::DecideDeferral { granted, opinion } => {
            with_served(state, |served| decide_deferral(now, served, granted, opinion))
        }
        Action::Urge(service) => with_served(state, |served| urge(now, served, service)),
        Action::ApplyCourt { court, opinion } => with_served(state, |served| apply_court(now, served, court, opinion)),
        Action::RecordCourt(result) => with_served(state, |served| record_court(now, served, result)),
        other => Err(TransitionError::WrongState { state: state.name(), action: other.name() }),
    }
}

fn with_served(state: State, change: impl FnOnce(Served) -> Step<Served>) -> Step<State> {
    Ok(match state {
        State::Served(served) => State::Served(Box::new(change(*served)?)),
        State::Executing(served) => State::Executing(Box::new(change(*served)?)),
        State::Closing { served, report } => State::Closing { served: Box::new(change(*served)?), report },
        State::Closed { served, report, approval } => {
            State::Closed { served: Box::new(change(*served)?), report, approval }
        }
        other => return Err(TransitionError::WrongState { state: other.name(), action: "conclude_remedy" }),
    })
}

/// A reconsideration or lawsuit was taken up; how it ends is an act of its own.
fn record(now: &Now<'_>, mut served: Served, remedy: Remedy) -> Step<Served> {
    now.handler()?;
    between("受理日期", remedy.time.from, served.decided.decision.by.on(), now.today())?;
    if remedy.time.until.is_some() {
        return Err(TransitionError::RemedyWithoutOutcome);
    }
    let remedies = &mut served.execution.remedies;
    remedies.retain(|old| !(old.kind == remedy.kind && old.time.until.is_none()));
    remedies.push(now.sign(remedy));
    Ok(served)
}

/// What it decided. A change is never to the worse (行政复议法第63条、行政诉讼法第77条).
fn conclude(now: &Now<'_>, state: State, mut verdict: Verdict) -> Step<State> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(&verdict.number, "复议决定书或者裁判文书的文号")?;
    TransitionError::text(&verdict.text, "复议决定或者裁判的主要内容")?;
    if verdict.outcome != RemedyOutcome::Changed {
        verdict.changed = None;
    }
    let annulled = verdict.outcome == RemedyOutcome::Annulled;
    let signed = now.sign(verdict.clone());
    let next = with_served(state, |mut served| {
        let open = |remedy: &&mut Signed<Remedy>| remedy.kind == verdict.kind && remedy.time.until.is_none();
        let remedy = served.execution.remedies.iter_mut().find(open);
        let remedy = remedy.ok_or(TransitionError::NoRemedy(verdict.kind.label()))?;
        between("复议决定或者裁判的日期", verdict.on, remedy.time.from, now.today())?;
        remedy.what.time.until = Some(verdict.on);
        if verdict.outcome == RemedyOutcome::Changed {
            let changed = verdict.changed.as_ref().ok_or(TransitionError::Missing("变更后的处罚"))?;
            if changed.is_heavier_than(served.plan()) {
                return Err(TransitionError::HeavierByRemedy);
            }
            particular::check(&changed.kinds, &changed.particulars)?;
        }
        served.execution.verdicts.push(signed.clone());
        Ok(served)
    })?;
    Ok(if annulled { State::Annulled { before: Box::new(next), verdict: Box::new(signed) } } else { next })
}

fn request_deferral(now: &Now<'_>, mut served: Served, request: DeferralRequest) -> Step<Served> {
    now.party()?;
    // What the party enters itself arrives now; only an officer records a paper of an earlier day.
    let by_party = now.actor.may(Permission::AnswerAsUnit);
    let request = if by_party { DeferralRequest { on: now.today(), ..request } } else { request };
    TransitionError::text(&request.reason, "经济困难的情况")?;
    between("申请日期", request.on, served.service.on, now.today())?;
    if served.execution.pending().is_some() {
        return Err(TransitionError::DeferralPending);
    }
    let open = fine_open(&served);
    let sum = request.instalments.iter().try_fold(Fen::ZERO, |sum, part| sum.checked_add(part.amount));
    if open == Fen::ZERO {
        return Err(TransitionError::NothingOwed);
    }
    if sum != Some(open) || request.instalments.iter().any(|part| part.amount <= Fen::ZERO) {
        return Err(TransitionError::InstalmentSum { open });
    }
    let dates: Vec<LocalDate> = request.instalments.iter().map(|part| part.due).collect();
    if dates.windows(2).any(|pair| pair[0] >= pair[1]) || dates.first().is_none_or(|first| *first < now.today()) {
        return Err(TransitionError::InstalmentDates);
    }
    served.execution.deferrals.push(Deferral { request: now.sign(request), decision: None });
    Ok(served)
}

fn decide_deferral(now: &Now<'_>, mut served: Served, granted: bool, opinion: String) -> Step<Served> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(&opinion, "审批意见")?;
    let open = fine_open(&served);
    let pending = served.execution.deferrals.last_mut().filter(|deferral| deferral.decision.is_none());
    let pending = pending.ok_or(TransitionError::NoDeferral)?;
    let planned =
        pending.request.instalments.iter().fold(Fen::ZERO, |sum, part| sum.checked_add(part.amount).unwrap_or(sum));
    if granted && planned != open {
        return Err(TransitionError::InstalmentSum { open });
    }
    pending.decision = Some(now.sign(DeferralDecision { granted, opinion }));
    Ok(served)
}

fn urge(now: &Now<'_>, mut served: Served, service: ServiceRecord) -> Step<Served> {
    now.handler()?;
    let service = service.settled(now.facts.announcement, now.today())?;
    service.check(served.next_payment(), now.today())?;
    now.case.may_urge(now.today())?;
    served.execution.urgings.push(now.sign(Urging { service, due: now.facts.urge }));
    Ok(served)
}

fn apply_court(now: &Now<'_>, mut served: Served, court: String, opinion: String) -> Step<Served> {
    now.outsider(TransitionError::HandlerApproves)?;
    TransitionError::text(&court, "人民法院")?;
    TransitionError::text(&opinion, "审批意见")?;
    now.case.may_apply(now.today(), now.facts.window)?;
    served.execution.courts.push(now.sign(Court { court, opinion, results: vec![] }));
    Ok(served)
}

fn record_court(now: &Now<'_>, mut served: Served, result: CourtResult) -> Step<Served> {
    now.handler()?;
    TransitionError::text(&result.text, "法院文书的文号和内容")?;
    let last = served.execution.courts.last_mut().filter(|court| !court.is_over());
    let last = last.ok_or(TransitionError::NoCourt)?;
    between("法院文书的日期", result.on, last.by.on(), now.today())?;
    last.what.results.push(now.sign(result));
    Ok(served)
}

/// Back to where it was before the decision: nobody outside was told of it yet, and its number stays on record.
pub(super) fn withdraw_decision(now: &Now<'_>, reason: String) -> Step<(State, Returned)> {
    now.outsider(TransitionError::HandlerDecides)?;
    TransitionError::text(&reason, "撤回决定的理由")?;
    let before = now.case.state.clone();
    let State::Decided(decided) = &before else {
        return Err(TransitionError::WrongState { state: before.name(), action: "withdraw_decision" });
    };
    let heard = Box::new(decided.heard.clone());
    let next = match (&heard.discussion, &heard.legal) {
        (Some(_), _) => State::Discussed(heard),
        (None, Some(_)) => State::LegallyReviewed(heard),
        (None, None) => State::Heard(heard),
    };
    Ok((next, Returned { before, by_review: false, reason, by: now.mark.clone() }))
}

/// What is open of the fine alone: payments count against it first.
fn fine_open(served: &Served) -> Fen {
    let paid =
        served.execution.payments.iter().fold(Fen::ZERO, |sum, paid| sum.checked_add(paid.amount).unwrap_or(sum));
    served.plan().fine.checked_sub(paid).unwrap_or(Fen::ZERO).max(Fen::ZERO)
}

impl Case {
    /// Whether something is owed that was due, so that it can be urged.
    pub fn may_urge(&self, today: LocalDate) -> Step<()> {
        let served = self.state.served().ok_or(TransitionError::NothingOwed)?;
        self.owes(today)?;
        let due = served.next_payment();
        if today <= due { Err(TransitionError::PaymentNotDue(due)) } else { Ok(()) }
    }

    /// Whether the court can be asked: urged in vain, after the limits for remedies, within three months (行政强制法第53、54条).
    pub fn may_apply(&self, today: LocalDate, window: Option<Window>) -> Step<()> {
        let served = self.state.served().ok_or(TransitionError::NothingOwed)?;
        self.owes(today)?;
        if served.execution.at_court().is_some() {
            return Err(TransitionError::CourtPending);
        }
        let urged = served.execution.urgings.last().ok_or(TransitionError::NotUrged)?;
        if today <= urged.due.due {
            return Err(TransitionError::UrgeRunning(urged.due));
        }
        if let Some(open) = served.execution.remedies.iter().find(|remedy| remedy.time.until.is_none()) {
            return Err(TransitionError::RemedyOpen(open.kind.label()));
        }
        match window {
            Some(window) if today <= window.opens_after => Err(TransitionError::CourtTooEarly(window.opens_after)),
            Some(window) if today > window.last_day => Err(TransitionError::CourtTooLate(window.last_day)),
            _ => Ok(()),
        }
    }

    /// Whether a case may close although money is owed: the court is done with it, or can no longer be asked.
    pub(super) fn is_uncollectable(&self, today: LocalDate, window: Option<Window>) -> bool {
        let Some(served) = self.state.served() else { return false };
        let over = served.execution.courts.last().is_some_and(|court| court.is_over());
        let late = window.is_some_and(|window| today > window.last_day) && served.execution.at_court().is_none();
        over || late
    }

    fn owes(&self, today: LocalDate) -> Step<()> {
        let served = self.state.served().ok_or(TransitionError::NothingOwed)?;
        let open = account(&served.decided.decision, &served.pay_due, &served.execution, today).open();
        if open > Fen::ZERO { Ok(()) } else { Err(TransitionError::NothingOwed) }
    }
}

/// Whether an act of this kind fits the person and what was done so far; `None` for other acts.
pub(super) fn fits(case: &Case, action: &str, by: &Actor) -> Option<bool> {
    let execution = case.state.served().map(|served| &served.execution);
    let outsider = !case.ever_handled(by.account);
    let handler = case.is_handler(by.account);
    let party = by.may(Permission::AnswerAsUnit) || handler;
    Some(match action {
        "conclude_remedy" => {
            outsider && execution.is_some_and(|e| e.remedies.iter().any(|remedy| remedy.time.until.is_none()))
        }
        "request_deferral" => {
            let owed = case.state.served().is_some_and(|served| fine_open(served) > Fen::ZERO);
            party && owed && execution.is_some_and(|e| e.pending().is_none())
        }
        "decide_deferral" => outsider && execution.is_some_and(|e| e.pending().is_some()),
        "apply_court" => outsider && execution.is_some_and(|e| !e.urgings.is_empty() && e.at_court().is_none()),
        "record_court" => handler && execution.is_some_and(|e| e.at_court().is_some()),
        _ => return None,
    })
}

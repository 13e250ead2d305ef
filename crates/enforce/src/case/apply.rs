//! One act on a case: the guards of the procedure in their order, then the next state.

mod aftermath;
mod before_notice;
mod countersign;
mod decide;
mod execute;
mod notice;
mod open;
mod settle;

use super::action::{Action, TRANSITIONS};
use super::aftermath::Window;
use super::certificate::Validity;
use super::draft::Drafted;
use super::error::TransitionError;
use super::law::Law;
use super::party::{FormerHandler, LeavingGround, Mark, OfficerRef, Signed};
use super::rules::{EarlierFine, Thresholds, is_same_act};
use super::service_record::PaperRef;
use super::state::State;
use super::{Case, check_officers, not_recused};
use std::collections::BTreeMap;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Actor, LocalDate, Permission, Timestamp};
use xingjian_policy::DiscretionBand;

/// Terms of the policy pack, each counted from the day of the act at hand. For a service that is the day on which its
/// entry comes into force, with the second signature, and which is never before the service: a day typed too early, or entered late, takes no day from the party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// For the decision, from filing (行政处罚法第60条).
    pub decide: Deadline,
    /// For a statement, from the entry of the service of the notice.
    pub statement: Deadline,
    /// For requesting a hearing, from the entry of the service of the notice (第64条).
    pub hearing: Deadline,
    /// For serving the decision, from the decision (第61条).
    pub service: Deadline,
    /// For payment, from the entry of the service of the decision (第67条).
    pub pay: Deadline,
}

/// What the service found before an act.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The present instant.
    pub at: Timestamp,
    /// The number issued for this act, where it needs one.
    pub number: Option<String>,
    /// The violation in the version of today; `None` where it is no longer in the packs.
    pub law_today: Option<Law>,
    /// Hash of the policy pack.
    pub policy_version: String,
    /// Amounts for this kind of party.
    pub thresholds: Thresholds,
    /// Discretion bands in force.
    pub bands: Vec<DiscretionBand>,
    /// Terms.
    pub deadlines: Deadlines,
    /// The term of an announcement, from the day it was announced, where the act serves by one.
    pub announcement: Option<Deadline>,
    /// The term of an urging, from today (行政强制法第54条).
    pub urge: Deadline,
    /// When the court can be asked, once served.
    pub window: Option<Window>,
    /// Earlier decisions with a fine against the subject.
    pub earlier_fines: Vec<EarlierFine>,
    /// The paper kept for this act, where it serves one.
    pub paper: Option<PaperRef>,
    /// Certificates of the handlers, where the act needs two signatures.
    pub certificates: BTreeMap<OfficerId, Validity>,
}

impl Facts {
    fn today(&self) -> LocalDate {
        self.at.local_date()
    }

    fn number(&self) -> Result<String, TransitionError> {
        self.number.clone().ok_or(TransitionError::Missing("文书号"))
    }
}

/// The case, who acts on it, and what the service found.
struct Now<'a> {
    case: &'a Case,
    actor: &'a Actor,
    mark: Mark,
    /// The second signature, where the act is being countersigned.
    with: Option<Mark>,
    facts: &'a Facts,
}

impl Now<'_> {
    fn today(&self) -> LocalDate {
        self.facts.today()
    }

    fn sign<T>(&self, what: T) -> Signed<T> {
        Signed { what, by: self.mark.clone(), with: self.with.clone() }
    }

    /// Only those who handle the case.
    fn handler(&self) -> Result<(), TransitionError> {
        if self.case.is_handler(self.actor.account) { Ok(()) } else { Err(TransitionError::NotHandler) }
    }

    /// The party itself, or a handler who records what the party handed in.
    fn party(&self) -> Result<(), TransitionError> {
        if self.actor.may(Permission::AnswerAsUnit) { Ok(()) } else { self.handler() }
    }

    /// Somebody who never handled the case.
    fn outsider(&self, otherwise: TransitionError) -> Result<(), TransitionError> {
        if self.case.ever_handled(self.actor.account) { Err(otherwise) } else { Ok(()) }
    }

    /// An earlier fine for the same act stops a second one (行政处罚法第29条).
    fn not_fined_before(&self) -> Result<(), TransitionError> {
        let Case { law, act, origin, .. } = self.case;
        let same = |earlier: &&EarlierFine| {
            earlier.case != self.case.id && is_same_act(earlier, &law.violation, origin.finding.as_deref(), act)
        };
        match self.facts.earlier_fines.iter().find(same) {
            Some(earlier) => Err(TransitionError::SecondFine { number: earlier.number.clone() }),
            None => Ok(()),
        }
    }
}

impl Case {
    /// Does one act, or says which article or state forbids it.
    pub fn apply(mut self, action: Action, by: &Actor, facts: &Facts) -> Result<Self, TransitionError> {
        let mark = Mark::of(by, facts.at).ok_or(TransitionError::NoPerson)?;
        self.is_possible(&action)?;
        let from = self.state.name();
        let name = action.name();
        if let Some(what) = Drafted::of(&action, by) {
            return self.put_down(what, by, mark, facts);
        }
        match action {
            Action::Countersign => return self.countersign(by, &mark, facts),
            Action::ReturnDraft { reason } => return self.return_draft(mark, reason),
            _ if self.is_handler(by.account) => self.no_draft()?,
            _ => {}
        }
        let now = Now { case: &self, actor: by, mark: mark.clone(), with: None, facts };
        let mut returned = None;
        let next = match action {
            Action::ReplaceHandler { leaving, joining, ground, reason } => {
                let next = self.clone().replace_handler(&now, leaving, joining, ground, reason)?;
                return Ok(next.set_overtaken_aside(mark));
            }
            Action::SendBack { reason } => {
                now.outsider(TransitionError::HandlerDecides)?;
                let (next, round) = before_notice::send_back(&now, reason, false)?;
                returned = Some(round);
                next
            }
            Action::RejectReview { opinion } => {
                now.outsider(TransitionError::HandlerReviews)?;
                let (next, round) = before_notice::send_back(&now, opinion, true)?;
                returned = Some(round);
                next
            }
            Action::WithdrawDecision { reason } => {
                let (next, round) = aftermath::withdraw_decision(&now, reason)?;
                returned = Some(round);
                next
            }
            other => step(&now, self.state.clone(), other)?,
        };
        debug_assert!(TRANSITIONS.contains(&(from, name, next.name())), "{from} -{name}-> {}", next.name());
        self.state = next;
        self.returned.extend(returned);
        Ok(self.set_overtaken_aside(mark))
    }

    /// The act belongs to the state; where it is a decision too early, says which article it skips.
    fn is_possible(&self, action: &Action) -> Result<(), TransitionError> {
        let (state, name) = (self.state.name(), action.name());
        if TRANSITIONS.iter().any(|(from, act, _)| (*from, *act) == (state, name)) {
            return Ok(());
        }
        Err(match (&self.state, action) {
            (State::HearingPending(_), _) => TransitionError::HearingPending,
            (State::Filed(_) | State::Investigated(_) | State::Deliberated(_), Action::Decide { .. }) => {
                TransitionError::NoticeMissing
            }
            (State::Noticed(_), Action::Decide { .. }) => TransitionError::StatementNotHeard,
            _ => TransitionError::WrongState { state, action: name },
        })
    }

    fn replace_handler(
        mut self,
        now: &Now<'_>,
        leaving: OfficerId,
        joining: Option<OfficerRef>,
        ground: LeavingGround,
        reason: String,
    ) -> Result<Self, TransitionError> {
        now.outsider(TransitionError::HandlerApproves)?;
        TransitionError::text(&reason, "更换理由")?;
        let at = self.handlers.iter().position(|officer| officer.officer == leaving);
        let officer = self.handlers.remove(at.ok_or(TransitionError::NoSuchHandler)?);
        if let Some(joining) = joining {
            not_recused(&self.recused, &joining)?;
            let account = Some(joining.account);
            let recused = self
                .former
                .iter()
                .any(|former| former.officer.officer == joining.officer && former.ground == LeavingGround::Recusal);
            let same = joining.officer == leaving || self.handlers.iter().any(|o| o.officer == joining.officer);
            if recused || same || self.reviewed(account) || self.decided_by(account) || account == now.actor.account {
                return Err(TransitionError::CannotJoin { name: joining.name });
            }
            self.handlers.push(joining);
        }
        check_officers(&self.handlers)?;
        self.former.push(FormerHandler { officer, ground, reason, by: now.mark.clone() });
        Ok(self)
    }

    fn decided_by(&self, account: Option<xingjian_kernel::id::AccountId>) -> bool {
        self.state.decided().is_some_and(|decided| Some(decided.decision.by.account) == account)
    }
}

/// The next state for every act that moves a case on.
fn step(now: &Now<'_>, state: State, action: Action) -> Result<State, TransitionError> {
    match (state, action) {
        (State::Proposed, Action::ApproveFiling { opinion }) => before_notice::approve_filing(now, opinion),
        (State::Proposed, Action::DeclineFiling { reason }) => before_notice::decline_filing(now, reason),
        (State::Filed(filed), Action::ReportInvestigation(report)) => before_notice::report(now, filed, report),
        (State::Investigated(prior), Action::ReportInvestigation(report)) => {
            before_notice::report(now, prior.filed, report)
        }
        (State::Investigated(prior), Action::RecordDeliberation(record)) => {
            before_notice::deliberate(now, *prior, record)
        }
        (State::Deliberated(prior), Action::ServeNotice(service)) => notice::serve(now, *prior, service),
        (State::Noticed(prior), Action::SubmitStatement(statement)) => notice::state(now, *prior, statement),
        (State::Noticed(prior), Action::WaiveStatement { note }) => notice::waive_statement(now, *prior, note),
        (State::Noticed(prior), Action::RequestHearing { on, note }) => notice::request_hearing(now, *prior, on, &note),
        (State::Noticed(prior), Action::WaiveHearing { note }) => notice::waive_hearing(now, *prior, note),
        (State::HearingPending(prior), Action::WithdrawHearing { note }) => notice::withdraw(now, *prior, note),
        (State::Noticed(prior), Action::HearStatements(review)) => notice::hear(now, *prior, review),
        (State::Heard(heard), Action::PassReview { opinion }) => settle::pass_review(now, *heard, opinion),
        (State::LegallyReviewed(heard) | State::Discussed(heard), Action::Reopen { reason }) => {
            settle::reopen(now, *heard, reason)
        }
        (
            State::Heard(heard) | State::LegallyReviewed(heard) | State::Discussed(heard),
            Action::Discuss { plan, members, minutes },
        ) => settle::discuss(now, *heard, plan, members, minutes),
        (
            State::Heard(heard) | State::LegallyReviewed(heard) | State::Discussed(heard),
            Action::Decide { plan, reasons },
        ) => decide::decide(now, *heard, plan, reasons),
        (State::Decided(decided), Action::ServeDecision(service)) => execute::serve(now, *decided, service),
        (State::Served(served) | State::Executing(served), Action::RecordPayment(payment)) => {
            execute::pay(now, *served, payment)
        }
        (State::Served(served) | State::Executing(served), Action::RecordFulfilment(fulfilment)) => {
            execute::fulfil(now, *served, fulfilment)
        }
        (
            state,
            action @ (Action::RecordRemedy(_)
            | Action::ConcludeRemedy(_)
            | Action::RequestDeferral(_)
            | Action::DecideDeferral { .. }
            | Action::Urge(_)
            | Action::ApplyCourt { .. }
            | Action::RecordCourt(_)),
        ) => aftermath::step(now, state, action),
        (State::Served(served) | State::Executing(served), Action::ProposeClosing(report)) => {
            execute::propose_closing(now, *served, report)
        }
        (State::Closing { served, .. }, Action::ReturnClosing { reason }) => {
            execute::return_closing(now, served, &reason)
        }
        (State::Closing { served, report }, Action::Close { opinion }) => execute::close(now, served, report, opinion),
        (state, action) => decide::end(now, state, action),
    }
}

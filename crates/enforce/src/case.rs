//! A penalty case by the ordinary procedure (行政处罚普通程序案件). Pure: what a case is, what can be done with it, and
//! which article stops what. Loading, numbers and consequences are in [`service`].

mod action;
mod aftermath;
mod apply;
mod breach;
mod certificate;
mod consequences;
mod correction;
mod decision;
mod draft;
mod error;
mod event;
mod execution;
mod facts;
mod hearing;
mod law;
mod particular;
mod party;
mod party_view;
mod plan;
mod releases;
mod report;
mod rules;
pub mod service;
mod service_record;
mod state;
mod store;

#[cfg(test)]
pub(crate) mod tests;

pub use action::{ACTIONS, Action, TRANSITIONS, label_of as action_label, permissions_of};
pub use aftermath::{
    Court, CourtOutcome, CourtResult, Deferral, DeferralDecision, DeferralRequest, Instalment, RemedyOutcome, Urging,
    Verdict, Window,
};
pub use apply::{Deadlines, Facts};
pub use breach::Breach;
pub use certificate::Validity;
pub use correction::{Checker, Correction, FailedRecheck};
pub use decision::{Decision, Discussion, LegalReview, NotPenalisedGround, Reopened};
pub use draft::{Draft, Drafted, SetAside};
pub use error::TransitionError;
pub use execution::{
    Account, Approval, ClosingReport, Execution, Fulfilment, Payment, Remedy, RemedyKind, account as account_of,
};
pub use hearing::{Deliberation, Hearing, Notice, Proposal, Statement, StatementOutcome, StatementReview};
pub use law::{Act, Law, Limitation, applicable, limitation};
pub use particular::{Length, Particular, Reach, has_length, has_reach};
pub use party::{FormerHandler, LeavingGround, Mark, OfficerRef, Party, PartyKind, Signed};
pub use party_view::{PartyView, ServedPaper};
pub use plan::{Assessment, Mitigation, MitigationGround, Plan, check as check_plan, fine_facts};
pub use releases::Needed;
pub use report::{Evidence, EvidenceKind, Report};
pub use rules::{
    EarlierFine, Thresholds, Warning, discussion_grounds, hearing_grounds, is_same_act, review_grounds, warning,
};
pub use service_record::{PaperRef, ServiceMethod, ServiceRecord};
pub use state::{
    Decided, Deliberated, FINAL, Filed, Heard, Investigated, Noticed, STATES, Served, State, label_of as state_label,
};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::id::{AccountId, CaseId, OfficerId};
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, SubjectRef, Timestamp, states_before};
use xingjian_policy::ViolationActor;

/// What a case came from, by the ids of the rooms above; all empty where an officer found it alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The signal.
    pub signal: Option<String>,
    /// The inspection task.
    pub task: Option<String>,
    /// The finding.
    pub finding: Option<String>,
}

/// A proposal to file a case (立案报告).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// Whom it is about.
    pub subject: SubjectRef,
    /// The party as the papers name it.
    pub party: Party,
    /// The law that is applied.
    pub law: Law,
    /// When the act was done and found.
    pub act: Act,
    /// The case in short: time, place, what happened (案情摘要).
    pub summary: String,
    /// What it came from.
    pub origin: Origin,
    /// Where it belongs.
    pub division: DivisionCode,
    /// Department that handles it.
    pub department: DepartmentId,
    /// The officers who will handle it.
    pub handlers: Vec<OfficerRef>,
    /// Officers who had to step back from the inspection it came from, and why.
    pub recused: BTreeMap<OfficerId, String>,
}

/// A round that was sent back, with everything done in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    /// The state it was sent back from.
    pub before: State,
    /// Sent back by legal review, not by the head.
    pub by_review: bool,
    /// Why.
    pub reason: String,
    /// Who sent it back, and when.
    pub by: Mark,
}

/// A penalty case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Its id.
    pub id: CaseId,
    /// Whom it is about.
    pub subject: SubjectRef,
    /// The party as the papers name it.
    pub party: Party,
    /// The law in the version of the act.
    pub law: Law,
    /// When the act was done and found.
    pub act: Act,
    /// The case in short.
    pub summary: String,
    /// What it came from.
    pub origin: Origin,
    /// Where it belongs.
    pub division: DivisionCode,
    /// Department that handles it.
    pub department: DepartmentId,
    /// The officers who handle it: always two or more.
    pub handlers: Vec<OfficerRef>,
    /// Officers who handled it before.
    pub former: Vec<FormerHandler>,
    /// Officers who had to step back from the inspection it came from, and why.
    #[serde(default)]
    pub recused: BTreeMap<OfficerId, String>,
    /// Rounds that were sent back, oldest first.
    pub returned: Vec<Returned>,
    /// Who proposed it, and when.
    pub proposed: Mark,
    /// The act that waits for the second handler's signature.
    pub draft: Option<Box<Draft>>,
    /// Drafts that were returned or overtaken, oldest first.
    pub set_aside: Vec<SetAside>,
    /// Where it stands.
    pub state: State,
}

impl Case {
    /// Proposes a case. Only a person can (T41), with two certified officers (T13), against a party whom the law
    /// addresses.
    pub fn propose(id: CaseId, new: Proposed, by: &Actor, at: Timestamp) -> Result<Self, TransitionError> {
        let proposed = Mark::of(by, at).ok_or(TransitionError::NoPerson)?;
        check_officers(&new.handlers)?;
        TransitionError::text(&new.party.name, "当事人")?;
        TransitionError::text(&new.summary, "案情摘要")?;
        check_dates(&new.act, proposed.on())?;
        check_party(&new.law, new.party.kind)?;
        let Proposed { subject, party, law, act, summary, origin, division, department, handlers, recused } = new;
        for officer in &handlers {
            not_recused(&recused, officer)?;
        }
        Ok(Self {
            id,
            subject,
            party,
            law,
            act,
            summary,
            origin,
            division,
            department,
            handlers,
            former: vec![],
            recused,
            returned: vec![],
            proposed,
            draft: None,
            set_aside: vec![],
            state: State::Proposed,
        })
    }

    /// The line a list shows.
    pub fn title(&self) -> String {
        format!("{}：{}", self.party.name, self.law.name)
    }

    /// The case number, once filed.
    pub fn number(&self) -> Option<&str> {
        self.state.filed().map(|filed| filed.number.as_str())
    }

    /// The penalty that stands at the moment: decided, revised, noticed or proposed.
    pub fn plan(&self) -> Option<&Plan> {
        let state = &self.state;
        if let Some(served) = state.served() {
            return Some(served.plan());
        }
        let decided = state.decided().map(|decided| &decided.decision.plan);
        let heard = state.heard().map(|heard| heard.settled().unwrap_or_else(|| heard.plan()));
        decided.or(heard).or_else(|| state.deliberated().and_then(Deliberated::plan))
    }

    /// What is owed on a day, once served.
    pub fn account(&self, on: LocalDate) -> Option<Account> {
        let served = self.state.served()?;
        Some(account_of(&served.decided.decision, &served.pay_due, &served.execution, on))
    }

    /// Whether the account handles the case.
    pub fn is_handler(&self, account: Option<AccountId>) -> bool {
        self.handlers.iter().any(|officer| Some(officer.account) == account)
    }

    /// Whether the account handles the case or ever did.
    pub fn ever_handled(&self, account: Option<AccountId>) -> bool {
        self.is_handler(account) || self.former.iter().any(|former| Some(former.officer.account) == account)
    }

    /// Whether the account reviewed the case, now or in a round that was sent back.
    pub fn reviewed(&self, account: Option<AccountId>) -> bool {
        let passed = |state: &State| {
            let heard = state.heard();
            let earlier = heard.iter().flat_map(|heard| &heard.reopened).filter_map(|round| round.legal.as_ref());
            let last = heard.and_then(|heard| heard.legal.as_ref());
            last.into_iter().chain(earlier).any(|legal| Some(legal.by.account) == account)
        };
        passed(&self.state)
            || self
                .returned
                .iter()
                .any(|round| passed(&round.before) || (round.by_review && Some(round.by.account) == account))
    }

    /// Whether the party may see the case: from the notice on.
    pub fn is_open_to_party(&self) -> bool {
        self.state.noticed().is_some() || self.returned.iter().any(|round| round.before.noticed().is_some())
    }

    /// The last day by which the next act is due; `None` where no clock runs.
    pub fn due(&self) -> Option<LocalDate> {
        match &self.state {
            State::Decided(decided) => Some(decided.decision.service_due.due),
            State::Served(served) | State::Executing(served) => Some(served.next_payment()),
            State::Proposed | State::Closing { .. } => None,
            state if state.is_final() => None,
            state => state.filed().map(|filed| filed.decide_due.due),
        }
    }

    /// Names of the acts that this actor can do now; draws the buttons.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        let from = self.state.name();
        let mut open: Vec<&'static str> = vec![];
        for (_, action, _) in TRANSITIONS.iter().filter(|(state, _, _)| *state == from) {
            // An act that leads to one of several states is one button.
            if may(action, by) && self.fits(action, by) && !open.contains(action) {
                open.push(action);
            }
        }
        open
    }

    /// States in which an act that is meant there, by state and name, may be up to somebody who has these permissions.
    pub fn names_open_to(by: &Actor, is_meant: impl Fn(&str, &str) -> bool) -> Vec<&'static str> {
        states_before(TRANSITIONS, |state, action| is_meant(state, action) && may(action, by))
    }
}

/// Whether somebody has a permission that the act needs.
fn may(action: &str, by: &Actor) -> bool {
    permissions_of(action).iter().any(|needed| by.may(*needed))
}

/// Whoever had to step back from the inspection does not come back in the case (行政处罚法第43条).
fn not_recused(recused: &BTreeMap<OfficerId, String>, officer: &OfficerRef) -> Result<(), TransitionError> {
    match recused.get(&officer.officer) {
        Some(reason) => Err(TransitionError::Recused { name: officer.name.clone(), reason: reason.clone() }),
        None => Ok(()),
    }
}

/// Two or more different officers, each with a certificate (行政处罚法第42条).
fn check_officers(officers: &[OfficerRef]) -> Result<(), TransitionError> {
    if let Some(officer) = officers.iter().find(|officer| officer.certificate.trim().is_empty()) {
        return Err(TransitionError::NoCertificate { name: officer.name.clone() });
    }
    let mut people: Vec<_> = officers.iter().map(|officer| officer.officer).collect();
    let mut accounts: Vec<_> = officers.iter().map(|officer| officer.account).collect();
    people.sort_unstable();
    people.dedup();
    accounts.sort_unstable();
    accounts.dedup();
    let given = people.len().min(accounts.len());
    if given < 2 || given < officers.len() { Err(TransitionError::TooFewOfficers { given }) } else { Ok(()) }
}

fn check_dates(act: &Act, today: LocalDate) -> Result<(), TransitionError> {
    if act.last_day() < act.began {
        return Err(TransitionError::TooEarly { what: "违法行为终了日期", not_before: act.began });
    }
    if act.discovered < act.began {
        return Err(TransitionError::TooEarly { what: "发现违法行为的日期", not_before: act.began });
    }
    for (what, date) in [("发现违法行为的日期", act.discovered), ("违法行为终了日期", act.last_day())]
    {
        if date > today {
            return Err(TransitionError::FutureDate { what, date });
        }
    }
    Ok(())
}

fn check_party(law: &Law, kind: PartyKind) -> Result<(), TransitionError> {
    let fits = match law.actor {
        ViolationActor::Either => true,
        ViolationActor::Institution => kind == PartyKind::Organisation,
        ViolationActor::Person => kind == PartyKind::Person,
    };
    let wrong = || TransitionError::WrongParty {
        name: law.name.clone(),
        expected: law.actor.label(),
        given: kind.label(),
        clause: law.clause.clone(),
    };
    if fits { Ok(()) } else { Err(wrong()) }
}

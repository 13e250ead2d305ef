//! Acts that two handlers sign (行政处罚法第42条): one puts the act down, and it comes into force when another signs it
//! with an own login. Until then nothing but this draft exists.

use super::hearing::{Deliberation, Hearing};
use super::party::Mark;
use super::report::Report;
use super::service_record::ServiceRecord;
use super::state::State;
use super::{Action, Case, Facts, TransitionError};
use serde::{Deserialize, Serialize};
use xingjian_kernel::{Actor, LocalDate, Permission};

/// What was put down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", content = "what", rename_all = "snake_case")]
pub enum Drafted {
    /// 调查终结报告.
    Report(Report),
    /// 合议记录.
    Deliberation(Deliberation),
    /// 事先告知书的送达回执.
    NoticeService(ServiceRecord),
    /// 决定书的送达回执.
    DecisionService(ServiceRecord),
    /// 当事人放弃陈述申辩的书面声明.
    StatementWaiver(String),
    /// 当事人放弃听证的书面声明.
    HearingWaiver(String),
    /// 当事人撤回听证申请的书面声明.
    HearingWithdrawal(String),
}

impl Drafted {
    /// What an act puts down where it needs a second signature: what the party enters itself needs none.
    pub(super) fn of(action: &Action, by: &Actor) -> Option<Self> {
        let party = by.may(Permission::AnswerAsUnit);
        match action {
            Action::ReportInvestigation(report) => Some(Self::Report(report.clone())),
            Action::RecordDeliberation(record) => Some(Self::Deliberation(record.clone())),
            Action::ServeNotice(service) => Some(Self::NoticeService(service.clone())),
            Action::ServeDecision(service) => Some(Self::DecisionService(service.clone())),
            Action::WaiveStatement { note } if !party => Some(Self::StatementWaiver(note.clone())),
            Action::WaiveHearing { note } if !party => Some(Self::HearingWaiver(note.clone())),
            Action::WithdrawHearing { note } if !party => Some(Self::HearingWithdrawal(note.clone())),
            _ => None,
        }
    }

    /// The act that comes into force with the second signature.
    pub fn action(&self) -> Action {
        match self.clone() {
            Self::Report(report) => Action::ReportInvestigation(report),
            Self::Deliberation(record) => Action::RecordDeliberation(record),
            Self::NoticeService(service) => Action::ServeNotice(service),
            Self::DecisionService(service) => Action::ServeDecision(service),
            Self::StatementWaiver(note) => Action::WaiveStatement { note },
            Self::HearingWaiver(note) => Action::WaiveHearing { note },
            Self::HearingWithdrawal(note) => Action::WithdrawHearing { note },
        }
    }

    /// With the day of service as it is computed, so that who signs reads the day that will hold.
    pub(super) fn settled(self, facts: &Facts) -> Result<Self, TransitionError> {
        let day = |service: ServiceRecord| service.settled(facts.announcement, facts.at.local_date());
        Ok(match self {
            Self::NoticeService(service) => Self::NoticeService(day(service)?),
            Self::DecisionService(service) => Self::DecisionService(day(service)?),
            other => other,
        })
    }

    /// The day on which both did it, where it is not the day of their signatures. The day of service by announcement is
    /// nobody's act: what they did is the announcement.
    pub(super) fn done_on(&self) -> Option<LocalDate> {
        match self {
            Self::NoticeService(service) | Self::DecisionService(service) => {
                Some(service.announced_on().unwrap_or(service.on))
            }
            _ => None,
        }
    }

    /// Whether it can still come into force in this state.
    pub(super) fn fits(&self, state: &State) -> bool {
        match (self, state) {
            (Self::Report(_), State::Filed(_) | State::Investigated(_))
            | (Self::Deliberation(_), State::Investigated(_))
            | (Self::NoticeService(_), State::Deliberated(_))
            | (Self::DecisionService(_), State::Decided(_))
            | (Self::HearingWithdrawal(_), State::HearingPending(_)) => true,
            (Self::StatementWaiver(_), State::Noticed(noticed)) => {
                noticed.statement.is_none() && noticed.statement_waived.is_none()
            }
            (Self::HearingWaiver(_), State::Noticed(noticed)) => matches!(noticed.hearing, Hearing::Told { .. }),
            _ => false,
        }
    }
}

/// An act that waits for the second signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// What was put down.
    pub what: Drafted,
    /// Who put it down, and when.
    pub by: Mark,
}

impl Case {
    /// What was last returned of this act since the report or the decision in force, for its form to start from: nothing of
    /// a decision that was withdrawn.
    pub fn returned_draft(&self, action: &str) -> Option<&Drafted> {
        let decided = self.state.decided().map(|decided| decided.decision.by.at);
        let since = decided.or_else(|| self.state.investigated().map(|stage| stage.report.by.at));
        let after = |aside: &&SetAside| since.is_none_or(|since| aside.draft.by.at >= since);
        let returned = self.set_aside.iter().rev().filter(after).map(|aside| &aside.draft.what);
        returned.into_iter().find(|what| what.action().name() == action)
    }
}

/// A draft that never came into force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetAside {
    /// The draft.
    pub draft: Draft,
    /// Why.
    pub reason: String,
    /// Who returned it, or whose act overtook it, and when.
    pub by: Mark,
}

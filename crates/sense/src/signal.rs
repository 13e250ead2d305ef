//! A signal (线索): anything that may be wrong, with one subject, one cause, one owner and one clock.

mod report;
pub mod service;
mod state;

pub use report::{LONGEST_REPORT, Report, SHORTEST_REPORT};
pub use state::{Action, State, TRANSITIONS, TransitionError};

use crate::claims::Claims;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{AccountId, ComplaintId, ScreeningId, SignalId};
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, Permission, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Head, Record, Table, tables};

/// Where a signal came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Source {
    /// A complaint or report.
    Complaint(ComplaintId),
    /// Screening of claims, by the run that opened it.
    Screening(ScreeningId),
    /// A connected system.
    System(AccountId),
}

/// A signal as kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Signal {
    /// The id.
    pub id: SignalId,
    /// Where it came from.
    pub source: Source,
    /// Whom it is about.
    pub subject: SubjectRef,
    /// The subject's name when it was opened.
    pub subject_name: String,
    /// What may be wrong: a topic of the duty list.
    pub cause: String,
    /// 1 (slight) to 5 (grave), from the channel and kind.
    pub weight: u8,
    /// Duty of the policy pack that decides the owner.
    pub duty: String,
    /// Division.
    pub division: DivisionCode,
    /// Department that owns it.
    pub department: DepartmentId,
    /// Department that handed it out.
    pub origin: DepartmentId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Hits by rule, where it came from screening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Box<Claims>>,
    /// What the system said, where it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Box<Report>>,
    /// State.
    #[serde(flatten)]
    pub state: State,
}

impl Signal {
    /// What this person can do now: a signal is dealt with by the department of the duty list, and the institution that was asked
    /// answers for itself.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        if self.is_foreign_to(by) {
            return vec![];
        }
        self.state.open_actions(by, self.claims.as_deref())
    }

    fn is_foreign_to(&self, by: &Actor) -> bool {
        by.account.is_some() && by.department != self.department && !by.may(Permission::AnswerAsUnit)
    }

    /// The signal after an act of a person or of the program.
    pub(crate) fn apply(mut self, action: Action, by: &Actor, today: LocalDate) -> Result<Self, TransitionError> {
        if self.is_foreign_to(by) {
            return Err(TransitionError::NotYourDepartment);
        }
        self.state = self.state.apply(action, self.claims.as_deref_mut(), by, today)?;
        Ok(self)
    }

    /// The line a list shows.
    pub fn title(&self) -> String {
        match &self.claims {
            Some(claims) => format!("{}：{}规则命中", self.subject_name, claims.month),
            None => format!("{}：{}", self.subject_name, self.cause),
        }
    }

    /// Whether the institution may see it: from the day on which it was asked.
    pub fn is_shown_to_party(&self) -> bool {
        self.claims.as_ref().is_some_and(|claims| claims.asked.is_some())
    }
}

impl Record for Signal {
    const TABLE: Table = tables::SIGNAL;
    const FINAL: &'static [&'static str] = &["dismissed", "closed", "withdrawn"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.origin.clone(),
            sensitivity: if self.is_shown_to_party() { Sensitivity::Case } else { Sensitivity::Secret },
            subject: Some(self.subject),
            state: self.state.name(),
            owner: None,
            due: self.state.due().map(|d| d.due),
            number: self.report.as_ref().map(|report| report.number()),
            title: self.title(),
            search: match &self.claims {
                Some(claims) => {
                    format!("{} {} {} {}", self.subject_name, self.cause, claims.month.as_str(), claims.code)
                }
                None => format!("{} {}", self.subject_name, self.cause),
            },
            created_at: self.opened_at,
        }
    }
}

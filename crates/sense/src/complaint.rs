//! A complaint, report, petition or question from the public (投诉、举报、信访、咨询).

mod action;
mod error;
pub mod service;
mod state;
mod store;

pub use action::{Acceptance, Action, Answer};
pub use error::TransitionError;
pub use service::{NewComplaint, Receipt};
pub use state::{State, TRANSITIONS};
pub use store::{ReporterClear, reporter_place};

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{ComplaintId, SignalId};
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, SubjectRef, Timestamp};
use xingjian_store::Sealed;

/// Longest text taken, in characters.
pub const MAX_TEXT: usize = 20_000;
/// Shortest text taken, in characters.
pub const MIN_TEXT: usize = 10;

/// A complaint as kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Complaint {
    /// The id.
    pub id: ComplaintId,
    /// Running number of the year, such as `TS2026-000012`.
    pub number: String,
    /// Keyed digest of the receipt code; the code itself is held by the reporter alone.
    pub receipt_digest: String,
    /// Channel of the policy pack.
    pub channel: String,
    /// Subject it is about, once recognised.
    pub subject: Option<SubjectRef>,
    /// Institution or place as the reporter named it.
    pub about: String,
    /// What happened, in the reporter's words.
    pub text: String,
    /// The reporter; `None` is anonymous. Sealed: name and contact are opened for a reason only.
    pub reporter: Option<Sealed>,
    /// Division it belongs to.
    pub division: DivisionCode,
    /// Department that owns it now.
    pub department: DepartmentId,
    /// Department that took it in.
    pub origin: DepartmentId,
    /// The signal it became.
    pub signal: Option<SignalId>,
    /// What became of it elsewhere, told to the reporter.
    pub progress: Vec<Progress>,
    /// When it came in.
    pub received_at: Timestamp,
    /// State.
    #[serde(flatten)]
    pub state: State,
}

impl Complaint {
    /// What this person can do now: investigating and answering are the acts of the department it was handed to.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        let mut actions = self.state.open_actions(by);
        actions.retain(|action| self.is_up_to(action, by));
        actions
    }

    /// Whether the act is for this person's department.
    pub(crate) fn is_up_to(&self, action: &str, by: &Actor) -> bool {
        !matches!(action, "investigate" | "answer") || by.department == self.department
    }
}

/// A step elsewhere that the reporter may know of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When.
    pub on: LocalDate,
    /// What, without names of persons.
    pub text: String,
}

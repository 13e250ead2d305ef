//! A complaint, report, petition or question from the public (投诉、举报、信访、咨询).

mod action;
pub mod aftermath;
mod error;
pub(crate) mod intake;
pub mod joining;
pub mod overdue;
pub mod service;
mod state;
mod store;

pub use action::{Acceptance, Action, Answer, Outcome};
pub use error::TransitionError;
pub use intake::{NewComplaint, Receipt};
pub use state::{State, TRANSITIONS};
pub use store::{ReporterClear, reporter_mark, reporter_place};

use crate::message::triage::Triaged;
use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{ComplaintId, MessageImportId, SignalId};
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, LocalDate, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Sealed};

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
    /// Keyed digest of who reported, by which complaints of one person are found without opening anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporter_mark: Option<String>,
    /// The file it came in, where it came in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Imported>,
    /// What was decided about it when it came in, beside what was suggested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub triage: Option<Triaged>,
    /// Division it belongs to.
    pub division: DivisionCode,
    /// Department that owns it now.
    pub department: DepartmentId,
    /// Department that took it in.
    pub origin: DepartmentId,
    /// Complaints about the same matter that were joined to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub joined: Vec<ComplaintId>,
    /// What the reporter said of the answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ratings: Vec<Rating>,
    /// Why the reporter had it opened again, where that was so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<Reopening>,
    /// Heads who were told that it is late.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub escalations: Vec<Escalation>,
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

/// What a reporter says of an answer (满意度).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Satisfaction {
    /// 满意
    Satisfied,
    /// 基本满意
    Mostly,
    /// 不满意
    Unsatisfied,
}

impl Satisfaction {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Satisfied, Self::Mostly, Self::Unsatisfied];

    /// Stable name for forms.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Satisfied => "satisfied",
            Self::Mostly => "mostly",
            Self::Unsatisfied => "unsatisfied",
        }
    }

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Satisfied => "满意",
            Self::Mostly => "基本满意",
            Self::Unsatisfied => "不满意",
        }
    }
}

/// What the reporter said of one answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// How satisfied.
    pub level: Satisfaction,
    /// In the reporter's words; may be empty.
    pub words: String,
    /// When.
    pub on: LocalDate,
}

/// A complaint opened again (重新办理).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopening {
    /// Why, in the reporter's words.
    pub reason: String,
    /// When.
    pub on: LocalDate,
    /// The answer that did not do.
    pub earlier: Answer,
}

/// A head who was told that a complaint is late (超期督办).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// 1: the department that owns it; 2: the leading department.
    pub level: u8,
    /// Whose head.
    pub to: DepartmentId,
    /// When.
    pub on: LocalDate,
    /// The day that had passed: once a level for each.
    pub due: LocalDate,
    /// What the head asked for, once said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instruction: Option<String>,
}

/// Where a complaint came from that came in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Imported {
    /// The import.
    pub import: MessageImportId,
    /// Its number there.
    pub key: String,
    /// When it was sent there, where the file says so.
    pub sent_at: Option<Timestamp>,
}

impl Complaint {
    /// A complaint of the leading department that came in just now; what a way in knows more is filled in by it.
    pub(crate) fn received(ctx: &Ctx, id: ComplaintId, lead: DepartmentId, about: String, text: String) -> Self {
        Self {
            id,
            number: String::new(),
            receipt_digest: String::new(),
            channel: String::new(),
            subject: None,
            about,
            text,
            reporter: None,
            reporter_mark: None,
            imported: None,
            triage: None,
            division: ctx.policy().city.division.clone(),
            department: lead.clone(),
            origin: lead,
            joined: vec![],
            ratings: vec![],
            reopened: None,
            escalations: vec![],
            signal: None,
            progress: vec![],
            received_at: ctx.now(),
            state: State::Received { due: Deadline { from: ctx.today(), due: ctx.today(), estimated: false } },
        }
    }

    /// When it was said: when it was sent elsewhere, or when it came in.
    pub fn said_at(&self) -> Timestamp {
        self.imported.as_ref().and_then(|imported| imported.sent_at).unwrap_or(self.received_at)
    }

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

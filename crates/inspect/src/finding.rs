//! A finding (检查发现的问题): one violated item of a submitted task, with an order to correct it, what the institution
//! hands in, and the re-check. It may lead to a case; the case runs beside it and does not settle it.

mod action;
mod apply;
mod error;
pub(crate) mod event;
pub mod service;
mod store;

#[cfg(test)]
mod tests;

use crate::officer::{OfficerRef, Person};
use crate::task::{Task, Violated};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{CaseId, FindingId, SignalId, TaskId};
use xingjian_kernel::{Deadline, DepartmentId, DivisionCode, LocalDate, SubjectRef, Timestamp};

pub use action::{Action, ActionName, Facts, TRANSITIONS, action_label};
pub use error::TransitionError;

/// Ledger rows of a finding that the inspected institution is not shown.
pub const HIDDEN_FROM_PARTY: &[&str] =
    &["finding.case_filed", "finding.case_ended", "finding.rechecked", "finding.recheck_returned"];

/// The order to correct (责令改正).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Number of the order.
    pub number: String,
    /// By when.
    pub due: Deadline,
    /// Who ordered.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// What the institution handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submission {
    /// What was done.
    pub text: String,
    /// Evidence, as described by the institution.
    pub evidence: Vec<String>,
    /// Who handed it in, or the officer who entered a paper.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A re-check (复查).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recheck {
    /// Whether it is corrected.
    pub passed: bool,
    /// What was seen.
    pub facts: String,
    /// Who re-checked: two at least.
    pub officers: Vec<OfficerRef>,
    /// Who entered it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// The other officer, who confirmed it with an own login, and when; `None` while it waits for that.
    pub confirmed: Option<Confirmation>,
}

impl Recheck {
    /// The officer whose confirmation it needs: not the one who entered it.
    pub fn second(&self) -> Option<&OfficerRef> {
        self.officers.get(1)
    }
}

/// The second officer's confirmation of a re-check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who confirmed.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A re-check that waits for the second officer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// What was entered.
    pub recheck: Recheck,
    /// By when it is to be corrected where it did not pass; `None` takes the clock of the policy pack.
    pub correct_by: Option<LocalDate>,
}

/// A re-check that was returned before it counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedRecheck {
    /// What was entered.
    pub recheck: Recheck,
    /// Why it was returned.
    pub reason: String,
    /// Who returned it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A round of correction that did not pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRound {
    /// The order.
    pub order: Order,
    /// What was handed in.
    pub submissions: Vec<Submission>,
    /// The re-check.
    pub recheck: Recheck,
}

/// The five measures of document 永政办函〔2019〕60号.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Patrol.
    Patrol,
    /// Comment.
    Comment,
    /// Talk.
    Talk,
    /// Penalty.
    Penalty,
    /// Circular.
    Circular,
}

impl Measure {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Patrol, Self::Comment, Self::Talk, Self::Penalty, Self::Circular];

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Patrol => "巡查",
            Self::Comment => "点评",
            Self::Talk => "约谈",
            Self::Penalty => "处罚",
            Self::Circular => "通报",
        }
    }

    /// Stable name for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Patrol => "patrol",
            Self::Comment => "comment",
            Self::Talk => "talk",
            Self::Penalty => "penalty",
            Self::Circular => "circular",
        }
    }

    /// The one with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|m| m.code() == code)
    }
}

/// A measure that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureTaken {
    /// Which.
    pub measure: Measure,
    /// What was done.
    pub text: String,
    /// On which day.
    pub on: LocalDate,
    /// Who entered it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A case that was filed for the finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseFiled {
    /// The case.
    pub case: CaseId,
    /// Who proposed it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// A case that ended without a penalty in force, so that another can be filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedCase {
    /// The case.
    pub filed: CaseFiled,
    /// How it ended.
    pub how: String,
    /// When that was noted.
    pub at: Timestamp,
}

/// How far a finding is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Ordered to be corrected.
    Ordered {
        /// The order.
        order: Order,
    },
    /// The institution has handed something in.
    Submitted {
        /// The order.
        order: Order,
        /// What was handed in, oldest first.
        submissions: Vec<Submission>,
    },
    /// Corrected.
    Settled {
        /// The order.
        order: Order,
        /// What was handed in, oldest first.
        submissions: Vec<Submission>,
        /// The re-check that passed.
        recheck: Recheck,
    },
}

impl State {
    /// Names of all states.
    pub const NAMES: [&str; 3] = ["ordered", "submitted", "settled"];
    /// States after which nothing more is to be done.
    pub const FINAL: &'static [&'static str] = &["settled"];

    /// Stable name, as in the diagram.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Ordered { .. } => "ordered",
            Self::Submitted { .. } => "submitted",
            Self::Settled { .. } => "settled",
        }
    }

    /// The state on screen.
    pub fn label(&self) -> &'static str {
        state_label(self.name())
    }

    /// The order in force.
    pub const fn order(&self) -> &Order {
        match self {
            Self::Ordered { order } | Self::Submitted { order, .. } | Self::Settled { order, .. } => order,
        }
    }

    /// What was handed in for that order, oldest first.
    pub fn submissions(&self) -> &[Submission] {
        match self {
            Self::Ordered { .. } => &[],
            Self::Submitted { submissions, .. } | Self::Settled { submissions, .. } => submissions,
        }
    }
}

/// The name of a state on screen; empty for a name that is none.
pub fn state_label(name: &str) -> &'static str {
    match name {
        "ordered" => "整改中",
        "submitted" => "待复查",
        "settled" => "已办结",
        _ => "",
    }
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// The task that brought it to light.
    pub task: TaskId,
    /// Number of that task's notice.
    pub notice: String,
    /// The signal behind the task, where there was one.
    pub signal: Option<SignalId>,
    /// The institution that has to correct it.
    pub subject: SubjectRef,
    /// Its name.
    pub subject_name: String,
    /// Where it lies.
    pub division: DivisionCode,
    /// Department that inspected.
    pub department: DepartmentId,
    /// Department that asked for the inspection.
    pub origin: DepartmentId,
    /// Id of the inspection item.
    pub item: String,
    /// Name of the inspection item.
    pub item_name: String,
    /// What was found, as facts.
    pub facts: String,
    /// Violation (案由) of the policy pack, where one was named.
    pub violation: Option<String>,
    /// The officers who found it; the first follows it up.
    pub officers: Vec<OfficerRef>,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// Rounds that did not pass, oldest first.
    pub failed: Vec<FailedRound>,
    /// The re-check that waits for the second officer's confirmation.
    pub pending: Option<Pending>,
    /// Re-checks that were returned before they counted, oldest first.
    pub returned: Vec<ReturnedRecheck>,
    /// Measures taken.
    pub measures: Vec<MeasureTaken>,
    /// The case filed for it, where there is one.
    pub case: Option<CaseFiled>,
    /// Cases that were filed for it before and ended without a penalty in force.
    #[serde(default)]
    pub ended_cases: Vec<EndedCase>,
    /// How far it is.
    pub state: State,
}

impl Finding {
    /// Opens the finding of a violated item.
    ///
    /// In a joint inspection it belongs to the department whose item it is, whose officers come first.
    pub fn open(id: FindingId, task: &Task, violated: &Violated<'_>, order: Order) -> Self {
        let other = violated.item.department.as_ref();
        let mut officers = task.officers.clone();
        if other.is_some() {
            officers.sort_by_key(|officer| officer.department.as_ref() != other);
        }
        Self {
            id,
            task: task.id,
            notice: task.number().unwrap_or_default().to_owned(),
            signal: task.cause.signal(),
            subject: task.subject,
            subject_name: task.subject_name.clone(),
            division: task.division.clone(),
            department: other.unwrap_or(&task.department).clone(),
            origin: if other.is_some() { task.department.clone() } else { task.origin.clone() },
            item: violated.item.id.clone(),
            item_name: violated.item.name.clone(),
            facts: violated.facts.to_owned(),
            violation: violated.violation.map(str::to_owned),
            officers,
            created_at: order.at,
            failed: vec![],
            pending: None,
            returned: vec![],
            measures: vec![],
            case: None,
            ended_cases: vec![],
            state: State::Ordered { order },
        }
    }

    /// The line a list shows.
    pub fn title(&self) -> String {
        format!("{} {}", self.subject_name, self.item_name)
    }

    /// The finding as the inspected institution may see it: neither who sent the inspectors nor that a case is
    /// being prepared, of which the case itself tells in time, nor a re-check that does not count yet.
    #[must_use]
    pub fn for_party(self) -> Self {
        Self {
            signal: None,
            origin: self.department.clone(),
            case: None,
            ended_cases: vec![],
            pending: None,
            returned: vec![],
            ..self
        }
    }

    /// Natural days since the due date, where it has passed and nothing is handed in; computed, never stored.
    pub fn overdue(&self, today: LocalDate) -> Option<i32> {
        match &self.state {
            State::Ordered { order } if order.due.is_late(today) => Some(-order.due.days_left(today)),
            _ => None,
        }
    }
}

//! An inspection task (行政检查任务) about one subject: proposed, approved with a notice, carried out on site by two
//! certified officers, recorded item by item, signed, submitted, and closed when its findings are settled.

mod action;
mod apply;
mod error;
pub(crate) mod event;
mod outcome;
mod recusal;
pub mod service;
mod state;
mod store;
mod visit;

#[cfg(test)]
pub(crate) mod tests;

use crate::officer::{OfficerRef, Person};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::id::{DrawingId, FindingId, OfficerId, SignalId, TaskId};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, SubjectRef, Timestamp};

pub use action::{Action, ActionName, Facts, TRANSITIONS, action_label};
pub use apply::plan_name;
pub use error::TransitionError;
pub use outcome::{Answer, Outcome};
pub use recusal::{Recusal, RecusalDecision, Replacement};
pub use state::{Approval, Party, Record, Sheet, Signature, State, Superseded, Visit, state_label};

/// Where the clue behind a task came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClueOrigin {
    /// 投诉举报.
    Complaint,
    /// 转办交办.
    Transfer,
    /// 数据监测.
    Monitoring,
    /// 网格巡查.
    Patrol,
}

impl ClueOrigin {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Complaint, Self::Transfer, Self::Monitoring, Self::Patrol];

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Complaint => "投诉举报",
            Self::Transfer => "转办交办",
            Self::Monitoring => "数据监测",
            Self::Patrol => "网格巡查",
        }
    }

    /// Whether inspections it causes are free of the yearly cap (国办发〔2024〕54号).
    pub const fn is_exempt(self) -> bool {
        !matches!(self, Self::Patrol)
    }
}

/// Why an inspection is held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// A signal (线索).
    Signal {
        /// The signal.
        id: SignalId,
        /// Its title; never the words of a complainant.
        title: String,
        /// Where it came from.
        origin: ClueOrigin,
    },
    /// A plan (年度抽查计划, 专项检查).
    Plan {
        /// Name of the plan.
        name: String,
    },
    /// A draw (双随机抽查).
    Draw {
        /// The draw.
        id: DrawingId,
        /// Its public name.
        name: String,
        /// Id of the object in it.
        object: String,
        /// Name of the task of the plan.
        title: String,
    },
    /// A follow-up (复查) of a finding.
    FollowUp {
        /// The finding.
        finding: FindingId,
    },
}

impl Cause {
    /// The cause as a list shows it.
    pub fn label(&self) -> String {
        match self {
            Self::Signal { title, origin, .. } => format!("{}线索：{title}", origin.label()),
            Self::Plan { name } => format!("计划检查：{name}"),
            Self::Draw { name, title, .. } => format!("随机抽查：{title}（{name}）"),
            Self::FollowUp { .. } => "整改复查".to_owned(),
        }
    }

    /// The signal, where one is the cause.
    pub fn signal(&self) -> Option<SignalId> {
        if let Self::Signal { id, .. } = self { Some(*id) } else { None }
    }

    /// The draw and the id of the object in it, where one is the cause.
    pub fn draw(&self) -> Option<(DrawingId, &str)> {
        if let Self::Draw { id, object, .. } = self { Some((*id, object)) } else { None }
    }

    /// Whether the yearly cap does not bind.
    pub fn is_exempt(&self) -> bool {
        matches!(self, Self::Signal { origin, .. } if origin.is_exempt())
    }
}

/// What is to be looked at: an inspection item of the policy pack as it read when the task was drawn up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Id in the policy pack.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Points to check.
    pub points: Vec<String>,
    /// Law it rests on.
    pub basis: String,
    /// The department that looks at it and handles what it finds, where it is not the one that owns the task.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<DepartmentId>,
}

/// How often the subject was inspected this year, and how often it may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frequency {
    /// Inspections of the year that were approved already, this one not counted.
    pub done: u32,
    /// Yearly cap of the subject's credit grade.
    pub cap: u16,
}

impl Frequency {
    /// Whether one more would exceed the cap.
    pub fn is_exhausted(self) -> bool {
        self.done >= u32::from(self.cap)
    }
}

/// What a task is drawn up from; items and officers are already looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Why.
    pub cause: Cause,
    /// Whom.
    pub subject: SubjectRef,
    /// The subject's name.
    pub subject_name: String,
    /// Where the subject lies.
    pub division: DivisionCode,
    /// Department that inspects.
    pub department: DepartmentId,
    /// Day of the visit.
    pub planned: LocalDate,
    /// What to look at.
    pub items: Vec<Item>,
    /// Who goes.
    pub officers: Vec<OfficerId>,
    /// Why the yearly cap is exceeded, where it is.
    pub exceed_reason: Option<String>,
}

/// An inspection task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Why.
    pub cause: Cause,
    /// Whom.
    pub subject: SubjectRef,
    /// The subject's name.
    pub subject_name: String,
    /// Where the subject lies.
    pub division: DivisionCode,
    /// Department that inspects.
    pub department: DepartmentId,
    /// Department that asked for it.
    pub origin: DepartmentId,
    /// Departments whose officers go along (跨部门联合检查).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departments: Vec<DepartmentId>,
    /// Day of the visit.
    pub planned: LocalDate,
    /// What to look at.
    pub items: Vec<Item>,
    /// Who goes.
    pub officers: Vec<OfficerRef>,
    /// Why the yearly cap is exceeded, where it is.
    pub exceed_reason: Option<String>,
    /// Who drew it up.
    pub proposed_by: Person,
    /// When it was drawn up.
    pub created_at: Timestamp,
    /// Grounds declared against officers, and what was decided.
    pub recusals: Vec<Recusal>,
    /// Officers who were replaced.
    pub replacements: Vec<Replacement>,
    /// Finished records that were opened again.
    pub superseded: Vec<Superseded>,
    /// How far it is.
    pub state: State,
}

impl Task {
    /// Number of the notice (检查通知书), from approval on.
    pub fn number(&self) -> Option<&str> {
        self.state.approval().map(|a| a.number.as_str())
    }

    /// The line a list shows.
    pub fn title(&self) -> String {
        format!("检查 {}（{}）", self.subject_name, self.cause.label())
    }

    /// Ids of the officers.
    pub fn officer_ids(&self) -> Vec<OfficerId> {
        self.officers.iter().map(|o| o.officer).collect()
    }

    /// The officer of the task with this id.
    pub fn officer(&self, id: OfficerId) -> Option<&OfficerRef> {
        self.officers.iter().find(|o| o.officer == id)
    }

    /// A ground that was declared against an officer of the task and is not decided.
    pub fn open_recusal(&self) -> Option<&Recusal> {
        self.recusals.iter().find(|r| r.decision.is_none() && self.officer(r.officer).is_some())
    }

    /// Officers who had to step back from this inspection, and why: they stay away from all that follows from it.
    pub fn recused(&self) -> BTreeMap<OfficerId, String> {
        let granted = |r: &&Recusal| r.decision.as_ref().is_some_and(|decision| decision.granted);
        self.recusals.iter().filter(granted).map(|r| (r.officer, r.ground.clone())).collect()
    }

    /// Items with a violation: facts, violation id, day by which it is to be corrected.
    pub fn violated<'a>(&'a self) -> Vec<Violated<'a>> {
        let Some(answers) = self.state.answers() else { return vec![] };
        let one = |item: &'a Item| match answers.get(&item.id) {
            Some(Answer::Violates { facts, violation, correct_by }) => {
                Some(Violated { item, facts, violation: violation.as_deref(), correct_by: *correct_by })
            }
            _ => None,
        };
        self.items.iter().filter_map(one).collect()
    }
}

/// An item that was found violated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violated<'a> {
    /// The item.
    pub item: &'a Item,
    /// What was found.
    pub facts: &'a str,
    /// Violation of the policy pack, where one was named.
    pub violation: Option<&'a str>,
    /// Day by which it is to be corrected, where the officers set one.
    pub correct_by: Option<LocalDate>,
}

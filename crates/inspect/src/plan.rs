//! The yearly plan of random inspection (年度抽查计划): its tasks, each with the objects it ranges over, dates,
//! departments, items and rates, so that a draw has nothing left to choose. Drawn up by one, approved by the head, public
//! from then on; changed only by a new version of the same two hands.

mod action;
mod apply;
mod check;
mod error;
mod event;
mod floor;
mod outlook;
pub mod service;
mod store;

#[cfg(test)]
mod tests;

use crate::officer::Person;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xingjian_draw::base::Rules;
use xingjian_draw::floor::Proof;
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{DepartmentId, DivisionCode, Timestamp};
use xingjian_registry::institution::Details;

pub use action::{Action, ActionName, Facts, TRANSITIONS, action_label};
pub use check::Pack;
pub use error::TransitionError;
pub use event::{PublicPlan, PublicSeats, PublicTask};
pub use outlook::{Outlook, StratumOutlook, TaskOutlook, decimal};

/// A yearly plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// The year.
    pub year: i16,
    /// Its title.
    pub title: String,
    /// Where it holds.
    pub division: DivisionCode,
    /// Department that leads it.
    pub department: DepartmentId,
    /// Its tasks as they are being drawn up, in the order of the year; as approved where nothing is being changed.
    pub tasks: Vec<PlannedTask>,
    /// Who drew it up.
    pub proposed_by: Person,
    /// Who had a hand in the tasks since the last approval: none of them approves.
    pub hands: Vec<Person>,
    /// When.
    pub created_at: Timestamp,
    /// What was approved, oldest first. The last version is in force, and each stays public.
    pub versions: Vec<Version>,
    /// How far it is.
    pub state: State,
}

/// A version of a plan as it was approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// Its tasks.
    pub tasks: Vec<PlannedTask>,
    /// Why the one before was changed; empty for the first.
    pub reason: String,
    /// The arithmetic of the yearly floor.
    pub proof: Proof,
    /// Who approved it.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// How far a plan is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Being drawn up.
    Draft,
    /// Approved by the head, and public.
    Approved {
        /// Who approved.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// Approved, and a new version is being drawn up.
    Revising {
        /// Why.
        reason: String,
        /// Who began it.
        by: Person,
        /// When.
        at: Timestamp,
    },
}

impl State {
    /// Every name.
    pub const NAMES: &'static [&'static str] = &["draft", "approved", "revising"];
    /// States in which nobody has to act.
    pub const FINAL: &'static [&'static str] = &["approved"];

    /// Stable name, as in the diagram.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved { .. } => "approved",
            Self::Revising { .. } => "revising",
        }
    }

    /// The state on screen.
    pub fn label(&self) -> &'static str {
        state_label(self.name())
    }
}

/// The name of a state on screen; empty for a name that is none.
pub fn state_label(name: &str) -> &'static str {
    match name {
        "draft" => "拟定中",
        "approved" => "已批准",
        "revising" => "修订中",
        _ => "",
    }
}

/// A task of a plan: what one draw draws.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedTask {
    /// Its number within the year: `2026-03`.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Which objects.
    pub range: Range,
    /// Period, rates, seats, items.
    pub rules: Rules,
    /// Whether it leaves out what earlier draws of the year have drawn.
    pub beyond_drawn: bool,
    /// Whether the list stays sealed until the last visit.
    pub sealed: bool,
}

impl PlannedTask {
    /// The departments that take part.
    pub fn departments(&self) -> BTreeSet<DepartmentId> {
        let seats = self.rules.seats.values().flatten().map(|seat| &seat.department);
        self.rules.items.keys().chain(seats).cloned().collect()
    }

    /// Whether more than one department takes part (跨部门联合抽查).
    pub fn is_joint(&self) -> bool {
        self.departments().len() > 1
    }

    /// 本部门 or 跨部门联合.
    pub fn kind(&self) -> &'static str {
        if self.is_joint() { "跨部门联合" } else { "本部门" }
    }
}

/// The objects that a task ranges over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Divisions and all below them.
    pub divisions: Vec<DivisionCode>,
    /// How category codes (WS 218) begin; empty for all.
    pub categories: Vec<String>,
    /// Only institutions with a level (一级以上), such as `二级甲等`.
    #[serde(default)]
    pub levelled: bool,
}

impl Range {
    /// Whether this is a level (一级 and above).
    pub fn is_level(level: Option<&str>) -> bool {
        level.is_some_and(|level| ["一级", "二级", "三级"].iter().any(|known| level.trim().starts_with(known)))
    }

    /// Why an institution lies outside; `None` inside.
    pub fn outside(&self, details: &Details) -> Option<String> {
        if !self.divisions.iter().any(|division| division.contains(&details.division)) {
            return Some(format!("不在抽查范围：区划{}", details.division));
        }
        if !self.categories.is_empty() {
            let Some(category) = details.category.as_deref() else {
                return Some("不在抽查范围：没有登记类别".to_owned());
            };
            if !self.categories.iter().any(|start| category.starts_with(start.as_str())) {
                return Some(format!("不在抽查范围：类别{category}"));
            }
        }
        if self.levelled && !Self::is_level(details.level.as_deref()) {
            return Some(format!("不在抽查范围：等级{}", details.level.as_deref().unwrap_or("没有登记")));
        }
        None
    }
}

impl Plan {
    /// The version in force; `None` before the first approval.
    pub fn in_force(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// The tasks from which draws are made now; none before the first approval.
    pub fn tasks_in_force(&self) -> &[PlannedTask] {
        self.in_force().map_or(&[], |version| &version.tasks)
    }
}

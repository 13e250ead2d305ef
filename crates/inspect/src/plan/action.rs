//! What can be done with a plan, and the table the diagram is checked against.

use super::{Pack, PlannedTask};
use xingjian_draw::floor::{FloorError, Proof};
use xingjian_kernel::{Fault, Timestamp};

/// Name of an action, as in the table and on buttons' addresses.
pub type ActionName = &'static str;

/// State, action, state. docs/states/plan.md holds exactly these.
pub const TRANSITIONS: &[(&str, ActionName, &str)] = &[
    ("draft", "add_task", "draft"),
    ("draft", "change_task", "draft"),
    ("draft", "remove_task", "draft"),
    ("draft", "approve", "approved"),
    ("approved", "revise", "revising"),
    ("revising", "add_task", "revising"),
    ("revising", "change_task", "revising"),
    ("revising", "remove_task", "revising"),
    ("revising", "approve", "approved"),
    ("revising", "abandon", "approved"),
];

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A task is added; its number is given by the plan.
    AddTask {
        /// The task.
        task: PlannedTask,
    },
    /// A task is drawn up anew under its number.
    ChangeTask {
        /// The task.
        task: PlannedTask,
    },
    /// A task is taken out.
    RemoveTask {
        /// Its number.
        number: String,
    },
    /// The head approves, and the plan is public.
    Approve,
    /// A new version is begun; the one in force stays so.
    Revise {
        /// Why.
        reason: String,
    },
    /// The new version is given up.
    Abandon,
}

impl Action {
    /// Its name in the table.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::AddTask { .. } => "add_task",
            Self::ChangeTask { .. } => "change_task",
            Self::RemoveTask { .. } => "remove_task",
            Self::Approve => "approve",
            Self::Revise { .. } => "revise",
            Self::Abandon => "abandon",
        }
    }
}

/// The words on the button of an action; empty for a name that is none.
pub fn action_label(name: &str) -> &'static str {
    match name {
        "add_task" => "添加抽查任务",
        "change_task" => "修改抽查任务",
        "remove_task" => "删除抽查任务",
        "approve" => "批准并公布",
        "revise" => "修订计划",
        "abandon" => "放弃修订",
        _ => "",
    }
}

/// What a step needs to know beyond the plan.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// What the policy pack demands.
    pub pack: Pack,
    /// Faults that only the registry shows: kinds and grades of objects that the rules do not know.
    pub unmet: Vec<Fault>,
    /// The arithmetic of the yearly floor, where the step needs it.
    pub proof: Option<Result<Proof, FloorError>>,
}

use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::TaskId;
use xingjian_kernel::{Actor, LocalDate, Permission, Refusal};

/// Where a signal stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for somebody to look.
    Open {
        /// When it must be dealt with.
        due: Deadline,
    },
    /// An inspection looks into it.
    Inspecting {
        /// The task.
        task: TaskId,
    },
    /// Ended without inspection.
    Dismissed {
        /// Why.
        reason: String,
        /// Who.
        by: String,
        /// When.
        on: LocalDate,
    },
    /// Ended with the inspection.
    Closed {
        /// What came of it.
        result: String,
        /// When.
        on: LocalDate,
    },
}

/// Every change of state: from, act, to. `docs/states/signal.md` is checked against it.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("open", "inspect", "inspecting"),
    ("open", "dismiss", "dismissed"),
    ("inspecting", "close", "closed"),
    ("inspecting", "reopen", "open"),
];

/// What is done to a signal.
#[derive(Clone, Debug)]
pub enum Action {
    /// 转现场检查
    Inspect {
        /// The task that was opened.
        task: TaskId,
    },
    /// 不作检查，说明理由
    Dismiss {
        /// Why.
        reason: String,
    },
    /// 检查任务撤回，重新处置（系统）
    Reopen {
        /// When it must be dealt with now.
        due: Deadline,
    },
    /// 随检查任务办结（系统）
    Close {
        /// What came of it.
        result: String,
    },
}

/// Why an act on a signal is not possible.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// Not from this state.
    #[error("线索当前为“{0}”，不能这样办理")]
    NotNow(&'static str),
    /// The role does not carry it.
    #[error("您的岗位没有“{}”权限", .0.label())]
    NotYours(Permission),
    /// It belongs to another department.
    #[error("该线索由其他部门处置")]
    NotYourDepartment,
    /// A text is missing.
    #[error("没有填写理由")]
    NoReason,
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let message = error.to_string();
        match error {
            TransitionError::NotNow(_) => Self::new("not_now", message, "请查看最新状态"),
            TransitionError::NotYours(_) => Self::new("not_yours", message, "请联系有该权限的工作人员"),
            TransitionError::NotYourDepartment => {
                Self::new("not_your_department", message, "请联系职责清单确定的承办部门")
            }
            TransitionError::NoReason => Self::new("missing", message, "请写明不作检查的理由"),
        }
    }
}

impl State {
    /// Stable name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Open { .. } => "open",
            Self::Inspecting { .. } => "inspecting",
            Self::Dismissed { .. } => "dismissed",
            Self::Closed { .. } => "closed",
        }
    }

    /// The name on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Open { .. } => "待处置",
            Self::Inspecting { .. } => "检查中",
            Self::Dismissed { .. } => "已说明理由办结",
            Self::Closed { .. } => "已办结",
        }
    }

    /// The deadline that runs now.
    pub const fn due(&self) -> Option<Deadline> {
        match self {
            Self::Open { due } => Some(*due),
            _ => None,
        }
    }

    /// What this person can do now.
    pub fn open_actions(&self, by: &Actor) -> Vec<&'static str> {
        match self {
            Self::Open { .. } => {
                let mut actions = vec![];
                if by.may(Permission::ProposeInspection) {
                    actions.push("inspect");
                }
                if by.may(Permission::HandleSignal) {
                    actions.push("dismiss");
                }
                actions
            }
            _ => vec![],
        }
    }

    /// The state after an act, or why it is not possible. Closing and reopening are the program's own acts (no account).
    pub fn apply(self, action: Action, by: &Actor, today: LocalDate) -> Result<Self, TransitionError> {
        let need = |permission| if by.may(permission) { Ok(()) } else { Err(TransitionError::NotYours(permission)) };
        match (self, action) {
            (Self::Open { .. }, Action::Inspect { task }) => {
                need(Permission::ProposeInspection)?;
                Ok(Self::Inspecting { task })
            }
            (Self::Open { .. }, Action::Dismiss { reason }) => {
                need(Permission::HandleSignal)?;
                if reason.trim().is_empty() {
                    return Err(TransitionError::NoReason);
                }
                Ok(Self::Dismissed { reason, by: by.name.clone(), on: today })
            }
            (Self::Inspecting { .. }, Action::Close { result }) if by.account.is_none() => {
                Ok(Self::Closed { result, on: today })
            }
            (Self::Inspecting { .. }, Action::Reopen { due }) if by.account.is_none() => Ok(Self::Open { due }),
            (state, _) => Err(TransitionError::NotNow(state.label())),
        }
    }
}

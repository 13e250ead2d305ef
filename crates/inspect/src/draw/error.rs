//! Why a step of a draw is not taken.

use xingjian_draw::draw::{FreezeError, TransitionError};
use xingjian_kernel::{Fault, LocalDate, Permission, Refusal};
use xingjian_store::Failure;

/// Why a step of a draw is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// Not in this state.
    #[error("抽查“{state}”，不能{action}")]
    NotOpen {
        /// The state on screen.
        state: &'static str,
        /// The action on screen.
        action: &'static str,
    },
    /// The roles do not carry it.
    #[error("您的岗位没有“{}”权限", .0.label())]
    MayNot(Permission),
    /// Only the department that leads the draw.
    #[error("本次抽查由牵头部门组织，其他部门不能办理这一步")]
    OtherDepartment,
    /// Who prepared a draw does not fix it.
    #[error("抽查由您准备，须由另一名负责人批准并封存")]
    OneHand,
    /// No department adds to the seed.
    #[error("抽查方案没有约定部门随机数，不能提交承诺")]
    NoReveals,
    /// The list is sealed.
    #[error("名单封存至{0}，不得提前公开")]
    Sealed(LocalDate),
    /// The same person or department entered already.
    #[error("“{0}”已由您或者您所在部门录入，须由另一部门的人员再录入一次")]
    EnteredAlready(&'static str),
    /// The source is not one of the draw.
    #[error("抽查方案没有约定“{0}”，不得使用")]
    NotPlanned(&'static str),
    /// The task was drawn before.
    #[error("计划任务已有抽查{0}，不得悄悄重抽")]
    DrawnBefore(String),
    /// What crate `draw` says.
    #[error(transparent)]
    Step(#[from] TransitionError),
}

impl DrawError {
    const fn code(&self) -> &'static str {
        match self {
            Self::NotOpen { .. } => "not_open",
            Self::MayNot(_) => "may_not",
            Self::OtherDepartment => "other_department",
            Self::OneHand => "own_proposal",
            Self::NoReveals => "no_reveals",
            Self::Sealed(_) => "sealed",
            Self::EnteredAlready(_) => "entered_already",
            Self::NotPlanned(_) => "source_not_planned",
            Self::DrawnBefore(_) => "drawn_before",
            Self::Step(_) => "draw_refused",
        }
    }

    const fn mend(&self) -> &'static str {
        match self {
            Self::NotOpen { .. } => "请刷新页面，按当前状态办理",
            Self::MayNot(_) => "请由有相应权限的人员办理",
            Self::OtherDepartment => "请由牵头部门办理",
            Self::OneHand => "请由其他负责人办理",
            Self::NoReveals | Self::NotPlanned(_) => "请按公布的抽查方案办理",
            Self::Sealed(_) => "请在当日或者之后公开",
            Self::EnteredAlready(_) => "请由另一部门的人员登录后录入",
            Self::DrawnBefore(_) => "确需补充或者重新抽查的，请在原抽查页面办理，并写明理由；原抽查仍然公开",
            Self::Step(_) => "请按提示办理",
        }
    }
}

impl From<DrawError> for Failure {
    fn from(error: DrawError) -> Self {
        match error {
            DrawError::MayNot(permission) => Self::Denied(permission),
            DrawError::Step(step) => refused(&step.to_string()),
            other => Refusal::new(other.code(), other.to_string(), other.mend()).into(),
        }
    }
}

/// A sentence of crate `draw`, which ends with the mend.
fn refused(said: &str) -> Failure {
    let (message, mend) = said.split_once('。').unwrap_or((said, "请按提示办理"));
    Refusal::new("draw_refused", message, mend.trim_end_matches('。')).into()
}

/// What keeps the bases from being fixed.
pub(super) fn not_frozen(error: FreezeError) -> Failure {
    match error {
        FreezeError::Faults(faults) => Failure::Invalid(faults),
        FreezeError::Unstaffable(shortages) => {
            let fault = |shortage: &xingjian_draw::team::Shortage| {
                let objects: Vec<&str> = shortage.objects.iter().map(|blocked| blocked.object.as_str()).collect();
                let said = shortage.to_string();
                let (reason, mend) = said.split_once('。').unwrap_or((&said, "请补充检查人员"));
                Fault::new("检查组", &objects.join("、"), reason, mend.trim_end_matches('。'))
            };
            Failure::Invalid(shortages.iter().map(fault).collect())
        }
    }
}

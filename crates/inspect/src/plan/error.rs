//! Why a step of a plan is not possible.

use xingjian_draw::floor::FloorError;
use xingjian_kernel::{Fault, Permission, Refusal};
use xingjian_store::Failure;

/// Why a step is not possible; the text is what the person reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow it.
    #[error("年度抽查计划当前为“{state}”，不能“{action}”")]
    NotOpen {
        /// State on screen.
        state: &'static str,
        /// Action on screen.
        action: &'static str,
    },
    /// The roles do not carry the permission.
    #[error("您的岗位没有“{}”权限", .0.label())]
    MayNot(Permission),
    /// Another department's plan.
    #[error("该计划由牵头部门办理，其他参与部门只能查看")]
    OtherDepartment,
    /// The approver drew it up or changed it.
    #[error("拟定人不得批准自己拟定的年度抽查计划")]
    OwnProposal,
    /// Nothing to approve.
    #[error("计划中没有抽查任务")]
    NoTasks,
    /// There is no such task.
    #[error("计划中没有编号为{0}的抽查任务")]
    NoTask(String),
    /// Nothing was changed in the new version.
    #[error("修订没有改动任何抽查任务")]
    Unchanged,
    /// It does not reach the floor, with the numbers.
    #[error(transparent)]
    Floor(#[from] FloorError),
    /// The program did not compute the floor.
    #[error("没有核算年度抽查下限")]
    NoProof,
    /// Faults of the input, all of them.
    #[error("填写内容有{}处需要修改", .0.len())]
    Invalid(Vec<Fault>),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let message = error.to_string();
        let plain = |code: &str, mend: &str| Self::new(code, message.clone(), mend);
        match error {
            TransitionError::NotOpen { .. } => plain("not_open", "请刷新页面，按当前状态办理"),
            TransitionError::MayNot(_) => plain("may_not", "请由有相应权限的人员办理"),
            TransitionError::OtherDepartment => plain("other_department", "请联系牵头部门"),
            TransitionError::OwnProposal => plain("own_proposal", "请由其他负责人审批"),
            TransitionError::NoTasks => plain("no_tasks", "请先添加抽查任务"),
            TransitionError::NoTask(_) => plain("no_task", "请刷新页面查看最新的任务"),
            TransitionError::Unchanged => plain("unchanged", "请先修改任务，或者放弃修订"),
            TransitionError::Floor(_) => plain("below_floor", "请提高抽查比例，或者增加一次不重复抽取的抽查"),
            TransitionError::NoProof => plain("no_proof", "请重新提交"),
            TransitionError::Invalid(_) => plain("invalid", "请按提示逐项修改"),
        }
    }
}

impl From<TransitionError> for Failure {
    fn from(error: TransitionError) -> Self {
        match error {
            TransitionError::MayNot(permission) => Self::Denied(permission),
            TransitionError::Invalid(faults) => Self::Invalid(faults),
            other => Self::Refused(other.into()),
        }
    }
}

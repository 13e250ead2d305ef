//! Why a step of a finding is not possible.

use crate::officer::Unfit;
use xingjian_kernel::{Fault, Permission, Refusal};
use xingjian_store::Failure;

/// Why a step is not possible; the text is what the person reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow it.
    #[error("该问题当前为“{state}”，不能“{action}”")]
    NotOpen {
        /// State on screen.
        state: &'static str,
        /// Action on screen.
        action: &'static str,
    },
    /// The roles do not carry the permission.
    #[error("您的岗位没有“{}”权限", .0.label())]
    MayNot(Permission),
    /// Whoever re-checks has no officer's record.
    #[error("您没有执法人员登记，不能实施复查")]
    NotAnOfficer,
    /// An officer may not re-check.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A re-check waits for its second officer already.
    #[error("复查记录尚待同行监督员确认，确认或者退回以前不能再次登记复查")]
    AwaitingConfirmation,
    /// No re-check waits for a confirmation.
    #[error("没有待确认的复查记录")]
    NothingToConfirm,
    /// Somebody else than the second officer.
    #[error("复查记录应当由同行的另一名监督员以本人登录确认")]
    NotTheSecond,
    /// No new order was prepared.
    #[error("复查不通过的，须重新责令改正并确定期限")]
    NoOrder,
    /// A case is filed already.
    #[error("该问题已经提请立案")]
    CaseFiled,
    /// Only the end of the case does this.
    #[error("案件终止随案件办理结果自动登记")]
    OnlyByCase,
    /// No case was proposed.
    #[error("没有生成案件，不能登记立案")]
    NoCase,
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
            TransitionError::NotAnOfficer => {
                Self::by_law("not_an_officer", "行政处罚法第42条", message.clone(), "请由持证监督员复查")
            }
            TransitionError::Unfit(unfit) => unfit.into(),
            TransitionError::AwaitingConfirmation => Self::by_law(
                "awaiting_confirmation",
                "行政处罚法第42条",
                message.clone(),
                "由同行监督员登录后在“今日”中确认；需要修改的，先退回",
            ),
            TransitionError::NothingToConfirm => plain("nothing_to_confirm", "请刷新页面，按当前状态办理"),
            TransitionError::NotTheSecond => {
                Self::by_law("not_the_second", "行政处罚法第42条", message.clone(), "请记录中写明的同行监督员登录确认")
            }
            TransitionError::NoOrder => {
                Self::by_law("no_order", "行政处罚法第28条", message.clone(), "请填写新的改正期限后重新提交")
            }
            TransitionError::CaseFiled => plain("case_filed", "请在案件中办理"),
            TransitionError::OnlyByCase => plain("only_by_case", "请在案件中办理"),
            TransitionError::NoCase => plain("no_case", "请重新提请立案"),
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

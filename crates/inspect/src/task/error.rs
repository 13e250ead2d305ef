//! Why a step of a task is not possible.

use super::Outcome;
use crate::officer::Unfit;
use xingjian_kernel::{Fault, Permission, Refusal};
use xingjian_store::Failure;

/// Why a step is not possible; the text is what the person reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransitionError {
    /// The state does not allow it.
    #[error("任务当前为“{state}”，不能“{action}”")]
    NotOpen {
        /// State on screen.
        state: &'static str,
        /// Action on screen.
        action: &'static str,
    },
    /// The roles do not carry the permission.
    #[error("您的岗位没有“{}”权限", .0.label())]
    MayNot(Permission),
    /// Grid workers never inspect (T23).
    #[error("网格员、协管员和第三方人员不得实施行政检查，只能巡查和上报线索")]
    GridWorker,
    /// Not an officer of this task.
    #[error("您不是本任务的检查人员")]
    NotAssigned,
    /// The approver drew the task up.
    #[error("拟定人不得批准自己拟定的检查任务")]
    OwnProposal,
    /// The head would decide on a task that the same person carries out.
    #[error("检查人员不得审批本人承担的检查任务")]
    OwnInspection,
    /// The officers cannot carry it out: too few (T13), no certificate, a ground for recusal.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// The yearly cap is used up and no reason is given (T24).
    #[error("该对象本年度已检查{done}次，达到频次上限{cap}次，须写明超频次检查的理由")]
    OverCap {
        /// Inspections of the year.
        done: u32,
        /// The cap.
        cap: u16,
    },
    /// No certificates were shown.
    #[error("开始检查前应当主动出示执法证件")]
    CertificateNotShown,
    /// Items without an answer.
    #[error("还有{}个项目没有填写：{}", .0.len(), .0.join("、"))]
    Unanswered(Vec<String>),
    /// The result does not fit the answers.
    #[error("检查结果“{}”与检查表不符：{why}", .outcome.label())]
    Contradiction {
        /// The result.
        outcome: Outcome,
        /// Why not.
        why: &'static str,
    },
    /// The officer has signed already.
    #[error("您已经签名")]
    AlreadySigned,
    /// The party has signed or refused already.
    #[error("被检查人的签名情况已经记录")]
    PartyRecorded,
    /// Somebody was met, so absence is no way out.
    #[error("检查结果为“{}”，现场有人，不能记为无人在场", .0.label())]
    NotAbsent(Outcome),
    /// A ground is waiting for the head.
    #[error("对{0}的回避申请尚未决定，暂不能形成检查记录")]
    RecusalOpen(String),
    /// There is no ground to decide on.
    #[error("没有待决定的回避申请")]
    NoRecusal,
    /// Object and team were drawn by lot.
    #[error("本次检查的对象和人员由随机抽查产生，不能{0}")]
    Drawn(&'static str),
    /// The finding is not one of this task.
    #[error("该问题不属于本任务，或者已经办结")]
    NotAFinding,
    /// The program handed in too few ids for the findings.
    #[error("检查发现{expected}个问题，只准备了{given}个编号")]
    FindingsUnnumbered {
        /// Violated items.
        expected: usize,
        /// Ids handed in.
        given: usize,
    },
    /// Faults of the input, all of them.
    #[error("填写内容有{}处需要修改", .0.len())]
    Invalid(Vec<Fault>),
}

impl From<TransitionError> for Refusal {
    fn from(error: TransitionError) -> Self {
        let message = error.to_string();
        let law = |code: &str, article: &str, mend: &str| Self::by_law(code, article, message.clone(), mend);
        let plain = |code: &str, mend: &str| Self::new(code, message.clone(), mend);
        match error {
            TransitionError::NotOpen { .. } => plain("not_open", "请刷新页面，按当前状态办理"),
            TransitionError::MayNot(_) => plain("may_not", "请由有相应权限的人员办理"),
            TransitionError::GridWorker => law("grid_worker", "国办发〔2024〕54号", "请上报线索，由持证监督员实施检查"),
            TransitionError::NotAssigned => plain("not_assigned", "请由本任务的检查人员办理，需要换人的由负责人批准"),
            TransitionError::OwnProposal => plain("own_proposal", "请由其他负责人审批"),
            TransitionError::OwnInspection => {
                law("own_inspection", "行政处罚法第57条", "请由不承担本次检查的负责人审批")
            }
            TransitionError::Unfit(unfit) => unfit.into(),
            TransitionError::OverCap { .. } => {
                law("over_cap", "国办发〔2024〕54号", "请填写超频次理由报负责人批准，或者改用非现场方式")
            }
            TransitionError::CertificateNotShown => {
                law("certificate_not_shown", "行政处罚法第55条", "请出示证件后确认")
            }
            TransitionError::Unanswered(_) => plain("unanswered", "请逐项填写；不适用或者未检查的写明原因"),
            TransitionError::Contradiction { .. } => plain("contradiction", "请核对检查表，或者改选检查结果"),
            TransitionError::AlreadySigned => plain("already_signed", "请等待其他人员签名"),
            TransitionError::PartyRecorded => plain("party_recorded", "需要更正的，请退回修改后重新签名"),
            TransitionError::NotAbsent(_) => plain("not_absent", "请记录被检查人签名，或者拒绝签名的理由和见证人"),
            TransitionError::RecusalOpen(_) => law("recusal_open", "行政处罚法第43条", "请先由负责人作出回避决定"),
            TransitionError::NoRecusal => plain("no_recusal", "请刷新页面查看回避记录"),
            TransitionError::Drawn(_) => plain(
                "drawn",
                "不能参加的人员请申请回避并写明理由，经负责人批准后由抽签结果确定接替人；无法检查的，如实登记检查结果",
            ),
            TransitionError::NotAFinding => plain("not_a_finding", "请刷新页面查看整改进展"),
            TransitionError::FindingsUnnumbered { .. } => plain("findings_unnumbered", "请重新提交"),
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

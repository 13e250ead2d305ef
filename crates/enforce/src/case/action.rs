//! What can be done with a case, by whom, and where it leads.

use super::aftermath::{CourtResult, DeferralRequest, Verdict};
use super::decision::NotPenalisedGround;
use super::execution::{ClosingReport, Fulfilment, Payment, Remedy};
use super::hearing::{Deliberation, Statement, StatementReview};
use super::party::{LeavingGround, OfficerRef};
use super::plan::Plan;
use super::report::Report;
use super::service_record::ServiceRecord;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{LocalDate, Permission};

/// An act on a case with what the person entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// 批准立案.
    ApproveFiling {
        /// What the head says.
        opinion: String,
    },
    /// 不予立案.
    DeclineFiling {
        /// Why.
        reason: String,
    },
    /// 提交调查终结报告.
    ReportInvestigation(Report),
    /// 记录合议.
    RecordDeliberation(Deliberation),
    /// 送达事先告知书.
    ServeNotice(ServiceRecord),
    /// 会签.
    Countersign,
    /// 退回待会签事项.
    ReturnDraft {
        /// What is to be mended.
        reason: String,
    },
    /// 陈述申辩.
    SubmitStatement(Statement),
    /// 放弃陈述申辩.
    WaiveStatement {
        /// Why, and on what paper.
        note: String,
    },
    /// 要求听证.
    RequestHearing {
        /// The day of the request.
        on: LocalDate,
        /// The request.
        note: String,
    },
    /// 放弃听证.
    WaiveHearing {
        /// Why, and on what paper.
        note: String,
    },
    /// 撤回听证申请.
    WithdrawHearing {
        /// Why, and on what paper.
        note: String,
    },
    /// 复核陈述申辩.
    HearStatements(StatementReview),
    /// 法制审核通过.
    PassReview {
        /// The opinion.
        opinion: String,
    },
    /// 法制审核退回.
    RejectReview {
        /// What is to be mended.
        opinion: String,
    },
    /// 退回重新审核、讨论.
    Reopen {
        /// Why.
        reason: String,
    },
    /// 集体讨论.
    Discuss {
        /// The penalty that was agreed.
        plan: Plan,
        /// Who took part.
        members: Vec<String>,
        /// What was said and concluded.
        minutes: String,
    },
    /// 作出处罚决定.
    Decide {
        /// The penalty.
        plan: Plan,
        /// Reasons of the authority.
        reasons: String,
    },
    /// 退回补充调查.
    SendBack {
        /// What is to be mended.
        reason: String,
    },
    /// 撤回未送达的决定.
    WithdrawDecision {
        /// What is wrong with it.
        reason: String,
    },
    /// 送达决定书.
    ServeDecision(ServiceRecord),
    /// 登记缴款.
    RecordPayment(Payment),
    /// 登记其他处罚的执行.
    RecordFulfilment(Fulfilment),
    /// 登记复议诉讼.
    RecordRemedy(Remedy),
    /// 登记复议诉讼结果.
    ConcludeRemedy(Box<Verdict>),
    /// 申请延期、分期缴纳.
    RequestDeferral(DeferralRequest),
    /// 审批延期、分期缴纳.
    DecideDeferral {
        /// Approved.
        granted: bool,
        /// What the head says.
        opinion: String,
    },
    /// 送达催告书.
    Urge(ServiceRecord),
    /// 申请人民法院强制执行.
    ApplyCourt {
        /// The court.
        court: String,
        /// What the head says.
        opinion: String,
    },
    /// 登记法院办理结果.
    RecordCourt(CourtResult),
    /// 提交结案报告.
    ProposeClosing(ClosingReport),
    /// 退回结案报告.
    ReturnClosing {
        /// What is to be mended.
        reason: String,
    },
    /// 批准结案.
    Close {
        /// What the head says.
        opinion: String,
    },
    /// 不予行政处罚.
    NotPenalise {
        /// The ground.
        ground: NotPenalisedGround,
        /// The facts behind it.
        reason: String,
        /// How the party is taught.
        education: String,
    },
    /// 撤销案件.
    Dismiss {
        /// Why.
        reason: String,
    },
    /// 移送.
    Transfer {
        /// To which authority.
        to: String,
        /// Why.
        reason: String,
    },
    /// 更换承办人.
    ReplaceHandler {
        /// Who leaves.
        leaving: OfficerId,
        /// Who comes.
        joining: Option<OfficerRef>,
        /// Recusal or another reason.
        ground: LeavingGround,
        /// The reason in words.
        reason: String,
    },
}

const HANDLER: &[Permission] = &[Permission::HandleCase];
const HEAD: &[Permission] = &[Permission::DecideCase];
const REVIEWER: &[Permission] = &[Permission::ReviewCase];
const PARTY: &[Permission] = &[Permission::AnswerAsUnit, Permission::HandleCase];

/// Every act: its name for programs, its name on screen, and the permissions of which one is needed.
pub const ACTIONS: &[(&str, &str, &[Permission])] = &[
    ("approve_filing", "批准立案", HEAD),
    ("decline_filing", "不予立案", HEAD),
    ("report_investigation", "提交调查终结报告", HANDLER),
    ("record_deliberation", "记录合议", HANDLER),
    ("serve_notice", "送达事先告知书", HANDLER),
    ("countersign", "会签", HANDLER),
    ("return_draft", "退回待会签事项", HANDLER),
    ("submit_statement", "陈述申辩", PARTY),
    ("waive_statement", "放弃陈述申辩", PARTY),
    ("request_hearing", "要求听证", PARTY),
    ("waive_hearing", "放弃听证", PARTY),
    ("withdraw_hearing", "撤回听证申请", PARTY),
    ("hear_statements", "复核陈述申辩", HANDLER),
    ("pass_review", "法制审核通过", REVIEWER),
    ("reject_review", "法制审核退回", REVIEWER),
    ("reopen", "重新提请审核", HEAD),
    ("discuss", "记录集体讨论", HEAD),
    ("decide", "作出处罚决定", HEAD),
    ("send_back", "退回补充调查", HEAD),
    ("withdraw_decision", "撤回未送达的决定", HEAD),
    ("serve_decision", "送达决定书", HANDLER),
    ("record_payment", "登记缴款", HANDLER),
    ("record_fulfilment", "登记其他处罚的执行", HANDLER),
    ("record_remedy", "登记复议诉讼", HANDLER),
    ("conclude_remedy", "登记复议诉讼结果", HEAD),
    ("request_deferral", "申请延期或者分期缴纳", PARTY),
    ("decide_deferral", "审批延期或者分期缴纳", HEAD),
    ("urge", "送达催告书", HANDLER),
    ("apply_court", "申请法院强制执行", HEAD),
    ("record_court", "登记法院办理结果", HANDLER),
    ("propose_closing", "提交结案报告", HANDLER),
    ("return_closing", "退回结案报告", HEAD),
    ("close", "批准结案", HEAD),
    ("not_penalise", "不予行政处罚", HEAD),
    ("dismiss", "撤销案件", HEAD),
    ("transfer", "移送其他机关", HEAD),
    ("replace_handler", "更换承办人", HEAD),
];

/// State, act, state: everything that can happen. `docs/states/case.md` draws exactly this.
pub const TRANSITIONS: &[(&str, &str, &str)] = &[
    ("proposed", "approve_filing", "filed"),
    ("proposed", "decline_filing", "not_filed"),
    ("proposed", "replace_handler", "proposed"),
    ("filed", "report_investigation", "filed"),
    ("filed", "countersign", "investigated"),
    ("filed", "return_draft", "filed"),
    ("filed", "dismiss", "dismissed"),
    ("filed", "transfer", "transferred"),
    ("filed", "replace_handler", "filed"),
    ("investigated", "report_investigation", "investigated"),
    ("investigated", "record_deliberation", "investigated"),
    ("investigated", "countersign", "investigated"),
    ("investigated", "countersign", "deliberated"),
    ("investigated", "return_draft", "investigated"),
    ("investigated", "not_penalise", "not_penalised"),
    ("investigated", "dismiss", "dismissed"),
    ("investigated", "transfer", "transferred"),
    ("investigated", "replace_handler", "investigated"),
    ("deliberated", "serve_notice", "deliberated"),
    ("deliberated", "countersign", "noticed"),
    ("deliberated", "return_draft", "deliberated"),
    ("deliberated", "send_back", "investigated"),
    ("deliberated", "not_penalise", "not_penalised"),
    ("deliberated", "dismiss", "dismissed"),
    ("deliberated", "transfer", "transferred"),
    ("deliberated", "replace_handler", "deliberated"),
    ("noticed", "submit_statement", "noticed"),
    ("noticed", "waive_statement", "noticed"),
    ("noticed", "waive_hearing", "noticed"),
    ("noticed", "countersign", "noticed"),
    ("noticed", "return_draft", "noticed"),
    ("noticed", "request_hearing", "hearing_pending"),
    ("noticed", "hear_statements", "heard"),
    ("noticed", "dismiss", "dismissed"),
    ("noticed", "transfer", "transferred"),
    ("noticed", "replace_handler", "noticed"),
    ("hearing_pending", "withdraw_hearing", "noticed"),
    ("hearing_pending", "withdraw_hearing", "hearing_pending"),
    ("hearing_pending", "countersign", "noticed"),
    ("hearing_pending", "return_draft", "hearing_pending"),
    ("hearing_pending", "not_penalise", "not_penalised"),
    ("hearing_pending", "dismiss", "dismissed"),
    ("hearing_pending", "transfer", "transferred"),
    ("hearing_pending", "replace_handler", "hearing_pending"),
    ("heard", "pass_review", "legally_reviewed"),
    ("heard", "reject_review", "investigated"),
    ("heard", "discuss", "discussed"),
    ("heard", "decide", "decided"),
    ("heard", "send_back", "investigated"),
    ("heard", "not_penalise", "not_penalised"),
    ("heard", "dismiss", "dismissed"),
    ("heard", "transfer", "transferred"),
    ("heard", "replace_handler", "heard"),
    ("legally_reviewed", "reopen", "heard"),
    ("legally_reviewed", "discuss", "discussed"),
    ("legally_reviewed", "decide", "decided"),
    ("legally_reviewed", "send_back", "investigated"),
    ("legally_reviewed", "not_penalise", "not_penalised"),
    ("legally_reviewed", "dismiss", "dismissed"),
    ("legally_reviewed", "transfer", "transferred"),
    ("legally_reviewed", "replace_handler", "legally_reviewed"),
    ("discussed", "reopen", "heard"),
    ("discussed", "discuss", "discussed"),
    ("discussed", "decide", "decided"),
    ("discussed", "send_back", "investigated"),
    ("discussed", "not_penalise", "not_penalised"),
    ("discussed", "dismiss", "dismissed"),
    ("discussed", "transfer", "transferred"),
    ("discussed", "replace_handler", "discussed"),
    ("decided", "serve_decision", "decided"),
    ("decided", "countersign", "served"),
    ("decided", "return_draft", "decided"),
    ("decided", "withdraw_decision", "heard"),
    ("decided", "withdraw_decision", "legally_reviewed"),
    ("decided", "withdraw_decision", "discussed"),
    ("decided", "replace_handler", "decided"),
    ("served", "record_payment", "executing"),
    ("served", "record_fulfilment", "executing"),
    ("served", "record_remedy", "served"),
    ("served", "conclude_remedy", "served"),
    ("served", "conclude_remedy", "annulled"),
    ("served", "request_deferral", "served"),
    ("served", "decide_deferral", "served"),
    ("served", "urge", "served"),
    ("served", "apply_court", "served"),
    ("served", "record_court", "served"),
    ("served", "propose_closing", "closing"),
    ("served", "replace_handler", "served"),
    ("executing", "record_payment", "executing"),
    ("executing", "record_fulfilment", "executing"),
    ("executing", "record_remedy", "executing"),
    ("executing", "conclude_remedy", "executing"),
    ("executing", "conclude_remedy", "annulled"),
    ("executing", "request_deferral", "executing"),
    ("executing", "decide_deferral", "executing"),
    ("executing", "urge", "executing"),
    ("executing", "apply_court", "executing"),
    ("executing", "record_court", "executing"),
    ("executing", "propose_closing", "closing"),
    ("executing", "replace_handler", "executing"),
    ("closing", "return_closing", "executing"),
    ("closing", "close", "closed"),
    ("closing", "record_remedy", "closing"),
    ("closing", "conclude_remedy", "closing"),
    ("closing", "conclude_remedy", "annulled"),
    ("closing", "replace_handler", "closing"),
    ("closed", "record_remedy", "closed"),
    ("closed", "conclude_remedy", "closed"),
    ("closed", "conclude_remedy", "annulled"),
];

impl Action {
    /// Name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::ApproveFiling { .. } => "approve_filing",
            Self::DeclineFiling { .. } => "decline_filing",
            Self::ReportInvestigation(_) => "report_investigation",
            Self::RecordDeliberation(_) => "record_deliberation",
            Self::ServeNotice(_) => "serve_notice",
            Self::Countersign => "countersign",
            Self::ReturnDraft { .. } => "return_draft",
            Self::SubmitStatement(_) => "submit_statement",
            Self::WaiveStatement { .. } => "waive_statement",
            Self::RequestHearing { .. } => "request_hearing",
            Self::WaiveHearing { .. } => "waive_hearing",
            Self::WithdrawHearing { .. } => "withdraw_hearing",
            Self::HearStatements(_) => "hear_statements",
            Self::PassReview { .. } => "pass_review",
            Self::RejectReview { .. } => "reject_review",
            Self::Reopen { .. } => "reopen",
            Self::Discuss { .. } => "discuss",
            Self::Decide { .. } => "decide",
            Self::SendBack { .. } => "send_back",
            Self::WithdrawDecision { .. } => "withdraw_decision",
            Self::ServeDecision(_) => "serve_decision",
            Self::RecordPayment(_) => "record_payment",
            Self::RecordFulfilment(_) => "record_fulfilment",
            Self::RecordRemedy(_) => "record_remedy",
            Self::ConcludeRemedy(_) => "conclude_remedy",
            Self::RequestDeferral(_) => "request_deferral",
            Self::DecideDeferral { .. } => "decide_deferral",
            Self::Urge(_) => "urge",
            Self::ApplyCourt { .. } => "apply_court",
            Self::RecordCourt(_) => "record_court",
            Self::ProposeClosing(_) => "propose_closing",
            Self::ReturnClosing { .. } => "return_closing",
            Self::Close { .. } => "close",
            Self::NotPenalise { .. } => "not_penalise",
            Self::Dismiss { .. } => "dismiss",
            Self::Transfer { .. } => "transfer",
            Self::ReplaceHandler { .. } => "replace_handler",
        }
    }

    /// The receipt of an act that serves a paper.
    pub fn service(&self) -> Option<&ServiceRecord> {
        match self {
            Self::ServeNotice(service) | Self::ServeDecision(service) | Self::Urge(service) => Some(service),
            _ => None,
        }
    }

    /// The day of the announcement, where the act serves by one.
    pub fn announced_on(&self) -> Option<LocalDate> {
        self.service().and_then(ServiceRecord::announced_on)
    }

    /// Name on screen.
    pub fn label(&self) -> &'static str {
        label_of(self.name())
    }

    /// Permissions of which the actor needs one.
    pub fn permissions(&self) -> &'static [Permission] {
        permissions_of(self.name())
    }
}

/// The name on screen of an act; empty where there is no such act.
pub fn label_of(name: &str) -> &'static str {
    ACTIONS.iter().find(|(code, _, _)| *code == name).map_or("", |(_, label, _)| label)
}

/// Permissions of which one is needed for an act.
pub fn permissions_of(name: &str) -> &'static [Permission] {
    ACTIONS.iter().find(|(code, _, _)| *code == name).map_or(&[], |(_, _, needed)| needed)
}

//! What can be done with a task: actions, the facts they need, and the table the diagram is checked against.

use super::{Answer, Frequency, Item, Outcome, Party};
use crate::officer::Standing;
use std::collections::BTreeMap;
use xingjian_kernel::id::{FindingId, OfficerId};
use xingjian_kernel::{LocalDate, Timestamp};

/// Name of an action, as in the table and on buttons' addresses.
pub type ActionName = &'static str;

/// State, action, state. docs/states/task.md holds exactly these.
pub const TRANSITIONS: &[(&str, ActionName, &str)] = &[
    ("proposed", "approve", "approved"),
    ("proposed", "return", "returned"),
    ("proposed", "withdraw", "withdrawn"),
    ("returned", "propose_again", "proposed"),
    ("returned", "withdraw", "withdrawn"),
    ("proposed", "declare_recusal", "proposed"),
    ("approved", "declare_recusal", "approved"),
    ("on_site", "declare_recusal", "on_site"),
    ("proposed", "decide_recusal", "proposed"),
    ("approved", "decide_recusal", "approved"),
    ("on_site", "decide_recusal", "on_site"),
    ("approved", "replace_officer", "approved"),
    ("on_site", "replace_officer", "on_site"),
    ("approved", "cancel", "cancelled"),
    ("approved", "begin", "on_site"),
    ("on_site", "answer", "on_site"),
    ("on_site", "record", "recorded"),
    ("recorded", "reopen", "on_site"),
    ("recorded", "sign", "recorded"),
    ("recorded", "sign", "signed"),
    ("recorded", "sign_party", "recorded"),
    ("recorded", "sign_party", "signed"),
    ("signed", "submit", "concluded"),
    ("signed", "submit", "closed"),
    ("concluded", "settle_finding", "concluded"),
    ("concluded", "settle_finding", "closed"),
];

/// Actions that follow by themselves from another act; no button is drawn for them.
pub(super) const AUTOMATIC: &[ActionName] = &["settle_finding"];

/// One step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// The head approves; the notice gets its number.
    Approve,
    /// The head sends it back.
    Return {
        /// What is to be changed.
        reason: String,
    },
    /// It is given up before approval.
    Withdraw {
        /// Why.
        reason: String,
    },
    /// It is proposed again after having been sent back.
    ProposeAgain {
        /// Day of the visit.
        planned: LocalDate,
        /// What to look at: ids of inspection items, which come with the facts.
        items: Vec<String>,
        /// Who goes.
        officers: Vec<OfficerId>,
        /// Why the yearly cap is exceeded, where it is.
        exceed_reason: Option<String>,
    },
    /// An officer declares a ground against the own part, or enters the party's request.
    DeclareRecusal {
        /// The officer concerned.
        officer: OfficerId,
        /// The ground.
        ground: String,
        /// Whether the party asked for it.
        by_party: bool,
    },
    /// The head decides on a ground.
    DecideRecusal {
        /// The officer concerned.
        officer: OfficerId,
        /// Whether the officer steps back.
        granted: bool,
        /// Why.
        reason: String,
        /// Who comes instead.
        replacement: Option<OfficerId>,
    },
    /// The head replaces an officer for another reason.
    ReplaceOfficer {
        /// Who leaves.
        officer: OfficerId,
        /// Who comes.
        replacement: OfficerId,
        /// Why.
        reason: String,
    },
    /// The head calls an approved inspection off before it begins.
    Cancel {
        /// Why.
        reason: String,
    },
    /// The visit begins.
    Begin {
        /// Whether all officers showed their certificates.
        certificates_shown: bool,
        /// Where.
        place: String,
        /// What the device's clock said.
        device_at: Option<Timestamp>,
    },
    /// Items are answered; later answers replace earlier ones.
    Answer {
        /// Answers by item id.
        answers: BTreeMap<String, Answer>,
    },
    /// The record is finished.
    Record {
        /// The result.
        outcome: Outcome,
        /// What was seen.
        statement: String,
        /// What the device's clock said.
        device_at: Option<Timestamp>,
    },
    /// The record is opened again; signatures are void.
    Reopen {
        /// Why.
        reason: String,
    },
    /// An officer signs with the own login.
    Sign,
    /// An officer enters that the party signed, refused or was not there.
    SignParty {
        /// What the party did.
        party: Party,
    },
    /// An officer submits the signed record; findings are opened.
    Submit,
    /// A finding was settled.
    SettleFinding {
        /// The finding.
        finding: FindingId,
    },
}

impl Action {
    /// Its name in the table.
    pub const fn name(&self) -> ActionName {
        match self {
            Self::Approve => "approve",
            Self::Return { .. } => "return",
            Self::Withdraw { .. } => "withdraw",
            Self::ProposeAgain { .. } => "propose_again",
            Self::DeclareRecusal { .. } => "declare_recusal",
            Self::DecideRecusal { .. } => "decide_recusal",
            Self::ReplaceOfficer { .. } => "replace_officer",
            Self::Cancel { .. } => "cancel",
            Self::Begin { .. } => "begin",
            Self::Answer { .. } => "answer",
            Self::Record { .. } => "record",
            Self::Reopen { .. } => "reopen",
            Self::Sign => "sign",
            Self::SignParty { .. } => "sign_party",
            Self::Submit => "submit",
            Self::SettleFinding { .. } => "settle_finding",
        }
    }
}

/// The words on the button of an action; empty for a name that is none.
pub fn action_label(name: &str) -> &'static str {
    match name {
        "approve" => "批准检查",
        "return" => "退回修改",
        "withdraw" => "撤回",
        "propose_again" => "重新报批",
        "declare_recusal" => "申请回避",
        "decide_recusal" => "决定回避",
        "replace_officer" => "更换监督员",
        "cancel" => "取消检查",
        "begin" => "开始检查",
        "answer" => "填写检查表",
        "record" => "形成检查记录",
        "reopen" => "退回修改记录",
        "sign" => "监督员签名",
        "sign_party" => "被检查人签名",
        "submit" => "提交检查结果",
        "settle_finding" => "问题办结",
        _ => "",
    }
}

/// What a step needs to know beyond the task: looked up by the service, so that the machine stays pure.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Now.
    pub now: Timestamp,
    /// What the registry says about the officers in question.
    pub standing: BTreeMap<OfficerId, Standing>,
    /// Items of a proposal.
    pub items: Vec<Item>,
    /// Inspections of the year against the cap; `None` where no grade sets one.
    pub frequency: Option<Frequency>,
    /// Number of the notice, for approval.
    pub notice: String,
    /// Ids for the findings, one for each violated item, for submission.
    pub findings: Vec<FindingId>,
}

impl Facts {
    /// Nothing but the time.
    pub fn at(now: Timestamp) -> Self {
        Self { now, standing: BTreeMap::new(), items: vec![], frequency: None, notice: String::new(), findings: vec![] }
    }
}

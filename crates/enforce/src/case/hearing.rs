//! Deliberation, notice before the decision, statement and the right to a hearing.

use super::party::{Mark, Signed};
use super::plan::Plan;
use super::service_record::{PaperRef, ServiceRecord};
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::Deadline;

/// What a deliberation proposes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proposal", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "nearly every deliberation proposes a penalty")]
pub enum Proposal {
    /// 给予行政处罚.
    Penalise {
        /// The penalty.
        plan: Plan,
    },
    /// 不予行政处罚.
    NotPenalise {
        /// Why.
        reason: String,
    },
    /// 撤销案件.
    Dismiss {
        /// Why.
        reason: String,
    },
    /// 移送.
    Transfer {
        /// Why.
        reason: String,
    },
}

impl Proposal {
    /// The proposal on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Penalise { .. } => "给予行政处罚",
            Self::NotPenalise { .. } => "不予行政处罚",
            Self::Dismiss { .. } => "撤销案件",
            Self::Transfer { .. } => "移送其他机关",
        }
    }
}

/// The record of a deliberation (合议记录).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliberation {
    /// Who took part.
    pub members: Vec<String>,
    /// What was said.
    pub opinions: String,
    /// The outcome.
    pub proposal: Proposal,
}

/// The notice before the decision, as served (行政处罚法第44条).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number.
    pub number: String,
    /// How and when it was served.
    pub service: Signed<ServiceRecord>,
    /// Until when the party may make a statement.
    pub statement_due: Deadline,
    /// The exact page that was served.
    pub paper: Option<PaperRef>,
}

/// The right to a hearing (行政处罚法第63、64条) and what the party made of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hearing", rename_all = "snake_case")]
pub enum Hearing {
    /// The planned penalty gives no such right.
    NotRequired,
    /// Told; may be requested until `due`.
    Told {
        /// Items of article 63 that apply.
        grounds: Vec<String>,
        /// Last day for a request.
        due: Deadline,
    },
    /// Requested.
    Requested {
        /// Items of article 63 that apply.
        grounds: Vec<String>,
        /// Last day for a request.
        due: Deadline,
        /// The day of the request.
        on: LocalDate,
        /// Who recorded it.
        by: Mark,
    },
    /// Expressly given up, or a request withdrawn.
    Waived {
        /// Items of article 63 that apply.
        grounds: Vec<String>,
        /// Why, and on what paper.
        note: String,
        /// A request had been made and was withdrawn (撤回听证申请).
        withdrawn: bool,
        /// Who recorded it.
        by: Mark,
        /// The handler who signed it too, where an officer recorded it.
        with: Option<Mark>,
    },
    /// Not requested in time.
    Lapsed {
        /// Items of article 63 that apply.
        grounds: Vec<String>,
        /// Last day for a request.
        due: Deadline,
    },
}

impl Hearing {
    /// What became of the right, on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::NotRequired => "不属于应当告知听证权利的情形",
            Self::Told { .. } => "已告知听证权利，等待当事人决定",
            Self::Requested { .. } => "当事人要求听证",
            Self::Waived { withdrawn: true, .. } => "当事人撤回听证申请",
            Self::Waived { .. } => "当事人放弃听证",
            Self::Lapsed { .. } => "当事人逾期未要求听证",
        }
    }

    /// Whether the party was told of the right.
    pub const fn was_told(&self) -> bool {
        !matches!(self, Self::NotRequired)
    }
}

/// What the party says in its defence (陈述申辩).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The text, or the record of what was said.
    pub text: String,
    /// Spoken and written down by an officer.
    pub oral: bool,
}

/// What the authority makes of a statement (复核).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatementOutcome {
    /// The party made none in time.
    NoneGiven,
    /// The party expressly gave it up.
    Waived,
    /// 采纳.
    Accepted,
    /// 部分采纳.
    PartlyAccepted,
    /// 不予采纳.
    NotAccepted,
}

impl StatementOutcome {
    /// The outcome on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoneGiven => "当事人逾期未陈述申辩",
            Self::Waived => "当事人放弃陈述申辩",
            Self::Accepted => "采纳当事人意见",
            Self::PartlyAccepted => "部分采纳当事人意见",
            Self::NotAccepted => "不予采纳当事人意见",
        }
    }
}

/// The review of a statement, with the plan that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementReview {
    /// The outcome.
    pub outcome: StatementOutcome,
    /// Findings on each point; may be empty where nothing was stated.
    pub findings: String,
    /// A lighter plan where the statement was accepted.
    pub revised: Option<Plan>,
}

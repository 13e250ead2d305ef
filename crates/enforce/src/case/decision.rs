//! Legal review, collective discussion and the decision.

use super::law::Law;
use super::party::Mark;
use super::plan::{Assessment, Plan};
use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;

/// A legal review that was passed (法制审核, 行政处罚法第58条).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalReview {
    /// Why it was required; empty where it was made without being required.
    pub grounds: Vec<String>,
    /// The penalty that was reviewed: nothing else may be decided after it.
    pub plan: Plan,
    /// The opinion.
    pub opinion: String,
    /// Who reviewed, and when.
    pub by: Mark,
}

/// A discussion of the heads (集体讨论, 行政处罚法第57条第2款).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discussion {
    /// Why it was required.
    pub grounds: Vec<String>,
    /// Why the penalty that was agreed needs a legal review.
    pub review_grounds: Vec<String>,
    /// The penalty that was agreed: as it was put before the heads, or a lighter one.
    pub plan: Plan,
    /// Who took part.
    pub members: Vec<String>,
    /// What was said and concluded.
    pub minutes: String,
    /// Who recorded it, and when.
    pub by: Mark,
}

/// A review or discussion that was gone back on before the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// The review, where there was one.
    pub legal: Option<LegalReview>,
    /// The discussion, where there was one.
    pub discussion: Option<Discussion>,
    /// Why.
    pub reason: String,
    /// Who, and when.
    pub by: Mark,
}

/// A penalty decision (行政处罚决定).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its number.
    pub number: String,
    /// The penalty.
    pub plan: Plan,
    /// What checking it found.
    pub assessment: Assessment,
    /// The law applied: that of the act, or the lighter one of the day of decision.
    pub law: Law,
    /// Hash of the policy pack the decision was checked against.
    pub policy_version: String,
    /// Why the authority decided so, beyond the reasons of the plan.
    pub reasons: String,
    /// Who decided, and when.
    pub by: Mark,
    /// Last day for service (行政处罚法第61条).
    pub service_due: Deadline,
    /// Days after the 90 days of 行政处罚法第60条; zero in time.
    pub days_late: u32,
}

/// Why nobody is penalised (行政处罚法第33、57条).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotPenalisedGround {
    /// 第33条第1款前段.
    Minor,
    /// 第33条第1款后段.
    FirstTime,
    /// 第33条第2款.
    NoFault,
    /// 第57条第1款第（三）项.
    FactsNotEstablished,
}

impl NotPenalisedGround {
    /// Every ground.
    pub const ALL: &[Self] = &[Self::Minor, Self::FirstTime, Self::NoFault, Self::FactsNotEstablished];

    /// The words of the article.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Minor => "违法行为轻微并及时改正，没有造成危害后果",
            Self::FirstTime => "初次违法且危害后果轻微并及时改正",
            Self::NoFault => "当事人有证据足以证明没有主观过错",
            Self::FactsNotEstablished => "违法事实不能成立",
        }
    }

    /// The article.
    pub const fn article(self) -> &'static str {
        match self {
            Self::Minor | Self::FirstTime => "行政处罚法第33条第1款",
            Self::NoFault => "行政处罚法第33条第2款",
            Self::FactsNotEstablished => "行政处罚法第57条第1款第（三）项",
        }
    }

    /// Whether the party must be taught (行政处罚法第33条第3款).
    pub const fn needs_education(self) -> bool {
        !matches!(self, Self::FactsNotEstablished)
    }
}

//! The states of a case. Each carries what was done to reach it; the stages nest, so nothing is lost on the way.

use super::aftermath::Verdict;
use super::decision::{Decision, Discussion, LegalReview, NotPenalisedGround, Reopened};
use super::execution::{Approval, ClosingReport, Execution};
use super::hearing::{Deliberation, Hearing, Notice, Proposal, Statement, StatementReview};
use super::party::{Mark, Signed};
use super::plan::{Assessment, Plan};
use super::report::Report;
use super::service_record::{PaperRef, ServiceRecord};
use serde::{Deserialize, Serialize};
use xingjian_kernel::calendar::Deadline;

/// Filed (已立案).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The case number (立案号).
    pub number: String,
    /// What the head said.
    pub opinion: String,
    /// The head, and when.
    pub by: Mark,
    /// Last day for the decision (行政处罚法第60条).
    pub decide_due: Deadline,
}

/// Investigated (调查终结).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Investigated {
    /// The stage before.
    pub filed: Filed,
    /// The report in force.
    pub report: Signed<Report>,
}

/// Deliberated (已合议).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliberated {
    /// The stage before.
    pub investigated: Investigated,
    /// The record.
    pub record: Signed<Deliberation>,
    /// What checking the plan found; `None` where no penalty is proposed.
    pub assessment: Option<Assessment>,
    /// Number of the notice before the decision; `None` where no penalty is proposed.
    pub notice_number: Option<String>,
}

impl Deliberated {
    /// The penalty proposed, if one is.
    pub fn plan(&self) -> Option<&Plan> {
        match &self.record.proposal {
            Proposal::Penalise { plan } => Some(plan),
            _ => None,
        }
    }
}

/// Noticed (已事先告知).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Noticed {
    /// The stage before.
    pub deliberated: Deliberated,
    /// The penalty the party was told of.
    pub plan: Plan,
    /// The notice.
    pub notice: Notice,
    /// The right to a hearing.
    pub hearing: Hearing,
    /// What the party said.
    pub statement: Option<Signed<Statement>>,
    /// The party expressly gave up its statement: why, and on what paper.
    pub statement_waived: Option<Signed<String>>,
}

/// Heard (陈述申辩已复核), and what was added before the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// The stage before.
    pub noticed: Noticed,
    /// What the authority made of the statement.
    pub review: Signed<StatementReview>,
    /// What checking the plan in force found.
    pub assessment: Assessment,
    /// Why a legal review is required; empty where it may be skipped.
    pub review_grounds: Vec<String>,
    /// Why the heads must discuss; empty where one head decides.
    pub discussion_grounds: Vec<String>,
    /// The legal review that was passed.
    pub legal: Option<LegalReview>,
    /// The discussion of the heads.
    pub discussion: Option<Discussion>,
    /// A lighter plan that the heads agreed on and sent to review again.
    pub resubmitted: Option<Plan>,
    /// Reviews and discussions that were gone back on, oldest first.
    pub reopened: Vec<Reopened>,
}

impl Heard {
    /// The plan that goes to review and discussion: agreed in an earlier discussion, revised after the statement, or as
    /// noticed.
    pub fn plan(&self) -> &Plan {
        self.resubmitted.as_ref().or(self.review.revised.as_ref()).unwrap_or(&self.noticed.plan)
    }

    /// The plan that was last discussed, or else reviewed: the decision must be the same. `None` before either.
    pub fn settled(&self) -> Option<&Plan> {
        let discussed = self.discussion.as_ref().map(|discussion| &discussion.plan);
        discussed.or_else(|| self.legal.as_ref().map(|legal| &legal.plan))
    }
}

/// Decided (已决定).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The stage before.
    pub heard: Heard,
    /// The decision.
    pub decision: Decision,
}

/// Served (已送达), with everything that happened since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The stage before.
    pub decided: Decided,
    /// The receipt.
    pub service: Signed<ServiceRecord>,
    /// The exact page that was served.
    pub paper: Option<PaperRef>,
    /// Last day for payment (行政处罚法第67条).
    pub pay_due: Deadline,
    /// Payments and the like.
    pub execution: Execution,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// 立案待审批.
    Proposed,
    /// 不予立案.
    NotFiled {
        /// Why.
        reason: String,
        /// The head, and when.
        by: Mark,
    },
    /// 已立案.
    Filed(Filed),
    /// 调查终结.
    Investigated(Box<Investigated>),
    /// 已合议.
    Deliberated(Box<Deliberated>),
    /// 已事先告知.
    Noticed(Box<Noticed>),
    /// 当事人要求听证.
    HearingPending(Box<Noticed>),
    /// 已听取陈述申辩.
    Heard(Box<Heard>),
    /// 已法制审核.
    LegallyReviewed(Box<Heard>),
    /// 已集体讨论.
    Discussed(Box<Heard>),
    /// 已决定.
    Decided(Box<Decided>),
    /// 已送达.
    Served(Box<Served>),
    /// 执行中.
    Executing(Box<Served>),
    /// 结案待审批.
    Closing {
        /// The stage before.
        served: Box<Served>,
        /// The closing report.
        report: Signed<ClosingReport>,
    },
    /// 已结案.
    Closed {
        /// The stage before.
        served: Box<Served>,
        /// The closing report.
        report: Signed<ClosingReport>,
        /// The head's approval.
        approval: Approval,
    },
    /// 处罚决定已撤销: by reconsideration or a court.
    Annulled {
        /// The state in which it was annulled.
        before: Box<State>,
        /// By what.
        verdict: Box<Signed<Verdict>>,
    },
    /// 不予行政处罚.
    NotPenalised {
        /// The state in which this was decided.
        before: Box<State>,
        /// The ground.
        ground: NotPenalisedGround,
        /// The facts behind it.
        reason: String,
        /// How the party was taught.
        education: String,
        /// The head, and when.
        by: Mark,
    },
    /// 已撤销案件.
    Dismissed {
        /// The state in which this was decided.
        before: Box<State>,
        /// Why.
        reason: String,
        /// The head, and when.
        by: Mark,
    },
    /// 已移送.
    Transferred {
        /// The state in which this was decided.
        before: Box<State>,
        /// To which authority.
        to: String,
        /// Why.
        reason: String,
        /// The head, and when.
        by: Mark,
    },
}

/// Every state: its name for programs, its name on screen, and whether a case ends there.
pub const STATES: &[(&str, &str, bool)] = &[
    ("proposed", "立案待审批", false),
    ("not_filed", "不予立案", true),
    ("filed", "调查取证", false),
    ("investigated", "调查终结，待合议", false),
    ("deliberated", "已合议，待告知", false),
    ("noticed", "已事先告知", false),
    ("hearing_pending", "当事人要求听证", false),
    ("heard", "已听取陈述申辩", false),
    ("legally_reviewed", "法制审核通过", false),
    ("discussed", "已集体讨论", false),
    ("decided", "已决定，待送达", false),
    ("served", "已送达", false),
    ("executing", "执行中", false),
    ("closing", "结案待审批", false),
    ("closed", "已结案", true),
    ("annulled", "处罚决定已被撤销", true),
    ("not_penalised", "不予行政处罚", true),
    ("dismissed", "已撤销案件", true),
    ("transferred", "已移送", true),
];

/// States in which a case ends. A closed one can still be challenged, and annulled.
pub const FINAL: &[&str] = &["not_filed", "closed", "annulled", "not_penalised", "dismissed", "transferred"];

impl State {
    /// Name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::NotFiled { .. } => "not_filed",
            Self::Filed(_) => "filed",
            Self::Investigated(_) => "investigated",
            Self::Deliberated(_) => "deliberated",
            Self::Noticed(_) => "noticed",
            Self::HearingPending(_) => "hearing_pending",
            Self::Heard(_) => "heard",
            Self::LegallyReviewed(_) => "legally_reviewed",
            Self::Discussed(_) => "discussed",
            Self::Decided(_) => "decided",
            Self::Served(_) => "served",
            Self::Executing(_) => "executing",
            Self::Closing { .. } => "closing",
            Self::Closed { .. } => "closed",
            Self::Annulled { .. } => "annulled",
            Self::NotPenalised { .. } => "not_penalised",
            Self::Dismissed { .. } => "dismissed",
            Self::Transferred { .. } => "transferred",
        }
    }

    /// Name on screen.
    pub fn label(&self) -> &'static str {
        label_of(self.name())
    }

    /// Whether the case has ended.
    pub fn is_final(&self) -> bool {
        FINAL.contains(&self.name())
    }

    /// The state in which a case was ended early.
    fn before(&self) -> Option<&Self> {
        match self {
            Self::Annulled { before, .. }
            | Self::NotPenalised { before, .. }
            | Self::Dismissed { before, .. }
            | Self::Transferred { before, .. } => Some(before),
            _ => None,
        }
    }

    /// Service and what followed, once served.
    pub fn served(&self) -> Option<&Served> {
        match self {
            Self::Served(served)
            | Self::Executing(served)
            | Self::Closing { served, .. }
            | Self::Closed { served, .. } => Some(served),
            _ => None,
        }
    }

    /// Service and what followed, also of a decision that was annulled since.
    pub fn was_served(&self) -> Option<&Served> {
        match self {
            Self::Annulled { before, .. } => before.served(),
            _ => self.served(),
        }
    }

    /// The decision and all before it, once decided.
    pub fn decided(&self) -> Option<&Decided> {
        match self {
            Self::Decided(decided) => Some(decided),
            _ => self.served().map(|served| &served.decided),
        }
    }

    /// What was heard, reviewed and discussed.
    pub fn heard(&self) -> Option<&Heard> {
        match self {
            Self::Heard(heard) | Self::LegallyReviewed(heard) | Self::Discussed(heard) => Some(heard),
            Self::Annulled { before, .. } => before.heard(),
            _ => self.decided().map(|decided| &decided.heard).or_else(|| self.before()?.heard()),
        }
    }

    /// Notice, statement and hearing, once noticed.
    pub fn noticed(&self) -> Option<&Noticed> {
        match self {
            Self::Noticed(noticed) | Self::HearingPending(noticed) => Some(noticed),
            _ => self.heard().map(|heard| &heard.noticed).or_else(|| self.before()?.noticed()),
        }
    }

    /// The deliberation, once recorded.
    pub fn deliberated(&self) -> Option<&Deliberated> {
        match self {
            Self::Deliberated(deliberated) => Some(deliberated),
            _ => self.noticed().map(|noticed| &noticed.deliberated).or_else(|| self.before()?.deliberated()),
        }
    }

    /// The investigation, once reported.
    pub fn investigated(&self) -> Option<&Investigated> {
        match self {
            Self::Investigated(investigated) => Some(investigated),
            _ => self.deliberated().map(|stage| &stage.investigated).or_else(|| self.before()?.investigated()),
        }
    }

    /// The filing, once approved.
    pub fn filed(&self) -> Option<&Filed> {
        match self {
            Self::Filed(filed) => Some(filed),
            _ => self.investigated().map(|stage| &stage.filed).or_else(|| self.before()?.filed()),
        }
    }
}

/// The name on screen of a state; empty where there is no such state.
pub fn label_of(name: &str) -> &'static str {
    STATES.iter().find(|(code, _, _)| *code == name).map_or("", |(_, label, _)| label)
}

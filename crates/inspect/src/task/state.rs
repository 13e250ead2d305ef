//! The states of a task; each carries what was done to reach it.

use super::{Answer, Frequency, Outcome};
use crate::officer::Person;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::{FindingId, OfficerId};

/// The approval by the head (国办发〔2024〕54号).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Number of the notice (检查通知书).
    pub number: String,
    /// Who approved.
    pub by: Person,
    /// When.
    pub at: Timestamp,
    /// Inspections of the year against the cap, at that moment; `None` where no grade sets a cap.
    pub frequency: Option<Frequency>,
}

/// The visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The officer who began it.
    pub begun_by: OfficerId,
    /// Certificates that were shown (行政处罚法第55条).
    pub certificates: Vec<String>,
    /// Where.
    pub place: String,
    /// What the device's clock said, where there was one.
    pub device_at: Option<Timestamp>,
    /// What the server's clock said.
    pub server_at: Timestamp,
}

/// The record (现场检查笔录): facts, no judgement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The result.
    pub outcome: Outcome,
    /// What was seen.
    pub statement: String,
    /// Who wrote it.
    pub by: Person,
    /// What the device's clock said, where there was one.
    pub device_at: Option<Timestamp>,
    /// What the server's clock said.
    pub server_at: Timestamp,
}

/// The signature of an officer, given with the own login.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The officer.
    pub officer: OfficerId,
    /// The officer's name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// What the inspected party did with the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "party", rename_all = "snake_case")]
pub enum Party {
    /// 签名确认.
    Signed {
        /// Who signed.
        name: String,
        /// In which post: 法定代表人, 主要负责人, 现场负责人.
        post: String,
        /// What the party had to say; empty where nothing.
        opinion: String,
    },
    /// 拒绝签名.
    Refused {
        /// The reason, as far as one was given.
        reason: String,
        /// Who witnessed it, or that it was filmed.
        witness: String,
    },
    /// 无人在场: only where the result says that nobody was met.
    Absent {
        /// What was done to reach somebody.
        reason: String,
    },
}

impl Party {
    /// What it is called on screen.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Signed { .. } => "已签名确认",
            Self::Refused { .. } => "拒绝签名",
            Self::Absent { .. } => "无人在场",
        }
    }
}

/// A finished record with its answers and signatures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// One answer for every item, by item id.
    pub answers: BTreeMap<String, Answer>,
    /// The record.
    pub record: Record,
    /// Officers' signatures.
    pub signatures: Vec<Signature>,
    /// What the party did.
    pub party: Option<Party>,
}

/// A record that was opened again after it was finished: kept with the signatures it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Superseded {
    /// The record as it was.
    pub sheet: Sheet,
    /// Why it was opened again.
    pub reason: String,
    /// By whom.
    pub by: Person,
    /// When.
    pub at: Timestamp,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum State {
    /// Waits for the head.
    Proposed,
    /// Sent back by the head; may be proposed again.
    Returned {
        /// What is to be changed.
        reason: String,
        /// Who sent it back.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// Given up before approval.
    Withdrawn {
        /// Why.
        reason: String,
        /// By whom.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// Approved, with a notice.
    Approved {
        /// The approval.
        approval: Approval,
    },
    /// Called off by the head after the approval, before it began. The notice is void.
    Cancelled {
        /// The approval.
        approval: Approval,
        /// Why.
        reason: String,
        /// By whom.
        by: Person,
        /// When.
        at: Timestamp,
    },
    /// On site; items are being answered.
    OnSite {
        /// The approval.
        approval: Approval,
        /// The visit.
        visit: Visit,
        /// Answers so far, by item id.
        answers: BTreeMap<String, Answer>,
    },
    /// The record is finished and waits for signatures.
    Recorded {
        /// The approval.
        approval: Approval,
        /// The visit.
        visit: Visit,
        /// The record.
        sheet: Sheet,
    },
    /// All have signed or refused.
    Signed {
        /// The approval.
        approval: Approval,
        /// The visit.
        visit: Visit,
        /// The record.
        sheet: Sheet,
    },
    /// Submitted; findings are being corrected.
    Concluded {
        /// The approval.
        approval: Approval,
        /// The visit.
        visit: Visit,
        /// The record.
        sheet: Sheet,
        /// All findings.
        findings: Vec<FindingId>,
        /// Findings that are not settled.
        open: Vec<FindingId>,
        /// When it was submitted.
        concluded_at: Timestamp,
    },
    /// Nothing is left to do.
    Closed {
        /// The approval.
        approval: Approval,
        /// The visit.
        visit: Visit,
        /// The record.
        sheet: Sheet,
        /// All findings.
        findings: Vec<FindingId>,
        /// When it was submitted.
        concluded_at: Timestamp,
        /// When the last finding was settled, or when it was submitted without any.
        closed_at: Timestamp,
    },
}

impl State {
    /// Names of all states.
    pub const NAMES: [&str; 10] = [
        "proposed",
        "returned",
        "withdrawn",
        "approved",
        "cancelled",
        "on_site",
        "recorded",
        "signed",
        "concluded",
        "closed",
    ];
    /// States after which nothing more is to be done.
    pub const FINAL: &'static [&'static str] = &["withdrawn", "cancelled", "closed"];
    /// States in which the inspection counts towards the yearly cap.
    pub const COUNTED: &'static [&'static str] = &["approved", "on_site", "recorded", "signed", "concluded", "closed"];

    /// Stable name, as in the diagram.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Returned { .. } => "returned",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Approved { .. } => "approved",
            Self::Cancelled { .. } => "cancelled",
            Self::OnSite { .. } => "on_site",
            Self::Recorded { .. } => "recorded",
            Self::Signed { .. } => "signed",
            Self::Concluded { .. } => "concluded",
            Self::Closed { .. } => "closed",
        }
    }

    /// The state on screen.
    pub fn label(&self) -> &'static str {
        state_label(self.name())
    }

    /// The approval, from approval on.
    pub const fn approval(&self) -> Option<&Approval> {
        match self {
            Self::Approved { approval }
            | Self::Cancelled { approval, .. }
            | Self::OnSite { approval, .. }
            | Self::Recorded { approval, .. }
            | Self::Signed { approval, .. }
            | Self::Concluded { approval, .. }
            | Self::Closed { approval, .. } => Some(approval),
            Self::Proposed | Self::Returned { .. } | Self::Withdrawn { .. } => None,
        }
    }

    /// The visit, from its beginning on.
    pub const fn visit(&self) -> Option<&Visit> {
        match self {
            Self::OnSite { visit, .. }
            | Self::Recorded { visit, .. }
            | Self::Signed { visit, .. }
            | Self::Concluded { visit, .. }
            | Self::Closed { visit, .. } => Some(visit),
            _ => None,
        }
    }

    /// The finished record.
    pub const fn sheet(&self) -> Option<&Sheet> {
        match self {
            Self::Recorded { sheet, .. }
            | Self::Signed { sheet, .. }
            | Self::Concluded { sheet, .. }
            | Self::Closed { sheet, .. } => Some(sheet),
            _ => None,
        }
    }

    /// Answers so far, by item id.
    pub fn answers(&self) -> Option<&BTreeMap<String, Answer>> {
        if let Self::OnSite { answers, .. } = self { Some(answers) } else { self.sheet().map(|s| &s.answers) }
    }

    /// Findings it brought to light, once submitted.
    pub fn findings(&self) -> &[FindingId] {
        match self {
            Self::Concluded { findings, .. } | Self::Closed { findings, .. } => findings,
            _ => &[],
        }
    }
}

/// The name of a state on screen; empty for a name that is none.
pub fn state_label(name: &str) -> &'static str {
    match name {
        "proposed" => "待批准",
        "returned" => "已退回",
        "withdrawn" => "已撤回",
        "approved" => "待检查",
        "cancelled" => "已取消",
        "on_site" => "检查中",
        "recorded" => "待签名",
        "signed" => "待提交",
        "concluded" => "整改中",
        "closed" => "已办结",
        _ => "",
    }
}

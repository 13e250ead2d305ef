//! What a signal from screening carries: its groups by rule, what the institution said, and what a person found. Pure.

use super::{Month, ResultClass, Sum};
use crate::signal::TransitionError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::ScreeningId;
use xingjian_kernel::{Fen, LocalDate, Timestamp};

/// Hits of one department and doctor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// 科室.
    pub department: Option<String>,
    /// 主诊医师.
    pub doctor: Option<String>,
    /// How many, and how much.
    #[serde(flatten)]
    pub sum: Sum,
}

/// Some hits with what lies behind them, kept as exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parcel {
    /// Hash of the bytes: a JSON list of hits.
    pub hash: String,
    /// How many.
    pub hits: u32,
    /// First and last doctor in it; parcels are in order of doctors.
    pub doctors: (Option<String>, Option<String>),
}

/// The hits of one rule in one month at one institution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The rule.
    pub rule: String,
    /// Its name: `药品区分性别使用`.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// The versions of the rule that its hits are of.
    #[serde(default)]
    pub versions: BTreeSet<u32>,
    /// What its hits say.
    pub result: ResultClass,
    /// How many, and how much.
    #[serde(flatten)]
    pub sum: Sum,
    /// By department and doctor, the largest amount first.
    pub parts: Vec<Part>,
    /// Evidence; of many hits only the largest amounts are kept.
    pub evidence: Vec<Parcel>,
    /// Hash of the list of the ids of all hits.
    pub ids: String,
    /// What a person found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
}

/// Why hits do not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictReason {
    /// They stand.
    Stands,
    /// There is a medical or other good reason.
    Explained,
    /// The data were wrong.
    Data,
    /// The rule was wrong here.
    Rule,
}

impl VerdictReason {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Stands, Self::Explained, Self::Data, Self::Rule];

    /// Stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Stands => "stands",
            Self::Explained => "explained",
            Self::Data => "data",
            Self::Rule => "rule",
        }
    }

    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Stands => "属实",
            Self::Explained => "有合理理由",
            Self::Data => "数据有误",
            Self::Rule => "规则不适用",
        }
    }

    /// The one with this name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// What a person found about the hits of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Hits that stand.
    pub confirmed: u64,
    /// Hits that were looked at: all of the group at that time.
    pub of: u64,
    /// Amount that stands.
    pub amount: Fen,
    /// Why, where not all stand.
    pub reason: VerdictReason,
    /// In words.
    pub text: String,
    /// Who.
    pub by: String,
    /// When.
    pub on: LocalDate,
    /// The hits changed after this was found, and it was no longer open to be found again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated: bool,
}

/// That the institution was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// What it was told.
    pub text: String,
    /// Who asked.
    pub by: String,
    /// When.
    pub on: LocalDate,
    /// By when it may answer.
    pub due: Deadline,
}

/// What the institution said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// About this rule; none about all.
    pub rule: Option<String>,
    /// In its words.
    pub text: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// What a later run found more, and what no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The run.
    pub screening: ScreeningId,
    /// When.
    pub on: LocalDate,
    /// Rule.
    pub rule: String,
    /// Name of the rule.
    pub name: String,
    /// New hits.
    pub added: u64,
    /// Hits that stand no more.
    pub withdrawn: u64,
    /// Those of them whose evidence was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Parcel>,
    /// Why.
    pub why: String,
}

/// What a signal from screening carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// 定点医药机构编码.
    pub code: String,
    /// Month of the hits.
    pub month: Month,
    /// The run that last changed it.
    pub screening: ScreeningId,
    /// By rule, in order of their ids.
    pub groups: Vec<Group>,
    /// What later runs changed, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Change>,
    /// That the institution was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Asked>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<Reply>,
}

impl Claims {
    /// All hits together.
    pub fn sum(&self) -> Sum {
        self.groups.iter().fold(Sum::default(), |sum, group| sum.plus(group.sum))
    }

    /// The group of a rule.
    pub fn group(&self, rule: &str) -> Option<&Group> {
        self.groups.iter().find(|group| group.rule == rule)
    }

    /// Records what the institution said.
    pub(crate) fn reply(&mut self, reply: Reply) -> Result<(), TransitionError> {
        if reply.text.trim().is_empty() {
            return Err(TransitionError::NoReason);
        }
        if let Some(rule) = reply.rule.as_ref().filter(|rule| self.group(rule).is_none()) {
            return Err(TransitionError::NoSuchRule(rule.clone()));
        }
        self.replies.push(reply);
        Ok(())
    }

    /// Records what a person found about the hits of a rule; nothing stands before the institution was `heard`.
    pub(crate) fn judge(&mut self, rule: &str, verdict: Verdict, heard: bool) -> Result<(), TransitionError> {
        let group = self.groups.iter_mut().find(|group| group.rule == rule);
        let group = group.ok_or_else(|| TransitionError::NoSuchRule(rule.to_owned()))?;
        let Verdict { confirmed, amount, reason, .. } = verdict;
        if verdict.text.trim().is_empty() {
            return Err(TransitionError::NoReason);
        }
        if confirmed > group.sum.hits || amount > group.sum.amount.max(Fen::ZERO) || amount < Fen::ZERO {
            return Err(TransitionError::TooMuch { confirmed, amount, of: group.sum.hits, all: group.sum.amount });
        }
        if (confirmed == group.sum.hits) != (reason == VerdictReason::Stands) || (confirmed == 0 && amount != Fen::ZERO)
        {
            return Err(TransitionError::Contradiction);
        }
        if confirmed > 0 && !heard {
            return Err(TransitionError::NotHeard);
        }
        group.verdict = Some(Verdict { of: group.sum.hits, ..verdict });
        Ok(())
    }

    /// Whether every group has been judged.
    pub fn is_judged(&self) -> bool {
        self.groups.iter().all(|group| group.verdict.is_some())
    }

    /// What stands.
    pub fn confirmed(&self) -> Sum {
        let verdicts = self.groups.iter().filter_map(|group| group.verdict.as_ref());
        verdicts.fold(Sum::default(), |sum, v| sum.plus(Sum { hits: v.confirmed, amount: v.amount }))
    }

    /// As the institution sees it: without the names of staff.
    #[must_use]
    pub fn for_party(mut self) -> Self {
        if let Some(asked) = &mut self.asked {
            asked.by.clear();
        }
        for verdict in self.groups.iter_mut().filter_map(|group| group.verdict.as_mut()) {
            verdict.by.clear();
        }
        self
    }
}

//! A rule of the catalogue: what it looks at, what it allows, where it comes from, and how far it may be trusted.

pub mod bounds;
pub mod kind;
mod said;
pub mod test;

pub use bounds::{Age, AgeBound, AgeName, AgeUnit, NamedAge, Parameters};
pub use test::{CapByLevel, Test, Window};

use serde::{Deserialize, Serialize};
use std::fmt;
use xingjian_kernel::LocalDate;

/// One version of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable through all versions: `nhsa/药品区分性别使用/阿帕他胺片`.
    pub id: String,
    /// Counts from 1.
    #[serde(default = "first")]
    pub version: u32,
    /// Name in the national catalogue, or our own: `药品区分性别使用`.
    pub name: String,
    /// What this rule is about: the generic name of a drug, the item, the group.
    pub title: String,
    /// First day of service it applies to.
    pub from: LocalDate,
    /// Last day of service it applies to; none while it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<LocalDate>,
    /// Where it was published.
    pub source: Source,
    /// Who wrote it.
    pub author: String,
    /// Who checked it; none while nobody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checker: Option<String>,
    /// How heavily it weighs.
    #[serde(default)]
    pub severity: Severity,
    /// Whether its hits count.
    #[serde(default)]
    pub state: State,
    /// What a hit says.
    pub result: ResultClass,
    /// National codes of the items it looks at; a code that ends in `*` stands for all that begin so. Empty for rules about visits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// What is tested.
    pub test: Test,
    /// The words of the source that it rests on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// What of it no source says and this product has set, one thing each: `结果类型`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub defaults: Vec<String>,
    /// Claims that it hits and claims that it just misses; they are part of it and run as tests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<Example>,
}

const fn first() -> u32 {
    1
}

impl Rule {
    /// Whether it applies to a day of service.
    pub fn applies_on(&self, day: LocalDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

/// A few claims and what the rule must say about them; `crate::example` reads and runs them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// What it shows: `满18周岁当日`.
    pub name: String,
    /// Visits and lines, one a row of text.
    pub claims: String,
    /// The hits, one each: lines (or visits, or `-`) and the amount in question, `l1+l2 10.00`. Empty for a near miss.
    pub hits: Vec<String>,
}

/// Where a rule was published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The document, or the file of the official library.
    pub document: String,
    /// Clause, or sheet and row.
    pub place: String,
    /// Batch of the national library, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<u16>,
}

/// How heavily a hit weighs when a person looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// 提示.
    Note,
    /// 一般.
    #[default]
    Normal,
    /// 严重.
    Serious,
}

/// How far a rule may be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// 草稿: not run.
    Draft,
    /// 试运行: run, its hits are kept apart and bother nobody.
    Trial,
    /// 启用.
    #[default]
    Live,
    /// 停用: not run.
    Retired,
}

impl State {
    /// Whether a run evaluates it.
    pub const fn is_run(self) -> bool {
        matches!(self, Self::Trial | Self::Live)
    }
}

/// 运行结果类型.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultClass {
    /// 明确违规.
    Definite,
    /// 可疑.
    Suspect,
}

impl fmt::Display for ResultClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Definite => "明确违规",
            Self::Suspect => "可疑",
        })
    }
}

/// The result of a rule once it is known whether it rests on a parameter that nobody has released.
pub fn result_of(rule: &Rule, parameters: &Parameters) -> ResultClass {
    if rule.test.rests_on_default(parameters) { ResultClass::Suspect } else { rule.result }
}

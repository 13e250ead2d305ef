//! What screening of claims brings into the loop (医保筛查): for each institution and month one signal with its hits by rule, the
//! institution's explanation, a person's review, and the precision that goes back to the rule.
//!
//! Screening itself is elsewhere; this module takes its hits as they are given and never makes one. Nothing here penalises: a
//! confirmed hit is a reason to settle, to inspect or to file a case, and a person decides.

pub mod accept;
mod file;
mod keep;
pub mod screening;
pub mod service;

pub use crate::claims_rule as rule;
pub use file::{Asked, Change, Claims, Group, Parcel, Part, Reply, Verdict, VerdictReason};

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use xingjian_kernel::{Fen, LocalDate};

/// The topic of the duty list that screening belongs to.
pub const TOPIC: &str = "医保基金";

/// What a hit says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultClass {
    /// 明确违规.
    Definite,
    /// 可疑.
    Suspect,
}

impl ResultClass {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Definite => "明确违规",
            Self::Suspect => "可疑",
        }
    }
}

/// A calendar month, `2026-01`: the period that hits are grouped by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Month(String);

impl Month {
    /// The month of a day.
    pub fn of(day: LocalDate) -> Self {
        Self(format!("{:04}-{:02}", day.year(), day.month()))
    }

    /// A month as it is written, where it is one.
    pub fn parse(text: &str) -> Option<Self> {
        let day: LocalDate = format!("{text}-01").parse().ok()?;
        (Self::of(day).0 == text).then(|| Self(text.to_owned()))
    }

    /// As written: `2026-01`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = self.0.split_once('-').unwrap_or((&self.0, ""));
        write!(f, "{year}年{}月", month.trim_start_matches('0'))
    }
}

/// A visit behind a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// 就诊ID.
    pub id: String,
    /// 定点医药机构.
    pub institution: String,
    /// 科室.
    pub department: Option<String>,
    /// 主诊医师.
    pub doctor: Option<String>,
    /// 医疗类别, as coded.
    pub medical_type: Option<String>,
    /// Begin, local time.
    pub begin: Option<String>,
    /// End, local time.
    pub end: Option<String>,
    /// 主诊断, as coded.
    pub diagnosis: Option<String>,
    /// 总费用.
    pub total: Option<Fen>,
}

/// A fee line behind a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// 费用明细流水号.
    pub id: String,
    /// 就诊ID.
    pub visit: String,
    /// 定点医药机构 of the visit.
    pub institution: String,
    /// 开单医师.
    pub doctor: Option<String>,
    /// 医保目录编码.
    pub item: String,
    /// Day.
    pub day: LocalDate,
    /// Time of day.
    pub time: Option<String>,
    /// Quantity.
    pub quantity: String,
    /// Unit price, yuan.
    pub price: String,
    /// Amount.
    pub amount: Fen,
    /// 符合范围金额.
    pub covered: Option<Fen>,
    /// A refund, or cancelled by one.
    pub refunded: bool,
}

/// A hit (规则命中) as it is given, with what lies behind it where that is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// Identity: the same for the same rule, version, data and values.
    pub id: String,
    /// The rule.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// Keyed hash of the person.
    pub patient: Option<String>,
    /// 科室 of the visit it is about.
    pub department: Option<String>,
    /// 主诊医师 of that visit, or the doctor it is about.
    pub doctor: Option<String>,
    /// Day it is about.
    pub day: LocalDate,
    /// What was read: name and value as text.
    pub values: Vec<(String, String)>,
    /// Amount in question.
    pub amount: Fen,
    /// What it says.
    pub result: ResultClass,
    /// Visits behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub visits: Vec<Visit>,
    /// Lines behind it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<Line>,
}

/// All hits of live rules at one institution, as screening found them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfInstitution {
    /// 定点医药机构编码; none for hits that name no institution.
    pub code: Option<String>,
    /// Its hits.
    pub hits: Vec<Hit>,
}

/// A rule as screening was given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenRule {
    /// Stable through all versions.
    pub id: String,
    /// The version it is known by.
    pub version: u32,
    /// What it is and says; see [`rule::Particulars`].
    pub particulars: rule::Particulars,
    /// Its other versions in the catalogue.
    pub others: Vec<rule::Edition>,
    /// How far its author trusts it.
    pub state: rule::State,
    /// What the run says of it.
    pub totals: screening::RuleTotals,
    /// A few of its hits where it is on trial.
    pub sample: Vec<Hit>,
}

/// A run of screening, as it is handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its name, from data and rules.
    pub name: String,
    /// Version of the data.
    pub data_version: u64,
    /// Months of settlement it read, in order.
    pub months: Vec<Month>,
    /// Lines it read.
    pub lines: u64,
    /// Sum of their amounts.
    pub amount: Fen,
    /// Deliveries of its months.
    pub deliveries: Vec<screening::Delivery>,
    /// Every rule of the catalogue, also those that it did not run.
    pub rules: Vec<GivenRule>,
}

/// Sums over hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Hits.
    pub hits: u64,
    /// Amount in question.
    pub amount: Fen,
}

impl Sum {
    /// The sum of hits.
    pub fn of<'a>(hits: impl IntoIterator<Item = &'a Hit>) -> Self {
        hits.into_iter().fold(Self::default(), |sum, hit| sum.plus(Self { hits: 1, amount: hit.amount }))
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self { hits: self.hits + other.hits, amount: Fen::new(self.amount.fen().saturating_add(other.amount.fen())) }
    }
}

/// Hits by month and rule.
pub(crate) fn by_month_and_rule(hits: Vec<Hit>) -> BTreeMap<Month, BTreeMap<String, Vec<Hit>>> {
    let mut groups: BTreeMap<Month, BTreeMap<String, Vec<Hit>>> = BTreeMap::new();
    for hit in hits {
        groups.entry(Month::of(hit.day)).or_default().entry(hit.rule.clone()).or_default().push(hit);
    }
    groups
}

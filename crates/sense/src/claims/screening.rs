//! A run of screening that was handed to the loop (医保筛查): what was read, what was found, and where each hit went.

use super::{Month, Sum};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{InstitutionId, ScreeningId};
use xingjian_kernel::{DepartmentId, DivisionCode, Fen, Sensitivity, Timestamp};
use xingjian_store::{Head, Record, Table, tables};

/// Under which name a screening that has begun says how far it is ([`xingjian_store::under_way`]).
pub const SCREENING: &str = "claims.screening";

/// What a run says of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTotals {
    /// Hits.
    #[serde(flatten)]
    pub sum: Sum,
    /// What could not be judged because a value was missing.
    pub not_judged: u64,
}

/// One institution in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfInstitution {
    /// 定点医药机构编码.
    pub code: String,
    /// The institution of the registry that has this code.
    pub institution: Option<InstitutionId>,
    /// Its name, or none where it is not known.
    pub name: Option<String>,
    /// Hits that say 明确违规.
    pub definite: Sum,
    /// Hits that say 可疑.
    pub suspect: Sum,
}

impl OfInstitution {
    /// All hits.
    pub fn sum(&self) -> Sum {
        self.definite.plus(self.suspect)
    }
}

/// One rule in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfRule {
    /// The rule.
    pub rule: String,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Whether it is on trial.
    pub trial: bool,
    /// What it found.
    #[serde(flatten)]
    pub totals: RuleTotals,
}

/// Where the hits of a run went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Went {
    /// Signals opened.
    pub opened: u64,
    /// Signals that changed.
    pub changed: u64,
    /// Signals that stayed as they were.
    pub same: u64,
    /// Signals whose last hit fell away.
    pub withdrawn: u64,
    /// Hits that are new.
    pub added_hits: u64,
    /// Hits that stand no more.
    pub withdrawn_hits: u64,
}

/// Rows, and what they come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Sum of their amounts.
    pub amount: Fen,
}

impl Tally {
    /// The sum of several.
    pub fn sum(of: impl IntoIterator<Item = Self>) -> Self {
        of.into_iter().fold(Self::default(), |sum, one| Self {
            rows: sum.rows + one.rows,
            amount: Fen::new(sum.amount.fen().saturating_add(one.amount.fen())),
        })
    }
}

/// What became of the rows of one table of a delivery.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveredTable {
    /// The table as people call it: `费用明细`.
    pub name: String,
    /// Whether its rows have amounts.
    pub has_amounts: bool,
    /// Read.
    pub read: Tally,
    /// Stored in the month.
    pub stored: Tally,
    /// Stored in the month of their visit.
    pub carried: Tally,
    /// The same as another row.
    pub duplicates: Tally,
    /// Void at their source.
    pub void: Tally,
    /// Set aside.
    pub set_aside: Tally,
    /// 缺项: columns that the files did not have.
    pub missing: Vec<String>,
}

impl DeliveredTable {
    /// Where rows went that were not stored in the month, by what it is called.
    pub fn elsewhere(&self) -> [(&'static str, Tally); 4] {
        [("并入他月", self.carried), ("重复", self.duplicates), ("作废", self.void), ("搁置", self.set_aside)]
    }

    /// Whether every row that was read became one thing, to the fen.
    pub fn reconciles(&self) -> bool {
        Tally::sum(self.elsewhere().map(|(_, tally)| tally).into_iter().chain([self.stored])) == self.read
    }
}

/// The delivery that a month of claims came with last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The month.
    pub month: Month,
    /// Merged into the month, instead of taking its place.
    pub late: bool,
    /// What became of its rows, table by table.
    pub tables: Vec<DeliveredTable>,
    /// Fee lines that the month has now.
    pub lines: Tally,
}

/// A run of screening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Screening {
    /// The id.
    pub id: ScreeningId,
    /// Its name, from data and rules: 32 hexadecimal digits.
    pub name: String,
    /// Version of the data it read.
    pub data_version: u64,
    /// Months of settlement it read.
    pub months: Vec<Month>,
    /// Lines it read.
    pub lines: u64,
    /// Sum of their amounts.
    pub amount: Fen,
    /// Deliveries of its months; none of months that were made up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
    /// Rules it ran.
    pub rules: u64,
    /// Rules with hits, or with something they could not judge.
    pub by_rule: Vec<OfRule>,
    /// Institutions with hits, the largest amount first.
    pub by_institution: Vec<OfInstitution>,
    /// Where the hits went.
    pub went: Went,
    /// Department that answers for it.
    pub department: DepartmentId,
    /// The city.
    pub division: DivisionCode,
    /// When it was handed over.
    pub created_at: Timestamp,
}

impl Screening {
    /// Hits of live rules.
    pub fn live(&self) -> Sum {
        self.by_rule.iter().filter(|rule| !rule.trial).fold(Sum::default(), |sum, rule| sum.plus(rule.totals.sum))
    }

    /// Hits of rules on trial; they go nowhere.
    pub fn trial(&self) -> Sum {
        self.by_rule.iter().filter(|rule| rule.trial).fold(Sum::default(), |sum, rule| sum.plus(rule.totals.sum))
    }

    /// Hits at institutions that the registry knows.
    pub fn placed(&self) -> Sum {
        self.by_institution
            .iter()
            .filter(|one| one.institution.is_some())
            .fold(Sum::default(), |sum, one| sum.plus(one.sum()))
    }

    /// Hits at institutions that the registry does not know by their code, which therefore became no signal.
    pub fn unplaced(&self) -> Sum {
        self.by_institution
            .iter()
            .filter(|one| one.institution.is_none())
            .fold(Sum::default(), |sum, one| sum.plus(one.sum()))
    }

    /// What could not be judged.
    pub fn not_judged(&self) -> u64 {
        self.by_rule.iter().map(|rule| rule.totals.not_judged).sum()
    }

    /// The months as a person reads them.
    pub fn period(&self) -> String {
        match self.months.as_slice() {
            [] => String::new(),
            [one] => one.to_string(),
            [first, .., last] => format!("{first}至{last}"),
        }
    }
}

impl Record for Screening {
    const TABLE: Table = tables::SCREENING;
    const FINAL: &'static [&'static str] = &["done"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: "done",
            owner: None,
            due: None,
            number: None,
            title: format!("医保筛查：{}", self.period()),
            search: self.name.clone(),
            created_at: self.created_at,
        }
    }
}

//! A run of screening that was handed to the loop (医保筛查): what was read, what was found, and where each hit went.

use super::{Month, Sum};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{InstitutionId, ScreeningId};
use xingjian_kernel::{DepartmentId, DivisionCode, Fen, Sensitivity, Timestamp};
use xingjian_store::{Head, Record, Table, tables};

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

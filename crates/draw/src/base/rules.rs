use crate::Rate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::{DepartmentId, LocalDate};

/// How many officers an inspection needs at least (行政处罚法第42条).
pub const FEWEST_OFFICERS: usize = 2;
/// Least share of seats that go to officers of the first line (一线监督员).
pub const FIRST_LINE: u32 = 700_000;

/// Objects of one grade and risk, and how often they are drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    /// Credit grade.
    pub grade: String,
    /// Class of risk; empty where the rates know none.
    pub risk: String,
    /// Rate.
    pub rate: Rate,
    /// Never fewer than so many, as far as there are so many.
    pub at_least: u32,
}

impl Stratum {
    /// The name that gets a ticket for rounding: `grade/risk`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.grade, self.risk)
    }
}

/// A seat in a team.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seat {
    /// The department whose officer takes it.
    pub department: DepartmentId,
    /// The specialty it needs, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
}

/// How a draw draws: part of what is published before the seed exists.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// First and last day of the visits.
    pub period: (LocalDate, LocalDate),
    /// Rates by grade and risk.
    pub strata: Vec<Stratum>,
    /// The seats of a team by kind of object. A joint draw has seats of every department in one team, so that there is
    /// one visit.
    pub seats: BTreeMap<String, Vec<Seat>>,
    /// What each department looks at during the visit.
    pub items: BTreeMap<DepartmentId, Vec<String>>,
    /// 交叉检查: nobody inspects what the own unit supervises.
    pub crossing: bool,
    /// Least share of seats for the first line.
    pub first_line: Rate,
    /// Most seats that one officer can get.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
    /// Most days of leave within the period with which an officer can still be drawn.
    pub leave_days: u32,
}

impl Rules {
    /// The stratum of objects of a grade and risk.
    pub fn stratum(&self, grade: &str, risk: &str) -> Option<usize> {
        self.strata.iter().position(|stratum| stratum.grade == grade && stratum.risk == risk)
    }

    /// The seats of a kind of object.
    pub fn seats_of(&self, kind: &str) -> &[Seat] {
        self.seats.get(kind).map_or(&[], Vec::as_slice)
    }
}

//! The law a case applies: the violation in one version, and what of it a case keeps.

use crate::fine::{FineFacts, lawful_range};
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::money::Fen;
use xingjian_policy::{Entry, Fine, PenaltyKind, Violation, ViolationActor};

/// A violation (案由) in the version that was applied. Kept by value, so that a case shows its own law for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Law {
    /// Id of the violation in the policy pack.
    pub violation: String,
    /// First day in force of the version.
    pub version: LocalDate,
    /// What is done.
    pub name: String,
    /// Article violated.
    pub violated: String,
    /// Article that penalises.
    pub clause: String,
    /// Who can commit it.
    pub actor: ViolationActor,
    /// Kinds of penalty without aggravation.
    pub penalties: Vec<PenaltyKind>,
    /// The fine.
    pub fine: Fine,
    /// What the article adds in serious circumstances.
    pub escalation: Option<String>,
}

impl Law {
    /// The law of an entry of the policy pack.
    pub fn of(entry: &Entry<Violation>) -> Self {
        Self {
            violation: entry.id.clone(),
            version: entry.from,
            name: entry.name.clone(),
            violated: entry.violated.clone(),
            clause: entry.penalty_clause.clone(),
            actor: entry.actor,
            penalties: entry.penalties.clone(),
            fine: entry.fine.clone(),
            escalation: entry.escalation.clone(),
        }
    }
}

/// Which version applies: that of the act, unless the version of the decision is lighter (从旧兼从轻, 行政处罚法第37条).
///
/// Lighter is the smaller greatest fine, then the smaller least fine, then a proper subset of the kinds of penalty. A
/// range that cannot be computed from the facts counts as no fine.
pub fn applicable<'a>(then: &'a Law, now: &'a Law, facts: &FineFacts) -> &'a Law {
    let money =
        |law: &Law| lawful_range(&law.fine, facts).map_or((Fen::ZERO, Fen::ZERO), |range| (range.max, range.min));
    let fewer =
        now.penalties.len() < then.penalties.len() && now.penalties.iter().all(|kind| then.penalties.contains(kind));
    match money(now).cmp(&money(then)) {
        std::cmp::Ordering::Less => now,
        std::cmp::Ordering::Equal if fewer && now.escalation.is_none() => now,
        _ => then,
    }
}

/// The act (违法行为) that a case is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The day it was done, or on which it began.
    pub began: LocalDate,
    /// Its last day, where it went on (连续或者继续状态).
    pub ended: Option<LocalDate>,
    /// The day the authority found it.
    pub discovered: LocalDate,
    /// Life, health or safety of citizens was at stake, with harmful consequences (行政处罚法第36条第1款).
    pub harmed_health: bool,
}

impl Act {
    /// The last day of the act: from it the limitation runs, and its law applies.
    pub fn last_day(&self) -> LocalDate {
        self.ended.unwrap_or(self.began)
    }

    /// Whether the two acts share a day.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.began <= other.last_day() && other.began <= self.last_day()
    }
}

/// The limitation of 行政处罚法第36条 for an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limitation {
    /// Two years, or five where health was harmed.
    pub years: i16,
    /// Last day on which finding the act was in time.
    pub last_day: LocalDate,
    /// The act was found too late.
    pub lapsed: bool,
}

/// Whether the act was found in time.
pub fn limitation(act: &Act) -> Limitation {
    let years = if act.harmed_health { 5 } else { 2 };
    let last_day = act.last_day().saturating_add(jiff::Span::new().years(years));
    Limitation { years, last_day, lapsed: act.discovered > last_day }
}

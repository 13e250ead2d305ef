//! An order to correct (责令限期改正) and what came of it. Where a fine needs 逾期不改正, time that passed proves
//! nothing: a re-check after the term must have found the act not corrected.

use super::breach::Breach;
use super::error::TransitionError;
use super::party::{FormerHandler, OfficerRef};
use serde::{Deserialize, Serialize};
use xingjian_kernel::LocalDate;
use xingjian_kernel::id::OfficerId;

/// An officer who re-checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checker {
    /// The officer's record.
    pub officer: OfficerId,
    /// Name.
    pub name: String,
}

/// A re-check that found the act not corrected (复查未改正).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRecheck {
    /// The day of the re-check.
    pub on: LocalDate,
    /// What was seen.
    pub facts: String,
    /// Who re-checked: two at least.
    pub officers: Vec<Checker>,
    /// Number of the order in the finding that was re-checked; `None` where the handlers re-checked for the case and
    /// stand for it with their signatures under the report.
    pub order: Option<String>,
}

/// An order to correct and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Last day for the correction.
    pub due: LocalDate,
    /// The day it was found done.
    pub done_on: Option<LocalDate>,
    /// The re-check that found it not done.
    pub recheck: Option<FailedRecheck>,
}

impl Correction {
    /// A re-check after the last day found that the order was not obeyed (逾期不改正).
    pub fn was_disobeyed(&self) -> bool {
        self.recheck.as_ref().is_some_and(|recheck| recheck.on > self.due)
    }

    /// The re-check was made by two, after the term, before the report, and agrees with the day of correction.
    pub(super) fn check(
        &self,
        handlers: &[OfficerRef],
        former: &[FormerHandler],
        today: LocalDate,
    ) -> Result<(), TransitionError> {
        if let Some(date) = self.done_on.filter(|day| *day > today) {
            return Err(TransitionError::FutureDate { what: "改正日期", date });
        }
        let Some(recheck) = &self.recheck else { return Ok(()) };
        TransitionError::text(&recheck.facts, "复查情况")?;
        if recheck.on > today {
            return Err(TransitionError::FutureDate { what: "复查日期", date: recheck.on });
        }
        if recheck.on <= self.due {
            return Err(Breach::RecheckTooEarly { on: recheck.on, due: self.due }.into());
        }
        if let Some(done) = self.done_on.filter(|done| *done <= recheck.on) {
            return Err(Breach::RecheckContradicted { on: recheck.on, done }.into());
        }
        let mut officers: Vec<OfficerId> = recheck.officers.iter().map(|checker| checker.officer).collect();
        officers.sort_unstable();
        officers.dedup();
        if recheck.order.is_none() {
            let of_case: Vec<OfficerId> =
                handlers.iter().chain(former.iter().map(|left| &left.officer)).map(|known| known.officer).collect();
            officers.retain(|officer| of_case.contains(officer));
        }
        if officers.len() < 2 {
            return Err(Breach::RecheckedAlone { given: officers.len() }.into());
        }
        Ok(())
    }
}

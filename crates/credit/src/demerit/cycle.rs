//! How points add up. A cycle of an institution begins with its last passed verification, or with the first points
//! in force; it runs for the months of the rule and is followed by the next. Where the rule lets no verification
//! clear points (physicians), only the first points begin a cycle, and it does not matter where they were earned.

use super::Demerit;
use crate::period::after;
use serde::Serialize;
use xingjian_kernel::LocalDate;
use xingjian_kernel::id::DemeritId;
use xingjian_policy::DemeritRule;

/// The cycle a day lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cycle {
    /// First day.
    pub from: LocalDate,
    /// First day of the next cycle.
    pub next: LocalDate,
    /// Points in force.
    pub points: u32,
    /// The records behind them, in the order they took effect.
    pub records: Vec<DemeritId>,
    /// Measures whose threshold is reached, ascending.
    pub reached: Vec<Reached>,
}

/// A threshold that is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// From this many points.
    pub points: u16,
    /// What follows.
    pub measure: String,
    /// The day the sum got there.
    pub on: LocalDate,
}

/// The cycle that `as_of` lies in; `None` where none is running: no points within its length, no verification.
/// `verified` are the days on which the institution passed its verification (校验).
pub fn cycle(rule: &DemeritRule, records: &[Demerit], verified: &[LocalDate], as_of: LocalDate) -> Option<Cycle> {
    let mut counted: Vec<(LocalDate, u16, DemeritId)> = records
        .iter()
        .filter(|record| record.target == rule.target)
        .filter_map(|record| record.in_force(as_of).map(|(on, points)| (on, points, record.id)))
        .collect();
    counted.sort_unstable();
    let from = start(rule, &counted, verified, as_of)?;
    let next = after(from, rule.cycle_months);
    counted.retain(|(on, _, _)| *on >= from);
    let mut sum = 0u32;
    let mut reached = vec![];
    for (on, points, _) in &counted {
        let before = sum;
        sum += u32::from(*points);
        let passed = rule.thresholds.iter().filter(|t| before < u32::from(t.points) && u32::from(t.points) <= sum);
        reached.extend(passed.map(|t| Reached { points: t.points, measure: t.measure.clone(), on: *on }));
    }
    reached.sort_by_key(|r| r.points);
    Some(Cycle { from, next, points: sum, records: counted.into_iter().map(|(_, _, id)| id).collect(), reached })
}

/// First day of the cycle that holds `as_of`.
fn start(
    rule: &DemeritRule,
    counted: &[(LocalDate, u16, DemeritId)],
    verified: &[LocalDate],
    as_of: LocalDate,
) -> Option<LocalDate> {
    let last_verified = verified.iter().copied().filter(|day| rule.cleared_by_verification && *day <= as_of).max();
    // After a verification cycles follow each other without a gap; otherwise each begins with its first points.
    let mut from = last_verified.or_else(|| counted.first().map(|(on, _, _)| *on))?;
    loop {
        let next = after(from, rule.cycle_months);
        if as_of < next || next <= from {
            return Some(from);
        }
        from = match last_verified {
            Some(_) => next,
            None => counted.iter().map(|(on, _, _)| *on).find(|on| *on >= next)?,
        };
    }
}

//! 逾期不改: only a re-check that found the act not corrected opens the fine.

use super::fixtures::*;
use crate::case::*;
use jiff::civil::date;
use xingjian_kernel::{Actor, LocalDate};
use xingjian_policy::Fine;

/// A law whose fine needs an order that was not obeyed in time.
fn only_after_the_term() -> Law {
    Law { fine: Fine::Fixed { min: yuan(2000), max: yuan(5000), only_after_deadline: true }, ..leasing() }
}

fn filed() -> Walk {
    Walk::of(Proposed { law: only_after_the_term(), ..proposed() }).filed().days(10)
}

fn checker(n: u8) -> Checker {
    Checker { officer: id(n), name: officer(n).name }
}

fn recheck(on: LocalDate, by: &[u8], order: Option<&str>) -> FailedRecheck {
    let officers = by.iter().map(|n| checker(*n)).collect();
    FailedRecheck { on, facts: "警示标识仍未设置".into(), officers, order: order.map(Into::into) }
}

fn reported(correction: Correction) -> Action {
    Action::ReportInvestigation(Report { correction: Some(correction), ..report(0) })
}

/// What becomes of the report, or of the fine that follows from it.
fn fined(by: &Actor, correction: Correction) -> &'static str {
    let walk = filed();
    if let Err(error) = walk.attempt(by, reported(correction.clone()), |_| {}) {
        return error.code();
    }
    let walk = walk.act(by, reported(correction));
    let tried = walk.attempt(by, deliberation(plan(3000, "一般", 0)), |_| {});
    tried.map_or_else(|error| error.code(), |case| case.state.name())
}

#[test]
fn lapse_of_time_alone_opens_no_fine() {
    let (due, after) = (date(2026, 3, 5), date(2026, 3, 10));
    let found = |recheck| fined(&first(), Correction { due, done_on: None, recheck });
    assert_eq!(found(None), "no_fine", "seven days after the term, but nobody looked");
    assert_eq!(found(Some(recheck(after, &[1, 2], None))), "deliberated");
    assert_eq!(found(Some(recheck(after, &[2, 3], Some("演示责改〔2026〕1号")))), "deliberated");
    assert_eq!(fined(&first(), Correction { due, done_on: Some(after), recheck: None }), "no_fine");
}

#[test]
fn the_recheck_lies_between_the_term_and_the_report_and_is_made_by_two() {
    let (due, after) = (date(2026, 3, 5), date(2026, 3, 10));
    let with = |recheck| fined(&first(), Correction { due, done_on: None, recheck: Some(recheck) });
    assert_eq!(with(recheck(due, &[1, 2], None)), "recheck_too_early");
    assert_eq!(with(recheck(date(2026, 3, 13), &[1, 2], None)), "future_date");
    assert_eq!(with(recheck(after, &[1, 1], None)), "rechecked_alone");
    assert_eq!(with(recheck(after, &[1, 3], None)), "rechecked_alone", "the third does not handle the case");
    assert_eq!(with(recheck(after, &[1], Some("演示责改〔2026〕1号"))), "rechecked_alone");
    assert_eq!(with(FailedRecheck { facts: " ".into(), ..recheck(after, &[1, 2], None) }), "missing");
    let done = |day| Correction { due, done_on: Some(day), recheck: Some(recheck(after, &[1, 2], None)) };
    assert_eq!(fined(&first(), done(after)), "recheck_contradicted");
    assert_eq!(fined(&first(), done(date(2026, 3, 11))), "deliberated", "corrected later, but late it was");
}

//! The second phase: what the visits of all patients show about a doctor or an institution.

use super::outcome::{Found, LineRef, Outcome};
use super::patient::day_of;
use crate::plan::{Plan, VisitRule};
use crate::rule::Test;
use std::collections::BTreeMap;

/// One outpatient visit, as the second phase needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub doctor: i32,
    pub begin: i64,
    pub institution: i32,
    /// Number of the patient within the bucket.
    pub person: u32,
    pub visit: LineRef,
}

/// Totals of visits by institution and month (counted from year 0).
pub(crate) type MonthTotals = BTreeMap<(i32, i64), i64>;

/// An event and its bucket.
type Placed = (Event, u16);

pub(super) fn close(plan: &Plan, outcome: &mut Outcome) {
    let mut events: Vec<Placed> = Vec::new();
    let mut totals = MonthTotals::new();
    for (number, bucket) in (0u16..).zip(&mut outcome.buckets) {
        events.extend(std::mem::take(&mut bucket.events).into_iter().map(|event| (event, number)));
        for (key, total) in std::mem::take(&mut bucket.totals) {
            *totals.entry(key).or_default() += total;
        }
    }
    events.sort_unstable_by_key(|(event, bucket)| (event.doctor, event.begin, event.institution, *bucket, event.visit));
    for rule in &plan.visit_rules {
        match plan.test(rule.rule) {
            Test::DoctorLoad { patients_a_day } => load(rule, &events, *patients_a_day, outcome),
            Test::DoctorTwoPlaces { within_minutes } => two_places(rule, &events, *within_minutes, outcome),
            Test::Growth { percent, at_least_fen } => growth(rule, &totals, *percent, *at_least_fen, outcome),
            _ => {}
        }
    }
}

/// More different patients on a day than one doctor can see.
fn load(rule: &VisitRule, events: &[Placed], at_most: u16, outcome: &mut Outcome) {
    for day in events.chunk_by(|(a, _), (b, _)| a.doctor == b.doctor && day_of(a.begin) == day_of(b.begin)) {
        let mut people: Vec<(u16, u32)> = day.iter().map(|(event, bucket)| (*bucket, event.person)).collect();
        people.sort_unstable();
        people.dedup();
        if people.len() > usize::from(at_most) {
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            let (first, bucket) = day[0];
            push(rule, outcome, day_of(first.begin), [i64::from(first.doctor), count, i64::from(at_most)], bucket);
        }
    }
}

/// Visits of one doctor in two institutions, begun less than so many minutes apart; one hit for each change of place.
fn two_places(rule: &VisitRule, events: &[Placed], minutes: u16, outcome: &mut Outcome) {
    for two in events.windows(2) {
        let [(first, _), (second, bucket)] = two else { unreachable!("windows of two") };
        let apart = second.begin - first.begin;
        if first.doctor == second.doctor
            && first.institution != second.institution
            && apart < i64::from(minutes) * 60_000
        {
            let values = [i64::from(second.doctor), i64::from(first.institution), i64::from(second.institution)];
            push(rule, outcome, day_of(second.begin), values, *bucket);
        }
    }
}

/// A month whose total is so many percent of the month before, and so much at least.
fn growth(rule: &VisitRule, totals: &MonthTotals, percent: u16, at_least: i64, outcome: &mut Outcome) {
    for ((institution, month), total) in totals {
        let Some(before) = totals.get(&(*institution, month - 1)).filter(|before| **before > 0) else { continue };
        if *total >= at_least && i128::from(*total) * 100 >= i128::from(*before) * i128::from(percent) {
            let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MAX);
            let first = jiff::civil::date(year, i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1), 1);
            let day = crate::plan::compile::day_number(first);
            push(rule, outcome, day, [i64::from(*institution), *total, *before], 0);
        }
    }
}

fn push(rule: &VisitRule, outcome: &mut Outcome, day: i32, values: [i64; 3], bucket: u16) {
    if rule.from <= day && day <= rule.until {
        let found = Found { rule: rule.rule, day, values, amount: 0, lines: &[], visits: &[] };
        outcome.buckets[usize::from(bucket)].push(u32::MAX, &found);
    }
}

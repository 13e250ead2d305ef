//! The second phase: what the visits of all patients show about a doctor or an institution.

use super::outcome::{BucketHits, Found, Sink};
use super::spill::Spill;
use super::visit::{applies, month_of};
use crate::claims::{Error, NONE};
use crate::plan::compile::day_number;
use crate::plan::{Plan, VisitRule};
use crate::rule::Test;
use crate::spread;
use std::collections::BTreeMap;

/// One outpatient visit, as the second phase needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub doctor: i32,
    /// Begin, in minutes since the epoch.
    pub minute: i32,
    pub institution: i32,
    /// Number of the patient, different for each patient of a run.
    pub person: u32,
}

impl Event {
    const fn day(&self) -> i32 {
        self.minute.div_euclid(24 * 60)
    }
}

/// What visits come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Total {
    fen: i64,
    /// Visits whose total is not known.
    unknown: i64,
}

/// Totals of visits by institution and month (counted from year 0).
#[derive(Clone, Debug, Default)]
pub(crate) struct MonthTotals {
    /// By institution: the months it has, in no order.
    by_place: Vec<Vec<(i64, Total)>>,
    /// The day looked at last and its month.
    last: (i64, i64),
}

impl MonthTotals {
    pub(super) fn add(&mut self, institution: i32, moment: i64, total: Option<i64>) {
        let day = moment.div_euclid(86_400_000);
        if self.last.0 != day || self.last.1 == 0 {
            self.last = (day, month_of(moment));
        }
        let total = Total { fen: total.unwrap_or(0), unknown: i64::from(total.is_none()) };
        self.add_month(institution, self.last.1, total);
    }

    fn add_month(&mut self, institution: i32, month: i64, total: Total) {
        let Ok(place) = usize::try_from(institution) else { return };
        if self.by_place.len() <= place {
            self.by_place.resize(place + 1, Vec::new());
        }
        let months = &mut self.by_place[place];
        match months.iter_mut().rev().find(|known| known.0 == month) {
            Some((_, known)) => {
                known.fen += total.fen;
                known.unknown += total.unknown;
            }
            None => months.push((month, total)),
        }
    }

    fn into_sorted(self) -> BTreeMap<(i32, i64), Total> {
        let places = (0..).zip(self.by_place);
        places
            .flat_map(|(place, months)| months.into_iter().map(move |(month, total)| ((place, month), total)))
            .collect()
    }
}

/// What the second phase needs of buckets, as plain numbers: it may have been found on another machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Outpatient visits: doctor, minute they begin in, institution, number of the patient.
    pub visits: Vec<[i64; 4]>,
    /// Totals of visits: institution, month, fen, visits whose total is not known.
    pub totals: Vec<[i64; 4]>,
}

impl Evidence {
    /// What one bucket shows.
    pub fn of(found: &BucketHits) -> Self {
        let events = found.events.iter();
        let visit =
            |event: &Event| [event.doctor.into(), event.minute.into(), event.institution.into(), event.person.into()];
        let totals = found.totals.clone().into_sorted().into_iter();
        let total =
            |((institution, month), total): ((i32, i64), Total)| [institution.into(), month, total.fen, total.unknown];
        Self { visits: events.map(visit).collect(), totals: totals.map(total).collect() }
    }

    /// The visits as the second phase looks at them; none where a number is not one that a bucket gives.
    pub(super) fn events(&self) -> Option<Vec<Event>> {
        let code = |number: i64| i32::try_from(number).ok();
        let event = |[doctor, minute, institution, person]: &[i64; 4]| {
            let person = u32::try_from(*person).ok()?;
            Some(Event { doctor: code(*doctor)?, minute: code(*minute)?, institution: code(*institution)?, person })
        };
        self.visits.iter().map(event).collect()
    }

    /// Adds the totals to those of other buckets; none as for [`Self::events`].
    pub(super) fn add_totals(&self, totals: &mut MonthTotals) -> Option<()> {
        for [institution, month, fen, unknown] in &self.totals {
            let total = Total { fen: *fen, unknown: *unknown };
            totals.add_month(i32::try_from(*institution).ok()?, *month, total);
        }
        Some(())
    }
}

/// A hit about a doctor or an institution.
struct Draft {
    rule: u32,
    day: i32,
    values: [i64; 3],
    place: (i32, i32),
}

/// Closes what buckets left open: their visits lie in `spill`, their totals are taken. Says what rules could not judge.
pub(super) fn close<S: Sink>(
    plan: &Plan,
    buckets: &mut [BucketHits],
    spill: &Spill,
    threads: usize,
    sink: impl Fn() -> S + Sync,
) -> Result<Vec<(u32, u64)>, Error> {
    let mut totals = MonthTotals::default();
    for bucket in buckets {
        for ((institution, month), total) in std::mem::take(&mut bucket.totals).into_sorted() {
            totals.add_month(institution, month, total);
        }
    }
    let totals = totals.into_sorted();
    spread::over(spill.parts(), threads, |part| of_doctors(plan, &mut spill.read(part)?, sink()))?;
    let (mut drafts, mut not_judged) = (Vec::new(), Vec::new());
    for rule in &plan.visit_rules {
        if let Test::Growth { percent, at_least_fen } = &rule.test {
            not_judged.push((rule.rule, growth(rule, &totals, *percent, *at_least_fen, &mut drafts)));
        }
    }
    give(drafts, sink())?;
    Ok(not_judged)
}

/// Gives hits that belong to no patient.
fn give(drafts: Vec<Draft>, mut sink: impl Sink) -> Result<(), Error> {
    let mut hits = BucketHits::default();
    for Draft { rule, day, values, place } in drafts {
        let found = Found { rule, day, values, amount: 0, lines: &[], visits: &[] };
        hits.push(u32::MAX, place, &found);
        sink.take(&mut hits)?;
    }
    sink.end(&mut hits)
}

/// What all visits of some doctors show.
fn of_doctors(plan: &Plan, events: &mut [Event], sink: impl Sink) -> Result<(), Error> {
    events.sort_unstable_by_key(|event| (event.doctor, event.minute, event.institution));
    let mut drafts = Vec::new();
    for rule in &plan.visit_rules {
        match &rule.test {
            Test::DoctorLoad { patients_a_day } => load(rule, events, *patients_a_day, &mut drafts),
            Test::DoctorTwoPlaces { within_minutes } => two_places(rule, events, *within_minutes, &mut drafts),
            _ => {}
        }
    }
    give(drafts, sink)
}

/// More different patients on a day than one doctor can see.
fn load(rule: &VisitRule, events: &[Event], at_most: u16, drafts: &mut Vec<Draft>) {
    let mut people: Vec<u32> = Vec::new();
    for day in events.chunk_by(|a, b| a.doctor == b.doctor && a.day() == b.day()) {
        if day.len() <= usize::from(at_most) {
            continue;
        }
        people.clear();
        people.extend(day.iter().map(|event| event.person));
        people.sort_unstable();
        people.dedup();
        if people.len() > usize::from(at_most) {
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            let place = (day[0].institution, day[0].doctor);
            push(rule, day[0].day(), [i64::from(day[0].doctor), count, i64::from(at_most)], place, drafts);
        }
    }
}

/// Visits of one doctor in two institutions, begun less than so many minutes apart; one hit for each change of place.
fn two_places(rule: &VisitRule, events: &[Event], minutes: u16, drafts: &mut Vec<Draft>) {
    for two in events.windows(2) {
        let [first, second] = two else { unreachable!("windows of two") };
        let apart = second.minute - first.minute;
        if first.doctor == second.doctor && first.institution != second.institution && apart < i32::from(minutes) {
            let values = [i64::from(second.doctor), i64::from(first.institution), i64::from(second.institution)];
            push(rule, second.day(), values, (second.institution, second.doctor), drafts);
        }
    }
}

/// A month whose total is so many percent of the month before, and so much at least. Says how many months could not be judged: what is not
/// known of one of the two could make the difference.
fn growth(
    rule: &VisitRule,
    totals: &BTreeMap<(i32, i64), Total>,
    percent: u16,
    at_least: i64,
    drafts: &mut Vec<Draft>,
) -> u64 {
    let mut not_judged = 0;
    for ((institution, month), total) in totals {
        let known = |before: &&Total| before.fen > 0 || before.unknown > 0;
        let Some(before) = totals.get(&(*institution, month - 1)).filter(known) else { continue };
        let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MAX);
        let first = jiff::civil::date(year, i8::try_from(month.rem_euclid(12) + 1).unwrap_or(1), 1);
        let day = day_number(first);
        let grows =
            total.fen >= at_least && i128::from(total.fen) * 100 >= i128::from(before.fen) * i128::from(percent);
        // More in this month makes it grow the more, more in the month before the less.
        match (grows, before.unknown > 0, total.unknown > 0) {
            (true, false, _) => {
                push(rule, day, [i64::from(*institution), total.fen, before.fen], (*institution, NONE), drafts);
            }
            (true, true, _) | (false, _, true) if applies(rule, day) => not_judged += 1,
            _ => {}
        }
    }
    not_judged
}

fn push(rule: &VisitRule, day: i32, values: [i64; 3], place: (i32, i32), drafts: &mut Vec<Draft>) {
    if applies(rule, day) {
        drafts.push(Draft { rule: rule.rule, day, values, place });
    }
}

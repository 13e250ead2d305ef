//! Visits of one patient that do not go together. Visits come in order of begin, end and row.

use super::{Draft, VisitFacts, has_both_ends, month_of};
use crate::claims::NONE;
use crate::pass::patient::{Memory, NEVER, day_of};

const HOUR_MS: i64 = 3_600_000;

/// An outpatient visit that begins during a stay; the moments of admission and discharge do not count.
pub(super) fn during_stay(visits: &[VisitFacts], stays: &[&VisitFacts], add: &mut impl FnMut(Draft)) -> u64 {
    if stays.is_empty() {
        return 0;
    }
    let mut not_judged = stays.iter().filter(|stay| !has_both_ends(stay)).count() as u64;
    for visit in visits.iter().filter(|visit| visit.is_outpatient()) {
        if visit.begin == NEVER {
            not_judged += 1;
            continue;
        }
        let stay = stays.iter().find(|stay| has_both_ends(stay) && stay.begin < visit.begin && visit.begin < stay.end);
        if let Some(stay) = stay {
            add(Draft {
                day: visit.begin_day(),
                values: [i64::from(stay.begin_day()), i64::from(stay.end_day()), 0],
                amount: visit.amount(),
                visits: vec![stay.at, visit.at],
            });
        }
    }
    not_judged
}

/// Two outpatient visits of one day with the same drugs, so many at least; the later one is in question.
pub(super) fn same_prescription(
    visits: &[VisitFacts],
    drugs: impl Fn(&VisitFacts) -> Memory,
    at_least: u8,
    add: &mut impl FnMut(Draft),
) -> u64 {
    let known = || visits.iter().filter(|visit| visit.is_outpatient() && visit.begin != NEVER);
    // Most people are prescribed something once a day at most.
    if !known().zip(known().skip(1)).any(|(first, second)| first.begin_day() == second.begin_day()) {
        return 0;
    }
    let with_drugs: Vec<&VisitFacts> = known().filter(|visit| drugs(visit).count >= u32::from(at_least)).collect();
    for (at, second) in with_drugs.iter().enumerate() {
        let same = with_drugs[..at]
            .iter()
            .rev()
            .take_while(|first| first.begin_day() == second.begin_day())
            .find(|first| drugs(first) == drugs(second));
        if let Some(first) = same {
            add(Draft {
                day: second.begin_day(),
                values: [i64::from(drugs(second).count), i64::from(at_least), 0],
                amount: second.amount(),
                visits: vec![first.at, second.at],
            });
        }
    }
    0
}

/// Two visits that overlap in time in two cities; a visit that is no stay lasts an hour.
pub(super) fn two_cities(visits: &[VisitFacts], add: &mut impl FnMut(Draft)) -> u64 {
    // Nearly everybody stays in one city.
    let unknown = visits.iter().filter(|visit| visit.begin == NEVER || visit.city == NONE).count() as u64;
    if visits.iter().all(|visit| visit.city == visits[0].city) {
        return unknown;
    }
    let end = |visit: &VisitFacts| {
        if visit.is_stay() && visit.end != NEVER { visit.end } else { visit.begin.saturating_add(HOUR_MS) }
    };
    let known: Vec<&VisitFacts> = visits.iter().filter(|visit| visit.begin != NEVER && visit.city != NONE).collect();
    for (at, second) in known.iter().enumerate() {
        for first in known[..at].iter().filter(|first| first.city != second.city && end(first) > second.begin) {
            add(Draft {
                day: second.begin_day(),
                values: [i64::from(first.city), i64::from(second.city), 0],
                amount: second.amount(),
                visits: vec![first.at, second.at],
            });
        }
    }
    unknown
}

/// Outpatient visits in two institutions, begun within so many minutes.
pub(super) fn borrowed(visits: &[VisitFacts], minutes: u16, add: &mut impl FnMut(Draft)) -> u64 {
    let limit = i64::from(minutes) * 60_000;
    let known = || visits.iter().filter(|visit| visit.is_outpatient() && visit.begin != NEVER);
    // Whoever is never seen twice within that time is not seen in two places.
    if !known().zip(known().skip(1)).any(|(first, second)| second.begin - first.begin < limit) {
        return 0;
    }
    let known: Vec<&VisitFacts> = known().collect();
    for (at, second) in known.iter().enumerate() {
        let near = known[..at].iter().rev().take_while(|first| second.begin - first.begin < limit);
        if let Some(first) = near.into_iter().find(|first| first.institution != second.institution) {
            add(Draft {
                day: second.begin_day(),
                values: [(second.begin - first.begin) / 60_000, i64::from(minutes), 0],
                amount: second.amount(),
                visits: vec![first.at, second.at],
            });
        }
    }
    0
}

/// Outpatient visits in so many institutions on one day.
pub(super) fn many_institutions(visits: &[VisitFacts], at_least: u8, add: &mut impl FnMut(Draft)) -> u64 {
    if visits.len() < usize::from(at_least) {
        return 0;
    }
    let known: Vec<&VisitFacts> = visits.iter().filter(|visit| visit.is_outpatient() && visit.begin != NEVER).collect();
    for day in known.chunk_by(|a, b| a.begin_day() == b.begin_day()).filter(|day| day.len() >= usize::from(at_least)) {
        let mut institutions: Vec<i32> = day.iter().map(|visit| visit.institution).collect();
        institutions.sort_unstable();
        institutions.dedup();
        if institutions.len() >= usize::from(at_least) {
            add(Draft {
                day: day[0].begin_day(),
                values: [i64::try_from(institutions.len()).unwrap_or(i64::MAX), i64::from(at_least), 0],
                amount: day.iter().map(|visit| visit.amount()).sum(),
                visits: day.iter().map(|visit| visit.at).collect(),
            });
        }
    }
    0
}

/// More spent on outpatient visits in a calendar month than the limit; what lies above it is in question.
pub(super) fn monthly_total(visits: &[VisitFacts], at_most: i64, add: &mut impl FnMut(Draft)) -> u64 {
    // Whoever spends no more in all spends no more in a month, if all is known.
    let is_unknown = |visit: &VisitFacts| visit.is_outpatient() && visit.total.is_none();
    if visits.iter().map(|visit| visit.amount().max(0)).sum::<i64>() <= at_most && !visits.iter().any(is_unknown) {
        return 0;
    }
    let mut not_judged = 0;
    let known: Vec<&VisitFacts> = visits.iter().filter(|visit| visit.is_outpatient() && visit.begin != NEVER).collect();
    for month in known.chunk_by(|a, b| month_of(a.begin) == month_of(b.begin)) {
        let total: i64 = month.iter().map(|visit| visit.amount()).sum();
        if total > at_most {
            add(Draft {
                day: day_of(month[month.len() - 1].begin),
                values: [total, at_most, 0],
                amount: total - at_most,
                visits: month.iter().map(|visit| visit.at).collect(),
            });
        } else if month.iter().any(|visit| visit.total.is_none()) {
            not_judged += 1;
        }
    }
    not_judged
}

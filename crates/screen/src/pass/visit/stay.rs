//! Stays of one patient. Stays come in order of begin, end and row.

use super::{Draft, VisitFacts, has_both_ends, is_excepted};
use crate::claims::NONE;
use crate::pass::patient::{NEVER, day_of};

/// A stay without an attending physician.
pub(super) fn missing_physician(stays: &[&VisitFacts], add: &mut impl FnMut(Draft)) -> u64 {
    let mut not_judged = 0;
    for stay in stays.iter().filter(|stay| stay.doctor == NONE) {
        if stay.begin == NEVER {
            not_judged += 1;
            continue;
        }
        add(Draft { day: stay.begin_day(), values: [0; 3], amount: stay.amount(), visits: vec![stay.at] });
    }
    not_judged
}

/// Two stays at the same time; the smaller total is in question.
pub(super) fn overlapping(stays: &[&VisitFacts], add: &mut impl FnMut(Draft)) -> u64 {
    let known: Vec<&&VisitFacts> = stays.iter().filter(|stay| has_both_ends(stay)).collect();
    for (at, first) in known.iter().enumerate() {
        for second in known[at + 1..].iter().take_while(|second| second.begin < first.end) {
            if first.begin < second.end {
                let shared = first.end.min(second.end) - second.begin;
                add(Draft {
                    day: second.begin_day(),
                    values: [shared / 60_000, 0, 0],
                    amount: first.amount().min(second.amount()),
                    visits: vec![first.at, second.at],
                });
            }
        }
    }
    (stays.len() - known.len()) as u64
}

/// A stay that begins within so many days after the one before ended, for the same disease (the same three-character category); where
/// `same` is set, in the same institution.
pub(super) fn again(
    stays: &[&VisitFacts],
    within: u16,
    same: bool,
    except: &[bool],
    add: &mut impl FnMut(Draft),
) -> u64 {
    let mut not_judged = 0;
    for (at, second) in stays.iter().enumerate() {
        if second.begin == NEVER || second.diagnosis == NONE {
            not_judged += 1;
            continue;
        }
        let before = stays[..at]
            .iter()
            .filter(|first| has_both_ends(first) && (!same || first.institution == second.institution))
            .max_by_key(|first| (first.end, first.at));
        let Some(first) = before else { continue };
        let days = second.begin_day() - first.end_day();
        if (0..=i32::from(within)).contains(&days)
            && first.category != NONE
            && first.category == second.category
            && !is_excepted(except, second)
        {
            add(Draft {
                day: second.begin_day(),
                values: [i64::from(days), i64::from(within), i64::from(second.diagnosis)],
                amount: second.amount(),
                visits: vec![first.at, second.at],
            });
        }
    }
    not_judged
}

/// From one institution to another and back, each time within so many days.
pub(super) fn ping_pong(stays: &[&VisitFacts], within: u16, add: &mut impl FnMut(Draft)) -> u64 {
    let known: Vec<&&VisitFacts> = stays.iter().filter(|stay| has_both_ends(stay)).collect();
    for three in known.windows(3) {
        let gap = |a: &VisitFacts, b: &VisitFacts| b.begin_day() - day_of(a.end);
        let near = |a, b| (0..=i32::from(within)).contains(&gap(a, b));
        let [first, second, third] = three else { unreachable!("windows of three") };
        if first.institution == third.institution
            && first.institution != second.institution
            && near(first, second)
            && near(second, third)
        {
            add(Draft {
                day: third.begin_day(),
                values: [i64::from(gap(first, second)), i64::from(gap(second, third)), i64::from(within)],
                amount: third.amount(),
                visits: vec![first.at, second.at, third.at],
            });
        }
    }
    (stays.len() - known.len()) as u64
}

/// A stay with no more than bed and nursing on most of its days.
pub(super) fn empty_bed(
    stays: &[&VisitFacts],
    active_days: impl Fn(&VisitFacts) -> u32,
    min_days: u16,
    percent: u8,
    add: &mut impl FnMut(Draft),
) -> u64 {
    let mut not_judged = 0;
    for stay in stays {
        if !has_both_ends(stay) {
            not_judged += 1;
            continue;
        }
        let days = i64::from((stay.end_day() - stay.begin_day()).max(1));
        let idle = (days - i64::from(active_days(stay))).max(0);
        if days >= i64::from(min_days) && idle * 100 >= days * i64::from(percent) {
            add(Draft {
                day: stay.begin_day(),
                values: [idle, days, i64::from(percent)],
                amount: stay.amount(),
                visits: vec![stay.at],
            });
        }
    }
    not_judged
}

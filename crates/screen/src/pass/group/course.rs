//! What lines of a patient show over days and weeks, in all institutions together: the limits are on the person.

use super::{Draft, Part, Scene, amount_of, amount_of_last, lines_of, quantity_of, runs};

/// The days of use in order, each with its lines; days that refunds leave without use are none.
fn days_of(parts: &[Part]) -> Vec<&[Part]> {
    parts.chunk_by(|a, b| a.touch.day == b.touch.day).filter(|day| quantity_of(*day) > 0).collect()
}

fn count(days: usize) -> i64 {
    i64::try_from(days).unwrap_or(i64::MAX)
}

/// Courses: runs of days without a pause longer than `gap` days.
fn courses<'a, 'b>(days: &'b [&'a [Part]], gap: u16) -> impl Iterator<Item = &'b [&'a [Part]]> {
    days.chunk_by(move |a, b| b[0].touch.day - a[0].touch.day <= i32::from(gap))
}

/// Of the days beyond a limit those of the version.
fn beyond(scene: &Scene<'_>, days: &[&[Part]], values: [i64; 3]) -> Option<Draft> {
    let own = days.iter().flat_map(|day| day.iter()).filter(|part| scene.is_own(part.touch.day));
    let lines: Vec<Part> = own.copied().collect();
    let day = lines.first()?.touch.day;
    Some(Draft { day, values, amount: amount_of(&lines), lines: lines_of(&lines), visit: None })
}

/// More days of use in a course than are paid; the days beyond are in question.
pub(super) fn days(scene: &Scene<'_>, at_most: u16, gap: u16, drafts: &mut Vec<Draft>) {
    let days = days_of(scene.parts);
    for course in courses(&days, gap) {
        if course.len() > usize::from(at_most) {
            let values = [count(course.len()), i64::from(at_most), i64::from(course[0][0].touch.day)];
            drafts.extend(beyond(scene, &course[usize::from(at_most)..], values));
        }
    }
}

/// Use in a course later than so many days from the first.
pub(super) fn span(scene: &Scene<'_>, at_most: u16, gap: u16, drafts: &mut Vec<Draft>) {
    let days = days_of(scene.parts);
    for course in courses(&days, gap) {
        let first = course[0][0].touch.day;
        let inside = course.partition_point(|day| day[0].touch.day - first < i32::from(at_most));
        if inside < course.len() {
            let last = course[course.len() - 1][0].touch.day;
            let values = [i64::from(last - first + 1), i64::from(at_most), i64::from(first)];
            drafts.extend(beyond(scene, &course[inside..], values));
        }
    }
}

/// More days of use in one stay than are paid; the days beyond are in question.
pub(super) fn stay_days(scene: &Scene<'_>, at_most: u16, drafts: &mut Vec<Draft>) {
    let is_stay = |part: &&Part| scene.visits[part.touch.visit as usize].is_stay();
    let mut parts: Vec<Part> = scene.parts.iter().filter(is_stay).copied().collect();
    parts.sort_by_key(|part| part.touch.visit);
    for stay in runs(&parts, |part| part.touch.visit) {
        let days = days_of(stay);
        if days.len() > usize::from(at_most) {
            let values = [count(days.len()), i64::from(at_most), i64::from(days[0][0].touch.day)];
            drafts.extend(beyond(scene, &days[usize::from(at_most)..], values));
        }
    }
}

/// More units within so many days up to a day of use than are paid.
pub(super) fn cycle(scene: &Scene<'_>, at_most: u16, length: u16, drafts: &mut Vec<Draft>) {
    let days = days_of(scene.parts);
    let allowed = i64::from(at_most) * 10_000;
    let mut begin = 0;
    for (at, day) in days.iter().enumerate() {
        while day[0].touch.day - days[begin][0].touch.day >= i32::from(length) {
            begin += 1;
        }
        let sum: i64 = days[begin..=at].iter().map(|day| quantity_of(*day)).sum();
        if sum > allowed && scene.is_own(day[0].touch.day) {
            let own = quantity_of(*day);
            let lines: Vec<Part> = days[begin..=at].iter().flat_map(|day| day.iter()).copied().collect();
            drafts.push(Draft {
                day: day[0].touch.day,
                values: [sum, allowed, i64::from(length)],
                amount: amount_of_last(day, (sum - allowed).min(own)),
                lines: lines_of(&lines),
                visit: None,
            });
        }
    }
}

/// A supply while more than so many days are still in hand.
pub(super) fn supply(scene: &Scene<'_>, at_most: u16, drafts: &mut Vec<Draft>) {
    let mut covered_until = i32::MIN;
    for day in days_of(scene.parts) {
        let today = day[0].touch.day;
        let supplied: i32 =
            day.iter().filter(|part| part.touch.quantity > 0).map(|part| part.touch.supply_days.max(0)).sum();
        if supplied == 0 {
            continue;
        }
        let in_hand = covered_until.saturating_sub(today);
        if in_hand > i32::from(at_most) && scene.is_own(today) {
            drafts.push(Draft {
                day: today,
                values: [i64::from(in_hand), i64::from(at_most), i64::from(supplied)],
                amount: amount_of(day),
                lines: lines_of(day),
                visit: None,
            });
        }
        covered_until = covered_until.max(today) + supplied;
    }
}

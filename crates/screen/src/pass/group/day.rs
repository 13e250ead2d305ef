//! What lines of one day show together, in one institution.

use super::{Draft, Part, Scene, above_share, amount_of, amount_of_last, lines_of, quantity_of, runs};

fn by_institution_and_day(parts: &[Part]) -> Vec<Part> {
    let mut parts = parts.to_vec();
    parts.sort_by_key(|part| (part.institution, part.touch.day));
    parts
}

/// More units on a day than allowed.
pub(super) fn quantity(scene: &Scene<'_>, at_most: i64, drafts: &mut Vec<Draft>) {
    let parts = by_institution_and_day(scene.parts);
    for day in runs(&parts, |part| (part.institution, part.touch.day)) {
        let sum = quantity_of(day);
        if sum > at_most {
            drafts.push(Draft {
                day: day[0].touch.day,
                values: [sum, at_most, 0],
                amount: amount_of_last(day, sum - at_most),
                lines: lines_of(day),
                visit: None,
            });
        }
    }
}

/// More charges on a day than allowed; the later ones are in question.
pub(super) fn count(scene: &Scene<'_>, at_most: u32, drafts: &mut Vec<Draft>) {
    let parts = by_institution_and_day(scene.parts);
    for day in runs(&parts, |part| (part.institution, part.touch.day)) {
        let charged: Vec<Part> = day.iter().filter(|part| part.touch.quantity > 0).copied().collect();
        let allowed = at_most as usize;
        if charged.len() > allowed {
            drafts.push(Draft {
                day: day[0].touch.day,
                values: [i64::try_from(charged.len()).unwrap_or(i64::MAX), i64::from(at_most), 0],
                amount: amount_of(&charged[allowed..]),
                lines: lines_of(&charged),
                visit: None,
            });
        }
    }
}

/// So many different parts of one service on a day; all but the dearest are in question.
pub(super) fn decomposed(scene: &Scene<'_>, at_least: u8, drafts: &mut Vec<Draft>) {
    let parts = by_institution_and_day(scene.parts);
    for day in runs(&parts, |part| (part.institution, part.touch.day)) {
        let charged: Vec<Part> = day.iter().filter(|part| part.touch.quantity > 0).copied().collect();
        let mut items: Vec<i32> = charged.iter().map(|part| part.touch.item).collect();
        items.sort_unstable();
        items.dedup();
        if items.len() >= usize::from(at_least) {
            let dearest = charged.iter().map(|part| part.touch.amount).max().unwrap_or(0);
            drafts.push(Draft {
                day: day[0].touch.day,
                values: [i64::try_from(items.len()).unwrap_or(i64::MAX), i64::from(at_least), 0],
                amount: amount_of(&charged) - dearest,
                lines: lines_of(&charged),
                visit: None,
            });
        }
    }
}

/// The second and later operations of a group on a day of a visit, dearest first, at more than a share of the price limit.
pub(super) fn discount(scene: &Scene<'_>, percent: u8, drafts: &mut Vec<Draft>) -> u64 {
    let mut parts: Vec<Part> = scene.parts.iter().filter(|part| part.touch.quantity > 0).copied().collect();
    parts.sort_by_key(|part| {
        (part.touch.visit, part.touch.day, std::cmp::Reverse(part.touch.price), part.touch.item, part.touch.line)
    });
    let mut not_judged = 0;
    for day in runs(&parts, |part| (part.touch.visit, part.touch.day)) {
        let mut seen = vec![day[0].touch.item];
        for part in &day[1..] {
            if seen.contains(&part.touch.item) {
                continue;
            }
            seen.push(part.touch.item);
            if part.touch.price_limit == 0 {
                not_judged += 1;
            } else if part.touch.price * 100 > part.touch.price_limit * i64::from(percent) {
                drafts.push(Draft {
                    day: part.touch.day,
                    values: [part.touch.price, part.touch.price_limit, i64::from(percent)],
                    amount: above_share(&part.touch, percent),
                    lines: vec![part.touch.line],
                    visit: Some(scene.visits[part.touch.visit as usize].at),
                });
            }
        }
    }
    not_judged
}

/// Nothing else of the field beside these on a day of a visit.
pub(super) fn alone(scene: &Scene<'_>, drafts: &mut Vec<Draft>) {
    let mut parts: Vec<Part> = scene.parts.iter().filter(|part| part.touch.quantity > 0).copied().collect();
    parts.sort_by_key(|part| (part.touch.visit, part.touch.day));
    for day in runs(&parts, |part| (part.touch.visit, part.touch.day)) {
        if day.iter().all(|part| part.role == 0) {
            drafts.push(Draft {
                day: day[0].touch.day,
                values: [i64::try_from(day.len()).unwrap_or(i64::MAX), 0, 0],
                amount: amount_of(day),
                lines: lines_of(day),
                visit: Some(scene.visits[day[0].touch.visit as usize].at),
            });
        }
    }
}

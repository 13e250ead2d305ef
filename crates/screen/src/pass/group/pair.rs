//! Charges that exclude or require each other.

use super::{Draft, Part, Scene, amount_of, lines_of, moment, runs};
use crate::rule::Window;
use crate::rule::kind::NOT_APPLICABLE;

/// A contained item charged beside the one that contains it. Returns the contained lines without a time, for windows of hours.
pub(super) fn charged_together(scene: &Scene<'_>, window: Window, drafts: &mut Vec<Draft>) -> u64 {
    if let Some(seconds) = window.seconds() {
        return within_hours(scene, seconds * 1000, drafts);
    }
    for place in places(scene, window) {
        let (mut contained, containing): (Vec<Part>, Vec<Part>) = place.iter().partition(|part| part.role == 1);
        contained.retain(|part| scene.is_own(part.touch.day));
        if contained.is_empty() || containing.is_empty() {
            continue;
        }
        drafts.push(Draft {
            day: contained[0].touch.day,
            values: [count(&containing), count(&contained), NOT_APPLICABLE],
            amount: amount_of(&contained),
            lines: lines_of(containing.iter().chain(&contained)),
            visit: None,
        });
    }
    0
}

/// Each contained line less than so many milliseconds from a containing one of the institution; the nearest is named, the earlier
/// one of two equally near.
fn within_hours(scene: &Scene<'_>, limit: i64, drafts: &mut Vec<Draft>) -> u64 {
    let mut not_judged = 0;
    let is_charged = |part: &&Part| part.role == 1 && part.touch.quantity > 0 && scene.is_own(part.touch.day);
    for contained in scene.parts.iter().filter(is_charged) {
        let Some(at) = moment(&contained.touch) else {
            not_judged += 1;
            continue;
        };
        let nearest = scene
            .parts
            .iter()
            .filter(|part| {
                part.role == 0
                    && part.touch.quantity > 0
                    && part.institution == contained.institution
                    && part.touch.line != contained.touch.line
            })
            .filter_map(|part| moment(&part.touch).map(|moment| ((moment - at).abs(), moment, part)))
            .filter(|(apart, _, _)| *apart < limit)
            .min_by_key(|(apart, moment, part)| (*apart, *moment, part.touch.line));
        if let Some((apart, _, containing)) = nearest {
            drafts.push(Draft {
                day: contained.touch.day,
                values: [1, 1, apart / 60_000],
                amount: contained.touch.amount,
                lines: vec![containing.touch.line, contained.touch.line],
                visit: None,
            });
        }
    }
    not_judged
}

/// Lines with none of the required companions in the same window.
pub(super) fn without_companion(scene: &Scene<'_>, window: Window, drafts: &mut Vec<Draft>) {
    for place in places(scene, window) {
        if place.iter().any(|part| part.role == 1) {
            continue;
        }
        let place: Vec<Part> = place.into_iter().filter(|part| scene.is_own(part.touch.day)).collect();
        if !place.is_empty() {
            drafts.push(Draft {
                day: place[0].touch.day,
                values: [count(&place), 0, 0],
                amount: amount_of(&place),
                lines: lines_of(&place),
                visit: None,
            });
        }
    }
}

/// Lines in force, by where the window puts them.
fn places(scene: &Scene<'_>, window: Window) -> Vec<Vec<Part>> {
    let key = |part: &Part| scene.window_key(window, part);
    let mut parts: Vec<Part> =
        scene.parts.iter().filter(|part| part.touch.quantity > 0 && key(part).is_some()).copied().collect();
    parts.sort_by_key(key);
    runs(&parts, key).map(<[Part]>::to_vec).collect()
}

fn count(parts: &[Part]) -> i64 {
    i64::try_from(parts.len()).unwrap_or(i64::MAX)
}

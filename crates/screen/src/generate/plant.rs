//! Planted violations: people of their own, each of whom breaks one rule once, and the truth about it.

use super::dice::Dice;
use super::person::{DAY_MS, keeps};
use super::{MadeLine, MadeVisit, World};
use crate::national::level_rank;
use crate::plan::Registrations;
use crate::rule::{Test, Window};
use serde::{Deserialize, Serialize};

mod scene;

/// What was planted: the hit that must be found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Truth {
    /// The rule that is broken.
    pub rule: String,
    /// 人员编号; none for rules about a doctor or an institution.
    pub person: Option<String>,
    /// Day of the hit.
    pub day: i32,
}

/// The visits of a planted violation, and its truth.
#[derive(Clone, Debug)]
pub struct Planted {
    /// The truth; none where the rule cannot be broken alone in this city, with the reason.
    pub truth: Result<Truth, (String, &'static str)>,
    /// The visits.
    pub visits: Vec<MadeVisit>,
    /// Doctors of their own, and their registrations.
    pub doctors: Vec<(String, Registrations)>,
}

/// Plants the violation of a number.
pub(super) fn plant(world: &World<'_>, number: u32) -> Planted {
    let rules = u32::try_from(world.rules.len()).expect("fewer rules than people");
    let mut dice = Dice::new(world.recipe.seed, (1 << 40) + u64::from(number));
    let at = number % rules;
    let mut scene = scene::Scene::new(world, number, at, &mut dice);
    match scene.play() {
        Ok(day) => {
            let rule = &world.rules[at as usize];
            let alone =
                !matches!(rule.test, Test::DoctorLoad { .. } | Test::DoctorTwoPlaces { .. } | Test::Growth { .. });
            let person = alone.then(|| scene.person(0));
            let truth = Ok(Truth { rule: rule.id.clone(), person, day });
            Planted { truth, visits: scene.visits, doctors: scene.doctors }
        }
        Err(reason) => {
            let truth = Err((world.rules[at as usize].id.clone(), reason));
            Planted { truth, visits: Vec::new(), doctors: Vec::new() }
        }
    }
}

/// Whether these items can be used as one likes without breaking another rule about several lines: none of them is in one, but for
/// pairs whose other side is not among them. Rules that hold on no day of the scene do not count.
fn are_free(world: &World<'_>, items: &[u32], target: u32, days: (i32, i32)) -> bool {
    let others = |item: &u32| {
        let item = world.items.get(*item);
        let holds = |rule: &u32| world.holds(*rule, days.0) || world.holds(*rule, days.1);
        let all = item.rules.iter().chain(item.beside.iter().filter(|rule| world.is_bound_beside(**rule)));
        all.copied().filter(|rule| *rule != target && holds(rule)).collect::<Vec<_>>()
    };
    let all: Vec<u32> = items.iter().flat_map(others).collect();
    all.iter().all(|rule| match &world.rules[*rule as usize].test {
        Test::Pair { .. } => {
            let side = |list: fn(&super::items::Item) -> &Vec<u32>| {
                items.iter().any(|item| list(world.items.get(*item)).contains(rule))
            };
            !(side(|item| &item.rules) && side(|item| &item.beside))
        }
        test => !test.is_about_lines_together(),
    })
}

/// Gives a visit of these items the sex, age, insurance, way of care and level that break `target` and keep every other rule about one line.
fn fit(world: &World<'_>, visit: &mut MadeVisit, items: &[u32], target: Option<u32>, types: &[&'static str]) -> bool {
    let day = i32::try_from(visit.begin / DAY_MS).expect("days of this century");
    let rules: Vec<u32> = items.iter().flat_map(|item| world.items.get(*item).rules.iter().copied()).collect();
    for rule in rules.iter().filter(|rule| Some(**rule) != target) {
        if let Test::Indication { diagnoses } = &world.rules[*rule as usize].test {
            visit.diagnoses.extend(diagnoses.first().cloned());
        }
    }
    for medical_type in types {
        for insurance in ["310", "390", "410", "510"] {
            for level in ["02", "05", "08", "11"] {
                for sex in [1, 2] {
                    for age in [30 * 366, 10, 400, 10 * 366, 70 * 366] {
                        (visit.medical_type, visit.insurance, visit.level) = (medical_type, insurance, level);
                        (visit.sex, visit.birth) = (sex, day - age);
                        if rules.iter().all(|rule| keeps(world, *rule, visit, day) != (Some(*rule) == target)) {
                            return true;
                        }
                    }
                }
            }
        }
    }
    false
}

/// Whether a test is about one line and worked out by [`keeps`].
const fn is_judged_by_keeps(test: &Test) -> bool {
    matches!(
        test,
        Test::Sex { .. }
            | Test::Age { .. }
            | Test::Insurance { .. }
            | Test::Care { .. }
            | Test::Level { .. }
            | Test::Indication { .. }
    )
}

/// The cap of a price rule for a level, where there is one.
fn cap(test: &Test, level: &str) -> Option<i64> {
    let Test::PriceCap { caps } = test else { return None };
    let rank = level_rank(level)?;
    let own = caps.iter().find(|cap| cap.level == Some(rank));
    own.or_else(|| caps.iter().find(|cap| cap.level.is_none())).map(|cap| cap.price_e6)
}

/// Minutes apart that lie within a window of hours, and as many days apart for the others.
const fn minutes_within(window: Window) -> i32 {
    match window {
        Window::OneHour => 59,
        Window::SixHours => 359,
        Window::Day | Window::Visit | Window::Stay => 0,
    }
}

/// A line of an item.
fn line(world: &World<'_>, visit: &MadeVisit, item: u32, day: i32, minute: i32) -> MadeLine {
    let mut line = MadeLine {
        id: format!("{}{:04}", visit.id, visit.lines.len()),
        item,
        day,
        time: minute * 60_000,
        quantity: 10_000,
        price: world.items.get(item).price,
        covered: 0,
        supply_days: None,
    };
    if !world.items.get(item).rules.iter().any(|rule| matches!(world.rules[*rule as usize].test, Test::NotCovered)) {
        line.covered = line.amount();
    }
    line
}

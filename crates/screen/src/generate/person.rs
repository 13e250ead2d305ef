//! One of the people of the made-up city: who it is, and a history of visits that breaks no rule.

use super::dice::Dice;
use super::items::Class;
use super::{MadeLine, MadeVisit, World};
use crate::national::{Care, Sex, level_rank};
use crate::pass::reached_on;
use crate::rule::Test;

pub(super) const DAY_MS: i64 = 86_400_000;
/// Medical types and insurances of clean visits.
pub(super) const VALUES: [&str; 6] = ["11", "13", "140104", INPATIENT, "310", "390"];
pub(super) const DIAGNOSES: [&str; 12] = [
    "J06.900", "I10.x00", "E11.900", "K29.500", "M54.500", "J18.900", "N39.000", "L20.900", "R51.x00", "G47.000",
    "H10.900", "K80.200",
];
const INPATIENT: &str = "21";

/// What a patient has used, so that nothing is used twice that may be used once.
struct History {
    used: Vec<u32>,
    rules: Vec<u32>,
}

pub(super) struct Person {
    pub name: String,
    pub sex: i8,
    pub birth: i32,
    pub insurance: &'static str,
}

impl Person {
    fn roll(world: &World<'_>, number: u32, dice: &mut Dice) -> Self {
        let (first, _) = world.recipe.days();
        let years = [3, 15, 28, 40, 52, 63, 72, 84][dice.below(8) as usize];
        Self {
            name: format!("DEMO{number:08}"),
            sex: if dice.percent(50) { Sex::Male.code() } else { Sex::Female.code() },
            birth: first - years * 365 - dice.between(0, 1500),
            insurance: if dice.percent(40) { "310" } else { "390" },
        }
    }
}

pub(super) fn visits(world: &World<'_>, patient: u32) -> Vec<MadeVisit> {
    let mut dice = Dice::new(world.recipe.seed, u64::from(patient) + 1);
    let person = Person::roll(world, patient, &mut dice);
    let (first, end) = world.recipe.days();
    let mut history = History { used: Vec::new(), rules: Vec::new() };
    let mut visits = Vec::new();
    // People who are ill often are few: a fifth makes most visits.
    let pause = if dice.percent(20) { 12 } else { 75 };
    let mut day = first + dice.between(0, pause);
    let mut last_stay = first - 100;
    while day < end {
        let number = visits.len();
        if dice.percent(6) && day - last_stay > 60 && day + 16 < end {
            let visit = stay(world, &person, patient, number, day, &mut dice, &mut history);
            day = i32::try_from(visit.end / DAY_MS).expect("days of this century");
            last_stay = day;
            visits.push(visit);
        } else {
            visits.push(outpatient(world, &person, patient, number, day, &mut dice, &mut history));
        }
        // Respiratory winters: shorter pauses from November to February.
        let month = crate::pass::date_of(day).month();
        let season = if matches!(month, 11 | 12 | 1 | 2) { 3 } else { 4 };
        day += 1 + dice.between(0, pause * season / 2);
    }
    visits
}

fn open(world: &World<'_>, person: &Person, id: String, place: u32, dice: &mut Dice) -> MadeVisit {
    let at = &world.places[place as usize];
    MadeVisit {
        id,
        person: person.name.clone(),
        institution: place,
        doctor: Some(at.doctor(dice.below(10_000))),
        medical_type: "11",
        insurance: person.insurance,
        level: at.level,
        city: at.city.clone(),
        sex: person.sex,
        birth: person.birth,
        death: None,
        begin: 0,
        end: 0,
        diagnoses: Vec::new(),
        lines: Vec::new(),
    }
}

fn outpatient(
    world: &World<'_>,
    person: &Person,
    patient: u32,
    number: usize,
    day: i32,
    dice: &mut Dice,
    history: &mut History,
) -> MadeVisit {
    let places = u32::try_from(world.places.len()).expect("few institutions");
    let place = (patient % places + dice.below(3)) % places;
    let mut visit = open(world, person, format!("V{patient:08}{number:04}"), place, dice);
    let minute = dice.between(8 * 60, 17 * 60);
    visit.begin = i64::from(day) * DAY_MS + i64::from(minute) * 60_000;
    visit.end = visit.begin + 30 * 60_000;
    visit.medical_type = match dice.below(20) {
        0 => "13",
        1 | 2 => "140104",
        _ => "11",
    };
    visit.diagnoses.push((*dice.pick(&DIAGNOSES)).to_owned());
    for _ in 0..dice.between(1, 7) {
        let time = minute * 60_000 + dice.between(0, 20) * 60_000;
        add(world, &mut visit, day, time, dice, history);
    }
    visit
}

fn stay(
    world: &World<'_>,
    person: &Person,
    patient: u32,
    number: usize,
    day: i32,
    dice: &mut Dice,
    history: &mut History,
) -> MadeVisit {
    let places = u32::try_from(world.places.len()).expect("few institutions");
    let place = dice.below(places);
    let mut visit = open(world, person, format!("V{patient:08}{number:04}"), place, dice);
    let length = dice.between(3, 14);
    visit.medical_type = INPATIENT;
    visit.begin = i64::from(day) * DAY_MS + 9 * 3_600_000;
    visit.end = i64::from(day + length) * DAY_MS + 15 * 3_600_000;
    visit.diagnoses.push((*dice.pick(&DIAGNOSES)).to_owned());
    visit.diagnoses.push((*dice.pick(&DIAGNOSES)).to_owned());
    for day in day..day + length {
        // Something is done on every day, so the bed is not empty.
        push(world, &mut visit, *dice.pick(&world.items.plain), day, 10 * 3_600_000, dice);
        for _ in 0..dice.between(2, 9) {
            let time = dice.between(8 * 60, 20 * 60) * 60_000;
            add(world, &mut visit, day, time, dice, history);
        }
    }
    visit
}

/// Adds a line: mostly of an item no rule knows, else of one whose rules all allow it here.
fn add(world: &World<'_>, visit: &mut MadeVisit, day: i32, time: i32, dice: &mut Dice, history: &mut History) {
    if dice.percent(35) && !world.items.ruled.is_empty() {
        let item = world.items.ruled[dice.zipf(world.items.ruled.len())];
        if history.allows(world, visit, item, day) {
            history.used.push(item);
            history.rules.extend(world.bound_rules(item));
            push(world, visit, item, day, time, dice);
            return;
        }
    }
    let item = world.items.plain[dice.zipf(world.items.plain.len())];
    push(world, visit, item, day, time, dice);
}

fn push(world: &World<'_>, visit: &mut MadeVisit, item: u32, day: i32, time: i32, dice: &mut Dice) {
    let known = world.items.get(item);
    let once = !known.rules.is_empty() || !known.beside.is_empty();
    let quantity = if once { 10_000 } else { i64::from(dice.between(1, 4)) * 10_000 };
    let price = known.price;
    let drug = known.class == Class::Drug;
    let id = format!("{}{:04}", visit.id, visit.lines.len());
    let never_covered = known.rules.iter().any(|rule| matches!(world.rules[*rule as usize].test, Test::NotCovered));
    let mut line = MadeLine { id, item, day, time, quantity, price, covered: 0, supply_days: drug.then_some(7) };
    if !never_covered {
        line.covered = line.amount();
    }
    visit.lines.push(line);
}

impl History {
    /// No rule about several lines is fed twice, and every rule about one line is kept.
    fn allows(&self, world: &World<'_>, visit: &MadeVisit, item: u32, day: i32) -> bool {
        let known = world.items.get(item);
        !self.used.contains(&item)
            && world
                .bound_rules(item)
                .all(|rule| !world.rules[rule as usize].test.is_about_lines_together() || !self.rules.contains(&rule))
            && known.rules.iter().all(|rule| keeps(world, *rule, visit, day))
    }
}

impl World<'_> {
    /// The rules that an item of theirs can break.
    fn bound_rules(&self, item: u32) -> impl Iterator<Item = u32> {
        let item = self.items.get(item);
        item.rules.iter().copied().chain(item.beside.iter().copied().filter(|rule| self.is_bound_beside(*rule)))
    }
}

/// Whether a line of a visit keeps a rule about one line, worked out here anew and not by the pass.
pub(super) fn keeps(world: &World<'_>, rule: u32, visit: &MadeVisit, day: i32) -> bool {
    if !world.holds(rule, day) {
        return true;
    }
    match &world.rules[rule as usize].test {
        Test::Sex { only } => visit.sex == only.code(),
        Test::Age { allowed } => {
            let (from, before) = world.parameters.numbers(*allowed);
            from.is_none_or(|age| reached_on(age, visit.birth) <= day)
                && before.is_none_or(|age| day < reached_on(age, visit.birth))
        }
        Test::Insurance { only } => only.iter().any(|code| code == visit.insurance),
        Test::Care { only } => Care::from_medical_type(visit.medical_type).is_some_and(|care| only.contains(&care)),
        Test::Level { at_least } => level_rank(visit.level).is_some_and(|rank| rank >= *at_least),
        Test::Indication { diagnoses } => {
            diagnoses.iter().any(|prefix| visit.diagnoses.iter().any(|code| code.starts_with(prefix.as_str())))
        }
        _ => true,
    }
}

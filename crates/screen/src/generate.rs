//! A made-up city: claims that break no rule of a catalogue, and beside them planted violations with the truth about each.
//!
//! Every person, institution and doctor is invented and says so in its code (DEMO). The same recipe gives the same city, whatever
//! the number of threads; nobody's data went into it.

mod dice;
mod items;
mod person;
mod place;
mod plant;
mod tables;
mod write;

pub use plant::{Planted, Truth};
pub use write::{City, Made, Rows, patient_key};

use crate::plan::Registrations;
use crate::plan::compile::day_number;
use crate::rule::{Parameters, Rule, Test};
use dice::Dice;
use items::Items;
use jiff::civil::Date;
use place::Place;
use std::collections::{BTreeMap, BTreeSet};

/// What to make.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// People.
    pub patients: u32,
    /// First month.
    pub begin: Date,
    /// Months.
    pub months: u16,
    /// Any number; another one gives another city.
    pub seed: u64,
    /// Planted violations.
    pub violations: u32,
    /// Division code of the city.
    pub city: String,
}

impl Recipe {
    /// First day, and the first day that is no longer part of it.
    pub fn days(&self) -> (i32, i32) {
        let end = self.begin.saturating_add(jiff::Span::new().months(self.months));
        (day_number(self.begin), day_number(end))
    }

    /// `2026-01` and so on.
    pub fn month_names(&self) -> Vec<String> {
        (0..self.months).map(|month| self.month_name(month)).collect()
    }

    fn month_name(&self, month: u16) -> String {
        let date = self.begin.saturating_add(jiff::Span::new().months(month));
        format!("{:04}-{:02}", date.year(), date.month())
    }

    /// The month of a day.
    fn month_of(&self, day: i32) -> u16 {
        let date = crate::pass::date_of(day);
        let months = (i32::from(date.year()) - i32::from(self.begin.year())) * 12 + i32::from(date.month())
            - i32::from(self.begin.month());
        u16::try_from(months.clamp(0, i32::from(self.months) - 1)).expect("within the months of the recipe")
    }
}

/// A visit as the made-up city has it, with names in place of codes.
#[derive(Clone, Debug)]
pub struct MadeVisit {
    /// 就诊ID.
    pub id: String,
    /// 人员编号.
    pub person: String,
    /// 定点医药机构.
    pub institution: u32,
    /// 医师; none where it was left out on purpose.
    pub doctor: Option<String>,
    /// 医疗类别.
    pub medical_type: &'static str,
    /// 险种.
    pub insurance: &'static str,
    /// 医院等级.
    pub level: &'static str,
    /// 就医地区划.
    pub city: String,
    /// 性别.
    pub sex: i8,
    /// 出生日期.
    pub birth: i32,
    /// 死亡日期.
    pub death: Option<i32>,
    /// Begin, local milliseconds.
    pub begin: i64,
    /// End, local milliseconds.
    pub end: i64,
    /// Diagnoses, the main one first.
    pub diagnoses: Vec<String>,
    /// Its lines.
    pub lines: Vec<MadeLine>,
}

/// A fee line of the made-up city.
#[derive(Clone, Debug)]
pub struct MadeLine {
    /// 费用明细流水号.
    pub id: String,
    /// Place of the item in the list of items.
    pub item: u32,
    /// Day.
    pub day: i32,
    /// Milliseconds of the day.
    pub time: i32,
    /// Ten-thousandths.
    pub quantity: i64,
    /// Millionths of a yuan; whole fen, so that amounts are exact.
    pub price: i64,
    /// Fen, covered by the fund.
    pub covered: i64,
    /// Days of supply.
    pub supply_days: Option<i32>,
}

impl MadeLine {
    /// Fen.
    pub const fn amount(&self) -> i64 {
        self.price / 10_000 * self.quantity / 10_000
    }
}

/// Everything about the city that does not depend on a patient.
pub struct World<'a> {
    recipe: &'a Recipe,
    rules: &'a [Rule],
    /// First and last day of each rule.
    days: Vec<(i32, i32)>,
    parameters: Parameters,
    items: Items,
    places: Vec<Place>,
}

impl<'a> World<'a> {
    /// A city whose clean claims break none of these rules.
    pub fn new(recipe: &'a Recipe, rules: &'a [Rule], parameters: Parameters) -> Self {
        let mut dice = Dice::new(recipe.seed, 0);
        let items = Items::new(rules, &mut dice);
        let places = place::places(recipe, &mut dice);
        let days = rules.iter().map(|rule| (day_number(rule.from), rule.until.map_or(i32::MAX, day_number))).collect();
        Self { recipe, rules, days, parameters, items, places }
    }

    /// The national codes of the items.
    pub fn item_codes(&self) -> impl Iterator<Item = &str> {
        self.items.codes()
    }

    /// Whether a rule holds on a day.
    fn holds(&self, rule: u32, day: i32) -> bool {
        let (from, until) = self.days[rule as usize];
        from <= day && day <= until
    }

    /// Whether a rule can be broken by an item of its other side; where that side only helps, it cannot.
    fn is_bound_beside(&self, rule: u32) -> bool {
        !matches!(self.rules[rule as usize].test, Test::Companion { .. } | Test::AloneNotCovered { .. })
    }

    /// The code of an institution.
    fn place_code(&self, number: u32) -> String {
        self.places.get(number as usize).map_or_else(|| place::OWN.to_owned(), |place| place.code.clone())
    }

    /// Every scope that a rule asks for.
    fn scopes(&self) -> BTreeSet<&str> {
        let named = |test: &'a Test| if let Test::BeyondScope { scopes } = test { scopes.as_slice() } else { &[] };
        self.rules.iter().flat_map(|rule| named(&rule.test)).map(String::as_str).collect()
    }

    /// A registration of so many scopes that began long before the city.
    fn registered(&self, until: i32, scopes: &BTreeSet<&str>) -> Registrations {
        let (first, _) = self.recipe.days();
        vec![(first - 3650, until, scopes.iter().map(|scope| (*scope).to_owned()).collect())]
    }

    /// The doctors of all institutions, registered for every scope.
    fn doctors(&self) -> BTreeMap<String, Registrations> {
        let registered = self.registered(i32::MAX, &self.scopes());
        let doctors = self.places.iter().flat_map(|place| (0..place.doctors).map(|number| place.doctor(number)));
        doctors.map(|doctor| (doctor, registered.clone())).collect()
    }

    /// The visits of one of the people.
    pub fn visits_of(&self, patient: u32) -> Vec<MadeVisit> {
        person::visits(self, patient)
    }
}

//! The scenes: for each kind of rule the fewest visits and lines that break it.

use super::{are_free, cap, fit, is_judged_by_keeps, line, minutes_within};
use crate::generate::dice::Dice;
use crate::generate::person::DAY_MS;
use crate::generate::{MadeVisit, World};
use crate::plan::Registrations;
use crate::plan::compile::day_number;
use crate::rule::{Rule, Test, Window};
use std::collections::BTreeSet;

const HOUR_MS: i64 = 3_600_000;
const NOTHING_ALONE: &str = "该规则的项目同时受其他规则约束，无法单独构造";
const NO_ITEM: &str = "该规则没有可用的项目编码";
const NO_TIME: &str = "数据期间不足以构造";
const OUTPATIENT: [&str; 5] = ["11", "13", "140104", "21", "28"];
const STAY: [&str; 1] = ["21"];

pub(super) struct Scene<'a> {
    world: &'a World<'a>,
    number: u32,
    at: u32,
    rule: &'a Rule,
    day: i32,
    plain: u32,
    pub visits: Vec<MadeVisit>,
    pub doctors: Vec<(String, Registrations)>,
}

type Played = Result<i32, &'static str>;

/// Whether a violation is over on the day it begins.
fn takes_a_day(test: &Test) -> bool {
    is_judged_by_keeps(test)
        || matches!(
            test,
            Test::PriceCap { .. }
                | Test::NotCovered
                | Test::DailyQuantity { .. }
                | Test::DailyCount { .. }
                | Test::Pair { .. }
                | Test::Discount { .. }
                | Test::Decomposed { .. }
                | Test::AloneNotCovered { .. }
                | Test::SamePrescription { .. }
                | Test::Borrowed { .. }
                | Test::Unlicensed
                | Test::BeyondScope { .. }
        )
}

impl<'a> Scene<'a> {
    pub(super) fn new(world: &'a World<'a>, number: u32, at: u32, dice: &mut Dice) -> Self {
        let rule = &world.rules[at as usize];
        let (first, end) = world.recipe.days();
        let first = first.max(day_number(rule.from));
        // What takes one day may be on any; what takes longer begins early enough that it fits in, on a day of the first week.
        let last = if takes_a_day(&rule.test) { (end - first - 10).max(6) } else { 6 };
        let day = if first + 10 < end { first + 1 + dice.between(0, last) } else { end };
        Self { world, number, at, rule, day, plain: *dice.pick(&world.items.plain), visits: vec![], doctors: vec![] }
    }

    /// 人员编号 of one of the people of the scene.
    pub(super) fn person(&self, which: u32) -> String {
        format!("DEMOP{:07}N{which}", self.number)
    }

    /// Plays the scene; the day of the hit.
    pub(super) fn play(&mut self) -> Played {
        if self.day >= self.world.recipe.days().1 {
            return Err(NO_TIME);
        }
        let rule = self.rule;
        match &rule.test {
            test if is_judged_by_keeps(test) => self.one_line(Some(self.at)),
            Test::PriceCap { .. } | Test::NotCovered => self.one_line(None),
            Test::Unlicensed => Ok(self.lapsed()),
            Test::BeyondScope { scopes } => self.beyond(scopes),
            Test::AfterDeath | Test::OutsideStay | Test::MissingPhysician | Test::EmptyBed { .. } => self.one_stay(),
            Test::DailyQuantity { at_most_e4 } => self.many_on_a_day(at_most_e4 / 10_000 + 1, true),
            Test::DailyCount { at_most } => self.many_on_a_day(i64::from(*at_most) + 1, false),
            Test::Pair { contained, window } => self.pair(contained, *window),
            Test::Discount { .. } => self.several_items(2),
            Test::Decomposed { at_least } => self.several_items(usize::from(*at_least)),
            Test::Companion { .. } | Test::AloneNotCovered { .. } => self.alone(),
            Test::CourseDays { at_most, .. } => self.course((0..=i32::from(*at_most)).collect()),
            Test::CourseSpan { at_most, gap_days } => self.course(steps(*at_most, *gap_days)),
            Test::StayDays { at_most } => self.long_use(*at_most),
            Test::Cycle { at_most, days } => self.cycle(*at_most, *days),
            Test::SupplyOverlap { at_most_days } => self.supply(*at_most_days),
            Test::SamePrescription { at_least_items } => self.same_prescription(*at_least_items),
            Test::OverlappingStays => self.stays(&[(0, 5, 0), (3, 4, 1)], &["J18.900", "I10.x00"], 1),
            Test::SplitStay { within_days, .. } => {
                self.stays(&[(0, 3, 0), (3 + i32::from(*within_days), 3, 0)], &["J18.900", "J18.800"], 1)
            }
            Test::Readmission { within_days, .. } => {
                self.stays(&[(0, 3, 0), (3 + i32::from(*within_days), 3, 1)], &["J18.900", "J18.800"], 1)
            }
            Test::PingPong { within_days } => {
                let gap = i32::from(*within_days);
                self.stays(&[(0, 2, 0), (2 + gap, 2, 1), (4 + 2 * gap, 2, 0)], &["J18.900", "I10.x00", "K29.500"], 2)
            }
            Test::OutpatientDuringStay => self.during_stay(),
            Test::TwoCities | Test::Borrowed { .. } => Ok(self.two_visits()),
            Test::ManyInstitutions { at_least } => self.many_places(u32::from(*at_least)),
            Test::MonthlyTotal { at_most_fen } => Ok(self.dear_month(*at_most_fen)),
            Test::DoctorLoad { patients_a_day } => Ok(self.busy_doctor(*patients_a_day)),
            Test::DoctorTwoPlaces { within_minutes } => Ok(self.doctor_in_two_places(*within_minutes)),
            Test::Growth { percent, at_least_fen } => self.growth(*percent, *at_least_fen),
            _ => Err(NO_ITEM),
        }
    }

    /// The days a scene may reach.
    fn span(&self) -> (i32, i32) {
        (self.day, self.world.recipe.days().1)
    }

    fn visit(&self, which: u32, person: u32, day: i32, minute: i32, place: u32) -> MadeVisit {
        let places = u32::try_from(self.world.places.len()).expect("few institutions");
        let place = (self.number + place) % places;
        let begin = i64::from(day) * DAY_MS + i64::from(minute) * 60_000;
        MadeVisit {
            id: format!("VP{:07}{which:04}", self.number),
            person: self.person(person),
            institution: place,
            // Few doctors of each institution, so that what was planted gathers with them.
            doctor: Some(self.world.places[place as usize].doctor(self.number / places % 5)),
            medical_type: "11",
            insurance: "310",
            level: "02",
            city: self.world.recipe.city.clone(),
            sex: 1,
            birth: day - 30 * 366,
            death: None,
            begin,
            end: begin + 30 * 60_000,
            diagnoses: vec!["R51.x00".to_owned()],
            lines: Vec::new(),
        }
    }

    /// A stay with something done on each of its days.
    fn stay(&self, which: u32, day: i32, length: i32, place: u32) -> MadeVisit {
        let mut stay = self.visit(which, 0, day, 9 * 60, place);
        stay.medical_type = "21";
        stay.end = i64::from(day + length) * DAY_MS + 15 * HOUR_MS;
        for day in day..day + length.max(1) {
            let active = line(self.world, &stay, self.plain, day, 10 * 60);
            stay.lines.push(active);
        }
        stay
    }

    fn push(&self, visit: &mut MadeVisit, item: u32, day: i32, minute: i32) {
        let line = line(self.world, visit, item, day, minute);
        visit.lines.push(line);
    }

    /// Items of the rule that can be used freely.
    fn free_items(&self) -> impl Iterator<Item = u32> {
        let own = self.rule.items.iter().filter_map(|code| self.world.items.find(code));
        own.filter(|item| are_free(self.world, &[*item], self.at, self.span()))
    }

    fn free_item(&self) -> Result<u32, &'static str> {
        self.free_items().next().ok_or(if self.rule.items.is_empty() { NO_ITEM } else { NOTHING_ALONE })
    }

    fn fitted(
        &self,
        mut visit: MadeVisit,
        items: &[u32],
        target: Option<u32>,
        types: &[&'static str],
    ) -> Result<MadeVisit, &'static str> {
        if fit(self.world, &mut visit, items, target, types) { Ok(visit) } else { Err(NOTHING_ALONE) }
    }

    fn lasts(&self, days: i32) -> Result<(), &'static str> {
        if self.day + days < self.world.recipe.days().1 { Ok(()) } else { Err(NO_TIME) }
    }

    fn one_line(&mut self, target: Option<u32>) -> Played {
        let items: Vec<u32> = self.free_items().take(20).collect();
        for item in items {
            let visit = self.visit(0, 0, self.day, 600, 0);
            let Ok(mut visit) = self.fitted(visit, &[item], target, &OUTPATIENT) else { continue };
            self.push(&mut visit, item, self.day, 600);
            let made = &mut visit.lines[0];
            match &self.rule.test {
                Test::NotCovered => made.covered = made.amount(),
                test => made.price = cap(test, visit.level).map_or(made.price, |cap| cap + 10_000),
            }
            if visit.medical_type == "21" {
                visit.end = visit.begin + HOUR_MS;
            }
            self.visits.push(visit);
            return Ok(self.day);
        }
        Err(NOTHING_ALONE)
    }

    /// Everything of the scene is by a doctor of its own, registered so.
    fn by_own_doctor(&mut self, letter: char, until: i32, scopes: &BTreeSet<&str>) {
        let doctor = format!("DEMOD{letter}{:07}", self.number);
        for visit in &mut self.visits {
            visit.doctor = Some(doctor.clone());
        }
        self.doctors.push((doctor, self.world.registered(until, scopes)));
    }

    /// A doctor whose registration ended the day before.
    fn lapsed(&mut self) -> i32 {
        let mut visit = self.visit(0, 0, self.day, 600, 0);
        self.push(&mut visit, self.plain, self.day, 600);
        self.visits.push(visit);
        self.by_own_doctor('U', self.day - 1, &self.world.scopes());
        self.day
    }

    /// A doctor with every scope but those of the rule, which must not be all that another rule about the item asks for.
    fn beyond(&mut self, scopes: &[String]) -> Played {
        let hit = self.one_line(None)?;
        let mut left = self.world.scopes();
        left.retain(|scope| !scopes.iter().any(|named| named == scope));
        let item = self.visits[0].lines[0].item;
        let others = self.world.items.get(item).rules.iter().filter(|rule| **rule != self.at);
        for rule in others {
            if let Test::BeyondScope { scopes } = &self.world.rules[*rule as usize].test
                && !scopes.iter().any(|scope| left.contains(scope.as_str()))
            {
                self.visits.clear();
                return Err(NOTHING_ALONE);
            }
        }
        self.by_own_doctor('S', i32::MAX, &left);
        Ok(hit)
    }

    fn one_stay(&mut self) -> Played {
        let mut stay = self.stay(0, self.day, 12, 0);
        let mut hit = self.day;
        match &self.rule.test {
            Test::AfterDeath => {
                hit = self.day + 11;
                stay.death = Some(hit - 1);
            }
            Test::OutsideStay => {
                hit = self.day + 13;
                self.push(&mut stay, self.plain, hit, 600);
            }
            Test::MissingPhysician => stay.doctor = None,
            Test::EmptyBed { min_days, .. } => {
                stay.lines.truncate(1);
                stay.end = i64::from(self.day + i32::from(*min_days) + 20) * DAY_MS;
                self.lasts(i32::from(*min_days) + 20)?;
            }
            _ => return Err(NO_ITEM),
        }
        self.lasts(14)?;
        self.visits.push(stay);
        Ok(hit)
    }

    fn many_on_a_day(&mut self, count: i64, as_quantity: bool) -> Played {
        let item = self.free_item()?;
        let mut visit = self.fitted(self.visit(0, 0, self.day, 600, 0), &[item], None, &OUTPATIENT)?;
        if as_quantity {
            self.push(&mut visit, item, self.day, 600);
            visit.lines[0].quantity = count * 10_000;
            visit.lines[0].covered = visit.lines[0].amount().min(visit.lines[0].covered * count);
        } else {
            for _ in 0..count {
                self.push(&mut visit, item, self.day, 600);
            }
        }
        self.visits.push(visit);
        Ok(self.day)
    }

    fn pair(&mut self, contained: &[String], window: Window) -> Played {
        let world = self.world;
        let contained: Vec<u32> = contained.iter().filter_map(|code| world.items.find(code)).collect();
        let own: Vec<u32> = self.rule.items.iter().filter_map(|code| world.items.find(code)).collect();
        let types: &[&str] = if window == Window::Stay { &STAY } else { &OUTPATIENT };
        for (first, second) in
            own.iter().flat_map(|first| contained.iter().map(move |second| (*first, *second))).take(50)
        {
            if first == second || !are_free(world, &[first, second], self.at, self.span()) {
                continue;
            }
            let Ok(mut visit) = self.fitted(self.visit(0, 0, self.day, 600, 0), &[first, second], None, types) else {
                continue;
            };
            self.push(&mut visit, first, self.day, 600);
            self.push(&mut visit, second, self.day, 600 + minutes_within(window));
            visit.end = visit.begin + 8 * HOUR_MS;
            self.visits.push(visit);
            return Ok(self.day);
        }
        Err(NOTHING_ALONE)
    }

    /// So many different items of the rule on one day; the price limit of the later ones is their price.
    fn several_items(&mut self, count: usize) -> Played {
        let own: Vec<u32> = self.rule.items.iter().filter_map(|code| self.world.items.find(code)).collect();
        for items in own.windows(count).take(50) {
            if !are_free(self.world, items, self.at, self.span()) {
                continue;
            }
            let Ok(mut visit) = self.fitted(self.visit(0, 0, self.day, 600, 0), items, None, &OUTPATIENT) else {
                continue;
            };
            for item in items {
                self.push(&mut visit, *item, self.day, 600);
            }
            self.visits.push(visit);
            return Ok(self.day);
        }
        Err(NOTHING_ALONE)
    }

    fn alone(&mut self) -> Played {
        let item = self.free_item()?;
        let types: &[&str] =
            if matches!(self.rule.test, Test::Companion { window: Window::Stay, .. }) { &STAY } else { &OUTPATIENT };
        let mut visit = self.fitted(self.visit(0, 0, self.day, 600, 0), &[item], None, types)?;
        self.push(&mut visit, item, self.day, 600);
        if visit.medical_type == "21" {
            visit.end = visit.begin + HOUR_MS;
        }
        self.visits.push(visit);
        Ok(self.day)
    }

    /// One line on each of some days; the last one is the hit.
    fn course(&mut self, days: Vec<i32>) -> Played {
        let item = self.free_item()?;
        let last = days.last().copied().unwrap_or(0);
        self.lasts(last + 1)?;
        let first = self.fitted(self.visit(0, 0, self.day, 600, 0), &[item], None, &OUTPATIENT)?;
        if first.medical_type == "21" {
            // What is used in hospital only is used in one stay; a stay a day would break other rules.
            let mut stay = self.fitted(self.stay(0, self.day, last + 1, 0), &[item], None, &STAY)?;
            for day in &days {
                self.push(&mut stay, item, self.day + day, 600);
            }
            self.visits.push(stay);
            return Ok(self.day + last);
        }
        for (which, day) in (0..).zip(days) {
            let own = self.visit(which, 0, self.day + day, 600, 0);
            let mut visit = MadeVisit {
                id: own.id,
                begin: own.begin,
                end: own.begin + HOUR_MS,
                doctor: own.doctor,
                ..first.clone()
            };
            self.push(&mut visit, item, self.day + day, 600);
            self.visits.push(visit);
        }
        Ok(self.day + last)
    }

    /// One line on each day of a stay, a day too many.
    fn long_use(&mut self, at_most: u16) -> Played {
        let item = self.free_item()?;
        let days = i32::from(at_most) + 1;
        self.lasts(days + 1)?;
        let mut stay = self.fitted(self.stay(0, self.day, days, 0), &[item], None, &STAY)?;
        for day in self.day..self.day + days {
            self.push(&mut stay, item, day, 600);
        }
        self.visits.push(stay);
        Ok(self.day + days - 1)
    }

    fn cycle(&mut self, at_most: u16, days: u16) -> Played {
        let uses = i32::from(at_most);
        let mut all: Vec<i32> = (0..uses).collect();
        all.push((i32::from(days) - 1).max(uses));
        if uses >= i32::from(days) {
            return Err(NOTHING_ALONE);
        }
        self.course(all)
    }

    fn supply(&mut self, at_most: u16) -> Played {
        let again = self.course(vec![0, 1])?;
        for line in self.visits.iter_mut().flat_map(|visit| &mut visit.lines) {
            line.supply_days = Some(i32::from(at_most) + 2);
        }
        Ok(again)
    }

    fn same_prescription(&mut self, count: u8) -> Played {
        let world = self.world;
        let drugs: Vec<u32> = (world.items.plain.iter().copied())
            .filter(|item| world.items.get(*item).rules.contains(&self.at))
            .take(usize::from(count))
            .collect();
        if drugs.len() < usize::from(count) {
            return Err(NO_ITEM);
        }
        for which in 0..2 {
            let minute = 500 + i32::try_from(which).unwrap_or(0) * 300;
            let mut visit = self.visit(which, 0, self.day, minute, 0);
            for item in &drugs {
                self.push(&mut visit, *item, self.day, minute);
            }
            self.visits.push(visit);
        }
        Ok(self.day)
    }

    /// Stays by first day, length and place; the one of a number begins on the day of the hit.
    fn stays(&mut self, stays: &[(i32, i32, u32)], diagnoses: &[&str], hit: usize) -> Played {
        self.lasts(stays.iter().map(|(day, length, _)| day + length).max().unwrap_or(0) + 1)?;
        for (which, ((day, length, place), diagnosis)) in (0..).zip(stays.iter().zip(diagnoses)) {
            let mut stay = self.stay(which, self.day + day, *length, *place);
            stay.diagnoses = vec![(*diagnosis).to_owned()];
            self.visits.push(stay);
        }
        Ok(self.day + stays[hit].0)
    }

    fn during_stay(&mut self) -> Played {
        self.lasts(6)?;
        let stay = self.stay(0, self.day, 5, 0);
        let mut visit = self.visit(1, 0, self.day + 2, 600, 1);
        self.push(&mut visit, self.plain, self.day + 2, 600);
        self.visits.extend([stay, visit]);
        Ok(self.day + 2)
    }

    /// Two visits half an hour apart for two cities, or as near as the rule says in two institutions.
    fn two_visits(&mut self) -> i32 {
        let first = self.visit(0, 0, self.day, 600, 0);
        let mut second = match &self.rule.test {
            Test::Borrowed { within_minutes } => self.visit(1, 0, self.day, 599 + i32::from(*within_minutes), 1),
            _ => self.visit(1, 0, self.day, 659, 0),
        };
        if matches!(self.rule.test, Test::TwoCities) {
            "999900".clone_into(&mut second.city);
        }
        for mut visit in [first, second] {
            self.push(&mut visit, self.plain, self.day, 600);
            self.visits.push(visit);
        }
        self.day
    }

    fn dear_month(&mut self, at_most: i64) -> i32 {
        let mut visit = self.visit(0, 0, self.day, 600, 0);
        self.push(&mut visit, self.plain, self.day, 600);
        let made = &mut visit.lines[0];
        made.quantity = (at_most / (made.price / 10_000) + 1) * 10_000;
        made.covered = made.amount();
        self.visits.push(visit);
        self.day
    }

    /// An hour and a half apart, so that nobody is in two places at once.
    fn many_places(&mut self, places: u32) -> Result<i32, &'static str> {
        if places > 10 || places as usize > self.world.places.len() {
            return Err("一天之内去不了这么多机构");
        }
        for which in 0..places {
            let minute = 480 + i32::try_from(which * 90).expect("ten at most");
            let mut visit = self.visit(which, 0, self.day, minute, which);
            self.push(&mut visit, self.plain, self.day, minute);
            self.visits.push(visit);
        }
        Ok(self.day)
    }

    fn busy_doctor(&mut self, patients: u16) -> i32 {
        for which in 0..=u32::from(patients) {
            let mut visit = self.visit(which, which, self.day, 480 + i32::try_from(which % 400).unwrap_or(0), 0);
            self.push(&mut visit, self.plain, self.day, 600);
            self.visits.push(visit);
        }
        self.by_own_doctor('B', i32::MAX, &self.world.scopes());
        self.day
    }

    fn doctor_in_two_places(&mut self, minutes: u16) -> i32 {
        for which in 0..2 {
            let minute = 600 + i32::try_from(which).unwrap_or(0) * (i32::from(minutes) - 1);
            let mut visit = self.visit(which, which, self.day, minute, which);
            self.push(&mut visit, self.plain, self.day, minute);
            self.visits.push(visit);
        }
        self.by_own_doctor('Z', i32::MAX, &self.world.scopes());
        self.day
    }

    /// A stay in each of two months in an institution of its own; the second costs what the rule calls a jump.
    fn growth(&mut self, percent: u16, at_least: i64) -> Played {
        let world = self.world;
        if self.number >= u32::try_from(world.rules.len()).unwrap_or(u32::MAX) || world.recipe.months < 2 {
            return Err("一座城市只构造一次");
        }
        let next = world.recipe.begin.saturating_add(jiff::Span::new().months(1));
        for (which, day) in [self.day, day_number(next) + 4].into_iter().enumerate() {
            let which = u32::try_from(which).unwrap_or(0);
            let mut stay = self.stay(which, day, 1, 0);
            stay.institution = world.own_place();
            stay.diagnoses = vec![if which == 0 { "J18.900" } else { "I10.x00" }.to_owned()];
            let made = &mut stay.lines[0];
            let fen = if which == 0 { 100 } else { at_least.max(i64::from(percent) * 10) };
            made.price = 10_000;
            made.quantity = fen * 10_000;
            made.covered = fen;
            self.visits.push(stay);
        }
        Ok(day_number(next))
    }
}

/// Days of use from the first to the first that lies beyond a span, none further apart than a pause may be.
fn steps(at_most: u16, gap: u16) -> Vec<i32> {
    let (end, step) = (i32::from(at_most), i32::from(gap).max(1));
    let mut days: Vec<i32> = (0..end).step_by(usize::try_from(step).unwrap_or(1)).collect();
    days.push(end);
    days
}

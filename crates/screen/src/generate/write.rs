//! Puts the made-up city into a claims store, bucket by bucket, and writes down what was planted.

use super::plant::{Truth, plant};
use super::{MadeVisit, Recipe, World};
use crate::claims::dictionary::ListName;
use crate::claims::rows::LineState;
use crate::claims::{Error, FileSet, Line, Month, MonthRows, Store, Visit, write};
use crate::plan::Registrations;
use crate::rule::{Parameters, Rule};
use crate::spread;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A city that was made.
pub struct City {
    /// The store.
    pub store: Store,
    /// What was made.
    pub made: Made,
}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// What was planted.
    pub truths: Vec<Truth>,
    /// Rules that could not be broken alone, with the reason.
    pub not_planted: BTreeMap<String, &'static str>,
    /// Every doctor and the registrations, by code.
    pub doctors: BTreeMap<String, Registrations>,
    /// Fee lines.
    pub lines: u64,
}

/// Receives the visits of one person after the other.
pub trait Rows {
    /// Takes the visits of a person.
    fn take(&mut self, visits: Vec<MadeVisit>);
}

/// The key under which a made-up person is stored; real people are hashed with a key that only the bureau has.
pub fn patient_key(person: &str) -> String {
    hex::encode(&Sha256::digest(format!("demo|{person}"))[..12])
}

impl<'a> World<'a> {
    /// Hands every person of the city to `rows`, the planted ones last; returns the truth, without counting lines.
    pub fn tell(&self, rows: &mut impl Rows) -> Made {
        for patient in 0..self.recipe.patients {
            rows.take(self.visits_of(patient));
        }
        self.tell_planted(rows)
    }

    /// Hands the planted people to `rows`; returns the truth, without counting lines.
    fn tell_planted(&self, rows: &mut impl Rows) -> Made {
        let mut made = Made { doctors: self.doctors(), ..Made::default() };
        for number in 0..self.violations() {
            let planted = plant(self, number);
            match planted.truth {
                Ok(truth) => made.truths.push(truth),
                Err((rule, reason)) => drop(made.not_planted.insert(rule, reason)),
            }
            made.doctors.extend(planted.doctors);
            rows.take(planted.visits);
        }
        // What can be planted once only is planted.
        let planted: BTreeSet<&str> = made.truths.iter().map(|truth| truth.rule.as_str()).collect();
        made.not_planted.retain(|rule, _| !planted.contains(rule.as_str()));
        made
    }

    const fn violations(&self) -> u32 {
        if self.rules.is_empty() { 0 } else { self.recipe.violations }
    }

    /// The institution that planted growth happens in.
    pub(super) fn own_place(&self) -> u32 {
        u32::try_from(self.places.len()).expect("few institutions")
    }

    /// Writes the city as a claims store of so many buckets with so many threads.
    pub fn write(
        recipe: &'a Recipe,
        rules: &'a [Rule],
        folder: &Path,
        buckets: u16,
        threads: usize,
    ) -> Result<City, Error> {
        let world = Self::new(recipe, rules, Parameters::default());
        let mut store = Store::create(folder, buckets)?;
        let codes = Codes::new(&world, &mut store);
        let mut planted = PlantedVisits { visits: vec![Vec::new(); usize::from(buckets)], store: &mut store };
        let mut made = world.tell_planted(&mut planted);
        let planted = planted.visits;
        let (store_ref, codes, planted) = (&store, &codes, &planted);
        let months = recipe.month_names();
        let done = spread::over(usize::from(buckets), threads, |bucket| {
            let number = u16::try_from(bucket).expect("the number of buckets is a u16");
            codes.bucket(&world, store_ref, number, &months, &planted[bucket])
        })?;
        for (at, month) in months.iter().enumerate() {
            let buckets: Vec<FileSet> = done.iter().map(|sets| sets[at].clone()).collect();
            made.lines += buckets.iter().map(|set| set.lines.rows).sum::<u64>();
            store.put_month(month, Month { buckets, ..Month::default() })?;
        }
        Ok(City { store, made })
    }
}

/// Gives codes to what only planted visits have, so that threads need none, and keeps the visits by bucket.
struct PlantedVisits<'a> {
    visits: Vec<Vec<MadeVisit>>,
    store: &'a mut Store,
}

impl Rows for PlantedVisits<'_> {
    fn take(&mut self, visits: Vec<MadeVisit>) {
        for visit in visits {
            let bucket = usize::from(self.store.bucket_of(&patient_key(&visit.person)));
            let lists = &mut self.store.dictionaries;
            for diagnosis in &visit.diagnoses {
                lists.list_mut(ListName::Diagnoses).code(diagnosis);
            }
            for value in [visit.medical_type, visit.insurance, visit.level, visit.city.as_str()] {
                lists.list_mut(ListName::Values).code(value);
            }
            if let Some(doctor) = &visit.doctor {
                lists.list_mut(ListName::Doctors).code(doctor);
            }
            self.visits[bucket].push(visit);
        }
    }
}

/// Codes of everything clean people meet; planted people are looked up in the store.
struct Codes {
    items: Vec<i32>,
    places: Vec<i32>,
}

impl Codes {
    fn new(world: &World<'_>, store: &mut Store) -> Self {
        let lists = &mut store.dictionaries;
        let items = world.item_codes().map(|code| lists.list_mut(ListName::Items).code(code)).collect();
        let places = world.places.iter().map(|place| lists.list_mut(ListName::Institutions).code(&place.code));
        let mut places: Vec<i32> = places.collect();
        places.push(lists.list_mut(ListName::Institutions).code(super::place::OWN));
        for place in &world.places {
            for doctor in 0..place.doctors {
                lists.list_mut(ListName::Doctors).code(&place.doctor(doctor));
            }
            lists.list_mut(ListName::Values).code(&place.city);
            lists.list_mut(ListName::Values).code(place.level);
        }
        for value in super::person::VALUES {
            lists.list_mut(ListName::Values).code(value);
        }
        for department in super::place::DEPARTMENTS {
            lists.list_mut(ListName::Departments).code(department);
        }
        for diagnosis in super::person::DIAGNOSES {
            lists.list_mut(ListName::Diagnoses).code(diagnosis);
        }
        Self { items, places }
    }

    fn bucket(
        &self,
        world: &World<'_>,
        store: &Store,
        bucket: u16,
        months: &[String],
        planted: &[MadeVisit],
    ) -> Result<Vec<FileSet>, Error> {
        let mut all = vec![MonthRows::default(); months.len()];
        for patient in 0..world.recipe.patients {
            let key = patient_key(&format!("DEMO{patient:08}"));
            if store.bucket_of(&key) == bucket {
                for visit in world.visits_of(patient) {
                    self.add(world, store, &mut all, visit, key.clone());
                }
            }
        }
        for visit in planted {
            self.add(world, store, &mut all, visit.clone(), patient_key(&visit.person));
        }
        let mut sets = Vec::new();
        for (rows, month) in all.iter_mut().zip(months) {
            rows.settle();
            sets.push(write::month(&store.folder, &format!("{month}/b{bucket:03}-v1"), rows)?);
            *rows = MonthRows::default();
        }
        Ok(sets)
    }

    fn add(&self, world: &World<'_>, store: &Store, all: &mut [MonthRows], made: MadeVisit, patient: String) {
        let lists = &store.dictionaries;
        let value = |name: &str| lists.list(ListName::Values).find(name);
        let day = i32::try_from(made.end.div_euclid(super::person::DAY_MS)).expect("days of this century");
        let rows = &mut all[usize::from(world.recipe.month_of(day))];
        let visit = u32::try_from(rows.visits.len()).expect("a bucket of a month has fewer visits");
        let total = made.lines.iter().map(super::MadeLine::amount).sum();
        rows.visits.push(Visit {
            patient,
            visit: made.id,
            institution: self.places[made.institution as usize],
            doctor: made.doctor.as_deref().and_then(|name| lists.list(ListName::Doctors).find(name)),
            department: made
                .doctor
                .as_deref()
                .and_then(|name| lists.list(ListName::Departments).find(super::place::department_of(name))),
            medical_type: value(made.medical_type),
            insurance: value(made.insurance),
            level: value(made.level),
            city: value(&made.city),
            sex: Some(made.sex),
            birth: Some(made.birth),
            death: made.death,
            begin: Some(made.begin),
            end: Some(made.end),
            days: None,
            diagnosis: made.diagnoses.first().and_then(|code| lists.list(ListName::Diagnoses).find(code)),
            diagnoses: made.diagnoses.iter().filter_map(|code| lists.list(ListName::Diagnoses).find(code)).collect(),
            operations: Vec::new(),
            total: Some(total),
            fund: Some(total),
        });
        rows.lines.extend(made.lines.into_iter().map(|line| Line {
            visit,
            day: line.day,
            time: Some(line.time),
            item: self.items[line.item as usize],
            quantity: line.quantity,
            price: line.price,
            amount: line.amount(),
            covered: Some(line.covered),
            price_limit: Some(line.price),
            doctor: rows.visits[visit as usize].doctor,
            supply_days: line.supply_days,
            state: LineState::InForce,
            refunds: None,
            line: line.id,
        }));
    }
}

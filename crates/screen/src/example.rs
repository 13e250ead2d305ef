//! A few claims written as text: the examples that are part of a rule, and the tests of this crate.
//!
//! ```text
//! month 2026-01
//! doctor D1 from=2025-01-01 until=2027-12-31 scopes=内科,儿科
//! visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-10T10:00 sex=1 birth=1990-01-01
//! line l1 v1 2026-01-02T09:00 X1 quantity=1 price=10.00
//! ```
//! A visit has further `insurance`, `level`, `city`, `doctor`, `diagnosis` (several with commas, the main one first), `death`, `total`; a
//! line `amount`, `covered`, `limit`, `doctor`, `supply`. What is not written is missing, except quantity 1 and price 10.

mod read;

pub use read::{Claims, read};

use crate::claims::{Error, Line, Month, MonthRows, Store, write};
use crate::hit::Hit;
use crate::plan::Plan;
use crate::rule::{Example, Parameters, Rule, State};
use crate::run;
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_kernel::Fault;

/// Writes claims as a store.
pub fn store(claims: &Claims, folder: &Path, buckets: u16) -> Result<Store, Error> {
    let mut store = Store::create(folder, buckets)?;
    store.dictionaries.clone_from(&claims.lists);
    for (name, rows) in &claims.months {
        let month = month(&store, name, rows)?;
        store.put_month(name, month)?;
    }
    Store::open(folder)
}

/// A store whose manifest and lists are in memory only: enough to run, and most of the waiting for the disk is saved.
fn passing_store(claims: &Claims, folder: &Path) -> Result<Store, Error> {
    let mut store = Store::create(folder, 1)?;
    store.dictionaries.clone_from(&claims.lists);
    for (name, rows) in &claims.months {
        let month = month(&store, name, rows)?;
        store.manifest.months.insert(name.clone(), month);
    }
    Ok(store)
}

fn month(store: &Store, name: &str, rows: &MonthRows) -> Result<Month, Error> {
    let mut buckets = Vec::new();
    for bucket in 0..store.manifest.buckets {
        let own = of_bucket(store, rows, bucket);
        buckets.push(write::month(&store.folder, &format!("{name}/b{bucket:02}"), &own)?);
    }
    Ok(Month { buckets, ..Month::default() })
}

/// The visits and lines of the patients of a bucket.
fn of_bucket(store: &Store, rows: &MonthRows, bucket: u16) -> MonthRows {
    let mut own = MonthRows::default();
    let mut place: BTreeMap<u32, u32> = BTreeMap::new();
    for (at, visit) in (0..).zip(&rows.visits) {
        if store.bucket_of(&visit.patient) == bucket {
            place.insert(at, u32::try_from(own.visits.len()).unwrap_or(u32::MAX));
            own.visits.push(visit.clone());
        }
    }
    let lines = rows.lines.iter().filter_map(|line| Some(Line { visit: *place.get(&line.visit)?, ..line.clone() }));
    own.lines.extend(lines);
    own.settle();
    own
}

/// What a hit of an example is called: its lines, or its visits, or `-`, and the amount in question.
pub fn written(hit: &Hit) -> String {
    let about = if hit.lines.is_empty() { &hit.visits } else { &hit.lines };
    let about = if about.is_empty() { "-".to_owned() } else { about.join("+") };
    format!("{about} {}", hit.amount)
}

/// The hits of a rule over the claims of one of its examples, whatever its state; `folder` must be empty or not be there.
pub fn run(rule: &Rule, example: &Example, folder: &Path) -> Result<Vec<String>, Fault> {
    let place = || format!("规则{}，示例“{}”", rule.id, example.name);
    let claims =
        read(&example.claims).map_err(|fault| Fault { place: format!("{}，{}", place(), fault.place), ..fault })?;
    let hits = || -> Result<Vec<Hit>, Error> {
        let store = passing_store(&claims, folder)?;
        let rule = Rule { state: State::Live, ..rule.clone() };
        let plan = Plan::compile([rule], Parameters::default(), &store.dictionaries, &claims.extracts);
        let months: Vec<String> = store.manifest.months.keys().cloned().collect();
        run::find(&store, &plan, &months, 1, None, run::HELD)?.1.to_vec()
    };
    let hits = hits().map_err(|error| Fault::new(place(), "", error.to_string(), "检查临时文件夹的空间和权限"))?;
    let mut texts: Vec<String> = hits.iter().map(written).collect();
    texts.sort();
    Ok(texts)
}

/// Runs every example of every rule in `folder`, which is emptied; a fault for each that comes out otherwise.
pub fn failures(rules: &[Rule], folder: &Path) -> Vec<Fault> {
    let mut faults = Vec::new();
    for rule in rules {
        for example in &rule.examples {
            let found = run(rule, example, folder);
            // Whatever is left over is overwritten by the next run or stays where nobody reads it.
            let _ = std::fs::remove_dir_all(folder);
            let mut expected = example.hits.clone();
            expected.sort();
            match found {
                Ok(found) if found == expected => {}
                Ok(found) => faults.push(Fault::new(
                    format!("规则{}，示例“{}”", rule.id, example.name),
                    &found.join("；"),
                    format!(
                        "命中与示例所写不符，应为：{}",
                        if expected.is_empty() { "无".to_owned() } else { expected.join("；") }
                    ),
                    "核对规则的数字和示例",
                )),
                Err(fault) => faults.push(fault),
            }
        }
    }
    faults
}

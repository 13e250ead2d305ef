//! Round trip: the made-up city as national tables, ingested month by month, gives the hits of the city that was stored directly.

use crate::bundle::rule;
use crate::generated::{is_implied, known, rules};
use crate::ingest::city::City;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use xingjian_screen::claims::Store;
use xingjian_screen::generate::{Made, Recipe, World};
use xingjian_screen::hit::Hit;
use xingjian_screen::layout::Table;
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run;

/// All kinds, and items named by the beginning of a national code.
fn all_rules() -> Vec<Rule> {
    let mut rules = rules();
    rules.push(rule("drugs", &["XA10BA*", "ZA01*"], r#"{ kind = "sex", only = "male" }"#));
    rules
}

fn hits(store: &Store, made: &Made) -> Vec<Hit> {
    let months: Vec<String> = store.manifest.months.keys().cloned().collect();
    run::screen(store, all_rules(), Parameters::default(), &known(made), &months, 2, None).unwrap().1.to_vec().unwrap()
}

/// Hits without the key of the person, which is another one in each store.
fn nameless(hits: &[Hit]) -> Vec<Hit> {
    let mut hits: Vec<Hit> = hits.iter().map(|hit| Hit { patient: None, ..hit.clone() }).collect();
    hits.sort();
    hits
}

fn check(seed: u64) {
    let violations = u32::try_from(all_rules().len() * 3).unwrap();
    let begin = jiff::civil::date(2026, 1, 1);
    let recipe = Recipe { patients: 400, begin, months: 3, seed, violations, city: "440400".to_owned() };
    let rules = all_rules();
    let (tables, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let made = World::new(&recipe, &rules, Parameters::default()).write_tables(tables.path()).unwrap();
    let direct = World::write(&recipe, &rules, folder.path(), 3, 2).unwrap();
    let city = City::new();
    for month in recipe.month_names() {
        let entries = std::fs::read_dir(tables.path().join(&month)).unwrap();
        let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        let report = city.bring(&month, &files, false).unwrap();
        assert_eq!((files.len(), report.set_aside.as_deref()), (4, None), "{report}");
        let fees = &report.counts.tables[&Table::Fees];
        let stored = &direct.store.manifest.months[&month].buckets;
        let (rows, fen) = stored.iter().fold((0, 0), |sum, set| (sum.0 + set.lines.rows, sum.1 + set.amount_fen));
        assert_eq!((fees.stored.rows, fees.stored.fen), (rows, fen), "{report}");
        assert_eq!((fees.read.rows, fees.read.fen), (rows, fen), "{report}");
    }
    let found = hits(&city.store(), &made);
    assert_eq!(nameless(&found), nameless(&hits(&direct.store, &direct.made)), "seed {seed}");
    let key = city.key();
    let planted: BTreeSet<_> = made
        .truths
        .iter()
        .map(|truth| {
            let day = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(truth.day));
            (truth.rule.clone(), truth.person.as_deref().map(|person| key.patient(person)), day)
        })
        .collect();
    assert!(planted.iter().any(|truth| truth.0 == "drugs"), "seed {seed}");
    let of_person: BTreeMap<_, _> = planted.iter().map(|truth| (truth.1.clone(), truth.0.as_str())).collect();
    let implied = |hit: &Hit| of_person.get(&hit.patient).is_some_and(|planted| is_implied(&hit.rule, planted));
    let kept = found.iter().filter(|hit| !implied(hit));
    let kept: BTreeSet<_> = kept.map(|hit| (hit.rule.clone(), hit.patient.clone(), hit.day)).collect();
    assert_eq!(kept, planted, "seed {seed}");
}

#[test]
fn a_city_from_its_tables_has_the_hits_of_the_city_that_was_stored_directly() {
    for seed in [5, 20_261_122] {
        check(seed);
    }
}

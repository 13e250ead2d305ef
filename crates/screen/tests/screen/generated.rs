//! A made-up city: every planted violation is found, and nothing else.

use crate::bundle::rule;
use std::collections::BTreeSet;
use xingjian_screen::generate::{Made, Recipe, World, patient_key};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::kind::KINDS;
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run::{self, HELD};

/// One rule of each kind.
pub fn rules() -> Vec<Rule> {
    let codes = |from: u32, to: u32| (from..to).map(|at| format!("X{at:03}")).collect::<Vec<_>>();
    let with = |id: &str, from: u32, to: u32, test: &str| {
        let codes = codes(from, to);
        rule(id, &codes.iter().map(String::as_str).collect::<Vec<_>>(), test)
    };
    let mut rules = vec![
        with("sex", 0, 30, r#"{ kind = "sex", only = "female" }"#),
        with("age", 30, 60, r#"{ kind = "age", allowed = { named = "child" } }"#),
        with("insurance", 60, 62, r#"{ kind = "insurance", only = ["410"] }"#),
        with("care", 70, 90, r#"{ kind = "care", only = ["inpatient", "day_surgery"] }"#),
        with("level", 90, 110, r#"{ kind = "level", at_least = 2 }"#),
        with("indication", 110, 115, r#"{ kind = "indication", diagnoses = ["J18", "I10"] }"#),
        with(
            "price_cap",
            120,
            125,
            r#"{ kind = "price_cap", caps = [{ level = 3, price_e6 = 20000000 }, { price_e6 = 10000000 }] }"#,
        ),
        with("not_covered", 130, 140, r#"{ kind = "not_covered" }"#),
        with("daily_quantity", 200, 210, r#"{ kind = "daily_quantity", at_most_e4 = 240000 }"#),
        with("daily_count", 210, 220, r#"{ kind = "daily_count", at_most = 1 }"#),
        with("pair_day", 220, 225, r#"{ kind = "pair", contained = ["X226", "X227"], window = "day" }"#),
        with("pair_stay", 230, 235, r#"{ kind = "pair", contained = ["X236"], window = "stay" }"#),
        with("pair_hour", 240, 245, r#"{ kind = "pair", contained = ["X246"], window = "one_hour" }"#),
        with("discount", 250, 255, r#"{ kind = "discount", percent = 50 }"#),
        with("decomposed", 260, 266, r#"{ kind = "decomposed", at_least = 3 }"#),
        with("companion", 270, 272, r#"{ kind = "companion", any_of = ["X280"], window = "day" }"#),
        with("course_days", 290, 295, r#"{ kind = "course_days", at_most = 14, gap_days = 30 }"#),
        with("course_span", 300, 305, r#"{ kind = "course_span", at_most = 10, gap_days = 7 }"#),
        with("stay_days", 306, 309, r#"{ kind = "stay_days", at_most = 5 }"#),
        with("cycle", 310, 315, r#"{ kind = "cycle", at_most = 1, days = 14 }"#),
        with("supply_overlap", 320, 325, r#"{ kind = "supply_overlap", at_most_days = 7 }"#),
    ];
    let others = [
        ("alone_not_covered", &["T001"][..], r#"{ kind = "alone_not_covered", among = ["T*"] }"#),
        ("same_prescription", &["XDEMO*"], r#"{ kind = "same_prescription", at_least_items = 3 }"#),
        ("unlicensed", &[], r#"{ kind = "unlicensed" }"#),
        ("beyond_scope", &["X360", "X361"], r#"{ kind = "beyond_scope", scopes = ["口腔专业", "外科专业"] }"#),
        ("after_death", &[], r#"{ kind = "after_death" }"#),
        ("outside_stay", &[], r#"{ kind = "outside_stay" }"#),
        ("missing_physician", &[], r#"{ kind = "missing_physician" }"#),
        ("overlapping_stays", &[], r#"{ kind = "overlapping_stays" }"#),
        ("outpatient_during_stay", &[], r#"{ kind = "outpatient_during_stay" }"#),
        ("split_stay", &[], r#"{ kind = "split_stay", within_days = 15, except = ["Z51"] }"#),
        ("readmission", &[], r#"{ kind = "readmission", within_days = 31, except = ["Z51"] }"#),
        ("ping_pong", &[], r#"{ kind = "ping_pong", within_days = 3 }"#),
        ("empty_bed", &[], r#"{ kind = "empty_bed", passive = ["BED"], min_days = 10, idle_percent = 80 }"#),
        ("two_cities", &[], r#"{ kind = "two_cities" }"#),
        ("borrowed", &[], r#"{ kind = "borrowed", within_minutes = 20 }"#),
        ("many_institutions", &[], r#"{ kind = "many_institutions", at_least = 3 }"#),
        ("monthly_total", &[], r#"{ kind = "monthly_total", at_most_fen = 9900000 }"#),
        ("doctor_load", &[], r#"{ kind = "doctor_load", patients_a_day = 60 }"#),
        ("doctor_two_places", &[], r#"{ kind = "doctor_two_places", within_minutes = 30 }"#),
        ("growth", &[], r#"{ kind = "growth", percent = 300, at_least_fen = 90000000 }"#),
    ];
    rules.extend(others.map(|(id, items, test)| rule(id, items, test)));
    rules
}

/// Hits that a planted violation brings with it, because one is the other: a split stay is a readmission as well.
pub fn is_implied(rule: &str, planted: &str) -> bool {
    (rule == "readmission" && planted == "split_stay") || (rule == "two_cities" && planted == "borrowed")
}

/// What a run knows of the doctors of a made-up city.
pub fn known(made: &Made) -> Extracts {
    Extracts { doctors: Some(made.doctors.clone()) }
}

fn check(seed: u64) {
    let recipe = Recipe {
        patients: 600,
        begin: jiff::civil::date(2026, 1, 1),
        months: 3,
        seed,
        violations: 40 * 4,
        city: "440400".to_owned(),
    };
    let rules = rules();
    let folder = tempfile::tempdir().unwrap();
    let city = World::write(&recipe, &rules, folder.path(), 3, 2).unwrap();
    assert!(city.made.lines > 10_000, "{} lines", city.made.lines);
    assert!(city.made.not_planted.is_empty(), "{:?}", city.made.not_planted);
    let plan = Plan::compile(rules, Parameters::default(), &city.store.dictionaries, &known(&city.made));
    let months = recipe.month_names();
    let (_, hits) = run::find(&city.store, &plan, &months, 2, None, HELD).unwrap();
    let hits = hits.to_vec().unwrap();
    let found: BTreeSet<_> = hits.iter().map(|hit| (hit.rule.clone(), hit.patient.clone(), hit.day)).collect();
    let planted: BTreeSet<_> = city
        .made
        .truths
        .iter()
        .map(|truth| {
            let day = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(truth.day));
            (truth.rule.clone(), truth.person.as_deref().map(patient_key), day)
        })
        .collect();
    let missed: Vec<_> = planted.difference(&found).collect();
    assert!(missed.is_empty(), "seed {seed}, missed {missed:?}");
    let of_person =
        |key: &Option<String>| planted.iter().find(|truth| truth.1 == *key).map_or("-", |truth| truth.0.as_str());
    let invented: Vec<_> = found.difference(&planted).filter(|hit| !is_implied(&hit.0, of_person(&hit.1))).collect();
    assert!(invented.is_empty(), "seed {seed}, not planted {invented:?}");
}

#[test]
fn every_planted_violation_is_found_and_nothing_else_on_three_seeds() {
    let kinds: BTreeSet<&str> = rules().iter().map(|rule| rule.test.kind_name()).collect();
    assert_eq!(kinds, KINDS.iter().map(|kind| kind.name).collect());
    for seed in [1, 20_260_101, 987_654_321] {
        check(seed);
    }
}

#[test]
fn the_tables_hold_what_the_store_holds() {
    let recipe = Recipe {
        patients: 50,
        begin: jiff::civil::date(2026, 1, 1),
        months: 2,
        seed: 3,
        violations: 40,
        city: "440400".to_owned(),
    };
    let (tables, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let rules = rules();
    let made = World::new(&recipe, &rules, Parameters::default()).write_tables(tables.path()).unwrap();
    let city = World::write(&recipe, &rules, folder.path(), 1, 1).unwrap();
    assert_eq!(made, city.made);
    for (name, month) in &city.store.manifest.months {
        let rows = |table: &str| {
            let text = std::fs::read_to_string(tables.path().join(name).join(format!("{table}.csv"))).unwrap();
            text.lines().count() as u64 - 1
        };
        assert_eq!((rows("mdtrt_d"), rows("fee_list_d")), (month.buckets[0].visits.rows, month.buckets[0].lines.rows));
        assert_eq!(rows("setl_d"), rows("mdtrt_d"));
    }
}

#[test]
fn the_same_recipe_gives_the_same_files_for_any_number_of_threads() {
    let recipe = Recipe {
        patients: 60,
        begin: jiff::civil::date(2026, 1, 1),
        months: 1,
        seed: 7,
        violations: 20,
        city: "440400".to_owned(),
    };
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let first = World::write(&recipe, &rules(), one.path(), 4, 1).unwrap();
    let second = World::write(&recipe, &rules(), two.path(), 4, 3).unwrap();
    assert_eq!(first.store.manifest, second.store.manifest);
    assert_eq!(first.made, second.made);
}

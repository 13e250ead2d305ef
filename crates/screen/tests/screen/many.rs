//! A rule that hits everything: its hits do not fit into what may be held of them, and come out the same.

use crate::bundle::rule;
use crate::generated;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::{Error, Store};
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::pass::{self, BucketHits, Sink};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run::{self, Gathering, HELD};

/// A city made for other rules, and rules that hit nearly every line, every day of a patient, and every visit of a doctor after another one.
fn city(folder: &Path) -> (Store, Vec<String>, Vec<Rule>) {
    let begin = jiff::civil::date(2026, 1, 1);
    let recipe = Recipe { patients: 300, begin, months: 2, seed: 5, violations: 40, city: "440400".to_owned() };
    let store = World::write(&recipe, &generated::rules(), folder, 3, 2).unwrap().store;
    let items: Vec<&str> = store.dictionaries.list(ListName::Items).names().iter().map(String::as_str).collect();
    let rules = vec![
        rule("every_line", &items, r#"{ kind = "price_cap", caps = [{ price_e6 = 0 }] }"#),
        rule("every_day", &items, r#"{ kind = "daily_count", at_most = 1 }"#),
        rule("every_visit", &[], r#"{ kind = "doctor_two_places", within_minutes = 60000 }"#),
        rule("every_doctor", &[], r#"{ kind = "doctor_load", patients_a_day = 1 }"#),
    ];
    (store, recipe.month_names(), rules)
}

#[test]
fn hits_that_are_put_aside_come_out_the_same_in_the_same_order() {
    let (folder, runs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, months, rules) = city(folder.path());
    let plan = Plan::compile(rules.clone(), Parameters::default(), &store.dictionaries, &Extracts::default());
    let (expected, all) = run::find(&store, &plan, &months, 2, None, HELD).unwrap();
    let whole = all.to_vec().unwrap();
    assert_eq!((all.spilled(), all.len()), (0, whole.len() as u64));
    assert!(whole.is_sorted() && whole.len() > 3000, "{} hits", whole.len());
    for rule in &rules {
        assert!(whole.iter().any(|hit| hit.rule == rule.id), "{} hits nothing", rule.id);
    }
    let (run, _) = run::screen(&store, rules, Parameters::default(), &Extracts::default(), &months, 2, None).unwrap();
    let file = |hits: &run::Hits| {
        run::keep(runs.path(), &run, hits).unwrap();
        std::fs::read(runs.path().join(&run.id).join("hits.parquet")).unwrap()
    };
    let kept = file(&all);
    for (held, threads) in [(0, 1), (50, 2), (1000, 3)] {
        let (outcome, hits) = run::find(&store, &plan, &months, threads, None, held).unwrap();
        assert!(hits.spilled() > 3, "{} lists were put aside", hits.spilled());
        assert_eq!(outcome, expected);
        assert_eq!(hits.to_vec().unwrap(), whole);
        assert!(file(&hits) == kept, "the file of the run differs");
        let (_, loaded) = run::load(runs.path(), &run.id).unwrap().unwrap();
        assert_eq!(loaded.to_vec().unwrap(), whole);
        let mut changes = 0;
        run::compare(&loaded, &hits, |_| changes += 1).unwrap();
        assert_eq!(changes, 0);
    }
}

/// Looks at what is left to hold whenever a sink had its turn.
struct Watched<'a, S> {
    sink: S,
    most: &'a AtomicUsize,
    before: usize,
    grown: &'a AtomicUsize,
}

impl<S: Sink> Sink for Watched<'_, S> {
    fn take(&mut self, found: &mut BucketHits) -> Result<(), Error> {
        self.grown.fetch_max(found.size() - self.before, Ordering::Relaxed);
        self.sink.take(found)?;
        self.before = found.size();
        self.most.fetch_max(self.before, Ordering::Relaxed);
        Ok(())
    }

    fn forget(&mut self) {
        self.sink.forget();
    }

    fn end(self, found: &mut BucketHits) -> Result<(), Error> {
        self.sink.end(found)?;
        self.most.fetch_max(found.size(), Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn no_more_is_held_than_may_be() {
    let folder = tempfile::tempdir().unwrap();
    let (store, months, rules) = city(folder.path());
    let plan = Plan::compile(rules.clone(), Parameters::default(), &store.dictionaries, &Extracts::default());
    for held in [0, 100, 400] {
        let (most, grown) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let gathering = Gathering::new(&store, &plan, &months, held);
        let watched = |bucket| Watched { sink: gathering.of_bucket(bucket), most: &most, before: 0, grown: &grown };
        pass::run(&store, &plan, &months, 2, None, watched).unwrap();
        let hits = gathering.finish();
        let found = hits.read().unwrap().map(|hit| hit.map_or(0, |hit| 1 + hit.visits.len() + hit.lines.len()));
        assert!(found.sum::<usize>() > 20 * (held + grown.load(Ordering::Relaxed)), "far more than may be held");
        assert!(most.load(Ordering::Relaxed) <= held / 4, "{most:?} of {held} by a thread");
        assert!(hits.in_memory() <= held, "{} of {held} in the end", hits.in_memory());
    }
}

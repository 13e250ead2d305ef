//! A small made-up city whose claims break the shipped rules, and the run over it that this process finds by itself.

use std::path::{Path, PathBuf};
use xingjian_cluster::catalogue::Catalogue;
use xingjian_screen::claims::Store;
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Extracts;
use xingjian_screen::registrations;
use xingjian_screen::rule::{Age, NamedAge, Parameters, Rule, Test};
use xingjian_screen::run::{self, Run};
use xingjian_screen::{catalogue, rule};

/// A folder that is gone when the test ends: `store`, `rules.jsonl`, `ages.json`, `registrations.csv`.
pub struct City {
    pub folder: tempfile::TempDir,
    pub store: Store,
    pub months: Vec<String>,
    pub rules: Vec<Rule>,
    pub parameters: Parameters,
    pub extracts: Extracts,
}

impl City {
    pub fn new(buckets: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let packs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy/national/claims");
        let mut rules = catalogue::read_packs(&packs).unwrap();
        rules.retain(|rule| rule.state != rule::State::Retired);
        // Every kind of the second phase hits something in so small a city.
        let about_doctors = r#"
            all = { name = "演示", title = "演示", from = "2020-01-01", author = "测试", result = "suspect", source = { document = "测试", place = "-" } }
            [[rule]]
            id = "test/load"
            test = { kind = "doctor_load", patients_a_day = 1 }
            [[rule]]
            id = "test/places"
            test = { kind = "doctor_two_places", within_minutes = 1400 }
            [[rule]]
            id = "test/growth"
            test = { kind = "growth", percent = 101, at_least_fen = 1 }
        "#;
        let path = folder.path().join("doctors.toml");
        std::fs::write(&path, about_doctors).unwrap();
        let recipe = Recipe {
            patients: 400,
            begin: jiff::civil::date(2026, 1, 1),
            months: 3,
            seed: 7,
            violations: 300,
            city: "000000".to_owned(),
        };
        let made = World::write(&recipe, &rules, &folder.path().join("store"), buckets, 2).unwrap().made;
        registrations::write(&folder.path().join("registrations.csv"), &made.doctors).unwrap();
        rules.extend(catalogue::read_pack(&path).unwrap());
        catalogue::write(&folder.path().join("rules.jsonl"), &rules).unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        // A bureau's own ages.
        let child = NamedAge { from: None, before: Some(Age::years(14)), released: true };
        let parameters = Parameters { child, ..Parameters::default() };
        std::fs::write(folder.path().join("ages.json"), serde_json::to_vec(&parameters).unwrap()).unwrap();
        let extracts = Extracts { doctors: Some(made.doctors) };
        Self { folder, store, months: recipe.month_names(), rules, parameters, extracts }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn catalogue(&self) -> Catalogue {
        Catalogue::new(self.rules.clone(), self.parameters, self.extracts.clone())
    }

    /// What `xingjian screen` finds, kept below `expected`.
    pub fn expected(&self) -> (Run, Vec<Hit>) {
        let (rules, extracts) = (self.rules.clone(), &self.extracts);
        let found = run::screen(&self.store, rules, self.parameters, extracts, &self.months, 2, None).unwrap();
        for id in ["test/load", "test/places", "test/growth"] {
            assert!(found.0.by_rule[id].hits > 0, "{id} hits nothing, so the second phase is not compared");
        }
        let unlicensed = self.rules.iter().find(|rule| matches!(rule.test, Test::Unlicensed)).unwrap();
        assert!(found.0.by_rule[&unlicensed.id].hits > 0, "registrations are not compared");
        let hits = found.1.to_vec().unwrap();
        assert!(hits.iter().filter(|hit| hit.patient.is_some()).count() > 100, "{} hits", hits.len());
        run::keep(&self.path("expected"), &found.0, &found.1).unwrap();
        (found.0, hits)
    }

    /// Fails unless the run kept below `folder` is the expected one, byte for byte.
    #[track_caller]
    pub fn same(&self, run: &Run, folder: &Path) {
        for name in ["run.json", "hits.parquet"] {
            let of = |folder: &Path| std::fs::read(folder.join(&run.id).join(name)).unwrap();
            assert!(of(&self.path("expected")) == of(folder), "{name} differs");
        }
        assert!(!folder.join("latest").exists(), "a run is the latest once it was handed over");
    }
}

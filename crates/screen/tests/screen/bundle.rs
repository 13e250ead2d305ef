//! A few claims and rules written as text (`screen::example`), stored as a store, screened, and the hits as text.

use std::fmt::Write;
use xingjian_screen::claims::Store;
use xingjian_screen::example;
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run::{self, HELD};

/// A folder that is gone when the test ends.
pub struct Bundle {
    _folder: tempfile::TempDir,
    pub store: Store,
    pub months: Vec<String>,
}

impl Bundle {
    pub fn new(claims: &str) -> Self {
        Self::with_buckets(claims, 2)
    }

    pub fn with_buckets(claims: &str, buckets: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let claims = example::read(claims).unwrap();
        let store = example::store(&claims, folder.path(), buckets).unwrap();
        Self { _folder: folder, store, months: claims.months.into_keys().collect() }
    }

    pub fn hits(&self, rules: &[Rule], extracts: &Extracts, threads: usize) -> (Vec<Hit>, Vec<u64>) {
        let plan = Plan::compile(rules.to_vec(), Parameters::default(), &self.store.dictionaries, extracts);
        let (outcome, hits) = run::find(&self.store, &plan, &self.months, threads, None, HELD).unwrap();
        (hits.to_vec().unwrap(), outcome.not_judged)
    }
}

pub fn day(text: &str) -> i32 {
    let date: jiff::civil::Date = text.parse().unwrap();
    jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
}

/// A rule from its items and its test, as TOML has it.
pub fn rule(id: &str, items: &[&str], test: &str) -> Rule {
    let items: Vec<String> = items.iter().map(|item| format!("{item:?}")).collect();
    let source = format!(
        "id = {id:?}\nname = \"演示\"\ntitle = \"演示\"\nfrom = \"2020-01-01\"\nauthor = \"测试\"\nresult = \"definite\"\nitems = [{}]\ntest = {test}\nsource = {{ document = \"测试\", place = \"-\" }}\n",
        items.join(", ")
    );
    toml::from_str(&source).unwrap()
}

/// The hits of some rules over some claims, a line each.
pub fn screen(rules: &[Rule], claims: &str) -> String {
    screen_with(rules, claims, &Extracts::default())
}

pub fn screen_with(rules: &[Rule], claims: &str, extracts: &Extracts) -> String {
    let (hits, not_judged) = Bundle::new(claims).hits(rules, extracts, 2);
    let mut text = written(&hits);
    let mut ids: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
    ids.sort_unstable();
    for (id, count) in ids.iter().zip(&not_judged).filter(|(_, count)| **count > 0) {
        writeln!(text, "{id} 未判断 {count}").unwrap();
    }
    text
}

pub fn written(hits: &[Hit]) -> String {
    let mut text = String::new();
    for hit in hits {
        let person = hit.patient.as_deref().and_then(|key| key.split_once('-')).map_or("-", |(_, person)| person);
        let values: Vec<String> = hit.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (visits, lines) = (hit.visits.join("+"), hit.lines.join("+"));
        writeln!(text, "{} {person} {} {visits} {lines} {} | {}", hit.rule, hit.day, hit.amount, values.join(" "))
            .unwrap();
    }
    text
}

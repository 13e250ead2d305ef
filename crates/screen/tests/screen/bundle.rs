//! A few claims and rules written as text, stored as a store, screened, and the hits as text.
//!
//! ```text
//! month 2026-01
//! visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-10T10:00 sex=1 birth=1990-01-01
//! line l1 v1 2026-01-02T09:00 X1 quantity=1 price=10.00
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::str::FromStr;
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::{Line, Month, MonthRows, Store, Visit, write};
use xingjian_screen::hit::{self, Hit};
use xingjian_screen::pass;
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};

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
        let mut store = Store::create(folder.path(), buckets).unwrap();
        let months = rows(claims, &mut store);
        for (month, rows) in &months {
            put(&mut store, month, rows);
        }
        let store = Store::open(folder.path()).unwrap();
        Self { _folder: folder, store, months: months.into_keys().collect() }
    }

    pub fn hits(&self, rules: &[Rule], extracts: &Extracts, threads: usize) -> (Vec<Hit>, Vec<u64>) {
        let plan = Plan::compile(rules.to_vec(), Parameters::default(), &self.store.dictionaries, extracts);
        let outcome = pass::run(&self.store, &plan, &self.months, threads).unwrap();
        (hit::of(&self.store, &plan, &self.months, &outcome).unwrap(), outcome.not_judged)
    }
}

/// Splits rows over buckets and puts them in force.
fn put(store: &mut Store, month: &str, rows: &MonthRows) {
    let buckets = store.manifest.buckets;
    let mut sets = Vec::new();
    for bucket in 0..buckets {
        let mut own = MonthRows::default();
        let mut place = BTreeMap::new();
        for (at, visit) in (0u32..).zip(&rows.visits) {
            if store.bucket_of(&visit.patient) == bucket {
                place.insert(at, u32::try_from(own.visits.len()).unwrap());
                own.visits.push(visit.clone());
            }
        }
        for line in &rows.lines {
            if let Some(visit) = place.get(&line.visit) {
                own.lines.push(Line { visit: *visit, ..line.clone() });
            }
        }
        own.settle();
        sets.push(write::month(&store.folder, &format!("{month}/b{bucket:02}"), &own).unwrap());
    }
    store.put_month(month, Month { buckets: sets, ..Month::default() }).unwrap();
}

/// The key of a person: stands for the keyed hash of real data.
fn key(person: &str) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325u64;
    for byte in person.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}-{person}")
}

struct Fields<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Fields<'a> {
    fn of(words: impl Iterator<Item = &'a str>) -> Self {
        Self(words.map(|word| word.split_once('=').expect("name=value")).collect())
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    fn number<T: FromStr<Err: std::fmt::Debug>>(&self, name: &str) -> Option<T> {
        self.text(name).map(|text| text.parse().unwrap())
    }

    fn scaled(&self, name: &str, digits: u32) -> Option<i64> {
        self.text(name).map(|text| scaled(text, digits))
    }
}

/// `1.5` with four digits is 15,000.
pub fn scaled(text: &str, digits: u32) -> i64 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let part = format!("{part:0<width$}", width = digits as usize);
    sign * (whole.parse::<i64>().unwrap() * 10i64.pow(digits) + part.parse::<i64>().unwrap())
}

pub fn day(text: &str) -> i32 {
    let date: jiff::civil::Date = text.parse().unwrap();
    jiff::civil::date(1970, 1, 1).until(date).unwrap().get_days()
}

/// `2026-01-02` or `2026-01-02T09:30`.
fn moment(text: &str) -> (i32, Option<i32>) {
    match text.split_once('T') {
        None => (day(text), None),
        Some((date, time)) => {
            let (hour, minute) = time.split_once(':').unwrap();
            (day(date), Some((hour.parse::<i32>().unwrap() * 60 + minute.parse::<i32>().unwrap()) * 60_000))
        }
    }
}

fn millis(text: &str) -> i64 {
    let (day, time) = moment(text);
    i64::from(day) * 86_400_000 + i64::from(time.unwrap_or(0))
}

fn rows(claims: &str, store: &mut Store) -> BTreeMap<String, MonthRows> {
    let mut months: BTreeMap<String, MonthRows> = BTreeMap::new();
    let mut month = "2026-01".to_owned();
    for text in claims.lines().map(str::trim).filter(|text| !text.is_empty()) {
        let mut words = text.split_whitespace();
        match words.next().unwrap() {
            "month" => words.next().unwrap().clone_into(&mut month),
            "visit" => {
                let visit = visit(words, store);
                months.entry(month.clone()).or_default().visits.push(visit);
            }
            "line" => {
                let rows = months.entry(month.clone()).or_default();
                let line = line(words, &rows.visits, store);
                rows.lines.push(line);
            }
            other => panic!("unknown row {other}"),
        }
    }
    months
}

fn visit<'a>(mut words: impl Iterator<Item = &'a str>, store: &mut Store) -> Visit {
    let (id, person) = (words.next().unwrap(), words.next().unwrap());
    let fields = Fields::of(words);
    let mut code = |list, name: &str| fields.text(name).map(|text| store.dictionaries.list_mut(list).code(text));
    Visit {
        patient: key(person),
        visit: id.to_owned(),
        institution: code(ListName::Institutions, "institution").unwrap_or(0),
        doctor: code(ListName::Doctors, "doctor"),
        department: None,
        medical_type: code(ListName::Values, "type"),
        insurance: code(ListName::Values, "insurance"),
        level: code(ListName::Values, "level"),
        city: code(ListName::Values, "city"),
        sex: fields.number("sex"),
        birth: fields.text("birth").map(day),
        death: fields.text("death").map(day),
        begin: fields.text("begin").map(millis),
        end: fields.text("end").map(millis),
        days: None,
        diagnosis: fields
            .text("diagnosis")
            .map(|text| store.dictionaries.list_mut(ListName::Diagnoses).code(text.split(',').next().unwrap())),
        diagnoses: fields
            .text("diagnosis")
            .map(|text| text.split(',').map(|one| store.dictionaries.list_mut(ListName::Diagnoses).code(one)).collect())
            .unwrap_or_default(),
        operations: Vec::new(),
        total: fields.scaled("total", 2),
        fund: None,
    }
}

fn line<'a>(mut words: impl Iterator<Item = &'a str>, visits: &[Visit], store: &mut Store) -> Line {
    let (id, visit) = (words.next().unwrap(), words.next().unwrap());
    let (day, time) = moment(words.next().unwrap());
    let item = words.next().unwrap();
    let fields = Fields::of(words);
    let quantity = fields.scaled("quantity", 4).unwrap_or(10_000);
    let price = fields.scaled("price", 6).unwrap_or(10_000_000);
    let amount =
        i64::try_from((i128::from(quantity) * i128::from(price) + 50_000_000).div_euclid(100_000_000)).unwrap();
    Line {
        visit: u32::try_from(visits.iter().position(|known| known.visit == visit).expect("a known visit")).unwrap(),
        day,
        time,
        item: store.dictionaries.list_mut(ListName::Items).code(item),
        quantity,
        price,
        amount: fields.scaled("amount", 2).unwrap_or(amount),
        covered: fields.scaled("covered", 2),
        price_limit: fields.scaled("limit", 6),
        doctor: fields.text("doctor").map(|name| store.dictionaries.list_mut(ListName::Doctors).code(name)),
        supply_days: fields.number("supply"),
        state: xingjian_screen::claims::rows::LineState::InForce,
        line: id.to_owned(),
        refunds: None,
    }
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

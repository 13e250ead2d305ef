//! The imported library against a second reading of the same files: `oracle/national.py` makes claims for every row that can be
//! executed and judges them by itself; every hit must be there, with its lines and amount, and nothing else.

use crate::library::places;
use crate::shared::shared_data;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::{Command, Stdio};
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::rows::LineState;
use xingjian_screen::claims::{Dictionaries, Line, Month, MonthRows, Store, Visit, write};
use xingjian_screen::national::{Care, Sex};
use xingjian_screen::nhsa;
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Age, AgeBound, Parameters, Rule, Test, Window};
use xingjian_screen::run::{self, HELD};

const BUCKETS: u16 = 2;

/// What a script prints.
fn script(name: &str, data: &Path, how: &str) -> Vec<u8> {
    let (folder, points) = places(data);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle").join(name);
    let mut python = Command::new("python3");
    python.arg("-B").arg(script).args([folder, points]).arg(how).stderr(Stdio::inherit());
    let output = python.output().expect("python3 is there: cargo xtask setup");
    assert!(output.status.success(), "{name} must end well; it stops where its own cases are not as it means them");
    output.stdout
}

/// A case as the script prints it.
#[derive(Deserialize)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    kind: String,
    visits: Vec<CaseVisit>,
    lines: Vec<CaseLine>,
    hits: Vec<Hit>,
}

#[derive(Deserialize)]
struct CaseVisit {
    sex: i8,
    birth: i32,
    r#type: String,
    insurance: String,
    level: String,
    place: String,
}

/// Visit, day, time, item, quantity, price, amount, covered, price limit.
#[derive(Deserialize)]
struct CaseLine(u32, i32, Option<i32>, String, i64, i64, i64, Option<i64>, Option<i64>);

/// Rule, version, lines, amount in question.
type Hit = (String, u32, Vec<usize>, i64);

/// Hits of each case.
type Hits = BTreeMap<String, Vec<Hit>>;

/// All cases in one store: a patient a case, a month a kind.
struct Cases {
    _folder: tempfile::TempDir,
    store: Store,
    /// By kind.
    expected: BTreeMap<String, Hits>,
}

impl Cases {
    /// `which` codes of each rule have cases: `all` of them, or the two `ends` of its list.
    fn make(data: &Path, which: &str) -> Self {
        let output = script("national.py", data, which);
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path(), BUCKETS).unwrap();
        let mut months: BTreeMap<String, [MonthRows; BUCKETS as usize]> = BTreeMap::new();
        let mut expected: BTreeMap<String, Hits> = BTreeMap::new();
        for (at, line) in (0u32..).zip(output.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())) {
            let case: Case = serde_json::from_slice(line).unwrap();
            // Spreads the cases over the buckets.
            let patient = format!("{:08x}-{}", at.wrapping_mul(0x9e37_79b1), case.name);
            let bucket = usize::from(store.bucket_of(&patient));
            let rows = &mut months.entry(case.kind.clone()).or_default()[bucket];
            add(&case, &patient, rows, &mut store.dictionaries);
            expected.entry(case.kind).or_default().insert(patient, case.hits);
        }
        for (kind, buckets) in months {
            let mut sets = Vec::new();
            for (bucket, mut rows) in buckets.into_iter().enumerate() {
                rows.settle();
                sets.push(write::month(&store.folder, &format!("{kind}/b{bucket}"), &rows).unwrap());
            }
            store.put_month(&kind, Month { buckets: sets, ..Month::default() }).unwrap();
        }
        let store = Store::open(folder.path()).unwrap();
        Self { _folder: folder, store, expected }
    }

    /// The hits of some rules over the cases of one kind.
    fn found(&self, rules: Vec<Rule>, kind: &str) -> Hits {
        let months = [kind.to_owned()];
        let plan = Plan::compile(rules, Parameters::default(), &self.store.dictionaries, &Extracts::default());
        let (_, found) = run::find(&self.store, &plan, &months, 2, None, HELD).unwrap();
        let mut hits = Hits::new();
        for hit in found.to_vec().unwrap() {
            let lines = hit.lines.iter().map(|line| line.parse().unwrap()).collect();
            hits.entry(hit.patient.unwrap()).or_default().push((hit.rule, hit.version, lines, hit.amount.fen()));
        }
        for hits in hits.values_mut() {
            hits.sort();
        }
        hits
    }
}

fn add(case: &Case, patient: &str, rows: &mut MonthRows, lists: &mut Dictionaries) {
    let first = u32::try_from(rows.visits.len()).unwrap();
    for (at, visit) in case.visits.iter().enumerate() {
        let mut value = |text: &str| Some(lists.list_mut(ListName::Values).code(text));
        let (medical_type, insurance, level) = (value(&visit.r#type), value(&visit.insurance), value(&visit.level));
        rows.visits.push(Visit {
            patient: patient.to_owned(),
            visit: at.to_string(),
            institution: lists.list_mut(ListName::Institutions).code(&visit.place),
            doctor: None,
            department: None,
            medical_type,
            insurance,
            level,
            city: None,
            sex: Some(visit.sex),
            birth: Some(visit.birth),
            death: None,
            begin: None,
            end: None,
            days: None,
            diagnosis: None,
            diagnoses: Vec::new(),
            operations: Vec::new(),
            total: None,
            fund: None,
        });
    }
    for (at, CaseLine(visit, day, time, item, quantity, price, amount, covered, price_limit)) in
        case.lines.iter().enumerate()
    {
        rows.lines.push(Line {
            visit: first + visit,
            day: *day,
            time: *time,
            item: lists.list_mut(ListName::Items).code(item),
            quantity: *quantity,
            price: *price,
            amount: *amount,
            covered: *covered,
            price_limit: *price_limit,
            doctor: None,
            supply_days: None,
            state: LineState::InForce,
            refunds: None,
            line: format!("{at:04}"),
        });
    }
}

fn rules(data: &Path) -> Vec<Rule> {
    let (folder, points) = places(data);
    nhsa::import(&folder, Some(&points)).unwrap().rules
}

#[test]
fn every_row_is_broken_and_kept_as_the_sources_say() {
    let Some(data) = shared_data() else { return };
    let (cases, rules) = (Cases::make(&data, "all"), rules(&data));
    let (mut count, mut hit) = (0, BTreeSet::new());
    for (kind, expected) in &cases.expected {
        let found = cases.found(rules.clone(), kind);
        for (case, expected) in expected {
            let none = Vec::new();
            let found = found.get(case).unwrap_or(&none);
            assert_eq!(found, expected, "{case}");
            hit.extend(expected.iter().map(|(rule, version, ..)| (rule.clone(), *version)));
            count += 1;
        }
    }
    assert!(count > 50_000, "{count} cases");
    let all: BTreeSet<_> = rules.iter().map(|rule| (rule.id.clone(), rule.version)).collect();
    assert_eq!(hit, all, "every version of every rule is broken by some case");
}

/// A rule with one number changed; none where it has no such number.
type Shift = fn(&Rule) -> Option<Rule>;

fn with_test(rule: &Rule, test: Option<Test>) -> Option<Rule> {
    test.map(|test| Rule { test, ..rule.clone() })
}

/// Named ages as numbers, so that they can be shifted.
fn between(rule: &Rule) -> Option<(Option<Age>, Option<Age>)> {
    let Test::Age { allowed } = rule.test else { return None };
    Some(Parameters::default().numbers(allowed))
}

fn older(age: Age, by: i32) -> Age {
    Age { count: u16::try_from(i32::from(age.count) + by).unwrap(), unit: age.unit }
}

/// The count of a bound one more or one less.
fn shift_ages(rule: &Rule, from_by: i32, before_by: i32) -> Option<Rule> {
    let (from, before) = between(rule)?;
    let touched = if from_by == 0 { before } else { from };
    touched?;
    let from = from.map(|age| older(age, from_by));
    let before = before.map(|age| older(age, before_by));
    with_test(rule, Some(Test::Age { allowed: AgeBound::Between { from, before } }))
}

fn shift_days(rule: &Rule, from_by: i64, until_by: i64) -> Option<Rule> {
    let by = |day: jiff::civil::Date, days: i64| day.saturating_add(jiff::Span::new().days(days));
    if until_by != 0 {
        rule.until?;
    }
    Some(Rule { from: by(rule.from, from_by), until: rule.until.map(|day| by(day, until_by)), ..rule.clone() })
}

fn shift_count(rule: &Rule, by: i32) -> Option<Rule> {
    let u16_by = |count: u16| u16::try_from(i32::from(count) + by).unwrap();
    let test = match rule.test.clone() {
        Test::Level { at_least } => Test::Level { at_least: u8::try_from(i32::from(at_least) + by).unwrap() },
        Test::CourseDays { at_most, gap_days } => Test::CourseDays { at_most: u16_by(at_most), gap_days },
        Test::CourseSpan { at_most, gap_days } => Test::CourseSpan { at_most: u16_by(at_most), gap_days },
        Test::StayDays { at_most } => Test::StayDays { at_most: u16_by(at_most) },
        Test::DailyQuantity { at_most_e4 } => Test::DailyQuantity { at_most_e4: at_most_e4 + i64::from(by) },
        Test::Cycle { at_most, days } => Test::Cycle { at_most: u16_by(at_most), days },
        Test::Discount { percent } => Test::Discount { percent: u8::try_from(i32::from(percent) + by).unwrap() },
        _ => return None,
    };
    with_test(rule, Some(test))
}

fn shift_second_count(rule: &Rule, by: i32) -> Option<Rule> {
    let u16_by = |count: u16| u16::try_from(i32::from(count) + by).unwrap();
    let test = match rule.test.clone() {
        Test::CourseDays { at_most, gap_days } => Test::CourseDays { at_most, gap_days: u16_by(gap_days) },
        Test::CourseSpan { at_most, gap_days } => Test::CourseSpan { at_most, gap_days: u16_by(gap_days) },
        Test::Cycle { at_most, days } => Test::Cycle { at_most, days: u16_by(days) },
        _ => return None,
    };
    with_test(rule, Some(test))
}

/// The next value where there are no numbers.
fn other_value(rule: &Rule) -> Option<Rule> {
    let test = match rule.test.clone() {
        Test::Sex { only: Sex::Male } => Test::Sex { only: Sex::Female },
        Test::Sex { only: Sex::Female } => Test::Sex { only: Sex::Male },
        Test::Insurance { .. } => Test::Insurance { only: vec!["310".to_owned()] },
        Test::Care { only } => Test::Care { only: only[..only.len() - 1].to_vec() },
        Test::Pair { contained, window } => {
            let window = match window {
                Window::OneHour => Window::SixHours,
                Window::SixHours => Window::OneHour,
                Window::Day => Window::Visit,
                Window::Visit | Window::Stay => Window::Day,
            };
            Test::Pair { contained, window }
        }
        Test::AloneNotCovered { .. } => Test::AloneNotCovered { among: Vec::new() },
        _ => return None,
    };
    with_test(rule, Some(test))
}

fn further_value(rule: &Rule) -> Option<Rule> {
    let Test::Care { only } = &rule.test else { return None };
    let only = only.iter().copied().chain([Care::HomeBed]).collect();
    with_test(rule, Some(Test::Care { only }))
}

const SHIFTS: [(&str, Shift); 16] = [
    ("first day later", |rule| shift_days(rule, 1, 0)),
    ("first day earlier", |rule| shift_days(rule, -1, 0)),
    ("last day later", |rule| shift_days(rule, 0, 1)),
    ("last day earlier", |rule| shift_days(rule, 0, -1)),
    ("youngest older", |rule| shift_ages(rule, 1, 0)),
    ("youngest younger", |rule| shift_ages(rule, -1, 0)),
    ("oldest older", |rule| shift_ages(rule, 0, 1)),
    ("oldest younger", |rule| shift_ages(rule, 0, -1)),
    ("count more", |rule| shift_count(rule, 1)),
    ("count less", |rule| shift_count(rule, -1)),
    ("pause or cycle longer", |rule| shift_second_count(rule, 1)),
    ("pause or cycle shorter", |rule| shift_second_count(rule, -1)),
    ("other value", other_value),
    ("further value", further_value),
    ("first item missing", |rule| Some(Rule { items: rule.items[1..].to_vec(), ..rule.clone() })),
    ("last item missing", |rule| Some(Rule { items: rule.items[..rule.items.len() - 1].to_vec(), ..rule.clone() })),
];

/// Cases, lines and amounts by rule and version.
type ByRule<'a> = BTreeMap<(&'a str, u32), BTreeSet<(&'a str, &'a [usize], i64)>>;

fn by_rule(hits: &Hits) -> ByRule<'_> {
    let mut rules = ByRule::new();
    for (case, hits) in hits {
        for (rule, version, lines, amount) in hits {
            rules.entry((rule.as_str(), *version)).or_default().insert((case.as_str(), lines.as_slice(), *amount));
        }
    }
    rules
}

#[test]
fn a_limit_shifted_by_one_is_noticed_for_every_rule() {
    let Some(data) = shared_data() else { return };
    let (cases, rules) = (Cases::make(&data, "ends"), rules(&data));
    let mut shifts: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, expected) in &cases.expected {
        let kind_of = |rule: &&Rule| rule.test.kind_name() == kind;
        let expected = by_rule(expected);
        for (name, shift) in SHIFTS {
            let shifted: Vec<Rule> = rules.iter().filter(kind_of).filter_map(shift).collect();
            let found = cases.found(shifted.clone(), kind);
            let found = by_rule(&found);
            for rule in &shifted {
                let key = (rule.id.as_str(), rule.version);
                assert_ne!(found.get(&key), expected.get(&key), "{name}: {} version {}", rule.id, rule.version);
            }
            *shifts.entry(name).or_default() += shifted.len();
        }
    }
    assert!(shifts.values().all(|rules| *rules > 0), "{shifts:?}");
}

#[test]
fn the_rows_checked_by_hand_are_those_the_seed_draws() {
    let Some(data) = shared_data() else { return };
    let drawn = String::from_utf8(script("sample.py", &data, "rows")).unwrap();
    let drawn: Vec<Vec<&str>> = drawn.lines().map(|line| line.split('\t').collect()).collect();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules-sample.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows = page.lines().filter(|line| line.contains(" | as written |") || line.contains(" | set aside rightly |"));
    let listed: Vec<Vec<&str>> =
        rows.map(|row| row.trim_matches('|').split('|').map(str::trim).take(3).collect()).collect();
    assert_eq!(drawn.len(), 100);
    assert_eq!(listed, drawn);
}

//! Each kind of rule once more as plain SQL: over two million lines the pass and DuckDB find the same, row by row.

use crate::bundle::{day, rule};
use crate::generated::rules;
use crate::shared::duckdb_python;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use xingjian_screen::catalogue;
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::{Store, load, write};
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::plan::{Extracts, Registrations};
use xingjian_screen::rule::Parameters;
use xingjian_screen::rule::kind::KINDS;
use xingjian_screen::run;

/// Nearly every doctor is registered for all and for ever, so that hits stay few.
fn registrations(store: &Store) -> Extracts {
    let registered = |at: usize| -> Registrations {
        let scopes = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let (first, last) = (day("2000-01-01"), day("2099-12-31"));
        match at % 400 {
            0 => vec![],
            1 => vec![(first, day("2026-01-20"), scopes(&["外科"])), (day("2026-02-10"), last, scopes(&["外科"]))],
            2 => vec![
                (first, day("2026-02-14"), scopes(&["内科"])),
                (day("2026-02-01"), last, scopes(&["外科", "内科"])),
            ],
            3 => vec![(first, last, scopes(&["内科", "儿科"]))],
            _ => vec![(first, last, scopes(&["外科"]))],
        }
    };
    let names = store.dictionaries.list(ListName::Doctors).names();
    Extracts { doctors: Some(names.iter().enumerate().map(|(at, name)| (name.clone(), registered(at))).collect()) }
}

/// Of a few visits of one institution nothing is known of what they cost.
fn without_some_totals(mut store: Store) -> Store {
    for (name, mut month) in store.manifest.months.clone() {
        let mut rows = load::month(&store.folder, &month.buckets[0]).unwrap();
        let institution = rows.visits[0].institution;
        let mut lost = 0;
        for visit in rows.visits.iter_mut().filter(|visit| visit.institution == institution).step_by(9) {
            visit.total = None;
            lost += 1;
        }
        assert!(lost > 50, "{lost}");
        month.buckets[0] = write::month(&store.folder, &format!("{name}/b00-v2"), &rows).unwrap();
        store.put_month(&name, month).unwrap();
    }
    store
}

#[test]
fn the_pass_and_duckdb_find_the_same_rows_in_two_million_lines() {
    let Some(python) = duckdb_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut rules = rules();
    rules.push(rule(
        "beyond_scope_of_many",
        &["9DEMO0000*"],
        r#"{ kind = "beyond_scope", scopes = ["外科", "眼科"] }"#,
    ));
    let windows = [
        ("pair_six_hours", &["X330", "X331"], r#"{ kind = "pair", contained = ["X336"], window = "six_hours" }"#),
        ("pair_visit", &["X340", "X341"], r#"{ kind = "pair", contained = ["X346"], window = "visit" }"#),
        ("companion_visit", &["X350", "X351"], r#"{ kind = "companion", any_of = ["X352"], window = "visit" }"#),
        ("companion_stay", &["X354", "X355"], r#"{ kind = "companion", any_of = ["X356"], window = "stay" }"#),
    ];
    rules.extend(windows.iter().map(|(id, items, test)| rule(id, &items[..], test)));
    let begin = jiff::civil::date(2026, 1, 1);
    let violations = u32::try_from(rules.len() * 40).unwrap();
    let recipe =
        Recipe { patients: 112_000, begin, months: 3, seed: 20_261_122, violations, city: "440400".to_owned() };
    let city = World::write(&recipe, &rules, &at("store"), 8, 2).unwrap();
    assert!(city.made.lines > 2_000_000, "{} lines", city.made.lines);
    let store = without_some_totals(Store::open(&at("store")).unwrap());
    let extracts = registrations(&store);
    catalogue::write(&at("rules.jsonl"), &rules).unwrap();
    std::fs::write(at("doctors.json"), serde_json::to_vec(&extracts.doctors).unwrap()).unwrap();
    let (run, hits) =
        run::screen(&store, rules, Parameters::default(), &extracts, &recipe.month_names(), 2, None).unwrap();
    for (id, ..) in windows {
        assert!(run.by_rule[id].hits > 10, "{id}: every window is compared");
    }
    run::keep(&at("runs"), &run, &hits).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/reference.py");
    let output = Command::new(&python)
        .arg(script)
        .args([at("store"), at("rules.jsonl"), at("runs").join(&run.id), at("doctors.json")])
        .output()
        .unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}\n{complained}");
    let compared: BTreeSet<&str> = said.lines().filter_map(equal).collect();
    let all: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(compared, all, "kinds with hits that are equal on both sides\n{said}");
}

/// The kind of a line `KIND: run N, reference N, equal` with hits on both sides.
fn equal(line: &str) -> Option<&str> {
    let (kind, counts) = line.split_once(": run ")?;
    let (run, reference) = counts.strip_suffix(", equal")?.split_once(", reference ")?;
    (run == reference && run.parse().is_ok_and(|hits: u64| hits > 0)).then_some(kind)
}

#[test]
fn a_kind_without_hits_or_with_others_is_not_equal() {
    assert_eq!(equal("sex: run 12, reference 12, equal"), Some("sex"));
    for line in
        ["sex: run 0, reference 0, equal", "sex: run 2, reference 3, DIFFERENT", "sex: run 2, reference 3, equal", ""]
    {
        assert_eq!(equal(line), None, "{line}");
    }
}

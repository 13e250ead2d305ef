//! The same hits whatever the order of rows, the number of buckets or threads, and loud refusal of files that do not fit.

use crate::bundle::{Bundle, rule, written};
use proptest::prelude::*;
use xingjian_screen::claims::{Error, Store};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run::{self, Assembly, Change, HELD, Hits, Run};

pub fn rules() -> Vec<Rule> {
    vec![
        rule("A", &["X1", "X2"], r#"{ kind = "sex", only = "female" }"#),
        rule("B", &["X1"], r#"{ kind = "daily_quantity", at_most_e4 = 10000 }"#),
        rule("C", &["X1"], r#"{ kind = "pair", contained = ["X2", "X3"], window = "day" }"#),
        rule("D", &["X1", "X2"], r#"{ kind = "course_days", at_most = 2, gap_days = 30 }"#),
        rule("E", &["X3"], r#"{ kind = "cycle", at_most = 1, days = 7 }"#),
        rule("F", &[], r#"{ kind = "overlapping_stays" }"#),
        rule("G", &[], r#"{ kind = "doctor_load", patients_a_day = 1 }"#),
        rule("H", &["X2"], r#"{ kind = "pair", contained = ["X3"], window = "six_hours" }"#),
    ]
}

fn claims() -> impl Strategy<Value = (Vec<String>, Vec<String>)> {
    let visit = (0..4u8, 0..3u8, 0..2u8, 1..28u8, 0..20u8, 0..12u8);
    let line = (0..200u16, 1..28u8, 0..24u8, 1..4u8, -1..3i8);
    (prop::collection::vec(visit, 1..12), prop::collection::vec(line, 0..60)).prop_map(|(visits, lines)| {
        let count = visits.len();
        let visits = (0..).zip(visits).map(|(at, (person, institution, kind, day, length, hour)): (usize, _)| {
            let kind = if kind == 0 { 11 } else { 21 };
            let sex = person % 2 + 1;
            let end = (u16::from(day) + u16::from(length)).min(31);
            format!("visit v{at} p{person} institution=I{institution} type={kind} sex={sex} doctor=D{institution} total={day}.5 begin=2026-01-{day:02}T{hour:02}:00 end=2026-01-{end:02}T12:00")
        });
        let lines = (0..).zip(lines).map(|(at, (visit, day, hour, item, quantity)): (usize, _)| {
            let visit = usize::from(visit) % count;
            format!("line l{at} v{visit} 2026-01-{day:02}T{hour:02}:00 X{item} quantity={quantity}")
        });
        (visits.collect(), lines.collect())
    })
}

fn text(visits: &[String], lines: &[String]) -> String {
    visits.iter().chain(lines).map(String::as_str).collect::<Vec<_>>().join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn order_of_rows_buckets_and_threads_change_nothing((visits, lines) in claims(), seed in any::<u64>()) {
        let whole = Bundle::with_buckets(&text(&visits, &lines), 1);
        let (expected, _) = whole.hits(&rules(), &Extracts::default(), 1);
        let (mut visits, mut lines) = (visits, lines);
        let mixed = |text: &String| {
            text.bytes().fold(seed, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
        };
        visits.sort_by_key(mixed);
        lines.sort_by_key(mixed);
        let split = Bundle::with_buckets(&text(&visits, &lines), 5);
        let (found, _) = split.hits(&rules(), &Extracts::default(), 3);
        prop_assert_eq!(written(&found), written(&expected));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]
    #[test]
    fn parts_found_apart_are_the_run((visits, lines) in claims()) {
        let bundle = Bundle::with_buckets(&text(&visits, &lines), 5);
        let (store, months, extracts) = (&bundle.store, &bundle.months, Extracts::default());
        let whole = run::screen(store, rules(), Parameters::default(), &extracts, months, 2, None).unwrap();
        let plan = Plan::compile(rules(), Parameters::default(), &store.dictionaries, &extracts);
        let mut assembly = Assembly::new(store, &plan, months).unwrap();
        for bucket in (0..5).rev() {
            let (hits, part) = run::of_bucket(store, &plan, months, bucket).unwrap();
            assembly.add(&part).unwrap();
            assembly.add_hits(hits.to_vec().unwrap()).unwrap();
        }
        let id = run::name(store, &rules(), &Parameters::default(), &extracts, months);
        let together = assembly.finish(id, 2).unwrap();
        let all = |(run, hits): (Run, Hits)| (run, hits.to_vec().unwrap());
        prop_assert_eq!(all(together), all(whole));
    }
}

fn claims_of_two() -> &'static str {
    "visit v1 p1 institution=A sex=1
     line l1 v1 2026-01-02 X1
     line l2 v1 2026-01-03 X1
     visit v2 p2 institution=A sex=1
     line l3 v2 2026-01-02 X1"
}

fn refused(bundle: &Bundle) -> String {
    let plan = Plan::compile(rules(), Parameters::default(), &bundle.store.dictionaries, &Extracts::default());
    let error = run::find(&bundle.store, &plan, &bundle.months, 2, None, HELD).expect_err("refused");
    error.to_string()
}

#[test]
fn a_file_of_another_state_or_a_truncated_one_is_refused() {
    let bundle = Bundle::with_buckets(claims_of_two(), 1);
    let other = Bundle::with_buckets("visit v1 p1 institution=A sex=1\nline l1 v1 2026-01-02 X1", 1);
    let name = bundle.store.manifest.months["2026-01"].buckets[0].lines.path.clone();
    let path = bundle.store.folder.join(&name);
    let whole = std::fs::read(&path).unwrap();
    std::fs::copy(other.store.folder.join(&name), &path).unwrap();
    assert!(refused(&bundle).contains("与清单不符"), "{}", refused(&bundle));
    std::fs::write(&path, &whole[..whole.len() - 20]).unwrap();
    assert!(refused(&bundle).contains("已损坏"), "{}", refused(&bundle));
    std::fs::remove_file(&path).unwrap();
    assert!(refused(&bundle).contains("无法读写"));
}

#[test]
fn a_manifest_of_a_later_format_is_refused() {
    let bundle = Bundle::new(claims_of_two());
    let path = bundle.store.folder.join("manifest.json");
    let text = std::fs::read_to_string(&path).unwrap().replace("\"format\": 1", "\"format\": 2");
    std::fs::write(&path, text).unwrap();
    assert!(matches!(Store::open(&bundle.store.folder), Err(Error::Mismatch { .. })));
    std::fs::write(&path, "{").unwrap();
    assert!(matches!(Store::open(&bundle.store.folder), Err(Error::Manifest { .. })));
}

#[test]
fn a_run_has_the_name_of_its_data_and_rules_and_a_correction_withdraws_what_it_mends() {
    let bundle = Bundle::with_buckets(claims_of_two(), 1);
    let corrected = Bundle::with_buckets(
        &claims_of_two().replace("visit v2 p2 institution=A sex=1", "visit v2 p2 institution=A sex=2"),
        1,
    );
    let screen = |bundle: &Bundle, rules: Vec<Rule>| {
        run::screen(&bundle.store, rules, Parameters::default(), &Extracts::default(), &bundle.months, 2, None).unwrap()
    };
    let (first, hits) = screen(&bundle, rules());
    let (again, same) = screen(&bundle, rules());
    assert_eq!((again, same.to_vec().unwrap()), (first.clone(), hits.to_vec().unwrap()));
    let mut fewer = rules();
    fewer.remove(1);
    assert_ne!(screen(&bundle, fewer).0.id, first.id);
    let (second, after) = screen(&corrected, rules());
    assert_ne!(second.id, first.id);
    let changes = |before: &Hits, after: &Hits| {
        let mut changes = Vec::new();
        let told = |change: Change<'_>| match change {
            Change::Added(hit) => changes.push(format!("+{}", hit.lines.join("+"))),
            Change::Withdrawn(hit) => changes.push(format!("-{}", hit.lines.join("+"))),
        };
        run::compare(before, after, told).unwrap();
        changes
    };
    assert_eq!(changes(&hits, &after), ["-l3"]);
    assert_eq!(changes(&after, &hits), ["+l3"]);
    assert!(changes(&hits, &hits).is_empty());
    let folder = tempfile::tempdir().unwrap();
    run::keep(folder.path(), &first, &hits).unwrap();
    let kept = std::fs::read(folder.path().join(&first.id).join("hits.parquet")).unwrap();
    run::keep(folder.path(), &first, &hits).unwrap();
    assert_eq!(std::fs::read(folder.path().join(&first.id).join("hits.parquet")).unwrap(), kept);
    let text = std::fs::read(folder.path().join(&first.id).join("run.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Run>(&text).unwrap(), first);
    let (loaded, kept) = run::load(folder.path(), &first.id).unwrap().unwrap();
    assert_eq!((loaded, kept.len(), kept.to_vec().unwrap()), (first, hits.len(), hits.to_vec().unwrap()));
    assert!(run::load(folder.path(), "none").unwrap().is_none());
}

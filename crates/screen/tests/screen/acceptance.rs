//! The cases of the law as facts (spec/regulations, T36 to T39), to the day and to the class of the result.

use crate::bundle::{Bundle, rule};
use std::path::Path;
use xingjian_screen::catalogue;
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Extracts;
use xingjian_screen::rule::{ResultClass, Rule};

fn shipped(id: &str) -> Rule {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy/national/claims");
    catalogue::read_packs(&folder).unwrap().into_iter().find(|rule| rule.id == id).unwrap()
}

fn hits(rule: Rule, claims: &str) -> Vec<Hit> {
    Bundle::new(claims).hits(&[rule], &Extracts::default(), 1).0
}

#[test]
fn t36_emergency_monitoring_and_emergency_consultation_on_one_day_is_definite() {
    let claims = "visit v1 p1 institution=A type=13
         line l1 v1 2026-01-02 001103000010000
         line l2 v1 2026-01-02 001102000030000";
    let found = hits(shipped("xj/重复收费/急诊监护与床位、诊查"), claims);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].result, found[0].lines.as_slice()),
        (ResultClass::Definite, ["l1".into(), "l2".into()].as_slice())
    );
}

#[test]
fn t37_a_man_with_a_drug_for_women_is_hit() {
    let only = || rule("R", &["X1"], r#"{ kind = "sex", only = "female" }"#);
    let claims = |sex: &str| format!("visit v1 p1 institution=A sex={sex}\nline l1 v1 2026-01-02 X1");
    assert_eq!(hits(only(), &claims("1")).len(), 1);
    assert_eq!(hits(only(), &claims("2")).len(), 0);
}

#[test]
fn t38_fourteen_days_are_paid_and_the_fifteenth_is_hit() {
    let course = || rule("R", &["X1"], r#"{ kind = "course_days", at_most = 14, gap_days = 30 }"#);
    let claims = |days: u32| {
        let line = |day: u32| format!("line l{day} v1 2026-01-{day:02} X1");
        let lines: Vec<String> = (1..=days).map(line).collect();
        format!("visit v1 p1 institution=A type=21\n{}", lines.join("\n"))
    };
    assert_eq!(hits(course(), &claims(14)).len(), 0);
    let found = hits(course(), &claims(15));
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].day.to_string().as_str(), found[0].lines.as_slice()),
        ("2026-01-15", ["l15".into()].as_slice())
    );
}

#[test]
fn t39_the_same_disease_again_within_fifteen_days_is_suspect_and_chemotherapy_is_excepted() {
    let claims = |begin: &str, first: &str, second: &str| {
        format!(
            "visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 diagnosis={first} total=100
             visit v2 p1 institution=A type=21 begin={begin}T08:00 end=2026-01-25T10:00 diagnosis={second} total=200"
        )
    };
    let split = || shipped("xj/分解住院/15日");
    let found = hits(split(), &claims("2026-01-20", "J18.9", "J18.0"));
    assert_eq!(found.iter().map(|hit| hit.result).collect::<Vec<_>>(), [ResultClass::Suspect]);
    assert_eq!(hits(split(), &claims("2026-01-21", "J18.9", "J18.0")).len(), 0, "the sixteenth day");
    assert_eq!(hits(split(), &claims("2026-01-20", "Z51.1", "Z51.1")).len(), 0, "a cycle of chemotherapy");
}

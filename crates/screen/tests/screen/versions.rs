//! Rules with several versions: what a patient uses runs on through them, and each answers for its own days.

use crate::bundle::{Bundle, rule, written};
use expect_test::{Expect, expect};
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Extracts;

/// Two versions of one rule; the second begins on 10 January.
fn versions(first: (&[&str], &str), second: (&[&str], &str), claims: &str, expected: &Expect) {
    let mut rules = [rule("R", first.0, first.1), rule("R", second.0, second.1)];
    rules[0].until = Some("2026-01-09".parse().unwrap());
    rules[1].from = "2026-01-10".parse().unwrap();
    rules[1].version = 2;
    let (hits, _) = Bundle::new(claims).hits(&rules, &Extracts::default(), 1);
    let of = |hit: &Hit| format!("第{}版 {}", hit.version, written(std::slice::from_ref(hit)));
    expected.assert_eq(&hits.iter().map(of).collect::<String>());
}

/// A use of an item on each of some days of January.
fn uses(days: std::ops::RangeInclusive<u8>, item: &str) -> String {
    let line = |day: u8| format!("line {item}d{day:02} v1 2026-01-{day:02} {item}\n");
    days.map(line).collect()
}

#[test]
fn a_course_runs_on_through_the_versions_of_a_rule_and_each_answers_for_its_own_days() {
    let days = |at_most: u16| format!(r#"{{ kind = "course_days", at_most = {at_most}, gap_days = 30 }}"#);
    let claims = format!("visit v1 p1 institution=A type=21\n{}", uses(7..=12, "X1"));
    versions(
        (&["X1"], &days(2)),
        (&["X1"], &days(4)),
        &claims,
        &expect![[r#"
        第1版 R p1 2026-01-09 v1 X1d09 10.00 | 使用日数=6 支付天数=2 疗程首日=2026-01-07
        第2版 R p1 2026-01-11 v1 X1d11+X1d12 20.00 | 使用日数=6 支付天数=4 疗程首日=2026-01-07
    "#]],
    );
    // What the second version lists anew counts from its first day; what it lists no more does not count in it.
    versions(
        (&["X1"], &days(2)),
        (&["X2"], &days(2)),
        &format!("{claims}{}", uses(7..=12, "X2")),
        &expect![[r#"
        第1版 R p1 2026-01-09 v1 X1d09 10.00 | 使用日数=3 支付天数=2 疗程首日=2026-01-07
        第2版 R p1 2026-01-12 v1 X2d12 10.00 | 使用日数=3 支付天数=2 疗程首日=2026-01-10
    "#]],
    );
    let span = |at_most: u16| format!(r#"{{ kind = "course_span", at_most = {at_most}, gap_days = 30 }}"#);
    versions(
        (&["X1"], &span(9)),
        (&["X1"], &span(4)),
        &claims,
        &expect![[r#"
        第2版 R p1 2026-01-11 v1 X1d11+X1d12 20.00 | 跨度（天）=6 支付天数=4 疗程首日=2026-01-07
    "#]],
    );
    let stay = |at_most: u16| format!(r#"{{ kind = "stay_days", at_most = {at_most} }}"#);
    versions(
        (&["X1"], &stay(3)),
        (&["X1"], &stay(3)),
        &claims,
        &expect![[r#"
        第2版 R p1 2026-01-10 v1 X1d10+X1d11+X1d12 30.00 | 使用日数=6 支付天数=3 首日=2026-01-07
    "#]],
    );
}

#[test]
fn cycles_supplies_and_pairs_reach_into_the_version_before() {
    let claims = "visit v1 p1 institution=A type=21
         line l1 v1 2026-01-09T23:30 X1 supply=30
         line l2 v1 2026-01-10T00:10 X2 supply=30
         line l3 v1 2026-01-20 X1 supply=30";
    let cycle = r#"{ kind = "cycle", at_most = 1, days = 2 }"#;
    versions(
        (&["X1", "X2"], cycle),
        (&["X1", "X2"], cycle),
        claims,
        &expect![[r#"
        第2版 R p1 2026-01-10 v1 l1+l2 10.00 | 数量合计=2 上限=1 周期（天）=2
    "#]],
    );
    let supply = r#"{ kind = "supply_overlap", at_most_days = 7 }"#;
    versions(
        (&["X1", "X2"], supply),
        (&["X1", "X2"], supply),
        claims,
        &expect![[r#"
        第2版 R p1 2026-01-10 v1 l2 10.00 | 余药天数=29 上限=7 本次天数=30
        第2版 R p1 2026-01-20 v1 l3 10.00 | 余药天数=49 上限=7 本次天数=30
    "#]],
    );
    let pair = |window: &str| format!(r#"{{ kind = "pair", contained = ["X2"], window = "{window}" }}"#);
    let (hour, visit) = (pair("one_hour"), pair("visit"));
    versions(
        (&["X1"], &hour),
        (&["X1"], &hour),
        claims,
        &expect![[r#"
        第2版 R p1 2026-01-10 v1 l1+l2 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=40
    "#]],
    );
    versions(
        (&["X1"], &visit),
        (&["X1"], &visit),
        claims,
        &expect![[r#"
        第2版 R p1 2026-01-10 v1 l1+l2+l3 10.00 | 主项条数=2 从项条数=1
    "#]],
    );
    // A companion was there, if not on a day of the rule.
    let companion = r#"{ kind = "companion", any_of = ["X1"], window = "visit" }"#;
    let claims = "visit v1 p1 institution=A
         line l1 v1 2019-12-31 X1
         line l2 v1 2026-01-10 X2";
    versions((&["X2"], companion), (&["X2"], companion), claims, &expect![[""]]);
}

use crate::bundle::{rule, screen};
use expect_test::{Expect, expect};

fn check(items: &[&str], test: &str, claims: &str, expected: &Expect) {
    expected.assert_eq(&screen(&[rule("R", items, test)], claims));
}

#[test]
fn quantity_and_count_of_a_day_in_one_institution() {
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-02 X1 quantity=1
         line l2 v1 2026-01-02 X1 quantity=0.5 price=3
         visit v2 p1 institution=A
         line l3 v2 2026-01-02 X2 quantity=0.5
         visit v3 p1 institution=B
         line l4 v3 2026-01-02 X1 quantity=1
         line l5 v1 2026-01-03 X1 quantity=1";
    check(&["X1"], r#"{ kind = "daily_quantity", at_most_e4 = 15000 }"#, claims, &expect![[""]]);
    check(
        &["X1"],
        r#"{ kind = "daily_quantity", at_most_e4 = 14999 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-02 v1 l1+l2 0.00 | 数量合计=1.5 上限=1.4999
    "#]],
    );
    check(
        &["X1", "X2"],
        r#"{ kind = "daily_quantity", at_most_e4 = 15000 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-02 v1+v2 l1+l2+l3 5.00 | 数量合计=2 上限=1.5
    "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "daily_count", at_most = 1 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-02 v1 l1+l2 1.50 | 次数=2 上限=1
    "#]],
    );
    check(&["X1"], r#"{ kind = "daily_count", at_most = 2 }"#, claims, &expect![[""]]);
}

#[test]
fn pairs_of_a_day_a_visit_and_a_stay() {
    let claims = "visit v1 p1 institution=A type=21
         line l1 v1 2026-01-02 X1
         line l2 v1 2026-01-02 Y1 price=7
         line l3 v1 2026-01-03 Y1
         visit v2 p1 institution=B type=11
         line l4 v2 2026-01-03 X1
         line l5 v2 2026-01-04 Y1";
    let pair = |window: &str| format!(r#"{{ kind = "pair", contained = ["Y1"], window = "{window}" }}"#);
    check(
        &["X1"],
        &pair("day"),
        claims,
        &expect![[r#"
            R p1 2026-01-02 v1 l1+l2 7.00 | 主项条数=1 从项条数=1
        "#]],
    );
    check(
        &["X1"],
        &pair("visit"),
        claims,
        &expect![[r#"
            R p1 2026-01-02 v1 l1+l2+l3 17.00 | 主项条数=1 从项条数=2
            R p1 2026-01-04 v2 l4+l5 10.00 | 主项条数=1 从项条数=1
        "#]],
    );
    check(
        &["X1"],
        &pair("stay"),
        claims,
        &expect![[r#"
            R p1 2026-01-02 v1 l1+l2+l3 17.00 | 主项条数=1 从项条数=2
        "#]],
    );
}

#[test]
fn pairs_of_hours_end_just_before_the_hour_is_full() {
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-02T09:00 X1
         line l2 v1 2026-01-02T09:59 Y1
         line l3 v1 2026-01-02T10:00 Y1
         line l4 v1 2026-01-02T14:59 Y1
         line l5 v1 2026-01-02T15:00 Y1
         line l6 v1 2026-01-02 Y1
         line l7 v1 2026-01-02T03:01 Y1
         line l8 v1 2026-01-03T23:30 X1
         line l9 v1 2026-01-04T00:10 Y1";
    let pair = |window: &str| format!(r#"{{ kind = "pair", contained = ["Y1"], window = "{window}" }}"#);
    check(
        &["X1"],
        &pair("one_hour"),
        claims,
        &expect![[r#"
            R p1 2026-01-02 v1 l1+l2 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=59
            R p1 2026-01-04 v1 l8+l9 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=40
            R 未判断 1
        "#]],
    );
    check(
        &["X1"],
        &pair("six_hours"),
        claims,
        &expect![[r#"
            R p1 2026-01-02 v1 l1+l2 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=59
            R p1 2026-01-02 v1 l1+l3 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=60
            R p1 2026-01-02 v1 l1+l4 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=359
            R p1 2026-01-02 v1 l1+l7 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=359
            R p1 2026-01-04 v1 l8+l9 10.00 | 主项条数=1 从项条数=1 相隔（分钟）=40
            R 未判断 1
        "#]],
    );
}

#[test]
fn the_second_operation_of_a_group_is_discounted() {
    check(
        &["S1", "S2", "S3"],
        r#"{ kind = "discount", percent = 50 }"#,
        "visit v1 p1 institution=A
         line l1 v1 2026-01-02 S1 price=1000 limit=1000
         line l2 v1 2026-01-02 S2 price=400 limit=800
         line l3 v1 2026-01-02 S3 price=400.01 limit=800 quantity=1
         visit v2 p2 institution=A
         line l4 v2 2026-01-02 S1 price=1000 limit=1000
         line l5 v2 2026-01-02 S2 price=800
         line l6 v2 2026-01-03 S3 price=800 limit=800",
        &expect![[r#"
            R p1 2026-01-02 v1 l3 0.01 | 单价=400.01 限价=800 比例（%）=50
            R 未判断 1
        "#]],
    );
}

#[test]
fn parts_of_one_service_and_missing_companions() {
    let claims = "visit v1 p1 institution=A type=21
         line l1 v1 2026-01-02 S1 price=10
         line l2 v1 2026-01-02 S2 price=30
         line l3 v1 2026-01-02 S3 price=20
         line l4 v1 2026-01-03 S1
         line l5 v1 2026-01-03 S1
         line l6 v1 2026-01-03 S2";
    check(
        &["S1", "S2", "S3"],
        r#"{ kind = "decomposed", at_least = 3 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-02 v1 l1+l2+l3 30.00 | 项目数=3 判定数=3
    "#]],
    );
    let companion = |window: &str| format!(r#"{{ kind = "companion", any_of = ["S3"], window = "{window}" }}"#);
    check(
        &["S1"],
        &companion("day"),
        claims,
        &expect![[r#"
        R p1 2026-01-03 v1 l4+l5 20.00 | 明细条数=2
    "#]],
    );
    check(&["S1"], &companion("visit"), claims, &expect![[""]]);
}

#[test]
fn days_and_span_of_a_course() {
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-01 X1
         line l2 v1 2026-01-02 X1
         line l3 v1 2026-01-02 X2
         line l4 v1 2026-01-05 X1
         line l5 v1 2026-01-06 X2 price=4
         month 2026-02
         visit v2 p1 institution=B
         line l6 v2 2026-02-05 X1
         line l7 v2 2026-03-08 X1";
    let days = |at_most: u16, gap: u16| format!(r#"{{ kind = "course_days", at_most = {at_most}, gap_days = {gap} }}"#);
    check(&["X1", "X2"], &days(4, 29), claims, &expect![[""]]);
    check(
        &["X1", "X2"],
        &days(3, 29),
        claims,
        &expect![[r#"
        R p1 2026-01-06 v1 l5 4.00 | 使用日数=4 支付天数=3 疗程首日=2026-01-01
    "#]],
    );
    check(
        &["X1", "X2"],
        &days(4, 30),
        claims,
        &expect![[r#"
        R p1 2026-02-05 v2 l6 10.00 | 使用日数=5 支付天数=4 疗程首日=2026-01-01
    "#]],
    );
    let span = r#"{ kind = "course_span", at_most = 5, gap_days = 29 }"#;
    check(
        &["X1", "X2"],
        span,
        claims,
        &expect![[r#"
        R p1 2026-01-06 v1 l5 4.00 | 跨度（天）=6 支付天数=5 疗程首日=2026-01-01
    "#]],
    );
    check(&["X1", "X2"], r#"{ kind = "course_span", at_most = 6, gap_days = 29 }"#, claims, &expect![[""]]);
}

#[test]
fn days_of_one_stay_are_counted_stay_by_stay() {
    let claims = "visit v1 p1 institution=A type=21
         line l1 v1 2026-01-01 X1
         line l2 v1 2026-01-02 X1
         line l3 v1 2026-01-02 X1
         line l4 v1 2026-01-09 X1 price=4
         visit v2 p1 institution=A type=21
         line l5 v2 2026-01-10 X1
         line l6 v2 2026-01-11 X1
         visit v3 p1 institution=A type=11
         line l7 v3 2026-01-12 X1
         line l8 v3 2026-01-13 X1
         line l9 v3 2026-01-14 X1";
    check(&["X1"], r#"{ kind = "stay_days", at_most = 3 }"#, claims, &expect![[""]]);
    check(
        &["X1"],
        r#"{ kind = "stay_days", at_most = 2 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-09 v1 l4 4.00 | 使用日数=3 支付天数=2 首日=2026-01-01
    "#]],
    );
}

#[test]
fn a_cycle_ends_on_the_day_before_it_may_begin_again() {
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-01 X1
         line l2 v1 2026-01-14 X1
         visit v2 p2 institution=A
         line l3 v2 2026-01-01 X1
         line l4 v2 2026-01-15 X1
         visit v3 p3 institution=A
         line l5 v3 2026-01-01 X1 quantity=2";
    check(
        &["X1"],
        r#"{ kind = "cycle", at_most = 1, days = 14 }"#,
        claims,
        &expect![[r#"
        R p3 2026-01-01 v3 l5 10.00 | 数量合计=2 上限=1 周期（天）=14
        R p1 2026-01-14 v1 l1+l2 10.00 | 数量合计=2 上限=1 周期（天）=14
    "#]],
    );
}

#[test]
fn supplies_overlap_only_beyond_what_may_be_in_hand() {
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-01 X1 supply=30
         line l2 v1 2026-01-24 X1 supply=30
         visit v2 p2 institution=A
         line l3 v2 2026-01-01 X1 supply=30
         line l4 v2 2026-01-23 X1 supply=30
         line l5 v2 2026-02-10 X1
         line l6 v2 2026-03-02 X1 supply=7";
    check(
        &["X1"],
        r#"{ kind = "supply_overlap", at_most_days = 7 }"#,
        claims,
        &expect![[r#"
        R p2 2026-01-23 v2 l4 10.00 | 余药天数=8 上限=7 本次天数=30
    "#]],
    );
}

#[test]
fn herbs_that_are_not_paid_alone() {
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-01 T1
         line l2 v1 2026-01-01 T2
         line l3 v1 2026-01-01 X9
         visit v2 p2 institution=A
         line l4 v2 2026-01-01 T1
         line l5 v2 2026-01-01 T7
         line l6 v2 2026-01-02 T2";
    check(
        &["T1", "T2"],
        r#"{ kind = "alone_not_covered", among = ["T*"] }"#,
        claims,
        &expect![[r#"
        R p2 2026-01-02 v2 l6 10.00 | 明细条数=1
        R p1 2026-01-01 v1 l1+l2 20.00 | 明细条数=2
    "#]],
    );
}

use crate::bundle::{rule, screen};
use expect_test::{Expect, expect};

fn check(items: &[&str], test: &str, claims: &str, expected: &Expect) {
    expected.assert_eq(&screen(&[rule("R", items, test)], claims));
}

#[test]
fn stays_overlap_by_a_minute_or_not_at_all() {
    check(
        &[],
        r#"{ kind = "overlapping_stays" }"#,
        "visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 total=500
         visit v2 p1 institution=B type=21 begin=2026-01-05T10:00 end=2026-01-08T10:00 total=300
         visit v3 p1 institution=C type=21 begin=2026-01-08T09:59 end=2026-01-09T10:00 total=200
         visit v4 p1 institution=C type=21 begin=2026-01-08T09:59 total=200
         visit v5 p1 institution=C type=11 begin=2026-01-02T09:59 end=2026-01-02T10:59 total=200",
        &expect![[r#"
            R p1 2026-01-08 v2+v3  200.00 | 重叠（分钟）=1
            R 未判断 1
        "#]],
    );
}

#[test]
fn outpatients_who_lie_in_hospital() {
    check(
        &[],
        r#"{ kind = "outpatient_during_stay" }"#,
        "visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00
         visit v2 p1 institution=B type=11 begin=2026-01-01T08:00 total=10
         visit v3 p1 institution=B type=11 begin=2026-01-01T08:01 total=10
         visit v4 p1 institution=B type=11 begin=2026-01-05T10:00 total=10",
        &expect![[r#"
            R p1 2026-01-01 v1+v3  10.00 | 入院=2026-01-01 出院=2026-01-05
        "#]],
    );
}

#[test]
fn split_stays_and_readmissions() {
    let claims =
        "visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 diagnosis=J18.9 total=100
         visit v2 p1 institution=A type=21 begin=2026-01-20T08:00 end=2026-01-22T10:00 diagnosis=J18.0 total=200
         visit v3 p2 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 diagnosis=J18.9 total=100
         visit v4 p2 institution=A type=21 begin=2026-01-21T08:00 end=2026-01-22T10:00 diagnosis=J18.9 total=200
         visit v5 p3 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 diagnosis=Z51.1 total=100
         visit v6 p3 institution=A type=21 begin=2026-01-08T08:00 end=2026-01-10T10:00 diagnosis=Z51.1 total=200
         visit v7 p4 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 diagnosis=J18.9 total=100
         visit v8 p4 institution=B type=21 begin=2026-02-05T08:00 end=2026-02-06T10:00 diagnosis=J18.9 total=200
         visit v9 p5 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00 diagnosis=J18.9 total=100
         visit w1 p5 institution=A type=21 begin=2026-01-07T08:00 end=2026-01-09T10:00 diagnosis=J20.9 total=200";
    check(
        &[],
        r#"{ kind = "split_stay", within_days = 15, except = ["Z51"] }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-20 v1+v2  200.00 | 间隔（天）=15 上限=15 主要诊断=J18.0
    "#]],
    );
    check(
        &[],
        r#"{ kind = "readmission", within_days = 31, except = ["Z51"] }"#,
        claims,
        &expect![[r#"
        R p4 2026-02-05 v7+v8  200.00 | 间隔（天）=31 上限=31 主要诊断=J18.9
        R p2 2026-01-21 v3+v4  200.00 | 间隔（天）=16 上限=31 主要诊断=J18.9
        R p1 2026-01-20 v1+v2  200.00 | 间隔（天）=15 上限=31 主要诊断=J18.0
    "#]],
    );
}

#[test]
fn from_one_hospital_to_another_and_back() {
    check(
        &[],
        r#"{ kind = "ping_pong", within_days = 3 }"#,
        "visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00
         visit v2 p1 institution=B type=21 begin=2026-01-08T08:00 end=2026-01-10T10:00
         visit v3 p1 institution=A type=21 begin=2026-01-13T08:00 end=2026-01-20T10:00 total=70
         visit v4 p2 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-05T10:00
         visit v5 p2 institution=B type=21 begin=2026-01-08T08:00 end=2026-01-10T10:00
         visit v6 p2 institution=A type=21 begin=2026-01-14T08:00 end=2026-01-20T10:00",
        &expect![[r#"
            R p1 2026-01-13 v1+v2+v3  70.00 | 间隔一（天）=3 间隔二（天）=3 上限=3
        "#]],
    );
}

#[test]
fn an_empty_bed_has_bed_and_nursing_only() {
    let claims = "visit v1 p1 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-11T10:00 total=900
         line l1 v1 2026-01-01 BED
         line l2 v1 2026-01-01 X1
         line l3 v1 2026-01-01 X2
         line l4 v1 2026-01-02 BED
         line l5 v1 2026-01-03 X1
         visit v2 p2 institution=A type=21 begin=2026-01-01T08:00 end=2026-01-11T10:00
         line m1 v2 2026-01-01 X1
         line m2 v2 2026-01-02 X1
         line m3 v2 2026-01-03 X1";
    check(
        &[],
        r#"{ kind = "empty_bed", passive = ["BED"], min_days = 10, idle_percent = 80 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-01 v1  900.00 | 空床天数=8 住院天数=10 比例（%）=80
    "#]],
    );
    check(
        &[],
        r#"{ kind = "empty_bed", passive = ["BED"], min_days = 11, idle_percent = 80 }"#,
        claims,
        &expect![[""]],
    );
}

#[test]
fn the_same_prescription_twice_on_a_day() {
    check(
        &["X*"],
        r#"{ kind = "same_prescription", at_least_items = 2 }"#,
        "visit v1 p1 institution=A type=11 begin=2026-01-01T08:00 total=10
         line l1 v1 2026-01-01 X1
         line l2 v1 2026-01-01 X2
         visit v2 p1 institution=B type=11 begin=2026-01-01T15:00 total=20
         line l3 v2 2026-01-01 X2
         line l4 v2 2026-01-01 X1
         line l5 v2 2026-01-01 Y1
         visit v3 p1 institution=B type=11 begin=2026-01-02T15:00 total=20
         line l6 v3 2026-01-02 X2
         line l7 v3 2026-01-02 X1
         visit v4 p2 institution=A type=11 begin=2026-01-01T08:00
         line l8 v4 2026-01-01 X1
         visit v5 p2 institution=A type=11 begin=2026-01-01T09:00
         line l9 v5 2026-01-01 X1",
        &expect![[r#"
            R p1 2026-01-01 v1+v2  20.00 | 药品条数=2 最少条数=2
        "#]],
    );
}

#[test]
fn two_cities_at_once_and_two_institutions_within_minutes() {
    let claims = "visit v1 p1 institution=A type=11 city=440400 begin=2026-01-01T08:00 total=10
         visit v2 p1 institution=B type=11 city=440300 begin=2026-01-01T08:59 total=20
         visit v3 p1 institution=B type=11 city=440400 begin=2026-01-01T09:59 total=20
         visit v4 p2 institution=A type=11 begin=2026-01-01T08:00 total=20";
    check(
        &[],
        r#"{ kind = "two_cities" }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-01 v1+v2  20.00 | 前一就医地=440400 后一就医地=440300
        R 未判断 1
    "#]],
    );
    check(
        &[],
        r#"{ kind = "borrowed", within_minutes = 60 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-01 v1+v2  20.00 | 相隔（分钟）=59 判定（分钟）=60
    "#]],
    );
    check(&[], r#"{ kind = "borrowed", within_minutes = 59 }"#, claims, &expect![[""]]);
}

#[test]
fn three_institutions_on_one_day() {
    let claims = "visit v1 p1 institution=A type=11 begin=2026-01-01T00:00 total=1
         visit v2 p1 institution=B type=13 begin=2026-01-01T12:00 total=2
         visit v3 p1 institution=C type=41 begin=2026-01-01T23:59 total=4
         visit v4 p1 institution=A type=11 begin=2026-01-01T09:00 total=8
         visit v5 p2 institution=A type=11 begin=2026-01-01T08:00 total=1
         visit v6 p2 institution=B type=11 begin=2026-01-01T09:00 total=1
         visit v7 p2 institution=C type=11 begin=2026-01-02T00:00 total=1
         visit v8 p2 institution=C type=21 begin=2026-01-01T10:00 total=1
         visit v9 p3 institution=A type=11 begin=2026-01-01T08:00 total=1
         visit va p3 institution=B type=11 begin=2026-01-01T09:00 total=1
         visit vb p3 institution=B type=11 begin=2026-01-01T10:00 total=1
         visit vc p3 institution=C type=11";
    check(
        &[],
        r#"{ kind = "many_institutions", at_least = 3 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-01 v1+v2+v3+v4  15.00 | 机构数=3 判定数=3
    "#]],
    );
    check(&[], r#"{ kind = "many_institutions", at_least = 4 }"#, claims, &expect![[""]]);
}

#[test]
fn a_month_of_visits_and_a_missing_physician() {
    let claims = "visit v1 p1 institution=A type=11 begin=2026-01-31T08:00 total=600.00
         visit v2 p1 institution=A type=11 begin=2026-01-01T08:00 total=400.01
         visit v3 p1 institution=A type=11 begin=2026-02-01T08:00 total=999.99
         visit v4 p2 institution=A type=21 begin=2026-01-01T08:00 total=5
         visit v5 p2 institution=A type=21 begin=2026-01-09T08:00 total=6 doctor=D1";
    check(
        &[],
        r#"{ kind = "monthly_total", at_most_fen = 100000 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-31 v1+v2  0.01 | 合计=1,000.01 阈值=1,000.00
    "#]],
    );
    check(
        &[],
        r#"{ kind = "missing_physician" }"#,
        claims,
        &expect![[r#"
        R p2 2026-01-01 v4  5.00 | 
    "#]],
    );
}

#[test]
fn a_month_with_a_visit_of_unknown_total() {
    // p1 may have spent more, p2 has spent more for sure, p3 was not seen in that month as an outpatient.
    let claims = "visit v1 p1 institution=A type=11 begin=2026-01-31T08:00 total=600.00
         visit v2 p1 institution=A type=11 begin=2026-01-01T08:00
         visit v3 p1 institution=A type=11 begin=2026-02-01T08:00 total=999.99
         visit v4 p2 institution=A type=11 begin=2026-01-01T08:00 total=1000.01
         visit v5 p2 institution=A type=11 begin=2026-01-02T08:00
         visit v6 p3 institution=A type=21 begin=2026-01-02T08:00";
    check(
        &[],
        r#"{ kind = "monthly_total", at_most_fen = 100000 }"#,
        claims,
        &expect![[r#"
            R p2 2026-01-02 v4+v5  0.01 | 合计=1,000.01 阈值=1,000.00
            R 未判断 1
        "#]],
    );
}

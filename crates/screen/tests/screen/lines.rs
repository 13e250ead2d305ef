use crate::bundle::{rule, screen, screen_with};
use expect_test::{Expect, expect};
use xingjian_screen::plan::Extracts;

fn check(items: &[&str], test: &str, claims: &str, expected: &Expect) {
    expected.assert_eq(&screen(&[rule("R", items, test)], claims));
}

#[test]
fn sex_hits_the_other_sex_and_does_not_judge_an_unknown_one() {
    check(
        &["X1"],
        r#"{ kind = "sex", only = "female" }"#,
        "visit v1 p1 institution=A sex=1
         line l1 v1 2026-01-02 X1
         line l2 v1 2026-01-02 X2
         visit v2 p2 institution=A sex=2
         line l3 v2 2026-01-02 X1
         visit v3 p3 institution=A
         line l4 v3 2026-01-02 X1
         visit v4 p4 institution=A sex=9
         line l5 v4 2026-01-02 X1",
        &expect![[r#"
            R p1 2026-01-02 v1 l1 10.00 | 性别=男
            R 未判断 2
        "#]],
    );
}

#[test]
fn a_child_is_one_until_the_day_before_the_eighteenth_birthday() {
    check(
        &["X1"],
        r#"{ kind = "age", allowed = { named = "child" } }"#,
        "visit v1 p1 institution=A birth=2008-01-10
         line l1 v1 2026-01-09 X1
         line l2 v1 2026-01-10 X1
         visit v2 p2 institution=A birth=2008-02-29
         line l3 v2 2026-02-28 X1
         line l4 v2 2026-03-01 X1
         visit v3 p3 institution=A
         line l5 v3 2026-03-01 X1",
        &expect![[r#"
            R p2 2026-03-01 v2 l4 10.00 | 出生日期=2008-02-29 费用发生日=2026-03-01
            R p1 2026-01-10 v1 l2 10.00 | 出生日期=2008-01-10 费用发生日=2026-01-10
            R 未判断 1
        "#]],
    );
}

#[test]
fn newborns_and_working_age_keep_both_ends() {
    check(
        &["X1"],
        r#"{ kind = "age", allowed = { named = "newborn" } }"#,
        "visit v1 p1 institution=A birth=2026-01-01
         line l1 v1 2026-01-01 X1
         line l2 v1 2026-01-28 X1
         line l3 v1 2026-01-29 X1",
        &expect![[r#"
            R p1 2026-01-29 v1 l3 10.00 | 出生日期=2026-01-01 费用发生日=2026-01-29
        "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "age", allowed = { named = "working_age" } }"#,
        "visit v1 p1 institution=A birth=2010-01-02
         line l1 v1 2026-01-01 X1
         line l2 v1 2026-01-02 X1
         visit v2 p2 institution=A birth=1965-01-02
         line l3 v2 2026-01-01 X1
         line l4 v2 2026-01-02 X1",
        &expect![[r#"
            R p2 2026-01-02 v2 l4 10.00 | 出生日期=1965-01-02 费用发生日=2026-01-02
            R p1 2026-01-01 v1 l1 10.00 | 出生日期=2010-01-02 费用发生日=2026-01-01
        "#]],
    );
}

#[test]
fn insurance_care_and_level() {
    let claims = "visit v1 p1 institution=A insurance=410 type=21 level=02
         line l1 v1 2026-01-02 X1
         visit v2 p2 institution=A insurance=310 type=11 level=08
         line l2 v2 2026-01-02 X1
         visit v3 p3 institution=A insurance=390 type=28 level=05
         line l3 v3 2026-01-02 X1
         visit v4 p4 institution=A type=99 level=77
         line l4 v4 2026-01-02 X1";
    check(
        &["X1"],
        r#"{ kind = "insurance", only = ["410"] }"#,
        claims,
        &expect![[r#"
        R p3 2026-01-02 v3 l3 10.00 | 险种=390
        R p2 2026-01-02 v2 l2 10.00 | 险种=310
        R 未判断 1
    "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "care", only = ["inpatient", "day_surgery"] }"#,
        claims,
        &expect![[r#"
        R p2 2026-01-02 v2 l2 10.00 | 就医方式=门诊
        R 未判断 1
    "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "level", at_least = 2 }"#,
        claims,
        &expect![[r#"
        R p2 2026-01-02 v2 l2 10.00 | 级别=一级
        R 未判断 1
    "#]],
    );
}

#[test]
fn an_indication_is_any_diagnosis_that_begins_so() {
    check(
        &["X*"],
        r#"{ kind = "indication", diagnoses = ["C34", "C50.1"] }"#,
        "visit v1 p1 institution=A diagnosis=J18.9,C34.1
         line l1 v1 2026-01-02 X1
         visit v2 p2 institution=A diagnosis=J18.9,C50.9
         line l2 v2 2026-01-02 X2
         line l3 v2 2026-01-02 Y2
         visit v3 p3 institution=A
         line l4 v3 2026-01-02 X1",
        &expect![[r#"
            R p2 2026-01-02 v2 l2 10.00 | 主要诊断=J18.9
            R 未判断 1
        "#]],
    );
}

#[test]
fn a_price_above_the_cap_of_its_rank_puts_the_difference_in_question() {
    check(
        &["X1"],
        r#"{ kind = "price_cap", caps = [{ level = 3, price_e6 = 20000000 }, { price_e6 = 10000000 }] }"#,
        "visit v1 p1 institution=A level=01
         line l1 v1 2026-01-02 X1 price=20
         line l2 v1 2026-01-02 X1 price=20.01 quantity=2.5
         visit v2 p2 institution=B level=08
         line l3 v2 2026-01-02 X1 price=10
         line l4 v2 2026-01-02 X1 price=12",
        &expect![[r#"
            R p2 2026-01-02 v2 l4 2.00 | 单价=12 限价=10
            R p1 2026-01-02 v1 l2 0.03 | 单价=20.01 限价=20
        "#]],
    );
}

#[test]
fn what_is_not_covered_may_be_charged_but_not_counted() {
    check(
        &["X1"],
        r#"{ kind = "not_covered" }"#,
        "visit v1 p1 institution=A
         line l1 v1 2026-01-02 X1 covered=0
         line l2 v1 2026-01-02 X1 covered=3.50
         line l3 v1 2026-01-02 X1",
        &expect![[r#"
            R p1 2026-01-02 v1 l2 3.50 | 医保范围金额=3.50
            R 未判断 1
        "#]],
    );
}

#[test]
fn lines_after_death_and_outside_the_stay() {
    let claims = "visit v1 p1 institution=A type=21 begin=2026-01-05T10:00 end=2026-01-08T09:00 death=2026-01-07
         line l1 v1 2026-01-04 X1
         line l2 v1 2026-01-05 X1
         line l3 v1 2026-01-07 X1
         line l4 v1 2026-01-08 X1
         line l5 v1 2026-01-09 X1
         visit v2 p2 institution=A type=11 begin=2026-01-05T10:00 end=2026-01-05T11:00
         line l6 v2 2026-01-09 X1";
    check(
        &[],
        r#"{ kind = "after_death" }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-08 v1 l4 10.00 | 死亡日期=2026-01-07 费用发生日=2026-01-08
        R p1 2026-01-09 v1 l5 10.00 | 死亡日期=2026-01-07 费用发生日=2026-01-09
    "#]],
    );
    check(
        &[],
        r#"{ kind = "outside_stay" }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-04 v1 l1 10.00 | 入院=2026-01-05 出院=2026-01-08 费用发生日=2026-01-04
        R p1 2026-01-09 v1 l5 10.00 | 入院=2026-01-05 出院=2026-01-08 费用发生日=2026-01-09
    "#]],
    );
}

#[test]
fn refunds_take_what_they_refund_with_them() {
    check(
        &["X1"],
        r#"{ kind = "sex", only = "female" }"#,
        "visit v1 p1 institution=A sex=1
         line l1 v1 2026-01-02 X1 quantity=2
         line l2 v1 2026-01-03 X1 quantity=2
         line l3 v1 2026-01-04 X1 quantity=-2
         line l4 v1 2026-01-05 X1 quantity=-1
         line l5 v1 2026-01-05 X1 quantity=0",
        &expect![[r#"
            R p1 2026-01-02 v1 l1 20.00 | 性别=男
        "#]],
    );
}

#[test]
fn rules_hold_on_their_days_only() {
    let mut dated = rule("R", &["X1"], r#"{ kind = "sex", only = "female" }"#);
    dated.from = jiff::civil::date(2026, 1, 3);
    dated.until = Some(jiff::civil::date(2026, 1, 4));
    let claims = "visit v1 p1 institution=A sex=1
         line l1 v1 2026-01-02 X1
         line l2 v1 2026-01-03 X1
         line l3 v1 2026-01-04 X1
         line l4 v1 2026-01-05 X1";
    expect![[r#"
        R p1 2026-01-03 v1 l2 10.00 | 性别=男
        R p1 2026-01-04 v1 l3 10.00 | 性别=男
    "#]]
    .assert_eq(&screen(&[dated], claims));
}

#[test]
fn the_ordering_doctor_must_be_registered_for_the_day_and_the_scope() {
    let registered =
        vec![(crate::bundle::day("2026-01-01"), crate::bundle::day("2026-01-10"), vec!["内科".to_owned()])];
    let extracts = Extracts { doctors: Some([("D1".to_owned(), registered)].into()) };
    let rules = [
        rule("A", &[], r#"{ kind = "unlicensed" }"#),
        rule("B", &["X2"], r#"{ kind = "beyond_scope", scopes = ["外科"] }"#),
    ];
    let claims = "visit v1 p1 institution=A
         line l1 v1 2026-01-02 X1 doctor=D1
         line l2 v1 2026-01-03 X2 doctor=D1
         line l3 v1 2026-01-11 X1 doctor=D1
         line l4 v1 2026-01-11 X1 doctor=D2
         line l5 v1 2026-01-11 X1";
    expect![[r#"
        A p1 2026-01-11 v1 l3 10.00 | 医师=D1 费用发生日=2026-01-11
        A p1 2026-01-11 v1 l4 10.00 | 医师=D2 费用发生日=2026-01-11
        B p1 2026-01-03 v1 l2 10.00 | 医师=D1 费用发生日=2026-01-03
    "#]]
    .assert_eq(&screen_with(&rules, claims, &extracts));
    expect![[""]].assert_eq(&screen(&rules, claims));
}

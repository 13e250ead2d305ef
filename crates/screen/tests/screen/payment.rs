//! Limits of payment concern the fund: what it covers nothing of keeps every limit, and of the rest the covered part is in question.

use crate::bundle::{rule, screen};
use expect_test::{Expect, expect};

fn check(items: &[&str], test: &str, claims: &str, expected: &Expect) {
    expected.assert_eq(&screen(&[rule("R", items, test)], claims));
}

#[test]
fn a_line_that_the_fund_covers_nothing_of_keeps_every_limit_of_payment() {
    let tests = [
        r#"{ kind = "sex", only = "female" }"#,
        r#"{ kind = "age", allowed = { named = "child" } }"#,
        r#"{ kind = "insurance", only = ["410"] }"#,
        r#"{ kind = "care", only = ["inpatient"] }"#,
        r#"{ kind = "level", at_least = 3 }"#,
        r#"{ kind = "indication", diagnoses = ["J18"] }"#,
        r#"{ kind = "not_covered" }"#,
        r#"{ kind = "price_cap", caps = [{ price_e6 = 9000000 }] }"#,
    ];
    let claims = "visit v1 p1 institution=A sex=1 birth=1990-01-01 insurance=310 type=11 level=11 diagnosis=I10
         line l1 v1 2026-01-02 X1 covered=0
         line l2 v1 2026-01-02 X1 covered=4
         line l3 v1 2026-01-02 X1";
    let hits: String = tests.into_iter().map(|test| screen(&[rule("R", &["X1"], test)], claims)).collect();
    expect![[r#"
        R p1 2026-01-02 v1 l2 4.00 | 性别=男
        R p1 2026-01-02 v1 l3 10.00 | 性别=男
        R p1 2026-01-02 v1 l2 4.00 | 出生日期=1990-01-01 费用发生日=2026-01-02
        R p1 2026-01-02 v1 l3 10.00 | 出生日期=1990-01-01 费用发生日=2026-01-02
        R p1 2026-01-02 v1 l2 4.00 | 险种=310
        R p1 2026-01-02 v1 l3 10.00 | 险种=310
        R p1 2026-01-02 v1 l2 4.00 | 就医方式=门诊
        R p1 2026-01-02 v1 l3 10.00 | 就医方式=门诊
        R p1 2026-01-02 v1 l2 4.00 | 级别=无等级
        R p1 2026-01-02 v1 l3 10.00 | 级别=无等级
        R p1 2026-01-02 v1 l2 4.00 | 主要诊断=I10
        R p1 2026-01-02 v1 l3 10.00 | 主要诊断=I10
        R p1 2026-01-02 v1 l2 4.00 | 医保范围金额=4.00
        R 未判断 1
        R p1 2026-01-02 v1 l1 1.00 | 单价=10 限价=9
        R p1 2026-01-02 v1 l2 1.00 | 单价=10 限价=9
        R p1 2026-01-02 v1 l3 1.00 | 单价=10 限价=9
    "#]]
    .assert_eq(&hits);
}

#[test]
fn days_and_units_count_only_where_the_fund_covers_something() {
    let claims = "visit v1 p1 institution=A type=21
         line l1 v1 2026-01-01 X1 covered=0
         line l2 v1 2026-01-02 X1 covered=4
         line l3 v1 2026-01-03 X1
         line l4 v1 2026-01-04 X1 covered=6
         line l5 v1 2026-01-05 X1 covered=0";
    check(
        &["X1"],
        r#"{ kind = "course_days", at_most = 2, gap_days = 30 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-04 v1 l4 6.00 | 使用日数=3 支付天数=2 疗程首日=2026-01-02
    "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "course_span", at_most = 2, gap_days = 30 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-04 v1 l4 6.00 | 跨度（天）=3 支付天数=2 疗程首日=2026-01-02
    "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "stay_days", at_most = 1 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-03 v1 l3+l4 16.00 | 使用日数=3 支付天数=1 首日=2026-01-02
    "#]],
    );
    check(
        &["X1"],
        r#"{ kind = "cycle", at_most = 1, days = 2 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-03 v1 l2+l3 10.00 | 数量合计=2 上限=1 周期（天）=2
        R p1 2026-01-04 v1 l3+l4 6.00 | 数量合计=2 上限=1 周期（天）=2
    "#]],
    );
    // A limit of charges does not.
    check(
        &["X1"],
        r#"{ kind = "daily_quantity", at_most_e4 = 9999 }"#,
        claims,
        &expect![[r#"
        R p1 2026-01-01 v1 l1 0.00 | 数量合计=1 上限=0.9999
        R p1 2026-01-02 v1 l2 0.00 | 数量合计=1 上限=0.9999
        R p1 2026-01-03 v1 l3 0.00 | 数量合计=1 上限=0.9999
        R p1 2026-01-04 v1 l4 0.00 | 数量合计=1 上限=0.9999
        R p1 2026-01-05 v1 l5 0.00 | 数量合计=1 上限=0.9999
    "#]],
    );
    let herbs = "visit v1 p1 institution=A
         line l1 v1 2026-01-01 T1 covered=3
         line l2 v1 2026-01-01 T2 covered=0
         line l3 v1 2026-01-02 T1 covered=0
         line l4 v1 2026-01-03 T1
         line l5 v1 2026-01-03 T7 covered=0";
    check(
        &["T1", "T2"],
        r#"{ kind = "alone_not_covered", among = ["T*"] }"#,
        herbs,
        &expect![[r#"
        R p1 2026-01-01 v1 l1 3.00 | 明细条数=1
    "#]],
    );
}

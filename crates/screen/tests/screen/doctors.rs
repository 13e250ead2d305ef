use crate::bundle::{rule, screen};
use expect_test::{Expect, expect};

fn check(test: &str, claims: &str, expected: &Expect) {
    expected.assert_eq(&screen(&[rule("R", &[], test)], claims));
}

const CLAIMS: &str = "visit v1 p1 institution=A type=11 doctor=D1 begin=2026-01-01T08:00 total=100
     visit v2 p2 institution=A type=11 doctor=D1 begin=2026-01-01T08:10 total=100
     visit v3 p2 institution=B type=11 doctor=D1 begin=2026-01-01T08:40 total=100
     visit v4 p3 institution=B type=11 doctor=D1 begin=2026-01-01T09:40 total=100
     visit v5 p4 institution=A type=11 doctor=D2 begin=2026-01-01T09:40
     visit v6 p4 institution=A type=21 doctor=D2 begin=2026-01-01T09:40
     visit v7 p4 institution=A type=11 begin=2026-02-01T09:40 total=400";

#[test]
fn a_doctor_sees_each_patient_once() {
    check(
        r#"{ kind = "doctor_load", patients_a_day = 2 }"#,
        CLAIMS,
        &expect![[r#"
        R - 2026-01-01   0.00 | 医师=D1 人数=3 上限=2
    "#]],
    );
    check(r#"{ kind = "doctor_load", patients_a_day = 3 }"#, CLAIMS, &expect![[""]]);
}

#[test]
fn a_doctor_in_two_places() {
    check(
        r#"{ kind = "doctor_two_places", within_minutes = 31 }"#,
        CLAIMS,
        &expect![[r#"
        R - 2026-01-01   0.00 | 医师=D1 前一机构=A 后一机构=B
    "#]],
    );
    check(r#"{ kind = "doctor_two_places", within_minutes = 30 }"#, CLAIMS, &expect![[""]]);
}

#[test]
fn a_total_that_doubles() {
    check(
        r#"{ kind = "growth", percent = 200, at_least_fen = 40000 }"#,
        CLAIMS,
        &expect![[r#"
        R - 2026-02-01   0.00 | 机构=A 当月=400.00 上月=200.00
    "#]],
    );
    check(r#"{ kind = "growth", percent = 201, at_least_fen = 40000 }"#, CLAIMS, &expect![[""]]);
    check(r#"{ kind = "growth", percent = 200, at_least_fen = 40001 }"#, CLAIMS, &expect![[""]]);
}

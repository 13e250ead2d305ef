use crate::bundle::{rule, screen};
use expect_test::{Expect, expect};

fn check(test: &str, claims: &str, expected: &Expect) {
    expected.assert_eq(&screen(&[rule("R", &[], test)], claims));
}

const CLAIMS: &str = "visit v1 p1 institution=A type=11 doctor=D1 begin=2026-01-01T08:00 total=100
     visit v2 p2 institution=A type=11 doctor=D1 begin=2026-01-01T08:10 total=100
     visit v3 p2 institution=B type=11 doctor=D1 begin=2026-01-01T08:40 total=100
     visit v4 p3 institution=B type=11 doctor=D1 begin=2026-01-01T09:40 total=100
     visit v5 p4 institution=A type=11 doctor=D2 begin=2026-01-01T09:40 total=0
     visit v6 p4 institution=A type=21 doctor=D2 begin=2026-01-01T09:40 total=0
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

#[test]
fn months_in_which_a_total_is_not_known() {
    // A: nothing is known of one visit in January. B: of one in February, which grows all the same. C: of one in February, which may grow.
    // D: of one in January, which can only have been more. E: nothing but unknown totals in January.
    const UNKNOWN: &str = "visit a1 p1 institution=A type=11 begin=2026-01-01T08:00 total=200
         visit a2 p1 institution=A type=11 begin=2026-01-02T08:00
         visit a3 p1 institution=A type=11 begin=2026-02-01T08:00 total=400
         visit b1 p2 institution=B type=11 begin=2026-01-01T08:00 total=200
         visit b2 p2 institution=B type=11 begin=2026-02-01T08:00 total=400
         visit b3 p2 institution=B type=11 begin=2026-02-02T08:00
         visit c1 p3 institution=C type=11 begin=2026-01-01T08:00 total=200
         visit c2 p3 institution=C type=11 begin=2026-02-01T08:00 total=399.99
         visit c3 p3 institution=C type=11 begin=2026-02-02T08:00
         visit d1 p4 institution=D type=11 begin=2026-01-01T08:00 total=300
         visit d2 p4 institution=D type=11 begin=2026-01-02T08:00
         visit d3 p4 institution=D type=11 begin=2026-02-01T08:00 total=500
         visit e1 p5 institution=E type=11 begin=2026-01-01T08:00
         visit e2 p5 institution=E type=11 begin=2026-02-01T08:00 total=900";
    check(
        r#"{ kind = "growth", percent = 200, at_least_fen = 10000 }"#,
        UNKNOWN,
        &expect![[r#"
            R - 2026-02-01   0.00 | 机构=B 当月=400.00 上月=200.00
            R 未判断 3
        "#]],
    );
}

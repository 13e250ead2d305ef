use super::*;
use expect_test::{Expect, expect};
use jiff::civil::date;
use proptest::prelude::*;
use xingjian_policy::BelowBase;

fn yuan(yuan: i64) -> Fen {
    Fen::from_yuan(yuan)
}

fn multiple_of(min: u32, max: u32, floor: Option<i64>) -> Fine {
    Fine::Multiple { min, max, base: "违法所得".into(), floor: floor.map(yuan), below: None }
}

/// 母婴保健法实施办法第40条.
fn mother_and_child() -> Fine {
    let below = BelowBase { limit: yuan(5000), min: yuan(5000), max: yuan(20_000) };
    Fine::Multiple { min: 3, max: 5, base: "违法所得".into(), floor: None, below: Some(below) }
}

/// 医疗废物管理条例第45条.
fn medical_waste() -> Fine {
    Fine::Fixed { min: yuan(2000), max: yuan(5000), only_after_deadline: true }
}

fn check(fine: &Fine, base: Option<i64>, uncorrected: bool, expected: &Expect) {
    let facts = FineFacts { base: base.map(yuan), uncorrected };
    let text = match lawful_range(fine, &facts) {
        Ok(range) => format!("[{}, {}] {}", range.min, range.max, range.arithmetic),
        Err(none) => format!("没有罚款：{none}"),
    };
    expected.assert_eq(&text);
}

/// T17, T18: 医师法第59条.
#[test]
fn a_multiple_counts_small_gains_as_the_floor() {
    let fine = multiple_of(2, 10, Some(10_000));
    check(
        &fine,
        Some(3000),
        false,
        &expect![
            "[20,000.00, 100,000.00] 违法所得3,000.00元，不足10,000.00元，按10,000.00元计算，2倍至10倍，即20,000.00元至100,000.00元"
        ],
    );
    check(
        &fine,
        Some(30_000),
        false,
        &expect!["[60,000.00, 300,000.00] 违法所得30,000.00元，2倍至10倍，即60,000.00元至300,000.00元"],
    );
    check(
        &fine,
        Some(0),
        false,
        &expect![
            "[20,000.00, 100,000.00] 违法所得0.00元，不足10,000.00元，按10,000.00元计算，2倍至10倍，即20,000.00元至100,000.00元"
        ],
    );
    check(&fine, None, false, &expect!["没有罚款：罚款按“违法所得”的倍数计算，但调查报告没有写明违法所得金额"]);
    check(
        &multiple_of(2, 5, None),
        Some(0),
        false,
        &expect!["没有罚款：违法所得为零，该条款没有规定按最低金额计算，不能罚款"],
    );
    check(
        &multiple_of(2, 5, None),
        Some(90_000_000_000_000_000),
        false,
        &expect!["没有罚款：违法所得金额过大，无法计算罚款幅度"],
    );
}

/// T19.
#[test]
fn small_gains_may_have_a_range_of_their_own() {
    check(
        &mother_and_child(),
        Some(4000),
        false,
        &expect!["[5,000.00, 20,000.00] 违法所得4,000.00元，不足5,000.00元，按定额5,000.00元至20,000.00元"],
    );
    check(
        &mother_and_child(),
        Some(5000),
        false,
        &expect!["[15,000.00, 25,000.00] 违法所得5,000.00元，3倍至5倍，即15,000.00元至25,000.00元"],
    );
    check(
        &mother_and_child(),
        Some(6000),
        false,
        &expect!["[18,000.00, 30,000.00] 违法所得6,000.00元，3倍至5倍，即18,000.00元至30,000.00元"],
    );
}

/// T20: the first time only a warning and an order to correct; a fine after the order was not obeyed in time.
#[test]
fn some_fines_open_only_after_an_order_was_not_obeyed() {
    check(
        &medical_waste(),
        None,
        false,
        &expect!["没有罚款：该案由须先责令限期改正，期限届满后复查仍未改正的才能罚款；调查报告没有写明这样的复查"],
    );
    check(&medical_waste(), None, true, &expect!["[2,000.00, 5,000.00] 2,000.00元至5,000.00元"]);
    check(&Fine::None, None, true, &expect!["没有罚款：该案由的处罚条款没有规定罚款"]);
}

/// T8.
#[test]
fn late_payment_adds_three_per_cent_a_day_up_to_the_fine() {
    let due = date(2026, 3, 31);
    let after = |days: i64| late_fine(yuan(20_000), &[], due, due.saturating_add(jiff::Span::new().days(days)), &[]);
    for (days, expected) in [(-5, 0), (0, 0), (1, 600), (33, 19_800), (34, 20_000), (35, 20_000), (4000, 20_000)] {
        assert_eq!(after(days), yuan(expected), "{days} days");
    }
}

/// T9.
#[test]
fn late_payment_does_not_run_during_reconsideration() {
    let due = date(2026, 3, 31);
    let paused = [Pause { from: date(2026, 4, 11), until: Some(date(2026, 6, 9)) }];
    let on = |day| late_fine(yuan(20_000), &[], due, day, &paused);
    assert_eq!(on(date(2026, 4, 10)), yuan(6000));
    assert_eq!(on(date(2026, 6, 9)), yuan(6000));
    assert_eq!(on(date(2026, 6, 10)), yuan(6600));
    let open = [Pause { from: date(2026, 4, 11), until: None }];
    assert_eq!(late_fine(yuan(20_000), &[], due, date(2030, 1, 1), &open), yuan(6000));
}

#[test]
fn what_was_paid_no_longer_runs_and_fen_round_down_once() {
    let due = date(2026, 3, 31);
    let half = [(date(2026, 4, 10), yuan(10_000))];
    assert_eq!(late_fine(yuan(20_000), &half, due, date(2026, 4, 20), &[]), yuan(10 * 600 + 10 * 300));
    let all = [(date(2026, 3, 31), yuan(20_000))];
    assert_eq!(late_fine(yuan(20_000), &all, due, date(2026, 12, 31), &[]), Fen::ZERO);
    // 3 % of 0.33 yuan is 0.99 fen a day: nothing after one day, 1.98 fen, so 1, after two.
    let small = |day| late_fine(Fen::new(33), &[], due, day, &[]);
    assert_eq!((small(date(2026, 4, 1)), small(date(2026, 4, 2))), (Fen::ZERO, Fen::new(1)));
}

/// T11.
#[test]
fn on_the_spot_only_small_fines_and_warnings() {
    let limits = OnsiteLimits { person: yuan(200), organisation: yuan(3000) };
    let try_fine = |fine, person| onsite(&[PenaltyKind::Fine], yuan(fine), person, &limits);
    assert_eq!(try_fine(200, true), Ok(()));
    assert_eq!(try_fine(201, true), Err(NotOnsite::Fine { limit: yuan(200), fine: yuan(201) }));
    assert_eq!(try_fine(3000, false), Ok(()));
    assert_eq!(try_fine(3001, false), Err(NotOnsite::Fine { limit: yuan(3000), fine: yuan(3001) }));
    assert_eq!(onsite(&[PenaltyKind::Warning], Fen::ZERO, true, &limits), Ok(()));
    let gains = onsite(&[PenaltyKind::Warning, PenaltyKind::ConfiscateGains], Fen::ZERO, false, &limits);
    assert_eq!(gains, Err(NotOnsite::Kind(PenaltyKind::ConfiscateGains)));
}

fn bands() -> Vec<DiscretionBand> {
    let band = |name: &str, from_percent, to_percent| DiscretionBand {
        name: name.into(),
        from_percent,
        to_percent,
        factors: vec![],
    };
    vec![band("轻微", 0, 30), band("一般", 30, 60), band("严重", 60, 90), band("特别严重", 90, 100)]
}

#[test]
fn bands_divide_the_range() {
    let range = LawfulRange { min: yuan(20_000), max: yuan(100_000), arithmetic: String::new() };
    let name = |fine| band_of(&range, fine, &bands()).map_or("界外".to_owned(), |band| band.name.clone());
    let fines = [19_999, 20_000, 43_999, 44_000, 67_999, 68_000, 91_999, 92_000, 100_000, 100_001];
    let text: Vec<String> = fines.iter().map(|fine| format!("{fine} {}", name(yuan(*fine)))).collect();
    expect![[r#"
        19999 界外
        20000 轻微
        43999 轻微
        44000 一般
        67999 一般
        68000 严重
        91999 严重
        92000 特别严重
        100000 特别严重
        100001 界外"#]]
    .assert_eq(&text.join("\n"));
    let limits = |band: &DiscretionBand| band_limits(&range, band).map(|(low, high)| format!("{low} - {high}"));
    let text: Vec<String> = bands().iter().filter_map(limits).collect();
    expect![[r#"
        20,000.00 - 43,999.99
        44,000.00 - 67,999.99
        68,000.00 - 91,999.99
        92,000.00 - 100,000.00"#]]
    .assert_eq(&text.join("\n"));
}

proptest! {
    #[test]
    fn every_lawful_fine_lies_in_exactly_one_band(min in 0_i64..10_000_000, width in 1_i64..1_000_000, at in 0.0_f64..=1.0) {
        let range = LawfulRange { min: Fen::new(min), max: Fen::new(min + width), arithmetic: String::new() };
        #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
        let fine = Fen::new(min + (width as f64 * at) as i64);
        let bands = bands();
        prop_assert_eq!(bands.iter().filter(|band| in_band(&range, fine, band)).count(), 1);
        let band = band_of(&range, fine, &bands).ok_or(TestCaseError::fail("one band"))?;
        let (low, high) = band_limits(&range, band).ok_or(TestCaseError::fail("limits"))?;
        prop_assert!(low <= fine && fine <= high);
        prop_assert!(in_band(&range, low, band) && in_band(&range, high, band));
    }

    #[test]
    fn the_late_fine_never_exceeds_the_fine_and_never_falls(fine in 0_i64..10_000_000, days in 0_i64..80) {
        let due = date(2026, 3, 31);
        let on = |days| late_fine(Fen::new(fine), &[], due, due.saturating_add(jiff::Span::new().days(days)), &[]);
        prop_assert!(on(days) <= on(days + 1));
        prop_assert!(on(days + 1) <= Fen::new(fine));
    }
}

//! Limitation, lighter law, warnings, accounts: pure functions.

use super::fixtures::*;
use crate::case::*;
use crate::fine::{FineFacts, Pause};
use jiff::civil::date;
use xingjian_kernel::money::Fen;
use xingjian_policy::{Fine, PenaltyKind};

/// T10.
#[test]
fn ninety_days_warn_at_fifteen_seven_and_none() {
    let due = facts(date(2026, 3, 2)).deadlines.decide;
    assert_eq!((due.due, due.estimated), (date(2026, 6, 1), false)); // 5-31 is a Sunday
    let on = |month, day| warning(&due, date(2026, month, day), &[15, 7, 0]);
    assert_eq!(on(5, 16), Warning::Quiet);
    assert_eq!(on(5, 17), Warning::Soon { days_left: 15, level: 15 });
    assert_eq!(on(5, 24), Warning::Soon { days_left: 8, level: 15 });
    assert_eq!(on(5, 25), Warning::Soon { days_left: 7, level: 7 });
    assert_eq!(on(6, 1), Warning::Soon { days_left: 0, level: 0 });
    assert_eq!(on(6, 4), Warning::Overdue(3));
    assert!(Warning::Overdue(1) < Warning::Soon { days_left: 0, level: 0 });
}

/// T7: fifteen natural days, moved off a holiday.
#[test]
fn fifteen_days_for_payment_are_natural_days() {
    assert_eq!(facts(date(2026, 3, 2)).deadlines.pay.due, date(2026, 3, 17));
    assert_eq!(facts(date(2026, 4, 16)).deadlines.pay.due, date(2026, 5, 6)); // 5-1 to 5-5 are free
}

/// T4.
#[test]
fn a_hearing_may_be_asked_for_within_five_working_days() {
    assert_eq!(facts(date(2026, 4, 30)).deadlines.hearing.due, date(2026, 5, 11));
}

#[test]
fn the_limitation_runs_from_the_last_day_of_the_act() {
    let act = |ended, harmed_health| Act {
        began: date(2020, 1, 1),
        ended: Some(ended),
        discovered: date(2026, 2, 28),
        harmed_health,
    };
    let lapsed = |ended, harmed| limitation(&act(ended, harmed)).lapsed;
    assert!(!lapsed(date(2024, 2, 28), false));
    assert!(lapsed(date(2024, 2, 27), false));
    assert!(!lapsed(date(2021, 2, 28), true));
    assert!(lapsed(date(2021, 2, 27), true));
    assert_eq!(limitation(&act(date(2024, 2, 29), false)).last_day, date(2026, 2, 28));
}

/// Article 37.
#[test]
fn the_lighter_law_applies() {
    let law = |min, max, version| Law {
        fine: Fine::Fixed { min: yuan(min), max: yuan(max), only_after_deadline: false },
        penalties: vec![PenaltyKind::Warning, PenaltyKind::Fine],
        escalation: None,
        version,
        ..leasing()
    };
    let (old, new) = (date(2016, 2, 6), date(2022, 5, 1));
    let applies = |then: &Law, now: &Law| applicable(then, now, &FineFacts::default()).version;
    assert_eq!(applies(&law(0, 3000, old), &law(10_000, 100_000, new)), old);
    assert_eq!(applies(&law(10_000, 100_000, old), &law(0, 3000, new)), new);
    assert_eq!(applies(&law(10_000, 100_000, old), &law(5000, 100_000, new)), new);
    let mut fewer = law(0, 3000, new);
    assert_eq!(applies(&law(0, 3000, old), &fewer), old);
    fewer.penalties.remove(0);
    assert_eq!(applies(&law(0, 3000, old), &fewer), new);
    fewer.penalties = vec![PenaltyKind::RevokeLicence];
    assert_eq!(applies(&law(0, 3000, old), &fewer), old);
}

#[test]
fn the_lighter_law_of_the_day_of_decision_is_the_one_that_is_checked() {
    let mut plan = plan(50_000, "一般", 0);
    plan.deviation = Some("不改变幅度位置".into());
    let heard = Walk::start().heard(plan.clone());
    let lighter =
        Law { fine: Fine::Fixed { min: Fen::ZERO, max: yuan(30_000), only_after_deadline: false }, ..leasing() };
    let decide = Action::Decide { plan, reasons: "理由".into() };
    let refused = heard.attempt(&head(), decide, |facts| facts.law_today = Some(lighter)).unwrap_err();
    assert_eq!(refused.code(), "fine_outside_range");
}

#[test]
fn hearing_review_and_discussion_have_their_grounds() {
    let grounds = |plan: &Plan| hearing_grounds(plan, &thresholds());
    assert!(grounds(&plan(99_999, "一般", 99_999)).is_empty());
    assert_eq!(grounds(&plan(100_000, "一般", 100_000)), ["较大数额罚款", "没收较大数额违法所得"]);
    let mut suspend = plan(20_000, "轻微", 0);
    suspend.kinds = vec![PenaltyKind::SuspendBusiness, PenaltyKind::SuspendLicence];
    assert_eq!(grounds(&suspend), ["责令停产停业", "其他较重的行政处罚（暂扣许可证件）"]);
    let assessment = Assessment { range: None, deviates: true, aggravated: false };
    let report = Report { complex: true, public_interest: true, ..report(0) };
    let review = review_grounds(&plan(20_000, "轻微", 0), &assessment, &report, &thresholds());
    assert_eq!(review, ["涉及重大公共利益", "案件情况疑难复杂、涉及多个法律关系", "偏离裁量基准"]);
    assert_eq!(discussion_grounds(&plan(20_000, "轻微", 0), &report, &thresholds()), ["情节复杂"]);
}

/// T9 on a case: the fine for late payment stands still during a reconsideration.
#[test]
fn what_is_owed_counts_payments_delay_and_reconsideration() {
    let served = Walk::start().served(plan(50_000, "一般", 0));
    let due = served.case.due().unwrap();
    let later = |days: i64| due.saturating_add(jiff::Span::new().days(days));
    assert_eq!(served.case.account(due).unwrap().open(), yuan(50_000));
    assert_eq!(served.case.account(later(2)).unwrap().late, yuan(3000));
    assert_eq!(served.case.account(later(50)).unwrap().open(), yuan(100_000));
    let mut sued = Walk { day: later(1), ..served };
    let remedy = Remedy { kind: RemedyKind::Reconsideration, time: Pause { from: later(1), until: None } };
    sued = sued.act(&first(), Action::RecordRemedy(remedy));
    assert_eq!(sued.case.account(later(50)).unwrap().late, Fen::ZERO);
    assert_eq!(sued.case.state.name(), "served");
    let paid = sued.act(&first(), payment(later(1), 20_000));
    assert_eq!(paid.case.account(later(50)).unwrap().open(), yuan(30_000));
}

#[test]
fn the_penalty_reads_as_an_official_writes_it() {
    let mut plan = plan(50_000, "一般", 30_000);
    plan.kinds.push(PenaltyKind::Warning);
    assert_eq!(plan.text(), "警告；罚款50,000.00元；没收违法所得30,000.00元");
}

#[test]
fn the_page_says_what_the_case_waits_for() {
    let codes =
        |walk: &Walk| -> Vec<&str> { walk.case.obstacles(walk.day).iter().map(TransitionError::code).collect() };
    let big = plan(100_000, "特别严重", 0);
    let noticed = Walk::start().noticed(big.clone());
    assert_eq!(codes(&noticed), ["statement_open", "hearing_open"]);
    assert_eq!(codes(&noticed.clone().days(20)), [""; 0]);
    assert_eq!(codes(&Walk::start().heard(big)), ["review_missing", "discussion_missing"]);
    assert_eq!(codes(&Walk::start().served(plan(50_000, "一般", 0))), ["not_paid"]);
    assert!(noticed.case.is_open_to_party());
    assert!(!Walk::start().case.is_open_to_party());
}

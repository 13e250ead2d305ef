//! After the decision: remedies and their outcome, deferral, urging, the court, and a decision taken back in time.

use super::fixtures::*;
use crate::case::*;
use crate::fine::Pause;
use jiff::civil::date;
use xingjian_kernel::LocalDate;
use xingjian_kernel::money::Fen;
use xingjian_policy::PenaltyKind;

fn code(result: Result<Case, TransitionError>) -> &'static str {
    match result {
        Ok(case) => case.state.name(),
        Err(error) => error.code(),
    }
}

fn sued(walk: Walk) -> Walk {
    let remedy = Remedy { kind: RemedyKind::Lawsuit, time: Pause { from: walk.day, until: None } };
    walk.act(&first(), Action::RecordRemedy(remedy))
}

fn closed() -> Walk {
    let served = Walk::start().served(plan(50_000, "一般", 0));
    let paid = served.clone().act(&first(), payment(served.day, 50_000)).act(&first(), closing());
    paid.act(&head(), Action::Close { opinion: "同意".into() })
}

#[test]
fn the_outcome_of_a_remedy_is_recorded_by_a_head_also_after_closing() {
    for walk in [Walk::start().served(plan(50_000, "一般", 0)), closed()] {
        let state = walk.case.state.name();
        let bare = verdict(walk.day, RemedyOutcome::Annulled, None);
        assert_eq!(code(walk.attempt(&head(), bare.clone(), |_| {})), "no_remedy");
        assert!(!walk.case.open_actions(&head()).contains(&"conclude_remedy"), "no button without a remedy");
        let sued = sued(walk);
        assert_eq!(code(sued.attempt(&first(), bare.clone(), |_| {})), "handler_approves");
        let upheld = sued.clone().act(&head(), verdict(sued.day, RemedyOutcome::Upheld, None));
        assert_eq!(upheld.case.state.name(), state);
        let annulled = sued.clone().act(&head(), bare);
        assert_eq!(annulled.case.state.name(), "annulled");
        assert!(annulled.case.state.decided().is_none() && annulled.case.state.was_served().is_some());
        assert_eq!(annulled.case.account(sued.day), None, "nothing is owed any more");
        assert!(annulled.case.state.is_final() && annulled.case.is_open_to_party());
    }
}

#[test]
fn a_changed_penalty_is_never_heavier_and_counts_as_changed() {
    let sued = sued(Walk::start().served(plan(50_000, "一般", 0)));
    let changed = |plan: Option<Plan>| verdict(sued.day, RemedyOutcome::Changed, plan);
    assert_eq!(code(sued.attempt(&head(), changed(None), |_| {})), "missing");
    let more = plan(50_001, "一般", 0);
    assert_eq!(code(sued.attempt(&head(), changed(Some(more)), |_| {})), "heavier_by_remedy");
    let mut other = plan(20_000, "轻微", 0);
    other.kinds.push(PenaltyKind::RevokeLicence);
    assert_eq!(code(sued.attempt(&head(), changed(Some(other)), |_| {})), "heavier_by_remedy");
    let less = sued.clone().act(&head(), changed(Some(plan(20_000, "轻微", 0))));
    assert_eq!(less.case.account(less.day).unwrap().principal, yuan(20_000));
    assert_eq!(less.case.plan().unwrap().fine, yuan(20_000));
    assert_eq!(code(less.attempt(&first(), payment(less.day, 20_001), |_| {})), "overpaid");
}

#[test]
fn a_decision_with_an_error_is_taken_back_before_its_service() {
    let decided = Walk::start().decided(plan(50_000, "一般", 0));
    let back = Action::WithdrawDecision { reason: "文书引用条款有误".into() };
    assert_eq!(code(decided.attempt(&first(), back.clone(), |_| {})), "handler_decides");
    let back = decided.clone().act(&other_head(), back);
    assert_eq!(back.case.state.name(), "heard");
    let round = back.case.returned.last().unwrap();
    assert!(round.before.decided().is_some(), "the first decision stays on record with its number");
    let again = Action::Decide { plan: plan(48_000, "一般", 0), reasons: "更正".into() };
    let again = back.act(&head(), again);
    assert_eq!(again.case.state.name(), "decided");
    // Reviews and discussions that were made stay made.
    let big = plan(100_000, "特别严重", 0);
    let heard = Walk::start().heard(big.clone()).act(&reviewer(), Action::PassReview { opinion: "同意".into() });
    let discussed = heard.act(&head(), discuss(big.clone()));
    let decided = discussed.act(&head(), Action::Decide { plan: big, reasons: "同意".into() });
    let back = decided.act(&head(), Action::WithdrawDecision { reason: "笔误".into() });
    assert_eq!(back.case.state.name(), "discussed");
    let served = Walk::start().served(plan(50_000, "一般", 0));
    assert_eq!(code(served.attempt(&head(), Action::WithdrawDecision { reason: "x".into() }, |_| {})), "wrong_state");
}

#[test]
fn a_requested_hearing_does_not_keep_a_case_that_ends_without_a_penalty() {
    let big = plan(100_000, "特别严重", 0);
    let noticed = Walk::start().noticed(big);
    let pending = noticed.clone().act(&unit(), Action::RequestHearing { on: noticed.day, note: "要求听证".into() });
    let minor = Action::NotPenalise {
        ground: NotPenalisedGround::Minor,
        reason: "及时改正".into(),
        education: "已约谈".into(),
    };
    assert_eq!(code(pending.attempt(&head(), minor, |_| {})), "not_penalised");
    assert_eq!(code(pending.attempt(&head(), Action::Dismiss { reason: "对象有误".into() }, |_| {})), "dismissed");
    assert_eq!(
        code(pending.attempt(&first(), Action::Dismiss { reason: "对象有误".into() }, |_| {})),
        "handler_decides"
    );
    let back = Action::WithdrawHearing { note: "自愿撤回".into() };
    assert_eq!(code(pending.attempt(&unit(), back, |_| {})), "noticed");
    assert_eq!(code(pending.attempt(&head(), Action::SendBack { reason: "x".into() }, |_| {})), "hearing_pending");
}

/// Article 66.
#[test]
fn a_fine_is_deferred_or_paid_in_parts_when_a_head_approves() {
    let served = Walk::start().served(plan(50_000, "一般", 0));
    let (day, due) = (served.day, served.case.due().unwrap());
    let ask = |parts: &[(i64, i64)]| code(served.attempt(&unit(), deferral(day, parts), |_| {}));
    assert_eq!(ask(&[(30, 20_000), (60, 29_999)]), "instalment_sum");
    assert_eq!(ask(&[]), "instalment_sum");
    assert_eq!(ask(&[(60, 20_000), (30, 30_000)]), "instalment_dates");
    assert_eq!(ask(&[(-1, 50_000)]), "instalment_dates");
    let approve = |granted| Action::DecideDeferral { granted, opinion: "情况属实".into() };
    assert_eq!(code(served.attempt(&head(), approve(true), |_| {})), "no_deferral");
    let asked = served.clone().act(&unit(), deferral(day, &[(30, 20_000), (60, 30_000)]));
    assert_eq!(code(asked.attempt(&unit(), deferral(day, &[(30, 50_000)]), |_| {})), "deferral_pending");
    assert_eq!(code(asked.attempt(&first(), approve(true), |_| {})), "handler_approves");
    let later = |days: i64| day.saturating_add(jiff::Span::new().days(days));
    let refused = asked.clone().act(&head(), approve(false));
    assert_eq!(refused.case.account(due.tomorrow().unwrap()).unwrap().late, yuan(1500), "it runs as it did");
    let granted = asked.act(&head(), approve(true));
    assert_eq!(granted.case.due(), Some(later(30)));
    assert_eq!(granted.case.account(later(30)).unwrap().late, Fen::ZERO, "nothing is added until the part is due");
    // The first part paid in time, the second ten days late: 3 % of 30,000 a day.
    let mut paid = granted;
    paid.day = later(30);
    let paid = paid.act(&first(), payment(later(30), 20_000));
    assert_eq!(paid.case.due(), Some(later(60)));
    assert_eq!(paid.case.account(later(60)).unwrap().late, Fen::ZERO);
    assert_eq!(paid.case.account(later(70)).unwrap().late, yuan(9000));
    let mut rest = paid;
    rest.day = later(60);
    let rest = rest.act(&first(), payment(later(60), 30_000));
    assert_eq!(code(rest.attempt(&first(), closing(), |_| {})), "closing");
}

/// 行政强制法第53、54条.
#[test]
fn the_court_is_asked_after_urging_and_after_the_limits_and_in_time() {
    let served = Walk::start().served(plan(50_000, "一般", 0));
    let due = served.case.due().unwrap();
    let apply = || Action::ApplyCourt { court: "演示区人民法院".into(), opinion: "同意申请".into() };
    assert_eq!(code(served.attempt(&first(), Action::Urge(receipt(served.day)), |_| {})), "too_early");
    assert_eq!(code(served.attempt(&head(), apply(), |_| {})), "not_urged");
    let mut late = served;
    late.day = due.tomorrow().unwrap();
    let day = late.day;
    assert_eq!(late.case.may_urge(due), Err(TransitionError::PaymentNotDue(due)));
    let urged = late.clone().act(&first(), Action::Urge(receipt(day)));
    assert_eq!(code(urged.attempt(&head(), apply(), |_| {})), "urge_running");
    let ready = urged.days(5);
    let at = |opens_after: LocalDate, last_day: LocalDate| {
        code(ready.attempt(&head(), apply(), |facts| facts.window = Some(Window { opens_after, last_day })))
    };
    let far = date(2030, 1, 1);
    assert_eq!(at(ready.day, far), "court_too_early");
    assert_eq!(at(day, ready.day.yesterday().unwrap()), "court_too_late");
    assert_eq!(at(day, ready.day), "served");
    assert_eq!(code(ready.attempt(&first(), apply(), |_| {})), "handler_approves");
    assert_eq!(code(sued(ready.clone()).attempt(&head(), apply(), |_| {})), "remedy_open");
    let given_up = || {
        Action::ProposeClosing(ClosingReport {
            text: "无财产可供执行".into(),
            late_fine_waiver: None,
            uncollectable: Some("法院裁定终结执行".into()),
        })
    };
    assert_eq!(code(ready.attempt(&first(), given_up(), |_| {})), "not_paid", "the court could still be asked");
    let over = |facts: &mut Facts| facts.window = Some(Window { opens_after: day, last_day: day });
    assert_eq!(code(ready.attempt(&first(), given_up(), over)), "closing", "a case never gets stuck");
    let asked = ready.clone().act(&head(), apply());
    assert_eq!(code(asked.attempt(&first(), given_up(), |_| {})), "not_paid");
    assert_eq!(code(asked.attempt(&head(), apply(), |_| {})), "court_pending");
    let news = |outcome| {
        Action::RecordCourt(CourtResult { outcome, on: asked.day, text: "演示行审〔2026〕1号".into() })
    };
    let granted = asked.clone().act(&first(), news(CourtOutcome::Granted));
    assert!(granted.case.open_actions(&first()).contains(&"record_court"));
    let ended = granted.act(&first(), news(CourtOutcome::Ended));
    assert!(!ended.case.open_actions(&first()).contains(&"record_court"));
    assert_eq!(code(ended.attempt(&first(), closing(), |_| {})), "not_paid");
    assert_eq!(code(ended.attempt(&first(), given_up(), |_| {})), "closing");
}

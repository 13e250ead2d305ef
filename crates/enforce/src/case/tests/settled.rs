//! The decision is the plan that was reviewed and discussed, and there is a way back to both.

use super::fixtures::*;
use crate::case::*;

fn big() -> Plan {
    plan(100_000, "特别严重", 0)
}

fn pass() -> Action {
    Action::PassReview { opinion: "事实清楚".into() }
}

fn decide(plan: Plan) -> Action {
    Action::Decide { plan, reasons: "理由".into() }
}

fn reopen() -> Action {
    Action::Reopen { reason: "方案有变更".into() }
}

fn code(tried: Result<Case, TransitionError>) -> &'static str {
    tried.map_or_else(|error| error.code(), |case| case.state.name())
}

/// Articles 57 and 58: what was reviewed and discussed is decided, in every part.
#[test]
fn the_decision_is_what_was_reviewed_and_discussed() {
    let reviewed = Walk::start().heard(big()).act(&reviewer(), pass());
    let lighter = plan(99_000, "特别严重", 0);
    assert_eq!(code(reviewed.attempt(&head(), decide(lighter.clone()), |_| {})), "not_as_reviewed");
    let discussed = reviewed.clone().act(&head(), discuss(big()));
    assert_eq!(code(discussed.attempt(&head(), decide(lighter.clone()), |_| {})), "not_as_discussed");
    assert_eq!(code(discussed.attempt(&head(), decide(big()), |_| {})), "decided");
    let error = discussed.attempt(&head(), decide(lighter.clone()), |_| {}).unwrap_err();
    assert_eq!(error.to_string(), "拟作出的决定与负责人集体讨论的处罚不一致：讨论决定的是“罚款100,000.00元”");
    // What the heads agree on instead is the plan of the discussion.
    let agreed = reviewed.act(&head(), discuss(lighter.clone()));
    assert_eq!(agreed.case.plan().map(|plan| plan.fine), Some(lighter.fine));
    assert_eq!(code(agreed.attempt(&head(), decide(big()), |_| {})), "not_as_discussed");
    assert_eq!(code(agreed.attempt(&head(), decide(lighter), |_| {})), "decided");
}

/// Review and discussion bind also where the law did not ask for them.
#[test]
fn a_review_that_was_not_required_binds_as_well() {
    let small = plan(50_000, "一般", 0);
    let heard = Walk::start().heard(small.clone());
    assert_eq!(code(heard.attempt(&head(), decide(plan(45_000, "一般", 0)), |_| {})), "decided");
    let reviewed = heard.act(&reviewer(), pass());
    assert_eq!(code(reviewed.attempt(&head(), decide(plan(45_000, "一般", 0)), |_| {})), "not_as_reviewed");
    assert_eq!(code(reviewed.attempt(&head(), decide(small), |_| {})), "decided");
}

#[test]
fn a_discussion_stays_inside_notice_and_review() {
    let spoken = Walk::start().noticed(big());
    let spoken = spoken.act(&unit(), Action::SubmitStatement(Statement { text: "请求从轻".into(), oral: false }));
    let spoken = spoken.act(&unit(), Action::WaiveHearing { note: "放弃".into() });
    let revised = StatementReview {
        outcome: StatementOutcome::PartlyAccepted,
        findings: "部分成立".into(),
        revised: Some(plan(95_000, "特别严重", 0)),
    };
    let reviewed = spoken.act(&first(), Action::HearStatements(revised)).act(&reviewer(), pass());
    assert_eq!(code(reviewed.attempt(&head(), discuss(big()), |_| {})), "not_as_reviewed");
    assert_eq!(code(reviewed.attempt(&head(), discuss(plan(95_000, "特别严重", 0)), |_| {})), "discussed");
    assert_eq!(code(reviewed.attempt(&head(), discuss(plan(95_000, "一般", 0)), |_| {})), "outside_band");
    let silent = Walk::start().heard(plan(50_000, "一般", 0));
    assert_eq!(code(silent.attempt(&head(), discuss(plan(60_000, "一般", 0)), |_| {})), "heavier_than_noticed");
}

/// A lighter plan that leaves the band is reviewed before it can be decided.
#[test]
fn what_the_heads_changed_goes_back_to_review() {
    let mut deviating = plan(60_000, "特别严重", 0);
    deviating.deviation = Some("已经整改".into());
    let discussed = Walk::start().heard(big()).act(&reviewer(), pass()).act(&head(), discuss(deviating.clone()));
    assert_eq!(code(discussed.attempt(&head(), decide(deviating.clone()), |_| {})), "review_missing");
    assert!(!discussed.case.open_actions(&head()).contains(&"decide"), "no button for an act that is refused");
    assert_eq!(discussed.case.obstacles(discussed.day)[0].code(), "review_missing");
    assert_eq!(code(discussed.attempt(&first(), reopen(), |_| {})), "handler_decides");
    let empty = Action::Reopen { reason: " ".into() };
    assert_eq!(code(discussed.attempt(&head(), empty, |_| {})), "missing");
    let again = discussed.act(&head(), reopen());
    let heard = again.case.state.heard().unwrap();
    assert_eq!((again.case.state.name(), heard.plan().fine, heard.reopened.len()), ("heard", deviating.fine, 1));
    assert!(heard.review_grounds.contains(&"偏离裁量基准".to_owned()));
    // Whoever reviewed the first time never decides.
    assert!(again.case.reviewed(reviewer().account));
    let again = again.act(&reviewer(), pass()).act(&head(), discuss(deviating.clone()));
    assert_eq!(code(again.attempt(&head(), decide(big()), |_| {})), "not_as_discussed");
    assert_eq!(code(again.attempt(&head(), decide(deviating), |_| {})), "decided");
}

#[test]
fn the_heads_may_discuss_again() {
    let discussed = Walk::start().heard(big()).act(&reviewer(), pass()).act(&head(), discuss(big()));
    let lighter = plan(95_000, "特别严重", 0);
    let again = discussed.act(&other_head(), discuss(lighter.clone()));
    let heard = again.case.state.heard().unwrap();
    assert_eq!(heard.reopened[0].discussion.as_ref().map(|earlier| earlier.plan.fine), Some(big().fine));
    assert_eq!(heard.settled(), Some(&lighter));
    assert_eq!(code(again.attempt(&head(), decide(lighter), |_| {})), "decided");
}

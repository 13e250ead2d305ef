//! Where two rules meet: service by announcement with two signatures, and a withdrawn decision made again under the rule
//! that what was settled is decided.

use super::fixtures::*;
use crate::case::*;
use jiff::civil::date;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Actor, LocalDate};

fn code<T>(tried: Result<T, TransitionError>) -> &'static str {
    tried.map_or_else(|error| error.code(), |_| "done")
}

fn later(day: LocalDate, days: i64) -> LocalDate {
    day.saturating_add(jiff::Span::new().days(days))
}

fn announced(on: LocalDate) -> Action {
    Action::ServeDecision(ServiceRecord {
        method: ServiceMethod::Announcement,
        on: later(on, 90),
        receiver: String::new(),
        note: "下落不明，在本机关网站公告".into(),
        announced_on: Some(on),
    })
}

/// The term as the service finds it: thirty days from the announcement.
fn term(facts: &mut Facts, from: LocalDate) {
    facts.announcement = Some(Deadline { from, due: later(from, 30), estimated: false });
}

/// Article 42 and 民事诉讼法第95条: the second handler reads and signs the computed day, and both need their certificates on
/// the day they announced and on that of each signature; on the computed day nobody did anything.
#[test]
fn an_announcement_is_signed_by_both_with_the_day_that_follows_from_it() {
    let decided = Walk::start().decided(plan(50_000, "一般", 0));
    let from = decided.day;
    let step = |case: &Case, by: &Actor, action: Action, on: LocalDate, lapsed: &[LocalDate]| {
        let mut facts = facts(on);
        term(&mut facts, from);
        let until = |n: u8| lapsed.get(usize::from(n) - 1).copied().unwrap_or(date(2030, 1, 1));
        facts.certificates =
            (1..=2).map(|n| (id::<OfficerId>(n), Validity { from: date(2020, 1, 1), until: until(n) })).collect();
        case.clone().apply(action, by, &facts)
    };
    let early = step(&decided.case, &first(), announced(from), later(from, 30), &[]);
    assert_eq!(code(early), "announcement_running");
    let drafted = step(&decided.case, &first(), announced(from), later(from, 40), &[]).unwrap();
    let Some(Drafted::DecisionService(waits)) = drafted.draft.as_ref().map(|draft| &draft.what) else {
        panic!("no draft")
    };
    assert_eq!((waits.on, waits.announced_on), (later(from, 31), Some(from)));
    let sign = |on: i64, lapsed: &[LocalDate]| step(&drafted, &second(), Action::Countersign, later(from, on), lapsed);
    let far = date(2030, 1, 1);
    assert_eq!(code(sign(45, &[far, later(from, 44)])), "certificate_lapsed", "on the day of the signature");
    assert_eq!(code(sign(45, &[later(from, 44), far])), "certificate_lapsed", "the author's too");
    // One who had no certificate when they announced cannot stand for it.
    let mut fresh = facts(later(from, 45));
    term(&mut fresh, from);
    let new = Validity { from: later(from, 1), until: far };
    fresh.certificates.insert(id(2), new);
    assert_eq!(code(drafted.clone().apply(Action::Countersign, &second(), &fresh)), "certificate_lapsed");
    let served = sign(45, &[]).unwrap();
    let served = served.state.served().unwrap();
    assert_eq!((served.service.on, served.service.signed_on()), (later(from, 31), later(from, 45)));
    assert_eq!(served.pay_due.from, later(from, 45), "the term of the party runs from the second signature");
}

/// What was reviewed and discussed binds the second decision as it bound the first; what should differ goes back.
#[test]
fn a_withdrawn_decision_is_made_again_as_it_was_settled() {
    let big = || plan(100_000, "特别严重", 0);
    let lighter = || plan(99_000, "特别严重", 0);
    let decide = |plan: Plan| Action::Decide { plan, reasons: "更正".into() };
    let pass = || Action::PassReview { opinion: "同意".into() };
    let discussed = Walk::start().heard(big()).act(&reviewer(), pass()).act(&head(), discuss(big()));
    let decided = discussed.act(&head(), decide(big()));
    let waiting = decided.clone().one(&first(), Action::ServeDecision(receipt(decided.day)));
    let back = waiting.act(&other_head(), Action::WithdrawDecision { reason: "笔误".into() });
    assert_eq!((back.case.state.name(), back.case.draft.is_some()), ("discussed", false));
    assert_eq!(back.case.set_aside.len(), 1, "a service that waited for its signature is not signed any more");
    assert_eq!(code(back.attempt(&second(), Action::Countersign, |_| {})), "wrong_state");
    assert_eq!(code(back.attempt(&head(), decide(lighter()), |_| {})), "not_as_discussed");
    assert_eq!(code(back.attempt(&reviewer(), decide(big()), |_| {})), "reviewer_decides");
    let again = back.clone().days(1).act(&head(), decide(big()));
    assert!(again.case.returned_draft("serve_decision").is_none(), "the receipt of the first is no start");
    let day = again.day;
    assert_eq!(again.act(&first(), Action::ServeDecision(receipt(day))).case.state.name(), "served");
    // Heads who want less discuss it again, or lead it back to the review.
    let agreed = back.clone().act(&other_head(), discuss(lighter()));
    assert_eq!(agreed.act(&head(), decide(lighter())).case.plan().unwrap().fine, yuan(99_000));
    let reopened = back.act(&other_head(), Action::Reopen { reason: "引用条款有误".into() });
    assert_eq!(reopened.case.state.name(), "heard");
    assert_eq!(code(reopened.attempt(&head(), decide(big()), |_| {})), "review_missing");
    let reviewed = reopened.act(&reviewer(), pass()).act(&head(), discuss(big()));
    assert_eq!(reviewed.act(&head(), decide(big())).case.state.name(), "decided");
}

/// A head may end a case for which a paper of the party waits for its second signature.
#[test]
fn a_withdrawal_of_the_hearing_that_waits_does_not_keep_the_case() {
    let noticed = Walk::start().noticed(plan(100_000, "特别严重", 0));
    let pending = noticed.clone().act(&unit(), Action::RequestHearing { on: noticed.day, note: "要求听证".into() });
    let waiting = pending.one(&first(), Action::WithdrawHearing { note: "来信撤回".into() });
    let ended = waiting.act(&head(), Action::Dismiss { reason: "对象有误".into() });
    assert_eq!((ended.case.state.name(), ended.case.set_aside.len()), ("dismissed", 1));
}

/// A changed penalty says how long and over what it reaches, like any other.
#[test]
fn a_changed_penalty_is_complete() {
    let mut revoked = plan(50_000, "一般", 0);
    revoke(&mut revoked);
    let heard = Walk::start().heard(revoked.clone()).act(&reviewer(), Action::PassReview { opinion: "同意".into() });
    let heard = heard.act(&head(), discuss(revoked.clone()));
    let decided = heard.act(&head(), Action::Decide { plan: revoked.clone(), reasons: "同意".into() });
    let day = decided.day;
    let served = decided.act(&first(), Action::ServeDecision(receipt(day)));
    let remedy = Remedy { kind: RemedyKind::Lawsuit, time: crate::fine::Pause { from: day, until: None } };
    let sued = served.act(&first(), Action::RecordRemedy(remedy));
    let changed = |plan: Plan| code(sued.attempt(&head(), verdict(day, RemedyOutcome::Changed, Some(plan)), |_| {}));
    let mut vague = revoked.clone();
    vague.particulars.clear();
    assert_eq!(changed(vague), "reach_missing");
    revoked.fine = yuan(20_000);
    assert_eq!(changed(revoked), "done");
}

//! The second handler signs with an own login, or nothing comes into force; both certificates are valid on the day.

use super::fixtures::*;
use crate::case::*;
use jiff::civil::date;
use xingjian_kernel::Actor;

fn code<T>(tried: Result<T, TransitionError>) -> &'static str {
    tried.map_or_else(|error| error.code(), |_| "done")
}

fn returned() -> Action {
    Action::ReturnDraft { reason: "补充证据".into() }
}

/// Every act that two sign, in a case that has come to it.
fn two_handed() -> Vec<(Walk, Action)> {
    let big = || plan(100_000, "特别严重", 0);
    let noticed = Walk::start().noticed(big());
    let pending = noticed.clone().act(&unit(), Action::RequestHearing { on: noticed.day, note: "要求".into() });
    let deliberated = Walk::start().investigated(report(0)).act(&first(), deliberation(big()));
    let decided = Walk::start().decided(plan(50_000, "一般", 0));
    let (served, day) = (deliberated.day, decided.day);
    vec![
        (Walk::start().filed(), Action::ReportInvestigation(report(0))),
        (Walk::start().investigated(report(0)), deliberation(big())),
        (deliberated, Action::ServeNotice(receipt(served))),
        (noticed.clone(), Action::WaiveStatement { note: "来信放弃".into() }),
        (noticed, Action::WaiveHearing { note: "来信放弃".into() }),
        (pending, Action::WithdrawHearing { note: "来信撤回".into() }),
        (decided, Action::ServeDecision(receipt(day))),
    ]
}

/// Article 42.
#[test]
fn an_act_of_one_handler_changes_nothing_until_another_signs() {
    for (walk, action) in two_handed() {
        let name = action.name();
        let drafted = walk.clone().one(&first(), action.clone());
        assert_eq!(drafted.case.state, walk.case.state, "{name}");
        assert_eq!(drafted.case.obstacles(drafted.day)[0].code(), "awaiting_countersignature", "{name}");
        assert!(!drafted.case.open_actions(&first()).contains(&"countersign"), "{name}");
        assert_eq!(drafted.case.open_actions(&second()), ["countersign", "return_draft"], "{name}");
        assert_eq!(code(drafted.attempt(&first(), Action::Countersign, |_| {})), "own_countersignature", "{name}");
        assert_eq!(code(drafted.attempt(&third(), Action::Countersign, |_| {})), "not_handler", "{name}");
        assert_eq!(code(drafted.attempt(&head(), Action::Countersign, |_| {})), "not_handler", "{name}");
        assert_eq!(code(drafted.attempt(&second(), action, |_| {})), "awaiting_countersignature", "{name}");
        let signed = drafted.clone().one(&second(), Action::Countersign);
        assert!(signed.case.draft.is_none() && signed.case.state != walk.case.state, "{name}");
        let back = drafted.one(&second(), returned());
        assert_eq!((&back.case.state, back.case.set_aside.len()), (&walk.case.state, 1), "{name}");
        assert_eq!(code(back.attempt(&second(), Action::Countersign, |_| {})), "nothing_to_countersign", "{name}");
    }
}

#[test]
fn both_names_and_days_stand_under_the_act() {
    let drafted = Walk::start().filed().one(&second(), Action::ReportInvestigation(report(0))).days(2);
    let signed = drafted.clone().one(&first(), Action::Countersign);
    let report = &signed.case.state.investigated().unwrap().report;
    assert_eq!((report.by.name.as_str(), report.by.on()), ("监督员乙", drafted.case.draft.unwrap().by.on()));
    assert_eq!(report.with.as_ref().map(|with| with.name.as_str()), Some("监督员甲"));
    assert_eq!(report.signed_on(), signed.day);
}

/// A notice is dated, and can be served, from the day on which the deliberation was signed by both.
#[test]
fn nothing_is_served_before_the_deliberation_was_signed() {
    let drafted = Walk::start().investigated(report(0)).one(&first(), deliberation(plan(50_000, "一般", 0)));
    let day = drafted.day;
    let signed = drafted.days(3).one(&second(), Action::Countersign);
    assert_eq!(code(signed.attempt(&first(), Action::ServeNotice(receipt(day)), |_| {})), "too_early");
    assert_eq!(code(signed.attempt(&first(), Action::ServeNotice(receipt(signed.day)), |_| {})), "done");
}

#[test]
fn what_the_party_gives_up_itself_needs_no_signature() {
    let noticed = Walk::start().noticed(plan(100_000, "特别严重", 0));
    let waived = noticed.one(&unit(), Action::WaiveStatement { note: "放弃".into() });
    assert!(waived.case.draft.is_none() && waived.case.state.noticed().unwrap().statement_waived.is_some());
}

/// The party speaks up while a waiver of its statement waits: the waiver is set aside, that of the hearing stays.
#[test]
fn a_draft_that_was_overtaken_is_kept_but_cannot_be_signed() {
    let noticed = Walk::start().noticed(plan(100_000, "特别严重", 0));
    let statement = || Action::SubmitStatement(Statement { text: "有异议".into(), oral: false });
    let spoken = noticed.clone().one(&first(), Action::WaiveStatement { note: "来信".into() });
    let spoken = spoken.one(&unit(), statement());
    assert_eq!((spoken.case.draft.is_none(), spoken.case.set_aside.len()), (true, 1));
    let other = noticed.clone().one(&first(), Action::WaiveHearing { note: "来信".into() }).one(&unit(), statement());
    assert!(other.case.draft.is_some());
    let sent_back = Walk::start().investigated(report(0)).act(&first(), deliberation(plan(50_000, "一般", 0)));
    let (day, sent_back) = (sent_back.day, sent_back.clone());
    let sent_back = sent_back.one(&first(), Action::ServeNotice(receipt(day)));
    let sent_back = sent_back.one(&head(), Action::SendBack { reason: "补充".into() });
    assert_eq!((sent_back.case.state.name(), sent_back.case.draft.is_none()), ("investigated", true));
}

#[test]
fn a_draft_goes_with_the_handler_who_left() {
    let swap = |leaving| Action::ReplaceHandler {
        leaving: id(leaving),
        joining: Some(officer(3)),
        ground: LeavingGround::Recusal,
        reason: "亲属关系".into(),
    };
    let drafted = Walk::start().filed().one(&first(), Action::ReportInvestigation(report(0)));
    let author = drafted.clone().one(&head(), swap(1));
    assert_eq!((author.case.draft.is_none(), author.case.set_aside.len()), (true, 1));
    let signer = drafted.one(&head(), swap(2));
    assert_eq!(code(signer.attempt(&second(), Action::Countersign, |_| {})), "not_handler");
    assert_eq!(signer.one(&third(), Action::Countersign).case.state.name(), "investigated");
}

/// Article 42: on the day of each act, not only when the case was proposed.
#[test]
fn both_certificates_are_valid_on_the_day_of_the_act() {
    let lapsed = |n: u8, until| {
        move |facts: &mut Facts| {
            facts.certificates.insert(id(n), Validity { until, ..valid() });
        }
    };
    for (walk, action) in two_handed() {
        let (name, yesterday) = (action.name(), walk.day.yesterday().unwrap());
        let put_down = |by: &Actor, change: &dyn Fn(&mut Facts)| {
            let mut facts = facts(walk.day);
            change(&mut facts);
            code(walk.case.clone().apply(action.clone(), by, &facts))
        };
        assert_eq!(put_down(&first(), &lapsed(1, walk.day)), "done", "{name}: the last day counts");
        assert_eq!(put_down(&first(), &lapsed(1, yesterday)), "certificate_lapsed", "{name}: who puts it down");
        assert_eq!(put_down(&first(), &lapsed(2, yesterday)), "certificate_lapsed", "{name}: nobody could sign");
        assert_eq!(put_down(&first(), &|facts| facts.certificates.clear()), "certificate_lapsed", "{name}");
        let drafted = walk.clone().one(&first(), action.clone());
        for n in [1, 2] {
            let tried = drafted.attempt(&second(), Action::Countersign, lapsed(n, yesterday));
            assert_eq!(code(tried), "certificate_lapsed", "{name}: {n} when it is signed");
        }
    }
    // A paper served before the certificate began.
    let (walk, day) = (Walk::start().decided(plan(50_000, "一般", 0)), date(2026, 3, 27));
    let walk = walk.days(3);
    let begins = |facts: &mut Facts| {
        facts.certificates.insert(id(2), Validity { from: date(2026, 3, 28), ..valid() });
    };
    let error = walk.attempt(&first(), Action::ServeDecision(receipt(day)), begins).unwrap_err();
    assert_eq!(error.to_string(), "监督员乙在2026年3月27日没有有效的行政执法证，不能办理或者会签该事项");
}

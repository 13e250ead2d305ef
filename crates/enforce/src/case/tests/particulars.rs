//! Lengths and reaches: complete, printed, and never beyond what was noticed.

use super::fixtures::*;
use crate::case::*;
use xingjian_policy::PenaltyKind::{ConfiscateGoods, SuspendBusiness, SuspendLicence};

/// The law of the fixtures with a suspension beside the fine.
fn law() -> Law {
    let mut law = leasing();
    law.penalties.extend([SuspendLicence, ConfiscateGoods, SuspendBusiness]);
    law
}

fn start() -> Walk {
    Walk::of(Proposed { law: law(), ..proposed() })
}

fn named(names: &[&str]) -> Reach {
    Reach::Named(names.iter().map(|name| (*name).to_owned()).collect())
}

fn suspended(length: Length, reach: Reach) -> Plan {
    let mut plan = plan(50_000, "一般", 0);
    let kind = SuspendLicence;
    plan.kinds.push(kind);
    plan.particulars.push(Particular { kind, length: Some(length), reach: Some(reach) });
    plan
}

fn noticed() -> Walk {
    start().noticed(suspended(Length::Months(3), named(&["口腔科", "眼科"])))
}

/// Decides after the party stayed silent (or spoke), with review and discussion of the noticed plan.
fn heard(spoken: bool) -> Walk {
    let walk = noticed();
    if !spoken {
        let walk = walk.act(&unit(), Action::WaiveHearing { note: "放弃".into() }).days(8);
        return walk.act(&first(), hear(StatementOutcome::NoneGiven));
    }
    let statement = Statement { text: "请求从轻".into(), oral: false };
    let walk = walk.act(&unit(), Action::SubmitStatement(statement));
    let walk = walk.act(&unit(), Action::WaiveHearing { note: "放弃".into() });
    walk.act(&first(), hear(StatementOutcome::NotAccepted))
}

fn code<T>(tried: Result<T, TransitionError>) -> &'static str {
    tried.map_or_else(|error| error.code(), |_| "done")
}

fn decided(walk: &Walk, plan: Plan) -> &'static str {
    code(walk.attempt(&head(), Action::Decide { plan, reasons: "理由".into() }, |facts| facts.law_today = Some(law())))
}

#[test]
fn a_longer_or_wider_penalty_needs_a_new_notice() {
    let (silent, spoken) = (heard(false), heard(true));
    let both = || named(&["口腔科", "眼科"]);
    for heavier in [
        suspended(Length::Months(4), both()),
        suspended(Length::Days(94), both()),
        suspended(Length::Days(90), both()),
        suspended(Length::UntilCorrected, both()),
        suspended(Length::Months(3), named(&["口腔科", "中医科"])),
        suspended(Length::Months(3), Reach::Whole),
        suspended(Length::Months(3), Reach::Certificate),
    ] {
        assert_eq!(decided(&silent, heavier.clone()), "heavier_than_noticed", "{}", heavier.text());
        assert_eq!(decided(&spoken, heavier.clone()), "heavier_after_statement", "{}", heavier.text());
        let review = StatementReview {
            outcome: StatementOutcome::Accepted,
            findings: "已复核".into(),
            revised: Some(heavier.clone()),
        };
        let stated = noticed().act(&unit(), Action::SubmitStatement(Statement { text: "x".into(), oral: false }));
        let stated = stated.act(&unit(), Action::WaiveHearing { note: "放弃".into() });
        let tried = stated.attempt(&first(), Action::HearStatements(review), |_| {});
        assert_eq!(code(tried), "heavier_after_statement", "{}", heavier.text());
    }
    for lighter in [suspended(Length::Days(84), both()), suspended(Length::Months(3), named(&["眼科"]))] {
        assert_eq!(decided(&silent, lighter.clone()), "review_missing", "within the notice: {}", lighter.text());
    }
}

#[test]
fn the_printed_words_do_not_change_without_a_new_notice() {
    let mut other = suspended(Length::Months(3), named(&["口腔科", "眼科"]));
    assert_eq!(decided(&heard(false), other.clone()), "review_missing");
    other.measures = "责令改正，并暂扣三年".into();
    assert_eq!(decided(&heard(false), other.clone()), "words_not_noticed");
    let review = StatementReview {
        outcome: StatementOutcome::PartlyAccepted,
        findings: "已复核".into(),
        revised: Some(Plan { measures: "另行停业".into(), ..plan(40_000, "一般", 0) }),
    };
    let stated = Walk::start().noticed(plan(50_000, "一般", 0));
    let stated = stated.act(&unit(), Action::SubmitStatement(Statement { text: "x".into(), oral: false }));
    assert_eq!(code(stated.attempt(&first(), Action::HearStatements(review), |_| {})), "words_not_noticed");
}

#[test]
fn every_kind_that_lasts_or_reaches_says_so() {
    let walk = start().investigated(report(0));
    let deliberated = |plan: Plan| code(walk.attempt(&first(), deliberation(plan), |_| {}));
    let with = |kind, length, reach| {
        let mut plan = plan(50_000, "一般", 0);
        plan.kinds.push(kind);
        plan.particulars.push(Particular { kind, length, reach });
        deliberated(plan)
    };
    let whole = || Some(Reach::Whole);
    assert_eq!(with(SuspendLicence, Some(Length::Days(90)), whole()), "done");
    assert_eq!(with(SuspendLicence, None, whole()), "length_missing");
    assert_eq!(with(SuspendLicence, Some(Length::Months(0)), whole()), "length_missing");
    assert_eq!(with(SuspendLicence, Some(Length::Days(90)), None), "reach_missing");
    assert_eq!(with(SuspendBusiness, Some(Length::UntilCorrected), Some(named(&[]))), "reach_missing");
    assert_eq!(with(SuspendBusiness, Some(Length::UntilCorrected), Some(named(&[" "]))), "reach_missing");
    assert_eq!(with(ConfiscateGoods, None, whole()), "reach_missing", "goods are named");
    assert_eq!(with(ConfiscateGoods, None, Some(named(&["牙科综合治疗台1台"]))), "done");
    assert_eq!(with(ConfiscateGoods, Some(Length::Days(1)), Some(named(&["治疗台"]))), "length_missing");
    let mut bare = plan(50_000, "一般", 0);
    bare.kinds.push(SuspendLicence);
    assert_eq!(deliberated(bare), "length_missing");
    let mut stray = plan(50_000, "一般", 0);
    stray.particulars.push(Particular { kind: SuspendLicence, length: Some(Length::Days(1)), reach: whole() });
    assert_eq!(deliberated(stray), "reach_missing");
}

#[test]
fn lengths_and_reaches_are_printed() {
    let plan = suspended(Length::Months(3), named(&["口腔科", "眼科"]));
    assert_eq!(plan.text(), "罚款50,000.00元；暂扣许可证件（口腔科、眼科，3个月）");
    let mut revoked = Plan::default();
    revoke(&mut revoked);
    assert_eq!(revoked.text(), "吊销许可证件（全部）");
    assert!(plan.is_same_penalty_as(&Plan { reasons: "别的理由".into(), ..plan.clone() }));
    assert!(!plan.is_same_penalty_as(&suspended(Length::Months(2), named(&["口腔科", "眼科"]))));
}

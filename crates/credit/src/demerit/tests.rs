use super::*;
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::calendar::{Term, WorkCalendar};
use xingjian_kernel::id::{Id, InstitutionId, PractitionerId};
use xingjian_kernel::{DepartmentId, Role};
use xingjian_policy::{DemeritRule, Threshold};
use xingjian_testkit::diagram;

fn id<T: Id>(n: u128) -> T {
    T::from_uuid(format!("0199a000-0000-7000-8000-{n:012}").parse().unwrap())
}

fn term(from: LocalDate, days: u16) -> Deadline {
    WorkCalendar::empty().deadline(from, Term::working_days(days))
}

fn penalty(number: &str) -> Basis {
    Basis::Penalty { case: id(1), number: number.into(), served_on: date(2026, 6, 1) }
}

fn proposal(basis: Basis) -> Proposal {
    Proposal {
        subject: SubjectRef::Institution(id::<InstitutionId>(1)),
        name: "演示医院".into(),
        division: "440402".parse().unwrap(),
        department: DepartmentId::new("health"),
        item: "JG-11".into(),
        target: DemeritTarget::Institution,
        behaviour: "出租承包科室".into(),
        punishable: true,
        points: 12,
        fact: "将口腔科承包给他人".into(),
        basis,
    }
}

/// A record proposed on Monday 1 June 2026; its notice is due on 15 June.
fn proposed(n: u128, new: Proposal) -> Demerit {
    let day = date(2026, 6, 1);
    Demerit::propose(id(n), new, Timestamp::from_local(day, 9, 0), term(day, 10)).unwrap()
}

fn facts(day: LocalDate) -> Facts {
    Facts { today: day, notice: Some(("珠卫医记〔2026〕1号".into(), term(day, 5))) }
}

fn notify(day: LocalDate) -> Action {
    Action::Notify { served_on: day, late_reason: None }
}

fn take(points: u16, reply: Option<&str>) -> Action {
    Action::TakeEffect { points, reply: reply.map(str::to_owned) }
}

/// A record in force since `on`.
fn in_force(n: u128, target: DemeritTarget, points: u16, on: LocalDate) -> Demerit {
    let mut new = proposal(penalty("珠卫医罚〔2026〕1号"));
    (new.target, new.points) = (target, points);
    let before = on.saturating_sub(jiff::Span::new().days(30));
    let record = Demerit::propose(id(n), new, Timestamp::from_local(before, 9, 0), term(before, 10)).unwrap();
    let record = record.apply(notify(before), &facts(before)).unwrap();
    record.apply(take(points, None), &facts(on)).unwrap()
}

#[test]
fn points_never_replace_a_penalty() {
    let reason = || "无".to_owned();
    let at = Timestamp::from_local(date(2026, 6, 1), 9, 0);
    let propose = |new| Demerit::propose(id(1), new, at, term(date(2026, 6, 1), 10)).map(|_| ());
    assert_eq!(propose(proposal(Basis::NoPenaltyInLaw { reason: reason() })), Err(TransitionError::InsteadOfPenalty));
    assert_eq!(propose(proposal(penalty("珠卫医罚〔2026〕1号"))), Ok(()));
    assert_eq!(propose(proposal(penalty(" "))), Err(TransitionError::Missing("决定书文号")));
    let not_punished = |reason: &str| Basis::NotPunished {
        case: id(1),
        number: "珠卫医不罚〔2026〕1号".into(),
        reason: reason.into(),
    };
    assert_eq!(propose(proposal(not_punished("违法行为轻微并及时改正，没有造成危害后果"))), Ok(()));
    assert_eq!(propose(proposal(not_punished(""))), Err(TransitionError::Missing("不予处罚的理由")));
    let unpunishable =
        |reason: &str| Proposal { punishable: false, ..proposal(Basis::NoPenaltyInLaw { reason: reason.into() }) };
    assert_eq!(propose(unpunishable("病历书写不规范，未设行政处罚")), Ok(()));
    assert_eq!(propose(unpunishable("  ")), Err(TransitionError::Missing("不予处罚的理由")));
}

#[test]
fn points_wait_for_the_statement_or_its_waiver() {
    let told =
        proposed(1, proposal(penalty("珠卫医罚〔2026〕1号"))).apply(notify(date(2026, 6, 2)), &facts(date(2026, 6, 2)));
    let told = told.unwrap();
    let last = date(2026, 6, 9);
    assert_eq!(told.served().unwrap().statement_due.due, last);
    assert_eq!(
        told.clone().apply(take(12, None), &facts(last)),
        Err(TransitionError::StatementPending(last)),
        "on the last day the party may still speak"
    );
    let after = told.clone().apply(take(12, None), &facts(date(2026, 6, 10))).unwrap();
    assert_eq!(after.in_force(date(2026, 6, 10)), Some((date(2026, 6, 10), 12)));
    assert_eq!(after.in_force(date(2026, 6, 9)), None);
    let waived = told.apply(Action::Waive, &facts(date(2026, 6, 3))).unwrap();
    assert_eq!(waived.clone().apply(Action::Waive, &facts(date(2026, 6, 3))), Err(TransitionError::AlreadyWaived));
    assert_eq!(waived.apply(take(12, None), &facts(date(2026, 6, 3))).unwrap().state_name(), "effective");
}

#[test]
fn a_statement_is_answered_and_never_makes_it_worse() {
    let day = date(2026, 6, 2);
    let told = proposed(1, proposal(penalty("珠卫医罚〔2026〕1号"))).apply(notify(day), &facts(day)).unwrap();
    let contest = |text: &str| Action::Contest { statement: text.into() };
    assert_eq!(told.clone().apply(contest(" "), &facts(day)), Err(TransitionError::Missing("陈述申辩内容")));
    assert_eq!(
        told.clone().apply(contest("已整改"), &facts(date(2026, 6, 10))),
        Err(TransitionError::StatementOver(date(2026, 6, 9)))
    );
    let contested = told.apply(contest("科室已收回"), &facts(date(2026, 6, 9))).unwrap();
    let later = facts(date(2026, 6, 10));
    assert_eq!(contested.clone().apply(take(12, None), &later), Err(TransitionError::NotHeard));
    assert_eq!(contested.clone().apply(take(12, Some("  ")), &later), Err(TransitionError::NotHeard));
    assert_eq!(contested.clone().apply(take(13, Some("不采纳")), &later), Err(TransitionError::Aggravated(12)));
    assert_eq!(contested.clone().apply(take(0, Some("采纳")), &later), Err(TransitionError::NoPoints));
    let effective = contested.apply(take(6, Some("部分采纳")), &later).unwrap();
    assert_eq!(effective.in_force(date(2026, 12, 31)), Some((date(2026, 6, 10), 6)));
}

#[test]
fn a_late_notice_says_why() {
    let record = proposed(1, proposal(penalty("珠卫医罚〔2026〕1号")));
    let due = date(2026, 6, 15);
    assert_eq!(record.notice_due.due, due);
    assert!(record.clone().apply(notify(due), &facts(due)).is_ok());
    let late = date(2026, 6, 16);
    assert_eq!(record.clone().apply(notify(late), &facts(late)), Err(TransitionError::NoticeLate(due)));
    let why = Action::Notify { served_on: late, late_reason: Some("当事人拒收，改为留置送达".into()) };
    assert!(record.clone().apply(why, &facts(late)).is_ok());
    assert_eq!(record.clone().apply(notify(due), &facts(date(2026, 6, 12))), Err(TransitionError::ServedWhen(due)));
    let unnumbered = Facts { notice: None, ..facts(due) };
    assert_eq!(record.apply(notify(due), &unnumbered), Err(TransitionError::NoNumber));
}

#[test]
fn a_revoked_record_counted_until_it_was_revoked() {
    let record = in_force(1, DemeritTarget::Institution, 12, date(2026, 3, 1));
    let nothing = Action::Revoke { reason: String::new() };
    assert_eq!(record.clone().apply(nothing, &facts(date(2026, 4, 1))), Err(TransitionError::Missing("撤销理由")));
    let why = Action::Revoke { reason: "原处罚决定被复议机关撤销".into() };
    let revoked = record.apply(why, &facts(date(2026, 4, 1))).unwrap();
    assert_eq!(revoked.in_force(date(2026, 3, 31)), Some((date(2026, 3, 1), 12)));
    assert_eq!(revoked.in_force(date(2026, 4, 1)), None);
    assert_eq!(revoked.served().map(|n| n.number.as_str()), Some("珠卫医记〔2026〕1号"));
}

#[test]
fn a_revoked_record_keeps_what_the_party_said_and_how_it_was_weighed() {
    let day = date(2026, 6, 2);
    let told = proposed(1, proposal(penalty("珠卫医罚〔2026〕1号"))).apply(notify(day), &facts(day)).unwrap();
    let contested = told.apply(Action::Contest { statement: "科室已收回".into() }, &facts(day)).unwrap();
    let revoke = || Action::Revoke { reason: "原处罚决定被撤销".into() };
    let kept = |record: &Demerit| match &record.state {
        State::Revoked { statement, reply, .. } => {
            (statement.as_ref().map(|statement| statement.text.clone()), reply.clone())
        }
        _ => panic!("{}", record.state_name()),
    };
    let before = contested.clone().apply(revoke(), &facts(day)).unwrap();
    assert_eq!(kept(&before), (Some("科室已收回".into()), None));
    let later = facts(date(2026, 6, 10));
    let effective = contested.apply(take(12, Some("不予采纳")), &later).unwrap();
    let after = effective.apply(revoke(), &later).unwrap();
    assert_eq!(kept(&after), (Some("科室已收回".into()), Some("不予采纳".into())));
}

#[test]
fn each_refusal_has_a_way_on() {
    use TransitionError as E;
    let day = date(2026, 6, 9);
    for error in [
        E::NotNow { state: "拟记" },
        E::InsteadOfPenalty,
        E::NoNumber,
        E::ServedWhen(day),
        E::NoticeLate(day),
        E::StatementOver(day),
        E::StatementPending(day),
        E::AlreadyWaived,
        E::NotHeard,
        E::Aggravated(12),
        E::NoPoints,
        E::WrongTarget(DemeritTarget::Physician),
        E::Missing("撤销理由"),
    ] {
        let refusal = Refusal::from(error);
        assert!(!refusal.mend.is_empty() && !refusal.code.is_empty() && !refusal.message.is_empty());
    }
}

fn rule(target: DemeritTarget, months: u16, thresholds: &[(u16, &str)], cleared: bool) -> DemeritRule {
    let thresholds =
        thresholds.iter().map(|(points, measure)| Threshold { points: *points, measure: (*measure).into() });
    DemeritRule { target, cycle_months: months, thresholds: thresholds.collect(), cleared_by_verification: cleared }
}

fn measures(cycle: Option<&Cycle>) -> Vec<&str> {
    cycle.map(|c| c.reached.iter().map(|r| r.measure.as_str()).collect()).unwrap_or_default()
}

/// T28: points of a physician add up across institutions; T30: a verification clears the institution's only.
#[test]
fn a_verification_clears_the_institution_and_not_the_person() {
    use DemeritTarget::{Institution, Physician};
    let verified = [date(2026, 5, 1)];
    let institution = rule(Institution, 12, &[(6, "提醒"), (12, "暂缓校验")], true);
    let physician = rule(Physician, 24, &[(6, "约谈"), (8, "离岗培训")], false);
    let records = [in_force(1, Institution, 6, date(2026, 2, 1)), in_force(2, Institution, 4, date(2026, 8, 1))];
    let before = cycle(&institution, &records, &verified, date(2026, 4, 30)).unwrap();
    assert_eq!((before.points, measures(Some(&before))), (6, vec!["提醒"]));
    let after = cycle(&institution, &records, &verified, date(2026, 9, 1)).unwrap();
    assert_eq!((after.points, after.from, measures(Some(&after))), (4, date(2026, 5, 1), vec![]));

    let mut persons = [in_force(3, Physician, 4, date(2025, 1, 10)), in_force(4, Physician, 4, date(2026, 8, 1))];
    for (record, place) in persons.iter_mut().zip(["甲院", "乙院"]) {
        record.subject = SubjectRef::Practitioner(id::<PractitionerId>(9));
        record.fact = format!("在{place}执业期间");
    }
    let both = cycle(&physician, &persons, &verified, date(2026, 9, 1)).unwrap();
    assert_eq!((both.points, measures(Some(&both))), (8, vec!["约谈", "离岗培训"]));
    assert_eq!(both.records, vec![id(3), id(4)]);
    assert_eq!(cycle(&institution, &persons, &[], date(2026, 9, 1)), None, "a rule counts its own target only");
}

/// T31, 粤卫〔2011〕1号: within a verification period of three years, more than 24 points in any one year.
#[test]
fn any_year_of_the_verification_period_can_reach_25_points() {
    use DemeritTarget::Institution;
    let rule = rule(Institution, 12, &[(25, "暂缓校验1至6个月")], true);
    let verified = [date(2024, 7, 1)];
    let mut records =
        vec![in_force(1, Institution, 12, date(2025, 7, 5)), in_force(2, Institution, 12, date(2026, 1, 5))];
    let year = |records: &[Demerit], day| cycle(&rule, records, &verified, day);
    assert!(measures(year(&records, date(2026, 6, 30)).as_ref()).is_empty(), "24 points are not more than 24");
    records.push(in_force(3, Institution, 1, date(2026, 6, 30)));
    let second = year(&records, date(2026, 6, 30)).unwrap();
    assert_eq!((second.points, second.from, second.next), (25, date(2025, 7, 1), date(2026, 7, 1)));
    assert_eq!(measures(Some(&second)), vec!["暂缓校验1至6个月"]);
    assert_eq!(second.reached[0].on, date(2026, 6, 30));
    let third = year(&records, date(2026, 7, 1)).unwrap();
    assert_eq!((third.points, third.from), (0, date(2026, 7, 1)), "the third year begins at nothing");
}

/// T32, 贵州2019: three steps at 12, 18 and 24 points.
#[test]
fn three_steps_are_reached_one_after_another() {
    use DemeritTarget::Institution;
    let steps = [(12, "重点监督"), (18, "取消评优、约谈"), (24, "暂缓校验")];
    let rule = rule(Institution, 12, &steps, true);
    for (points, expected) in [
        (11, vec![]),
        (12, vec!["重点监督"]),
        (17, vec!["重点监督"]),
        (18, vec!["重点监督", "取消评优、约谈"]),
        (23, vec!["重点监督", "取消评优、约谈"]),
        (24, vec!["重点监督", "取消评优、约谈", "暂缓校验"]),
    ] {
        let records =
            [in_force(1, Institution, points - 1, date(2026, 2, 1)), in_force(2, Institution, 1, date(2026, 3, 1))];
        let cycle = cycle(&rule, &records, &[], date(2026, 3, 1)).unwrap();
        assert_eq!(measures(Some(&cycle)), expected, "{points} points");
        assert_eq!(cycle.points, u32::from(points));
    }
}

#[test]
fn without_verification_the_first_points_begin_a_cycle() {
    use DemeritTarget::Institution;
    let rule = rule(Institution, 12, &[], true);
    let records = [
        in_force(1, Institution, 1, date(2024, 3, 10)),
        in_force(2, Institution, 2, date(2025, 3, 9)),
        in_force(3, Institution, 4, date(2025, 5, 1)),
    ];
    let at = |day| cycle(&rule, &records, &[], day).map(|c| (c.from, c.points));
    assert_eq!(at(date(2024, 3, 9)), None, "nothing yet");
    assert_eq!(at(date(2025, 3, 9)), Some((date(2024, 3, 10), 3)), "the last day of the first cycle");
    assert_eq!(at(date(2025, 4, 1)), None, "the first cycle is over and nothing followed");
    assert_eq!(at(date(2025, 5, 1)), Some((date(2025, 5, 1), 4)));
    assert_eq!(at(date(2026, 5, 1)), None);
}

fn actor(role: Role) -> Actor {
    Actor {
        account: None,
        name: "测试".into(),
        roles: vec![role],
        department: DepartmentId::new("health"),
        officer: None,
        granted: vec![],
    }
}

#[test]
fn buttons_are_those_of_the_role() {
    let day = date(2026, 6, 2);
    let record = proposed(1, proposal(penalty("珠卫医罚〔2026〕1号")));
    assert_eq!(record.open_actions(&actor(Role::CreditOfficer)), vec!["notify", "revoke"]);
    assert!(record.open_actions(&actor(Role::Unit)).is_empty());
    let told = record.apply(notify(day), &facts(day)).unwrap();
    assert_eq!(told.open_actions(&actor(Role::Unit)), vec!["contest", "waive"]);
    assert_eq!(told.open_actions(&actor(Role::CreditOfficer)), vec!["contest", "waive", "take_effect", "revoke"]);
    let waived = told.apply(Action::Waive, &facts(day)).unwrap();
    assert_eq!(waived.open_actions(&actor(Role::Unit)), vec!["contest"]);
    assert!(waived.open_actions(&actor(Role::Inspector)).is_empty());
}

#[test]
fn a_record_is_looked_for_wherever_somebody_can_act() {
    let day = date(2026, 6, 2);
    let new = proposed(1, proposal(penalty("珠卫医罚〔2026〕1号")));
    let told = new.clone().apply(notify(day), &facts(day)).unwrap();
    let contested = told.clone().apply(Action::Contest { statement: "已整改".into() }, &facts(day)).unwrap();
    let effective = in_force(1, DemeritTarget::Institution, 12, day);
    let revoked = new.clone().apply(Action::Revoke { reason: "重复".into() }, &facts(day)).unwrap();
    let every = [new, told, contested, effective, revoked];
    let names: BTreeSet<&str> = every.iter().map(Demerit::state_name).collect();
    assert_eq!(names, TRANSITIONS.iter().flat_map(|(from, _, to)| [*from, *to]).collect());
    for role in Role::ALL {
        let looked = Demerit::names_open_to(&actor(*role));
        for record in &every {
            let (state, acts) = (record.state_name(), record.open_actions(&actor(*role)));
            assert_eq!(looked.contains(&state), !acts.is_empty(), "{role:?} {state} {acts:?}");
        }
    }
}

#[test]
fn a_record_survives_its_document() {
    let record = in_force(1, DemeritTarget::Institution, 12, date(2026, 3, 1));
    let text = serde_json::to_string(&record).unwrap();
    assert_eq!(serde_json::from_str::<Demerit>(&text).unwrap(), record);
}

#[test]
fn the_diagram_shows_these_transitions() {
    assert_eq!(diagram::transitions("demerit"), diagram::table(TRANSITIONS));
}

#[test]
fn every_unsettled_state_can_go_on() {
    let mut ways: BTreeMap<&str, usize> = BTreeMap::new();
    for (from, _, to) in TRANSITIONS {
        *ways.entry(from).or_default() += usize::from(from != to);
        ways.entry(to).or_default();
    }
    for (state, ways) in ways {
        assert!(ways > 0 || Demerit::SETTLED.contains(&state), "{state}");
    }
}

fn any_action() -> impl Strategy<Value = Action> {
    let text = || prop_oneof![Just(String::new()), Just("理由".to_owned())];
    prop_oneof![
        (0i32..40, proptest::option::of(text())).prop_map(|(day, late_reason)| Action::Notify {
            served_on: date(2026, 6, 1).saturating_add(jiff::Span::new().days(day)),
            late_reason,
        }),
        text().prop_map(|statement| Action::Contest { statement }),
        Just(Action::Waive),
        (0u16..14, proptest::option::of(text())).prop_map(|(points, reply)| Action::TakeEffect { points, reply }),
        text().prop_map(|reason| Action::Revoke { reason }),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram(steps in proptest::collection::vec((any_action(), 0i32..6), 1..30)) {
        let mut record = proposed(1, proposal(penalty("珠卫医罚〔2026〕1号")));
        let mut today = date(2026, 6, 1);
        for (action, days) in steps {
            today = today.saturating_add(jiff::Span::new().days(days));
            let (from, name) = (record.state_name(), action.name());
            let buttons = record.open_actions(&actor(Role::CreditOfficer));
            prop_assert!(!buttons.is_empty() || Demerit::SETTLED.contains(&from));
            if let Ok(next) = record.clone().apply(action, &facts(today)) {
                prop_assert!(TRANSITIONS.contains(&(from, name, next.state_name())));
                prop_assert!(buttons.contains(&name));
                if let State::Effective { points, .. } = next.state {
                    prop_assert!(points <= next.points && points > 0);
                }
                record = next;
            }
        }
    }
}

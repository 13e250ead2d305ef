use super::*;
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::Role;
use xingjian_kernel::calendar::{Term, WorkCalendar};
use xingjian_kernel::id::{AccountId, Id};
use xingjian_testkit::diagram;

fn term(from: LocalDate, days: u16) -> Deadline {
    WorkCalendar::empty().deadline(from, Term::working_days(days))
}

fn facts(day: LocalDate) -> Facts {
    Facts { today: day, acknowledge_due: term(day, 5), effect_due: term(day, 20) }
}

fn pushed() -> Linkage {
    let day = date(2026, 6, 1);
    let push = Push {
        subject: "institution:0199a000-0000-7000-8000-000000000001".parse().unwrap(),
        name: "演示医院".into(),
        division: "440402".parse().unwrap(),
        rule: "insurance-contract".into(),
        matter: "医保定点协议管理".into(),
        consequence: "纳入重点监管对象，增加稽核频次".into(),
        department: DepartmentId::new("insurance"),
        origin: DepartmentId::new("health"),
        grade: "B".into(),
        reason: "行政处罚（罚款1万元以上或者没收）；不良执业行为记分12分".into(),
    };
    let id = "0199a000-0000-7000-8000-000000000007".parse().unwrap();
    Linkage::push(id, push, Timestamp::from_local(day, 9, 0), &facts(day))
}

fn person(role: Role, department: &str) -> Actor {
    let id = "0199a000-0000-7000-8000-00000000000a".parse().unwrap();
    Actor {
        account: Some(AccountId::from_uuid(id)),
        name: "联络员".into(),
        roles: vec![role],
        department: DepartmentId::new(department),
        officer: None,
        granted: vec![],
    }
}

fn insurance() -> Actor {
    person(Role::Partner, "insurance")
}

fn health() -> Actor {
    person(Role::CreditOfficer, "health")
}

fn effect(text: &str) -> Action {
    Action::Effect { effect: text.into() }
}

fn object(text: &str) -> Action {
    Action::Object { reason: text.into() }
}

#[test]
fn the_department_asked_answers_and_nobody_else() {
    let day = facts(date(2026, 6, 2));
    let market = person(Role::Partner, "market");
    assert_eq!(pushed().apply(Action::Acknowledge, &market, &day), Err(TransitionError::NotYours));
    assert_eq!(pushed().apply(effect("已约谈"), &market, &day), Err(TransitionError::NotYours));
    assert_eq!(pushed().apply(object("非定点机构"), &health(), &day), Err(TransitionError::NotYours));
    assert!(pushed().open_actions(&market).is_empty());
    assert_eq!(pushed().open_actions(&insurance()), vec!["acknowledge", "object"]);

    let taken = pushed().apply(Action::Acknowledge, &insurance(), &day).unwrap();
    assert_eq!(taken.due().map(|(d, who)| (d.due, who.as_str())), Some((term(date(2026, 6, 2), 20).due, "insurance")));
    assert_eq!(taken.clone().apply(effect(" "), &insurance(), &day), Err(TransitionError::Missing("落实情况")));
    assert_eq!(
        taken.clone().apply(Action::Acknowledge, &insurance(), &day),
        Err(TransitionError::NotNow { state: "已签收" })
    );
    let done = taken.apply(effect("已列入重点稽核"), &insurance(), &day).unwrap();
    assert_eq!((done.state_name(), done.due()), ("effected", None));
    assert!(done.open_actions(&insurance()).is_empty());
}

#[test]
fn an_objection_is_answered_by_the_department_that_asked() {
    let day = facts(date(2026, 6, 2));
    let objected = pushed().apply(object("该机构不是医保定点机构"), &insurance(), &day).unwrap();
    assert_eq!(objected.due().map(|(_, who)| who.as_str()), Some("health"));
    assert_eq!(objected.open_actions(&health()), vec!["withdraw", "uphold"]);
    let accept = Action::Withdraw { reason: "经核实不是定点机构".into() };
    assert_eq!(objected.clone().apply(accept.clone(), &insurance(), &day), Err(TransitionError::NotOrigin));
    assert_eq!(objected.clone().apply(accept, &health(), &day).unwrap().state_name(), "withdrawn");
    let again =
        objected.apply(Action::Uphold { answer: "已于5月纳入定点".into() }, &health(), &facts(date(2026, 6, 8)));
    let again = again.unwrap();
    assert_eq!(again.due().map(|(d, _)| d.from), Some(date(2026, 6, 8)), "the clock starts again");
}

#[test]
fn only_the_grade_lifts_it() {
    let day = facts(date(2027, 7, 1));
    let lift = Action::Lift { why: "信用等级恢复为A级".into() };
    assert_eq!(pushed().apply(lift.clone(), &health(), &day), Err(TransitionError::OnlyByGrade));
    let done = pushed().apply(Action::Acknowledge, &insurance(), &day).unwrap();
    let done = done.apply(effect("已列入重点稽核"), &insurance(), &day).unwrap();
    let lifted = done.apply(lift.clone(), &Actor::system(), &day).unwrap();
    assert!(matches!(&lifted.state, State::Undoing { effect, .. } if effect == "已列入重点稽核"));
    assert_eq!(lifted.clone().apply(lift, &Actor::system(), &day), Err(TransitionError::NotNow { state: "待恢复" }));
    // What was done stays open until the department confirms that it is undone.
    assert!(!Linkage::SETTLED.contains(&lifted.state_name()));
    assert_eq!(lifted.due().map(|(due, who)| (due.due, who.as_str())), Some((term(day.today, 20).due, "insurance")));
    assert_eq!(lifted.open_actions(&insurance()), vec!["undo"]);
    let undo = |text: &str| Action::Undo { text: text.into() };
    assert_eq!(lifted.clone().apply(undo(" "), &insurance(), &day), Err(TransitionError::Missing("恢复情况")));
    assert_eq!(lifted.clone().apply(undo("已移出"), &health(), &day), Err(TransitionError::NotYours));
    let undone = lifted.apply(undo("已移出重点稽核名单"), &insurance(), &day).unwrap();
    assert!(matches!(&undone.state, State::Lifted { undone: Some(undone), .. } if undone.by.name == "联络员"));
    assert_eq!(undone.in_place(), None);
    // Where nothing was done there is nothing to undo.
    let lift = Action::Lift { why: "信用等级恢复为A级".into() };
    assert_eq!(pushed().apply(lift, &Actor::system(), &day).unwrap().state_name(), "lifted");
}

fn renew(grade: &str, day: LocalDate) -> Action {
    Action::Renew {
        grade: grade.into(),
        consequence: format!("{grade}级的结果运用"),
        reason: "吊销许可证件".into(),
        at: Timestamp::from_local(day, 9, 0),
    }
}

#[test]
fn a_grade_that_falls_further_asks_anew_and_forgets_nothing() {
    let day = facts(date(2026, 7, 1));
    assert_eq!(pushed().apply(renew("D", day.today), &health(), &day), Err(TransitionError::OnlyByGrade));
    let done = pushed().apply(Action::Acknowledge, &insurance(), &day).unwrap();
    let done = done.apply(effect("已列入重点稽核"), &insurance(), &day).unwrap();
    let again = done.apply(renew("D", day.today), &Actor::system(), &day).unwrap();
    assert_eq!(
        (again.state_name(), again.grade.as_str(), again.consequence.as_str()),
        ("pushed", "D", "D级的结果运用")
    );
    assert_eq!(again.due().map(|(due, _)| due.due), Some(term(day.today, 5).due), "the clock starts again");
    assert_eq!((again.rounds[0].grade.as_str(), again.rounds[0].state.effect()), ("B", Some("已列入重点稽核")));
    // The effect of the first round is still in place: lifting asks to undo it, whatever became of the second.
    let lift = Action::Lift { why: "信用等级恢复为A级".into() };
    assert_eq!(again.clone().apply(lift, &Actor::system(), &day).unwrap().state_name(), "undoing");
    let objected = again.apply(object("已经采取最重的措施"), &insurance(), &day).unwrap();
    let kept = objected.clone().apply(renew("C", day.today), &Actor::system(), &day).unwrap();
    assert_eq!((kept.state.clone(), kept.grade.as_str()), (objected.state.clone(), "C"), "the objection stays open");
    let withdrawn = objected.apply(Action::Withdraw { reason: "属实".into() }, &health(), &day).unwrap();
    assert_eq!(withdrawn.state_name(), "undoing");
    let undone = withdrawn.apply(Action::Undo { text: "已恢复".into() }, &insurance(), &day).unwrap();
    assert!(
        matches!(&undone.state, State::Withdrawn { by, undone: Some(_), .. } if by.department.as_str() == "health")
    );
}

#[test]
fn each_refusal_has_a_way_on() {
    use TransitionError as E;
    for error in [E::NotNow { state: "已推送" }, E::NotYours, E::NotOrigin, E::OnlyByGrade, E::Missing("异议理由")]
    {
        let refusal = Refusal::from(error);
        assert!(!refusal.mend.is_empty() && !refusal.code.is_empty() && !refusal.message.is_empty());
    }
}

#[test]
fn the_diagram_shows_these_transitions() {
    assert_eq!(diagram::transitions("linkage"), diagram::table(TRANSITIONS));
}

#[test]
fn every_unsettled_state_can_go_on_and_every_live_one_can_be_lifted() {
    let mut actions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (from, action, to) in TRANSITIONS {
        actions.entry(from).or_default().push(action);
        actions.entry(to).or_default();
    }
    for (state, actions) in actions {
        assert_eq!(Linkage::LIVE.contains(&state), actions.contains(&"lift"), "{state}");
        let by_people = actions.iter().any(|a| !["lift", "renew"].contains(a));
        assert!(Linkage::SETTLED.contains(&state) || by_people, "{state}");
    }
}

#[test]
fn a_linkage_is_looked_for_wherever_somebody_can_act() {
    let day = facts(date(2026, 6, 2));
    let lift = || Action::Lift { why: "信用等级恢复为A级".into() };
    let taken = pushed().apply(Action::Acknowledge, &insurance(), &day).unwrap();
    let objected = pushed().apply(object("非定点机构"), &insurance(), &day).unwrap();
    let withdrawn = objected.clone().apply(Action::Withdraw { reason: "属实".into() }, &health(), &day).unwrap();
    let done = taken.clone().apply(effect("已约谈"), &insurance(), &day).unwrap();
    let undoing = done.clone().apply(lift(), &Actor::system(), &day).unwrap();
    let lifted = pushed().apply(lift(), &Actor::system(), &day).unwrap();
    let every = [pushed(), taken, objected, withdrawn, done, undoing, lifted];
    let names: BTreeSet<&str> = every.iter().map(Linkage::state_name).collect();
    assert_eq!(names, TRANSITIONS.iter().flat_map(|(from, _, to)| [*from, *to]).collect());
    for role in Role::ALL {
        let people = ["insurance", "health", "market"].map(|department| person(*role, department));
        let looked = Linkage::names_open_to(&people[0]);
        for linkage in &every {
            let (state, acts) = (linkage.state_name(), people.each_ref().map(|by| linkage.open_actions(by)).concat());
            assert_eq!(looked.contains(&state), !acts.is_empty(), "{role:?} {state} {acts:?}");
        }
    }
}

fn any_action() -> impl Strategy<Value = Action> {
    let text = || prop_oneof![1 => Just(String::new()), 3 => Just("理由".to_owned())];
    prop_oneof![
        Just(Action::Acknowledge),
        text().prop_map(|effect| Action::Effect { effect }),
        text().prop_map(|reason| Action::Object { reason }),
        text().prop_map(|reason| Action::Withdraw { reason }),
        text().prop_map(|answer| Action::Uphold { answer }),
        text().prop_map(|why| Action::Lift { why }),
        text().prop_map(|text| Action::Undo { text }),
        Just(renew("D", date(2026, 6, 2))),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram(steps in proptest::collection::vec((any_action(), 0usize..3), 1..30)) {
        let people = [insurance(), health(), Actor::system()];
        let mut linkage = pushed();
        for (action, who) in steps {
            let (from, name) = (linkage.state_name(), action.name());
            let buttons = linkage.open_actions(&people[who]);
            let someone = people.iter().any(|p| !linkage.open_actions(p).is_empty());
            prop_assert!(someone || Linkage::SETTLED.contains(&from));
            prop_assert_eq!(linkage.due().is_none(), Linkage::SETTLED.contains(&from));
            if let Ok(next) = linkage.clone().apply(action, &people[who], &facts(date(2026, 6, 2))) {
                prop_assert!(TRANSITIONS.contains(&(from, name, next.state_name())));
                prop_assert!(["lift", "renew"].contains(&name) || buttons.contains(&name));
                let text = serde_json::to_string(&next).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Linkage>(&text).unwrap(), &next);
                linkage = next;
            }
        }
    }
}

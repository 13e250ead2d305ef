use crate::claims::{Asked, Claims, Group, Month, Reply, ResultClass, Sum, Verdict, VerdictReason};
use crate::claims_rule;
use crate::complaint::{Acceptance, Action, Answer, Complaint, Outcome, State, TRANSITIONS};
use crate::signal::{self, Signal};
use proptest::prelude::*;
use std::collections::BTreeSet;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{AccountId, CaseId, ComplaintId, Id, ScreeningId, TaskId};
use xingjian_kernel::{Actor, DepartmentId, Fen, LocalDate, Role, Timestamp};
use xingjian_store::Record as _;
use xingjian_testkit::diagram;

fn today() -> LocalDate {
    LocalDate::new(2026, 11, 23).unwrap()
}

fn deadline() -> Deadline {
    Deadline { from: today(), due: today(), estimated: false }
}

fn person(number: u128, role: Role) -> Actor {
    Actor {
        account: Some(AccountId::from_uuid(uuid::Uuid::from_u128(number))),
        name: format!("人员{number}"),
        roles: vec![role],
        department: DepartmentId::new("health"),
        officer: None,
        granted: vec![],
    }
}

fn people() -> Vec<Actor> {
    let staff = [(1, Role::Intake), (2, Role::Handler), (3, Role::Reviewer), (4, Role::GridWorker), (5, Role::Handler)];
    staff.into_iter().map(|(number, role)| person(number, role)).chain([Actor::public()]).collect()
}

fn actions() -> Vec<Action> {
    let answer = Answer { text: "经核查属实".into(), finding: "属实".into(), by: "人员2".into(), on: today() };
    let acceptance = Acceptance {
        kind: "report".into(),
        reason: "反映违法行为".into(),
        topic: "依法执业".into(),
        duty: "3-3-health".into(),
        unit: DepartmentId::new("health"),
        due: deadline(),
        must_answer: true,
    };
    vec![
        Action::Accept(Box::new(acceptance.clone())),
        Action::Decline { reason: "不属于本部门职责".into() },
        Action::Investigate,
        Action::Answer { text: "经核查属实".into(), finding: "属实".into() },
        Action::Return { reason: "事实不清".into() },
        Action::Close,
        Action::Join { lead: ComplaintId::from_uuid(uuid::Uuid::nil()), number: "TS2026-000001".into() },
        Action::Separate,
        Action::Follow(Box::new(Outcome::Closed {
            acceptance: Box::new(acceptance),
            answer,
            approved_by: "人员3".into(),
            handled_by: None,
        })),
        Action::Follow(Box::new(Outcome::Declined { reason: "不属于本部门职责".into(), by: "人员1".into() })),
        Action::Reopen { due: deadline() },
    ]
}

#[test]
fn the_diagrams_are_the_code() {
    assert_eq!(diagram::transitions("complaint"), diagram::table(TRANSITIONS));
    assert_eq!(diagram::transitions("signal"), diagram::table(signal::TRANSITIONS));
    assert_eq!(diagram::finals("complaint"), BTreeSet::from(["closed", "archived", "declined"].map(str::to_owned)));
    let ended: BTreeSet<String> = Signal::FINAL.iter().map(|state| (*state).to_owned()).collect();
    assert_eq!(diagram::finals("signal"), ended);
    assert_eq!(diagram::transitions("claims_rule"), diagram::table(claims_rule::TRANSITIONS));
}

proptest! {
    #[test]
    fn a_complaint_moves_only_along_its_diagram(steps in prop::collection::vec((0usize..11, 0usize..6), 1..60)) {
        let mut state = State::Received { due: deadline() };
        for (action, who) in steps {
            let (action, by) = (actions()[action].clone(), &people()[who]);
            let (from, name) = (state.name(), action.name());
            let offered = state.open_actions(by).contains(&name);
            match state.clone().apply(action, by, today()) {
                Ok(next) => {
                    prop_assert!(TRANSITIONS.contains(&(from, name, next.name())), "{from} {name} {}", next.name());
                    prop_assert!(offered || by.account.is_none(), "{name} was possible and no button showed it");
                    prop_assert!(name != "reopen" || next.due().is_some());
                    state = next;
                }
                Err(_) => prop_assert!(!offered, "{name} was offered from {from} and is not possible"),
            }
            let ended = Complaint::FINAL.contains(&state.name());
            let somebody = people().iter().any(|p| !state.open_actions(p).is_empty());
            let finds = |p: &Actor| state.open_actions(p).is_empty() || State::names_open_to(p).contains(&state.name());
            let all = Role::ALL.iter().map(|role| person(9, *role));
            prop_assert!(all.chain(people()).all(|p| finds(&p)), "{} is not looked for", state.name());
            prop_assert_eq!(ended, !somebody, "no reachable state without somebody who can act: {}", state.name());
        }
    }
}

fn hits() -> Claims {
    let group = |rule: &str| Group {
        rule: rule.to_owned(),
        name: "性别".into(),
        title: "演示".into(),
        versions: [1].into(),
        result: ResultClass::Suspect,
        sum: Sum { hits: 2, amount: Fen::from_yuan(10) },
        parts: vec![],
        evidence: vec![],
        ids: String::new(),
        verdict: None,
    };
    Claims {
        code: "DEMO1".into(),
        month: Month::parse("2026-01").unwrap(),
        screening: ScreeningId::from_uuid(uuid::Uuid::nil()),
        groups: vec![group("a"), group("b")],
        changes: vec![],
        asked: None,
        replies: vec![],
    }
}

/// Acts on a signal from screening by name, with everything they may say.
fn claims_actions() -> Vec<(&'static str, signal::Action)> {
    let judge = |rule: &str, confirmed: u64, reason| {
        let verdict = Verdict {
            confirmed,
            of: 0,
            amount: Fen::from_yuan(i64::try_from(confirmed).unwrap()),
            reason,
            text: "已核对".into(),
            by: "人员".into(),
            on: today(),
            outdated: false,
        };
        ("judge", signal::Action::Judge { rule: rule.into(), verdict, due: deadline() })
    };
    let reply = Reply { rule: None, text: "情况说明".into(), by: "机构".into(), at: Timestamp::from_micros(0) };
    let asked = Asked { text: "请说明".into(), by: "人员".into(), on: today(), due: deadline() };
    let none = uuid::Uuid::nil();
    vec![
        ("ask", signal::Action::Ask(asked)),
        ("reply", signal::Action::Reply { reply, due: deadline() }),
        judge("a", 2, VerdictReason::Stands),
        judge("a", 0, VerdictReason::Rule),
        judge("b", 1, VerdictReason::Explained),
        judge("b", 0, VerdictReason::Data),
        ("inspect", signal::Action::Inspect { task: TaskId::from_uuid(none) }),
        ("file", signal::Action::File { case: CaseId::from_uuid(none) }),
        ("settle", signal::Action::Settle { result: "退回基金".into() }),
        ("dismiss", signal::Action::Dismiss { reason: "不查".into() }),
        ("return", signal::Action::Return { due: deadline() }),
        ("withdraw", signal::Action::Withdraw { reason: "数据更正".into() }),
        ("reopen", signal::Action::Reopen { due: deadline() }),
        ("close", signal::Action::Close { result: "办结".into() }),
    ]
}

proptest! {
    #[test]
    fn a_signal_from_screening_moves_only_along_its_diagram(steps in prop::collection::vec((0usize..14, 0usize..4), 1..40)) {
        let people = [person(1, Role::Partner), person(2, Role::Inspector), person(3, Role::Unit), Actor::system()];
        let (mut state, mut claims) = (signal::State::Open { due: deadline() }, hits());
        for (action, by) in steps {
            let (name, action) = claims_actions().remove(action);
            let by = &people[by];
            let from = state.name();
            let offered = state.open_actions(by, Some(&claims)).contains(&name);
            let mut tried = claims.clone();
            if let Ok(next) = state.clone().apply(action, Some(&mut tried), by, today()) {
                prop_assert!(signal::TRANSITIONS.contains(&(from, name, next.name())), "{from} {name} {}", next.name());
                prop_assert!(offered || by.account.is_none(), "{name} was possible and no button showed it");
                prop_assert!(next.name() != "confirmed" || tried.confirmed().hits > 0 && tried.is_judged());
                (state, claims) = (next, tried);
            }
            // Of what waits, a person can take care, or the room below does.
            let ended = Signal::FINAL.contains(&state.name()) || matches!(state.name(), "inspecting" | "filed");
            let somebody = people[..2].iter().any(|p| !state.open_actions(p, Some(&claims)).is_empty());
            prop_assert_eq!(ended, !somebody, "{}", state.name());
        }
    }
}

#[test]
fn who_answers_does_not_close() {
    let mut both = person(2, Role::Handler);
    both.roles.push(Role::Reviewer);
    let mut state = State::Received { due: deadline() };
    for (action, by) in actions().into_iter().take(1).map(|a| (a, person(1, Role::Intake))) {
        state = state.apply(action, &by, today()).unwrap();
    }
    for action in [Action::Investigate, actions().remove(3)] {
        state = state.apply(action, &both, today()).unwrap();
    }
    assert_eq!(state.clone().apply(Action::Close, &both, today()), Err(crate::complaint::TransitionError::SameOfficer));
    assert_eq!(state.apply(Action::Close, &person(3, Role::Reviewer), today()).unwrap().name(), "closed");
}

#[test]
fn whoever_answered_does_not_look_again() {
    let mut state = State::Received { due: deadline() };
    for (action, by) in [(0, 1), (2, 2), (3, 2), (5, 3)] {
        let role = [Role::Intake, Role::Handler, Role::Reviewer][by - 1];
        state = state.apply(actions().remove(action), &person(by as u128, role), today()).unwrap();
    }
    let reopen = Action::Reopen { due: deadline() };
    assert_eq!(
        state.clone().apply(reopen.clone(), &person(2, Role::Handler), today()),
        Err(crate::complaint::TransitionError::NotByStaff)
    );
    state = state.apply(reopen, &Actor::public(), today()).unwrap();
    let [same, other] = [person(2, Role::Handler), person(5, Role::Handler)];
    assert!(state.open_actions(&same).is_empty() && state.open_actions(&other) == ["investigate"]);
    assert_eq!(
        state.clone().apply(Action::Investigate, &same, today()),
        Err(crate::complaint::TransitionError::SameHandler)
    );
    assert_eq!(state.apply(Action::Investigate, &other, today()).unwrap().name(), "investigating");
}

/// Every state a signal can be in.
fn every_state() -> Vec<signal::State> {
    use signal::State;
    let (due, on, none) = (deadline(), today(), uuid::Uuid::nil());
    let (reason, result, by) = ("不查".to_owned(), "办结".to_owned(), "人员".to_owned());
    vec![
        State::Open { due },
        State::Asked { due },
        State::Replied { due },
        State::Confirmed { due },
        State::Inspecting { task: TaskId::from_uuid(none) },
        State::Filed { case: CaseId::from_uuid(none) },
        State::Dismissed { reason: reason.clone(), by, on },
        State::Closed { result, on },
        State::Withdrawn { reason, on },
    ]
}

#[test]
fn a_signal_is_looked_for_wherever_somebody_can_act() {
    let names: BTreeSet<&str> = every_state().iter().map(signal::State::name).collect();
    assert_eq!(names, signal::TRANSITIONS.iter().flat_map(|(from, _, to)| [*from, *to]).collect());
    let claims = hits();
    for role in Role::ALL {
        let by = person(1, *role);
        let looked = signal::State::names_open_to(&by);
        for state in every_state() {
            let acts = [None, Some(&claims)].map(|claims| state.open_actions(&by, claims)).concat();
            assert_eq!(looked.contains(&state.name()), !acts.is_empty(), "{role:?} {} {acts:?}", state.name());
        }
    }
}

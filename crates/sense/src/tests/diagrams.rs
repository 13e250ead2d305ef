use crate::complaint::{Acceptance, Action, State, TRANSITIONS};
use crate::signal;
use proptest::prelude::*;
use std::collections::BTreeSet;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::{AccountId, Id};
use xingjian_kernel::{Actor, DepartmentId, LocalDate, Role};
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
    }
}

fn people() -> Vec<Actor> {
    vec![person(1, Role::Intake), person(2, Role::Handler), person(3, Role::Reviewer), person(4, Role::GridWorker)]
}

fn actions() -> Vec<Action> {
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
        Action::Accept(Box::new(acceptance)),
        Action::Decline { reason: "不属于本部门职责".into() },
        Action::Investigate,
        Action::Answer { text: "经核查属实".into(), finding: "属实".into() },
        Action::Return { reason: "事实不清".into() },
        Action::Close,
    ]
}

#[test]
fn the_diagrams_are_the_code() {
    assert_eq!(diagram::transitions("complaint"), diagram::table(TRANSITIONS));
    assert_eq!(diagram::transitions("signal"), diagram::table(signal::TRANSITIONS));
    assert_eq!(diagram::finals("complaint"), BTreeSet::from(["closed".to_owned(), "declined".to_owned()]));
    assert_eq!(diagram::finals("signal"), BTreeSet::from(["closed".to_owned(), "dismissed".to_owned()]));
}

proptest! {
    #[test]
    fn a_complaint_moves_only_along_its_diagram(steps in prop::collection::vec((0usize..6, 0usize..4), 1..40)) {
        let mut state = State::Received { due: deadline() };
        for (action, person) in steps {
            let (action, by) = (actions()[action].clone(), &people()[person]);
            let (from, name) = (state.name(), action.name());
            let offered = state.open_actions(by).contains(&name);
            match state.clone().apply(action, by, today()) {
                Ok(next) => {
                    prop_assert!(TRANSITIONS.contains(&(from, name, next.name())), "{from} {name} {}", next.name());
                    prop_assert!(offered, "{name} was possible and no button showed it");
                    state = next;
                }
                Err(_) => prop_assert!(!offered, "{name} was offered from {from} and is not possible"),
            }
            let ended = matches!(state.name(), "closed" | "declined");
            let somebody = people().iter().any(|p| !state.open_actions(p).is_empty());
            prop_assert_eq!(ended, !somebody, "no reachable state without somebody who can act: {}", state.name());
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

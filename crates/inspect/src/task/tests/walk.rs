//! Random walks: only along the diagram, never into a state where nobody can act, never without a button.

use super::*;
use proptest::prelude::*;

fn cast() -> Vec<Actor> {
    let grid = actor(9, &[Role::GridWorker], None);
    let handler = actor(11, &[Role::Handler], None);
    vec![inspector(1), inspector(2), inspector(3), head(), handler, grid]
}

/// Whoever can do something with a task finds its state among those in which that may be so.
fn is_looked_for(task: &Task) {
    for role in Role::ALL {
        for by in [actor(1, &[*role], Some(1)), actor(21, &[*role], None), actor(22, &[*role], Some(3))] {
            for act in task.open_actions(&by) {
                let looked = Task::names_open_to(&by, |name| name == act);
                assert!(looked.contains(&task.state.name()), "{role:?} {} {act}", task.state.name());
            }
        }
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Conforms),
        Just(violates()),
        Just(Answer::NotApplicable { reason: "未开展".into() }),
        Just(Answer::NotChecked { reason: String::new() }),
    ]
}

fn any_party() -> impl Strategy<Value = Action> {
    prop_oneof![
        Just(party()),
        Just(Action::SignParty { party: Party::Refused { reason: "有异议".into(), witness: "居委会".into() } }),
        Just(Action::SignParty { party: Party::Absent { reason: "无人应答".into() } }),
    ]
}

fn any_action() -> impl Strategy<Value = Action> {
    let outcome = (0..Outcome::ALL.len()).prop_map(|n| record(Outcome::ALL[n]));
    prop_oneof![
        3 => Just(Action::Approve),
        1 => Just(Action::Return { reason: "请补充事项".into() }),
        1 => Just(Action::Withdraw { reason: "重复".into() }),
        1 => (1u8..5, 1u8..5).prop_map(|(a, b)| Action::ProposeAgain {
            planned: day("2026-11-04"), items: vec![], officers: vec![id(a), id(b)], exceed_reason: None,
        }),
        1 => (1u8..5, any::<bool>()).prop_map(|(n, by_party)| Action::DeclareRecusal {
            officer: id(n), ground: "有利害关系".into(), by_party,
        }),
        2 => (1u8..5, any::<bool>(), proptest::option::of(1u8..5)).prop_map(|(n, granted, r)| Action::DecideRecusal {
            officer: id(n), granted, reason: "经审查".into(), replacement: r.map(id),
        }),
        1 => (1u8..5, 1u8..5).prop_map(|(a, b)| Action::ReplaceOfficer {
            officer: id(a), replacement: id(b), reason: "因病".into(),
        }),
        1 => Just(Action::Cancel { reason: "对象已停业".into() }),
        3 => Just(begin()),
        3 => any_answer().prop_map(answers),
        3 => outcome,
        1 => Just(Action::Reopen { reason: "更正".into() }),
        4 => Just(Action::Sign),
        3 => any_party(),
        3 => Just(Action::Submit),
        2 => Just(Action::SettleFinding { finding: id(60) }),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram(
        steps in proptest::collection::vec((any_action(), 0usize..6), 1..160)
    ) {
        let (allowed, cast) = (diagram::table(TRANSITIONS), cast());
        let mut task = proposed();
        for (action, who) in steps {
            let (from, name) = (task.state.name(), action.name());
            let open = task.open_actions(&cast[who]).contains(&name);
            let findings = task.violated().iter().map(|_| id(60)).collect();
            if let Ok(next) = task.clone().apply(action, &cast[who], &Facts { findings, ..facts() }) {
                prop_assert!(open || name == "settle_finding", "{name} was possible but had no button");
                prop_assert!(allowed.contains(&(from.into(), name.into(), next.state.name().into())));
                prop_assert!(next.officers.len() >= 2);
                prop_assert_eq!(next.subject, task.subject);
                task = next;
            }
            let somebody = cast.iter().any(|a| !task.open_actions(a).is_empty());
            let waits_for_findings = task.state.name() == "concluded";
            prop_assert_eq!(somebody, !State::FINAL.contains(&task.state.name()) && !waits_for_findings);
        }
    }
}

/// Every line of the table is walked once, so that none is only drawn.
#[test]
fn every_transition_can_be_taken() {
    let ground = || Action::DeclareRecusal { officer: id(2), ground: "有利害关系".into(), by_party: true };
    let decide =
        || Action::DecideRecusal { officer: id(2), granted: false, reason: "不成立".into(), replacement: None };
    let replace = |a, b| Action::ReplaceOfficer { officer: id(a), replacement: id(b), reason: "因病".into() };
    let again = || Action::ProposeAgain {
        planned: day("2026-11-04"),
        items: vec![],
        officers: vec![id(1), id(2)],
        exceed_reason: None,
    };
    let (one, two) = (inspector(1), inspector(2));
    let send_back = (Action::Return { reason: "补充".into() }, head());
    let withdraw = (Action::Withdraw { reason: "重复".into() }, one.clone());
    let recusal = [(ground(), one.clone()), (decide(), head())];
    let visit = [(begin(), one.clone()), (answers(violates()), two.clone())];
    let finish = (record(Outcome::OrderedCorrection), one.clone());
    let sign = |a: &Actor| (Action::Sign, a.clone());
    let settle = (Action::SettleFinding { finding: id(60) }, one.clone());
    let mut stories: Vec<Vec<(Action, Actor)>> = vec![
        vec![withdraw.clone()],
        vec![send_back.clone(), withdraw],
        vec![(Action::Approve, head()), (Action::Cancel { reason: "对象已停业".into() }, head())],
        vec![send_back, (again(), one.clone())],
        [&recusal[..], &[(Action::Approve, head())], &recusal, &[(replace(2, 3), head()), (replace(3, 2), head())]]
            .concat(),
    ];
    let start = [&[(Action::Approve, head())], &visit[..], &recusal].concat();
    let swap = [(replace(2, 3), head()), (replace(3, 2), head())];
    let reopen = [finish.clone(), (Action::Reopen { reason: "更正".into() }, two.clone())];
    let ends = [&swap[..], &reopen, &[finish.clone(), sign(&one), sign(&two), (party(), one.clone())]].concat();
    stories.push([&start[..], &ends, &[(Action::Submit, one.clone()), settle]].concat());
    stories.push([&start[..], &[finish, (party(), one.clone()), sign(&one), sign(&two)]].concat());
    let clean = [(answers(Answer::Conforms), one.clone()), (record(Outcome::NoProblem), one.clone()), sign(&one)];
    stories.push([&start[..], &clean, &[(party(), one.clone()), sign(&two), (Action::Submit, one)]].concat());

    let mut taken = BTreeSet::new();
    for story in stories {
        let mut task = proposed();
        for (action, by) in story {
            let (from, name) = (task.state.name(), action.name());
            // Two findings where there can be two, so that settling one leaves the other.
            let findings = task.violated().iter().map(|_| id(60)).collect();
            task = task.apply(action, &by, &Facts { findings, ..facts() }).unwrap();
            is_looked_for(&task);
            taken.insert((from.to_owned(), name.to_owned(), task.state.name().to_owned()));
        }
    }
    let both = Action::Answer { answers: [("YL01".to_owned(), violates()), ("YL02".to_owned(), violates())].into() };
    let task = go(on_site(), &[(both, inspector(1)), (record(Outcome::ToBeHandled), inspector(1))]);
    let task = go(task, &[(Action::Sign, inspector(1)), (Action::Sign, inspector(2)), (party(), inspector(1))]);
    let two_findings = Facts { findings: vec![id(60), id(61)], ..facts() };
    let task = task.apply(Action::Submit, &inspector(1), &two_findings).unwrap();
    let task = go(task, &[(Action::SettleFinding { finding: id(61) }, inspector(1))]);
    taken.insert(("concluded".into(), "settle_finding".into(), task.state.name().into()));
    assert_eq!(taken, diagram::table(TRANSITIONS));
}

//! The machine against its table and its diagram.

use super::fixtures::*;
use crate::case::*;
use proptest::prelude::*;
use std::collections::BTreeSet;
use xingjian_kernel::{Actor, LocalDate, Role};
use xingjian_testkit::diagram;

#[test]
fn the_diagram_shows_exactly_the_transitions() {
    assert_eq!(diagram::transitions("case"), diagram::table(TRANSITIONS));
    assert_eq!(diagram::finals("case"), FINAL.iter().map(|state| (*state).to_owned()).collect());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states/case.md");
    let page = std::fs::read_to_string(path).unwrap();
    let states = STATES.iter().map(|(name, label, _)| format!("| `{name}` | {label} |"));
    for row in states.chain(ACTIONS.iter().map(|(name, label, _)| format!("| `{name}` | {label} |"))) {
        assert!(page.contains(&row), "{row} is not explained");
    }
}

#[test]
fn tables_agree_with_each_other() {
    let acts: BTreeSet<&str> = ACTIONS.iter().map(|(name, _, _)| *name).collect();
    assert_eq!(acts, TRANSITIONS.iter().map(|(_, act, _)| *act).collect());
    assert_eq!(acts, samples(facts(Walk::start().day).at.local_date()).iter().map(Action::name).collect());
    let states: BTreeSet<&str> = STATES.iter().map(|(name, _, _)| *name).collect();
    let walked = TRANSITIONS.iter().flat_map(|(from, _, to)| [*from, *to]).collect();
    assert_eq!(states, walked);
    for (name, _, end) in STATES {
        assert_eq!(FINAL.contains(name), *end);
        // A closed case can still be challenged.
        let goes_on = TRANSITIONS.iter().any(|(from, _, _)| from == name);
        assert_eq!(goes_on, !end || *name == "closed", "{name}");
    }
}

/// What makes two cases behave differently.
fn signature(case: &Case) -> String {
    let noticed =
        case.state.noticed().map(|n| (n.statement.is_some(), n.statement_waived.is_some(), n.hearing.label()));
    let heard = case
        .state
        .heard()
        .map(|h| (h.legal.is_some(), h.discussion.is_some(), h.plan().fine, h.settled().map(|p| p.fine)));
    let plan = case.state.deliberated().map(|d| d.plan().map(|plan| plan.fine));
    if let Some(served) = case.state.served() {
        let (e, paid) = (&served.execution, case.account(served.pay_due.due).map(|account| account.principal_open));
        let open = e.remedies.iter().any(|remedy| remedy.time.until.is_none());
        let court = (e.urgings.is_empty(), e.courts.last().map(|court| court.is_over()));
        let deferral = (e.pending().is_some(), e.granted().is_some());
        return format!("{} {paid:?} {open} {court:?} {deferral:?} {plan:?}", case.state.name());
    }
    let paid =
        case.state.served().map(|served| (served.execution.payments.is_empty(), case.account(served.pay_due.due)));
    let paid = paid.map(|(none, account)| (none, account.map(|account| account.principal_open)));
    let draft = case
        .draft
        .as_ref()
        .map(|draft| (draft.what.action().name(), draft.by.account == third().account.unwrap(), drafted_fine(case)));
    if let Some(decided) = case.state.decided() {
        // Of what led to the decision only that matters to which a withdrawal leads back.
        let (fine, heard) = (decided.decision.plan.fine, &decided.heard);
        let settled = (heard.legal.is_some(), heard.discussion.is_some());
        return format!(
            "{draft:?} {} {fine} {paid:?} {settled:?} {}",
            case.state.name(),
            case.is_handler(third().account)
        );
    }
    format!("{draft:?} {} {noticed:?} {heard:?} {plan:?} {}", case.state.name(), case.is_handler(third().account))
}

fn drafted_fine(case: &Case) -> Option<xingjian_kernel::money::Fen> {
    let Some(Drafted::Deliberation(record)) = case.draft.as_ref().map(|draft| &draft.what) else { return None };
    match &record.proposal {
        Proposal::Penalise { plan } => Some(plan.fine),
        _ => None,
    }
}

fn reopened(case: &Case) -> usize {
    case.state.heard().map_or(0, |heard| heard.reopened.len())
}

/// Whether somebody's page shows a button.
fn somebody_can_act(case: &Case) -> bool {
    everybody().iter().any(|actor| !case.open_actions(actor).is_empty())
}

/// Whoever can do something with a case finds its state among those in which that may be so.
fn is_looked_for(case: &Case) {
    let roles = Role::ALL.iter().map(|role| actor(8, "其他人员", *role));
    for by in everybody().into_iter().chain(roles) {
        for act in case.open_actions(&by) {
            let looked = Case::names_open_to(&by, |state, name| (state, name) == (case.state.name(), act));
            assert_eq!(looked, [case.state.name()], "{} {act}", by.name);
        }
    }
}

fn permitted(actor: &Actor, action: &Action) -> bool {
    action.permissions().iter().any(|needed| actor.may(*needed))
}

/// Tries every sample of every act by everybody in every kind of state that can be reached: exactly the transitions
/// of the table happen, each button works for somebody, and nobody gets stuck.
#[test]
fn every_transition_of_the_table_happens_and_no_other() {
    let mut happened = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut queue = vec![Walk::start()];
    while let Some(walk) = queue.pop() {
        if walk.case.returned.len() > 1 || reopened(&walk.case) > 1 || !seen.insert(signature(&walk.case)) {
            continue;
        }
        is_looked_for(&walk.case);
        let (end, acts) = (walk.case.state.is_final(), somebody_can_act(&walk.case));
        assert!(end != acts || walk.case.state.name() == "closed", "{}", signature(&walk.case));
        for later in [0, 8] {
            let walk = walk.clone().days(later);
            let (facts, samples, from) = (facts(walk.day), samples(walk.day), walk.case.state.name());
            for actor in everybody() {
                let open = walk.case.open_actions(&actor);
                for action in samples.iter().filter(|action| permitted(&actor, action)) {
                    let name = action.name();
                    let Ok(next) = walk.case.clone().apply(action.clone(), &actor, &facts) else { continue };
                    assert!(open.contains(&name), "{from} {name} works for {} without a button", actor.name);
                    assert!(TRANSITIONS.contains(&(from, name, next.state.name())));
                    happened.insert((from, name, next.state.name()));
                    queue.push(Walk { case: next, day: walk.day });
                }
            }
        }
    }
    let missing: Vec<_> = TRANSITIONS.iter().filter(|step| !happened.contains(step)).collect();
    assert!(missing.is_empty(), "never happened: {missing:?}");
}

/// What must hold of a case at any moment.
fn sound(case: &Case) {
    assert!(case.handlers.len() >= 2);
    let apart = |by: &Mark, with: Option<&Mark>| assert!(with.is_some_and(|with| with.account != by.account));
    if let Some(stage) = case.state.investigated() {
        apart(&stage.report.by, stage.report.with.as_ref());
    }
    if let Some(stage) = case.state.deliberated() {
        apart(&stage.record.by, stage.record.with.as_ref());
    }
    if let Some(stage) = case.state.noticed() {
        apart(&stage.notice.service.by, stage.notice.service.with.as_ref());
        for waived in stage.statement_waived.iter().filter(|waived| Some(waived.by.account) != unit().account) {
            apart(&waived.by, waived.with.as_ref());
        }
        if let Hearing::Waived { by, with, .. } = &stage.hearing
            && Some(by.account) != unit().account
        {
            apart(by, with.as_ref());
        }
    }
    if let Some(served) = case.state.served() {
        apart(&served.service.by, served.service.with.as_ref());
    }
    if let Some(draft) = &case.draft {
        assert!(draft.what.fits(&case.state) && case.is_handler(Some(draft.by.account)));
    }
    if let Some(decided) = case.state.decided() {
        let by = Some(decided.decision.by.account);
        assert!(!case.ever_handled(by) && !case.reviewed(by));
        assert!(!decided.decision.plan.is_heavier_than(&decided.heard.noticed.plan));
        let range = decided.decision.assessment.range.as_ref();
        assert!(range.is_none_or(|range| range.contains(decided.decision.plan.fine)));
        let settled = decided.heard.settled();
        assert!(settled.is_none_or(|settled| decided.decision.plan.is_same_penalty_as(settled)));
        assert!(decided.heard.legal.is_some() || decided.heard.review_grounds.is_empty());
        assert!(decided.heard.discussion.is_some() || decided.heard.discussion_grounds.is_empty());
    }
    if let State::Closed { report, .. } = &case.state
        && report.uncollectable.is_none()
    {
        assert_eq!(case.account(date_of(case)).map(|account| account.principal_open.fen()), Some(0));
    }
    let text = serde_json::to_string(case).unwrap();
    assert_eq!(serde_json::from_str::<Case>(&text).unwrap(), *case);
}

fn date_of(case: &Case) -> LocalDate {
    let State::Closed { approval, .. } = &case.state else { panic!("not closed") };
    approval.by.on()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_random_walk_stays_on_the_diagram(steps in proptest::collection::vec((0_usize..9, 0_usize..1000, 0_i64..9), 1..60)) {
        let mut walk = Walk::start();
        for (who, what, later) in steps {
            walk = walk.days(later);
            let actor = &everybody()[who];
            let open: Vec<Action> = samples(walk.day)
                .into_iter()
                .filter(|action| walk.case.open_actions(actor).contains(&action.name()))
                .collect();
            let Some(action) = (!open.is_empty()).then(|| open[what % open.len()].clone()) else { continue };
            let (from, name) = (walk.case.state.name(), action.name());
            if let Ok(next) = walk.case.clone().apply(action, actor, &facts(walk.day)) {
                prop_assert!(TRANSITIONS.contains(&(from, name, next.state.name())));
                sound(&next);
                walk.case = next;
            }
        }
        prop_assert!(walk.case.state.is_final() || somebody_can_act(&walk.case));
    }
}

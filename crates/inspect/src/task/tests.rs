use super::*;
use crate::officer::Standing;
use std::collections::BTreeSet;
use xingjian_kernel::id::{AccountId, Id, InstitutionId};
use xingjian_kernel::{Actor, Role};
use xingjian_testkit::diagram;

mod guards;
mod walk;

pub fn id<T: Id>(n: u8) -> T {
    format!("00000000-0000-7000-8000-0000000000{n:02x}").parse().unwrap_or_else(|_| panic!("{n} is an id"))
}

pub fn day(text: &str) -> LocalDate {
    text.parse().unwrap()
}

/// 2026-11-02, a Monday, nine o'clock.
pub fn now() -> Timestamp {
    Timestamp::from_local(day("2026-11-02"), 9, 0)
}

pub fn actor(n: u8, roles: &[Role], officer: Option<u8>) -> Actor {
    Actor {
        account: Some(id::<AccountId>(n)),
        name: format!("人员{n}"),
        roles: roles.to_vec(),
        department: DepartmentId::new("health"),
        officer: officer.map(id),
        granted: vec![],
    }
}

pub fn head() -> Actor {
    actor(20, &[Role::Head], None)
}

pub fn officer(n: u8) -> OfficerRef {
    let digit = ["零", "一", "二", "三", "四"][usize::from(n)];
    OfficerRef {
        officer: id(n),
        account: Some(id(n)),
        name: format!("监督员{digit}"),
        certificate: format!("粤珠卫{n:04}"),
        unit: "演示卫生监督所".into(),
        department: Some(DepartmentId::new("health")),
        specialties: vec!["医疗卫生".into()],
    }
}

pub fn standing(n: u8) -> Standing {
    Standing { officer: officer(n), certified: Some((day("2025-01-01"), day("2026-12-31"))), recusal: None }
}

fn inspector(n: u8) -> Actor {
    actor(n, &[Role::Inspector], Some(n))
}

fn items() -> Vec<Item> {
    let item = |id: &str, name: &str| Item {
        id: id.into(),
        name: name.into(),
        points: vec![],
        basis: String::new(),
        department: None,
    };
    vec![item("YL01", "医疗机构资质管理"), item("YL02", "卫生技术人员管理")]
}

fn draft() -> Draft {
    Draft {
        cause: Cause::Plan { name: "2026年医疗机构专项检查".into() },
        subject: SubjectRef::Institution(id::<InstitutionId>(40)),
        subject_name: "演示口腔门诊部".into(),
        division: "440402".parse().unwrap(),
        department: DepartmentId::new("health"),
        planned: day("2026-11-03"),
        items: items(),
        officers: vec![id(1), id(2)],
        exceed_reason: None,
    }
}

fn facts() -> Facts {
    Facts {
        standing: (1..=4).map(|n| (id(n), standing(n))).collect(),
        items: items(),
        frequency: Some(Frequency { done: 0, cap: 1 }),
        notice: "珠卫检〔2026〕1号".into(),
        findings: vec![id(60)],
        ..Facts::at(now())
    }
}

fn proposed() -> Task {
    Task::propose(id(30), draft(), &inspector(1), &facts()).unwrap()
}

fn violates() -> Answer {
    let facts = "口腔科由外单位人员承包经营".into();
    Answer::Violates { facts, violation: Some("YL-003".into()), correct_by: None }
}

fn answers(first: Answer) -> Action {
    Action::Answer { answers: [("YL01".to_owned(), first), ("YL02".to_owned(), Answer::Conforms)].into() }
}

fn begin() -> Action {
    let device_at = Some(now().plus_seconds(-300));
    Action::Begin { certificates_shown: true, place: "演示口腔门诊部一楼".into(), device_at }
}

fn record(outcome: Outcome) -> Action {
    Action::Record { outcome, statement: "查见承包协议一份".into(), device_at: None }
}

fn party() -> Action {
    let party = Party::Signed { name: "负责人".into(), post: "主要负责人".into(), opinion: "无异议".into() };
    Action::SignParty { party }
}

/// Takes steps that must succeed.
fn go(task: Task, steps: &[(Action, Actor)]) -> Task {
    steps.iter().fold(task, |task, (action, by)| {
        task.apply(action.clone(), by, &facts()).unwrap_or_else(|e| panic!("{}: {e}", action.name()))
    })
}

fn approved() -> Task {
    go(proposed(), &[(Action::Approve, head())])
}

fn on_site() -> Task {
    go(approved(), &[(begin(), inspector(1))])
}

fn recorded(answer: Answer, outcome: Outcome) -> Task {
    go(on_site(), &[(answers(answer), inspector(2)), (record(outcome), inspector(1))])
}

fn signed(answer: Answer, outcome: Outcome) -> Task {
    let signatures = [(Action::Sign, inspector(1)), (Action::Sign, inspector(2)), (party(), inspector(1))];
    go(recorded(answer, outcome), &signatures)
}

#[test]
fn the_diagram_is_the_table() {
    assert_eq!(diagram::transitions("task"), diagram::table(TRANSITIONS));
    assert_eq!(diagram::finals("task"), State::FINAL.iter().map(|s| (*s).to_owned()).collect());
}

#[test]
fn every_state_and_action_has_a_name_on_screen_and_only_final_states_are_ends() {
    let from: BTreeSet<_> = TRANSITIONS.iter().map(|(from, ..)| *from).collect();
    for name in State::NAMES {
        assert_ne!(state_label(name), "", "{name}");
        assert_eq!(from.contains(name), !State::FINAL.contains(&name), "{name}");
    }
    for (from, action, to) in TRANSITIONS {
        assert!(State::NAMES.contains(from) && State::NAMES.contains(to), "{from} {to}");
        assert_ne!(action_label(action), "", "{action}");
    }
}

#[test]
fn a_task_with_a_finding_goes_from_proposal_to_its_end() {
    let task = signed(violates(), Outcome::OrderedCorrection);
    let [violated] = task.violated()[..] else { panic!("one item is violated") };
    assert_eq!((violated.item.id.as_str(), violated.violation), ("YL01", Some("YL-003")));
    let task = go(task, &[(Action::Submit, inspector(2))]);
    assert_eq!((task.state.name(), task.state.findings()), ("concluded", &[id(60)][..]));
    let task = go(task, &[(Action::SettleFinding { finding: id(60) }, inspector(1))]);
    assert_eq!((task.state.name(), task.number()), ("closed", Some("珠卫检〔2026〕1号")));
    let visit = task.state.visit().unwrap();
    assert_eq!(visit.certificates, ["粤珠卫0001", "粤珠卫0002"]);
    assert_eq!((visit.device_at, visit.server_at), (Some(now().plus_seconds(-300)), now()));
    let read: Task = serde_json::from_str(&serde_json::to_string(&task).unwrap()).unwrap();
    assert_eq!(read, task);
}

#[test]
fn a_task_without_a_finding_closes_when_it_is_submitted() {
    let task = signed(Answer::Conforms, Outcome::NoProblem);
    let task = task.apply(Action::Submit, &inspector(1), &Facts::at(now())).unwrap();
    assert_eq!((task.state.name(), task.state.findings().len()), ("closed", 0));
}

#[test]
fn nobody_met_is_a_result_that_fills_the_list_and_keeps_the_subject() {
    let task = go(on_site(), &[(record(Outcome::NotReachable), inspector(1))]);
    let sheet = task.state.sheet().unwrap();
    let want = Answer::NotChecked { reason: "检查结果为“通过登记住所无法联系”".into() };
    assert_eq!(sheet.answers.values().collect::<Vec<_>>(), [&want, &want]);
    let absent = Action::SignParty { party: Party::Absent { reason: "两次电话联系无人接听".into() } };
    let signatures = [(Action::Sign, inspector(1)), (Action::Sign, inspector(2)), (absent, inspector(1))];
    assert_eq!(go(task, &signatures).state.name(), "signed");
}

#[test]
fn a_record_that_is_opened_again_keeps_what_was_signed() {
    let task = go(recorded(Answer::Conforms, Outcome::NoProblem), &[(Action::Sign, inspector(1))]);
    let task = go(task, &[(Action::Reopen { reason: "漏记一项".into() }, inspector(2))]);
    assert_eq!((task.state.name(), task.superseded[0].sheet.signatures.len()), ("on_site", 1));
    let task = go(task, &[(answers(violates()), inspector(2)), (record(Outcome::ToBeHandled), inspector(1))]);
    assert!(task.state.sheet().unwrap().signatures.is_empty());
}

#[test]
fn a_recusal_is_decided_by_the_head_and_the_replacement_stays_on_record() {
    let ground =
        Action::DeclareRecusal { officer: id(2), ground: "近亲属在该机构任职".into(), by_party: false };
    let task = go(approved(), &[(ground, inspector(2))]);
    // It does not stop the visit, only the finished record (article 43).
    let task = go(task, &[(begin(), inspector(1)), (answers(Answer::Conforms), inspector(1))]);
    let refused = task.clone().apply(record(Outcome::NoProblem), &inspector(1), &facts()).unwrap_err();
    assert_eq!(refused, TransitionError::RecusalOpen("监督员二".into()));
    assert!(!task.open_actions(&inspector(1)).contains(&"record"));
    let decide =
        |replacement| Action::DecideRecusal {
            officer: id(2), granted: true, reason: "情况属实".into(), replacement
        };
    let alone = task.clone().apply(decide(None), &head(), &facts()).unwrap_err();
    assert_eq!(alone, TransitionError::Unfit(crate::officer::Unfit::TooFew(1)));
    let task = go(task, &[(decide(Some(id(3))), head()), (record(Outcome::NoProblem), inspector(3))]);
    assert_eq!(task.officer_ids(), [id(1), id(3)]);
    assert_eq!(task.replacements[0].reason, "情况属实");
    assert!(task.recusals[0].decision.as_ref().is_some_and(|d| d.granted));
    let gone = task.apply(Action::Sign, &inspector(2), &facts()).unwrap_err();
    assert_eq!(gone, TransitionError::NotAssigned);
}

#[test]
fn a_ground_against_somebody_who_left_is_not_decided_any_more() {
    let ground =
        Action::DeclareRecusal { officer: id(2), ground: "近亲属在该机构任职".into(), by_party: true };
    let replace = Action::ReplaceOfficer { officer: id(2), replacement: id(3), reason: "因病".into() };
    let task = go(approved(), &[(ground, inspector(1)), (replace, head())]);
    assert!(!task.open_actions(&head()).contains(&"decide_recusal"));
    let decide =
        Action::DecideRecusal { officer: id(2), granted: false, reason: "不成立".into(), replacement: None };
    assert_eq!(task.apply(decide, &head(), &facts()).unwrap_err(), TransitionError::NoRecusal);
}

//! The steps of a draw: what may follow what, what is refused, and what is public when.

use crate::bases::draw_id;
use crate::world::{NOON, Story, department, later, person, proposal, reveals, said, secrets, sources};
use expect_test::expect;
use std::collections::BTreeSet;
use xingjian_draw::base::{Bases, Excluded};
use xingjian_draw::draw::{
    Action, ActionName, ChangeError, Document, FreezeError, Origin, Proposal, RecordError, State, StateName, StopCause,
    TRANSITIONS, TransitionError, VisitResult, freeze, substitutions,
};
use xingjian_draw::seed::SeedError;
use xingjian_draw::verify::verify;
use xingjian_draw::{DrawId, Salt};
use xingjian_kernel::Timestamp;

fn other_id() -> DrawId {
    "2026-SSJ-2".parse().unwrap()
}

/// Every action, as it would be in order for the state.
fn actions(state: &State) -> Vec<Action> {
    let (object, officers) = match state {
        State::Drawn(drawn) | State::Released(drawn) => {
            let team = drawn.teams.iter().find(|team| !drawn.results.contains_key(&team.object)).unwrap();
            (team.object.clone(), team.officers.clone())
        }
        _ => (String::new(), vec![String::new()]),
    };
    let cause = match state {
        State::Seeded(_) => StopCause::Shortage,
        _ => StopCause::SourceFailed("彩票停售".into()),
    };
    vec![
        Action::Seed { said: Box::new(said()), at: later(140) },
        Action::Draw { at: later(141) },
        Action::Release { at: later(142) },
        Action::Stop { cause, at: later(143) },
        Action::ChangeOfficer {
            object: object.clone(),
            from: officers[0].clone(),
            reason: "因公出差".into(),
            proposed_by: person("甲", "health"),
            approved_by: person("丙", "health"),
            at: later(144),
        },
        Action::Record { object, result: VisitResult::NotFound, officers, at: later(145) },
    ]
}

#[test]
fn the_diagram_is_the_machine() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states/draw.md")).unwrap();
    let step = |line: &str| {
        let (from, rest) = line.trim().split_once(" --> ")?;
        let (to, action) = rest.split_once(": ")?;
        (from != "[*]").then(|| (from.to_owned(), action.to_owned(), to.to_owned()))
    };
    let drawn: BTreeSet<_> = page.lines().filter_map(step).collect();
    let table = TRANSITIONS.iter().map(|(from, action, to)| (from.code(), action.code(), to.code()));
    let table: BTreeSet<_> = table.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned())).collect();
    assert_eq!((drawn, TRANSITIONS.len()), (table.clone(), table.len()));
    for name in StateName::ALL {
        assert!(page.contains(&format!("| {} | {} |", name.code(), name.label())), "{name:?}");
    }
}

#[test]
fn every_action_does_in_every_state_what_the_table_says() {
    let mut seen: BTreeSet<(StateName, ActionName, StateName)> = BTreeSet::new();
    let mut open = vec![Story::begin(proposal(), None).state];
    while let Some(state) = open.pop() {
        for action in actions(&state) {
            let (from, name) = (state.name(), action.name());
            match state.clone().apply(action) {
                Ok((next, document)) => {
                    assert_eq!(document.draw(), state.id());
                    if seen.insert((from, name, next.name())) {
                        open.push(next);
                    }
                }
                Err(TransitionError::NoShortage) => assert_eq!(from, StateName::Seeded),
                Err(error) => {
                    let allowed = TRANSITIONS.iter().any(|(state, action, _)| (*state, *action) == (from, name));
                    assert!(!allowed && matches!(error, TransitionError::NotNow { .. }), "{from:?} {name:?}: {error}");
                }
            }
        }
    }
    seen.insert((StateName::Seeded, ActionName::Stop, StateName::Stopped)); // needs a shortage; below
    assert_eq!(seen, TRANSITIONS.iter().copied().collect());
}

#[test]
fn a_sealed_list_stays_sealed_and_a_late_release_is_seen() {
    let release = "2026-12-21".parse().unwrap();
    let mut story = Story::begin(Proposal { release: Some(release), ..proposal() }, None);
    story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
    story.act(Action::Draw { at: later(141) }).unwrap();
    // What is public by then says nothing about who was drawn.
    let published: Vec<String> =
        story.documents.iter().map(|document| String::from_utf8(document.canonical()).unwrap()).collect();
    assert!(published.iter().all(|text| !text.contains("演示-") && !text.contains("P-health")));
    assert!(!published.concat().contains(&Salt([12; 32]).to_string()), "the nonce is not out");
    let early = Action::Release { at: Timestamp::from_local("2026-12-20".parse().unwrap(), 23, 59) };
    assert_eq!(story.act(early), Err(TransitionError::Sealed(release)));
    assert!(!story.drawn().is_overdue(release) && story.drawn().is_overdue("2026-12-22".parse().unwrap()));
    // The same draw with another nonce is another draw: the public sources alone do not give it away.
    let rows = |nonce: u8| {
        let mut state = Story::begin(Proposal { release: Some(release), ..proposal() }, None).state;
        if let State::Frozen(frozen) = &mut state {
            frozen.secrets.nonce = Some(Salt([nonce; 32]));
        }
        let (state, _) = state.apply(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
        let State::Drawn(drawn) = state.apply(Action::Draw { at: later(141) }).unwrap().0 else { panic!("drawn") };
        drawn.rows
    };
    assert_eq!(rows(12), story.drawn().rows);
    assert_ne!(rows(13), story.drawn().rows);
    story.act(Action::Release { at: Timestamp::from_local(release, 0, 0) }).unwrap();
    assert!(!story.drawn().is_overdue("2026-12-22".parse().unwrap()));
    verify(&story.drawn().file(), &story.documents, None).unwrap();
}

#[test]
fn no_seed_no_draw_and_a_broken_promise_stops_it() {
    let mut story = Story::begin(proposal(), None);
    assert!(matches!(story.act(Action::Draw { at: later(141) }), Err(TransitionError::NotNow { .. })));
    let mut shown = reveals();
    let whole = Action::Stop { cause: StopCause::Reveal(shown.clone()), at: later(31) };
    assert_eq!(story.act(whole), Err(TransitionError::NothingBroken));
    shown.remove(&department("insurance"));
    let stop = |at| Action::Stop { cause: StopCause::Reveal(shown.clone()), at };
    assert_eq!(story.act(stop(later(30))), Err(TransitionError::NothingBroken), "it is not over yet");
    let mut lacking = said();
    lacking.reveals = shown.clone();
    let error = story.act(Action::Seed { said: Box::new(lacking), at: later(140) }).unwrap_err();
    assert!(matches!(error, TransitionError::Seed(SeedError::NotRevealed { .. })));
    story.act(stop(later(31))).unwrap();
    let Some(Document::Stopped(stop)) = story.documents.last() else { panic!("stopped") };
    expect![[r#"{"draw":"2026-SSJ-1","reason":"reveal","text":"部门“insurance”未在2026-11-22 12:30:00前公开其承诺的随机数。请公布这一情况并终止本次抽查，另行组织","at":1795321860000000}"#]].assert_eq(&serde_json::to_string(stop).unwrap());
    assert!(matches!(story.act(Action::Draw { at: later(141) }), Err(TransitionError::NotNow { .. })));
}

#[test]
fn a_draw_is_taken_back_only_before_a_source_speaks() {
    let withdraw = |at| Action::Stop { cause: StopCause::Withdrawn("名录有误".into()), at };
    let mut story = Story::begin(proposal(), None);
    assert_eq!(story.act(withdraw(later(60))), Err(TransitionError::TooLateToStop(later(60))));
    let silent = Action::Stop { cause: StopCause::Withdrawn(" ".into()), at: later(59) };
    assert_eq!(story.act(silent), Err(TransitionError::NoReason));
    story.act(withdraw(later(59))).unwrap();
    let mut seeded = Story::begin(proposal(), None);
    seeded.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
    assert!(matches!(seeded.act(withdraw(later(141))), Err(TransitionError::NotNow { .. })));
}

#[test]
fn a_shortage_after_the_seed_changes_nothing_and_can_be_shown() {
    let mut short = proposal();
    short.rules.most = Some(2);
    let mut story = Story::begin(short, None);
    story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
    let before = story.state.clone();
    let Err(TransitionError::Shortage(shortage)) = story.act(Action::Draw { at: later(141) }) else { panic!("short") };
    assert_eq!((story.state.clone(), shortage.most), (before, Some(2)));
    story.act(Action::Stop { cause: StopCause::Shortage, at: later(142) }).unwrap();
    assert_eq!(story.state.name(), StateName::Stopped);
    let told = |story: &Story| String::from_utf8(story.documents.last().unwrap().canonical()).unwrap();
    assert!(told(&story).contains("演示-"));
    let mut sealed = proposal();
    (sealed.rules.most, sealed.release) = (Some(1), Some("2026-12-21".parse().unwrap()));
    let mut story = Story::begin(sealed, None);
    story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
    story.act(Action::Stop { cause: StopCause::Shortage, at: later(142) }).unwrap();
    assert!(told(&story).contains("每人至多1个席位") && !told(&story).contains("演示-"), "a sealed list stays sealed");
}

#[test]
fn steps_do_not_go_back_in_time() {
    let mut story = Story::begin(proposal(), None);
    story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
    let early = story.act(Action::Draw { at: later(139) });
    assert_eq!(early, Err(TransitionError::BeforeLastStep { at: later(139), before: later(140) }));
}

#[test]
fn what_cannot_be_drawn_lawfully_is_not_frozen() {
    let mut wrong = proposal();
    wrong.task = String::new();
    wrong.release = Some("2026-11-22".parse().unwrap());
    wrong.bases.objects[0].grade = "E".into();
    wrong.origin = Origin::Redraw { of: draw_id(), reason: String::new() };
    let error = freeze(wrong, None, secrets(false), NOON).unwrap_err();
    expect![[r#"
        检查对象：“演示-A-00000（信用等级E，风险“”）”没有对应的抽查比例。请在抽查比例中补充，或者写明理由后排除
        抽查任务：没有填写。请填写年度抽查计划中的任务名称
        名单公开日期：“2026-11-22”不晚于封存当日，封存没有意义。请改为检查结束之后的日期
        名单公开日期：封存名单与随机数不匹配。封存的抽查须有随机数，公开的抽查不得有
        抽查编号：“2026-SSJ-1”与所依据的抽查相同。每次抽查须有新的编号
        重新抽查的理由：没有填写。请写明原抽查不能成立的理由；原抽查仍然公开"#]]
    .assert_eq(&error.to_string());
    let mut lone = proposal();
    lone.bases.officers.retain(|officer| officer.department == department("health"));
    lone.bases.exceptions.clear();
    let Err(FreezeError::Unstaffable(shortages)) = freeze(lone, None, secrets(false), NOON) else {
        panic!("unstaffable")
    };
    assert_eq!(shortages.len(), 68, "each object is named");
}

/// An extension over what the first draw left.
fn extension(first: &Story, because_of: Vec<String>) -> Proposal {
    let drawn: BTreeSet<&str> = first.drawn().rows.iter().map(|row| row.object.as_str()).collect();
    let Bases { objects, officers, exceptions, .. } = proposal().bases;
    let left: Vec<_> = objects.into_iter().filter(|object| !drawn.contains(object.id.as_str())).collect();
    let ids: BTreeSet<&str> = left.iter().map(|object| object.id.as_str()).collect();
    let exceptions = exceptions.into_iter().filter(|e| ids.contains(e.object.as_str())).collect();
    Proposal {
        origin: Origin::Extension { of: draw_id(), because_of },
        bases: Bases::new(left.clone(), vec![], officers, exceptions),
        sources: sources(&other_id()),
        draw: other_id(),
        ..proposal()
    }
}

#[test]
fn what_was_not_found_counts_and_an_extension_names_it() {
    let mut first = Story::finished(proposal(), None);
    let team = first.drawn().teams[0].clone();
    let record = |result, officers: &[String]| Action::Record {
        object: team.object.clone(),
        result,
        officers: officers.to_vec(),
        at: later(200),
    };
    let alone = first.act(record(VisitResult::NotFound, &[team.officers[0].clone(), team.officers[0].clone()]));
    assert_eq!(alone, Err(RecordError::TooFew { object: team.object.clone(), count: 1 }.into()));
    first.act(record(VisitResult::NotFound, &team.officers)).unwrap();
    let again = first.act(record(VisitResult::NothingFound, &team.officers));
    assert_eq!(again, Err(RecordError::Twice { object: team.object.clone(), result: VisitResult::NotFound }.into()));
    let tally = first.drawn().tally();
    assert_eq!((tally.drawn, tally.outstanding), (first.drawn().rows.len(), first.drawn().rows.len() - 1));
    assert_eq!(tally.results, [(VisitResult::NotFound, 1)].into());

    let file = first.drawn().file();
    let second = Story::finished(extension(&first, vec![team.object.clone()]), Some(&file));
    let ids = |story: &Story| story.drawn().rows.iter().map(|row| row.object.clone()).collect::<BTreeSet<_>>();
    assert!(ids(&first).is_disjoint(&ids(&second)));
    let documents = [first.documents.clone(), second.documents.clone()].concat();
    verify(&second.drawn().file(), &documents, Some(&file)).unwrap();
    verify(&file, &documents, None).unwrap();
    let told: Vec<_> =
        substitutions(&documents).into_iter().map(|row| (row.object, row.result, row.extension)).collect();
    assert_eq!(told, [(team.object, VisitResult::NotFound, Some(other_id()))]);
}

#[test]
fn an_extension_takes_all_that_is_left_and_nothing_else() {
    let first = Story::finished(proposal(), None);
    let file = first.drawn().file();
    let refused = |change: &dyn Fn(&mut Proposal)| {
        let mut proposal = extension(&first, vec![]);
        change(&mut proposal);
        freeze(proposal, Some(&file), secrets(false), NOON).map(drop)
    };
    assert_eq!(refused(&|_| {}), Ok(()));
    let taken = first.drawn().rows[0].object.clone();
    let again = proposal().bases.objects.into_iter().find(|object| object.id == taken).unwrap();
    let error = refused(&|proposal| {
        let object = proposal.bases.objects.remove(0);
        proposal.bases.exceptions.retain(|exception| exception.object != object.id);
        let mut stranger = object.clone();
        stranger.id = "演示-新".into();
        proposal.bases.objects.extend([again.clone(), stranger]);
        proposal.origin = Origin::Extension { of: draw_id(), because_of: vec!["演示-A-99999".into()] };
    });
    expect![[r#"
        名录：没有按编号排序。请按编号从小到大排列后重新生成
        补充抽查的对象：“演示-A-00025”原抽查已经抽中。请从名录中删去；无法检查的结果不得另换对象
        补充抽查的对象：“演示-新”不在原抽查的名录中。新对象请另行组织抽查
        补充抽查的对象：“演示-A-00000”在原抽查的名录中、没有被抽中，却不在补充抽查的名录中。请补入，或者写明理由后排除
        补充抽查的原因：“演示-A-99999”原抽查没有抽中这一对象。请核对对象编号"#]]
    .assert_eq(&error.unwrap_err().to_string());
    let excluded = refused(&|proposal| {
        let object = proposal.bases.objects.remove(0);
        proposal.bases.exceptions.retain(|exception| exception.object != object.id);
        proposal.bases.excluded.push(Excluded { id: object.id, reason: "已注销".into() });
    });
    assert_eq!(excluded, Ok(()), "left out with a reason");
    assert!(freeze(extension(&first, vec![]), None, secrets(false), NOON).is_err(), "without the earlier file");
}

#[test]
fn an_officer_is_replaced_with_reason_by_two_people_and_not_by_choice() {
    let mut story = Story::finished(proposal(), None);
    let team = story.drawn().teams[0].clone();
    let change = |object: &str, from: &str, reason: &str, approver: &str| Action::ChangeOfficer {
        object: object.into(),
        from: from.into(),
        reason: reason.into(),
        proposed_by: person("甲", "health"),
        approved_by: person(approver, "health"),
        at: later(200),
    };
    let (object, from) = (team.object.as_str(), team.officers[0].as_str());
    let cases = [
        (change("演示", from, "病假", "丙"), ChangeError::NotDrawn("演示".into())),
        (change(object, "P-x", "病假", "丙"), ChangeError::NotInTeam { object: object.into(), officer: "P-x".into() }),
        (change(object, from, " ", "丙"), ChangeError::NoReason(from.into())),
        (change(object, from, "病假", "甲"), ChangeError::OneHand("甲".into())),
    ];
    for (action, error) in cases {
        assert_eq!(story.act(action), Err(error.into()));
    }
    story.act(change(object, from, "病假", "丙")).unwrap();
    let now = &story.drawn().teams[0];
    assert_ne!(now.officers[0], from);
    assert!(!team.officers.contains(&now.officers[0]), "somebody from outside the team");
    let bases = &story.state.frozen().bases;
    let one = |name: &str| bases.officers.iter().find(|officer| officer.pseudonym == name).unwrap();
    assert_eq!(one(&now.officers[0]).department, one(from).department);
    assert_eq!(story.drawn().rows[0].officers, team.officers, "what was drawn stays as it was drawn");
    let verified = verify(&story.drawn().file(), &story.documents, None).unwrap();
    assert_eq!(verified.teams, story.drawn().teams);
    let officers = now.officers.clone();
    let record = Action::Record {
        object: object.into(),
        result: VisitResult::Refused,
        officers: officers.clone(),
        at: later(201),
    };
    story.act(record).unwrap();
    let late = story.act(change(object, &officers[0], "病假", "丙"));
    assert_eq!(late, Err(ChangeError::Recorded(object.into()).into()));
}

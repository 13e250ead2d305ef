use super::*;
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::BTreeSet;
use xingjian_kernel::Role;
use xingjian_kernel::calendar::{Term, WorkCalendar};

fn term(from: LocalDate, days: u16) -> Deadline {
    WorkCalendar::official().deadline(from, Term::working_days(days))
}

fn shown(until: LocalDate) -> Shown {
    let facts = Facts::default().with("document_number", "珠卫医罚〔2026〕1号");
    let projection = Projection::of(&["document_number".into()], &facts);
    Shown { projection, class_from: date(2026, 4, 1), until, shortest: Some(date(2026, 12, 1)) }
}

fn now(today: LocalDate) -> Now {
    let persons = vec!["演示人".into()];
    Now { today, shown: Some(shown(date(2027, 9, 1))), withdraw_due: term(today, 3), persons, fulfilled: true }
}

fn recall(on: LocalDate) -> Action {
    Action::Recall { on, reason: "复议决定撤销原处罚".into() }
}

/// A decision of Tuesday, 1 September 2026.
fn pending() -> Publication {
    Publication {
        id: "0199a000-0000-7000-8000-000000000001".parse().unwrap(),
        class: "decision".into(),
        class_name: "行政处罚决定（单位）".into(),
        source: Source {
            kind: SourceKind::Decision,
            id: "case".into(),
            number: Some("珠卫医罚〔2026〕1号".into()),
            on: date(2026, 9, 1),
        },
        subject: None,
        title: "演示第一医院".into(),
        division: "440402".parse().unwrap(),
        department: DepartmentId::new("health"),
        due: term(date(2026, 9, 1), 7),
        served: true,
        created_at: Timestamp::from_local(date(2026, 9, 3), 9, 0),
        state: State::Pending,
    }
}

fn publisher() -> Actor {
    let account = Some("0199a000-0000-7000-8000-00000000000a".parse().unwrap());
    let roles = vec![Role::Publisher];
    Actor {
        account,
        name: "公开员甲".into(),
        roles,
        department: DepartmentId::new("health"),
        officer: None,
        granted: vec![],
    }
}

fn publish(reason: &str) -> Action {
    Action::Publish { reason: reason.into() }
}

fn withdraw(reason: &str) -> Action {
    Action::Withdraw { reason: reason.into() }
}

/// T5: a decision that is not published within seven working days is overdue.
#[test]
fn a_decision_is_due_within_seven_working_days() {
    let publication = pending();
    assert_eq!(publication.due.due, date(2026, 9, 10));
    assert!(!publication.is_overdue(date(2026, 9, 10)));
    assert!(publication.is_overdue(date(2026, 9, 11)));
    let published = publication.clone().apply(publish("具有一定社会影响"), &publisher(), &now(date(2026, 9, 11)));
    assert!(!published.unwrap().is_overdue(date(2026, 12, 1)), "late, but done");
    let withheld = Action::Withhold { reason: "不具有社会影响".into() };
    let withheld = publication.apply(withheld, &publisher(), &now(date(2026, 9, 9))).unwrap();
    assert!(!withheld.is_overdue(date(2026, 12, 1)));
}

/// T27: the result of an inspection is due within twenty working days, over the holidays of 2026.
#[test]
fn an_inspection_is_due_within_twenty_working_days() {
    let due = term(date(2026, 9, 30), 20);
    let publication = Publication { due, ..pending() };
    assert_eq!(publication.due.due, date(2026, 11, 3));
    assert!(!publication.is_overdue(date(2026, 11, 3)) && publication.is_overdue(date(2026, 11, 4)));
}

/// T6: an annulled decision is withdrawn within three working days, and the public reads why.
#[test]
fn a_recalled_publication_is_due_within_three_working_days() {
    let day = date(2026, 9, 30);
    let published = pending().apply(publish("具有一定社会影响"), &publisher(), &now(date(2026, 9, 4))).unwrap();
    // The term runs from the day of the change, not from the day it was noted.
    let noted = Now { today: date(2026, 10, 9), ..now(day) };
    let tomorrow = recall(date(2026, 10, 10));
    let wrong = TransitionError::ChangedWhen(date(2026, 10, 10));
    assert_eq!(published.clone().apply(tomorrow, &publisher(), &noted), Err(wrong));
    let recalled = published.apply(recall(day), &publisher(), &noted).unwrap();
    assert_eq!(recalled.next_due(), Some(date(2026, 10, 10)), "1 to 7 October are holidays, the 10th is worked");
    assert!(recalled.shown().is_some());
    assert!(!recalled.is_overdue(date(2026, 10, 10)) && recalled.is_overdue(date(2026, 10, 11)));
    let late = now(date(2026, 10, 9));
    assert_eq!(recalled.clone().apply(withdraw(" "), &publisher(), &late), Err(TransitionError::Missing("撤回理由")));
    let withdrawn = recalled.apply(withdraw("演示人申请复议，原处罚决定被撤销"), &publisher(), &late).unwrap();
    assert!(withdrawn.shown().is_none());
    let State::Withdrawn { notice, decided, public_reason } = &withdrawn.state else { panic!() };
    assert_eq!(notice, "行政处罚决定（单位）（珠卫医罚〔2026〕1号）");
    assert_eq!(decided.reason, "演示人申请复议，原处罚决定被撤销");
    assert_eq!(public_reason, "演某申请复议，原处罚决定被撤销", "the public reads no person's name");
}

#[test]
fn nothing_is_published_before_it_is_served() {
    let day = now(date(2026, 9, 4));
    let unserved = Publication { served: false, ..pending() };
    assert_eq!(unserved.clone().apply(publish("理由"), &publisher(), &day), Err(TransitionError::NotServed));
    assert_eq!(unserved.open_actions(&publisher()), vec!["withhold"]);
    assert!(unserved.is_overdue(date(2026, 9, 11)), "the term runs from the decision all the same");
}

#[test]
fn what_was_never_shown_ends_with_its_source() {
    let day = now(date(2026, 9, 4));
    let withheld = Action::Withhold { reason: "不具有社会影响".into() };
    let withheld = pending().apply(withheld, &publisher(), &day).unwrap();
    for publication in [pending(), withheld] {
        let by_hand = publication.clone().apply(recall(day.today), &publisher(), &day);
        assert_eq!(by_hand, Err(TransitionError::OnlyBySource));
        assert!(!publication.open_actions(&publisher()).contains(&"recall"));
        assert_eq!(publication.apply(recall(day.today), &Actor::system(), &day).unwrap().state_name(), "void");
    }
}

#[test]
fn credit_is_repaired_after_the_shortest_time_by_those_who_did_what_they_had_to() {
    let published = pending().apply(publish("理由"), &publisher(), &now(date(2026, 9, 4))).unwrap();
    let repair = || Action::Repair { commitment: "不再违法".into(), reason: "已缴清".into() };
    let at = |day| published.clone().apply(repair(), &publisher(), &now(day));
    assert_eq!(at(date(2026, 12, 1)), Err(TransitionError::ShortestNotOver(date(2026, 12, 1))));
    let open = Now { fulfilled: false, ..now(date(2026, 12, 2)) };
    assert_eq!(published.clone().apply(repair(), &publisher(), &open), Err(TransitionError::NotFulfilled));
    let bare = Action::Repair { commitment: " ".into(), reason: "已缴清".into() };
    let missing = TransitionError::Missing("信用承诺");
    assert_eq!(published.clone().apply(bare, &publisher(), &now(date(2026, 12, 2))), Err(missing));
    let repaired = at(date(2026, 12, 2)).unwrap();
    assert!(repaired.shown().is_none() && PublicText::of(&repaired).is_none());
}

#[test]
fn every_decision_has_a_reason() {
    let day = now(date(2026, 9, 4));
    let reasons = |text: &str| [publish(text), Action::Withhold { reason: text.into() }];
    for action in reasons("  ") {
        assert!(matches!(pending().apply(action, &publisher(), &day), Err(TransitionError::Missing(_))));
    }
    for action in reasons("理由") {
        assert!(pending().apply(action, &publisher(), &day).is_ok());
    }
}

#[test]
fn nothing_is_shown_after_its_time_or_without_a_text() {
    let after = now(date(2027, 9, 2));
    assert_eq!(pending().apply(publish("理由"), &publisher(), &after), Err(TransitionError::TooLate(date(2027, 9, 1))));
    let nothing = Now { shown: None, ..now(date(2026, 9, 4)) };
    assert_eq!(pending().apply(publish("理由"), &publisher(), &nothing), Err(TransitionError::NothingToShow));
    let empty = Shown { projection: Projection::default(), ..shown(date(2027, 9, 1)) };
    let empty = Now { shown: Some(empty), ..now(date(2026, 9, 4)) };
    assert_eq!(pending().apply(publish("理由"), &publisher(), &empty), Err(TransitionError::NothingToShow));

    let published = pending().apply(publish("理由"), &publisher(), &now(date(2026, 9, 4))).unwrap();
    let early = published.clone().apply(Action::Expire, &Actor::system(), &now(date(2027, 9, 1)));
    assert_eq!(early, Err(TransitionError::NotOver(date(2027, 9, 1))));
    assert_eq!(published.clone().apply(Action::Expire, &publisher(), &after), Err(TransitionError::OnlyByTime));
    assert!(published.apply(Action::Expire, &Actor::system(), &after).unwrap().shown().is_none());
}

#[test]
fn each_refusal_has_a_way_on() {
    use TransitionError as E;
    let day = date(2026, 9, 1);
    for error in [
        E::NotNow { state: "已公开" },
        E::NothingToShow,
        E::TooLate(day),
        E::NotOver(day),
        E::OnlyByTime,
        E::NotServed,
        E::ChangedWhen(day),
        E::OnlyBySource,
        E::ShortestNotOver(day),
        E::NotFulfilled,
        E::Missing("理由"),
    ] {
        let refusal = Refusal::from(error);
        assert!(!refusal.mend.is_empty() && !refusal.code.is_empty() && !refusal.message.is_empty());
    }
}

#[test]
fn numbers_of_persons_are_hidden() {
    for (text, expected) in [
        (
            "当事人身份证11010519491231002X，电话13800138000。",
            "当事人身份证（证件号码已隐去），电话（电话号码已隐去）。",
        ),
        ("旧证110105491231002", "旧证（证件号码已隐去）"),
        ("卡号6222020200112233445", "卡号（证件号码已隐去）"),
        ("全角１３８００１３８０００", "全角（电话号码已隐去）"),
        ("138 0013 8000 或138-0013-8000", "（电话号码已隐去） 或（电话号码已隐去）"),
        ("+86 138 0013 8000、8613800138000", "+（电话号码已隐去）、（电话号码已隐去）"),
        ("0756-2155555，020-12345678、07562155555", "（电话号码已隐去），（电话号码已隐去）、（电话号码已隐去）"),
        ("110105 19491231 0021", "（证件号码已隐去）"),
        ("110105-19491231-002X止", "（证件号码已隐去）止"),
        ("6222 0202 0011 2233 445", "（证件号码已隐去） 445"),
        // What is no such number stays.
        ("罚款50,000.00元，〔2026〕12号", "罚款50,000.00元，〔2026〕12号"),
        ("2026-09-01 2026-12-31", "2026-09-01 2026-12-31"),
        ("共12345678支", "共12345678支"),
        ("登记号PDY12345644040211D1102", "登记号PDY12345644040211D1102"),
    ] {
        assert_eq!(mask(text), expected);
    }
}

#[test]
fn only_listed_fields_appear() {
    let facts = Facts { persons: vec!["张三丰".into()], ..Facts::default() }
        .with("party_name", "演示第一医院")
        .with("credit_code", "91110108551385082Q")
        .with("penalty_text", "对负责人张三丰（身份证11010519491231002X）所在单位罚款")
        .with("fine", " ")
        .with("reporter", "不应出现");
    let fields = ["credit_code", "fine", "penalty_text", "reporter", "nonsense"].map(str::to_owned);
    let projection = Projection::of(&fields, &facts);
    let lines: Vec<_> = projection.fields().iter().map(|f| (f.label.as_str(), f.text.as_str())).collect();
    assert_eq!(
        lines,
        vec![
            ("统一社会信用代码", "91110108551385082Q"),
            ("处罚内容", "对负责人张某（身份证（证件号码已隐去））所在单位罚款"),
        ]
    );
    // A number in the place of a code is a code only if it is one.
    let wrong = Facts::default().with("credit_code", "110105194912310021");
    assert_eq!(Projection::of(&fields, &wrong).get("credit_code"), Some("（证件号码已隐去）"));
}

#[test]
fn every_field_of_the_packs_has_a_label() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../../policy");
    let policy = xingjian_policy::Policy::load(root.as_ref(), "zhuhai").unwrap();
    for day in [date(2024, 1, 1), date(2026, 9, 1)] {
        for class in policy.publication_classes(day) {
            let facts = class.fields.iter().fold(Facts::default(), |facts, field| {
                let known = projection::FIELDS.iter().find(|(name, _)| name == field);
                known.map_or(facts.clone(), |(name, _)| facts.with(name, "内容"))
            });
            assert_eq!(Projection::of(&class.fields, &facts).fields().len(), class.fields.len(), "{}", class.id);
        }
    }
}

#[test]
fn the_diagram_shows_these_transitions() {
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/states/publication.md")).unwrap();
    let arrows = text.lines().filter_map(|line| line.trim().split_once(" --> "));
    let drawn = arrows.filter_map(|(from, rest)| rest.split_once(": ").map(|(to, action)| (from, action, to)));
    assert_eq!(drawn.collect::<BTreeSet<_>>(), TRANSITIONS.iter().copied().collect());
}

fn any_action() -> impl Strategy<Value = Action> {
    let text = || prop_oneof![1 => Just(String::new()), 3 => Just("理由".to_owned())];
    prop_oneof![
        text().prop_map(|reason| Action::Publish { reason }),
        text().prop_map(|reason| Action::Withhold { reason }),
        text().prop_map(|reason| Action::Reconsider { reason }),
        text().prop_map(|reason| Action::Recall { on: date(2026, 9, 1), reason }),
        text().prop_map(|commitment| Action::Repair { commitment, reason: "已核实".into() }),
        text().prop_map(|reason| Action::Withdraw { reason }),
        Just(Action::Expire),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram(
        steps in proptest::collection::vec((any_action(), any::<bool>(), 0i32..120), 1..30),
    ) {
        let mut publication = pending();
        let mut today = date(2026, 9, 1);
        for (action, system, days) in steps {
            today = today.saturating_add(jiff::Span::new().days(days));
            let (from, name) = (publication.state_name(), action.name());
            let buttons = publication.open_actions(&publisher());
            prop_assert!(!buttons.is_empty() || Publication::SETTLED.contains(&from));
            let by = if system { Actor::system() } else { publisher() };
            if let Ok(next) = publication.clone().apply(action, &by, &now(today)) {
                prop_assert!(TRANSITIONS.contains(&(from, name, next.state_name())));
                let by_itself = name == "expire" || system && name == "recall";
                prop_assert!(by_itself || buttons.contains(&name));
                prop_assert_eq!(next.shown().is_some(), ["published", "recalled"].contains(&next.state_name()));
                let text = serde_json::to_string(&next).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Publication>(&text).unwrap(), &next);
                publication = next;
            }
        }
    }

    #[test]
    fn no_long_number_survives(text in "[0-9０-９Xx ，\\-a号]{0,60}") {
        let hidden = mask(&text);
        prop_assert_eq!(mask(&hidden), hidden.clone());
        let longest = hidden.split(|c: char| !c.is_numeric()).map(|run| run.chars().count()).max();
        prop_assert!(longest.unwrap_or_default() < 15, "{hidden}");
        for run in hidden.split(|c: char| !c.is_ascii_digit()) {
            prop_assert!(!(run.len() == 11 && run.starts_with('1')), "{hidden}");
        }
    }

    #[test]
    fn text_without_digits_stays(text in "[^0-9０-９]{0,40}") {
        prop_assert_eq!(mask(&text), text);
    }
}

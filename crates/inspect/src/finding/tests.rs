use super::*;
use crate::task::tests::{actor, day, head, now, officer, standing};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::id::{Id, InstitutionId, OfficerId};
use xingjian_kernel::{Actor, Refusal, Role};
use xingjian_testkit::diagram;

fn id<T: Id>(n: u8) -> T {
    crate::task::tests::id(n)
}

fn order(number: &str, due: &str) -> Order {
    Order { number: number.into(), due: deadline(due), by: Person { account: None, name: "张某".into() }, at: now() }
}

fn deadline(due: &str) -> Deadline {
    Deadline { from: day("2026-11-02"), due: day(due), estimated: false }
}

fn finding() -> Finding {
    Finding {
        id: id(1),
        task: id(2),
        notice: "珠卫检〔2026〕1号".into(),
        signal: Some(id(3)),
        subject: SubjectRef::Institution(id::<InstitutionId>(4)),
        subject_name: "演示口腔门诊部".into(),
        division: "440402".parse().unwrap(),
        department: DepartmentId::new("health"),
        origin: DepartmentId::new("health"),
        item: "YL01".into(),
        item_name: "医疗机构资质管理".into(),
        facts: "口腔科由外单位人员承包经营".into(),
        violation: Some("YL-003".into()),
        officers: vec![officer(1), officer(2)],
        created_at: now(),
        failed: vec![],
        pending: None,
        returned: vec![],
        measures: vec![],
        case: None,
        ended_cases: vec![],
        state: State::Ordered { order: order("珠卫责改〔2026〕1号", "2026-12-01") },
    }
}

fn unit() -> Actor {
    actor(50, &[Role::Unit], None)
}

fn inspector() -> Actor {
    actor(1, &[Role::Inspector], Some(1))
}

fn second() -> Actor {
    actor(2, &[Role::Inspector], Some(2))
}

/// A re-check entered by the first officer and confirmed by the second.
fn both(finding: Finding, action: Action) -> Finding {
    let entered = finding.apply(action, &inspector(), &facts()).unwrap();
    entered.apply(Action::Confirm, &second(), &facts()).unwrap()
}

fn facts() -> Facts {
    let standing: BTreeMap<OfficerId, _> = (1..=4).map(|n| (id(n), standing(n))).collect();
    let order = Some(("珠卫责改〔2026〕2号".into(), deadline("2026-12-20")));
    Facts { now: now(), standing, order, case: Some(id(9)) }
}

fn submit(text: &str) -> Action {
    Action::Submit { text: text.into(), evidence: vec!["解除承包协议".into(), " ".into()] }
}

fn pass(with: u8) -> Action {
    Action::Pass { with: id(with), facts: "已停止承包，科室由本机构人员执业".into() }
}

fn fail(with: u8) -> Action {
    Action::Fail { with: id(with), facts: "仍在承包".into(), correct_by: None }
}

fn measure(on: &str) -> Action {
    Action::Measure { measure: Measure::Talk, text: "约谈主要负责人".into(), on: day(on) }
}

#[test]
fn the_diagram_is_the_table() {
    assert_eq!(diagram::transitions("finding"), diagram::table(TRANSITIONS));
    assert_eq!(diagram::finals("finding"), State::FINAL.iter().map(|s| (*s).to_owned()).collect());
}

#[test]
fn every_state_and_action_has_a_name_on_screen() {
    for (from, action, to) in TRANSITIONS {
        assert!(State::NAMES.contains(from) && State::NAMES.contains(to));
        assert_ne!((state_label(from), action_label(action)), ("", ""));
        assert_ne!(action_label(action), "");
    }
}

#[test]
fn a_finding_is_corrected_in_the_second_round_beside_a_case() {
    let f = finding();
    assert_eq!((f.overdue(day("2026-12-01")), f.overdue(day("2026-12-04"))), (None, Some(3)));
    let f = f.apply(submit("已整改"), &unit(), &facts()).unwrap();
    assert_eq!(f.overdue(day("2026-12-04")), None);
    let f = f.apply(submit("补充材料"), &unit(), &facts()).unwrap();
    let f = both(f, fail(2));
    assert_eq!((f.failed[0].submissions.len(), f.state.order().number.as_str()), (2, "珠卫责改〔2026〕2号"));
    let f = f.apply(Action::FileCase, &inspector(), &facts()).unwrap();
    let f = f.apply(measure("2026-11-02"), &inspector(), &facts()).unwrap();
    let f = f.apply(submit("已解除承包协议"), &unit(), &facts()).unwrap();
    assert_eq!(f.state.submissions()[0].evidence, ["解除承包协议"]);
    let f = both(f, pass(2));
    assert_eq!((f.state.name(), f.case.is_some(), f.measures.len()), ("settled", true, 1));
    let read: Finding = serde_json::from_str(&serde_json::to_string(&f).unwrap()).unwrap();
    assert_eq!(read, f);
}

/// What the person reads: code, article, message; or the state reached.
fn told(finding: Finding, action: Action, by: &Actor, facts: &Facts) -> String {
    match finding.apply(action, by, facts) {
        Ok(f) => f.state.name().into(),
        Err(TransitionError::Invalid(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Err(e) => {
            let r = Refusal::from(e);
            format!("{} {} {}", r.code, r.article.unwrap_or_default(), r.message)
        }
    }
}

#[test]
fn each_guard_names_its_article() {
    let check = |action, by: &Actor, facts: &Facts, want: &str| assert_eq!(told(finding(), action, by, facts), want);
    let ok = facts();
    let grid = actor(9, &[Role::GridWorker], None);
    check(pass(2), &grid, &ok, "may_not  您的岗位没有“督促整改和复查”权限");
    check(submit("已整改"), &grid, &ok, "may_not  您的岗位没有“以机构身份办理”权限");
    check(submit("已整改"), &inspector(), &ok, "submitted");
    check(submit(" "), &unit(), &ok, "整改情况：没有填写。请填写整改情况");
    check(pass(2), &unit(), &ok, "may_not  您的岗位没有“督促整改和复查”权限");
    check(pass(2), &head(), &ok, "may_not  您的岗位没有“督促整改和复查”权限");
    let desk = actor(7, &[Role::Inspector], None);
    check(pass(2), &desk, &ok, "not_an_officer 行政处罚法第42条 您没有执法人员登记，不能实施复查");
    check(pass(1), &inspector(), &ok, "officer_twice  监督员一被重复选择");
    check(pass(8), &inspector(), &ok, "unknown_officer  检查人员名录库中没有所选的监督员");
    let mut expired = facts();
    expired.standing.get_mut(&id(2)).unwrap().certified = Some((day("2025-01-01"), day("2026-11-01")));
    check(pass(2), &inspector(), &expired, "not_certified 行政处罚法第42条 监督员二在2026-11-02没有有效的行政执法证");
    let mut related = facts();
    related.standing.get_mut(&id(2)).unwrap().recusal = Some("曾在该机构任职".into());
    check(pass(2), &inspector(), &related, "recused 行政处罚法第43条 监督员二应当回避：曾在该机构任职");
    let none = Facts { order: None, case: None, ..facts() };
    check(fail(2), &inspector(), &none, "no_order 行政处罚法第28条 复查不通过的，须重新责令改正并确定期限");
    check(Action::FileCase, &inspector(), &none, "no_case  没有生成案件，不能登记立案");
    let late = Facts { order: Some(("2号".into(), deadline("2026-11-01"))), ..facts() };
    check(fail(2), &inspector(), &late, "改正期限：“2026-11-01”早于今天。请填写今天或之后的日期");
    check(measure("2026-11-03"), &inspector(), &ok, "实施日期：“2026-11-03”晚于今天。请填写实际实施的日期");
    let filed = finding().apply(Action::FileCase, &inspector(), &ok).unwrap();
    assert_eq!(told(filed, Action::FileCase, &inspector(), &ok), "case_filed  该问题已经提请立案");
    let settled = both(finding(), pass(2));
    assert_eq!(told(settled, submit("再交"), &unit(), &ok), "not_open  该问题当前为“已办结”，不能“提交整改情况”");
}

/// Article 42: the second officer is there with an own login, not by name only.
#[test]
fn a_recheck_counts_when_the_other_officer_confirms_it() {
    let submitted = finding().apply(submit("已整改"), &unit(), &facts()).unwrap();
    let entered = submitted.clone().apply(pass(2), &inspector(), &facts()).unwrap();
    assert_eq!((entered.state.name(), entered.pending.is_some()), ("submitted", true));
    let check = |by: &Actor, action, facts: &Facts, want: &str| {
        assert_eq!(told(entered.clone(), action, by, facts), want);
    };
    let wrong = "not_the_second 行政处罚法第42条 复查记录应当由同行的另一名监督员以本人登录确认";
    check(&inspector(), Action::Confirm, &facts(), wrong);
    check(&actor(3, &[Role::Inspector], Some(3)), Action::Confirm, &facts(), wrong);
    let waits = "awaiting_confirmation 行政处罚法第42条 复查记录尚待同行监督员确认，确认或者退回以前不能再次登记复查";
    check(&second(), fail(1), &facts(), waits);
    assert_eq!(entered.open_actions(&second()), ["submit", "confirm", "return_recheck", "measure", "file_case"]);
    assert!(!entered.open_actions(&inspector()).contains(&"confirm"));
    let mut expired = facts();
    expired.standing.get_mut(&id(1)).unwrap().certified = Some((day("2025-01-01"), day("2026-11-01")));
    check(
        &second(),
        Action::Confirm,
        &expired,
        "not_certified 行政处罚法第42条 监督员一在2026-11-02没有有效的行政执法证",
    );
    let settled = entered.clone().apply(Action::Confirm, &second(), &facts()).unwrap();
    let State::Settled { recheck, .. } = &settled.state else { panic!("{}", settled.state.name()) };
    assert_eq!(recheck.confirmed.as_ref().map(|c| c.by.name.as_str()), Some(second().name.as_str()));
    let back = Action::ReturnRecheck { reason: "没有同去".into() };
    let returned = entered.apply(back, &second(), &facts()).unwrap();
    assert_eq!((returned.state.name(), returned.pending.is_none(), returned.returned.len()), ("submitted", true, 1));
    assert_eq!(told(returned, Action::Confirm, &second(), &facts()), "nothing_to_confirm  没有待确认的复查记录");
}

#[test]
fn what_comes_in_between_stands_for_the_new_order() {
    let entered = finding().apply(submit("第一次"), &unit(), &facts()).unwrap();
    let entered = entered.apply(fail(2), &inspector(), &facts()).unwrap();
    let later = Facts { now: Timestamp::from_local(day("2026-11-03"), 9, 0), ..facts() };
    let entered = entered.apply(submit("第二次"), &unit(), &later).unwrap();
    let failed = entered.apply(Action::Confirm, &second(), &later).unwrap();
    assert_eq!((failed.state.name(), failed.failed[0].submissions.len()), ("submitted", 1));
    assert_eq!(failed.state.submissions()[0].text, "第二次");
    assert_eq!(failed.state.order().number, "珠卫责改〔2026〕2号");
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        "[ 甲]{0,2}".prop_map(|t| submit(&t)),
        (0u8..6).prop_map(pass),
        (0u8..6).prop_map(fail),
        Just(Action::Confirm),
        "[ 甲]{0,2}".prop_map(|reason| Action::ReturnRecheck { reason }),
        Just(measure("2026-11-01")),
        Just(Action::FileCase),
        Just(Action::EndCase { case: facts().case.unwrap(), how: "不予立案".into() }),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram(
        steps in proptest::collection::vec((any_action(), 0usize..6), 1..40)
    ) {
        let allowed = diagram::table(TRANSITIONS);
        let cast =
            [unit(), inspector(), second(), head(), actor(9, &[Role::GridWorker], None), Actor::system()];
        let mut f = finding();
        for (action, who) in steps {
            let (from, name) = (f.state.name(), action.name());
            let open = f.open_actions(&cast[who]).contains(&name);
            if let Ok(next) = f.clone().apply(action, &cast[who], &facts()) {
                prop_assert!(open || name == "end_case" && who == 5, "{name} was possible but had no button");
                prop_assert!(allowed.contains(&(from.into(), name.into(), next.state.name().into())));
                f = next;
            }
            let reachable: BTreeSet<_> = cast.iter().flat_map(|a| f.open_actions(a)).collect();
            prop_assert!(!reachable.is_empty(), "nobody can act in {}", f.state.name());
        }
    }
}

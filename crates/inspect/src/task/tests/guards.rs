//! Every guard as data: what was tried, and what the person reads.

use super::*;
use expect_test::{Expect, expect};
use xingjian_kernel::Refusal;

fn told(result: Result<Task, TransitionError>) -> String {
    match result {
        Ok(task) => task.state.name().into(),
        Err(TransitionError::Invalid(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(e) => {
            let r = Refusal::from(e);
            assert!(!r.mend.is_empty(), "{} has no way on", r.code);
            format!("{} {} {}", r.code, r.article.unwrap_or_default(), r.message)
        }
    }
}

fn check(task: Task, action: Action, by: &Actor, want: &Expect) {
    want.assert_eq(&told(task.apply(action, by, &facts())));
}

fn propose(change: impl FnOnce(&mut Draft, &mut Facts), want: &Expect) {
    let (mut draft, mut facts) = (draft(), facts());
    change(&mut draft, &mut facts);
    want.assert_eq(&told(Task::propose(id(30), draft, &inspector(1), &facts)));
}

#[test]
fn t13_one_officer_is_too_few_and_all_must_be_certified() {
    propose(
        |d, _| d.officers = vec![id(1)],
        &expect!["too_few_officers 行政处罚法第42条 执法人员不得少于两人，目前只有1人"],
    );
    propose(
        |d, _| d.officers = vec![],
        &expect!["too_few_officers 行政处罚法第42条 执法人员不得少于两人，目前只有0人"],
    );
    propose(|d, _| d.officers = vec![id(1), id(1)], &expect!["officer_twice  监督员一被重复选择"]);
    propose(|d, _| d.officers = vec![id(1), id(9)], &expect!["unknown_officer  检查人员名录库中没有所选的监督员"]);
    let expires =
        |f: &mut Facts| f.standing.get_mut(&id(2)).unwrap().certified = Some((day("2025-01-01"), day("2026-11-02")));
    propose(|_, f| expires(f), &expect!["not_certified 行政处罚法第42条 监督员二在2026-11-03没有有效的行政执法证"]);
    let mut late = facts();
    expires(&mut late);
    let want = "not_certified 行政处罚法第42条 监督员二在2026-11-03没有有效的行政执法证";
    assert_eq!(told(proposed().apply(Action::Approve, &head(), &late)), want);
    late.now = Timestamp::from_local(day("2026-11-03"), 9, 0);
    assert_eq!(told(approved().apply(begin(), &inspector(1), &late)), want);
}

#[test]
fn t26_a_ground_keeps_an_officer_out() {
    let related = |f: &mut Facts| f.standing.get_mut(&id(2)).unwrap().recusal = Some("曾在该机构任职".into());
    let want = "recused 行政处罚法第43条 监督员二应当回避：曾在该机构任职";
    propose(|_, f| related(f), &expect!["recused 行政处罚法第43条 监督员二应当回避：曾在该机构任职"]);
    let mut known = facts();
    related(&mut known);
    assert_eq!(told(proposed().apply(Action::Approve, &head(), &known)), want);
    assert_eq!(told(approved().apply(begin(), &inspector(1), &known)), want);
    let ground = Action::DeclareRecusal { officer: id(2), ground: "近亲属任职".into(), by_party: false };
    let declared = go(proposed(), &[(ground.clone(), inspector(2))]);
    check(declared, Action::Approve, &head(), &expect!["recused 行政处罚法第43条 监督员二应当回避：近亲属任职"]);
    check(proposed(), ground, &inspector(1), &expect!["not_assigned  您不是本任务的检查人员"]);
    let nothing = Action::DecideRecusal { officer: id(2), granted: false, reason: "无".into(), replacement: None };
    check(approved(), nothing, &head(), &expect!["no_recusal  没有待决定的回避申请"]);
}

#[test]
fn t23_a_grid_worker_never_inspects() {
    let grid = actor(9, &[Role::GridWorker], None);
    let want = expect!["grid_worker 国办发〔2024〕54号 网格员、协管员和第三方人员不得实施行政检查，只能巡查和上报线索"];
    check(approved(), begin(), &grid, &want);
    check(on_site(), answers(Answer::Conforms), &grid, &want);
    check(on_site(), record(Outcome::NoProblem), &grid, &want);
    check(recorded(Answer::Conforms, Outcome::NoProblem), Action::Sign, &grid, &want);
    check(signed(Answer::Conforms, Outcome::NoProblem), Action::Submit, &grid, &want);
    // Not even one who is named as an officer by mistake.
    check(approved(), begin(), &actor(1, &[Role::GridWorker], Some(1)), &want);
    check(approved(), begin(), &head(), &expect!["may_not  您的岗位没有“实施现场检查”权限"]);
    assert!(approved().open_actions(&grid).is_empty());
}

#[test]
fn t24_beyond_the_yearly_cap_only_with_a_reason_unless_a_clue_asks() {
    let full = |f: &mut Facts| f.frequency = Some(Frequency { done: 1, cap: 1 });
    let want = expect!["over_cap 国办发〔2024〕54号 该对象本年度已检查1次，达到频次上限1次，须写明超频次检查的理由"];
    propose(|_, f| full(f), &want);
    let blank = |d: &mut Draft| d.exceed_reason = Some("  ".into());
    propose(|d, f| (blank(d), full(f)).0, &want);
    propose(|d, f| (d.exceed_reason = Some("上级部署专项复核".into()), full(f)).0, &expect!["proposed"]);
    let from = |origin| Cause::Signal { id: id(70), title: "出租承包科室".into(), origin };
    for origin in ClueOrigin::ALL {
        let free = expect!["proposed"];
        let want = if origin == ClueOrigin::Patrol { &want } else { &free };
        propose(|d, f| (d.cause = from(origin), full(f)).0, want);
    }
    propose(|_, f| f.frequency = None, &expect!["proposed"]);
    // Another task of the same subject was approved meanwhile.
    let mut later = facts();
    full(&mut later);
    let told = told(proposed().apply(Action::Approve, &head(), &later));
    assert!(told.starts_with("over_cap 国办发〔2024〕54号"), "{told}");
}

#[test]
fn a_proposal_names_all_its_faults_at_once() {
    propose(
        |d, _| {
            d.items = vec![];
            d.planned = day("2026-11-01");
            d.exceed_reason = Some("\u{0}".into());
        },
        &expect![[r"
            超频次理由：“□”含有不可显示的控制字符。请删除后重新填写
            检查事项：没有选择。请至少选择一个检查事项
            计划检查日期：“2026-11-01”早于今天。请选择今天或之后的日期"]],
    );
}

#[test]
fn four_eyes_see_an_approval() {
    let both = actor(1, &[Role::Head, Role::Handler], None);
    check(proposed(), Action::Approve, &both, &expect!["own_proposal  拟定人不得批准自己拟定的检查任务"]);
    let goes_too = actor(20, &[Role::Head], Some(2));
    let want = expect!["own_inspection 行政处罚法第57条 检查人员不得审批本人承担的检查任务"];
    check(proposed(), Action::Approve, &goes_too, &want);
    check(proposed(), Action::Approve, &inspector(3), &expect!["may_not  您的岗位没有“批准检查任务”权限"]);
    check(proposed(), Action::Return { reason: " ".into() }, &head(), &expect!["退回理由：没有填写。请填写退回理由"]);
    check(proposed(), begin(), &inspector(1), &expect!["not_open  任务当前为“待批准”，不能“开始检查”"]);
}

#[test]
fn a_visit_begins_with_certificates_shown_by_an_officer_of_the_task() {
    let hidden = Action::Begin { certificates_shown: false, place: "一楼".into(), device_at: None };
    let want = expect!["certificate_not_shown 行政处罚法第55条 开始检查前应当主动出示执法证件"];
    check(approved(), hidden, &inspector(1), &want);
    check(approved(), begin(), &inspector(3), &expect!["not_assigned  您不是本任务的检查人员"]);
    let nowhere = Action::Begin { certificates_shown: true, place: String::new(), device_at: None };
    check(approved(), nowhere, &inspector(1), &expect!["检查地点：没有填写。请填写检查地点"]);
}

#[test]
fn answers_are_complete_and_fit_the_result() {
    let i = inspector(1);
    let want = expect!["unanswered  还有2个项目没有填写：医疗机构资质管理、卫生技术人员管理"];
    check(on_site(), record(Outcome::NoProblem), &i, &want);
    let bad = [
        ("YL09".to_owned(), Answer::Conforms),
        ("YL01".to_owned(), Answer::NotApplicable { reason: String::new() }),
        (
            "YL02".to_owned(),
            Answer::Violates { facts: " ".into(), violation: None, correct_by: Some(day("2026-10-31")) },
        ),
    ];
    check(
        on_site(),
        Action::Answer { answers: bad.into() },
        &i,
        &expect![[r"
            医疗机构资质管理：不适用原因：没有填写。请填写医疗机构资质管理：不适用原因
            卫生技术人员管理：违法事实：没有填写。请填写卫生技术人员管理：违法事实
            卫生技术人员管理：改正期限：“2026-10-31”早于检查当日。请填写检查当日或之后的日期
            检查事项：“YL09”不在本次检查事项内。请按检查表填写"]],
    );
    let rows = [
        (violates(), Outcome::NoProblem, "contradiction  检查结果“未发现问题”与检查表不符：检查表中有“不符合”的项目"),
        (Answer::Conforms, Outcome::NoProblem, "recorded"),
        (
            Answer::Conforms,
            Outcome::OrderedCorrection,
            "contradiction  检查结果“发现问题已责令改正”与检查表不符：检查表中没有“不符合”的项目",
        ),
        (violates(), Outcome::OrderedCorrection, "recorded"),
        (violates(), Outcome::ToBeHandled, "recorded"),
        (
            Answer::Conforms,
            Outcome::ToBeHandled,
            "contradiction  检查结果“发现问题待后续处理”与检查表不符：检查表中没有“不符合”的项目",
        ),
        (violates(), Outcome::Refused, "recorded"),
        (
            violates(),
            Outcome::NotPractised,
            "contradiction  检查结果“未发现开展本次抽查涉及的经营活动”与检查表不符：检查表中有“不符合”的项目",
        ),
        (Answer::Conforms, Outcome::NotPractised, "recorded"),
        (
            Answer::Conforms,
            Outcome::NotReachable,
            "contradiction  检查结果“通过登记住所无法联系”与检查表不符：检查表中有现场查看的结论",
        ),
        (violates(), Outcome::ClosedDown, "contradiction  检查结果“已关闭停业”与检查表不符：检查表中有现场查看的结论"),
    ];
    for (answer, outcome, want) in rows {
        let task = go(on_site(), &[(answers(answer), i.clone())]);
        assert_eq!(told(task.apply(record(outcome), &i, &facts())), want);
    }
    let skipped = |a: fn(String) -> Answer| a("当日未开诊".into());
    let none = [
        ("YL01".to_owned(), skipped(|reason| Answer::NotChecked { reason })),
        ("YL02".to_owned(), skipped(|reason| Answer::NotApplicable { reason })),
    ];
    let task = go(on_site(), &[(Action::Answer { answers: none.into() }, i.clone())]);
    let want = expect!["contradiction  检查结果“未发现问题”与检查表不符：检查表中没有一项“符合”"];
    check(task, record(Outcome::NoProblem), &i, &want);
}

#[test]
fn each_signs_once_and_the_party_signs_or_refuses() {
    let (one, two) = (inspector(1), inspector(2));
    let open = recorded(violates(), Outcome::Refused);
    let signed = go(open.clone(), &[(Action::Sign, one.clone())]);
    check(signed.clone(), Action::Sign, &one, &expect!["already_signed  您已经签名"]);
    check(signed.clone(), Action::Sign, &inspector(3), &expect!["not_assigned  您不是本任务的检查人员"]);
    assert!(!signed.open_actions(&one).contains(&"sign") && signed.open_actions(&two).contains(&"sign"));
    let absent = Action::SignParty { party: Party::Absent { reason: "无人".into() } };
    let want = expect!["not_absent  检查结果为“不配合检查情节严重”，现场有人，不能记为无人在场"];
    check(signed.clone(), absent, &one, &want);
    let refuse = |witness: &str| Action::SignParty {
        party: Party::Refused { reason: "对记录有异议".into(), witness: witness.into() },
    };
    check(signed.clone(), refuse(""), &one, &expect!["见证人：没有填写。请填写见证人"]);
    let refused = go(signed, &[(refuse("社区工作人员"), one.clone())]);
    check(refused.clone(), party(), &one, &expect!["party_recorded  被检查人的签名情况已经记录"]);
    check(refused.clone(), Action::Submit, &one, &expect!["not_open  任务当前为“待签名”，不能“提交检查结果”"]);
    check(refused, Action::Sign, &two, &expect!["signed"]);
}

#[test]
fn findings_are_numbered_and_settled_once() {
    let none = Facts { findings: vec![], ..facts() };
    let task = signed(violates(), Outcome::OrderedCorrection);
    let want = "findings_unnumbered  检查发现1个问题，只准备了0个编号";
    assert_eq!(told(task.clone().apply(Action::Submit, &inspector(1), &none)), want);
    let task = go(task, &[(Action::Submit, inspector(1))]);
    let settle = Action::SettleFinding { finding: id(61) };
    check(task.clone(), settle, &inspector(1), &expect!["not_a_finding  该问题不属于本任务，或者已经办结"]);
    assert!(task.open_actions(&inspector(1)).is_empty(), "settling follows from the finding");
}

#[test]
fn an_officer_is_replaced_with_a_reason_by_the_head() {
    let replace = |officer, replacement, reason: &str| Action::ReplaceOfficer {
        officer: id(officer),
        replacement: id(replacement),
        reason: reason.into(),
    };
    check(approved(), replace(2, 3, "因病请假"), &head(), &expect!["approved"]);
    check(approved(), replace(2, 3, ""), &head(), &expect!["更换理由：没有填写。请填写更换理由"]);
    check(approved(), replace(2, 1, "因病请假"), &head(), &expect!["officer_twice  监督员一被重复选择"]);
    check(
        approved(),
        replace(3, 4, "因病请假"),
        &head(),
        &expect!["unknown_officer  检查人员名录库中没有所选的监督员"],
    );
    check(approved(), replace(2, 3, "因病请假"), &inspector(1), &expect!["may_not  您的岗位没有“批准检查任务”权限"]);
    check(proposed(), replace(2, 3, "因病请假"), &head(), &expect!["not_open  任务当前为“待批准”，不能“更换监督员”"]);
}

use super::*;
use crate::task::tests::{actor, day, head, id, now};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::Rate;
use xingjian_draw::base::{FIRST_LINE, Seat, Stratum};
use xingjian_draw::floor::{FloorError, Reached};
use xingjian_kernel::{Actor, Fault, LocalDate, Refusal, Role};
use xingjian_testkit::diagram;

pub(super) fn rate(percent: u16) -> Rate {
    Rate::from_percent(percent).unwrap()
}

/// A task over the whole city with seats of the health department.
pub(super) fn task(name: &str, from: &str, until: &str) -> PlannedTask {
    let health = || DepartmentId::new("health");
    let seat = || Seat { department: health(), specialty: None };
    let stratum = |(grade, percent): (&str, u16)| Stratum {
        grade: grade.into(),
        risk: String::new(),
        rate: rate(percent),
        at_least: 0,
    };
    PlannedTask {
        number: String::new(),
        name: name.into(),
        range: Range { divisions: vec!["4404".parse().unwrap()], categories: vec![], levelled: false },
        rules: Rules {
            period: (day(from), day(until)),
            strata: [("A", 20), ("B", 20)].map(stratum).to_vec(),
            seats: BTreeMap::from([("医院".to_owned(), vec![seat(), seat()])]),
            items: BTreeMap::from([(health(), vec!["YL01".to_owned()])]),
            crossing: false,
            first_line: Rate::from_ppm(FIRST_LINE).unwrap(),
            most: None,
            leave_days: 5,
        },
        beyond_drawn: false,
        sealed: false,
    }
}

fn pack() -> Pack {
    Pack {
        rates: BTreeMap::from([("A".to_owned(), rate(5)), ("B".to_owned(), rate(10))]),
        items: ["YL01".to_owned()].into(),
        departments: [DepartmentId::new("health"), DepartmentId::new("insurance")].into(),
        officers: 2,
        first_line: rate(70),
        leave_days: 5,
        floor: rate(20),
    }
}

fn proof() -> Proof {
    let strata = vec![Reached { stratum: "A/".into(), objects: 10, at_least: 2 }];
    Proof { floor: rate(20), needed: 2, reached: 2, strata }
}

fn facts() -> Facts {
    Facts { now: now(), pack: pack(), unmet: vec![], proof: Some(Ok(proof())) }
}

fn inspector(n: u8) -> Actor {
    actor(n, &[Role::Inspector], Some(n))
}

fn plan() -> Plan {
    Plan::draw_up(id(1), (2026, "2026年度抽查计划"), "4404".parse().unwrap(), &inspector(1), now()).unwrap()
}

fn add(name: &str) -> Action {
    Action::AddTask { task: task(name, "2026-11-03", "2026-11-30") }
}

/// A plan after steps that must succeed.
fn go(plan: Plan, steps: &[(Action, Actor)]) -> Plan {
    steps.iter().fold(plan, |plan, (action, by)| {
        plan.apply(action.clone(), by, &facts()).unwrap_or_else(|e| panic!("{}: {e}", action.name()))
    })
}

fn approved() -> Plan {
    go(plan(), &[(add("一"), inspector(1)), (Action::Approve, head())])
}

fn revise() -> Action {
    Action::Revise { reason: "机构数量变化".into() }
}

/// What the person reads.
fn told(plan: Plan, action: Action, by: &Actor, facts: &Facts) -> String {
    match plan.apply(action, by, facts) {
        Ok(plan) => plan.state.name().into(),
        Err(TransitionError::Invalid(faults)) => faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        Err(e) => {
            let refusal = Refusal::from(e);
            format!("{} {}", refusal.code, refusal.message)
        }
    }
}

#[test]
fn the_diagram_is_the_table() {
    assert_eq!(diagram::transitions("plan"), diagram::table(TRANSITIONS));
    assert_eq!(diagram::finals("plan"), State::FINAL.iter().map(|s| (*s).to_owned()).collect());
}

#[test]
fn every_state_and_action_has_a_name_on_screen() {
    for (from, action, to) in TRANSITIONS {
        assert!(State::NAMES.contains(from) && State::NAMES.contains(to));
        assert!(!state_label(from).is_empty() && !action_label(action).is_empty());
    }
}

#[test]
fn tasks_stand_in_the_order_of_the_year_and_keep_their_numbers() {
    let early = Action::AddTask { task: task("早", "2026-03-01", "2026-03-31") };
    let plan = go(plan(), &[(add("晚"), inspector(1)), (early, inspector(2))]);
    let numbers: Vec<_> = plan.tasks.iter().map(|task| (task.number.as_str(), task.name.as_str())).collect();
    assert_eq!(numbers, [("2026-02", "早"), ("2026-01", "晚")]);
    let plan = go(plan, &[(Action::Approve, head()), (revise(), inspector(1))]);
    let remove = Action::RemoveTask { number: "2026-02".into() };
    let plan = go(plan, &[(remove, inspector(1)), (add("新"), inspector(1))]);
    let numbers: Vec<_> = plan.tasks.iter().map(|task| task.number.as_str()).collect();
    assert_eq!(numbers, ["2026-01", "2026-03"], "a number that was approved is not given again");
    assert_eq!(plan.tasks_in_force().len(), 2, "the version in force is as it was");
    assert_eq!(plan.tasks_in_force()[0].number, "2026-02");
}

#[test]
fn whoever_had_a_hand_in_it_does_not_approve() {
    let both = actor(9, &[Role::Handler, Role::Head], None);
    let drawn = go(plan(), &[(add("一"), both.clone())]);
    assert_eq!(
        told(drawn.clone(), Action::Approve, &both, &facts()),
        "own_proposal 拟定人不得批准自己拟定的年度抽查计划"
    );
    assert_eq!(told(drawn.clone(), Action::Approve, &inspector(1), &facts()), "may_not 您的岗位没有“批准检查任务”权限");
    let other = Actor { department: DepartmentId::new("insurance"), ..head() };
    let why = "other_department 该计划由牵头部门办理，其他参与部门只能查看";
    assert_eq!(told(drawn.clone(), Action::Approve, &other, &facts()), why);
    assert_eq!(told(drawn.clone(), add("二"), &head(), &facts()), "may_not 您的岗位没有“拟定检查任务”权限");
    assert_eq!(told(drawn, Action::Approve, &head(), &facts()), "approved");
    let again = go(approved(), &[(revise(), both.clone()), (add("二"), inspector(2))]);
    assert_eq!(
        told(again.clone(), Action::Approve, &both, &facts()),
        "own_proposal 拟定人不得批准自己拟定的年度抽查计划"
    );
    let again = go(again, &[(Action::Approve, head())]);
    assert_eq!(again.versions.iter().map(|v| (v.number, v.tasks.len())).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    assert_eq!(again.versions[1].reason, "机构数量变化");
}

#[test]
fn a_revision_changes_something_or_is_given_up() {
    let plan = go(approved(), &[(revise(), inspector(1))]);
    assert_eq!(told(plan.clone(), Action::Approve, &head(), &facts()), "unchanged 修订没有改动任何抽查任务");
    let changed = go(plan, &[(add("二"), inspector(1)), (Action::Abandon, inspector(2))]);
    assert_eq!(changed, Plan { hands: changed.hands.clone(), ..approved() });
}

#[test]
fn a_plan_below_the_floor_is_refused_with_its_numbers() {
    let drawn = go(plan(), &[(add("一"), inspector(1))]);
    let short = Proof {
        needed: 2,
        reached: 1,
        strata: vec![Reached { stratum: "A/".into(), objects: 10, at_least: 1 }],
        ..proof()
    };
    let facts = Facts { proof: Some(Err(FloorError::Short(short))), ..facts() };
    assert_eq!(
        told(drawn.clone(), Action::Approve, &head(), &facts),
        "below_floor 年度计划至少抽到1家，低于下限20%（10家中的2家），还差1家。各层至少抽到：A/ 1/10。请提高比例或者增加抽查"
    );
    let unmet =
        vec![Fault::new("2026-01 检查组席位", "基层医疗卫生机构", "抽查范围内有3家，检查组却没有席位", "请补充席位")];
    let facts = Facts { unmet, ..facts };
    assert!(told(drawn, Action::Approve, &head(), &facts).starts_with("2026-01 检查组席位：“基层医疗卫生机构”"));
    assert_eq!(told(plan(), Action::Approve, &head(), &facts), "no_tasks 计划中没有抽查任务");
}

#[test]
fn all_faults_of_a_task_are_shown_at_once() {
    let mut wrong = task(" ", "2026-12-02", "2026-12-01");
    wrong.range =
        Range { divisions: vec!["4401".parse().unwrap()], categories: vec!["医院".into()], levelled: false };
    wrong.rules.strata[0].rate = rate(4);
    wrong.rules.strata[1].grade = "X".into();
    wrong.rules.first_line = rate(60);
    wrong.rules.seats.values_mut().for_each(|seats| drop(seats.pop()));
    wrong.rules.items = BTreeMap::from([(DepartmentId::new("insurance"), vec!["YB99".to_owned()])]);
    let faults = told(plan(), Action::AddTask { task: wrong }, &inspector(1), &facts());
    expect_test::expect![[r#"
        任务名称：没有填写。请填写任务名称
        抽查范围：“4401”不在计划所在的区划内。请改选本地的区划
        机构类别：“医院”不是机构类别代码（WS 218）。请填写类别代码的开头，例如 A、D1、A100
        抽查比例：“A级 4%”低于政策包规定的5%。请提高比例
        抽查比例：“B”没有填写。请填写10%以上的比例
        抽查比例：“X”不是信用等级。请按信用等级填写比例
        一线监督员占比：“60%”低于政策包规定的70%。请提高占比
        检查事项：“YB99”不在现行检查事项清单内。请从清单中选择
        检查组席位：“医院”1个席位，少于政策包规定的2人。请增加席位
        检查期间：“2026-12-02至2026-12-01”结束早于开始。请调整起止日期
        检查组席位：“医院”1个席位，执法人员不得少于2人（行政处罚法第42条）。请增加席位
        检查组席位：“医院”部门“insurance”有检查事项，检查组中却没有它的席位。请为参加联合抽查的每个部门设席位
        一线监督员占比：“60%”一线监督员占比不得低于70%。请调整为70%以上"#]]
    .assert_eq(&faults);
    let next_year = Action::AddTask { task: task("一", "2026-12-02", "2027-01-10") };
    let told = told(plan(), next_year, &inspector(1), &facts());
    assert_eq!(told, "检查期间：“2026-12-02至2027-01-10”不在2026年内。请调整起止日期");
}

fn any_action() -> impl Strategy<Value = Action> {
    let number = || prop_oneof![Just("2026-01"), Just("2026-02"), Just("2026-07")].prop_map(str::to_owned);
    prop_oneof![
        "[ 甲]{0,2}".prop_map(|name| add(&name)),
        (number(), 1u8..12).prop_map(|(number, month)| {
            let day = |d| LocalDate::new(2026, i8::try_from(month).unwrap(), d).unwrap();
            let mut task = PlannedTask { number, ..task("改", "2026-11-03", "2026-11-30") };
            task.rules.period = (day(1), day(20));
            Action::ChangeTask { task }
        }),
        number().prop_map(|number| Action::RemoveTask { number }),
        Just(Action::Approve),
        "[ 甲]{0,2}".prop_map(|reason| Action::Revise { reason }),
        Just(Action::Abandon),
    ]
}

proptest! {
    #[test]
    fn a_random_walk_stays_on_the_diagram(steps in proptest::collection::vec((any_action(), 0usize..5), 1..80)) {
        let allowed = diagram::table(TRANSITIONS);
        let other = Actor { department: DepartmentId::new("insurance"), ..inspector(4) };
        let cast = [inspector(1), inspector(2), head(), other, actor(9, &[Role::GridWorker], None)];
        let mut plan = plan();
        for (action, who) in steps {
            let (from, name) = (plan.state.name(), action.name());
            let open = plan.open_actions(&cast[who]).contains(&name);
            let before = plan.versions.clone();
            if let Ok(next) = plan.clone().apply(action, &cast[who], &facts()) {
                prop_assert!(open, "{name} was possible but had no button");
                prop_assert!(allowed.contains(&(from.into(), name.into(), next.state.name().into())));
                prop_assert!(next.versions.starts_with(&before), "what was approved stays as it was");
                let numbers: BTreeSet<_> = next.tasks.iter().map(|task| &task.number).collect();
                prop_assert_eq!(numbers.len(), next.tasks.len());
                if let State::Approved { .. } = next.state {
                    prop_assert_eq!(next.tasks_in_force(), &next.tasks[..]);
                }
                plan = next;
            }
            prop_assert!(cast.iter().any(|actor| !plan.open_actions(actor).is_empty()));
        }
    }
}

/// Every line of the table is walked once, so that none is only drawn.
#[test]
fn every_transition_can_be_taken() {
    let remove = |number: &str| Action::RemoveTask { number: number.into() };
    let change = || Action::ChangeTask {
        task: PlannedTask { number: "2026-01".into(), ..task("改", "2026-11-03", "2026-11-30") },
    };
    let one = inspector(1);
    let story = [
        (add("一"), one.clone()),
        (add("二"), one.clone()),
        (change(), one.clone()),
        (remove("2026-02"), one.clone()),
        (Action::Approve, head()),
        (revise(), one.clone()),
        (Action::Abandon, one.clone()),
        (revise(), one.clone()),
        (add("二"), one.clone()),
        (change(), one.clone()),
        (remove("2026-01"), one.clone()),
        (Action::Approve, head()),
    ];
    let mut plan = plan();
    let mut taken = BTreeSet::new();
    for (action, by) in story {
        let (from, name) = (plan.state.name(), action.name());
        plan = plan.apply(action, &by, &facts()).unwrap();
        taken.insert((from.to_owned(), name.to_owned(), plan.state.name().to_owned()));
    }
    assert_eq!(taken, diagram::table(TRANSITIONS));
}

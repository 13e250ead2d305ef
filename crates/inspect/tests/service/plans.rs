use crate::bases::{place, task};
use crate::cast::{Cast, details, refused};
use std::collections::BTreeMap;
use xingjian_draw::Rate;
use xingjian_draw::base::{Seat, Stratum};
use xingjian_inspect::plan::service::{act, draw_up, outlook, public_list, task as planned};
use xingjian_inspect::plan::{Action, Plan, PlannedTask, PublicPlan, Range, decimal};
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_registry::institution::Details;
use xingjian_store::{Ctx, Failure, Reading, Stored, records};
use xingjian_testkit::both_databases;

fn hospital(name: &str) -> Details {
    Details { category: Some("A100".into()), level: Some("二级甲等".into()), ..details(name) }
}

/// Five hospitals with a level, each rate the same, hospitals only.
async fn city(it: &Cast) {
    for name in ["演示一院", "演示二院", "演示三院", "演示四院", "演示五院"] {
        place(it, hospital(name), true).await;
    }
}

fn over_hospitals(percent: u16) -> PlannedTask {
    let seat = |of: &str| Seat { department: DepartmentId::new(of), specialty: None };
    let rate = |grade: &str, percent| Stratum {
        grade: grade.into(),
        risk: String::new(),
        rate: Rate::from_percent(percent).unwrap(),
        at_least: 0,
    };
    let mut task = task();
    task.range = Range { levelled: true, categories: vec!["A".into()], ..task.range };
    task.rules.strata = vec![rate("A", percent), rate("B", 30), rate("C", 50), rate("D", 100)];
    task.rules.seats = BTreeMap::from([("医院".to_owned(), vec![seat("health"), seat("health")])]);
    task
}

async fn go(it: &Cast, id: PlanId, by: &Ctx, action: Action) -> Result<Stored<Plan>, Failure> {
    let seen = records::must::<Plan>(&it.head, id).await.unwrap().version;
    act(by, id, seen, action).await
}

both_databases! {
    async fn a_plan_is_drawn_up_approved_and_public(world: World) {
        let it = Cast::new(world).await;
        city(&it).await;
        let id = draw_up(&it.one, 2026, "2026年度抽查计划").await.unwrap();
        go(&it, id, &it.one, Action::AddTask { task: over_hospitals(10) }).await.unwrap();
        assert_eq!(
            refused(go(&it, id, &it.head, Action::Approve).await),
            "below_floor  年度计划至少抽到0家，低于下限20%（5家中的1家），还差1家。各层至少抽到：A/ 0/5。请提高比例或者增加抽查"
        );
        let none = planned(&mut Reading::Outside, &it.one, id, "2026-01").await;
        assert!(refused(none).starts_with("plan_not_approved"));
        let better = PlannedTask { number: "2026-01".into(), ..over_hospitals(30) };
        go(&it, id, &it.one, Action::ChangeTask { task: better }).await.unwrap();
        assert!(public_list(&it.world.app).await.unwrap().is_empty(), "a draft is not public");

        let plan = records::must::<Plan>(&it.one, id).await.unwrap();
        let (seen, _) = outlook(&it.one, &plan).await.unwrap();
        let told = (seen.tasks[0].objects(), decimal(seen.tasks[0].expected()), seen.tasks[0].least());
        assert_eq!((told, seen.tasks[0].excluded), ((5, "1.5".to_owned(), 1), 1));

        let approved = go(&it, id, &it.head, Action::Approve).await.unwrap();
        let proof = &approved.in_force().unwrap().proof;
        assert_eq!((proof.needed, proof.reached), (1, 1));
        let (_, drawn) = planned(&mut Reading::Outside, &it.one, id, "2026-01").await.unwrap();
        assert_eq!(drawn.rules.strata[0].rate, Rate::from_percent(30).unwrap());

        go(&it, id, &it.one, Action::Revise { reason: "提高比例".into() }).await.unwrap();
        let more = PlannedTask { number: "2026-01".into(), ..over_hospitals(60) };
        go(&it, id, &it.one, Action::ChangeTask { task: more }).await.unwrap();
        let (_, drawn) = planned(&mut Reading::Outside, &it.one, id, "2026-01").await.unwrap();
        assert_eq!(drawn.rules.strata[0].rate, Rate::from_percent(30).unwrap(), "until it is approved");
        go(&it, id, &it.head, Action::Approve).await.unwrap();

        let public = public_list(&it.world.app).await.unwrap();
        let texts: Vec<PublicPlan> =
            public.iter().map(|(_, row)| serde_json::from_value(row.data.clone()).unwrap()).collect();
        let told: Vec<_> = texts.iter().map(|text| (text.version, text.reason.as_str(), text.tasks[0].rates[0].1.as_str())).collect();
        assert_eq!(told, [(2, "提高比例", "60%"), (1, "", "30%")]);
        assert_eq!(texts[1].tasks[0].range, "珠海市医疗机构，类别代码以A开头，一级以上");
        assert_eq!(texts[1].tasks[0].items, [("珠海市卫生健康局".to_owned(), vec!["YL01 医疗机构资质管理".to_owned()])]);
        let words = String::from_utf8(public[0].1.event.clone()).unwrap();
        assert!(!words.contains("监督员甲") && !words.contains("负责人甲"), "no person is named");
    }

    async fn an_item_that_is_not_released_and_a_kind_without_seats_stop_a_plan(world: World) {
        let it = Cast::unreleased(world).await;
        city(&it).await;
        let id = draw_up(&it.one, 2026, "2026年度抽查计划").await.unwrap();
        go(&it, id, &it.one, Action::AddTask { task: over_hospitals(30) }).await.unwrap();
        assert!(refused(go(&it, id, &it.head, Action::Approve).await).starts_with("not_released"));
        xingjian_registry::release::release(&it.legal, "inspection_item", "YL01", "已核对原文").await.unwrap();
        let wide = PlannedTask { number: "2026-01".into(), range: task().range, ..over_hospitals(30) };
        go(&it, id, &it.one, Action::ChangeTask { task: wide }).await.unwrap();
        assert_eq!(
            refused(go(&it, id, &it.head, Action::Approve).await),
            "2026-01 检查组席位：“其他医疗卫生机构”抽查范围内有1家，检查组却没有席位。请补充席位，或者缩小抽查范围"
        );
    }

    async fn departments_that_take_part_see_it_and_the_leading_one_has_one_a_year(world: World) {
        let it = Cast::new(world).await;
        city(&it).await;
        let id = draw_up(&it.one, 2026, "2026年度抽查计划").await.unwrap();
        assert!(refused(draw_up(&it.two, 2026, "又一个").await).starts_with("plan_exists"));
        assert!(refused(draw_up(&it.one, 2024, "过去").await).starts_with("计划年度：“2024”不是今年或者明年"));
        let mut joint = over_hospitals(30);
        let insurance = DepartmentId::new("insurance");
        joint.rules.items.insert(insurance.clone(), vec!["YB01".into()]);
        joint.rules.seats.values_mut().for_each(|seats| {
            seats.push(Seat { department: insurance.clone(), specialty: None });
        });
        let plan = go(&it, id, &it.one, Action::AddTask { task: joint }).await.unwrap();
        assert_eq!((plan.tasks[0].kind(), plan.tasks[0].number.as_str()), ("跨部门联合", "2026-01"));
        let theirs = it.world.ctx_of("insurance", "医保监督员", &[Role::Inspector]);
        assert_eq!(records::must::<Plan>(&theirs, id).await.unwrap().tasks.len(), 1);
        let why = refused(go(&it, id, &theirs, Action::RemoveTask { number: "2026-01".into() }).await);
        assert!(why.starts_with("other_department"), "{why}");
        let early = act(&it.two, id, 1, Action::RemoveTask { number: "2026-01".into() }).await;
        assert_eq!(refused(early), "该记录刚刚被他人修改，请查看最新内容后再办理");
    }
}

use crate::cast::{Cast, day, details, inspector, officer_of, refused, violates};
use std::collections::BTreeMap;
use xingjian_credit::{event as credit_event, grade};
use xingjian_inspect::task::service::{NewTask, act, candidates, frequency, propose, propose_in};
use xingjian_inspect::task::{Action, Answer, Cause, ClueOrigin, Outcome, State, Task};
use xingjian_kernel::Role;
use xingjian_kernel::id::SignalId;
use xingjian_policy::GradeCause;
use xingjian_registry::institution;
use xingjian_registry::officer::{Recusal, Tie};
use xingjian_registry::release;
use xingjian_store::{ledger, records, tables};
use xingjian_testkit::both_databases;

both_databases! {
    async fn a_clean_inspection_runs_from_proposal_to_its_end(world: World) {
        let it = Cast::new(world).await;
        let id = propose(&it.one, it.new_task()).await.unwrap();
        assert_eq!(it.task(id).await.number(), None);
        it.go(id, &[(&it.head, Action::Approve)]).await;
        let task = it.task(id).await;
        assert_eq!(task.number(), Some("珠卫检通〔2026〕1号"));
        assert_eq!(task.subject_name, "演示口腔门诊部");
        assert_eq!(task.items[0].points.last().map(String::as_str), Some("未出租承包科室"));
        let task = it.inspected(id, Answer::Conforms, Outcome::NoProblem).await;
        assert_eq!((task.state.name(), task.state.findings().len()), ("closed", 0));
        let rows = ledger::of_resource(&it.head, tables::TASK, id).await.unwrap();
        let kinds: Vec<&str> = rows.iter().map(|r| r.kind.as_str()).collect();
        assert_eq!(kinds, [
            "task.proposed", "task.approved", "task.begun", "task.answered", "task.recorded", "task.signed",
            "task.signed", "task.party_signed", "task.submitted", "task.closed",
        ]);
        let last = rows.last().unwrap();
        assert_eq!((last.text.as_str(), &last.data["outcome"]), ("检查任务办结：未发现问题", &"no_problem".into()));
        assert!(rows.iter().all(|r| r.intact && r.subjects == [it.subject]));
    }

    async fn a_task_is_seen_by_its_department_and_never_by_the_inspected(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        assert!(records::get::<Task>(&it.one, id).await.unwrap().is_some());
        let other = it.world.ctx_of("insurance", "联络员甲", &[Role::Inspector]);
        assert!(records::get::<Task>(&other, id).await.unwrap().is_none());
        assert!(records::get::<Task>(&it.unit, id).await.unwrap().is_none());
        assert!(ledger::of_subject(&it.unit, it.subject, 50).await.unwrap().iter().all(|r| r.resource != "task"));
        let begin = Action::Begin { certificates_shown: true, place: "一楼".into(), device_at: None };
        assert_eq!(refused(act(&other, id, 2, begin).await), "没有找到该记录，或者您无权查看");
    }

    async fn the_version_that_was_seen_decides_between_two_people(world: World) {
        let it = Cast::new(world).await;
        let id = propose(&it.one, it.new_task()).await.unwrap();
        let seen = it.task(id).await.version;
        act(&it.head, id, seen, Action::Return { reason: "请补充事项".into() }).await.unwrap();
        let withdrawn = act(&it.one, id, seen, Action::Withdraw { reason: "重复".into() }).await;
        assert_eq!(refused(withdrawn), "该记录刚刚被他人修改，请查看最新内容后再办理");
        let again = Action::ProposeAgain {
            planned: day("2026-11-25"),
            items: vec!["YL01".into()],
            officers: vec![officer_of(&it.two.actor), officer_of(&it.three.actor)],
            exceed_reason: None,
        };
        let task = it.go(id, &[(&it.one, again), (&it.head, Action::Approve)]).await;
        assert_eq!((task.planned, task.officers[1].name.as_str()), (day("2026-11-25"), "监督员丙"));
    }

    async fn an_item_that_is_not_released_supports_no_inspection_and_burns_no_number(world: World) {
        let it = Cast::unreleased(world).await;
        let id = propose(&it.one, it.new_task()).await.unwrap();
        let told = refused(act(&it.head, id, 1, Action::Approve).await);
        assert!(told.starts_with("not_released  政策条目 inspection_item/YL01"), "{told}");
        release::release(&it.legal, "inspection_item", "YL01", "已核对原文").await.unwrap();
        let task = it.go(id, &[(&it.head, Action::Approve)]).await;
        assert_eq!(task.number(), Some("珠卫检通〔2026〕1号"));
    }

    async fn t24_counts_the_year_over_all_departments_and_lets_a_clue_pass(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        it.inspected(id, Answer::Conforms, Outcome::NoProblem).await;
        let (rate, counted) = frequency(&it.one, it.subject).await.unwrap().unwrap();
        assert_eq!((rate.grade.as_str(), rate.percent, counted.done, counted.cap), ("A", 5, 1, 1));
        let want = "over_cap 国办发〔2024〕54号 该对象本年度已检查1次，达到频次上限1次，须写明超频次检查的理由";
        assert_eq!(refused(propose(&it.one, it.new_task()).await), want);
        let reasoned = NewTask { exceed_reason: Some("上级部署专项复核".into()), ..it.new_task() };
        let id = propose(&it.one, reasoned).await.unwrap();
        assert_eq!(it.go(id, &[(&it.head, Action::Approve)]).await.state.approval().unwrap().frequency.unwrap().done, 1);
        // Next year counts anew.
        it.world.clock.set(day("2026-12-30"));
        let next_year = NewTask { planned: day("2027-01-04"), ..it.new_task() };
        let told = refused(propose(&it.one, next_year).await);
        assert!(told.starts_with("not_certified 行政处罚法第42条"), "the certificates end with the year: {told}");
        // A clue is free of the cap, but only a signal may bring one.
        let signal: SignalId = it.one.new_id();
        let cause = Cause::Signal { id: signal, title: "出租承包科室".into(), origin: ClueOrigin::Complaint };
        let clue = NewTask { cause, planned: day("2026-12-31"), ..it.new_task() };
        let told = refused(propose(&it.one, clue.clone()).await);
        assert_eq!(told, "检查来由：“出租承包科室”由线索引起。请在该线索中转现场检查");
        let mut tx = it.one.begin().await.unwrap();
        let id = propose_in(&mut tx, &it.one, clue).await.unwrap();
        tx.commit().await.unwrap();
        let rows = ledger::of_resource(&it.head, tables::TASK, id).await.unwrap();
        assert_eq!(rows[0].data["signal"], serde_json::json!(signal));
    }

    async fn t24_of_two_approvals_at_once_the_second_counts_the_first(world: World) {
        let it = Cast::new(world).await;
        let one = propose(&it.one, it.new_task()).await.unwrap();
        let two = propose(&it.one, NewTask { planned: day("2026-11-25"), ..it.new_task() }).await.unwrap();
        let (a, b) = tokio::join!(act(&it.head, one, 1, Action::Approve), act(&it.head, two, 1, Action::Approve));
        let mut told = [refused(a), refused(b)];
        told.sort_by_key(|text| text != "done");
        let over = "over_cap 国办发〔2024〕54号 该对象本年度已检查1次，达到频次上限1次，须写明超频次检查的理由";
        assert_eq!(told, ["done", over]);
        // The refused one goes back to be reasoned, and its number is not lost.
        let left = if it.task(one).await.state.name() == "proposed" { one } else { two };
        let again = Action::ProposeAgain {
            planned: day("2026-11-26"),
            items: vec!["YL01".into()],
            officers: vec![officer_of(&it.one.actor), officer_of(&it.two.actor)],
            exceed_reason: Some("上级部署专项复核".into()),
        };
        let back = Action::Return { reason: "请写明超频次理由".into() };
        let task = it.go(left, &[(&it.head, back), (&it.one, again), (&it.head, Action::Approve)]).await;
        assert_eq!(task.number(), Some("珠卫检通〔2026〕2号"));
    }

    async fn a_plan_has_a_name(world: World) {
        let it = Cast::new(world).await;
        for name in ["", " \n", "计划\0", &"长".repeat(101)] {
            let new = NewTask { cause: Cause::Plan { name: name.into() }, ..it.new_task() };
            let told = refused(propose(&it.one, new).await);
            assert!(told.starts_with("计划名称：") && told.contains("请填写年度抽查计划"), "{told}");
        }
        let new = NewTask { cause: Cause::Plan { name: " 专项检查 ".into() }, ..it.new_task() };
        let id = propose(&it.one, new).await.unwrap();
        assert_eq!(it.task(id).await.cause, Cause::Plan { name: "专项检查".into() });
    }

    async fn t26_a_registered_ground_keeps_an_officer_out(world: World) {
        let it = Cast::new(world).await;
        let reason = "配偶在该机构任职";
        let related = inspector(&it.world, "监督员丁", &[Recusal { subject: it.subject, tie: Tie::Kin, reason: reason.into() }]).await;
        let officers = vec![officer_of(&it.one.actor), officer_of(&related.actor)];
        let told = refused(propose(&it.one, NewTask { officers, ..it.new_task() }).await);
        assert_eq!(told, "recused 行政处罚法第43条 监督员丁应当回避：配偶在该机构任职");
        let offered = candidates(&it.one, it.subject, day("2026-11-24"), &BTreeMap::new()).await.unwrap();
        let blocked: Vec<_> = offered.iter().filter_map(|c| c.blocked.as_deref()).collect();
        assert_eq!((offered.len(), blocked), (4, vec!["监督员丁应当回避：配偶在该机构任职"]));
        let alone = NewTask { officers: vec![officer_of(&it.one.actor)], ..it.new_task() };
        let want = "too_few_officers 行政处罚法第42条 执法人员不得少于两人，目前只有1人";
        assert_eq!(refused(propose(&it.one, alone).await), want);
    }

    async fn an_approved_inspection_that_did_not_begin_is_cancelled_by_a_head(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        let cancel = |reason: &str| Action::Cancel { reason: reason.into() };
        let seen = it.task(id).await.version;
        assert_eq!(refused(act(&it.one, id, seen, cancel("机构停业")).await), "您的岗位没有“批准检查任务”权限");
        let told = refused(act(&it.head, id, seen, cancel(" ")).await);
        assert!(told.starts_with("取消理由"), "{told}");
        let task = it.go(id, &[(&it.head, cancel("机构已经停业，无须检查"))]).await;
        assert_eq!((task.state.name(), task.number()), ("cancelled", Some("珠卫检通〔2026〕1号")));
        assert!(task.open_actions(&it.head.actor).is_empty());
        let counted = frequency(&it.one, it.subject).await.unwrap().unwrap().1;
        assert_eq!(counted.done, 0, "what was not held does not count");
        let begun = it.approved().await;
        let begin = Action::Begin { certificates_shown: true, place: "一楼".into(), device_at: None };
        let begun = it.go(begun, &[(&it.one, begin)]).await;
        let told = refused(act(&it.head, begun.id, begun.version, cancel("改期")).await);
        assert!(told.starts_with("not_open"), "{told}");
    }

    async fn t23_a_grid_worker_is_told_why(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        let grid = it.world.ctx("网格员甲", &[Role::GridWorker]);
        let begin = Action::Begin { certificates_shown: true, place: "一楼".into(), device_at: None };
        let told = refused(act(&grid, id, it.task(id).await.version, begin).await);
        assert!(told.starts_with("grid_worker 国办发〔2024〕54号"), "{told}");
        assert_eq!(refused(propose(&grid, it.new_task()).await), "您的岗位没有“拟定检查任务”权限");
        assert_eq!(it.task(id).await.state.name(), "approved");
    }

    async fn unknown_items_violations_and_places_are_named(world: World) {
        let it = Cast::new(world).await;
        let items = vec!["YL01".into(), "YL99".into(), "XX".into()];
        let told = refused(propose(&it.one, NewTask { items, ..it.new_task() }).await);
        assert_eq!(told.lines().count(), 2, "{told}");
        let registrar = it.world.ctx("登记员甲", &[Role::Registrar]);
        let mut far = details("演示外市诊所");
        far.division = "440103".parse().unwrap();
        let far = institution::register(&registrar, far, true).await.unwrap().subject();
        let told = refused(propose(&it.one, NewTask { subject: far, ..it.new_task() }).await);
        assert_eq!(told, "没有找到该记录，或者您无权查看");
        let id = it.approved().await;
        let begin = Action::Begin { certificates_shown: true, place: "一楼".into(), device_at: None };
        let version = it.go(id, &[(&it.one, begin)]).await.version;
        let answers = BTreeMap::from([("YL01".to_owned(), violates(Some("YL-999")))]);
        let told = refused(act(&it.one, id, version, Action::Answer { answers }).await);
        assert_eq!(told, "案由：“YL-999”不在现行案由库内。请从案由库中选择，或者暂不填写");
    }

    async fn a_refused_inspection_costs_the_grade(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        let answer = Answer::NotChecked { reason: "负责人拒绝打开诊室".into() };
        it.inspected(id, answer, Outcome::Refused).await;
        let events = credit_event::all_of(&it.head, it.subject).await.unwrap();
        assert_eq!(events.iter().map(|e| e.cause).collect::<Vec<_>>(), [GradeCause::RefusedInspection]);
        assert_eq!(grade::of(&it.head, &it.subject, day("2026-11-24")).await.unwrap().grade, "D");
    }

    async fn officers_change_only_through_the_head_and_on_record(world: World) {
        let it = Cast::new(world).await;
        let id = it.approved().await;
        let two = officer_of(&it.two.actor);
        let ground = Action::DeclareRecusal { officer: two, ground: "近亲属任职".into(), by_party: false };
        let decide = Action::DecideRecusal {
            officer: two,
            granted: true,
            reason: "情况属实".into(),
            replacement: Some(officer_of(&it.three.actor)),
        };
        let task = it.go(id, &[(&it.two, ground), (&it.head, decide)]).await;
        assert!(matches!(task.state, State::Approved { .. }));
        assert_eq!(task.officers.iter().map(|o| o.name.as_str()).collect::<Vec<_>>(), ["监督员甲", "监督员丙"]);
        let rows = ledger::of_resource(&it.head, tables::TASK, id).await.unwrap();
        let told: Vec<&str> = rows[2..].iter().map(|r| r.text.as_str()).collect();
        assert_eq!(told, ["本人申请监督员乙回避：近亲属任职", "决定回避：监督员乙，情况属实，由监督员丙接替"]);
    }
}

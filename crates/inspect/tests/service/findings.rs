use crate::cast::{Cast, day, officer_of, refused, violates};
use xingjian_credit::event as credit_event;
use xingjian_enforce::case::{Action as CaseAct, Case, LeavingGround, service as cases};
use xingjian_inspect::finding::service::{Filing, act, file_case};
use xingjian_inspect::finding::{Action, Finding, Measure};
use xingjian_inspect::task::{self, Answer, Outcome, service};
use xingjian_kernel::id::FindingId;
use xingjian_policy::GradeCause;
use xingjian_registry::release;
use xingjian_store::papers::{self, Paper};
use xingjian_store::{Ctx, ledger, records, tables};
use xingjian_testkit::both_databases;

fn submit(text: &str) -> Action {
    Action::Submit { text: text.into(), evidence: vec!["解除承包协议".into()] }
}

impl Cast {
    /// An inspection that found one thing.
    async fn found(&self) -> FindingId {
        let id = self.approved().await;
        let task = self.inspected(id, violates(Some("YL-003")), Outcome::OrderedCorrection).await;
        task.state.findings()[0]
    }

    fn filing(&self, violation: Option<&str>) -> Filing {
        Filing {
            violation: violation.map(str::to_owned),
            began: day("2026-06-01"),
            ended: Some(day("2026-11-23")),
            harmed_health: false,
            summary: "2026年11月23日检查发现口腔科由外单位人员承包经营".into(),
            handlers: vec![officer_of(&self.one.actor), officer_of(&self.two.actor)],
        }
    }

    /// What weighs on the institution's credit now.
    async fn weighs(&self) -> Vec<GradeCause> {
        let events = credit_event::all_of(&self.head, self.subject).await.unwrap();
        events.iter().filter(|event| event.withdrawn.is_none()).map(|event| event.cause).collect()
    }

    /// A re-check entered by the first officer and confirmed by the second.
    async fn rechecked(&self, id: FindingId, action: Action) -> &'static str {
        self.step(&self.one, id, action).await;
        self.step(&self.two, id, Action::Confirm).await
    }

    async fn step(&self, ctx: &Ctx, id: FindingId, action: Action) -> &'static str {
        let seen = records::must::<Finding>(&self.head, id).await.unwrap().version;
        act(ctx, id, seen, action).await.unwrap().state.name()
    }
}

both_databases! {
    async fn a_finding_is_corrected_and_closes_its_task(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        let finding = records::must::<Finding>(&it.unit, id).await.unwrap();
        let order = finding.state.order();
        assert_eq!((order.number.as_str(), order.due.due), ("珠卫医改〔2026〕1号", day("2026-12-23")));
        assert_eq!((finding.notice.as_str(), finding.overdue(day("2026-12-25"))), ("珠卫检通〔2026〕1号", Some(2)));
        assert_eq!(it.step(&it.unit, id, submit("已解除承包协议")).await, "submitted");
        it.world.clock.set(day("2026-12-01"));
        let with = officer_of(&it.two.actor);
        assert_eq!(it.rechecked(id, Action::Fail { with, facts: "仍在承包".into(), correct_by: None }).await, "ordered");
        let again = records::must::<Finding>(&it.unit, id).await.unwrap();
        assert_eq!(again.state.order().number, "珠卫医改〔2026〕2号");
        for reader in [&it.unit, &it.one] {
            let paper = records::by_number::<Paper>(reader, "珠卫医改〔2026〕2号").await.unwrap().unwrap();
            let (_, bytes) = papers::open(reader, paper.id).await.unwrap();
            let page = String::from_utf8(bytes).unwrap();
            for text in ["珠卫医改〔2026〕1号（应于2026年12月23日前改正）", "仍在承包", "监督员甲、监督员乙", "再次责令"] {
                assert!(page.contains(text), "{text}: {page}");
            }
        }
        assert_eq!(it.step(&it.unit, id, submit("承包人员已全部离院")).await, "submitted");
        let talk = Action::Measure { measure: Measure::Talk, text: "约谈主要负责人".into(), on: day("2026-12-01") };
        it.step(&it.one, id, talk).await;
        let passed = Action::Pass { with, facts: "科室由本机构人员执业".into() };
        assert_eq!(it.rechecked(id, passed).await, "settled");
        let task = it.task(finding.task).await;
        assert_eq!(task.state.name(), "closed");
        let rows = ledger::of_resource(&it.head, tables::TASK, finding.task).await.unwrap();
        assert_eq!(rows.last().unwrap().text, "检查任务办结：发现问题已责令改正，1个问题已全部办结");
        let rows = ledger::of_resource(&it.unit, tables::FINDING, id).await.unwrap();
        let kinds: Vec<&str> = rows.iter().map(|r| r.kind.as_str()).collect();
        assert_eq!(kinds, [
            "finding.opened", "finding.submitted", "finding.rechecked", "finding.ordered_again", "finding.submitted",
            "finding.measured", "finding.rechecked", "finding.settled",
        ]);
        let events = credit_event::all_of(&it.head, it.subject).await.unwrap();
        assert_eq!(events.iter().map(|e| e.cause).collect::<Vec<_>>(), [GradeCause::OrderedCorrection]);
    }

    async fn only_its_own_institution_answers_a_finding(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        let other = it.world.unit("机构用户乙", xingjian_kernel::SubjectRef::Institution(it.one.new_id()));
        assert_eq!(refused(act(&other, id, 1, submit("代填")).await), "没有找到该记录，或者您无权查看");
        assert_eq!(refused(act(&it.head, id, 1, submit("代填")).await), "您的岗位没有“以机构身份办理”权限");
        let alone = Action::Pass { with: officer_of(&it.one.actor), facts: "已改正".into() };
        assert_eq!(refused(act(&it.one, id, 1, alone).await), "officer_twice  监督员甲被重复选择");
        let settle = task::Action::SettleFinding { finding: id };
        let task = records::must::<Finding>(&it.one, id).await.unwrap().task;
        let told = refused(service::act(&it.one, task, it.task(task).await.version, settle).await);
        assert_eq!(told, "问题：随复查结果自动办结。请在该问题中登记复查结果");
        assert_eq!(it.step(&it.unit, id, submit("已改正")).await, "submitted");
        assert_eq!(refused(act(&it.unit, id, 1, submit("再交")).await), "该记录刚刚被他人修改，请查看最新内容后再办理");
    }

    async fn a_day_set_by_the_officers_needs_no_clock(world: World) {
        let it = Cast::unreleased(world).await;
        release::release(&it.legal, "inspection_item", "YL01", "已核对原文").await.unwrap();
        let id = it.approved().await;
        let facts = "医疗废物暂存间未上锁".into();
        let answer = Answer::Violates { facts, violation: None, correct_by: Some(day("2026-11-30")) };
        let task = it.inspected(id, answer, Outcome::ToBeHandled).await;
        let [finding] = &service::findings(&it.one, &task).await.unwrap()[..] else { panic!("one finding") };
        assert_eq!((finding.state.order().due.due, finding.violation.as_deref()), (day("2026-11-30"), None));
    }

    async fn a_case_is_filed_beside_the_correction(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        let (finding, case) = file_case(&it.one, id, 1, it.filing(None)).await.unwrap();
        assert_eq!((finding.state.name(), finding.case.as_ref().map(|c| c.case)), ("ordered", Some(case)));
        let filed = records::must::<Case>(&it.head, case).await.unwrap();
        assert_eq!(filed.origin.finding, Some(id.to_string()));
        assert_eq!((filed.law.violation.as_str(), filed.act.discovered), ("YL-003", day("2026-11-23")));
        assert_eq!(filed.origin.task, Some(finding.task.to_string()));
        assert_eq!(refused(file_case(&it.one, id, 2, it.filing(None)).await), "case_filed  该问题已经提请立案");
        assert_eq!(refused(file_case(&it.head, id, 2, it.filing(None)).await), "您的岗位没有“承办案件”权限");
        // Filing is no penalty: the order goes on weighing until one is served.
        let passed = Action::Pass { with: officer_of(&it.two.actor), facts: "已改正".into() };
        assert_eq!(it.rechecked(id, passed).await, "settled");
        assert_eq!(it.weighs().await, [GradeCause::OrderedCorrection]);
        let seen = records::must::<Finding>(&it.unit, id).await.unwrap().value.for_party();
        assert_eq!(seen.case, None);
    }

    async fn an_order_weighs_once_from_the_day_it_was_given(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        assert_eq!(it.weighs().await, [GradeCause::OrderedCorrection], "before any re-check");
        it.world.clock.set(day("2026-12-01"));
        let fail = Action::Fail { with: officer_of(&it.two.actor), facts: "仍在承包".into(), correct_by: None };
        it.rechecked(id, fail).await;
        file_case(&it.one, id, 3, it.filing(None)).await.unwrap();
        let events = credit_event::all_of(&it.head, it.subject).await.unwrap();
        assert_eq!(events.iter().map(|e| e.effective_on).collect::<Vec<_>>(), [day("2026-11-23")]);
    }

    /// Article 43: who stepped back from the inspection stays away from the case and the re-check.
    async fn a_recusal_of_the_inspection_binds_what_follows(world: World) {
        let it = Cast::new(world).await;
        let task = it.approved().await;
        let two = officer_of(&it.two.actor);
        let ground = task::Action::DeclareRecusal { officer: two, ground: "近亲属任职".into(), by_party: false };
        let decide = task::Action::DecideRecusal {
            officer: two,
            granted: true,
            reason: "情况属实".into(),
            replacement: Some(officer_of(&it.three.actor)),
        };
        it.go(task, &[(&it.two, ground), (&it.head, decide)]).await;
        // Not even the head brings such an officer back into the inspection.
        let back = task::Action::ReplaceOfficer {
            officer: officer_of(&it.three.actor),
            replacement: two,
            reason: "工作调整".into(),
        };
        let told = refused(service::act(&it.head, task, it.task(task).await.version, back).await);
        assert_eq!(told, "recused 行政处罚法第43条 监督员乙应当回避：近亲属任职");
        let it = Cast { two: it.three.clone(), three: it.two.clone(), ..it };
        let done = it.inspected(task, violates(Some("YL-003")), Outcome::OrderedCorrection).await;
        let id = done.state.findings()[0];
        let recused = Filing { handlers: vec![officer_of(&it.one.actor), two], ..it.filing(None) };
        let told = refused(file_case(&it.one, id, 1, recused).await);
        assert_eq!(told, "recused 行政处罚法第43条 监督员乙应当回避：近亲属任职");
        let pass = |with| Action::Pass { with, facts: "已改正".into() };
        let told = refused(act(&it.one, id, 1, pass(two)).await);
        assert_eq!(told, "recused 行政处罚法第43条 监督员乙应当回避：近亲属任职");
        let (_, case) = file_case(&it.one, id, 1, it.filing(None)).await.unwrap();
        let case = records::must::<Case>(&it.head, case).await.unwrap();
        assert_eq!(case.recused.get(&two).map(String::as_str), Some("近亲属任职"));
        let candidates = xingjian_enforce::case::service::candidates(&it.head, &case).await.unwrap();
        let blocked: Vec<_> = candidates.iter().filter(|c| c.recusal.is_some()).map(|c| c.officer.id).collect();
        assert_eq!(blocked, [two]);
    }

    /// Articles 42 and 43: who stepped back from the case in the meantime confirms no re-check; it is made again with another.
    async fn a_recusal_in_the_case_stops_the_confirmation(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        let (two, three) = (officer_of(&it.two.actor), officer_of(&it.three.actor));
        let pass = |with| Action::Pass { with, facts: "已改正".into() };
        it.step(&it.one, id, pass(two)).await;
        let (finding, case) = file_case(&it.one, id, 2, it.filing(None)).await.unwrap();
        let ground = LeavingGround::Recusal;
        cases::replace_handler(&it.head, case, 1, two, Some(three), ground, "近亲属任职").await.unwrap();
        let told = refused(act(&it.two, id, finding.version, Action::Confirm).await);
        assert_eq!(told, "recused 行政处罚法第43条 监督员乙应当回避：近亲属任职");
        it.step(&it.one, id, Action::ReturnRecheck { reason: "同行监督员回避".into() }).await;
        it.step(&it.one, id, pass(three)).await;
        assert_eq!(it.step(&it.three, id, Action::Confirm).await, "settled");
    }

    async fn a_declined_filing_can_be_filed_again_by_the_right_violation(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        let (_, case) = file_case(&it.one, id, 1, it.filing(Some("YL-001"))).await.unwrap();
        let again = file_case(&it.one, id, 2, it.filing(Some("YL-003"))).await;
        assert_eq!(refused(again), "case_filed  该问题已经提请立案");
        let by_hand = Action::EndCase { case, how: "不予立案".into() };
        assert_eq!(refused(act(&it.one, id, 2, by_hand).await), "only_by_case  案件终止随案件办理结果自动登记");
        let decline = CaseAct::DeclineFiling { reason: "案由有误".into() };
        cases::act(&it.head, case, 1, decline).await.unwrap();
        for _ in 0..2 {
            while ledger::sequence(&it.world.app).await.unwrap() > 0 {}
            while xingjian_inspect::follow::run(&it.world.app).await.unwrap() > 0 {}
        }
        let finding = records::must::<Finding>(&it.one, id).await.unwrap();
        assert_eq!((finding.case.as_ref(), finding.ended_cases.len()), (None, 1));
        assert!(finding.open_actions(&it.one.actor).contains(&"file_case"));
        assert!(finding.value.clone().for_party().ended_cases.is_empty());
        let (_, second) = file_case(&it.one, id, finding.version, it.filing(Some("YL-003"))).await.unwrap();
        assert_ne!(second, case);
    }

    async fn a_case_that_cannot_be_proposed_leaves_the_finding_alone(world: World) {
        let it = Cast::new(world).await;
        let id = it.found().await;
        let alone = Filing { handlers: vec![officer_of(&it.one.actor)], ..it.filing(None) };
        let told = refused(file_case(&it.one, id, 1, alone).await);
        assert!(told.contains("行政处罚法第42条"), "{told}");
        let told = refused(file_case(&it.one, id, 1, it.filing(Some("YL-999"))).await);
        assert!(told.starts_with("案由：“YL-999”"), "{told}");
        let finding = records::must::<Finding>(&it.one, id).await.unwrap();
        assert_eq!((finding.version, finding.case.as_ref()), (1, None));
    }
}

use crate::complaint::service::{Accept, accept, act, by_receipt, reveal_reporter, submit};
use crate::complaint::{Action, Complaint, MAX_TEXT, NewComplaint, ReporterClear};
use crate::signal::Signal;
use expect_test::expect;
use xingjian_kernel::{DepartmentId, Permission, Role, SubjectRef};
use xingjian_registry::unregistered::{Described, Unregistered};
use xingjian_store::{Ctx, Executor, Failure, Filter, Record, ledger, records};
use xingjian_testkit::{World, both_databases, shared_data};

pub fn complaint(once: &str) -> NewComplaint {
    NewComplaint {
        channel: "portal".into(),
        about: "演示口腔门诊部".into(),
        subject: None,
        text: "该门诊部把美容科室承包给外面的人，收费不开票。".into(),
        reporter: None,
        division: None,
        once: format!("{once:0>16}"),
    }
}

pub fn visitor(world: &World) -> Ctx {
    let mut ctx = world.ctx("", &[]);
    ctx.actor = xingjian_kernel::Actor::public();
    ctx.scope.sensitivity = xingjian_kernel::Sensitivity::Public;
    ctx
}

pub fn accepted(topic: &str) -> Accept {
    Accept {
        kind: "report".into(),
        reason: "反映违法行为线索".into(),
        topic: topic.into(),
        subject: None,
        unregistered: Some(Described { name: "演示街口腔诊疗点".into(), place: "演示街12号".into() }),
        open_signal: true,
    }
}

both_databases! {
    async fn a_report_is_followed_by_its_receipt_alone(world: World) {
        let public = visitor(&world);
        let receipt = submit(&public, complaint("a")).await.unwrap();
        assert_eq!(receipt.code.len(), 19);
        let found = by_receipt(&public, &receipt.code.to_lowercase().replace('-', " ")).await.unwrap().unwrap();
        assert_eq!(found.number, receipt.number);
        assert!(by_receipt(&public, "AAAA-AAAA-AAAA-AAAA").await.unwrap().is_none());
        assert!(records::get::<Complaint>(&public, found.id).await.unwrap().is_none(), "without the code there is no way in");
        let rows = world.app.db.reader().all("select body, search, title, number from complaint", vec![]).await.unwrap();
        let text = format!("{:?}", rows[0]);
        assert!(!text.contains(&receipt.code), "the code is stored nowhere");
    }

    async fn the_same_form_sent_twice_is_one_complaint(world: World) {
        let public = visitor(&world);
        let first = submit(&public, complaint("a")).await.unwrap();
        let second = submit(&public, complaint("a")).await.unwrap();
        assert_eq!((first.repeated, second.repeated), (false, true));
        assert_eq!((&first.code, &first.number), (&second.code, &second.number));
        let (one, two) = tokio::join!(submit(&public, complaint("b")), submit(&public, complaint("b")));
        // Two at the same moment: one is kept, the other finds it.
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!((one.number == two.number, one.repeated, two.repeated), (true, false, true));
        let kept = records::count::<Complaint>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
        assert_eq!(kept, 2);
    }

    async fn many_at_once_get_numbers_without_a_gap(world: World) {
        let public = visitor(&world);
        submit(&public, complaint("first")).await.unwrap();
        let mut sent = vec![];
        for n in 0..40 {
            // Every tenth sends the form of the one before again; one of these with other words.
            let (ctx, mut new) = (public.clone(), complaint(&format!("n{}", if n % 10 == 9 { n - 1 } else { n })));
            if n == 19 {
                new.text = "另一件事情，与刚才提交的内容不同。".into();
            }
            sent.push(tokio::spawn(async move { submit(&ctx, new).await }));
        }
        let mut kept = vec![];
        let (mut repeated, mut refused) = (0, 0);
        for one in sent {
            match one.await.unwrap() {
                Ok(receipt) if receipt.repeated => repeated += 1,
                Ok(receipt) => kept.push(receipt.number),
                Err(Failure::Invalid(faults)) => {
                    assert_eq!(faults[0].place, "once");
                    refused += 1;
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!((kept.len(), repeated, refused), (36, 3, 1));
        kept.sort();
        let expected: Vec<String> = (2..=37).map(|n| format!("TS2026-{n:06}")).collect();
        assert_eq!(kept, expected, "no number twice, none left out");
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let all = records::all::<Complaint>(&intake, &Filter::default()).await.unwrap();
        assert_eq!(all.len(), 37);
        for one in &all {
            let rows = ledger::of_resource(&intake, Complaint::TABLE, one.id).await.unwrap();
            assert_eq!(rows.len(), 1);
            assert!(rows[0].intact && rows[0].text.contains(&one.number), "{}", rows[0].text);
            assert_eq!(rows[0].actor, public.actor);
        }
    }

    async fn at_the_turn_of_the_year_each_year_has_its_numbers(world: World) {
        let public = visitor(&world);
        world.clock.set("2026-12-31".parse().unwrap());
        let later = async {
            // Both wait for the same transaction.
            world.clock.set("2027-01-01".parse().unwrap());
            submit(&public, complaint("b")).await
        };
        let (one, two) = tokio::join!(submit(&public, complaint("a")), later);
        assert_eq!([one.unwrap().number, two.unwrap().number], ["TS2026-000001", "TS2027-000001"]);
    }

    async fn all_faults_of_a_form_are_told_at_once(world: World) {
        let bad = NewComplaint {
            channel: "pigeon".into(),
            about: " ".into(),
            text: "短\u{0}".into(),
            reporter: Some(ReporterClear { name: String::new(), contact: "1".repeat(101) }),
            ..complaint("a")
        };
        let Failure::Invalid(faults) = submit(&visitor(&world), bad).await.unwrap_err() else { panic!() };
        expect![[r#"
            text：“短□”只有2个字。请写清时间、地点和经过，至少10个字
            about：没有填写。请填写机构名称或地点
            name：没有填写。请填写，或者改为匿名
            contact：“111111111111111111111111111111111111111111111111111111111111…”超过100个字。请缩短
            text：“短□”含有不能保存的控制字符 U+0000。请删除该字符后再提交
            channel：“pigeon”不是本市公布的渠道。请重新选择渠道"#]].assert_eq(&faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let long = NewComplaint { text: "长".repeat(100_000), ..complaint("a") };
        let Failure::Invalid(faults) = submit(&visitor(&world), long).await.unwrap_err() else { panic!() };
        assert!(faults[0].reason.contains("100000"));
        let most = NewComplaint { text: "<script>alert('𠮷😀')</script>".repeat(MAX_TEXT / 30), ..complaint("c") };
        let receipt = submit(&visitor(&world), most.clone()).await.unwrap();
        let kept = by_receipt(&visitor(&world), &receipt.code).await.unwrap().unwrap();
        assert_eq!(kept.text, most.text, "kept to the letter");
    }

    async fn the_duty_list_names_the_department_and_a_signal_is_opened(world: World) {
        let public = visitor(&world);
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        for (once, topic, department) in [("a", "依法执业", "health"), ("b", "医保基金", "insurance"), ("c", "医疗收费", "market")] {
            let receipt = submit(&public, complaint(once)).await.unwrap();
            let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
            let kept = accept(&intake, found.id, found.version, accepted(topic)).await.unwrap();
            assert_eq!(kept.department, DepartmentId::new(department));
            let signal = records::must::<Signal>(&Ctx::system(&world.app), kept.signal.unwrap()).await.unwrap();
            assert_eq!(signal.department, DepartmentId::new(department));
            let SubjectRef::Unregistered(id) = signal.subject else { panic!("recorded, linked later") };
            assert_eq!(signal.subject_name, "演示街口腔诊疗点");
            let it = records::must::<Unregistered>(&Ctx::system(&world.app), id).await.unwrap();
            assert_eq!((it.name.as_str(), it.place.as_str()), ("演示街口腔诊疗点", "演示街12号"));
        }
        let elsewhere = world.ctx_of("insurance", "医保联络员甲", &[Role::Partner]);
        let seen = records::list::<Complaint>(&elsewhere, &Filter::default()).await.unwrap();
        assert_eq!(seen.total, 1, "a department sees what was handed to it");
        let handed = &seen.rows[0];
        let health = world.ctx("承办人甲", &[Role::Handler]);
        let refused = act(&health, handed.id, handed.version, Action::Investigate).await.unwrap_err();
        assert!(matches!(refused, Failure::Refused(r) if r.code == "not_your_department"));
        assert!(handed.open_actions(&health.actor).is_empty() && !handed.open_actions(&elsewhere.actor).is_empty());
        let faults = accept(&intake, seen.rows[0].id, 1, accepted("天气")).await.unwrap_err();
        assert!(matches!(faults, Failure::Invalid(_)));
    }

    async fn the_reporters_words_stay_in_the_complaint(world: World) {
        let public = visitor(&world);
        let words = "我舅妈王某开的黑诊所";
        let receipt = submit(&public, NewComplaint { about: words.into(), ..complaint("a") }).await.unwrap();
        let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let bare = Accept { unregistered: None, ..accepted("非法行医") };
        let Failure::Invalid(faults) = accept(&intake, found.id, 1, bare).await.unwrap_err() else { panic!() };
        let places: Vec<&str> = faults.iter().map(|fault| fault.place.as_str()).collect();
        assert_eq!(places, ["未登记对象名称", "未登记对象地点"]);
        let both = Accept { subject: Some(SubjectRef::Institution(intake.new_id())), ..accepted("非法行医") };
        assert!(matches!(accept(&intake, found.id, 1, both).await, Err(Failure::Invalid(_))));
        accept(&intake, found.id, 1, accepted("非法行医")).await.unwrap();
        let elsewhere = world.ctx_of("insurance", "医保联络员甲", &[Role::Partner]);
        let open = records::list::<Unregistered>(&elsewhere, &Filter::default()).await.unwrap();
        assert_eq!(open.total, 1, "every department sees the place");
        for table in ["unregistered", "signal"] {
            let rows = world.app.db.reader().all(&format!("select body, title, search from {table}"), vec![]).await.unwrap();
            assert!(!rows.is_empty() && !format!("{rows:?}").contains("舅妈"), "{table}");
        }
        let row = ledger::of_subject(&elsewhere, SubjectRef::Unregistered(open.rows[0].id), 10).await.unwrap();
        assert!(!row.is_empty() && row.iter().all(|row| !row.text.contains("舅妈")));
    }

    async fn without_a_signal_nobody_is_recorded(world: World) {
        let public = visitor(&world);
        let receipt = submit(&public, complaint("a")).await.unwrap();
        let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
        let plain = Accept { unregistered: None, open_signal: false, ..accepted("依法执业") };
        let kept = accept(&world.ctx("受理员甲", &[Role::Intake]), found.id, 1, plain).await.unwrap();
        assert_eq!((kept.subject, kept.signal), (None, None));
    }

    async fn a_complaint_goes_from_hand_to_hand_and_a_stale_page_is_told(world: World) {
        let public = visitor(&world);
        let receipt = submit(&public, complaint("a")).await.unwrap();
        let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
        let [intake, handler, reviewer] = [
            world.ctx("受理员甲", &[Role::Intake]),
            world.ctx("承办人甲", &[Role::Handler]),
            world.ctx("复核人甲", &[Role::Reviewer]),
        ];
        assert!(matches!(accept(&handler, found.id, 1, accepted("依法执业")).await, Err(Failure::Denied(Permission::AssignComplaint))));
        let kept = accept(&intake, found.id, 1, accepted("依法执业")).await.unwrap();
        let stale = act(&handler, found.id, 1, Action::Investigate).await.unwrap_err();
        assert!(matches!(stale, Failure::Conflict));
        let kept = act(&handler, found.id, kept.version, Action::Investigate).await.unwrap();
        let answer = Action::Answer { text: "经核查属实，已立案。".into(), finding: "属实".into() };
        let kept = act(&handler, found.id, kept.version, answer.clone()).await.unwrap();
        let kept = act(&reviewer, found.id, kept.version, Action::Return { reason: "补充依据".into() }).await.unwrap();
        let kept = act(&handler, found.id, kept.version, answer).await.unwrap();
        let kept = act(&reviewer, found.id, kept.version, Action::Close).await.unwrap();
        assert_eq!(kept.state.name(), "closed");
        let refused = act(&reviewer, found.id, kept.version, Action::Close).await.unwrap_err();
        assert!(matches!(refused, Failure::Refused(r) if r.code == "not_now"));
    }

    async fn who_reported_is_sealed_and_every_look_is_recorded(world: World) {
        let public = visitor(&world);
        let named = ReporterClear { name: "举报人某".into(), contact: "13800000000".into() };
        let new = NewComplaint { reporter: Some(named.clone()), ..complaint("a") };
        let receipt = submit(&public, new).await.unwrap();
        let found = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
        let rows = world.app.db.reader().all("select body, search, title from complaint", vec![]).await.unwrap();
        assert!(!format!("{rows:?}").contains("举报人某") && !format!("{rows:?}").contains("13800000000"));
        let inspector = world.ctx("监督员甲", &[Role::Inspector]);
        assert!(matches!(reveal_reporter(&inspector, found.id, 1, "好奇").await, Err(Failure::Denied(_))), "T42");
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        assert!(matches!(reveal_reporter(&intake, found.id, 1, " ").await, Err(Failure::Invalid(_))));
        assert_eq!(reveal_reporter(&intake, found.id, 1, "电话核实").await.unwrap(), Some(named));
        let acts = ledger::of_resource(&intake, xingjian_store::tables::COMPLAINT, found.id).await.unwrap();
        assert!(acts.iter().any(|a| a.kind == "complaint.reporter_seen" && a.text.contains("电话核实")));
    }

    async fn real_messages_are_taken_to_the_letter(world: World) {
        let Some(data) = shared_data() else { return };
        let file = data.join("sets/citizen_messages/messages_labelled_dev.csv");
        let rows: Vec<csv::StringRecord> = csv::Reader::from_path(file).unwrap().records().map(Result::unwrap).collect();
        let health: Vec<&csv::StringRecord> = rows.iter().filter(|row| &row[5] == "卫生计生").collect();
        assert!(health.len() > 10, "{} health messages", health.len());
        let public = visitor(&world);
        for row in health {
            let new = NewComplaint { about: row[2].to_owned(), text: row[4].to_owned(), ..complaint(&row[0]) };
            let receipt = submit(&public, new).await.unwrap();
            let kept = by_receipt(&public, &receipt.code).await.unwrap().unwrap();
            assert_eq!((kept.about.as_str(), kept.text.as_str()), (row[2].trim(), &row[4]));
        }
    }
}

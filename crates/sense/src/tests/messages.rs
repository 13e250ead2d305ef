use super::complaint::{complaint, visitor};
use crate::complaint::service::{self, Accept};
use crate::complaint::{Action, Complaint, NewComplaint, State};
use crate::message::clocks::{self, Of};
use crate::message::import::{self, MessageImport};
use crate::message::triage::{self, Taken, Triage};
use crate::message::{hot, near};
use expect_test::expect;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use xingjian_kernel::{Permission, Role, SubjectRef};
use xingjian_policy::Policy;
use xingjian_registry::import::Outcome;
use xingjian_registry::institution::{self, Details};
use xingjian_store::{App, Ctx, Executor, Failure, Filter, Stored, records, table_sizes};
use xingjian_testkit::{World, both_databases, policy_dir, shared_data};

const HEADER: &str = "工单编号,标题,内容,姓名,联系电话,来件时间,答复内容,答复时间\n";

pub fn file(rows: &str) -> Vec<u8> {
    format!("{HEADER}{rows}").into_bytes()
}

pub fn intake(world: &World) -> Ctx {
    world.ctx("受理员甲", &[Role::Intake])
}

/// Copies a folder and what is below it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

async fn all(ctx: &Ctx) -> Vec<Stored<Complaint>> {
    let mut found = records::all::<Complaint>(ctx, &Filter::default()).await.unwrap();
    found.sort_by(|a, b| a.number.cmp(&b.number));
    found
}

async fn hospital(world: &World, name: &str) {
    let details = Details {
        name: name.into(),
        division: "440402".parse().unwrap(),
        place: None,
        licence: None,
        credit_code: None,
        insurance_code: None,
        category: None,
        level: None,
        address: None,
        telephone: None,
        beds: None,
    };
    institution::register(&world.ctx("登记管理员甲", &[Role::Registrar]), details, true).await.unwrap();
}

/// A file of real messages.
fn unpacked(data: &Path, name: &str) -> Vec<u8> {
    let mut bytes = vec![];
    let file = std::fs::File::open(data.join("sets/citizen_messages").join(name)).unwrap();
    zstd::Decoder::new(file).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}

both_databases! {
    async fn a_file_is_taken_in_whole_and_twice_is_once(world: World) {
        let ctx = intake(&world);
        let bytes = file(
            "1,演示街有黑诊所,无证行医，没有执照,张某,13800000000,2026/11/20 9:00:00,,\n\
             2,挂号费,挂号费为什么这么高,,,2026-11-19,已核查，按标准收费,2026-11-20 10:00\n\
             3,,,,,昨天,,\n\
             1,演示街有黑诊所,无证行医，没有执照,张某,13800000000,2026/11/20 9:00:00,,\n\
             2,挂号费,另一件事,,,,,\n\
             4,,写了答复没有时间,,,2026-11-19,答复,\n\
             5,,答复早于来件,,,2026-11-19,答复,2026-11-01\n",
        );
        let preview = import::preview(&ctx, "common", &bytes).await.unwrap();
        assert_eq!(preview.counts(), [1, 1, 1, 4]);
        assert!(table_sizes(&ctx).await.unwrap().iter().all(|(_, n)| *n == 0), "a preview writes nothing");
        let done = import::run(&ctx, "热线.csv", "common", &bytes).await.unwrap().0.unwrap();
        assert_eq!(done.done.counts, [1, 1, 1, 4]);
        expect![[r#"
            4 第4行“内容”：没有填写。请补上来件内容；第4行“来件时间”：“昨天”不是日期和时间。请写成 2026-11-21 09:30 的格式
            5 已有：与第2行编号和内容相同
            6 第6行：“2”与第3行编号相同而内容不同。确为另一件的，请改用不同的编号；补充内容的，请在原件上登记
            7 第7行“答复时间”：有答复内容而没有答复时间。请补上答复时间
            8 第8行“答复时间”：“2026-11-01”早于来件时间。请核对两个时间"#]].assert_eq(&done.done.remarks.iter().map(|(line, text)| format!("{line} {text}")).collect::<Vec<_>>().join("\n"));
        let kept = all(&ctx).await;
        assert_eq!(kept.iter().map(|c| (c.number.as_str(), c.state.name())).collect::<Vec<_>>(),
            [("TS2026-000001", "received"), ("TS2026-000002", "archived")]);
        assert_eq!(kept[0].said_at().to_string(), "2026-11-20 09:00:00");
        let rows = world.app.db.reader().all("select body, search, title from complaint", vec![]).await.unwrap();
        assert!(!format!("{rows:?}").contains("张某") && !format!("{rows:?}").contains("13800000000"), "sealed");
        let sizes = table_sizes(&ctx).await.unwrap();
        let (again, judged) = import::run(&ctx, "热线.csv", "common", &bytes).await.unwrap();
        assert!(again.is_none());
        assert_eq!(judged.counts(), [0, 0, 3, 4]);
        assert_eq!(table_sizes(&ctx).await.unwrap(), sizes, "the same file changes nothing");
        let public = visitor(&world);
        let receipt = service::submit(&public, NewComplaint { once: "0123456789abcdef".into(), ..complaint("x") }).await.unwrap();
        assert_eq!(receipt.number, "TS2026-000003", "no number was lost");
    }

    async fn who_may_not_enter_complaints_takes_no_file_in(world: World) {
        let handler = world.ctx("承办人甲", &[Role::Handler]);
        let refused = import::run(&handler, "x.csv", "common", &file("1,,甲,,,,,\n")).await.unwrap_err();
        assert!(matches!(refused, Failure::Denied(Permission::EnterComplaint)));
        let unknown = import::preview(&intake(&world), "never", b"").await.unwrap_err();
        let Failure::Invalid(faults) = unknown else { panic!() };
        expect!["列名对照：“never”政策包中没有这种列名对照。可用的有：citizen_messages、common"].assert_eq(&faults[0].to_string());
        let Failure::Invalid(faults) = import::preview(&intake(&world), "common", b"a,b\n1,2\n").await.unwrap_err() else { panic!() };
        expect!["文件：没有“内容”列，表头为：a、b。请核对选择的文件；第一行应为表头，该列可写作内容、正文、诉求内容、工单内容、反映内容、留言详情、text"].assert_eq(&faults[0].to_string());
        assert_eq!(records::count::<MessageImport>(&intake(&world), &Filter::default()).await.unwrap(), 0);
    }

    async fn excel_and_lines_of_json_are_read_like_the_same_rows_as_csv(world: World) {
        let ctx = intake(&world);
        let csv = import::preview(&ctx, "common", "id,title,text,time\n7,甲,乙乙,2026-11-20 09:30:00\n".as_bytes()).await.unwrap();
        let json = "{\"id\":7,\"title\":\"甲\",\"text\":\"乙乙\",\"time\":\"2026-11-20T09:30:00\"}\n";
        let json = import::preview(&ctx, "common", json.as_bytes()).await.unwrap();
        let [Outcome::Taken(one), Outcome::Taken(other)] = [&csv.rows[0].outcome, &json.rows[0].outcome] else { panic!() };
        assert_eq!(one, other);
    }

    async fn a_date_that_a_spreadsheet_made_a_number_and_a_wrong_sheet_are_said(world: World) {
        let ctx = intake(&world);
        let rows = import::preview(&ctx, "common", "id,text,time\n7,乙乙,43580.39\n8,=1+1 是多少,\n".as_bytes()).await.unwrap();
        expect!["第2行“time”：“43580.39”是电子表格的日期序号，单元格没有设为日期。请写成 2026-11-21 09:30 的格式"].assert_eq(&rows.rows[0].remark().unwrap());
        assert!(matches!(rows.rows[1].outcome, Outcome::Taken(_)), "what people write may begin as it likes");
        let Failure::Invalid(faults) = import::preview(&ctx, "common", "姓名,类别\n甲,护士\n".as_bytes()).await.unwrap_err() else { panic!() };
        assert!(faults[0].reason.starts_with("没有“内容”列"), "{}", faults[0]);
    }

    async fn messages_that_came_back_are_mended_and_brought_in_again(world: World) {
        let ctx = intake(&world);
        let bytes = file("1,甲,乙乙,张某,13800000000,2026-11-20,,\n2,丙,,,0012,,,\n");
        let (done, judged) = import::run(&ctx, "热线.csv", "common", &bytes).await.unwrap();
        let book = done.unwrap().returned(&ctx).await.unwrap().unwrap();
        let again = import::preview(&ctx, "common", &book).await.unwrap();
        assert_eq!((judged.counts(), again.counts()), ([1, 0, 0, 1], [0, 0, 0, 1]));
        let cells = &again.table.rows[0].1;
        assert_eq!((cells[0].as_str(), cells[4].as_str(), cells[8].as_str()), ("2", "0012", "3"), "codes keep their zeros: {cells:?}");
    }

    async fn what_repeats_a_refused_message_is_refused_too(world: World) {
        let ctx = intake(&world);
        import::run(&ctx, "热线.csv", "common", &file("1,甲,乙乙,,,,,\n")).await.unwrap();
        let (_, judged) = import::run(&ctx, "热线.csv", "common", &file("1,甲,丙丙,,,,,\n1,甲,丙丙,,,,,\n")).await.unwrap();
        expect!["3 第3行：与第2行相同，该行不能登记。请先按第2行的说明处理"].assert_eq(&judged.remarks().iter().map(|(line, text)| format!("{line} {text}")).nth(1).unwrap());
        assert_eq!(judged.counts(), [0, 0, 0, 2]);
    }

    async fn who_looks_at_a_file_beforehand_keeps_nobody_waiting(world: World) {
        let ctx = intake(&world);
        // SQLite has one writer: whoever asked for it here would never get it.
        let held = ctx.begin().await.unwrap();
        assert_eq!(import::preview(&ctx, "common", &file("1,甲,乙乙,,,,,\n")).await.unwrap().counts(), [1, 0, 0, 0]);
        assert!(matches!(import::run(&ctx, "x.csv", "common", b"x").await.unwrap_err(), Failure::Invalid(_)));
        drop(held);
    }

    async fn what_came_back_is_handed_out_when_its_layout_has_left_the_pack(world: World) {
        let ctx = intake(&world);
        let done = import::run(&ctx, "热线.csv", "common", &file("1,甲,乙乙,,,,,\n2,丙,,,0012,,,\n")).await.unwrap().0.unwrap();
        let folder = tempfile::tempdir().unwrap();
        copy(&policy_dir(), folder.path());
        let layouts = folder.path().join("national/message_layouts.toml");
        let text = std::fs::read_to_string(&layouts).unwrap();
        let ended = text.replacen("from = 2020-09-10", "from = 2020-09-10\nuntil = 2026-12-31", 1);
        std::fs::write(&layouts, ended.replace("channel = \"transfer\"", "channel = \"never\"")).unwrap();
        let policy = Arc::new(Policy::load(folder.path(), "zhuhai").unwrap_or_else(|faults| panic!("{faults:?}")));
        world.clock.set("2027-06-01".parse().unwrap());
        let of = &world.app;
        let app = App::new(of.db.clone(), policy, of.clock.clone(), of.rng.clone(), of.keys.clone());
        let later = Ctx { app, ..ctx };
        assert!(matches!(import::preview(&later, "common", b"x").await.unwrap_err(), Failure::Invalid(_)), "it has left");
        let book = done.returned(&later).await.unwrap().unwrap();
        let table = xingjian_registry::import::read(&book, &["内容"]).unwrap();
        assert_eq!(table.rows.len(), 1, "the row that came back");
    }

    async fn what_is_suggested_names_words_and_institutions_and_what_is_decided_is_kept(world: World) {
        hospital(&world, "珠海市演示口腔医院").await;
        let ctx = intake(&world);
        let bytes = file(
            "1,举报演示口腔医院,演示口腔医院出租科室，医生收红包，要求查处,,,,,\n\
             2,小区停车难,小区物业乱收停车费,,,,,\n\
             3,请问社保卡怎么办理,单位没有交医疗保险,,,,,\n",
        );
        import::run(&ctx, "热线.csv", "common", &bytes).await.unwrap();
        let kept = all(&ctx).await;
        let triage = Triage::open(&ctx).await.unwrap();
        let told = |complaint: &Complaint| {
            let s = triage.of(&complaint.about, &complaint.text);
            let named: Vec<String> = s.named.iter().map(|n| n.why.clone()).collect();
            format!("{} {:?} {} {}：{} {named:?}", s.health, s.topic, s.kind.id(), s.urgency.label(), s.words())
        };
        expect![[r#"
            true Some("依法执业") report 一般：举报、医院、出租科室、医生收红包、查处 ["文中有“演示口腔医院”，即登记名称“珠海市演示口腔医院”去掉城市名"]
            false None complaint 一般：停车、小区、物业 []
            false None question 一般：社保卡、怎么办理、请问、医疗保险 []"#]].assert_eq(&kept.iter().map(|c| told(c)).collect::<Vec<_>>().join("\n"));
        let named = triage.of(&kept[0].about, &kept[0].text).named[0].id;
        let taken = Taken { kind: "report".into(), topic: "依法执业".into(), subject: Some(SubjectRef::Institution(named)) };
        let accepted = triage::take(&ctx, kept[0].id, kept[0].version, taken).await.unwrap();
        assert!(accepted.signal.is_some() && accepted.state.name() == "accepted");
        triage::pass(&ctx, kept[1].id, kept[1].version, "不属于卫生健康部门职责").await.unwrap();
        // The clerk takes one that was not suggested.
        let plain = Accept { kind: "question".into(), reason: "咨询".into(), topic: "其他".into(), subject: None, unregistered: None, open_signal: false };
        service::accept(&ctx, kept[2].id, kept[2].version, plain).await.unwrap();
        let [words, models] = *triage::tally(&ctx).await.unwrap();
        assert_eq!((words.both, words.only_suggested, words.only_decided, words.neither), (1, 0, 1, 1));
        assert_eq!(models.right().of, 0);
        let Failure::Invalid(faults) = triage::train(&ctx).await.unwrap_err() else { panic!() };
        assert!(faults[0].mend.contains("30"), "{}", faults[0]);
        let handler = world.ctx("承办人甲", &[Role::Handler]);
        assert!(matches!(triage::pass(&handler, kept[1].id, 2, "x").await, Err(Failure::Denied(_))));
    }

    async fn a_model_is_trained_on_what_was_decided_and_suggests_from_then_on(world: World) {
        let ctx = intake(&world);
        let rows: Vec<String> = (0..triage::LEAST_EACH).map(|n| {
            format!("h{n},艾灸馆的事{n},艾灸馆烫伤了人，请管一管{n},,,,,\no{n},广场舞的事{n},广场舞太吵，请管一管{n},,,,,\n")
        }).collect();
        import::run(&ctx, "热线.csv", "common", &file(&rows.concat())).await.unwrap();
        let before = Triage::open(&ctx).await.unwrap();
        assert!(!before.of("艾灸馆", "艾灸馆又开了").health, "no word of the pack stands there");
        for complaint in all(&ctx).await {
            if complaint.about.starts_with("艾灸") {
                let taken = Taken { kind: "complaint".into(), topic: "其他".into(), subject: None };
                triage::take(&ctx, complaint.id, complaint.version, taken).await.unwrap();
            } else {
                triage::pass(&ctx, complaint.id, complaint.version, "不属于本部门职责").await.unwrap();
            }
        }
        let model = triage::train(&ctx).await.unwrap();
        assert_eq!(model.trained_on, [triage::LEAST_EACH; 2]);
        let after = Triage::open(&ctx).await.unwrap();
        let suggestion = after.of("艾灸馆", "艾灸馆烫伤了人");
        assert!(suggestion.health && suggestion.basis == model.id.to_string() && !suggestion.pairs.is_empty());
        assert!(!after.of("广场舞", "广场舞太吵").health);
    }

    async fn real_messages_are_taken_in_and_their_replies_counted(world: World) {
        let Some(data) = shared_data() else { return };
        let ctx = intake(&world);
        let replies = unpacked(&data, "messages_replies_2816.csv.zst");
        let (_, judged) = import::run(&ctx, "replies.csv", "citizen_messages", &replies).await.unwrap();
        assert_eq!(judged.counts(), [0, 2816, 0, 0], "{:?}", judged.remarks());
        let counted = clocks::clocks(&ctx, Of::Archived).await.unwrap();
        // The same by another hand: days between the dates of the file, sorted.
        let mut days: Vec<i32> = csv::Reader::from_reader(replies.as_slice()).records().map(Result::unwrap).map(|row| {
            let day = |text: &str| {
                let mut parts = text.split([' ', '/', '-']).map(|p| p.parse::<i16>().unwrap_or_default());
                let mut next = || parts.next().unwrap();
                xingjian_kernel::LocalDate::new(next(), next().try_into().unwrap(), next().try_into().unwrap()).unwrap()
            };
            xingjian_kernel::calendar::days_between(day(&row[3]), day(&row[6]))
        }).collect();
        days.sort_unstable();
        assert_eq!((counted.answers, counted.without_day), (2816, 0));
        assert_eq!((counted.median, counted.ninetieth, counted.longest), (Some(days[1407]), Some(days[2534]), days.last().copied()));
        expect!["Some(11) Some(41) Some(1161) 咨询答复 1046 投诉答复 2070 举报答复 2548 信访办结 2662"].assert_eq(&format!("{:?} {:?} {:?} {}", counted.median, counted.ninetieth, counted.longest,
            counted.within.iter().map(|w| format!("{} {}", w.name, w.share.part)).collect::<Vec<_>>().join(" ")));
        let (_, again) = import::run(&ctx, "replies.csv", "citizen_messages", &replies).await.unwrap();
        assert_eq!(again.counts(), [0, 0, 2816, 0]);
    }

    async fn every_real_message_of_a_file_is_taken_in_or_comes_back_with_its_reason(world: World) {
        let Some(data) = shared_data() else { return };
        let ctx = intake(&world);
        let bytes = unpacked(&data, "messages_4326_hot_topics.csv.zst");
        let (_, judged) = import::run(&ctx, "hot.csv", "citizen_messages", &bytes).await.unwrap();
        let [new, archived, known, rejected] = judged.counts();
        assert_eq!((new + archived + known + rejected, judged.remarks().len()), (4326, rejected), "{:?}", judged.remarks());
        expect!["4326 new, 0 rejected"].assert_eq(&format!("{new} new, {rejected} rejected"));
        let mut texts: Vec<String> = csv::Reader::from_reader(bytes.as_slice()).records().map(|row| row.unwrap()[4].trim().to_owned()).collect();
        let mut kept: Vec<String> = all(&ctx).await.iter().map(|complaint| complaint.text.trim().to_owned()).collect();
        texts.sort();
        kept.sort();
        assert!(texts == kept, "every text as it was written");
        let (_, again) = import::run(&ctx, "hot.csv", "citizen_messages", &bytes).await.unwrap();
        assert_eq!(again.counts()[0], 0, "nothing comes twice");
    }

    async fn of_real_messages_those_that_are_nearly_the_same_are_found(world: World) {
        let Some(data) = shared_data() else { return };
        let ctx = intake(&world);
        let bytes = unpacked(&data, "messages_4326_hot_topics.csv.zst");
        // Three hundred rows: comparing each with each by hand takes its time.
        let mut rows = csv::Reader::from_reader(bytes.as_slice());
        let mut part = csv::Writer::from_writer(vec![]);
        part.write_record(rows.headers().unwrap()).unwrap();
        for row in rows.records().take(300) {
            part.write_record(&row.unwrap()).unwrap();
        }
        let (_, judged) =
            import::run(&ctx, "hot.csv", "citizen_messages", &part.into_inner().unwrap()).await.unwrap();
        let [new, _, _, rejected] = judged.counts();
        assert_eq!(new + rejected, 300, "{:?}", judged.remarks());
        let kept = all(&ctx).await;
        let words = |c: &Complaint| format!("{}\n{}", c.about, c.text);
        let texts: Vec<String> = kept.iter().map(|c| words(c)).collect();
        let sets: Vec<_> = texts.iter().map(|text| near::pieces(text)).collect();
        let (mut pairs, mut found) = (0, 0);
        for (at, complaint) in kept.iter().enumerate() {
            let alike: Vec<usize> = (0..kept.len()).filter(|other| *other != at && near::shared(&sets[at], &sets[*other]) >= near::NEARLY).collect();
            if alike.is_empty() {
                continue;
            }
            let near = near::to(&ctx, complaint).await.unwrap();
            let numbers: Vec<&str> = near.iter().filter(|n| n.percent >= near::NEARLY).map(|n| n.complaint.number.as_str()).collect();
            assert!(numbers.iter().all(|number| alike.iter().any(|other| kept[*other].number == *number)), "nothing else");
            pairs += alike.len();
            found += numbers.len();
        }
        assert!(pairs > 0 && found * 10 >= pairs * 9, "{found} of {pairs}");
    }

    async fn what_rises_is_told_with_its_counts(world: World) {
        let ctx = intake(&world);
        let before: Vec<String> = (0..60).map(|n| {
            let topic = if n % 20 == 0 { "医院污水" } else { "挂号费" };
            format!("b{n},第{n}件,{topic}的问题{n},,,2026-{:02}-{:02},,\n", 4 + n % 6, 1 + n % 28)
        }).collect();
        let now: Vec<String> = (0..20).map(|n| {
            let topic = if n % 2 == 0 { "医院污水" } else { "挂号费" };
            format!("n{n},近{n}件,{topic}的问题近{n},,,2026-11-{:02},,\n", 1 + n)
        }).collect();
        import::run(&ctx, "热线.csv", "common", &file(&[before, now].concat().concat())).await.unwrap();
        let hot = hot::topics(&ctx, "2026-11-22".parse().unwrap(), 28).await.unwrap();
        assert_eq!(hot.all, [20, 60]);
        let rises: Vec<_> = hot.groups.iter().filter(|g| g.rises).map(|g| (g.common.label(), g.name.as_str(), g.recent, g.past)).collect();
        assert_eq!(rises, [("事项", "医疗污水", 10, 3), ("词语", "医院污水", 10, 3)]);
        let none = hot::topics(&ctx, "2020-01-01".parse().unwrap(), 28).await.unwrap();
        assert_eq!((none.all, none.compared), ([0, 0], 0));
    }

    async fn an_archived_message_waits_for_nobody(world: World) {
        let ctx = intake(&world);
        import::run(&ctx, "热线.csv", "common", &file("1,,挂号费太高了,,,2026-11-19,已核查,2026-11-20\n")).await.unwrap();
        let kept = all(&ctx).await.remove(0);
        assert!(matches!(kept.state, State::Archived { .. }) && kept.open_actions(&ctx.actor).is_empty());
        let refused = service::act(&ctx, kept.id, kept.version, Action::Decline { reason: "不受理".into() }).await.unwrap_err();
        assert!(matches!(refused, Failure::Refused(r) if r.code == "not_now"));
    }
}

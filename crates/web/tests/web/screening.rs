//! From a run of screening down to a doctor's lines, and the rules behind it.

use crate::found::{PAIR, PATIENT, STAY, TRIAL, first_hits, hit, hospital, rule_of, signals, taken, taken_with};
use crate::people::{Answer, exported, get, percent, post, send, sheet, signed_in, signed_in_of};
use axum::http::StatusCode;
use calamine::Data;
use std::collections::BTreeSet;
use xingjian_kernel::{Fen, Role};
use xingjian_sense::claims::screening::{DeliveredTable, Delivery, SCREENING, Tally};
use xingjian_sense::claims::{Hit, Month, Run};
use xingjian_sense::claims_rule::Edition;
use xingjian_store::under_way::{self, UnderWay};
use xingjian_testkit::both_databases;

/// The first address on a page that starts like this.
fn link(page: &Answer, start: &str) -> String {
    let (_, rest) =
        page.body.split_once(&format!("href=\"{start}")).unwrap_or_else(|| panic!("no {start} in {}", page.body));
    format!("{start}{}", rest.split_once('"').unwrap().0).replace("&#38;", "&")
}

both_databases! {
    async fn from_the_city_to_a_doctors_lines_in_four_clicks(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let empty = send(&world, get("/desk/screening", Some(&insurer))).await;
        assert!(empty.body.contains("xingjian claims ingest") && empty.body.contains("xingjian screen"), "{}", empty.body);
        taken(&world, "a", &first_hits()).await;

        let home = send(&world, get("/desk", Some(&insurer))).await;
        assert!(home.body.contains("医保筛查 · 2026年1月 · 命中3处，涉及140.00元"), "{}", home.body);
        let city = send(&world, get(&link(&home, "/desk/screening"), Some(&insurer))).await;
        for text in ["去向合计与启用规则命中一致", "12,345条", "首次筛查，没有可比较的记录", "未匹配机构", "DEMO9", "新开线索2件"] {
            assert!(city.body.contains(text), "{text}: {}", city.body);
        }
        let one = send(&world, get(&link(&city, "/desk/screening/institutions/"), Some(&insurer))).await;
        assert!(one.body.contains("<svg") && one.body.contains("2026-01") && one.body.contains("请机构说明（2件）"), "{}", one.body);
        let doctor = format!("{}/doctors?code=D2", link(&city, "/desk/screening/institutions/"));
        assert!(one.body.contains(&doctor), "{}", one.body);
        let lines = send(&world, get(&doctor, Some(&insurer))).await;
        for text in ["L-D2-50", "001102000010000", "10:30", "同一小时", "不得同时收取", "次数", &PATIENT[..8], "共1处命中，明细全部保存"] {
            assert!(lines.body.contains(text), "{text}: {}", lines.body);
        }
        assert!(!lines.body.contains(&PATIENT[..9]) && !lines.body.contains("L-D1-30"), "{}", lines.body);
        assert!(lines.body.contains("符合范围（元）：</span><span class=\"none\">无数据</span>"), "missing is not zero: {}", lines.body);
        let nobody = send(&world, get(&format!("{}/doctors?code=", link(&city, "/desk/screening/institutions/")), Some(&insurer))).await;
        assert!(nobody.body.contains("没有这样的命中") && nobody.body.contains("数据中没有填写"));
    }

    async fn the_page_says_how_far_a_screening_is_and_that_one_was_broken_off(world: World) {
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let (app, began) = (&world.app, world.app.clock.real());
        let page = async || send(&world, get("/desk/screening", Some(&insurer))).await.body;
        assert!(!page().await.contains("under-way"));
        under_way::tell(&app.db, SCREENING, UnderWay { began, seen: began, done: 3, of: 8 }).await.unwrap();
        assert!(page().await.contains("正在筛查") && page().await.contains("已读取37%；完成后"), "{}", page().await);
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        taken(&world, "a", &first_hits()).await;
        under_way::tell(&app.db, SCREENING, UnderWay { began, seen: began, done: 8, of: 8 }).await.unwrap();
        assert!(page().await.contains("已读取100%；明细已读完，正在保存和形成线索") && page().await.contains("去向合计"));
        world.clock.move_to(began.plus_seconds(61));
        assert!(page().await.contains("筛查中断") && page().await.contains("请在服务器上重新运行 xingjian screen"), "{}", page().await);
        under_way::ended(&app.db, SCREENING).await.unwrap();
        assert!(!page().await.contains("under-way"));
    }

    async fn tables_come_as_spreadsheets(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let run = taken(&world, "a", &first_hits()).await;
        let book = send(&world, get(&format!("/desk/screening/{}/excel", run.id), Some(&insurer))).await;
        let rows = sheet(&book, "机构");
        assert_eq!(rows[4][1], Data::String("DEMO1".into()));
        assert_eq!([&rows[4][2], &rows[4][3], &rows[4][5]], [&Data::Float(3.0), &Data::Float(90.0), &Data::Float(60.0)]);
        assert_eq!(rows[5][6], Data::String("未形成线索".into()));
        assert_eq!(sheet(&book, "规则").len(), 4 + 3);
        let one = link(&send(&world, get("/desk/screening", Some(&insurer))).await, "/desk/screening/institutions/");
        let book = send(&world, get(&format!("{one}/excel"), Some(&insurer))).await;
        let rows = sheet(&book, "命中明细");
        assert_eq!(rows.len(), 4 + 5, "four hits, one of them with two lines");
        let lines: Vec<String> = rows[4..].iter().map(|row| row[12].to_string()).collect();
        assert!(lines.contains(&"L-D1-30".to_owned()) && lines.contains(&"L-elsewhere".to_owned()), "{lines:?}");
        assert!(rows[4..].iter().all(|row| row[9] == Data::String(PATIENT[..8].into())));
        assert_eq!([&rows[4][3], &rows[4][4]], [&Data::String(PAIR.into()), &Data::Float(1.0)], "rule and version");
        let taken = exported(&world).await;
        let taken: Vec<_> = taken.iter().map(|(list, of, rows)| (list.as_str(), of.as_str(), *rows)).collect();
        assert_eq!(taken, [("医保筛查", "2026年1月至2026年2月", 2), ("医保筛查命中明细", "演示第一医院", 5)], "who took them is written down");
        let rules = send(&world, post("/desk/claims-rules/excel", Some(&insurer), &[("show", "trial")])).await;
        let rows = sheet(&rules, "医保规则");
        assert_eq!((rows.len(), &rows[6][2], &rows[6][17]), (7, &Data::String(TRIAL.into()), &Data::String("尚未复核".into())));
    }

    async fn a_hit_is_read_with_the_version_that_found_it(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let older = hit(PAIR, "2026-01-05", "D1", 30);
        let newer = Hit { version: 2, id: "2".into(), ..hit(PAIR, "2026-01-20", "D2", 50) };
        let never = Hit { version: 7, id: "7".into(), ..hit(PAIR, "2026-01-25", "D3", 60) };
        let second = |run: &mut Run| {
            let rule = &mut run.rules[0];
            let first = Edition { version: 1, particulars: rule.particulars.clone() };
            rule.others = vec![first];
            rule.version = 2;
            rule.particulars.limits = "六小时内".into();
        };
        taken_with(&world, "a", &[("DEMO1", vec![older, newer, never])], second).await;
        let signal = format!("/desk/signals/{}/hits", signals(&world).await[0].id);
        let page = send(&world, get(&signal, Some(&insurer))).await;
        let cards: Vec<&str> = page.body.split("<article").skip(1).collect();
        let card = |text: &str| *cards.iter().find(|card| card.contains(text)).unwrap_or_else(|| panic!("{}", page.body));
        assert!(card("L-D1-30").contains(&format!("{PAIR}，第1版")) && card("L-D1-30").contains("限定：同一小时。"));
        assert!(card("L-D2-50").contains(&format!("{PAIR}，第2版")) && card("L-D2-50").contains("限定：六小时内。"));
        assert!(card("L-D3-60").contains("该版本的规则内容没有保存") && !card("L-D3-60").contains("限定："));
        let rule = send(&world, get(&format!("/desk/claims-rules/{}", rule_of(&world, PAIR).await.id), Some(&insurer))).await;
        for text in ["其他版本", "第1版", "同一小时", "六小时内", "第2版", "轻重"] {
            assert!(rule.body.contains(text), "{text}: {}", rule.body);
        }
    }

    async fn what_was_delivered_is_held_against_what_was_read(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let tally = |rows, fen| Tally { rows, amount: Fen::new(fen) };
        let fees = DeliveredTable {
            name: "费用明细".into(),
            has_amounts: true,
            read: tally(12_350, 9_000_500),
            stored: tally(12_345, 9_000_000),
            duplicates: tally(3, 300),
            set_aside: tally(2, 200),
            missing: vec!["开单医师".into()],
            ..DeliveredTable::default()
        };
        let visits = DeliveredTable { name: "就诊".into(), read: tally(70, 0), stored: tally(69, 0), ..DeliveredTable::default() };
        let delivery = |month| Delivery { month: Month::parse(month).unwrap(), late: true, tables: vec![fees.clone(), visits.clone()], lines: fees.stored };
        let page = async |name: &str, deliveries: Vec<Delivery>| {
            let hits = first_hits();
            let run = taken_with(&world, name, &hits, |run| {
                run.months.truncate(1);
                run.deliveries = deliveries;
            });
            send(&world, get(&format!("/desk/screening/{}", run.await.id), Some(&insurer))).await
        };
        let good = page("a", vec![delivery("2026-01")]).await;
        for text in ["12,350", "重复3行3.00元；搁置2行2.00元", "缺项：开单医师", "补报", "相符", "不符", "12,345条、90,000.00元，与本次筛查读入的一致"] {
            assert!(good.body.contains(text), "{text}: {}", good.body);
        }
        let less = Delivery { lines: tally(12_344, 8_999_900), ..delivery("2026-01") };
        let bad = page("b", vec![less]).await;
        assert!(bad.body.contains("与本次筛查读入的不一致"), "{}", bad.body);
        let none = page("c", vec![]).await;
        assert!(none.body.contains("1个月的数据不是由文件导入的") && none.body.contains("没有入库报告"), "{}", none.body);
    }

    async fn an_amount_that_rests_on_an_unknown_total_is_not_nothing(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let unknown = |at, doctor, yuan| {
            let mut hit = hit(PAIR, at, doctor, yuan);
            hit.visits[0].total = None;
            hit
        };
        let hits = vec![unknown("2026-01-05", "D1", 0), unknown("2026-01-06", "D2", 7), hit(PAIR, "2026-01-07", "D3", 0)];
        let by_total = |run: &mut Run| run.rules[0].particulars.amount = "当日各次门诊总费用".into();
        taken_with(&world, "a", &[("DEMO1", hits)], by_total).await;
        let signal = format!("/desk/signals/{}/hits", signals(&world).await[0].id);
        let page = send(&world, get(&signal, Some(&insurer))).await;
        for text in ["金额不明：就诊没有总费用", "涉及 7.00 元（有就诊没有总费用，未计入）", "<b>涉及 0.00 元</b>"] {
            assert_eq!(page.body.matches(text).count(), 1, "{text}: {}", page.body);
        }
    }

    async fn another_department_sees_totals_and_no_person(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let health = signed_in(&world, "jiandu", Role::Inspector).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        taken(&world, "a", &first_hits()).await;
        let city = send(&world, get("/desk/screening", Some(&health))).await;
        assert!(city.body.contains("由其他部门处置"), "{}", city.body);
        let one = link(&city, "/desk/screening/institutions/");
        for path in [one.clone(), format!("{one}/doctors"), format!("{one}/doctors?code=D1")] {
            let page = send(&world, get(&path, Some(&health))).await;
            assert!(page.status == StatusCode::OK && !page.body.contains("L-D1"), "{path}");
            assert!(!page.body.contains(&PATIENT[..8]) && !page.body.contains("2026年1月"), "{path}: {}", page.body);
        }
        let book = send(&world, get(&format!("{one}/excel"), Some(&health))).await;
        assert_eq!(sheet(&book, "命中明细").len(), 4, "headings alone");
        let asked = send(&world, post(&format!("{one}/ask"), Some(&health), &[("text", "越权的请求")])).await;
        assert_eq!(asked.status, StatusCode::UNPROCESSABLE_ENTITY);
        let signal = format!("/desk/signals/{}", signals(&world).await[0].id);
        for path in [signal.clone(), format!("{signal}/hits")] {
            assert_eq!(send(&world, get(&path, Some(&health))).await.status, StatusCode::NOT_FOUND, "{path}");
            assert_eq!(send(&world, get(&path, Some(&insurer))).await.status, StatusCode::OK, "{path}");
        }
        let rule = format!("/desk/claims-rules/{}", rule_of(&world, TRIAL).await.id);
        let page = send(&world, get(&rule, Some(&health))).await;
        assert!(page.body.contains("演示编写人") && !page.body.contains("L-D1-70") && !page.body.contains("/activate"), "{}", page.body);
        let page = send(&world, get(&rule, Some(&insurer))).await;
        assert!(page.body.contains("L-D1-70") && !page.body.contains(&PATIENT[..9]), "{}", page.body);
    }

    async fn more_hits_than_were_kept_are_said_and_turned_page_by_page(world: World) {
        hospital(&world, "演示第一医院", Some("DEMO1")).await;
        let insurer = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let many = (1..=503).map(|yuan| hit(PAIR, "2026-01-05", "D1", yuan));
        let many: Vec<_> = many.chain((1..=130).map(|yuan| hit(STAY, "2026-01-05", "D2", yuan))).collect();
        taken(&world, "a", &[("DEMO1", many)]).await;
        let one = link(&send(&world, get("/desk/screening", Some(&insurer))).await, "/desk/screening/institutions/");
        let first = send(&world, get(&format!("{one}/doctors?code=D1"), Some(&insurer))).await;
        assert!(first.body.contains("共503处命中，保存明细的有500处"), "{}", first.body);
        assert_eq!(first.body.matches("<article").count(), 50);
        assert!(first.body.contains("L-D1-503<") && !first.body.contains("L-D1-453<"));
        let next = link(&first, &format!("{one}/doctors?code=D1&#38;page="));
        let second = send(&world, get(&next, Some(&insurer))).await;
        assert!(second.body.contains("L-D1-453<") && second.body.contains("上一页"), "{next}");
        let last = send(&world, get(&format!("{one}/doctors?code=D1&page=99"), Some(&insurer))).await;
        assert!(last.body.contains("L-D1-4<") && !last.body.contains("L-D1-3<") && !last.body.contains("下一页"));

        let signal = format!("/desk/signals/{}/hits", signals(&world).await[0].id);
        let mut seen = BTreeSet::new();
        for page in 1..=13 {
            let page = send(&world, get(&format!("{signal}?page={page}"), Some(&insurer))).await;
            assert!(page.body.contains("共633处命中，保存明细的有630处"), "{}", page.body);
            let lines: Vec<&str> = page.body.split("<code>L-").skip(1).map(|rest| rest.split_once('<').unwrap().0).collect();
            assert!(lines.len() == 50 || lines.len() == 30, "{}", lines.len());
            seen.extend(lines.into_iter().map(str::to_owned));
        }
        assert_eq!(seen.len(), 630, "every kept hit is on one page");
    }

    async fn two_people_put_a_rule_in_force(world: World) {
        let [one, two] = [
            signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await,
            signed_in_of(&world, "yibao2", Role::Partner, "insurance", None).await,
        ];
        taken(&world, "a", &first_hits()).await;
        let list = send(&world, get("/desk/claims-rules?show=trial", Some(&one))).await;
        assert!(list.body.contains("演示乙") && !list.body.contains("演示监护") && list.body.contains("尚未复核"), "{}", list.body);
        let found = send(&world, get(&format!("/desk/claims-rules?q={}", percent("监护")), Some(&one))).await;
        assert!(found.body.contains("演示监护") && !found.body.contains("演示乙"), "{}", found.body);
        let path = format!("/desk/claims-rules/{}", rule_of(&world, PAIR).await.id);
        let page = send(&world, get(&path, Some(&one))).await;
        for text in ["时段长度", "演示公布的定义", "尚未核对", "演示规则库 第1条", "没有已复核的命中，不计算比例", "/suspend"] {
            assert!(page.body.contains(text), "{text}: {}", page.body);
        }
        let act = |who, act: &str, version, reason| post(&format!("{path}/{act}"), Some(who), &[("version", version), ("reason", reason)]);
        let bare = send(&world, act(&one, "suspend", "1", " ")).await;
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(bare.body.contains("href=\"#suspend-reason\""), "{}", bare.body);
        assert_eq!(send(&world, act(&one, "suspend", "1", "误报较多")).await.status, StatusCode::SEE_OTHER);
        let page = send(&world, get(&path, Some(&one))).await;
        assert!(page.body.contains("另一名工作人员") && !page.body.contains("/activate"), "{}", page.body);
        let own = send(&world, act(&one, "activate", "2", "已经核对")).await;
        assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(own.body.contains("不能是同一人") && own.body.contains("已经核对"), "what was typed can be copied: {}", own.body);
        assert_eq!(send(&world, act(&two, "activate", "2", "已经核对20处")).await.status, StatusCode::SEE_OTHER);
        assert_eq!(send(&world, act(&two, "nothing", "3", "x")).await.status, StatusCode::NOT_FOUND);
    }
}

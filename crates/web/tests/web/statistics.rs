//! What is counted: the figures against what was done, what stands where there is no number, whom they show it to, and the
//! scripts that draw them.

use crate::people::{get, post, send, signed_in, signed_in_of};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use xingjian_kernel::{Actor, Role};
use xingjian_registry::export::Export;
use xingjian_sense::complaint::service::{act, by_receipt, submit};
use xingjian_sense::complaint::{Action, NewComplaint};
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::{World, both_databases};

/// Somebody complains on a day.
async fn complains(world: &World, day: &str) -> String {
    world.clock.set(day.parse().unwrap());
    let mut public = world.ctx("", &[]);
    public.actor = Actor::public();
    let new = NewComplaint {
        channel: "portal".into(),
        about: "演示口腔门诊部".into(),
        subject: None,
        text: format!("{day}在该门诊部就诊，收费不开票。"),
        reporter: None,
        division: None,
        once: day.replace('-', "").repeat(2),
    };
    let receipt = submit(&public, new).await.unwrap();
    by_receipt(&public, &receipt.code).await.unwrap().unwrap().id.to_string()
}

/// The rows of a figure as they are read, cell by cell.
pub fn figure(page: &str, id: &str) -> Vec<Vec<String>> {
    let body = page.split_once(&format!("id=\"{id}\"")).unwrap().1.split_once("<tbody>").unwrap().1;
    let rows = body.split_once("</tbody>").unwrap().0.split("<tr>").skip(1);
    let text = |cell: &str| {
        // The heading that only a phone shows stands before the value.
        let cell = cell.rsplit_once('：').map_or(cell, |(_, value)| value);
        let plain: String = cell.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text)).collect();
        plain.trim().to_owned()
    };
    rows.map(|row| row.split("<td").skip(1).map(|cell| text(cell.split_once('>').unwrap().1)).collect()).collect()
}

/// Two in May, one of them ended; none in June; one in August, and it is the twentieth.
async fn told(world: &World) {
    let declined = complains(world, "2026-05-11").await;
    let intake = world.ctx("受理员甲", &[Role::Intake]);
    act(&intake, declined.parse().unwrap(), 1, Action::Decline { reason: "不在本市".into() }).await.unwrap();
    complains(world, "2026-05-12").await;
    complains(world, "2026-08-20").await;
}

both_databases! {
    async fn months_without_a_system_are_not_months_without_complaints(world: World) {
        told(&world).await;
        let head = signed_in(&world, "fuze", Role::Head).await;
        let page = send(&world, get("/desk/statistics", Some(&head))).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let months = figure(&page.body, "came");
        assert_eq!(months.len(), 12);
        assert_eq!(months[0], ["2025年9月", "无数据", "无数据", "无数据", "无数据"]);
        assert_eq!(months[8], ["2026年5月", "1", "1", "2", "无数据"], "nothing came before to compare with");
        assert_eq!(months[9], ["2026年6月", "0", "0", "0", "−2"]);
        assert_eq!(months[11], ["2026年8月", "0", "1", "1", "不适用"], "the month is not over");

        let may = send(&world, get("/desk/complaints?show=all&month=2026-05", Some(&head))).await;
        assert!(may.body.contains("共 2 条") && may.body.contains("2026年5月登记"), "{}", may.body);
        let june = send(&world, get("/desk/complaints?show=all&month=2026-06", Some(&head))).await;
        assert!(june.body.contains("没有符合条件的投诉举报"), "{}", june.body);
    }

    async fn what_is_late_is_counted_and_listed_alike(world: World) {
        told(&world).await;
        let head = signed_in(&world, "fuze", Role::Head).await;
        let page = send(&world, get("/desk/statistics", Some(&head))).await;
        let terms = figure(&page.body, "terms");
        let counts: Vec<(&str, &str)> = terms.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
        // One has waited since May; the other's term of acceptance still runs.
        assert_eq!(counts[0], ("已逾期", "1"));
        let sum: u64 = counts.iter().map(|(_, n)| n.parse::<u64>().unwrap()).sum();
        assert_eq!(sum, 2, "{counts:?}");
        let late = send(&world, get("/desk/complaints?show=overdue", Some(&head))).await;
        assert!(late.body.contains("共 1 条") && late.body.contains("已逾期"), "{}", late.body);
        let today = send(&world, get("/desk", Some(&head))).await;
        assert_eq!(figure(&today.body, "late")[0], ["投诉举报", "2", "1"]);
        let clerk = signed_in(&world, "shouli", Role::Intake).await;
        assert!(!send(&world, get("/desk", Some(&clerk))).await.body.contains("id=\"late\""));
    }

    async fn a_figure_counts_what_its_reader_may_see(world: World) {
        told(&world).await;
        let partner = signed_in_of(&world, "yibao", Role::Partner, "insurance", None).await;
        let page = send(&world, get("/desk/statistics", Some(&partner))).await;
        assert!(figure(&page.body, "came").iter().all(|row| row[3] == "无数据"), "{}", page.body);
        let credit = signed_in(&world, "xinyong", Role::CreditOfficer).await;
        let page = send(&world, get("/desk/statistics", Some(&credit))).await;
        assert!(page.body.contains("id=\"grades\"") && !page.body.contains("id=\"came\""), "{}", page.body);
    }

    async fn institutions_are_counted_by_the_grade_they_have(world: World) {
        let clinics = [crate::lists::institution(&world, "演示甲诊所", "440402").await, crate::lists::institution(&world, "演示乙诊所", "440402").await];
        let system = Ctx::system(&world.app);
        let mut tx = system.begin().await.unwrap();
        xingjian_credit::grade::reassess_in(&mut tx, &system, clinics[0].subject()).await.unwrap();
        tx.commit().await.unwrap();
        let credit = signed_in(&world, "xinyong", Role::CreditOfficer).await;
        let page = send(&world, get("/desk/statistics", Some(&credit))).await;
        let grades = figure(&page.body, "grades");
        let counts: Vec<(&str, &str)> = grades.iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
        assert_eq!(counts, [("A级", "1"), ("B级", "0"), ("C级", "0"), ("D级", "0"), ("没有信用事件", "1")]);
        let listed = send(&world, get("/desk/grades?q=A%E7%BA%A7", Some(&credit))).await;
        assert!(listed.body.contains("演示甲诊所") && !listed.body.contains("演示乙诊所"), "{}", listed.body);
    }

    async fn a_figure_is_taken_away_as_an_act(world: World) {
        told(&world).await;
        let head = signed_in(&world, "fuze", Role::Head).await;
        let taken = send(&world, post("/desk/statistics/excel", Some(&head), &[("figure", "came")])).await;
        assert_eq!(taken.status, StatusCode::OK);
        let mut book: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(taken.bytes.clone())).unwrap();
        let sheet = calamine::Reader::worksheet_range_at(&mut book, 0).unwrap().unwrap();
        let rows: Vec<Vec<String>> = sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        let last = rows.last().unwrap();
        assert_eq!(last[..4], ["2026年8月", "0", "1", "1"], "{rows:?}");
        assert_eq!(last[4], "不适用");
        let kept = records::all::<Export>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
        assert_eq!(kept.iter().map(|e| (e.list.as_str(), e.rows)).collect::<Vec<_>>(), [("各月收到的投诉举报", 12)]);
        let none = send(&world, post("/desk/statistics/excel", Some(&head), &[("figure", "else")])).await;
        assert_eq!(none.status, StatusCode::NOT_FOUND);
    }

    async fn scripts_of_others_are_compared_before_they_run(world: World) {
        let head = signed_in(&world, "fuze", Role::Head).await;
        let page = send(&world, get("/desk/statistics", Some(&head))).await.body;
        let mut compared = 0;
        for script in page.split("<script src=\"").skip(1) {
            let (path, rest) = script.split_once('"').unwrap();
            let file = send(&world, get(path, None)).await;
            assert_eq!(file.status, StatusCode::OK, "{path}");
            let said = rest.split_once('>').unwrap().0.split_once("integrity=\"").map(|(_, hash)| hash.split_once('"').unwrap().0);
            // What carries a version is somebody else's.
            assert_eq!(path.contains('-'), said.is_some(), "{path}");
            if let Some(said) = said {
                let digest = STANDARD.encode(Sha256::digest(&file.bytes));
                assert_eq!(said, format!("sha256-{digest}"), "{path}");
                compared += 1;
            }
        }
        assert_eq!(compared, 2);
    }
}

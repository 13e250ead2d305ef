//! Files of messages over HTTP: uploaded, previewed, taken in, decided one by one; and what a reporter does with the receipt.

use crate::people::{Answer, exported, get, post, send, sheet, signed_in};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use calamine::Data;
use xingjian_kernel::Role;
use xingjian_registry::account::Session;
use xingjian_registry::export::Export;
use xingjian_registry::release;
use xingjian_sense::complaint::{Complaint, service};
use xingjian_store::{Ctx, Filter, Stored, records};
use xingjian_testkit::{World, both_databases};

const EXCEL: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const FILE: &str = "编号,标题,内容,电话\n1,演示街黑诊所<script>,没有执照，上门打针，电话13812345678,13900000000\n\
                    2,小区停车难,物业乱收停车费,\n3,,,\n";

async fn upload(world: &World, session: &Session, columns: &str, file: &str) -> Answer {
    let body = format!(
        "--x\r\ncontent-disposition: form-data; name=\"choice\"\r\n\r\n{columns}\r\n--x\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"热线.csv\"\r\n\r\n{file}\r\n--x--\r\n"
    );
    let request = Request::post(format!("/desk/messages/new?csrf={}", session.csrf))
        .header("content-type", "multipart/form-data; boundary=x")
        .header("cookie", format!("xingjian={}", session.token));
    send(world, request.body(Body::from(body)).unwrap()).await
}

/// What a hidden field of a page says.
fn hidden(page: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    page.split_once(&mark).unwrap().1.split('"').next().unwrap().to_owned()
}

async fn received(world: &World) -> Vec<Stored<Complaint>> {
    let filter = Filter { states: vec!["received".into()], ..Filter::default() };
    let mut found = records::all::<Complaint>(&Ctx::system(&world.app), &filter).await.unwrap();
    found.sort_by(|a, b| a.number.cmp(&b.number));
    found
}

both_databases! {
    async fn a_file_is_previewed_and_exactly_that_is_taken_in(world: World) {
        let clerk = signed_in(&world, "shouli", Role::Intake).await;
        let page = upload(&world, &clerk, "common", FILE).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("2 + 0 + 0 + 1 = 3") && page.body.contains("第4行“内容”"), "{}", page.body);
        assert!(page.body.contains("138****5678") && !page.body.contains("13812345678") && !page.body.contains("<script>，"));
        assert!(received(&world).await.is_empty());
        let [kept, seal] = ["kept", "seal"].map(|name| hidden(&page.body, name));
        let fields = [("kept", kept.as_str()), ("seal", &seal), ("choice", "common"), ("file", "热线.csv")];
        let remarks = send(&world, post("/desk/messages/returned", Some(&clerk), &fields)).await;
        assert_eq!((remarks.status, remarks.headers["content-type"].to_str().unwrap()), (StatusCode::OK, EXCEL));
        let other = signed_in(&world, "shouli2", Role::Intake).await;
        let stolen = send(&world, post("/desk/messages/confirm", Some(&other), &fields)).await;
        assert_eq!(stolen.status, StatusCode::UNPROCESSABLE_ENTITY, "the seal is of who uploaded it");
        let done = send(&world, post("/desk/messages/confirm", Some(&clerk), &fields)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let place = done.location.split('?').next().unwrap().to_owned();
        let report = send(&world, get(&place, Some(&clerk))).await;
        assert!(report.body.contains("来件导入结果") && report.body.contains("第 4 行"), "{}", report.body);
        let book = send(&world, post(&format!("{place}/returned"), Some(&clerk), &[])).await;
        assert_eq!(book.headers["content-type"], EXCEL);
        let exports = records::all::<Export>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
        assert_eq!((exports.len(), exports[0].rows), (1, 1), "who takes the rows away is written down");
        let list = send(&world, get("/desk/messages", Some(&clerk))).await;
        assert!(list.body.contains("来件分拣") && list.body.contains("热线.csv"), "{}", list.body);
        let complaints = send(&world, get("/desk/complaints", Some(&clerk))).await;
        assert!(complaints.body.contains("138****5678") && !complaints.body.contains("13812345678"), "{}", complaints.body);
        let again = upload(&world, &clerk, "common", FILE).await;
        assert!(again.body.contains("0 + 0 + 2 + 1 = 3") && !again.body.contains("确认导入"), "{}", again.body);
        let unknown = upload(&world, &clerk, "never", FILE).await;
        assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(unknown.body.contains("没有这种列名对照"), "{}", unknown.body);
    }

    async fn messages_are_decided_where_they_stand(world: World) {
        let clerk = signed_in(&world, "shouli", Role::Intake).await;
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        xingjian_sense::message::import::run(&intake, "热线.csv", "common", FILE.as_bytes()).await.unwrap();
        let page = send(&world, get("/desk/messages/triage", Some(&clerk))).await;
        for text in ["待分拣 2 件", "<mark class=\"for\">黑诊所</mark>", "建议：非法行医", "建议：不属卫生健康", "<mark class=\"against\">物业</mark>"] {
            assert!(page.body.contains(text), "{text}\n{}", page.body);
        }
        assert!(page.body.contains("&#60;script&#62;") && !page.body.contains("13812345678"));
        let kept = received(&world).await;
        let path = |n: usize, action: &str| format!("/desk/messages/triage/{}/{action}", kept[n].id);
        let wrong = send(&world, post(&path(0, "take"), Some(&clerk), &[("version", "1"), ("kind", "report"), ("topic", "天气")])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("职责清单中没有负责该事项的部门"), "{}", wrong.body);
        let taken = send(&world, post(&path(0, "take"), Some(&clerk), &[("version", "1"), ("kind", "report"), ("topic", "非法行医")])).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
        let stale = send(&world, post(&path(0, "pass"), Some(&clerk), &[("version", "1"), ("reason", "不属于")])).await;
        assert_ne!(stale.status, StatusCode::SEE_OTHER);
        let passed = send(&world, post(&path(1, "pass"), Some(&clerk), &[("version", "1"), ("reason", "请向住建部门反映"), ("at", "1")])).await;
        assert!(passed.location.contains("at=1"), "{}", passed.location);
        let empty = send(&world, get("/desk/messages/triage?at=7", Some(&clerk))).await;
        assert!(empty.body.contains("没有等待分拣的来件"), "{}", empty.body);
        let counted = send(&world, get("/desk/messages/precision", Some(&clerk))).await;
        assert!(counted.body.contains("1/1 = 100.0%"), "{}", counted.body);
        for page in ["topics?days=7&until=2026-11-23", "topics?until=x", "clocks"] {
            assert_eq!(send(&world, get(&format!("/desk/messages/{page}"), Some(&clerk))).await.status, StatusCode::OK, "{page}");
        }
    }

    async fn what_waits_and_what_is_counted_can_be_taken_away(world: World) {
        let clerk = signed_in(&world, "shouli", Role::Intake).await;
        let intake = world.ctx("受理员甲", &[Role::Intake]);
        let file = format!("{FILE}4,急,演示街某诊所有人打针后死亡，家属在抢救时已报警,\n");
        xingjian_sense::message::import::run(&intake, "热线.csv", "common", file.as_bytes()).await.unwrap();
        let page = send(&world, get("/desk/messages/triage", Some(&clerk))).await;
        assert!(page.body.contains("action=\"/desk/messages/triage/excel\""), "{}", page.body);
        let book = send(&world, post("/desk/messages/triage/excel", Some(&clerk), &[])).await;
        let rows = sheet(&book, "来件分拣");
        let first = rows.iter().position(|row| row[0] == Data::String("编号".into())).unwrap() + 1;
        let texts: Vec<Vec<String>> = rows[first..].iter().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        let kept = received(&world).await;
        assert_eq!(texts.len(), 3, "{texts:?}");
        let of = |number: &str| texts.iter().find(|row| row[0] == number).unwrap();
        let clinic = of(&kept[0].number);
        assert!(clinic[4].contains("138****5678") && clinic[5] == "建议：非法行医" && clinic[7].contains("黑诊所"), "{clinic:?}");
        assert_eq!([&of(&kept[1].number)[5], &of(&kept[1].number)[9]], ["建议：不属卫生健康", "没有点名"]);
        assert_eq!(of(&kept[2].number)[6], "紧急");
        for (name, title, columns) in [("topics?days=7", "比自己的过去多的", 6), ("clocks", "本单位办结的", 4), ("precision", "按词表建议的", 2)] {
            let (path, query) = name.split_once('?').map_or((name, String::new()), |(path, query)| (path, format!("?{query}")));
            let page = send(&world, get(&format!("/desk/messages/{name}"), Some(&clerk))).await;
            assert!(page.body.contains(&format!("href=\"/desk/messages/{path}/excel")), "{}", page.body);
            let book = send(&world, get(&format!("/desk/messages/{path}/excel{query}"), Some(&clerk))).await;
            assert_eq!(sheet(&book, title)[3].iter().filter(|cell| **cell != Data::Empty).count(), columns, "{name}");
            if name == "clocks" {
                let median = sheet(&book, "主要数字").into_iter().find(|row| row[0] == Data::String("本单位办结用时中位数".into()));
                assert!(median.is_some_and(|row| row[1] == Data::String("无数据".into())), "what stands above the tables goes out too");
            }
        }
        let taken: Vec<String> = exported(&world).await.into_iter().map(|(list, of, _)| format!("{list} {of}")).collect();
        assert_eq!(taken.len(), 4, "{taken:?}");
        for text in ["来件分拣 待分拣", "热点 截至2026-11-23，近期7天", "答复时限 ", "分拣准确率 "] {
            assert!(taken.iter().any(|taken| taken.starts_with(text)), "who took it is written down: {text} {taken:?}");
        }
    }

    async fn with_the_receipt_alone_an_answer_is_rated_and_opened_again(world: World) {
        let form = [("about", "演示口腔门诊部"), ("text", "该门诊部把科室承包给外面的人，请查处。"), ("who", "anonymous"), ("once", "0123456789abcdef")];
        let sent = send(&world, post("/complain", None, &form)).await;
        let code = sent.body.split("class=\"receipt\"").nth(1).unwrap().split('>').nth(1).unwrap().split('<').next().unwrap().trim().to_owned();
        let [intake, handler, reviewer, legal] = [("受理员", Role::Intake), ("承办人", Role::Handler), ("复核人", Role::Reviewer), ("法制", Role::LegalReviewer)]
            .map(|(name, role)| world.ctx(name, &[role]));
        release::release(&legal, "clock", "complaint_reopen", "已核对本级办法").await.unwrap();
        let early = send(&world, post("/follow/rate", None, &[("code", &code), ("level", "satisfied")])).await;
        assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", early.body);
        let kept = received(&world).await.remove(0);
        let accept = service::Accept { kind: "report".into(), reason: "举报".into(), topic: "依法执业".into(), subject: None, unregistered: None, open_signal: false };
        let kept = service::accept(&intake, kept.id, kept.version, accept).await.unwrap();
        let kept = service::act(&handler, kept.id, kept.version, xingjian_sense::complaint::Action::Investigate).await.unwrap();
        let answer = xingjian_sense::complaint::Action::Answer { text: "经核查不属实。".into(), finding: "不属实".into() };
        let kept = service::act(&handler, kept.id, kept.version, answer).await.unwrap();
        service::act(&reviewer, kept.id, kept.version, xingjian_sense::complaint::Action::Close).await.unwrap();
        let page = send(&world, post("/follow", None, &[("code", &code)])).await;
        assert!(page.body.contains("评价答复") && page.body.contains("申请重新办理"), "{}", page.body);
        let bare = send(&world, post("/follow/rate", None, &[("code", &code), ("level", "unsatisfied")])).await;
        assert!(bare.status == StatusCode::UNPROCESSABLE_ENTITY && bare.body.contains("哪里不满意"), "{}", bare.body);
        let rated = send(&world, post("/follow/rate", None, &[("code", &code), ("level", "unsatisfied"), ("words", "没有到现场")])).await;
        assert!(rated.status == StatusCode::OK && rated.body.contains("您的评价：不满意"), "{}", rated.body);
        let reason = "答复说已到现场，其实没有人来过";
        let again = send(&world, post("/follow/reopen", None, &[("code", &code), ("reason", reason)])).await;
        assert!(again.status == StatusCode::OK && again.body.contains("按您的申请重新办理") && again.body.contains("重新办理，待核查"), "{}", again.body);
        let twice = send(&world, post("/follow/reopen", None, &[("code", &code), ("reason", reason)])).await;
        assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
        let nobody = send(&world, post("/follow/rate", None, &[("code", "AAAA"), ("level", "satisfied")])).await;
        assert_eq!(nobody.status, StatusCode::NOT_FOUND);
        let clerk = signed_in(&world, "chengban", Role::Handler).await;
        let file = send(&world, get(&format!("/desk/complaints/{}", kept.id), Some(&clerk))).await;
        assert!(file.body.contains("没有到现场") && file.body.contains(reason) && file.body.contains("开始核查"), "{}", file.body);
    }
}

//! Bad input over HTTP: a clear message, and everything typed is still there.

use crate::people::{get, percent, post, send, send_on, signed_in};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use xingjian_kernel::Role;
use xingjian_kernel::codes::CitizenId;
use xingjian_registry::practitioner::{self, NewPractitioner, Profession};
use xingjian_testkit::{World, both_databases};
use xingjian_web::{Web, router};

const ONCE: &str = "0123456789abcdef";

async fn complain(world: &World, text: &str) -> crate::people::Answer {
    let fields = [("about", "演示甲医院"), ("text", text), ("who", "anonymous"), ("once", ONCE)];
    send(world, post("/complain", None, &fields)).await
}

both_databases! {
    async fn what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(world: World) {
        let fields = [("about", "演示<script>alert(1)</script>医院𠮷😀"), ("text", "短"), ("who", "named"), ("contact", "138"), ("once", ONCE)];
        let answer = send(&world, post("/complain", None, &fields)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("有 2 处需要修改"), "{}", answer.body);
        assert!(answer.body.contains("href=\"#complain-text\"") && answer.body.contains("href=\"#complain-name\""));
        assert!(!answer.body.contains("<script>alert"), "markup is shown, never run");
        assert!(answer.body.contains("alert(1)") && answer.body.contains("医院𠮷😀") && answer.body.contains("value=\"138\""));
    }

    async fn known_names_are_suggested_while_one_is_typed(world: World) {
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let csv = "机构名称,行政区划代码\n演示甲医院,440402\n演示&乙<b>医院,440402\n";
        xingjian_registry::import::run(&ctx, xingjian_registry::import::Kind::Institutions, "a.csv", csv.as_bytes(), true).await.unwrap();
        let suggested = async |query: &str| send(&world, get(&format!("/institutions/names?{query}"), None)).await.body;
        assert_eq!(suggested(&format!("about={}", percent("甲医"))).await, "<option value=\"演示甲医院\">");
        assert_eq!(suggested(&format!("subject={}", percent("乙<"))).await, "<option value=\"演示&#38;乙&#60;b&#62;医院\">");
        assert_eq!(suggested(&format!("about={}", percent("院"))).await, "", "one character names nothing");
        assert_eq!(suggested("").await, "");
    }

    async fn whoever_sends_too_many_forms_waits_and_loses_nothing(world: World) {
        let web = Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks: std::sync::Arc::default(), oidc: None };
        let service = router(web);
        let sent = async |address: &str, path: &str, fields: &[(&str, &str)]| {
            let mut request = post(path, None, fields);
            let peer: std::net::SocketAddr = address.parse().unwrap();
            request.extensions_mut().insert(axum::extract::ConnectInfo(peer));
            send_on(service.clone(), request).await
        };
        let complaint = [("about", "演示甲医院"), ("text", "夜间急诊没有医师在岗，由护士开药"), ("who", "anonymous"), ("once", ONCE)];
        let made = sent("10.0.0.6:1", "/complain", &[complaint[0], complaint[1], complaint[2], ("once", "2123456789abcdef")]).await;
        let receipt = made.body.split_once("id=\"receipt\">").unwrap().1[..19].to_owned();
        for _ in 0..30 {
            assert_eq!(sent("10.0.0.7:1", "/follow", &[("code", "AAAA")]).await.status, StatusCode::NOT_FOUND);
        }
        for path in ["/follow", "/follow/rate", "/follow/reopen"] {
            for code in ["AAAA", &receipt] {
                let held = sent("10.0.0.7:2", path, &[("code", code)]).await;
                assert_eq!(held.status, StatusCode::TOO_MANY_REQUESTS, "{path} {code}");
                assert!(held.body.contains(code) && !held.body.contains("演示甲医院"), "a right code looks as a wrong one: {}", held.body);
            }
        }
        let held = sent("10.0.0.7:3", "/complain", &complaint).await;
        assert_eq!(held.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(held.body.contains("请20秒后再次提交") && held.body.contains("由护士开药"), "{}", held.body);
        assert_eq!(sent("10.0.0.8:1", "/complain", &complaint).await.status, StatusCode::OK, "from elsewhere");
        world.clock.move_to(world.app.clock.now().plus_seconds(20));
        let again = [complaint[0], complaint[1], complaint[2], ("once", "1123456789abcdef")];
        assert_eq!(sent("10.0.0.7:4", "/complain", &again).await.status, StatusCode::OK);
    }

    async fn text_at_its_limits(world: World) {
        let zero = complain(&world, "这里有一个不能保存的\u{0}字符在中间").await;
        assert_eq!(zero.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(zero.body.contains("U+0000"));
        let long = "长".repeat(100_000);
        let refused = complain(&world, &long).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("有100000个字，超过上限") && refused.body.contains(&long), "the whole text is still there");
        let huge = Request::post("/complain")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(format!("text={}", "x".repeat(5 << 20))))
            .unwrap();
        let answer = send(&world, huge).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert!(answer.body.contains("不超过 4 MB"));
    }

    async fn the_same_form_twice_shows_the_same_receipt(world: World) {
        let first = complain(&world, "同一张表单提交了两次的情况说明").await;
        let second = complain(&world, "同一张表单提交了两次的情况说明").await;
        let receipt = |body: &str| body.split_once("id=\"receipt\">").unwrap().1[..19].to_owned();
        assert_eq!(receipt(&first.body), receipt(&second.body));
        assert!(second.body.contains("没有重复登记"));
        let followed = send(&world, post("/follow", None, &[("code", &receipt(&first.body))])).await;
        assert!(followed.body.contains("待受理") && followed.body.contains("演示甲医院"));
        let unknown = send(&world, post("/follow", None, &[("code", "AAAA-BBBB-CCCC-DDDD")])).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    }

    async fn a_page_that_somebody_else_overtook_is_told_and_keeps_its_text(world: World) {
        complain(&world, "需要两个人同时受理的情况说明").await;
        let session = signed_in(&world, "shouli", Role::Intake).await;
        let list = send(&world, get("/desk/complaints", Some(&session))).await;
        let path = list.body.split_once("href=\"/desk/complaints/0").unwrap().1.split_once('"').unwrap().0;
        let path = format!("/desk/complaints/0{path}");
        let decline = |reason: &'static str| post(&format!("{path}/decline"), Some(&session), &[("version", "1"), ("reason", reason)]);
        let first = send(&world, decline("不属于卫生健康部门职责")).await;
        assert_eq!(first.status, StatusCode::SEE_OTHER);
        let second = send(&world, decline("另一位受理员写的理由")).await;
        assert!(second.status.is_client_error());
        assert!(second.body.contains("不予受理") && second.body.contains("另一位受理员写的理由"), "{}", second.body);
    }

    async fn a_clerk_names_whom_the_registry_does_not_know(world: World) {
        complain(&world, "没有牌照的人在这里给人打针的情况说明").await;
        let session = signed_in(&world, "shouli", Role::Intake).await;
        let list = send(&world, get("/desk/complaints", Some(&session))).await;
        let path = list.body.split_once("href=\"/desk/complaints/0").unwrap().1.split_once('"').unwrap().0;
        let path = format!("/desk/complaints/0{path}");
        let page = send(&world, get(&path, Some(&session))).await;
        assert!(page.body.contains("name=\"subject\" value=\"\""), "what was not recognised is no name: {}", page.body);
        let at = |kind: &str| page.body.find(&format!("name=\"kind\" value=\"{kind}\"")).unwrap();
        assert!(["complaint", "report", "petition", "question"].map(at).is_sorted(), "in the order of the law");
        let accept = |more: &[(&str, &str)]| {
            let fields = [("version", "1"), ("kind", "report"), ("reason", "违法"), ("topic", "非法行医"), ("signal", "yes")];
            post(&format!("{path}/accept"), Some(&session), &[&fields[..], more].concat())
        };
        let bare = send(&world, accept(&[])).await;
        assert_eq!(bare.status, StatusCode::UNPROCESSABLE_ENTITY);
        for field in ["unknown_name", "unknown_place"] {
            assert!(bare.body.contains(&format!("href=\"#accept-{field}\"")), "{field}: {}", bare.body);
        }
        let done = send(&world, accept(&[("unknown_name", "演示街诊疗点"), ("unknown_place", "演示街12号")])).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        let registrar = signed_in(&world, "dengji", Role::Registrar).await;
        let today = send(&world, get("/desk", Some(&registrar))).await;
        assert!(today.body.contains("演示街诊疗点") && !today.body.contains("演示甲医院"), "{}", today.body);
    }

    async fn a_large_upload_is_refused_by_name(world: World) {
        let session = signed_in(&world, "dengji", Role::Registrar).await;
        let body = [
            b"--x\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n".as_slice(),
            &vec![b'a'; 60 << 20],
            b"\r\n--x--\r\n",
        ]
        .concat();
        let request = Request::post(format!("/desk/imports/new?csrf={}", percent(&session.csrf)))
            .header("cookie", format!("xingjian={}", session.token))
            .header("content-type", "multipart/form-data; boundary=x")
            .body(Body::from(body))
            .unwrap();
        let answer = send(&world, request).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", answer.body);
        assert!(answer.body.contains("20 MB"));
    }

    async fn a_citizen_number_is_shown_once_for_a_reason(world: World) {
        let registrar = signed_in(&world, "dengji", Role::Registrar).await;
        let inspector = signed_in(&world, "jiandu", Role::Inspector).await;
        let ctx = world.ctx("登记管理员甲", &[Role::Registrar]);
        let mut tx = ctx.begin().await.unwrap();
        let new = NewPractitioner {
            name: "演示甲".into(),
            profession: Profession::Physician,
            certificate: None,
            citizen: Some(CitizenId::from_secret("11010519491231002X").unwrap()),
            scope: None,
            places: vec![],
            division: "4404".parse().unwrap(),
            demo: true,
        };
        let id = practitioner::register_in(&mut tx, &ctx, new).await.unwrap();
        tx.commit().await.unwrap();
        let path = format!("/desk/practitioners/{id}");
        let reveal = |who, reason| post(&format!("{path}/citizen"), Some(who), &[("reason", reason), ("version", "1")]);
        let seen = send(&world, get(&path, Some(&inspector))).await;
        assert!(seen.body.contains("已加密") && !seen.body.contains("1949"));
        assert_eq!(send(&world, reveal(&inspector, "好奇")).await.status, StatusCode::FORBIDDEN);
        assert_eq!(send(&world, reveal(&registrar, "")).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let shown = send(&world, reveal(&registrar, "核对证件")).await;
        assert!(shown.status == StatusCode::OK && shown.body.contains("11010519491231002X"));
        let after = send(&world, get(&path, Some(&registrar))).await;
        assert!(!after.body.contains("1949") && after.body.contains("核对证件"));
    }
}

//! Sessions, other sites, headers.

use crate::people::{Answer, get, post, send, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::Role;
use xingjian_store::{Ctx, Executor};
use xingjian_testkit::both_databases;

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

both_databases! {
    async fn a_form_from_another_site_is_refused(world: World) {
        let session = signed_in(&world, "shouli", Role::Intake).await;
        for (name, value) in [("origin", "https://elsewhere.example"), ("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site")] {
            let mut request = post("/desk/complaints/new", Some(&session), &[]);
            request.headers_mut().insert("host", "here.example".parse().unwrap());
            request.headers_mut().insert(name, value.parse().unwrap());
            assert_eq!(send(&world, request).await.status, StatusCode::FORBIDDEN, "{name}: {value}");
        }
        let mut own = post("/desk/complaints/new", Some(&session), &[]);
        own.headers_mut().insert("host", "here.example".parse().unwrap());
        own.headers_mut().insert("origin", "https://here.example".parse().unwrap());
        assert_eq!(send(&world, own).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn a_form_without_the_secret_of_the_session_changes_nothing_and_loses_nothing(world: World) {
        let session = signed_in(&world, "shouli", Role::Intake).await;
        let mut forged = session.clone();
        forged.csrf = "0".repeat(64);
        let fields = [("text", "已经写了很多字"), ("about", "演示甲医院")];
        let answer = send(&world, post("/desk/complaints/new", Some(&forged), &fields)).await;
        assert!(answer.body.contains("内容还没有提交") && answer.body.contains("已经写了很多字"));
        assert!(answer.body.contains(&session.csrf) && !answer.body.contains(&forged.csrf));
        let rows = world.app.db.reader().one("select count(*) as n from complaint", vec![]).await.unwrap().unwrap();
        assert_eq!(rows.try_get::<i64>("", "n").unwrap(), 0);
    }

    async fn a_login_that_expired_half_way_keeps_what_was_typed(world: World) {
        let session = signed_in(&world, "shouli", Role::Intake).await;
        world.clock.set(xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1));
        let fields = [("text", "写到一半的“内容”<b>"), ("channel", "visit")];
        let expired = send(&world, post("/desk/complaints/new", Some(&session), &fields)).await;
        assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
        assert!(expired.body.contains("刚才填写的内容不会丢失"));
        let kept = expired.body.split_once("name=\"kept\" value=\"").unwrap().1.split_once('"').unwrap().0;
        let kept = kept.replace("&amp;", "&").replace("&#38;", "&");
        let again = [("login", "shouli"), ("password", "correct horse"), ("next", "/desk/complaints/new"), ("kept", &kept)];
        let resumed = send(&world, post("/sign-in", None, &again)).await;
        assert_eq!(resumed.status, StatusCode::OK);
        assert!(header(&resumed, "set-cookie").contains("HttpOnly; SameSite=Lax"));
        assert!(resumed.body.contains("action=\"/desk/complaints/new\""));
        assert!(resumed.body.contains("写到一半的“内容”") && !resumed.body.contains("内容”<b>"));
    }

    async fn a_form_beyond_the_limit_is_refused_by_name_whoever_sends_it(world: World) {
        let session = signed_in(&world, "shouli", Role::Intake).await;
        let huge = "x".repeat(5 << 20);
        for session in [Some(&session), None] {
            let answer = send(&world, post("/desk/complaints/new", session, &[("text", &huge)])).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
            assert!(answer.body.contains("不超过 4 MB"));
        }
    }

    async fn a_character_that_no_key_has_finds_nothing(world: World) {
        for path in ["/institutions?q=%00", "/institutions/names?x=a%00b", "/institutions/%00", "/published?after=%00~x"] {
            let answer = send(&world, get(path, None)).await;
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.status);
        }
        let answer = send(&world, post("/sign-in", None, &[("login", "\u{0}"), ("password", "x")])).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let fields = [("about", "演示\u{0}医院"), ("text", "十个字以上的情况说明文字"), ("once", "0123456789abcdef")];
        assert_eq!(send(&world, post("/complain", None, &fields)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn whoever_guesses_is_told_until_when_to_wait(world: World) {
        signed_in(&world, "shouli", Role::Intake).await;
        let try_it = async |password: &str| {
            let fields = [("login", "shouli"), ("password", password), ("next", "/desk"), ("kept", "text=%E5%86%99")];
            send(&world, post("/sign-in", None, &fields)).await
        };
        for _ in 0..4 {
            assert_eq!(try_it("guessed horse").await.status, StatusCode::UNAUTHORIZED);
        }
        for password in ["guessed horse", "correct horse"] {
            let told = try_it(password).await;
            assert_eq!(told.status, StatusCode::TOO_MANY_REQUESTS);
            assert!(told.body.contains("请在 09:01 以后再试") && told.body.contains("%E5%86%99"), "{}", told.body);
            let seconds: i64 = header(&told, "retry-after").parse().unwrap();
            assert!((50..=61).contains(&seconds), "{seconds}");
        }
        world.clock.move_to(Ctx::system(&world.app).now().plus_seconds(61));
        assert!(try_it("correct horse").await.headers.contains_key("set-cookie"));
    }

    async fn every_page_carries_its_protection(world: World) {
        let page = send(&world, get("/", None)).await;
        let policy = header(&page, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        assert_eq!(header(&page, "cache-control"), "no-store");
        let missing = send(&world, get("/nothing/here", None)).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND);
        assert!(missing.body.contains("没有这个页面"));
        for asset in ["/assets/app.css", "/assets/app.js", "/assets/tabler-1.4.0.css"] {
            let answer = send(&world, get(asset, None)).await;
            assert_eq!(answer.status, StatusCode::OK);
            assert!(header(&answer, "cache-control").contains("max-age"));
        }
    }

    async fn no_page_loads_anything_from_outside(world: World) {
        for path in ["/", "/complain", "/follow", "/institutions", "/published", "/sign-in"] {
            let page = send(&world, get(path, None)).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            for sign in ["src=\"http", "href=\"http", "url(http", "@import", " onclick=", " style="] {
                assert!(!page.body.contains(sign), "{path} contains {sign}");
            }
        }
    }
}

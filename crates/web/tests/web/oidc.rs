//! Signing in through the identity platform: a platform on this machine that behaves, and one that does not.

mod platform;

use crate::people::{Answer, get, send_to, signed_in};
use axum::http::{StatusCode, header};
use platform::{CLIENT, Does, Platform, SECRET};
use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_kernel::Role;
use xingjian_store::{Ctx, Record, ledger};
use xingjian_testkit::{World, both_databases};
use xingjian_web::Web;
use xingjian_web::oidc::{Oidc, Settings};

const BACK: &str = "http://localhost:8620/sign-in/oidc/return";

fn settings(issuer: &str) -> Settings {
    Settings {
        issuer: issuer.into(),
        client_id: CLIENT.into(),
        secret_file: "oidc.secret".into(),
        redirect: BACK.into(),
        claim: "sub".into(),
        through: None,
        label: "统一身份认证".into(),
    }
}

fn web(world: &World, platform: &Platform) -> Web {
    let oidc = Oidc::new(settings(&platform.issuer), SECRET).unwrap();
    Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks: Arc::default(), oidc: Some(Arc::new(oidc)) }
}

fn cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all(header::SET_COOKIE).iter();
    all.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}

fn query(location: &str) -> BTreeMap<String, String> {
    form_urlencoded::parse(location.split_once('?').unwrap().1.as_bytes()).into_owned().collect()
}

/// The browser goes to the platform and is sent back: what it asked for, and its cookie.
async fn begun(web: &Web, platform: &Platform, path: &str) -> (BTreeMap<String, String>, String) {
    let sent = send_to(web.clone(), get(path, None)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    assert!(sent.location.starts_with(&format!("{}/authorize?", platform.issuer)), "{}", sent.location);
    let asked = query(&sent.location);
    *platform.asked.lock().unwrap() = (asked["nonce"].clone(), asked["code_challenge"].clone());
    (asked, cookies(&sent)[0].clone())
}

async fn back(web: &Web, state: &str, cookie: &str) -> Answer {
    let mut request = get(&format!("/sign-in/oidc/return?code=the-code&state={state}"), None);
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    send_to(web.clone(), request).await
}

both_databases! {
    async fn who_the_platform_names_enters_by_the_account_that_is_there(world: World) {
        let platform = Platform::start(world.app.clock.clone(), BACK).await;
        let web = web(&world, &platform);
        let jia = signed_in(&world, "jia", Role::Intake).await;
        let page = send_to(web.clone(), get("/sign-in?next=%2Fdesk%2Fcomplaints", None)).await.body;
        assert!(page.contains("href=\"/sign-in/oidc?next=%2Fdesk%2Fcomplaints\"") && page.contains("统一身份认证"), "{page}");
        for does in [Does::Well, Does::WellWithRsa, Does::WellForSeveral] {
            *platform.does.lock().unwrap() = does;
            let (asked, cookie) = begun(&web, &platform, "/sign-in/oidc?next=%2Fdesk%2Fcomplaints").await;
            assert_eq!((asked["response_type"].as_str(), asked["code_challenge_method"].as_str()), ("code", "S256"));
            assert!(asked["scope"] == "openid" && asked["client_id"] == CLIENT && asked["redirect_uri"] == BACK);
            assert!(!cookie.contains(&asked["state"]) && !cookie.contains(&asked["nonce"]), "sealed");
            let inside = back(&web, &asked["state"], &cookie).await;
            assert_eq!((inside.status, inside.location.as_str()), (StatusCode::SEE_OTHER, "/desk/complaints"), "{does:?} {}", inside.body);
            let session = cookies(&inside)[0].clone();
            let mut desk = get("/desk/complaints", None);
            desk.headers_mut().insert("cookie", session.parse().unwrap());
            assert_eq!(send_to(web.clone(), desk).await.status, StatusCode::OK);
        }
        assert_eq!(*platform.keys_asked.lock().unwrap(), 1, "known keys are not asked for again");
        let rows = ledger::of_resource(&Ctx::system(&world.app), xingjian_registry::account::Account::TABLE, jia.account.id).await.unwrap();
        assert_eq!(rows.iter().filter(|row| row.text == "登录（统一身份认证）").count(), 3);
    }

    async fn a_platform_that_misbehaves_lets_nobody_in(world: World) {
        let platform = Platform::start(world.app.clock.clone(), BACK).await;
        let web = web(&world, &platform);
        signed_in(&world, "jia", Role::Intake).await;
        signed_in(&world, "guanli", Role::Administrator).await;
        for (does, told) in [
            (Does::WrongNonce, "不属于这一次登录"),
            (Does::WrongAudience, "签发给其他系统"),
            (Does::ForSeveralWithoutParty, "签发给其他系统"),
            (Does::WrongIssuer, "不是由登记的认证平台签发"),
            (Does::Expired, "已过期"),
            (Does::Early, "时钟相差太多"),
            (Does::Unsigned, "签名算法“none”不予接受"),
            (Does::SharedSecret, "签名算法“HS256”不予接受"),
            (Does::UnknownKey, "签名密钥“unknown”不在"),
            (Does::KeyOfOtherKind, "签名密钥“rsa”不在"),
            (Does::WrongKey, "签名不成立"),
            (Does::ChangedAfterwards, "签名不成立"),
            (Does::NobodyNamed, "没有“sub”"),
            (Does::Stranger, "没有可用的账号"),
            (Does::Garbage, "不是约定的格式"),
            (Does::Refuses, "答复 500"),
        ] {
            *platform.does.lock().unwrap() = does;
            let (asked, cookie) = begun(&web, &platform, "/sign-in/oidc").await;
            let refused = back(&web, &asked["state"], &cookie).await;
            assert!(refused.status.is_client_error() || refused.status == StatusCode::BAD_GATEWAY, "{does:?}: {}", refused.status);
            assert!(refused.body.contains(told), "{does:?}: {}", refused.body);
            assert!(!cookies(&refused).iter().any(|cookie| cookie.starts_with("xingjian=")), "{does:?}");
        }
    }

    async fn only_the_browser_that_began_comes_back_and_only_for_a_while(world: World) {
        let platform = Platform::start(world.app.clock.clone(), BACK).await;
        let web = web(&world, &platform);
        signed_in(&world, "jia", Role::Intake).await;
        let (asked, cookie) = begun(&web, &platform, "/sign-in/oidc?next=%2F%2Fevil.example").await;
        for (state, cookie) in [("0".repeat(32), cookie.as_str()), (asked["state"].clone(), "xingjian-oidc=aes256gcm.1.00"), (asked["state"].clone(), "other=1")] {
            let refused = back(&web, &state, cookie).await;
            assert_eq!(refused.status, StatusCode::BAD_REQUEST);
            assert!(refused.body.contains("不是从本浏览器开始的"), "{}", refused.body);
        }
        let mut declined = get(&format!("/sign-in/oidc/return?error=access_denied&state={}", asked["state"]), None);
        declined.headers_mut().insert("cookie", cookie.parse().unwrap());
        assert!(send_to(web.clone(), declined).await.body.contains("access_denied"));
        assert_eq!(back(&web, &asked["state"], &cookie).await.location, "/desk", "never to another site");
        let (asked, cookie) = begun(&web, &platform, "/sign-in/oidc").await;
        world.clock.move_to(Ctx::system(&world.app).now().plus_seconds(601));
        assert_eq!(back(&web, &asked["state"], &cookie).await.status, StatusCode::BAD_REQUEST);
    }

    async fn without_a_platform_there_is_no_way_and_no_word_of_one(world: World) {
        let none = Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks: Arc::default(), oidc: None };
        assert!(!send_to(none.clone(), get("/sign-in", None)).await.body.contains("oidc"));
        for path in ["/sign-in/oidc", "/sign-in/oidc/return?code=x&state=y"] {
            assert_eq!(send_to(none.clone(), get(path, None)).await.status, StatusCode::NOT_FOUND);
        }
        let gone = Oidc::new(settings("http://127.0.0.1:1/realm"), SECRET).unwrap();
        let web = Web { oidc: Some(Arc::new(gone)), ..none };
        let told = send_to(web, get("/sign-in/oidc", None)).await;
        assert_eq!(told.status, StatusCode::BAD_GATEWAY);
        assert!(told.body.contains("没有答复") && told.body.contains("登录名和密码"), "{}", told.body);
    }

    async fn signing_out_offers_to_leave_the_platform_too(world: World) {
        let platform = Platform::start(world.app.clock.clone(), BACK).await;
        let web = web(&world, &platform);
        let jia = signed_in(&world, "jia", Role::Intake).await;
        let mut request = crate::people::post("/sign-out", Some(&jia), &[]);
        request.headers_mut().insert("cookie", format!("xingjian={}; xingjian-sso=1", jia.token).parse().unwrap());
        let left = send_to(web.clone(), request).await;
        assert_eq!(left.status, StatusCode::OK);
        assert!(left.body.contains(&format!("href=\"{}/leave?client_id=xingjian&#38;post_logout_redirect_uri=", platform.issuer)), "{}", left.body);
        assert_eq!(send_to(web, get("/desk", Some(&jia))).await.status, StatusCode::SEE_OTHER, "the session here has ended");
    }
}

#[test]
fn what_the_operator_says_is_checked() {
    let told = |change: fn(&mut Settings), secret: &str| {
        let mut settings = settings("https://sso.example.gov.cn/realm");
        settings.through = Some("http://127.0.0.1:8441".into());
        settings.redirect = "https://xj.example.gov.cn/sign-in/oidc/return".into();
        change(&mut settings);
        Oidc::new(settings, secret).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(told(|_| {}, SECRET), "");
    assert!(told(|s| s.issuer = "http://sso.example.gov.cn/realm".into(), SECRET).contains("须为 https"));
    assert!(told(|s| s.issuer = "http://127.0.0.1.example.com".into(), SECRET).contains("须为 https"));
    assert!(told(|s| s.through = None, SECRET).contains("through"));
    assert!(told(|s| s.through = Some("http://10.0.0.1:8441".into()), SECRET).contains("through"));
    assert!(told(|s| s.redirect = "https://xj.example.gov.cn/".into(), SECRET).contains("/sign-in/oidc/return"));
    assert!(told(|_| {}, " \n").contains("空的"));
}

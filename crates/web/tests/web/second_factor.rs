//! The second factor as its holder meets it: enrolled before anything else, asked for at signing in, reset by somebody else.

use crate::people::{Answer, enter, get, post, send, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_registry::account::{self, Account, NewAccount, Session, totp};
use xingjian_store::{Ctx, records};
use xingjian_testkit::{World, both_databases};

const PASSWORD: &str = "correct horse";

/// Somebody whose account is no demonstration, signed in.
async fn real(world: &World, login: &str, role: Role) -> Session {
    let admin = world.ctx("系统管理员甲", &[Role::Administrator]);
    let mut tx = admin.begin().await.unwrap();
    let new = NewAccount {
        login: login.into(),
        name: login.into(),
        password: PASSWORD.into(),
        handed_out: false,
        roles: vec![role],
        department: DepartmentId::new("health"),
        division: "4404".parse().unwrap(),
        subject: None,
        demo: false,
    };
    let id = account::add_in(&mut tx, &admin, new).await.unwrap();
    account::grant_in(&mut tx, &world.ctx("安全管理员甲", &[Role::SecurityAdministrator]), id).await.unwrap();
    tx.commit().await.unwrap();
    enter(world, login, PASSWORD).await.unwrap()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1.split_once(after).unwrap().0
}

/// An authenticator that reads the secret from the page, as RFC 4648 and RFC 6238 say.
struct Authenticator(Vec<u8>);

impl Authenticator {
    fn reads(page: &str) -> Self {
        let text = between(page, "id=\"secret\">", "<").replace(' ', "");
        let value = |letter: u8| if letter >= b'A' { letter - b'A' } else { letter - b'2' + 26 };
        let bits: Vec<u8> =
            text.bytes().flat_map(|letter| (0..5).rev().map(move |bit| value(letter) >> bit & 1)).collect();
        Self(bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect())
    }

    fn shows(&self, world: &World, off: i64) -> String {
        totp::code(&self.0, totp::step(Ctx::system(&world.app).now()).saturating_add_signed(off))
    }
}

async fn sign_in(world: &World, login: &str, more: &[(&str, &str)]) -> Answer {
    send(world, post("/sign-in", None, &[&[("login", login), ("password", PASSWORD)], more].concat())).await
}

fn cookie(answer: &Answer) -> String {
    between(answer.headers.get("set-cookie").unwrap().to_str().unwrap(), "xingjian=", ";").to_owned()
}

/// Enrols over the pages: the authenticator, the recovery codes, and the session that came of it.
async fn enrol(world: &World, session: &Session) -> (Authenticator, Vec<String>, Session) {
    let page = send(world, get("/second-factor", Some(session))).await.body;
    let authenticator = Authenticator::reads(&page);
    let sealed = between(&page, "name=\"sealed\" value=\"", "\"").to_owned();
    let code = authenticator.shows(world, 0);
    let fields = [("code", code.as_str()), ("old_password", PASSWORD), ("sealed", &sealed)];
    let done = send(world, post("/second-factor", Some(session), &fields)).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    let codes = done.body.split("<li><code>").skip(1).map(|rest| rest.split_once('<').unwrap().0.to_owned()).collect();
    let csrf = between(&done.body, "name=\"csrf\" value=\"", "\"").to_owned();
    (authenticator, codes, Session { token: cookie(&done), csrf, ..session.clone() })
}

both_databases! {
    async fn who_must_have_one_does_nothing_before(world: World) {
        let chengban = real(&world, "chengban", Role::Handler).await;
        for path in ["/desk", "/desk/complaints", "/desk/signals"] {
            let sent = send(&world, get(path, Some(&chengban))).await;
            assert_eq!((sent.status, sent.location.as_str()), (StatusCode::SEE_OTHER, "/second-factor"), "{path}");
        }
        let act = send(&world, post("/desk/tasks/new", Some(&chengban), &[("plan", "x")])).await;
        assert_eq!(act.status, StatusCode::FORBIDDEN);
        assert!(act.body.contains("请先启用第二因素"), "{}", act.body);
        assert_eq!(send(&world, get("/institutions", Some(&chengban))).await.status, StatusCode::OK, "what is public stays so");
        assert_eq!(send(&world, get("/password", Some(&chengban))).await.status, StatusCode::OK);
        let page = send(&world, get("/second-factor", Some(&chengban))).await.body;
        assert!(page.contains("您的岗位须在密码之外启用第二因素") && page.contains("<svg class=\"qr\""), "{page}");
        let again = send(&world, get("/second-factor", Some(&chengban))).await.body;
        assert_ne!(Authenticator::reads(&page).0, Authenticator::reads(&again).0, "a secret is shown once");
        let gongkai = real(&world, "gongkai", Role::Publisher).await;
        assert_eq!(send(&world, get("/desk", Some(&gongkai))).await.status, StatusCode::OK, "nobody asks this role for one");
    }

    async fn it_is_enrolled_and_asked_for_and_nothing_typed_is_lost(world: World) {
        let chengban = real(&world, "chengban", Role::Handler).await;
        let page = send(&world, get("/second-factor", Some(&chengban))).await.body;
        let sealed = between(&page, "name=\"sealed\" value=\"", "\"");
        let wrong = send(&world, post("/second-factor", Some(&chengban), &[("code", "12"), ("old_password", "secret horse"), ("sealed", sealed)])).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("href=\"#enrol-code\"") && !wrong.body.contains("secret horse"), "{}", wrong.body);
        assert_eq!(Authenticator::reads(&wrong.body).0, Authenticator::reads(&page).0, "the scanned secret stays");
        let (authenticator, codes, inside) = enrol(&world, &chengban).await;
        assert_eq!(codes.len(), account::RECOVERY_CODES);
        assert_eq!(send(&world, get("/desk", Some(&chengban))).await.status, StatusCode::SEE_OTHER, "the token before is no session");
        assert_eq!(send(&world, get("/desk", Some(&inside))).await.status, StatusCode::OK);
        let shown = send(&world, get("/second-factor", Some(&inside))).await.body;
        assert!(shown.contains("恢复码剩余 8 个") && codes.iter().all(|code| !shown.contains(code)));
        let kept = [("next", "/desk/complaints/new"), ("kept", "text=%E5%86%99%E5%88%B0%E4%B8%80%E5%8D%8A%E3%80%82")];
        let asked = sign_in(&world, "chengban", &kept).await;
        assert_eq!(asked.status, StatusCode::OK);
        assert!(asked.headers.get("set-cookie").is_none() && asked.body.contains("autocomplete=\"one-time-code\""), "{}", asked.body);
        let step = between(&asked.body, "name=\"step\" value=\"", "\"");
        let answer = async |code: &str| send(&world, post("/sign-in/code", None, &[&[("step", step), ("code", code)], &kept[..]].concat())).await;
        let refused = answer("000000").await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
        assert!(refused.body.contains("验证码不正确") && refused.body.contains(step) && refused.body.contains("%E5%86%99"));
        let resumed = answer(&authenticator.shows(&world, 1)).await;
        assert!(resumed.body.contains("写到一半。") && !cookie(&resumed).is_empty(), "{}", resumed.body);
        let late = answer(&authenticator.shows(&world, 1)).await;
        assert!(late.body.contains("登录已超时") && late.body.contains("%E5%86%99"), "{}", late.body);
    }

    async fn a_lost_telephone_is_replaced_by_a_recovery_code_and_then_by_an_administrator(world: World) {
        let chengban = real(&world, "chengban", Role::Handler).await;
        let (_, codes, _) = enrol(&world, &chengban).await;
        let asked = sign_in(&world, "chengban", &[]).await;
        let step = between(&asked.body, "name=\"step\" value=\"", "\"");
        let entered = send(&world, post("/sign-in/code", None, &[("step", step), ("code", &codes[0])])).await;
        assert_eq!((entered.status, entered.location.as_str()), (StatusCode::SEE_OTHER, "/desk"));
        let admin = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        let found = records::by_number::<Account>(&Ctx::system(&world.app), "chengban").await.unwrap().unwrap();
        let path = format!("/desk/accounts/{}", found.id);
        let file = send(&world, get(&path, Some(&admin))).await.body;
        assert!(file.contains("恢复码剩余7个") && file.contains("重置第二因素"), "{file}");
        let version = found.version.to_string();
        let reset = async |reason| send(&world, post(&format!("{path}/reset_factor"), Some(&admin), &[("version", &version), ("reason", reason)])).await;
        assert_eq!(reset("").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(reset("手机遗失，已当面核实").await.status, StatusCode::SEE_OTHER);
        let again = sign_in(&world, "chengban", &[]).await;
        assert_eq!(again.status, StatusCode::SEE_OTHER);
        let session = Session { token: cookie(&again), ..chengban };
        assert_eq!(send(&world, get("/desk", Some(&session))).await.location, "/second-factor");
    }

    async fn signing_in_ends_the_session_that_was_there(world: World) {
        let before = signed_in(&world, "jia", Role::Intake).await;
        let mut request = post("/sign-in", None, &[("login", "jia"), ("password", PASSWORD)]);
        request.headers_mut().insert("cookie", format!("xingjian={}", before.token).parse().unwrap());
        let answer = send(&world, request).await;
        assert_ne!(cookie(&answer), before.token);
        assert_eq!(send(&world, get("/desk", Some(&before))).await.status, StatusCode::SEE_OTHER);
    }
}

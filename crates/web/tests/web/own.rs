//! The own password, the own session, accounts that only the city's administrator keeps, and a start page that is long.

use crate::people::{enter, get, percent, post, send, send_to, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, Role};
use xingjian_registry::account::{self, Account, NewAccount, Session};
use xingjian_registry::import;
use xingjian_sense::complaint::service::{Accept, accept, by_receipt, submit};
use xingjian_sense::complaint::{Complaint, NewComplaint};
use xingjian_store::{Ctx, Event, Executor, Failure, records};
use xingjian_testkit::{World, both_databases};
use xingjian_web::{Web, visitor};

const OLD: &str = "correct horse";
const NEW: &str = "battery staple";

fn change(session: &Session, old: &str, new: &str, again: &str) -> axum::http::Request<axum::body::Body> {
    post("/password", Some(session), &[("old_password", old), ("new_password", new), ("new_password_again", again)])
}

/// As many complaints as would fill more than the pages that are read at once, all due before `kept`.
async fn crowd(world: &World, kept: &Complaint, many: usize) -> Result<(), Failure> {
    let ctx = Ctx::system(&world.app);
    let mut tx = ctx.begin().await?;
    for n in 0..many {
        let id: ComplaintId = ctx.new_id();
        let copy = Complaint {
            id,
            number: format!("演示-{n}"),
            receipt_digest: format!("{n}"),
            about: format!("演示机构{n}"),
            ..kept.clone()
        };
        records::insert(&mut tx, &ctx, &copy, Event::new("complaint.received", "收到")).await?;
    }
    Ok(tx.commit().await?)
}

both_databases! {
    async fn somebody_changes_the_own_password(world: World) {
        let here = signed_in(&world, "jia", Role::Intake).await;
        let elsewhere = enter(&world, "jia", OLD).await.unwrap();
        let home = send(&world, get("/desk", Some(&here))).await;
        assert!(home.body.contains("href=\"/account\""), "{}", home.body);
        assert!(send(&world, get("/account", Some(&here))).await.body.contains("href=\"/password\""));
        let page = send(&world, get("/password", Some(&here))).await;
        assert_eq!(page.body.matches("type=\"password\"").count(), 3);
        let wrong = send(&world, change(&here, "", NEW, "battery stapler")).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("有 2 处需要修改") && wrong.body.contains("两次输入的新密码不一致"), "{}", wrong.body);
        let wrong = send(&world, change(&here, "guessed horse", NEW, NEW)).await;
        assert!(wrong.body.contains("原密码不正确") && wrong.body.contains("href=\"#change-old_password\""), "{}", wrong.body);
        assert!(!wrong.body.contains("guessed") && !wrong.body.contains(NEW), "no password comes back");
        let short = send(&world, change(&here, OLD, "short", "short")).await;
        assert!(short.body.contains("href=\"#change-new_password\""), "{}", short.body);
        let done = send(&world, change(&here, OLD, NEW, NEW)).await;
        assert_eq!((done.status, done.location.starts_with("/password?done=")), (StatusCode::SEE_OTHER, true));
        assert!(send(&world, get(&done.location, Some(&here))).await.body.contains("其他登录已全部退出"));
        assert_eq!(send(&world, get("/desk", Some(&elsewhere))).await.status, StatusCode::SEE_OTHER);
        enter(&world, "jia", NEW).await.unwrap();
        world.clock.set(plus_days(Ctx::system(&world.app).today(), 1));
        let expired = send(&world, change(&here, NEW, OLD, OLD)).await;
        assert_eq!(expired.status, StatusCode::UNAUTHORIZED);
        assert!(!expired.body.contains("battery") && !expired.body.contains("horse"), "nor when the login expired");
        let again = enter(&world, "jia", NEW).await.unwrap();
        let stale = Session { csrf: "0".repeat(64), ..again };
        let stale = send(&world, change(&stale, NEW, OLD, OLD)).await;
        assert!(stale.body.contains("内容还没有提交") && !stale.body.contains("battery"), "{}", stale.body);
    }

    async fn the_own_sessions_are_seen_and_ended(world: World) {
        let here = signed_in(&world, "jia", Role::Intake).await;
        let elsewhere = enter(&world, "jia", OLD).await.unwrap();
        let third = enter(&world, "jia", OLD).await.unwrap();
        let page = send(&world, get("/account", Some(&here))).await.body;
        assert!(page.contains("正在使用的登录（3）") && page.matches("本次登录").count() == 1, "{page}");
        assert!(![&here, &elsewhere, &third].iter().any(|session| page.contains(&session.token)), "no token is shown");
        let id = page.split_once("name=\"session\" value=\"").unwrap().1.split_once('"').unwrap().0;
        let one = send(&world, post("/account", Some(&here), &[("session", id)])).await;
        assert_eq!(one.status, StatusCode::SEE_OTHER);
        let again = send(&world, post("/account", Some(&here), &[("session", id)])).await;
        assert_eq!(again.status, StatusCode::NOT_FOUND, "it has ended");
        assert!(send(&world, get(&one.location, Some(&here))).await.body.contains("正在使用的登录（2）"));
        assert_eq!(send(&world, post("/account", Some(&here), &[])).await.status, StatusCode::SEE_OTHER);
        for ended in [&elsewhere, &third] {
            assert_eq!(send(&world, get("/account", Some(ended))).await.status, StatusCode::SEE_OTHER);
        }
        assert!(send(&world, get("/account", Some(&here))).await.body.contains("正在使用的登录（1）"));
        let security = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        let path = format!("/desk/accounts/{}", here.account.id);
        let file = send(&world, get(&path, Some(&security))).await.body;
        assert!(file.contains("正在使用的登录") && file.contains("不能识别的设备"), "{file}");
        let version = records::must::<Account>(&Ctx::system(&world.app), here.account.id).await.unwrap().version.to_string();
        let fields = [("version", version.as_str()), ("reason", "设备遗失")];
        assert_eq!(send(&world, post(&format!("{path}/end_sessions"), Some(&security), &fields)).await.status, StatusCode::SEE_OTHER);
        assert_eq!(send(&world, get("/account", Some(&here))).await.status, StatusCode::SEE_OTHER);
    }

    async fn using_a_session_is_written_down_without_waiting_for_it(world: World) {
        let session = signed_in(&world, "jia", Role::Intake).await;
        let seen = async || {
            let row = world.app.db.reader().one("select seen_at from session", vec![]).await.unwrap().unwrap();
            row.try_get::<i64>("", "seen_at").unwrap()
        };
        let before = seen().await;
        world.clock.move_to(Ctx::system(&world.app).now().plus_seconds(30 * 60));
        // SQLite has one writer: were it needed for a page, this would wait for ever.
        let writing = world.app.db.begin().await.unwrap();
        assert_eq!(send(&world, get("/account", Some(&session))).await.status, StatusCode::OK);
        drop(writing);
        let written = async {
            while seen().await == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(20), written).await.unwrap();
    }

    async fn a_password_that_was_handed_out_opens_nothing_but_the_page_that_replaces_it(world: World) {
        let admin = world.ctx("系统管理员甲", &[Role::Administrator]);
        let first = signed_in(&world, "jia", Role::Intake).await;
        let stored = records::by_number::<Account>(&Ctx::system(&world.app), "jia").await.unwrap().unwrap();
        account::reset_password(&admin, stored.id, stored.version, "handed out 2026").await.unwrap();
        assert_eq!(send(&world, get("/desk", Some(&first))).await.location, "/sign-in?next=%2Fdesk");
        let session = enter(&world, "jia", "handed out 2026").await.unwrap();
        for path in ["/desk", "/account", "/second-factor", "/desk/complaints"] {
            let answer = send(&world, get(path, Some(&session))).await;
            assert_eq!((answer.status, answer.location.as_str()), (StatusCode::SEE_OTHER, "/password"), "{path}");
        }
        let refused = send(&world, post("/desk/complaints/new", Some(&session), &[("text", "x")])).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.body.contains("请先修改初始密码"), "{}", refused.body);
        assert!(send(&world, get("/password", Some(&session))).await.body.contains("他人交给您的初始密码"));
        let new = "known to nobody else";
        let fields = [("old_password", "handed out 2026"), ("new_password", new), ("new_password_again", new)];
        let changed = send(&world, post("/password", Some(&session), &fields)).await;
        assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.body);
        assert_eq!(send(&world, get("/desk", Some(&session))).await.status, StatusCode::OK);
        let again = enter(&world, "jia", new).await.unwrap();
        assert_eq!(send(&world, get("/desk", Some(&again))).await.status, StatusCode::OK);
    }

    async fn who_comes_by_the_identity_platform_needs_no_password_that_was_handed_out(world: World) {
        let admin = world.ctx("系统管理员甲", &[Role::Administrator]);
        signed_in(&world, "jia", Role::Intake).await;
        let stored = records::by_number::<Account>(&Ctx::system(&world.app), "jia").await.unwrap().unwrap();
        account::reset_password(&admin, stored.id, stored.version, "handed out 2026").await.unwrap();
        let come = account::sign_in_as(&world.app, &account::Device::default(), "jia", "登录（身份平台）").await.unwrap();
        let session = come.entered().unwrap();
        assert_eq!(send(&world, get("/desk", Some(&session))).await.status, StatusCode::OK);
        assert!(enter(&world, "jia", "handed out 2026").await.is_err(), "whoever handed it out knows it");
    }

    async fn behind_tls_the_cookie_is_secure(world: World) {
        signed_in(&world, "jia", Role::Intake).await;
        for behind_tls in [false, true] {
            let session = enter(&world, "jia", OLD).await.unwrap();
            let name = if behind_tls { "__Host-xingjian" } else { "xingjian" };
            let mut leave = post("/sign-out", Some(&session), &[]);
            leave.headers_mut().insert("cookie", format!("{name}={}", session.token).parse().unwrap());
            for request in [post("/sign-in", None, &[("login", "jia"), ("password", OLD)]), leave] {
                let web = Web { app: world.app.clone(), demo: false, behind_tls, webhooks: std::sync::Arc::default(), oidc: None };
                let answer = send_to(web, request).await;
                assert_eq!(answer.headers.contains_key("strict-transport-security"), behind_tls);
                let cookie = answer.headers.get("set-cookie").unwrap().to_str().unwrap();
                assert!(cookie.starts_with(&format!("{name}=")) && cookie.contains("Path=/;"), "{cookie}");
                assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
                assert_eq!(cookie.ends_with("; Secure"), behind_tls, "{cookie}");
            }
        }
    }

    async fn the_citys_administrator_finds_every_account(world: World) {
        let admin = signed_in(&world, "guanli", Role::Administrator).await;
        let ctx = world.ctx("系统管理员甲", &[Role::Administrator]);
        let subject = xingjian_kernel::SubjectRef::Institution(ctx.new_id());
        let mut tx = ctx.begin().await.unwrap();
        for (login, role, department) in [("jigou", Role::Unit, "unit"), ("yibao", Role::Partner, "insurance"), ("yiguan", Role::Administrator, "insurance")] {
            let new = NewAccount {
                login: login.into(),
                name: format!("演示{login}"),
                password: OLD.into(),
                handed_out: false,
                roles: vec![role],
                department: DepartmentId::new(department),
                division: "4404".parse().unwrap(),
                subject: (role == Role::Unit).then_some(subject),
                demo: true,
            };
            let id = account::add_in(&mut tx, &ctx, new).await.unwrap();
            account::grant_in(&mut tx, &world.ctx("安全管理员甲", &[Role::SecurityAdministrator]), id).await.unwrap();
        }
        tx.commit().await.unwrap();
        let list = send(&world, get("/desk/accounts", Some(&admin))).await;
        assert!(list.body.contains("演示jigou") && list.body.contains("演示yibao"), "{}", list.body);
        let found = records::by_number::<Account>(&Ctx::system(&world.app), "jigou").await.unwrap().unwrap();
        let path = format!("/desk/accounts/{}", found.id);
        assert!(send(&world, get(&path, Some(&admin))).await.body.contains("<dd><span class=\"text\">医疗机构</span></dd>"));
        let other = enter(&world, "yiguan", OLD).await.unwrap();
        let list = send(&world, get("/desk/accounts", Some(&other))).await;
        assert!(!list.body.contains("演示jigou") && list.body.contains("演示yibao"), "{}", list.body);
        assert_eq!(send(&world, get(&path, Some(&other))).await.status, StatusCode::NOT_FOUND);
        let fields = [("version", "2"), ("reason", "机构注销")];
        assert_eq!(send(&world, post(&format!("{path}/disable"), Some(&other), &fields)).await.status, StatusCode::NOT_FOUND);
        assert_eq!(send(&world, post(&format!("{path}/disable"), Some(&admin), &fields)).await.status, StatusCode::SEE_OTHER);
    }

    async fn the_start_page_misses_nothing_behind_thousands(world: World) {
        let chengban = signed_in(&world, "chengban", Role::Handler).await;
        let new = NewComplaint {
            channel: "portal".into(),
            about: "演示末位门诊部".into(),
            subject: None,
            text: "排在几千件之后的一件，也应当看得到。".into(),
            reporter: None,
            division: None,
            once: "0123456789abcdef".into(),
        };
        let receipt = submit(&visitor(&world.app), new).await.unwrap();
        let found = by_receipt(&visitor(&world.app), &receipt.code).await.unwrap().unwrap();
        crowd(&world, &found, 2100).await.unwrap();
        let how = Accept {
            kind: "report".into(),
            reason: "反映违法行为线索".into(),
            topic: "依法执业".into(),
            subject: None,
            unregistered: None,
            open_signal: false,
        };
        accept(&world.ctx("受理员甲", &[Role::Intake]), found.id, 1, how).await.unwrap();
        let today = send(&world, get("/desk", Some(&chengban))).await;
        assert!(today.body.contains("演示末位门诊部"), "{}", today.body);
        let shouli = signed_in(&world, "shouli", Role::Intake).await;
        let today = send(&world, get("/desk", Some(&shouli))).await;
        assert!(today.body.contains("来件待分拣 2,100 件") && today.body.contains("我要办理的事项（1）"), "{}", today.body);
    }

    async fn a_licence_number_of_another_place_is_refused_without_a_name(world: World) {
        let mut nation = world.ctx("登记管理员甲", &[Role::Registrar]);
        nation.scope.divisions = Ctx::system(&world.app).scope.divisions;
        let csv = "机构名称,登记号,行政区划代码\n演示外市医院,PDY60001844040211A1001,330106\n演示本市医院,PDY60001844040211A1002,440402\n";
        import::run(&nation, import::Kind::Institutions, "a.csv", csv.as_bytes(), false).await.unwrap();
        let dengji = signed_in(&world, "dengji", Role::Registrar).await;
        let register = async |licence: &str| {
            let fields = [("name", "演示甲医院"), ("division", "440402"), ("licence", licence)];
            let answer = send(&world, post("/desk/institutions/new", Some(&dengji), &fields)).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", percent(licence));
            answer.body
        };
        let elsewhere = register("PDY60001844040211A1001").await;
        assert!(elsewhere.contains("已登记在其他辖区的机构名下") && !elsewhere.contains("演示外市医院"), "{elsewhere}");
        assert!(register("PDY60001844040211A1002").await.contains("已登记在“演示本市医院”名下"));
    }
}

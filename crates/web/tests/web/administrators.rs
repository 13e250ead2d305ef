//! The three administrators over the pages: one makes, one grants, one reads, and none does the other's work.

use crate::people::{Answer, enter, exported, get, post, send, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::Role;
use xingjian_registry::account::{Account, Session};
use xingjian_store::{Ctx, records};
use xingjian_testkit::{World, both_databases};

async fn act(world: &World, by: &Session, login: &str, action: &str, more: &[(&str, &str)]) -> Answer {
    let found = records::by_number::<Account>(&Ctx::system(&world.app), login).await.unwrap().unwrap();
    let version = found.version.to_string();
    let fields = [&[("version", version.as_str())], more].concat();
    send(world, post(&format!("/desk/accounts/{}/{action}", found.id), Some(by), &fields)).await
}

both_databases! {
    async fn an_account_is_made_by_one_and_granted_by_another(world: World) {
        let system = signed_in(&world, "guanli", Role::Administrator).await;
        let security = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        let audit = signed_in(&world, "shenji", Role::AuditAdministrator).await;
        let fields = [("name", "演示甲"), ("login", "jia"), ("department", "health"), ("division", "4404"), ("roles", "publisher")];
        for other in [&security, &audit] {
            assert_eq!(send(&world, post("/desk/accounts/new", Some(other), &fields)).await.status, StatusCode::FORBIDDEN);
        }
        let made = send(&world, post("/desk/accounts/new", Some(&system), &fields)).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.body);
        let password = &made.body.split_once("id=\"password\">").unwrap().1[..16];
        let jia = enter(&world, "jia", password).await.unwrap();
        let own = [("old_password", password), ("new_password", "correct horse"), ("new_password_again", "correct horse")];
        assert_eq!(send(&world, post("/password", Some(&jia), &own)).await.status, StatusCode::SEE_OTHER);
        assert_eq!(send(&world, get("/desk/publications", Some(&jia))).await.status, StatusCode::FORBIDDEN, "nothing is granted");
        assert!(send(&world, get("/desk", Some(&jia))).await.body.contains("没有岗位"));
        assert!(!send(&world, get("/desk", Some(&system))).await.body.contains("待授予"));
        let waits = send(&world, get("/desk", Some(&security))).await.body;
        assert!(waits.contains("待授予：信息公开员") && waits.contains("guanli申请"), "{waits}");
        assert_eq!(act(&world, &system, "jia", "grant", &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(act(&world, &audit, "jia", "grant", &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(act(&world, &security, "jia", "grant", &[]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(send(&world, get("/desk/publications", Some(&jia))).await.status, StatusCode::OK);
        for (action, by) in [("disable", &security), ("reset_password", &security), ("ask_roles", &security), ("unlock", &system), ("reset_factor", &system), ("revoke_roles", &system)] {
            let refused = act(&world, by, "jia", action, &[("reason", "越权"), ("roles", "head")]).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{action}");
        }
        let none = act(&world, &system, "jia", "ask_roles", &[("reason", "轮岗")]).await;
        assert!(none.body.contains("href=\"#ask_roles-roles\""), "{}", none.body);
        let apart = act(&world, &system, "jia", "ask_roles", &[("reason", "轮岗"), ("roles", "inspector"), ("roles", "head")]).await;
        assert_eq!(apart.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(apart.body.contains("第57条"), "{}", apart.body);
        assert_eq!(act(&world, &system, "jia", "ask_roles", &[("reason", "轮岗"), ("roles", "intake")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(act(&world, &security, "jia", "refuse_roles", &[("reason", "没有任命文件")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(act(&world, &security, "jia", "revoke_roles", &[("reason", "离岗")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(send(&world, get("/desk", Some(&jia))).await.status, StatusCode::SEE_OTHER, "out at once");
    }

    async fn what_happened_at_the_door_is_read_by_two_and_changed_by_nobody(world: World) {
        let system = signed_in(&world, "guanli", Role::Administrator).await;
        let security = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        let audit = signed_in(&world, "shenji", Role::AuditAdministrator).await;
        let mut typed = post("/sign-in", None, &[("login", "guanli"), ("password", "guessed horse")]);
        let peer: std::net::SocketAddr = "10.0.0.7:4000".parse().unwrap();
        typed.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        send(&world, typed).await;
        let mut right = post("/sign-in", None, &[("login", "guanli"), ("password", "correct horse")]);
        right.extensions_mut().insert(axum::extract::ConnectInfo(peer));
        assert_eq!(send(&world, right).await.status, StatusCode::SEE_OTHER);
        for reader in [&security, &audit] {
            let all = send(&world, get("/desk/security-events", Some(reader))).await.body;
            assert!(all.contains("密码不正确") && all.contains("10.0.0.7") && all.contains("申请岗位：系统管理员"), "{all}");
            let refused = send(&world, get("/desk/security-events?show=refused", Some(reader))).await.body;
            assert!(refused.contains("密码不正确") && !refused.contains("申请岗位"), "{refused}");
            let acts = send(&world, get("/desk/security-events?show=acts", Some(reader))).await.body;
            assert!(acts.contains("授予账号") && !acts.contains("密码不正确"), "{acts}");
            let sheet = send(&world, get("/desk/security-events/excel?show=acts", Some(reader))).await;
            assert!(sheet.bytes.starts_with(b"PK") && sheet.status == StatusCode::OK);
        }
        let taken = exported(&world).await;
        assert_eq!(taken.len(), 2, "each is written down: {taken:?}");
        assert!(taken.iter().all(|(list, of, rows)| list == "安全事件" && of != "全部" && *rows > 0), "{taken:?}");
        assert_eq!(send(&world, get("/desk/security-events", Some(&system))).await.status, StatusCode::FORBIDDEN);
        let file = send(&world, get(&format!("/desk/accounts/{}", system.account.id), Some(&audit))).await.body;
        assert!(file.contains("办理经过") && !file.contains("<form method=\"post\" action=\"/desk/accounts"), "{file}");
        let list = send(&world, get("/desk/accounts", Some(&audit))).await.body;
        assert!(list.contains("anquan") && !list.contains("/desk/accounts/new"));
    }

    async fn older_events_stand_on_the_next_page(world: World) {
        let audit = signed_in(&world, "shenji", Role::AuditAdministrator).await;
        signed_in(&world, "jia", Role::Intake).await;
        for _ in 0..60 {
            enter(&world, "jia", "correct horse").await.unwrap();
        }
        let first = send(&world, get("/desk/security-events?show=doors", Some(&audit))).await.body;
        let link = first.split_once("href=\"/desk/security-events?show=doors&#38;after=").unwrap().1.split_once('"').unwrap().0;
        let second = send(&world, get(&format!("/desk/security-events?show=doors&after={link}"), Some(&audit))).await.body;
        let count = |body: &str| body.matches("查看账号").count();
        assert_eq!((count(&first), count(&second)), (50, 12), "60 and each one's own first signing in");
    }
}

//! Connected systems at the desk: the key is shown once, terms change, and a closed one stays closed.

use crate::people::{get, post, send, send_to, signed_in};
use axum::http::StatusCode;
use xingjian_exchange::system::{ConnectedSystem, by_key};
use xingjian_kernel::Role;
use xingjian_store::{Ctx, Filter, records};
use xingjian_testkit::{World, both_databases};
use xingjian_web::Web;

const FORM: [(&str, &str); 9] = [
    ("name", "演示医保结算系统"),
    ("department", "insurance"),
    ("division", "4404"),
    ("contact", "信息中心"),
    ("scopes", "linkages_read"),
    ("scopes", "webhooks"),
    ("per_minute", "60"),
    ("per_day", "5000"),
    ("valid_until", "2027-06-30"),
];

/// A key as a page shows it.
fn shown(page: &str) -> String {
    page.split_once("id=\"key\">").unwrap_or_else(|| panic!("{page}")).1.split_once('<').unwrap().0.to_owned()
}

async fn only(world: &World) -> ConnectedSystem {
    let mut all = records::all::<ConnectedSystem>(&Ctx::system(&world.app), &Filter::default()).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0).value
}

both_databases! {
    async fn a_system_is_connected_and_its_key_is_seen_once(world: World) {
        let keeper = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        let mut wrong = FORM.to_vec();
        (wrong[0].1, wrong[3].1, wrong[6].1, wrong[8].1) = ("", "", "many", "soon");
        let refused = send(&world, post("/desk/systems/new", Some(&keeper), &wrong)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("有 4 处需要修改"), "everything that is wrong at once: {}", refused.body);
        assert!(refused.body.contains("不是整数") && refused.body.contains("不是日期"), "{}", refused.body);
        let made = send(&world, post("/desk/systems/new", Some(&keeper), &FORM)).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.body);
        let first = shown(&made.body);
        let system = by_key(&world.app, &first).await.unwrap();
        let path = format!("/desk/systems/{}", system.id);
        let page = send(&world, get(&path, Some(&keeper))).await.body;
        assert!(page.contains("查询结果协同、订阅事件通知") && page.contains(&system.key_hint) && !page.contains(&first), "{page}");
        let list = send(&world, get("/desk/systems", Some(&keeper))).await.body;
        assert!(list.contains("演示医保结算系统") && !list.contains(&first));
        let unread = send(&world, post(&format!("{path}/renew_key"), Some(&keeper), &[("version", "1"), ("overlap", "soon")])).await;
        assert_eq!(unread.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(by_key(&world.app, &first).await.is_ok(), "what cannot be read ends no key");
        let renewed = send(&world, post(&format!("{path}/renew_key"), Some(&keeper), &[("version", "1"), ("overlap", "7")])).await;
        let second = shown(&renewed.body);
        assert!(by_key(&world.app, &first).await.is_ok() && by_key(&world.app, &second).await.is_ok());
        assert!(send(&world, get(&path, Some(&keeper))).await.body.contains("可用至2026-11-30"));
        let ended = send(&world, post(&format!("{path}/end_previous"), Some(&keeper), &[("version", "2")])).await;
        assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
        assert!(by_key(&world.app, &first).await.is_err() && by_key(&world.app, &second).await.is_ok());
        let change = [("version", "3"), ("contact", "信息中心"), ("scopes", "credit"), ("per_minute", "1"), ("per_day", "2"), ("valid_until", "2027-01-31")];
        assert_eq!(send(&world, post(&format!("{path}/change"), Some(&keeper), &change)).await.status, StatusCode::SEE_OTHER);
        let now = only(&world).await;
        assert_eq!((now.scopes.len(), now.quota.per_day, now.valid_until.to_string().as_str()), (1, 2, "2027-01-31"));
        let stale = send(&world, post(&format!("{path}/revoke"), Some(&keeper), &[("version", "3"), ("reason", "下线")])).await;
        assert_eq!(stale.status, StatusCode::CONFLICT);
        let closed = send(&world, post(&format!("{path}/revoke"), Some(&keeper), &[("version", "4"), ("reason", "下线")])).await;
        assert_eq!(closed.status, StatusCode::SEE_OTHER);
        assert!(by_key(&world.app, &second).await.is_err());
        let page = send(&world, get(&path, Some(&keeper))).await.body;
        assert!(page.contains("已停用") && !page.contains("更换密钥</button>"), "{page}");
    }

    async fn no_action_is_there_that_nobody_knows(world: World) {
        let keeper = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        send(&world, post("/desk/systems/new", Some(&keeper), &FORM)).await;
        let path = format!("/desk/systems/{}", only(&world).await.id);
        let web = Web { app: world.app.clone(), demo: true, behind_tls: false, webhooks: std::sync::Arc::default(), oidc: None };
        let unknown = send_to(web, post(&format!("{path}/delete"), Some(&keeper), &[("version", "1")])).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        assert_eq!(send(&world, get("/desk/systems/x", Some(&keeper))).await.status, StatusCode::NOT_FOUND);
    }
}

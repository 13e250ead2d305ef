//! Who may ask, how often, and what happens to a request that comes twice or is no request.

use super::{code, connected, get, json, key, post, problem, read};
use crate::people::{send, signed_in};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;
use std::collections::BTreeSet;
use tower::ServiceExt;
use xingjian_exchange::quota::Quota;
use xingjian_exchange::system::{self, ApiScope};
use xingjian_kernel::Role;
use xingjian_kernel::time::plus_days;
use xingjian_store::Ctx;
use xingjian_testkit::both_databases;
use xingjian_web::{Callers, Web, router, routes};

const QUOTA: Quota = Quota { per_minute: 600, per_day: 600 };

fn complaint(text: &str) -> serde_json::Value {
    json!({ "about": "演示门诊部", "text": format!("{text}，请依法核查处理。"), "channel": "transfer" })
}

both_databases! {
    async fn a_key_opens_what_it_was_granted_until_it_ends(world: World) {
        let scopes = [ApiScope::RegistryRead];
        let (system, key) = connected(&world, "insurance", &scopes, QUOTA).await;
        let path = "/api/v1/institutions";
        assert_eq!(send(&world, get(path, &key)).await.status, StatusCode::OK);
        for wrong in ["", "xjk_", &key[..20], &key.to_uppercase()] {
            assert_eq!(problem(&world, get(path, wrong)).await, code(401, "unauthorized"));
        }
        let bare = Request::get(path).body(Body::empty()).unwrap();
        assert_eq!(problem(&world, bare).await, code(401, "unauthorized"));
        for other in ["/api/v1/linkages", "/api/v1/publications", "/api/v1/credit-records"] {
            assert_eq!(problem(&world, get(other, &key)).await, code(403, "scope_missing"));
        }
        let keeper = world.ctx("安全管理员甲", &[Role::SecurityAdministrator]);
        world.clock.set(plus_days(system.valid_until, 1));
        assert_eq!(problem(&world, get(path, &key)).await, code(401, "key_expired"));
        system::revoke(&keeper, system.id, 1, "下线").await.unwrap();
        assert_eq!(problem(&world, get(path, &key)).await, code(401, "key_revoked"));
    }

    async fn no_session_opens_the_door_for_programs_and_no_key_that_for_people(world: World) {
        let session = signed_in(&world, "jia", Role::Registrar).await;
        let cookie = crate::people::get("/api/v1/institutions", Some(&session));
        assert_eq!(problem(&world, cookie).await, code(401, "unauthorized"));
        let key = key(&world, "health").await;
        let desk = send(&world, get("/desk/institutions", &key)).await;
        assert_eq!(desk.status, StatusCode::SEE_OTHER);
        let tried = routes().into_iter().filter(|route| matches!(route.callers, Callers::System(_)));
        let tried: Vec<_> = tried.collect();
        assert!(tried.len() > 10);
        for route in tried {
            let (method, path) = (route.method, route.path.replace('{', "x").replace('}', ""));
            let request = Request::builder().method(method).uri(&path).body(Body::empty()).unwrap();
            assert_eq!(problem(&world, request).await, code(401, "unauthorized"), "{path}");
        }
    }

    async fn a_quota_is_told_and_kept(world: World) {
        let (_, key) = connected(&world, "health", &[ApiScope::RegistryRead], Quota { per_minute: 20, per_day: 600 }).await;
        let service = router(Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks: std::sync::Arc::default(), oidc: None });
        let mut left = vec![];
        for _ in 0..20 {
            let answer = service.clone().oneshot(get("/api/v1/institutions", &key)).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            left.push(answer.headers()["ratelimit"].to_str().unwrap().to_owned());
        }
        assert_eq!((left[0].as_str(), left[19].as_str()), ("\"minute\";r=19;t=60", "\"minute\";r=0;t=60"));
        let refused = service.oneshot(get("/api/v1/institutions", &key)).await.unwrap();
        assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"]), (429, &"60".parse().unwrap()));
        assert_eq!(problem(&world, get("/api/v1/institutions", &key)).await, code(429, "quota_exceeded"));
    }

    async fn a_request_that_comes_twice_is_done_once(world: World) {
        let (one, two) = (key(&world, "health").await, key(&world, "insurance").await);
        let path = "/api/v1/complaints";
        let first = send(&world, post(path, &one, "a-1", &complaint("无证行医"))).await;
        assert_eq!(first.status, StatusCode::CREATED, "{}", first.body);
        let again = send(&world, post(path, &one, "a-1", &complaint("无证行医"))).await;
        assert_eq!((again.status, &again.body), (StatusCode::CREATED, &first.body));
        assert_eq!(again.headers["idempotency-replayed"], "true");
        assert!(first.headers.get("idempotency-replayed").is_none());
        let other = post(path, &one, "a-1", &complaint("重复收费"));
        assert_eq!(problem(&world, other).await, code(422, "idempotency_key_reused"));
        let theirs = send(&world, post(path, &two, "a-1", &complaint("无证行医"))).await;
        assert_ne!(json(&theirs)["receipt"], json(&first)["receipt"], "each system has keys of its own");
        for wrong in ["", " ", "a b", "甲", &"k".repeat(65)] {
            let mut request = post(path, &one, "x", &complaint("x"));
            match axum::http::HeaderValue::from_bytes(wrong.as_bytes()) {
                Ok(value) => request.headers_mut().insert("idempotency-key", value),
                Err(_) => request.headers_mut().remove("idempotency-key"),
            };
            assert_eq!(problem(&world, request).await, code(400, "idempotency_key_missing"), "{wrong}");
        }
        let refused = json!({ "about": "x", "text": "无证行医，请依法核查处理。", "channel": "nowhere" });
        assert_eq!(problem(&world, post(path, &one, "a-2", &refused)).await, code(422, "invalid"));
        let again = send(&world, post(path, &one, "a-2", &refused)).await;
        assert_eq!(again.headers["idempotency-replayed"], "true", "the same answer, also where it was a refusal");
    }

    async fn of_twins_at_once_one_is_done(world: World) {
        let key = key(&world, "health").await;
        let sent = (0..6).map(|_| send(&world, post("/api/v1/complaints", &key, "twin", &complaint("无证行医"))));
        let answers = futures_all(sent.collect()).await;
        let mut receipts = BTreeSet::new();
        for answer in answers {
            match answer.status.as_u16() {
                201 => { receipts.insert(json(&answer)["receipt"].to_string()); }
                _ => assert_eq!((json(&answer)["code"].as_str(), answer.status.as_u16()), (Some("request_under_way"), 409)),
            }
        }
        assert_eq!(receipts.len(), 1);
        let count = xingjian_store::table_sizes(&Ctx::system(&world.app)).await.unwrap();
        assert!(count.contains(&("complaint", 1)), "{count:?}");
    }

    async fn what_is_no_request_is_told_why(world: World) {
        let key = key(&world, "health").await;
        let path = "/api/v1/complaints";
        let with = |kind: &'static str, body: &'static str| {
            let request = Request::post(path).header("authorization", format!("Bearer {key}"));
            request.header("idempotency-key", "k").header("content-type", kind).body(Body::from(body)).unwrap()
        };
        assert_eq!(problem(&world, with("text/plain", "{}")).await, code(415, "unsupported_media_type"));
        assert_eq!(problem(&world, with("application/json", "{\"a\":")).await, code(400, "invalid_json"));
        assert_eq!(problem(&world, with("application/json; charset=utf-8", "[]")).await, code(422, "invalid"));
        let answer = send(&world, post(path, &key, "k", &json!({ "about": "", "text": 7, "more": 1, "channel": "a\u{0}" }))).await;
        let places: Vec<String> =
            json(&answer)["faults"].as_array().unwrap().iter().map(|f| f["place"].as_str().unwrap().to_owned()).collect();
        assert_eq!(places, ["/about", "/text", "/channel", "/more"], "all at once");
        let large = format!("{{\"text\":\"{}\"}}", "x".repeat(5 << 20));
        let large = Request::post(path).header("authorization", format!("Bearer {key}")).header("idempotency-key", "k")
            .header("content-type", "application/json").body(Body::from(large)).unwrap();
        assert_eq!(problem(&world, large).await, code(413, "too_large"));
        for wrong in ["?limit=0", "?limit=x", "?limit=1&limit=2", "?after=x", "?unknown=1", "/x"] {
            assert_eq!(problem(&world, get(&format!("/api/v1/institutions{wrong}"), &key)).await, code(400, "invalid_parameter"), "{wrong}");
        }
        let unknown = json!({ "about": "演示门诊部", "text": "收费与公示不一致，请依法核实。", "channel": "pigeon" });
        let told = json(&send(&world, post(path, &key, "c", &unknown)).await);
        assert_eq!(told["faults"][0]["place"], "/channel", "rooms name fields, programs are told a pointer");
        assert_eq!(told["faults"][0]["mend"], "请填写 /api/v1/codes 中的代码", "people choose from a list, programs ask for it");
        let codes = read(&world, "/api/v1/codes", "").await;
        let known = codes["channels"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap().to_owned());
        for channel in known {
            let posted = json!({ "channel": channel, "about": "演示门诊部", "text": "收费与公示不一致，请依法核实。" });
            let answer = send(&world, post(path, &key, &channel, &posted)).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{channel}: {}", answer.body);
        }
        for gone in ["/api/v1/nothing", "/api/v2/institutions", "/api/v1/linkages/019a0000-0000-7000-8000-000000000000"] {
            assert_eq!(problem(&world, get(gone, &key)).await, code(404, "not_found"), "{gone}");
        }
        let put = Request::put("/api/v1/institutions").body(Body::empty()).unwrap();
        let answer = send(&world, put).await;
        assert_eq!((json(&answer)["code"].as_str(), answer.headers["allow"].to_str().unwrap()), (Some("method_not_allowed"), "GET,HEAD"));
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }

    async fn what_has_not_changed_is_not_sent_again(world: World) {
        let key = key(&world, "health").await;
        let first = send(&world, get("/api/v1/institutions", &key)).await;
        let mut again = get("/api/v1/institutions", &key);
        again.headers_mut().insert("if-none-match", first.headers["etag"].clone());
        let again = send(&world, again).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let mut other = get("/api/v1/institutions", &key);
        other.headers_mut().insert("if-none-match", "W/\"0\", \"x\"".parse().unwrap());
        assert_eq!(send(&world, other).await.status, StatusCode::OK);
    }

    async fn the_description_and_the_reference_are_for_anybody(world: World) {
        let described = read(&world, "/api/v1/openapi.json", "").await;
        assert_eq!(described["openapi"], "3.1.0");
        let page = send(&world, crate::people::get("/api", None)).await;
        assert_eq!(page.status, StatusCode::OK);
        for method in described["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values()) {
            let id = method["operationId"].as_str().unwrap();
            assert!(page.body.contains(&format!("id=\"{id}\"")), "{id}");
        }
        let codes = described["components"]["schemas"]["Problem"]["properties"]["code"]["enum"].as_array().unwrap();
        for code in codes {
            assert!(page.body.contains(&format!("id=\"problem-{}\"", code.as_str().unwrap())), "{code}");
        }
    }
}

/// Waits for all of them, which run at the same time.
async fn futures_all<T>(futures: Vec<impl Future<Output = T>>) -> Vec<T> {
    let mut futures: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().filter(|(_, done)| done.is_none()) {
            if let std::task::Poll::Ready(answer) = future.as_mut().poll(context) {
                *done = Some(answer);
            }
        }
        if futures.iter().all(|(_, done)| done.is_some()) {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    futures.into_iter().filter_map(|(_, done)| done).collect()
}

//! Webhooks over HTTP: a receiver that takes, fails, is slow, is down, or is no longer on the list.

use super::doing::linkage;
use super::{code, json, key as key_of, post, problem, read};
use crate::people::{get, send, send_to, signed_in};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post as taking;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use xingjian_credit::event::{self as credit_event, NewEvent, Source};
use xingjian_exchange::follow;
use xingjian_exchange::webhook::{Hosts, sign};
use xingjian_kernel::id::CaseId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{DepartmentId, Role, SubjectRef};
use xingjian_policy::PenaltyKind;
use xingjian_registry::release;
use xingjian_store::{Ctx, ledger};
use xingjian_testkit::{World, both_databases};
use xingjian_web::Web;
use xingjian_web::delivering::{Delivering, LIMIT, Sending};

/// What a receiver got.
type Got = Arc<Mutex<Vec<(HeaderMap, String)>>>;

/// A receiver that answers with the statuses one after the other; the last one stays. Status 0 is no answer at all.
async fn receiver(statuses: &'static [u16]) -> (String, Got) {
    let got = Got::default();
    let kept = got.clone();
    let take = move |headers: HeaderMap, body: Bytes| {
        let kept = kept.clone();
        async move {
            let at = {
                let mut all = kept.lock().unwrap();
                all.push((headers, String::from_utf8(body.to_vec()).unwrap()));
                all.len() - 1
            };
            match statuses.get(at).or(statuses.last()).copied().unwrap_or(200) {
                0 => std::future::pending().await,
                status => (StatusCode::from_u16(status).unwrap(), "heard"),
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = Router::new().route("/hook", taking(take)).route("/elsewhere", taking(async || "not here"));
    tokio::spawn(axum::serve(listener, service).into_future());
    (address, got)
}

fn web(world: &World, origin: &str) -> Web {
    let webhooks = Arc::new(Hosts::parse(origin).unwrap());
    Web { app: world.app.clone(), demo: false, behind_tls: false, webhooks, oidc: None }
}

/// A webhook of a system, as it was answered.
async fn subscribed(world: &World, origin: &str, key: &str, event: &str) -> Value {
    let body = json!({ "url": format!("{origin}/hook"), "events": [event] });
    let answer = send_to(web(world, origin), post("/api/v1/webhooks", key, "w-1", &body)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    json(&answer)
}

async fn happened(world: &World) {
    linkage(world, "insurance").await;
    heard(world).await;
}

/// What was done is seen by who tells it.
async fn heard(world: &World) {
    while ledger::sequence(&world.app).await.unwrap() + follow::run(&world.app).await.unwrap() > 0 {}
}

fn later(world: &World, seconds: i64) {
    world.clock.move_to(Ctx::system(&world.app).now().plus_seconds(seconds));
}

async fn delivery(world: &World, webhook: &Value, key: &str) -> Value {
    let path = format!("/api/v1/webhooks/{}/deliveries", webhook["id"].as_str().unwrap());
    read(world, &path, key).await["rows"][0].clone()
}

fn fine(ctx: &Ctx, subject: SubjectRef) -> NewEvent {
    let amount = Fen::from_yuan(2_000);
    let case: CaseId = ctx.new_id();
    NewEvent {
        subject,
        cause: credit_event::cause_of_penalty(&[PenaltyKind::Fine], amount).unwrap(),
        units: 1,
        amount: Some(amount),
        effective_on: ctx.today(),
        source: Source {
            resource: case.to_string(),
            number: Some("演示1号".into()),
            department: DepartmentId::new("health"),
            text: format!("罚款{amount}元"),
        },
    }
}

both_databases! {
    async fn what_happened_is_told_signed_and_once(world: World) {
        let key = key_of(&world, "insurance").await;
        let (origin, got) = receiver(&[204]).await;
        let webhook = subscribed(&world, &origin, &key, "linkage.pushed").await;
        happened(&world).await;
        let delivering = Delivering::new(web(&world, &origin).webhooks, LIMIT);
        assert_eq!(delivering.round(&world.app).await.unwrap(), 1);
        assert_eq!(delivering.round(&world.app).await.unwrap(), 0);
        let (headers, body) = got.lock().unwrap()[0].clone();
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        let signature = sign(webhook["secret"].as_str().unwrap(), &text("webhook-id"), text("webhook-timestamp").parse().unwrap(), &body);
        assert_eq!(signature, Some(text("webhook-signature")));
        assert_eq!(format!("http://{}", text("host")), origin);
        let told: Value = serde_json::from_str(&body).unwrap();
        assert_eq!((&told["type"], &told["data"]["state"]), (&json!("linkage.pushed"), &json!("pushed")));
        let described = read(&world, "/api/v1/openapi.json", "").await;
        let data = "/webhooks/linkage.pushed/post/requestBody/content/application~1json/schema/properties/data/properties";
        let named = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(named(&told["data"]), named(described.pointer(data).unwrap()), "what is told is what is described");
        let seen = read(&world, told["data"]["href"].as_str().unwrap(), &key).await;
        assert_eq!(seen["id"], told["data"]["id"]);
        let kept = delivery(&world, &webhook, &key).await;
        assert_eq!((&kept["state"], &kept["status"], kept["id"].as_str()), (&json!("delivered"), &json!(204), Some(text("webhook-id").as_str())));
        assert_eq!(got.lock().unwrap().len(), 1);
    }

    async fn a_receiver_that_does_not_answer_keeps_no_other_waiting(world: World) {
        let key = key_of(&world, "insurance").await;
        let (slow, asked) = receiver(&[0]).await;
        let (quick, got) = receiver(&[204]).await;
        let both = Web { webhooks: Arc::new(Hosts::parse(&format!("{slow}\n{quick}")).unwrap()), ..web(&world, &slow) };
        for (once, address) in [("w-1", &slow), ("w-2", &quick)] {
            let body = json!({ "url": format!("{address}/hook"), "events": ["linkage.pushed"] });
            assert_eq!(send_to(both.clone(), post("/api/v1/webhooks", &key, once, &body)).await.status, StatusCode::CREATED);
        }
        let delivering = Delivering::new(both.webhooks, LIMIT);
        let mut sending = Sending::default();
        for expected in 1..=3 {
            happened(&world).await;
            delivering.begin(&world.app, &mut sending).await.unwrap();
            while got.lock().unwrap().len() < expected || asked.lock().unwrap().is_empty() {
                tokio::task::yield_now().await;
            }
            // What was taken is written down before the next comes.
            while sending.under_way() > 1 {
                assert_eq!(sending.settle().len(), 0);
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(asked.lock().unwrap().len(), 1, "it gets no more before it has answered");
    }

    async fn a_credit_platform_is_told_of_a_record_and_reads_it(world: World) {
        let key = key_of(&world, "reform").await;
        let (origin, got) = receiver(&[204]).await;
        subscribed(&world, &origin, &key, "credit.updated").await;
        let clinic = crate::lists::institution(&world, "演示门诊部", "440402").await.subject();
        let system = Ctx::system(&world.app);
        let fined = async |subject| {
            let mut tx = system.begin().await.unwrap();
            credit_event::record_in(&mut tx, &system, fine(&system, subject)).await.unwrap();
            tx.commit().await.unwrap();
            heard(&world).await;
        };
        let delivering = Delivering::new(web(&world, &origin).webhooks, LIMIT);
        fined(clinic).await;
        assert_eq!(delivering.round(&world.app).await.unwrap(), 0, "a trial is told to nobody");
        let lawyer = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        release::release(&lawyer, "grade_model", "default", "已核对").await.unwrap();
        fined(clinic).await;
        assert_eq!(delivering.round(&world.app).await.unwrap(), 1);
        let (_, body) = got.lock().unwrap().pop().unwrap();
        let told: Value = serde_json::from_str(&body).unwrap();
        let (kind, id) = (&told["data"]["subject"], clinic.to_string());
        assert_eq!((kind, told["type"].as_str()), (&json!(id), Some("credit.updated")));
        assert!(!body.contains("演示"), "names nobody: {body}");
        let record = read(&world, told["data"]["href"].as_str().unwrap(), &key).await;
        assert_eq!((&record["subject"], &record["grade"], &record["causes"][0]["count"]), (kind, &json!("A"), &json!(2)));
        let described = read(&world, "/api/v1/openapi.json", "").await;
        let shape = described.pointer("/components/schemas/CreditRecord/properties").unwrap();
        let named = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(named(&record), named(shape), "what is read is what is described");
        assert_eq!(read(&world, "/api/v1/credit-records", &key).await["rows"], json!([record]));
    }

    async fn a_receiver_that_fails_is_asked_again_with_the_same_id(world: World) {
        let key = key_of(&world, "insurance").await;
        let (origin, got) = receiver(&[500, 302, 200]).await;
        let webhook = subscribed(&world, &origin, &key, "linkage.pushed").await;
        happened(&world).await;
        let delivering = Delivering::new(web(&world, &origin).webhooks, LIMIT);
        for (pause, status) in [(5, 500), (300, 302)] {
            assert_eq!(delivering.round(&world.app).await.unwrap(), 0);
            let kept = delivery(&world, &webhook, &key).await;
            assert_eq!((&kept["state"], &kept["status"], &kept["said"]), (&json!("waiting"), &json!(status), &json!("heard")));
            later(&world, pause);
        }
        assert_eq!(delivering.round(&world.app).await.unwrap(), 1);
        let ids: Vec<_> = got.lock().unwrap().iter().map(|(headers, _)| headers["webhook-id"].clone()).collect();
        assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        assert_eq!(delivery(&world, &webhook, &key).await["attempts"], 3);
    }

    async fn a_receiver_that_is_slow_or_down_or_not_listed_is_a_stated_state(world: World) {
        let key = key_of(&world, "insurance").await;
        let (origin, _) = receiver(&[0]).await;
        let webhook = subscribed(&world, &origin, &key, "linkage.pushed").await;
        happened(&world).await;
        let hosts = web(&world, &origin).webhooks;
        assert_eq!(Delivering::new(hosts.clone(), Duration::from_millis(200)).round(&world.app).await.unwrap(), 0);
        let kept = delivery(&world, &webhook, &key).await;
        assert!(kept["status"].is_null() && kept["said"].as_str().unwrap().contains("没有答复完"), "{kept}");
        later(&world, 5);
        assert_eq!(Delivering::new(Arc::default(), LIMIT).round(&world.app).await.unwrap(), 0);
        assert!(delivery(&world, &webhook, &key).await["said"].as_str().unwrap().contains("已不在允许的名单中"));
        let (gone, _) = receiver(&[200]).await;
        let other = subscribed_down(&world, &key).await;
        assert!(delivery(&world, &other, &key).await["said"].as_str().unwrap().contains("连接失败"), "{gone}");
    }

    async fn an_address_that_is_not_on_the_list_is_refused(world: World) {
        let key = key_of(&world, "insurance").await;
        let (origin, _) = receiver(&[200]).await;
        for url in ["http://127.0.0.1:1/hook", "http://169.254.169.254/latest", "https://example.com/", "file:///etc/passwd"] {
            let body = json!({ "url": url, "events": ["linkage.pushed"] });
            let answer = send_to(web(&world, &origin), post("/api/v1/webhooks", &key, url, &body)).await;
            assert_eq!((answer.status, json(&answer)["faults"][0]["place"].as_str()), (StatusCode::UNPROCESSABLE_ENTITY, Some("/url")), "{url}");
        }
    }

    async fn a_notification_to_try_with_goes_to_the_webhook_that_asks_and_to_no_other(world: World) {
        let key = key_of(&world, "insurance").await;
        let (origin, got) = receiver(&[204]).await;
        let webhook = subscribed(&world, &origin, &key, "linkage.pushed").await;
        let other = key_of(&world, "market").await;
        subscribed(&world, &origin, &other, "linkage.pushed").await;
        let path = format!("/api/v1/webhooks/{}", webhook["id"].as_str().unwrap());
        let test = format!("{path}/test");
        assert_eq!(problem(&world, post(&test, &other, "t-0", &Value::Null)).await, code(404, "not_found"));
        assert_eq!(send(&world, post(&test, &key, "t-1", &Value::Null)).await.status, StatusCode::OK);
        while ledger::sequence(&world.app).await.unwrap() + follow::run(&world.app).await.unwrap() > 0 {}
        assert_eq!(Delivering::new(web(&world, &origin).webhooks, LIMIT).round(&world.app).await.unwrap(), 1);
        let told: Value = serde_json::from_str(&got.lock().unwrap()[0].1).unwrap();
        assert_eq!((&told["type"], &told["data"]), (&json!("webhook.test"), &json!({ "webhook": webhook["id"] })));
        assert_eq!(send(&world, post(&format!("{path}/stop"), &key, "t-2", &Value::Null)).await.status, StatusCode::OK);
        assert_eq!(problem(&world, post(&test, &key, "t-3", &Value::Null)).await, code(422, "refused"));
        let body = json!({ "url": format!("{origin}/hook"), "events": ["webhook.test"] });
        let asked = post("/api/v1/webhooks", &key, "t-4", &body);
        assert_eq!(problem(&world, asked).await, code(422, "invalid"), "it is not subscribed to");
    }

    async fn who_keeps_systems_sees_deliveries_sends_again_and_stops(world: World) {
        let key = key_of(&world, "insurance").await;
        let (origin, got) = receiver(&[200]).await;
        let webhook = subscribed(&world, &origin, &key, "linkage.pushed").await;
        happened(&world).await;
        let delivering = Delivering::new(web(&world, &origin).webhooks, LIMIT);
        assert_eq!(delivering.round(&world.app).await.unwrap(), 1);
        let keeper = signed_in(&world, "anquan", Role::SecurityAdministrator).await;
        let list = send(&world, get("/desk/systems", Some(&keeper))).await.body;
        let path = list.split_once("href=\"/desk/systems/0").unwrap().1.split_once('"').unwrap().0;
        let path = format!("/desk/systems/0{path}");
        let page = send(&world, get(&path, Some(&keeper))).await.body;
        assert!(page.contains(&format!("{origin}/hook")) && page.contains("已送达") && page.contains("200 heard"), "{page}");
        let id = delivery(&world, &webhook, &key).await["id"].as_str().unwrap().to_owned();
        let both = format!("{}/{id}", webhook["id"].as_str().unwrap());
        let fields = [("version", "1"), ("delivery", both.as_str())];
        let resent = send(&world, crate::people::post(&format!("{path}/resend"), Some(&keeper), &fields)).await;
        assert_eq!(resent.status, StatusCode::SEE_OTHER, "{}", resent.body);
        assert_eq!(delivering.round(&world.app).await.unwrap(), 1);
        assert_eq!(got.lock().unwrap().len(), 2);
        let again = format!("/api/v1/webhooks/{}/deliveries/{id}/resend", webhook["id"].as_str().unwrap());
        let unknown = again.replace(&id, "019a0000-0000-7000-8000-000000000000");
        assert_eq!(problem(&world, post(&unknown, &key, "r-0", &Value::Null)).await, code(404, "not_found"));
        let fields = [("version", "1"), ("webhook", webhook["id"].as_str().unwrap())];
        let stopped = send(&world, crate::people::post(&format!("{path}/stop_webhook"), Some(&keeper), &fields)).await;
        assert_eq!(stopped.status, StatusCode::SEE_OTHER, "{}", stopped.body);
        assert_eq!(problem(&world, post(&again, &key, "r-1", &Value::Null)).await, code(422, "refused"));
        let other = key_of(&world, "market").await;
        assert_eq!(problem(&world, post(&again, &other, "r-2", &Value::Null)).await, code(404, "not_found"));
    }
}

/// A webhook whose receiver is down, after an attempt.
async fn subscribed_down(world: &World, key: &str) -> Value {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let origin = format!("http://{closed}");
    let body = json!({ "url": format!("{origin}/hook"), "events": ["linkage.pushed"] });
    let webhook = json(&send_to(web(world, &origin), post("/api/v1/webhooks", key, "w-2", &body)).await);
    happened(world).await;
    Delivering::new(web(world, &origin).webhooks, LIMIT).round(&world.app).await.unwrap();
    webhook
}

//! Webhooks of the calling system.

use super::operation::{Call, Operation, Outcome, Place, Reply};
use super::problem::{Code, Problem};
use super::schema::{Schema, answer, any_text, has, input, line, many, or_null};
use super::schemas::Named;
use super::{linkages, publications};
use crate::app::Web;
use serde::Deserialize;
use serde_json::{Value, json};
use xingjian_exchange::system::ApiScope;
use xingjian_exchange::webhook::delivery::{self, Delivery};
use xingjian_exchange::webhook::{self, EventKind, Registered, Webhook};
use xingjian_kernel::id::{DeliveryId, WebhookId};
use xingjian_kernel::time::rfc3339;
use xingjian_store::records;

const EXAMPLE: &str = "019a0000-0000-7000-8000-000000000005";
const LINKAGE: &str = linkages::EXAMPLE;
const PUBLICATION: &str = publications::EXAMPLE;
/// A notification for examples, with the secret of its signature and the moment it is sent.
pub const DELIVERY: &str = "019a0000-0000-7000-8000-000000000006";
pub const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
pub const SECONDS: i64 = 1_795_222_988;
/// Deliveries that are shown.
const SHOWN: u32 = 200;

pub fn operations() -> Vec<Operation> {
    let registered = "网址的来源（协议、主机和端口）须在对方运维人员的名单中，见上文“事件通知”。secret 是签名密钥，只在这里给出。同一网址可以再次订阅（更换事件或者签名密钥时），各订阅分别投递，不再需要的请停止；最多10个在用。";
    let tested = "产生一个 webhook.test，与其他通知一样签名、投递和重试，不需要订阅。用来核对网址、签名和时间；答复后一两秒内投递，结果见“查询投递情况”最上面的一个。";
    let id = |operation: Operation| operation.needs(Place::Path, "id", Schema::Id, ("订阅编号", EXAMPLE));
    vec![
        Operation::get("/api/v1/webhooks", ApiScope::Webhooks, "listWebhooks", list)
            .about("事件通知", "查询订阅", "本系统的订阅，包括已停止的。")
            .done(
                200,
                answer(vec![has("rows", many(Schema::Named("Webhook")), "全部")]),
                json!({ "rows": [example()] }),
            ),
        Operation::post("/api/v1/webhooks", ApiScope::Webhooks, "createWebhook", register)
            .about("事件通知", "订阅事件", registered)
            .body("NewWebhook", json!({ "url": "https://yibao.example.gov.cn/hooks", "events": ["linkage.pushed"] }))
            .problems(&[Code::Refused])
            .done(201, Schema::Named("RegisteredWebhook"), {
                let mut example = example();
                example["secret"] = json!(SECRET);
                example
            }),
        id(Operation::post("/api/v1/webhooks/{id}/test", ApiScope::Webhooks, "testWebhook", test))
            .about("事件通知", "发送测试通知", tested)
            .problems(&[Code::Refused, Code::Conflict])
            .done(200, Schema::Named("Webhook"), example()),
        id(Operation::post("/api/v1/webhooks/{id}/stop", ApiScope::Webhooks, "stopWebhook", stop))
            .about("事件通知", "停止订阅", "不再投递，等待投递的也放弃。")
            .problems(&[Code::Conflict])
            .done(200, Schema::Named("Webhook"), {
                let mut example = example();
                example["state"] = json!("stopped");
                example
            }),
        id(Operation::get("/api/v1/webhooks/{id}/deliveries", ApiScope::Webhooks, "listDeliveries", deliveries))
            .about("事件通知", "查询投递情况", "最近200个通知，从新到旧。")
            .done(
                200,
                answer(vec![has("rows", many(Schema::Named("Delivery")), "通知")]),
                json!({ "rows": [{
                    "id": DELIVERY, "event": "linkage.pushed", "state": "waiting", "attempts": 1, "status": 503,
                    "said": "", "next_at": "2026-11-21T09:08:07+08:00", "created_at": "2026-11-21T09:03:07+08:00",
                }] }),
            ),
        id(Operation::post(
            "/api/v1/webhooks/{id}/deliveries/{delivery}/resend",
            ApiScope::Webhooks,
            "resendDelivery",
            resend,
        ))
        .needs(Place::Path, "delivery", Schema::Id, ("通知编号，即 webhook-id", DELIVERY))
        .about("事件通知", "重新投递", "已送达或者已放弃的通知再投递一次，webhook-id 不变。")
        .problems(&[Code::Refused, Code::Conflict])
        .done(200, Schema::Named("Webhook"), example()),
    ]
}

fn example() -> Value {
    json!({
        "id": EXAMPLE, "url": "https://yibao.example.gov.cn/hooks", "events": ["linkage.pushed"], "state": "active",
        "created_at": "2026-11-21T09:03:07+08:00",
    })
}

pub fn schemas() -> Vec<Named> {
    let events = || {
        let codes = EventKind::subscribed().map(EventKind::code).collect();
        Schema::List(Box::new(Schema::OneOf(codes)), 20)
    };
    let new = input(vec![
        has("url", line(1, 500), "接收的网址：https；与本系统在同一台机器上的，可以是 http://127.0.0.1:端口"),
        has("events", events(), "事件，至少一种"),
    ]);
    let shown = || {
        vec![
            has("id", Schema::Id, "订阅编号"),
            has("url", any_text(), "接收的网址"),
            has("events", events(), "事件"),
            has("state", Schema::OneOf(vec!["active", "stopped"]), "在用、已停止"),
            has("created_at", Schema::Instant, "订阅的时刻"),
        ]
    };
    let mut registered = shown();
    registered.push(has("secret", any_text(), "签名密钥（Standard Webhooks），只在这里给出"));
    let count = || Schema::Integer { least: 0, most: i64::MAX };
    let delivery = answer(vec![
        has("id", Schema::Id, "通知编号，即 webhook-id"),
        has("event", any_text(), "事件"),
        has("state", Schema::OneOf(vec!["waiting", "delivered", "given_up"]), "等待投递、已送达、已放弃"),
        has("attempts", count(), "投递过几次，重新投递后从头计"),
        has("status", or_null(count()), "最近一次答复的状态；null 是没有答复"),
        has("said", any_text(), "最近一次答复的开头，或者没有答复的原因"),
        has("next_at", or_null(Schema::Instant), "下一次投递的时刻；正在投递的，是没有结果时再次投递的时刻"),
        has("created_at", Schema::Instant, "产生的时刻"),
    ]);
    vec![
        ("NewWebhook", "一个订阅", new),
        ("Webhook", "一个订阅", answer(shown())),
        ("RegisteredWebhook", "一个订阅和它的签名密钥", answer(registered)),
        ("Delivery", "一个通知的投递情况", delivery),
    ]
}

/// The body of a notification: its shape and an example.
pub fn event(event: EventKind) -> (Schema, Value) {
    let id = || has("id", Schema::Id, "编号");
    let href = || has("href", any_text(), "读取的地址");
    let state = |words: Vec<&'static str>| has("state", Schema::OneOf(words), "现在的状态");
    let (data, example) = match event {
        EventKind::ComplaintDecided => {
            let number = has("number", any_text(), "登记号");
            (vec![number, state(vec!["closed", "declined"])], json!({ "number": "TS2026-000012", "state": "closed" }))
        }
        EventKind::SignalDecided => {
            let reference = has("reference", any_text(), "对方的编号");
            let example = json!({
                "reference": "YB-2026-000731", "state": "closed", "href": "/api/v1/signals/YB-2026-000731",
            });
            (vec![reference, state(vec!["closed", "dismissed"]), href()], example)
        }
        EventKind::PublicationPublished | EventKind::PublicationWithdrawn => {
            let example = json!({ "id": PUBLICATION, "href": format!("/api/v1/publications/{PUBLICATION}") });
            (vec![id(), href()], example)
        }
        EventKind::LinkagePushed | EventKind::LinkageEnded => {
            let due = has("due", or_null(Schema::Date), "下一步的期限");
            let (now, on) = match event {
                EventKind::LinkagePushed => ("pushed", "2026-11-26"),
                _ => ("undoing", "2026-12-05"),
            };
            let example =
                json!({ "id": LINKAGE, "state": now, "due": on, "href": format!("/api/v1/linkages/{LINKAGE}") });
            (vec![id(), state(linkages::STATES.to_vec()), due, href()], example)
        }
        EventKind::CreditUpdated => {
            let example = json!({
                "subject": format!("institution:{EXAMPLE}"), "href": format!("/api/v1/credit-records/{EXAMPLE}"),
            });
            (vec![has("subject", any_text(), "信用主体：类别和编号"), href()], example)
        }
        EventKind::WebhookTest => (vec![has("webhook", Schema::Id, "订阅编号")], json!({ "webhook": EXAMPLE })),
    };
    let body = answer(vec![
        has("type", Schema::OneOf(vec![event.code()]), "事件"),
        has("timestamp", Schema::Instant, "发生的时刻"),
        has("data", answer(data), "读取所需的编号和地址，没有个人信息"),
    ]);
    (body, json!({ "type": event.code(), "timestamp": "2026-11-21T09:03:07+08:00", "data": example }))
}

fn shown(webhook: &Webhook) -> Value {
    let state = if webhook.stopped.is_some() { "stopped" } else { "active" };
    json!({
        "id": webhook.id, "url": webhook.url, "events": webhook.events, "state": state,
        "created_at": rfc3339(webhook.created_at),
    })
}

#[derive(Deserialize)]
struct Posted {
    url: String,
    events: Vec<EventKind>,
}

/// The calling system; every operation here asks for a key.
fn system(call: &Call) -> Result<&xingjian_exchange::system::ConnectedSystem, Problem> {
    call.system.as_ref().ok_or_else(|| Problem::bare(Code::Unauthorized))
}

async fn list(_: Web, call: Call) -> Outcome {
    let found = webhook::all_of(&call.ctx, system(&call)?.id).await?;
    let rows: Vec<Value> = found.iter().map(|webhook| shown(webhook)).collect();
    Ok(Reply::ok(json!({ "rows": rows })))
}

async fn register(web: Web, call: Call) -> Outcome {
    let Posted { url, events } = call.body()?;
    let Registered { webhook, secret } =
        webhook::register(&call.ctx, system(&call)?, &web.webhooks, (url, events)).await?;
    let mut told = shown(&webhook);
    told["secret"] = json!(secret);
    Ok(Reply::created(told))
}

/// The webhook, if it is the caller's.
async fn own(call: &Call) -> Result<Webhook, Problem> {
    let id: WebhookId = call.id("id")?;
    let webhook = records::must::<Webhook>(&call.ctx, id).await?.value;
    if webhook.system == system(call)?.id { Ok(webhook) } else { Err(Problem::bare(Code::NotFound)) }
}

async fn test(_: Web, call: Call) -> Outcome {
    let id = own(&call).await?.id;
    Ok(Reply::ok(shown(&webhook::test(&call.ctx, id).await?)))
}

async fn stop(_: Web, call: Call) -> Outcome {
    let id = own(&call).await?.id;
    Ok(Reply::ok(shown(&webhook::stop(&call.ctx, id).await?)))
}

async fn deliveries(_: Web, call: Call) -> Outcome {
    let webhook = own(&call).await?;
    let rows: Vec<Value> = delivery::of(&call.ctx, &webhook, SHOWN).await?.iter().map(told).collect();
    Ok(Reply::ok(json!({ "rows": rows })))
}

fn told(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id, "event": delivery.event, "state": delivery.state, "attempts": delivery.attempts,
        "status": delivery.status, "said": delivery.said, "next_at": delivery.next_at.map(rfc3339),
        "created_at": rfc3339(delivery.created_at),
    })
}

async fn resend(_: Web, call: Call) -> Outcome {
    let webhook = own(&call).await?;
    webhook::resend(&call.ctx, webhook.id, call.id::<DeliveryId>("delivery")?).await?;
    Ok(Reply::ok(shown(&webhook)))
}

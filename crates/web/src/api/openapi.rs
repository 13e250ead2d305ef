//! The description in OpenAPI 3.1, made from the operations.

use super::operation::{Call, Operation, Outcome, Parameter, Place, Reply};
use super::problem::{Code, KIND};
use super::schema::Schema;
use super::{operations as all_operations, schemas, serve, webhooks};
use crate::app::Web;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use xingjian_exchange::system::ApiScope;
use xingjian_exchange::webhook::EventKind;

pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/api/v1/openapi.json", ApiScope::Published, "getDescription", read)
            .open()
            .about("说明", "接口的 OpenAPI 3.1 描述", "不需要密钥。接口说明页和实际的检查出自同一份描述。")
            .done(200, Schema::Anything, json!({ "openapi": "3.1.0" })),
    ]
}

async fn read(_: Web, _: Call) -> Outcome {
    Ok(Reply::ok(description()))
}

/// The whole description.
pub fn description() -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in all_operations() {
        paths.entry(operation.path).or_default().insert(operation.method.to_lowercase(), describe(&operation));
    }
    let named = |(name, (about, schema)): (&&str, &(&str, Schema))| {
        let mut schema = schema.json();
        schema["description"] = json!(about);
        ((*name).to_owned(), schema)
    };
    let schemas: Map<String, Value> = schemas::all().iter().map(named).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "杏鉴综合监管信息系统接口",
            "version": "1",
            "description": "第一版。字段只增不减，不兼容的变更另起版本；请忽略不认识的字段。说明页：/api",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "security": [{ "key": [] }],
        "paths": paths,
        "webhooks": told(),
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": { "type": "http", "scheme": "bearer", "description": "接入系统的密钥，由管理员登记后发给" },
            },
        },
    })
}

/// Headers of a notification.
pub const SIGNED_HEADERS: [(&str, &str); 3] = [
    ("webhook-id", "通知编号，每次投递都相同，据此去重"),
    ("webhook-timestamp", "本次投递的时刻，1970年以来的秒数；与自己的时钟相差5分钟以上的不应接受"),
    ("webhook-signature", "签名；可能有几个，以空格分隔，有一个相符即可"),
];

/// What is told to webhooks.
fn told() -> Value {
    let event = |event: &EventKind| {
        let (schema, example) = webhooks::event(*event);
        let headers = SIGNED_HEADERS.map(|(name, about)| {
            json!({ "name": name, "in": "header", "required": true, "description": about, "schema": { "type": "string" } })
        });
        let described = json!({ "post": {
            "summary": event.label(),
            "description": format!("data：{}", event.data()),
            "parameters": headers,
            "requestBody": { "content": { "application/json": {
                "schema": schema.json(), "example": example,
            } } },
            "responses": { "2XX": { "description": "收到；10秒内没有答复2xx的再投递" } },
        } });
        (event.code().to_owned(), described)
    };
    Value::Object(EventKind::ALL.iter().map(event).collect())
}

fn describe(operation: &Operation) -> Value {
    let mut parameters: Vec<Value> = operation.parameters.iter().map(parameter).collect();
    if operation.acts() {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": true,
            "description": "每件新的请求用一个新的值，例如 UUID；重发同一请求用同一个，得到同一个答复，保存48小时",
            "schema": { "type": "string", "pattern": format!("^[!-~]{{1,{}}}$", serve::ONCE_MOST) },
            "example": operation.once_example(),
        }));
    }
    let mut described = json!({
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.about,
        "parameters": parameters,
        "responses": responses(operation),
    });
    if let Some(scope) = operation.scope {
        described["x-scope"] = json!(scope.code());
    } else {
        described["security"] = json!([]);
    }
    if let Some((schema, example)) = &operation.body {
        described["requestBody"] = json!({
            "required": true,
            "content": { "application/json": { "schema": Schema::Named(schema).json(), "example": example } },
        });
    }
    described
}

fn parameter(parameter: &Parameter) -> Value {
    let mut described = json!({
        "name": parameter.name,
        "in": parameter.place.code(),
        "required": parameter.required || parameter.place == Place::Path,
        "description": parameter.about,
        "schema": parameter.schema.json(),
    });
    if !parameter.example.is_empty() {
        described["example"] = parameter.schema.read(parameter.example);
    }
    described
}

/// What stands in the head of an answer: name, about, and the shape.
fn headers(operation: &Operation, status: u16) -> Value {
    let mut all = vec![];
    // Who is refused at the door is not counted.
    let at_the_door = [Code::Unauthorized, Code::ScopeMissing, Code::QuotaExceeded].map(Code::status).contains(&status);
    if operation.scope.is_some() && !at_the_door {
        all.push(("RateLimit-Policy", "每分钟和每日的配额", "string"));
        all.push((
            "RateLimit",
            "每分钟和每日两种配额中余下较少的一种：r 是余下的次数，t 是到下一分钟或者下一日的秒数",
            "string",
        ));
    }
    match status {
        200 | 304 if !operation.acts() => all.push(("ETag", "下次写在 If-None-Match 中", "string")),
        401 => all.push(("WWW-Authenticate", "Bearer", "string")),
        429 | 503 => all.push(("Retry-After", "再试之前等待的秒数", "integer")),
        409 => all.push(("Retry-After", "request_under_way 时，再试之前等待的秒数", "integer")),
        _ => {}
    }
    if operation.acts() && status < 500 {
        all.push(("Idempotency-Replayed", "true 是同一请求此前的答复", "string"));
    }
    let header = |(name, about, kind): (&str, &str, &str)| {
        (name.to_owned(), json!({ "description": about, "schema": { "type": kind } }))
    };
    Value::Object(all.into_iter().map(header).collect())
}

fn responses(operation: &Operation) -> Value {
    let (status, schema, example) = &operation.done;
    let mut all = Map::new();
    let done = json!({
        "description": "成功",
        "headers": headers(operation, *status),
        "content": { "application/json": { "schema": schema.json(), "example": example } },
    });
    all.insert(status.to_string(), done);
    if !operation.acts() {
        let same =
            json!({ "description": "与 If-None-Match 所写的相同，没有变化", "headers": headers(operation, 304) });
        all.insert("304".into(), same);
    }
    let mut problems: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in operation.all_problems() {
        problems.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in problems {
        let told: Vec<String> = codes.iter().map(|code| format!("`{}` {}", code.code(), code.title())).collect();
        let described = json!({
            "description": told.join("；"),
            "headers": headers(operation, status),
            "content": { KIND: { "schema": Schema::Named("Problem").json() } },
        });
        all.insert(status.to_string(), described);
    }
    Value::Object(all)
}

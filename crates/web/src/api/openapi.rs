//! The description in OpenAPI 3.1, made from the operations.

use super::operation::{Call, Operation, Outcome, Parameter, Place, Reply};
use super::problem::{Code, KIND};
use super::schema::Schema;
use super::{operations as all_operations, schemas, serve};
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

/// What is told to webhooks.
fn told() -> Value {
    let event = |event: &EventKind| {
        let body = json!({ "type": event.code(), "timestamp": "2026-11-21T09:03:07+08:00", "data": {} });
        let headers = ["webhook-id", "webhook-timestamp", "webhook-signature"];
        let headers = headers
            .map(|name| json!({ "name": name, "in": "header", "required": true, "schema": { "type": "string" } }));
        let described = json!({ "post": {
            "summary": event.label(),
            "description": format!("data：{}", event.data()),
            "parameters": headers,
            "requestBody": { "content": { "application/json": {
                "schema": Schema::Named("WebhookEvent").json(), "example": body,
            } } },
            "responses": { "2XX": { "description": "收到" } },
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
            "description": "同一请求重发时用同一个，得到同一个答复；至少保存48小时",
            "schema": { "type": "string", "pattern": format!("^[!-~]{{1,{}}}$", serve::ONCE_MOST) },
            "example": "2026-11-21-000017",
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

fn responses(operation: &Operation) -> Value {
    let (status, schema, example) = &operation.done;
    let mut all = Map::new();
    let done = json!({
        "description": "成功",
        "content": { "application/json": { "schema": schema.json(), "example": example } },
    });
    all.insert(status.to_string(), done);
    if !operation.acts() {
        all.insert("304".into(), json!({ "description": "与 If-None-Match 所写的相同，没有变化" }));
    }
    let mut problems: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in operation.all_problems() {
        problems.entry(code.status()).or_default().push(code);
    }
    for (status, codes) in problems {
        let told: Vec<String> = codes.iter().map(|code| format!("`{}` {}", code.code(), code.title())).collect();
        let described = json!({
            "description": told.join("；"),
            "content": { KIND: { "schema": Schema::Named("Problem").json() } },
        });
        all.insert(status.to_string(), described);
    }
    Value::Object(all)
}

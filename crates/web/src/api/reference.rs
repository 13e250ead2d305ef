//! The reference page, made from the operations: nothing on it is written twice.

use super::openapi::SIGNED_HEADERS;
use super::operation::{Operation, Place};
use super::problem::{Code, Problem, REFUSALS};
use super::schema::{Property, Schema};
use super::{codes, operations, schemas, webhooks};
use crate::app::Web;
use crate::errors::html;
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Table};
use crate::ui::{Door, Layout};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use xingjian_exchange::system::ApiScope;
use xingjian_exchange::webhook::{EventKind, sign};
use xingjian_kernel::Fault;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/api", Callers::Public, show)]
}

#[derive(Template)]
#[template(path = "public/api.html")]
struct ReferencePage {
    layout: Layout,
    groups: Vec<Group>,
    scopes: Table,
    events: Table,
    headers: [(&'static str, &'static str); 3],
    origins: Origins,
    signed: Signed,
    bodies: Vec<(&'static str, String)>,
    program: &'static str,
    /// An answer with faults.
    problem: String,
    problems: Vec<Shown>,
    refusals: &'static [(&'static str, &'static str)],
}

/// Addresses that the page names: where the standard is, and lines of the operator's list.
struct Origins {
    standard: &'static str,
    local: &'static str,
    relayed: &'static str,
}

const ORIGINS: Origins = Origins {
    standard: "https://www.standardwebhooks.com",
    local: "http://127.0.0.1:9000",
    relayed: "https://yibao.example.gov.cn http://127.0.0.1:8443",
};

/// A notification with its signature, worked out.
struct Signed {
    secret: String,
    id: &'static str,
    seconds: i64,
    body: String,
    signature: String,
}

impl Signed {
    fn example() -> Self {
        let (id, seconds) = (webhooks::DELIVERY, webhooks::SECONDS);
        let (secret, body) = (webhooks::SECRET.to_owned(), webhooks::event(EventKind::LinkagePushed).1.to_string());
        let signature = sign(&secret, id, seconds, &body).unwrap_or_default();
        Self { secret, id, seconds, body, signature }
    }
}

/// Operations under a heading.
struct Group {
    tag: &'static str,
    operations: Vec<Described>,
}

/// An operation as people read it.
struct Described {
    id: &'static str,
    method: &'static str,
    path: &'static str,
    summary: &'static str,
    about: &'static str,
    scope: Option<(&'static str, &'static str)>,
    /// Name, where it stands and what it is.
    parameters: Vec<(&'static str, String)>,
    /// Fields of the body.
    body: Vec<(String, String)>,
    curl: String,
    status: u16,
    answer: String,
    /// Fields of the answer.
    fields: Vec<(String, String)>,
    problems: Vec<(&'static str, &'static str)>,
}

/// A problem as people read it.
struct Shown {
    code: &'static str,
    status: u16,
    title: &'static str,
    mend: &'static str,
}

async fn show(State(web): State<Web>) -> Response {
    let mut groups: Vec<Group> = vec![];
    for operation in operations() {
        let described = describe(&operation);
        match groups.iter_mut().find(|group| group.tag == operation.tag) {
            Some(group) => group.operations.push(described),
            None => groups.push(Group { tag: operation.tag, operations: vec![described] }),
        }
    }
    let page = ReferencePage {
        layout: Layout::bare(&web, "接口说明", Door::Public),
        groups,
        scopes: scopes(),
        events: events(),
        headers: SIGNED_HEADERS,
        origins: ORIGINS,
        signed: Signed::example(),
        bodies: EventKind::ALL.iter().map(|it| (it.code(), pretty(&webhooks::event(*it).1))).collect(),
        program: include_str!("integrator.py"),
        problem: {
            let fault = Fault::new("/channel", "fax", "不是本市公布的渠道", codes::MEND);
            pretty(&Problem::faults(Code::Invalid, vec![fault]).body())
        },
        problems: Code::ALL
            .iter()
            .map(|code| Shown { code: code.code(), status: code.status(), title: code.title(), mend: code.mend() })
            .collect(),
        refusals: REFUSALS,
    };
    html(StatusCode::OK, &page)
}

fn scopes() -> Table {
    let rows = ApiScope::ALL.iter().map(|scope| vec![Cell::Code(scope.code().into()), Cell::text(scope.label())]);
    Table::new("scopes", "权限范围", &["代码", "可以办理"]).rows(rows)
}

fn events() -> Table {
    let row = |event: &EventKind| {
        vec![
            Cell::Code(event.code().into()),
            Cell::text(event.label()).note(event.data()),
            Cell::Code(event.scope().code().into()),
        ]
    };
    Table::new("events", "事件", &["事件", "何时通知，data 中有什么", "需要的权限范围"])
        .rows(EventKind::ALL.iter().map(row))
}

fn describe(operation: &Operation) -> Described {
    let (status, schema, example) = &operation.done;
    let parameters = operation.parameters.iter().map(|parameter| {
        let place = match parameter.place {
            Place::Path => "地址",
            Place::Query => "查询参数",
            Place::Header => "请求头",
        };
        let need = if parameter.required { "必填" } else { "选填" };
        (parameter.name, format!("{}（{place}，{need}；{}）", parameter.about, parameter.schema.words()))
    });
    let mut body = vec![];
    if let Some((name, _)) = &operation.body {
        fields("", &Schema::Named(name), true, &mut body);
    }
    let mut answered = vec![];
    fields("", schema, false, &mut answered);
    Described {
        id: operation.id,
        method: operation.method,
        path: operation.path,
        summary: operation.summary,
        about: operation.about,
        scope: operation.scope.map(|scope| (scope.code(), scope.label())),
        parameters: parameters.collect(),
        body,
        curl: curl(operation),
        status: *status,
        answer: pretty(example),
        fields: answered,
        problems: operation.all_problems().into_iter().map(|code| (code.code(), code.title())).collect(),
    }
}

/// The fields of a shape with those inside of them: `rows[].name`.
fn fields(place: &str, schema: &Schema, sent: bool, all: &mut Vec<(String, String)>) {
    match schema {
        Schema::Named(name) => {
            if let Some(schema) = schemas::named(name) {
                fields(place, &schema, sent, all);
            }
        }
        Schema::OrNull(of) => fields(place, of, sent, all),
        Schema::List(of, _) => fields(&format!("{place}[]"), of, sent, all),
        Schema::Object { properties, .. } => {
            for Property { name, schema, required, about } in properties {
                let at = if place.is_empty() { (*name).to_owned() } else { format!("{place}.{name}") };
                let need = match (sent, required) {
                    (true, true) => "必填；",
                    (true, false) => "选填；",
                    (false, true) => "",
                    (false, false) => "可能没有；",
                };
                all.push((at.clone(), format!("{about}（{need}{}）", schema.words())));
                fields(&at, schema, sent, all);
            }
        }
        _ => {}
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// A call with the examples.
fn curl(operation: &Operation) -> String {
    let (mut path, mut query, mut lines) = (operation.path.to_owned(), vec![], vec![]);
    if operation.scope.is_some() {
        lines.push("-H \"Authorization: Bearer $KEY\"".to_owned());
    }
    for parameter in operation.parameters.iter().filter(|parameter| !parameter.example.is_empty()) {
        match parameter.place {
            Place::Path => path = path.replace(&format!("{{{}}}", parameter.name), parameter.example),
            Place::Header => lines.push(format!("-H \"{}: {}\"", parameter.name, parameter.example)),
            // One of several ways to look something up is enough.
            Place::Query if query.is_empty() => {
                query.push(format!("{}={}", parameter.name, crate::form::encode(parameter.example)));
            }
            Place::Query => {}
        }
    }
    if operation.acts() {
        lines.push(format!("-H \"Idempotency-Key: {}\"", operation.once_example()));
    }
    if let Some((_, example)) = &operation.body {
        lines.push("-H \"Content-Type: application/json\"".to_owned());
        lines.push(format!("-d '{}'", pretty(example)));
    } else if operation.acts() {
        lines.push("-X POST".to_owned());
    }
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    lines.push(format!("\"$HOST{path}{query}\""));
    format!("curl {}", lines.join(" \\\n  "))
}

//! One operation of the API: the same description decides what is taken, what the handler is given, and what the reference says.

use super::problem::{Code, Problem};
use super::schema::Schema;
use crate::app::Web;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::str::FromStr;
use std::sync::Arc;
use xingjian_exchange::system::{ApiScope, ConnectedSystem};
use xingjian_kernel::Cursor;
use xingjian_store::Ctx;

/// Where a parameter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// After the question mark.
    Query,
    /// In a header.
    Header,
}

impl Place {
    /// As OpenAPI says it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }
}

/// A parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// Its shape.
    pub schema: Schema,
    /// What it is.
    pub about: &'static str,
    /// An example.
    pub example: &'static str,
    /// Whether it must be there.
    pub required: bool,
}

/// A request that was looked at: who asks, and what for.
#[derive(Clone)]
pub struct Call {
    /// The system's scope and name; anybody's where no key is asked for.
    pub ctx: Ctx,
    /// The system.
    pub system: Option<ConnectedSystem>,
    /// Parameters by name, whatever their place.
    pub parameters: BTreeMap<&'static str, String>,
    /// The body, or null.
    pub body: Value,
    /// Digest of the system, the `Idempotency-Key` and the request: the same for the same request sent again, known to nobody else.
    pub once: String,
}

impl Call {
    /// A parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// A parameter of another type, which its shape has made sure of.
    pub fn id<T: FromStr>(&self, name: &str) -> Result<T, Problem> {
        let given = self.text(name).unwrap_or_default();
        given.parse().map_err(|_| Problem::bare(Code::NotFound))
    }

    /// The body, whose shape has been made sure of.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        serde_json::from_value(self.body.clone()).map_err(|error| Problem::new(Code::InvalidJson, error.to_string()))
    }

    /// Where a page begins.
    pub fn after(&self) -> Result<Option<Cursor>, Problem> {
        let Some(given) = self.text("after") else { return Ok(None) };
        let fault = || xingjian_kernel::Fault::new("after", given, "不是 next 给出的值", "请原样使用上一页的 next");
        let decoded =
            URL_SAFE_NO_PAD.decode(given).ok().and_then(|bytes| Cursor::decode(&String::from_utf8(bytes).ok()?));
        decoded.map(Some).ok_or_else(|| Problem::faults(Code::InvalidParameter, vec![fault()]))
    }

    /// Rows of a page.
    pub fn limit(&self) -> u32 {
        self.text("limit").and_then(|limit| limit.parse().ok()).unwrap_or(LIMIT)
    }
}

/// Rows of a page where nothing is said.
const LIMIT: u32 = 50;

/// An answer.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Value,
}

impl Reply {
    /// What was asked for.
    pub fn ok(body: Value) -> Self {
        Self { status: StatusCode::OK, body }
    }

    /// Something new.
    pub fn created(body: Value) -> Self {
        Self { status: StatusCode::CREATED, body }
    }

    /// A page of rows.
    pub fn page(rows: &[Value], next: Option<&Cursor>) -> Self {
        // Nobody has to escape it in an address.
        let next = next.map(|cursor| URL_SAFE_NO_PAD.encode(cursor.encode()));
        Self::ok(json!({ "rows": rows, "next": next }))
    }
}

/// What comes of a call.
pub type Outcome = Result<Reply, Problem>;
type Handler = Arc<dyn Fn(Web, Call) -> Pin<Box<dyn Future<Output = Outcome> + Send>> + Send + Sync>;

/// An operation.
#[derive(Clone)]
pub struct Operation {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// What the key must be granted; `None` is for anybody.
    pub scope: Option<ApiScope>,
    /// Name for programs.
    pub id: &'static str,
    /// The heading it stands under.
    pub tag: &'static str,
    /// In a line.
    pub summary: &'static str,
    /// In a paragraph.
    pub about: &'static str,
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// Name of the shape of its body, and an example.
    pub body: Option<(&'static str, Value)>,
    /// Status, shape and example of its answer.
    pub done: (u16, Schema, Value),
    /// Problems of its own, beside those of every operation.
    pub problems: Vec<Code>,
    handler: Handler,
}

impl Operation {
    fn new<H, F>(method: &'static str, path: &'static str, scope: ApiScope, id: &'static str, handler: H) -> Self
    where
        H: Fn(Web, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self {
            method,
            path,
            scope: Some(scope),
            id,
            tag: "",
            summary: "",
            about: "",
            parameters: vec![],
            body: None,
            done: (200, Schema::Anything, Value::Null),
            problems: vec![],
            handler: Arc::new(move |web, call| Box::pin(handler(web, call))),
        }
    }

    /// Reading.
    pub fn get<H, F>(path: &'static str, scope: ApiScope, id: &'static str, handler: H) -> Self
    where
        H: Fn(Web, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self::new("GET", path, scope, id, handler)
    }

    /// An act.
    pub fn post<H, F>(path: &'static str, scope: ApiScope, id: &'static str, handler: H) -> Self
    where
        H: Fn(Web, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Outcome> + Send + 'static,
    {
        Self::new("POST", path, scope, id, handler)
    }

    /// What it is: heading, line, paragraph.
    #[must_use]
    pub fn about(self, tag: &'static str, summary: &'static str, about: &'static str) -> Self {
        Self { tag, summary, about, ..self }
    }

    /// For anybody, without a key.
    #[must_use]
    pub fn open(self) -> Self {
        Self { scope: None, ..self }
    }

    /// With a parameter that must be there.
    #[must_use]
    pub fn needs(
        mut self,
        place: Place,
        name: &'static str,
        schema: Schema,
        (about, example): (&'static str, &'static str),
    ) -> Self {
        self.parameters.push(Parameter { name, place, schema, about, example, required: true });
        self
    }

    /// With something that may be asked for.
    #[must_use]
    pub fn query(mut self, name: &'static str, schema: Schema, (about, example): (&'static str, &'static str)) -> Self {
        self.parameters.push(Parameter { name, place: Place::Query, schema, about, example, required: false });
        self
    }

    /// With pages.
    #[must_use]
    pub fn paged(self) -> Self {
        let limit = Schema::Integer { least: 1, most: 200 };
        self.query("limit", limit, ("每页条数，缺省为50", "20")).query(
            "after",
            super::schema::line(1, 2000),
            ("上一页的 next", ""),
        )
    }

    /// With a body.
    #[must_use]
    pub fn body(self, schema: &'static str, example: Value) -> Self {
        Self { body: Some((schema, example)), ..self }
    }

    /// With its answer.
    #[must_use]
    pub fn done(self, status: u16, schema: Schema, example: Value) -> Self {
        Self { done: (status, schema, example), ..self }
    }

    /// With problems of its own.
    #[must_use]
    pub fn problems(self, problems: &[Code]) -> Self {
        Self { problems: problems.to_vec(), ..self }
    }

    /// Whether it acts.
    pub fn acts(&self) -> bool {
        self.method == "POST"
    }

    /// The key of an example, another one for each operation.
    pub fn once_example(&self) -> String {
        format!("{}-20261121-0001", self.id)
    }

    /// Every problem that it can answer with, by status.
    pub fn all_problems(&self) -> Vec<Code> {
        let mut all = vec![Code::Unavailable, Code::InvalidParameter];
        if self.scope.is_some() {
            all.extend([
                Code::Unauthorized,
                Code::KeyRevoked,
                Code::KeyExpired,
                Code::ScopeMissing,
                Code::QuotaExceeded,
            ]);
        }
        if self.parameters.iter().any(|parameter| parameter.place == Place::Path) {
            all.push(Code::NotFound);
        }
        if self.acts() {
            all.extend([Code::IdempotencyKeyMissing, Code::IdempotencyKeyReused, Code::UnderWay, Code::TooLarge]);
        }
        if self.body.is_some() {
            all.extend([Code::InvalidJson, Code::UnsupportedMediaType, Code::Invalid]);
        }
        all.extend(&self.problems);
        Code::ALL.iter().copied().filter(|code| all.contains(code)).collect()
    }

    /// Does it.
    pub async fn run(&self, web: Web, call: Call) -> Outcome {
        (self.handler)(web, call).await
    }
}

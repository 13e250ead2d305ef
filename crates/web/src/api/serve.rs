//! The way of every request: key, quota, scope, parameters, body, once; then the handler; then its answer is kept.

use super::operation::{Call, Operation, Place, Reply};
use super::problem::{Code, KIND, Problem};
use super::schema::Schema;
use super::schemas;
use crate::app::Web;
use crate::form::Given;
use crate::public::visitor;
use axum::body::{Bytes, to_bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_exchange::once::{self, Answer, Claim, Mine};
use xingjian_exchange::quota::{Meter, Taken};
use xingjian_exchange::system::{ConnectedSystem, KeyError, by_key};
use xingjian_kernel::Fault;
use xingjian_store::Ctx;

/// Header by which a request that is sent twice is recognised.
pub const ONCE: &str = "idempotency-key";
/// Its longest value.
pub const ONCE_MOST: usize = 64;
/// Largest body.
const MOST_BYTES: usize = 4 * 1024 * 1024;
/// Type of what is sent and answered.
const JSON: &str = "application/json";

/// Answers a request for an operation.
pub async fn serve(operation: Operation, web: Web, path: RawPathParams, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (system, headers) = match admitted(&operation, &web, &parts).await {
        Ok(admitted) => admitted,
        Err(problem) => return problem.into_response(),
    };
    let asked = async {
        let parameters = parameters(&operation, &path, &parts)?;
        let bytes = to_bytes(body, MOST_BYTES).await.map_err(|_| Problem::bare(Code::TooLarge))?;
        let body = read_body(&operation, &parts.headers, &bytes)?;
        let ctx = match &system {
            Some(system) => Ctx::new(&web.app, system.actor(), system.scope()),
            None => visitor(&web.app),
        };
        Ok::<_, Problem>((Call { ctx, system: system.clone(), parameters, body, once: String::new() }, bytes))
    };
    let mut answer = match asked.await {
        Err(problem) => problem.into_response(),
        Ok((call, bytes)) if operation.acts() => act(operation, web, call, &parts, &bytes).await,
        Ok((call, _)) => match operation.run(web, call).await {
            Ok(reply) => tagged(&parts.headers, reply),
            Err(problem) => problem.into_response(),
        },
    };
    answer.headers_mut().extend(headers);
    answer
}

/// Who asks, if they may ask at all, and what is said of the quota.
async fn admitted(
    operation: &Operation,
    web: &Web,
    parts: &Parts,
) -> Result<(Option<ConnectedSystem>, HeaderMap), Problem> {
    let Some(scope) = operation.scope else { return Ok((None, HeaderMap::new())) };
    let given = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let key = given.and_then(|value| value.split_once(' ')).filter(|(kind, _)| kind.eq_ignore_ascii_case("bearer"));
    let Some((_, key)) = key else { return Err(Problem::new(Code::Unauthorized, "请求没有带密钥")) };
    let system = by_key(&web.app, key.trim()).await.map_err(|error| match error {
        KeyError::Unknown => Problem::new(Code::Unauthorized, "没有系统使用这个密钥"),
        KeyError::Revoked => Problem::bare(Code::KeyRevoked),
        KeyError::Expired(_) => Problem::new(Code::KeyExpired, error.to_string()),
        KeyError::Failed(failure) => failure.into(),
    })?;
    // A router without a meter is a fault of the program, and lets nobody through.
    let Some(meter) = parts.extensions.get::<Arc<Meter>>() else { return Err(Problem::bare(Code::Internal)) };
    let (span, left, resets_in) = match meter.take(&web.app, system.id, system.quota).await? {
        Taken::Yes { span, left, resets_in } => (span, left, resets_in),
        Taken::No { span, retry_after } => {
            let (what, many) = match span.code() {
                "minute" => ("每分钟", system.quota.per_minute),
                _ => ("每日", system.quota.per_day),
            };
            let detail = format!("{what}{many}次的配额已用完");
            return Err(Problem::new(Code::QuotaExceeded, detail).retry(retry_after));
        }
    };
    if !system.scopes.contains(&scope) {
        let detail = format!("需要权限范围 {}（{}）", scope.code(), scope.label());
        return Err(Problem::new(Code::ScopeMissing, detail));
    }
    let mut headers = HeaderMap::new();
    let policy = format!("\"minute\";q={};w=60, \"day\";q={};w=86400", system.quota.per_minute, system.quota.per_day);
    let limit = format!("\"{}\";r={left};t={resets_in}", span.code());
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", limit)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    Ok((Some(system), headers))
}

/// Parameters as the operation describes them; anything else is refused.
fn parameters(
    operation: &Operation,
    path: &RawPathParams,
    parts: &Parts,
) -> Result<BTreeMap<&'static str, String>, Problem> {
    let query = Given::parse(parts.uri.query().unwrap_or_default());
    let (mut all, mut faults) = (BTreeMap::new(), vec![]);
    for parameter in &operation.parameters {
        let name = parameter.name;
        let given = match parameter.place {
            Place::Path => path.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned()),
            Place::Query if query.all(name).len() > 1 => {
                faults.push(Fault::new(name, "", "写了多次", "请只写一次"));
                continue;
            }
            Place::Query => query.has(name).then(|| query.text(name).to_owned()),
            Place::Header => {
                parts.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            }
        };
        let Some(given) = given else {
            if parameter.required {
                faults.push(Fault::new(name, "", "没有填写", format!("应为{}", parameter.schema.words())));
            }
            continue;
        };
        parameter.schema.check(&schemas::named, name, &parameter.schema.read(&given), &mut faults);
        all.insert(name, given);
    }
    let known = |name: &str| operation.parameters.iter().any(|p| p.place == Place::Query && p.name == name);
    let unknown = query.pairs().filter(|(name, _)| !known(name));
    faults.extend(unknown.map(|(name, value)| Fault::new(name, value, "不是说明中的参数", "请删除，或者核对名称")));
    if faults.is_empty() { Ok(all) } else { Err(Problem::faults(Code::InvalidParameter, faults)) }
}

/// The body, if it is what the operation takes.
fn read_body(operation: &Operation, headers: &HeaderMap, bytes: &Bytes) -> Result<Value, Problem> {
    let Some((schema, _)) = &operation.body else { return Ok(Value::Null) };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON) {
        return Err(Problem::bare(Code::UnsupportedMediaType));
    }
    let body: Value = serde_json::from_slice(bytes).map_err(|error| {
        let detail = format!("第{}行第{}个字节附近有误", error.line(), error.column());
        Problem::new(Code::InvalidJson, detail)
    })?;
    let mut faults = vec![];
    Schema::Named(schema).check(&schemas::named, "", &body, &mut faults);
    if faults.is_empty() { Ok(body) } else { Err(Problem::faults(Code::Invalid, faults)) }
}

/// Does an act once, however often it is sent.
async fn act(operation: Operation, web: Web, mut call: Call, parts: &Parts, bytes: &Bytes) -> Response {
    let key = parts.headers.get(ONCE).and_then(|key| key.to_str().ok()).unwrap_or_default().to_owned();
    if key.is_empty() || key.len() > ONCE_MOST || !key.chars().all(|c| c.is_ascii_graphic()) {
        let detail = match (parts.headers.contains_key(ONCE), key.len()) {
            (false, _) => "请求没有带 Idempotency-Key".to_owned(),
            (true, 0) => "所给的是空的，或者含有 ASCII 以外的字符".to_owned(),
            (true, length) if length > ONCE_MOST => format!("所给的有{length}个字符，超过{ONCE_MOST}个"),
            (true, _) => "所给的含有空格".to_owned(),
        };
        return Problem::new(Code::IdempotencyKeyMissing, detail).into_response();
    }
    let Some(system) = call.system.as_ref().map(|system| system.id) else {
        return Problem::bare(Code::Internal).into_response();
    };
    let mut digest = Sha256::new();
    digest.update(format!("{} {}\n", operation.method, parts.uri));
    digest.update(bytes);
    let request = hex::encode(digest.finalize());
    call.once = web.app.keys.digest("api-once", &format!("{system}\n{key}\n{request}"));
    match once::claim(&web.app, system, &key, &request).await {
        Err(failure) => Problem::from(failure).into_response(),
        Ok(Claim::UnderWay) => Problem::bare(Code::UnderWay).retry(1).into_response(),
        Ok(Claim::Other) => Problem::bare(Code::IdempotencyKeyReused).into_response(),
        Ok(Claim::Answered(kept)) => {
            let mut answer = answered(&kept);
            let replayed = HeaderName::from_static("idempotency-replayed");
            answer.headers_mut().insert(replayed, HeaderValue::from_static("true"));
            answer
        }
        Ok(Claim::Mine(mine)) => {
            // The act comes to its end, and its answer is kept, even where whoever asked has gone away.
            let done = tokio::spawn(async move { perform(&operation, web, call, &mine).await });
            done.await.unwrap_or_else(|_| Problem::bare(Code::Internal).into_response())
        }
    }
}

async fn perform(operation: &Operation, web: Web, call: Call, mine: &Mine) -> Response {
    let app = web.app.clone();
    let kept = match operation.run(web, call).await {
        Ok(Reply { status, body }) => Answer { status: status.as_u16(), kind: JSON.into(), body: body.to_string() },
        Err(problem) if problem.status().is_server_error() => {
            // Nothing was done; the next one may try.
            if let Err(failure) = once::give_up(&app, mine).await {
                crate::errors::log(&failure);
            }
            return problem.into_response();
        }
        Err(problem) => Answer { status: problem.code.status(), kind: KIND.into(), body: problem.body().to_string() },
    };
    match once::keep(&app, mine, &kept).await {
        Ok(()) => answered(&kept),
        Err(failure) => Problem::from(failure).into_response(),
    }
}

fn answered(kept: &Answer) -> Response {
    let status = StatusCode::from_u16(kept.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, [(header::CONTENT_TYPE, kept.kind.clone())], kept.body.clone()).into_response()
}

/// What was read, or that it is what the asker has already.
fn tagged(headers: &HeaderMap, Reply { status, body }: Reply) -> Response {
    let body = body.to_string();
    let tag = format!("W/\"{}\"", &hex::encode(Sha256::digest(body.as_bytes()))[..32]);
    let wanted = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same = wanted.split(',').map(str::trim).any(|known| known == "*" || known == tag);
    let about = [(header::ETAG, tag), (header::CACHE_CONTROL, "private, no-cache".to_owned())];
    if same {
        return (StatusCode::NOT_MODIFIED, about).into_response();
    }
    (status, about, [(header::CONTENT_TYPE, JSON)], body).into_response()
}

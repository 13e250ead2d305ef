//! The log of all acts as anybody may read it: checkpoint, tiles and entries in the formats of C2SP, proofs, and a page that says how it stands.

use crate::app::Web;
use crate::errors::{self, html};
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use xingjian_kernel::id::EntryId;
use xingjian_store::{Log, LogError, LogState, WitnessState};
use xingjian_tlog::{Algorithm, Proof, Resource, SignedCheckpoint, VerifierKey};

const NO_LOG: &str = "本系统没有启用存证日志";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/log", Callers::Public, page),
        Route::get("/log/checkpoint", Callers::Public, checkpoint),
        Route::get("/log/checkpoint/newest", Callers::Public, newest),
        Route::get("/log/policy", Callers::Public, policy),
        Route::get("/log/proof/{id}", Callers::Public, proof),
        Route::get("/log/tile/{*path}", Callers::Public, tile),
    ]
}

#[derive(Template)]
#[template(path = "public/log.html")]
struct LogPage {
    layout: Layout,
    state: LogState,
    behind: bool,
    /// Size, root and time of the last checkpoint.
    signed: Option<(u64, String, String)>,
    newest: String,
    /// Size and text of the newest one that enough witnesses cosigned, where witnesses are asked.
    witnessed: Option<(u64, String)>,
    witnesses: Vec<WitnessState>,
    /// Kind and text.
    keys: Vec<(&'static str, String)>,
    origin: String,
    fault: Option<String>,
}

async fn page(State(web): State<Web>) -> Response {
    let Some(log) = web.app.log.get() else {
        return errors::page(&web, StatusCode::NOT_FOUND, "没有存证日志", NO_LOG);
    };
    let Standing { state, newest, witnessed, witnesses } = match standing(&web, log).await {
        Ok(standing) => standing,
        Err(error) => return failed(&error),
    };
    let root = newest.as_ref().map(|signed| signed.checkpoint().root().to_string());
    let page = LogPage {
        layout: Layout::bare(&web, "存证日志", Door::Public),
        behind: state.is_behind(web.app.clock.now()),
        signed: state.checkpoint.zip(root).map(|((size, at), root)| (size, root, at.to_string())),
        state,
        newest: newest.map(|signed| signed.to_string()).unwrap_or_default(),
        witnessed: witnessed
            .filter(|_| !witnesses.is_empty())
            .map(|signed| (signed.checkpoint().size(), signed.to_string())),
        witnesses,
        keys: log.verifiers().iter().map(|key| (kind(key), key.to_string())).collect(),
        origin: log.origin().to_owned(),
        fault: log.fault(),
    };
    html(StatusCode::OK, &page)
}

/// What the page says, read once.
struct Standing {
    state: LogState,
    newest: Option<SignedCheckpoint>,
    witnessed: Option<SignedCheckpoint>,
    witnesses: Vec<WitnessState>,
}

async fn standing(web: &Web, log: &Log) -> Result<Standing, LogError> {
    Ok(Standing {
        state: log.state(&web.app).await?,
        newest: log.newest(&web.app).await?,
        witnessed: log.witnessed(&web.app).await?,
        witnesses: log.witnesses(&web.app).await?,
    })
}

/// What a key is called in the field.
fn kind(key: &VerifierKey) -> &'static str {
    match key.algorithm() {
        Algorithm::Sm2 => "SM2（国密）",
        _ => "Ed25519",
    }
}

/// Plain answers: these are read by programs.
fn text(status: StatusCode, kind: &'static str, body: impl Into<axum::body::Body>) -> Response {
    (status, [(header::CONTENT_TYPE, kind)], body.into()).into_response()
}

fn missing(why: &'static str) -> Response {
    text(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", why)
}

fn failed(error: &LogError) -> Response {
    let status =
        if matches!(error, LogError::NotYet) { StatusCode::NOT_FOUND } else { StatusCode::SERVICE_UNAVAILABLE };
    if status != StatusCode::NOT_FOUND {
        tracing::error!("the log: {error}");
    }
    text(status, "text/plain; charset=utf-8", error.to_string())
}

async fn checkpoint(State(web): State<Web>) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    match log.checkpoint(&web.app).await {
        Ok(Some(note)) => text(StatusCode::OK, "text/plain; charset=utf-8", note),
        Ok(None) => missing("还没有签发检查点"),
        Err(error) => failed(&error),
    }
}

/// The newest one, whether witnesses saw it or not.
async fn newest(State(web): State<Web>) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    match log.newest(&web.app).await {
        Ok(Some(signed)) => text(StatusCode::OK, "text/plain; charset=utf-8", signed.to_string()),
        Ok(None) => missing("还没有签发检查点"),
        Err(error) => failed(&error),
    }
}

/// Whom a verifier trusts who trusts this log and the witnesses its operator chose; where these are asked is not told.
async fn policy(State(web): State<Web>) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    text(StatusCode::OK, "text/plain; charset=utf-8", log.policy().clone().without_addresses().to_string())
}

/// That the row is in the log; what it says is not told here.
async fn proof(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    answer(log.proof(&web.app, &id).await)
}

/// The proof of a row that the public is shown now, with what it says.
pub async fn proof_of_shown(web: &Web, id: EntryId) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    answer(log.shown(&web.app, &id.to_string()).await)
}

fn answer(proof: Result<Proof, LogError>) -> Response {
    match proof {
        Ok(proof) => text(StatusCode::OK, "text/plain; charset=utf-8", proof.to_string()),
        Err(error) => failed(&error),
    }
}

async fn tile(State(web): State<Web>, Path(path): Path<String>) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    let Ok(resource) = format!("tile/{path}").parse::<Resource>() else {
        return missing("没有这样的分块；路径应为 tile/层/序号 或 tile/entries/序号");
    };
    match log.resource(resource).await {
        Ok(Some(bytes)) => {
            let mut answer = text(StatusCode::OK, "application/octet-stream", bytes);
            // A tile never changes.
            let forever = header::HeaderValue::from_static("public, max-age=31536000, immutable");
            answer.headers_mut().insert(header::CACHE_CONTROL, forever);
            answer
        }
        Ok(None) => missing("日志还没有长到这里"),
        Err(error) => failed(&error),
    }
}

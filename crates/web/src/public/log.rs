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
use xingjian_store::{LogError, LogState};
use xingjian_tlog::{Algorithm, Proof, Resource, SignedCheckpoint, VerifierKey};

const NO_LOG: &str = "本系统没有启用存证日志";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/log", Callers::Public, page),
        Route::get("/log/checkpoint", Callers::Public, checkpoint),
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
    checkpoint: String,
    /// Kind and text.
    keys: Vec<(&'static str, String)>,
    origin: String,
    fault: Option<String>,
}

async fn page(State(web): State<Web>) -> Response {
    let Some(log) = web.app.log.get() else {
        return errors::page(&web, StatusCode::NOT_FOUND, "没有存证日志", NO_LOG);
    };
    let (state, checkpoint) = match (log.state(&web.app).await, log.checkpoint(&web.app).await) {
        (Ok(state), Ok(checkpoint)) => (state, checkpoint.unwrap_or_default()),
        (Err(error), _) | (_, Err(error)) => return failed(&error),
    };
    let root = SignedCheckpoint::parse(checkpoint.as_bytes()).ok().map(|signed| signed.checkpoint().root().to_string());
    let page = LogPage {
        layout: Layout::bare(&web, "存证日志", Door::Public),
        behind: state.is_behind(web.app.clock.now()),
        signed: state.checkpoint.zip(root).map(|((size, at), root)| (size, root, at.to_string())),
        state,
        checkpoint,
        keys: log.verifiers().iter().map(|key| (kind(key), key.to_string())).collect(),
        origin: log.origin().to_owned(),
        fault: log.fault(),
    };
    html(StatusCode::OK, &page)
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
        eprintln!("the log: {error}: {error:?}");
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

/// Whom a verifier trusts who trusts this log alone.
async fn policy(State(web): State<Web>) -> Response {
    let Some(log) = web.app.log.get() else { return missing(NO_LOG) };
    let lines: Vec<String> = log.verifiers().iter().map(|key| format!("log {key}\n")).collect();
    text(StatusCode::OK, "text/plain; charset=utf-8", format!("{}quorum none\n", lines.concat()))
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

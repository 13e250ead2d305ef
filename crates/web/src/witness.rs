//! A witness of logs over HTTP (c2sp.org/tlog-witness): reads requests, has them decided, answers with the status of the
//! text. It knows no instance: it runs elsewhere than what it watches.

mod state;
mod submit;

pub use state::{CosignError, StateError, Witness};
pub use submit::{SubmitError, submit};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use std::sync::Arc;
use std::time::Duration;
use xingjian_tlog::{MAX_REQUEST_BYTES, Refusal};

/// The media type of the size in the answer to a conflict.
const SIZE_TYPE: &str = "text/x.tlog.size";
const TEXT_TYPE: &str = "text/plain; charset=utf-8";
/// How long a request may take to come in.
const READING: Duration = Duration::from_secs(10);

/// The service of a witness.
pub fn router(witness: Arc<Witness>) -> Router {
    Router::new().route("/add-checkpoint", post(add_checkpoint)).with_state(witness)
}

async fn add_checkpoint(State(witness): State<Arc<Witness>>, body: Body) -> Response {
    let bytes = match tokio::time::timeout(READING, to_bytes(body, MAX_REQUEST_BYTES)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => {
            return text(StatusCode::PAYLOAD_TOO_LARGE, &format!("请求中断，或者长于{MAX_REQUEST_BYTES}字节"));
        }
        Err(_) => return text(StatusCode::REQUEST_TIMEOUT, &format!("{}秒内没有收到完整的请求", READING.as_secs())),
    };
    // Deciding waits for the disk.
    match tokio::task::spawn_blocking(move || witness.cosign(&bytes)).await {
        Ok(Ok(cosigned)) => text(StatusCode::OK, cosigned.cosignature.to_string().trim_end()),
        Ok(Err(error)) => refused(&error),
        Err(failed) => {
            eprintln!("a request was not decided: {failed}");
            text(StatusCode::INTERNAL_SERVER_ERROR, "见证服务内部出错")
        }
    }
}

fn refused(error: &CosignError) -> Response {
    let status = match error {
        CosignError::Request(_) => StatusCode::BAD_REQUEST,
        CosignError::Refused(refusal) => match refusal {
            Refusal::UnknownLog { .. } => StatusCode::NOT_FOUND,
            Refusal::Signature(_) => StatusCode::FORBIDDEN,
            Refusal::Shrunk { .. } => StatusCode::BAD_REQUEST,
            Refusal::Conflict { size } | Refusal::Forked { size } => {
                return answer(StatusCode::CONFLICT, SIZE_TYPE, format!("{size}\n"));
            }
            Refusal::EmptyRoot | Refusal::ProofFromNothing | Refusal::Inconsistent(_) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            Refusal::Time(_) => StatusCode::INTERNAL_SERVER_ERROR,
        },
        CosignError::State(error) => {
            // Paths of this machine are not for those who ask.
            eprintln!("{error}");
            return text(StatusCode::INTERNAL_SERVER_ERROR, "见证状态无法读写，请联系见证人");
        }
    };
    text(status, &error.to_string())
}

fn text(status: StatusCode, line: &str) -> Response {
    answer(status, TEXT_TYPE, format!("{line}\n"))
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response {
    let sniff = (HeaderName::from_static("x-content-type-options"), "nosniff");
    (status, [(header::CONTENT_TYPE, kind), sniff], body).into_response()
}

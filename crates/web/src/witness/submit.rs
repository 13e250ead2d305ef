use crate::client::{AskError, Asker};
use axum::http::StatusCode;
use xingjian_tlog::{AddCheckpoint, MAX_NOTE_BYTES};

/// Why a witness gave no cosignature.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// It did not answer.
    #[error("{0}")]
    Ask(AskError),
    /// It cosigned another checkpoint last than the request says: to be proven anew from this size. Where the size is that of the request,
    /// the roots differ: the witness saw another history.
    #[error("见证人上次见证的检查点有{size}条")]
    Conflict {
        /// Leaves of what it cosigned last.
        size: u64,
    },
    /// It refuses.
    #[error("见证人答复{status}：{reason}")]
    Refused {
        /// The status of c2sp.org/tlog-witness.
        status: u16,
        /// The first line of its answer.
        reason: String,
    },
}

/// Asks a witness, whose submission prefix is `url`, for its cosignature; the lines of its answer, which
/// [`SignedCheckpoint::take_cosignatures`](xingjian_tlog::SignedCheckpoint::take_cosignatures) verifies.
pub async fn submit(asker: &Asker, url: &str, request: &AddCheckpoint) -> Result<Vec<u8>, SubmitError> {
    let url = format!("{}/add-checkpoint", url.trim_end_matches('/'));
    let answer = asker.post(&url, request.to_string().into_bytes(), MAX_NOTE_BYTES).await.map_err(SubmitError::Ask)?;
    let text = String::from_utf8_lossy(&answer.body);
    let size = || text.strip_suffix('\n')?.parse().ok();
    match (answer.status, size()) {
        (StatusCode::OK, _) => Ok(answer.body),
        (StatusCode::CONFLICT, Some(size)) => Err(SubmitError::Conflict { size }),
        (status, _) => {
            let reason = text.lines().next().unwrap_or_default().chars().take(200).collect();
            Err(SubmitError::Refused { status: status.as_u16(), reason })
        }
    }
}

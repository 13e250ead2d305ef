//! What a witness decides (c2sp.org/tlog-witness): from the checkpoint it cosigned last and a request to a cosignature or a refusal.
//! Reading requests over HTTP and keeping the state, in one step with the decision, are the caller's.

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint, TimeOutOfRange};
use crate::key::{Cosigner, VerifierKey};
use crate::note::{MAX_NOTE_BYTES, NoteSignature, SignatureError};
use crate::text::{self, Lines};
use crate::{Hash, ProofError, empty_root, verify_consistency};
use std::fmt;

/// The most lines of a consistency proof.
const MAX_PROOF_LINES: usize = 63;
/// The largest request that is read, in bytes.
pub const MAX_REQUEST_BYTES: usize = MAX_NOTE_BYTES + 4096;

/// Why bytes are not a request. Answered with 400.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Over [`MAX_REQUEST_BYTES`].
    #[error("请求长于{MAX_REQUEST_BYTES}字节")]
    TooLong,
    /// The first line is not `old` and a size.
    #[error("请求第1行应为“old 原条目数”")]
    OldSize,
    /// A line before the empty one is not a hash.
    #[error("请求第{line}行不是哈希值")]
    Hash {
        /// Counted from 1.
        line: usize,
    },
    /// More than 63 hashes.
    #[error("一致性证明多于{MAX_PROOF_LINES}行")]
    TooManyHashes,
    /// What follows is not a checkpoint.
    #[error("请求中的检查点有误")]
    Checkpoint(#[from] CheckpointError),
}

/// A request to cosign a checkpoint (`add-checkpoint`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// Leaves of the checkpoint that the witness cosigned last, as far as the log knows; 0 for none.
    pub old_size: u64,
    /// Consistency proof from there; empty if there is nothing to prove.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub checkpoint: SignedCheckpoint,
}

/// Why a witness does not cosign. Each names the HTTP status of the text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404: no key is trusted for this origin.
    #[error("不见证名为“{origin}”的日志")]
    UnknownLog {
        /// As in the checkpoint.
        origin: String,
    },
    /// 403: not signed by the log.
    #[error("检查点没有该日志的有效签名")]
    Signature(#[from] SignatureError),
    /// 400: the old tree would be the larger one.
    #[error("原条目数{old_size}大于检查点的条目数{size}")]
    Shrunk {
        /// As requested.
        old_size: u64,
        /// Of the checkpoint.
        size: u64,
    },
    /// 409 with this size: the log and the witness do not speak of the same last checkpoint. A checkpoint that is older than the last
    /// one ends here too.
    #[error("上次见证的检查点有{size}条，与请求所述不同；请从该处重新证明")]
    Conflict {
        /// Leaves of the checkpoint cosigned last; 0 for none.
        size: u64,
    },
    /// 422: the root of the empty tree is not that of nothing.
    #[error("空日志的根哈希有误")]
    EmptyRoot,
    /// 422: there is a proof from nothing.
    #[error("首个检查点不需要一致性证明")]
    ProofFromNothing,
    /// 409 with this size: two trees of one size. The log signed both, so it lied to somebody.
    #[error("检查点与上次见证的检查点同为{size}条，根哈希却不同：日志有两种历史")]
    Forked {
        /// Leaves of both.
        size: u64,
    },
    /// 422: the new tree is not the old one with more leaves, or not proven to be. If the log signed both, it lied to somebody.
    #[error("检查点与上次见证的检查点不一致，或者未能证明一致")]
    Inconsistent(#[from] ProofError),
    /// The clock of the witness is wrong.
    #[error(transparent)]
    Time(#[from] TimeOutOfRange),
}

/// What a witness cosigned: to be kept before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The checkpoint with the log's signatures that were verified and the cosignature: the new last one, for whoever asks.
    pub checkpoint: SignedCheckpoint,
    /// The answer.
    pub cosignature: NoteSignature,
}

/// Decides on a request: `log_keys` are those trusted for the origin of the checkpoint, `last` is what was cosigned last for it, `time`
/// is now in POSIX seconds.
///
/// The same checkpoint again is cosigned again, with the new time. The caller must keep the result before it answers, and must not decide
/// on another request of the same origin in between.
pub fn add_checkpoint(
    log_keys: &[VerifierKey],
    last: Option<&Checkpoint>,
    request: &AddCheckpoint,
    cosigner: &Cosigner,
    time: u64,
) -> Result<Cosigned, Refusal> {
    let new = request.checkpoint.checkpoint();
    if log_keys.is_empty() {
        return Err(Refusal::UnknownLog { origin: new.origin().to_owned() });
    }
    request.checkpoint.verify(log_keys)?;
    if request.old_size > new.size() {
        return Err(Refusal::Shrunk { old_size: request.old_size, size: new.size() });
    }
    let last_size = last.map_or(0, Checkpoint::size);
    if request.old_size != last_size {
        return Err(Refusal::Conflict { size: last_size });
    }
    if new.size() == 0 && *new.root() != empty_root() {
        return Err(Refusal::EmptyRoot);
    }
    match last {
        Some(last) if last.size() > 0 => {
            match verify_consistency(&request.proof, last.size(), last.root(), new.size(), new.root()) {
                Err(ProofError::Root) if last.size() == new.size() => return Err(Refusal::Forked { size: new.size() }),
                proven => proven?,
            }
        }
        _ if request.proof.is_empty() => {}
        _ => return Err(Refusal::ProofFromNothing),
    }
    let mut checkpoint = request.checkpoint.of_keys(log_keys);
    let cosignature = checkpoint.cosign(cosigner, time)?;
    Ok(Cosigned { checkpoint, cosignature })
}

impl AddCheckpoint {
    /// Reads the body of a request. It is printed exactly as it was read.
    pub fn parse(bytes: &[u8]) -> Result<Self, RequestError> {
        if bytes.len() > MAX_REQUEST_BYTES {
            return Err(RequestError::TooLong);
        }
        let mut lines = Lines(bytes);
        let old_size =
            lines.next().and_then(|line| text::decimal(line.strip_prefix("old ")?)).ok_or(RequestError::OldSize)?;
        let mut proof = Vec::new();
        loop {
            let error = RequestError::Hash { line: proof.len() + 2 };
            match lines.next().ok_or(error)? {
                "" => break,
                _ if proof.len() == MAX_PROOF_LINES => return Err(RequestError::TooManyHashes),
                line => proof.push(line.parse().map_err(|_| error)?),
            }
        }
        Ok(Self { old_size, proof, checkpoint: SignedCheckpoint::parse(lines.0)? })
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        self.proof.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

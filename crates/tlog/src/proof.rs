//! Proofs that are checked offline (c2sp.org/tlog-proof): one file with the index, the inclusion proof and the checkpoint with its
//! cosignatures, and for an act that is public also its salt and event.

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::note::MAX_NOTE_BYTES;
use crate::policy::{Accepted, Policy, Rejected};
use crate::text::{self, Lines};
use crate::{Entry, Hash, ProofError, SALT_LENGTH, canonical, leaf_hash, verify_inclusion};
use std::fmt;

/// The first line of the file.
const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// The largest file that is read, in bytes.
pub const MAX_PROOF_BYTES: usize = 2 * 1024 * 1024 + MAX_NOTE_BYTES;
/// No tree of 2^64 leaves needs more hashes.
const MAX_HASHES: usize = 64;

/// Why bytes are not a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFileError {
    /// Over [`MAX_PROOF_BYTES`].
    #[error("证明文件长于{MAX_PROOF_BYTES}字节")]
    TooLong,
    /// The first line is another one.
    #[error("不是证明文件：第1行应为“{HEADER}”")]
    Header,
    /// The line `extra` is not base64.
    #[error("证明文件第2行的附加内容不是Base64")]
    Extra,
    /// No line `index` where it should be.
    #[error("证明文件缺少“index 序号”一行")]
    Index,
    /// A line before the empty one is not a hash.
    #[error("证明文件第{line}行不是哈希值")]
    Hash {
        /// Counted from 1.
        line: usize,
    },
    /// More than 64 hashes.
    #[error("包含证明多于{MAX_HASHES}行")]
    TooManyHashes,
    /// What follows is not a checkpoint.
    #[error("证明文件中的检查点有误")]
    Checkpoint(#[from] CheckpointError),
}

/// Why the extra data of a proof is not salt and event of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpeningError {
    /// There is none: the act is not public, or was erased.
    #[error("证明文件不含事项内容，须另行提供条目")]
    Missing,
    /// Shorter than a salt.
    #[error("附加内容短于{SALT_LENGTH}字节")]
    TooShort,
    /// The event is not canonical JSON, so that two readers could understand it differently.
    #[error("事项内容不是规范化的JSON")]
    NotCanonical,
}

/// The step at which a proof failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// Step 1: there is no leaf to look for.
    #[error("第1步（事项内容）未通过")]
    Opening(#[from] OpeningError),
    /// Steps 2 and 3: the checkpoint is not that of a trusted log, or too few witnesses saw it.
    #[error("第{}未通过", match .0 {
        Rejected::UnknownLog { .. } | Rejected::Log(_) => "2步（日志的签名）",
        Rejected::Witness(_) | Rejected::Quorum { .. } => "3步（见证人的签名）",
    })]
    Checkpoint(#[from] Rejected),
    /// Step 4: the leaf is not in the tree at that index.
    #[error("第4步（包含证明）未通过，事项内容、序号或者证明被改动")]
    Inclusion(#[from] ProofError),
}

/// A proof file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// What the leaf is made of, if it is public: [`Opening::to_bytes`]. Not authenticated by itself.
    pub extra: Option<Vec<u8>>,
    /// Index of the entry, counted from 0.
    pub index: u64,
    /// The inclusion proof, sibling of the leaf first.
    pub hashes: Vec<Hash>,
    /// The checkpoint of the tree in which the entry is.
    pub checkpoint: SignedCheckpoint,
}

/// Salt and canonical event of an act: what its entry was sealed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening<'a> {
    /// The salt.
    pub salt: &'a [u8; SALT_LENGTH],
    /// The event in canonical JSON.
    pub event: &'a [u8],
}

impl<'a> Opening<'a> {
    /// Reads the extra data of a proof.
    pub fn parse(extra: &'a [u8]) -> Result<Self, OpeningError> {
        let (salt, event) = extra.split_first_chunk().ok_or(OpeningError::TooShort)?;
        let value: serde_json::Value = serde_json::from_slice(event).map_err(|_| OpeningError::NotCanonical)?;
        match canonical(&value) {
            Ok(bytes) if bytes == event => Ok(Self { salt, event }),
            _ => Err(OpeningError::NotCanonical),
        }
    }

    /// The extra data: the salt and after it the event.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.salt, self.event].concat()
    }

    /// The leaf that the log has for it.
    pub fn leaf(&self) -> Hash {
        leaf_hash(Entry::seal(self.salt, self.event).as_bytes())
    }
}

impl Proof {
    /// Reads a proof file. It is printed exactly as it was read.
    pub fn parse(bytes: &[u8]) -> Result<Self, ProofFileError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(ProofFileError::TooLong);
        }
        let mut lines = Lines(bytes);
        if lines.next() != Some(HEADER) {
            return Err(ProofFileError::Header);
        }
        let mut line = lines.next().ok_or(ProofFileError::Index)?;
        let mut extra = None;
        let mut number = 2;
        if let Some(encoded) = line.strip_prefix("extra ") {
            let bytes = text::from_base64(encoded).filter(|bytes| !bytes.is_empty());
            extra = Some(bytes.ok_or(ProofFileError::Extra)?);
            line = lines.next().ok_or(ProofFileError::Index)?;
            number = 3;
        }
        let index = line.strip_prefix("index ").and_then(text::decimal).ok_or(ProofFileError::Index)?;
        let mut hashes = Vec::new();
        loop {
            let error = ProofFileError::Hash { line: number + 1 + hashes.len() };
            match lines.next().ok_or(error)? {
                "" => break,
                _ if hashes.len() == MAX_HASHES => return Err(ProofFileError::TooManyHashes),
                line => hashes.push(line.parse().map_err(|_| error)?),
            }
        }
        Ok(Self { extra, index, hashes, checkpoint: SignedCheckpoint::parse(lines.0)? })
    }

    /// The act that the file carries, not yet proven to be in the log.
    pub fn opening(&self) -> Result<Opening<'_>, OpeningError> {
        Opening::parse(self.extra.as_deref().ok_or(OpeningError::Missing)?)
    }

    /// Whether the act that the file carries is in a log that the policy trusts, seen by enough witnesses.
    pub fn verify<'p>(&self, policy: &'p Policy) -> Result<Accepted<'p>, Unproven> {
        self.verify_leaf(&self.opening()?.leaf(), policy)
    }

    /// The same for a leaf that is known otherwise, such as that of an act whose content was erased.
    pub fn verify_leaf<'p>(&self, leaf: &Hash, policy: &'p Policy) -> Result<Accepted<'p>, Unproven> {
        let accepted = policy.check(&self.checkpoint)?;
        let tree = self.checkpoint.checkpoint();
        verify_inclusion(&self.hashes, self.index, leaf, tree.size(), tree.root())?;
        Ok(accepted)
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = self.extra.as_deref().filter(|extra| !extra.is_empty()) {
            writeln!(f, "extra {}", text::to_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{hash}"))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

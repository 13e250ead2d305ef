//! Checkpoints (c2sp.org/tlog-checkpoint): what a log says its tree is, as a signed note.

use crate::key::{Cosigner, Signed, Signer, VerifierKey};
use crate::note::{
    MAX_NOTE_BYTES, Note, NoteError, NoteSignature, SignatureError, Verified, check_characters, read_signatures,
};
use crate::{Hash, text};
use std::fmt;

/// Why bytes are not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// It is no signed note.
    #[error("检查点不是签名文本")]
    Note(#[from] NoteError),
    /// Origin, size and root each have a line.
    #[error("检查点不足三行（日志名称、条目数、根哈希）")]
    TooFewLines,
    /// Every line says something.
    #[error("检查点第{line}行为空")]
    EmptyLine {
        /// Counted from 1.
        line: usize,
    },
    /// The second line is not a decimal below 2^64 without leading zeroes.
    #[error("检查点第2行不是条目数")]
    Size,
    /// The third line is not 32 bytes in base64.
    #[error("检查点第3行不是根哈希")]
    Root,
}

/// The time of a cosignature is zero or not before 2^63 seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("见证时间{0}超出范围")]
pub struct TimeOutOfRange(pub u64);

/// The tree of a log at one size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: u64,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines. The origin is one line, best the address of the log without scheme.
    pub fn new(origin: &str, size: u64, root: Hash) -> Result<Self, CheckpointError> {
        Self::from_text(&format!("{origin}\n{size}\n{root}\n"))
    }

    /// Which log this is.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree.
    pub fn root(&self) -> &Hash {
        &self.root
    }

    /// Further lines, which say nothing that is known here. Logs do best without.
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }

    fn from_text(text: &str) -> Result<Self, CheckpointError> {
        check_characters(text.as_bytes())?;
        let lines: Vec<&str> = text.lines().collect();
        if let Some(empty) = lines.iter().position(|line| line.is_empty()) {
            return Err(CheckpointError::EmptyLine { line: empty + 1 });
        }
        let [origin, size, root, extensions @ ..] = lines.as_slice() else {
            return Err(CheckpointError::TooFewLines);
        };
        Ok(Self {
            origin: (*origin).to_owned(),
            size: text::decimal(size).ok_or(CheckpointError::Size)?,
            root: root.parse().map_err(|_| CheckpointError::Root)?,
            extensions: extensions.iter().map(|line| (*line).to_owned()).collect(),
        })
    }
}

/// The text that is signed.
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, self.root)?;
        self.extensions.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint with the signatures of its log and the cosignatures of witnesses. Nothing is verified by reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    checkpoint: Checkpoint,
    note: Note,
}

impl SignedCheckpoint {
    /// Signed by the log.
    pub fn sign(checkpoint: Checkpoint, signer: &Signer) -> Self {
        let note = Note::sign(checkpoint.to_string(), signer).expect("the lines of a checkpoint were checked");
        Self { checkpoint, note }
    }

    /// Signed by another key of the log too.
    #[must_use]
    pub fn and_sign(mut self, signer: &Signer) -> Self {
        self.note.put(signer.sign(self.note.text()));
        self
    }

    /// Adds a cosignature without a look at the tree: [`crate::add_checkpoint`] has looked.
    pub(crate) fn cosign(&mut self, cosigner: &Cosigner, time: u64) -> Result<NoteSignature, TimeOutOfRange> {
        let cosignature = cosigner.cosign(self.note.text(), time).ok_or(TimeOutOfRange(time))?;
        self.note.put(cosignature.clone());
        Ok(cosignature)
    }

    /// Reads a checkpoint. It is printed exactly as it was read.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok(Self { checkpoint: Checkpoint::from_text(note.text())?, note })
    }

    /// What it says, to be believed once [`verify`](Self::verify) was asked.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The note with all its signatures.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// Who of these keys signed it, as [`Note::verify`].
    pub fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifierKey>,
    ) -> Result<Vec<Verified<'k>>, SignatureError> {
        self.note.verify(keys)
    }

    /// Takes over the cosignatures in the answer of a witness (c2sp.org/tlog-witness, `add-checkpoint`): those of these keys that are
    /// theirs, each in the place of an older one. The names of the witnesses that cosigned.
    pub fn take_cosignatures<'k>(
        &mut self,
        answer: &[u8],
        witnesses: &'k [VerifierKey],
    ) -> Result<Vec<&'k str>, AnswerError> {
        if answer.len() > MAX_NOTE_BYTES {
            return Err(AnswerError::Form(NoteError::TooLong));
        }
        let answered = self.note.with(read_signatures(check_characters(answer)?, 1)?);
        let verified = answered.verify(witnesses)?;
        for line in answered.of_keys(witnesses).signatures() {
            self.note.put(line.clone());
        }
        Ok(verified.into_iter().map(|one| one.key.name()).collect())
    }

    /// With the signatures of these keys alone.
    pub(crate) fn of_keys(&self, keys: &[VerifierKey]) -> Self {
        Self { checkpoint: self.checkpoint.clone(), note: self.note.of_keys(keys) }
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// Why the answer of a witness is of no use.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// It is not signature lines.
    #[error("见证人的答复不是签名")]
    Form(#[from] NoteError),
    /// None of the witnesses signed this checkpoint.
    #[error("见证人的答复无效")]
    Signature(#[from] SignatureError),
}

impl Verified<'_> {
    /// The time of a cosignature, in POSIX seconds.
    pub fn time(&self) -> Option<u64> {
        match self.signed {
            Signed::Note => None,
            Signed::Cosignature { time } => Some(time),
        }
    }
}

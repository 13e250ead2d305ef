//! Signed notes (c2sp.org/signed-note): a text and the lines of those who signed it.

use crate::key::{KeyId, Signed, Signer, VerifierKey, is_name};
use crate::text;
use std::fmt;

/// The largest note that is read, in bytes.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;
/// The most signatures of a note that is read.
pub const MAX_SIGNATURES: usize = 64;

/// Em dash and space, with which a signature line begins.
const DASH: &str = "\u{2014} ";

/// Why bytes are not a signed note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Over [`MAX_NOTE_BYTES`].
    #[error("签名文本长于{MAX_NOTE_BYTES}字节")]
    TooLong,
    /// Not UTF-8, or with a control character other than newline.
    #[error("签名文本第{line}行有控制字符或者不是UTF-8编码")]
    Characters {
        /// Counted from 1.
        line: usize,
    },
    /// No text that ends with a newline and an empty line.
    #[error("签名文本缺少正文，或者正文与签名之间没有空行")]
    NoText,
    /// A line after the text is not a signature, or the last one has no newline.
    #[error("第{line}行不是签名（应为“— 名称 Base64”）")]
    SignatureLine {
        /// Counted from 1.
        line: usize,
    },
    /// Over [`MAX_SIGNATURES`].
    #[error("签名多于{MAX_SIGNATURES}个")]
    TooManySignatures,
}

/// Why no signature of a note counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// None of the keys signed it.
    #[error("没有可信密钥的签名")]
    NoTrustedSignature,
    /// A line says it is of a known key and is not: the whole note is refused.
    #[error("署名“{name}”的签名不是该密钥所签，或者正文被改动")]
    Invalid {
        /// Name of the key.
        name: String,
    },
}

/// A text with its signatures, as read; those of unknown keys are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature line: `— <name> <base64 of key id and signature>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    id: KeyId,
    signature: Vec<u8>,
}

/// A signature that a known key made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified<'k> {
    /// The key.
    pub key: &'k VerifierKey,
    /// What it says.
    pub signed: Signed,
}

impl Note {
    /// A text, signed; it must end with a newline and have no other control characters.
    pub fn sign(text: String, signer: &Signer) -> Result<Self, NoteError> {
        check_characters(text.as_bytes())?;
        if text.ends_with('\n') {
            let signatures = vec![signer.sign(&text)];
            Ok(Self { text, signatures })
        } else {
            Err(NoteError::NoText)
        }
    }

    /// Reads a note. It is printed exactly as it was read.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let all = check_characters(bytes)?;
        let (text, lines) = all.rfind("\n\n").map(|at| (&all[..=at], &all[at + 2..])).ok_or(NoteError::NoText)?;
        let first = text.lines().count() + 2;
        Ok(Self { text: text.to_owned(), signatures: read_signatures(lines, first)? })
    }

    /// The text, with its last newline.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All signatures, known or not.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature line, in the place of an older one of the same key.
    pub(crate) fn put(&mut self, signature: NoteSignature) {
        self.signatures.retain(|old| (old.id, &old.name) != (signature.id, &signature.name));
        self.signatures.push(signature);
    }

    /// The same text with other signatures.
    pub(crate) fn with(&self, signatures: Vec<NoteSignature>) -> Self {
        Self { text: self.text.clone(), signatures }
    }

    /// The note with those signatures alone that these keys made.
    pub(crate) fn of_keys(&self, keys: &[VerifierKey]) -> Self {
        let known = |line: &&NoteSignature| keys.iter().any(|key| line.is_of(key));
        self.with(self.signatures.iter().filter(known).cloned().collect())
    }

    /// The signatures of these keys, one for each key that signed. A signature of an unknown key is passed over; one that names
    /// a known key and is not its own refuses the note.
    pub fn verify<'k>(
        &self,
        keys: impl IntoIterator<Item = &'k VerifierKey>,
    ) -> Result<Vec<Verified<'k>>, SignatureError> {
        let mut verified: Vec<Verified<'k>> = Vec::new();
        for key in keys {
            for line in self.signatures.iter().filter(|line| line.is_of(key)) {
                let invalid = || SignatureError::Invalid { name: line.name.clone() };
                let signed = key.verify(&self.text, &line.signature).ok_or_else(invalid)?;
                if !verified.iter().any(|other| other.key == key) {
                    verified.push(Verified { key, signed });
                }
            }
        }
        if verified.is_empty() { Err(SignatureError::NoTrustedSignature) } else { Ok(verified) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| write!(f, "{signature}"))
    }
}

impl NoteSignature {
    pub(crate) fn new(key: &VerifierKey, signature: Vec<u8>) -> Self {
        Self { name: key.name().to_owned(), id: key.id(), signature }
    }

    /// Name of the key.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Id of the key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }
}

/// The line with its newline.
impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.id.0.as_slice(), &self.signature].concat();
        writeln!(f, "{DASH}{} {}", self.name, text::to_base64(&bytes))
    }
}

/// The message of a cosignature: header, time, and the text of the checkpoint (c2sp.org/tlog-cosignature, Ed25519). `None` if the
/// time is not before 2^63.
pub(crate) fn cosigned_message(time: u64, text: &str) -> Option<String> {
    (time <= i64::MAX.unsigned_abs()).then(|| format!("cosignature/v1\ntime {time}\n{text}"))
}

/// Signature lines, each with its newline, at least one; `first` is the number of the first line.
pub(crate) fn read_signatures(lines: &str, first: usize) -> Result<Vec<NoteSignature>, NoteError> {
    let mut signatures = Vec::new();
    for (number, line) in (first..).zip(lines.split_inclusive('\n')) {
        if signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        signatures.push(read_signature(line).ok_or(NoteError::SignatureLine { line: number })?);
    }
    if signatures.is_empty() { Err(NoteError::SignatureLine { line: first }) } else { Ok(signatures) }
}

fn read_signature(line: &str) -> Option<NoteSignature> {
    let (name, encoded) = line.strip_suffix('\n')?.strip_prefix(DASH)?.split_once(' ')?;
    let bytes = text::from_base64(encoded)?;
    let (id, signature) = bytes.split_first_chunk()?;
    let whole = is_name(name) && !signature.is_empty();
    whole.then(|| NoteSignature { name: name.to_owned(), id: KeyId(*id), signature: signature.to_vec() })
}

/// The bytes as UTF-8 without control characters below U+0020 but newline.
pub(crate) fn check_characters(bytes: &[u8]) -> Result<&str, NoteError> {
    let lines = |before: &[u8]| before.split(|byte| *byte == b'\n').count();
    let text = std::str::from_utf8(bytes)
        .map_err(|error| NoteError::Characters { line: lines(&bytes[..error.valid_up_to()]) })?;
    match bytes.iter().position(|byte| *byte < b' ' && *byte != b'\n') {
        Some(at) => Err(NoteError::Characters { line: lines(&bytes[..at]) }),
        None => Ok(text),
    }
}

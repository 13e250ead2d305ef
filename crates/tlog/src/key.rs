//! Keys as c2sp.org/signed-note writes them, for three signature types.

mod algorithm;
mod signer;
#[cfg(test)]
mod tests;

pub use algorithm::{Algorithm, SM2_IDENTIFIER};
pub use signer::{Cosigner, Signer};

use crate::text;
use algorithm::Public;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// Why a key is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text does not have the three parts of a verifier key, or those of a signer key.
    #[error("密钥的写法应为“名称+8位十六进制标识+Base64内容”，签名私钥前有“PRIVATE+KEY+”")]
    Form,
    /// A name is not empty and has no space, plus sign or control character.
    #[error("密钥名称为空，或者含有空格、加号、控制字符")]
    Name,
    /// A signature type that is not known here.
    #[error("不认识的签名算法")]
    Algorithm,
    /// The bytes are not a key of this type.
    #[error("密钥内容不是该签名算法的密钥")]
    Material,
    /// The key id is not that of name, type and key.
    #[error("密钥标识与名称、内容不符")]
    Id,
    /// A key of a log where that of a witness is wanted, or the other way round.
    #[error("密钥用途不符：日志用签名密钥，见证人用见证密钥")]
    Use,
}

/// Four bytes that, with the name, say which key made a signature. Not a secure hash of the key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

/// A verifier key (vkey): name, signature type and public key.
#[derive(Clone)]
pub struct VerifierKey {
    name: String,
    id: KeyId,
    public: Public,
}

impl VerifierKey {
    fn new(name: &str, public: Public) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name);
        }
        let digest = Sha256::new().chain_update(name).chain_update(b"\n").chain_update(public.encoded()).finalize();
        let id = KeyId([digest[0], digest[1], digest[2], digest[3]]);
        Ok(Self { name: name.to_owned(), id, public })
    }

    /// The name, usually that of a log or a witness.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id: the first four bytes of `SHA-256(name ‖ "\n" ‖ type ‖ public key)`.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// What its signatures are.
    pub fn algorithm(&self) -> Algorithm {
        self.public.algorithm()
    }

    /// Whether it is the same public key, whatever the name and the type.
    pub fn same_public_key(&self, other: &Self) -> bool {
        self.public.material() == other.public.material()
    }

    /// Whether the signature is one of this key on the text; for a cosignature, the time it names.
    pub(crate) fn verify(&self, text: &str, signature: &[u8]) -> Option<Signed> {
        self.public.verify(text, signature)
    }
}

impl PartialEq for VerifierKey {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.public.encoded() == other.public.encoded()
    }
}

impl Eq for VerifierKey {}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}+{}+{}", self.name, self.id, text::to_base64(&self.public.encoded()))
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, id, encoded) = parts(text)?;
        let key = Self::new(name, Public::decode(&encoded)?)?;
        if key.id == id { Ok(key) } else { Err(KeyError::Id) }
    }
}

/// What a verified signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// The key signed the text.
    Note,
    /// The witness saw the checkpoint as the latest at this time, in seconds since 1970 (c2sp.org/tlog-cosignature).
    Cosignature {
        /// POSIX seconds.
        time: u64,
    },
}

/// Whether a key may have this name.
pub(crate) fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || c == '+' || c < ' ')
}

/// Name, key id and the bytes after it.
fn parts(text: &str) -> Result<(&str, KeyId, Vec<u8>), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::Form);
    };
    let number = u32::from_str_radix(id, 16).map_err(|_| KeyError::Form)?;
    let id = Some(KeyId(number.to_be_bytes())).filter(|read| read.to_string() == id).ok_or(KeyError::Form)?;
    Ok((name, id, text::from_base64(encoded).ok_or(KeyError::Form)?))
}

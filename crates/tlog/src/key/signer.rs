use super::algorithm::{Algorithm, Public, SM2_IDENTITY};
use super::{KeyError, KeyId, VerifierKey, parts};
use crate::note::{NoteSignature, cosigned_message};
use crate::text;
use ed25519_dalek::SigningKey;
use sm2::dsa;
use sm2::dsa::signature::Signer as _;
use std::fmt;
use std::str::FromStr;

/// How the text of a secret key begins.
const PRIVATE: &str = "PRIVATE+KEY+";

/// The secret key of a log: signs notes.
pub struct Signer {
    key: VerifierKey,
    secret: Secret,
}

/// The secret key of a witness: cosigns checkpoints.
pub struct Cosigner {
    key: VerifierKey,
    secret: SigningKey,
}

enum Secret {
    Ed25519(SigningKey),
    Sm2(dsa::SigningKey),
}

impl Signer {
    /// An Ed25519 key from 32 random bytes.
    pub fn ed25519(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let key = VerifierKey::new(name, Public::Ed25519(secret.verifying_key()))?;
        Ok(Self { key, secret: Secret::Ed25519(secret) })
    }

    /// An SM2 key from 32 random bytes; the few that are no number of GB/T 32918.2 (1 to n - 2) are refused.
    pub fn sm2(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = dsa::SigningKey::from_slice(SM2_IDENTITY, seed).map_err(|_| KeyError::Material)?;
        // The number n - 1 makes a key that can sign nothing.
        let probe: Result<dsa::Signature, _> = secret.try_sign(&[]);
        probe.map_err(|_| KeyError::Material)?;
        let key = VerifierKey::new(name, Public::Sm2(Box::new(secret.verifying_key().clone())))?;
        Ok(Self { key, secret: Secret::Sm2(secret) })
    }

    /// The key that others verify with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    /// The signer key as text: `PRIVATE+KEY+` name `+` key id `+` base64 of type and secret bytes.
    pub fn secret_text(&self) -> String {
        match &self.secret {
            Secret::Ed25519(secret) => secret_text(&self.key, secret.as_bytes()),
            Secret::Sm2(secret) => secret_text(&self.key, &secret.to_bytes()),
        }
    }

    /// The signature on a text. SM2 takes its number k as RFC 6979 says, so no randomness is needed.
    pub(crate) fn sign(&self, text: &str) -> NoteSignature {
        let signature = match &self.secret {
            Secret::Ed25519(secret) => ed25519(secret, text),
            Secret::Sm2(secret) => {
                let signature: dsa::Signature = secret.sign(text.as_bytes());
                signature.to_bytes().to_vec()
            }
        };
        NoteSignature::new(&self.key, signature)
    }
}

impl FromStr for Signer {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (algorithm, name, id, seed) = secret_parts(text)?;
        let signer = match algorithm {
            Algorithm::Ed25519 => Self::ed25519(name, &seed)?,
            Algorithm::Sm2 => Self::sm2(name, &seed)?,
            Algorithm::CosignatureV1 => return Err(KeyError::Use),
        };
        if signer.key.id == id { Ok(signer) } else { Err(KeyError::Id) }
    }
}

impl Cosigner {
    /// A witness's key from 32 random bytes.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = SigningKey::from_bytes(seed);
        let key = VerifierKey::new(name, Public::CosignatureV1(secret.verifying_key()))?;
        Ok(Self { key, secret })
    }

    /// The key that others verify with.
    pub fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    /// The signer key as text, as [`Signer::secret_text`].
    pub fn secret_text(&self) -> String {
        secret_text(&self.key, self.secret.as_bytes())
    }

    /// The cosignature on the text of a checkpoint: time in POSIX seconds, eight bytes, and Ed25519 signature. `None` if the
    /// time is zero, which would say that there is none, or not before 2^63.
    pub(crate) fn cosign(&self, text: &str, time: u64) -> Option<NoteSignature> {
        let message = cosigned_message(time, text).filter(|_| time > 0)?;
        let signature = ed25519(&self.secret, &message);
        Some(NoteSignature::new(&self.key, [time.to_be_bytes().to_vec(), signature].concat()))
    }
}

impl FromStr for Cosigner {
    type Err = KeyError;
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (algorithm, name, id, seed) = secret_parts(text)?;
        if algorithm != Algorithm::CosignatureV1 {
            return Err(KeyError::Use);
        }
        let cosigner = Self::new(name, &seed)?;
        if cosigner.key.id == id { Ok(cosigner) } else { Err(KeyError::Id) }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({})", self.key)
    }
}

impl fmt::Debug for Cosigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cosigner({})", self.key)
    }
}

fn ed25519(secret: &SigningKey, message: &str) -> Vec<u8> {
    use ed25519_dalek::Signer as _;
    secret.sign(message.as_bytes()).to_bytes().to_vec()
}

fn secret_text(key: &VerifierKey, secret: &[u8]) -> String {
    let encoded = [key.algorithm().prefix().as_slice(), secret].concat();
    format!("{PRIVATE}{}+{}+{}", key.name, key.id, text::to_base64(&encoded))
}

/// Signature type, name, key id and secret bytes.
fn secret_parts(text: &str) -> Result<(Algorithm, &str, KeyId, [u8; 32]), KeyError> {
    let (name, id, encoded) = parts(text.strip_prefix(PRIVATE).ok_or(KeyError::Form)?)?;
    let (algorithm, secret) = Algorithm::split(&encoded)?;
    Ok((algorithm, name, id, secret.try_into().map_err(|_| KeyError::Material)?))
}

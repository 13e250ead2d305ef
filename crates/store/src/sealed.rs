//! Fields that are sealed before they reach the database: citizen numbers and complainants.
//!
//! AES-256-GCM under a key that lies outside the database; a keyed digest allows exact search.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use std::fmt;
use xingjian_kernel::Rng;

const NONCE: usize = 12;
const VERSION: &str = "aes256gcm.1";

/// The keys of an instance: one to seal, one to search. 64 bytes in a file of their own.
pub struct Keys {
    seal: [u8; 32],
    search: [u8; 32],
}

/// A sealed text: `aes256gcm.1.<nonce and ciphertext in hex>`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sealed(String);

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

impl Sealed {
    /// As it is stored.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// From what was stored, or came back from a form; whether it is one is found when it is opened.
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A sealed field does not open.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The key file has not 64 bytes in hexadecimal.
    #[error("the field key must be 128 hexadecimal digits")]
    KeyShape,
    /// The text is not a sealed field of a known version.
    #[error("not a sealed field")]
    Shape,
    /// Another key, another place, or changed bytes.
    #[error("a sealed field does not open with this key")]
    Refused,
}

impl Keys {
    /// From the text of the key file.
    pub fn from_hex(text: &str) -> Result<Self, SealedError> {
        let bytes = hex::decode(text.trim()).map_err(|_| SealedError::KeyShape)?;
        let bytes: [u8; 64] = bytes.try_into().map_err(|_| SealedError::KeyShape)?;
        let (mut seal, mut search) = ([0; 32], [0; 32]);
        seal.copy_from_slice(&bytes[..32]);
        search.copy_from_slice(&bytes[32..]);
        Ok(Self { seal, search })
    }

    /// Text of a new key file.
    pub fn generate(rng: &dyn Rng) -> String {
        let mut bytes = [0; 64];
        rng.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// Seals a text for one place (`complaint.reporter` and the record's id): it opens nowhere else.
    pub fn seal(&self, rng: &dyn Rng, place: &str, text: &str) -> Sealed {
        let mut nonce = [0; NONCE];
        rng.fill(&mut nonce);
        let cipher = Aes256Gcm::new(&self.seal.into());
        let sealed = cipher
            .encrypt(&Nonce::from(nonce), Payload { msg: text.as_bytes(), aad: place.as_bytes() })
            .expect("AES-GCM refuses only texts beyond 64 GiB");
        Sealed(format!("{VERSION}.{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// Opens a text that was sealed for this place.
    pub fn open(&self, place: &str, sealed: &Sealed) -> Result<String, SealedError> {
        let digits =
            sealed.0.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.')).ok_or(SealedError::Shape)?;
        let bytes = hex::decode(digits).map_err(|_| SealedError::Shape)?;
        let (nonce, body) = bytes.split_at_checked(NONCE).ok_or(SealedError::Shape)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SealedError::Shape)?;
        let text = Aes256Gcm::new(&self.seal.into())
            .decrypt(&Nonce::from(nonce), Payload { msg: body, aad: place.as_bytes() })
            .map_err(|_| SealedError::Refused)?;
        String::from_utf8(text).map_err(|_| SealedError::Shape)
    }

    /// Seals bytes for one place. The same bytes are sealed the same: their nonce is taken from their keyed digest, so
    /// that no two contents share one, and what is kept by its hash is kept once.
    pub fn seal_bytes(&self, place: &str, bytes: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        nonce.copy_from_slice(&self.mac(&format!("nonce {place}"), bytes)[..NONCE]);
        let body = Aes256Gcm::new(&self.seal.into())
            .encrypt(&Nonce::from(nonce), Payload { msg: bytes, aad: place.as_bytes() })
            .expect("AES-GCM refuses only texts beyond 64 GiB");
        [VERSION.as_bytes(), &nonce, &body].concat()
    }

    /// Opens bytes that were sealed for this place.
    pub fn open_bytes(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>, SealedError> {
        let rest = sealed.strip_prefix(VERSION.as_bytes()).ok_or(SealedError::Shape)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(SealedError::Shape)?;
        Aes256Gcm::new(&self.seal.into())
            .decrypt(&Nonce::from(*nonce), Payload { msg: body, aad: place.as_bytes() })
            .map_err(|_| SealedError::Refused)
    }

    /// A keyed digest of a text for exact search, apart for each purpose.
    pub fn digest(&self, purpose: &str, text: &str) -> String {
        hex::encode(self.mac(purpose, text.as_bytes()))
    }

    fn mac(&self, purpose: &str, bytes: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.search).expect("HMAC takes any key length");
        mac.update(purpose.as_bytes());
        mac.update(&[0]);
        mac.update(bytes);
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fixed(u8);
    impl Rng for Fixed {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn a_sealed_field_opens_only_in_its_place_with_its_key_unchanged() {
        let keys = Keys::from_hex(&Keys::generate(&Fixed(1))).unwrap();
        let sealed = keys.seal(&Fixed(9), "a/1", "11010519491231002X");
        assert_eq!(keys.open("a/1", &sealed).unwrap(), "11010519491231002X");
        assert!(!format!("{sealed:?}").contains("1101"));
        assert!(keys.open("a/2", &sealed).is_err());
        assert!(Keys::from_hex(&Keys::generate(&Fixed(2))).unwrap().open("a/1", &sealed).is_err());
        let mut changed = sealed.0.clone();
        let last = if changed.ends_with('0') { '1' } else { '0' };
        changed.pop();
        changed.push(last);
        assert!(keys.open("a/1", &Sealed(changed)).is_err());
        assert!(Keys::from_hex("00").is_err());
    }

    #[test]
    fn sealed_bytes_open_only_in_their_place_and_the_same_are_sealed_the_same() {
        let keys = Keys::from_hex(&Keys::generate(&Fixed(1))).unwrap();
        let sealed = keys.seal_bytes("file", b"11010519491231002X");
        assert_eq!(keys.open_bytes("file", &sealed).unwrap(), b"11010519491231002X");
        assert_eq!(keys.seal_bytes("file", b"11010519491231002X"), sealed);
        let nonce = |sealed: &[u8]| sealed[VERSION.len()..][..NONCE].to_vec();
        assert_ne!(nonce(&keys.seal_bytes("file", b"11010519491231002Y")), nonce(&sealed));
        assert_ne!(nonce(&keys.seal_bytes("other", b"11010519491231002X")), nonce(&sealed));
        assert!(keys.open_bytes("other", &sealed).is_err());
        assert!(Keys::from_hex(&Keys::generate(&Fixed(2))).unwrap().open_bytes("file", &sealed).is_err());
        let mut changed = sealed.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(keys.open_bytes("file", &changed).is_err());
        assert!(keys.open_bytes("file", &sealed[..VERSION.len() + 3]).is_err());
        assert!(keys.open_bytes("file", b"name\nx").is_err());
    }

    #[test]
    fn digests_are_apart_for_each_purpose() {
        let keys = Keys::from_hex(&Keys::generate(&Fixed(1))).unwrap();
        assert_eq!(keys.digest("citizen", "x"), keys.digest("citizen", "x"));
        assert_ne!(keys.digest("citizen", "x"), keys.digest("receipt", "x"));
        assert_ne!(keys.digest("ab", "c"), keys.digest("a", "bc"));
    }
}

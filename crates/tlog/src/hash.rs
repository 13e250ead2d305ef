use crate::text;
use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// A hash of the tree: 32 bytes of SHA-256. As text it is base64 with padding, as in all C2SP formats.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hash(pub [u8; 32]);

/// Bytes of a hash.
pub const HASH_LENGTH: usize = 32;

/// The text is not 32 bytes in base64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("不是32字节哈希值的标准Base64写法")]
pub struct NotHash;

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&text::to_base64(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

impl FromStr for Hash {
    type Err = NotHash;
    fn from_str(text: &str) -> Result<Self, NotHash> {
        text::from_base64(text).and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(NotHash)
    }
}

/// Leaf hash: `SHA-256(0x00 || entry)` (RFC 6962 section 2.1).
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Hash(Sha256::new().chain_update([0u8]).chain_update(entry).finalize().into())
}

/// Hash of an inner node: `SHA-256(0x01 || left || right)` (RFC 6962 section 2.1).
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Hash(Sha256::new().chain_update([1u8]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// Root of the tree without leaves: `SHA-256("")` (RFC 6962 section 2.1).
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

/// Root over hashes whose number is a power of two.
pub(crate) fn complete_root(hashes: &[Hash]) -> Hash {
    debug_assert!(hashes.len().is_power_of_two());
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let half = row.len() / 2;
        for i in 0..half {
            row[i] = node_hash(&row[2 * i], &row[2 * i + 1]);
        }
        row.truncate(half);
    }
    row[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_is_written() {
        let hash = leaf_hash(b"");
        assert_eq!(hash.to_string(), "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0=");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for text in ["", "bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0", "AAAA"] {
            assert_eq!(text.parse::<Hash>(), Err(NotHash), "{text}");
        }
    }
}

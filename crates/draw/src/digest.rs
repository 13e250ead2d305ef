//! Hashes, salts and the name of a draw.

use serde::{Deserialize, Serialize, Serializer};
use sha2::Digest as _;
use std::fmt;
use std::str::FromStr;
use xingjian_kernel::Fault;
use xingjian_tlog::canonical;

macro_rules! bytes32 {
    ($(#[$meta:meta])* $name:ident) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(digits(&self.0, &mut [0; 64]))
            }
        }

        /// There are millions of them in a large list, so no text is made of each.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(digits(&self.0, &mut [0; 64]))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = NotHex;
            fn from_str(text: &str) -> Result<Self, NotHex> {
                let mut bytes = [0; 32];
                let lower = !text.bytes().any(|byte| byte.is_ascii_uppercase());
                match hex::decode_to_slice(text, &mut bytes) {
                    Ok(()) if lower => Ok(Self(bytes)),
                    _ => Err(NotHex(text.to_owned())),
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = NotHex;
            fn try_from(text: String) -> Result<Self, NotHex> {
                text.parse()
            }
        }
    };
}

/// 32 bytes in lower-case hexadecimal digits.
fn digits<'a>(bytes: &[u8; 32], text: &'a mut [u8; 64]) -> &'a str {
    hex::encode_to_slice(bytes, text).expect("two digits a byte");
    std::str::from_utf8(text).expect("digits are UTF-8")
}

bytes32! {
    /// A SHA-256 hash; 64 lower-case hexadecimal digits in documents.
    Digest
}
bytes32! {
    /// 32 random bytes that hide what a hash is of until they are shown: salts, and the nonce of a sealed draw.
    Salt
}

/// Not 64 lower-case hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是64位小写十六进制数。请原样填写，不要增删字符")]
pub struct NotHex(pub String);

/// The name of a draw, as it stands in every seed text: letters, digits, `.`, `_` and `-`, at most 64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DrawId(String);

impl DrawId {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DrawId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<DrawId> for String {
    fn from(id: DrawId) -> Self {
        id.0
    }
}

impl FromStr for DrawId {
    type Err = BadDrawId;
    fn from_str(text: &str) -> Result<Self, BadDrawId> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let fits = (1..=64).contains(&text.len()) && text.chars().all(allowed);
        if fits { Ok(Self(text.to_owned())) } else { Err(BadDrawId(text.to_owned())) }
    }
}

impl TryFrom<String> for DrawId {
    type Error = BadDrawId;
    fn try_from(text: String) -> Result<Self, BadDrawId> {
        text.parse()
    }
}

/// A name that cannot stand in a seed text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("抽查编号“{0}”只能由字母、数字和 . _ - 组成，1至64个字符。请改用如 2026-SSJ-003 的编号")]
pub struct BadDrawId(pub String);

/// `SHA-256(domain || 0x00 || salt || JCS(value))`: says what `value` is without showing it.
///
/// Values of this crate hold neither floats nor integers over 2^53, so they always have a canonical form.
pub(crate) fn commit(domain: &str, salt: &Salt, value: &impl Serialize) -> Digest {
    let bytes = canonical(value).expect("types of this crate hold no floats and no integers over 2^53");
    let hasher = sha2::Sha256::new_with_prefix(domain).chain_update([0]).chain_update(salt.0);
    Digest(hasher.chain_update(bytes).finalize().into())
}

/// The commitment to a list: over the canonical form of each row followed by a line feed.
///
/// Rows declare their fields in the order of their names and hold texts, truth values and lists of texts, of which plain
/// JSON is the canonical form already (a test compares them); a list can be too long to go through a tree of values.
pub(crate) fn commit_rows<T: Serialize>(domain: &str, salt: &Salt, rows: &[T]) -> Digest {
    let mut hasher = sha2::Sha256::new_with_prefix(domain).chain_update([0]).chain_update(salt.0);
    let mut line = vec![];
    for row in rows {
        line.clear();
        serde_json::to_writer(&mut line, row).expect("rows are texts, truth values and lists of texts");
        line.push(b'\n');
        hasher.update(&line);
    }
    Digest(hasher.finalize().into())
}

/// A fault where nothing but a piece of text was expected and there is none.
pub(crate) fn filled(faults: &mut Vec<Fault>, place: &str, text: &str, mend: &str) {
    if text.trim().is_empty() {
        faults.push(Fault::new(place, text, "没有填写", mend));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_name_with_a_bar_could_move_the_seed_and_is_refused() {
        assert_eq!("2026-SSJ_1.a".parse::<DrawId>().unwrap().as_str(), "2026-SSJ_1.a");
        for bad in ["", "a|b", "抽查", "a b", &"x".repeat(65)] {
            assert!(bad.parse::<DrawId>().is_err(), "{bad}");
        }
        expect![[r#"抽查编号“a|b”只能由字母、数字和 . _ - 组成，1至64个字符。请改用如 2026-SSJ-003 的编号"#]]
            .assert_eq(&"a|b".parse::<DrawId>().unwrap_err().to_string());
    }

    #[test]
    fn digests_are_written_in_one_way_only() {
        let digest: Digest = "ab".repeat(32).parse().unwrap();
        assert_eq!(serde_json::from_str::<Digest>(&serde_json::to_string(&digest).unwrap()).unwrap(), digest);
        for bad in ["AB".repeat(32), "ab".repeat(31), "zz".repeat(32)] {
            assert!(bad.parse::<Digest>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_list_is_another_list_when_rows_are_joined() {
        let salt = Salt([7; 32]);
        let hash = |rows: &[&str]| commit_rows("x", &salt, rows);
        assert_ne!(hash(&["a", "b"]), hash(&["ab"]));
        assert_ne!(hash(&["a", "b"]), hash(&["b", "a"]));
        assert_ne!(commit("x", &salt, &"a"), commit("y", &salt, &"a"));
        assert_ne!(commit("x", &salt, &"a"), commit("x", &Salt([8; 32]), &"a"));
    }
}

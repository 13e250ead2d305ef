use serde::Serialize;
use sha2::{Digest, Sha256};

/// Length of the public record of an entry, in bytes.
pub const ENTRY_LENGTH: usize = 33;
/// Length of the salt that hides an event, in bytes.
pub const SALT_LENGTH: usize = 32;

const VERSION: u8 = 1;
const DOMAIN: &[u8] = b"xingjian/entry/v1\0";

/// The public record of an act: `version || SHA-256(domain || salt || JCS(event))`.
///
/// It has a fixed length and tells nothing about the event without the salt, so the event can be erased and the
/// log stays whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry([u8; ENTRY_LENGTH]);

impl Entry {
    /// The entry of an event whose canonical bytes are given.
    pub fn seal(salt: &[u8; SALT_LENGTH], canonical_event: &[u8]) -> Self {
        let digest = Sha256::new().chain_update(DOMAIN).chain_update(salt).chain_update(canonical_event).finalize();
        let mut bytes = [VERSION; ENTRY_LENGTH];
        bytes[1..].copy_from_slice(&digest);
        Self(bytes)
    }

    /// The bytes that become the leaf.
    pub fn as_bytes(&self) -> &[u8; ENTRY_LENGTH] {
        &self.0
    }
}

/// The event cannot be written in canonical form.
#[derive(Debug, thiserror::Error)]
pub enum NotCanonical {
    /// Floats have no place in an event: quantities are integers or strings.
    #[error("an event holds a float or an integer over 2^53 at {0}")]
    Number(String),
    /// The serialiser failed.
    #[error("an event cannot be serialised")]
    Json(#[source] serde_json::Error),
}

/// Canonical JSON (RFC 8785) of an event, refusing floats and integers that JSON readers would round.
pub fn canonical(event: &impl Serialize) -> Result<Vec<u8>, NotCanonical> {
    let value = serde_json::to_value(event).map_err(NotCanonical::Json)?;
    check_numbers(&value, "$")?;
    serde_json_canonicalizer::to_vec(&value).map_err(NotCanonical::Json)
}

fn check_numbers(value: &serde_json::Value, path: &str) -> Result<(), NotCanonical> {
    const LARGEST: i64 = 1 << 53;
    match value {
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(n) if (-LARGEST..=LARGEST).contains(&n) => Ok(()),
            _ => Err(NotCanonical::Number(path.to_owned())),
        },
        serde_json::Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(i, item)| check_numbers(item, &format!("{path}[{i}]")))
        }
        serde_json::Value::Object(fields) => {
            fields.iter().try_for_each(|(name, item)| check_numbers(item, &format!("{path}.{name}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    #[test]
    fn canonical_form_sorts_names_and_keeps_chinese() {
        let bytes = canonical(&json!({"b": 1, "a": "中\u{1}", "é": null})).unwrap();
        expect![[r#"{"a":"中\u0001","b":1,"é":null}"#]].assert_eq(std::str::from_utf8(&bytes).unwrap());
    }

    #[test]
    fn floats_and_large_integers_are_refused_with_their_place() {
        let error = canonical(&json!({"fine": {"yuan": 0.5}})).unwrap_err();
        expect!["an event holds a float or an integer over 2^53 at $.fine.yuan"].assert_eq(&error.to_string());
        assert!(canonical(&json!([9_007_199_254_740_993_i64])).is_err());
        assert!(canonical(&json!([9_007_199_254_740_992_i64])).is_ok());
    }

    #[test]
    fn the_entry_format_is_fixed() {
        let entry = Entry::seal(&[7; SALT_LENGTH], b"{}");
        expect!["015fdfd94148ec5bfb5b69a8feadddfed48dfd4d0d15cc43f12e6f7ae1cc3b01d8"]
            .assert_eq(&hex::encode(entry.as_bytes()));
        expect!["019bfb58f0f82f73d63935fa8945c21e2fe98cdc74698980e9eb4051624c6cc7"]
            .assert_eq(&hex::encode(crate::leaf_hash(entry.as_bytes()).0));
    }

    proptest::proptest! {
        #[test]
        fn another_salt_or_event_is_another_entry(salt: [u8; 32], other: [u8; 32], event in ".{0,40}") {
            let one = Entry::seal(&salt, event.as_bytes());
            proptest::prop_assert_eq!(one, Entry::seal(&salt, event.as_bytes()));
            if salt != other {
                proptest::prop_assert_ne!(one, Entry::seal(&other, event.as_bytes()));
            }
        }
    }
}

//! Persons become keyed hashes as they are read; the key stays with the bureau and never reaches the store.

use super::hash;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use xingjian_kernel::Rng;

/// Bytes of a person's key.
pub const KEY_BYTES: usize = 12;

/// The keyed hash of a person.
pub(super) type PersonKey = [u8; KEY_BYTES];

/// The secret that makes persons into keys; it shows itself as nothing.
#[derive(Clone)]
pub struct PatientKey(Hmac<Sha256>);

impl std::fmt::Debug for PatientKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PatientKey(…)")
    }
}

impl PatientKey {
    /// From a secret of at least 32 bytes; `None` for less.
    pub fn new(secret: &[u8]) -> Option<Self> {
        if secret.len() < 32 {
            return None;
        }
        Hmac::new_from_slice(secret).ok().map(Self)
    }

    /// Text of a new key file.
    pub fn generate(rng: &dyn Rng) -> String {
        let mut secret = [0; 32];
        rng.fill(&mut secret);
        hex::encode(secret)
    }

    /// From the text of a key file; `None` if it is not that of 32 bytes or more.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text.trim()).ok().and_then(|secret| Self::new(&secret))
    }

    /// The keyed hash of a person: the first 12 bytes of HMAC-SHA256 over the number.
    pub(super) fn of(&self, number: &[u8]) -> PersonKey {
        let mut mac = self.0.clone();
        mac.update(number);
        let whole = mac.finalize().into_bytes();
        std::array::from_fn(|at| whole[at])
    }

    /// The key of a person as the store writes it: lower-case hexadecimal.
    pub fn patient(&self, number: &str) -> String {
        hex::encode(self.of(number.trim().as_bytes()))
    }

    /// A mark by which the store notices another key. No number is hashed to it, and it reveals nothing of the key.
    pub(super) fn mark(&self) -> String {
        hex::encode(self.of(b"\0xingjian claims store"))
    }
}

const SLOTS: usize = 1 << 14;
const LONGEST: usize = 23;

/// Remembers keys: a person has many lines.
pub(super) struct Keyer<'a> {
    key: &'a PatientKey,
    slots: Vec<Slot>,
}

#[derive(Clone, Copy)]
struct Slot {
    length: u8,
    number: [u8; LONGEST],
    key: PersonKey,
}

impl<'a> Keyer<'a> {
    pub(super) fn new(key: &'a PatientKey) -> Self {
        let empty = Slot { length: 0, number: [0; LONGEST], key: [0; KEY_BYTES] };
        Self { key, slots: vec![empty; SLOTS] }
    }

    /// The key of a person.
    pub(super) fn of(&mut self, number: &[u8]) -> PersonKey {
        if number.is_empty() || number.len() > LONGEST {
            return self.key.of(number);
        }
        let at = usize::try_from(hash::of(number) % SLOTS as u64).expect("a small remainder");
        let slot = &mut self.slots[at];
        if usize::from(slot.length) == number.len() && slot.number[..number.len()] == *number {
            return slot.key;
        }
        slot.length = u8::try_from(number.len()).expect("shorter than a slot");
        slot.number[..number.len()].copy_from_slice(number);
        slot.key = self.key.of(number);
        slot.key
    }
}

/// The bucket of a key; the same as [`crate::claims::Store::bucket_of`] finds from its text.
pub(super) fn bucket_of(key: &PersonKey, buckets: u16) -> u16 {
    let head = u32::from_be_bytes([key[0], key[1], key[2], key[3]]);
    u16::try_from(head % u32::from(buckets.max(1))).expect("a remainder of a u16 is a u16")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_person_has_the_same_key_and_another_secret_another() {
        let key = PatientKey::new(&[7; 32]).unwrap();
        let mut keyer = Keyer::new(&key);
        for number in ["510100000000000001", "1", "a number that is longer than a slot of the cache"] {
            for _ in 0..2 {
                assert_eq!(hex::encode(keyer.of(number.as_bytes())), key.patient(number));
            }
            assert_ne!(PatientKey::new(&[8; 32]).unwrap().patient(number), key.patient(number));
        }
        assert_eq!(key.patient("1").len(), 24);
        assert_eq!(key.patient(" 1 "), key.patient("1"));
        assert!(PatientKey::new(&[7; 31]).is_none());
        assert_eq!(format!("{key:?}"), "PatientKey(…)");
        assert!(PatientKey::from_hex("00").is_none() && PatientKey::from_hex("Schlüssel").is_none());
        assert_eq!(PatientKey::from_hex(&format!("{}\n", "07".repeat(32))).unwrap().patient("1"), key.patient("1"));
    }

    #[test]
    fn the_hash_is_hmac_sha256() {
        // RFC 4231 has no key of 32 bytes; this value is from Python's hmac module.
        let key = PatientKey::new(b"0123456789abcdef0123456789abcdef").unwrap();
        assert_eq!(key.patient("P1"), "d9f8f93f9de1ce3acd2c4c03");
    }
}

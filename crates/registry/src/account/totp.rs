//! Codes of six digits that change every 30 seconds: TOTP of RFC 6238 over HMAC-SHA-1, which every authenticator knows.
//! SHA-1 is safe there: HMAC does not rest on it being free of collisions.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use xingjian_kernel::Timestamp;

/// Bytes of a secret (RFC 4226 section 4 asks for 20).
pub const SECRET: usize = 20;
/// Seconds for which a code holds.
const PERIOD: i64 = 30;
/// Codes have so many digits.
const DIGITS: usize = 6;

/// The number of the period that an instant lies in.
pub fn step(now: Timestamp) -> u64 {
    u64::try_from(now.micros().div_euclid(PERIOD * 1_000_000)).unwrap_or_default()
}

/// The code of a period.
pub fn code(secret: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes any key length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[19] & 15);
    let number = digest[offset..offset + 4].iter().fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    format!("{:0DIGITS$}", (number & 0x7fff_ffff) % 1_000_000)
}

/// The period that a code belongs to: the present one or one beside it, for clocks that are a little off, and later than
/// that of the code that was taken last, so that none is taken twice.
pub fn taken(secret: &[u8], given: &str, now: Timestamp, last: u64) -> Option<u64> {
    let present = step(now);
    let near = [present, present.saturating_sub(1), present + 1];
    near.into_iter().find(|step| *step > last && code(secret, *step) == given)
}

/// Bytes as authenticators read them when they are typed: RFC 4648 base 32 without padding.
pub fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let letter = |start: usize| char::from(LETTERS[(start..start + 5).fold(0, |value, at| value << 1 | bit(at))]);
    (0..bytes.len() * 8).step_by(5).map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"12345678901234567890";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    #[test]
    fn the_test_vectors_of_rfc_6238_hold() {
        for (seconds, told) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(code(SECRET, step(at(seconds))), told[2..], "at {seconds}: the RFC shows eight digits");
        }
    }

    #[test]
    fn the_test_vectors_of_rfc_4226_hold() {
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, told) in (0..).zip(codes) {
            assert_eq!(code(SECRET, counter), told);
        }
    }

    #[test]
    fn a_clock_may_be_off_by_one_period_and_a_code_is_taken_once() {
        let now = at(1_111_111_111);
        let present = step(now);
        for (off, known) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            let step = present.saturating_add_signed(off);
            assert_eq!(taken(SECRET, &code(SECRET, step), now, 0), known.then_some(step), "{off}");
        }
        let given = code(SECRET, present);
        assert_eq!(taken(SECRET, &given, now, present), None, "taken before");
        assert_eq!(taken(SECRET, &code(SECRET, present - 1), now, present), None, "older than the one taken last");
        for wrong in ["", "000000", "05047", "0504711", "０５０４７１"] {
            assert_eq!(taken(SECRET, wrong, now, 0), None, "{wrong}");
        }
    }

    #[test]
    fn base_32_is_that_of_rfc_4648() {
        for (bytes, told) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), told);
        }
    }
}

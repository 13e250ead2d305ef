//! Time and randomness are passed in, so that a run can be repeated.

use crate::{LocalDate, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// The present instant as other machines have it, for what is agreed with them by time. Another one only where a demonstration of another date runs.
    fn real(&self) -> Timestamp {
        self.now()
    }
    /// The present local date.
    fn today(&self) -> LocalDate {
        self.now().local_date()
    }
}

/// A random secret of so many bytes, in lower-case hexadecimal.
pub fn secret(rng: &dyn Rng, bytes: usize) -> String {
    let mut buffer = vec![0u8; bytes];
    rng.fill(&mut buffer);
    buffer.iter().fold(String::with_capacity(2 * bytes), |mut text, byte| {
        text.extend([byte >> 4, byte & 15].map(|digit| char::from(b"0123456789abcdef"[usize::from(digit)])));
        text
    })
}

/// A source of random bytes.
pub trait Rng: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counts;
    impl Rng for Counts {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.copy_from_slice(&[0x00, 0x0f, 0xa5, 0xff][..buffer.len()]);
        }
    }

    #[test]
    fn a_secret_is_hexadecimal() {
        assert_eq!(secret(&Counts, 4), "000fa5ff");
    }
}

//! Time and randomness are passed in, so that a run can be repeated.

use crate::{LocalDate, Timestamp};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
    /// The present local date.
    fn today(&self) -> LocalDate {
        self.now().local_date()
    }
}

/// A source of random bytes.
pub trait Rng: Send + Sync {
    /// Fills the buffer.
    fn fill(&self, buffer: &mut [u8]);
}

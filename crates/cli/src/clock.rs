//! Clocks and random sources of a running instance.

#![allow(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};
use std::sync::Mutex;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use xingjian_kernel::{Clock, LocalDate, Rng, Timestamp};

/// The wall clock, possibly moved by whole days so that a demonstration of another date can be used.
#[derive(Default)]
pub struct WallClock {
    /// Microseconds added.
    shift: i64,
}

impl WallClock {
    /// The wall clock moved so that today is `date`.
    pub fn on(date: LocalDate) -> Self {
        let today = Self::default().today();
        let days = xingjian_kernel::calendar::days_between(today, date);
        Self { shift: i64::from(days) * 86_400_000_000 }
    }
}

impl Clock for WallClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.real().micros() + self.shift)
    }

    fn real(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX / 2))
    }
}

/// A clock that stands where it is put and moves by a hundredth of a second at each reading: the clock of a story.
pub struct StoryClock(AtomicI64);

impl StoryClock {
    /// Stands at nine in the morning of a date.
    pub fn at(date: LocalDate) -> Self {
        Self(AtomicI64::new(Timestamp::from_local(date, 9, 0).micros()))
    }

    /// Moves to nine in the morning of a date; never back.
    pub fn go_to(&self, date: LocalDate) {
        self.0.fetch_max(Timestamp::from_local(date, 9, 0).micros(), Ordering::SeqCst);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        // So little that thousands of acts stay within their day.
        Timestamp::from_micros(self.0.fetch_add(10_000, Ordering::SeqCst))
    }
}

/// How long something takes.
pub struct Stopwatch(std::time::Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(std::time::Instant::now())
    }

    /// Seconds since then.
    pub fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// The operating system's randomness.
pub struct SystemRng;

impl Rng for SystemRng {
    fn fill(&self, buffer: &mut [u8]) {
        getrandom::fill(buffer).expect("without the operating system's randomness nothing may be signed or sealed");
    }
}

/// Randomness that repeats, for demonstrations only.
pub struct StoryRng(Mutex<ChaCha20Rng>);

impl StoryRng {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(ChaCha20Rng::seed_from_u64(seed)))
    }
}

impl Rng for StoryRng {
    fn fill(&self, buffer: &mut [u8]) {
        self.0.lock().expect("nothing panics while it draws").fill_bytes(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xingjian_kernel::calendar::days_between;
    use xingjian_kernel::time::plus_days;

    #[test]
    fn a_demonstration_of_another_date_moves_the_days_and_not_the_real_time() {
        let here = WallClock::default();
        let moved = WallClock::on(plus_days(here.today(), -40));
        let apart = here.now().micros() - moved.real().micros();
        assert!(apart.abs() < 60_000_000, "{apart}");
        let days = days_between(moved.now().local_date(), moved.real().local_date());
        assert!((39..=41).contains(&days), "{days}");
    }
}

//! Chance that can be repeated: each patient has an own stream.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng};

pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(end.max(1));
        u32::try_from(wide >> 32).expect("the upper half of 64 bits")
    }

    /// A number from `from` to `to`, both possible.
    pub(super) fn between(&mut self, from: i32, to: i32) -> i32 {
        from + i32::try_from(self.below(u32::try_from(to - from + 1).unwrap_or(1))).unwrap_or(0)
    }

    /// True in so many of a hundred cases.
    pub(super) fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    /// A place in a list whose first entries come much more often: the density falls as 1 over the rank.
    pub(super) fn zipf(&mut self, length: usize) -> usize {
        // The inverse of the harmonic sum, by doubling: rank = length^u - 1, in integers through bits of u.
        let bits = usize::BITS - length.leading_zeros();
        let octave = self.below(bits);
        let from = 1usize << octave;
        let within = self.below(u32::try_from(from).unwrap_or(u32::MAX));
        (from - 1 + within as usize).min(length - 1)
    }

    /// One of a list.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(u32::try_from(list.len()).unwrap_or(u32::MAX)) as usize]
    }
}

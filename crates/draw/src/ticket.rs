//! Ticket numbers by Rivest's consistent sampler: every id gets a number between 0 and 1 from the hash of seed and id,
//! and the smallest numbers win. What an id gets depends on no other id, so a larger sample holds the smaller one.

use crate::DrawId;
use sha2::{Digest as _, Sha256};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::{self, Write};
use unicode_normalization::UnicodeNormalization;

/// Digits of a ticket number that are kept ready for comparing.
const HEAD_DIGITS: u32 = 19;
/// Digits that the reference implementation pads to.
const LEAST_DIGITS: usize = 64;

/// What tickets are drawn for; each use has numbers of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// Which objects are drawn.
    Object,
    /// Whether the size of a stratum is rounded up.
    Size,
    /// In which order officers stand.
    Officer,
    /// Which of the officers that come into question takes a seat.
    Seat,
    /// Who steps in after the draw.
    Change,
}

impl Tag {
    const fn text(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Size => "size",
            Self::Officer => "officer",
            Self::Seat => "seat",
            Self::Change => "change",
        }
    }

    /// The seed text of this use: `tag|draw-id|seed`.
    pub fn seed_text(self, draw: &DrawId, seed: &str) -> String {
        format!("{}|{draw}|{seed}", self.text())
    }
}

/// An id in the form that is hashed: Unicode NFC.
pub fn nfc(id: &str) -> String {
    id.nfc().collect()
}

/// A seed text from which tickets are drawn.
#[derive(Clone)]
pub struct Sampler {
    /// The hash state after the seed's own hash in hexadecimal, which is one block of SHA-256 exactly.
    absorbed: Sha256,
}

impl Sampler {
    /// Tickets for a whole seed text, used as it is.
    pub fn new(seed_text: &str) -> Self {
        Self { absorbed: Sha256::new_with_prefix(hex::encode(Sha256::digest(seed_text))) }
    }

    /// Tickets of one use in one draw.
    pub fn of(tag: Tag, draw: &DrawId, seed: &str) -> Self {
        Self::new(&tag.seed_text(draw, seed))
    }

    /// The first ticket number of an id; the id is hashed as it is.
    pub fn number(&self, id: &str) -> Number {
        Number::of_hash(&self.absorbed.clone().chain_update(id).finalize().into())
    }
}

/// The first ticket number of an id: the decimal digits of a 256-bit hash in reverse order after `0.`, because the last
/// digits of such a number are as good as uniform and the first are not.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Number {
    /// The first 19 digits.
    head: u64,
    /// The hash, most significant limb first.
    limbs: [u64; 4],
}

impl Number {
    fn of_hash(hash: &[u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, bytes) in limbs.iter_mut().zip(hash.as_chunks::<8>().0) {
            *limb = u64::from_be_bytes(*bytes);
        }
        Self { head: reversed(remainder(&limbs)), limbs }
    }

    /// The first 19 digits after `0.`: what decides between two numbers unless they are the same.
    pub(crate) const fn head(self) -> u64 {
        self.head
    }

    /// All digits after `0.`.
    fn digits(self) -> String {
        let mut limbs = self.limbs;
        let mut digits = String::new();
        while limbs != [0; 4] {
            write!(digits, "{:019}", reversed(divide(&mut limbs))).expect("a String takes all that is written");
        }
        let kept = digits.trim_end_matches('0').len();
        digits.truncate(kept);
        format!("{digits:0<LEAST_DIGITS$}")
    }

    /// Whether the number is less than so many millionths.
    pub fn is_below(self, millionths: u32) -> bool {
        self.head / 10u64.pow(HEAD_DIGITS - 6) < u64::from(millionths)
    }

    /// One of `count` places, 0 to `count - 1`: the whole part of `count` times the first 19 digits.
    pub fn place_among(self, count: usize) -> usize {
        let product = u128::from(self.head) * u128::try_from(count).expect("a count fits");
        usize::try_from(product / 10u128.pow(HEAD_DIGITS)).expect("less than the count")
    }
}

const DIVISOR: u128 = 10u128.pow(HEAD_DIGITS);

/// The last 19 digits.
fn remainder(limbs: &[u64; 4]) -> u64 {
    let rest = limbs.iter().fold(0u128, |rest, limb| ((rest << 64) | u128::from(*limb)) % DIVISOR);
    u64::try_from(rest).expect("less than 10^19")
}

/// The last 19 digits, taken off the number.
fn divide(limbs: &mut [u64; 4]) -> u64 {
    let mut rest = 0u128;
    for limb in limbs {
        let part = (rest << 64) | u128::from(*limb);
        let quotient = part / DIVISOR;
        *limb = u64::try_from(quotient).expect("the rest is less than the divisor");
        rest = part - quotient * DIVISOR;
    }
    u64::try_from(rest).expect("less than 10^19")
}

/// Four digits in reverse order, for each four.
static FOUR_REVERSED: [u64; 10_000] = {
    let (mut all, mut at, mut four) = ([0; 10_000], 0, 0);
    while at < all.len() {
        all[at] = four % 10 * 1_000 + four / 10 % 10 * 100 + four / 100 % 10 * 10 + four / 1_000;
        (at, four) = (at + 1, four + 1);
    }
    all
};

/// 19 digits in reverse order.
fn reversed(mut number: u64) -> u64 {
    let four = |of: u64| FOUR_REVERSED[usize::try_from(of).expect("four digits fit")];
    let mut turned = 0;
    for _ in 0..4 {
        turned = turned * 10_000 + four(number % 10_000);
        number /= 10_000;
    }
    // Three are left, and before them a zero that is none of the nineteen.
    turned * 1_000 + four(number) / 10
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let full =
            || if self.limbs == other.limbs { std::cmp::Ordering::Equal } else { self.digits().cmp(&other.digits()) };
        self.head.cmp(&other.head).then_with(full)
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// With all its digits.
impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0.{}", self.digits())
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The digits up to `count` after the nines it may begin with, cut and not rounded.
pub fn trimmed(number: &str, count: usize) -> &str {
    let end = number.len().min(leading(number) + count);
    &number[..end]
}

/// The place of the first digit that is not 9.
fn leading(number: &str) -> usize {
    2 + number.bytes().skip(2).take_while(|digit| *digit == b'9').count()
}

/// The next ticket number of an id that was drawn and put back: larger than the one before, less than 1.
fn next(number: &str) -> String {
    let nines = &number[..leading(number)];
    let candidates = (1u64..).map(|at| {
        let hash = Sha256::digest(format!("{number}:{at}"));
        format!("{nines}{}", Number::of_hash(&hash.into()).digits())
    });
    let mut larger = candidates.filter(|candidate| candidate.as_str() > number);
    larger.next().expect("the numbers never end")
}

/// A ticket of a sample.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket {
    /// The ticket number, `0.` and all digits.
    pub number: String,
    /// Whose it is.
    pub id: String,
    /// The how manyth time this id is drawn, from 1.
    pub generation: u32,
}

/// Whether a drawn id is put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replacement {
    /// Each id once at most; what a draw of objects uses.
    Without,
    /// Each id as often as it comes.
    With,
}

/// An id that stands in the list twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("名单中“{0}”出现了不止一次，重复的编号会被多给一次机会。请删去重复的行")]
pub struct Duplicate(pub String);

/// The first `take` tickets after the first `drop`, for a whole seed text and any list of ids.
pub fn sample(
    ids: &[&str],
    seed_text: &str,
    replacement: Replacement,
    drop: usize,
    take: usize,
) -> Result<Vec<Ticket>, Duplicate> {
    let sampler = Sampler::new(seed_text);
    let mut first: Vec<(Number, &str)> = ids.iter().map(|id| (sampler.number(id), *id)).collect();
    first.sort_unstable();
    // The same id has the same number, so it stands beside itself.
    if let Some(twice) = first.windows(2).find(|pair| pair[0].1 == pair[1].1) {
        return Err(Duplicate(twice[0].1.to_owned()));
    }
    let first = first.into_iter();
    let ticket = |(number, id): (Number, &str)| Ticket { number: number.to_string(), id: id.to_owned(), generation: 1 };
    match replacement {
        Replacement::Without => Ok(first.skip(drop).take(take).map(ticket).collect()),
        Replacement::With => Ok(put_back(first.map(ticket)).skip(drop).take(take).collect()),
    }
}

/// Tickets in order, each drawn id put back with its next ticket.
fn put_back(first: impl Iterator<Item = Ticket>) -> impl Iterator<Item = Ticket> {
    let mut basket: BinaryHeap<_> = first.map(Reverse).collect();
    std::iter::from_fn(move || {
        let Reverse(ticket) = basket.pop()?;
        let (number, id, generation) = (next(&ticket.number), ticket.id.clone(), ticket.generation + 1);
        basket.push(Reverse(Ticket { number, id, generation }));
        Some(ticket)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    proptest::proptest! {
        #[test]
        fn digits_are_turned_round(number in 0..10u64.pow(HEAD_DIGITS)) {
            let turned: String = format!("{number:019}").chars().rev().collect();
            proptest::prop_assert_eq!(format!("{:019}", reversed(number)), turned);
        }
    }

    #[test]
    fn numbers_compare_as_their_digits_do() {
        let small = Number::of_hash(&[0; 32]);
        assert_eq!(small.digits(), "0".repeat(64));
        let mut hash = [0; 32];
        hash[31] = 100; // 100 padded to 64 digits and reversed
        assert_eq!(Number::of_hash(&hash).digits(), format!("001{}", "0".repeat(61)));
        let numbers: Vec<_> = (0..2_000).map(|id| Sampler::new("seed").number(&id.to_string())).collect();
        for pair in numbers.windows(2) {
            assert_eq!(pair[0].cmp(&pair[1]), pair[0].to_string().cmp(&pair[1].to_string()));
        }
        // The same first 19 digits: the rest decides.
        let mut one = Number::of_hash(&[1; 32]);
        let other = Number::of_hash(&[2; 32]);
        one.head = other.head;
        assert_eq!(one.cmp(&other), one.digits().cmp(&other.digits()));
    }

    #[test]
    fn a_number_says_where_it_lies() {
        let number = Sampler::new("01382438112797316654").number("AB-130");
        expect![[r#"0.26299714122838008416507544297546663599715395525154425586041245287750224561854"#]]
            .assert_eq(&number.to_string());
        assert!(number.is_below(262_998) && !number.is_below(262_997));
        assert_eq!([1, 2, 4, 1000].map(|count| number.place_among(count)), [0, 0, 1, 262]);
    }

    #[test]
    fn digits_are_cut_after_the_nines() {
        assert_eq!(trimmed("0.9991234567890", 4), "0.9991234");
        assert_eq!(trimmed("0.12", 9), "0.12");
        let after = next("0.99");
        assert!(after.as_str() > "0.99" && after.starts_with("0.99"), "{after}");
    }

    #[test]
    fn an_id_twice_is_an_error() {
        let twice = sample(&["甲", "乙", "甲"], "1", Replacement::Without, 0, 9).unwrap_err();
        expect![[r#"名单中“甲”出现了不止一次，重复的编号会被多给一次机会。请删去重复的行"#]]
            .assert_eq(&twice.to_string());
    }

    #[test]
    fn ids_are_hashed_composed() {
        assert_eq!(nfc("e\u{301}"), "\u{e9}");
        assert_eq!(nfc("粤A-1"), "粤A-1");
    }
}

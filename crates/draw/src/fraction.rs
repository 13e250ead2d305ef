//! Rates and probabilities, exactly. No float decides who is drawn.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Parts per million of 1.
pub const MILLION: u32 = 1_000_000;

/// A rate between 0 and 1 in parts per million: 20 % is 200 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Rate(u32);

impl Rate {
    /// All.
    pub const ALL: Self = Self(MILLION);

    /// A rate in parts per million, at most 1 000 000.
    pub const fn from_ppm(ppm: u32) -> Result<Self, BadRate> {
        if ppm <= MILLION { Ok(Self(ppm)) } else { Err(BadRate(ppm)) }
    }

    /// A rate in per cent, at most 100.
    pub const fn from_percent(percent: u16) -> Result<Self, BadRate> {
        Self::from_ppm(percent as u32 * (MILLION / 100))
    }

    /// Parts per million.
    pub const fn ppm(self) -> u32 {
        self.0
    }

    /// This share of `count`: the whole part, and what is left in millionths.
    pub fn of(self, count: u64) -> (u64, u32) {
        let product = u128::from(count) * u128::from(self.0);
        let whole = product / u128::from(MILLION);
        let rest = product % u128::from(MILLION);
        (
            u64::try_from(whole).expect("a share is no more than the whole"),
            u32::try_from(rest).expect("under a million"),
        )
    }
}

/// `20%`, `2.5%`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (percent, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            write!(f, "{percent}%")
        } else {
            write!(f, "{percent}.{}%", format!("{rest:04}").trim_end_matches('0'))
        }
    }
}

impl TryFrom<u32> for Rate {
    type Error = BadRate;
    fn try_from(ppm: u32) -> Result<Self, BadRate> {
        Self::from_ppm(ppm)
    }
}

impl From<Rate> for u32 {
    fn from(rate: Rate) -> Self {
        rate.0
    }
}

/// Over 100 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("抽查比例“{0}”（百万分之）超过100%。请填写0至1000000之间的数")]
pub struct BadRate(pub u32);

/// A probability in lowest terms, written `3/20`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fraction {
    numerator: u64,
    denominator: u64,
}

impl Fraction {
    /// In lowest terms; none without a denominator or over 1.
    pub fn new(numerator: u64, denominator: u64) -> Option<Self> {
        if denominator == 0 || numerator > denominator {
            return None;
        }
        let divisor = gcd(numerator, denominator);
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// Above the line.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// Below the line.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl From<Rate> for Fraction {
    fn from(rate: Rate) -> Self {
        Self::new(u64::from(rate.0), u64::from(MILLION)).expect("a rate is at most 1")
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl From<Fraction> for String {
    fn from(fraction: Fraction) -> Self {
        fraction.to_string()
    }
}

impl FromStr for Fraction {
    type Err = NotFraction;
    fn from_str(text: &str) -> Result<Self, NotFraction> {
        let parts = text.split_once('/').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        let fraction = parts.and_then(|(a, b)| Self::new(a, b)).filter(|fraction| fraction.to_string() == text);
        fraction.ok_or_else(|| NotFraction(text.to_owned()))
    }
}

impl TryFrom<String> for Fraction {
    type Error = NotFraction;
    fn try_from(text: String) -> Result<Self, NotFraction> {
        text.parse()
    }
}

/// Not a probability in lowest terms.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}”不是最简分数形式的概率。请写成如 3/20 的形式")]
pub struct NotFraction(pub String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact_and_read_as_per_cent() {
        let rate = |ppm| Rate::from_ppm(ppm).unwrap();
        assert_eq!(rate(200_000).of(1_003), (200, 600_000));
        assert_eq!(Rate::ALL.of(u64::MAX), (u64::MAX, 0));
        assert_eq!((rate(200_000).to_string(), rate(25_500).to_string()), ("20%".into(), "2.55%".into()));
        assert!(Rate::from_percent(101).is_err() && serde_json::from_str::<Rate>("1000001").is_err());
    }

    #[test]
    fn a_probability_has_one_way_to_be_written() {
        assert_eq!(Fraction::new(30, 200).unwrap().to_string(), "3/20");
        assert_eq!("3/20".parse(), Ok(Fraction::from(Rate::from_percent(15).unwrap())));
        for bad in ["30/200", "3/0", "21/20", "3", "a/b", "+3/20"] {
            assert!(bad.parse::<Fraction>().is_err(), "{bad}");
        }
    }
}

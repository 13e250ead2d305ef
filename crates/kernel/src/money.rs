//! Money, in fen. No floating point: sums of money are exact.

use crate::Fault;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A sum of money in fen (1/100 yuan), also negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Fen(i64);

impl Fen {
    /// No money.
    pub const ZERO: Self = Self(0);

    /// A sum of so many fen.
    pub const fn new(fen: i64) -> Self {
        Self(fen)
    }

    /// A sum of so many whole yuan.
    pub const fn from_yuan(yuan: i64) -> Self {
        Self(yuan.checked_mul(100).expect("no sum of this program reaches 92 quadrillion yuan"))
    }

    /// The number of fen.
    pub const fn fen(self) -> i64 {
        self.0
    }

    /// The sum, or `None` beyond the range.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, or `None` beyond the range.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// So many times the sum, or `None` beyond the range.
    pub fn checked_mul(self, times: i64) -> Option<Self> {
        self.0.checked_mul(times).map(Self)
    }

    /// In units of ten thousand yuan (万元), as the publication of penalties wants it: 2,000 yuan is `0.2`.
    pub fn to_wan_yuan(self) -> String {
        let magnitude = self.0.unsigned_abs();
        let text = format!("{}{}.{:06}", self.sign(), magnitude / 1_000_000, magnitude % 1_000_000);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    fn sign(self) -> &'static str {
        if self.0 < 0 { "-" } else { "" }
    }
}

/// Yuan with two decimals and separators: `1,234.50`.
impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let yuan = (magnitude / 100).to_string();
        f.write_str(self.sign())?;
        for (at, digit) in yuan.char_indices() {
            if at > 0 && (yuan.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        write!(f, ".{:02}", magnitude % 100)
    }
}

/// Why a text is not a sum of money.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Nothing there.
    #[error("金额为空")]
    Empty,
    /// Something else than digits, one point, and separators in their places.
    #[error("不是以元为单位的金额")]
    Shape,
    /// Parts of a fen.
    #[error("小数超过两位，金额精确到分")]
    Decimals,
    /// More than 64 bits hold.
    #[error("金额过大")]
    TooLarge,
}

impl ParseError {
    /// The fault to show at `place`.
    pub fn fault(&self, place: &str, value: &str) -> Fault {
        Fault::new(place, value, self.to_string(), "填写以元为单位的数字，例如 1,234.50")
    }
}

/// Reads yuan: `1234.5`, `1,234.50`, `-3`.
impl FromStr for Fen {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let text = text.trim();
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        if digits.is_empty() {
            return Err(ParseError::Empty);
        }
        let (yuan, decimals) = digits.split_once('.').unwrap_or((digits, "0"));
        if !is_number(decimals) {
            return Err(ParseError::Shape);
        }
        let cents = match decimals.as_bytes() {
            [tens] => (tens - b'0') * 10,
            [tens, ones] => (tens - b'0') * 10 + ones - b'0',
            _ => return Err(ParseError::Decimals),
        };
        let yuan = whole(yuan)?.checked_mul(100 * sign).ok_or(ParseError::TooLarge)?;
        yuan.checked_add(i64::from(cents) * sign).map(Self).ok_or(ParseError::TooLarge)
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A whole number, with separators after every third digit or with none.
fn whole(text: &str) -> Result<i64, ParseError> {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = groups.clone().next().is_some();
    let sound = is_number(first) && (!grouped || first.len() <= 3) && groups.all(|g| g.len() == 3 && is_number(g));
    if !sound {
        return Err(ParseError::Shape);
    }
    text.replace(',', "").parse().map_err(|_| ParseError::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[test]
    fn yuan_are_read_with_and_without_separators() {
        for (text, fen) in [
            ("1,234.50", 123_450),
            ("1234.5", 123_450),
            (" 0.07 ", 7),
            ("-3", -300),
            ("+3", 300),
            ("-0.5", -50),
            ("12,345,678", 1_234_567_800),
            ("92233720368547758.07", i64::MAX),
        ] {
            assert_eq!(text.parse(), Ok(Fen::new(fen)), "{text}");
        }
    }

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&text.parse::<Fen>().unwrap_err().fault("罚款金额", text).to_string());
    }

    #[test]
    fn faults_say_what_is_wrong() {
        check("", &expect!["罚款金额：金额为空。填写以元为单位的数字，例如 1,234.50"]);
        check("1.234", &expect!["罚款金额：“1.234”小数超过两位，金额精确到分。填写以元为单位的数字，例如 1,234.50"]);
        check("2万", &expect!["罚款金额：“2万”不是以元为单位的金额。填写以元为单位的数字，例如 1,234.50"]);
        check("1,23", &expect!["罚款金额：“1,23”不是以元为单位的金额。填写以元为单位的数字，例如 1,234.50"]);
        check("1234,567", &expect!["罚款金额：“1234,567”不是以元为单位的金额。填写以元为单位的数字，例如 1,234.50"]);
        check(".5", &expect!["罚款金额：“.5”不是以元为单位的金额。填写以元为单位的数字，例如 1,234.50"]);
        check("5.", &expect!["罚款金额：“5.”不是以元为单位的金额。填写以元为单位的数字，例如 1,234.50"]);
        check("--5", &expect!["罚款金额：“--5”不是以元为单位的金额。填写以元为单位的数字，例如 1,234.50"]);
        check(
            "92233720368547758.08",
            &expect!["罚款金额：“92233720368547758.08”金额过大。填写以元为单位的数字，例如 1,234.50"],
        );
        check(
            "99999999999999999999",
            &expect!["罚款金额：“99999999999999999999”金额过大。填写以元为单位的数字，例如 1,234.50"],
        );
    }

    /// T44 and its neighbours.
    #[test]
    fn ten_thousands_of_yuan_have_no_trailing_zeros() {
        for (fen, text) in [
            (200_000, "0.2"),
            (0, "0"),
            (1, "0.000001"),
            (1_000_000, "1"),
            (1_234_567_800, "1234.5678"),
            (10_000_000, "10"),
            (-50_000, "-0.05"),
        ] {
            assert_eq!(Fen::new(fen).to_wan_yuan(), text);
        }
    }

    #[test]
    fn sums_stop_at_the_range() {
        let most = Fen::new(i64::MAX);
        assert_eq!(most.checked_add(Fen::new(1)), None);
        assert_eq!(Fen::new(i64::MIN).checked_sub(Fen::new(1)), None);
        assert_eq!(most.checked_mul(2), None);
        assert_eq!(Fen::from_yuan(3).checked_mul(33), Some(Fen::new(9900)));
        assert_eq!(serde_json::to_string(&Fen::from_yuan(2)).unwrap(), "200");
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(fen in any::<i64>().prop_filter("no positive twin", |fen| *fen != i64::MIN)) {
            prop_assert_eq!(Fen::new(fen).to_string().parse(), Ok(Fen::new(fen)));
        }

        #[test]
        fn reading_never_panics(text in any::<String>()) {
            let _ = text.parse::<Fen>();
        }
    }
}

//! Administrative division codes (GB/T 2260): 2, 4, 6, 9 or 12 digits, each a prefix of those inside it.

mod changes;
mod table;

pub use changes::{Change, Changes};
pub use table::Divisions;

use crate::Fault;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A division code, without trailing zeros beyond its level: `44`, `4404`, `440402`, `440402001`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DivisionCode(String);

/// The text has not the shape of a division code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("不是行政区划代码：{0}")]
pub struct ParseError(String);

impl ParseError {
    /// The fault to show at `place`.
    pub fn fault(&self, place: &str) -> Fault {
        Fault::new(place, &self.0, "不是行政区划代码", "填写 2、4、6、9 或 12 位数字，例如 440402")
    }
}

/// How deep a division lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 省、自治区、直辖市: 2 digits.
    Province,
    /// 市、地区、自治州、盟: 4 digits.
    City,
    /// 县、市辖区、县级市、旗: 6 digits.
    County,
    /// 乡、镇、街道: 9 digits.
    Street,
    /// 村、居委会: 12 digits.
    Village,
}

impl DivisionCode {
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How deep it lies.
    pub fn level(&self) -> Level {
        match self.0.len() {
            2 => Level::Province,
            4 => Level::City,
            6 => Level::County,
            9 => Level::Street,
            _ => Level::Village,
        }
    }

    /// The division it lies in; none for a province.
    pub fn parent(&self) -> Option<Self> {
        self.above().map(|digits| Self(digits.to_owned()))
    }

    /// Whether it is one of those of which `other` consists.
    pub fn lies_right_below(&self, other: &Self) -> bool {
        self.above() == Some(other.as_str())
    }

    fn above(&self) -> Option<&str> {
        let digits = match self.level() {
            Level::Province => return None,
            Level::City => 2,
            Level::County => 4,
            Level::Street => 6,
            Level::Village => 9,
        };
        Some(&self.0[..digits])
    }

    /// Whether `other` is this division or lies inside it.
    pub fn contains(&self, other: &Self) -> bool {
        other.0.starts_with(&self.0)
    }
}

impl FromStr for DivisionCode {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError(text.to_owned());
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(bad());
        }
        // Official tables pad to six digits: 440400 is the city 4404, 440000 the province 44.
        let digits = match text.len() {
            6 if text.ends_with("0000") => &text[..2],
            6 if text.ends_with("00") => &text[..4],
            2 | 4 | 6 | 9 | 12 => text,
            _ => return Err(bad()),
        };
        if digits.starts_with('0') { Err(bad()) } else { Ok(Self(digits.to_owned())) }
    }
}

impl TryFrom<String> for DivisionCode {
    type Error = ParseError;
    fn try_from(text: String) -> Result<Self, ParseError> {
        text.parse()
    }
}

impl From<DivisionCode> for String {
    fn from(code: DivisionCode) -> Self {
        code.0
    }
}

impl fmt::Display for DivisionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_zeros_are_dropped_at_their_level() {
        for (text, code) in [("440000", "44"), ("440400", "4404"), ("440402", "440402"), ("440402001", "440402001")] {
            assert_eq!(text.parse::<DivisionCode>().unwrap().as_str(), code);
        }
        for text in ["", "4", "440", "04", "44040a", "4404020"] {
            assert!(text.parse::<DivisionCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_division_lies_in_each_of_its_parents() {
        let village: DivisionCode = "440402001001".parse().unwrap();
        let parents: Vec<_> = std::iter::successors(Some(village.clone()), DivisionCode::parent).collect();
        assert_eq!(
            parents.iter().map(DivisionCode::as_str).collect::<Vec<_>>(),
            ["440402001001", "440402001", "440402", "4404", "44"]
        );
        assert!(parents.iter().all(|parent| parent.contains(&village)));
        assert!(parents.iter().rev().map(DivisionCode::level).is_sorted());
    }
}

//! Citizen identity number (公民身份号码, GB 11643-1999).

use super::{CodeError, CodeKind, Problem, check_shape, prepare};
use crate::LocalDate;
use std::fmt;
use std::str::FromStr;

/// A citizen's identity number: 18 characters, check character right, birthday a date.
///
/// It shows itself masked, and cannot be written into JSON:
///
/// ```compile_fail
/// let number: xingjian_kernel::codes::CitizenId = "11010519491231002X".parse().unwrap();
/// serde_json::to_string(&number).unwrap();
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId(String);

/// Sex by the 17th digit: odd for men, even for women.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sex {
    /// 男.
    Male,
    /// 女.
    Female,
}

impl Sex {
    /// The word on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
        }
    }
}

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

impl CitizenId {
    /// Takes the number as it was deciphered from the store.
    pub fn from_secret(text: &str) -> Result<Self, CodeError> {
        text.parse()
    }

    /// The full number, for ciphering and for papers that the law wants it on. Nothing else may show it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Day of birth.
    pub fn birthday(&self) -> LocalDate {
        birthday(&self.0).expect("parsing checked the birthday")
    }

    /// Sex as registered.
    pub fn sex(&self) -> Sex {
        if (self.0.as_bytes()[16] - b'0').is_multiple_of(2) { Sex::Female } else { Sex::Male }
    }
}

/// Masked: `110105********002X`.
impl fmt::Display for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&mask(&self.0))
    }
}

impl fmt::Debug for CitizenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CitizenId({self})")
    }
}

impl FromStr for CitizenId {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let kind = CodeKind::Citizen;
        let text = prepare(kind, text)?;
        if text.len() == 15 && text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeError { kind, problem: Problem::FirstGeneration });
        }
        check_shape(kind, &text, 18, |at, c| c.is_ascii_digit() && (at, c) != (0, '0') || (at, c) == (17, 'X'))?;
        if birthday(&text).is_none() {
            return Err(CodeError { kind, problem: Problem::Birthday });
        }
        let expected = check_character(&text);
        if !text.ends_with(expected) {
            return Err(CodeError { kind, problem: Problem::Check { expected } });
        }
        Ok(Self(text))
    }
}

fn birthday(digits: &str) -> Option<LocalDate> {
    let date = LocalDate::new(digits[6..10].parse().ok()?, digits[10..12].parse().ok()?, digits[12..14].parse().ok()?);
    date.ok().filter(|date| date.year() >= 1800)
}

fn check_character(digits: &str) -> char {
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    char::from(CHECKS[(sum % 11) as usize])
}

/// The first 6 and the last 4 characters; of something too short to be a number only the beginning.
pub(super) fn mask(text: &str) -> String {
    let characters: Vec<char> = text.trim().chars().collect();
    let tail = if characters.len() > 14 { characters.len() - 4 } else { characters.len() };
    characters.iter().enumerate().map(|(at, c)| if (6..tail).contains(&at) { '*' } else { *c }).collect()
}

/// A text with every citizen number in it masked, whether its check character is right or not: what stands in the wrong
/// column is told as well.
pub fn covered(text: &str) -> String {
    let mut shown = text.to_owned();
    let run = |from: &str| from.bytes().take_while(u8::is_ascii_digit).count();
    let mut at = 0;
    while let Some(found) = shown[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + found;
        let digits = run(&shown[start..]);
        let end = start + if shown[start + digits..].starts_with(['X', 'x']) { digits + 1 } else { digits };
        if end - start == 18 && birthday(&shown[start..end]).is_some() {
            shown.replace_range(start..end, &mask(&shown[start..end]));
        }
        at = end;
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    const SAMPLE: &str = "11010519491231002X";

    #[test]
    fn a_citizen_number_is_covered_wherever_it_stands() {
        for (text, shown) in [
            (SAMPLE, "110105********002X"),
            ("证号11010519491231002x，电话13800000000", "证号110105********002x，电话13800000000"),
            ("110105194912310021；110105194912310021", "110105********0021；110105********0021"),
            ("911101085513850822", "911101085513850822"),
            ("1101051949123100210", "1101051949123100210"),
            ("PDY60001844040211A1001 甲", "PDY60001844040211A1001 甲"),
            ("", ""),
        ] {
            assert_eq!(covered(text), shown);
        }
    }

    #[test]
    fn the_sample_of_the_standard_passes() {
        let number: CitizenId = SAMPLE.to_lowercase().parse().unwrap();
        assert_eq!(number.reveal(), SAMPLE);
        assert_eq!((number.birthday(), number.sex()), (jiff::civil::date(1949, 12, 31), Sex::Female));
        assert_eq!(CitizenId::from_secret(number.reveal()), Ok(number));
    }

    #[test]
    fn it_shows_itself_masked() {
        let number: CitizenId = SAMPLE.parse().unwrap();
        assert_eq!(format!("{number} {number:?}"), "110105********002X CitizenId(110105********002X)");
    }

    #[test]
    fn any_other_character_at_any_place_fails() {
        for at in 0..18 {
            for other in ('0'..='9').chain(['X']).filter(|c| !SAMPLE[at..].starts_with(*c)) {
                let changed = format!("{}{other}{}", &SAMPLE[..at], &SAMPLE[at + 1..]);
                assert!(changed.parse::<CitizenId>().is_err(), "{changed}");
            }
        }
    }

    #[test]
    fn swapped_neighbours_fail() {
        for at in (0..17).filter(|at| SAMPLE.as_bytes()[*at] != SAMPLE.as_bytes()[at + 1]) {
            let mut swapped = SAMPLE.as_bytes().to_vec();
            swapped.swap(at, at + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            assert!(swapped.parse::<CitizenId>().is_err(), "{swapped}");
        }
    }

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&text.parse::<CitizenId>().unwrap_err().fault("证件号码", text).to_string());
    }

    #[test]
    fn faults_say_what_is_wrong_and_keep_the_number_masked() {
        check("", &expect!["证件号码：为空。对照居民身份证核对18位号码"]);
        check(
            "1.10105E+17",
            &expect![
                "证件号码：“1.1010*****”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"
            ],
        );
        check(
            "110105491231002",
            &expect!["证件号码：“110105*****1002”是15位旧号码，自2013年1月1日起停止使用。填写现行18位公民身份号码"],
        );
        check(
            "1101051949123100",
            &expect!["证件号码：“110105******3100”应为18位，现为16位。对照居民身份证核对18位号码"],
        );
        check(
            "11010519490230002X",
            &expect!["证件号码：“110105********002X”第7至14位不是有效的出生日期。对照居民身份证核对18位号码"],
        );
        check(
            "110105194912310021",
            &expect!["证件号码：“110105********0021”校验码不符，按前面各位计算应为“X”。对照居民身份证核对18位号码"],
        );
        check(
            "1101O519491231002X",
            &expect!["证件号码：“1101O5********002X”第5位不能是“O”。对照居民身份证核对18位号码"],
        );
    }

    proptest! {
        #[test]
        fn parsing_and_masking_never_panic(text in any::<String>()) {
            if let Err(error) = text.parse::<CitizenId>() {
                error.fault("证件号码", &text);
            }
        }
    }
}

//! Unified social credit code (统一社会信用代码, GB 32100-2015) with the organisation code in it (GB 11714-1997).

use super::{CodeError, CodeKind, Problem, check_shape, open_code, prepare};
use crate::DivisionCode;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// A unified social credit code: 18 characters, both check characters right.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CreditCode(String);

open_code!(CreditCode);

/// GB 32100 table 2: no I, O, S, V, Z.
const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
/// 3 to the power of the position, modulo 31.
const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
const ORGANISATION_WEIGHTS: [u32; 8] = [3, 7, 9, 10, 5, 8, 4, 2];

impl CreditCode {
    /// The organisation code inside: 9 characters.
    pub fn organisation_code(&self) -> &str {
        &self.0[8..17]
    }

    /// Where it was registered; `None` where the six digits name no division (`100000`, the State).
    pub fn division(&self) -> Option<DivisionCode> {
        self.0[2..8].parse().ok()
    }

    /// The registering administration: `1` establishment, `5` civil affairs, `9` market, `A` the army.
    pub fn registrar(&self) -> char {
        self.0.chars().next().expect("the code has 18 characters")
    }
}

impl FromStr for CreditCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let kind = CodeKind::Credit;
        let text = prepare(kind, text)?;
        let allowed = |at, c: char| if (2..8).contains(&at) { c.is_ascii_digit() } else { ALPHABET.contains(c) };
        check_shape(kind, &text, 18, allowed)?;
        let expected = check_character(&text);
        if !text.ends_with(expected) {
            return Err(CodeError { kind, problem: Problem::Check { expected } });
        }
        let expected = organisation_check(&text[8..16]);
        if !text[..17].ends_with(expected) {
            return Err(CodeError { kind, problem: Problem::OrganisationCheck { expected } });
        }
        Ok(Self(text))
    }
}

/// (31 - sum mod 31) mod 31 over the first 17 characters.
fn check_character(code: &str) -> char {
    let value = |c| ALPHABET.find(c).expect("the shape was checked");
    let sum: usize = code.chars().zip(WEIGHTS).map(|(c, weight)| value(c) * weight).sum();
    ALPHABET.chars().nth((31 - sum % 31) % 31).expect("a remainder of 31 is below 31")
}

/// 11 - sum mod 11 over 8 characters; 10 is written X, 11 is written 0.
fn organisation_check(body: &str) -> char {
    let value = |c: char| c.to_digit(36).expect("the shape was checked");
    let sum: u32 = body.chars().zip(ORGANISATION_WEIGHTS).map(|(c, weight)| value(c) * weight).sum();
    match 11 - sum % 11 {
        10 => 'X',
        11 => '0',
        digit => char::from_digit(digit, 10).expect("1 to 9 is a digit"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    const SAMPLES: [&str; 5] =
        ["91230500MA1B3N1N2M", "11500242322384326D", "91110108551385082Q", "91330106673959654P", "91440300708461136T"];

    #[test]
    fn published_codes_pass() {
        for code in SAMPLES {
            assert_eq!(code.parse::<CreditCode>().unwrap().as_str(), code);
            assert_eq!(format!(" {} ", code.to_lowercase()).parse::<CreditCode>().unwrap().as_str(), code);
        }
    }

    #[test]
    fn any_other_character_at_any_place_fails() {
        for code in SAMPLES {
            for at in 0..18 {
                for other in ('0'..='9').chain('A'..='Z').filter(|c| !code[at..].starts_with(*c)) {
                    let changed = format!("{}{other}{}", &code[..at], &code[at + 1..]);
                    assert!(changed.parse::<CreditCode>().is_err(), "{changed}");
                }
            }
        }
    }

    #[test]
    fn the_parts_are_told() {
        let code: CreditCode = SAMPLES[1].parse().unwrap();
        assert_eq!((code.registrar(), code.organisation_code()), ('1', "322384326"));
        assert_eq!(code.division().unwrap().as_str(), "500242");
        assert_eq!(serde_json::to_string(&code).unwrap(), r#""11500242322384326D""#);
        assert!(serde_json::from_str::<CreditCode>(r#""11500242322384326E""#).is_err());
    }

    #[test]
    fn the_army_is_let_through() {
        let body = format!("A2110000{}{}", "12345678", organisation_check("12345678"));
        let code: CreditCode = format!("{body}{}", check_character(&body)).parse().unwrap();
        assert_eq!(code.registrar(), 'A');
    }

    fn check(text: &str, expected: &Expect) {
        expected.assert_eq(&text.parse::<CreditCode>().unwrap_err().fault("信用代码", text).to_string());
    }

    #[test]
    fn faults_say_what_is_wrong() {
        check("", &expect!["信用代码：为空。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z"]);
        check(
            "9.11E+17",
            &expect![
                "信用代码：“9.11E+17”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"
            ],
        );
        check(
            "9123050",
            &expect![
                "信用代码：“9123050”应为18位，现为7位。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z"
            ],
        );
        check(
            "91230500MA1B3N1O2M",
            &expect![
                "信用代码：“91230500MA1B3N1O2M”第16位不能是“O”。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z"
            ],
        );
        check(
            "9123050XMA1B3N1N2M",
            &expect![
                "信用代码：“9123050XMA1B3N1N2M”第8位不能是“X”。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z"
            ],
        );
        check(
            "91230500MA1B3N1N2A",
            &expect![
                "信用代码：“91230500MA1B3N1N2A”校验码不符，按前面各位计算应为“M”。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z"
            ],
        );
        let body = "91230500MA1B3N1N3";
        check(
            &format!("{body}{}", check_character(body)),
            &expect![
                "信用代码：“91230500MA1B3N1N3Q”第9至17位组织机构代码的校验码不符，第17位应为“2”。对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z"
            ],
        );
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = text.parse::<CreditCode>();
        }

        #[test]
        fn codes_made_by_the_rule_pass(head in "[159A][123]", division in "[1-9][0-9]{5}", body in "[0-9A-HJ-NPQRTUWXY]{8}") {
            let front = format!("{head}{division}{body}{}", organisation_check(&body));
            let code = format!("{front}{}", check_character(&front));
            prop_assert_eq!(code.parse::<CreditCode>().map(|c| c.to_string()), Ok(code));
        }
    }
}

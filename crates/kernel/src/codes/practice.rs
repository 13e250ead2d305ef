//! Numbers of licences and certificates of medical practice.
//!
//! Sources on their inner structure differ, so only length and characters are required; what the digits say is
//! offered where they follow the usual structure.

use super::{CodeError, CodeKind, Problem, check_characters, check_shape, open_code, prepare};
use crate::DivisionCode;
use serde::{Deserialize, Serialize};
use std::str::FromStr;

/// Registration number of a medical institution's licence (医疗机构执业许可证登记号): 1 to 23 digits, capital
/// letters and hyphens. WS 218 gives 22, or 23 with a hyphen; village clinics have old ones of 12.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LicenceNumber(String);

open_code!(LicenceNumber);

impl FromStr for LicenceNumber {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let kind = CodeKind::Licence;
        let text = prepare(kind, text)?;
        check_characters(kind, &text, |_, c| c.is_ascii_digit() || c.is_ascii_uppercase() || c == '-')?;
        if text.len() > 23 {
            return Err(CodeError { kind, problem: Problem::Length { given: text.len(), wanted: 23 } });
        }
        Ok(Self(text))
    }
}

/// Code of a physician's practising certificate (医师执业证书编码): 15 digits, usually level 1, category 2,
/// division 6, serial 6.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PhysicianCode(String);

open_code!(PhysicianCode);

/// Level of a physician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhysicianLevel {
    /// 执业医师.
    Practising,
    /// 执业助理医师.
    Assistant,
}

impl PhysicianLevel {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Practising => "执业医师",
            Self::Assistant => "执业助理医师",
        }
    }
}

/// Category of a physician.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PhysicianCategory {
    /// 临床.
    Clinical,
    /// 口腔.
    Dental,
    /// 公共卫生.
    PublicHealth,
    /// 中医, with 中西医结合 and 民族医.
    ChineseMedicine,
}

impl PhysicianCategory {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Clinical => "临床",
            Self::Dental => "口腔",
            Self::PublicHealth => "公共卫生",
            Self::ChineseMedicine => "中医",
        }
    }
}

impl PhysicianCode {
    /// Level by the first digit, where it says one.
    pub fn level(&self) -> Option<PhysicianLevel> {
        match &self.0[..1] {
            "1" => Some(PhysicianLevel::Practising),
            "2" => Some(PhysicianLevel::Assistant),
            _ => None,
        }
    }

    /// Category by digits 2 and 3, where they say one.
    pub fn category(&self) -> Option<PhysicianCategory> {
        match &self.0[1..3] {
            "10" => Some(PhysicianCategory::Clinical),
            "20" => Some(PhysicianCategory::Dental),
            "30" => Some(PhysicianCategory::PublicHealth),
            "40" | "41" | "42" | "43" => Some(PhysicianCategory::ChineseMedicine),
            _ => None,
        }
    }

    /// Division by digits 4 to 9, where they have the shape of one. Whether it exists is for the table to say.
    pub fn division(&self) -> Option<DivisionCode> {
        self.0[3..9].parse().ok()
    }
}

impl FromStr for PhysicianCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let text = prepare(CodeKind::Physician, text)?;
        check_shape(CodeKind::Physician, &text, 15, |_, c| c.is_ascii_digit())?;
        Ok(Self(text))
    }
}

/// Number of a nurse's practising certificate (护士执业证书编号): 12 digits, usually year 4, province 2, serial 6.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NurseCode(String);

open_code!(NurseCode);

impl FromStr for NurseCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        let text = prepare(CodeKind::Nurse, text)?;
        check_shape(CodeKind::Nurse, &text, 12, |_, c| c.is_ascii_digit())?;
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    #[test]
    fn a_physicians_code_tells_level_category_and_division() {
        let code: PhysicianCode = "110430122000123".parse().unwrap();
        assert_eq!(code.level().map(PhysicianLevel::label), Some("执业医师"));
        assert_eq!(code.category().map(PhysicianCategory::label), Some("临床"));
        assert_eq!(code.division(), "430122".parse().ok());
        let unusual: PhysicianCode = "999000000000123".parse().unwrap();
        assert_eq!((unusual.level(), unusual.category(), unusual.division()), (None, None, None));
    }

    #[test]
    fn licences_may_be_old_or_new() {
        for (text, number) in
            [("pdy12345-644040211a1001", "PDY12345-644040211A1001"), (" 430122000012 ", "430122000012"), ("1", "1")]
        {
            assert_eq!(text.parse::<LicenceNumber>().unwrap().as_str(), number);
        }
    }

    fn check<T: FromStr<Err = CodeError> + std::fmt::Debug>(text: &str, expected: &Expect) {
        expected.assert_eq(&text.parse::<T>().unwrap_err().fault("编号", text).to_string());
    }

    #[test]
    fn faults_say_what_is_wrong() {
        check::<LicenceNumber>(
            " ",
            &expect!["编号：“ ”为空。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符"],
        );
        check::<LicenceNumber>(
            "4.40E+17",
            &expect![
                "编号：“4.40E+17”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"
            ],
        );
        check::<LicenceNumber>(
            "粤卫12",
            &expect!["编号：“粤卫12”第1位不能是“粤”。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符"],
        );
        check::<LicenceNumber>(
            "PDY12345-644040211A10012",
            &expect![
                "编号：“PDY12345-644040211A10012”应不超过23位，现为24位。对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符"
            ],
        );
        check::<PhysicianCode>(
            "11043012200012",
            &expect!["编号：“11043012200012”应为15位，现为14位。对照医师执业证书核对15位数字编码"],
        );
        check::<PhysicianCode>(
            "11043012200012X",
            &expect!["编号：“11043012200012X”第15位不能是“X”。对照医师执业证书核对15位数字编码"],
        );
        check::<NurseCode>(
            "20194400001",
            &expect!["编号：“20194400001”应为12位，现为11位。对照护士执业证书核对12位数字编号"],
        );
        check::<NurseCode>(
            "2.01944E+11",
            &expect![
                "编号：“2.01944E+11”被电子表格转换成了数字，末尾各位已丢失。把该列单元格格式设为“文本”，重新填入完整代码后再导入"
            ],
        );
    }
}

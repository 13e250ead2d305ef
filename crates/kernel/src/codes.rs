//! National codes of legal persons, citizens, institutions and practitioners: parsed once, then known to be sound.
//!
//! Whether a code was really issued is not known here: only its shape and check digits are.

mod citizen;
mod credit;
mod practice;

pub use citizen::{CitizenId, Sex, covered};
pub use credit::CreditCode;
pub use practice::{LicenceNumber, NurseCode, PhysicianCategory, PhysicianCode, PhysicianLevel};

use crate::Fault;
use std::fmt;

/// Which code a text was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeKind {
    /// 统一社会信用代码.
    Credit,
    /// 公民身份号码.
    Citizen,
    /// 医疗机构执业许可证登记号.
    Licence,
    /// 医师执业证书编码.
    Physician,
    /// 护士执业证书编号.
    Nurse,
}

impl CodeKind {
    /// The name on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Credit => "统一社会信用代码",
            Self::Citizen => "公民身份号码",
            Self::Licence => "医疗机构登记号",
            Self::Physician => "医师执业证书编码",
            Self::Nurse => "护士执业证书编号",
        }
    }
}

/// What is told of a number that a spreadsheet cut, with its mend.
pub const SPREADSHEET_NUMBER: (&str, &str) =
    ("被电子表格转换成了数字，末尾各位已丢失", "把该列单元格格式设为“文本”，重新填入完整代码后再导入");

/// What is wrong with a code. Positions count characters from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing there.
    Empty,
    /// A spreadsheet showed the code as a number, `9.11E+17`, and its last digits are lost.
    SpreadsheetNumber,
    /// Other than the length wanted.
    Length {
        /// Characters given.
        given: usize,
        /// Characters wanted, the most where several are allowed.
        wanted: usize,
    },
    /// A character that cannot stand at its place.
    Character {
        /// Where.
        position: usize,
        /// What stands there.
        character: char,
    },
    /// The last character does not fit the others.
    Check {
        /// What it would have to be.
        expected: char,
    },
    /// The organisation code inside (GB 11714, characters 9 to 17) does not fit its own check character.
    OrganisationCheck {
        /// What the 17th character would have to be.
        expected: char,
    },
    /// Characters 7 to 14 are not a date.
    Birthday,
    /// A number of the first generation of identity cards, out of use since 2013-01-01.
    FirstGeneration,
}

/// Why a text is not such a code. Never holds the text itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeError {
    /// What it was read as.
    pub kind: CodeKind,
    /// What is wrong.
    pub problem: Problem,
}

impl std::error::Error for CodeError {}

impl fmt::Display for CodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.label(), self.reason())
    }
}

impl CodeError {
    /// Why it cannot be taken, to follow the value.
    pub fn reason(&self) -> String {
        match self.problem {
            Problem::Empty => "为空".into(),
            Problem::SpreadsheetNumber => SPREADSHEET_NUMBER.0.into(),
            Problem::Length { given, wanted } if self.kind == CodeKind::Licence => {
                format!("应不超过{wanted}位，现为{given}位")
            }
            Problem::Length { given, wanted } => format!("应为{wanted}位，现为{given}位"),
            Problem::Character { position, character } => format!("第{position}位不能是“{character}”"),
            Problem::Check { expected } => format!("校验码不符，按前面各位计算应为“{expected}”"),
            Problem::OrganisationCheck { expected } => {
                format!("第9至17位组织机构代码的校验码不符，第17位应为“{expected}”")
            }
            Problem::Birthday => "第7至14位不是有效的出生日期".into(),
            Problem::FirstGeneration => "是15位旧号码，自2013年1月1日起停止使用".into(),
        }
    }

    /// What to do about it.
    pub fn mend(&self) -> &'static str {
        match (self.problem, self.kind) {
            (Problem::SpreadsheetNumber, _) => SPREADSHEET_NUMBER.1,
            (Problem::FirstGeneration, _) => "填写现行18位公民身份号码",
            (_, CodeKind::Credit) => "对照营业执照或登记证书核对18位代码，字母中没有I、O、S、V、Z",
            (_, CodeKind::Citizen) => "对照居民身份证核对18位号码",
            (_, CodeKind::Licence) => "对照医疗机构执业许可证核对登记号，只含数字、大写字母和连字符",
            (_, CodeKind::Physician) => "对照医师执业证书核对15位数字编码",
            (_, CodeKind::Nurse) => "对照护士执业证书核对12位数字编号",
        }
    }

    /// The fault to show at `place`. A citizen's number is masked there.
    pub fn fault(&self, place: &str, value: &str) -> Fault {
        let shown = if self.kind == CodeKind::Citizen { citizen::mask(value) } else { value.to_owned() };
        Fault::new(place, &shown, self.reason(), self.mend())
    }
}

/// Trims and raises a text, and refuses what no code of any kind can be.
fn prepare(kind: CodeKind, text: &str) -> Result<String, CodeError> {
    let text = text.trim().to_ascii_uppercase();
    if text.is_empty() {
        return Err(CodeError { kind, problem: Problem::Empty });
    }
    if is_spreadsheet_number(&text) {
        return Err(CodeError { kind, problem: Problem::SpreadsheetNumber });
    }
    Ok(text)
}

/// Whether a text is a number as a spreadsheet shows one that is too long for it: `9.11E+17`.
pub fn is_spreadsheet_number(text: &str) -> bool {
    let text = text.trim().to_ascii_uppercase();
    let Some((mantissa, exponent)) = text.split_once("E+") else { return false };
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (whole, decimals) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    digits(exponent) && digits(whole) && digits(decimals)
}

/// Wants this length, and each character allowed at its place (counted from 0).
fn check_shape(kind: CodeKind, text: &str, length: usize, allowed: fn(usize, char) -> bool) -> Result<(), CodeError> {
    let given = text.chars().count();
    if given != length {
        return Err(CodeError { kind, problem: Problem::Length { given, wanted: length } });
    }
    check_characters(kind, text, allowed)
}

fn check_characters(kind: CodeKind, text: &str, allowed: fn(usize, char) -> bool) -> Result<(), CodeError> {
    match text.chars().enumerate().find(|(at, character)| !allowed(*at, *character)) {
        Some((at, character)) => Err(CodeError { kind, problem: Problem::Character { position: at + 1, character } }),
        None => Ok(()),
    }
}

/// The text, its conversions and its form in JSON, for a code that is not secret.
macro_rules! open_code {
    ($name:ident) => {
        impl $name {
            /// The code in upper case, without spaces.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl TryFrom<String> for $name {
            type Error = $crate::codes::CodeError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }
    };
}
use open_code;

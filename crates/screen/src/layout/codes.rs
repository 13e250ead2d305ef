//! Lists of values, and what a national item code looks like.

/// Values of a column: some as they are, some as families that cities extend by further digits.
#[derive(Clone, Copy, Debug)]
pub struct CodeList {
    /// Values.
    pub exact: &'static [&'static str],
    /// Beginnings of values; what follows are digits, up to six in all.
    pub families: &'static [&'static str],
}

impl CodeList {
    /// Whether a value is of the list.
    pub fn has(&self, value: &[u8]) -> bool {
        self.exact.iter().any(|known| known.as_bytes() == value)
            || (value.len() <= 6
                && value.iter().all(u8::is_ascii_digit)
                && self.families.iter().any(|family| value.starts_with(family.as_bytes())))
    }
}

/// 性别, GB/T 2261.1: 0 未知 and 9 未说明 are values, but no sex.
pub const SEXES: CodeList = CodeList { exact: &["0", "1", "2", "9"], families: &[] };

/// 证件类型: 01 is the citizen's identity card; of the others only the shape is looked at.
pub const CERTIFICATES: CodeList = CodeList { exact: &[], families: &["0", "1", "9"] };

/// 险种.
pub const INSURANCE: CodeList =
    CodeList { exact: &[], families: &["31", "32", "33", "34", "35", "36", "37", "39", "5"] };

/// 医院等级.
pub const LEVELS: CodeList = CodeList {
    exact: &["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12", "13", "14"],
    families: &[],
};

/// 医疗类别: the national two digits, which cities divide further.
pub const MEDICAL_TYPES: CodeList = CodeList {
    exact: &["120"],
    families: &[
        "11", "12", "13", "14", "15", "16", "17", "18", "19", "21", "22", "23", "24", "25", "26", "27", "28", "29",
        "41", "51", "52", "53", "71", "81", "91", "92", "93", "94", "95", "96", "97", "98", "99",
    ],
};

/// What is wrong with an item code that looks like a national one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemFault {
    /// Another number of characters: given, wanted.
    Length(usize, usize),
    /// Small letters.
    LowerCase,
    /// A spreadsheet made a number of it.
    SpreadsheetNumber,
    /// Spaces or characters that are in no code.
    Character,
}

/// Checks the structure of an item code. Codes that do not look like national ones are a region's or hospital's own and
/// are taken as they are.
pub fn item_fault(code: &[u8]) -> Option<ItemFault> {
    if is_spreadsheet_number(code) {
        return Some(ItemFault::SpreadsheetNumber);
    }
    if code.iter().any(|byte| byte.is_ascii_whitespace() || byte.is_ascii_control() || !byte.is_ascii()) {
        return Some(ItemFault::Character);
    }
    let wanted = item_length(code)?;
    if code.len() != wanted {
        return Some(ItemFault::Length(code.len(), wanted));
    }
    code.iter().any(u8::is_ascii_lowercase).then_some(ItemFault::LowerCase)
}

/// How many characters a code has that looks like a national one; none for the others.
pub fn item_length(code: &[u8]) -> Option<usize> {
    match code {
        [b'X' | b'x', rest @ ..] if is_class(rest) => Some(23),
        [b'Z' | b'z', rest @ ..] if is_class(rest) => Some(20),
        [b'0', b'0', rest @ ..] if (10..=16).contains(&rest.len()) && rest.iter().all(u8::is_ascii_digit) => Some(15),
        _ => None,
    }
}

/// The class behind the first letter of a drug: `A01AAA`.
fn is_class(rest: &[u8]) -> bool {
    rest.len() >= 6
        && rest[0].is_ascii_alphabetic()
        && rest[1..3].iter().all(u8::is_ascii_digit)
        && rest[3..6].iter().all(u8::is_ascii_alphabetic)
}

/// `1.10E+14`.
pub fn is_spreadsheet_number(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|byte| *byte == b'+') else { return false };
    let number = |part: &[u8]| !part.is_empty() && part.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    text[..at].split_last().is_some_and(|(e, head)| matches!(e, b'E' | b'e') && number(head)) && number(&text[at + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_extended_by_digits_only() {
        for good in ["11", "140104", "210104", "991702", "120", "41"] {
            assert!(MEDICAL_TYPES.has(good.as_bytes()), "{good}");
        }
        for bad in ["", "1", "14A1", "1401041", "61", "门诊"] {
            assert!(!MEDICAL_TYPES.has(bad.as_bytes()), "{bad}");
        }
        assert!(INSURANCE.has(b"390") && !INSURANCE.has(b"400"));
        assert!(LEVELS.has(b"02") && !LEVELS.has(b"2") && !LEVELS.has(b"15"));
    }

    #[test]
    fn national_item_codes_have_their_length() {
        for good in
            ["XA01AAA001A001010100001", "ZA01AAA0001010100001", "001101000010000", "A-17", "00123", "XRAY-CHEST"]
        {
            assert_eq!(item_fault(good.as_bytes()), None, "{good}");
        }
        for (bad, fault) in [
            ("XA01AAA001A0010101", ItemFault::Length(18, 23)),
            ("ZA01AAA00010101000012", ItemFault::Length(21, 20)),
            ("00110100001000", ItemFault::Length(14, 15)),
            ("xa01aaa001a001010100001", ItemFault::LowerCase),
            ("1.10E+14", ItemFault::SpreadsheetNumber),
            ("0011 0100", ItemFault::Character),
            ("血常规", ItemFault::Character),
        ] {
            assert_eq!(item_fault(bad.as_bytes()), Some(fault), "{bad}");
        }
    }
}

//! Numbers as sources write them, read from bytes into whole numbers of the smallest unit.

use crate::layout::is_spreadsheet_number;

/// Why a text is not such a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NumberFault {
    /// Other characters than digits, one sign and one point.
    Shape,
    /// More decimals than the unit has, and not only zeros.
    Decimals,
    /// More than 64 bits hold.
    TooLarge,
    /// `1.10E+14`.
    Spreadsheet,
}

/// Reads `-12.5` with so many digits behind the point: `-125` for one. Databases also write `.5`.
pub(super) fn decimal(text: &[u8], digits: u32) -> Result<i64, NumberFault> {
    let (negative, unsigned) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
    let (whole, decimals) = (&unsigned[..point], unsigned.get(point + 1..));
    if decimals.is_some_and(<[u8]>::is_empty) || (whole.is_empty() && decimals.is_none()) {
        return Err(shape(text));
    }
    let mut number = 0i64;
    for byte in whole {
        number =
            append(number, *byte).map_err(|fault| if fault == NumberFault::Shape { shape(text) } else { fault })?;
    }
    let decimals = decimals.unwrap_or_default();
    let (kept, beyond) = decimals.split_at(decimals.len().min(digits as usize));
    for byte in kept {
        number =
            append(number, *byte).map_err(|fault| if fault == NumberFault::Shape { shape(text) } else { fault })?;
    }
    for _ in kept.len()..digits as usize {
        number = number.checked_mul(10).ok_or(NumberFault::TooLarge)?;
    }
    if !beyond.iter().all(u8::is_ascii_digit) {
        return Err(shape(text));
    }
    if beyond.iter().any(|byte| *byte != b'0') {
        return Err(NumberFault::Decimals);
    }
    Ok(if negative { -number } else { number })
}

fn append(number: i64, byte: u8) -> Result<i64, NumberFault> {
    let digit = byte.wrapping_sub(b'0');
    if digit > 9 {
        return Err(NumberFault::Shape);
    }
    number.checked_mul(10).and_then(|number| number.checked_add(i64::from(digit))).ok_or(NumberFault::TooLarge)
}

fn shape(text: &[u8]) -> NumberFault {
    if is_spreadsheet_number(text) { NumberFault::Spreadsheet } else { NumberFault::Shape }
}

/// Quantity times price in fen, halves up: ten-thousandths times millionths of a yuan.
pub(super) fn product_fen(quantity: i64, price: i64) -> i128 {
    (i128::from(quantity) * i128::from(price) + 50_000_000).div_euclid(100_000_000)
}

/// Fen as yuan with two decimals.
pub(super) fn yuan(fen: i128) -> String {
    let (sign, magnitude) = (if fen < 0 { "-" } else { "" }, fen.unsigned_abs());
    format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_read_exactly() {
        for (text, digits, number) in [
            ("12.5", 2, 1250),
            ("-12.50", 2, -1250),
            ("+3", 4, 30_000),
            (".5", 2, 50),
            ("-.5", 2, -50),
            ("0", 2, 0),
            ("1.2300000", 2, 123),
            ("007", 0, 7),
            ("92233720368547758.07", 2, i64::MAX),
        ] {
            assert_eq!(decimal(text.as_bytes(), digits), Ok(number), "{text}");
        }
        for (text, fault) in [
            ("", NumberFault::Shape),
            ("-", NumberFault::Shape),
            (".", NumberFault::Shape),
            ("5.", NumberFault::Shape),
            ("1,234", NumberFault::Shape),
            ("1.2.3", NumberFault::Shape),
            ("１", NumberFault::Shape),
            ("1.234", NumberFault::Decimals),
            ("1.23E+5", NumberFault::Spreadsheet),
            ("92233720368547758.08", NumberFault::TooLarge),
            ("99999999999999999999", NumberFault::TooLarge),
        ] {
            assert_eq!(decimal(text.as_bytes(), 2), Err(fault), "{text}");
        }
    }

    #[test]
    fn products_are_rounded_half_up() {
        assert_eq!(product_fen(10_000, 5_000), 1); // 1 x 0.005
        assert_eq!(product_fen(10_000, 4_999), 0);
        assert_eq!(product_fen(-10_000, 5_000), 0); // -0.005 goes up
        assert_eq!(product_fen(25_000, 10_000_000), 2500);
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(fen in any::<i32>()) {
            prop_assert_eq!(decimal(yuan(i128::from(fen)).as_bytes(), 2), Ok(i64::from(fen)));
        }

        #[test]
        fn reading_never_panics(text in "[-+0-9.,eE]{0,24}", digits in 0..7u32) {
            let _ = decimal(text.as_bytes(), digits);
        }
    }
}

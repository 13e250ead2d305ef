//! What the C2SP texts write alike: base64 of RFC 4648 section 4 and decimals without leading zeroes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Base64 with padding.
pub(crate) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The bytes, if this is the one way to write them.
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// The number, if this is the one way to write it: digits only, no leading zero.
pub(crate) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok() } else { None }
}

/// Lines that end with a newline and are UTF-8, one after the other; what is left can be read as something else.
pub(crate) struct Lines<'a>(pub &'a [u8]);

impl<'a> Lines<'a> {
    /// The next line without its newline.
    pub(crate) fn next(&mut self) -> Option<&'a str> {
        let end = self.0.iter().position(|byte| *byte == b'\n')?;
        let line = std::str::from_utf8(&self.0[..end]).ok()?;
        self.0 = &self.0[end + 1..];
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_one_way() {
        let max = u64::MAX.to_string();
        for (text, number) in [("0", Some(0)), ("10", Some(10)), (max.as_str(), Some(u64::MAX))] {
            assert_eq!(decimal(text), number, "{text}");
        }
        for text in ["", "00", "01", "+1", "-0", " 1", "1 ", "1_0", "１", "18446744073709551616"] {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn bytes_are_written_in_one_way() {
        assert_eq!(from_base64("AQI="), Some(vec![1, 2]));
        for text in ["AQI", "AQJ=", "AQ I=", "AQI=\n", "AQI==", "_-8="] {
            assert_eq!(from_base64(text), None, "{text}");
        }
    }
}

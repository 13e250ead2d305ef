//! Character codings of text files: strict, with the place of a byte that cannot be decoded.

use encoding_rs::{DecoderResult, GB18030};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A coding of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Coding {
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// GB18030, and with it GBK and GB2312.
    #[serde(rename = "gb18030")]
    Gb18030,
}

impl Coding {
    /// As it is written.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Gb18030 => "GB18030",
        }
    }

    /// The coding of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
            "utf8" => Some(Self::Utf8),
            "gb18030" | "gbk" | "gb2312" => Some(Self::Gb18030),
            _ => None,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Utf8 => Self::Gb18030,
            Self::Gb18030 => Self::Utf8,
        }
    }

    /// Decodes strictly; else the place of the first byte that cannot be decoded.
    pub(super) fn decode(self, bytes: &[u8]) -> Result<Cow<'_, str>, usize> {
        match (self, std::str::from_utf8(bytes)) {
            (Self::Utf8, text) => text.map(Cow::Borrowed).map_err(|error| error.valid_up_to()),
            (Self::Gb18030, Ok(text)) if text.is_ascii() => Ok(Cow::Borrowed(text)),
            (Self::Gb18030, _) => decode_gb18030(bytes).map(Cow::Owned),
        }
    }
}

fn decode_gb18030(bytes: &[u8]) -> Result<String, usize> {
    let mut decoder = GB18030.new_decoder_without_bom_handling();
    // GB18030 gives at most three bytes of UTF-8 for two of its own, and four for four.
    let mut text = String::with_capacity(bytes.len() * 3 / 2 + 8);
    let (result, read) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    match result {
        DecoderResult::InputEmpty => Ok(text),
        DecoderResult::Malformed(length, after) => Err(read.saturating_sub(usize::from(length) + usize::from(after))),
        DecoderResult::OutputFull => unreachable!("the text has room for the longest decoding"),
    }
}

/// What the lines of a piece of text say about its coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guess {
    /// All ASCII: both codings are the same.
    Ascii,
    /// Most lines with other characters decode in this coding.
    Coding(Coding),
    /// Not even half of them decode in either.
    Neither,
}

/// Guesses the coding of a piece of text by its lines: one broken line does not change it.
pub(super) fn guess(text: &[u8]) -> Guess {
    if text.is_ascii() {
        return Guess::Ascii;
    }
    let lines = || text.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii());
    let decodes = |coding: Coding| lines().filter(|line| coding.decode(line).is_ok()).count();
    let all = lines().count();
    // UTF-8 first: GB18030 accepts much of it by chance, the other way round hardly ever happens.
    for coding in [Coding::Utf8, Coding::Gb18030] {
        if decodes(coding) * 2 > all {
            return Guess::Coding(coding);
        }
    }
    Guess::Neither
}

/// Whether a piece of text that was said to be in a coding is rather in the other: then the first byte that shows it.
pub(super) fn mislabelled(text: &[u8], said: Coding) -> Option<(usize, Coding)> {
    let other = said.other();
    (guess(text) == Guess::Coding(other)).then(|| (said.decode(text).err().unwrap_or(0), other))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gb(text: &str) -> Vec<u8> {
        GB18030.encode(text).0.into_owned()
    }

    #[test]
    fn decoding_is_strict_and_says_where() {
        assert_eq!(Coding::Gb18030.decode(&gb("内科，㐀𠀀")).unwrap(), "内科，㐀𠀀");
        assert_eq!(Coding::Utf8.decode("内科".as_bytes()).unwrap(), "内科");
        assert_eq!(Coding::Utf8.decode(&gb("a内科")), Err(1));
        let mut broken = gb("内科");
        broken.push(0xff);
        assert_eq!(Coding::Gb18030.decode(&broken), Err(4));
        let mut cut = gb("ab内科");
        cut.pop();
        assert_eq!(Coding::Gb18030.decode(&cut), Err(4));
        assert_eq!(Coding::Gb18030.decode(b"abc").unwrap(), "abc");
    }

    #[test]
    fn most_lines_decide() {
        assert_eq!(guess(b"a,b\n1,2\n"), Guess::Ascii);
        assert_eq!(guess("科室\n内科\n".as_bytes()), Guess::Coding(Coding::Utf8));
        assert_eq!(guess(&gb("科室\n内科\n")), Guess::Coding(Coding::Gb18030));
        let mut one_broken = "科室\n内科\n外科\n".as_bytes().to_vec();
        one_broken.extend([0xe5, 0x86, b'\n']);
        assert_eq!(guess(&one_broken), Guess::Coding(Coding::Utf8));
        assert_eq!(guess(&[0xff, b'\n', 0xfe]), Guess::Neither);
        assert_eq!(mislabelled(&gb("科室\n内科\n"), Coding::Utf8), Some((0, Coding::Gb18030)));
        assert_eq!(mislabelled(&one_broken, Coding::Utf8), None);
        assert_eq!(mislabelled("科室".as_bytes(), Coding::Gb18030), Some((0, Coding::Utf8)));
    }

    #[test]
    fn codings_have_their_usual_names() {
        for (name, coding) in [("UTF-8", Coding::Utf8), ("utf8", Coding::Utf8), ("GBK", Coding::Gb18030)] {
            assert_eq!(Coding::from_name(name), Some(coding));
        }
        assert_eq!(Coding::from_name("latin1"), None);
    }
}

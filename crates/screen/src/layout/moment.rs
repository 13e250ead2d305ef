//! Dates and times as sources write them, read from bytes.

use serde::{Deserialize, Serialize};

/// How a source writes dates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum DateFormat {
    /// Year first: `2026-01-31 08:30:00`, `2026/1/31 8:30`, `20260131`, `20260131083000`, `2026-01-31T08:30:00.000`.
    #[default]
    YearFirst,
    /// A pattern of `%Y %m %d %H %M %S` and the characters between them.
    Pattern(Vec<Token>),
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// One of `Y m d H M S`.
    Field(u8),
    /// A character as it is.
    Literal(u8),
}

impl TryFrom<String> for DateFormat {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Self::YearFirst);
        }
        let mut tokens = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            tokens.push(match (byte, byte == b'%') {
                (_, true) => match bytes.next() {
                    Some(field @ (b'Y' | b'm' | b'd' | b'H' | b'M' | b'S')) => Token::Field(field),
                    _ => return Err(format!("日期格式“{text}”只能用 %Y %m %d %H %M %S")),
                },
                (byte, false) => Token::Literal(byte),
            });
        }
        let has = |field| tokens.contains(&Token::Field(field));
        if has(b'Y') && has(b'm') && has(b'd') {
            Ok(Self::Pattern(tokens))
        } else {
            Err(format!("日期格式“{text}”缺少年、月或日"))
        }
    }
}

impl From<DateFormat> for String {
    fn from(format: DateFormat) -> Self {
        let DateFormat::Pattern(tokens) = format else { return "auto".into() };
        let mut text = Self::new();
        for token in tokens {
            match token {
                Token::Field(field) => text.extend(['%', char::from(field)]),
                Token::Literal(byte) => text.push(char::from(byte)),
            }
        }
        text
    }
}

impl DateFormat {
    /// Day from the Unix epoch, and milliseconds of the day where a time is written.
    pub fn read(&self, text: &[u8]) -> Option<(i32, Option<i32>)> {
        match self {
            Self::YearFirst => year_first(text),
            Self::Pattern(tokens) => by_pattern(tokens, text),
        }
    }
}

/// Takes digits from the front: at least `least`, at most `most`.
fn digits(text: &mut &[u8], least: usize, most: usize) -> Option<u32> {
    let count = text.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
    if count < least {
        return None;
    }
    let (number, rest) = text.split_at(count);
    *text = rest;
    Some(number.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0')))
}

fn year_first(text: &[u8]) -> Option<(i32, Option<i32>)> {
    if let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, rest @ ..] = text {
        // What nearly every source writes.
        let date = [*y1, *y2, *y3, *y4, *m1, *m2, *d1, *d2];
        if date.iter().all(u8::is_ascii_digit) {
            let number = |part: &[u8]| part.iter().fold(0, |sum, digit| sum * 10 + u32::from(digit - b'0'));
            return Some((day_of(number(&date[..4]), number(&date[4..6]), number(&date[6..]))?, clock(rest)?));
        }
    }
    let mut rest = text;
    let year = digits(&mut rest, 4, 4)?;
    if let Some(separator @ (b'-' | b'/' | b'.')) = rest.first() {
        let separator = &[*separator];
        rest = &rest[1..];
        let month = digits(&mut rest, 1, 2)?;
        rest = rest.strip_prefix(separator)?;
        let day = digits(&mut rest, 1, 2)?;
        return Some((day_of(year, month, day)?, clock(rest)?));
    }
    let (month, day) = (digits(&mut rest, 2, 2)?, digits(&mut rest, 2, 2)?);
    let day = day_of(year, month, day)?;
    if !matches!(rest.len(), 4 | 6) {
        return Some((day, clock(rest)?));
    }
    let (hour, minute) = (digits(&mut rest, 2, 2)?, digits(&mut rest, 2, 2)?);
    let second = if rest.is_empty() { 0 } else { digits(&mut rest, 2, 2)? };
    Some((day, Some(millis(hour, minute, second, 0)?)))
}

/// The time behind a date: nothing, or a space or `T` and the time. The outer `None` is a fault.
#[allow(clippy::option_option, reason = "no time is not a wrong time")]
fn clock(rest: &[u8]) -> Option<Option<i32>> {
    if rest.is_empty() {
        return Some(None);
    }
    let mut rest = rest.strip_prefix(b" ").or_else(|| rest.strip_prefix(b"T"))?;
    let hour = digits(&mut rest, 1, 2)?;
    rest = rest.strip_prefix(b":")?;
    let minute = digits(&mut rest, 2, 2)?;
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(b":") {
        rest = after;
        second = digits(&mut rest, 2, 2)?;
    }
    let mut fraction = 0;
    if let Some(after) = rest.strip_prefix(b".") {
        rest = after;
        let before = rest.len();
        let first = digits(&mut rest, 1, 3)?;
        fraction = first * 10u32.pow(u32::try_from(3 - (before - rest.len())).unwrap_or(0));
        digits(&mut rest, 0, 9)?;
    }
    if !rest.is_empty() {
        return None;
    }
    Some(Some(millis(hour, minute, second, fraction)?))
}

fn millis(hour: u32, minute: u32, second: u32, fraction: u32) -> Option<i32> {
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    i32::try_from(((hour * 60 + minute) * 60 + second) * 1000 + fraction).ok()
}

fn by_pattern(tokens: &[Token], text: &[u8]) -> Option<(i32, Option<i32>)> {
    let mut rest = text;
    let (mut date, mut time) = ([0; 3], [0; 3]);
    let mut timed = false;
    for token in tokens {
        match token {
            Token::Literal(byte) => rest = rest.strip_prefix(&[*byte])?,
            Token::Field(b'Y') => date[0] = digits(&mut rest, 4, 4)?,
            Token::Field(b'm') => date[1] = digits(&mut rest, 1, 2)?,
            Token::Field(b'd') => date[2] = digits(&mut rest, 1, 2)?,
            Token::Field(field) => {
                timed = true;
                let place = usize::from(*field == b'M') + 2 * usize::from(*field == b'S');
                time[place] = digits(&mut rest, 1, 2)?;
            }
        }
    }
    if !rest.is_empty() {
        return None;
    }
    let time = if timed { Some(millis(time[0], time[1], time[2], 0)?) } else { None };
    Some((day_of(date[0], date[1], date[2])?, time))
}

/// Days of a month.
pub const fn days_in_month(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar; none for a date that is not there.
pub fn day_of(year: u32, month: u32, day: u32) -> Option<i32> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) || !(1000..=9999).contains(&year) {
        return None;
    }
    // Years that begin in March, so that the day of the leap comes last.
    let year = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = 365 * year + year / 4 - year / 100 + year / 400 + of_year;
    i32::try_from(i64::from(days) - 719_468).ok()
}

/// Year, month and day of a day from 1970-01-01; none outside the years of four digits.
pub fn date_of(days: i32) -> Option<(u32, u32, u32)> {
    // Days from 0000-03-01, in eras of 400 years.
    let days = u32::try_from(i64::from(days) + 719_468).ok()?;
    let of_era = days % 146_097;
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + days / 146_097 * 400 + u32::from(month <= 2);
    (1000..=9999).contains(&year).then_some((year, month, day))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<(i32, Option<i32>)> {
        DateFormat::YearFirst.read(text.as_bytes())
    }

    const MORNING: i32 = (8 * 60 + 30) * 60_000;

    #[test]
    fn a_date_without_a_time_has_none() {
        let day = day_of(2026, 1, 31).unwrap();
        for text in ["2026-01-31", "2026/1/31", "20260131", "2026.01.31"] {
            assert_eq!(read(text), Some((day, None)), "{text}");
        }
        for text in [
            "2026-01-31 08:30:00",
            "2026-01-31 08:30",
            "2026-01-31T08:30:00.000",
            "2026/1/31 8:30",
            "20260131083000",
            "202601310830",
            "20260131 08:30:00",
        ] {
            assert_eq!(read(text), Some((day, Some(MORNING))), "{text}");
        }
        assert_eq!(read("2026-01-31 00:00:00"), Some((day, Some(0))));
        assert_eq!(read("2026-01-31 08:30:00.25"), Some((day, Some(MORNING + 250))));
        assert_eq!(read("2026-01-31 08:30:00.123456"), Some((day, Some(MORNING + 123))));
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-00-10",
            "2026-01-32",
            "31/01/2026",
            "2026-01-31 24:00:00",
            "2026-01-31 08:60",
            "2026-01-31 ",
            "2026-01-31x",
            "2026-1",
            "2026-01/31",
            "2026013",
            "202601310",
            "2026-01-31 8",
            "46053",
            "9999-99-99",
            "0000-00-00",
            "2026-01-31 08:30:00.",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(read("2024-02-29").is_some() && read("2000-02-29").is_some() && read("1900-02-29").is_none());
    }

    #[test]
    fn other_orders_have_a_pattern() {
        let american: DateFormat = "%m/%d/%Y".to_owned().try_into().unwrap();
        assert_eq!(american.read(b"1/31/2026"), Some((day_of(2026, 1, 31).unwrap(), None)));
        assert_eq!(american.read(b"31/1/2026"), None);
        let timed: DateFormat = "%d.%m.%Y %H:%M".to_owned().try_into().unwrap();
        assert_eq!(timed.read(b"31.01.2026 8:30"), Some((day_of(2026, 1, 31).unwrap(), Some(MORNING))));
        assert_eq!(String::from(timed), "%d.%m.%Y %H:%M");
        assert!(DateFormat::try_from("%d.%m".to_owned()).is_err());
        assert!(DateFormat::try_from("%j".to_owned()).is_err());
    }

    proptest! {
        #[test]
        fn days_are_those_of_the_calendar(days in -100_000..100_000i32) {
            let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(days));
            prop_assert_eq!(read(&date.to_string()), Some((days, None)));
            let parts = (date.year().unsigned_abs().into(), date.month().unsigned_abs().into(), date.day().unsigned_abs().into());
            prop_assert_eq!(date_of(days), Some(parts));
        }

        #[test]
        fn reading_never_panics(text in "[0-9:/. T-]{0,24}") {
            let _ = read(&text);
        }
    }
}

//! Instants and dates. Dates are those of mainland China (UTC+8 without daylight saving time).

use serde::{Deserialize, Serialize};
use std::fmt;

/// A calendar date of the Asia/Shanghai time zone.
pub type LocalDate = jiff::civil::Date;

const OFFSET_SECONDS: i32 = 8 * 3600;

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From microseconds since the Unix epoch.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// The instant of a local date and time of day.
    pub fn from_local(date: LocalDate, hour: i8, minute: i8) -> Self {
        let local = date.at(hour, minute, 0, 0);
        let offset = jiff::tz::Offset::from_seconds(OFFSET_SECONDS).expect("eight hours is a valid offset");
        let instant = offset.to_timestamp(local).expect("dates of this program lie within jiff's range");
        Self(instant.as_microsecond())
    }

    /// The local date of this instant.
    pub fn local_date(self) -> LocalDate {
        self.local().date()
    }

    /// This instant plus some seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0 + seconds * 1_000_000)
    }

    fn local(self) -> jiff::civil::DateTime {
        let offset = jiff::tz::Offset::from_seconds(OFFSET_SECONDS).expect("eight hours is a valid offset");
        let instant = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        offset.to_datetime(instant)
    }
}

/// `2026-11-21 14:03:07`, local time.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.local();
        write!(f, "{} {:02}:{:02}:{:02}", local.date(), local.hour(), local.minute(), local.second())
    }
}

/// `2026-11-21T14:03:07+08:00`, the way programs write instants (RFC 3339).
pub fn rfc3339(at: Timestamp) -> String {
    format!("{}+08:00", at.to_string().replacen(' ', "T", 1))
}

/// A date some days later (or earlier, for a negative number).
pub fn plus_days(date: LocalDate, days: i32) -> LocalDate {
    date.saturating_add(jiff::Span::new().days(days))
}

/// `2026年11月21日`, the way dates are written in official text.
pub fn chinese(date: LocalDate) -> String {
    format!("{}年{}月{}日", date.year(), date.month(), date.day())
}

/// `周六`.
pub fn weekday(date: LocalDate) -> &'static str {
    ["周一", "周二", "周三", "周四", "周五", "周六", "周日"]
        [usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn an_evening_in_utc_is_the_next_day_in_china() {
        let late = Timestamp::from_micros(1_795_284_000_000_000); // 2026-11-21T18:00:00Z
        assert_eq!(late.local_date(), date(2026, 11, 22));
        assert_eq!(late.to_string(), "2026-11-22 02:00:00");
        assert_eq!(Timestamp::from_local(date(2026, 11, 22), 2, 0), late);
    }

    #[test]
    fn dates_read_as_an_official_writes_them() {
        assert_eq!(chinese(date(2026, 11, 21)), "2026年11月21日");
        assert_eq!(weekday(date(2026, 11, 21)), "周六");
        assert_eq!(rfc3339(Timestamp::from_local(date(2026, 11, 21), 14, 3)), "2026-11-21T14:03:00+08:00");
    }
}

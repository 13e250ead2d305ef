//! Date arithmetic in whole months, the way cycles of points and of grades are counted.

use jiff::Span;
use xingjian_kernel::LocalDate;

/// The same day `months` later; the last day of the month where that day does not exist.
pub fn after(date: LocalDate, months: u16) -> LocalDate {
    date.saturating_add(Span::new().months(i64::from(months)))
}

/// The same day `months` earlier; the last day of the month where that day does not exist.
pub fn before(date: LocalDate, months: u16) -> LocalDate {
    date.saturating_sub(Span::new().months(i64::from(months)))
}

//! Terms and deadlines by the official calendar of holidays and moved working days (调休).
//!
//! The first day does not count; a last day on a holiday moves to the next working day. This holds for terms in
//! natural days, months and years as well as for those in working days. Which of the two a term of the law means is
//! not decided here: 行政处罚法第85条 makes its 2, 3, 5 and 7 days working days, and leaves 15, 60 and 90 natural.

use crate::{Fault, LocalDate};
use jiff::{ToSpan, civil::Weekday};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What a term counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// 工作日: days that are neither weekend nor holiday, and weekend days made working days.
    WorkingDays,
    /// 日（自然日）.
    NaturalDays,
    /// 月: ends on the same day number, or on the last day of a month that is too short.
    Months,
    /// 年: the same, a number of years on.
    Years,
}

impl Unit {
    /// The unit as it follows a number on screen.
    pub const fn label(self) -> &'static str {
        match self {
            Self::WorkingDays => "个工作日",
            Self::NaturalDays => "日",
            Self::Months => "个月",
            Self::Years => "年",
        }
    }
}

/// A length of time as a law states it: `5 个工作日`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Term {
    /// How many.
    pub count: u16,
    /// Of what.
    pub unit: Unit,
}

impl Term {
    /// A term of so many of a unit.
    pub const fn new(count: u16, unit: Unit) -> Self {
        Self { count, unit }
    }

    /// A term in working days.
    pub const fn working_days(count: u16) -> Self {
        Self::new(count, Unit::WorkingDays)
    }

    /// A term in natural days.
    pub const fn natural_days(count: u16) -> Self {
        Self::new(count, Unit::NaturalDays)
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.count, self.unit.label())
    }
}

/// When something has to be done at the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Deadline {
    /// The day that sets the term off; it is not counted.
    pub from: LocalDate,
    /// The last day on which it is still in time.
    pub due: LocalDate,
    /// Whether it rests on years whose official calendar is not known, where only weekends were taken as free.
    pub estimated: bool,
}

impl Deadline {
    /// Natural days from `today` to the last day: 0 on the last day, negative when it is late.
    pub fn days_left(&self, today: LocalDate) -> i32 {
        days_between(today, self.due)
    }

    /// Working days after `today` up to the last day: 0 on the last day, negative when it is late.
    pub fn working_days_left(&self, today: LocalDate, calendar: &WorkCalendar) -> i32 {
        calendar.working_days_between(today, self.due)
    }

    /// Whether the last day has passed.
    pub fn is_late(&self, today: LocalDate) -> bool {
        today > self.due
    }
}

/// Which days are working days.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkCalendar {
    days: BTreeMap<LocalDate, Day>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Day {
    off: bool,
    name: String,
}

impl WorkCalendar {
    /// A calendar of these days: date, whether it is free (否则为调休上班), and name of the holiday.
    pub fn new(entries: impl IntoIterator<Item = (LocalDate, bool, String)>) -> Self {
        Self { days: entries.into_iter().map(|(date, off, name)| (date, Day { off, name })).collect() }
    }

    /// Knows weekends only; every deadline is an estimate.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The calendar this program was built with: `refdata/calendar.tsv`.
    pub fn official() -> Self {
        Self::parse(include_str!("../../../refdata/calendar.tsv")).expect("a test reads the table we ship")
    }

    /// Reads a table of lines `date <tab> off|work <tab> name`, below a header; `#` starts a remark.
    pub fn parse(tsv: &str) -> Result<Self, Vec<Fault>> {
        let mut days = BTreeMap::new();
        let mut faults = vec![];
        for (line, text) in data_lines(tsv) {
            let mut fault = |reason: &str| {
                let mend = "按“日期、off 或 work、名称”三列填写，用制表符分隔，日期形如 2026-01-01，每天一行";
                faults.push(Fault::new(format!("工作日历第{line}行"), text, reason, mend));
            };
            let [date, kind, name] = text.split('\t').collect::<Vec<_>>()[..] else {
                fault("不是三列");
                continue;
            };
            let Ok(date) = date.parse::<LocalDate>() else {
                fault("日期无法识别");
                continue;
            };
            let off = match kind {
                "off" => true,
                "work" => false,
                _ => {
                    fault("第二列既不是 off 也不是 work");
                    continue;
                }
            };
            if days.insert(date, Day { off, name: name.to_owned() }).is_some() {
                fault("日期重复");
            }
        }
        if faults.is_empty() { Ok(Self { days }) } else { Err(faults) }
    }

    /// Whether the official calendar of this year is known. It is when the table holds 1 January: a holiday every
    /// year, whereas single days of the turn of the year may come with the notice for a neighbouring year.
    pub fn covers(&self, year: i16) -> bool {
        LocalDate::new(year, 1, 1).is_ok_and(|new_year| self.days.contains_key(&new_year))
    }

    /// Whether people work on this day.
    pub fn is_working_day(&self, date: LocalDate) -> bool {
        match self.days.get(&date) {
            Some(day) => !day.off,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        }
    }

    /// The holiday this day belongs to, also where it is a working day because of it.
    pub fn holiday(&self, date: LocalDate) -> Option<&str> {
        self.days.get(&date).map(|day| day.name.as_str())
    }

    /// The end of a term that `from` sets off.
    pub fn deadline(&self, from: LocalDate, term: Term) -> Deadline {
        let count = i64::from(term.count);
        let last = match term.unit {
            Unit::WorkingDays => self.nth_working_day(from, term.count),
            Unit::NaturalDays => from.saturating_add(count.days()),
            Unit::Months => from.saturating_add(count.months()),
            Unit::Years => from.saturating_add(count.years()),
        };
        let due = self.working_day_from(last);
        // Every day of a term in working days rests on the calendar; of a natural one only its end does.
        let first = if term.unit == Unit::WorkingDays { from.tomorrow().unwrap_or(from) } else { last };
        let estimated = (first.year()..=due.year()).any(|year| !self.covers(year));
        Deadline { from, due, estimated }
    }

    /// Working days after `from` up to and including `to`; negative where `to` is earlier.
    pub fn working_days_between(&self, from: LocalDate, to: LocalDate) -> i32 {
        if to < from {
            return -self.working_days_between(to, from);
        }
        let days = std::iter::successors(from.tomorrow().ok(), |day| day.tomorrow().ok()).take_while(|day| *day <= to);
        days.filter(|day| self.is_working_day(*day)).map(|_| 1).sum()
    }

    /// This day, or the first working day after it.
    pub fn working_day_from(&self, date: LocalDate) -> LocalDate {
        let mut days = std::iter::successors(Some(date), |day| day.tomorrow().ok());
        days.find(|day| self.is_working_day(*day)).unwrap_or(LocalDate::MAX)
    }

    fn nth_working_day(&self, from: LocalDate, count: u16) -> LocalDate {
        let Some(before) = count.checked_sub(1) else { return from };
        let mut days = std::iter::successors(from.tomorrow().ok(), |day| day.tomorrow().ok());
        let mut working = days.by_ref().filter(|day| self.is_working_day(*day));
        working.nth(usize::from(before)).unwrap_or(LocalDate::MAX)
    }
}

/// Natural days from one date to another, negative where the second is earlier.
pub fn days_between(from: LocalDate, to: LocalDate) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

/// The lines of a table of `refdata` with their numbers: no remarks, no blank lines, no header.
pub(crate) fn data_lines(tsv: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = tsv.lines().enumerate().map(|(index, line)| (index + 1, line.trim_end_matches('\r')));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).skip(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn the_official_calendar_has_the_notices_of_the_state_council() {
        let calendar = WorkCalendar::official();
        for (year, off, moved) in [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)] {
            let of_year = || calendar.days.iter().filter(|(date, _)| date.year() == year);
            let counted = (of_year().filter(|(_, day)| day.off).count(), of_year().filter(|(_, day)| !day.off).count());
            assert_eq!(counted, (off, moved), "{year}");
            assert!(calendar.covers(year));
        }
        assert!(!calendar.covers(2023) && !calendar.covers(2027));
        assert_eq!(calendar.holiday(date(2026, 2, 14)), Some("春节"));
    }

    /// T3.
    #[test]
    fn moved_weekends_are_working_days_and_holidays_are_not() {
        let calendar = WorkCalendar::official();
        for (month, day, working) in
            [(2, 14, true), (2, 28, true), (5, 9, true), (10, 10, true), (5, 1, false), (5, 5, false), (5, 10, false)]
        {
            assert_eq!(calendar.is_working_day(date(2026, month, day)), working, "{month}-{day}");
        }
    }

    fn due(from: LocalDate, count: u16, unit: Unit) -> String {
        let deadline = WorkCalendar::official().deadline(from, Term::new(count, unit));
        assert_eq!(deadline.from, from);
        format!("{}{}", deadline.due, if deadline.estimated { " estimated" } else { "" })
    }

    /// T4.
    #[test]
    fn working_days_are_counted_across_holidays() {
        assert_eq!(due(date(2026, 4, 30), 5, Unit::WorkingDays), "2026-05-11");
        assert_eq!(due(date(2026, 2, 13), 7, Unit::WorkingDays), "2026-03-02");
        assert_eq!(due(date(2026, 9, 30), 3, Unit::WorkingDays), "2026-10-10");
        assert_eq!(due(date(2026, 9, 30), 20, Unit::WorkingDays), "2026-11-03");
        assert_eq!(due(date(2026, 12, 30), 2, Unit::WorkingDays), "2027-01-01 estimated");
        assert_eq!(due(date(2026, 12, 30), 1, Unit::WorkingDays), "2026-12-31");
        assert_eq!(due(date(2026, 5, 9), 0, Unit::WorkingDays), "2026-05-09");
    }

    /// T7: 15 days to pay are natural; the last day moves off a holiday.
    #[test]
    fn natural_days_count_holidays_but_do_not_end_on_one() {
        assert_eq!(due(date(2026, 6, 1), 15, Unit::NaturalDays), "2026-06-16");
        assert_eq!(due(date(2026, 9, 18), 15, Unit::NaturalDays), "2026-10-08");
        assert_eq!(due(date(2026, 1, 30), 15, Unit::NaturalDays), "2026-02-14");
        assert_eq!(due(date(2026, 12, 18), 15, Unit::NaturalDays), "2027-01-04 estimated");
    }

    #[test]
    fn months_and_years_end_on_the_same_day_number_or_the_last() {
        assert_eq!(due(date(2026, 6, 16), 1, Unit::Months), "2026-07-16");
        assert_eq!(due(date(2026, 3, 31), 3, Unit::Months), "2026-06-30");
        assert_eq!(due(date(2025, 1, 31), 1, Unit::Months), "2025-02-28");
        assert_eq!(due(date(2024, 2, 29), 2, Unit::Years), "2026-02-28");
        assert_eq!(due(date(2026, 4, 1), 1, Unit::Months), "2026-05-06");
        assert_eq!(due(date(2022, 6, 15), 4, Unit::Years), "2026-06-15");
        assert_eq!(due(date(2026, 6, 15), 5, Unit::Years), "2031-06-16 estimated");
    }

    #[test]
    fn days_left_turn_negative_when_late() {
        let calendar = WorkCalendar::official();
        let deadline = calendar.deadline(date(2026, 4, 30), Term::working_days(5));
        let left =
            |today| (deadline.days_left(today), deadline.working_days_left(today, &calendar), deadline.is_late(today));
        assert_eq!(left(date(2026, 4, 30)), (11, 5, false));
        assert_eq!(left(date(2026, 5, 11)), (0, 0, false));
        assert_eq!(left(date(2026, 5, 13)), (-2, -2, true));
        assert_eq!(deadline.days_left(date(2025, 5, 11)), 365);
    }

    #[test]
    fn terms_read_as_in_a_law_and_as_in_a_policy_file() {
        assert_eq!(Term::working_days(5).to_string(), "5个工作日");
        assert_eq!(Term::new(3, Unit::Years).to_string(), "3年");
        let json = r#"{"count":15,"unit":"natural_days"}"#;
        assert_eq!(serde_json::to_string(&Term::natural_days(15)).unwrap(), json);
        assert_eq!(serde_json::from_str::<Term>(json).unwrap(), Term::natural_days(15));
    }

    #[test]
    fn the_end_of_time_is_reached_not_passed() {
        let calendar = WorkCalendar::empty();
        for unit in [Unit::WorkingDays, Unit::NaturalDays, Unit::Months, Unit::Years] {
            assert_eq!(calendar.deadline(LocalDate::MAX, Term::new(9, unit)).due, LocalDate::MAX);
        }
    }

    fn check(table: &str, expected: &Expect) {
        let faults = WorkCalendar::parse(table).unwrap_err();
        expected.assert_eq(&faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn all_faults_of_a_table_are_told_at_once() {
        check(
            "date\tkind\tname\n2026-01-01\toff\t元旦\n2026-01-01\toff\t元旦\n2026-02-30\toff\t春节\n2026-05-01\tfree\t劳动节\n5月1日",
            &expect![[r#"
                工作日历第3行：“2026-01-01□off□元旦”日期重复。按“日期、off 或 work、名称”三列填写，用制表符分隔，日期形如 2026-01-01，每天一行
                工作日历第4行：“2026-02-30□off□春节”日期无法识别。按“日期、off 或 work、名称”三列填写，用制表符分隔，日期形如 2026-01-01，每天一行
                工作日历第5行：“2026-05-01□free□劳动节”第二列既不是 off 也不是 work。按“日期、off 或 work、名称”三列填写，用制表符分隔，日期形如 2026-01-01，每天一行
                工作日历第6行：“5月1日”不是三列。按“日期、off 或 work、名称”三列填写，用制表符分隔，日期形如 2026-01-01，每天一行"#]],
        );
    }

    fn any_date() -> impl Strategy<Value = LocalDate> {
        (0..1500i64).prop_map(|days| date(2023, 6, 1).saturating_add(days.days()))
    }

    proptest! {
        #[test]
        fn a_deadline_is_a_working_day_and_counting_back_gives_the_term(from in any_date(), count in 1..300u16) {
            let calendar = WorkCalendar::official();
            let deadline = calendar.deadline(from, Term::working_days(count));
            prop_assert!(calendar.is_working_day(deadline.due));
            prop_assert_eq!(calendar.working_days_between(from, deadline.due), i32::from(count));
            prop_assert_eq!(calendar.working_days_between(deadline.due, from), -i32::from(count));
        }

        #[test]
        fn a_natural_term_ends_on_the_first_working_day_from_its_last(from in any_date(), count in 0..400u16) {
            let calendar = WorkCalendar::official();
            let due = calendar.deadline(from, Term::natural_days(count)).due;
            let last = from.saturating_add(i64::from(count).days());
            prop_assert!(due >= last && calendar.is_working_day(due));
            prop_assert_eq!(calendar.working_days_between(last, due), i32::from(!calendar.is_working_day(last)));
        }

        #[test]
        fn without_a_calendar_all_is_estimated(from in any_date(), count in 1..50u16) {
            prop_assert!(WorkCalendar::empty().deadline(from, Term::working_days(count)).estimated);
            prop_assert!(WorkCalendar::empty().deadline(from, Term::natural_days(count)).estimated);
        }
    }
}

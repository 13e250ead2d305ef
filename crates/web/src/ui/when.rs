use xingjian_kernel::time::{chinese, weekday};
use xingjian_kernel::{LocalDate, Timestamp, WorkCalendar};
use xingjian_store::figures::KEPT;

/// A due date as a list shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// `今天`, `还有3个工作日`, `逾期2天`.
    pub relative: String,
    /// `2026-11-27 周五`.
    pub date: String,
    /// `late`, `soon` or `fine`.
    pub tone: &'static str,
}

/// How far away a due date is.
pub fn due(date: LocalDate, today: LocalDate, calendar: &WorkCalendar) -> Due {
    let days = xingjian_kernel::calendar::days_between(today, date);
    let working = calendar.working_days_between(today, date);
    let (relative, tone) = match days {
        0 => ("今天到期".to_owned(), "soon"),
        1 => ("明天到期".to_owned(), "soon"),
        n if n < 0 => (format!("逾期{}天", -n), "late"),
        n if working <= 3 => (format!("还有{n}天（{working}个工作日）"), "soon"),
        n => (format!("还有{n}天（{working}个工作日）"), "fine"),
    };
    Due { relative, date: format!("{date} {}", weekday(date)), tone }
}

/// As of when figures were counted, in words: they are kept for a while.
pub fn as_of(at: Timestamp) -> String {
    format!("截至{at}，每{}分钟重新统计。", KEPT.as_secs() / 60)
}

/// `2026年11月21日（周六）`.
pub fn long_date(date: LocalDate) -> String {
    format!("{}（{}）", chinese(date), weekday(date))
}

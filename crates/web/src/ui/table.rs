use super::{Badge, Due};
use serde::Deserialize;
use xingjian_kernel::Fen;

/// A cell: what it is decides how it looks on a page and what it becomes in a spreadsheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text, a second line, and where it leads.
    Text {
        /// The first line.
        text: String,
        /// The second line, or none.
        note: String,
        /// Where it leads.
        url: Option<String>,
    },
    /// A code, never read as a number.
    Code(String),
    /// How many.
    Count(u64),
    /// How much, in yuan.
    Money(Fen),
    /// A state.
    State(Badge),
    /// A term.
    Due(Due),
    /// Nothing, and which kind of nothing: `无数据`, `尚未复核`.
    Missing(&'static str),
}

impl Cell {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into(), note: String::new(), url: None }
    }

    /// Text that leads somewhere.
    pub fn link(text: impl Into<String>, url: impl Into<String>) -> Self {
        Self::Text { text: text.into(), note: String::new(), url: Some(url.into()) }
    }

    /// Text that may be missing.
    pub fn known(text: Option<&str>) -> Self {
        text.map_or(Self::Missing("无数据"), Self::text)
    }

    /// With a second line.
    #[must_use]
    pub fn note(self, line: impl Into<String>) -> Self {
        match self {
            Self::Text { text, url, .. } => Self::Text { text, note: line.into(), url },
            other => other,
        }
    }

    /// Whether it stands to the right.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Count(_) | Self::Money(_))
    }

    /// As text alone.
    pub fn plain(&self) -> String {
        match self {
            Self::Text { text, note, .. } if note.is_empty() => text.clone(),
            Self::Text { text, note, .. } => format!("{text}（{note}）"),
            Self::Code(code) => code.clone(),
            Self::State(badge) => badge.label.clone(),
            Self::Due(due) => format!("{}（{}）", due.date, due.relative),
            Self::Missing(why) => (*why).to_owned(),
            Self::Count(_) | Self::Money(_) => self.figure(),
        }
    }

    /// A number as people read it.
    pub fn figure(&self) -> String {
        match self {
            Self::Count(count) => grouped(*count),
            Self::Money(amount) => amount.to_string(),
            _ => String::new(),
        }
    }
}

/// What the address of a page with tables may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// Page of the long table, from 1.
    pub page: usize,
    /// A sentence about what was just done.
    pub done: String,
}

/// A table that is shown on a page and written to a spreadsheet alike.
#[derive(Clone, Debug)]
pub struct Table {
    /// Name on the page, for links.
    pub id: &'static str,
    /// Heading, and name of the sheet.
    pub title: String,
    /// A sentence below the heading.
    pub note: String,
    /// Headings of the columns.
    pub columns: Vec<&'static str>,
    /// Rows.
    pub rows: Vec<Vec<Cell>>,
    /// What it means that there are none.
    pub empty: &'static str,
    /// Where more of it stands: label and address.
    pub more: Vec<(String, String)>,
}

impl Table {
    /// A table without rows.
    pub fn new(id: &'static str, title: impl Into<String>, columns: &[&'static str]) -> Self {
        Self {
            id,
            title: title.into(),
            note: String::new(),
            columns: columns.to_vec(),
            rows: vec![],
            empty: "没有记录。",
            more: vec![],
        }
    }

    /// With rows.
    #[must_use]
    pub fn rows(mut self, rows: impl IntoIterator<Item = Vec<Cell>>) -> Self {
        self.rows = rows.into_iter().collect();
        self
    }

    /// With a sentence below the heading.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// With what it means that there are no rows.
    #[must_use]
    pub fn empty(mut self, empty: &'static str) -> Self {
        self.empty = empty;
        self
    }

    /// With a way to more of it.
    #[must_use]
    pub fn more(mut self, label: impl Into<String>, url: impl Into<String>) -> Self {
        self.more.push((label.into(), url.into()));
        self
    }

    /// Whether the heading of a column stands to the right, as its numbers do.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand arguments over by reference")]
    pub fn is_number(&self, column: &usize) -> bool {
        self.rows.iter().any(|row| row.get(*column).is_some_and(Cell::is_number))
    }

    /// The heading of a column.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand arguments over by reference")]
    pub fn heading(&self, column: &usize) -> &'static str {
        self.columns.get(*column).copied().unwrap_or_default()
    }

    /// One page of its rows, and the ways to the pages beside it. `link` is the address but for the number of the page.
    #[must_use]
    pub fn paged(mut self, page: usize, size: usize, link: &str) -> Self {
        let all = self.rows.len();
        let last = all.div_ceil(size).max(1);
        let page = page.clamp(1, last);
        if last > 1 {
            self.rows = self.rows.split_off((page - 1) * size);
            self.rows.truncate(size);
            self.note = format!("{}共{all}行，第{page}页，共{last}页。", self.note);
            self.more.extend(turns(page, last, link));
        }
        self
    }
}

/// The ways to the pages before and after one.
pub fn turns(page: usize, last: usize, link: &str) -> Vec<(String, String)> {
    let mut turns = vec![];
    if page > 1 {
        turns.push(("上一页".to_owned(), format!("{link}{}", page - 1)));
    }
    if page < last {
        turns.push(("下一页".to_owned(), format!("{link}{}", page + 1)));
    }
    turns
}

/// A count with separators: `1,234,567`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A part of a whole in hundredths of a percent, rounded down: `12.34%`; nothing where the whole is nothing.
pub fn percent(part: u64, whole: u64) -> Option<String> {
    let hundredths = u128::from(part) * 10_000 / std::num::NonZeroU128::new(u128::from(whole))?;
    Some(format!("{}.{:02}%", hundredths / 100, hundredths % 100))
}

/// A number with its denominator, period, source and comparison.
pub struct Figure {
    /// What is counted.
    pub label: &'static str,
    /// The number, with its unit.
    pub value: String,
    /// Denominator, period, source and comparison, a line each.
    pub lines: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_people_read_them() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(percent(1, 3).as_deref(), Some("33.33%"));
        assert_eq!(percent(7, 7).as_deref(), Some("100.00%"));
        assert_eq!(percent(0, 0), None);
    }

    #[test]
    fn a_page_of_a_table_says_which_one_it_is() {
        let table = Table::new("t", "表", &["数"]).rows((0..120).map(|n| vec![Cell::Count(n)]));
        let second = table.clone().paged(2, 50, "/x?page=");
        assert_eq!((second.rows.len(), &second.rows[0][0]), (50, &Cell::Count(50)));
        assert_eq!(second.more, [("上一页".to_owned(), "/x?page=1".to_owned()), ("下一页".into(), "/x?page=3".into())]);
        let beyond = table.paged(9, 50, "/x?page=");
        assert_eq!((beyond.rows.len(), beyond.note.as_str()), (20, "共120行，第3页，共3页。"));
        let short = Table::new("t", "表", &["数"]).rows([vec![Cell::Count(1)]]).paged(4, 50, "/x?page=");
        assert!(short.more.is_empty() && short.note.is_empty());
    }
}

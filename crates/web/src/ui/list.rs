use super::table::Cell;
use super::{Badge, Due};
use crate::form::{Given, encode};
use serde::Deserialize;
use xingjian_kernel::{Cursor, LocalDate};
use xingjian_store::{Filter, Order};

/// A matter of a list: what waits for somebody, in whose hands and until when.
pub struct Row {
    /// Where it leads.
    pub url: String,
    /// The first line.
    pub title: String,
    /// The second line.
    pub detail: String,
    /// State.
    pub state: Badge,
    /// Who owns it.
    pub owner: String,
    /// When the next act is due.
    pub due: Option<Due>,
}

impl Row {
    /// The cells of [`OWN`].
    pub fn cells(self) -> Vec<Cell> {
        vec![
            Cell::link(self.title, self.url).note(self.detail),
            Cell::State(self.state),
            Cell::text(self.owner),
            self.due.map_or(Cell::Missing("无期限"), Cell::Due),
        ]
    }

    /// The cells of [`MATTERS`].
    pub fn since(self, day: LocalDate) -> Vec<Cell> {
        let mut cells = self.cells();
        cells.insert(3, Cell::text(day.to_string()));
        cells
    }
}

/// A column of a list: what stands over it on the page, and in a spreadsheet.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Heading.
    pub name: &'static str,
    /// Heading of the second line of its cells, which a spreadsheet gives a column of its own.
    pub below: Option<&'static str>,
    /// The order in which its values stand, where an index has them in that order.
    pub order: Option<Order>,
    /// Stands in the spreadsheet alone: the page has no room for it.
    pub away: bool,
}

impl Column {
    /// A column of one line.
    pub const fn new(name: &'static str) -> Self {
        Self { name, below: None, order: None, away: false }
    }

    /// With a second line.
    #[must_use]
    pub const fn below(self, name: &'static str) -> Self {
        Self { below: Some(name), ..self }
    }

    /// In the spreadsheet alone.
    #[must_use]
    pub const fn away(self) -> Self {
        Self { away: true, ..self }
    }

    /// Which a list can be sorted by.
    #[must_use]
    pub const fn sorted(self, order: Order) -> Self {
        Self { order: Some(order), ..self }
    }
}

/// Columns of a list of matters.
pub const MATTERS: &[Column] = &[
    Column::new("事项").below("内容").sorted(Order::Title),
    Column::new("状态"),
    Column::new("承办"),
    Column::new("登记日期").sorted(Order::Newest),
    Column::new("期限").below("剩余时间").sorted(Order::Due),
];

/// Columns of a list of what concerns an institution.
pub const OWN: &[Column] = &[
    Column::new("事项").below("内容"),
    Column::new("状态"),
    Column::new("承办"),
    Column::new("期限").below("剩余时间"),
];

/// The name of an order in an address, and how it is said.
pub fn order_words(order: Order) -> (&'static str, &'static str) {
    match order {
        Order::Due => ("due", "先到期的在前"),
        Order::Newest => ("newest", "新的在前"),
        Order::Title => ("title", "按名称"),
    }
}

/// The first day of the month after that of a day.
pub fn next_month(day: LocalDate) -> LocalDate {
    let (year, month) = if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
    LocalDate::new(year, month, 1).unwrap_or(day)
}

/// A filter that is a link.
pub struct Chip {
    /// Text.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// Whether it is active.
    pub active: bool,
}

/// What the address of a list may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Query {
    /// Text to look for.
    pub q: String,
    /// One of the chips, or nothing for the first of them.
    pub show: String,
    /// One of the orders, or nothing for that of the list.
    pub sort: String,
    /// The month in which a record came to be, as `2026-05`.
    pub month: String,
    /// Cursor of the page.
    pub after: String,
    /// A sentence about what was just done.
    pub done: String,
}

impl Query {
    /// What a form asks for.
    pub fn of(given: &Given) -> Self {
        let text = |name: &str| given.text(name).to_owned();
        Self { q: text("q"), show: text("show"), sort: text("sort"), month: text("month"), ..Self::default() }
    }

    /// The filter it stands for: `open`, `all`, `ended` or a state.
    pub fn filter(&self, show: &str, order: Order) -> Filter {
        let (open, states) = match show {
            "" | "open" => (Some(true), vec![]),
            "all" => (None, vec![]),
            "ended" => (Some(false), vec![]),
            state => (None, vec![state.to_owned()]),
        };
        Filter {
            open,
            states,
            text: (!self.q.trim().is_empty()).then(|| self.q.trim().to_owned()),
            after: Cursor::decode(&self.after),
            order,
            ..Filter::default()
        }
    }

    /// The address of this list but for its path and its page.
    pub fn address(&self) -> String {
        let pairs = [("show", &self.show), ("q", &self.q), ("month", &self.month), ("sort", &self.sort)];
        let said = pairs.iter().filter(|(_, value)| !value.trim().is_empty());
        said.map(|(name, value)| format!("{name}={}", encode(value.trim()))).collect::<Vec<_>>().join("&")
    }

    /// The address of this list on another page.
    pub fn page(&self, path: &str, after: Option<&Cursor>) -> String {
        let mut address = self.address();
        if let Some(after) = after {
            let join = if address.is_empty() { "" } else { "&" };
            address = format!("{address}{join}after={}", encode(&after.encode()));
        }
        if address.is_empty() { path.to_owned() } else { format!("{path}?{address}") }
    }

    /// The same with another chip.
    #[must_use]
    pub fn showing(&self, show: &str) -> Self {
        Self { show: show.to_owned(), after: String::new(), ..self.clone() }
    }

    /// The same in another order.
    #[must_use]
    pub fn sorted(&self, sort: &str) -> Self {
        Self { sort: sort.to_owned(), after: String::new(), ..self.clone() }
    }

    /// The same of every month.
    #[must_use]
    pub fn of_every_month(&self) -> Self {
        Self { month: String::new(), after: String::new(), ..self.clone() }
    }

    /// The month that is asked for: its first day and that of the next.
    pub fn month(&self) -> Option<(LocalDate, LocalDate)> {
        // Years of more digits can be read, and lie before or after every instant there is.
        let first: LocalDate = format!("{}-01", self.month).parse().ok().filter(|_| self.month.len() == 7)?;
        Some((first, next_month(first)))
    }

    /// The same without a text to look for.
    #[must_use]
    pub fn without_text(&self) -> Self {
        Self { q: String::new(), after: String::new(), ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_only_what_was_asked_for() {
        let query = Query { q: " 演示 甲&乙 ".into(), show: "all".into(), ..Query::default() };
        let next = Cursor { key: "2026-11-21".into(), id: "x".into() };
        let q = "q=%E6%BC%94%E7%A4%BA+%E7%94%B2%26%E4%B9%99";
        assert_eq!(query.page("/desk/x", None), format!("/desk/x?show=all&{q}"));
        assert_eq!(
            query.sorted("due").page("/desk/x", Some(&next)),
            format!("/desk/x?show=all&{q}&sort=due&after=2026-11-21%7Ex")
        );
        assert_eq!(Query::default().page("/desk/x", None), "/desk/x");
        assert_eq!(Query::default().page("/desk/x", Some(&next)), "/desk/x?after=2026-11-21%7Ex");
        let may = Query { month: "2026-12".into(), ..Query::default() };
        assert_eq!(may.page("/desk/x", None), "/desk/x?month=2026-12");
        assert_eq!(
            may.month().map(|(from, to)| (from.to_string(), to.to_string())),
            Some(("2026-12-01".into(), "2027-01-01".into()))
        );
        for none in ["2026-13", "-009999-01", "+002026-01", "2026-1", "五月"] {
            assert_eq!(Query { month: none.into(), ..Query::default() }.month(), None, "{none}");
        }
        assert_eq!(query.without_text().showing("").page("/desk/x", None), "/desk/x");
    }
}

//! Lists. What a resource says of its list is said once, here: its page and its spreadsheet show the same rows, in the
//! same order, narrowed by the same filters and the same scope.

mod book;
mod saved;
mod sheet;

pub use book::Book;
pub use saved::routes as saved_routes;
pub use sheet::Away;

use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, grouped};
use crate::ui::{Chip, Column, Layout, MATTERS, Query, Row, order_words};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use saved::Saved;
use std::marker::PhantomData;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{LocalDate, Page, Timestamp};
use xingjian_registry::saved_filter;
use xingjian_store::records::COUNTED;
use xingjian_store::{Failure, Filter, Order, Record, Stored};

/// Chips of a list of matters that stand before its states.
const MATTER_CHIPS: [(&str, &str); 4] = [("open", "未办结"), (OVERDUE, "已逾期"), ("all", "全部"), ("ended", "已办结")];
/// The chip of what is still to be done although its term is over.
pub const OVERDUE: &str = "overdue";

/// What a page says around its rows.
#[derive(Default)]
pub struct Around {
    /// A sentence above the rows.
    pub note: String,
    /// What an empty list means and what to do.
    pub empty: &'static str,
    /// Something to begin from here: label and address.
    pub begin: Option<(&'static str, String)>,
}

impl Around {
    /// Only what an empty list means.
    pub fn empty(text: &'static str) -> Self {
        Self { empty: text, ..Self::default() }
    }

    /// With a sentence above the rows.
    #[must_use]
    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: note.into(), ..self }
    }

    /// With something to begin, where the caller may.
    #[must_use]
    pub fn begin(self, may: bool, label: &'static str, url: impl Into<String>) -> Self {
        Self { begin: may.then(|| (label, url.into())), ..self }
    }
}

/// The list of one resource: what differs is said, the rest is the same everywhere.
pub trait Listing: Sized + 'static {
    /// What it lists.
    type Item: Send + Sync;
    /// Its path, also its place in the menu.
    const PATH: &'static str;
    /// Where its spreadsheet is asked for.
    const EXCEL: &'static str;
    /// Heading, and name of the spreadsheet.
    const TITLE: &'static str;
    /// What is counted: `家`, `人`.
    const UNIT: &'static str = "条";
    /// What can be looked for.
    const PLACEHOLDER: &'static str = "按名称、编号查找";
    /// Columns, the name that leads to the file first.
    const COLUMNS: &'static [Column] = MATTERS;
    /// Whether it can be narrowed to the month in which records came to be.
    const BY_MONTH: bool = false;
    /// The order where nobody asks for another.
    const ORDER: Order = Order::Due;

    /// Values and labels of the chips. The first holds where none is chosen.
    fn chips() -> Vec<(&'static str, &'static str)> {
        MATTER_CHIPS.to_vec()
    }

    /// What the page says around the rows.
    fn around(web: &Web, caller: &Caller) -> Around;

    /// What a chip stands for.
    fn narrowed(query: &Query, show: &str, order: Order) -> Filter {
        query.filter(show, order)
    }

    /// The rows of a page that the caller may see.
    fn find(caller: &Caller, filter: &Filter) -> impl Future<Output = Listed<Self::Item>> + Send;

    /// The cells of these rows.
    fn rows(web: &Web, caller: &Caller, found: &[Stored<Self::Item>]) -> impl Future<Output = Cells> + Send;
}

/// A page of rows.
pub type Listed<T> = Result<Page<Stored<T>>, Failure>;
/// Rows as cells, one for each column.
pub type Cells = Result<Vec<Vec<Cell>>, Failure>;

/// The page of a list and its spreadsheet.
pub fn routes<L: Listing>(callers: Callers) -> Vec<Route> {
    vec![Route::get(L::PATH, callers, show::<L>), Route::post(L::EXCEL, callers, export::<L>)]
}

/// Chips of a list of matters with these states.
pub fn matter_chips(states: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    MATTER_CHIPS.iter().chain(states).copied().collect()
}

/// Rows of a list of matters, each with the day on which it came to be.
pub fn matters<T: Record>(found: &[Stored<T>], row: impl Fn(&Stored<T>) -> Row) -> Vec<Vec<Cell>> {
    found.iter().map(|stored| row(stored).since(stored.head().created_at.local_date())).collect()
}

/// Everything on one page, for a list that is short by its nature.
pub fn whole<T>(rows: Vec<T>) -> Page<T> {
    Page { total: rows.len() as u64, rows, next: None }
}

/// How many rows a list has; it does not count on where they are too many.
pub fn number(total: u64) -> String {
    if total > COUNTED { format!("超过 {}", grouped(COUNTED)) } else { grouped(total) }
}

/// What is asked of one list, with what it does not know left out.
struct Asked<L> {
    query: Query,
    show: &'static str,
    show_label: &'static str,
    order: Order,
    today: LocalDate,
    list: PhantomData<fn() -> L>,
}

impl<L: Listing> Asked<L> {
    fn of(mut query: Query, today: LocalDate) -> Self {
        let chips = L::chips();
        let default = chips.first().copied().unwrap_or(("all", ""));
        let (show, show_label) = chips.iter().copied().find(|(value, _)| *value == query.show).unwrap_or(default);
        let orders = L::COLUMNS.iter().filter_map(|column| column.order);
        let order = orders.into_iter().find(|order| order_words(*order).0 == query.sort).unwrap_or(L::ORDER);
        if show == default.0 {
            query.show.clear();
        }
        if order == L::ORDER {
            query.sort.clear();
        }
        if !L::BY_MONTH || query.month().is_none() {
            query.month.clear();
        }
        Self { query, show, show_label, order, today, list: PhantomData }
    }

    fn filter(&self) -> Filter {
        let mut filter = L::narrowed(&self.query, self.show, self.order);
        if self.show == OVERDUE {
            filter = Filter { open: Some(true), states: vec![], due_until: Some(plus_days(self.today, -1)), ..filter };
        }
        let begin = |day| Timestamp::from_local(day, 0, 0);
        filter.created = self.query.month().map(|(from, before)| (begin(from), begin(before)));
        filter
    }

    /// The month that it is narrowed to, in words.
    fn month(&self) -> Option<String> {
        self.query.month().map(|(first, _)| format!("{}年{}月登记", first.year(), first.month()))
    }

    /// What narrows the list beyond how it opens, and its address without that.
    fn narrowing(&self) -> Vec<(String, String)> {
        let mut all = vec![];
        if !self.query.show.is_empty() {
            all.push((self.show_label.to_owned(), self.query.showing("").page(L::PATH, None)));
        }
        if !self.query.q.trim().is_empty() {
            all.push((format!("查找“{}”", self.query.q.trim()), self.query.without_text().page(L::PATH, None)));
        }
        if let Some(month) = self.month() {
            all.push((month, self.query.of_every_month().page(L::PATH, None)));
        }
        if !self.query.sort.is_empty() {
            all.push((order_words(self.order).1.to_owned(), self.query.sorted("").page(L::PATH, None)));
        }
        all
    }

    /// The same in words, for a spreadsheet.
    fn words(&self) -> String {
        let text = self.query.q.trim();
        let text = if text.is_empty() { String::new() } else { format!("查找“{text}”") };
        let order = order_words(self.order).1.to_owned();
        let words = [self.show_label.to_owned(), text, self.month().unwrap_or_default(), order];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("，")
    }
}

/// A heading of a list.
struct Heading {
    name: &'static str,
    /// Where the list stands in this order, and whether it does now.
    sort: Option<(String, bool)>,
    /// How `aria-sort` calls the order.
    direction: &'static str,
}

#[derive(Template)]
#[template(path = "list.html")]
struct ListPage {
    layout: Layout,
    title: &'static str,
    count: String,
    path: &'static str,
    excel: &'static str,
    placeholder: &'static str,
    query: Query,
    chips: Vec<Chip>,
    /// What narrows the list, and its address without that.
    narrowing: Vec<(String, String)>,
    /// What the caller keeps under a name.
    saved: Vec<Saved>,
    /// Where what is shown now is kept under a name.
    save: Option<String>,
    around: Around,
    headings: Vec<Heading>,
    rows: Vec<Vec<Cell>>,
    next: Option<String>,
}

impl ListPage {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand arguments over by reference")]
    fn heading(&self, column: &usize) -> &'static str {
        self.headings.get(*column).map_or("", |heading| heading.name)
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand arguments over by reference")]
    fn is_number(&self, column: &usize) -> bool {
        self.rows.iter().any(|row| row.get(*column).is_some_and(Cell::is_number))
    }
}

async fn show<L: Listing>(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    match page::<L>(&web, &caller, query).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn page<L: Listing>(web: &Web, caller: &Caller, query: Query) -> Result<ListPage, Failure> {
    let layout = Layout::of(web, caller, L::TITLE, L::PATH).done(Some(&query.done));
    let asked = Asked::<L>::of(query, web.app.clock.today());
    let found = L::find(caller, &asked.filter()).await?;
    let rows = L::rows(web, caller, &found.rows).await?;
    let query = &asked.query;
    let chip = |(value, label): &(&'static str, &'static str)| Chip {
        label: (*label).to_owned(),
        url: query.showing(value).page(L::PATH, None),
        active: *value == asked.show,
    };
    let heading = |column: &Column| Heading {
        name: column.name,
        sort: column.order.map(|order| (query.sorted(order_words(order).0).page(L::PATH, None), order == asked.order)),
        direction: if column.order == Some(Order::Newest) { "descending" } else { "ascending" },
    };
    // An institution has few rows and nothing to keep.
    let keeps = !layout.is_unit();
    let saved = if keeps { saved_filter::of(&caller.ctx, L::PATH).await? } else { vec![] };
    let narrowing = asked.narrowing();
    let now = query.address();
    Ok(ListPage {
        title: L::TITLE,
        count: format!("{} {}", number(found.total), L::UNIT),
        path: L::PATH,
        excel: L::EXCEL,
        placeholder: L::PLACEHOLDER,
        chips: L::chips().iter().map(chip).collect(),
        save: (keeps && !narrowing.is_empty() && saved.iter().all(|saved| saved.query != now))
            .then(|| saved::new_address(L::PATH, query)),
        narrowing,
        saved: saved.iter().map(|saved| Saved::of(saved, &now)).collect(),
        around: L::around(web, caller),
        headings: L::COLUMNS.iter().filter(|column| !column.away).map(heading).collect(),
        rows: rows.into_iter().map(on_page::<L>).collect(),
        next: found.next.map(|next| query.page(L::PATH, Some(&next))),
        query: asked.query,
        layout,
    })
}

/// The cells that a page has room for.
fn on_page<L: Listing>(cells: Vec<Cell>) -> Vec<Cell> {
    cells.into_iter().zip(L::COLUMNS).filter(|(_, column)| !column.away).map(|(cell, _)| cell).collect()
}

/// The whole list as it is shown, as a spreadsheet; who took it is written down before it is handed out.
async fn export<L: Listing>(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let asked = Asked::<L>::of(Query::of(&given), web.app.clock.today());
    match sheet::of::<L>(&web, &caller, &asked).await {
        Ok(response) => response,
        Err(failure) => errors::failure(&web, &failure),
    }
}

//! The list of one resource: what differs is said, the rest is the same everywhere.

use crate::app::Web;
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::ui::{Layout, ListPage, Query, Row};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_store::{Order, Record, Stored, records};

/// What the list of one resource says of itself.
pub struct Shelf<'a> {
    /// Its path, also its place in the menu.
    pub path: &'static str,
    /// Heading.
    pub title: &'static str,
    /// States that are chips: value and label.
    pub states: &'a [(&'a str, &'a str)],
    /// What an empty list means and what to do.
    pub empty: &'static str,
    /// Something to begin from here: label and address.
    pub begin: Option<(&'static str, String)>,
}

impl Shelf<'_> {
    /// The list of what the caller may see, by due date.
    pub async fn list<T: Record>(
        self,
        web: &Web,
        caller: &Caller,
        query: Query,
        row: impl Fn(&Stored<T>) -> Row,
    ) -> Response {
        let found = match records::list::<T>(&caller.ctx, &query.filter(Order::Due)).await {
            Ok(found) => found,
            Err(failure) => return errors::failure(web, &failure),
        };
        let page = ListPage {
            layout: Layout::of(web, caller, self.title, self.path).done(Some(&query.done)),
            title: self.title.into(),
            path: self.path.into(),
            chips: query.chips(self.path, self.states),
            rows: found.rows.iter().map(row).collect(),
            total: found.total,
            next: found.next.map(|next| query.link(self.path, &query.show, Some(&next))),
            empty: self.empty.into(),
            begin: self.begin.map(|(label, url)| (label.to_owned(), url)),
            query,
        };
        html(StatusCode::OK, &page)
    }
}

//! The tables of a page as a workbook, a sheet for each.

use crate::app::Web;
use crate::errors;
use crate::guard::Caller;
use crate::ui::excel;
use crate::ui::table::Table;
use axum::response::Response;
use xingjian_registry::export::{self, Taken};
use xingjian_store::Failure;

/// What somebody takes away.
pub struct Book<'a> {
    /// What it is, as the log names it.
    pub title: &'a str,
    /// Of what.
    pub of: &'a str,
    /// Where the figures come from.
    pub source: &'a str,
    /// The list, and what sums it up.
    pub tables: &'a [Table],
    /// There is more than one takes.
    pub cut: bool,
}

impl Book<'_> {
    /// Hands it out, after it was written down that somebody takes it.
    pub async fn carry(&self, web: &Web, caller: &Caller) -> Response {
        match self.carried(web, caller).await {
            Ok(response) => response,
            Err(failure) => errors::failure(web, &failure),
        }
    }

    async fn carried(&self, web: &Web, caller: &Caller) -> Result<Response, Failure> {
        let bytes = excel::workbook(self.source, web.app.clock.today(), self.tables).map_err(excel::failed)?;
        let rows = self.tables.first().map_or(0, |list| list.rows.len() as u64);
        export::record(&caller.ctx, &Taken { list: self.title, filters: self.of, rows, cut: self.cut }).await?;
        Ok(excel::attachment(&format!("{}_{}", self.title, self.of), bytes))
    }
}

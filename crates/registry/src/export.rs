//! Exports: which list somebody took away as a spreadsheet, narrowed how, and how many rows. What was in it is not kept.

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::ExportId;
use xingjian_kernel::{DepartmentId, DivisionCode, Sensitivity, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Head, Record, Table, records, tables};

/// An export.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Export {
    /// The id.
    pub id: ExportId,
    /// Name of the list.
    pub list: String,
    /// What it was narrowed to, in Chinese.
    pub filters: String,
    /// Rows that were taken.
    pub rows: u64,
    /// There were more than one export takes.
    pub cut: bool,
    /// Who took them.
    pub by: String,
    /// Division.
    pub division: DivisionCode,
    /// Department of who took them.
    pub department: DepartmentId,
    /// When.
    pub created_at: Timestamp,
}

impl Record for Export {
    const TABLE: Table = tables::EXPORT;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: "done",
            owner: None,
            due: None,
            number: None,
            title: self.list.clone(),
            search: format!("{} {} {}", self.list, self.by, self.filters),
            created_at: self.created_at,
        }
    }
}

/// What is taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken<'a> {
    /// Name of the list.
    pub list: &'a str,
    /// What it was narrowed to, in Chinese.
    pub filters: &'a str,
    /// Rows.
    pub rows: u64,
    /// There were more than one export takes.
    pub cut: bool,
}

/// Writes down that somebody takes a list away; nobody is handed the file before this.
pub async fn record(ctx: &Ctx, taken: &Taken<'_>) -> Result<(), Failure> {
    let export = Export {
        id: ctx.new_id(),
        list: taken.list.to_owned(),
        filters: taken.filters.to_owned(),
        rows: taken.rows,
        cut: taken.cut,
        by: ctx.actor.name.clone(),
        division: ctx.policy().city.division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let more = if taken.cut { "，符合条件的不止这些" } else { "" };
    let event = Event::new("export.made", format!("导出“{}”{}行（{}{more}）", taken.list, taken.rows, taken.filters));
    let mut tx = ctx.begin().await?;
    records::insert(&mut tx, ctx, &export, event).await?;
    tx.commit().await?;
    Ok(())
}

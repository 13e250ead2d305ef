//! 统计: how many matters come in, how long they have, where they stand. Every figure is a table that is drawn as well, leads
//! to the list behind each row, and can be taken away.

mod figures;

use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::Away;
use crate::route::{Callers, Route};
use crate::ui::excel::{self, Sheet};
use crate::ui::table::{Cell, Table};
use crate::ui::{Chart, Column, Layout};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
pub use figures::{Stage, overdue};
use xingjian_kernel::Permission;
use xingjian_store::Failure;
use xingjian_store::figures::Counted;

const PATH: &str = "/desk/statistics";
/// Who works on something that is counted.
pub const READS: &[Permission] = &[
    Permission::AssignComplaint,
    Permission::HandleComplaint,
    Permission::CloseComplaint,
    Permission::SuperviseComplaint,
    Permission::ProposeInspection,
    Permission::ApproveInspection,
    Permission::Inspect,
    Permission::HandleCase,
    Permission::DecideCase,
    Permission::ReviewCase,
    Permission::SeeRegistry,
];
const READERS: Callers = Callers::Holding(READS);

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, READERS, show), Route::post("/desk/statistics/excel", READERS, export)]
}

#[derive(Template)]
#[template(path = "desk/statistics.html")]
struct StatisticsPage {
    layout: Layout,
    signs: &'static str,
    charts: Vec<Counted<Chart>>,
}

/// What stands for no number.
const SIGNS: &str = "“0”是确实没有；“无数据”是当时还没有使用本系统；“不适用”是该状态没有法定或者规定的期限。";

async fn show(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    match figures::all(&web, &caller).await {
        Ok(charts) => {
            let layout = Layout::of(&web, &caller, "统计", PATH);
            html(StatusCode::OK, &StatisticsPage { layout, signs: SIGNS, charts })
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

/// One figure as a spreadsheet; who took it is written down before it is handed out.
async fn export(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let taken = async {
        let charts = figures::all(&web, &caller).await?;
        let wanted = charts.into_iter().find(|chart| chart.table.id == given.text("figure"));
        sheet(&web, &caller, &wanted.ok_or(Failure::NotFound)?.table).await
    };
    match taken.await {
        Ok(response) => response,
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn sheet(web: &Web, caller: &Caller, table: &Table) -> Result<Response, Failure> {
    let rows = table.rows.len() as u64;
    let away = Away { title: &table.title, unit: "行", filters: "", total: rows };
    let columns: Vec<Column> = table.columns.iter().copied().map(Column::new).collect();
    let mut sheet = Sheet::new(&away.top(web, caller), &columns).map_err(excel::failed)?;
    for row in &table.rows {
        sheet.row(row).map_err(excel::failed)?;
    }
    away.carry(web, caller, rows, sheet).await
}

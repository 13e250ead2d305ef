//! What people see: the public portal, the desk and the unit portal, as server-rendered pages that work without
//! JavaScript. It decides nothing: every act is a use case of a room, every row comes in the caller's scope.

mod api;
mod app;
mod assets;
pub mod client;
pub mod cosigning;
pub mod delivering;
mod desk;
mod device;
mod errors;
mod form;
mod guard;
mod hits;
mod instalments;
mod listing;
pub mod oidc;
mod own;
mod paper;
mod password;
mod public;
mod route;
mod second_factor;
mod sign_in;
mod ui;
mod unit;
pub mod witness;

pub use app::{Web, router};
pub use public::visitor;
pub use route::{Callers, Route};
pub use sign_in::DEMO_PASSWORD;

use xingjian_kernel::LocalDate;
use xingjian_registry::account::Account;
use xingjian_store::{Ctx, Failure};

/// Every route with its callers, for the reviewed table.
pub fn routes() -> Vec<Route> {
    app::routes()
}

/// What waits for the caller, an institution or somebody at a desk, by due date.
async fn waiting(web: &Web, caller: &guard::Caller) -> Result<Vec<(Option<LocalDate>, ui::Row)>, Failure> {
    let is_unit = caller.account.subject.is_some();
    if is_unit { unit::waiting(web, caller).await } else { desk::waiting(web, caller).await }
}

/// What waits on the start page of an account: when it is due, and its line. By due date.
pub async fn waiting_for(web: &Web, account: Account) -> Result<Vec<(Option<LocalDate>, String)>, Failure> {
    let ctx = Ctx::new(&web.app, account.actor(), account.scope());
    let caller = guard::Caller { ctx, account, csrf: String::new() };
    let rows = waiting(web, &caller).await?;
    Ok(rows.into_iter().map(|(due, row)| (due, format!("{}（{}）", row.title, row.state.label))).collect())
}

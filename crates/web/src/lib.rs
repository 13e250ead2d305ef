//! What people see: the public portal, the desk and the unit portal, as server-rendered pages that work without
//! JavaScript. It decides nothing: every act is a use case of a room, every row comes in the caller's scope.

mod app;
mod assets;
mod desk;
mod errors;
mod form;
mod guard;
mod paper;
mod public;
mod route;
mod sign_in;
mod ui;
mod unit;

pub use app::{Web, router};
pub use public::visitor;
pub use route::{Callers, Route};
pub use sign_in::DEMO_PASSWORD;

/// Every route with its callers, for the reviewed table.
pub fn routes() -> Vec<Route> {
    app::routes()
}

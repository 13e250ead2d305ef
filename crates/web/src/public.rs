//! The public portal: complain, follow, look up, read what was published. No login, no JavaScript needed.

mod check;
mod complain;
mod draws;
mod follow;
mod inspection;
mod institutions;
mod log;
mod pace;
mod published;

pub use complain::{FormPage, ReceiptPage, form as complain_form, read as read_complaint};
pub use pace::Paces;

use crate::app::Web;
use crate::errors::html;
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use xingjian_kernel::{Actor, Scope, Sensitivity};
use xingjian_store::{App, Ctx};

pub fn routes() -> Vec<Route> {
    let mut routes = vec![Route::get("/", Callers::Public, home)];
    routes.extend(check::routes());
    routes.extend(complain::routes());
    routes.extend(follow::routes());
    routes.extend(inspection::routes());
    routes.extend(institutions::routes());
    routes.extend(draws::routes());
    routes.extend(published::routes());
    routes.extend(log::routes());
    routes
}

/// The public: sees only rows that may be published.
pub fn visitor(app: &Arc<App>) -> Ctx {
    let scope = Scope {
        divisions: vec![app.policy.city.division.clone()],
        department: None,
        sensitivity: Sensitivity::Public,
        subject: None,
    };
    Ctx::new(app, Actor::public(), scope)
}

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    layout: Layout,
}

async fn home(State(web): State<Web>) -> Response {
    html(StatusCode::OK, &HomePage { layout: Layout::bare(&web, "首页", Door::Public) })
}

//! The door for programs: `/api/v1`. One list of operations makes the routes, what they take, the description in OpenAPI and the reference page.

mod codes;
mod complaints;
mod credit;
mod draws;
mod imports;
mod institutions;
mod linkages;
mod openapi;
mod operation;
mod problem;
mod publications;
mod reference;
mod schema;
mod schemas;
mod serve;
mod signals;
#[cfg(test)]
mod tests;
mod webhooks;

use crate::app::Web;
use crate::route::{Callers, Route};
use axum::extract::{RawPathParams, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use operation::Operation;

/// Where every operation lies.
pub const ROOT: &str = "/api/v1";

/// Every operation, in the order of the reference.
fn operations() -> Vec<Operation> {
    [
        complaints::operations(),
        signals::operations(),
        institutions::operations(),
        imports::operations(),
        publications::operations(),
        draws::operations(),
        linkages::operations(),
        credit::operations(),
        webhooks::operations(),
        codes::operations(),
        openapi::operations(),
    ]
    .concat()
}

pub fn routes() -> Vec<Route> {
    let route = |operation: Operation| {
        let (method, path) = (operation.method, operation.path);
        let callers = operation.scope.map_or(Callers::Public, Callers::System);
        let handler = move |State(web): State<Web>, parameters: RawPathParams, request: Request| {
            serve::serve(operation.clone(), web, parameters, request)
        };
        match method {
            "POST" => Route::post(path, callers, handler),
            _ => Route::get(path, callers, handler),
        }
    };
    let mut routes = reference::routes();
    routes.extend(operations().into_iter().map(route));
    routes
}

/// Whatever goes wrong below `/api/` is told as a problem, also by the server itself.
pub async fn problems(request: Request, next: Next) -> Response {
    let ours = request.uri().path().starts_with("/api/");
    let answer = next.run(request).await;
    if ours { problem::instead_of(answer) } else { answer }
}

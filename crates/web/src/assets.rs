//! Style sheets and scripts, inside the binary, under names that carry their version.

use crate::app::Web;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;

/// What a browser compares before it runs the scripts of others.
pub const HTMX: &str = "sha256-1v3HXyBOa976mbab8ebUrGm4o2T3eSn0XBNHa0AA9xc=";
/// The same for the charts.
pub const ECHARTS: &str = "sha256-Xu9RvuCfucwjTEF5pYrgFQEm9J+IyZLv4ta8qB2N0Ds=";

const FILES: &[(&str, &str, &[u8])] = &[
    ("/assets/tabler-1.4.0.css", "text/css; charset=utf-8", include_bytes!("../assets/vendor/tabler.min.css")),
    ("/assets/htmx-2.0.11.js", "text/javascript; charset=utf-8", include_bytes!("../assets/vendor/htmx.min.js")),
    (
        "/assets/echarts-6.1.0.js",
        "text/javascript; charset=utf-8",
        include_bytes!("../assets/vendor/echarts.simple.min.js"),
    ),
    ("/assets/app.css", "text/css; charset=utf-8", include_bytes!("../assets/app.css")),
    ("/assets/check.css", "text/css; charset=utf-8", include_bytes!("../assets/check/check.css")),
    ("/assets/app.js", "text/javascript; charset=utf-8", include_bytes!("../assets/app.js")),
    ("/assets/charts.js", "text/javascript; charset=utf-8", include_bytes!("../assets/charts.js")),
];

/// Paths that carry a version may be kept for a year; our own for ten minutes.
pub fn router() -> Router<Web> {
    FILES.iter().fold(Router::new(), |router, (path, kind, bytes)| {
        let cache = if path.contains('-') { "public, max-age=31536000, immutable" } else { "public, max-age=600" };
        router.route(
            path,
            get(async move || {
                (StatusCode::OK, [(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, cache)], *bytes)
                    .into_response()
            }),
        )
    })
}

use crate::guard;
use crate::oidc::{self, Oidc};
use crate::route::Route;
use crate::{api, assets, desk, errors, own, password, public, second_factor, sign_in, unit};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware;
use axum::{Extension, Router};
use std::sync::Arc;
use tower::util::option_layer;
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use xingjian_exchange::quota::Meter;
use xingjian_exchange::webhook::Hosts;
use xingjian_store::App;

/// What handlers share.
#[derive(Clone)]
pub struct Web {
    /// The instance.
    pub app: Arc<App>,
    /// The instance holds demonstration data, and every page says so.
    pub demo: bool,
    /// Browsers reach it over https, through a proxy that ends TLS: the session cookie never goes over plain http.
    pub behind_tls: bool,
    /// Where webhooks may go.
    pub webhooks: Arc<Hosts>,
    /// The identity platform that vouches for people, where there is one.
    pub oidc: Option<Arc<Oidc>>,
}

/// Largest form, in bytes: a text of 100,000 Chinese characters still reaches the check that names the limit.
const FORM_BYTES: usize = 4 * 1024 * 1024;

/// Every route of every door.
pub(crate) fn routes() -> Vec<Route> {
    [
        public::routes(),
        sign_in::routes(),
        oidc::routes(),
        own::routes(),
        password::routes(),
        second_factor::routes(),
        desk::routes(),
        unit::routes(),
        api::routes(),
    ]
    .concat()
}

/// The service.
pub fn router(web: Web) -> Router {
    let mut router = Router::new();
    for route in routes() {
        let callers = route.callers;
        let handler = if route.path.starts_with(api::ROOT) {
            // A key is looked at where the request is: no cookie counts here.
            route.handler
        } else {
            route.handler.layer(middleware::from_fn_with_state((web.clone(), callers), guard::check))
        };
        router = router.route(route.path, handler);
    }
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    router
        .merge(assets::router())
        .fallback(errors::no_such_page)
        .layer(Extension(Arc::new(Meter::default())))
        .layer(Extension(Arc::new(public::Paces::default())))
        .layer(middleware::from_fn(errors::too_large))
        .layer(middleware::from_fn(api::problems))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .layer(header(
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ))
        // Only behind TLS: over plain http browsers take no notice of it.
        .layer(option_layer(web.behind_tls.then(|| header("strict-transport-security", "max-age=31536000"))))
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("referrer-policy", "same-origin"))
        .layer(header("cache-control", "no-store"))
        .layer(CompressionLayer::new())
        .with_state(web)
}

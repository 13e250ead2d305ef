//! Who is calling: the session cookie, the permission a route asks for, and forms that were really ours.

use crate::app::Web;
use crate::errors;
use crate::form::Given;
use crate::route::Callers;
use crate::{password, second_factor, sign_in};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use xingjian_registry::account::{self, Account};
use xingjian_store::Ctx;

/// Name of the session cookie; behind TLS one that browsers take from this host alone.
pub fn cookie_name(web: &Web) -> &'static str {
    if web.behind_tls { "__Host-xingjian" } else { "xingjian" }
}

/// Largest body kept while somebody signs in again.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

/// What somebody has to do before anything else.
pub struct Owed {
    /// Where it is done.
    pub path: &'static str,
    /// What can be reached meanwhile.
    pub open: &'static [&'static str],
    /// What is said to a form that was sent instead.
    pub title: &'static str,
    /// The way on.
    pub text: &'static str,
}

/// What an account has to do first, if anything.
pub fn owed(web: &Web, account: &Account) -> Option<&'static Owed> {
    if account.owes_password() {
        return Some(&password::FIRST);
    }
    account.owes_second_factor(web.app.sign_in()).then_some(&second_factor::FIRST)
}

/// A person who is signed in.
#[derive(Clone)]
pub struct Caller {
    /// Scope and actor.
    pub ctx: Ctx,
    /// The account.
    pub account: Account,
    /// Secret that forms carry.
    pub csrf: String,
}

/// The token of the session cookie.
pub fn token(web: &Web, headers: &HeaderMap) -> Option<String> {
    cookie_of(headers, cookie_name(web))
}

/// The value of a cookie.
pub fn cookie_of(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == wanted)
        .map(|(_, value)| value.to_owned())
}

/// A form posted from another site carries its own origin; browsers say so in one of two headers.
fn from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return !matches!(site, "same-origin" | "none");
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, rest)| rest != host),
        // Neither header: an old browser or a program; the hidden field still decides.
        _ => false,
    }
}

/// Lets the declared callers through and nobody else.
pub async fn check(State((web, callers)): State<(Web, Callers)>, mut request: Request, next: Next) -> Response {
    if request.method() == Method::POST && from_elsewhere(request.headers()) {
        return errors::page(
            &web,
            StatusCode::FORBIDDEN,
            "请求来自其他网站",
            "为防止冒用您的登录，已拒绝该请求。请从本系统页面办理。",
        );
    }
    let session = match token(&web, request.headers()) {
        Some(token) => account::by_token(&web.app, &token).await,
        None => Ok(None),
    };
    let session = match session {
        Ok(session) => session,
        Err(failure) => return errors::failure(&web, &failure),
    };
    if let Some(session) = session {
        if session.stale {
            // A page waits for no writer; what is lost here is a few minutes of the longest pause.
            let (app, token) = (web.app.clone(), session.token);
            tokio::spawn(async move { account::touch(&app, &token).await.map_err(|failure| errors::log(&failure)) });
        }
        let ctx = Ctx::new(&web.app, session.account.actor(), session.account.scope());
        request.extensions_mut().insert(Caller { ctx, account: session.account, csrf: session.csrf });
    }
    let caller = request.extensions().get::<Caller>();
    match (callers, caller) {
        (Callers::Public, _) | (Callers::SignedIn, Some(_)) => {}
        (Callers::Holding(needed), Some(caller)) => {
            if !callers.include(&caller.ctx.actor) {
                return errors::forbidden(&web, caller, needed);
            }
        }
        (Callers::System(_), Some(_)) => return StatusCode::FORBIDDEN.into_response(),
        (_, None) => return ask_to_sign_in(&web, request).await,
    }
    let caller = request.extensions().get::<Caller>().filter(|_| callers != Callers::Public);
    let owed = caller.and_then(|caller| owed(&web, &caller.account));
    if let Some(owed) = owed.filter(|owed| !owed.open.contains(&request.uri().path())) {
        return match *request.method() {
            Method::GET => (StatusCode::SEE_OTHER, [(header::LOCATION, owed.path)]).into_response(),
            _ => errors::page(&web, StatusCode::FORBIDDEN, owed.title, owed.text),
        };
    }
    if request.method() == Method::POST && callers != Callers::Public {
        match ours(request).await {
            Ok(checked) => request = checked,
            Err(NotOurs::Stale(stale)) => return stale.page(&web),
            Err(NotOurs::TooLarge) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        }
    }
    next.run(request).await
}

/// Why a form is not taken.
enum NotOurs {
    /// It is larger than any form may be.
    TooLarge,
    /// It lacks the secret of this session.
    Stale(Box<Stale>),
}

/// A form without the secret of this session.
struct Stale {
    caller: Caller,
    path: String,
    body: String,
}

impl Stale {
    /// Nothing is lost: what was typed is shown again under the present session.
    fn page(self, web: &Web) -> Response {
        sign_in::resume(web, &self.caller, &self.path, &self.body)
    }
}

/// Checks the hidden field of a form; a file upload carries it in its address.
async fn ours(request: Request) -> Result<Request, NotOurs> {
    let Some(caller) = request.extensions().get::<Caller>().cloned() else { return Ok(request) };
    let path = request.uri().path().to_owned();
    if !is_form(request.headers()) {
        let query = Given::parse(request.uri().query().unwrap_or_default());
        let same = query.text("csrf") == caller.csrf;
        return if same {
            Ok(request)
        } else {
            Err(NotOurs::Stale(Box::new(Stale { caller, path, body: String::new() })))
        };
    }
    let (parts, body) = request.into_parts();
    let bytes = to_bytes(body, KEPT_BYTES).await.map_err(|_| NotOurs::TooLarge)?;
    let text = String::from_utf8_lossy(&bytes);
    if Given::parse(&text).text("csrf") == caller.csrf {
        return Ok(Request::from_parts(parts, Body::from(bytes)));
    }
    let body = text.into_owned();
    Err(NotOurs::Stale(Box::new(Stale { caller, path, body })))
}

fn is_form(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"))
}

/// Somebody is not signed in, or no longer: what was typed is kept and handed back after signing in.
async fn ask_to_sign_in(web: &Web, request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/desk".to_owned(), ToString::to_string);
    if request.method() == Method::GET {
        let target = format!("/sign-in?next={}", crate::form::encode(&path));
        return (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response();
    }
    let kept = if is_form(request.headers()) {
        match to_bytes(request.into_body(), KEPT_BYTES).await {
            Ok(kept) => kept,
            Err(_) => return StatusCode::PAYLOAD_TOO_LARGE.into_response(),
        }
    } else {
        Bytes::new()
    };
    sign_in::expired(web, &path, &String::from_utf8_lossy(&kept))
}

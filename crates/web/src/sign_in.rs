//! Signing in and out, and handing back what was typed when a login expired half-way.

use crate::app::Web;
use crate::device::Remote;
use crate::errors::{self, html};
use crate::form::{Given, encode, without_secrets};
use crate::guard::{Caller, cookie_name, cookie_of, owed, token};
use crate::oidc;
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use xingjian_kernel::Role;
use xingjian_registry::account::{self, Account, Session, SignInError, SignedIn};
use xingjian_store::{Ctx, Filter, Order, records};

/// Password of the demonstration accounts; shown on the sign-in page of a demonstration, and nowhere else used.
pub const DEMO_PASSWORD: &str = "yanshi-2026";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-in", Callers::Public, show),
        Route::post("/sign-in", Callers::Public, submit),
        Route::post("/sign-in/code", Callers::Public, submit_code),
        Route::post("/sign-out", Callers::SignedIn, leave),
    ]
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    layout: Layout,
    notice: Option<String>,
    fault: Option<String>,
    login: String,
    next: String,
    kept: String,
    accounts: Vec<(String, String, String)>,
    password: &'static str,
    /// The way through the identity platform: its name, and the address.
    platform: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
struct CodePage {
    layout: Layout,
    fault: Option<String>,
    step: String,
    next: String,
    kept: String,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage {
    layout: Layout,
    label: String,
    url: String,
}

#[derive(Template)]
#[template(path = "resume.html")]
struct ResumePage {
    layout: Layout,
    path: String,
    fields: Vec<(String, String)>,
    shown: Vec<String>,
}

async fn page(web: &Web, status: StatusCode, page: SignInPage) -> Response {
    let mut page = page;
    if web.demo {
        let filter = Filter { limit: 200, order: Order::Title, ..Filter::default() };
        let accounts = records::list::<Account>(&Ctx::system(&web.app), &filter).await;
        page.accounts = accounts.map_or_else(
            |_| vec![],
            |found| {
                let shown = found.rows.into_iter().filter(|a| a.demo);
                shown
                    .map(|a| {
                        let roles: Vec<&str> = a.roles.iter().map(|r| r.label()).collect();
                        (a.login.clone(), a.name.clone(), roles.join("、"))
                    })
                    .collect()
            },
        );
    }
    html(status, &page)
}

fn empty(web: &Web) -> SignInPage {
    SignInPage {
        layout: Layout::bare(web, "登录", Door::Public),
        notice: None,
        fault: None,
        login: String::new(),
        next: String::new(),
        kept: String::new(),
        accounts: vec![],
        password: DEMO_PASSWORD,
        platform: web.oidc.as_ref().map(|oidc| (oidc.label.clone(), "/sign-in/oidc".to_owned())),
    }
}

async fn show(State(web): State<Web>, axum::extract::RawQuery(query): axum::extract::RawQuery) -> Response {
    let given = Given::parse(&query.unwrap_or_default());
    let next = given.text("next").to_owned();
    let mut shown = SignInPage { next, ..empty(&web) };
    if let (Some((_, url)), Some(next)) = (&mut shown.platform, own_path(&shown.next)) {
        *url = format!("{url}?next={}", encode(next));
    }
    page(&web, StatusCode::OK, shown).await
}

/// The login expired before a form arrived: sign in again, nothing is lost.
pub fn expired(web: &Web, path: &str, body: &str) -> Response {
    let notice = Some("您的登录已过期。请重新登录，刚才填写的内容不会丢失。".to_owned());
    let kept = without_secrets(body);
    html(StatusCode::UNAUTHORIZED, &SignInPage { notice, next: path.to_owned(), kept, ..empty(web) })
}

/// What was typed before, to be sent under the present session.
pub fn resume(web: &Web, caller: &Caller, path: &str, body: &str) -> Response {
    let given = Given::parse(&without_secrets(body));
    let pairs: Vec<(String, String)> = given.pairs().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    // Codes of choices, ids and secrets are no text that anybody typed.
    let typed = |value: &&String| value.chars().any(|c| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    let shown = pairs.iter().map(|(_, value)| value).filter(typed).cloned().collect();
    let fields = pairs.into_iter().filter(|(name, _)| name != "csrf").collect();
    let layout = Layout::of(web, caller, "继续提交", "");
    html(StatusCode::OK, &ResumePage { layout, path: path.to_owned(), fields, shown })
}

/// Only addresses of this program: `/...` and never `//host`.
fn own_path(next: &str) -> Option<&str> {
    let plain = !next.contains('\\') && !next.chars().any(char::is_control);
    (next.starts_with('/') && !next.starts_with("//") && plain).then_some(next)
}

async fn submit(State(web): State<Web>, Remote(device): Remote, headers: HeaderMap, given: Given) -> Response {
    let login = given.text("login");
    match account::sign_in(&web.app, &device, login, given.text("password")).await {
        Ok(SignedIn::Entered(session)) => enter(&web, &headers, *session, &given).await,
        Ok(SignedIn::AsksCode(step)) => code_page(&web, StatusCode::OK, step, &given, None),
        Err(SignInError::Failed(failure)) => errors::failure(&web, &failure),
        Err(error) => again(&web, login, &given, &error).await,
    }
}

async fn submit_code(State(web): State<Web>, Remote(device): Remote, headers: HeaderMap, given: Given) -> Response {
    let step = given.text("step");
    match account::answer_code(&web.app, &device, step, given.text("code")).await {
        Ok(session) => enter(&web, &headers, session, &given).await,
        Err(SignInError::Failed(failure)) => errors::failure(&web, &failure),
        Err(error @ SignInError::WrongCode) => {
            code_page(&web, StatusCode::UNAUTHORIZED, step.to_owned(), &given, Some(error.to_string()))
        }
        Err(error) => again(&web, "", &given, &error).await,
    }
}

/// Login and password once more; nothing that waits to be sent is lost.
async fn again(web: &Web, login: &str, given: &Given, error: &SignInError) -> Response {
    let again = SignInPage {
        fault: Some(error.to_string()),
        login: login.to_owned(),
        next: given.text("next").to_owned(),
        kept: given.text("kept").to_owned(),
        ..empty(web)
    };
    let SignInError::Paused(until) = error else { return page(web, StatusCode::UNAUTHORIZED, again).await };
    let seconds = (until.micros() - web.app.clock.now().micros()).max(0) / 1_000_000 + 1;
    let page = page(web, StatusCode::TOO_MANY_REQUESTS, again).await;
    ([(header::RETRY_AFTER, seconds.to_string())], page).into_response()
}

pub fn code_page(web: &Web, status: StatusCode, step: String, given: &Given, fault: Option<String>) -> Response {
    let page = CodePage {
        layout: Layout::bare(web, "填写验证码", Door::Public),
        fault,
        step,
        next: given.text("next").to_owned(),
        kept: given.text("kept").to_owned(),
    };
    html(status, &page)
}

/// The session begins: its token goes into the cookie, and the one that was there before ends.
pub async fn enter(web: &Web, headers: &HeaderMap, session: Session, given: &Given) -> Response {
    if let Some(before) = token(web, headers)
        && let Err(failure) = account::sign_out(&web.app, &before).await
    {
        return errors::failure(web, &failure);
    }
    let cookie = cookie(web, &session.token, "");
    let home = if session.account.roles.contains(&Role::Unit) { "/unit" } else { "/desk" };
    let owes = owed(web, &session.account).is_some();
    let kept = given.text("kept");
    let answer = match own_path(given.text("next")) {
        Some(path) if !kept.is_empty() && !owes => {
            let ctx = Ctx::new(&web.app, session.account.actor(), session.account.scope());
            let caller = Caller { ctx, account: session.account, csrf: session.csrf };
            resume(web, &caller, path, kept)
        }
        path => (StatusCode::SEE_OTHER, [(header::LOCATION, path.unwrap_or(home).to_owned())]).into_response(),
    };
    ([(header::SET_COOKIE, cookie)], answer).into_response()
}

/// The session cookie of an answer.
pub fn cookie(web: &Web, token: &str, age: &str) -> String {
    let secure = if web.behind_tls { "; Secure" } else { "" };
    format!("{}={token}; Path=/{age}; HttpOnly; SameSite=Lax{secure}", cookie_name(web))
}

async fn leave(State(web): State<Web>, headers: HeaderMap, Extension(_): Extension<Caller>) -> Response {
    if let Some(token) = token(&web, &headers)
        && let Err(failure) = account::sign_out(&web.app, &token).await
    {
        return errors::failure(&web, &failure);
    }
    let gone = cookie(&web, "", "; Max-Age=0");
    let came = cookie_of(&headers, oidc::CAME).is_some();
    let leaving = match &web.oidc {
        Some(platform) if came => platform.leaving().await.map(|url| (platform.label.clone(), url)),
        _ => None,
    };
    let Some((label, url)) = leaving else {
        return ([(header::SET_COOKIE, gone), (header::LOCATION, "/".to_owned())], StatusCode::SEE_OTHER)
            .into_response();
    };
    // A form may not lead to another site (`form-action`), so the way there is a link.
    let page = SignedOutPage { layout: Layout::bare(&web, "已退出", Door::Public), label, url };
    let forget = format!("{}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax", oidc::CAME);
    let mut answer = html(StatusCode::OK, &page);
    for cookie in [gone, forget].iter().filter_map(|cookie| cookie.parse().ok()) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn a_login_never_leads_to_another_site() {
        assert_eq!(own_path("/desk/cases/1"), Some("/desk/cases/1"));
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "/\t/evil.example", "/\n/x", ""]
        {
            assert_eq!(own_path(elsewhere), None);
        }
    }
}

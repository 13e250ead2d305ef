//! The own account: password, second factor, and where it is signed in now.

use crate::app::Web;
use crate::desk::back;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::{Caller, token};
use crate::route::{Callers, Route};
use crate::ui::{Layout, Query};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use xingjian_registry::account::{self, OpenSession};

const PATH: &str = "/account";

pub fn routes() -> Vec<Route> {
    vec![Route::get(PATH, Callers::SignedIn, show), Route::post(PATH, Callers::SignedIn, end)]
}

/// Where somebody is signed in, in words.
pub struct Place {
    /// What it is ended by.
    pub id: String,
    /// Browser and system.
    pub device: String,
    /// The address.
    pub address: Option<String>,
    /// Since when.
    pub since: String,
    /// Used last.
    pub seen: String,
    /// This is the one of the page.
    pub here: bool,
}

impl Place {
    /// A session in words.
    pub fn of(session: OpenSession, here: bool) -> Self {
        Self {
            device: device(&session.agent),
            id: session.id,
            address: session.address,
            since: session.since.to_string(),
            seen: session.seen.to_string(),
            here,
        }
    }
}

#[derive(Template)]
#[template(path = "own.html")]
struct OwnPage {
    layout: Layout,
    login: String,
    second_factor: Option<(String, usize)>,
    places: Vec<Place>,
}

/// Browser and system, as far as the browser's own description tells; others are told as what they are: unknown.
pub fn device(agent: &str) -> String {
    // The order matters: most browsers name those they descend from as well.
    const BROWSERS: &[(&str, &str)] = &[
        ("MicroMessenger", "微信"),
        ("DingTalk", "钉钉"),
        ("Edg", "Edge"),
        ("QQBrowser", "QQ 浏览器"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome 内核浏览器"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: &[(&str, &str)] = &[
        ("Windows", "Windows"),
        ("OpenHarmony", "鸿蒙"),
        ("HarmonyOS", "鸿蒙"),
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let find =
        |names: &[(&str, &'static str)]| names.iter().find(|(sign, _)| agent.contains(sign)).map(|(_, name)| *name);
    match (find(BROWSERS), find(SYSTEMS)) {
        (Some(browser), Some(system)) => format!("{system} 上的 {browser}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "不能识别的设备".to_owned(),
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let sessions = match account::own_sessions(&caller.ctx, &token(&web, &headers).unwrap_or_default()).await {
        Ok(sessions) => sessions,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let since = caller.account.second_factor_since();
    let page = OwnPage {
        layout: Layout::of(&web, &caller, "我的账号", PATH).done(Some(&query.done)),
        login: caller.account.login.clone(),
        second_factor: since.map(|since| (since.to_string(), caller.account.recovery_codes_left())),
        places: sessions.into_iter().map(|(session, here)| Place::of(session, here)).collect(),
    };
    html(StatusCode::OK, &page)
}

async fn end(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    given: Given,
) -> Response {
    let id = given.text("session");
    let (done, told) = if id.is_empty() {
        let token = token(&web, &headers).unwrap_or_default();
        (account::end_other_sessions(&caller.ctx, &token).await, "其他登录已全部退出")
    } else {
        (account::end_own_session(&caller.ctx, id).await, "该处登录已退出")
    };
    match done {
        Ok(()) => back(PATH, told),
        Err(failure) => errors::failure(&web, &failure),
    }
}

#[cfg(test)]
mod tests {
    use super::device;

    #[test]
    fn a_device_is_told_in_words() {
        for (agent, told) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
                "Windows 上的 Edge",
            ),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Linux 上的 Firefox"),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0",
                "Android 上的 微信",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
                "iPhone 上的 Safari",
            ),
            ("curl/8.9", "不能识别的设备"),
            ("", "不能识别的设备"),
        ] {
            assert_eq!(device(agent), told);
        }
    }
}

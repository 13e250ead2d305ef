//! The check of a proof file, or of a whole draw, by anybody in their own browser: a page, and the same as one file that works without any
//! server. Nothing that is checked is sent anywhere.

mod bundle;

use crate::app::Web;
use crate::errors::html;
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout};
use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

const PATH: &str = "/public/check";
const ALONE_PATH: &str = "/public/check/file";
/// Its path carries no version: it is looked at again each time.
const SCRIPT_PATH: &str = "/public/check/script";

const STYLE: &str = include_str!("../../assets/check/check.css");
const STYLE_ALONE: &str = include_str!("../../assets/check/alone.css");

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Callers::Public, show),
        Route::get(ALONE_PATH, Callers::Public, alone),
        Route::get(SCRIPT_PATH, Callers::Public, script),
    ]
}

/// The file that is kept: script and style inside, so that it loads nothing at all.
struct Alone {
    text: String,
    /// SHA-256 in hexadecimal.
    hash: String,
}

static SCRIPT: LazyLock<String> = LazyLock::new(bundle::script);
static ALONE: LazyLock<Alone> = LazyLock::new(|| {
    let text = alone_text(&SCRIPT);
    let hash = hex::encode(Sha256::digest(&text));
    Alone { text, hash }
});

/// What both have in common.
#[derive(Template)]
#[template(path = "public/check_body.html")]
struct Body;

#[derive(Template)]
#[template(path = "public/check.html")]
struct CheckPage {
    layout: Layout,
    script: &'static str,
    file: &'static str,
    hash: &'static str,
}

fn alone_text(script: &str) -> String {
    let body = Body.render().expect("the fragment has nothing that can fail");
    let style = format!("{STYLE_ALONE}{STYLE}");
    // In an opened file no header can say what may run, so the file says it itself.
    let policy = policy(script, &style);
    format!(
        "<!doctype html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>核验日志证明和随机抽查 · 杏鉴</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>{style}</style>\n</head>\n<body>\n\
         <h1>核验日志证明和随机抽查</h1>\n<p class=\"lead\">本文件不联网，可以保存后在任何电脑上使用。</p>\n{body}\
         <script>{script}</script>\n</body>\n</html>\n"
    )
}

/// Only this script and this style; nothing is loaded and nothing is sent.
fn policy(script: &str, style: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; img-src data:; base-uri 'none'; \
         form-action 'none'",
        hash(script),
        hash(style)
    )
}

async fn show(State(web): State<Web>) -> Response {
    let page = CheckPage {
        layout: Layout::bare(&web, "核验日志证明和随机抽查", Door::Public),
        script: SCRIPT_PATH,
        file: ALONE_PATH,
        hash: &ALONE.hash,
    };
    html(StatusCode::OK, &page)
}

async fn alone() -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"xingjian-check.html\"".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy(&SCRIPT, &format!("{STYLE_ALONE}{STYLE}"))),
    ];
    (StatusCode::OK, headers, ALONE.text.as_str()).into_response()
}

async fn script() -> Response {
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], SCRIPT.as_str()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_that_is_kept_has_the_published_hash() {
        let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/log.md")).unwrap();
        assert!(page.contains(&ALONE.hash), "docs/log.md does not name {}", ALONE.hash);
    }

    #[test]
    fn the_file_loads_nothing_and_ends_its_script_once() {
        let Alone { text, .. } = &*ALONE;
        assert_eq!((text.matches("<script").count(), text.matches("</script").count()), (1, 1));
        for load in ["src=", "import(", "@import", "url(", "href=\"/", "href=\"http", "crypto.subtle.verify"] {
            assert!(!text.contains(load), "{load}");
        }
    }
}

//! Signing in through the unified identity platform (统一身份认证) of a government: OpenID Connect, authorization code with
//! PKCE. The platform says who somebody is; accounts and roles stay here, and no account is made by itself. The second factor
//! of this program is asked for all the same.

mod provider;
mod token;

use crate::app::Web;
use crate::client::{AskError, Asker};
use crate::device::Remote;
use crate::errors;
use crate::form::Given;
use crate::guard::cookie_of;
use crate::route::{Callers, Route};
use crate::sign_in;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use provider::Discovery;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Duration;
use token::{Expected, KeySet, TokenError};
use tokio::sync::{Mutex, OnceCell};
use xingjian_kernel::Timestamp;
use xingjian_kernel::clock::secret;
use xingjian_registry::account::{self, SignInError, SignedIn};
use xingjian_store::Sealed;

/// The cookie of a sign-in under way.
const STEP: &str = "xingjian-oidc";
/// The cookie that says that the session began at the platform.
pub(crate) const CAME: &str = "xingjian-sso";
/// Minutes in which somebody signs in at the platform.
const MINUTES: i64 = 10;
/// The platform has so long to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What the operator says about the platform: `oidc.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The issuer, exactly as it calls itself.
    pub issuer: String,
    /// The name of this program there.
    pub client_id: String,
    /// File with the secret of this program, beside `oidc.toml`, readable by its owner only.
    pub secret_file: String,
    /// Where the platform sends browsers back to: the address of this program with `/sign-in/oidc/return`.
    pub redirect: String,
    /// The claim that is the login of an account here.
    #[serde(default = "subject")]
    pub claim: String,
    /// A proxy on this machine that speaks https to the issuer.
    #[serde(default)]
    pub through: Option<String>,
    /// What the platform is called on the page.
    #[serde(default = "label")]
    pub label: String,
}

fn subject() -> String {
    "sub".into()
}

fn label() -> String {
    "统一身份认证".into()
}

/// The platform is not usable as it is set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Plain http beyond this machine.
    #[error("{0} = “{1}”：须为 https://；只有本机（127.0.0.1、localhost、[::1]）可以用 http://")]
    Address(&'static str, String),
    /// https, and nobody who speaks it.
    #[error(
        "issuer = “{0}”：本程序自身不建立 TLS 连接，请在本机配置转发到认证平台的代理，并写 through = \"http://127.0.0.1:端口\""
    )]
    NoProxy(String),
    /// Not where the platform can send anybody back to.
    #[error("redirect = “{0}”：须以 /sign-in/oidc/return 结尾")]
    Redirect(String),
    /// There is no secret.
    #[error("客户端密钥是空的")]
    Secret,
}

/// The platform, with what is known of it.
pub struct Oidc {
    issuer: String,
    client_id: String,
    secret: String,
    redirect: String,
    claim: String,
    through: Option<String>,
    /// What it is called on the page.
    pub label: String,
    asker: Asker,
    discovery: OnceCell<Discovery>,
    keys: Mutex<Option<KeySet>>,
}

/// Why somebody does not come in through the platform.
#[derive(Debug, thiserror::Error)]
enum OidcError {
    #[error("认证平台没有答复")]
    Unreachable(#[from] AskError),
    #[error("认证平台的设置有误：{0}")]
    Provider(String),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error("登录已超时，或者不是从本浏览器开始的")]
    Step,
    #[error("认证平台没有完成登录（{0}）")]
    Declined(String),
    #[error("您的身份（{0}）在本系统没有可用的账号")]
    NoAccount(String),
}

/// What the browser keeps, sealed, until it comes back.
#[derive(Serialize, Deserialize)]
struct Step {
    state: String,
    nonce: String,
    verifier: String,
    next: String,
    until: Timestamp,
}

/// Scheme and host of an address.
fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    Some(url[start..].find('/').map_or(url, |path| &url[..start + path]))
}

fn loopback(url: &str) -> bool {
    let host = origin(url).and_then(|origin| origin.strip_prefix("http://")).unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Whether a browser may be sent there, or a secret.
fn safe(url: &str) -> bool {
    let plain = !url.chars().any(|c| c.is_control() || c.is_whitespace());
    plain && (url.starts_with("https://") || loopback(url))
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

impl Oidc {
    /// The platform of these settings; nobody is asked yet.
    pub fn new(settings: Settings, secret: &str) -> Result<Self, SettingsError> {
        for (name, url) in [("issuer", &settings.issuer), ("redirect", &settings.redirect)] {
            if !safe(url) {
                return Err(SettingsError::Address(name, url.clone()));
            }
        }
        if let Some(through) = settings.through.as_ref().filter(|through| !loopback(through)) {
            return Err(SettingsError::Address("through", through.clone()));
        }
        if settings.through.is_none() && !loopback(&settings.issuer) {
            return Err(SettingsError::NoProxy(settings.issuer));
        }
        if !settings.redirect.ends_with("/sign-in/oidc/return") {
            return Err(SettingsError::Redirect(settings.redirect));
        }
        let secret = secret.trim().to_owned();
        if secret.is_empty() {
            return Err(SettingsError::Secret);
        }
        let Settings { issuer, client_id, redirect, claim, through, label, .. } = settings;
        let asker = Asker::new(PATIENCE);
        let (discovery, keys) = (OnceCell::new(), Mutex::new(None));
        Ok(Self { issuer, client_id, secret, redirect, claim, through, label, asker, discovery, keys })
    }

    /// Where a browser goes to sign out at the platform as well.
    pub async fn leaving(&self) -> Option<String> {
        let discovery = self.discovery().await.ok()?;
        let end = discovery.end_session_endpoint.as_deref()?;
        let home = self.redirect.trim_end_matches("/sign-in/oidc/return");
        let query = encoded(&[("client_id", &self.client_id), ("post_logout_redirect_uri", &format!("{home}/"))]);
        Some(format!("{end}{}{query}", if end.contains('?') { '&' } else { '?' }))
    }
}

pub(crate) fn routes() -> Vec<Route> {
    vec![
        Route::get("/sign-in/oidc", Callers::Public, begin),
        Route::get("/sign-in/oidc/return", Callers::Public, come_back),
    ]
}

fn failed(web: &Web, error: &OidcError) -> Response {
    if let OidcError::Unreachable(cause) = error {
        tracing::error!("the identity platform: {cause}");
    }
    let status = match error {
        OidcError::Unreachable(_) | OidcError::Provider(_) => StatusCode::BAD_GATEWAY,
        OidcError::NoAccount(_) => StatusCode::FORBIDDEN,
        _ => StatusCode::BAD_REQUEST,
    };
    let way_on = match error {
        OidcError::NoAccount(_) => "账号由本单位系统管理员建立，登录名须与认证平台中的身份一致。",
        _ => "请从登录页面重新开始；也可以用本系统的登录名和密码登录。仍不成功的，请把本页内容告诉系统管理员。",
    };
    errors::page(web, status, &format!("{error}。"), way_on)
}

fn cookie(web: &Web, value: &str, age: i64) -> String {
    let secure = if web.behind_tls { "; Secure" } else { "" };
    format!("{STEP}={value}; Path=/sign-in/oidc; Max-Age={age}; HttpOnly; SameSite=Lax{secure}")
}

async fn begin(State(web): State<Web>, RawQuery(query): RawQuery) -> Response {
    let Some(oidc) = &web.oidc else { return errors::no_such_page(State(web)).await };
    let discovery = match oidc.discovery().await {
        Ok(discovery) => discovery,
        Err(error) => return failed(&web, &error),
    };
    let rng = &*web.app.rng;
    let step = Step {
        state: secret(rng, 16),
        nonce: secret(rng, 16),
        verifier: secret(rng, 32),
        next: Given::parse(&query.unwrap_or_default()).text("next").chars().take(1000).collect(),
        until: web.app.clock.real().plus_seconds(MINUTES * 60),
    };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&step.verifier));
    let query = encoded(&[
        ("response_type", "code"),
        ("client_id", &oidc.client_id),
        ("redirect_uri", &oidc.redirect),
        ("scope", "openid"),
        ("state", &step.state),
        ("nonce", &step.nonce),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]);
    let at = &discovery.authorization_endpoint;
    let target = format!("{at}{}{query}", if at.contains('?') { '&' } else { '?' });
    let text = serde_json::to_string(&step).expect("four texts and a number become JSON");
    let sealed = web.app.keys.seal(rng, STEP, &text);
    let headers = [(header::SET_COOKIE, cookie(&web, sealed.as_str(), MINUTES * 60)), (header::LOCATION, target)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The browser is back: the step it keeps is opened, the code exchanged, the account looked up.
async fn come_back(
    State(web): State<Web>,
    Remote(device): Remote,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let Some(oidc) = web.oidc.clone() else { return errors::no_such_page(State(web)).await };
    let given = Given::parse(&query.unwrap_or_default());
    let (login, next) = match identity(&web, &oidc, &headers, &given).await {
        Ok(found) => found,
        Err(error) => return failed(&web, &error),
    };
    let how = format!("登录（{}）", oidc.label);
    let answer = match account::sign_in_as(&web.app, &device, &login, &how).await {
        Ok(SignedIn::Entered(session)) => sign_in::enter(&web, &headers, *session, &next).await,
        Ok(SignedIn::AsksCode(step)) => sign_in::code_page(&web, StatusCode::OK, step, &next, None),
        Err(SignInError::Failed(failure)) => return errors::failure(&web, &failure),
        Err(_) => return failed(&web, &OidcError::NoAccount(login)),
    };
    let secure = if web.behind_tls { "; Secure" } else { "" };
    let came = format!("{CAME}=1; Path=/; HttpOnly; SameSite=Lax{secure}");
    let mut answer = answer;
    for cookie in [cookie(&web, "", 0), came] {
        if let Ok(value) = cookie.parse() {
            answer.headers_mut().append(header::SET_COOKIE, value);
        }
    }
    answer
}

/// Who came back, and where to.
async fn identity(web: &Web, oidc: &Oidc, headers: &HeaderMap, given: &Given) -> Result<(String, Given), OidcError> {
    let kept = cookie_of(headers, STEP).ok_or(OidcError::Step)?;
    let text = web.app.keys.open(STEP, &Sealed::from_text(&kept)).map_err(|_| OidcError::Step)?;
    let step: Step = serde_json::from_str(&text).map_err(|_| OidcError::Step)?;
    let now = web.app.clock.real();
    if now >= step.until || given.text("state") != step.state {
        return Err(OidcError::Step);
    }
    if given.has("error") {
        return Err(OidcError::Declined(given.text("error").chars().take(60).collect()));
    }
    let expected = Expected { issuer: &oidc.issuer, client: &oidc.client_id, nonce: &step.nonce, now };
    let claims = oidc.exchange(given.text("code"), &step.verifier, &expected).await?;
    let who = claims.get(&oidc.claim).and_then(serde_json::Value::as_str).filter(|who| !who.is_empty());
    let who = who.ok_or_else(|| TokenError::Claim(oidc.claim.clone()))?;
    Ok((who.to_owned(), Given::parse(&encoded(&[("next", &step.next)]))))
}

//! An identity platform on this machine: OpenID Connect with a page to sign in at, one that behaves and one that does not. The stories
//! have it too.

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use xingjian_kernel::Clock;

/// What it knows the program by.
pub const CLIENT: &str = "xingjian";
/// And the secret of that.
pub const SECRET: &str = "a secret + more";
const CODE: &str = "the-code";

/// What the platform does wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Does {
    /// What it should; signs with an elliptic curve.
    Well,
    /// What it should; signs with RSA.
    WellWithRsa,
    /// What it should, for several programs and saying for which.
    WellForSeveral,
    /// Signs for another sign-in.
    WrongNonce,
    /// Signs for another program.
    WrongAudience,
    /// Signs for several programs and does not say for which.
    ForSeveralWithoutParty,
    /// Calls itself otherwise.
    WrongIssuer,
    /// Signs what is over.
    Expired,
    /// Signs for later.
    Early,
    /// Does not sign.
    Unsigned,
    /// Signs with a secret that both share.
    SharedSecret,
    /// Names a key that it does not show.
    UnknownKey,
    /// Signs with another key than it shows.
    WrongKey,
    /// Names a key of another kind.
    KeyOfOtherKind,
    /// What it signed is changed on the way.
    ChangedAfterwards,
    /// Names nobody.
    NobodyNamed,
    /// Names somebody who has no account.
    Stranger,
    /// Does not answer in the form agreed.
    Garbage,
    /// Is out of order.
    Refuses,
}

/// The platform.
pub struct Platform {
    /// Its address.
    pub issuer: String,
    /// Where people are sent back to.
    back: String,
    clock: Arc<dyn Clock>,
    /// What it does.
    pub does: Mutex<Does>,
    /// Who signed in at it.
    pub person: Mutex<String>,
    /// Nonce and challenge of the code that was handed out.
    pub asked: Mutex<(String, String)>,
    ec: EcdsaKeyPair,
    other: EcdsaKeyPair,
    rsa: RsaKeyPair,
    /// How often its keys were asked for.
    pub keys_asked: Mutex<usize>,
}

fn ec() -> EcdsaKeyPair {
    let rng = SystemRandom::new();
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &rng).unwrap()
}

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl Platform {
    /// Begins to serve on this machine; `jia` has signed in.
    pub async fn start(clock: Arc<dyn Clock>, back: &str) -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/realm", listener.local_addr().unwrap());
        // A key made for these tests; it signs nothing else.
        let rsa = RsaKeyPair::from_pkcs8(include_bytes!("rsa.p8")).unwrap();
        let (asked, keys_asked) = (Mutex::default(), Mutex::default());
        let it = Arc::new(Self {
            issuer,
            back: back.to_owned(),
            clock,
            does: Mutex::new(Does::Well),
            person: Mutex::new("jia".to_owned()),
            asked,
            ec: ec(),
            other: ec(),
            rsa,
            keys_asked,
        });
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/keys", get(keys))
            .route("/realm/authorize", get(page).post(signed_in))
            .route("/realm/leave", get(left))
            .route("/realm/token", post(token))
            .with_state(it.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        it
    }

    fn does(&self) -> Does {
        *self.does.lock().unwrap()
    }

    fn id_token(&self) -> String {
        let does = self.does();
        let now = self.clock.now().micros() / 1_000_000;
        let mut claims = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": *self.person.lock().unwrap(), "iat": now, "exp": now + 300,
            "nonce": self.asked.lock().unwrap().0, "name": "演示甲",
        });
        let (mut alg, mut kid, mut key) = ("ES256", "ec", &self.ec);
        match does {
            Does::WrongNonce => claims["nonce"] = "another".into(),
            Does::WrongAudience => claims["aud"] = "elsewhere".into(),
            Does::ForSeveralWithoutParty => claims["aud"] = json!([CLIENT, "elsewhere"]),
            Does::WellForSeveral => {
                claims["aud"] = json!([CLIENT, "elsewhere"]);
                claims["azp"] = CLIENT.into();
            }
            Does::WrongIssuer => claims["iss"] = "http://127.0.0.1:1/realm".into(),
            Does::Expired => claims["exp"] = (now - 61).into(),
            Does::Early => claims["iat"] = (now + 120).into(),
            Does::NobodyNamed => claims["sub"] = Value::Null,
            Does::Stranger => claims["sub"] = "nobody".into(),
            Does::Unsigned => alg = "none",
            Does::SharedSecret => alg = "HS256",
            Does::WellWithRsa => (alg, kid) = ("RS256", "rsa"),
            Does::KeyOfOtherKind => kid = "rsa",
            Does::UnknownKey => kid = "unknown",
            Does::WrongKey => key = &self.other,
            _ => {}
        }
        let head = json!({ "alg": alg, "kid": kid, "typ": "JWT" });
        let signed = format!("{}.{}", text(head.to_string()), text(claims.to_string()));
        let rng = SystemRandom::new();
        let signature = match alg {
            "none" => vec![],
            "RS256" => {
                let mut signature = vec![0; self.rsa.public().modulus_len()];
                self.rsa.sign(&RSA_PKCS1_SHA256, &rng, signed.as_bytes(), &mut signature).unwrap();
                signature
            }
            _ => key.sign(&rng, signed.as_bytes()).unwrap().as_ref().to_vec(),
        };
        if does == Does::ChangedAfterwards {
            claims["sub"] = "guanli".into();
            return format!("{}.{}.{}", text(head.to_string()), text(claims.to_string()), text(signature));
        }
        format!("{signed}.{}", text(signature))
    }
}

async fn discovery(State(it): State<Arc<Platform>>) -> Response {
    let issuer = &it.issuer;
    json!({
        "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize"), "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"), "end_session_endpoint": format!("{issuer}/leave"),
    })
    .to_string()
    .into_response()
}

/// Where people sign in; who they say they are is believed.
async fn page() -> Html<&'static str> {
    Html(
        "<!DOCTYPE html><html lang=\"zh\"><title>演示认证平台</title><main><h1>演示认证平台</h1>\
         <form method=\"post\"><label for=\"person\">账号</label><input id=\"person\" name=\"person\"><button>登录平台</button></form></main></html>",
    )
}

async fn signed_in(
    State(it): State<Arc<Platform>>,
    Query(query): Query<BTreeMap<String, String>>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Redirect {
    let of = |name: &str| query.get(name).cloned().unwrap_or_default();
    *it.asked.lock().unwrap() = (of("nonce"), of("code_challenge"));
    *it.person.lock().unwrap() = form.get("person").cloned().unwrap_or_default();
    Redirect::to(&format!("{}?code={CODE}&state={}", it.back, of("state")))
}

async fn left() -> Html<&'static str> {
    Html("<!DOCTYPE html><html lang=\"zh\"><title>演示认证平台</title><h1>已退出平台</h1></html>")
}

async fn keys(State(it): State<Arc<Platform>>) -> Response {
    *it.keys_asked.lock().unwrap() += 1;
    let point = it.ec.public_key().as_ref();
    let rsa = PublicKeyComponents::<Vec<u8>>::from(it.rsa.public());
    json!({ "keys": [
        { "kty": "oct", "kid": "ec", "k": "AAAA" },
        { "kty": "EC", "kid": "ec", "use": "sig", "crv": "P-256", "x": text(&point[1..33]), "y": text(&point[33..]) },
        { "kty": "RSA", "kid": "rsa", "use": "sig", "n": text(rsa.n), "e": text(rsa.e) },
    ] })
    .to_string()
    .into_response()
}

/// As RFC 6749 and RFC 7636 say: the client proves itself, and that it is the one that asked.
async fn token(
    State(it): State<Arc<Platform>>,
    headers: HeaderMap,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let basic = STANDARD.encode(format!("{CLIENT}:a+secret+%2B+more"));
    let challenge = text(Sha256::digest(form.get("code_verifier").map_or("", String::as_str)));
    let known =
        headers.get(header::AUTHORIZATION).is_some_and(|sent| sent.as_bytes() == format!("Basic {basic}").as_bytes())
            && form.get("code").is_some_and(|code| code == CODE)
            && form.get("grant_type").is_some_and(|kind| kind == "authorization_code")
            && form.get("redirect_uri").is_some_and(|back| *back == it.back)
            && challenge == it.asked.lock().unwrap().1;
    match it.does() {
        _ if !known => (StatusCode::BAD_REQUEST, "{\"error\":\"invalid_grant\"}").into_response(),
        Does::Refuses => (StatusCode::INTERNAL_SERVER_ERROR, "out of order").into_response(),
        Does::Garbage => "<html>".into_response(),
        _ => json!({ "id_token": it.id_token(), "token_type": "Bearer" }).to_string().into_response(),
    }
}

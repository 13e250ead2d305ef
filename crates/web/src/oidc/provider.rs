//! The issuer: what it says about itself, its keys, and the exchange of a code for an id_token.

use super::token::{Expected, KeySet, TokenError, read};
use super::{Oidc, OidcError, encoded};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value};

/// Bytes that an answer has at most.
const MOST: usize = 256 * 1024;

/// What the issuer says about itself.
#[derive(Clone, Debug, Deserialize)]
pub struct Discovery {
    issuer: String,
    /// Where a browser is sent to sign in.
    pub authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    /// Where a browser is sent to sign out there as well.
    #[serde(default)]
    pub end_session_endpoint: Option<String>,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

impl Oidc {
    /// What the issuer says about itself, asked for once.
    pub(super) async fn discovery(&self) -> Result<&Discovery, OidcError> {
        self.discovery.get_or_try_init(|| self.discover()).await
    }

    async fn discover(&self) -> Result<Discovery, OidcError> {
        let url = format!("{}/.well-known/openid-configuration", self.issuer.trim_end_matches('/'));
        let found: Discovery = self.get(&url).await?;
        // Whoever answers for another issuer could hand out tokens in its name.
        if found.issuer != self.issuer {
            return Err(OidcError::Provider(format!("公布的 issuer 是“{}”，与 oidc.toml 不同", found.issuer)));
        }
        for url in [Some(&found.authorization_endpoint), found.end_session_endpoint.as_ref()].into_iter().flatten() {
            if !super::safe(url) {
                return Err(OidcError::Provider(format!("网址“{url}”不是 https")));
            }
        }
        Ok(found)
    }

    /// The address that is really asked: the issuer's own origin only, by the local proxy where there is one.
    fn reached(&self, url: &str) -> Result<String, OidcError> {
        let own = super::origin(&self.issuer);
        let path = own.and_then(|own| url.strip_prefix(own)).filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| OidcError::Provider(format!("网址“{url}”不在认证平台自己的主机上")))?;
        let base = self.through.as_deref().or(own).unwrap_or_default();
        Ok(format!("{}{path}", base.trim_end_matches('/')))
    }

    async fn get<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, OidcError> {
        let answer = self.asker.get(&self.reached(url)?, MOST).await?;
        if !answer.status.is_success() {
            return Err(OidcError::Provider(format!("{url} 答复 {}", answer.status)));
        }
        serde_json::from_slice(&answer.body).map_err(|_| OidcError::Provider(format!("{url} 的答复不是约定的格式")))
    }

    /// The keys that are known; anew, where a token names another one.
    async fn keys(&self, anew: bool) -> Result<KeySet, OidcError> {
        let mut kept = self.keys.lock().await;
        if let (Some(keys), false) = (&*kept, anew) {
            return Ok(keys.clone());
        }
        let keys: KeySet = self.get(&self.discovery().await?.jwks_uri).await?;
        *kept = Some(keys.clone());
        Ok(keys)
    }

    /// Exchanges the code, and believes the id_token only after every check.
    pub(super) async fn exchange(
        &self,
        code: &str,
        verifier: &str,
        expected: &Expected<'_>,
    ) -> Result<Map<String, Value>, OidcError> {
        let body = encoded(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &self.redirect),
            ("code_verifier", verifier),
        ]);
        let url = self.reached(&self.discovery().await?.token_endpoint)?;
        // RFC 6749 2.3.1: both are form-encoded before they are joined.
        let client = [&self.client_id, &self.secret].map(|text| crate::form::encode(text)).join(":");
        let basic = format!("Basic {}", STANDARD.encode(client));
        let answer = self.asker.post_form(&url, &basic, body, MOST).await?;
        if !answer.status.is_success() {
            return Err(OidcError::Provider(format!("换取身份令牌时答复 {}", answer.status)));
        }
        let tokens: Tokens = serde_json::from_slice(&answer.body)
            .map_err(|_| OidcError::Provider("换取身份令牌的答复不是约定的格式".into()))?;
        match read(&tokens.id_token, &self.keys(false).await?, expected) {
            Err(TokenError::UnknownKey(_)) => Ok(read(&tokens.id_token, &self.keys(true).await?, expected)?),
            read => Ok(read?),
        }
    }
}

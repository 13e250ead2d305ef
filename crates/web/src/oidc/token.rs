//! An id_token: who somebody is, as the issuer signed it. Pure: keys, clock and what to expect are handed in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Map, Value};
use xingjian_kernel::Timestamp;

/// Seconds that the issuer's clock may be off.
const SKEW: i64 = 60;

/// Why an id_token is not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Three parts of base64url, the first two JSON.
    #[error("身份令牌的格式不正确")]
    Shape,
    /// `none`, a shared secret, or one that is not known here.
    #[error("身份令牌的签名算法“{0}”不予接受，只接受 RS256 和 ES256")]
    Algorithm(String),
    /// No key of the issuer has this name and fits the algorithm.
    #[error("身份令牌的签名密钥“{0}”不在认证平台公布的密钥中")]
    UnknownKey(String),
    /// The signature does not hold.
    #[error("身份令牌的签名不成立")]
    Signature,
    /// Another issuer.
    #[error("身份令牌不是由登记的认证平台签发的")]
    Issuer,
    /// For another program.
    #[error("身份令牌是签发给其他系统的")]
    Audience,
    /// It is over, or not yet.
    #[error("身份令牌已过期，或者认证平台与本系统的时钟相差太多")]
    Time,
    /// For another sign-in.
    #[error("身份令牌不属于这一次登录")]
    Nonce,
    /// It does not say who.
    #[error("身份令牌中没有“{0}”")]
    Claim(String),
}

/// The keys of an issuer, as it publishes them.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct KeySet {
    keys: Vec<Key>,
}

/// A key; fields of other kinds of keys stay empty.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Key {
    kty: String,
    kid: String,
    #[serde(rename = "use")]
    purpose: String,
    crv: String,
    n: String,
    e: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
    /// Extensions that must be understood; none is.
    crit: Option<Value>,
}

/// What a token must say.
pub struct Expected<'a> {
    /// Who signs.
    pub issuer: &'a str,
    /// For whom.
    pub client: &'a str,
    /// For which sign-in.
    pub nonce: &'a str,
    /// When it is read.
    pub now: Timestamp,
}

/// What the token says, if it is believed.
pub fn read(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<Map<String, Value>, TokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::Shape)?;
    let (head, body) = signed.split_once('.').filter(|(_, body)| !body.contains('.')).ok_or(TokenError::Shape)?;
    let header: Header = json(head)?;
    if header.crit.is_some() {
        return Err(TokenError::Shape);
    }
    // The algorithm decides which keys are looked at, so a token cannot choose how a key is used.
    let kind = match header.alg.as_str() {
        "RS256" => "RSA",
        "ES256" => "EC",
        other => return Err(TokenError::Algorithm(other.to_owned())),
    };
    let fits = |key: &&Key| key.kty == kind && key.kid == header.kid && matches!(key.purpose.as_str(), "" | "sig");
    let key = keys.keys.iter().find(fits).ok_or_else(|| TokenError::UnknownKey(header.kid.clone()))?;
    let signature = bytes(signature)?;
    if !key.holds(signed.as_bytes(), &signature)? {
        return Err(TokenError::Signature);
    }
    let claims: Map<String, Value> = json(body)?;
    check(&claims, expected)?;
    Ok(claims)
}

fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), TokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    if text("iss") != Some(expected.issuer) {
        return Err(TokenError::Issuer);
    }
    let ours = match claims.get("aud") {
        Some(Value::String(one)) => one == expected.client,
        // Issued to several: the party it was issued for must be named, and be this one.
        Some(Value::Array(all)) if all.len() > 1 => {
            all.iter().any(|one| one == expected.client) && text("azp") == Some(expected.client)
        }
        Some(Value::Array(all)) => all.iter().any(|one| one == expected.client),
        _ => false,
    };
    if !ours || text("azp").is_some_and(|party| party != expected.client) {
        return Err(TokenError::Audience);
    }
    let now = expected.now.micros() / 1_000_000;
    let moment = |name: &str| claims.get(name).and_then(Value::as_f64);
    #[expect(clippy::cast_possible_truncation, reason = "seconds since 1970; what does not fit is not now")]
    let seconds = |name: &str| moment(name).map(|seconds| seconds as i64);
    let over = seconds("exp").is_none_or(|end| end.saturating_add(SKEW) <= now);
    let early = ["iat", "nbf"].iter().any(|name| seconds(name).is_some_and(|start| start.saturating_sub(SKEW) > now));
    if over || early || seconds("iat").is_none() {
        return Err(TokenError::Time);
    }
    if text("nonce") != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    Ok(())
}

impl Key {
    fn holds(&self, signed: &[u8], signature: &[u8]) -> Result<bool, TokenError> {
        if self.kty == "RSA" {
            let (n, e) = (bytes(&self.n)?, bytes(&self.e)?);
            let key = RsaPublicKeyComponents { n: &n, e: &e };
            return Ok(key.verify(&RSA_PKCS1_2048_8192_SHA256, signed, signature).is_ok());
        }
        let (x, y) = (bytes(&self.x)?, bytes(&self.y)?);
        if self.crv != "P-256" || x.len() != 32 || y.len() != 32 {
            return Err(TokenError::UnknownKey(self.kid.clone()));
        }
        let point = [&[4], &x[..], &y[..]].concat();
        Ok(UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(signed, signature).is_ok())
    }
}

fn bytes(text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::Shape)
}

fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, TokenError> {
    serde_json::from_slice(&bytes(text)?).map_err(|_| TokenError::Shape)
}

//! Forms: what was typed, read once, never lost.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use xingjian_kernel::{Fault, LocalDate, Rng};

/// The fields of a form as they were typed. A field may come several times (check boxes).
#[derive(Clone, Debug, Default)]
pub struct Given(BTreeMap<String, Vec<String>>);

impl Given {
    /// From an urlencoded body.
    pub fn parse(body: &str) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in decode(body) {
            fields.entry(name).or_default().push(value);
        }
        Self(fields)
    }

    /// The first value of a field, or empty text.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(|v| v.first()).map_or("", String::as_str)
    }

    /// Whether the form had this field at all.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// All values of a field.
    pub fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Fields and values, in order of name.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().flat_map(|(name, values)| values.iter().map(move |v| (name.as_str(), v.as_str())))
    }

    /// The version of the record that the page showed.
    pub fn seen(&self) -> i64 {
        self.text("version").parse().unwrap_or_default()
    }

    /// A value of another type, or a fault.
    pub fn parsed<T: std::str::FromStr>(&self, name: &str, reason: &str, mend: &str, faults: &mut Vec<Fault>) -> Option<T> {
        let text = self.text(name).trim();
        match text.parse() {
            Ok(value) => Some(value),
            Err(_) => {
                faults.push(Fault::new(name, text, reason, mend));
                None
            }
        }
    }

    /// A date, or a fault.
    pub fn date(&self, name: &str, faults: &mut Vec<Fault>) -> Option<LocalDate> {
        self.parsed(name, "不是日期", "请按 2026-11-21 的格式填写", faults)
    }
}

impl<S: Send + Sync> FromRequest<S> for Given {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let body = axum::body::Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        let text = std::str::from_utf8(&body).map_err(|_| StatusCode::BAD_REQUEST.into_response())?;
        Ok(Self::parse(text))
    }
}

fn decode(body: &str) -> Vec<(String, String)> {
    body.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent(name), percent(value))
        })
        .collect()
}

fn percent(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
        match (bytes[at], hex.and_then(|h| u8::from_str_radix(h, 16).ok())) {
            (b'%', Some(byte)) => {
                out.push(byte);
                at += 2;
            }
            (b'+', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    // Browsers send CR LF; text is kept with LF.
    String::from_utf8_lossy(&out).replace("\r\n", "\n")
}

/// Text for a query string.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// A secret for a form, so that the same form sent twice is recognised.
pub fn once(rng: &dyn Rng) -> String {
    let mut bytes = [0u8; 16];
    rng.fill(&mut bytes);
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_comes_back_as_it_was() {
        let given = Given::parse("a=%E5%8C%BB%F0%A0%AE%B7+x%0D%0Ay&b=1&b=2&c&d=100%");
        assert_eq!(given.text("a"), "医𠮷 x\ny");
        assert_eq!(given.all("b"), ["1", "2"]);
        assert_eq!((given.text("c"), given.has("c"), given.has("z")), ("", true, false));
        assert_eq!(given.text("d"), "100%");
        assert_eq!(percent(&encode("/desk?a=医 b")), "/desk?a=医 b");
    }
}

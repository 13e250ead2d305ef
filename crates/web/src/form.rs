//! Forms: what was typed, read once, never lost.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use xingjian_kernel::{Fault, LocalDate, Rng, Timestamp};

/// The fields of a form as they were typed. A field may come several times (check boxes).
#[derive(Clone, Debug, Default)]
pub struct Given(BTreeMap<String, Vec<String>>);

impl Given {
    /// From an urlencoded body.
    pub fn parse(body: &str) -> Self {
        let mut fields: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(body.as_bytes()) {
            // Browsers send CR LF; text is kept with LF.
            fields.entry(name.into_owned()).or_default().push(value.replace("\r\n", "\n"));
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
    pub fn parsed<T: std::str::FromStr>(
        &self,
        name: &str,
        reason: &str,
        mend: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<T> {
        let text = self.text(name).trim();
        let parsed = text.parse().ok();
        if parsed.is_none() {
            faults.push(Fault::new(name, text, reason, mend));
        }
        parsed
    }

    /// A moment, or a fault.
    pub fn moment(&self, name: &str, faults: &mut Vec<Fault>) -> Option<Timestamp> {
        let text = self.text(name).trim();
        let read = instant(text);
        if read.is_none() {
            faults.push(Fault::new(name, text, "不是日期和时间", "请按 2026-11-21 09:30 的格式填写"));
        }
        read
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

/// Text for a query string.
pub fn encode(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Whether a field holds a secret, which no page shows or hands back.
pub fn is_secret(name: &str) -> bool {
    name.contains("password")
}

/// An urlencoded body without its secrets.
pub fn without_secrets(body: &str) -> String {
    let kept = form_urlencoded::parse(body.as_bytes()).filter(|(name, _)| !is_secret(name));
    form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
}

/// A date and a time of day as a form or a person writes them: `2026-11-21 09:30`.
pub fn instant(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let (hour, rest) = time.trim().split_once(':')?;
    let minute = rest.split_once(':').map_or(rest, |(minute, _)| minute);
    let date: LocalDate = date.parse().ok()?;
    let hour = hour.parse().ok().filter(|hour| (0..24).contains(hour))?;
    let minute = minute.parse().ok().filter(|minute| (0..60).contains(minute))?;
    Some(Timestamp::from_local(date, hour, minute))
}

/// A secret for a form, so that the same form sent twice is recognised.
pub fn once(rng: &dyn Rng) -> String {
    xingjian_kernel::clock::secret(rng, 16)
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
        assert_eq!(without_secrets("a=%E5%8C%BB+b&new_password=x&password=y&c"), "a=%E5%8C%BB+b&c=");
        assert_eq!(Given::parse(&format!("x={}", encode("/desk?a=医 b"))).text("x"), "/desk?a=医 b");
    }

    #[test]
    fn a_moment_is_read_or_refused() {
        let told = |text: &str| instant(text).map(|at| at.to_string());
        assert_eq!(told("2026-11-21 09:30").as_deref(), Some("2026-11-21 09:30:00"));
        assert_eq!(told("2026-11-21T23:59:58").as_deref(), Some("2026-11-21 23:59:00"));
        for wrong in ["2026-11-21", "2026-11-31 09:30", "2026-11-21 24:00", "2026-11-21 09:60", "-1 -1:-1", "九点"] {
            assert_eq!(told(wrong), None, "{wrong}");
        }
    }
}

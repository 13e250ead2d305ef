//! What is wrong with an input, and why an act was refused: always with the way on.

use serde::{Deserialize, Serialize};

/// One fault of an input: place, value, reason and mend. Text for people, in Chinese.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Where: a field name, or file, line and entry.
    pub place: String,
    /// The value as it was given, shortened where it is long.
    pub value: String,
    /// Why it cannot be taken.
    pub reason: String,
    /// What to do.
    pub mend: String,
}

impl Fault {
    /// A fault at `place`; a long value is cut to 60 characters, control characters are shown as □.
    pub fn new(place: impl Into<String>, value: &str, reason: impl Into<String>, mend: impl Into<String>) -> Self {
        let value = match value.char_indices().nth(60) {
            Some((at, _)) => format!("{}…", &value[..at]),
            None => value.to_owned(),
        };
        let value = value.replace(|c: char| c.is_control() && c != '\n', "□");
        Self { place: place.into(), value, reason: reason.into(), mend: mend.into() }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if self.value.is_empty() { String::new() } else { format!("“{}”", self.value) };
        write!(f, "{}：{value}{}。{}", self.place, self.reason, self.mend)
    }
}

/// An act that the law or the state of the matter does not allow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable name for programs, such as `too_few_officers`.
    pub code: String,
    /// The article it rests on, where there is one: `行政处罚法第42条`.
    pub article: Option<String>,
    /// What is not possible and why, in Chinese.
    pub message: String,
    /// What to do instead, in Chinese.
    pub mend: String,
}

impl Refusal {
    /// A refusal that rests on no article.
    pub fn new(code: &str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { code: code.to_owned(), article: None, message: message.into(), mend: mend.into() }
    }

    /// A refusal that rests on an article of law.
    pub fn by_law(code: &str, article: &str, message: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { article: Some(article.to_owned()), ..Self::new(code, message, mend) }
    }
}

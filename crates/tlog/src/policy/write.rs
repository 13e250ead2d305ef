use super::{Kind, Policy, Quorum};
use crate::key::VerifierKey;
use std::fmt;

impl Policy {
    /// The same witnesses, for a log of these keys; logs that it named before are named no more.
    #[must_use]
    pub fn of_log<'k>(mut self, keys: impl IntoIterator<Item = &'k VerifierKey>) -> Self {
        self.logs = keys.into_iter().cloned().collect();
        self.log_urls = vec![None; self.logs.len()];
        self
    }

    /// The same trust, without the addresses of anybody.
    #[must_use]
    pub fn without_addresses(mut self) -> Self {
        self.log_urls.fill(None);
        for member in &mut self.members {
            if let Kind::Witness { url, .. } = &mut member.kind {
                *url = None;
            }
        }
        self
    }
}

/// The file, without the comments it may have been read with.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = |url: Option<&str>| url.map(|url| format!(" {url}")).unwrap_or_default();
        for (key, url) in self.logs() {
            writeln!(f, "log {key}{}", address(url))?;
        }
        let name = |place: &usize| self.members[*place].name.as_str();
        for member in &self.members {
            match &member.kind {
                Kind::Witness { key, url } => {
                    writeln!(f, "witness {} {key}{}", member.name, address(url.as_deref()))?;
                }
                Kind::Group { threshold, members } => {
                    let names: Vec<&str> = members.iter().map(name).collect();
                    writeln!(f, "group {} {threshold} {}", member.name, names.join(" "))?;
                }
            }
        }
        match &self.quorum {
            Quorum::None => writeln!(f, "quorum none"),
            Quorum::Member(place) => writeln!(f, "quorum {}", name(place)),
        }
    }
}

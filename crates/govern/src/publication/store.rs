//! Rows of publications.

use super::{Publication, State};
use xingjian_kernel::Sensitivity;
use xingjian_store::{Head, Record, Table, tables};

impl Record for Publication {
    const TABLE: Table = tables::PUBLICATION;
    const FINAL: &'static [&'static str] = Self::SETTLED;

    fn head(&self) -> Head {
        let open = matches!(self.state, State::Pending | State::Withheld { .. });
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: if open { Sensitivity::Case } else { Sensitivity::Internal },
            subject: self.subject,
            state: self.state_name(),
            owner: None,
            due: self.next_due(),
            number: Some(key(self.source.kind.code(), &self.source.id)),
            title: self.title.clone(),
            search: self.search(),
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        xingjian_registry::sort_key(&self.title)
    }
}

impl Publication {
    /// What searching finds. The public searches the same column: once the public reads something, it holds that
    /// text and no other.
    fn search(&self) -> String {
        match &self.state {
            State::Published { shown, .. } | State::Recalled { shown, .. } => {
                let texts: Vec<&str> = shown.projection.fields().iter().map(|field| field.text.as_str()).collect();
                texts.join(" ")
            }
            State::Withdrawn { notice, .. } => notice.clone(),
            State::Pending | State::Withheld { .. } | State::Expired { .. } => self.title.clone(),
        }
    }
}

/// One case or task has one publication.
pub(super) fn key(kind: &str, source: &str) -> String {
    format!("{kind}/{source}")
}

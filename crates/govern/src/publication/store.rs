//! Rows of publications.

use super::{Publication, State};
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Sensitivity};
use xingjian_store::erasure::{Blank, Erasable, Personal};
use xingjian_store::{Head, Record, Table, tables};

impl Record for Publication {
    const TABLE: Table = tables::PUBLICATION;
    const FINAL: &'static [&'static str] = Self::SETTLED;

    fn head(&self) -> Head {
        let sensitivity = match self.state {
            // The party must not learn of a decision before it is served.
            State::Pending | State::Withheld { .. } | State::Void { .. } if !self.served => Sensitivity::Secret,
            State::Pending | State::Withheld { .. } | State::Void { .. } => Sensitivity::Case,
            _ => Sensitivity::Internal,
        };
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity,
            subject: self.subject,
            state: self.state_name(),
            owner: None,
            due: self.next_due(),
            number: Some(key(self.source.kind.code(), &self.source.id, self.source.number.as_deref())),
            title: self.title.clone(),
            search: self.search(),
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        xingjian_registry::sort_key(&self.title)
    }
}

/// What was shown to the public, and the line about its withdrawal; the class, the source and the dates stay.
impl Erasable for Publication {
    const PERSONAL: &'static [Personal] = &[
        Personal { acts: SHOWN, field: "/state/shown/projection", blank: Blank::Empty },
        Personal { acts: SHOWN, field: "/title", blank: Blank::Text },
        Personal { acts: WITHDRAWN, field: "/state/notice", blank: Blank::Text },
        Personal { acts: WITHDRAWN, field: "/state/public_reason", blank: Blank::Text },
    ];

    fn label(&self) -> String {
        format!("{}起的公示（{}）", chinese(self.source.on), self.class_name)
    }

    fn ended_on(&self) -> Option<LocalDate> {
        match &self.state {
            State::Withheld { decided } | State::Withdrawn { decided, .. } | State::Repaired { decided, .. } => {
                Some(decided.on)
            }
            State::Void { cause } => Some(cause.on),
            State::Expired { on } => Some(*on),
            State::Pending | State::Published { .. } | State::Recalled { .. } => None,
        }
    }
}

const SHOWN: &[&str] = &["publication.published", "publication.shown"];
const WITHDRAWN: &[&str] = &["publication.withdrawn", "publication.shown"];

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
            _ => self.title.clone(),
        }
    }
}

/// One decision or task has one publication.
pub(super) fn key(kind: &str, source: &str, number: Option<&str>) -> String {
    number.map_or_else(|| format!("{kind}/{source}"), |number| format!("{kind}/{source}/{number}"))
}

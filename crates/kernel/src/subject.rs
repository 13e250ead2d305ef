//! Whom a record is about.

use crate::id::{InstitutionId, LegalPersonId, PractitionerId, UnregisteredId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A supervised subject. Its key, `kind:id`, is what rows and ledger entries carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SubjectRef {
    /// A licensed institution at a site.
    Institution(InstitutionId),
    /// The legal person behind one or more institutions.
    LegalPerson(LegalPersonId),
    /// A practitioner.
    Practitioner(PractitionerId),
    /// A person or place without registration, linked later if it turns out to be known.
    Unregistered(UnregisteredId),
}

impl SubjectRef {
    /// The kind as officials call it.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Institution(_) => "医疗机构",
            Self::LegalPerson(_) => "法人",
            Self::Practitioner(_) => "卫生技术人员",
            Self::Unregistered(_) => "未登记对象",
        }
    }
}

impl fmt::Display for SubjectRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Institution(id) => write!(f, "institution:{id}"),
            Self::LegalPerson(id) => write!(f, "legal_person:{id}"),
            Self::Practitioner(id) => write!(f, "practitioner:{id}"),
            Self::Unregistered(id) => write!(f, "unregistered:{id}"),
        }
    }
}

/// The text is not the key of a subject.
#[derive(Debug, thiserror::Error)]
#[error("not the key of a subject: {0}")]
pub struct ParseError(String);

impl FromStr for SubjectRef {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let bad = || ParseError(text.to_owned());
        let (kind, id) = text.split_once(':').ok_or_else(bad)?;
        match kind {
            "institution" => id.parse().map(Self::Institution).map_err(|_| bad()),
            "legal_person" => id.parse().map(Self::LegalPerson).map_err(|_| bad()),
            "practitioner" => id.parse().map(Self::Practitioner).map_err(|_| bad()),
            "unregistered" => id.parse().map(Self::Unregistered).map_err(|_| bad()),
            _ => Err(bad()),
        }
    }
}

impl Serialize for SubjectRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SubjectRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

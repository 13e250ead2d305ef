//! A dated entry with its source, and a table of entries resolved as of a day.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::ops::Deref;
use xingjian_kernel::LocalDate;

/// Where an entry comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Law, regulation or document, with its number: `珠府办函〔2020〕96号`.
    pub document: String,
    /// Clause inside it: `三（三）`.
    pub clause: String,
}

crate::words! {
    /// How far the content of an entry was checked against its source.
    pub enum Status {
        /// Read in the original text.
        Verified = "verified", "已核";
        /// Taken from an official page or a reprint, the original not seen.
        Quoted = "quoted", "转引";
        /// General knowledge, not checked.
        General = "general", "通用知识";
        /// The law gives no value: default of the product.
        Default = "default", "产品缺省";
    }
}

impl Status {
    /// The mark in front of an entry: ✔ ◐ ○ ★.
    pub const fn mark(self) -> &'static str {
        match self {
            Self::Verified => "✔",
            Self::Quoted => "◐",
            Self::General => "○",
            Self::Default => "★",
        }
    }
}

/// One entry of a pack: header and body. Fields of the body are reached directly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry<T> {
    /// Id, unique in its table among entries of the same day.
    pub id: String,
    /// First day in force.
    pub from: LocalDate,
    /// Last day in force; `None` is open.
    pub until: Option<LocalDate>,
    /// Where it comes from.
    pub source: Source,
    /// How far it was checked.
    pub status: Status,
    /// The content.
    #[serde(flatten)]
    pub body: T,
}

impl<T> Entry<T> {
    /// Whether the entry can support an effective act without a release by a legal officer.
    pub fn is_released_by_itself(&self) -> bool {
        self.status == Status::Verified
    }

    /// Whether the entry is in force on that day.
    pub fn in_force(&self, day: LocalDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day <= until)
    }
}

impl<T> Deref for Entry<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.body
    }
}

/// The header of an entry of any table, for lists over all tables and for releases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Head {
    /// Table, as in the packs: `violation`.
    pub table: &'static str,
    /// The table on screen: `案由`.
    pub table_label: &'static str,
    /// Id in the table.
    pub id: String,
    /// What the entry is called on screen.
    pub title: String,
    /// First day in force.
    pub from: LocalDate,
    /// Last day in force; `None` is open.
    pub until: Option<LocalDate>,
    /// Where it comes from.
    pub source: Source,
    /// How far it was checked.
    pub status: Status,
}

/// All versions of all entries of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    /// By id; within an id the city's versions before the national ones.
    entries: BTreeMap<String, Vec<Entry<T>>>,
    /// Ids in the order in which the packs list them, the city's first.
    order: Vec<String>,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), order: vec![] }
    }
}

impl<T> Table<T> {
    /// Adds a version; those added first win where two are in force on one day.
    pub(crate) fn push(&mut self, entry: Entry<T>) {
        if !self.entries.contains_key(&entry.id) {
            self.order.push(entry.id.clone());
        }
        self.entries.entry(entry.id.clone()).or_default().push(entry);
    }

    pub(crate) fn get(&self, id: &str, day: LocalDate) -> Option<&Entry<T>> {
        self.entries.get(id)?.iter().find(|entry| entry.in_force(day))
    }

    pub(crate) fn all(&self, day: LocalDate) -> Vec<&Entry<T>> {
        self.entries.values().filter_map(|versions| versions.iter().find(|entry| entry.in_force(day))).collect()
    }

    pub(crate) fn in_order(&self, day: LocalDate) -> Vec<&Entry<T>> {
        self.order.iter().filter_map(|id| self.get(id, day)).collect()
    }

    pub(crate) fn versions(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.values().flatten()
    }
}

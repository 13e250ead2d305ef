use super::table::{Cell, Figure, Table};
use super::{ActionForm, Badge, Bars, Due, Layout};
use crate::desk::erasure::asking;
use askama::Template;
use std::ops::Deref;
use xingjian_store::ledger::LedgerRow;

/// A clock that runs, with the article it rests on.
pub struct Clock {
    /// What must happen.
    pub label: String,
    /// When.
    pub due: Due,
    /// Article.
    pub article: String,
    /// The date lies beyond the official calendar.
    pub estimated: bool,
}

/// A label and its value; a value may lead somewhere.
pub struct Line {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
    /// Where it leads.
    pub url: Option<String>,
}

impl Line {
    /// A label and its value.
    pub fn new(label: &str, value: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), url: None }
    }

    /// A value that leads somewhere.
    pub fn link(label: &str, value: impl Into<String>, url: impl Into<String>) -> Self {
        Self { label: label.into(), value: value.into(), url: Some(url.into()) }
    }
}

/// Lines under a heading.
pub struct Section {
    /// Heading.
    pub title: String,
    /// Lines.
    pub lines: Vec<Line>,
}

impl Section {
    /// Lines under a heading.
    pub fn new(title: &str, lines: Vec<Line>) -> Self {
        Self { title: title.into(), lines }
    }
}

/// An act on the time line.
pub struct Act {
    /// When.
    pub at: String,
    /// Who.
    pub who: String,
    /// What.
    pub text: String,
    /// Place in the log, when it has one.
    pub mark: String,
    /// Whether the row still gives its entry, or was erased by the rules.
    pub intact: bool,
    /// Its content is gone.
    pub erased: bool,
    /// Where its erasure is asked for.
    pub erase: Option<String>,
}

/// The time line of ledger rows.
pub fn timeline(rows: Vec<LedgerRow>) -> Vec<Act> {
    rows.into_iter()
        .map(|row| Act {
            erase: asking(&row.resource, &row.resource_id, Some(&row.id.to_string())).filter(|_| row.erased.is_none()),
            erased: row.erased.is_some(),
            at: row.at.to_string(),
            who: row.actor.name,
            text: row.text,
            mark: row.index.map_or_else(|| "待编号".to_owned(), |i| format!("存证 #{i}")),
            intact: row.intact,
        })
        .collect()
}

/// A file: what it is, what happened, what can be done now.
#[derive(Template)]
#[template(path = "file.html")]
pub struct FilePage {
    /// What surrounds it.
    pub layout: Layout,
    /// The list it belongs to: label and address.
    pub list: (String, String),
    /// Title.
    pub title: String,
    /// Number.
    pub number: String,
    /// State.
    pub state: Badge,
    /// Clocks that run.
    pub clocks: Vec<Clock>,
    /// What is known.
    pub sections: Vec<Section>,
    /// What happened.
    pub acts: Vec<Act>,
    /// What this person can do now.
    pub actions: Vec<ActionForm>,
    /// Why nothing can be done now, or what must happen first.
    pub waiting: Vec<String>,
    /// What went wrong with an act that was just tried and that no form shows.
    pub problem: Option<String>,
}

/// A file that has figures and tables.
#[derive(Template)]
#[template(path = "tables.html")]
pub struct TablePage {
    /// The file.
    pub file: FilePage,
    /// Numbers above everything.
    pub figures: Vec<Figure>,
    /// A chart; its numbers stand in the first table.
    pub chart: Option<Bars>,
    /// Tables.
    pub tables: Vec<Table>,
}

impl Deref for TablePage {
    type Target = FilePage;
    fn deref(&self) -> &FilePage {
        &self.file
    }
}

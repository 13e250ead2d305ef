//! Imports the national rule library (医保基金智能监管规则库、知识库) from the files a bureau has: the spreadsheets of
//! batches 1 to 8, and the list of knowledge points with the update of 2026-01-28 and batches 9 to 17.
//!
//! Every row is accounted for: it is the parent or a code of one rule, or it is set aside with its reason. Nothing of the
//! library is part of this program; what a text cannot give (how long a pause ends a course) is a product default, and a rule
//! says so.

mod account;
mod books;
pub mod catalogue;
mod limits;
mod names;
mod points;
mod sheet;
mod versions;

pub use account::{Outcome, Role, RowAccount, TableAccount};

use crate::rule::{Rule, Source};
use serde::Serialize;
use std::path::Path;
use xingjian_kernel::{Fault, LocalDate};

/// What an import brought.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Import {
    /// Rules by id and version.
    pub rules: Vec<Rule>,
    /// What cannot be executed, and why.
    pub not_executable: Vec<NotExecutable>,
    /// The tables that were read, with their counts.
    pub tables: Vec<TableAccount>,
    /// Every row of every table, and what became of it.
    pub rows: Vec<RowAccount>,
    /// Where the list of points and the spreadsheets say different things, and what else a person should see.
    pub differences: Vec<Difference>,
}

/// A knowledge point that no test can judge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotExecutable {
    /// Name of its rule in the national catalogue.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Where it stands.
    pub source: Source,
    /// Why, in Chinese.
    pub reason: String,
}

/// Something that differs between two sources, or within one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// Name of the rule.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// What differs, in Chinese.
    pub what: String,
}

/// One knowledge point as it was published: the words, and the codes they hold for.
#[derive(Clone, Debug)]
struct Point {
    /// Name of its rule in the national catalogue.
    name: String,
    title: String,
    /// Last part of the id of its rule.
    key: String,
    text: String,
    /// What its limit column or its text gives; an error is the reason why nothing can be executed.
    limits: Result<Vec<limits::Limit>, String>,
    /// Row of a generic name, whose codes stand in rows of their own.
    parent: Option<account::Place>,
    /// Codes, each with its row.
    codes: Vec<(String, account::Place)>,
    batch: Option<u16>,
    from: LocalDate,
}

impl Point {
    fn places(&self) -> impl Iterator<Item = account::Place> {
        self.parent.into_iter().chain(self.codes.iter().map(|(_, place)| *place))
    }
}

/// Reads the spreadsheets below `folder` and, where it is given, the list of knowledge points. All faults of all files at once.
pub fn import(folder: &Path, points: Option<&Path>) -> Result<Import, Vec<Fault>> {
    let mut ledger = account::Ledger::default();
    let mut faults = Vec::new();
    let mut published = books::read(folder, &mut ledger, &mut faults);
    let listed = points.map(|path| points::read(path, &mut ledger, &mut faults)).unwrap_or_default();
    if !faults.is_empty() {
        return Err(faults);
    }
    let (differences, only_listed) = points::compare(&published, &listed, &mut ledger);
    published.extend(points::later(listed, &published));
    let (rules, not_executable, more) = versions::rules(published, &mut ledger);
    let (tables, rows) = ledger.close();
    let mut import = Import { rules, not_executable, tables, rows, differences };
    import.not_executable.extend(only_listed);
    import.differences.extend(more);
    import.differences.extend(books::unknown(folder).into_iter().map(|file| Difference {
        name: String::new(),
        title: file,
        what: "不是第一至第八批的表格，未读取".to_owned(),
    }));
    import.differences.sort();
    Ok(import)
}

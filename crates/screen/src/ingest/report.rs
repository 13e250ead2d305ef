//! What was read and what became of it, for people and for programs.

use super::aside::Reason;
use super::coding::Coding;
use super::counts::{Counts, TableCounts, Tally};
use super::number::yuan;
use crate::claims::{Error, Store, write};
use crate::layout::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result};

/// The report of a delivery; its sums reconcile, or there would be none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The month, `2026-01`.
    pub month: String,
    /// Merged into the month, instead of taking its place.
    pub late: bool,
    /// The layout.
    pub mapping: String,
    /// Version of the manifest since when it is in force.
    pub version: u64,
    /// Buckets of the store.
    pub buckets: u16,
    /// The files.
    pub files: Vec<FileReport>,
    /// Sheets of workbooks that belong to no table.
    pub ignored: Vec<String>,
    /// 缺项: columns of the layout that a table's files do not have.
    pub missing: BTreeMap<Table, Vec<String>>,
    /// What became of the rows.
    pub counts: Counts,
    /// Lines of other months that came to this one with deliveries of theirs, and are in force.
    pub carried_here: Tally,
    /// Lines of the month before, if it was there.
    pub before: Option<Tally>,
    /// Lines of the month now.
    pub after: Tally,
    /// The file of rows set aside, below the folder of the store.
    pub set_aside: Option<String>,
}

impl Report {
    /// The report of the delivery that a month of a store came with last; none of a month that was made up.
    pub fn of(store: &Store, month: &str) -> std::result::Result<Option<Self>, Error> {
        let Some(file) = store.manifest.months.get(month).and_then(|month| month.report.as_ref()) else {
            return Ok(None);
        };
        let path = store.folder.join(&file.path);
        let bytes = std::fs::read(&path).map_err(Error::io(&path))?;
        if write::sha256(&bytes) != file.sha256 {
            return Err(Error::mismatch(&path, "与清单所记的不同"));
        }
        serde_json::from_slice(&bytes).map(Some).map_err(|_| Error::mismatch(&path, "不是入库报告"))
    }
}

/// A file of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// Its name, with the sheet.
    pub name: String,
    /// Kind of file.
    pub format: String,
    /// Its coding, where it had other characters than ASCII.
    pub coding: Option<Coding>,
    /// Tables it gave.
    pub tables: Vec<Table>,
    /// Columns nothing was taken from.
    pub unread: Vec<String>,
}

/// `1,234 行 56.00 元`.
struct Shown(Tally, bool);

impl Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}行", grouped(self.0.rows))?;
        if self.1 { write!(f, " {}元", yuan(i128::from(self.0.fen))) } else { Ok(()) }
    }
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let way = match (self.late, self.before) {
            (true, _) => "补报并入",
            (false, Some(_)) => "整月替换",
            (false, None) => "首次入库",
        };
        writeln!(f, "{} {way}，版式“{}”，{}个文件", self.month, self.mapping, self.files.len())?;
        for (table, counts) in &self.counts.tables {
            table_lines(f, *table, counts)?;
        }
        for (table, tally) in &self.counts.replaced {
            writeln!(f, "{}：取代原有{}", table.label(), Shown(*tally, table.amount().is_some()))?;
        }
        for (month, tally) in &self.counts.carried_to {
            writeln!(f, "其中属于{month}的就诊、已并入该月：{}", Shown(*tally, true))?;
        }
        if self.carried_here.rows > 0 {
            writeln!(f, "随其他月份报来、属于本月就诊的明细：{}", Shown(self.carried_here, true))?;
        }
        let before = self.before.map(|before| format!("，原为{}", Shown(before, true))).unwrap_or_default();
        writeln!(f, "本月费用明细现为{}{before}；合计核对相符", Shown(self.after, true))?;
        for (table, columns) in self.missing.iter().filter(|(_, columns)| !columns.is_empty()) {
            writeln!(f, "缺项：{}没有 {}", table.label(), columns.join("、"))?;
        }
        for file in self.files.iter().filter(|file| !file.unread.is_empty()) {
            let shown = file.unread.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join("、");
            let more = if file.unread.len() > SHOWN { "等" } else { "" };
            writeln!(f, "未读的列：{}有{}列不在版式中：{shown}{more}", file.name, file.unread.len())?;
        }
        if !self.ignored.is_empty() {
            writeln!(f, "未读的工作表：{}", self.ignored.join("、"))?;
        }
        if self.counts.most_lines_of_a_patient > MANY_LINES {
            let lines = grouped(self.counts.most_lines_of_a_patient);
            writeln!(f, "注意：有一名参保人本月有{lines}行明细，请核对人员编号是否为占位值")?;
        }
        match &self.set_aside {
            Some(path) => writeln!(f, "搁置的行及原因见 {path}"),
            None => Ok(()),
        }
    }
}

/// Columns that are named before the rest is only counted; `--json` has all.
const SHOWN: usize = 8;
/// More lines than a person has in a month.
const MANY_LINES: u64 = 20_000;

fn table_lines(f: &mut Formatter<'_>, table: Table, counts: &TableCounts) -> Result {
    let sums = table.amount().is_some();
    write!(f, "{}：读入{} = 入库{}", table.label(), Shown(counts.read, sums), Shown(counts.stored, sums))?;
    let parts =
        [("并入他月", counts.carried), ("重复", counts.duplicates), ("作废", counts.void), ("搁置", counts.set_aside)];
    for (name, tally) in parts.into_iter().filter(|(_, tally)| tally.rows > 0) {
        write!(f, " + {name}{}", Shown(tally, sums))?;
    }
    writeln!(f)?;
    if counts.unreadable_amounts > 0 {
        writeln!(f, "    其中{}行金额无法读取，未计入金额", grouped(counts.unreadable_amounts))?;
    }
    for (reason, rows) in &counts.reasons {
        let (column, code) = reason.split_once('/').unwrap_or(("", reason));
        let place = if column.is_empty() { String::new() } else { format!("{column} ") };
        writeln!(f, "    {}处：{place}{}", grouped(*rows), Reason::label(code))?;
    }
    Ok(())
}

//! What becomes of the rows of a file, whatever the file is of.

use super::table::Table;
use std::collections::BTreeSet;
use xingjian_kernel::{Fault, codes};
use xingjian_store::blobs;

/// What becomes of a row that says a `T`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// It is taken.
    Taken(T),
    /// It is taken and counted apart, for what is to be said about it: a part is missing, or it is only for the record.
    Apart(T, Vec<Fault>),
    /// The same is known already.
    Matched {
        /// Where it is.
        known: Known,
        /// Which fields agreed, in Chinese.
        why: String,
    },
    /// The row cannot be taken.
    Rejected(Vec<Fault>),
}

/// Where the same is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// A record with this id.
    Kept(String),
    /// On an earlier line of the same file.
    Line(usize),
}

/// A row with its line and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    /// The line it starts on.
    pub line: usize,
    /// What becomes of it.
    pub outcome: Outcome<T>,
}

impl<T> Row<T> {
    /// What it says, where it is taken.
    pub fn taken(&self) -> Option<&T> {
        match &self.outcome {
            Outcome::Taken(what) | Outcome::Apart(what, _) => Some(what),
            Outcome::Matched { .. } | Outcome::Rejected(_) => None,
        }
    }

    /// What is to be said about the row; `None` where it is simply taken.
    pub fn remark(&self) -> Option<String> {
        let join = |faults: &[Fault]| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("；");
        match &self.outcome {
            Outcome::Taken(_) => None,
            Outcome::Apart(_, faults) if faults.is_empty() => None,
            Outcome::Apart(_, faults) | Outcome::Rejected(faults) => Some(join(faults)),
            Outcome::Matched { known: Known::Kept(_), why } => Some(format!("已有：{why}")),
            Outcome::Matched { known: Known::Line(line), why } => Some(format!("已有：与第{line}行{why}")),
        }
    }

    /// Refuses the row for a fault, if there is one.
    pub fn refuse(&mut self, fault: Option<Fault>) {
        if let Some(fault) = fault {
            self.outcome = Outcome::Rejected(vec![fault]);
        }
    }

    /// Citizen numbers in what is told of the row are masked, in whichever column they stood.
    fn cover(&mut self) {
        if let Outcome::Apart(_, faults) | Outcome::Rejected(faults) = &mut self.outcome {
            for fault in faults {
                fault.value = codes::covered(&fault.value);
            }
        }
    }

    /// The row without what it says.
    fn plain(&self) -> Row<()> {
        let outcome = match &self.outcome {
            Outcome::Taken(_) => Outcome::Taken(()),
            Outcome::Apart(_, faults) => Outcome::Apart((), faults.clone()),
            Outcome::Matched { known, why } => Outcome::Matched { known: known.clone(), why: why.clone() },
            Outcome::Rejected(faults) => Outcome::Rejected(faults.clone()),
        };
        Row { line: self.line, outcome }
    }
}

/// A file with what importing it would do, row by row.
#[derive(Clone, Debug)]
pub struct Judged<T> {
    /// SHA-256 of the file.
    pub hash: String,
    /// The file as it was read.
    pub table: Table,
    /// Every row, by its line.
    pub rows: Vec<Row<T>>,
    /// Columns with something in them that are not read.
    pub unread: Vec<String>,
}

/// The same without what the rows say.
pub type Preview = Judged<()>;

impl<T> Judged<T> {
    /// The rows of a file with their outcomes; those that could not be read are refused, and so are those that repeat one
    /// that is not taken.
    pub fn new(bytes: &[u8], table: Table, mut rows: Vec<Row<T>>, unread: Vec<String>) -> Self {
        let refused =
            |row: &super::TableFault| Row { line: row.line, outcome: Outcome::Rejected(vec![row.fault.clone()]) };
        rows.extend(table.unreadable.iter().map(refused));
        rows.sort_by_key(|row| row.line);
        refuse_repeats(&mut rows);
        rows.iter_mut().for_each(Row::cover);
        Self { hash: blobs::digest(bytes), table, rows, unread }
    }

    /// Rows taken, taken and counted apart, matched, rejected; they add up to all rows.
    pub fn counts(&self) -> [usize; 4] {
        let mut counts = [0; 4];
        for row in &self.rows {
            counts[match row.outcome {
                Outcome::Taken(_) => 0,
                Outcome::Apart(..) => 1,
                Outcome::Matched { .. } => 2,
                Outcome::Rejected(_) => 3,
            }] += 1;
        }
        counts
    }

    /// Every row with something to be said about it.
    pub fn remarks(&self) -> Vec<(usize, String)> {
        self.rows.iter().filter_map(|row| Some((row.line, row.remark()?))).collect()
    }

    /// The lines that have to be mended and brought in again.
    pub fn rejected(&self) -> Vec<usize> {
        let rejected = self.rows.iter().filter(|row| matches!(row.outcome, Outcome::Rejected(_)));
        rejected.map(|row| row.line).collect()
    }

    /// Without what the rows say.
    pub fn plain(self) -> Preview {
        let rows = self.rows.iter().map(Row::plain).collect();
        Judged { rows, hash: self.hash, table: self.table, unread: self.unread }
    }
}

/// Rows that repeat one that is not taken are not taken either.
fn refuse_repeats<T>(rows: &mut [Row<T>]) {
    let rejected = rows.iter().filter(|row| matches!(row.outcome, Outcome::Rejected(_)));
    let rejected: BTreeSet<usize> = rejected.map(|row| row.line).collect();
    for row in rows {
        if let Outcome::Matched { known: Known::Line(earlier), .. } = row.outcome
            && rejected.contains(&earlier)
        {
            let reason = format!("与第{earlier}行相同，该行不能登记");
            let mend = format!("请先按第{earlier}行的说明处理");
            row.refuse(Some(Fault::new(format!("第{}行", row.line), "", reason, mend)));
        }
    }
}

//! What became of every row: counted where it happens, so that the sums can be held against each other.

use super::aside::Finding;
use super::check::States;
use crate::layout::Table;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows, and the sum of their amounts in fen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows.
    pub rows: u64,
    /// Sum of the amounts that could be read.
    pub fen: i64,
}

impl Tally {
    /// One row.
    pub(super) fn count(&mut self, fen: Option<i64>) {
        self.rows += 1;
        self.fen += fen.unwrap_or(0);
    }

    pub(super) fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.fen += other.fen;
    }
}

/// What became of the rows of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableCounts {
    /// Read.
    pub read: Tally,
    /// Stored in the month.
    pub stored: Tally,
    /// Stored in an earlier month, where their visit lies.
    pub carried: Tally,
    /// The same as another row.
    pub duplicates: Tally,
    /// Void at their source.
    pub void: Tally,
    /// Set aside.
    pub set_aside: Tally,
    /// Rows set aside whose amount could not be read: they are in no sum.
    pub unreadable_amounts: u64,
    /// Faults by column and reason, `cnt/range`; a row can have several.
    pub reasons: BTreeMap<String, u64>,
    /// Cells by column and state.
    pub cells: BTreeMap<String, States>,
}

impl TableCounts {
    /// Every row that was read became one thing.
    pub fn reconciles(&self) -> bool {
        let mut sum = Tally::default();
        for part in [self.stored, self.carried, self.duplicates, self.void, self.set_aside] {
            sum.add(part);
        }
        sum == self.read
    }

    /// One row set aside for some reasons.
    pub(super) fn set_aside(&mut self, fen: Option<i64>, findings: &[Finding]) {
        self.set_aside.count(fen);
        for finding in findings {
            *self.reasons.entry(format!("{}/{}", finding.column_name(), finding.reason.code())).or_default() += 1;
        }
    }

    fn add(&mut self, other: &Self) {
        self.read.add(other.read);
        self.stored.add(other.stored);
        self.carried.add(other.carried);
        self.duplicates.add(other.duplicates);
        self.void.add(other.void);
        self.set_aside.add(other.set_aside);
        self.unreadable_amounts += other.unreadable_amounts;
        for (reason, rows) in &other.reasons {
            *self.reasons.entry(reason.clone()).or_default() += rows;
        }
        for (column, states) in &other.cells {
            self.cells.entry(column.clone()).or_default().add(states);
        }
    }
}

/// What became of the rows of all tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// By table; tables without files are not there.
    pub tables: BTreeMap<Table, TableCounts>,
    /// Rows of the month that others took the place of.
    pub replaced: BTreeMap<Table, Tally>,
    /// Lines stored in earlier months, by month.
    pub carried_to: BTreeMap<String, Tally>,
    /// Lines of the most frequent patient: a number that stands for many persons shows here.
    pub most_lines_of_a_patient: u64,
}

impl Counts {
    /// Of one table.
    pub(super) fn table(&mut self, table: Table) -> &mut TableCounts {
        self.tables.entry(table).or_default()
    }

    /// Adds other counts.
    pub(super) fn add(&mut self, other: &Self) {
        for (table, counts) in &other.tables {
            self.table(*table).add(counts);
        }
        for (table, tally) in &other.replaced {
            self.replaced.entry(*table).or_default().add(*tally);
        }
        for (month, tally) in &other.carried_to {
            self.carried_to.entry(month.clone()).or_default().add(*tally);
        }
        self.most_lines_of_a_patient = self.most_lines_of_a_patient.max(other.most_lines_of_a_patient);
    }
}

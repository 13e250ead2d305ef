//! What became of each row of each table.

use serde::Serialize;
use std::collections::BTreeMap;

/// The part a row plays in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A generic name with its limit; its codes stand in rows of their own.
    Parent,
    /// A code, or a point that carries its codes itself.
    Code,
    /// A total or a remark.
    Remark,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is part of this rule; `also` are further rules that its words gave.
    Rule {
        /// Id.
        id: String,
        /// Version.
        version: u32,
        /// Ids.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        also: Vec<String>,
        /// Row of the same table that says the same.
        #[serde(skip_serializing_if = "Option::is_none")]
        repeats: Option<u32>,
    },
    /// The point is in the spreadsheets too and comes from there.
    Published,
    /// It cannot be executed.
    NotExecutable {
        /// Why.
        reason: String,
    },
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowAccount {
    /// Number of its table.
    pub table: usize,
    /// Row as the spreadsheet numbers it, or line of the file.
    pub row: u32,
    /// Its part.
    pub role: Role,
    /// What became of it.
    pub outcome: Outcome,
}

/// One sheet, or the list of points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TableAccount {
    /// File.
    pub file: String,
    /// Sheet; empty for the list of points.
    pub sheet: String,
    /// Batch; none where the table holds several.
    pub batch: Option<u16>,
    /// Rows below the head.
    pub rows: usize,
    /// Generic names.
    pub parents: usize,
    /// Codes.
    pub codes: usize,
    /// Totals and remarks.
    pub remarks: usize,
    /// Rows that are part of a rule.
    pub in_rules: usize,
    /// Points that come from the spreadsheets.
    pub published: usize,
    /// Rows that cannot be executed, totals and remarks among them.
    pub not_executable: usize,
    /// Rows that say what another row of the table says.
    pub repeated: usize,
}

/// A row while its fate is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub table: usize,
    pub row: u32,
}

/// Rows by table and number.
#[derive(Default)]
pub(super) struct Ledger {
    tables: Vec<TableAccount>,
    rows: BTreeMap<Place, (Role, Option<Outcome>)>,
}

impl Ledger {
    /// Opens a table.
    pub(super) fn table(&mut self, file: &str, sheet: &str, batch: Option<u16>) -> usize {
        let account = TableAccount { file: file.to_owned(), sheet: sheet.to_owned(), batch, ..TableAccount::default() };
        self.tables.push(account);
        self.tables.len() - 1
    }

    /// Notes a row.
    pub(super) fn row(&mut self, table: usize, row: u32, role: Role) -> Place {
        let place = Place { table, row };
        self.rows.insert(place, (role, None));
        place
    }

    /// Says what became of a row; the first word counts.
    pub(super) fn settle(&mut self, place: Place, outcome: Outcome) {
        if let Some((_, fate)) = self.rows.get_mut(&place) {
            fate.get_or_insert(outcome);
        }
    }

    /// File and place of rows as people read them: `Sheet1第2行；Sheet2第5至9行`.
    pub(super) fn source(&self, places: &[Place]) -> (String, String) {
        let mut sorted = places.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        let file = sorted.first().map_or(String::new(), |first| self.tables[first.table].file.clone());
        let mut text = String::new();
        for sheet in sorted.chunk_by(|a, b| a.table == b.table) {
            if !text.is_empty() {
                text.push('；');
            }
            text.push_str(&self.tables[sheet[0].table].sheet);
            let runs: Vec<String> = sheet
                .chunk_by(|a, b| a.row + 1 == b.row)
                .map(|run| match run {
                    [one] => format!("第{}行", one.row),
                    _ => format!("第{}至{}行", run[0].row, run[run.len() - 1].row),
                })
                .collect();
            text.push_str(&runs.join("、"));
        }
        (file, text)
    }

    /// Counts, and every row with its fate. A row that nobody settled is an error of this program.
    pub(super) fn close(mut self) -> (Vec<TableAccount>, Vec<RowAccount>) {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (place, (role, outcome)) in self.rows {
            let outcome = outcome.expect("every row that is noted becomes a point or a remark, and both are settled");
            let table = &mut self.tables[place.table];
            table.rows += 1;
            *match role {
                Role::Parent => &mut table.parents,
                Role::Code => &mut table.codes,
                Role::Remark => &mut table.remarks,
            } += 1;
            match &outcome {
                Outcome::Rule { repeats, .. } => {
                    table.in_rules += 1;
                    table.repeated += usize::from(repeats.is_some());
                }
                Outcome::Published => table.published += 1,
                Outcome::NotExecutable { .. } => table.not_executable += 1,
            }
            rows.push(RowAccount { table: place.table, row: place.row, role, outcome });
        }
        (self.tables, rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_named_by_sheet_and_in_runs() {
        let mut ledger = Ledger::default();
        let first = ledger.table("甲.xlsx", "Sheet1", Some(1));
        let second = ledger.table("甲.xlsx", "Sheet2", Some(1));
        let places = [(second, 9), (first, 2), (second, 5), (second, 6), (second, 7)]
            .map(|(table, row)| ledger.row(table, row, Role::Code));
        let source = ledger.source(&places);
        assert_eq!(source, ("甲.xlsx".to_owned(), "Sheet1第2行；Sheet2第5至7行、第9行".to_owned()));
    }
}

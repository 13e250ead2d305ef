//! Imports of institutions from CSV and Excel: every row is accepted, accepted with a part missing, matched or rejected with
//! its reasons; nothing is half-imported, and the same file a second time changes nothing.

mod institutions;
mod service;
mod sheet;
mod table;

pub use institutions::{Candidate, Known, Outcome, Row, judge};
pub use service::{Import, Preview, institutions, institutions_with_rows, preview_institutions};
pub use table::{MAX_BYTES, Table, TableFault, read, written};

#[cfg(test)]
mod tests;

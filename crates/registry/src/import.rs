//! Imports. What is the same for every list is here: files as tables (CSV, Excel), columns by their names, what becomes of
//! each row, what is kept of an import, and the rows that came back as a workbook; the room of messages uses it as well.
//! On it stand the imports of institutions and practitioners: every row is accepted, accepted with a part missing, matched
//! or rejected with its reasons; nothing is half-imported, and the same file a second time changes nothing.

mod columns;
mod done;
mod institutions;
mod place;
mod practitioners;
mod returned;
mod rows;
mod same;
mod service;
mod sheet;
mod table;

pub use columns::{Columns, Field};
pub use done::{Done, forget_previews, keep, kept};
pub use returned::returned;
pub use rows::{Judged, Known, Outcome, Preview, Row};
pub use service::{Import, Kind, preview, run};
pub use table::{MAX_BYTES, Table, TableFault, read, written};

#[cfg(test)]
mod tests;

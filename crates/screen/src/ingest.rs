//! Claims tables as bureaus have them become a month of the store: every row is validated, what cannot be taken is set
//! aside with its reason, and sums reconcile to the fen. Nothing is in force before all of it is on disk.
//!
//! 1. Rows are read and checked by several threads and spilled, in a compact form, to the bucket of their patient.
//! 2. Bucket by bucket they are put together, held against each other, sorted and written.
//! 3. Lines of visits of other months are brought there; then the manifest is swapped.
//!
//! Memory is that of a few blocks and buckets, whatever the size of the files. After a kill the same call goes on.

mod absent;
mod aside;
mod bucket;
mod carry;
mod check;
mod coding;
mod counts;
mod error;
mod hash;
mod inputs;
mod intern;
mod number;
mod person;
mod place;
mod read;
mod record;
mod report;
mod row;
mod run;
mod source;
mod spill;
mod split;
mod state;

pub use check::States;
pub use coding::Coding;
pub use counts::{Counts, TableCounts, Tally};
pub use error::Error;
pub use person::PatientKey;
pub use report::{FileReport, Report};
pub use run::{ingest, lock, prune};

use crate::claims::Disk;
use crate::layout::Mapping;
use std::path::{Path, PathBuf};

/// Files to bring into a month, and how.
pub struct Delivery<'a> {
    /// Folder of the store; made if it is not there.
    pub store: &'a Path,
    /// The month, `2026-01`.
    pub month: &'a str,
    /// The files.
    pub files: &'a [PathBuf],
    /// Merge into the month instead of replacing it.
    pub late: bool,
    /// The layout of the files.
    pub mapping: &'a Mapping,
    /// The coding of text files, where it is not to be found out.
    pub coding: Option<Coding>,
    /// The key of patients.
    pub key: &'a PatientKey,
    /// How many threads.
    pub threads: usize,
    /// Buckets of a new store; chosen by the size of the first month where not given.
    pub buckets: Option<u16>,
    /// Put in force even if many rows are set aside.
    pub accept_faulty: bool,
    /// Where to write.
    pub disk: Disk,
    /// Called as the work goes on, from several threads.
    pub progress: &'a (dyn Fn(Progress) + Sync),
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Rows read, of about so many.
    Reading {
        /// Read.
        rows: u64,
        /// Of about.
        of: u64,
    },
    /// Buckets written.
    Sorting {
        /// Done.
        buckets: u64,
        /// Of.
        of: u64,
    },
    /// Lines are brought to other months, sums are held against each other.
    Closing,
}

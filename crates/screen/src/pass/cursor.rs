//! Walks the three tables of one month side by side, a patient at a time, and refuses files that do not fit together.

use super::kept::Writer;
use super::line::Slice;
use super::outcome::BucketHits;
use super::patient::Patient;
use crate::claims::read::{self, Batches, Lines, Visits};
use crate::claims::{Error, FileSet, Store, schema};
use crate::plan::Plan;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Int32Array, RecordBatch, StringArray};
use std::path::PathBuf;

struct Patients {
    keys: StringArray,
    visits: Int32Array,
    lines: Int32Array,
}

/// One month of one bucket.
pub(super) struct MonthCursor {
    file: u16,
    /// The first eight bytes of the next patient's key, to compare by; all bits at the end.
    head: u64,
    patients: Table<Patients>,
    visits: Table<Visits>,
    lines: Table<Lines>,
    /// Lines read, and what rules about single lines could not judge.
    lines_read: u64,
    not_judged: Vec<u64>,
}

/// A table that is read row by row through its batches.
struct Table<T> {
    batches: Batches,
    path: PathBuf,
    of: fn(&RecordBatch) -> Option<T>,
    now: Option<T>,
    /// Rows of the batch, and how many of them are read.
    rows: usize,
    at: usize,
    /// Row of the file the next row is.
    row: u32,
}

impl<T> Table<T> {
    fn new(batches: Batches, of: fn(&RecordBatch) -> Option<T>) -> Result<Self, Error> {
        let path = batches.path().to_owned();
        let mut table = Self { batches, path, of, now: None, rows: 0, at: 0, row: 0 };
        table.refill()?;
        Ok(table)
    }

    /// Makes the next batch the one at hand when this one is read; at the end of the file none is.
    fn refill(&mut self) -> Result<(), Error> {
        while self.at == self.rows {
            let Some(batch) = self.batches.next_batch()? else {
                self.now = None;
                return Ok(());
            };
            (self.rows, self.at) = (batch.num_rows(), 0);
            self.now = Some((self.of)(&batch).ok_or_else(|| Error::mismatch(&self.path, "缺少列"))?);
        }
        Ok(())
    }

    /// Hands the next `count` rows on, in pieces that lie in one batch: batch, rows in it, row of the file. What does not fit is said of the file.
    fn take(
        &mut self,
        count: usize,
        mut with: impl FnMut(&T, std::ops::Range<usize>, u32) -> Result<(), String>,
    ) -> Result<(), Error> {
        let mut left = count;
        while left > 0 {
            let Some(now) = &self.now else {
                return Err(Error::mismatch(&self.path, "行数少于上一级表所记"));
            };
            let piece = left.min(self.rows - self.at);
            with(now, self.at..self.at + piece, self.row).map_err(|why| Error::mismatch(&self.path, why))?;
            self.at += piece;
            self.row += u32::try_from(piece).expect("a batch is short");
            left -= piece;
            self.refill()?;
        }
        Ok(())
    }
}

impl MonthCursor {
    pub(super) fn open(store: &Store, plan: &Plan, file: u16, set: &FileSet) -> Result<Self, Error> {
        let path = |table: &str| store.folder.join(table);
        let patients = Batches::open(
            &path(&set.patients.path),
            &schema::patients(),
            &["patient", "visits", "lines"],
            read::BATCH_ROWS,
        )?;
        let visits = Batches::open(&path(&set.visits.path), &schema::visits(), &read::VISIT_COLUMNS, read::BATCH_ROWS)?;
        let lines = Batches::open(&path(&set.lines.path), &schema::lines(), &plan.line_columns(), read::BATCH_ROWS)?;
        let mut cursor = Self {
            file,
            head: 0,
            patients: Table::new(patients, patients_of)?,
            visits: Table::new(visits, Visits::of)?,
            lines: Table::new(lines, Lines::of)?,
            lines_read: 0,
            not_judged: vec![0; plan.rules().len()],
        };
        cursor.head = cursor.patient().map_or(u64::MAX, head);
        Ok(cursor)
    }

    /// What the order of patients begins with; cursors with the same patient have the same.
    pub(super) const fn head(&self) -> u64 {
        self.head
    }

    /// The patient that comes next.
    pub(super) fn patient(&self) -> Option<&str> {
        let now = self.patients.now.as_ref()?;
        Some(now.keys.value(self.patients.at))
    }

    /// Reads the visits and lines of the next patient.
    pub(super) fn read(&mut self, patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) -> Result<(), Error> {
        let (visits, lines, number) = self.next()?;
        patient.begin_part(self.file, hits);
        // What is counted while the lines are read is counted for the month.
        std::mem::swap(&mut hits.not_judged, &mut self.not_judged);
        let first_visit = self.visits.row;
        let file = self.file;
        self.visits.take(visits, |table, at, row| {
            for (row, at) in (row..).zip(at) {
                if u32::try_from(table.patient.value(at)) != Ok(number) {
                    return Err(format!("第 {} 行不属于本应的参保人", row + 1));
                }
                patient.add_visit(table, at, super::LineRef { file, row }, plan);
            }
            Ok(())
        })?;
        let mut slice = Slice { file, first_visit, visits: length(visits), last_day: i32::MIN };
        self.lines.take(lines, |table, at, row| {
            slice
                .read(table, at, row, patient, plan, hits)
                .map_err(|row| format!("第 {} 行的就诊或日期次序与清单不符", u64::from(row) + 1))
        })?;
        std::mem::swap(&mut hits.not_judged, &mut self.not_judged);
        self.lines_read += lines as u64;
        patient.end_part(hits);
        Ok(())
    }

    /// Passes over the next patient.
    pub(super) fn pass_over(&mut self) -> Result<(), Error> {
        let (visits, lines, _) = self.next()?;
        self.visits.take(visits, |_, _, _| Ok(()))?;
        self.lines.take(lines, |_, _, _| Ok(()))
    }

    /// Goes on to the next patient; the visits, the lines and the number of the one that comes now.
    fn next(&mut self) -> Result<(usize, usize, u32), Error> {
        let (mut visits, mut lines, number) = (0, 0, self.patients.row);
        self.patients.take(1, |table, at, _| {
            visits = count(table.visits.value(at.start));
            lines = count(table.lines.value(at.start));
            Ok(())
        })?;
        let next = self.patient().map_or(u64::MAX, head);
        let before = std::mem::replace(&mut self.head, next);
        if self.head <= before {
            self.keys_rise(number)?;
        }
        Ok((visits, lines, number))
    }

    /// Ends the month: keeps it where there is a writer, and adds its totals.
    pub(super) fn finish(self, writer: Option<Writer>, hits: &mut BucketHits) -> Result<(), Error> {
        if let Some(writer) = writer {
            writer.finish(self.lines_read, &self.not_judged)?;
        }
        hits.lines_read += self.lines_read;
        hits.fresh_lines += self.lines_read;
        for (sum, count) in hits.not_judged.iter_mut().zip(self.not_judged) {
            *sum += count;
        }
        Ok(())
    }

    /// The files are believed to be sorted; a key that does not rise would be merged wrongly, so it is an error.
    fn keys_rise(&self, last: u32) -> Result<(), Error> {
        let (Some(now), at) = (&self.patients.now, self.patients.at) else { return Ok(()) };
        if at > 0 && now.keys.value(at - 1) >= now.keys.value(at) {
            return Err(Error::mismatch(&self.patients.path, format!("第 {} 行起未按参保人排序", u64::from(last) + 2)));
        }
        Ok(())
    }
}

pub(super) fn head(key: &str) -> u64 {
    let mut bytes = [0; 8];
    let length = key.len().min(8);
    bytes[..length].copy_from_slice(&key.as_bytes()[..length]);
    u64::from_be_bytes(bytes)
}

fn patients_of(batch: &RecordBatch) -> Option<Patients> {
    Some(Patients {
        keys: batch.column_by_name("patient")?.as_string().clone(),
        visits: batch.column_by_name("visits")?.as_primitive::<Int32Type>().clone(),
        lines: batch.column_by_name("lines")?.as_primitive::<Int32Type>().clone(),
    })
}

fn count(value: i32) -> usize {
    usize::try_from(value).unwrap_or(0)
}

fn length(value: usize) -> u32 {
    u32::try_from(value).expect("a patient has fewer visits")
}

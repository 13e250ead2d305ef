//! Rows that do not say who the person is go to the bucket of their visit, found by its number.

use super::Error;
use super::aside::Reason;
use super::bucket::Notes;
use super::hash::Quick;
use super::inputs::Inputs;
use super::person::{KEY_BYTES, PersonKey, bucket_of};
use super::read::partition_of;
use super::record::{Gone, GoneRecord, Record, Records};
use super::spill::{self, Buffers, Spill};
use crate::claims::{Error as StoreError, Store, load};
use crate::layout::{Column, Diagnosis, Fee, Operation, Settlement, Table};
use std::collections::HashMap;
use std::path::Path;

/// What is spilled, and where.
pub(super) struct Placing<'a> {
    pub(super) store: &'a Store,
    pub(super) inputs: &'a Inputs,
    pub(super) folder: &'a Path,
    pub(super) placed: &'a [u64],
    pub(super) unplaced: &'a [u64],
}

impl Placing<'_> {
    /// Places every row that can be; gives the lengths of the buckets then, and what was set aside.
    pub(super) fn run(&self) -> Result<(Vec<u64>, Notes<'_>), Error> {
        let mut notes = Notes::new(self.inputs);
        let placed = Spill::open(&self.store.disk, &self.folder.join("placed"), self.placed)?;
        if self.unplaced.iter().all(|length| *length == 0) {
            return Ok((placed.lengths(), notes));
        }
        let index = self.index()?;
        let mut buffers = Buffers::new(&placed);
        for (part, length) in self.unplaced.iter().enumerate().filter(|(_, length)| **length > 0) {
            let known = spill::load(&self.folder.join("index"), part, index[part])?;
            let keys = keys(&known, self.folder)?;
            let rows = spill::load(&self.folder.join("unplaced"), part, *length)?;
            let mut records = Records::new(&rows);
            while !records.is_done() {
                let record = records.read().ok_or_else(|| broken(self.folder))?;
                match record.visit().and_then(|visit| keys.get(visit)) {
                    Some(key) => {
                        let buckets = u16::try_from(placed.len()).expect("buckets are counted in 16 bits");
                        let record = keyed(record, *key);
                        buffers.add(usize::from(bucket_of(key, buckets)), |out| record.write(out))?;
                    }
                    None => set_aside(&record, &mut notes),
                }
            }
        }
        buffers.flush()?;
        Ok((placed.lengths(), notes))
    }

    /// Visits by partition of their number: those of the store first, so that those of the delivery take their place.
    fn index(&self) -> Result<Vec<u64>, Error> {
        let index = Spill::open(&self.store.disk, &self.folder.join("index"), &vec![0; self.unplaced.len()])?;
        let mut buffers = Buffers::new(&index);
        let mut add = |key: PersonKey, id: &str| {
            let gone = Record::Gone(GoneRecord { key, id, why: Gone::Void });
            buffers.add(partition_of(id, self.unplaced.len()), |out| gone.write(out))
        };
        for set in self.store.manifest.months.values().flat_map(|month| &month.buckets) {
            let rows = load::month_visits(&self.store.folder, set)?;
            for visit in &rows {
                let mut key = [0; KEY_BYTES];
                if hex::decode_to_slice(&visit.patient, &mut key).is_ok() {
                    add(key, &visit.visit)?;
                }
            }
        }
        for (bucket, length) in self.placed.iter().enumerate() {
            let rows = spill::load(&self.folder.join("placed"), bucket, *length)?;
            let mut records = Records::new(&rows);
            while !records.is_done() {
                match records.read().ok_or_else(|| broken(self.folder))? {
                    Record::Visit(visit) => add(visit.key, visit.id)?,
                    Record::Gone(gone) => add(gone.key, gone.id)?,
                    _ => {}
                }
            }
        }
        buffers.flush()?;
        Ok(index.lengths())
    }
}

fn broken(folder: &Path) -> Error {
    StoreError::mismatch(folder, "暂存数据无法解析").into()
}

fn keys<'a>(known: &'a [u8], folder: &Path) -> Result<HashMap<&'a str, PersonKey, Quick>, Error> {
    let mut keys = HashMap::default();
    let mut records = Records::new(known);
    while !records.is_done() {
        if let Record::Gone(gone) = records.read().ok_or_else(|| broken(folder))? {
            keys.insert(gone.id, gone.key);
        }
    }
    Ok(keys)
}

fn keyed(mut record: Record<'_>, key: PersonKey) -> Record<'_> {
    match &mut record {
        Record::Settlement(settlement) => settlement.key = Some(key),
        Record::Diagnosis(coded) | Record::Operation(coded) => coded.key = Some(key),
        Record::Line(line) => line.key = Some(key),
        Record::Visit(_) | Record::Gone(_) | Record::Person(_) => {}
    }
    record
}

fn set_aside(record: &Record<'_>, notes: &mut Notes<'_>) {
    let (origin, table, column, fen): (_, _, &'static Column, _) = match record {
        Record::Settlement(row) => (row.origin, Table::Settlements, Settlement::Visit.column(), Some(row.total)),
        Record::Diagnosis(row) => (row.origin, Table::Diagnoses, Diagnosis::Visit.column(), None),
        Record::Operation(row) => (row.origin, Table::Operations, Operation::Visit.column(), None),
        Record::Line(row) => (row.origin, Table::Fees, Fee::Visit.column(), Some(row.amount)),
        Record::Visit(_) | Record::Gone(_) | Record::Person(_) => return,
    };
    notes.set_aside(origin, table, (column, record.visit().unwrap_or_default()), Reason::VisitUnknown, fen);
}

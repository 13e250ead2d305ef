//! The records of a bucket by what they are.

use crate::claims;
use crate::ingest::Error;
use crate::ingest::hash::Quick;
use crate::ingest::person::PersonKey;
use crate::ingest::record::{
    CodedRecord, Gone, LineRecord, PersonRecord, Record, Records, SettlementRecord, VisitRecord,
};
use std::collections::{HashMap, HashSet};
use std::path::Path;

/// The records of a bucket, texts borrowed from its bytes.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub(super) visits: Vec<VisitRecord<'a>>,
    pub(super) gone: HashMap<&'a str, Gone, Quick>,
    pub(super) settlements: Vec<SettlementRecord<'a>>,
    pub(super) diagnoses: Vec<CodedRecord<'a>>,
    pub(super) operations: Vec<CodedRecord<'a>>,
    pub(super) lines: Vec<LineRecord<'a>>,
    pub(super) persons: Vec<PersonRecord>,
}

impl<'a> Parts<'a> {
    pub(super) fn read(bytes: &'a [u8], folder: &Path) -> Result<Self, Error> {
        let mut parts = Self::default();
        let mut records = Records::new(bytes);
        while !records.is_done() {
            let record = records.read().ok_or_else(|| claims::Error::mismatch(folder, "暂存数据无法解析"))?;
            match record {
                Record::Visit(visit) => parts.visits.push(visit),
                Record::Gone(gone) => {
                    parts.gone.insert(gone.id, gone.why);
                }
                Record::Settlement(settlement) => parts.settlements.push(settlement),
                Record::Diagnosis(coded) => parts.diagnoses.push(coded),
                Record::Operation(coded) => parts.operations.push(coded),
                Record::Line(line) => parts.lines.push(line),
                Record::Person(person) => parts.persons.push(person),
            }
        }
        Ok(parts)
    }

    /// Every visit that any row names.
    pub(super) fn visit_ids(&self) -> HashSet<&'a str, Quick> {
        let coded = self.diagnoses.iter().chain(&self.operations).map(|coded| coded.visit);
        let settlements = self.settlements.iter().map(|settlement| settlement.visit);
        let lines = self.lines.iter().map(|line| line.visit);
        self.visits.iter().map(|visit| visit.id).chain(settlements).chain(coded).chain(lines).collect()
    }

    /// The keys of the visits' patients as the store writes them.
    pub(super) fn patients(&self) -> HashMap<PersonKey, String, Quick> {
        let mut patients = HashMap::default();
        for visit in &self.visits {
            patients.entry(visit.key).or_insert_with(|| hex::encode(visit.key));
        }
        patients
    }
}

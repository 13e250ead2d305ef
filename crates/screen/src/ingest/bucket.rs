//! Second pass: the rows of one bucket are put together into visits and lines, held against each other, and written.

mod lines;
mod parts;
mod visits;

pub(super) use lines::{is_same, owned};

use super::Error;
use super::aside::{self, Finding, Reason};
use super::carry::{self, Carried, CarriedIn};
use super::counts::{Counts, Tally};
use super::inputs::Inputs;
use super::intern::Codes;
use super::record::Origin;
use super::spill;
use crate::claims::manifest::FileSet;
use crate::claims::{MonthRows, Store, load, schema, write};
use crate::layout::{Column, Table};
use parts::Parts;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

/// What the second pass shares.
pub(super) struct Sorting<'a> {
    pub(super) store: &'a Store,
    pub(super) month: &'a str,
    pub(super) late: bool,
    pub(super) inputs: &'a Inputs,
    pub(super) codes: &'a Codes,
    /// Where the delivery is worked on.
    pub(super) folder: &'a Path,
    /// Spilled bytes of each bucket.
    pub(super) placed: &'a [u64],
    /// Lines that came with other months.
    pub(super) carried: &'a BTreeMap<String, CarriedIn>,
    /// Version of the files.
    pub(super) version: u64,
}

/// A bucket that is done.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Sorted {
    pub(super) set: FileSet,
    pub(super) counts: Counts,
    /// Months that lines of this bucket go to.
    pub(super) outgoing: Vec<String>,
    /// Months that lines of this bucket came from, and how many of them are in force.
    pub(super) kept: BTreeMap<String, Tally>,
    /// Bytes of the text of rows set aside.
    pub(super) aside: u64,
}

/// Rows that are not stored, with their reasons.
pub(super) struct Notes<'a> {
    inputs: &'a Inputs,
    pub(super) counts: Counts,
    rows: Vec<(Table, Origin, String)>,
}

impl<'a> Notes<'a> {
    pub(super) fn new(inputs: &'a Inputs) -> Self {
        Self { inputs, counts: Counts::default(), rows: Vec::new() }
    }

    /// What was counted, and the text of the rows set aside in the order of their files.
    pub(super) fn finish(mut self) -> (Counts, String) {
        self.rows.sort();
        (self.counts, self.rows.into_iter().map(|(.., text)| text).collect())
    }

    /// Sets a row aside for something that is wrong with one of its columns.
    pub(super) fn set_aside(
        &mut self,
        origin: Origin,
        table: Table,
        (column, value): (&'static Column, &str),
        reason: Reason,
        fen: Option<i64>,
    ) {
        let finding = Finding::of_column(table, column, value, reason);
        let name = self.inputs.inputs.get(usize::from(origin.file)).map_or("", |input| input.source.name.as_str());
        let mut text = String::new();
        aside::write_row(&mut text, name, origin.row, &finding);
        self.rows.push((table, origin, text));
        self.counts.table(table).set_aside(fen, &[finding]);
    }
}

/// Why the visit of a row is not among those of the delivery.
enum Missing {
    SetAside,
    Void,
    /// In the month already, and not delivered again.
    InMonth,
    /// In another month.
    Elsewhere(String),
    Unknown,
}

impl Missing {
    fn reason(self) -> Reason {
        match self {
            Self::SetAside => Reason::VisitSetAside,
            Self::Void => Reason::VisitVoid,
            Self::InMonth => Reason::WithoutVisit,
            Self::Elsewhere(month) => Reason::VisitOfMonth(month),
            Self::Unknown => Reason::VisitUnknown,
        }
    }
}

impl Sorting<'_> {
    /// Whether a bucket has to be written at all: a late delivery touches few.
    pub(super) fn is_touched(&self, bucket: u16) -> bool {
        !self.late || self.placed[usize::from(bucket)] > 0
    }

    /// Puts one bucket together and writes it.
    pub(super) fn sort(&self, bucket: u16) -> Result<Sorted, Error> {
        let bytes = spill::load(&self.folder.join("placed"), usize::from(bucket), self.placed[usize::from(bucket)])?;
        let mut notes = Notes::new(self.inputs);
        let parts = Parts::read(&bytes, &self.folder.join("placed"))?;
        let base = self.base(bucket)?;
        let generated = lines::generated_ids(&parts, self.codes, &self.store.dictionaries);
        let carried: BTreeMap<&str, Vec<u8>> = self
            .carried
            .iter()
            .filter(|_| !self.late)
            .map(|(month, carried)| Ok((month.as_str(), carried.bucket(bucket)?)))
            .collect::<Result<_, Error>>()?;
        let elsewhere = self.elsewhere(bucket, &parts)?;
        let patients = parts.patients();
        let mut rows = visits::Visits::new(self, &parts, &patients, &base, &elsewhere, &mut notes);
        rows.attach(&parts, &mut notes);
        let (visits, index) = rows.finish(self, &mut notes);
        let mut lines = lines::Lines::new(self, visits, index, &parts, &elsewhere, &base);
        lines.add(&generated, &mut notes);
        let outgoing = lines.take_outgoing();
        let kept = lines.add_carried(&carried)?;
        let (mut month, most) = lines.finish(&mut notes);
        month.settle();
        notes.counts.most_lines_of_a_patient = most;
        let stem = format!("{}/b{bucket:03}-v{}", self.month, self.version);
        let set = write::month_on(&self.store.disk, &self.store.folder, &stem, &month)?;
        self.hand_on(bucket, set, notes, &outgoing, &kept)
    }

    /// Writes what does not go into the month itself.
    fn hand_on(
        &self,
        bucket: u16,
        set: FileSet,
        notes: Notes<'_>,
        outgoing: &BTreeMap<String, Vec<u8>>,
        kept: &BTreeMap<String, (Vec<u8>, Tally)>,
    ) -> Result<Sorted, Error> {
        let write = |name: String, bytes: &[u8]| {
            let path = self.folder.join("sorted").join(name);
            write::durably(&self.store.disk, &path, bytes)
        };
        for (month, bytes) in outgoing {
            write(carry::piece("to", month, bucket), bytes)?;
        }
        for (month, (bytes, _)) in kept {
            write(carry::piece("from", month, bucket), bytes)?;
        }
        let (counts, text) = notes.finish();
        if !text.is_empty() {
            write(format!("b{bucket:04}.csv"), text.as_bytes())?;
        }
        Ok(Sorted {
            set,
            counts,
            outgoing: outgoing.keys().cloned().collect(),
            kept: kept.iter().map(|(month, (_, tally))| (month.clone(), *tally)).collect(),
            aside: text.len() as u64,
        })
    }

    /// What the month has in this bucket already, for a late delivery.
    fn base(&self, bucket: u16) -> Result<MonthRows, Error> {
        let set = self.store.manifest.months.get(self.month).filter(|_| self.late);
        match set.and_then(|month| month.buckets.get(usize::from(bucket))) {
            Some(set) => Ok(load::month(&self.store.folder, set)?),
            None => Ok(MonthRows::default()),
        }
    }

    /// In which other months visits of these rows lie.
    fn elsewhere<'p>(&self, bucket: u16, parts: &'p Parts<'p>) -> Result<HashMap<&'p str, String>, Error> {
        let mut found = HashMap::new();
        let others = self.store.manifest.months.iter().filter(|(month, _)| month.as_str() != self.month);
        let mut wanted = None;
        for (month, files) in others {
            let Some(set) = files.buckets.get(usize::from(bucket)) else { continue };
            let wanted = wanted.get_or_insert_with(|| parts.visit_ids());
            let ids = load::strings(&self.store.folder, &set.visits.path, &schema::visits(), "visit_id")?;
            for id in &ids {
                if let Some(id) = wanted.get(id.as_str()) {
                    found.insert(*id, month.clone());
                }
            }
        }
        Ok(found)
    }
}

/// Lines that go to another month, as they are handed on.
pub(super) fn push_outgoing(outgoing: &mut BTreeMap<String, Vec<u8>>, month: &str, line: &Carried<'_>) {
    line.write(outgoing.entry(month.to_owned()).or_default());
}

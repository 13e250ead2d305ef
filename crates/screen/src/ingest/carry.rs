//! Lines that came with one month and belong to visits of another: they are stored there, and kept apart as well, so that
//! either month can be delivered again without losing them.
//!
//! A file of carried lines has a piece for each bucket: number, length and hash, then the lines.

use super::Error;
use super::aside::Reason;
use super::bucket::{Notes, Sorted, is_same, owned};
use super::counts::{Counts, Tally};
use super::hash;
use super::inputs::Inputs;
use super::record::{LineRecord, Origin, Record, Records};
use crate::claims::manifest::{FileSet, Month, TableFile};
use crate::claims::rows::LineState;
use crate::claims::{Error as StoreError, Line, Store, load, write};
use crate::layout::{Fee, Table};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A carried line.
#[derive(Clone, Debug)]
pub(super) struct Carried<'a> {
    /// Whether the month has it from here, and not by a delivery of its own.
    pub(super) in_force: bool,
    pub(super) origin: Origin,
    pub(super) visit: &'a str,
    /// Its index of a visit means nothing.
    pub(super) line: Line<&'a str>,
}

impl Carried<'_> {
    /// Appends its bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let line = &self.line;
        let code = |code: i32| u32::try_from(code).unwrap_or_default();
        out.push(u8::from(self.in_force));
        let record = LineRecord {
            origin: self.origin,
            key: None,
            visit: self.visit,
            id: line.line,
            refunds: line.refunds.unwrap_or_default(),
            day: line.day,
            time: line.time,
            item: code(line.item),
            quantity: line.quantity,
            price: line.price,
            amount: line.amount,
            covered: line.covered,
            price_limit: line.price_limit,
            doctor: line.doctor.map(code),
            supply_days: line.supply_days,
        };
        Record::Line(record).write(out);
    }
}

/// Reads carried lines back.
pub(super) struct CarriedLines<'a> {
    bytes: &'a [u8],
}

impl<'a> CarriedLines<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    fn read(&mut self) -> Option<Carried<'a>> {
        let (in_force, rest) = self.bytes.split_first()?;
        let mut records = Records::new(rest);
        let Record::Line(record) = records.read()? else { return None };
        self.bytes = records.rest();
        let code = |code: u32| i32::try_from(code).ok();
        let line = Line {
            visit: 0,
            day: record.day,
            time: record.time,
            item: code(record.item)?,
            quantity: record.quantity,
            price: record.price,
            amount: record.amount,
            covered: record.covered,
            price_limit: record.price_limit,
            doctor: record.doctor.and_then(code),
            supply_days: record.supply_days,
            state: LineState::InForce,
            line: record.id,
            refunds: Some(record.refunds).filter(|refunds| !refunds.is_empty()),
        };
        Some(Carried { in_force: *in_force == 1, origin: record.origin, visit: record.visit, line })
    }
}

impl<'a> Iterator for CarriedLines<'a> {
    type Item = Result<Carried<'a>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.bytes.is_empty() {
            return None;
        }
        let read = self.read();
        if read.is_none() {
            self.bytes = &[];
        }
        Some(read.ok_or_else(|| StoreError::mismatch(Path::new("carried"), "跨月明细无法解析").into()))
    }
}

/// The name of a piece of a bucket while a delivery is worked on.
pub(super) fn piece(way: &str, month: &str, bucket: u16) -> String {
    format!("{way}-{month}-b{bucket:04}.rows")
}

const FRAME: usize = 2 + 4 + 8;

/// A file of carried lines that is read bucket by bucket.
#[derive(Debug, Default)]
pub(super) struct CarriedIn {
    path: PathBuf,
    /// Place and length of the piece of a bucket.
    pieces: BTreeMap<u16, (usize, usize)>,
}

impl CarriedIn {
    pub(super) fn open(folder: &Path, file: &TableFile) -> Result<Self, Error> {
        let path = folder.join(&file.path);
        let bytes = std::fs::read(&path).map_err(StoreError::io(&path))?;
        let broken = || StoreError::mismatch(&path, "跨月明细文件已损坏");
        if write::sha256(&bytes) != file.sha256 {
            return Err(broken().into());
        }
        let (mut at, mut pieces) = (0, BTreeMap::new());
        while at < bytes.len() {
            let frame = bytes.get(at..at + FRAME).ok_or_else(broken)?;
            let bucket = u16::from_le_bytes(frame[..2].try_into().expect("two bytes"));
            let length = u32::from_le_bytes(frame[2..6].try_into().expect("four bytes")) as usize;
            let hash = u64::from_le_bytes(frame[6..].try_into().expect("eight bytes"));
            let piece = bytes.get(at + FRAME..at + FRAME + length).ok_or_else(broken)?;
            if hash::of(piece) != hash {
                return Err(broken().into());
            }
            pieces.insert(bucket, (at + FRAME, length));
            at += FRAME + length;
        }
        Ok(Self { path, pieces })
    }

    /// The lines of a bucket.
    pub(super) fn bucket(&self, bucket: u16) -> Result<Vec<u8>, Error> {
        use std::io::{Read, Seek, SeekFrom};
        let Some((at, length)) = self.pieces.get(&bucket) else { return Ok(Vec::new()) };
        let mut bytes = vec![0; *length];
        let mut file = std::fs::File::open(&self.path).map_err(StoreError::io(&self.path))?;
        let place = SeekFrom::Start(*at as u64);
        file.seek(place).and_then(|_| file.read_exact(&mut bytes)).map_err(StoreError::io(&self.path))?;
        Ok(bytes)
    }
}

/// Writes a file of carried lines; none if there are no lines.
fn write_file(store: &Store, path: String, pieces: &BTreeMap<u16, Vec<u8>>) -> Result<Option<TableFile>, Error> {
    let (mut bytes, mut rows) = (Vec::new(), 0);
    for (bucket, piece) in pieces.iter().filter(|(_, piece)| !piece.is_empty()) {
        bytes.extend(bucket.to_le_bytes());
        bytes.extend(u32::try_from(piece.len()).expect("a bucket is shorter").to_le_bytes());
        bytes.extend(hash::of(piece).to_le_bytes());
        bytes.extend(piece);
        rows += CarriedLines::new(piece).count() as u64;
    }
    if rows == 0 {
        return Ok(None);
    }
    let target = store.folder.join(&path);
    if let Some(folder) = target.parent() {
        std::fs::create_dir_all(folder).map_err(StoreError::io(folder))?;
    }
    write::durably(&store.disk, &target, &bytes)?;
    Ok(Some(TableFile { path, rows, sha256: write::sha256(&bytes) }))
}

fn file_name(month: &str, from: &str, version: u64) -> String {
    format!("{month}/carried-from-{from}-v{version}.rows")
}

/// What the delivered month had from others, with what of it is in force now.
pub(super) fn keep(
    store: &Store,
    folder: &Path,
    month: &str,
    sorted: &BTreeMap<u16, Sorted>,
    version: u64,
) -> Result<BTreeMap<String, TableFile>, Error> {
    let froms: BTreeSet<&String> = sorted.values().flat_map(|sorted| sorted.kept.keys()).collect();
    let mut files = BTreeMap::new();
    for from in froms {
        let mut pieces = BTreeMap::new();
        for (bucket, _) in sorted.iter().filter(|(_, sorted)| sorted.kept.contains_key(from)) {
            pieces.insert(*bucket, read(&folder.join("sorted").join(piece("from", from, *bucket)))?);
        }
        if let Some(file) = write_file(store, file_name(month, from, version), &pieces)? {
            files.insert(from.clone(), file);
        }
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    Ok(std::fs::read(path).map_err(StoreError::io(path))?)
}

/// Brings lines of the delivery to the months of their visits, and takes back those of an earlier delivery of the same month
/// unless the delivery is late. Gives the months as they are then.
pub(super) struct Carrying<'a> {
    pub(super) store: &'a Store,
    pub(super) inputs: &'a Inputs,
    pub(super) folder: &'a Path,
    pub(super) month: &'a str,
    pub(super) late: bool,
    pub(super) version: u64,
}

/// The months after carrying, and what was counted.
#[derive(Default)]
pub(super) struct Carriage {
    pub(super) months: BTreeMap<String, Month>,
    pub(super) counts: Counts,
    pub(super) text: String,
}

impl Carrying<'_> {
    pub(super) fn run(&self, sorted: &BTreeMap<u16, Sorted>) -> Result<Carriage, Error> {
        let mut targets: BTreeSet<&String> = sorted.values().flat_map(|sorted| &sorted.outgoing).collect();
        let held = |month: &Month| month.carried.contains_key(self.month);
        if !self.late {
            targets.extend(self.store.manifest.months.iter().filter(|(_, month)| held(month)).map(|(name, _)| name));
        }
        let mut carriage = Carriage::default();
        let mut notes = Notes::new(self.inputs);
        for target in targets.into_iter().filter(|target| target.as_str() != self.month) {
            let month = self.month(target, sorted, &mut notes)?;
            carriage.months.insert(target.clone(), month);
        }
        (carriage.counts, carriage.text) = notes.finish();
        Ok(carriage)
    }

    fn month(&self, target: &str, sorted: &BTreeMap<u16, Sorted>, notes: &mut Notes<'_>) -> Result<Month, Error> {
        let mut month = self.store.manifest.months[target].clone();
        let old = match month.carried.remove(self.month) {
            Some(file) => CarriedIn::open(&self.store.folder, &file)?,
            None => CarriedIn::default(),
        };
        let mut pieces = BTreeMap::new();
        for (bucket, set) in (0u16..).zip(month.buckets.iter_mut()) {
            let had = old.bucket(bucket)?;
            let comes = match sorted.get(&bucket) {
                Some(sorted) if sorted.outgoing.iter().any(|month| month == target) => {
                    read(&self.folder.join("sorted").join(piece("to", target, bucket)))?
                }
                _ => Vec::new(),
            };
            if had.is_empty() && comes.is_empty() {
                continue;
            }
            let (next, kept) = self.bucket(target, (bucket, set), &had, &comes, notes)?;
            *set = next;
            pieces.insert(bucket, kept);
        }
        if let Some(file) = write_file(self.store, file_name(target, self.month, self.version), &pieces)? {
            month.carried.insert(self.month.to_owned(), file);
        }
        Ok(month)
    }

    /// One bucket of the other month: what was carried to it before goes, what is carried now comes.
    fn bucket(
        &self,
        target: &str,
        (bucket, set): (u16, &FileSet),
        had: &[u8],
        comes: &[u8],
        notes: &mut Notes<'_>,
    ) -> Result<(FileSet, Vec<u8>), Error> {
        let mut rows = load::month(&self.store.folder, set)?;
        let visits: HashMap<String, u32> = rows.visits.iter().map(|visit| visit.visit.clone()).zip(0..).collect();
        let mut there: HashMap<(u32, String), usize> =
            rows.lines.iter().enumerate().map(|(at, line)| ((line.visit, line.line.clone()), at)).collect();
        let mut kept = Vec::new();
        if self.late {
            kept.extend_from_slice(had);
        } else {
            Self::take_back(had, &visits, &mut rows.lines, &mut there)?;
        }
        let (before, before_fen) = (there.len() as u64, sum(&rows.lines));
        let mut added = Tally::default();
        for carried in CarriedLines::new(comes) {
            let carried = carried?;
            let Some(visit) = visits.get(carried.visit).copied() else { continue };
            let fen = Some(carried.line.amount);
            match there.get(&(visit, carried.line.line.to_owned())) {
                None => {
                    there.insert((visit, carried.line.line.to_owned()), rows.lines.len());
                    rows.lines.push(Line { visit, ..owned(&carried.line) });
                    notes.counts.table(Table::Fees).carried.count(fen);
                    notes.counts.carried_to.entry(target.to_owned()).or_default().count(fen);
                    added.count(fen);
                    carried.write(&mut kept);
                }
                Some(at) if is_same(&rows.lines[*at], &carried.line) => {
                    notes.counts.table(Table::Fees).duplicates.count(fen);
                }
                Some(_) => {
                    let place = (Fee::Id.column(), carried.line.line);
                    let reason = Reason::LineOfMonth(target.to_owned());
                    notes.set_aside(carried.origin, Table::Fees, place, reason, fen);
                }
            }
        }
        let stays: HashSet<usize> = there.into_values().collect();
        let mut at = 0..;
        rows.lines.retain(|_| at.next().is_some_and(|at| stays.contains(&at)));
        rows.settle();
        let stem = format!("{target}/b{bucket:03}-v{}", self.version);
        let next = write::month_on(&self.store.disk, &self.store.folder, &stem, &rows)?;
        let sums = (before + added.rows, before_fen + added.fen);
        if (next.lines.rows, next.amount_fen) != sums {
            return Err(Error::Unreconciled(format!("{target}第{bucket}桶并入跨月明细后")));
        }
        Ok((next, kept))
    }

    /// Lines of an earlier delivery of the same month go. Their sum leaves with them: a line that is no longer in `there` is zero.
    fn take_back(
        had: &[u8],
        visits: &HashMap<String, u32>,
        lines: &mut [Line],
        there: &mut HashMap<(u32, String), usize>,
    ) -> Result<(), Error> {
        for carried in CarriedLines::new(had) {
            let carried = carried?;
            let Some(visit) = visits.get(carried.visit) else { continue };
            let key = (*visit, carried.line.line.to_owned());
            if let Some(at) = there.get(&key).copied()
                && carried.in_force
                && is_same(&lines[at], &carried.line)
            {
                there.remove(&key);
                lines[at].amount = 0;
            }
        }
        Ok(())
    }
}

fn sum(lines: &[Line]) -> i64 {
    lines.iter().map(|line| line.amount).sum()
}

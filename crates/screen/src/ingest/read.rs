//! First pass: rows are read, checked and spilled to the bucket of their patient, by several threads.

use super::Error;
use super::aside::{self, Finding, Reason};
use super::check::{Checker, States};
use super::coding::Coding;
use super::counts::{Counts, Tally};
use super::hash;
use super::inputs::Input;
use super::intern::{Interner, SharedNames};
use super::person::{Keyer, PatientKey, bucket_of};
use super::record::{Origin, Record};
use super::row::{Makers, Outcome, judge};
use super::source::{self, Block};
use super::spill::{Buffers, Spill};
use super::split::{self, Found};
use crate::claims::disk::DiskFile;
use crate::layout::{Bound, Cells, Row};
use std::collections::BTreeMap;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

/// Rows after which a file that is mostly faulty is given up: it is not what it was taken for.
const SAMPLE: u64 = 100_000;

/// What the first pass shares.
pub(super) struct Reading<'a> {
    pub(super) key: &'a PatientKey,
    pub(super) names: &'a SharedNames,
    /// By bucket.
    pub(super) placed: &'a Spill,
    /// By visit, of rows that do not say who the person is.
    pub(super) unplaced: &'a Spill,
    pub(super) days: RangeInclusive<i32>,
    pub(super) threads: usize,
    pub(super) aside: Mutex<AsideText>,
    /// Calls the progress with rows read.
    pub(super) progress: &'a (dyn Fn(u64) + Sync),
}

/// The text of rows set aside, in the order of the file whatever thread is done first.
pub(super) struct AsideText {
    pub(super) file: DiskFile,
    pub(super) path: PathBuf,
    pub(super) length: u64,
    next: u64,
    waiting: BTreeMap<u64, String>,
}

impl AsideText {
    pub(super) fn new(file: DiskFile, path: PathBuf, length: u64) -> Self {
        Self { file, path, length, next: 0, waiting: BTreeMap::new() }
    }

    fn add(&mut self, number: u64, text: String) -> Result<(), Error> {
        self.waiting.insert(number, text);
        while let Some(text) = self.waiting.remove(&self.next) {
            self.file.write_all(text.as_bytes()).map_err(crate::claims::Error::io(&self.path))?;
            self.length += text.len() as u64;
            self.next += 1;
        }
        Ok(())
    }
}

/// What threads of one file share.
struct Shared {
    stop: AtomicBool,
    rows: AtomicU64,
    faulty: AtomicU64,
}

impl Reading<'_> {
    /// Reads one file to its end.
    pub(super) fn read(&self, number: u16, input: &Input) -> Result<(Counts, Option<Coding>), Error> {
        let shared = Shared { stop: AtomicBool::new(false), rows: AtomicU64::new(0), faulty: AtomicU64::new(0) };
        self.aside.lock().expect("no thread panics holding it").next = 0;
        let (blocks, taken) = sync_channel(self.threads + 1);
        let (rooms, room) = channel();
        let taken = Mutex::new(taken);
        let (read, worked) = std::thread::scope(|scope| {
            let work = || {
                let mut worker = Worker::new(self, number, input);
                let done = worker.work(&taken, &rooms, &shared);
                if done.is_err() {
                    shared.stop.store(true, Ordering::Relaxed);
                    // Whoever hands out must not wait for one who takes no more.
                    while taken.lock().expect("no thread panics holding it").recv().is_ok() {}
                }
                done.map(|()| worker.counts())
            };
            let workers: Vec<_> = (0..self.threads.max(1)).map(|_| scope.spawn(work)).collect();
            let read = hand_out(input, blocks, &room, &shared);
            if read.is_err() {
                shared.stop.store(true, Ordering::Relaxed);
            }
            let worked: Vec<_> =
                workers.into_iter().map(|worker| worker.join().expect("a worker does not panic")).collect();
            (read, worked)
        });
        let mut counts = Counts::default();
        let (mut failed, coding) = match read {
            Ok(coding) => (None, coding),
            Err(error) => (Some(error), None),
        };
        for worked in worked {
            match worked {
                Ok(worked) => counts.add(&worked),
                Err(error) if matches!(failed, None | Some(Error::Stopped)) => failed = Some(error),
                Err(_) => {}
            }
        }
        match (failed, coding) {
            (None, coding) => Ok((counts, coding)),
            (Some(error), _) => Err(error),
        }
    }
}

/// Reads blocks and hands them to the workers; their channel closes when this returns. Gives the coding that was found.
fn hand_out(
    input: &Input,
    blocks: SyncSender<Block>,
    room: &Receiver<Vec<u8>>,
    shared: &Shared,
) -> Result<Option<Coding>, Error> {
    let stopped = || Error::Stopped;
    let mut coding = None;
    source::read(&input.source, &input.used, &mut |block| {
        if shared.stop.load(Ordering::Relaxed) {
            return Err(stopped());
        }
        coding = coding.or(block.coding);
        blocks.send(block).map_err(|_| stopped())?;
        Ok(room.try_recv().unwrap_or_default())
    })?;
    drop(blocks);
    Ok(coding)
}

/// What a worker counts of a part.
#[derive(Clone)]
struct PartCounts {
    read: Tally,
    void: Tally,
    unreadable: u64,
    states: Vec<States>,
}

struct Worker<'a> {
    reading: &'a Reading<'a>,
    number: u16,
    input: &'a Input,
    makers: Makers<'a>,
    placed: Buffers<'a>,
    unplaced: Buffers<'a>,
    parts: Vec<PartCounts>,
    counts: Counts,
    findings: Vec<Finding>,
    text: String,
    faulty: u64,
}

impl<'a> Worker<'a> {
    fn new(reading: &'a Reading<'a>, number: u16, input: &'a Input) -> Self {
        let part = |bound: &Bound| PartCounts {
            read: Tally::default(),
            void: Tally::default(),
            unreadable: 0,
            states: vec![States::default(); bound.table.columns().len()],
        };
        Self {
            reading,
            number,
            input,
            makers: Makers {
                keyer: Keyer::new(reading.key),
                names: Interner::new(reading.names, Coding::Utf8),
                scratch: Vec::new(),
            },
            placed: Buffers::new(reading.placed),
            unplaced: Buffers::new(reading.unplaced),
            parts: input.parts.iter().map(part).collect(),
            counts: Counts::default(),
            findings: Vec::new(),
            text: String::new(),
            faulty: 0,
        }
    }

    /// Takes blocks until there are no more.
    fn work(&mut self, blocks: &Mutex<Receiver<Block>>, rooms: &Sender<Vec<u8>>, shared: &Shared) -> Result<(), Error> {
        let mut cells = Vec::new();
        loop {
            let next = blocks.lock().expect("no thread panics holding it").recv();
            let Ok(mut block) = next else { break };
            if shared.stop.load(Ordering::Relaxed) {
                return Err(Error::Stopped);
            }
            let faulty = self.faulty;
            let rows = self.block(&mut block, &mut cells)?;
            let text = std::mem::take(&mut self.text);
            self.reading.aside.lock().expect("no thread panics holding it").add(block.number, text)?;
            (self.reading.progress)(rows);
            // Nobody may be waiting for the room any more.
            let _ = rooms.send(block.text);
            let all = shared.rows.fetch_add(rows, Ordering::Relaxed) + rows;
            let faulty = self.faulty - faulty;
            let bad = shared.faulty.fetch_add(faulty, Ordering::Relaxed) + faulty;
            if all > SAMPLE && bad * 2 > all {
                return Err(Error::TooManyFaults { file: self.input.source.name.clone(), rows: all, faulty: bad });
            }
        }
        self.placed.flush()?;
        self.unplaced.flush()?;
        Ok(())
    }

    /// Checks the rows of a block.
    fn block(&mut self, block: &mut Block, cells: &mut Vec<(u32, u32)>) -> Result<u64, Error> {
        self.makers.names.set_coding(block.coding.unwrap_or(Coding::Utf8));
        let (mut at, mut row, mut rows) = (0, block.first_row, 0);
        while at < block.text.len() {
            match split::row(&block.text, at, block.delimiter, true, cells) {
                Found::Row { next, lines, doubled } => {
                    if doubled {
                        split::undouble(&mut block.text, cells);
                    }
                    if !(cells.len() == 1 && cells[0].0 == cells[0].1) {
                        self.row(block, cells, row)?;
                        rows += 1;
                    }
                    (at, row) = (next, row + lines);
                }
                Found::Broken { next } => {
                    self.faulty_row(&Reason::Quote, row);
                    rows += 1;
                    (at, row) = (next, row + 1);
                }
                Found::Incomplete => unreachable!("a block has whole rows"),
            }
        }
        Ok(rows)
    }

    /// A row that cannot be read as cells at all.
    fn faulty_row(&mut self, reason: &Reason, row: u64) {
        self.faulty += 1;
        for (at, bound) in self.input.parts.iter().enumerate() {
            let finding = Finding::of_row(bound.table, reason.clone());
            aside::write_row(&mut self.text, &self.input.source.name, row, &finding);
            self.parts[at].read.count(None);
            let counts = self.counts.table(bound.table);
            counts.set_aside(None, &[finding]);
            counts.unreadable_amounts += u64::from(bound.table.amount().is_some());
        }
    }

    fn row(&mut self, block: &Block, cells: &[(u32, u32)], number: u64) -> Result<(), Error> {
        let wanted = self.input.source.header.len();
        if cells.len() != wanted {
            self.faulty_row(&Reason::Cells(cells.len(), wanted), number);
            return Ok(());
        }
        let row = Row { text: &block.text, cells };
        let input = self.input;
        for (at, bound) in input.parts.iter().enumerate() {
            for nth in 0..bound.rows() {
                if let Some(cells) = Cells::new(bound, row, nth) {
                    self.cells(at, cells, block, number)?;
                }
            }
        }
        Ok(())
    }

    /// A row of a table.
    fn cells(&mut self, at: usize, cells: Cells<'_>, block: &Block, row: u64) -> Result<(), Error> {
        let table = self.input.parts[at].table;
        let part = &mut self.parts[at];
        let mut checker = Checker {
            cells,
            coding: block.coding.unwrap_or(Coding::Utf8),
            base: block.offset,
            days: &self.reading.days,
            findings: &mut self.findings,
            states: &mut part.states,
        };
        let judged = judge(&mut checker, &mut self.makers, Origin { file: self.number, row });
        part.read.count(judged.amount);
        let gone = match judged.outcome {
            Outcome::Kept(record) => return self.keep(&record),
            Outcome::Void(gone) => {
                part.void.count(judged.amount);
                gone
            }
            Outcome::Faulty(gone) => {
                self.faulty += 1;
                for finding in &self.findings {
                    aside::write_row(&mut self.text, &self.input.source.name, row, finding);
                }
                self.counts.table(table).set_aside(judged.amount, &self.findings);
                part.unreadable += u64::from(table.amount().is_some() && judged.amount.is_none());
                self.findings.clear();
                gone
            }
        };
        gone.map_or(Ok(()), |gone| self.keep(&Record::Gone(gone)))
    }

    /// Spills a record to where it belongs.
    fn keep(&mut self, record: &Record<'_>) -> Result<(), Error> {
        if let Some(key) = record.key() {
            let buckets = u16::try_from(self.reading.placed.len()).expect("buckets are counted in 16 bits");
            let bucket = usize::from(bucket_of(&key, buckets));
            self.placed.add(bucket, |out| record.write(out))?;
        } else if let Some(visit) = record.visit() {
            let part = partition_of(visit, self.reading.unplaced.len());
            self.unplaced.add(part, |out| record.write(out))?;
        }
        Ok(())
    }

    /// What was counted, with the tallies of the parts.
    fn counts(mut self) -> Counts {
        for (bound, part) in self.input.parts.iter().zip(&self.parts) {
            let counts = self.counts.table(bound.table);
            counts.read.add(part.read);
            counts.void.add(part.void);
            counts.unreadable_amounts += part.unreadable;
            for (column, states) in bound.table.columns().iter().zip(&part.states) {
                counts.cells.entry(column.name.to_owned()).or_default().add(states);
            }
        }
        self.counts
    }
}

/// Where rows of a visit lie that do not say who the person is.
pub(super) fn partition_of(visit: &str, partitions: usize) -> usize {
    usize::try_from(hash::of(visit.as_bytes()) % partitions.max(1) as u64).expect("a small remainder")
}

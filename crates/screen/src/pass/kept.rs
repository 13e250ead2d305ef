//! What a pass keeps of a month for the next pass: of each patient the visits, the hits that the month shows by itself, and the lines that
//! weigh together with those of other months. As long as neither the files nor the rules change, the next pass reads this in place of
//! the lines, and finds the same.
//!
//! ```text
//! 2026-01-b03-HASH     named by rules and files
//! magic, then blocks: length, CRC-32, kind, and
//!   0: how long the lists of names were, and their hash
//!   1: patients, each with its length, in the order of the month
//!   2: lines read and what rules could not judge: without it the file is not whole
//! ```

use super::cursor::head;
use super::outcome::BucketHits;
use super::part::Part;
use super::patient::{Patient, VisitFacts};
use crate::claims::dictionary::ListName;
use crate::claims::{Error, FileSet, Store};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

mod record;

const MAGIC: &[u8; 8] = b"XJKEPT\0\x02";
const BLOCK: usize = 128 * 1024;
const FREE: &str = "no thread panics holding it";

/// Where passes keep what months show.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    rules: String,
    /// Hashes of the lists of names by how long they are.
    lists: Mutex<BTreeMap<Vec<u32>, String>>,
    used: Mutex<BTreeSet<PathBuf>>,
    fresh_lines: AtomicU64,
}

/// Why a pass with kept months did not come to its end.
#[derive(Debug)]
pub(super) enum Failure {
    Claims(Error),
    /// This file is damaged; without it the pass reads the lines.
    Damaged(PathBuf),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Claims(error)
    }
}

#[derive(Serialize, Deserialize)]
struct Lists {
    lengths: Vec<u32>,
    hash: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Totals {
    lines: u64,
    unjudged: Vec<(u32, u64)>,
}

impl Kept {
    /// What is kept in a folder for runs of these rules; `rules` must be another text whenever rules, parameters or extracts are.
    pub fn at(folder: &Path, rules: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            rules: rules.to_owned(),
            lists: Mutex::default(),
            used: Mutex::default(),
            fresh_lines: AtomicU64::new(0),
        }
    }

    /// Lines of the months that the last pass had to read because nothing was kept of them.
    pub fn fresh_lines(&self) -> u64 {
        self.fresh_lines.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, fresh_lines: u64) {
        self.fresh_lines.store(fresh_lines, Ordering::Relaxed);
    }

    /// Removes what no pass has used since this was made: what other rules or replaced files left. Returns how many files.
    pub fn sweep(&self) -> Result<usize, Error> {
        let used = self.used.lock().expect(FREE);
        let failed = || Error::io(&self.folder);
        let mut removed = 0;
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed()(error)),
        };
        for entry in entries {
            let path = entry.map_err(failed())?.path();
            if !used.contains(&path) {
                std::fs::remove_file(&path).map_err(Error::io(&path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    fn path(&self, month: &str, bucket: usize, set: &FileSet) -> PathBuf {
        let mut hash = Sha256::new();
        for part in [&self.rules, &set.patients.sha256, &set.visits.sha256, &set.lines.sha256] {
            hash.update(part);
            hash.update([0]);
        }
        let path = self.folder.join(format!("{month}-b{bucket:02}-{}", hex::encode(&hash.finalize()[..16])));
        self.used.lock().expect(FREE).insert(path.clone());
        path
    }

    /// The hash of the names with codes below these; none where a list is shorter.
    fn hash(&self, store: &Store, lengths: &[u32]) -> Option<String> {
        if let Some(known) = self.lists.lock().expect(FREE).get(lengths) {
            return Some(known.clone());
        }
        let mut hash = Sha256::new();
        for (list, length) in ListName::ALL.iter().zip(lengths) {
            for name in store.dictionaries.list(*list).names().get(..*length as usize)? {
                hash.update(u32::try_from(name.len()).expect("a name is short").to_le_bytes());
                hash.update(name);
            }
        }
        let hash = hex::encode(hash.finalize());
        self.lists.lock().expect(FREE).insert(lengths.to_vec(), hash.clone());
        Some(hash)
    }

    fn lists(&self, store: &Store) -> Lists {
        let length = |list: &ListName| u32::try_from(store.dictionaries.list(*list).len()).expect("codes are 32 bits");
        let lengths: Vec<u32> = ListName::ALL.iter().map(length).collect();
        let hash = self.hash(store, &lengths).expect("the lists are as long as they are");
        Lists { lengths, hash }
    }

    /// Opens what is kept of a month; none where nothing is.
    pub(super) fn open(
        &self,
        store: &Store,
        (month, file): (&str, u16),
        bucket: usize,
        set: &FileSet,
    ) -> Result<Option<Reader>, Failure> {
        let path = self.path(month, bucket, set);
        let opened = match File::open(&path) {
            Ok(opened) => opened,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Error::io(&path)(error).into()),
        };
        let mut reader = Reader {
            input: BufReader::with_capacity(BLOCK, opened),
            path,
            file,
            key: String::new(),
            head: 0,
            block: Vec::new(),
            record: 0..0,
            totals: None,
        };
        let mut magic = [0; MAGIC.len()];
        reader.input.read_exact(&mut magic).map_err(|_| reader.damaged())?;
        if magic != *MAGIC || reader.next_block()? != 0 {
            return Err(reader.damaged());
        }
        let lists: Lists = postcard::from_bytes(&reader.block[1..]).map_err(|_| reader.damaged())?;
        if lists.lengths.len() != ListName::ALL.len() || self.hash(store, &lists.lengths) != Some(lists.hash) {
            return Ok(None);
        }
        reader.fill()?;
        Ok(Some(reader))
    }

    /// Begins to keep a month.
    pub(super) fn create(&self, store: &Store, month: &str, bucket: usize, set: &FileSet) -> Result<Writer, Error> {
        let path = self.path(month, bucket, set);
        let partial = path.with_extension(format!("part{}", std::process::id()));
        std::fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))?;
        let mut output = BufWriter::with_capacity(BLOCK, File::create(&partial).map_err(Error::io(&partial))?);
        output.write_all(MAGIC).map_err(Error::io(&partial))?;
        let mut writer = Writer { output, partial, path, block: Vec::new(), record: Vec::new() };
        writer.begin(0);
        encode(&self.lists(store), &mut writer.block);
        writer.flush()?;
        writer.begin(1);
        Ok(writer)
    }
}

/// Keeps a month.
pub(super) struct Writer {
    output: BufWriter<File>,
    partial: PathBuf,
    path: PathBuf,
    /// Kind and content.
    block: Vec<u8>,
    record: Vec<u8>,
}

impl Writer {
    fn begin(&mut self, kind: u8) {
        self.block.clear();
        self.block.push(kind);
    }

    fn flush(&mut self) -> Result<(), Error> {
        let length = u32::try_from(self.block.len()).expect("a block is short");
        let checked = crc32fast::hash(&self.block);
        let mut put = |bytes: &[u8]| self.output.write_all(bytes);
        put(&length.to_le_bytes())
            .and_then(|()| put(&checked.to_le_bytes()))
            .and_then(|()| put(&self.block))
            .map_err(Error::io(&self.partial))
    }

    /// Keeps what the month shows of a patient: its part, and the hits at these places.
    pub(super) fn write(
        &mut self,
        patient: &Patient,
        part: &Part,
        hits: &BucketHits,
        found: [Range<usize>; 2],
    ) -> Result<(), Error> {
        self.record.clear();
        record::write(patient, part, hits, found, &mut self.record);
        let length = u32::try_from(self.record.len()).expect("a patient's month is short");
        self.block.extend_from_slice(&length.to_le_bytes());
        self.block.extend_from_slice(&self.record);
        if self.block.len() >= BLOCK {
            self.flush()?;
            self.begin(1);
        }
        Ok(())
    }

    /// Ends the month with its totals; only now it is there.
    pub(super) fn finish(mut self, lines: u64, not_judged: &[u64]) -> Result<(), Error> {
        if self.block.len() > 1 {
            self.flush()?;
        }
        let unjudged = (0..).zip(not_judged.iter().copied()).filter(|(_, count)| *count > 0).collect();
        self.begin(2);
        encode(&Totals { lines, unjudged }, &mut self.block);
        self.flush()?;
        self.output.flush().map_err(Error::io(&self.partial))?;
        std::fs::rename(&self.partial, &self.path).map_err(Error::io(&self.path))
    }
}

/// Reads a month that was kept, a patient at a time.
pub(super) struct Reader {
    input: BufReader<File>,
    path: PathBuf,
    file: u16,
    /// The patient that comes next, and what the order begins with, as that of a month that is read from files.
    key: String,
    head: u64,
    block: Vec<u8>,
    /// Where the record of the next patient stands in the block, and what follows.
    record: Range<usize>,
    totals: Option<Totals>,
}

impl Reader {
    fn damaged(&self) -> Failure {
        Failure::Damaged(self.path.clone())
    }

    /// Reads the next block and returns its kind.
    fn next_block(&mut self) -> Result<u8, Failure> {
        let mut lengths = [0; 8];
        self.input.read_exact(&mut lengths).map_err(|_| self.damaged())?;
        let number = |at: usize| u32::from_le_bytes([lengths[at], lengths[at + 1], lengths[at + 2], lengths[at + 3]]);
        let length = number(0) as usize;
        // A length that cannot be is not believed: nothing that is written is so long but one patient with a hundred thousand lines.
        if length == 0 || length > 1 << 28 {
            return Err(self.damaged());
        }
        self.block.resize(length, 0);
        self.input.read_exact(&mut self.block).map_err(|_| Failure::Damaged(self.path.clone()))?;
        if crc32fast::hash(&self.block) != number(4) {
            return Err(self.damaged());
        }
        self.record = 1..1;
        Ok(self.block[0])
    }

    /// Puts the patient at hand that follows in the block, or the first one of the next block.
    fn fill(&mut self) -> Result<(), Failure> {
        if self.record.end == self.block.len() || self.block[0] == 0 {
            match self.next_block()? {
                1 => {}
                2 => {
                    let totals = postcard::from_bytes(&self.block[1..]).map_err(|_| self.damaged())?;
                    (self.totals, self.head) = (Some(totals), u64::MAX);
                    return Ok(());
                }
                _ => return Err(self.damaged()),
            }
        }
        let rest = &self.block[self.record.end..];
        let length = rest.split_first_chunk::<4>().map(|(length, _)| u32::from_le_bytes(*length) as usize);
        let begin = self.record.end + 4;
        let Some(record) = length.and_then(|length| self.block.get(begin..begin + length)) else {
            return Err(self.damaged());
        };
        let Some(key) = record::key(record) else { return Err(self.damaged()) };
        self.key.clear();
        self.key.push_str(key);
        self.head = head(key);
        self.record = begin..begin + record.len();
        Ok(())
    }

    pub(super) const fn head(&self) -> u64 {
        self.head
    }

    /// The patient that comes next.
    pub(super) fn patient(&self) -> Option<&str> {
        self.totals.is_none().then_some(&self.key)
    }

    /// Goes on to the next patient.
    pub(super) fn pass_over(&mut self) -> Result<(), Failure> {
        self.fill()
    }

    /// Reads the next patient.
    pub(super) fn read(&mut self, patient: &mut Patient, hits: &mut BucketHits) -> Result<(), Failure> {
        if record::read(&self.block[self.record.clone()], self.file, patient, hits).is_none() {
            return Err(self.damaged());
        }
        self.fill()
    }

    /// Adds the totals of the month.
    pub(super) fn finish(self, hits: &mut BucketHits) -> Result<(), Failure> {
        let Some(totals) = &self.totals else { return Err(self.damaged()) };
        if totals.unjudged.iter().any(|(rule, _)| *rule as usize >= hits.not_judged.len()) {
            return Err(self.damaged());
        }
        hits.lines_read += totals.lines;
        hits.add_unjudged(&totals.unjudged);
        Ok(())
    }
}

fn encode(value: &(impl Serialize + ?Sized), bytes: &mut Vec<u8>) {
    postcard::to_io(value, bytes).expect("plain data always fits into memory");
}

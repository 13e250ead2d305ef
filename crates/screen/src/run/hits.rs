//! Hits in order, however many: those of a city need not fit into memory. They lie sorted in a file without a name, or in that of a run that
//! was kept, and are merged while they are read.

use super::{hits_of, hits_schema};
use crate::claims::read::Batches;
use crate::claims::{Error, disk};
use crate::hit::Hit;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// Buffers of all lists that are merged, together about.
const BUFFERS: usize = 16 << 20;

/// Hits of a run, sorted.
#[derive(Debug)]
pub struct Hits {
    source: Source,
    count: u64,
}

#[derive(Debug)]
enum Source {
    /// Sorted lists in a file, and one in memory.
    Sorted { scratch: Scratch, lists: Vec<Range<u64>>, rest: Vec<Hit> },
    /// The file of a run.
    Kept(PathBuf),
}

impl Hits {
    /// Sorted lists in a file, and one in memory.
    pub(super) fn sorted(scratch: Scratch, lists: Vec<Range<u64>>, rest: Vec<Hit>, count: u64) -> Self {
        Self { source: Source::Sorted { scratch, lists, rest }, count }
    }

    /// The hits in the file of a run.
    pub(super) const fn kept(path: PathBuf, count: u64) -> Self {
        Self { source: Source::Kept(path), count }
    }

    /// How many.
    pub const fn len(&self) -> u64 {
        self.count
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many sorted lists were put aside because they did not fit.
    pub fn spilled(&self) -> usize {
        match &self.source {
            Source::Sorted { lists, .. } => lists.len(),
            Source::Kept(_) => 0,
        }
    }

    /// Hits that are in memory, and the visits and lines they name.
    pub fn in_memory(&self) -> usize {
        match &self.source {
            Source::Sorted { rest, .. } => rest.iter().map(size).sum(),
            Source::Kept(_) => 0,
        }
    }

    /// Reads them, one after the other.
    pub fn read(&self) -> Result<Iter<'_>, Error> {
        let (mut lists, mut heap) = (Vec::new(), BinaryHeap::new());
        match &self.source {
            Source::Sorted { scratch, lists: ranges, rest } => {
                lists.push(List::Memory(rest.iter()));
                let buffer = (BUFFERS / ranges.len().max(1)).clamp(1 << 12, 1 << 18);
                lists.extend(ranges.iter().map(|range| List::Scratch(scratch.read(range, buffer))));
            }
            Source::Kept(path) => {
                let schema = hits_schema();
                let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                lists.push(List::Kept(Batches::roots(path, &schema, &columns)?, Vec::new().into_iter()));
            }
        }
        for (at, list) in lists.iter_mut().enumerate() {
            heap.extend(list.next().transpose()?.map(|hit| Reverse((hit, at))));
        }
        Ok(Iter { lists, heap })
    }

    /// All of them, in memory.
    pub fn to_vec(&self) -> Result<Vec<Hit>, Error> {
        self.read()?.map(|hit| hit.map(Cow::into_owned)).collect()
    }
}

/// A hit and the rows it names.
pub(super) const fn size(hit: &Hit) -> usize {
    1 + hit.visits.len() + hit.lines.len()
}

/// Hits in order.
pub struct Iter<'a> {
    lists: Vec<List<'a>>,
    /// The next hit of each list, and the number of the list.
    heap: BinaryHeap<Reverse<(Cow<'a, Hit>, usize)>>,
}

impl<'a> Iterator for Iter<'a> {
    type Item = Result<Cow<'a, Hit>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let Reverse((hit, at)) = self.heap.pop()?;
        match self.lists[at].next() {
            Some(Ok(next)) => self.heap.push(Reverse((next, at))),
            None => {}
            Some(Err(error)) => {
                self.heap.clear();
                return Some(Err(error));
            }
        }
        Some(Ok(hit))
    }
}

enum List<'a> {
    Memory(std::slice::Iter<'a, Hit>),
    Scratch(BufReader<Segment<'a>>),
    Kept(Batches, std::vec::IntoIter<Hit>),
}

impl<'a> Iterator for List<'a> {
    type Item = Result<Cow<'a, Hit>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Memory(hits) => hits.next().map(|hit| Ok(Cow::Borrowed(hit))),
            Self::Scratch(reader) => read(reader).transpose().map(|hit| hit.map(Cow::Owned)),
            Self::Kept(batches, hits) => loop {
                if let Some(hit) = hits.next() {
                    return Some(Ok(Cow::Owned(hit)));
                }
                let batch = match batches.next_batch().transpose()? {
                    Ok(batch) => batch,
                    Err(error) => return Some(Err(error)),
                };
                match hits_of(&batch) {
                    Some(next) => *hits = next.into_iter(),
                    None => return Some(Err(Error::mismatch(batches.path(), "列与命中表不同"))),
                }
            },
        }
    }
}

fn read(reader: &mut BufReader<Segment<'_>>) -> Result<Option<Hit>, Error> {
    let folder = reader.get_ref().scratch.folder.as_path();
    let failed = || Error::io(folder);
    if reader.fill_buf().map_err(failed())?.is_empty() {
        return Ok(None);
    }
    let mut length = [0; 4];
    reader.read_exact(&mut length).map_err(failed())?;
    let mut bytes = vec![0; u32::from_le_bytes(length) as usize];
    reader.read_exact(&mut bytes).map_err(failed())?;
    let hit = postcard::from_bytes(&bytes).map_err(|_| Error::mismatch(folder, "暂存的命中无法读回"))?;
    Ok(Some(hit))
}

/// A file without a name for sorted lists.
#[derive(Debug)]
pub(super) struct Scratch {
    folder: PathBuf,
    file: Mutex<Option<File>>,
}

impl Scratch {
    /// In this folder; made when it is needed.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), file: Mutex::new(None) }
    }

    fn file(&self) -> MutexGuard<'_, Option<File>> {
        self.file.lock().expect("no thread panics holding it")
    }

    /// Adds a sorted list and tells where it lies.
    pub(super) fn write(&self, hits: &[Hit]) -> Result<Range<u64>, Error> {
        let mut file = self.file();
        let mut write = || -> std::io::Result<Range<u64>> {
            if file.is_none() {
                *file = Some(disk::unnamed(&self.folder)?);
            }
            let file = file.as_mut().expect("it was made above");
            let begin = file.seek(SeekFrom::End(0))?;
            let mut output = BufWriter::with_capacity(1 << 18, file);
            for hit in hits {
                let bytes = postcard::to_stdvec(hit).expect("plain data always fits into memory");
                let length = u32::try_from(bytes.len()).expect("a hit is shorter than four gigabytes");
                output.write_all(&length.to_le_bytes())?;
                output.write_all(&bytes)?;
            }
            output.flush()?;
            Ok(begin..output.get_mut().stream_position()?)
        };
        write().map_err(Error::io(&self.folder))
    }

    fn read(&self, range: &Range<u64>, buffer: usize) -> BufReader<Segment<'_>> {
        BufReader::with_capacity(buffer, Segment { scratch: self, range: range.clone() })
    }
}

/// What is left of a list.
struct Segment<'a> {
    scratch: &'a Scratch,
    range: Range<u64>,
}

impl Read for Segment<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let mut file = self.scratch.file();
        let Some(file) = file.as_mut() else { return Ok(0) };
        file.seek(SeekFrom::Start(self.range.start))?;
        let read = file.take(self.range.end - self.range.start).read(bytes)?;
        self.range.start += read as u64;
        Ok(read)
    }
}

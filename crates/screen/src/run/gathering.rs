//! Takes the hits of a pass as they are found, names them and puts them in order, without holding more than so many.

use super::hits::{Hits, Scratch, size};
use crate::claims::{Error, Store};
use crate::hit::{self, Hit};
use crate::pass::{BucketHits, Sink};
use crate::plan::Plan;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard};

/// What is held of hits before they are put aside, counted as hits and the visits and lines they name; product default. A hit takes some
/// hundred bytes and each row it names about a hundred, so these are about 150 MB, and a quarter of it more for each thread.
pub const HELD: usize = 1 << 18;

/// The hits of a run while they are found.
pub struct Gathering<'a> {
    store: &'a Store,
    plan: &'a Plan,
    months: &'a [String],
    held: usize,
    scratch: Scratch,
    all: Mutex<Sorted>,
}

/// Sorted lists in the file, and a list in memory that is not sorted yet.
#[derive(Default)]
struct Sorted {
    lists: Vec<Range<u64>>,
    rest: Vec<Hit>,
    /// Hits of the rest and the rows they name.
    size: usize,
    count: u64,
}

impl Sorted {
    fn add(&mut self, hits: Vec<Hit>) {
        self.size += hits.iter().map(size).sum::<usize>();
        self.count += hits.len() as u64;
        self.rest.extend(hits);
    }

    fn put_aside(&mut self, scratch: &Scratch) -> Result<(), Error> {
        self.rest.sort_unstable();
        self.lists.push(scratch.write(&self.rest)?);
        self.rest = Vec::new();
        self.size = 0;
        Ok(())
    }
}

impl<'a> Gathering<'a> {
    /// For hits of this plan over these months, of which so many are held.
    pub fn new(store: &'a Store, plan: &'a Plan, months: &'a [String], held: usize) -> Self {
        Self { store, plan, months, held, scratch: Scratch::new(&store.folder), all: Mutex::default() }
    }

    /// Takes the hits of one bucket.
    pub fn of_bucket(&self, bucket: usize) -> OfBucket<'_> {
        OfBucket { gathering: self, bucket, own: Sorted::default() }
    }

    fn all(&self) -> MutexGuard<'_, Sorted> {
        self.all.lock().expect("no thread panics holding it")
    }

    /// Takes hits that have names.
    pub fn add(&self, hits: Vec<Hit>) -> Result<(), Error> {
        self.merge(Sorted::default(), hits)
    }

    fn merge(&self, own: Sorted, hits: Vec<Hit>) -> Result<(), Error> {
        let mut all = self.all();
        all.lists.extend(own.lists);
        all.count += own.count;
        all.add(hits);
        if all.size > self.held { all.put_aside(&self.scratch) } else { Ok(()) }
    }

    /// All of them, in order.
    pub fn finish(self) -> Hits {
        let Sorted { lists, mut rest, count, .. } = self.all.into_inner().expect("no thread panics holding it");
        rest.sort_unstable();
        Hits::sorted(self.scratch, lists, rest, count)
    }
}

/// Takes the hits of one bucket.
pub struct OfBucket<'a> {
    gathering: &'a Gathering<'a>,
    bucket: usize,
    /// What was put aside.
    own: Sorted,
}

impl OfBucket<'_> {
    fn named(&self, found: &mut BucketHits) -> Result<Vec<Hit>, Error> {
        let Gathering { store, plan, months, .. } = self.gathering;
        let hits = hit::of_bucket(store, plan, months, self.bucket, found)?;
        found.clear();
        Ok(hits)
    }
}

impl Sink for OfBucket<'_> {
    fn take(&mut self, found: &mut BucketHits) -> Result<(), Error> {
        if found.size() <= self.gathering.held / 4 {
            return Ok(());
        }
        let hits = self.named(found)?;
        self.own.add(hits);
        self.own.put_aside(&self.gathering.scratch)
    }

    fn forget(&mut self) {
        self.own = Sorted::default();
    }

    fn end(mut self, found: &mut BucketHits) -> Result<(), Error> {
        let hits = self.named(found)?;
        self.gathering.merge(std::mem::take(&mut self.own), hits)
    }
}

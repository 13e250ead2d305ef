//! One pass over the claims of a store finds the hits of all rules of a plan.
//!
//! Buckets are independent. Within one, the months are merged by patient; each line is looked at once by the rules of its
//! item, and what rules need to see together is kept until the patient is complete. Memory is that of one patient and a few
//! pages of each month, whatever the size of the data; hits are taken away patient by patient.

mod cursor;
mod doctor;
mod group;
mod kept;
mod line;
mod months;
mod outcome;
mod part;
mod patient;
mod spill;
mod visit;

pub use doctor::Evidence;
pub use kept::Kept;
pub(crate) use line::money;
pub use outcome::{BucketHits, LineRef, Outcome, RawHit, Sink};
pub(crate) use visit::{date_of, reached_on};

use crate::claims::{Error, FileSet, Store};
use crate::plan::Plan;
use crate::spread;
use kept::Failure;
use months::Bucket;
use spill::Spill;
use std::path::Path;

/// Runs a plan over some months of a store, with so many threads; the hits are the same for any number of them. The hits of each bucket go
/// into a sink of its number, in no order. Months that were kept by an earlier run of the same rules are not read again, and the others are kept.
pub fn run<S: Sink>(
    store: &Store,
    plan: &Plan,
    months: &[String],
    threads: usize,
    kept: Option<&Kept>,
    sink: impl Fn(usize) -> S + Sync,
) -> Result<Outcome, Error> {
    let buckets = usize::from(store.manifest.buckets);
    let spill = Spill::new(&store.folder, visits(store, months))?;
    let mut found = spread::over(buckets, threads, |bucket| {
        let mut found = of_bucket(store, plan, months, bucket, kept, sink(bucket))?;
        spill.add(&std::mem::take(&mut found.events))?;
        Ok(found)
    })?;
    let mut outcome = Outcome::new(plan.rules().len(), &found);
    if let Some(kept) = kept {
        kept.count(outcome.fresh_lines);
    }
    outcome.add_unjudged(&doctor::close(plan, &mut found, &spill, threads, || sink(0))?);
    Ok(outcome)
}

fn visits(store: &Store, months: &[String]) -> u64 {
    let months = months.iter().filter_map(|month| store.manifest.months.get(month));
    months.flat_map(|month| &month.buckets).map(|set| set.visits.rows).sum()
}

/// Runs a plan over one bucket; its hits go into the sink.
pub fn bucket(
    store: &Store,
    plan: &Plan,
    months: &[String],
    bucket: usize,
    sink: impl Sink,
) -> Result<BucketHits, Error> {
    of_bucket(store, plan, months, bucket, None, sink)
}

fn of_bucket(
    store: &Store,
    plan: &Plan,
    months: &[String],
    bucket: usize,
    kept: Option<&Kept>,
    mut sink: impl Sink,
) -> Result<BucketHits, Error> {
    let sets = months.iter().filter_map(|month| Some((month, store.manifest.months.get(month)?.buckets.get(bucket)?)));
    let months = (0u16..).zip(sets).filter(|(_, (_, set))| set.patients.rows > 0);
    let months = months.map(|(file, (month, set))| (month.as_str(), file, set)).collect();
    let bucket = Bucket { store, plan, number: bucket, months, kept };
    loop {
        match bucket.pass(&mut sink) {
            Ok(mut hits) => {
                sink.end(&mut hits)?;
                return Ok(hits);
            }
            Err(Failure::Claims(error)) => return Err(error),
            // What is kept can be made again, so a damaged file is no error; it is gone and the lines are read.
            Err(Failure::Damaged(path)) => {
                sink.forget();
                std::fs::remove_file(&path).map_err(Error::io(&path))?;
            }
        }
    }
}

/// The second phase, which looks at what the visits of all buckets show about a doctor or an institution, by itself: visits wait for it on
/// disk.
pub struct SecondPhase<'a> {
    plan: &'a Plan,
    folder: &'a Path,
    spill: Spill,
    totals: BucketHits,
}

impl<'a> SecondPhase<'a> {
    /// For visits of these months.
    pub fn new(store: &'a Store, plan: &'a Plan, months: &[String]) -> Result<Self, Error> {
        let spill = Spill::new(&store.folder, visits(store, months))?;
        Ok(Self { plan, folder: &store.folder, spill, totals: BucketHits::default() })
    }

    /// Adds what buckets show, or some of it.
    pub fn add(&mut self, evidence: &Evidence) -> Result<(), Error> {
        let foreign = || Error::mismatch(self.folder, "收到的就诊编号不属于这些数据");
        self.spill.add(&evidence.events().ok_or_else(foreign)?)?;
        evidence.add_totals(&mut self.totals.totals).ok_or_else(foreign)
    }

    /// Finds its hits; says what could not be judged, by number of the rule.
    pub fn close<S: Sink>(self, threads: usize, sink: impl Fn() -> S + Sync) -> Result<Vec<(u32, u64)>, Error> {
        doctor::close(self.plan, &mut [self.totals], &self.spill, threads, sink)
    }
}

/// The file sets of a bucket in the order hits number them.
pub fn files<'a>(store: &'a Store, months: &[String], bucket: usize) -> Vec<&'a FileSet> {
    months.iter().filter_map(|month| store.manifest.months.get(month)?.buckets.get(bucket)).collect()
}

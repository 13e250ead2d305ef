//! A run in parts: what each bucket gives can be found wherever the store can be read, and all parts together are the run. Neither whoever
//! finds a part nor whoever puts them together holds all hits or all visits.

use super::{Gathering, HELD, Hits, Run, total};
use crate::claims::{Error, Store};
use crate::hit::Hit;
use crate::pass::{self, Evidence, SecondPhase};
use crate::plan::Plan;

/// What a bucket gives to a run beside its hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// What could not be judged because a value was missing, by number of the rule in the plan.
    pub not_judged: Vec<u64>,
    /// Lines read.
    pub lines_read: u64,
    /// What the second phase needs.
    pub evidence: Evidence,
}

/// What one bucket gives: its hits about patients, and the rest.
pub fn of_bucket(store: &Store, plan: &Plan, months: &[String], bucket: usize) -> Result<(Hits, Part), Error> {
    let gathering = Gathering::new(store, plan, months, HELD);
    let found = pass::bucket(store, plan, months, bucket, gathering.of_bucket(bucket))?;
    let evidence = Evidence::of(&found);
    Ok((gathering.finish(), Part { not_judged: found.not_judged, lines_read: found.lines_read, evidence }))
}

/// A run that is put together from what its buckets give, in any order and in pieces of any size.
pub struct Assembly<'a> {
    store: &'a Store,
    plan: &'a Plan,
    months: &'a [String],
    gathering: Gathering<'a>,
    second: SecondPhase<'a>,
    not_judged: Vec<u64>,
    lines_read: u64,
}

impl<'a> Assembly<'a> {
    /// For a run of this plan over these months.
    pub fn new(store: &'a Store, plan: &'a Plan, months: &'a [String]) -> Result<Self, Error> {
        Ok(Self {
            store,
            plan,
            months,
            gathering: Gathering::new(store, plan, months, HELD),
            second: SecondPhase::new(store, plan, months)?,
            not_judged: vec![0; plan.rules().len()],
            lines_read: 0,
        })
    }

    /// Adds hits.
    pub fn add_hits(&mut self, hits: Vec<Hit>) -> Result<(), Error> {
        self.gathering.add(hits)
    }

    /// Adds the rest, or some of it.
    pub fn add(&mut self, part: &Part) -> Result<(), Error> {
        for (sum, count) in self.not_judged.iter_mut().zip(&part.not_judged) {
            *sum += count;
        }
        self.lines_read += part.lines_read;
        self.second.add(&part.evidence)
    }

    /// The run of this name, once every bucket has given its part: the same as [`super::screen`] finds.
    pub fn finish(self, id: String, threads: usize) -> Result<(Run, Hits), Error> {
        let Self { store, plan, months, gathering, second, mut not_judged, lines_read } = self;
        for (rule, count) in second.close(threads, || gathering.of_bucket(0))? {
            not_judged[rule as usize] += count;
        }
        let hits = gathering.finish();
        Ok((total(store, plan, months, id, lines_read, &not_judged, &hits)?, hits))
    }
}

//! A run in parts: what each bucket gives can be found wherever the store can be read, and all parts together are the run.

use super::{Gathering, HELD, Hits, Run, name, total};
use crate::claims::{Error, Store};
use crate::hit::Hit;
use crate::pass::{self, Evidence};
use crate::plan::{Extracts, Plan};
use crate::rule::{Parameters, Rule};

/// What some buckets give to a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Hits about patients.
    pub hits: Vec<Hit>,
    /// What could not be judged because a value was missing, by number of the rule in the plan.
    pub not_judged: Vec<u64>,
    /// Lines read.
    pub lines_read: u64,
    /// What the second phase needs.
    pub evidence: Evidence,
}

impl Part {
    /// Adds what other buckets gave.
    pub fn extend(&mut self, other: Self) {
        self.hits.extend(other.hits);
        self.not_judged.resize(self.not_judged.len().max(other.not_judged.len()), 0);
        for (sum, count) in self.not_judged.iter_mut().zip(other.not_judged) {
            *sum += count;
        }
        self.lines_read += other.lines_read;
        self.evidence.extend(other.evidence);
    }
}

/// What one bucket gives.
pub fn of_bucket(store: &Store, plan: &Plan, months: &[String], bucket: usize) -> Result<Part, Error> {
    let gathering = Gathering::new(store, plan, months, HELD);
    let found = pass::bucket(store, plan, months, bucket, gathering.of_bucket(bucket))?;
    let evidence = Evidence::of(&found);
    Ok(Part {
        hits: gathering.finish().to_vec()?,
        not_judged: found.not_judged,
        lines_read: found.lines_read,
        evidence,
    })
}

/// The run of which every bucket has given its part: the same as [`super::screen`] finds.
pub fn of_parts(
    store: &Store,
    rules: Vec<Rule>,
    parameters: Parameters,
    extracts: &Extracts,
    months: &[String],
    threads: usize,
    parts: Part,
) -> Result<(Run, Hits), Error> {
    let id = name(store, &rules, &parameters, extracts, months);
    let plan = Plan::compile(rules, parameters, &store.dictionaries, extracts);
    let gathering = Gathering::new(store, &plan, months, HELD);
    gathering.add(parts.hits)?;
    pass::second_phase(store, &plan, &parts.evidence, threads, || gathering.of_bucket(0))?;
    let hits = gathering.finish();
    Ok((total(store, &plan, months, id, parts.lines_read, &parts.not_judged, &hits)?, hits))
}

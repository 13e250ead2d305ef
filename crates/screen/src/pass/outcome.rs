//! What a pass found, by row of the files; names and line numbers are read only for the hits, by whoever takes them.

use super::doctor::{Event, MonthTotals};
use crate::claims::Error;
use serde::{Deserialize, Serialize};

/// A row of a table of one month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LineRef {
    /// Number of the month within the run.
    pub file: u16,
    /// Row of the table.
    pub row: u32,
}

/// One hit, by rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawHit {
    /// Number of the rule in the plan.
    pub rule: u32,
    /// Number of the patient within the bucket; `u32::MAX` for hits about a doctor or an institution.
    pub patient: u32,
    /// Day it is about.
    pub day: i32,
    /// Values read, as the kind of the rule lists them.
    pub values: [i64; 3],
    /// Amount in question, fen.
    pub amount: i64,
    /// Institution and attending doctor of the visit it is about, the last one where there are several.
    pub place: (i32, i32),
    lines: (u32, u32),
    visits: (u32, u32),
}

/// Takes hits while they are found, so that a pass need not hold all of them.
pub trait Sink {
    /// Another patient has been looked at: takes what there is out of `found`, or leaves it there until it is more.
    fn take(&mut self, found: &mut BucketHits) -> Result<(), Error>;
    /// Forgets all that it took: the bucket is read again from the beginning.
    fn forget(&mut self);
    /// Takes the rest.
    fn end(self, found: &mut BucketHits) -> Result<(), Error>;
}

/// What one bucket shows, with the hits that nobody has taken yet.
#[derive(Clone, Debug, Default)]
pub struct BucketHits {
    /// Hits.
    pub hits: Vec<RawHit>,
    /// Keys of the patients that have hits.
    pub patients: Vec<String>,
    /// Lines that a rule could not judge because a value was missing, by number of the rule.
    pub not_judged: Vec<u64>,
    /// Lines of all its months.
    pub lines_read: u64,
    /// Of these the lines of months of which nothing was kept.
    pub fresh_lines: u64,
    refs: Vec<LineRef>,
    pub(super) events: Vec<Event>,
    pub(super) totals: MonthTotals,
}

/// How much had been found at some moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark {
    pub hits: usize,
    patients: usize,
    refs: usize,
}

/// What a hit says beside its rule.
pub(super) struct Found<'a> {
    pub rule: u32,
    pub day: i32,
    pub values: [i64; 3],
    pub amount: i64,
    pub lines: &'a [LineRef],
    pub visits: &'a [LineRef],
}

impl BucketHits {
    pub(super) fn new(rules: usize) -> Self {
        Self { not_judged: vec![0; rules], ..Self::default() }
    }

    pub(super) fn push(&mut self, patient: u32, place: (i32, i32), found: &Found<'_>) {
        let hit = RawHit {
            rule: found.rule,
            patient,
            day: found.day,
            values: found.values,
            amount: found.amount,
            place,
            lines: self.keep(found.lines),
            visits: self.keep(found.visits),
        };
        self.hits.push(hit);
    }

    /// The number of a patient that has a hit now.
    pub(super) fn person(&mut self, key: &str) -> u32 {
        self.patients.push(key.to_owned());
        u32::try_from(self.patients.len() - 1).expect("a bucket has fewer patients")
    }

    /// Counts what rules could not judge.
    pub(super) fn add_unjudged(&mut self, counts: &[(u32, u64)]) {
        for (rule, count) in counts {
            self.not_judged[*rule as usize] += count;
        }
    }

    /// Hits and the rows they name: memory grows with both.
    pub const fn size(&self) -> usize {
        self.hits.len() + self.refs.len()
    }

    /// Says that the hits were taken.
    pub fn clear(&mut self) {
        self.hits.clear();
        self.patients.clear();
        self.refs.clear();
    }

    /// How much has been found.
    pub(super) fn mark(&self) -> Mark {
        Mark { hits: self.hits.len(), patients: self.patients.len(), refs: self.refs.len() }
    }

    /// Forgets the hits since then, but not what could not be judged.
    pub(super) fn back_to(&mut self, mark: &Mark) {
        self.hits.truncate(mark.hits);
        self.patients.truncate(mark.patients);
        self.refs.truncate(mark.refs);
    }

    fn keep(&mut self, refs: &[LineRef]) -> (u32, u32) {
        let begin = self.refs.len();
        self.refs.extend_from_slice(refs);
        let number = |at: usize| u32::try_from(at).expect("a bucket has fewer than four thousand million rows");
        (number(begin), number(self.refs.len()))
    }

    /// The fee lines of a hit.
    pub fn lines(&self, hit: &RawHit) -> &[LineRef] {
        &self.refs[hit.lines.0 as usize..hit.lines.1 as usize]
    }

    /// The visits of a hit.
    pub fn visits(&self, hit: &RawHit) -> &[LineRef] {
        &self.refs[hit.visits.0 as usize..hit.visits.1 as usize]
    }
}

/// What a pass says beside its hits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Lines, visits and months that a rule could not judge, by number of the rule.
    pub not_judged: Vec<u64>,
    /// Lines of all months.
    pub lines_read: u64,
    /// Of these the lines of months of which nothing was kept.
    pub fresh_lines: u64,
}

impl Outcome {
    pub(super) fn new(rules: usize, buckets: &[BucketHits]) -> Self {
        let mut outcome = Self { not_judged: vec![0; rules], ..Self::default() };
        for bucket in buckets {
            for (sum, count) in outcome.not_judged.iter_mut().zip(&bucket.not_judged) {
                *sum += count;
            }
            outcome.lines_read += bucket.lines_read;
            outcome.fresh_lines += bucket.fresh_lines;
        }
        outcome
    }

    pub(super) fn add_unjudged(&mut self, counts: &[(u32, u64)]) {
        for (rule, count) in counts {
            self.not_judged[*rule as usize] += count;
        }
    }
}

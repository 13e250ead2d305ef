//! One pass over the claims of a store finds the hits of all rules of a plan.
//!
//! Buckets are independent. Within one, the months are merged by patient; each line is looked at once by the rules of its
//! item, and what rules need to see together is kept until the patient is complete. Memory is that of one patient and a few
//! pages of each month, whatever the size of the data.

mod cursor;
mod doctor;
mod group;
mod line;
mod outcome;
mod patient;
mod visit;

pub use doctor::Evidence;
pub(crate) use line::money;
pub use outcome::{BucketHits, LineRef, Outcome, RawHit};
pub(crate) use visit::{date_of, reached_on};

use crate::claims::{Error, FileSet, Store};
use crate::plan::Plan;
use crate::spread;
use cursor::MonthCursor;
use patient::Patient;

/// Runs a plan over some months of a store, with so many threads; the hits are the same for any number of them.
pub fn run(store: &Store, plan: &Plan, months: &[String], threads: usize) -> Result<Outcome, Error> {
    let buckets = usize::from(store.manifest.buckets);
    let found = spread::over(buckets, threads, |bucket| self::bucket(store, plan, months, bucket))?;
    let mut outcome = Outcome::new(plan.rules().len(), found);
    doctor::close(plan, &mut outcome, threads);
    outcome.sort();
    Ok(outcome)
}

/// Runs a plan over one bucket.
pub fn bucket(store: &Store, plan: &Plan, months: &[String], bucket: usize) -> Result<BucketHits, Error> {
    let mut cursors = Vec::new();
    let sets = months.iter().filter_map(|month| store.manifest.months.get(month)?.buckets.get(bucket));
    for (file, set) in (0u16..).zip(sets) {
        if set.patients.rows > 0 {
            cursors.push(MonthCursor::open(store, plan, file, set)?);
        }
    }
    let mut hits = BucketHits::new(plan.rules().len());
    let number = |at: usize| u32::try_from(at).expect("the number of buckets is small");
    let numbers = (number(bucket), number(usize::from(store.manifest.buckets)));
    let mut patient = Patient::new(plan, numbers);
    // The month that has the next patient; the heads of the keys decide nearly always.
    let first = |cursors: &[MonthCursor]| {
        let next = cursors.iter().enumerate().min_by(|(_, a), (_, b)| {
            a.head().cmp(&b.head()).then_with(|| a.patient().unwrap_or("~").cmp(b.patient().unwrap_or("~")))
        });
        next.map(|(at, _)| at)
    };
    while let Some(at) = first(&cursors) {
        let Some(key) = cursors[at].patient() else { break };
        patient.begin(key);
        let head = cursors[at].head();
        for cursor in &mut cursors {
            if cursor.head() == head && cursor.patient() == Some(patient.key()) {
                cursor.read(&mut patient, plan, &mut hits)?;
            }
        }
        patient.close(plan, &mut hits);
    }
    hits.events.shrink();
    Ok(hits)
}

/// The hits of the second phase, which looks at what the visits of all buckets show about a doctor or an institution.
pub fn second_phase(plan: &Plan, evidence: &Evidence, threads: usize) -> BucketHits {
    let mut outcome = Outcome::new(plan.rules().len(), vec![evidence.gathered(plan.rules().len())]);
    doctor::close(plan, &mut outcome, threads);
    outcome.sort();
    outcome.buckets.swap_remove(0)
}

/// The file sets of a bucket in the order hits number them.
pub fn files<'a>(store: &'a Store, months: &[String], bucket: usize) -> Vec<&'a FileSet> {
    months.iter().filter_map(|month| store.manifest.months.get(month)?.buckets.get(bucket)).collect()
}

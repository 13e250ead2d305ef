//! What one month shows of a patient. Lines that weigh together within a day or a visit are looked at month by month, so that what a
//! month shows can be kept; only where months have lines of the same days these months are looked at together.

use super::group;
use super::kept::Writer;
use super::outcome::{BucketHits, Mark};
use super::patient::{Patient, Touch};
use crate::claims::Error;
use crate::plan::{Plan, Reach};
use std::ops::Range;

/// What one month shows of a patient.
#[derive(Default)]
pub(super) struct Part {
    pub file: u16,
    /// Whether it was read from what an earlier pass kept; then the lines are not there.
    pub is_kept: bool,
    /// Where the patient's visits, memories and lasting lines of the month begin and end.
    pub visits: Range<usize>,
    pub memories: Range<usize>,
    pub lasting: Range<usize>,
    /// First and last day of its lines of brief reach; the first lies after the last where there are none.
    pub days: (i32, i32),
    pub brief: Vec<Touch>,
    /// What rules of brief reach could not judge.
    pub unjudged: Vec<(u32, u64)>,
    /// What had been found before it, and the hits there were after its lines had been read.
    pub found: Mark,
    pub read: usize,
    pub is_shared: bool,
}

/// The months of a patient; their buffers are used again for the next one.
#[derive(Default)]
pub(super) struct Parts {
    all: Vec<Part>,
    used: usize,
}

impl Parts {
    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    pub(super) fn begin(&mut self, part: Part) -> &mut Part {
        if self.used == self.all.len() {
            self.all.push(Part::default());
        }
        let next = &mut self.all[self.used];
        let (mut brief, mut unjudged) = (std::mem::take(&mut next.brief), std::mem::take(&mut next.unjudged));
        brief.clear();
        unjudged.clear();
        *next = Part { brief, unjudged, ..part };
        self.used += 1;
        next
    }

    /// The month being read.
    pub(super) fn last(&mut self) -> &mut Part {
        &mut self.all[self.used - 1]
    }
}

/// Looks at the months of a patient, gives what was read from files to the writers of these months, and closes the patient. Where a kept
/// month has days that another month has too, nothing is found and the answer is the files whose lines are needed.
pub(super) fn close(
    patient: &mut Patient,
    plan: &Plan,
    hits: &mut BucketHits,
    writers: &mut [Option<Writer>],
) -> Result<Option<Vec<u16>>, Error> {
    let mut parts = std::mem::take(&mut patient.parts);
    let months = &mut parts.all[..parts.used];
    find_shared(months);
    for part in months.iter_mut() {
        let writer = writers.get_mut(usize::from(part.file)).and_then(Option::as_mut);
        one(part, patient, plan, hits, writer)?;
    }
    let needed: Vec<u16> = months.iter().filter(|part| part.is_shared).map(|part| part.file).collect();
    if months.iter().any(|part| part.is_shared && part.is_kept) {
        patient.take_back(hits, &months[0].found);
        patient.parts = parts;
        return Ok(Some(needed));
    }
    for part in months.iter().filter(|part| !part.is_shared) {
        hits.add_unjudged(&part.unjudged);
    }
    if !needed.is_empty() {
        together(months, patient, plan, hits);
    }
    patient.parts = parts;
    patient.close(plan, hits);
    Ok(None)
}

/// Marks the months that have days in common with another one, or may have: days between their first and last.
fn find_shared(months: &mut [Part]) {
    for at in 1..months.len() {
        let (before, rest) = months.split_at_mut(at);
        let own = &mut rest[0];
        for other in before {
            if own.days.0.max(other.days.0) <= own.days.1.min(other.days.1) {
                (own.is_shared, other.is_shared) = (true, true);
            }
        }
    }
}

/// A month by itself.
fn one(
    part: &mut Part,
    patient: &mut Patient,
    plan: &Plan,
    hits: &mut BucketHits,
    writer: Option<&mut Writer>,
) -> Result<(), Error> {
    if !part.is_kept && (writer.is_some() || !part.is_shared) {
        let before = hits.mark();
        if !part.brief.is_empty() {
            group::judge(patient, &mut part.brief, Reach::Brief, plan, hits, &mut part.unjudged);
        }
        if let Some(writer) = writer {
            let own = part.found.hits..part.read;
            writer.write(patient, part, hits, [own, before.hits..hits.mark().hits])?;
        }
        if part.is_shared {
            patient.take_back(hits, &before);
        }
    }
    Ok(())
}

/// The months that share days, as one.
fn together(months: &mut [Part], patient: &mut Patient, plan: &Plan, hits: &mut BucketHits) {
    let mut shared = months.iter_mut().filter(|part| part.is_shared);
    let Some(first) = shared.next() else { return };
    for part in shared {
        first.brief.append(&mut part.brief);
    }
    first.unjudged.clear();
    group::judge(patient, &mut first.brief, Reach::Brief, plan, hits, &mut first.unjudged);
    hits.add_unjudged(&first.unjudged);
}

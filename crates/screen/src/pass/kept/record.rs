//! One patient of a kept month. Places are counted from the first of the month, so that they fit whatever months come before.

use super::{VisitFacts, encode};
use crate::pass::outcome::{BucketHits, Found, LineRef};
use crate::pass::part::Part;
use crate::pass::patient::{Memory, Patient, Touch};
use serde::Deserialize;
use std::ops::Range;

/// First and last day of brief lines, and how many of each follow: visits, memories, lasting lines, hits, and what was not judged. The key of the
/// patient comes before.
type Heading = ((i32, i32), [u32; 5]);

/// A hit of the month by itself: rule, day, values, amount, rows of lines, rows of visits.
type OwnHit = (u32, i32, [i64; 3], i64, Vec<u32>, Vec<u32>);

pub(super) fn write(patient: &Patient, part: &Part, hits: &BucketHits, found: [Range<usize>; 2], bytes: &mut Vec<u8>) {
    let (visits, memories) = (&patient.visits[part.visits.clone()], &patient.memories[part.memories.clone()]);
    let lasting = &patient.lasting[part.lasting.clone()];
    let (first_visit, first_memory) = (number(part.visits.start), number(part.memories.start));
    let found = found.into_iter().flat_map(|range| &hits.hits[range]);
    let counts = [visits.len(), memories.len(), lasting.len(), found.clone().count(), part.unjudged.len()].map(number);
    encode(patient.key(), bytes);
    let heading: Heading = (part.days, counts);
    encode(&heading, bytes);
    for visit in visits {
        encode(&VisitFacts { memory: visit.memory - first_memory, ..visit.clone() }, bytes);
    }
    for memory in memories {
        encode(memory, bytes);
    }
    for touch in lasting {
        encode(&Touch { visit: touch.visit - first_visit, ..*touch }, bytes);
    }
    let rows = |refs: &[LineRef]| refs.iter().map(|at| at.row).collect();
    for hit in found {
        let own: OwnHit = (hit.rule, hit.day, hit.values, hit.amount, rows(hits.lines(hit)), rows(hits.visits(hit)));
        encode(&own, bytes);
    }
    for count in &part.unjudged {
        encode(count, bytes);
    }
}

pub(super) fn key(bytes: &[u8]) -> Option<&str> {
    let (length, rest) = postcard::take_from_bytes::<usize>(bytes).ok()?;
    std::str::from_utf8(rest.get(..length)?).ok()
}

/// None where the bytes are not what was written.
pub(super) fn read(bytes: &[u8], file: u16, patient: &mut Patient, hits: &mut BucketHits) -> Option<()> {
    let (length, rest) = postcard::take_from_bytes::<usize>(bytes).ok()?;
    let mut rest = rest.get(length..)?;
    let (days, counts): Heading = next(&mut rest)?;
    let [visits, memories, lasting, found, unjudged] = counts;
    let part = patient.begin_part(file, hits);
    part.is_kept = true;
    let (first_visit, first_memory) = (number(part.visits.start), number(part.memories.start));
    for _ in 0..visits {
        let mut visit: VisitFacts = next(&mut rest)?;
        visit.memory += first_memory;
        visit.at.file = file;
        patient.visits.push(visit);
    }
    for _ in 0..memories {
        patient.memories.push(next::<Memory>(&mut rest)?);
    }
    for _ in 0..lasting {
        let mut touch: Touch = next(&mut rest)?;
        touch.visit += first_visit;
        touch.line.file = file;
        patient.lasting.push(touch);
    }
    let refs = |rows: Vec<u32>| -> Vec<LineRef> { rows.into_iter().map(|row| LineRef { file, row }).collect() };
    for _ in 0..found {
        let (rule, day, values, amount, lines, visits): OwnHit = next(&mut rest)?;
        let (lines, visits) = (refs(lines), refs(visits));
        patient.hit(hits, &Found { rule, day, values, amount, lines: &lines, visits: &visits });
    }
    for _ in 0..unjudged {
        let count = next(&mut rest)?;
        patient.parts.last().unjudged.push(count);
    }
    patient.end_part(hits);
    patient.parts.last().days = days;
    rest.is_empty().then_some(())
}

fn number(at: usize) -> u32 {
    u32::try_from(at).expect("a patient has fewer visits and lines")
}

fn next<'a, T: Deserialize<'a>>(rest: &mut &'a [u8]) -> Option<T> {
    let (value, after) = postcard::take_from_bytes(rest).ok()?;
    *rest = after;
    Some(value)
}

//! Fee lines of a bucket: each with its visit, one of each number, those of other months handed on.

use super::parts::Parts;
use super::visits::Index;
use super::{Notes, Sorting, push_outgoing};
use crate::claims::dictionary::ListName;
use crate::claims::rows::LineState;
use crate::claims::{Dictionaries, Line, MonthRows, Visit};
use crate::ingest::Error;
use crate::ingest::aside::Reason;
use crate::ingest::carry::{Carried, CarriedLines};
use crate::ingest::counts::Tally;
use crate::ingest::hash::Quick;
use crate::ingest::intern::Codes;
use crate::ingest::record::{Gone, LineRecord, Origin};
use crate::layout::{Fee, Table};
use sha2::{Digest, Sha256};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

/// Numbers for lines of sources that number none: by content, so that the same line has the same number whatever the
/// order; lines that are alike are counted.
pub(super) fn generated_ids(parts: &Parts<'_>, codes: &Codes, dictionaries: &Dictionaries) -> Vec<String> {
    let name = |list, code: Option<u32>| {
        let code = code.and_then(|code| codes.of(list, code));
        code.and_then(|code| dictionaries.list(list).name(code)).unwrap_or_default()
    };
    let mut seen: HashMap<String, u32, Quick> = HashMap::default();
    let mut ids = Vec::new();
    for line in parts.lines.iter().filter(|line| line.id.is_empty()) {
        let (item, doctor) = (name(ListName::Items, Some(line.item)), name(ListName::Doctors, line.doctor));
        let content = format!(
            "{}\0{}\0{:?}\0{item}\0{}\0{}\0{}\0{:?}\0{:?}\0{doctor}\0{:?}\0{}",
            line.visit,
            line.day,
            line.time,
            line.quantity,
            line.price,
            line.amount,
            line.covered,
            line.price_limit,
            line.supply_days,
            line.refunds
        );
        let hash = hex::encode(&Sha256::digest(content.as_bytes())[..8]);
        let count = seen.entry(hash.clone()).or_default();
        ids.push(format!("~{hash}-{count}"));
        *count += 1;
    }
    ids
}

/// A line and where it was read.
type Read<'a> = (Origin, Line<&'a str>);

/// The lines of a bucket while they are put together.
pub(super) struct Lines<'a> {
    sorting: &'a Sorting<'a>,
    parts: &'a Parts<'a>,
    elsewhere: &'a HashMap<&'a str, String>,
    index: Index<'a>,
    month: MonthRows<&'a str>,
    /// Where a delivered line was read; those the month had come before and have none.
    origins: Vec<Origin>,
    had: usize,
    by_id: HashMap<(u32, &'a str), u32, Quick>,
    outgoing: BTreeMap<String, Vec<u8>>,
    stored: Tally,
}

impl<'a> Lines<'a> {
    pub(super) fn new(
        sorting: &'a Sorting<'a>,
        visits: Vec<Visit<&'a str>>,
        index: Index<'a>,
        parts: &'a Parts<'a>,
        elsewhere: &'a HashMap<&'a str, String>,
        base: &'a MonthRows,
    ) -> Self {
        let mut lines: Vec<Line<&'a str>> = Vec::with_capacity(base.lines.len() + parts.lines.len());
        lines.extend(base.lines.iter().map(borrowed));
        let mut by_id: HashMap<(u32, &str), u32, Quick> = HashMap::default();
        by_id.reserve(lines.len() + parts.lines.len());
        by_id.extend(lines.iter().zip(0..).map(|(line, at)| ((line.visit, line.line), at)));
        Self {
            sorting,
            parts,
            elsewhere,
            index,
            had: lines.len(),
            month: MonthRows { visits, lines },
            origins: Vec::with_capacity(parts.lines.len()),
            by_id,
            outgoing: BTreeMap::new(),
            stored: Tally::default(),
        }
    }

    fn stored(&self, record: &LineRecord<'a>, visit: u32, id: &'a str) -> Line<&'a str> {
        let codes = self.sorting.codes;
        Line {
            visit,
            day: record.day,
            time: record.time,
            item: codes.of(ListName::Items, record.item).unwrap_or_default(),
            quantity: record.quantity,
            price: record.price,
            amount: record.amount,
            covered: record.covered,
            price_limit: record.price_limit,
            doctor: record.doctor.and_then(|code| codes.of(ListName::Doctors, code)),
            supply_days: record.supply_days,
            state: LineState::InForce,
            line: id,
            refunds: Some(record.refunds).filter(|refunds| !refunds.is_empty()),
        }
    }

    /// Adds the lines that were delivered.
    pub(super) fn add(&mut self, generated: &'a [String], notes: &mut Notes<'_>) {
        let mut generated = generated.iter();
        let mut twice: BTreeMap<(u32, &'a str), Vec<Read<'a>>> = BTreeMap::new();
        let parts = self.parts;
        for record in &parts.lines {
            let id = match record.id {
                "" => generated.next().map_or("", String::as_str),
                id => id,
            };
            let Some(visit) = self.visit_of(record, id, notes) else { continue };
            let line = self.stored(record, visit, id);
            match self.by_id.entry((visit, id)) {
                Entry::Vacant(free) => {
                    free.insert(u32::try_from(self.month.lines.len()).expect("a bucket has fewer lines"));
                    self.month.lines.push(line);
                    self.origins.push(record.origin);
                    self.stored.count(Some(record.amount));
                }
                Entry::Occupied(_) => twice.entry((visit, id)).or_default().push((record.origin, line)),
            }
        }
        for (key, lines) in twice {
            self.choose(key, lines, notes);
        }
    }

    /// The visit of a line among those of the month; a line of another month is handed on, others are set aside.
    fn visit_of(&mut self, record: &LineRecord<'a>, id: &'a str, notes: &mut Notes<'_>) -> Option<u32> {
        let found = self.index.get(record.visit).copied();
        let reason = match found {
            Some(at) => {
                let patient = self.month.visits[at as usize].patient;
                if record.key.is_none_or(|key| is_key(patient, &key)) {
                    return Some(at);
                }
                Reason::PersonDiffers
            }
            None => match self.parts.gone.get(record.visit) {
                Some(Gone::SetAside) => Reason::VisitSetAside,
                Some(Gone::Void) => Reason::VisitVoid,
                None => match self.elsewhere.get(record.visit) {
                    Some(month) => {
                        let line = self.stored(record, 0, id);
                        let carried = Carried { in_force: true, origin: record.origin, visit: record.visit, line };
                        push_outgoing(&mut self.outgoing, month, &carried);
                        return None;
                    }
                    None => Reason::VisitUnknown,
                },
            },
        };
        let place = (Fee::Visit.column(), record.visit);
        notes.set_aside(record.origin, Table::Fees, place, reason, Some(record.amount));
        None
    }

    /// Several lines of one number: the latest is stored, the others are the same as it, or set aside.
    fn choose(&mut self, (visit, id): (u32, &'a str), mut lines: Vec<Read<'a>>, notes: &mut Notes<'_>) {
        let at = self.by_id[&(visit, id)] as usize;
        let first = self.month.lines[at].clone();
        let delivered = at.checked_sub(self.had);
        if let Some(place) = delivered {
            self.stored.rows -= 1;
            self.stored.fen -= first.amount;
            lines.push((self.origins[place], first.clone()));
        }
        lines.sort_by_key(|(origin, _)| *origin);
        let (origin, latest) = lines.pop().expect("at least one line was delivered");
        for (origin, line) in lines {
            if line == latest {
                notes.counts.table(Table::Fees).duplicates.count(Some(line.amount));
            } else {
                let place = (Fee::Id.column(), id);
                notes.set_aside(origin, Table::Fees, place, Reason::Superseded, Some(line.amount));
            }
        }
        if let Some(place) = delivered {
            self.origins[place] = origin;
        } else if is_same(&first, &latest) {
            notes.counts.table(Table::Fees).duplicates.count(Some(latest.amount));
            return;
        } else {
            notes.counts.replaced.entry(Table::Fees).or_default().count(Some(first.amount));
        }
        self.stored.count(Some(latest.amount));
        self.month.lines[at] = latest;
    }

    /// Lines that go to other months.
    pub(super) fn take_outgoing(&mut self) -> BTreeMap<String, Vec<u8>> {
        std::mem::take(&mut self.outgoing)
    }

    /// Adds lines that came with other months, where their visit is there and has no such line; what is handed back says
    /// which of them are in force.
    pub(super) fn add_carried(
        &mut self,
        carried: &'a BTreeMap<&str, Vec<u8>>,
    ) -> Result<BTreeMap<String, (Vec<u8>, Tally)>, Error> {
        let mut kept = BTreeMap::new();
        for (month, bytes) in carried {
            let (mut text, mut tally) = (Vec::new(), Tally::default());
            for carried in CarriedLines::new(bytes) {
                let mut carried = carried?;
                let visit = self.index.get(carried.visit).copied();
                let free = visit.filter(|visit| !self.by_id.contains_key(&(*visit, carried.line.line)));
                carried.in_force = free.is_some();
                if let Some(visit) = free {
                    let at = u32::try_from(self.month.lines.len()).expect("a bucket has fewer lines");
                    self.by_id.insert((visit, carried.line.line), at);
                    self.month.lines.push(Line { visit, ..carried.line.clone() });
                    tally.count(Some(carried.line.amount));
                }
                carried.write(&mut text);
            }
            kept.insert((*month).to_owned(), (text, tally));
        }
        Ok(kept)
    }

    /// The month, and the lines of the patient who has most.
    pub(super) fn finish(self, notes: &mut Notes<'_>) -> (MonthRows<&'a str>, u64) {
        notes.counts.table(Table::Fees).stored.add(self.stored);
        let mut of_patient: HashMap<&str, u64, Quick> = HashMap::default();
        let mut of_visit = vec![0; self.month.visits.len()];
        for line in &self.month.lines {
            of_visit[line.visit as usize] += 1;
        }
        for (visit, lines) in self.month.visits.iter().zip(of_visit) {
            *of_patient.entry(visit.patient).or_default() += lines;
        }
        (self.month, of_patient.into_values().max().unwrap_or(0))
    }
}

/// Whether a patient's text is that of a key.
fn is_key(patient: &str, key: &[u8]) -> bool {
    let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
    let same = |(pair, byte): (&[u8], &u8)| pair[0] == digit(byte >> 4) && pair[1] == digit(byte & 15);
    patient.len() == 2 * key.len() && patient.as_bytes().chunks_exact(2).zip(key).all(same)
}

/// Whether two lines are the same but for what became of them.
pub(in crate::ingest) fn is_same<A: AsRef<str>, B: AsRef<str>>(a: &Line<A>, b: &Line<B>) -> bool {
    (a.day, a.time, a.item, a.quantity, a.price, a.amount) == (b.day, b.time, b.item, b.quantity, b.price, b.amount)
        && (a.covered, a.price_limit, a.doctor, a.supply_days) == (b.covered, b.price_limit, b.doctor, b.supply_days)
        && a.line.as_ref() == b.line.as_ref()
        && a.refunds.as_ref().map(AsRef::as_ref) == b.refunds.as_ref().map(AsRef::as_ref)
}

/// Texts borrowed from those that own them.
fn borrowed(line: &Line) -> Line<&str> {
    Line {
        visit: line.visit,
        day: line.day,
        time: line.time,
        item: line.item,
        quantity: line.quantity,
        price: line.price,
        amount: line.amount,
        covered: line.covered,
        price_limit: line.price_limit,
        doctor: line.doctor,
        supply_days: line.supply_days,
        state: line.state,
        line: &line.line,
        refunds: line.refunds.as_deref(),
    }
}

/// Texts of its own.
pub(in crate::ingest) fn owned(line: &Line<&str>) -> Line {
    Line {
        visit: line.visit,
        day: line.day,
        time: line.time,
        item: line.item,
        quantity: line.quantity,
        price: line.price,
        amount: line.amount,
        covered: line.covered,
        price_limit: line.price_limit,
        doctor: line.doctor,
        supply_days: line.supply_days,
        state: line.state,
        line: line.line.to_owned(),
        refunds: line.refunds.map(str::to_owned),
    }
}

//! Visits of a bucket: one of each number, with what settlements, diagnoses, operations and persons say about them.

use super::parts::Parts;
use super::{Missing, Notes, Sorting};
use crate::claims::dictionary::ListName;
use crate::claims::{Dictionaries, MonthRows, Visit as StoredVisit};
use crate::ingest::aside::Reason;
use crate::ingest::hash::Quick;
use crate::ingest::intern::Codes;
use crate::ingest::person::PersonKey;
use crate::ingest::record::{Code, CodedRecord, Gone, PersonRecord, SettlementRecord, VisitRecord};
use crate::layout::{Diagnosis, Operation, Settlement, Table, Visit};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Index of visits by their number.
pub(super) type Index<'a> = HashMap<&'a str, u32, Quick>;

/// The visits of a bucket while they are put together.
pub(super) struct Visits<'a> {
    codes: &'a Codes,
    dictionaries: &'a Dictionaries,
    base: &'a MonthRows,
    gone: &'a HashMap<&'a str, Gone, Quick>,
    elsewhere: &'a HashMap<&'a str, String>,
    /// Of the month as it was.
    in_month: HashSet<&'a str, Quick>,
    /// Those delivered.
    records: Vec<&'a VisitRecord<'a>>,
    stored: Vec<StoredVisit<&'a str>>,
    index: Index<'a>,
    /// Which parts of a visit were delivered.
    settled: Vec<bool>,
    diagnosed: Vec<Vec<(bool, i32)>>,
    operated: Vec<Vec<(bool, Option<i64>, i32)>>,
}

impl<'a> Visits<'a> {
    pub(super) fn new(
        sorting: &'a Sorting<'a>,
        parts: &'a Parts<'a>,
        patients: &'a HashMap<PersonKey, String, Quick>,
        base: &'a MonthRows,
        elsewhere: &'a HashMap<&'a str, String>,
        notes: &mut Notes<'_>,
    ) -> Self {
        let persons = persons(&parts.persons, notes);
        let mut visits = Self {
            codes: sorting.codes,
            dictionaries: &sorting.store.dictionaries,
            base,
            gone: &parts.gone,
            elsewhere,
            in_month: base.visits.iter().map(|visit| visit.visit.as_str()).collect(),
            records: Vec::new(),
            stored: Vec::new(),
            index: HashMap::default(),
            settled: Vec::new(),
            diagnosed: Vec::new(),
            operated: Vec::new(),
        };
        for record in latest(&parts.visits, notes) {
            if let Some(month) = elsewhere.get(record.id) {
                let place = (Visit::Id.column(), record.id);
                notes.set_aside(record.origin, Table::Visits, place, Reason::VisitOfMonth(month.clone()), None);
                continue;
            }
            let at = u32::try_from(visits.stored.len()).expect("a bucket has fewer visits");
            visits.index.insert(record.id, at);
            visits.stored.push(visits.make(record, &patients[&record.key], persons.get(&record.key)));
            visits.records.push(record);
        }
        let count = visits.stored.len();
        visits.settled.resize(count, false);
        visits.diagnosed.resize(count, Vec::new());
        visits.operated.resize(count, Vec::new());
        visits
    }

    fn code(&self, list: ListName, code: Code) -> Option<i32> {
        code.and_then(|code| self.codes.of(list, code))
    }

    fn make(&self, record: &VisitRecord<'a>, patient: &'a str, person: Option<&PersonRecord>) -> StoredVisit<&'a str> {
        StoredVisit {
            patient,
            visit: record.id,
            institution: self.code(ListName::Institutions, Some(record.institution)).unwrap_or_default(),
            doctor: self.code(ListName::Doctors, record.doctor),
            department: self.code(ListName::Departments, record.department),
            medical_type: self.code(ListName::Values, record.medical_type),
            insurance: self.code(ListName::Values, record.insurance),
            level: self.code(ListName::Values, record.level),
            city: self.code(ListName::Values, record.city),
            sex: record.sex.or(person.and_then(|person| person.sex)),
            birth: record.birth.or(person.and_then(|person| person.birth)),
            death: record.death.or(person.and_then(|person| person.death)),
            begin: Some(record.begin),
            end: record.end,
            days: record.days,
            diagnosis: self.code(ListName::Diagnoses, record.diagnosis),
            diagnoses: Vec::new(),
            operations: Vec::new(),
            total: None,
            fund: None,
        }
    }

    /// The visit of a row, if it was delivered and is of the same person.
    fn visit(&self, id: &str, key: Option<PersonKey>) -> Result<usize, Reason> {
        let Some(at) = self.index.get(id) else { return Err(self.missing(id).reason()) };
        let at = *at as usize;
        if key.is_some_and(|key| key != self.records[at].key) {
            return Err(Reason::PersonDiffers);
        }
        Ok(at)
    }

    fn missing(&self, id: &str) -> Missing {
        match (self.gone.get(id), self.elsewhere.get(id)) {
            (Some(Gone::SetAside), _) => Missing::SetAside,
            (Some(Gone::Void), _) => Missing::Void,
            (None, Some(month)) => Missing::Elsewhere(month.clone()),
            (None, None) if self.in_month.contains(id) => Missing::InMonth,
            (None, None) => Missing::Unknown,
        }
    }

    /// Adds settlements, diagnoses and operations.
    pub(super) fn attach(&mut self, parts: &'a Parts<'a>, notes: &mut Notes<'_>) {
        self.settle(&parts.settlements, notes);
        for record in unique(&parts.diagnoses, Table::Diagnoses, Diagnosis::Id.column(), notes) {
            match self.visit(record.visit, record.key) {
                Ok(at) => {
                    if let Some(code) = self.code(ListName::Diagnoses, Some(record.code)) {
                        self.diagnosed[at].push((record.main, code));
                    }
                    notes.counts.table(Table::Diagnoses).stored.count(None);
                }
                Err(reason) => {
                    let place = (Diagnosis::Visit.column(), record.visit);
                    notes.set_aside(record.origin, Table::Diagnoses, place, reason, None);
                }
            }
        }
        for record in unique(&parts.operations, Table::Operations, Operation::Id.column(), notes) {
            match self.visit(record.visit, record.key) {
                Ok(at) => {
                    if let Some(code) = self.code(ListName::Operations, Some(record.code)) {
                        self.operated[at].push((record.main, record.when, code));
                    }
                    notes.counts.table(Table::Operations).stored.count(None);
                }
                Err(reason) => {
                    let place = (Operation::Visit.column(), record.visit);
                    notes.set_aside(record.origin, Table::Operations, place, reason, None);
                }
            }
        }
    }

    fn settle(&mut self, settlements: &[SettlementRecord<'_>], notes: &mut Notes<'_>) {
        let mut by_id: BTreeMap<(&str, &str), Vec<&SettlementRecord<'_>>> = BTreeMap::new();
        for settlement in settlements {
            by_id.entry((settlement.visit, settlement.id)).or_default().push(settlement);
        }
        let place = |record: &SettlementRecord<'_>| record.origin;
        let same =
            |a: &SettlementRecord<'_>, b: &SettlementRecord<'_>| *a == SettlementRecord { origin: a.origin, ..*b };
        for mut group in by_id.into_values() {
            let others = take_latest(&mut group, place);
            let record = group[0];
            for other in others {
                if same(other, record) {
                    notes.counts.table(Table::Settlements).duplicates.count(Some(other.total));
                } else {
                    let at = (Settlement::Id.column(), other.id);
                    notes.set_aside(other.origin, Table::Settlements, at, Reason::Superseded, Some(other.total));
                }
            }
            match self.visit(record.visit, record.key) {
                Ok(at) => {
                    let visit = &mut self.stored[at];
                    visit.total = Some(visit.total.unwrap_or(0) + record.total);
                    if let Some(fund) = record.fund {
                        visit.fund = Some(visit.fund.unwrap_or(0) + fund);
                    }
                    self.settled[at] = true;
                    notes.counts.table(Table::Settlements).stored.count(Some(record.total));
                }
                Err(reason) => {
                    let at = (Settlement::Visit.column(), record.visit);
                    notes.set_aside(record.origin, Table::Settlements, at, reason, Some(record.total));
                }
            }
        }
    }

    /// The visits of the month: those it had, with the delivered ones in their place or behind them.
    pub(super) fn finish(
        mut self,
        sorting: &Sorting<'_>,
        notes: &mut Notes<'_>,
    ) -> (Vec<StoredVisit<&'a str>>, Index<'a>) {
        for at in 0..self.stored.len() {
            self.put_diagnoses(at);
            self.put_operations(at);
        }
        let counts = notes.counts.table(Table::Visits);
        if !sorting.late {
            counts.stored.rows += self.stored.len() as u64;
            return (self.stored, self.index);
        }
        let mut visits: Vec<StoredVisit<&'a str>> = self.base.visits.iter().map(borrowed).collect();
        let mut index: Index<'a> = visits.iter().map(|visit| visit.visit).zip(0..).collect();
        for (at, mut visit) in std::mem::take(&mut self.stored).into_iter().enumerate() {
            let Some(old) = index.get(visit.visit).map(|old| *old as usize) else {
                index.insert(visit.visit, u32::try_from(visits.len()).expect("a bucket has fewer visits"));
                visits.push(visit);
                notes.counts.table(Table::Visits).stored.count(None);
                continue;
            };
            // What did not come again stays as it was.
            if !self.settled[at] {
                (visit.total, visit.fund) = (visits[old].total, visits[old].fund);
            }
            if self.diagnosed[at].is_empty() {
                visit.diagnoses.clone_from(&visits[old].diagnoses);
                visit.diagnosis = visit.diagnosis.or(visits[old].diagnosis);
            }
            if self.operated[at].is_empty() {
                visit.operations.clone_from(&visits[old].operations);
            }
            if visits[old] == visit {
                notes.counts.table(Table::Visits).duplicates.count(None);
            } else {
                notes.counts.table(Table::Visits).stored.count(None);
                notes.counts.replaced.entry(Table::Visits).or_default().count(None);
                visits[old] = visit;
            }
        }
        (visits, index)
    }

    /// The main one first, then by name; a diagnosis that is there twice is one.
    fn put_diagnoses(&mut self, at: usize) {
        let names = self.dictionaries.list(ListName::Diagnoses);
        let visit = &mut self.stored[at];
        let diagnosed = &mut self.diagnosed[at];
        diagnosed.sort_by_key(|(main, code)| (!main, names.name(*code)));
        if visit.diagnosis.is_none() {
            visit.diagnosis = diagnosed.first().filter(|(main, _)| *main).map(|(_, code)| *code);
        }
        visit.diagnoses.extend(visit.diagnosis);
        for (_, code) in diagnosed {
            if !visit.diagnoses.contains(code) {
                visit.diagnoses.push(*code);
            }
        }
    }

    /// The main one first, then by time and name; the same operation twice is two.
    fn put_operations(&mut self, at: usize) {
        let names = self.dictionaries.list(ListName::Operations);
        self.operated[at].sort_by_key(|(main, when, code)| (!main, *when, names.name(*code)));
        self.stored[at].operations.extend(self.operated[at].iter().map(|(.., code)| *code));
    }
}

/// Texts borrowed from those that own them.
fn borrowed(visit: &StoredVisit) -> StoredVisit<&str> {
    StoredVisit {
        patient: &visit.patient,
        visit: &visit.visit,
        institution: visit.institution,
        doctor: visit.doctor,
        department: visit.department,
        medical_type: visit.medical_type,
        insurance: visit.insurance,
        level: visit.level,
        city: visit.city,
        sex: visit.sex,
        birth: visit.birth,
        death: visit.death,
        begin: visit.begin,
        end: visit.end,
        days: visit.days,
        diagnosis: visit.diagnosis,
        diagnoses: visit.diagnoses.clone(),
        operations: visit.operations.clone(),
        total: visit.total,
        fund: visit.fund,
    }
}

/// Leaves the latest of some rows in the group and gives back the others.
fn take_latest<'r, T, K: Ord>(group: &mut Vec<&'r T>, place: impl Fn(&T) -> K) -> Vec<&'r T> {
    group.sort_by_key(|record| place(record));
    let latest = group.pop().expect("a group has a row");
    std::mem::replace(group, vec![latest])
}

/// One visit of each number: the latest; the others are duplicates or set aside.
fn latest<'a>(visits: &'a [VisitRecord<'a>], notes: &mut Notes<'_>) -> Vec<&'a VisitRecord<'a>> {
    let mut order: Vec<&VisitRecord<'_>> = visits.iter().collect();
    order.sort_unstable_by_key(|visit| (visit.id, visit.origin));
    let mut kept = Vec::with_capacity(order.len());
    for group in order.chunk_by(|a, b| a.id == b.id) {
        let (latest, others) = group.split_last().expect("a group has a row");
        for other in others {
            let same = VisitRecord { origin: latest.origin, ..(*other).clone() } == **latest;
            if same {
                notes.counts.table(Table::Visits).duplicates.count(None);
            } else {
                let place = (Visit::Id.column(), other.id);
                notes.set_aside(other.origin, Table::Visits, place, Reason::Superseded, None);
            }
        }
        kept.push(*latest);
    }
    kept
}

/// One diagnosis or operation of each number, or of each content where rows have no number.
fn unique<'a>(
    records: &'a [CodedRecord<'a>],
    table: Table,
    column: &'static crate::layout::Column,
    notes: &mut Notes<'_>,
) -> Vec<&'a CodedRecord<'a>> {
    type Content = (u32, bool, Option<i64>);
    let content = |record: &CodedRecord<'_>| -> Content { (record.code, record.main, record.when) };
    let mut groups: BTreeMap<(&str, &str, Option<Content>), Vec<&CodedRecord<'a>>> = BTreeMap::new();
    for record in records {
        let unnumbered = record.id.is_empty().then(|| content(record));
        groups.entry((record.visit, record.id, unnumbered)).or_default().push(record);
    }
    let mut kept = Vec::with_capacity(groups.len());
    for mut group in groups.into_values() {
        let others = take_latest(&mut group, |record| record.origin);
        for other in others {
            if content(other) == content(group[0]) && other.key == group[0].key {
                notes.counts.table(table).duplicates.count(None);
            } else {
                notes.set_aside(other.origin, table, (column, other.id), Reason::Superseded, None);
            }
        }
        kept.push(group[0]);
    }
    kept
}

/// One row of each person: the latest.
fn persons(records: &[PersonRecord], notes: &mut Notes<'_>) -> HashMap<PersonKey, PersonRecord, Quick> {
    let mut persons: HashMap<PersonKey, PersonRecord, Quick> = HashMap::default();
    let mut order: Vec<&PersonRecord> = records.iter().collect();
    order.sort_unstable_by_key(|person| person.origin);
    for person in order {
        let counts = notes.counts.table(Table::Persons);
        match persons.insert(person.key, *person) {
            None => counts.stored.count(None),
            Some(old) if (PersonRecord { origin: person.origin, ..old }) == *person => counts.duplicates.count(None),
            Some(old) => {
                let place = (crate::layout::Person::Person.column(), "");
                notes.set_aside(old.origin, Table::Persons, place, Reason::Superseded, None);
            }
        }
    }
    persons
}

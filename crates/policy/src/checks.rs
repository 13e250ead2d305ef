//! What makes packs sound beyond the shape of their fields: each row by itself, the versions of an id, and the
//! tables as a whole.

mod bodies;
mod whole;

pub use bodies::{LEVELS, PUBLIC_FIELDS};

use crate::entry::Entry;
use crate::fault::{Fault, FaultKind};
use crate::load::{NATIONAL, file_fault};
use crate::read::{Place, Record};
use crate::required;
use crate::tables::Rows;
use std::collections::BTreeSet;
use xingjian_kernel::{Divisions, LocalDate};

/// A body that knows its table.
pub(crate) trait Named {
    /// Name in the packs.
    const TABLE: &'static str;
    /// Name on screen.
    const LABEL: &'static str;
}

/// A body that can be checked.
pub(crate) trait Body: Record + Named {
    /// What an entry is called on screen.
    fn title(&self) -> String;
    /// Finds what is wrong with it by itself and with what it refers to.
    fn check(&self, _: &mut Checker<'_>) {}
}

/// An entry with its place, while packs are checked.
#[derive(Clone, Debug)]
pub(crate) struct Row<T> {
    pub(crate) place: Place,
    /// From the national pack.
    pub(crate) national: bool,
    /// Known also where the rest could not be read.
    pub(crate) id: Option<String>,
    /// First and last day, known also where the rest could not be read.
    pub(crate) dates: Option<(LocalDate, Option<LocalDate>)>,
    /// The entry, if all of it could be read.
    pub(crate) entry: Option<Entry<T>>,
}

/// What entries may refer to.
pub(crate) struct Known<'a> {
    departments: BTreeSet<&'a str>,
    clocks: BTreeSet<&'a str>,
    violations: BTreeSet<&'a str>,
    /// `None` where a grade model could not be read, so that its grades are not called unknown.
    grades: Option<BTreeSet<&'a str>>,
    divisions: &'a Divisions,
}

impl<'a> Known<'a> {
    pub(crate) fn of(rows: &'a Rows, divisions: &'a Divisions) -> Self {
        let models = rows.grade_models.iter().map(|row| row.entry.as_ref());
        let grades = models.collect::<Option<Vec<_>>>().map(|models| {
            models.into_iter().flat_map(|model| &model.body.grades).map(|band| band.grade.as_str()).collect()
        });
        Self {
            departments: rows.ids("department"),
            clocks: rows.ids("clock"),
            violations: rows.ids("violation"),
            grades,
            divisions,
        }
    }
}

/// Checks one entry.
pub(crate) struct Checker<'a> {
    place: &'a Place,
    from: LocalDate,
    known: &'a Known<'a>,
    faults: &'a mut Vec<Fault>,
}

impl Checker<'_> {
    /// Records a fault at a field.
    fn fault(&mut self, kind: FaultKind, field: &str, reason: impl Into<String>, mend: impl Into<String>) {
        self.faults.push(self.place.fault(kind, field, reason, mend));
    }

    /// Records a fault at a field unless it holds.
    fn hold(&mut self, holds: bool, kind: FaultKind, field: &str, reason: &str, mend: &str) {
        if !holds {
            self.fault(kind, field, reason, mend);
        }
    }

    fn department(&mut self, field: &str, id: &str) {
        if !self.known.departments.contains(id) {
            let reason = format!("没有部门“{id}”");
            self.fault(FaultKind::UnknownDepartment, field, reason, "改为部门表中的编号，或先添加该部门");
        }
    }

    fn clock(&mut self, field: &str, id: &str) {
        if !self.known.clocks.contains(id) {
            let reason = format!("没有时限“{id}”");
            self.fault(FaultKind::UnknownClock, field, reason, "改为时限表中的编号，或先添加该时限");
        }
    }

    fn violations(&mut self, field: &str, ids: &[String]) {
        for (at, id) in ids.iter().enumerate() {
            if !self.known.violations.contains(id.as_str()) {
                let reason = format!("没有案由“{id}”");
                let mend = "改为案由表中的编号，或先添加该案由";
                self.fault(FaultKind::UnknownViolation, &format!("{field}[{at}]"), reason, mend);
            }
        }
    }

    fn grade(&mut self, field: &str, grade: &str) {
        if self.known.grades.as_ref().is_some_and(|grades| !grades.contains(grade)) {
            let reason = format!("没有等级“{grade}”");
            self.fault(FaultKind::UnknownGrade, field, reason, "改为信用等级模型中的等级");
        }
    }

    fn division(&mut self, field: &str, code: &xingjian_kernel::DivisionCode) {
        let day = self.from;
        if !self.known.divisions.exists(code, day) {
            let reason = format!("{day}没有行政区划“{code}”");
            self.fault(FaultKind::UnknownDivision, field, reason, "改为当日有效的行政区划代码");
        }
    }

    /// Every item of a list is there once.
    fn distinct(&mut self, field: &str, items: &[String]) {
        for (at, item) in items.iter().enumerate() {
            if items[..at].contains(item) {
                let reason = format!("“{item}”重复");
                self.fault(FaultKind::DuplicateName, &format!("{field}[{at}]"), reason, "删去重复的一项");
            }
        }
    }
}

/// Checks each row of a table by itself, and the versions of each id.
pub(crate) fn rows<T: Body>(rows: &[Row<T>], known: &Known<'_>, faults: &mut Vec<Fault>) {
    for (at, row) in rows.iter().enumerate() {
        if let Some((from, Some(until))) = row.dates
            && until < from
        {
            let reason = format!("失效日期{until}早于生效日期{from}");
            faults.push(row.place.fault(FaultKind::EndsBeforeStart, "until", reason, "改正其中一个日期"));
        }
        faults.extend(clash(rows, at));
        if let Some(entry) = &row.entry {
            entry.body.check(&mut Checker { place: &row.place, from: entry.from, known, faults });
        }
    }
}

/// The fault of a row that another row of the same pack and id, written before it, is in force on the same day.
fn clash<T>(rows: &[Row<T>], at: usize) -> Option<Fault> {
    let row = &rows[at];
    let (id, dates) = (row.id.as_ref()?, row.dates?);
    let other = rows[..at].iter().find(|other| {
        let same = other.id.as_ref() == Some(id) && other.national == row.national;
        same && other.dates.is_some_and(|other| overlap(other, dates))
    })?;
    let where_ = format!("{}第{}行", other.place.file, other.place.line);
    Some(if other.dates.is_some_and(|(from, _)| from == dates.0) {
        let reason = format!("编号“{id}”与{where_}重复，且同日生效");
        row.place.fault(FaultKind::DuplicateEntry, "id", reason, "改用另一个编号，或删去其中一条")
    } else {
        let reason = format!("与{where_}同一编号的版本生效期间重叠");
        row.place.fault(FaultKind::OverlappingVersions, "from", reason, "给前一版本写上失效日期")
    })
}

/// Whether two periods share a day; a period that ends before it begins shares none.
pub(crate) fn overlap(a: (LocalDate, Option<LocalDate>), b: (LocalDate, Option<LocalDate>)) -> bool {
    let last = |until: Option<LocalDate>| until.unwrap_or(LocalDate::MAX);
    a.0.max(b.0) <= last(a.1).min(last(b.1))
}

/// What is wrong with the national pack as a whole.
pub(crate) fn national(rows: &Rows) -> Vec<Fault> {
    let mut faults = whole::tables(rows);
    faults.extend(missing(rows, required::NATIONAL, NATIONAL));
    faults
}

/// What is wrong with the packs of one city: every row, and the tables as a whole.
pub(crate) fn city(rows: &Rows, city: &str, divisions: &Divisions) -> Vec<Fault> {
    let mut faults = rows.check(&Known::of(rows, divisions));
    faults.extend(whole::tables(rows));
    faults.extend(missing(rows, required::NATIONAL, NATIONAL));
    faults.extend(whole::city(rows, city));
    faults
}

fn missing(rows: &Rows, required: &[(&str, &str)], folder: &str) -> Vec<Fault> {
    let absent = required.iter().filter(|(table, id)| !rows.ids(table).contains(id));
    let fault = |(table, id): &(&str, &str)| {
        let reason = format!("缺少系统必需的条目：[[{table}]] {id}");
        let fault = file_fault(folder, 0, FaultKind::MissingEntry, &reason, "补上该条目");
        Fault { entry: (*id).to_owned(), ..fault }
    };
    absent.map(fault).collect()
}

//! The policy of one city: what the rooms ask.

use crate::body::{City, ComplaintKind, Department, Duty};
use crate::checks::{self, Known};
use crate::entry::Entry;
use crate::fault::{Fault, FaultKind};
use crate::load::{self, NATIONAL, Pack};
use crate::tables::Tables;
use std::collections::BTreeSet;
use std::path::Path;
use xingjian_kernel::calendar::{Deadline, WorkCalendar};
use xingjian_kernel::{Divisions, LocalDate};

/// The packs of one city, read and checked. An entry of the city wins over a national one with the same id.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The city.
    pub city: City,
    /// SHA-256 of all files of both packs, in hex; decisions store it.
    pub version: String,
    /// Administrative divisions.
    pub divisions: Divisions,
    /// Working days.
    pub calendar: WorkCalendar,
    pub(crate) tables: Tables,
}

/// What a check of packs found.
#[derive(Clone, Debug, Default)]
pub struct CheckReport {
    /// Files read.
    pub files: usize,
    /// Entries read.
    pub entries: usize,
    /// Everything that is wrong, by file and line.
    pub faults: Vec<Fault>,
}

impl Policy {
    /// Reads `national` and the folder of the city below `dir`. Calendar and divisions come from `../refdata`
    /// where that folder lies beside `dir`, else from the tables the program was built with.
    pub fn load(dir: &Path, city: &str) -> Result<Self, Vec<Fault>> {
        let (reference, mut faults) = Reference::read(dir);
        let mut national = Pack::read(dir, NATIONAL);
        let mut own = Pack::read(dir, city);
        let version = load::version(&[&national, &own]);
        faults.append(&mut national.faults);
        faults.append(&mut own.faults);
        let mut rows = own.rows;
        rows.append(national.rows);
        faults.extend(checks::city(&rows, city, &reference.divisions));
        if !faults.is_empty() {
            faults.sort();
            faults.dedup();
            return Err(faults);
        }
        let described = rows.cities.iter().filter_map(|row| row.entry.as_ref()).map(|entry| entry.body.clone()).next();
        let city = described.expect("checks::city has made sure of exactly one entry for the city");
        let Reference { divisions, calendar } = reference;
        Ok(Self { city, version, divisions, calendar, tables: rows.into_tables() })
    }

    /// When a clock that starts on `from` runs out; `None` where no such clock is in force then.
    pub fn deadline(&self, clock_id: &str, from: LocalDate) -> Option<Deadline> {
        Some(self.calendar.deadline(from, self.clock(clock_id, from)?.term))
    }

    /// The duty that takes complaints of this topic.
    pub fn duty_for(&self, topic: &str, as_of: LocalDate) -> Option<&Entry<Duty>> {
        self.duties(as_of).into_iter().find(|duty| duty.topics.iter().any(|known| known == topic))
    }

    /// The kinds of complaints in the order of the packs, which is that of the law: 投诉, 举报, 信访, 咨询.
    pub fn complaint_kinds_in_order(&self, as_of: LocalDate) -> Vec<&Entry<ComplaintKind>> {
        self.tables.complaint_kinds.in_order(as_of)
    }

    /// Every complaint topic that a duty takes, sorted.
    pub fn topics(&self, as_of: LocalDate) -> Vec<&str> {
        let topics = self.duties(as_of).into_iter().flat_map(|duty| &duty.body.topics);
        topics.map(String::as_str).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The department that leads the coordination mechanism.
    pub fn lead_department(&self, as_of: LocalDate) -> Option<&Entry<Department>> {
        self.departments(as_of).into_iter().find(|department| department.lead)
    }
}

/// Tables that hold everywhere and are no policy.
struct Reference {
    divisions: Divisions,
    calendar: WorkCalendar,
}

impl Reference {
    fn read(dir: &Path) -> (Self, Vec<Fault>) {
        let folder = dir.join("../refdata");
        let mut faults = vec![];
        let calendar = table(&folder, "calendar.tsv", &mut faults, WorkCalendar::parse, WorkCalendar::official);
        let divisions = table(&folder, "divisions.tsv", &mut faults, Divisions::parse, Divisions::official);
        (Self { divisions, calendar }, faults)
    }
}

fn table<T>(
    folder: &Path,
    name: &str,
    faults: &mut Vec<Fault>,
    parse: impl Fn(&str) -> Result<T, Vec<xingjian_kernel::Fault>>,
    built_in: impl Fn() -> T,
) -> T {
    let Ok(text) = std::fs::read_to_string(folder.join(name)) else { return built_in() };
    parse(&text).unwrap_or_else(|found| {
        let file = format!("refdata/{name}");
        faults.extend(found.iter().map(|fault| {
            let reason = format!("{}：“{}”{}", fault.place, fault.value, fault.reason);
            load::file_fault(&file, 0, FaultKind::WrongType, &reason, &fault.mend)
        }));
        built_in()
    })
}

/// Checks one pack folder, or all packs below a policy folder.
pub fn check(dir: &Path) -> CheckReport {
    let dir = &dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let is_pack = !dir.join(NATIONAL).is_dir() && dir.parent().is_some_and(|root| root.join(NATIONAL).is_dir());
    match dir.file_name().and_then(|name| name.to_str()) {
        Some(name) if is_pack => check_packs(&dir.join(".."), &[name.to_owned()], name != NATIONAL),
        _ => check_packs(dir, &cities(dir), false),
    }
}

fn cities(root: &Path) -> Vec<String> {
    let folders = std::fs::read_dir(root).into_iter().flatten();
    let names = folders.filter_map(|folder| folder.ok().filter(|folder| folder.path().is_dir()));
    let names: BTreeSet<String> = names.filter_map(|folder| folder.file_name().into_string().ok()).collect();
    names.into_iter().filter(|name| name != NATIONAL && !name.starts_with('.')).collect()
}

/// Checks the national pack and each of the cities; reports on the cities only where `only_cities`.
fn check_packs(root: &Path, cities: &[String], only_cities: bool) -> CheckReport {
    let (reference, faults) = Reference::read(root);
    let national = Pack::read(root, NATIONAL);
    let mut report = CheckReport::default();
    // The same fault of a national entry shows again with every city.
    let mut found: BTreeSet<Fault> = faults.into_iter().chain(national.faults).collect();
    if !only_cities {
        (report.files, report.entries) = (national.files, national.rows.len());
        found.extend(national.rows.check(&Known::of(&national.rows, &reference.divisions)));
        found.extend(checks::national(&national.rows));
    }
    for city in cities.iter().filter(|city| *city != NATIONAL) {
        let pack = Pack::read(root, city);
        report.files += pack.files;
        report.entries += pack.rows.len();
        found.extend(pack.faults);
        let mut rows = pack.rows;
        rows.append(national.rows.clone());
        found.extend(checks::city(&rows, city, &reference.divisions));
    }
    let own = |fault: &Fault| !only_cities || fault.file.split('/').next() != Some(NATIONAL);
    report.faults = found.into_iter().filter(own).collect();
    report
}

//! What tables must hold to as a whole, on every day on which one of their entries begins.

use super::{Body, Row, overlap};
use crate::body::{DiscretionBand, DocumentKind};
use crate::entry::Entry;
use crate::fault::{Fault, FaultKind};
use crate::load::file_fault;
use crate::tables::Rows;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::LocalDate;

/// What holds for any set of packs.
pub(super) fn tables(rows: &Rows) -> Vec<Fault> {
    let mut faults = BTreeSet::new();
    names(&rows.departments, "name", &mut faults);
    names(&rows.channels, "name", &mut faults);
    names(&rows.complaint_kinds, "name", &mut faults);
    names(&rows.document_kinds, "name", &mut faults);
    names(&rows.seed_institutions, "name", &mut faults);
    names(&rows.sampling_rates, "grade", &mut faults);
    patterns(&rows.document_kinds, &mut faults);
    topics(rows, &mut faults);
    sampling(rows, &mut faults);
    discretion(&rows.discretion_bands, &mut faults);
    faults.into_iter().collect()
}

/// What holds for a city: it is described once, and one department leads.
pub(super) fn city(rows: &Rows, folder: &str) -> Vec<Fault> {
    let mut faults = vec![];
    match &rows.cities[..] {
        [] => {
            let fault = file_fault(folder, 0, FaultKind::CityEntry, "没有城市条目", "添加一个[[city]]条目");
            faults.push(fault);
        }
        [_] => {}
        [_, more @ ..] => faults.extend(
            more.iter()
                .map(|row| row.place.fault(FaultKind::CityEntry, "", "城市条目多于一个", "只保留一个[[city]]条目")),
        ),
    }
    let complete = rows.departments.iter().all(|row| row.entry.is_some());
    for day in days(&rows.departments).into_iter().filter(|_| complete) {
        let leading: Vec<_> = in_force(&rows.departments, day).into_iter().filter(|(_, entry)| entry.lead).collect();
        match &leading[..] {
            [_] => {}
            [] => {
                let reason = format!("{day}没有牵头部门");
                faults.push(file_fault(folder, 0, FaultKind::LeadDepartment, &reason, "给牵头部门写上lead = true"));
            }
            [_, more @ ..] => faults.extend(more.iter().map(|(row, _)| {
                row.place.fault(FaultKind::LeadDepartment, "lead", "牵头部门多于一个", "只保留一个lead = true")
            })),
        }
    }
    faults
}

/// Days on which an entry begins.
fn days<T>(rows: &[Row<T>]) -> BTreeSet<LocalDate> {
    rows.iter().filter_map(|row| row.dates.map(|(from, _)| from)).collect()
}

/// The entries in force on a day, in the order they were read; one of the city hides a national one of the same id.
fn in_force<T>(rows: &[Row<T>], day: LocalDate) -> Vec<(&Row<T>, &Entry<T>)> {
    let valid = |row: &Row<T>| row.entry.as_ref().is_some_and(|entry| entry.in_force(day));
    let own: BTreeSet<_> = rows.iter().filter(|row| !row.national && valid(row)).map(|row| &row.id).collect();
    let seen = rows.iter().filter(|row| valid(row) && !(row.national && own.contains(&row.id)));
    seen.filter_map(|row| Some((row, row.entry.as_ref()?))).collect()
}

/// Two entries with different ids and one name on the same day; the one written later is at fault.
fn names<T: Body>(rows: &[Row<T>], field: &str, faults: &mut BTreeSet<Fault>) {
    for (at, row) in rows.iter().enumerate() {
        let Some(entry) = &row.entry else { continue };
        let title = entry.body.title();
        let twin = rows[..at].iter().find(|other| {
            other.entry.as_ref().is_some_and(|other| {
                let dates = overlap((other.from, other.until), (entry.from, entry.until));
                other.id != entry.id && dates && other.body.title() == title
            })
        });
        if let Some(twin) = twin {
            let reason = format!("“{title}”与条目“{}”重复", twin.place.entry);
            let mend = "删去其中一条，或改用另一个名称";
            faults.insert(row.place.fault(FaultKind::DuplicateName, field, reason, mend));
        }
    }
}

/// Two kinds of document that write their numbers alike must count in one series, or numbers collide.
fn patterns(rows: &[Row<DocumentKind>], faults: &mut BTreeSet<Fault>) {
    for (at, row) in rows.iter().enumerate() {
        let Some(kind) = &row.entry else { continue };
        let alike = rows[..at].iter().filter_map(|row| row.entry.as_ref()).find(|other| {
            other.id != kind.id && other.number_pattern == kind.number_pattern && other.series != kind.series
        });
        if let Some(other) = alike {
            let reason = format!("文号写法与“{}”相同而序列不同，文号会重复", other.name);
            let mend = "改用不同的写法，或并入同一序列";
            faults.insert(row.place.fault(FaultKind::BadNumberPattern, "number_pattern", reason, mend));
        }
    }
}

/// A complaint topic belongs to one duty.
fn topics(rows: &Rows, faults: &mut BTreeSet<Fault>) {
    for day in days(&rows.duties) {
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        for (row, duty) in in_force(&rows.duties, day) {
            for (at, topic) in duty.topics.iter().enumerate() {
                let first = *taken.entry(topic).or_insert(&duty.id);
                if first != duty.id {
                    let reason = format!("主题“{topic}”已由职责“{first}”承接");
                    let field = format!("topics[{at}]");
                    faults.insert(row.place.fault(FaultKind::TopicTwice, &field, reason, "每个主题只归一项职责"));
                }
            }
        }
    }
}

/// Every grade has a sampling rate from the first day on which both tables are in force.
fn sampling(rows: &Rows, faults: &mut BTreeSet<Fault>) {
    if rows.sampling_rates.iter().any(|row| row.entry.is_none()) {
        return;
    }
    let days = days(&rows.grade_models).into_iter().chain(days(&rows.sampling_rates));
    for day in days.collect::<BTreeSet<_>>() {
        let rates = in_force(&rows.sampling_rates, day);
        for (row, model) in in_force(&rows.grade_models, day) {
            let without = model
                .grades
                .iter()
                .enumerate()
                .filter(|(_, band)| !rates.iter().any(|(_, rate)| rate.grade == band.grade));
            for (at, band) in without {
                let reason = format!("{day}起等级“{}”没有抽查比例", band.grade);
                let field = format!("grades[{at}]");
                let mend = "在抽查比例表中添加该等级";
                faults.insert(row.place.fault(FaultKind::NoSamplingRate, &field, reason, mend));
            }
        }
    }
}

/// The bands cover 0 to 100 per cent, each point once.
fn discretion(rows: &[Row<DiscretionBand>], faults: &mut BTreeSet<Fault>) {
    if rows.iter().any(|row| row.entry.is_none()) {
        return;
    }
    for day in days(rows) {
        let mut bands = in_force(rows, day);
        bands.sort_by_key(|(_, band)| (band.from_percent, band.to_percent));
        let mut end = 0;
        for (row, band) in &bands {
            if band.from_percent != end || band.to_percent <= band.from_percent {
                let reason = format!("裁量阶次“{}”没有从前一阶次的{end}%接起，或者没有幅度", band.name);
                let mend = "各阶次首尾相接，从0%到100%";
                faults.insert(row.place.fault(FaultKind::DiscretionBands, "from_percent", reason, mend));
            }
            end = band.to_percent;
        }
        if let Some((row, _)) = bands.last().filter(|_| end != 100) {
            let (reason, mend) = (format!("裁量阶次到{end}%为止"), "最后一个阶次到100%");
            faults.insert(row.place.fault(FaultKind::DiscretionBands, "to_percent", reason, mend));
        }
    }
}

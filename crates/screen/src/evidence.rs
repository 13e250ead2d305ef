//! The lines and visits behind hits, as people read them: names in place of codes. Only what the hits name is kept; a bucket is
//! in memory at a time.

use crate::claims::dictionary::ListName;
use crate::claims::rows::LineState;
use crate::claims::{Error, NONE, Store, load};
use crate::hit::{Hit, decimal};
use crate::pass::date_of;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use xingjian_kernel::{Fen, LocalDate};

/// A visit that a hit names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Visit {
    /// 就诊ID.
    pub id: String,
    /// 定点医药机构.
    pub institution: String,
    /// 科室.
    pub department: Option<String>,
    /// 主诊医师.
    pub doctor: Option<String>,
    /// 医疗类别, as coded.
    pub medical_type: Option<String>,
    /// Begin, local time: `2026-01-05 08:30`.
    pub begin: Option<String>,
    /// End, local time.
    pub end: Option<String>,
    /// 主诊断, as coded.
    pub diagnosis: Option<String>,
    /// 总费用.
    pub total: Option<Fen>,
}

/// A fee line that a hit names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// 费用明细流水号.
    pub id: String,
    /// 就诊ID.
    pub visit: String,
    /// 定点医药机构 of the visit.
    pub institution: String,
    /// 开单医师, or the attending doctor where the line names none.
    pub doctor: Option<String>,
    /// 医保目录编码.
    pub item: String,
    /// Day.
    pub day: LocalDate,
    /// Time of day: `08:30`.
    pub time: Option<String>,
    /// Quantity, without trailing zeros.
    pub quantity: String,
    /// Unit price in yuan, without trailing zeros.
    pub price: String,
    /// Amount.
    pub amount: Fen,
    /// 符合范围金额.
    pub covered: Option<Fen>,
    /// Whether it is a refund or was cancelled by one.
    pub refunded: bool,
}

/// What lies behind one hit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// Visits, in order of begin.
    pub visits: Vec<Visit>,
    /// Lines, in order of day and time.
    pub lines: Vec<Line>,
}

/// What is known of each hit, in the order of `hits`: the department of its last visit, and the evidence where `wanted` says so.
pub fn of(
    store: &Store,
    months: &[String],
    hits: &[Hit],
    wanted: impl Fn(usize) -> bool,
) -> Result<Vec<(Option<String>, Evidence)>, Error> {
    let mut found = vec![(None, Evidence::default()); hits.len()];
    let mut by_bucket: HashMap<u16, Vec<usize>> = HashMap::new();
    for (at, hit) in hits.iter().enumerate() {
        if let Some(patient) = &hit.patient {
            by_bucket.entry(store.bucket_of(patient)).or_default().push(at);
        }
    }
    for bucket in 0..store.manifest.buckets {
        let Some(places) = by_bucket.get(&bucket) else { continue };
        let named = |of: fn(&Hit) -> &Vec<String>| -> HashSet<&str> {
            places.iter().flat_map(|at| of(&hits[*at])).map(String::as_str).collect()
        };
        let (visit_ids, line_ids) = (named(|hit| &hit.visits), named(|hit| &hit.lines));
        let mut visits: HashMap<String, Visit> = HashMap::new();
        let mut lines: HashMap<String, Line> = HashMap::new();
        for set in months.iter().filter_map(|month| store.manifest.months.get(month)?.buckets.get(usize::from(bucket)))
        {
            let rows = load::month(&store.folder, set)?;
            for line in rows.lines.iter().filter(|line| line_ids.contains(line.line.as_str())) {
                let visit = &rows.visits[line.visit as usize];
                lines.insert(line.line.clone(), line_of(store, line, visit));
            }
            for visit in rows.visits.iter().filter(|visit| visit_ids.contains(visit.visit.as_str())) {
                visits.insert(visit.visit.clone(), visit_of(store, visit));
            }
        }
        for at in places {
            let hit = &hits[*at];
            let mut own: Vec<&Visit> = hit.visits.iter().filter_map(|id| visits.get(id)).collect();
            own.sort_by(|a, b| (&a.begin, &a.id).cmp(&(&b.begin, &b.id)));
            let at_place = |visit: &&&Visit| Some(&visit.institution) == hit.institution.as_ref();
            found[*at].0 = own.iter().rev().find(at_place).and_then(|visit| visit.department.clone());
            if wanted(*at) {
                let mut fees: Vec<Line> = hit.lines.iter().filter_map(|id| lines.get(id)).cloned().collect();
                fees.sort_by(|a, b| (a.day, &a.time, &a.id).cmp(&(b.day, &b.time, &b.id)));
                found[*at].1 = Evidence { visits: own.into_iter().cloned().collect(), lines: fees };
            }
        }
    }
    Ok(found)
}

fn name(store: &Store, list: ListName, code: Option<i32>) -> Option<String> {
    code.filter(|code| *code != NONE).and_then(|code| store.dictionaries.list(list).name(code)).map(str::to_owned)
}

fn visit_of(store: &Store, visit: &crate::claims::Visit) -> Visit {
    Visit {
        id: visit.visit.clone(),
        institution: name(store, ListName::Institutions, Some(visit.institution)).unwrap_or_default(),
        department: name(store, ListName::Departments, visit.department),
        doctor: name(store, ListName::Doctors, visit.doctor),
        medical_type: name(store, ListName::Values, visit.medical_type),
        begin: visit.begin.map(moment),
        end: visit.end.map(moment),
        diagnosis: name(store, ListName::Diagnoses, visit.diagnosis),
        total: visit.total.map(Fen::new),
    }
}

fn line_of(store: &Store, line: &crate::claims::Line, visit: &crate::claims::Visit) -> Line {
    Line {
        id: line.line.clone(),
        visit: visit.visit.clone(),
        institution: name(store, ListName::Institutions, Some(visit.institution)).unwrap_or_default(),
        doctor: name(store, ListName::Doctors, line.doctor.or(visit.doctor)),
        item: name(store, ListName::Items, Some(line.item)).unwrap_or_default(),
        day: date_of(line.day),
        time: line.time.map(|time| clock(i64::from(time))),
        quantity: decimal(line.quantity, 4),
        price: decimal(line.price, 6),
        amount: Fen::new(line.amount),
        covered: line.covered.map(Fen::new),
        refunded: line.state != LineState::InForce,
    }
}

const DAY_MS: i64 = 86_400_000;

fn moment(at: i64) -> String {
    let day = i32::try_from(at.div_euclid(DAY_MS)).map(date_of).unwrap_or_default();
    format!("{day} {}", clock(at.rem_euclid(DAY_MS)))
}

fn clock(millis: i64) -> String {
    format!("{:02}:{:02}", millis / 3_600_000, millis / 60_000 % 60)
}

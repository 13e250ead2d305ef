//! Hits as people and programs read them: names in place of rows, values with their names, in canonical order.

use crate::claims::dictionary::ListName;
use crate::claims::{Error, NONE, Store, TableFile, read, schema};
use crate::national::{Care, Sex, rank_label};
use crate::pass::{BucketHits, LineRef, RawHit, files};
use crate::plan::Plan;
use crate::rule::kind::{NOT_APPLICABLE, Shape, Value};
use crate::rule::{ResultClass, State, result_of};
use arrow_schema::SchemaRef;
use parquet::arrow::arrow_reader::{RowSelection, RowSelector};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use xingjian_kernel::{Fen, LocalDate};

/// One hit (规则命中).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Hit {
    /// The rule.
    pub rule: String,
    /// Its version.
    pub version: u32,
    /// Keyed hash of the person; none for hits about a doctor or an institution.
    pub patient: Option<String>,
    /// 定点医药机构 it is about; of several visits the last one's.
    pub institution: Option<String>,
    /// 主诊医师 of that visit, or the doctor it is about.
    pub doctor: Option<String>,
    /// Day it is about.
    pub day: LocalDate,
    /// 就诊ID of the visits, sorted.
    pub visits: Vec<String>,
    /// 费用明细流水号 of the lines, sorted.
    pub lines: Vec<String>,
    /// What was read: name and value as text.
    pub values: Vec<(String, String)>,
    /// Amount in question.
    pub amount: Fen,
    /// What it says.
    pub result: ResultClass,
    /// Whether the rule is only on trial.
    pub trial: bool,
}

impl Hit {
    /// Identity: the same for the same rule, version, data and values, whatever run found it.
    pub fn id(&self) -> String {
        let text = serde_json::to_vec(self).expect("a hit is plain data");
        hex::encode(&Sha256::digest(text)[..16])
    }
}

/// The hits of one bucket, in the order of the pass.
pub fn of_bucket(
    store: &Store,
    plan: &Plan,
    months: &[String],
    bucket: usize,
    found: &BucketHits,
) -> Result<Vec<Hit>, Error> {
    let files = files(store, months, bucket);
    let lines = Names::read(
        store,
        &schema::lines(),
        "line_id",
        &files.iter().map(|set| &set.lines).collect::<Vec<_>>(),
        |add| {
            found.hits.iter().for_each(|hit| found.lines(hit).iter().for_each(&mut *add));
        },
    )?;
    let visits = Names::read(
        store,
        &schema::visits(),
        "visit_id",
        &files.iter().map(|set| &set.visits).collect::<Vec<_>>(),
        |add| {
            found.hits.iter().for_each(|hit| found.visits(hit).iter().for_each(&mut *add));
        },
    )?;
    Ok(found.hits.iter().map(|hit| named(store, plan, found, hit, &lines, &visits)).collect())
}

fn named(store: &Store, plan: &Plan, found: &BucketHits, hit: &RawHit, lines: &Names, visits: &Names) -> Hit {
    let rule = plan.rule(hit.rule);
    let shapes = rule.test.kind().values;
    Hit {
        rule: rule.id.clone(),
        version: rule.version,
        patient: found.patients.get(hit.patient as usize).cloned(),
        institution: store.dictionaries.list(ListName::Institutions).name(hit.place.0).map(str::to_owned),
        doctor: store.dictionaries.list(ListName::Doctors).name(hit.place.1).map(str::to_owned),
        day: crate::pass::date_of(hit.day),
        visits: visits.of(found.visits(hit)),
        lines: lines.of(found.lines(hit)),
        values: shapes
            .iter()
            .zip(hit.values)
            .filter(|(_, value)| *value != NOT_APPLICABLE)
            .map(|(Value(name, shape), value)| ((*name).to_owned(), written(store, *shape, value)))
            .collect(),
        amount: Fen::new(hit.amount),
        result: result_of(rule, &plan.parameters),
        trial: rule.state == State::Trial,
    }
}

fn written(store: &Store, shape: Shape, value: i64) -> String {
    let name = |list| {
        let code = i32::try_from(value).unwrap_or(NONE);
        store.dictionaries.list(list).name(code).unwrap_or("（空）").to_owned()
    };
    match shape {
        Shape::Number => value.to_string(),
        Shape::Day => i32::try_from(value)
            .ok()
            .filter(|day| *day != NONE)
            .map_or_else(|| "（空）".to_owned(), |day| crate::pass::date_of(day).to_string()),
        Shape::Quantity => decimal(value, 4),
        Shape::Price => decimal(value, 6),
        Shape::Money => Fen::new(value).to_string(),
        Shape::Sex => i8::try_from(value).ok().and_then(Sex::from_code).map_or("（空）", Sex::label).to_owned(),
        Shape::Care => usize::try_from(value)
            .ok()
            .and_then(|at| Care::ALL.get(at))
            .map_or("（空）", |care| care.label())
            .to_owned(),
        Shape::Rank => u8::try_from(value).map_or("（空）", rank_label).to_owned(),
        Shape::Code => name(ListName::Values),
        Shape::Diagnosis => name(ListName::Diagnoses),
        Shape::Doctor => name(ListName::Doctors),
        Shape::Institution => name(ListName::Institutions),
    }
}

/// A scaled integer without trailing zeros: `2.5`.
pub(crate) fn decimal(value: i64, digits: u32) -> String {
    let unit = 10u64.pow(digits);
    let magnitude = value.unsigned_abs();
    let sign = if value < 0 { "-" } else { "" };
    let width = digits as usize;
    let text = format!("{sign}{}.{:0width$}", magnitude / unit, magnitude % unit);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Texts of rows, read for the rows that are asked for only.
struct Names {
    of: BTreeMap<LineRef, String>,
}

impl Names {
    fn read(
        store: &Store,
        schema: &SchemaRef,
        column: &str,
        files: &[&TableFile],
        rows: impl FnOnce(&mut dyn FnMut(&LineRef)),
    ) -> Result<Self, Error> {
        let mut wanted: BTreeMap<LineRef, String> = BTreeMap::new();
        rows(&mut |row| {
            if let Entry::Vacant(entry) = wanted.entry(*row) {
                entry.insert(String::new());
            }
        });
        for (number, file) in (0u16..).zip(files) {
            let rows: Vec<usize> = wanted.keys().filter(|row| row.file == number).map(|row| row.row as usize).collect();
            if rows.is_empty() {
                continue;
            }
            let path = store.folder.join(&file.path);
            let texts = read::texts(&path, schema, column, Some(selection(&rows)))?;
            if texts.len() != rows.len() {
                return Err(Error::mismatch(&path, "行数少于命中所指"));
            }
            for (text, entry) in texts.into_iter().zip(wanted.iter_mut().filter(|(row, _)| row.file == number)) {
                *entry.1 = text;
            }
        }
        Ok(Self { of: wanted })
    }

    fn of(&self, rows: &[LineRef]) -> Vec<String> {
        let mut names: Vec<String> = rows.iter().filter_map(|row| self.of.get(row).cloned()).collect();
        names.sort();
        names
    }
}

/// Which rows to read and which to pass over; `rows` rise.
fn selection(rows: &[usize]) -> RowSelection {
    let mut selectors = Vec::new();
    let mut at = 0;
    for run in rows.chunk_by(|a, b| a + 1 == *b) {
        if run[0] > at {
            selectors.push(RowSelector::skip(run[0] - at));
        }
        selectors.push(RowSelector::select(run.len()));
        at = run[run.len() - 1] + 1;
    }
    selectors.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scaled_integers_read_as_decimals() {
        assert_eq!(decimal(25_000, 4), "2.5");
        assert_eq!(decimal(-5_000, 4), "-0.5");
        assert_eq!(decimal(0, 6), "0");
        assert_eq!(decimal(1_000_000, 6), "1");
    }
}

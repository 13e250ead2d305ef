//! Reads the rows of a bucket back as they were before they were written.

use super::read::Batches;
use super::rows::LineState;
use super::{Error, FileSet, Line, MonthRows, Visit, schema};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal64Type, Int8Type, Int32Type, Time32MillisecondType, TimestampMillisecondType,
};
use arrow_array::{Array, ListArray, PrimitiveArray, RecordBatch};
use arrow_schema::SchemaRef;
use std::path::Path;

const BATCH_ROWS: usize = 8192;

/// The visits and lines of a bucket.
pub fn month(folder: &Path, set: &FileSet) -> Result<MonthRows, Error> {
    let mut rows = MonthRows { visits: month_visits(folder, set)?, lines: Vec::new() };
    let path = folder.join(&set.visits.path);
    each(&folder.join(&set.lines.path), &schema::lines(), |batch| lines(batch, &mut rows.lines))?;
    if rows.lines.iter().any(|line| line.visit as usize >= rows.visits.len()) {
        return Err(Error::mismatch(&path, "明细所指的就诊不在表中"));
    }
    Ok(rows)
}

/// The visits of a bucket.
pub fn month_visits(folder: &Path, set: &FileSet) -> Result<Vec<Visit>, Error> {
    let patients = strings(folder, &set.patients.path, &schema::patients(), "patient")?;
    let mut rows = Vec::new();
    let path = folder.join(&set.visits.path);
    each(&path, &schema::visits(), |batch| visits(batch, &patients, &mut rows))?;
    Ok(rows)
}

/// One column of texts.
pub fn strings(folder: &Path, path: &str, schema: &SchemaRef, column: &str) -> Result<Vec<String>, Error> {
    super::read::texts(&folder.join(path), schema, column, None)
}

fn each(path: &Path, schema: &SchemaRef, mut with: impl FnMut(&RecordBatch) -> Option<()>) -> Result<(), Error> {
    let names: Vec<String> = schema.fields().iter().map(|field| leaf(field.name())).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut batches = Batches::open(path, schema, &names, BATCH_ROWS)?;
    while let Some(batch) = batches.next_batch()? {
        with(&batch).ok_or_else(|| Error::mismatch(path, "列或值与表的定义不符"))?;
    }
    Ok(())
}

/// The name of a column in Parquet, where lists have levels.
fn leaf(name: &str) -> String {
    if matches!(name, "diagnoses" | "operations") { format!("{name}.list.item") } else { name.to_owned() }
}

type Column<'a, T> = &'a PrimitiveArray<T>;

fn column<'a, T: ArrowPrimitiveType>(batch: &'a RecordBatch, name: &str) -> Option<Column<'a, T>> {
    batch.column_by_name(name)?.as_primitive_opt()
}

fn at<T: ArrowPrimitiveType>(column: Column<'_, T>, row: usize) -> Option<T::Native> {
    column.is_valid(row).then(|| column.value(row))
}

fn codes(lists: &ListArray, row: usize) -> Option<Vec<i32>> {
    Some(lists.value(row).as_primitive_opt::<Int32Type>()?.values().to_vec())
}

fn visits(batch: &RecordBatch, patients: &[String], into: &mut Vec<Visit>) -> Option<()> {
    let code = |name| column::<Int32Type>(batch, name);
    let date = |name| column::<Date32Type>(batch, name);
    let moment = |name| column::<TimestampMillisecondType>(batch, name);
    let money = |name| column::<Decimal64Type>(batch, name);
    let list = |name| batch.column_by_name(name)?.as_list_opt::<i32>();
    let (patient, ids) = (code("patient")?, batch.column_by_name("visit_id")?.as_string_opt::<i32>()?);
    let (institution, doctor, department) = (code("institution")?, code("doctor")?, code("department")?);
    let (medical_type, insurance, level) = (code("medical_type")?, code("insurance")?, code("level")?);
    let (city, sex) = (code("city")?, column::<Int8Type>(batch, "sex")?);
    let (birth, death, begin, end) = (date("birth")?, date("death")?, moment("begin")?, moment("end")?);
    let (days, diagnosis) = (code("days")?, code("diagnosis")?);
    let (all_codes, operations) = (list("diagnoses")?, list("operations")?);
    let (total, fund) = (money("total")?, money("fund")?);
    for row in 0..batch.num_rows() {
        into.push(Visit {
            patient: patients.get(usize::try_from(patient.value(row)).ok()?)?.clone(),
            visit: ids.value(row).to_owned(),
            institution: institution.value(row),
            doctor: at(doctor, row),
            department: at(department, row),
            medical_type: at(medical_type, row),
            insurance: at(insurance, row),
            level: at(level, row),
            city: at(city, row),
            sex: at(sex, row),
            birth: at(birth, row),
            death: at(death, row),
            begin: at(begin, row),
            end: at(end, row),
            days: at(days, row),
            diagnosis: at(diagnosis, row),
            diagnoses: codes(all_codes, row)?,
            operations: codes(operations, row)?,
            total: at(total, row),
            fund: at(fund, row),
        });
    }
    Some(())
}

fn lines(batch: &RecordBatch, into: &mut Vec<Line>) -> Option<()> {
    let code = |name| column::<Int32Type>(batch, name);
    let decimal = |name| column::<Decimal64Type>(batch, name);
    let text = |name| batch.column_by_name(name)?.as_string_opt::<i32>();
    let (visit, day) = (code("visit")?, column::<Date32Type>(batch, "day")?);
    let (time, item) = (column::<Time32MillisecondType>(batch, "time")?, code("item")?);
    let (quantity, price, amount) = (decimal("quantity")?, decimal("price")?, decimal("amount")?);
    let (covered, price_limit) = (decimal("covered")?, decimal("price_limit")?);
    let (doctor, supply_days) = (code("doctor")?, code("supply_days")?);
    let (state, ids, refunds) = (column::<Int8Type>(batch, "state")?, text("line_id")?, text("refunds")?);
    for row in 0..batch.num_rows() {
        into.push(Line {
            visit: u32::try_from(visit.value(row)).ok()?,
            day: day.value(row),
            time: at(time, row),
            item: item.value(row),
            quantity: quantity.value(row),
            price: price.value(row),
            amount: amount.value(row),
            covered: at(covered, row),
            price_limit: at(price_limit, row),
            doctor: at(doctor, row),
            supply_days: at(supply_days, row),
            state: match state.value(row) {
                0 => LineState::InForce,
                1 => LineState::Cancelled,
                2 => LineState::Refund,
                _ => return None,
            },
            line: ids.value(row).to_owned(),
            refunds: refunds.is_valid(row).then(|| refunds.value(row).to_owned()),
        });
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::write;

    fn rows() -> MonthRows {
        let visit = |patient: &str, id: &str, some: Option<i32>| Visit {
            patient: patient.to_owned(),
            visit: id.to_owned(),
            institution: 3,
            doctor: some,
            department: some,
            medical_type: some,
            insurance: some,
            level: some,
            city: some,
            sex: some.map(|_| 2),
            birth: some,
            death: some,
            begin: some.map(i64::from),
            end: some.map(i64::from),
            days: some,
            diagnosis: some,
            diagnoses: some.into_iter().chain([7]).collect(),
            operations: Vec::from_iter(some),
            total: some.map(i64::from),
            fund: some.map(|fen| -i64::from(fen)),
        };
        let line = |visit: u32, id: &str, some: Option<i32>| Line {
            visit,
            day: -5,
            time: some,
            item: 1,
            quantity: if some.is_some() { 10_000 } else { -10_000 },
            price: 2,
            amount: i64::MAX / 100,
            covered: some.map(i64::from),
            price_limit: some.map(i64::from),
            doctor: some,
            supply_days: some,
            state: LineState::InForce,
            line: id.to_owned(),
            refunds: some.is_none().then(|| "l1".to_owned()),
        };
        let mut rows = MonthRows {
            visits: vec![visit("p2", "v2", None), visit("p1", "v1", Some(0)), visit("p1", "v0", Some(9))],
            lines: vec![line(1, "l1", Some(0)), line(1, "l2", None), line(0, "l3", Some(4))],
        };
        rows.settle();
        rows
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        for rows in [rows(), MonthRows::default()] {
            let set = write::month(folder.path(), "2026-01/b00", &rows).unwrap();
            let read = month(folder.path(), &set).unwrap();
            assert_eq!((read.visits, read.lines), (rows.visits, rows.lines));
        }
    }
}

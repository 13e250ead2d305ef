//! Writes the tables of a month. A file is complete and on disk before its name is used anywhere.

use super::disk::Disk;
use super::{Error, FileSet, Line, MonthRows, TableFile, Visit, schema};
use arrow_array::builder::{Int32Builder, ListBuilder};
use arrow_array::{
    ArrayRef, Date32Array, Decimal64Array, Int8Array, Int32Array, RecordBatch, StringArray, Time32MillisecondArray,
    TimestampMillisecondArray,
};
use arrow_schema::{DataType, Field, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Rows of a page: small, so that a reader of many months holds little.
const PAGE_ROWS: usize = 8192;
/// Rows that are encoded in memory where a table may be of any length.
const GROUP_ROWS: usize = 1 << 17;

/// Writes the three tables of a bucket; `rows` must be settled. `stem` is the path below the folder without ending.
pub fn month<S: AsRef<str>>(folder: &Path, stem: &str, rows: &MonthRows<S>) -> Result<FileSet, Error> {
    month_on(&Disk::default(), folder, stem, rows)
}

/// The same, on a disk.
pub fn month_on<S: AsRef<str>>(disk: &Disk, folder: &Path, stem: &str, rows: &MonthRows<S>) -> Result<FileSet, Error> {
    let (patients, patient_of) = patients(rows);
    let (visits, lines) = (visits(&rows.visits, &patient_of), lines(&rows.lines));
    let write = |name: &str, batch| table(disk, folder, &format!("{stem}.{name}.parquet"), &batch);
    Ok(FileSet {
        patients: write("patients", patients)?,
        visits: write("visits", visits)?,
        lines: write("lines", lines)?,
        amount_fen: rows.lines.iter().map(|line| line.amount).sum(),
    })
}

/// Writes a list of names.
pub fn names(disk: &Disk, folder: &Path, path: &str, names: &[String]) -> Result<TableFile, Error> {
    let codes: Int32Array = (0..).take(names.len()).collect::<Vec<i32>>().into();
    let batch = batch(schema::dictionary(), vec![Arc::new(codes), strings(names.iter())]);
    table(disk, folder, path, &batch)
}

fn patients<S: AsRef<str>>(rows: &MonthRows<S>) -> (RecordBatch, Vec<i32>) {
    let mut keys: Vec<&str> = Vec::new();
    let (mut visits, mut lines): (Vec<i32>, Vec<i32>) = (Vec::new(), Vec::new());
    let mut patient_of = Vec::with_capacity(rows.visits.len());
    let mut at = -1;
    for visit in &rows.visits {
        if keys.last() != Some(&visit.patient.as_ref()) {
            keys.push(visit.patient.as_ref());
            visits.push(0);
            lines.push(0);
            at += 1;
        }
        patient_of.push(at);
        *visits.last_mut().expect("a patient was pushed") += 1;
    }
    for line in &rows.lines {
        lines[usize::try_from(patient_of[line.visit as usize]).expect("rows count from 0")] += 1;
    }
    let columns: Vec<ArrayRef> =
        vec![strings(keys.iter()), Arc::new(Int32Array::from(visits)), Arc::new(Int32Array::from(lines))];
    (batch(schema::patients(), columns), patient_of)
}

fn visits<S: AsRef<str>>(visits: &[Visit<S>], patient_of: &[i32]) -> RecordBatch {
    let code =
        |of: fn(&Visit<S>) -> Option<i32>| -> ArrayRef { Arc::new(visits.iter().map(of).collect::<Int32Array>()) };
    let moment = |of: fn(&Visit<S>) -> Option<i64>| -> ArrayRef {
        Arc::new(visits.iter().map(of).collect::<TimestampMillisecondArray>())
    };
    let date =
        |of: fn(&Visit<S>) -> Option<i32>| -> ArrayRef { Arc::new(visits.iter().map(of).collect::<Date32Array>()) };
    let money = |of: fn(&Visit<S>) -> Option<i64>| decimals(visits.iter().map(of), &schema::MONEY);
    let lists = |of: fn(&Visit<S>) -> &[i32]| -> ArrayRef {
        let field = Field::new("item", DataType::Int32, false);
        let mut lists = ListBuilder::new(Int32Builder::new()).with_field(field);
        for visit in visits {
            lists.values().append_slice(of(visit));
            lists.append(true);
        }
        Arc::new(lists.finish())
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(patient_of.to_vec())),
        strings(visits.iter().map(|visit| &visit.visit)),
        code(|visit| Some(visit.institution)),
        code(|visit| visit.doctor),
        code(|visit| visit.department),
        code(|visit| visit.medical_type),
        code(|visit| visit.insurance),
        code(|visit| visit.level),
        code(|visit| visit.city),
        Arc::new(visits.iter().map(|visit| visit.sex).collect::<Int8Array>()),
        date(|visit| visit.birth),
        date(|visit| visit.death),
        moment(|visit| visit.begin),
        moment(|visit| visit.end),
        code(|visit| visit.days),
        code(|visit| visit.diagnosis),
        lists(|visit| &visit.diagnoses),
        lists(|visit| &visit.operations),
        money(|visit| visit.total),
        money(|visit| visit.fund),
    ];
    batch(schema::visits(), columns)
}

fn lines<S: AsRef<str>>(lines: &[Line<S>]) -> RecordBatch {
    let plain = |of: fn(&Line<S>) -> i32| -> ArrayRef { Arc::new(Int32Array::from_iter_values(lines.iter().map(of))) };
    let code = |of: fn(&Line<S>) -> Option<i32>| -> ArrayRef { Arc::new(lines.iter().map(of).collect::<Int32Array>()) };
    let visit = |line: &Line<S>| i32::try_from(line.visit).expect("a bucket of a month has fewer visits");
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from_iter_values(lines.iter().map(visit))),
        Arc::new(Date32Array::from_iter_values(lines.iter().map(|line| line.day))),
        Arc::new(lines.iter().map(|line| line.time).collect::<Time32MillisecondArray>()),
        plain(|line| line.item),
        decimals(lines.iter().map(|line| Some(line.quantity)), &schema::QUANTITY),
        decimals(lines.iter().map(|line| Some(line.price)), &schema::PRICE),
        decimals(lines.iter().map(|line| Some(line.amount)), &schema::MONEY),
        decimals(lines.iter().map(|line| line.covered), &schema::MONEY),
        decimals(lines.iter().map(|line| line.price_limit), &schema::PRICE),
        code(|line| line.doctor),
        code(|line| line.supply_days),
        Arc::new(Int8Array::from_iter_values(lines.iter().map(|line| line.state as i8))),
        strings(lines.iter().map(|line| &line.line)),
        Arc::new(lines.iter().map(|line| line.refunds.as_ref()).collect::<StringArray>()),
    ];
    batch(schema::lines(), columns)
}

fn strings<T: AsRef<str>>(values: impl Iterator<Item = T>) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(values))
}

pub(crate) fn decimals(values: impl Iterator<Item = Option<i64>>, unit: &DataType) -> ArrayRef {
    let DataType::Decimal64(precision, scale) = *unit else { unreachable!("units of this module are decimals") };
    let values: Decimal64Array = values.collect();
    Arc::new(values.with_precision_and_scale(precision, scale).expect("18 digits fit 64 bits"))
}

fn batch(schema: SchemaRef, columns: Vec<ArrayRef>) -> RecordBatch {
    RecordBatch::try_new(schema, columns).expect("columns are built in the order of the schema")
}

/// Writes one table; the file is on disk when this returns.
pub(crate) fn table(disk: &Disk, folder: &Path, name: &str, batch: &RecordBatch) -> Result<TableFile, Error> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(Error::io(parent))?;
    }
    let failed = Error::parquet(&path);
    // Encoded in memory: the writer keeps a million rows anyway, and a full disk is told as what it is.
    let options = options(WriterProperties::builder());
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), batch.schema(), options).map_err(&failed)?;
    writer.write(batch).map_err(&failed)?;
    let bytes = writer.into_inner().map_err(&failed)?;
    durably(disk, &path, &bytes)?;
    Ok(TableFile { path: name.to_owned(), rows: batch.num_rows() as u64, sha256: sha256(&bytes) })
}

/// Writes a table of any length, batch by batch until there is none; it takes its name when all of it is on disk, and nothing of it is left
/// when that fails.
pub(crate) fn batches(
    path: &Path,
    schema: &SchemaRef,
    next: impl FnMut() -> Result<Option<RecordBatch>, Error>,
) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent).map_err(Error::io(parent))?;
    }
    let partial = path.with_extension("part");
    let written = rows(&partial, schema, next).and_then(|()| std::fs::rename(&partial, path).map_err(Error::io(path)));
    if written.is_err() {
        // Why it failed is what matters; what is left is overwritten by the next one if it cannot be removed either.
        let _ = std::fs::remove_file(&partial);
    }
    written
}

fn rows(
    partial: &Path,
    schema: &SchemaRef,
    mut next: impl FnMut() -> Result<Option<RecordBatch>, Error>,
) -> Result<(), Error> {
    let failed = Error::parquet(partial);
    let mut file = File::create(partial).map_err(Error::io(partial))?;
    let options = options(WriterProperties::builder().set_max_row_group_row_count(Some(GROUP_ROWS)));
    let mut writer = ArrowWriter::try_new_with_options(Vec::new(), schema.clone(), options).map_err(&failed)?;
    while let Some(batch) = next()? {
        writer.write(&batch).map_err(&failed)?;
        // What is encoded goes to the file by our own hand, so that a full disk is told as what it is.
        file.write_all(&std::mem::take(writer.inner_mut())).map_err(Error::io(partial))?;
    }
    let rest = writer.into_inner().map_err(&failed)?;
    file.write_all(&rest).and_then(|()| file.sync_all()).map_err(Error::io(partial))
}

fn options(properties: WriterPropertiesBuilder) -> ArrowWriterOptions {
    let properties = properties
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_data_page_row_count_limit(PAGE_ROWS)
        .set_column_dictionary_enabled(ColumnPath::from("line_id"), false)
        .set_column_encoding(ColumnPath::from("line_id"), Encoding::DELTA_BYTE_ARRAY)
        .set_column_dictionary_enabled(ColumnPath::from("visit_id"), false)
        .set_created_by("xingjian".to_owned())
        .build();
    // Without the Arrow schema in the file every reader sees plain Parquet types.
    ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true)
}

/// SHA-256 of some bytes, hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Writes a whole file and waits until it is on disk.
pub fn durably(disk: &Disk, path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = disk.create(path).map_err(Error::io(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::io(path))
}

/// Waits until the names of a folder are on disk.
pub fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::Schema;

    #[test]
    fn what_could_not_be_written_whole_leaves_nothing_and_touches_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run").join("hits.parquet");
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, false)]));
        let one = || RecordBatch::try_new(schema.clone(), vec![Arc::new(Int32Array::from(vec![1]))]).unwrap();
        let there = || std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        let ends = |first: Option<RecordBatch>, then: fn() -> Result<Option<RecordBatch>, Error>| {
            let mut first = first;
            batches(&path, &schema, || first.take().map_or_else(then, |batch| Ok(Some(batch))))
        };
        let fails = || Err(Error::mismatch(Path::new("disk"), "full"));
        assert!(ends(Some(one()), fails).is_err());
        assert_eq!(there(), 0);
        ends(Some(one()), || Ok(None)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert!(ends(Some(one()), fails).is_err());
        assert_eq!((there(), std::fs::read(&path).unwrap() == whole), (1, true));
    }
}

//! Reads the tables of a month in batches, only the columns that are asked for.

use super::{Error, schema};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal64Type, Int8Type, Int32Type, Time32MillisecondType, TimestampMillisecondType,
};
use arrow_array::{
    Array, Date32Array, Decimal64Array, Int8Array, Int32Array, ListArray, RecordBatch, StringArray,
    Time32MillisecondArray, TimestampMillisecondArray,
};
use arrow_buffer::OffsetBuffer;
use arrow_schema::SchemaRef;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Rows of a batch: a few pages, so that many months can be open at once.
pub const BATCH_ROWS: usize = 8192;

/// Batches of one file.
pub struct Batches {
    path: PathBuf,
    reader: ParquetRecordBatchReader,
}

impl Batches {
    /// Opens a file for some of its columns.
    pub fn open(path: &Path, schema: &SchemaRef, columns: &[&str], batch_rows: usize) -> Result<Self, Error> {
        Self::select(path, schema, columns, batch_rows, None)
    }

    /// Opens a file for some of its columns with all that is within them.
    pub fn roots(path: &Path, schema: &SchemaRef, columns: &[&str]) -> Result<Self, Error> {
        let failed = Error::parquet(path);
        let file = File::open(path).map_err(Error::io(path))?;
        let options = ArrowReaderOptions::new().with_schema(schema.clone());
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(&failed)?;
        let places = columns.iter().filter_map(|name| schema.index_of(name).ok());
        let mask = ProjectionMask::roots(builder.parquet_schema(), places);
        let reader = builder.with_projection(mask).with_batch_size(BATCH_ROWS).build().map_err(&failed)?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// Opens a file for some columns of some rows.
    pub fn select(
        path: &Path,
        schema: &SchemaRef,
        columns: &[&str],
        batch_rows: usize,
        rows: Option<RowSelection>,
    ) -> Result<Self, Error> {
        let failed = Error::parquet(path);
        let file = File::open(path).map_err(Error::io(path))?;
        let options = ArrowReaderOptions::new().with_schema(schema.clone());
        let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options).map_err(&failed)?;
        let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
        let mut builder = builder.with_projection(mask).with_batch_size(batch_rows);
        if let Some(rows) = rows {
            builder = builder.with_row_selection(rows);
        }
        let reader = builder.build().map_err(&failed)?;
        Ok(Self { path: path.to_owned(), reader })
    }

    /// The next batch; none at the end.
    pub fn next_batch(&mut self) -> Result<Option<RecordBatch>, Error> {
        let Some(batch) = self.reader.next() else { return Ok(None) };
        let batch =
            batch.map_err(|error| Error::Parquet { path: self.path.display().to_string(), source: error.into() })?;
        Ok(Some(batch))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The column of a batch, if it was asked for.
fn column<'a>(batch: &'a RecordBatch, name: &str) -> Option<&'a Arc<dyn Array>> {
    batch.column_by_name(name)
}

macro_rules! typed {
    ($batch:ident, $name:literal, $type:ty) => {
        column($batch, $name).map(|column| column.as_primitive::<$type>().clone())
    };
}

/// Fee lines, a batch of them; the columns that were not asked for are absent.
pub struct Lines {
    /// Row of the visit.
    pub visit: Int32Array,
    /// Day.
    pub day: Date32Array,
    /// Item code.
    pub item: Int32Array,
    /// Whether it stands.
    pub state: Int8Array,
    /// Quantity.
    pub quantity: Decimal64Array,
    /// Fen.
    pub amount: Decimal64Array,
    /// Time of day.
    pub time: Option<Time32MillisecondArray>,
    /// Unit price.
    pub price: Option<Decimal64Array>,
    /// Price limit.
    pub price_limit: Option<Decimal64Array>,
    /// Covered by the fund.
    pub covered: Option<Decimal64Array>,
    /// Ordering doctor.
    pub doctor: Option<Int32Array>,
    /// Days of supply.
    pub supply_days: Option<Int32Array>,
}

/// Columns of a line that every pass needs.
pub const LINE_COLUMNS: [&str; 6] = ["visit", "day", "item", "quantity", "amount", "state"];

impl Lines {
    /// The arrays of a batch.
    pub fn of(batch: &RecordBatch) -> Option<Self> {
        Some(Self {
            visit: typed!(batch, "visit", Int32Type)?,
            day: typed!(batch, "day", Date32Type)?,
            item: typed!(batch, "item", Int32Type)?,
            state: typed!(batch, "state", Int8Type)?,
            quantity: typed!(batch, "quantity", Decimal64Type)?,
            amount: typed!(batch, "amount", Decimal64Type)?,
            time: typed!(batch, "time", Time32MillisecondType),
            price: typed!(batch, "price", Decimal64Type),
            price_limit: typed!(batch, "price_limit", Decimal64Type),
            covered: typed!(batch, "covered", Decimal64Type),
            doctor: typed!(batch, "doctor", Int32Type),
            supply_days: typed!(batch, "supply_days", Int32Type),
        })
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.visit.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Columns of a visit that the pass reads.
pub const VISIT_COLUMNS: [&str; 15] = [
    "patient",
    "institution",
    "doctor",
    "medical_type",
    "insurance",
    "level",
    "city",
    "sex",
    "birth",
    "death",
    "begin",
    "end",
    "diagnosis",
    "diagnoses.list.item",
    "total",
];

/// Visits, a batch of them.
pub struct Visits {
    /// Row of the patient.
    pub patient: Int32Array,
    /// Institution.
    pub institution: Int32Array,
    /// Attending doctor.
    pub doctor: Int32Array,
    /// Medical type.
    pub medical_type: Int32Array,
    /// Insurance.
    pub insurance: Int32Array,
    /// Level of the institution.
    pub level: Int32Array,
    /// City of care.
    pub city: Int32Array,
    /// Sex.
    pub sex: Int8Array,
    /// Birth.
    pub birth: Date32Array,
    /// Death.
    pub death: Date32Array,
    /// Begin.
    pub begin: TimestampMillisecondArray,
    /// End.
    pub end: TimestampMillisecondArray,
    /// Main diagnosis.
    pub diagnosis: Int32Array,
    /// Where the diagnoses of each visit begin and end, and all of them.
    offsets: OffsetBuffer<i32>,
    diagnoses: Int32Array,
    /// Total, fen.
    pub total: Decimal64Array,
}

impl Visits {
    /// The arrays of a batch.
    pub fn of(batch: &RecordBatch) -> Option<Self> {
        let lists: &ListArray = column(batch, "diagnoses")?.as_list::<i32>();
        Some(Self {
            patient: typed!(batch, "patient", Int32Type)?,
            institution: typed!(batch, "institution", Int32Type)?,
            doctor: typed!(batch, "doctor", Int32Type)?,
            medical_type: typed!(batch, "medical_type", Int32Type)?,
            insurance: typed!(batch, "insurance", Int32Type)?,
            level: typed!(batch, "level", Int32Type)?,
            city: typed!(batch, "city", Int32Type)?,
            sex: typed!(batch, "sex", Int8Type)?,
            birth: typed!(batch, "birth", Date32Type)?,
            death: typed!(batch, "death", Date32Type)?,
            begin: typed!(batch, "begin", TimestampMillisecondType)?,
            end: typed!(batch, "end", TimestampMillisecondType)?,
            diagnosis: typed!(batch, "diagnosis", Int32Type)?,
            offsets: lists.offsets().clone(),
            diagnoses: lists.values().as_primitive::<Int32Type>().clone(),
            total: typed!(batch, "total", Decimal64Type)?,
        })
    }
}

impl Visits {
    /// The diagnoses of a visit, the main one first.
    pub fn diagnoses_of(&self, row: usize) -> &[i32] {
        let place = |at: usize| usize::try_from(self.offsets[at]).expect("offsets count from 0");
        &self.diagnoses.values()[place(row)..place(row + 1)]
    }
}

/// All names of a list, in order of their codes.
pub fn names(path: &Path) -> Result<Vec<String>, Error> {
    texts(path, &schema::dictionary(), "name", None)
}

/// One column of texts, of all rows or of some.
pub fn texts(path: &Path, schema: &SchemaRef, column: &str, rows: Option<RowSelection>) -> Result<Vec<String>, Error> {
    let mut batches = Batches::select(path, schema, &[column], BATCH_ROWS, rows)?;
    let mut texts = Vec::new();
    while let Some(batch) = batches.next_batch()? {
        let column: &StringArray = batch.column(0).as_string();
        texts.extend(column.iter().map(|text| text.unwrap_or_default().to_owned()));
    }
    Ok(texts)
}

//! What a bucket gives, as rows of one table: hits, and numbers that are not hits. One output, because an operator with two runs twice.

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, StructArray, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};
use xingjian_screen::hit::Hit;
use xingjian_screen::run::{self, Part};

/// Rows of a batch that are hits; a few megabytes.
const HITS: usize = 4096;
/// Visits or totals in one row, and rows of them in a batch: half a megabyte.
const NUMBERS: usize = 512;
const ROWS: usize = 32;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("bucket", DataType::Int32, false),
        // what the row is
        Field::new("kind", DataType::Utf8, false),
        Field::new("hit", DataType::Struct(run::hits_schema().fields().clone()), true),
        Field::new("numbers", DataType::List(Arc::new(Field::new_list_field(DataType::Int64, false))), true),
    ]))
});

/// The columns of the operator.
pub fn schema() -> SchemaRef {
    SCHEMA.clone()
}

/// Rows that are not what this operator gives, or not all of them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum RowsError {
    /// Columns or values that it never gives.
    #[error("节点返回的数据不符合约定，各节点的程序版本可能不同；请统一版本后重新筛查")]
    Foreign,
    /// A bucket twice, or not at all.
    #[error("节点返回的分桶不完整（重复{twice:?}，缺少{missing:?}）；请重新筛查")]
    Incomplete {
        /// Buckets that came twice.
        twice: Vec<usize>,
        /// Buckets that did not come.
        missing: Vec<usize>,
    },
}

/// The rows of one bucket; the one that says how many lines were read comes last and always.
pub fn of_part(bucket: usize, part: &Part) -> Vec<RecordBatch> {
    let bucket = i32::try_from(bucket).expect("the number of buckets is small");
    let mut batches: Vec<RecordBatch> = part.hits.chunks(HITS).map(|hits| of_hits(bucket, hits)).collect();
    let mut numbers = |kind, rows: Vec<Vec<i64>>| {
        batches.extend(rows.chunks(ROWS).map(|rows| of_numbers(bucket, kind, rows)));
    };
    numbers("visits", part.evidence.visits.chunks(NUMBERS).map(<[_]>::concat).collect());
    numbers("totals", part.evidence.totals.chunks(NUMBERS).map(<[_]>::concat).collect());
    let count = |count: &u64| i64::try_from(*count).expect("fewer lines than an i64 counts");
    numbers("not_judged", vec![part.not_judged.iter().map(count).collect()]);
    numbers("lines", vec![vec![count(&part.lines_read)]]);
    batches
}

fn of_hits(bucket: i32, hits: &[Hit]) -> RecordBatch {
    let hits = StructArray::from(run::batch(hits));
    let nothing = new_null_array(SCHEMA.field(3).data_type(), hits.len());
    batch(bucket, "hit", Arc::new(hits), nothing)
}

fn of_numbers(bucket: i32, kind: &str, rows: &[Vec<i64>]) -> RecordBatch {
    let field = Field::new_list_field(DataType::Int64, false);
    let mut lists = ListBuilder::new(Int64Builder::new()).with_field(field);
    for row in rows {
        lists.values().append_slice(row);
        lists.append(true);
    }
    batch(bucket, kind, new_null_array(SCHEMA.field(2).data_type(), rows.len()), Arc::new(lists.finish()))
}

fn batch(bucket: i32, kind: &str, hits: ArrayRef, numbers: ArrayRef) -> RecordBatch {
    let rows = hits.len();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int32Array::from(vec![bucket; rows])),
        Arc::new(StringArray::from(vec![kind; rows])),
        hits,
        numbers,
    ];
    RecordBatch::try_new(schema(), columns).expect("columns are built in the order of the schema")
}

/// What came so far, in any order.
#[derive(Debug, Default)]
pub struct Gathered {
    part: Part,
    whole: BTreeSet<usize>,
    twice: BTreeSet<usize>,
}

impl Gathered {
    /// Takes rows.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), RowsError> {
        self.take(batch).ok_or(RowsError::Foreign)
    }

    fn take(&mut self, batch: &RecordBatch) -> Option<()> {
        let buckets = batch.column_by_name("bucket")?.as_primitive_opt::<Int32Type>()?;
        let kinds = batch.column_by_name("kind")?.as_string_opt::<i32>()?;
        let hits = batch.column_by_name("hit")?.as_struct_opt()?;
        let numbers = batch.column_by_name("numbers")?.as_list_opt::<i32>()?;
        let mut row = 0;
        while row < batch.num_rows() {
            if kinds.value(row) == "hit" {
                let end = (row..batch.num_rows()).find(|at| kinds.value(*at) != "hit").unwrap_or(batch.num_rows());
                let rows = RecordBatch::from(without_nulls(&hits.slice(row, end - row))?);
                self.part.hits.extend(run::hits_of(&rows)?);
                row = end;
                continue;
            }
            let row_numbers = numbers.is_valid(row).then(|| numbers.value(row))?;
            let row_numbers: &[i64] = row_numbers.as_primitive_opt::<Int64Type>()?.values();
            match kinds.value(row) {
                "visits" => self.part.evidence.visits.extend(row_numbers.as_chunks().0),
                "totals" => self.part.evidence.totals.extend(row_numbers.as_chunks().0),
                "not_judged" => {
                    let counts = row_numbers.iter().map(|count| u64::try_from(*count).ok());
                    self.part.extend(Part { not_judged: counts.collect::<Option<_>>()?, ..Part::default() });
                }
                "lines" => {
                    self.part.lines_read += u64::try_from(*row_numbers.first()?).ok()?;
                    let bucket = usize::try_from(buckets.value(row)).ok()?;
                    if !self.whole.insert(bucket) {
                        self.twice.insert(bucket);
                    }
                }
                _ => return None,
            }
            row += 1;
        }
        Some(())
    }

    /// All of it, if every bucket came and none twice.
    pub fn finish(self, buckets: usize) -> Result<Part, RowsError> {
        let missing: Vec<usize> = (0..buckets).filter(|bucket| !self.whole.contains(bucket)).collect();
        let twice: Vec<usize> =
            self.twice.into_iter().chain(self.whole.into_iter().filter(|bucket| *bucket >= buckets)).collect();
        if missing.is_empty() && twice.is_empty() {
            Ok(self.part)
        } else {
            Err(RowsError::Incomplete { twice, missing })
        }
    }
}

/// Rows of hits as a table of their own; none where a row is empty.
fn without_nulls(hits: &StructArray) -> Option<StructArray> {
    (hits.null_count() == 0).then(|| StructArray::new(hits.fields().clone(), hits.columns().to_vec(), None))
}

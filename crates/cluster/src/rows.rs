//! What a bucket gives, as rows of one table: hits, and numbers that are not hits. One output, because an operator with two runs twice.

use arrow_array::builder::{Int64Builder, ListBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, RecordBatch, StringArray, StructArray, new_null_array};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::sync::{Arc, LazyLock};
use xingjian_screen::claims::Error;
use xingjian_screen::hit::Hit;
use xingjian_screen::run::{self, Assembly, Hits, Part};

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
#[derive(Debug, thiserror::Error)]
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
    /// What came cannot be put aside.
    #[error("节点返回的数据无法暂存")]
    Store(#[from] Error),
}

/// Gives the rows of one bucket to `send`, a batch at a time, until it takes no more; the one that says how many lines were read comes last and
/// always.
pub fn send(
    bucket: usize,
    hits: &Hits,
    part: &Part,
    mut send: impl FnMut(RecordBatch) -> ControlFlow<()>,
) -> Result<(), Error> {
    let bucket = i32::try_from(bucket).expect("the number of buckets is small");
    let mut hits = hits.read()?;
    loop {
        let some: Vec<_> = hits.by_ref().take(HITS).collect::<Result<_, _>>()?;
        if some.is_empty() {
            break;
        }
        if send(of_hits(bucket, &some)).is_break() {
            return Ok(());
        }
    }
    let count = |count: &u64| i64::try_from(*count).expect("fewer lines than an i64 counts");
    let visits = part.evidence.visits.chunks(NUMBERS).map(<[_]>::concat).collect();
    let totals = part.evidence.totals.chunks(NUMBERS).map(<[_]>::concat).collect();
    let not_judged = vec![part.not_judged.iter().map(count).collect()];
    let lines = vec![vec![count(&part.lines_read)]];
    let kinds: [(&str, Vec<Vec<i64>>); 4] =
        [("visits", visits), ("totals", totals), ("not_judged", not_judged), ("lines", lines)];
    let mut batches =
        kinds.iter().flat_map(|(kind, rows)| rows.chunks(ROWS).map(|rows| of_numbers(bucket, kind, rows)));
    // Whoever takes no more knows why.
    let _ = batches.try_for_each(send);
    Ok(())
}

fn of_hits(bucket: i32, hits: &[Cow<'_, Hit>]) -> RecordBatch {
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
pub struct Gathered<'a> {
    assembly: Assembly<'a>,
    whole: BTreeSet<usize>,
    twice: BTreeSet<usize>,
}

impl<'a> Gathered<'a> {
    /// Gives what comes to this run.
    pub const fn new(assembly: Assembly<'a>) -> Self {
        Self { assembly, whole: BTreeSet::new(), twice: BTreeSet::new() }
    }

    /// Takes rows.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<(), RowsError> {
        let foreign = || RowsError::Foreign;
        let (kinds, hits) = texts_and_hits(batch).ok_or_else(foreign)?;
        let mut row = 0;
        while row < batch.num_rows() {
            if kinds.value(row) == "hit" {
                let end = (row..batch.num_rows()).find(|at| kinds.value(*at) != "hit").unwrap_or(batch.num_rows());
                let rows = without_nulls(&hits.slice(row, end - row)).ok_or_else(foreign)?;
                self.assembly.add_hits(run::hits_of(&RecordBatch::from(rows)).ok_or_else(foreign)?)?;
                row = end;
            } else {
                let (part, whole) = numbers_of(batch, kinds.value(row), row).ok_or_else(foreign)?;
                self.assembly.add(&part)?;
                if let Some(bucket) = whole.filter(|bucket| !self.whole.insert(*bucket)) {
                    self.twice.insert(bucket);
                }
                row += 1;
            }
        }
        Ok(())
    }

    /// The run to be finished, if every bucket came and none twice.
    pub fn finish(self, buckets: usize) -> Result<Assembly<'a>, RowsError> {
        let missing: Vec<usize> = (0..buckets).filter(|bucket| !self.whole.contains(bucket)).collect();
        let twice: Vec<usize> =
            self.twice.into_iter().chain(self.whole.into_iter().filter(|bucket| *bucket >= buckets)).collect();
        if missing.is_empty() && twice.is_empty() {
            Ok(self.assembly)
        } else {
            Err(RowsError::Incomplete { twice, missing })
        }
    }
}

fn texts_and_hits(batch: &RecordBatch) -> Option<(&StringArray, &StructArray)> {
    Some((batch.column_by_name("kind")?.as_string_opt()?, batch.column_by_name("hit")?.as_struct_opt()?))
}

/// What a row of numbers adds, and the bucket that is whole with it.
fn numbers_of(batch: &RecordBatch, kind: &str, row: usize) -> Option<(Part, Option<usize>)> {
    let numbers = batch.column_by_name("numbers")?.as_list_opt::<i32>()?;
    let numbers = numbers.is_valid(row).then(|| numbers.value(row))?;
    let numbers: &[i64] = numbers.as_primitive_opt::<Int64Type>()?.values();
    let mut part = Part::default();
    let mut whole = None;
    match kind {
        "visits" => part.evidence.visits.extend(numbers.as_chunks().0),
        "totals" => part.evidence.totals.extend(numbers.as_chunks().0),
        "not_judged" => {
            part.not_judged = numbers.iter().map(|count| u64::try_from(*count).ok()).collect::<Option<_>>()?;
        }
        "lines" => {
            part.lines_read = u64::try_from(*numbers.first()?).ok()?;
            let buckets = batch.column_by_name("bucket")?.as_primitive_opt::<Int32Type>()?;
            whole = Some(usize::try_from(buckets.value(row)).ok()?);
        }
        _ => return None,
    }
    Some((part, whole))
}

/// Rows of hits as a table of their own; none where a row is empty.
fn without_nulls(hits: &StructArray) -> Option<StructArray> {
    (hits.null_count() == 0).then(|| StructArray::new(hits.fields().clone(), hits.columns().to_vec(), None))
}

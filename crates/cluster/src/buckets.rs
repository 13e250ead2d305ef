//! The buckets of a store as rows, one each, spread over as many partitions as the session has: what the operator is given to do.
//!
//! It is never registered in a catalogue. Its partitions are rows in memory and not files or a leaf of our own, because the scheduler
//! cuts a stage into tasks by cutting the leaves it knows; of one it does not know, every task would read the whole.

use crate::extent::Extent;
use arrow_array::builder::{ListBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::datasource::TableType;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use std::sync::{Arc, LazyLock};

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("store", DataType::Utf8, false),
        Field::new("months", DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, false))), false),
        Field::new("data", DataType::Utf8, false),
        Field::new("bucket", DataType::Int32, false),
    ]))
});

/// The buckets of an extent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Buckets {
    /// Where they lie.
    pub extent: Extent,
    /// Which.
    pub numbers: Vec<u16>,
}

impl Buckets {
    /// The rows of some of them.
    fn rows(&self, numbers: &[u16]) -> RecordBatch {
        let text = |text: &str| -> ArrayRef { Arc::new(StringArray::from(vec![text; numbers.len()])) };
        let field = Field::new_list_field(DataType::Utf8, false);
        let mut months = ListBuilder::new(StringBuilder::new()).with_field(field);
        for _ in numbers {
            months.append_value(self.extent.months.iter().map(Some));
        }
        let columns: Vec<ArrayRef> = vec![
            text(&self.extent.store),
            Arc::new(months.finish()),
            text(&self.extent.data),
            Arc::new(Int32Array::from_iter_values(numbers.iter().map(|number| i32::from(*number)))),
        ];
        RecordBatch::try_new(SCHEMA.clone(), columns).expect("columns are built in the order of the schema")
    }
}

/// What rows of this table ask for; none where they are of another.
pub fn asked(batch: &RecordBatch) -> Option<Vec<(Extent, usize)>> {
    let text = |name: &str| batch.column_by_name(name)?.as_string_opt::<i32>();
    let (stores, data) = (text("store")?, text("data")?);
    let months = batch.column_by_name("months")?.as_list_opt::<i32>()?;
    let buckets = batch.column_by_name("bucket")?.as_primitive_opt::<Int32Type>()?;
    let asked = (0..batch.num_rows()).map(|row| {
        let months = months.value(row);
        let months = months.as_string_opt::<i32>()?.iter().flatten().map(str::to_owned).collect();
        let extent = Extent { store: stores.value(row).to_owned(), months, data: data.value(row).to_owned() };
        Some((extent, usize::try_from(buckets.value(row)).ok()?))
    });
    asked.collect()
}

#[async_trait]
impl TableProvider for Buckets {
    fn schema(&self) -> SchemaRef {
        SCHEMA.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let count = session.config().target_partitions().clamp(1, self.numbers.len().max(1));
        let of = |at: usize| self.numbers.iter().copied().skip(at).step_by(count).collect::<Vec<_>>();
        let partitions: Vec<Vec<RecordBatch>> = (0..count).map(|at| vec![self.rows(&of(at))]).collect();
        Ok(MemorySourceConfig::try_new_exec(&partitions, SCHEMA.clone(), projection.cloned())?)
    }
}

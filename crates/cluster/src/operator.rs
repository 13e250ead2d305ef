//! The pass as an operator: rows that name buckets in, what the buckets give out.

use crate::buckets;
use crate::catalogue::Catalogue;
use crate::extent::Extent;
use crate::rows::{self, RowsError};
use arrow_array::RecordBatch;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result, exec_datafusion_err, plan_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchReceiverStream;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use tokio::sync::mpsc::Sender;

/// Screens the buckets of its input, one after the other in each partition.
#[derive(Debug)]
pub struct ScreenExec {
    input: Arc<dyn ExecutionPlan>,
    /// Hash of the catalogue.
    pub catalogue: String,
    own: Option<Arc<Catalogue>>,
    properties: Arc<PlanProperties>,
}

impl ScreenExec {
    /// Over rows of [`buckets::Buckets`]; `own` are the rules of this process.
    pub fn new(input: Arc<dyn ExecutionPlan>, catalogue: String, own: Option<Arc<Catalogue>>) -> Self {
        // Patients lie in buckets by a hash that is not DataFusion's: to declare it would make joins lose rows.
        let partitioning = Partitioning::UnknownPartitioning(input.properties().partitioning.partition_count());
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(rows::schema()),
            partitioning,
            EmissionType::Incremental,
            Boundedness::Bounded,
        ));
        Self { input, catalogue, own, properties }
    }
}

impl DisplayAs for ScreenExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ScreenExec: catalogue={}", self.catalogue)
    }
}

impl ExecutionPlan for ScreenExec {
    fn name(&self) -> &'static str {
        "ScreenExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Ok([input]) = <[Arc<dyn ExecutionPlan>; 1]>::try_from(children) else {
            return plan_err!("ScreenExec has one input");
        };
        Ok(Arc::new(Self::new(input, self.catalogue.clone(), self.own.clone())))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(datafusion::physical_plan::ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut input = self.input.execute(partition, context)?;
        let Some(own) = self.own.clone() else {
            return Err(exec_datafusion_err!("本节点没有规则目录，只分派任务"));
        };
        let asked = self.catalogue.clone();
        let mut stream = RecordBatchReceiverStream::builder(rows::schema(), 2);
        let out = stream.tx();
        stream.spawn(async move {
            while let Some(batch) = input.next().await {
                let buckets = buckets::asked(&batch?).ok_or_else(|| external(RowsError::Foreign))?;
                for (extent, bucket) in buckets {
                    let (own, asked, out) = (own.clone(), asked.clone(), out.clone());
                    // The pass reads files and computes: not on a thread that others wait for.
                    let work = SpawnedTask::spawn_blocking(move || give(&own, &asked, &extent, bucket, &out));
                    work.join_unwind().await.map_err(external)??;
                }
            }
            Ok(())
        });
        Ok(stream.build())
    }
}

/// Sends what a bucket gives, until nobody listens any more.
fn give(own: &Catalogue, asked: &str, extent: &Extent, bucket: usize, out: &Sender<Result<RecordBatch>>) -> Result<()> {
    // As text, because Ballista hands on how an error looks to a programmer, and a refusal is for people.
    let given = own.give(asked, extent, bucket, |batch| match out.blocking_send(Ok(batch)) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    });
    given.map_err(|refusal| exec_datafusion_err!("{refusal}"))
}

fn external<E: std::error::Error + Send + Sync + 'static>(error: E) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

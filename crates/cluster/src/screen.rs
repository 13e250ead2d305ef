//! A run: the buckets are asked for, what they give is gathered, and the second phase closes it here.

use crate::buckets::Buckets;
use crate::catalogue::Catalogue;
use crate::extent::Extent;
use crate::plan::ScreenNode;
use crate::rows::{Gathered, RowsError};
use datafusion::common::DataFusionError;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::SessionContext;
use futures::StreamExt;
use std::sync::Arc;
use xingjian_screen::claims::{self, Store};
use xingjian_screen::run::{Assembly, Hits, Run};

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum ScreenError {
    /// The store.
    #[error("数据无法读取")]
    Store(#[from] claims::Error),
    /// A node refused, failed or could not be reached.
    #[error("筛查未完成")]
    Engine(#[from] DataFusionError),
    /// What came is not all.
    #[error("筛查结果不能采用")]
    Rows(#[from] RowsError),
}

/// The plan of a run.
pub fn plan(store: &Store, catalogue: &Catalogue, months: &[String]) -> Result<LogicalPlan, ScreenError> {
    let buckets = Buckets { extent: Extent::of(store, months)?, numbers: (0..store.manifest.buckets).collect() };
    let input = LogicalPlanBuilder::scan("buckets", provider_as_source(Arc::new(buckets)), None)?.build()?;
    let node = ScreenNode::new(input, catalogue.hash().to_owned())?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

/// Screens some months of a store in a session; the run is the one that [`run::screen`] finds.
pub async fn screen(
    context: &SessionContext,
    store: &Store,
    catalogue: &Catalogue,
    months: &[String],
    threads: usize,
) -> Result<(Run, Hits), ScreenError> {
    let id = catalogue.run_name(store, months);
    let compiled = catalogue.plan(store);
    let mut gathered = Gathered::new(Assembly::new(store, &compiled, months)?);
    let mut stream = context.execute_logical_plan(plan(store, catalogue, months)?).await?.execute_stream().await?;
    while let Some(batch) = stream.next().await {
        gathered.add(&batch?)?;
    }
    Ok(gathered.finish(usize::from(store.manifest.buckets))?.finish(id, threads)?)
}

/// The same where nodes may be lost: what an executor found lies on it until it is fetched, so the run is asked for again when it
/// cannot be fetched any more. Nothing is kept before it is whole.
pub async fn screen_again(
    context: &SessionContext,
    store: &Store,
    catalogue: &Catalogue,
    months: &[String],
    threads: usize,
) -> Result<(Run, Hits), ScreenError> {
    for attempt in 1..ATTEMPTS {
        match screen(context, store, catalogue, months, threads).await {
            Err(ScreenError::Engine(reason)) => eprintln!("第{attempt}次筛查未完成，重新开始（{reason}）"),
            done => return done,
        }
    }
    screen(context, store, catalogue, months, threads).await
}

const ATTEMPTS: u32 = 3;

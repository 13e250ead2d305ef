//! The pass as a node of a logical plan, and how it becomes the operator.

use crate::catalogue::Catalogue;
use crate::operator::ScreenExec;
use crate::rows;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

/// Screens the buckets of its input by a catalogue.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct ScreenNode {
    input: LogicalPlan,
    /// Hash of the catalogue.
    pub catalogue: String,
    schema: DFSchemaRef,
}

impl ScreenNode {
    /// Over rows of [`crate::buckets::Buckets`].
    pub fn new(input: LogicalPlan, catalogue: String) -> Result<Self> {
        let schema = Arc::new(DFSchema::try_from(rows::schema())?);
        Ok(Self { input, catalogue, schema })
    }
}

impl PartialOrd for ScreenNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        // The schema is the same for all.
        (&self.input, &self.catalogue).partial_cmp(&(&other.input, &other.catalogue))
    }
}

impl UserDefinedLogicalNodeCore for ScreenNode {
    fn name(&self) -> &'static str {
        "Screen"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Screen: catalogue={}", self.catalogue)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Ok([input]) = <[LogicalPlan; 1]>::try_from(inputs) else {
            return plan_err!("Screen has one input");
        };
        Self::new(input, self.catalogue.clone())
    }
}

/// Plans as DataFusion does, and this node besides.
#[derive(Debug)]
pub struct ScreenPlanner {
    /// The rules of this process; none where it only hands work on.
    pub catalogue: Option<Arc<Catalogue>>,
}

#[async_trait]
impl QueryPlanner for ScreenPlanner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let own = Extension { catalogue: self.catalogue.clone() };
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(own)]).create_physical_plan(plan, session).await
    }
}

struct Extension {
    catalogue: Option<Arc<Catalogue>>,
}

#[async_trait]
impl ExtensionPlanner for Extension {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn Session,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<ScreenNode>() else { return Ok(None) };
        let [input] = inputs else { return plan_err!("Screen has one input") };
        Ok(Some(Arc::new(ScreenExec::new(input.clone(), node.catalogue.clone(), self.catalogue.clone()))))
    }
}

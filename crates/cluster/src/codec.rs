//! How the node, the operator and the buckets travel: a few words each, from which the other side builds its own.
//! Everything else goes to Ballista's own codecs.

use crate::buckets::Buckets;
use crate::catalogue::Catalogue;
use crate::extent::Extent;
use crate::operator::ScreenExec;
use crate::plan::ScreenNode;
use arrow_schema::SchemaRef;
use ballista_core::serde::{BallistaLogicalExtensionCodec, BallistaPhysicalExtensionCodec};
use datafusion::catalog::TableProvider;
use datafusion::common::{DataFusionError, Result, TableReference, plan_err};
use datafusion::datasource::file_format::FileFormatFactory;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::logical_plan::LogicalExtensionCodec;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use prost::Message;
use std::any::Any;
use std::sync::Arc;

/// Ours begin so; Ballista's messages are protobuf, of which no message begins with a zero byte.
const SCREEN: &[u8] = b"\0xingjian/screen/1\0";
const BUCKETS: &[u8] = b"\0xingjian/buckets/1\0";

#[derive(Clone, PartialEq, Message)]
struct ScreenMessage {
    #[prost(string, tag = "1")]
    catalogue: String,
}

#[derive(Clone, PartialEq, Message)]
struct BucketsMessage {
    #[prost(string, tag = "1")]
    store: String,
    #[prost(string, repeated, tag = "2")]
    months: Vec<String>,
    #[prost(string, tag = "3")]
    data: String,
    #[prost(uint32, repeated, tag = "4")]
    numbers: Vec<u32>,
}

fn encode(mark: &[u8], message: &impl Message, bytes: &mut Vec<u8>) -> Result<()> {
    bytes.extend_from_slice(mark);
    message.encode(bytes).map_err(|error| DataFusionError::External(Box::new(error)))
}

/// The message behind a mark; none where the bytes are somebody else's.
fn decode<M: Message + Default>(mark: &[u8], bytes: &[u8]) -> Option<Result<M>> {
    let body = bytes.strip_prefix(mark)?;
    Some(M::decode(body).map_err(|error| DataFusionError::External(Box::new(error))))
}

/// Logical plans.
#[derive(Debug, Default)]
pub struct LogicalCodec {
    ballista: BallistaLogicalExtensionCodec,
}

impl LogicalExtensionCodec for LogicalCodec {
    fn try_decode(&self, bytes: &[u8], inputs: &[LogicalPlan], context: &TaskContext) -> Result<Extension> {
        let Some(message) = decode::<ScreenMessage>(SCREEN, bytes) else {
            return self.ballista.try_decode(bytes, inputs, context);
        };
        let [input] = inputs else { return plan_err!("Screen has one input") };
        Ok(Extension { node: Arc::new(ScreenNode::new(input.clone(), message?.catalogue)?) })
    }

    fn try_encode(&self, extension: &Extension, bytes: &mut Vec<u8>) -> Result<()> {
        match extension.node.as_any().downcast_ref::<ScreenNode>() {
            Some(node) => encode(SCREEN, &ScreenMessage { catalogue: node.catalogue.clone() }, bytes),
            None => self.ballista.try_encode(extension, bytes),
        }
    }

    fn try_decode_table_provider(
        &self,
        bytes: &[u8],
        table: &TableReference,
        schema: SchemaRef,
        context: &TaskContext,
    ) -> Result<Arc<dyn TableProvider>> {
        let Some(message) = decode::<BucketsMessage>(BUCKETS, bytes) else {
            return self.ballista.try_decode_table_provider(bytes, table, schema, context);
        };
        let BucketsMessage { store, months, data, numbers } = message?;
        let Ok(numbers) = numbers.into_iter().map(u16::try_from).collect() else {
            return plan_err!("a bucket of a number that no store has");
        };
        Ok(Arc::new(Buckets { extent: Extent { store, months, data }, numbers }))
    }

    fn try_encode_table_provider(
        &self,
        table: &TableReference,
        provider: Arc<dyn TableProvider>,
        bytes: &mut Vec<u8>,
    ) -> Result<()> {
        let Some(buckets) = (provider.as_ref() as &dyn Any).downcast_ref::<Buckets>() else {
            return self.ballista.try_encode_table_provider(table, provider, bytes);
        };
        let Extent { store, months, data } = buckets.extent.clone();
        let numbers = buckets.numbers.iter().map(|number| u32::from(*number)).collect();
        encode(BUCKETS, &BucketsMessage { store, months, data, numbers }, bytes)
    }

    fn try_decode_file_format(&self, bytes: &[u8], context: &TaskContext) -> Result<Arc<dyn FileFormatFactory>> {
        self.ballista.try_decode_file_format(bytes, context)
    }

    fn try_encode_file_format(&self, bytes: &mut Vec<u8>, format: Arc<dyn FileFormatFactory>) -> Result<()> {
        self.ballista.try_encode_file_format(bytes, format)
    }
}

/// Physical plans.
#[derive(Debug, Default)]
pub struct PhysicalCodec {
    ballista: BallistaPhysicalExtensionCodec,
    /// The rules of this process, for the operators it builds; none where it only hands work on.
    own: Option<Arc<Catalogue>>,
}

impl PhysicalCodec {
    /// For a process with these rules.
    pub fn new(own: Option<Arc<Catalogue>>) -> Self {
        Self { ballista: BallistaPhysicalExtensionCodec::default(), own }
    }
}

impl PhysicalExtensionCodec for PhysicalCodec {
    fn try_decode(
        &self,
        bytes: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        context: &TaskContext,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(message) = decode::<ScreenMessage>(SCREEN, bytes) else {
            return self.ballista.try_decode(bytes, inputs, context, converter);
        };
        let [input] = inputs else { return plan_err!("ScreenExec has one input") };
        Ok(Arc::new(ScreenExec::new(input.clone(), message?.catalogue, self.own.clone())))
    }

    fn try_encode(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        bytes: &mut Vec<u8>,
        converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        match (plan.as_ref() as &dyn Any).downcast_ref::<ScreenExec>() {
            Some(screen) => encode(SCREEN, &ScreenMessage { catalogue: screen.catalogue.clone() }, bytes),
            None => self.ballista.try_encode(plan, bytes, converter),
        }
    }
}

//! The node that screens: it asks a scheduler for tasks, does them with its own rules, and hands out what it found.

use crate::address;
use crate::catalogue::Catalogue;
use crate::codec::{LogicalCodec, PhysicalCodec};
use crate::operator::ScreenExec;
use crate::session;
use crate::token::Token;
use arrow_flight::flight_service_server::FlightServiceServer;
use ballista_core::error::BallistaError;
use ballista_core::execution_plans::ShuffleWriterExec;
use ballista_core::ids::new_instance_id;
use ballista_core::registry::BallistaFunctionRegistry;
use ballista_core::serde::BallistaCodec;
use ballista_core::serde::protobuf::scheduler_grpc_client::SchedulerGrpcClient;
use ballista_core::serde::protobuf::{ExecutorRegistration, GetJobStatusParams};
use ballista_core::serde::scheduler::{ExecutorOperatingSystemSpecification, ExecutorSpecification};
use ballista_core::utils::{GrpcClientConfig, GrpcServerConfig, create_grpc_client_endpoint, create_grpc_server};
use ballista_core::{BALLISTA_PROTOCOL_VERSION, ConfigProducer, JobId, RuntimeProducer};
use ballista_executor::execution_engine::{DefaultExecutionEngine, ExecutionEngine, QueryStageExecutor};
use ballista_executor::execution_loop::poll_loop;
use ballista_executor::executor::Executor;
use ballista_executor::flight_service::BallistaFlightService;
use ballista_executor::health::ExecutorHealth;
use ballista_executor::metrics::ExecutorMetricsCollector;
use datafusion::common::{DataFusionError, exec_err};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use std::any::Any;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::service::interceptor::InterceptedService;

/// Asks for work and serves what it found, until the process ends or the scheduler cannot be reached at the start. `work` takes what
/// tasks found until it is fetched.
pub async fn serve(
    listener: TcpListener,
    scheduler: SocketAddr,
    token: Token,
    catalogue: Arc<Catalogue>,
    threads: usize,
    work: &Path,
    tell: Tell,
) -> Result<(), BallistaError> {
    let settings: ConfigProducer = {
        let token = token.clone();
        Arc::new(move || session::config(&token))
    };
    let work = work.to_str().ok_or_else(|| BallistaError::Configuration("工作目录的路径不是UTF-8".to_owned()))?;
    let executor = Executor::new(
        registration(listener.local_addr()?, threads),
        work,
        runtimes(work),
        settings.clone(),
        Arc::new(BallistaFunctionRegistry::default()),
        Arc::new(Tasks(tell.clone())),
        threads,
        Arc::new(OnlyScreening(DefaultExecutionEngine::new())),
    );
    let largest = GrpcClientConfig::default().max_message_size;
    let found = FlightServiceServer::new(BallistaFlightService::new(work.to_owned()))
        .max_decoding_message_size(largest)
        .max_encoding_message_size(largest);
    let served = create_grpc_server(&GrpcServerConfig::default())
        .add_service(InterceptedService::new(found, token.guard()))
        .serve_with_incoming(TcpListenerStream::new(listener));
    let endpoint = create_grpc_client_endpoint(format!("http://{scheduler}"), Some(&GrpcClientConfig::default()))
        .map_err(BallistaError::TonicError)?;
    let endpoint = (token.on_connections())(endpoint).map_err(|e| BallistaError::Configuration(e.to_string()))?;
    let connection = endpoint.connect().await.map_err(BallistaError::TonicError)?;
    let mut client =
        SchedulerGrpcClient::new(connection).max_decoding_message_size(largest).max_encoding_message_size(largest);
    // Asking for work goes on for ever, whatever the answer; whether the scheduler takes us is found out before.
    let nothing = GetJobStatusParams { job_id: String::new() };
    match client.get_job_status(nothing).await {
        Err(status) if status.code() == Code::Unauthenticated => {
            return Err(BallistaError::Configuration(status.message().to_owned()));
        }
        _ => tell(&format!("已连接调度节点 {scheduler}")),
    }
    let codec: BallistaCodec<LogicalPlanNode, PhysicalPlanNode> =
        BallistaCodec::new(Arc::new(LogicalCodec::default()), Arc::new(PhysicalCodec::new(Some(catalogue))));
    let asking = poll_loop(client, Arc::new(executor), codec, None, None, ExecutorHealth::new());
    tokio::select! {
        ended = asking => ended,
        ended = served => ended.map_err(BallistaError::TonicError),
    }
}

fn registration(local: SocketAddr, threads: usize) -> ExecutorRegistration {
    let vcores = u32::try_from(threads).unwrap_or(u32::MAX);
    ExecutorRegistration {
        id: new_instance_id(),
        host: Some(address::host(local)),
        port: u32::from(local.port()),
        // Nobody calls executors for tasks: they ask.
        grpc_port: 0,
        specification: Some(ExecutorSpecification::default().with_vcores(vcores).into()),
        os_info: Some(ExecutorOperatingSystemSpecification::default().into()),
        ballista_protocol_version: BALLISTA_PROTOCOL_VERSION,
    }
}

fn runtimes(work: &str) -> RuntimeProducer {
    let work = work.to_owned();
    Arc::new(move |_: &SessionConfig| RuntimeEnvBuilder::new().with_temp_file_path(&work).build_arc())
}

/// Where a node says what it does, for the operator.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// Says each task that is done.
struct Tasks(Tell);

impl ExecutorMetricsCollector for Tasks {
    fn record_stage(&self, job: &JobId, _: usize, task: usize, _: Arc<dyn QueryStageExecutor>) {
        (self.0)(&format!("任务 {job} 第{task}份已执行"));
    }
}

/// Refuses every task that is not the pass: a scheduler hands on whatever plan it is given, and a plan can read and write files.
struct OnlyScreening(DefaultExecutionEngine);

impl ExecutionEngine for OnlyScreening {
    fn create_query_stage_exec(
        &self,
        job: JobId,
        stage: usize,
        task: usize,
        partitions: Vec<usize>,
        plan: Arc<dyn ExecutionPlan>,
        work: &str,
        config: &SessionConfig,
    ) -> datafusion::common::Result<Arc<dyn QueryStageExecutor>> {
        only_screening(&plan)?;
        self.0.create_query_stage_exec(job, stage, task, partitions, plan, work, config)
    }
}

fn only_screening(plan: &Arc<dyn ExecutionPlan>) -> Result<(), DataFusionError> {
    let is = |plan: &Arc<dyn ExecutionPlan>, name: &str| {
        let plan = plan.as_ref() as &dyn Any;
        match name {
            "writer" => plan.is::<ShuffleWriterExec>(),
            "screen" => plan.is::<ScreenExec>(),
            _ => plan.downcast_ref::<DataSourceExec>().is_some_and(|source| {
                (source.data_source().as_ref() as &dyn Any).is::<datafusion::datasource::memory::MemorySourceConfig>()
            }),
        }
    };
    let mut next = plan.clone();
    for name in ["writer", "screen", "rows"] {
        if !is(&next, name) {
            return exec_err!("本集群只做筛查，不执行其他计划（{}）", next.name());
        }
        if let Some(child) = next.children().first().map(|child| (*child).clone()) {
            next = child;
        }
    }
    Ok(())
}

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
use ballista_core::serde::protobuf::{ExecutorRegistration, ExecutorStoppedParams, GetJobStatusParams};
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
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::Code;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;

/// Largest message, in bytes; Ballista's own limit.
const LARGEST: usize = 16 * 1024 * 1024;

/// What an executor is.
pub struct Node {
    /// Where results are fetched.
    pub listener: TcpListener,
    /// Whom it asks for work.
    pub scheduler: SocketAddr,
    /// The secret.
    pub token: Token,
    /// Its rules.
    pub catalogue: Arc<Catalogue>,
    /// Tasks at a time.
    pub threads: usize,
    /// Where results lie until they are fetched.
    pub work: PathBuf,
    /// Where it says what it does, for the operator.
    pub tell: Tell,
}

impl Node {
    /// Asks for work and serves what it found until it is told to stop; its tasks then go to others at once.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), BallistaError> {
        let registration = registration(self.listener.local_addr()?, self.threads);
        let mut client = self.connect().await?;
        (self.tell)(&format!("已连接调度节点 {}", self.scheduler));
        let stopped = ExecutorStoppedParams { executor_id: registration.id.clone(), reason: "节点停止".to_owned() };
        let executor = self.executor(registration)?;
        let asking = poll_loop(client.clone(), Arc::new(executor), self.codec(), None, None, ExecutorHealth::new());
        let found = FlightServiceServer::new(BallistaFlightService::new(self.work()?))
            .max_decoding_message_size(LARGEST)
            .max_encoding_message_size(LARGEST);
        let served = create_grpc_server(&GrpcServerConfig::default())
            .add_service(InterceptedService::new(found, self.token.guard()))
            .serve_with_incoming(TcpListenerStream::new(self.listener));
        tokio::select! {
            ended = asking => ended,
            ended = served => ended.map_err(BallistaError::TonicError),
            () = stop => {
                // Where the scheduler is gone already, nobody is left to be told.
                let _ = client.executor_stopped(stopped).await;
                Ok(())
            }
        }
    }

    /// A connection to the scheduler that takes this node.
    async fn connect(&self) -> Result<SchedulerGrpcClient<Channel>, BallistaError> {
        let url = format!("http://{}", self.scheduler);
        let endpoint =
            create_grpc_client_endpoint(url, Some(&GrpcClientConfig::default())).map_err(BallistaError::TonicError)?;
        let named = (self.token.on_connections())(endpoint).map_err(|e| BallistaError::Configuration(e.to_string()))?;
        let connection = named.connect().await.map_err(BallistaError::TonicError)?;
        let mut client =
            SchedulerGrpcClient::new(connection).max_decoding_message_size(LARGEST).max_encoding_message_size(LARGEST);
        // Asking for work goes on for ever, whatever the answer; whether the scheduler takes us is found out before.
        let nothing = GetJobStatusParams { job_id: String::new() };
        match client.get_job_status(nothing).await {
            Err(status) if status.code() == Code::Unauthenticated => {
                Err(BallistaError::Configuration(status.message().to_owned()))
            }
            _ => Ok(client),
        }
    }

    fn executor(&self, registration: ExecutorRegistration) -> Result<Executor, BallistaError> {
        let (token, work) = (self.token.clone(), self.work()?);
        let settings: ConfigProducer = Arc::new(move || session::config(&token));
        Ok(Executor::new(
            registration,
            &work,
            runtimes(&work),
            settings,
            Arc::new(BallistaFunctionRegistry::default()),
            Arc::new(Tasks(self.tell.clone())),
            self.threads,
            Arc::new(OnlyScreening(DefaultExecutionEngine::new())),
        ))
    }

    fn codec(&self) -> BallistaCodec<LogicalPlanNode, PhysicalPlanNode> {
        let physical = PhysicalCodec::new(Some(self.catalogue.clone()));
        BallistaCodec::new(Arc::new(LogicalCodec::default()), Arc::new(physical))
    }

    fn work(&self) -> Result<String, BallistaError> {
        let work = self.work.to_str();
        work.map(str::to_owned).ok_or_else(|| BallistaError::Configuration("工作目录的路径不是UTF-8".to_owned()))
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

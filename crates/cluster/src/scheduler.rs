//! The node that takes runs, cuts them into tasks and hands these to executors that ask for work.

use crate::address;
use crate::codec::{LogicalCodec, PhysicalCodec};
use crate::session;
use crate::token::Token;
use ballista_core::config::TaskSchedulingPolicy;
use ballista_core::error::BallistaError;
use ballista_core::serde::protobuf::scheduler_grpc_server::SchedulerGrpcServer;
use ballista_core::utils::{GrpcServerConfig, create_grpc_server};
use ballista_scheduler::cluster::BallistaCluster;
use ballista_scheduler::config::SchedulerConfig;
use ballista_scheduler::scheduler_process::create_scheduler;
use datafusion_proto::protobuf::{LogicalPlanNode, PhysicalPlanNode};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::service::interceptor::InterceptedService;

/// An executor that was not heard of for so many seconds is lost and its tasks go to others. Executors ask for work at least every
/// five seconds, however busy they are.
const LOST_AFTER: u64 = 15;
/// How often that is looked at, in seconds: with the above, a lost executor costs a run less than half a minute.
const LOOKED_AT_EVERY: u64 = 3;
/// What is left of it is for the work that is done again.
const _: () = assert!(LOST_AFTER + LOOKED_AT_EVERY <= 20, "a lost executor is given up well within half a minute");

/// Serves on a listener until the process ends. Ballista's own server also has pages and a proxy; this one has what nodes need,
/// behind the secret.
pub async fn serve(listener: TcpListener, token: Token) -> Result<(), BallistaError> {
    let local = listener.local_addr()?;
    let settings = {
        let token = token.clone();
        Arc::new(move || session::config(&token))
    };
    let config = SchedulerConfig {
        bind_host: address::host(local),
        external_host: address::host(local),
        bind_port: local.port(),
        scheduling_policy: TaskSchedulingPolicy::PullStaged,
        executor_timeout_seconds: LOST_AFTER,
        expire_dead_executor_interval_seconds: LOOKED_AT_EVERY,
        override_config_producer: Some(settings),
        override_session_builder: Some(Arc::new(session::of_scheduler)),
        override_logical_codec: Some(Arc::new(LogicalCodec::default())),
        override_physical_codec: Some(Arc::new(PhysicalCodec::default())),
        override_create_grpc_client_endpoint: Some(token.on_connections()),
        ..SchedulerConfig::default()
    };
    config.validate()?;
    let largest = (config.grpc_server_max_decoding_message_size, config.grpc_server_max_encoding_message_size);
    let cluster = BallistaCluster::new_from_config(&config).await?;
    let scheduler = create_scheduler::<LogicalPlanNode, PhysicalPlanNode>(cluster, Arc::new(config)).await?;
    let service = SchedulerGrpcServer::new(scheduler)
        .max_decoding_message_size(largest.0 as usize)
        .max_encoding_message_size(largest.1 as usize);
    create_grpc_server(&GrpcServerConfig::default())
        .add_service(InterceptedService::new(service, token.guard()))
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await
        .map_err(BallistaError::TonicError)
}

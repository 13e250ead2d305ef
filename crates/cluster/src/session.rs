//! Sessions: alone in this process, as a client of a scheduler, and as the nodes make them.

use crate::catalogue::Catalogue;
use crate::codec::{LogicalCodec, PhysicalCodec};
use crate::plan::ScreenPlanner;
use crate::token::Token;
use ballista_core::extension::{SessionConfigExt, SessionStateExt};
use ballista_core::utils::default_session_builder;
use datafusion::common::Result;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use std::net::SocketAddr;
use std::sync::Arc;

/// A session that does everything in this process, with so many threads.
pub fn local(catalogue: Arc<Catalogue>, threads: usize) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(threads);
    let state = SessionStateBuilder::new()
        .with_default_features()
        .with_config(config)
        .with_query_planner(Arc::new(ScreenPlanner { catalogue: Some(catalogue) }));
    SessionContext::new_with_state(state.build())
}

/// A session whose plans a scheduler spreads over its executors, cut into so many tasks.
pub fn remote(scheduler: SocketAddr, token: &Token, tasks: usize) -> Result<SessionContext> {
    let config = config(token).with_target_partitions(tasks);
    let state = SessionStateBuilder::new().with_default_features().with_config(config).build();
    Ok(SessionContext::new_with_state(state.upgrade_for_ballista(format!("http://{scheduler}"))?))
}

/// The settings of every node.
pub fn config(token: &Token) -> SessionConfig {
    SessionConfig::new_with_ballista()
        .with_ballista_logical_extension_codec(Arc::new(LogicalCodec::default()))
        .with_ballista_physical_extension_codec(Arc::new(PhysicalCodec::default()))
        .with_ballista_override_create_grpc_client_endpoint(token.on_connections())
}

/// The session in which the scheduler plans: it has no rules and only hands work on.
pub fn of_scheduler(config: SessionConfig) -> Result<SessionState> {
    let state = SessionStateBuilder::new_from_existing(default_session_builder(config)?);
    Ok(state.with_query_planner(Arc::new(ScreenPlanner { catalogue: None })).build())
}

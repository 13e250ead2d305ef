//! The pass over a claims store on more than one machine, as an operator of DataFusion that Ballista spreads over nodes.
//!
//! It deliberately is not another pass: each bucket is looked at by `xingjian-screen`, and a run found here is, byte for byte, the
//! one that `xingjian screen` finds. It is no door for SQL either, and declares no partitioning that a query could believe.

pub mod address;
pub mod buckets;
pub mod catalogue;
pub mod codec;
pub mod executor;
pub mod extent;
pub mod operator;
pub mod plan;
pub mod rows;
pub mod scheduler;
pub mod screen;
pub mod session;
pub mod token;

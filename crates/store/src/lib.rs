//! The database under every room: connections and transactions, the context of an act, resources kept as one
//! document beside the columns that lists filter by, the ledger, official numbers, papers and sealed fields.
//! It knows no room: it never asks what a record means.

mod context;
mod db;
mod failure;
mod schema;
mod scope;
mod trouble;

pub mod archive;
pub mod blobs;
pub mod days;
pub mod erasure;
pub mod figures;
pub mod health;
pub mod ledger;
pub mod log;
pub mod numbers;
pub mod papers;
mod reading;
pub mod records;
pub mod sealed;
pub mod together;
pub mod under_way;

pub use context::{App, Ctx};
pub use db::{Db, Executor, OpenError, Tx, insert_rows};
pub use erasure::Erasable;
pub use failure::{Error, Failure};
pub use ledger::Event;
pub use log::{Log, LogError, LogState, Trouble, WitnessListError, WitnessState};
pub use reading::Reading;
pub use records::{Filter, Head, Order, Record, Stored};
pub use schema::{ENDED, TABLES, Table, migrate, names as migrations, table_sizes, tables};
#[cfg(feature = "testkit")]
pub use schema::{explain, run};
pub use scope::OPERATIONS;
pub use sea_orm::Value;
pub use sealed::{Keys, Sealed};
pub use trouble::DbTrouble;

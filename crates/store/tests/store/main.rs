//! The store on both databases: scope, versions, ledger, numbers, durability.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[macro_use]
mod probe;
mod archive;
mod erasure;
mod figures;
mod ledger;
mod log;
mod log_crash;
mod records;
mod scope;
mod together;

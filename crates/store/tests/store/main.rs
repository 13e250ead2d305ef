//! The store on both databases: scope, versions, ledger, numbers, durability.

#[macro_use]
mod probe;
mod ledger;
mod records;
mod scope;

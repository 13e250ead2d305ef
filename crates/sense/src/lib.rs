//! The sense room: what comes in. Complaints and reports are taken, answered and closed; everything that may be
//! wrong becomes one signal with subject, cause, owner by the duty list and clock; so do the hits of claims screening. It inspects
//! nothing itself: a signal opens a task in `inspect` or a case in `enforce` and learns from the ledger what became of it.

pub mod claims;
pub mod claims_rule;
pub mod complaint;
pub mod follow;
pub mod message;
pub mod signal;

#[cfg(test)]
mod tests;

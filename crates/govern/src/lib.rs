//! Governance: what the public may read of decisions and inspections, by class, redacted, in time. It looks at all
//! rooms and follows them; no room looks back. It deliberately decides nothing about a case: it publishes, withholds
//! and withdraws; and it sees to it that what the law wants erased is, by two people.

pub mod erasure;
pub mod follow;
pub mod publication;

#[cfg(test)]
mod tests;

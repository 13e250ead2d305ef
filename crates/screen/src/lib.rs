//! Claims screening: a catalogue of rules is compiled into a plan, and one pass over claims that lie clustered by
//! patient finds every hit (规则命中) with the values it read.
//!
//! It is deliberately not a database and knows no policy pack, registry, institution file or person: rules and
//! extracts come in as its own types, hits go out as its own type. It has no clock, no randomness but a seed, and no async.

pub mod catalogue;
pub mod check;
pub mod claims;
pub mod evidence;
pub mod example;
pub mod generate;
pub mod hit;
pub mod ingest;
pub mod layout;
pub mod national;
pub mod nhsa;
pub mod pass;
pub mod plan;
pub mod registrations;
pub mod rule;
pub mod run;
mod spread;

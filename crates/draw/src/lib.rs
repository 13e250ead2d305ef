//! The draw of objects and officers (双随机) that anybody can recompute: tickets, seeds, strata, teams, and the public
//! file with its verifier. Pure: it knows no database, no runtime and no web, reads no clock, draws no random number
//! and calls nobody; whoever uses it brings times, salts and what the public sources said. How it computes is
//! published in `docs/draw.md`.

pub mod base;
pub mod bundle;
pub mod digest;
pub mod drand;
pub mod draw;
pub mod file;
pub mod floor;
pub mod fraction;
mod names;
mod parallel;
pub mod seed;
pub mod stratum;
pub mod team;
pub mod ticket;
pub mod verify;

pub use digest::{Digest, DrawId, Salt};
pub use fraction::{Fraction, Rate};

//! The log against published vectors, a naive tree, and bytes that nobody meant.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bytes;
#[path = "../../fuzz/src/lib.rs"]
mod fuzz;
mod naive;
mod note;
mod policy;
mod proof;
#[path = "../../../testkit/src/shared.rs"]
#[allow(dead_code, reason = "only the folder of shared data is needed; testkit itself would bring a database")]
mod shared;
mod tiles;
mod tree;
mod vectors;
mod witness;
mod world;

//! Wires the rooms into the one program: opens an instance, serves it, fills a demonstration city. The only place
//! that reads the wall clock and the operating system's randomness.

pub mod clock;
pub mod demo;
pub mod disk;
pub mod handover;
pub mod instance;
pub mod serve;

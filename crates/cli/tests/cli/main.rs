//! The program as a process: demonstrations that repeat, packs that are checked, and a kill that loses nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod backup;
mod claims;
mod crash;
mod demo;
mod deploy;
mod disks;
mod doctor;
mod draw;
mod fuzz;
mod handover;
mod imports;
mod log;
mod message;
mod nodes;
mod operations;
mod policy;
mod postgres;
mod public;
mod rules;
mod served;
mod upgrade;

//! The program as a process: demonstrations that repeat, packs that are checked, and a kill that loses nothing.

mod crash;
mod demo;
mod policy;

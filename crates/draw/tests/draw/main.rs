//! The draw against published vectors, against an implementation of its own in Python, and against chance itself.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod bases;
mod beacon;
mod bundles;
mod chance;
mod oracle;
mod protocol;
mod selection;
mod shared;
mod teams;
mod tickets;
mod verifier;
mod world;

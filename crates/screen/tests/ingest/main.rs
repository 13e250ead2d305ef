//! Files in, store and report out: what is validated, what is set aside, and what never gets lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod book;
mod broken;
mod city;
mod faults;
mod files;
mod layout;
mod mapping;
mod months;
mod same;
mod shared;
mod whole;

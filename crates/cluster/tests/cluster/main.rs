//! The same run, byte for byte, however the buckets are spread; and what nodes refuse.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod city;
mod local;
mod nodes;
mod partitioning;
mod rows;

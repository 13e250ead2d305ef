//! Files in, claims out; claims in, hits out: each kind of rule at its limit and one step beyond.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acceptance;
mod bundle;
mod check;
mod claims_document;
mod doctors;
mod document;
mod generated;
mod groups;
mod ingest;
mod kept;
mod library;
mod lines;
mod many;
mod national;
mod order;
mod pack;
mod payment;
mod reference;
mod shared;
mod versions;
mod visits;

//! The pages over HTTP, without a browser: who may call what, what is refused, and that nothing typed is lost.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod administrators;
mod api;
mod check;
mod cosigning;
mod countersign;
mod draws;
mod erasure;
mod forms;
mod found;
mod guard;
mod imports;
mod keeping;
mod lists;
mod log;
mod messages;
mod oidc;
mod own;
mod people;
mod plans;
mod routes;
mod screening;
mod screening_signal;
mod second_factor;
mod statistics;
mod systems;
mod today;
mod trouble;

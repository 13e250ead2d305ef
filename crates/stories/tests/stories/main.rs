//! Stories over the whole program, told in a real browser by everyone they need, each with a login of their own.

mod accessible;
mod app;
mod bad_days;
mod browser;
mod check;
mod claims;
mod draw;
mod driver;
mod everybody;
mod form;
mod identity;
mod keyboard;
mod messages;
mod plain;
#[allow(dead_code, clippy::unwrap_used, reason = "made for the tests of the door, which use more of it")]
#[path = "../../../web/tests/web/oidc/platform.rs"]
mod platform;
mod print;
mod statistics;
mod the_loop;
mod wait;

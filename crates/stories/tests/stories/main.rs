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
mod print;
mod statistics;
mod the_loop;
mod wait;

//! Stories over the whole program, told in a real browser by everyone they need, each with a login of their own.

mod app;
mod browser;
mod driver;
mod form;
mod plain;
mod the_loop;
mod wait;

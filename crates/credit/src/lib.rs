//! Credit: what became known about a subject and what follows from it. Credit events, demerit points,
//! the grade as of a date explained item by item, and the consequences asked of partner departments.
//! It deliberately decides nothing about violations (`enforce` does) and nothing about publication (`govern`).

pub mod demerit;
pub mod event;
pub mod follow;
pub mod grade;
pub mod linkage;
pub mod who;

mod all;
mod period;

#[cfg(test)]
mod tests;

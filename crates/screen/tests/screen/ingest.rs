//! Files in, store and report out: what is validated, what is set aside, and what never gets lost.

mod book;
mod broken;
pub mod city;
mod faults;
mod files;
mod layout;
mod mapping;
mod months;
mod round;
mod same;
mod whole;

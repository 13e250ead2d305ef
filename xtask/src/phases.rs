//! How long each step of a long task took.

use crate::command::Result;
use std::time::{Duration, Instant};

/// The steps done so far, in order.
#[derive(Default)]
pub struct Phases(Vec<(&'static str, Duration)>);

impl Phases {
    /// Announces a step, runs it and notes its time, also when it fails.
    pub fn time<T>(&mut self, name: &'static str, step: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let start = now();
        let result = step();
        self.0.push((name, start.elapsed()));
        result.map_err(|message| format!("{name}: {message}"))
    }

    /// One line for each step.
    pub fn print(&self) {
        println!("\n== times");
        for (name, took) in &self.0 {
            println!("{name:<12}{:>8.1} s", took.as_secs_f64());
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a build tool measures its own steps; nothing of the product sees it")]
fn now() -> Instant {
    Instant::now()
}

//! How far a demonstration is, on the terminal: a bar while somebody looks, and at the end what took how long.

use crate::clock::Stopwatch;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use xingjian_kernel::LocalDate;
use xingjian_kernel::calendar::days_between;

/// Signs of the bar.
const WIDTH: i32 = 30;

/// How far it is.
pub struct Progress(Option<Mutex<State>>);

struct State {
    watch: Stopwatch,
    /// First and last day of what is told.
    days: (LocalDate, LocalDate),
    /// The part that is under way, and when it began.
    part: Option<(&'static str, f64)>,
    /// What took how long.
    parts: Vec<(&'static str, f64)>,
    shown: bool,
}

impl Progress {
    /// Says nothing.
    pub fn silent() -> Self {
        Self(None)
    }

    /// Says how far it is between two days.
    pub fn between(first: LocalDate, last: LocalDate) -> Self {
        let shown = std::io::stderr().is_terminal();
        let watch = Stopwatch::start();
        Self(Some(Mutex::new(State { watch, days: (first, last), part: None, parts: vec![], shown })))
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        if let Some(state) = &self.0 {
            change(&mut state.lock().expect("nothing panics while it counts"));
        }
    }

    /// A part begins, and the one before ends.
    pub fn part(&self, name: &'static str) {
        self.with(|state| {
            state.close();
            state.part = Some((name, state.watch.seconds()));
            state.show(0);
        });
    }

    /// A day was told.
    pub fn day(&self, day: LocalDate) {
        self.with(|state| {
            let (first, last) = state.days;
            let all = days_between(first, last).max(1);
            state.show(days_between(first, day) * 100 / all);
        });
    }

    /// Says what took how long.
    pub fn end(&self) {
        self.with(|state| {
            state.close();
            if state.shown {
                eprint!("\r\u{1b}[2K");
            }
            let parts: Vec<String> =
                state.parts.iter().map(|(name, seconds)| format!("{name}{seconds:.1}秒")).collect();
            eprintln!("共用时{:.1}秒：{}", state.watch.seconds(), parts.join("，"));
        });
    }
}

impl State {
    fn close(&mut self) {
        if let Some((name, began)) = self.part.take() {
            self.parts.push((name, self.watch.seconds() - began));
        }
    }

    fn show(&self, percent: i32) {
        if !self.shown {
            return;
        }
        let (name, _) = self.part.unwrap_or_default();
        let full = usize::try_from(percent.clamp(0, 100) * WIDTH / 100).unwrap_or_default();
        let rest = usize::try_from(WIDTH).unwrap_or_default() - full;
        let (done, left) = ("█".repeat(full), "·".repeat(rest));
        eprint!("\r\u{1b}[2K{name} {done}{left} {percent}%  已用{:.0}秒", self.watch.seconds());
        let _ = std::io::stderr().flush();
    }
}

//! What a command says while it is at work.

use std::io::{IsTerminal, Write};
use std::sync::Mutex;

/// One line of the terminal that says how far it is; nothing where nobody looks.
pub struct Line {
    shown: Option<Mutex<String>>,
}

impl Line {
    /// One where somebody looks.
    pub fn new() -> Self {
        Self { shown: std::io::stderr().is_terminal().then(Mutex::default) }
    }

    /// Says how far it is, in place of what was said before.
    pub fn say(&self, text: String) {
        let Some(shown) = &self.shown else { return };
        let mut shown = shown.lock().expect("nothing panics while it is shown");
        if *shown != text {
            // A line that cannot be shown is no reason to stop.
            let _ = write!(std::io::stderr(), "\r\x1b[K{text}");
            *shown = text;
        }
    }

    /// Takes the line away.
    pub fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

/// How much of a whole is done, in hundredths.
pub fn percent(done: u64, of: u64) -> u64 {
    done.saturating_mul(100) / of.max(1)
}

//! The demo city: a development build of the one binary, filled and served.

use crate::command::{Result, cargo, run, shown};
use crate::setup;
use std::os::unix::process::CommandExt;

/// What the demo gets where the caller says nothing else.
const DEFAULTS: [(&str, &str); 3] =
    [("--city", "zhuhai"), ("--data", "target/demo-data"), ("--serve", "127.0.0.1:8620")];

const BINARY: [&str; 4] = ["--package", "xingjian-cli", "--bin", "xingjian"];

/// Builds and then becomes the demo, so that Ctrl-C goes straight to it.
pub fn demo(arguments: &[String]) -> Result<()> {
    setup::ensure_compiler()?;
    run(cargo().arg("build").args(BINARY))?;
    let mut command = cargo();
    command.args(["run", "--quiet"]).args(BINARY).args(["--", "demo"]).args(completed(arguments));
    println!("$ {}", shown(&command));
    let error = command.exec();
    Err(format!("cannot start `{}`: {error}", shown(&command)))
}

/// The defaults that the caller did not set, then the caller's arguments.
fn completed(arguments: &[String]) -> Vec<String> {
    let says = |flag: &str| arguments.iter().any(|word| word.split('=').next() == Some(flag));
    let settled = |flag: &str| says(flag) || (flag == "--serve" && says("--no-serve"));
    let left = DEFAULTS.into_iter().filter(|(flag, _)| !settled(flag));
    let defaults = left.flat_map(|(flag, value)| [flag.to_owned(), value.to_owned()]);
    defaults.chain(arguments.iter().cloned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(arguments: &str, expected: &str) {
        let words: Vec<String> = arguments.split_whitespace().map(str::to_owned).collect();
        assert_eq!(completed(&words).join(" "), expected);
    }

    #[test]
    fn what_the_caller_says_wins_over_the_defaults() {
        check("", "--city zhuhai --data target/demo-data --serve 127.0.0.1:8620");
        check("--data=/d --date 2026-11-21", "--city zhuhai --serve 127.0.0.1:8620 --data=/d --date 2026-11-21");
        check("--no-serve --json", "--city zhuhai --data target/demo-data --no-serve --json");
    }
}

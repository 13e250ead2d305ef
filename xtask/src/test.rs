//! Everything a change must pass, in one command: vendored files, format, lints, build, all tests once on both databases, licences.

use crate::command::{Result, cargo, run, shown, succeeds};
use crate::phases::Phases;
use crate::postgres::Server;
use crate::selection::{CLUSTER, EVERYTHING, Selection};
use crate::tally::Tally;
use crate::{licences, oracle, sbom, setup, tools::Tools, vendor};
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// Runs it all; the times are printed whatever happens.
pub fn test(arguments: &[String]) -> Result<()> {
    let mut phases = Phases::default();
    let result = steps(&mut phases, arguments);
    phases.print();
    let report = result?;
    println!("\n{report}");
    Ok(())
}

fn steps(phases: &mut Phases, arguments: &[String]) -> Result<String> {
    let selection = Selection::of(arguments);
    let tools = phases.time("setup", setup::ensure)?;
    let python = phases.time("oracle", oracle::ensure)?;
    let axe = phases.time("axe", vendor::axe)?;
    phases.time("vendor", vendor::check)?;
    phases.time("format", || run(cargo().arg("fmt").args(selection.flags(&["--all"])).arg("--check")))?;
    phases.time("lints", || {
        let clippy = ["--all-targets", "--", "-D", "warnings"];
        run(cargo().arg("clippy").args(selection.flags(EVERYTHING)).args(clippy))
    })?;
    // All targets at once, so that features and therefore artefacts are those of the test run.
    phases.time("build", || run(cargo().arg("build").args(selection.flags(EVERYTHING)).arg("--all-targets")))?;
    let server = phases.time("database", || Server::start(&tools.postgres))?;
    let mut report = phases.time("tests", || {
        // The testkit appends a line for each test that it skips.
        let skip_log = server.folder().join("skipped");
        let mut command = runner(&selection, arguments);
        command.env("XINGJIAN_PG_URL", server.url()).env("XINGJIAN_SKIP_LOG", &skip_log).envs(chromium(&tools));
        command.env("XINGJIAN_ORACLE_PYTHON", &python).env("XINGJIAN_AXE", &axe);
        let (succeeded, tally) = watch(&mut command)?;
        let skips: Vec<String> = fs::read_to_string(&skip_log).unwrap_or_default().lines().map(str::to_owned).collect();
        let report = report(&tally, &skips);
        if !succeeded {
            return Err(format!("`{}` failed\n{report}", shown(&command)));
        }
        judge(&tally, &skips, &selection).map_err(|reason| format!("{reason}\n{report}"))?;
        Ok(report)
    })?;
    if selection.is_all() {
        report.push_str(&phases.time("cluster", cluster)?);
        phases.time("licences", || licences::check().and_then(|()| sbom::check()))?;
    }
    Ok(report)
}

/// Lints and tests of the crate that brings DataFusion and Ballista: last, because building these takes longer than all else.
fn cluster() -> Result<String> {
    let arguments = ["-p".to_owned(), CLUSTER.to_owned()];
    run(cargo().arg("clippy").args(&arguments).args(["--all-targets", "--", "-D", "warnings"]))?;
    let mut command = runner(&Selection::of(&arguments), &arguments);
    let (succeeded, tally) = watch(&mut command)?;
    let report = format!("\ncluster: {}", tally.closing());
    if succeeded { Ok(report) } else { Err(format!("`{}` failed{report}", shown(&command))) }
}

fn chromium(tools: &Tools) -> [(&'static str, &Path); 2] {
    [("CHROME", &tools.chrome), ("CHROMEDRIVER", &tools.chromedriver)]
}

/// cargo-nextest where it is installed, else the runner that comes with cargo.
fn runner(selection: &Selection, arguments: &[String]) -> Command {
    let mut command = cargo();
    if succeeds(cargo().args(["nextest", "--version"])) {
        command.args(["nextest", "run", "--no-fail-fast", "--color=never"]);
    } else {
        command.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests", "--color=never"]);
    }
    if selection.packages.is_empty() {
        command.args(EVERYTHING);
    }
    command.args(arguments);
    command
}

/// Runs the command, passes its output on line by line, and reads it.
fn watch(command: &mut Command) -> Result<(bool, Tally)> {
    println!("$ {}", shown(command));
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("cannot start `{}`: {error}", shown(command)))?;
    let tally = Mutex::new(Tally::default());
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    std::thread::scope(|scope| {
        scope.spawn(|| pass_on(stdout, &tally));
        pass_on(stderr, &tally);
    });
    let status = child.wait().map_err(|error| format!("lost `{}`: {error}", shown(command)))?;
    Ok((status.success(), tally.into_inner().unwrap_or_else(PoisonError::into_inner)))
}

fn pass_on(stream: Option<impl Read>, tally: &Mutex<Tally>) {
    let lines = stream.map(BufReader::new).into_iter().flat_map(|reader| reader.split(b'\n'));
    for line in lines.map_while(std::result::Result::ok) {
        let line = String::from_utf8_lossy(&line);
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        println!("{line}");
        tally.line(&line);
    }
}

fn report(tally: &Tally, skips: &[String]) -> String {
    let [sqlite, postgres] = tally.counts();
    let mut lines = vec![
        tally.closing(),
        format!("databases: {sqlite} tests on SQLite, {postgres} on PostgreSQL"),
        format!("skipped: {}", skips.len()),
    ];
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for skip in skips {
        *reasons.entry(skip).or_default() += 1;
    }
    lines.extend(reasons.into_iter().map(|(reason, count)| format!("  {count} x {reason}")));
    lines.join("\n")
}

/// What the runner itself cannot know: both databases saw the same tests, and nothing was skipped where that is forbidden.
fn judge(tally: &Tally, skips: &[String], selection: &Selection) -> Result<()> {
    let unpaired = tally.unpaired();
    if !selection.filtered && !unpaired.is_empty() {
        return Err(format!("these tests ran on one database only:\n  {}", unpaired.join("\n  ")));
    }
    if !skips.is_empty() && std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_some_and(|value| value == "1") {
        return Err("tests were skipped although XINGJIAN_REQUIRE_SHARED=1 forbids it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::program;

    #[test]
    fn output_is_read_from_both_streams_and_a_failure_is_told() {
        let script = "echo 'test a_sqlite ... ok'; echo 'test a_postgres ... ok' >&2; exit 3";
        let (succeeded, tally) = watch(program("sh").args(["-c", script])).unwrap();
        assert!(!succeeded);
        assert_eq!(tally.counts(), [1, 1]);
    }

    #[test]
    fn a_test_on_one_database_only_fails_a_full_run_but_not_a_filtered_one() {
        let mut tally = Tally::default();
        tally.line("test a_sqlite ... ok");
        let full = Selection::default();
        let message = judge(&tally, &[], &full).unwrap_err();
        assert!(message.ends_with("  a"), "{message}");
        assert_eq!(judge(&tally, &[], &Selection { filtered: true, ..full }), Ok(()));
    }

    #[test]
    fn the_report_counts_what_was_skipped_by_reason() {
        let report = report(&Tally::default(), &["no shared data".to_owned(), "no shared data".to_owned()]);
        assert!(report.ends_with("skipped: 2\n  2 x no shared data"), "{report}");
    }
}

//! Reads what the test runner prints: its closing lines, and how many tests ran on each database.

use std::collections::{BTreeMap, BTreeSet};

const DATABASES: [&str; 2] = ["sqlite", "postgres"];

/// What was read so far. Understands cargo-nextest and the built-in runner.
#[derive(Default)]
pub struct Tally {
    /// A test without its database -> how often it ran on SQLite and on PostgreSQL.
    pairs: BTreeMap<String, [u32; 2]>,
    /// nextest repeats failed tests at the end.
    seen: BTreeSet<String>,
    summary: Option<String>,
    plain: [u64; 3],
}

impl Tally {
    /// Takes one line of the runner's output.
    pub fn line(&mut self, line: &str) {
        let line = line.trim();
        if let Some(test) = nextest_name(line) {
            if self.seen.insert(test.to_owned()) {
                self.count(test);
            }
        } else if let Some(test) = plain_name(line).filter(|_| self.seen.is_empty()) {
            self.count(test); // after a line of nextest this is only the output of a failed test
        } else if line.starts_with("Summary [") {
            self.summary = Some(line.to_owned());
        } else if let Some(result) = line.strip_prefix("test result: ") {
            for (sum, word) in self.plain.iter_mut().zip([" passed", " failed", " ignored"]) {
                *sum += number_before(result, word);
            }
        }
    }

    fn count(&mut self, test: &str) {
        for (index, database) in DATABASES.into_iter().enumerate() {
            let stem = test.strip_suffix(database).and_then(|stem| stem.strip_suffix('_').or(stem.strip_suffix("::")));
            if let Some(stem) = stem {
                self.pairs.entry(stem.to_owned()).or_default()[index] += 1;
            }
        }
    }

    /// How many tests ran on SQLite and on PostgreSQL.
    pub fn counts(&self) -> [u32; 2] {
        self.pairs.values().fold([0, 0], |sum, [sqlite, postgres]| [sum[0] + sqlite, sum[1] + postgres])
    }

    /// Tests that did not run equally often on both databases.
    pub fn unpaired(&self) -> Vec<&str> {
        self.pairs.iter().filter(|(_, [a, b])| a != b).map(|(name, _)| name.as_str()).collect()
    }

    /// The runner's own closing line, or the sum of its closing lines.
    pub fn closing(&self) -> String {
        let [passed, failed, skipped] = self.plain;
        self.summary.clone().unwrap_or_else(|| format!("tests: {passed} passed, {failed} failed, {skipped} skipped"))
    }
}

/// `PASS [   0.011s] ( 1/12) xingjian-kernel time::tests::x` -> `xingjian-kernel time::tests::x`
fn nextest_name(line: &str) -> Option<&str> {
    let (status, rest) = line.split_once(" [")?;
    let (seconds, rest) = rest.split_once("] ")?;
    let fits = status.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == ' ')
        && seconds.trim_start_matches(['>', ' ']).strip_suffix('s').is_some_and(|n| n.parse::<f64>().is_ok());
    let rest = rest.trim_start();
    let test = rest.strip_prefix('(').and_then(|rest| rest.split_once(") ")).map_or(rest, |(_, test)| test);
    (fits && !status.is_empty() && test.contains(' ')).then_some(test.trim_start())
}

/// `test time::tests::x ... ok` -> `time::tests::x`
fn plain_name(line: &str) -> Option<&str> {
    let (test, outcome) = line.strip_prefix("test ")?.split_once(" ... ")?;
    (outcome == "ok" || outcome == "FAILED").then_some(test)
}

fn number_before(text: &str, word: &str) -> u64 {
    let before = text.split(word).next().filter(|before| before.len() < text.len());
    before.and_then(|before| before.rsplit(' ').next()).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Tally {
        let mut tally = Tally::default();
        text.lines().for_each(|line| tally.line(line));
        tally
    }

    #[test]
    fn nextest_is_read_and_repeated_failures_count_once() {
        let tally = read(
            "   Compiling xingjian-store v0.1.0\n\
             \u{20}       PASS [   0.011s] (1/5) xingjian-store records::tests::keeps_sqlite\n\
             \u{20}       FAIL [   0.611s] (2/5) xingjian-store records::tests::keeps_postgres\n\
             \u{20}   test records::tests::keeps_postgres ... FAILED\n\
             \u{20}       PASS [   0.001s] (3/5) xingjian-kernel money::tests::postgres_is_not_a_suffix\n\
             \u{20}       SLOW [> 60.000s] (───) xingjian-store::rows scope::sqlite\n\
             \u{20}       PASS [  61.000s] (4/5) xingjian-store::rows scope::sqlite\n\
             \u{20}    Summary [  61.123s] 5 tests run: 4 passed (1 slow), 1 failed, 0 skipped\n\
             \u{20}       FAIL [   0.611s] (2/5) xingjian-store records::tests::keeps_postgres\n",
        );
        assert_eq!(tally.counts(), [2, 1]);
        assert_eq!(tally.unpaired(), ["xingjian-store::rows scope"]);
        assert_eq!(tally.closing(), "Summary [  61.123s] 5 tests run: 4 passed (1 slow), 1 failed, 0 skipped");
    }

    #[test]
    fn the_built_in_runner_is_read_and_its_closing_lines_are_added_up() {
        let tally = read(
            "test records::tests::keeps_sqlite ... ok\n\
             test records::tests::keeps_postgres ... FAILED\n\
             test records::tests::long_postgres ... ignored\n\
             test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
             test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n",
        );
        assert_eq!(tally.counts(), [1, 1]);
        assert_eq!(tally.unpaired(), [""; 0]);
        assert_eq!(tally.closing(), "tests: 13 passed, 1 failed, 1 skipped");
    }
}

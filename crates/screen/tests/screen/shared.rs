//! What tests find outside the repository, found and skipped as `testkit` does it; that crate needs a database, this one has none.

use std::io::Write;
use std::path::PathBuf;

/// From `XINGJIAN_SHARED`, or `../shared` beside the repository; none where it is absent, which is a failure with
/// `XINGJIAN_REQUIRE_SHARED=1`.
pub fn shared_data() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("XINGJIAN_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let data = root.join("data");
    if data.is_dir() {
        return Some(data);
    }
    skip("no shared data");
    None
}

/// A Python that has DuckDB, from `XINGJIAN_ORACLE_PYTHON`, which `cargo xtask test` sets.
pub fn duckdb_python() -> Option<PathBuf> {
    let python = std::env::var_os("XINGJIAN_ORACLE_PYTHON").map(PathBuf::from);
    if python.is_none() {
        skip("no duckdb");
    }
    python
}

/// Says that a test could not run and why, so that the runner can count it.
pub fn skip(why: &str) {
    let required = std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_some_and(|v| v == "1");
    assert!(!required, "{why}: XINGJIAN_REQUIRE_SHARED=1 forbids to skip");
    println!("skipped: {why}");
    if let Some(log) = std::env::var_os("XINGJIAN_SKIP_LOG")
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(log)
    {
        // A lost note only makes a count too small; the line above is printed all the same.
        let _ = writeln!(file, "{why}");
    }
}

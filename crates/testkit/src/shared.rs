use std::io::Write;
use std::path::PathBuf;

/// The folder of shared test data, from `XINGJIAN_SHARED` or `../shared` beside the repository.
///
/// Where it is absent this prints `skipped: no shared data`, notes it for the runner, and returns `None`; with
/// `XINGJIAN_REQUIRE_SHARED=1` it fails instead.
pub fn shared_data() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var_os("XINGJIAN_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let data = root.join("data");
    if data.is_dir() {
        return Some(data);
    }
    assert!(std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_none_or(|v| v != "1"), "shared data is required here");
    skipped("no shared data");
    None
}

/// A Python that has DuckDB, from `XINGJIAN_ORACLE_PYTHON`, which `cargo xtask test` sets; skipped and required like shared data.
pub fn duckdb_python() -> Option<PathBuf> {
    let python = std::env::var_os("XINGJIAN_ORACLE_PYTHON").map(PathBuf::from);
    if python.is_none() {
        assert!(std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_none_or(|v| v != "1"), "DuckDB is required here");
        skipped("no duckdb");
    }
    python
}

/// A Python that has schemathesis, which is installed beside DuckDB.
pub fn fuzzer_python() -> Option<PathBuf> {
    let python = std::env::var_os("XINGJIAN_ORACLE_PYTHON").map(PathBuf::from);
    if python.is_none() {
        assert!(std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_none_or(|v| v != "1"), "schemathesis is required here");
        skipped("no schemathesis");
    }
    python
}

/// The source of axe-core, from the file that `XINGJIAN_AXE` names, which `cargo xtask test` sets; skipped and required like
/// shared data.
pub fn axe_source() -> Option<String> {
    let Some(file) = std::env::var_os("XINGJIAN_AXE") else {
        assert!(std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_none_or(|v| v != "1"), "axe-core is required here");
        skipped("no axe-core");
        return None;
    };
    Some(std::fs::read_to_string(file).expect("XINGJIAN_AXE names a file that can be read"))
}

/// Says that a test could not run and why, so that the runner can count it.
pub fn skipped(why: &str) {
    println!("skipped: {why}");
    if let Some(log) = std::env::var_os("XINGJIAN_SKIP_LOG")
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(log)
    {
        // A lost note only makes a count too small; the line above is printed all the same.
        let _ = writeln!(file, "{why}");
    }
}

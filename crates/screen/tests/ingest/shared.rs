//! The folder of shared test data, found and skipped as `testkit` does it; that crate needs a database, this one has none.

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
    assert!(std::env::var_os("XINGJIAN_REQUIRE_SHARED").is_none_or(|v| v != "1"), "shared data is required here");
    println!("skipped: no shared data");
    if let Some(log) = std::env::var_os("XINGJIAN_SKIP_LOG")
        && let Ok(mut file) = std::fs::OpenOptions::new().append(true).create(true).open(log)
    {
        // A lost note only makes a count too small; the line above is printed all the same.
        let _ = writeln!(file, "no shared data");
    }
    None
}

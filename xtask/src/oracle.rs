//! A Python of its own with DuckDB, pandas and Rivest's sampler, for the tests that compare rules and draws with the programs of
//! others, and with schemathesis, which fuzzes the API: below `target`, never the system's.

use crate::command::{Result, program, root, run, succeeds, target};
use std::fs;
use std::path::{Path, PathBuf};

/// What is installed: versions and hashes.
const REQUIREMENTS: [&str; 2] =
    ["crates/screen/tests/oracle/requirements.txt", "crates/cli/tests/fuzz/requirements.txt"];

/// The Python, made where it is not there or has other versions than it should.
pub fn ensure() -> Result<PathBuf> {
    let folder = target().join("oracle");
    let wanted = REQUIREMENTS.iter().map(|file| read(&root().join(file))).collect::<Result<String>>()?;
    let python = folder.join("bin").join("python");
    let kept = folder.join("requirements.txt");
    if fs::read_to_string(&kept).is_ok_and(|had| had == wanted)
        && succeeds(program(&python).args(["-c", "import consistent_sampler, duckdb, pandas, pyarrow, schemathesis"]))
    {
        println!("oracle       {}", python.display());
        return Ok(python);
    }
    run(program("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--require-hashes",
        "--only-binary",
        ":all:",
    ];
    run(program(&python).args(pip).args(REQUIREMENTS.iter().flat_map(|file| ["-r", *file]))).map_err(|told| {
        format!(
            "{told}\nDuckDB, pandas, the sampler and schemathesis could not be installed; pip's own words above say why. Without a connection, set \
             PIP_INDEX_URL or PIP_FIND_LINKS to a place that has the versions of {}",
            REQUIREMENTS.join(" and ")
        )
    })?;
    fs::write(&kept, wanted).map_err(|error| format!("cannot write {}: {error}", kept.display()))?;
    println!("oracle       {}", python.display());
    Ok(python)
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_pinned_with_its_hashes_and_no_address() {
        let text: String = REQUIREMENTS.iter().map(|file| read(&root().join(file)).unwrap()).collect();
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        let (pins, hashes): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| !line.starts_with(' '));
        assert!(pins.iter().all(|pin| pin.contains("==")), "{pins:?}");
        for named in ["duckdb==", "consistent-sampler==", "pandas==", "pyarrow==", "schemathesis=="] {
            assert!(pins.iter().any(|pin| pin.starts_with(named)), "{named}");
        }
        assert!(
            !hashes.is_empty() && hashes.iter().all(|line| line.trim().starts_with("--hash=sha256:")),
            "{hashes:?}"
        );
        assert!(!text.contains("://"), "no address");
    }
}

//! Files of others that pages load: pinned by version and checksum in a lock file, kept in the repository.
//! `vendor` is the only task besides setup that uses a network.

use crate::command::{Result, output, program, root, run};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Stands for "not part of the package" in the lock file: written here, for instance a licence that is not shipped.
const OURS: &str = "-";

/// One line of the lock file.
#[derive(Debug, PartialEq, Eq)]
struct Pinned {
    /// Name in the vendor folder.
    file: String,
    package: String,
    version: String,
    /// Path inside the package, or [`OURS`].
    path: String,
    sha256: String,
}

impl Pinned {
    /// As npm names it: `package@version`.
    fn release(&self) -> String {
        format!("{}@{}", self.package, self.version)
    }

    /// Where the file lies after its package was unpacked.
    fn unpacked_in(&self, scratch: &Path) -> PathBuf {
        scratch.join(folder_name(&self.release())).join("package").join(&self.path)
    }
}

fn lock_file() -> PathBuf {
    root().join("crates/web/assets/vendor.lock")
}

fn folder() -> PathBuf {
    root().join("crates/web/assets/vendor")
}

/// Fetches every pinned file; nothing is written unless all checksums are right.
pub fn fetch() -> Result<()> {
    let lock = read_lock()?;
    let scratch = std::env::temp_dir().join(format!("xingjian-vendor-{}", std::process::id()));
    let result = fetch_into(&scratch, &lock);
    let _ = fs::remove_dir_all(&scratch);
    result?;
    check()
}

fn fetch_into(scratch: &Path, lock: &[Pinned]) -> Result<()> {
    let fetched: Vec<&Pinned> = lock.iter().filter(|pinned| pinned.path != OURS).collect();
    for package in fetched.iter().map(|pinned| pinned.release()).collect::<BTreeSet<_>>() {
        let place = scratch.join(folder_name(&package));
        fs::create_dir_all(&place).map_err(|error| told(&place, &error))?;
        run(program("npm").args(["pack", "--silent", &package]).current_dir(&place))?;
        run(program("sh").args(["-c", "tar -xzf *.tgz"]).current_dir(&place))?;
    }
    for pinned in &fetched {
        compare(&pinned.unpacked_in(scratch), &pinned.sha256)?;
    }
    fs::create_dir_all(folder()).map_err(|error| told(&folder(), &error))?;
    for pinned in &fetched {
        let target = folder().join(&pinned.file);
        fs::copy(pinned.unpacked_in(scratch), &target).map_err(|error| told(&target, &error))?;
    }
    Ok(())
}

fn told(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}

fn folder_name(release: &str) -> String {
    release.replace(['/', '@'], "_")
}

/// Every pinned file is there with its checksum, and there is no other. Uses no network.
pub fn check() -> Result<()> {
    let lock = read_lock()?;
    for pinned in &lock {
        compare(&folder().join(&pinned.file), &pinned.sha256)?;
    }
    let entries = fs::read_dir(folder()).map_err(|error| told(&folder(), &error))?;
    for name in entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()) {
        if !lock.iter().any(|pinned| pinned.file == name) {
            return Err(format!(
                "{name} lies in the vendor folder but has no line in vendor.lock: add one or remove it"
            ));
        }
    }
    println!("vendored: {} files as pinned", lock.len());
    Ok(())
}

fn compare(file: &Path, expected: &str) -> Result<()> {
    let told = output(program("sha256sum").arg("--").arg(file))?;
    let found = told.split(' ').next().unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    Err(format!("{}: sha256 is {found}, vendor.lock says {expected}", file.display()))
}

fn read_lock() -> Result<Vec<Pinned>> {
    let text = fs::read_to_string(lock_file()).map_err(|error| told(&lock_file(), &error))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Vec<Pinned>> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let pins = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(number, line)| {
        let [file, package, version, _licence, path, sha256] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!(
                "vendor.lock line {number}: six words are needed: file package version licence path sha256"
            ));
        };
        let owned = str::to_owned;
        let (file, package, version, path) = (owned(file), owned(package), owned(version), owned(path));
        Ok(Pinned { file, package, version, path, sha256: owned(sha256) })
    });
    pins.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_line_is_read_and_a_short_one_is_named_by_number() {
        let pins = parse("# file package\n\na.js pkg 1.2.3 MIT dist/a.js abc\n").unwrap();
        let [pin] = &pins[..] else { panic!("one line, one file: {pins:?}") };
        assert_eq!((pin.file.as_str(), pin.version.as_str(), pin.path.as_str()), ("a.js", "1.2.3", "dist/a.js"));
        let message = parse("\na.js pkg 1.2.3").unwrap_err();
        assert!(message.starts_with("vendor.lock line 2"), "{message}");
    }

    #[test]
    fn a_changed_file_is_caught() {
        let file = std::env::temp_dir().join(format!("xingjian-vendor-test-{}", std::process::id()));
        fs::write(&file, "abc").unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(compare(&file, abc), Ok(()));
        fs::write(&file, "abd").unwrap();
        assert!(compare(&file, abc).is_err_and(|message| message.contains(abc)));
        fs::remove_file(&file).unwrap();
    }
}

//! Files of others from npm, pinned by version and checksum in a lock file: those that pages load are kept in the repository
//! and fetched again by `vendor`; one that only a test needs is fetched by `setup` and lies below `target`.

use crate::command::{Result, output, program, root, run, target, which};
use std::collections::{BTreeMap, BTreeSet};
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
    licence: String,
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

/// A lock file and the folder of its files.
struct Shelf {
    lock: PathBuf,
    folder: PathBuf,
}

impl Shelf {
    /// What pages load.
    fn pages() -> Self {
        Self { lock: root().join("crates/web/assets/vendor.lock"), folder: root().join("crates/web/assets/vendor") }
    }

    /// What looks at pages in a test.
    fn axe() -> Self {
        Self { lock: root().join("crates/stories/tests/axe.lock"), folder: target().join("axe") }
    }

    fn read_lock(&self) -> Result<Vec<Pinned>> {
        let text = fs::read_to_string(&self.lock).map_err(|error| told(&self.lock, &error))?;
        parse(&text)
    }
}

/// Fetches every file that pages load.
pub fn fetch() -> Result<()> {
    fetch_for(&Shelf::pages())?;
    check()
}

/// axe-core, fetched where it is not there or is another than it should be.
pub fn axe() -> Result<PathBuf> {
    let shelf = Shelf::axe();
    let file = shelf.folder.join("axe.min.js");
    if shelf.read_lock()?.iter().any(|pinned| compare(&shelf.folder.join(&pinned.file), &pinned.sha256).is_err()) {
        if which("npm").is_none() {
            return Err("npm is needed once, to fetch axe-core (Debian: `apt-get install npm`)".to_owned());
        }
        fetch_for(&shelf).map_err(|told| {
            format!(
                "{told}\naxe-core could not be fetched; npm's own words above say why. Without a connection, set \
                 npm_config_registry to a place that has the version of {}",
                shelf.lock.display()
            )
        })?;
    }
    println!("axe          {}", file.display());
    Ok(file)
}

/// Nothing is written unless all checksums are right.
fn fetch_for(shelf: &Shelf) -> Result<()> {
    let scratch = std::env::temp_dir().join(format!("xingjian-vendor-{}", std::process::id()));
    let result = fetch_into(&scratch, shelf);
    let _ = fs::remove_dir_all(&scratch);
    result
}

fn fetch_into(scratch: &Path, shelf: &Shelf) -> Result<()> {
    let lock = shelf.read_lock()?;
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
    fs::create_dir_all(&shelf.folder).map_err(|error| told(&shelf.folder, &error))?;
    for pinned in &fetched {
        let target = shelf.folder.join(&pinned.file);
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

/// Every file that pages load is there with its checksum, and there is no other. Uses no network.
pub fn check() -> Result<()> {
    let shelf = Shelf::pages();
    let lock = shelf.read_lock()?;
    for pinned in &lock {
        compare(&shelf.folder.join(&pinned.file), &pinned.sha256)?;
    }
    let entries = fs::read_dir(&shelf.folder).map_err(|error| told(&shelf.folder, &error))?;
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

/// The packages that pages load, and those that only tests do, with their licences.
pub fn licences() -> Result<[BTreeMap<String, String>; 2]> {
    let of = |shelf: Shelf| -> Result<BTreeMap<String, String>> {
        Ok(shelf.read_lock()?.into_iter().map(|pinned| (pinned.release(), pinned.licence)).collect())
    };
    Ok([of(Shelf::pages())?, of(Shelf::axe())?])
}

fn compare(file: &Path, expected: &str) -> Result<()> {
    let told = output(program("sha256sum").arg("--").arg(file))?;
    let found = told.split(' ').next().unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    Err(format!("{}: sha256 is {found}, vendor.lock says {expected}", file.display()))
}

fn parse(text: &str) -> Result<Vec<Pinned>> {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
    let pins = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')).map(|(number, line)| {
        let [file, package, version, licence, path, sha256] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            return Err(format!(
                "vendor.lock line {number}: six words are needed: file package version licence path sha256"
            ));
        };
        let owned = str::to_owned;
        let (file, package, version, path) = (owned(file), owned(package), owned(version), owned(path));
        Ok(Pinned { file, package, version, licence: owned(licence), path, sha256: owned(sha256) })
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

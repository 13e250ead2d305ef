//! The bill of materials (SBOM) of the program: everything it is built from, as CycloneDX, from what cargo and the lock files say. Offline,
//! and the same for the same lock files.

use crate::command::{Result, root};
use crate::{licences, vendor};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;

/// A part of the program.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    name: String,
    version: String,
    licence: String,
    /// Package address, such as `pkg:cargo/serde@1.0.0`.
    purl: String,
    /// SHA-256 of the package as it was published; none of what is made here.
    sha256: Option<String>,
}

/// Writes the bill of materials to a file, or prints it.
pub fn write(file: Option<&str>) -> Result<()> {
    let text = document(&parts()?);
    let Some(file) = file else {
        print!("{text}");
        return Ok(());
    };
    fs::write(file, text).map_err(|error| format!("cannot write {file}: {error}"))
}

/// Fails where a crate of others has no hash.
pub fn check() -> Result<()> {
    let parts = parts()?;
    let is_bare = |part: &&Part| {
        part.sha256.is_none() && part.purl.starts_with("pkg:cargo/") && !part.name.starts_with("xingjian-")
    };
    let bare: Vec<&str> = parts.iter().filter(is_bare).map(|part| part.purl.as_str()).collect();
    if bare.is_empty() { Ok(()) } else { Err(format!("without a hash in Cargo.lock: {}", bare.join(", "))) }
}

fn parts() -> Result<Vec<Part>> {
    let lock = fs::read_to_string(root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let sums = checksums(&lock);
    let crates = licences::program()?;
    let [pages, _] = vendor::licences()?;
    let crates = crates.iter().map(|(name, licence)| of_crate(name, licence, &sums));
    Ok(crates.chain(pages.iter().map(|(release, licence)| of_page(release, licence))).collect())
}

/// `name v1.2.3` as `cargo tree` says it.
fn of_crate(told: &str, licence: &str, sums: &BTreeMap<(String, String), String>) -> Part {
    let (name, version) = told.split_once(" v").unwrap_or((told, ""));
    let key = (name.to_owned(), version.to_owned());
    Part {
        name: name.to_owned(),
        version: version.to_owned(),
        // Older crates write their choice with a stroke.
        licence: licence.replace(" / ", " OR ").replace('/', " OR "),
        purl: format!("pkg:cargo/{name}@{version}"),
        sha256: sums.get(&key).cloned(),
    }
}

/// `package@version` as npm says it. The files that are taken from it have hashes of their own in `vendor.lock`.
fn of_page(release: &str, licence: &str) -> Part {
    let (name, version) = release.rsplit_once('@').unwrap_or((release, ""));
    Part {
        name: name.to_owned(),
        version: version.to_owned(),
        licence: licence.to_owned(),
        purl: format!("pkg:npm/{}@{version}", name.replace('@', "%40")),
        sha256: None,
    }
}

/// Name and version of each package of a lock file with its checksum.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let value = |of: &str, key: &str| {
        let begins = format!("{key} = \"");
        of.lines().find_map(|line| line.strip_prefix(&begins)?.strip_suffix('"').map(str::to_owned))
    };
    let packages = lock.split("[[package]]").skip(1);
    packages.filter_map(|of| Some(((value(of, "name")?, value(of, "version")?), value(of, "checksum")?))).collect()
}

fn document(parts: &[Part]) -> String {
    let mut text = String::from("{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.6\",\n  \"version\": 1,\n");
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(
        text,
        "  \"metadata\": {{ \"component\": {{ \"type\": \"application\", \"name\": \"xingjian\", \"version\": {} }} }},\n  \"components\": [",
        quoted(version)
    );
    for (at, part) in parts.iter().enumerate() {
        let hashes = part.sha256.as_ref().map_or_else(String::new, |sum| {
            format!(", \"hashes\": [{{ \"alg\": \"SHA-256\", \"content\": {} }}]", quoted(sum))
        });
        let comma = if at + 1 < parts.len() { "," } else { "" };
        let [name, version, licence, purl] =
            [&part.name, &part.version, &part.licence, &part.purl].map(|it| quoted(it));
        let _ = writeln!(
            text,
            "    {{ \"type\": \"library\", \"bom-ref\": {purl}, \"name\": {name}, \"version\": {version}, \"purl\": {purl}, \
             \"licenses\": [{{ \"expression\": {licence} }}]{hashes} }}{comma}"
        );
    }
    text.push_str("  ]\n}\n");
    text
}

fn quoted(text: &str) -> String {
    let inside: String = text
        .chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            c if c.is_control() => vec![' '],
            c => vec![c],
        })
        .collect();
    format!("\"{inside}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_crate_of_others_has_the_hash_of_the_lock_file() {
        let lock = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"r\"\nchecksum = \"00ff\"\n\n\
                    [[package]]\nname = \"ours\"\nversion = \"0.1.0\"\ndependencies = [\n \"a\",\n]\n";
        let sums = checksums(lock);
        assert_eq!(of_crate("a v1.0.0", "MIT/Apache-2.0", &sums).sha256.as_deref(), Some("00ff"));
        assert_eq!(of_crate("a v1.0.0", "MIT/Apache-2.0", &sums).licence, "MIT OR Apache-2.0");
        assert_eq!(of_crate("ours v0.1.0", "Apache-2.0", &sums).sha256, None);
        assert_eq!(of_page("@noble/curves@2.4.0", "MIT").purl, "pkg:npm/%40noble/curves@2.4.0");
    }

    #[test]
    fn what_is_written_can_be_read() {
        let part = Part {
            name: "a \"b\"\\".into(),
            version: "1".into(),
            licence: "MIT".into(),
            purl: "pkg:cargo/a@1".into(),
            sha256: Some("00".into()),
        };
        let text = document(&[part, of_page("b@2", "ISC")]);
        assert!(text.contains("\"name\": \"a \\\"b\\\"\\\\\"") && text.contains("] },\n    { \"type\""), "{text}");
        assert!(text.ends_with("{ \"expression\": \"ISC\" }] }\n  ]\n}\n"), "{text}");
    }
}

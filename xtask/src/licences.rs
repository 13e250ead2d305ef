//! Licences of everything that is built, by what each part says of itself, held against those that may stand beside Apache-2.0. Offline:
//! cargo reads what it has built from.

use crate::command::{Result, cargo, output};
use crate::vendor;
use std::collections::BTreeMap;

/// What may be given on with the program: all ask for their text or a notice at the most.
const SHIPPED: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
    "bzip2-1.0.6",
];
/// What tests may use beside: its own files stay under it, and none of them is given on.
const IN_TESTS: &[&str] = &["MPL-2.0"];

/// Fails where a part says nothing, or nothing that is allowed; prints how many parts are under which licence.
pub fn check() -> Result<()> {
    let program = program()?;
    let everything = tree(&["--workspace", "--edges", "normal,build,dev"])?;
    let [pages, tests] = vendor::licences()?;
    let in_tests = [SHIPPED, IN_TESTS].concat();
    let mut findings = [not_allowed(&program, SHIPPED), not_allowed(&pages, SHIPPED)].concat();
    findings.extend([not_allowed(&everything, &in_tests), not_allowed(&tests, &in_tests)].concat());
    findings.sort();
    findings.dedup();
    if !findings.is_empty() {
        return Err(format!("licences that are not allowed (xtask/src/licences.rs):\n  {}", findings.join("\n  ")));
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for licence in everything.values() {
        *counts.entry(licence).or_default() += 1;
    }
    println!(
        "licences: {} crates, {} of them in the program; {} packages of pages",
        everything.len(),
        program.len(),
        pages.len()
    );
    for (licence, count) in counts {
        println!("{count:>5}  {licence}");
    }
    Ok(())
}

/// What the program is built from, with its cluster.
pub fn program() -> Result<BTreeMap<String, String>> {
    tree(&["-p", "xingjian-cli", "-p", "xingjian-cluster", "--edges", "normal,build"])
}

/// Crates with their versions, and what they say.
fn tree(which: &[&str]) -> Result<BTreeMap<String, String>> {
    let told = output(
        cargo().args(["tree", "--offline", "--locked", "--prefix", "none", "--format", "{p}|{l}|"]).args(which),
    )?;
    Ok(read(&told))
}

fn read(told: &str) -> BTreeMap<String, String> {
    let parts = told.lines().filter_map(|line| line.split_once('|'));
    // A path stands behind the version of a crate of our own, a star behind what was listed before.
    let named = parts.map(|(name, rest)| {
        let name = name.split(" (").next().unwrap_or_default().to_owned();
        (name, rest.split('|').next().unwrap_or_default().trim().to_owned())
    });
    named.collect()
}

fn not_allowed(parts: &BTreeMap<String, String>, allowed: &[&str]) -> Vec<String> {
    let wrong = parts.iter().filter(|(_, licence)| !is_allowed(licence, allowed));
    wrong.map(|(name, licence)| format!("{name}: {}", if licence.is_empty() { "none" } else { licence })).collect()
}

/// Whether an expression can be met by what is allowed: one side of an `OR` is enough, of an `AND` both are needed.
fn is_allowed(expression: &str, allowed: &[&str]) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = &words[..];
    either(&mut rest, allowed).is_some_and(|met| met && rest.is_empty())
}

fn either(words: &mut &[&str], allowed: &[&str]) -> Option<bool> {
    let mut met = both(words, allowed)?;
    while let ["OR", rest @ ..] = *words {
        *words = rest;
        met |= both(words, allowed)?;
    }
    Some(met)
}

fn both(words: &mut &[&str], allowed: &[&str]) -> Option<bool> {
    let mut met = one(words, allowed)?;
    while let ["AND", rest @ ..] = *words {
        *words = rest;
        met &= one(words, allowed)?;
    }
    Some(met)
}

fn one(words: &mut &[&str], allowed: &[&str]) -> Option<bool> {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = either(words, allowed)?;
            let [")", rest @ ..] = *words else { return None };
            *words = rest;
            Some(met)
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            Some(allowed.contains(&format!("{licence} WITH {exception}").as_str()))
        }
        [licence, rest @ ..] => {
            *words = rest;
            Some(allowed.contains(licence))
        }
        [] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_side_of_an_or_is_enough_and_both_of_an_and_are_needed() {
        for allowed in [
            "MIT",
            "MIT/Apache-2.0",
            "GPL-3.0-only OR MIT",
            "(MIT OR GPL-2.0-only) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception OR GPL-2.0-only",
            "Apache-2.0 / MIT",
        ] {
            assert!(is_allowed(allowed, SHIPPED), "{allowed}");
        }
        for refused in [
            "",
            "GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT OR Apache-2.0) AND MPL-2.0",
            "MIT OR",
            "(MIT",
            "MIT MIT",
            "GPL-2.0-only WITH Classpath-exception-2.0",
        ] {
            assert!(!is_allowed(refused, SHIPPED), "{refused}");
        }
        assert!(is_allowed("MPL-2.0", IN_TESTS) && !is_allowed("MPL-2.0", SHIPPED));
    }

    #[test]
    fn a_crate_that_says_nothing_is_named() {
        let parts =
            read("a v1.0.0|MIT|\n\nb v2.0.0 (/somewhere/b)|Apache-2.0| (*)\nc v0.1.0||\nd v1.0.0|SSPL-1.0| (*)\n");
        assert_eq!(parts.len(), 4);
        assert_eq!(not_allowed(&parts, SHIPPED), ["c v0.1.0: none", "d v1.0.0: SSPL-1.0"]);
    }
}

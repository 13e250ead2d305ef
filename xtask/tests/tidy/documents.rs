//! Rules for what stands beside the code: licence, README, state diagrams, no paths of one machine.

use crate::tree::{File, files, none, root, rust_files};
use std::fs;

/// Diagrams that no test compares with code, and state machines without a diagram.
fn diagrams(diagrams: &[String], sources: &[File]) -> Vec<String> {
    let mut findings = Vec::new();
    for path in diagrams {
        // A test names the file, or hands the resource to a reader of diagrams.
        let (file, resource) = (path.trim_start_matches("docs/"), path.trim_start_matches("docs/states/"));
        let quoted = format!("\"{}\"", resource.trim_end_matches(".md"));
        let names = |text: &str| text.contains(file) || (text.contains("diagram") && text.contains(&quoted));
        if !sources.iter().any(|source| source.text.contains("#[test]") && names(&source.text)) {
            findings.push(format!("{path}: no test compares it with the code"));
        }
    }
    for file in sources.iter().filter(|file| file.text.contains("pub const TRANSITIONS")) {
        // crates/ROOM/src/RESOURCE.rs or crates/ROOM/src/RESOURCE/...
        let resource = file.path.split('/').nth(3).unwrap_or_default().trim_end_matches(".rs");
        let path = format!("docs/states/{resource}.md");
        if file.path.starts_with("crates/") && !diagrams.contains(&path) {
            findings.push(format!("{}: {path} is missing", file.path));
        }
    }
    findings
}

fn machine_paths(file: &File) -> Vec<String> {
    let marks = [concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/ro", "ot/")];
    let lines = file.text.lines().enumerate().filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)));
    lines.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}

#[test]
fn every_state_diagram_is_compared_with_the_code() {
    let paths: Vec<_> = files(&["docs/states"], &["md"]).into_iter().map(|file| file.path).collect();
    none(&diagrams(&paths, &rust_files()));
    let machine = File::made_up("crates/x/src/case.rs", "pub const TRANSITIONS: u8 = 1;");
    assert_eq!(diagrams(&["docs/states/old.md".to_owned()], &[machine]).len(), 2);
    let test = File::made_up("crates/x/src/case/tests.rs", "#[test]\nfn same() { diagram::transitions(\"case\") }");
    assert_eq!(diagrams(&["docs/states/case.md".to_owned()], &[test]), [""; 0]);
}

#[test]
fn no_file_names_a_folder_of_one_machine() {
    let folders = ["crates", "xtask", "docs", "policy", "refdata", ".ci", ".cargo"];
    let texts = files(&folders, &["rs", "toml", "md", "html", "csv", "js", "css", "sql"]);
    none(&texts.iter().flat_map(machine_paths).collect::<Vec<_>>());
    assert_eq!(machine_paths(&File::made_up("a.rs", concat!("x\n\"/ho", "me/somebody/x\""))).len(), 1);
}

#[test]
fn licence_and_readme_are_there() {
    let text = |name: &str| fs::read_to_string(root().join(name)).unwrap_or_default();
    assert!(text("LICENSE").contains("Apache License"), "LICENSE is the Apache licence");
    for command in ["cargo xtask demo", "cargo xtask test"] {
        for readme in READMES {
            assert!(text(readme).contains(command), "{readme} shows `{command}`");
        }
    }
}

/// The README in both languages.
const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// Id and status of the rows of a table of what works.
fn statuses(readme: &str, words: [&str; 3]) -> Vec<(String, Option<usize>)> {
    let rows = readme.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let id = cells.next()?.to_owned();
        let number = id.get(1..)?;
        if !id.starts_with(|first: char| "RSIECGX".contains(first)) || number.parse::<u8>().is_err() {
            return None;
        }
        let status = cells.nth(1)?;
        Some((id, words.iter().position(|word| status.starts_with(word))))
    });
    rows.collect()
}

#[test]
fn both_readmes_say_the_same_of_what_works() {
    let [english, chinese] = READMES.map(|name| fs::read_to_string(root().join(name)).unwrap_or_default());
    let said = statuses(&english, ["works", "thin", "not yet"]);
    assert!(said.len() > 50, "the table of what works is found");
    let unknown: Vec<_> = said.iter().filter(|(_, status)| status.is_none()).collect();
    assert!(unknown.is_empty(), "a status is works, thin or not yet: {unknown:?}");
    let theirs = statuses(&chinese, ["可用", "部分", "尚无"]);
    let other: Vec<_> = said.iter().filter(|row| !theirs.contains(row)).collect();
    assert!(other.is_empty() && said.len() == theirs.len(), "README.zh-CN.md says otherwise of {other:?}");
}

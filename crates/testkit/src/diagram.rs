//! Reads the transitions of a state diagram in docs/states, for the tests that compare pictures with code.

use std::collections::BTreeSet;

/// The lines `from --> to: action` of docs/states/`name`.md, without entry and exit.
pub fn transitions(name: &str) -> BTreeSet<(String, String, String)> {
    let path = format!("{}/../../docs/states/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let step = |line: &str| {
        let (from, rest) = line.trim().split_once(" --> ")?;
        let (to, action) = rest.split_once(": ")?;
        Some((from.to_owned(), action.trim().to_owned(), to.to_owned()))
    };
    page.lines().filter_map(step).filter(|(from, _, to)| from != "[*]" && to != "[*]").collect()
}

/// The states from which the diagram leads out: `closed --> [*]`.
pub fn finals(name: &str) -> BTreeSet<String> {
    let path = format!("{}/../../docs/states/{name}.md", env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    page.lines().filter_map(|l| l.trim().strip_suffix(" --> [*]").map(str::to_owned)).collect()
}

/// A transition table as a set.
pub fn table(table: &[(&str, &str, &str)]) -> BTreeSet<(String, String, String)> {
    let rows: BTreeSet<_> = table.iter().map(|(a, b, c)| ((*a).into(), (*b).into(), (*c).into())).collect();
    assert_eq!(rows.len(), table.len(), "a transition is listed twice");
    rows
}

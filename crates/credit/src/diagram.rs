//! Reads the transitions out of a mermaid state diagram, for the tests that compare pictures with code.

use std::collections::BTreeSet;

/// `from --> to: action` lines as (from, action, to); start and end arrows are left out.
pub fn read(markdown: &str) -> BTreeSet<(&str, &str, &str)> {
    let arrows = markdown.lines().filter_map(|line| line.trim().split_once(" --> "));
    arrows.filter_map(|(from, rest)| rest.split_once(": ").map(|(to, action)| (from, action, to))).collect()
}

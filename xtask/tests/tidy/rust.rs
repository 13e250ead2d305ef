//! Rules for Rust files.

use crate::source::{functions, has_word, read, test_lines};
use crate::tree::{File, none, rust_files};

const FILE_LINES: usize = 600;
const MEDIAN_LINES: usize = 150;
const FUNCTION_LINES: usize = 60;

/// Places that belong to a policy pack.
const CITIES: &[&str] = &["珠海", "武汉", "杭州", "永州", "凌源", "东西湖", "香洲", "金湾", "斗门", "横琴"];

/// Departments that belong to a policy pack, by the endings that officials use.
const DEPARTMENTS: &[&str] = &[
    "卫健局",
    "卫健委",
    "卫生健康局",
    "卫生健康委",
    "医保局",
    "医疗保障局",
    "市场监管局",
    "市场监督管理局",
    "公安局",
    "生态环境局",
    "发展改革局",
    "发改局",
    "财政局",
    "人社局",
    "人力资源社会保障局",
    "民政局",
    "审计局",
    "司法局",
];

/// Crates whose output is published or hashed: order must not depend on a hash.
const ORDERED: &[&str] = &["tlog", "policy", "govern", "draw", "papers"];

fn is_test(path: &str) -> bool {
    path.contains("/tests/") || path.ends_with("/tests.rs") || path.contains("/testkit/") || path.contains("/stories/")
}

fn is_demo(path: &str) -> bool {
    path.split('/').any(|part| part.trim_end_matches(".rs").split('_').any(|word| word == "demo"))
}

fn crate_name(path: &str) -> &str {
    path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or_default()
}

fn too_long(file: &File) -> Vec<String> {
    let lines = file.text.lines().count();
    if lines <= FILE_LINES { vec![] } else { vec![format!("{}: {lines} lines, two subjects in one file?", file.path)] }
}

fn long_functions(file: &File) -> Vec<String> {
    let code = read(&file.text).code;
    let tests = test_lines(&code);
    let measured = functions(&code).into_iter().map(|(name, first, last)| (name, first, last + 1 - first));
    let long = measured.filter(|(_, first, lines)| {
        *lines > FUNCTION_LINES && !is_test(&file.path) && !tests.iter().any(|range| range.contains(first))
    });
    long.map(|(name, first, lines)| format!("{}:{first}: fn {name} has {lines} lines", file.path)).collect()
}

fn local_names(file: &File) -> Vec<String> {
    if is_test(&file.path) || is_demo(&file.path) {
        return vec![];
    }
    let mut findings = Vec::new();
    for (line, text) in read(&file.text).strings {
        for name in CITIES.iter().chain(DEPARTMENTS).filter(|name| text.contains(**name)) {
            findings.push(format!("{}:{line}: {name} belongs into a policy pack", file.path));
        }
    }
    findings
}

fn hash_order(file: &File) -> Vec<String> {
    if !ORDERED.contains(&crate_name(&file.path)) || is_test(&file.path) {
        return vec![];
    }
    let code = read(&file.text).code;
    let used = ["HashMap", "HashSet"].into_iter().filter(|word| has_word(&code, word));
    used.map(|word| format!("{}: {word}: what is published or hashed needs an order of its own", file.path)).collect()
}

fn left_undone(file: &File) -> Vec<String> {
    // Put together here, so that this file does not break its own rule.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("todo", "!("), concat!("unimplemented", "!(")];
    let lines = file.text.lines().enumerate().filter(|(_, line)| marks.iter().any(|mark| line.contains(mark)));
    lines.map(|(index, line)| format!("{}:{}: {}", file.path, index + 1, line.trim())).collect()
}

fn silent_roots(file: &File) -> Vec<String> {
    let is_root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
    let says = file.text.starts_with("//! ");
    if is_root && !says { vec![format!("{}: must start with what the crate is", file.path)] } else { vec![] }
}

fn check(rule: fn(&File) -> Vec<String>) {
    none(&rust_files().iter().flat_map(rule).collect::<Vec<_>>());
}

#[track_caller]
fn caught(rule: fn(&File) -> Vec<String>, path: &str, text: &str, findings: usize) {
    let found = rule(&File::made_up(path, text));
    assert_eq!(found.len(), findings, "{path}: {found:?}");
}

#[test]
fn files_are_short() {
    check(too_long);
    caught(too_long, "crates/x/src/a.rs", &"\n".repeat(600), 0);
    caught(too_long, "crates/x/src/a.rs", &"\n".repeat(601), 1);
    let mut lengths: Vec<_> = rust_files().iter().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < MEDIAN_LINES, "half of the files have {median} lines or more");
}

#[test]
fn functions_are_short() {
    check(long_functions);
    let long = format!("fn a() {{\n{}}}\n", "    b();\n".repeat(59));
    caught(long_functions, "crates/x/src/a.rs", &long, 1);
    caught(long_functions, "crates/x/src/a.rs", &format!("#[cfg(test)]\nmod tests {{\n{long}}}"), 0);
    caught(long_functions, "crates/x/src/a.rs", &long.replacen("    b();\n", "", 1), 0);
}

#[test]
fn code_names_no_city_and_no_department() {
    check(local_names);
    caught(local_names, "crates/web/src/a.rs", "const A: &str = \"送珠海市医保局\"; // 珠海", 2);
    caught(local_names, "crates/cli/src/demo.rs", "const A: &str = \"珠海\";", 0);
    caught(local_names, "crates/cli/src/democracy.rs", "const A: &str = \"珠海\";", 1);
    caught(local_names, "crates/web/src/a.rs", "#[cfg(test)]\nmod tests { const A: &str = \"珠海\"; }", 0);
}

#[test]
fn nothing_published_depends_on_the_order_of_a_hash() {
    check(hash_order);
    caught(hash_order, "crates/tlog/src/a.rs", "use std::collections::{BTreeMap, HashMap};", 1);
    caught(hash_order, "crates/web/src/a.rs", "use std::collections::HashMap;", 0);
    caught(hash_order, "crates/tlog/src/a.rs", "// no HashMap here", 0);
}

#[test]
fn nothing_is_left_undone() {
    check(left_undone);
    caught(left_undone, "crates/x/src/a.rs", concat!("// TO", "DO: later"), 1);
}

#[test]
fn every_crate_says_what_it_is() {
    check(silent_roots);
    caught(silent_roots, "crates/x/src/lib.rs", "pub mod a;", 1);
    caught(silent_roots, "crates/x/src/a.rs", "pub mod a;", 0);
}

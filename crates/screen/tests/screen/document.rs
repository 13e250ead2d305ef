//! `docs/rules.md` says what the code says.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use xingjian_screen::rule::Parameters;
use xingjian_screen::rule::kind::{KINDS, Value};
use xingjian_screen::{catalogue, check, example};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/rules.md")
}

fn table() -> String {
    let mut text =
        "| kind | 名称 | 定义 | 出处 | 读取 | 存疑金额 | 缺值时 | 命中所列 |\n|---|---|---|---|---|---|---|---|\n"
            .to_owned();
    for kind in KINDS {
        let values: Vec<&str> = kind.values.iter().map(|Value(name, _)| *name).collect();
        let (name, label, definition, source) = (kind.name, kind.label, kind.definition, kind.source);
        let (inputs, amount, missing, values) = (kind.inputs, kind.amount, kind.missing, values.join("、"));
        writeln!(text, "| `{name}` | {label} | {definition} | {source} | {inputs} | {amount} | {missing} | {values} |")
            .unwrap();
    }
    text
}

#[test]
fn the_table_of_kinds_is_the_one_in_the_code() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (head, rest) = text.split_once("<!-- kinds -->\n").unwrap();
    let (written, tail) = rest.split_once("<!-- /kinds -->").unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(page(), format!("{head}<!-- kinds -->\n{}<!-- /kinds -->{tail}", table())).unwrap();
    } else {
        assert_eq!(written, table(), "UPDATE_EXPECT=1 writes it");
    }
}

#[test]
fn the_rule_that_is_shown_to_cities_works() {
    let text = std::fs::read_to_string(page()).unwrap();
    let (_, rest) = text.split_once("```toml\n").unwrap();
    let (shown, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shown.toml");
    std::fs::write(&file, shown).unwrap();
    let rules = catalogue::read_pack(&file).unwrap();
    assert_eq!(rules.len(), 1);
    assert_eq!(example::failures(&rules, &folder.path().join("example")), []);
    assert_eq!(check::check(&rules, None, &Parameters::default()), []);
}

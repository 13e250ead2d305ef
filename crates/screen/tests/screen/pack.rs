//! The rules that are shipped: enough of them, of every kind, each with a hit and a near miss that come out as written.

use crate::library::places;
use crate::shared::shared_data;
use expect_test::expect;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use xingjian_screen::check::check;
use xingjian_screen::rule::kind::KINDS;
use xingjian_screen::rule::{Example, Parameters, Rule, State};
use xingjian_screen::{catalogue, example, nhsa};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../policy/national/claims")
}

fn shipped() -> Vec<Rule> {
    catalogue::read_packs(&folder()).unwrap()
}

#[test]
fn rules_of_every_kind_are_shipped_with_examples() {
    let rules = shipped();
    assert!(rules.len() >= 60, "{}", rules.len());
    let kinds: BTreeSet<&str> = rules.iter().map(|rule| rule.test.kind_name()).collect();
    let missing: Vec<&str> = KINDS.iter().map(|kind| kind.name).filter(|kind| !kinds.contains(kind)).collect();
    assert_eq!(missing, [""; 0]);
    for rule in &rules {
        let (hits, misses): (Vec<&Example>, Vec<&Example>) =
            rule.examples.iter().partition(|example| !example.hits.is_empty());
        assert!(!hits.is_empty() && !misses.is_empty(), "{} has a hit and a near miss", rule.id);
        assert!(rule.defaults.iter().any(|default| default == "结果类型"), "{}", rule.id);
        assert!(rule.id.starts_with("xj/") && rule.checker.is_none(), "{}", rule.id);
    }
}

#[test]
fn every_example_comes_out_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let faults = example::failures(&shipped(), &folder.path().join("example"));
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(texts, [""; 0], "{}", texts.join("\n"));
}

#[test]
fn an_example_that_comes_out_otherwise_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut rule = shipped().into_iter().find(|rule| rule.id == "xj/住院期间门诊").unwrap();
    rule.examples[0].hits.clear();
    rule.examples[1].claims.push_str("line l1 v9 2026-01-01 X1");
    let faults = example::failures(&[rule], &folder.path().join("example"));
    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
    expect![[r#"
        规则xj/住院期间门诊，示例“住院第二日门诊”：“v1+v2 30.00”命中与示例所写不符，应为：无。核对规则的数字和示例
        规则xj/住院期间门诊，示例“出院当时”，第3行：“v9”前面没有这次就诊。先写就诊，再写明细"#]]
    .assert_eq(&texts.join("\n"));
}

#[test]
fn shipped_rules_neither_contradict_nor_repeat_each_other_or_the_library() {
    let rules = shipped();
    assert_eq!(check(&rules, None, &Parameters::default()), []);
    let alone = folder().join("without_library.toml");
    let without: BTreeSet<String> = catalogue::read_pack(&alone).unwrap().into_iter().map(|rule| rule.id).collect();
    let Some(data) = shared_data() else { return };
    let (library, points) = places(&data);
    let mut all: Vec<Rule> = rules.into_iter().filter(|rule| !without.contains(&rule.id)).collect();
    all.extend(nhsa::import(&library, Some(&points)).unwrap().rules);
    let between: Vec<String> = check(&all, None, &Parameters::default())
        .iter()
        .filter(|finding| finding.rules.iter().any(|rule| rule.starts_with("xj/")))
        .map(ToString::to_string)
        .collect();
    assert_eq!(between, [""; 0], "{}", between.join("\n"));
}

#[test]
fn catalogues_are_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rules/nhsa.jsonl");
    let mut rules = shipped();
    rules.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    let reversed: Vec<Rule> = rules.iter().rev().cloned().collect();
    catalogue::write(&path, &reversed).unwrap();
    assert_eq!(catalogue::read(&path).unwrap(), rules);
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"version\":1", "\"version\":\"x\"", 2)).unwrap();
    assert_eq!(catalogue::read(&path).unwrap_err().len(), 2);
    assert_eq!(catalogue::read(&folder.path().join("none")).unwrap_err()[0].reason, "规则文件无法读取");
}

#[test]
fn a_library_imported_again_keeps_the_states_that_were_set() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nhsa.jsonl");
    let one = shipped().remove(0);
    let version = |id: &str, version: u32| Rule { id: id.to_owned(), version, ..one.clone() };
    let library = vec![version("A", 1), version("A", 2), version("B", 1), version("C", 1)];
    assert_eq!(catalogue::replace(&path, library.clone()).unwrap(), 0, "nothing was set yet");
    assert_eq!(catalogue::read(&path).unwrap(), library);
    let mut set = library.clone();
    (set[0].state, set[1].state, set[2].state) = (State::Retired, State::Trial, State::Draft);
    catalogue::write(&path, &set).unwrap();
    let later = vec![version("A", 1), version("A", 2), version("A", 3), version("B", 1), version("D", 1)];
    assert_eq!(catalogue::replace(&path, later).unwrap(), 4);
    let states: Vec<(String, u32, State)> =
        catalogue::read(&path).unwrap().into_iter().map(|rule| (rule.id, rule.version, rule.state)).collect();
    expect![[r#"[("A", 1, Retired), ("A", 2, Trial), ("A", 3, Trial), ("B", 1, Draft), ("D", 1, Live)]"#]]
        .assert_eq(&format!("{states:?}"));
    std::fs::write(&path, "{").unwrap();
    let faults = catalogue::replace(&path, library).unwrap_err();
    assert!(faults[0].mend.contains("移走该文件"), "{faults:?}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{", "what cannot be read is not written over");
}

#[test]
fn every_fault_of_a_folder_of_packs_comes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let head = "[all]\nauthor = \"甲\"\nfrom = \"2026-01-01\"\nname = \"演示\"\ntitle = \"演示\"\nresult = \"suspect\"\nsource = { document = \"甲\", place = \"-\" }\n";
    let rule = |id: &str, test: &str| format!("[[rule]]\nid = \"{id}\"\ntest = {{ {test} }}\n");
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.toml", format!("{head}{}{}", rule("A", "kind = \"two_cities\""), rule("B", "kind = \"two\"")));
    write("b.toml", format!("{head}{}", rule("A", "kind = \"two_cities\"")));
    write("e.toml", format!("{head}{}", rule("A", "kind = \"overlapping_stays\"")));
    write("c.toml", "[[rules]]".to_owned());
    write("d.txt", "not read".to_owned());
    let faults = catalogue::read_packs(folder.path()).unwrap_err();
    let texts: Vec<String> =
        faults.iter().map(|fault| format!("{} {}", fault.place.rsplit('/').next().unwrap(), fault.reason)).collect();
    expect![[r#"
        a.toml，规则B 不是规则
        c.toml 不符合TOML写法，或有[[rule]]之外的表
        A 版本1写了两次"#]]
    .assert_eq(&texts.join("\n"));
    assert_eq!(catalogue::read_packs(&folder.path().join("none")).unwrap(), []);
}

#[test]
fn the_library_takes_the_place_of_the_rules_that_stand_in_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let imported = folder.path().join("nhsa.jsonl");
    let policy = self::folder().join("../..");
    let all = catalogue::load(&policy, &["national", "nowhere"], &imported).unwrap();
    assert_eq!(all.len(), shipped().len());
    let alone = catalogue::read_pack(&self::folder().join("without_library.toml")).unwrap().len();
    let own = Rule { id: "nhsa/演示/甲".to_owned(), ..all[0].clone() };
    catalogue::write(&imported, &[own]).unwrap();
    let with = catalogue::load(&policy, &["national"], &imported).unwrap();
    assert_eq!(with.len(), all.len() - alone + 1);
    std::fs::write(&imported, "{").unwrap();
    assert_eq!(catalogue::load(&policy, &["national"], &imported).unwrap_err().len(), 1);
}

//! The import of the national library: every row accounted for, versions in order, faults told all at once.

use crate::shared::shared_data;
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use xingjian_screen::nhsa::{self, Import, Outcome, Role};
use xingjian_screen::rule::{AgeBound, Rule, Test};

pub fn places(data: &Path) -> (PathBuf, PathBuf) {
    (data.join("sets/nhsa_rule_library"), data.join("ref/insurance/nhsa_knowledge_points.jsonl"))
}

fn import() -> Option<Import> {
    let (folder, points) = places(&shared_data()?);
    Some(nhsa::import(&folder, Some(&points)).unwrap())
}

fn is_of_book(rule: &Rule) -> bool {
    rule.source.document.starts_with('【')
}

fn count<'a, K: Ord + std::fmt::Display>(of: impl Iterator<Item = K> + 'a) -> String {
    let mut counts: BTreeMap<K, usize> = BTreeMap::new();
    for key in of {
        *counts.entry(key).or_default() += 1;
    }
    counts.iter().fold(String::new(), |mut text, (key, count)| {
        writeln!(text, "{key}: {count}").unwrap();
        text
    })
}

#[test]
fn every_row_is_accounted_for() {
    let Some(import) = import() else { return };
    let mut text = String::new();
    for table in &import.tables {
        let batch = table.batch.map_or("-".to_owned(), |batch| batch.to_string());
        let (rows, parents, codes) = (table.rows, table.parents, table.codes);
        writeln!(
            text,
            "batch {batch}, {rows} rows: {parents} parents, {codes} codes, {} remarks; {} in rules, {} published, {} set aside",
            table.remarks, table.in_rules, table.published, table.not_executable
        )
        .unwrap();
    }
    expect![[r#"
        batch 1, 481 rows: 481 parents, 0 codes, 0 remarks; 481 in rules, 0 published, 0 set aside
        batch 1, 6472 rows: 0 parents, 6472 codes, 0 remarks; 6472 in rules, 0 published, 0 set aside
        batch 1, 282 rows: 282 parents, 0 codes, 0 remarks; 282 in rules, 0 published, 0 set aside
        batch 1, 4398 rows: 0 parents, 4398 codes, 0 remarks; 4398 in rules, 0 published, 0 set aside
        batch 3, 12 rows: 12 parents, 0 codes, 0 remarks; 12 in rules, 0 published, 0 set aside
        batch 3, 112 rows: 0 parents, 112 codes, 0 remarks; 112 in rules, 0 published, 0 set aside
        batch 4, 35 rows: 35 parents, 0 codes, 0 remarks; 35 in rules, 0 published, 0 set aside
        batch 4, 736 rows: 0 parents, 736 codes, 0 remarks; 736 in rules, 0 published, 0 set aside
        batch 5, 61 rows: 61 parents, 0 codes, 0 remarks; 61 in rules, 0 published, 0 set aside
        batch 5, 962 rows: 0 parents, 962 codes, 0 remarks; 962 in rules, 0 published, 0 set aside
        batch 6, 30 rows: 30 parents, 0 codes, 0 remarks; 30 in rules, 0 published, 0 set aside
        batch 6, 1147 rows: 0 parents, 1147 codes, 0 remarks; 1147 in rules, 0 published, 0 set aside
        batch 1, 390 rows: 0 parents, 390 codes, 0 remarks; 390 in rules, 0 published, 0 set aside
        batch 1, 30 rows: 0 parents, 30 codes, 0 remarks; 30 in rules, 0 published, 0 set aside
        batch 2, 378 rows: 0 parents, 378 codes, 0 remarks; 378 in rules, 0 published, 0 set aside
        batch 7, 900 rows: 0 parents, 900 codes, 0 remarks; 900 in rules, 0 published, 0 set aside
        batch 8, 69 rows: 0 parents, 67 codes, 2 remarks; 67 in rules, 0 published, 2 set aside
        batch 8, 1 rows: 0 parents, 1 codes, 0 remarks; 1 in rules, 0 published, 0 set aside
        batch 8, 11 rows: 0 parents, 11 codes, 0 remarks; 11 in rules, 0 published, 0 set aside
        batch 8, 14 rows: 0 parents, 14 codes, 0 remarks; 14 in rules, 0 published, 0 set aside
        batch -, 3899 rows: 0 parents, 3898 codes, 1 remarks; 564 in rules, 2692 published, 643 set aside
    "#]]
    .assert_eq(&text);
    let books: Vec<_> = import.tables.iter().filter(|table| table.batch.is_some()).collect();
    assert_eq!(books.iter().map(|table| table.rows).sum::<usize>(), 16_521);
    assert_eq!(books.iter().map(|table| table.parents).sum::<usize>(), 901);
    assert_eq!(
        books.iter().map(|table| table.codes).sum::<usize>(),
        15_620 - 2,
        "two of them are a total and a remark"
    );
    let once: BTreeSet<_> = import.rows.iter().map(|row| (row.table, row.row)).collect();
    assert_eq!(once.len(), import.rows.len());
    assert_eq!(import.rows.len(), import.tables.iter().map(|table| table.rows).sum::<usize>());
}

#[test]
fn rows_and_rules_name_each_other() {
    let Some(import) = import() else { return };
    let rules: BTreeMap<(&str, u32), &Rule> =
        import.rules.iter().map(|rule| ((&*rule.id, rule.version), rule)).collect();
    assert_eq!(rules.len(), import.rules.len(), "no version twice");
    let mut codes: BTreeMap<(&str, u32), usize> = BTreeMap::new();
    for row in &import.rows {
        let Outcome::Rule { id, version, also, .. } = &row.outcome else { continue };
        let rule = rules[&(id.as_str(), *version)];
        assert_eq!(rule.source.document, import.tables[row.table].file, "{id}");
        assert!(
            rule.source.place.contains(&import.tables[row.table].sheet) && rule.source.place.contains('行'),
            "{id}"
        );
        assert!(also.iter().all(|id| rules.keys().any(|known| known.0 == id)), "{also:?}");
        *codes.entry((id, *version)).or_default() += usize::from(row.role == Role::Code);
    }
    let books = import.rules.iter().filter(|rule| is_of_book(rule) && !rule.id.ends_with("/年龄"));
    for rule in books {
        assert_eq!(codes.get(&(rule.id.as_str(), rule.version)), Some(&rule.items.len()), "{}", rule.id);
    }
    let set_aside = |table: usize| {
        import
            .rows
            .iter()
            .filter(|row| row.table == table && matches!(row.outcome, Outcome::NotExecutable { .. }))
            .count()
    };
    let listed: usize = (0..import.tables.len()).map(set_aside).sum();
    assert_eq!(listed, import.not_executable.len(), "whatever is set aside is listed with its reason");
}

#[test]
fn rules_by_name_and_kind() {
    let Some(import) = import() else { return };
    expect![[r#"
        中药饮片单复方均不予支付 not_covered definite: 37
        中药饮片单方使用不予支付 alone_not_covered suspect: 1
        医疗服务项目儿童专用 age definite: 30
        医疗服务项目区分性别使用 sex definite: 390
        医疗服务项目周期超频次 cycle definite: 14
        医疗服务项目重复收费 pair definite: 875
        医疗服务项目重复收费 pair suspect: 25
        医疗服务项目限定频次 daily_quantity definite: 67
        医疗服务项目限年龄 age definite: 1
        医疗服务项目限支付疗程 course_days suspect: 7
        医疗服务项目限支付疗程 course_span suspect: 4
        手术项目未按规定折价收费 discount suspect: 7
        药品儿童专用 age suspect: 366
        药品区分性别使用 sex definite: 640
        药品限儿童使用 age definite: 27
        药品限医疗机构级别 level definite: 106
        药品限医疗机构级别 level suspect: 17
        药品限就医方式 care definite: 76
        药品限工伤保险 insurance definite: 18
        药品限支付疗程 course_days suspect: 46
        药品限支付疗程 course_span suspect: 1
        药品限支付疗程 stay_days definite: 12
        药品限生育保险 insurance suspect: 6
    "#]]
    .assert_eq(&count(import.rules.iter().map(|rule| {
        let result = serde_json::to_value(rule.result).unwrap();
        format!("{} {} {}", rule.name, rule.test.kind_name(), result.as_str().unwrap())
    })));
    expect![[r#"
        医疗服务项目区分性别使用 说明文字，不是知识点: 1
        医疗服务项目限定频次 合计行，不是知识点: 1
        医疗服务项目限定频次 说明文字，不是知识点: 1
        药品限二线使用 须有一线药品无效或不能耐受的病历依据，费用明细不能判断: 110
        药品限适应症 只公布了适应症文字，没有诊断编码，不能由程序判断: 510
        超互联网医院药品支付范围 就诊数据没有互联网诊疗的标识，不能判断: 22
    "#]]
    .assert_eq(&count(import.not_executable.iter().map(|point| format!("{} {}", point.name, point.reason))));
    expect![[r#"
        医疗服务项目区分性别使用 知识点清单有，表格没有: 1
        药品儿童专用 同一编码同时列在: 1
        药品限工伤保险 文字不同: 9
        药品限支付疗程 限定值域为: 1
        药品限生育保险 文字不同: 3
    "#]]
    .assert_eq(&count(import.differences.iter().map(|difference| {
        let what: String = difference.what.chars().take_while(|c| !c.is_ascii() && *c != '：' && *c != '“').collect();
        format!("{} {what}", difference.name)
    })));
    let catalogue =
        std::fs::read_to_string(shared_data().unwrap().join("ref/insurance/nhsa_rules_2025_88.csv")).unwrap();
    let names: BTreeSet<&str> = catalogue.lines().skip(1).filter_map(|line| line.split(',').nth(3)).collect();
    assert_eq!(names.len(), 88);
    assert!(import.rules.iter().all(|rule| names.contains(rule.name.as_str())));
    assert!(import.rules.iter().all(|rule| rule.defaults.iter().any(|default| default == "结果类型")));
}

#[test]
fn the_update_replaces_the_earlier_version_from_its_day() {
    let Some(import) = import() else { return };
    let day = jiff::civil::date;
    let later: Vec<&Rule> = import.rules.iter().filter(|rule| rule.version == 2).collect();
    let first = |id: &str| import.rules.iter().find(|rule| rule.id == id && rule.version == 1).unwrap();
    let (mut added, mut dropped) = (0, 0);
    for rule in &later {
        assert_eq!((rule.from, rule.until, rule.source.batch), (day(2026, 1, 28), None, None), "{}", rule.id);
        assert_eq!(first(&rule.id).until, Some(day(2026, 1, 27)), "{}", rule.id);
        let [new, old] = [&rule.items, &first(&rule.id).items].map(|items| items.iter().collect::<BTreeSet<_>>());
        added += new.difference(&old).count();
        dropped += old.difference(&new).count();
    }
    let ended = import.rules.iter().filter(|rule| rule.until.is_some()).count();
    let new = import.rules.iter().filter(|rule| rule.version == 1 && rule.from == day(2026, 1, 28)).count();
    expect!["replaced 398 = ended 398, new 15; codes added 308, dropped 62"].assert_eq(&format!(
        "replaced {} = ended {ended}, new {new}; codes added {added}, dropped {dropped}",
        later.len()
    ));
    let (folder, _) = places(&shared_data().unwrap());
    let alone = nhsa::import(&folder, None).unwrap();
    assert!(alone.rules.iter().all(|rule| rule.version == 1 && rule.until.is_none()));
    let ids = |import: &Import| {
        import.rules.iter().filter(|rule| is_of_book(rule)).map(|rule| rule.id.clone()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&alone), ids(&import), "ids do not depend on whether the list is there");
}

#[test]
fn a_row_may_give_more_than_one_rule_but_never_one_twice() {
    let Some(import) = import() else { return };
    let numbers = |rule: &&Rule| matches!(rule.test, Test::Age { allowed: AgeBound::Between { .. } });
    expect!["12"].assert_eq(&import.rules.iter().filter(numbers).count().to_string());
    let clauses = import.rows.iter().filter_map(|row| match &row.outcome {
        Outcome::Rule { id, also, .. } if !also.is_empty() => Some((id.split('/').nth(1)?, also[0].split('/').nth(1)?)),
        _ => None,
    });
    expect![[r#"
        医疗服务项目限支付疗程, 医疗服务项目周期超频次: 4
        药品限儿童使用, 药品限儿童使用: 5
    "#]]
    .assert_eq(&count(clauses.map(|(name, also)| format!("{name}, {also}"))));
}

#[test]
fn faults_of_all_files_come_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let points = folder.path().join("points.jsonl");
    std::fs::write(&points, "{\"rule_class\":\"x\"}\nnot json\n").unwrap();
    let faults = nhsa::import(folder.path(), Some(&points)).unwrap_err();
    assert_eq!(faults.len(), 14 + 2);
    assert!(faults.iter().all(|fault| !fault.place.is_empty() && !fault.reason.is_empty() && !fault.mend.is_empty()));
    assert_eq!(faults[15].place, "points.jsonl，第2行");
    let missing = nhsa::import(folder.path(), Some(&folder.path().join("none.jsonl"))).unwrap_err();
    assert!(missing.iter().any(|fault| fault.reason == "知识点清单无法读取"));
}

#[test]
fn a_damaged_or_mistaken_spreadsheet_is_refused() {
    let Some(data) = shared_data() else { return };
    let (from, _) = places(&data);
    let folder = tempfile::tempdir().unwrap();
    let copy = |source: &str, target: &str| std::fs::copy(from.join(source), folder.path().join(target)).unwrap();
    for file in std::fs::read_dir(&from).unwrap().flatten().filter(|file| file.path().is_file()) {
        let name = file.file_name().into_string().unwrap();
        copy(&name, &name);
    }
    let whole = nhsa::import(folder.path(), None).unwrap();
    assert_eq!(whole.rules.len(), nhsa::import(&from, None).unwrap().rules.len());
    copy("【第一批】项目规则库(限定年龄对象).xlsx", "【第一批】项目规则库(限定性别对象).xlsx");
    copy("【第八批-2】项目规则库（限定年龄）.xlsx", "【第八批-3】项目规则库（限定疗程）.xlsx");
    copy("【第八批-2】项目规则库（限定年龄）.xlsx", "【第九批】.xlsx");
    let cut = folder.path().join("【第三批】药品规则库（限定保险类型）.xlsx");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let faults = nhsa::import(folder.path(), None).unwrap_err();
    let reasons: Vec<&str> = faults.iter().map(|fault| fault.reason.as_str()).collect();
    assert_eq!(
        reasons,
        ["无法作为Excel表格打开", "表头不符", "没有工作表““医疗服务项目限支付疗程”规则对应知识点明细”"]
    );
    for name in [
        "【第一批】项目规则库(限定性别对象).xlsx",
        "【第八批-3】项目规则库（限定疗程）.xlsx",
        "【第三批】药品规则库（限定保险类型）.xlsx",
    ] {
        std::fs::copy(from.join(name), folder.path().join(name)).unwrap();
    }
    let import = nhsa::import(folder.path(), None).unwrap();
    assert!(import.differences.iter().any(|found| found.title == "【第九批】.xlsx"));
}

#[test]
fn lines_that_cannot_be_executed_say_why() {
    let Some(data) = shared_data() else { return };
    let (folder, _) = places(&data);
    let file = tempfile::tempdir().unwrap();
    let points = file.path().join("points.jsonl");
    let line = |name: &str, title: &str, text: &str, codes: &str| {
        format!(
            r#"{{"rule_class":"{name}","item_name":"{title}","constraint":"{text}","batch":null,"published_at":"2026-01-28","med_codes":[{codes}]}}"#
        )
    };
    let code = r#""XA00000000000000000000A""#;
    let lines = [
        line("药品区分性别使用", "演示甲片", "用于前列腺增生", code),
        line("药品区分性别使用", "演示乙片", "用于腰痛", code),
        line("药品区分性别使用", "演示丙片", "用于前列腺增生", r#""XA1""#),
        line("药品区分性别使用", "演示丁片", "用于前列腺增生", ""),
        line("药品儿童专用", "演示戊片", "用于小儿感冒。", code),
        line("药品限医疗机构级别", "演示己片", "限医院", code),
        line("药品限支付疗程", "演示庚片", "支付不超过几天。", code),
        line("药品限就医方式", "演示辛片", "限门诊", code),
        line("医疗服务项目限定频次", "演示壬", "日", code),
        line("不在目录的规则", "演示癸", "限", code),
        line("药品限医疗机构级别", "演示甲片", "限二级及以上医疗机构，首次处方须为专科。", &format!("{code},{code}")),
        line("药品区分性别使用", "演示甲片", "用于前列腺增生", &code.replace('A', "B")),
        line("药品区分性别使用", "演示甲片", "用于前列腺增生", code),
        line("药品区分性别使用", "演示甲片", "用于子宫肌瘤", code),
    ];
    std::fs::write(&points, lines.join("\n")).unwrap();
    let import = nhsa::import(&folder, Some(&points)).unwrap();
    let mut told = String::new();
    for row in import.rows.iter().filter(|row| import.tables[row.table].file == "points.jsonl") {
        writeln!(told, "{} {}", row.row, serde_json::to_string(&row.outcome).unwrap()).unwrap();
    }
    for difference in import.differences.iter().filter(|difference| difference.title.starts_with("演示")) {
        writeln!(told, "{} {}", difference.title, difference.what).unwrap();
    }
    expect![[r#"
        1 {"rule":{"id":"nhsa/药品区分性别使用/演示甲片","version":1}}
        2 {"not_executable":{"reason":"公布内容没有写明性别，也不能由适应症确定"}}
        3 {"not_executable":{"reason":"编码“XA1”不是10、15、20或23位的字母和数字"}}
        4 {"not_executable":{"reason":"没有编码"}}
        5 {"rule":{"id":"nhsa/药品儿童专用/演示戊片","version":1}}
        6 {"not_executable":{"reason":"公布内容没有写明医疗机构级别"}}
        7 {"not_executable":{"reason":"没有写明支付天数，或写法不止一种"}}
        8 {"not_executable":{"reason":"公布内容没有写明就医方式"}}
        9 {"not_executable":{"reason":"表格之后公布的该类知识点，尚无读取方法"}}
        10 {"not_executable":{"reason":"国家目录中没有规则“不在目录的规则”"}}
        11 {"rule":{"id":"nhsa/药品限医疗机构级别/演示甲片","version":1}}
        12 {"rule":{"id":"nhsa/药品区分性别使用/演示甲片","version":1}}
        13 {"rule":{"id":"nhsa/药品区分性别使用/演示甲片","version":1,"repeats":1}}
        14 {"not_executable":{"reason":"同日公布的同名知识点限制不同，以先列的为准"}}
        演示甲片 编码XA00000000000000000000A重复
        演示甲片 编码XA00000000000000000000A重复
    "#]]
    .assert_eq(&told);
}

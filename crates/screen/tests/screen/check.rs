use crate::bundle::rule;
use crate::library::places;
use crate::shared::shared_data;
use expect_test::{Expect, expect};
use std::collections::BTreeMap;
use std::fmt::Write;
use xingjian_screen::check::check;
use xingjian_screen::claims::Dictionary;
use xingjian_screen::nhsa;
use xingjian_screen::rule::{Age, NamedAge, Parameters, Rule, State};

fn found(rules: &[Rule], known: Option<&Dictionary>) -> String {
    found_with(rules, known, &Parameters::default())
}

fn found_with(rules: &[Rule], known: Option<&Dictionary>, parameters: &Parameters) -> String {
    check(rules, known, parameters).iter().fold(String::new(), |mut text, finding| {
        writeln!(text, "{finding}").unwrap();
        text
    })
}

fn expects(rules: &[Rule], expected: &Expect) {
    expected.assert_eq(&found(rules, None));
}

fn of(id: &str, items: &[&str], test: &str) -> Rule {
    rule(id, items, &format!("{{ {test} }}"))
}

#[test]
fn rules_that_no_claim_can_satisfy() {
    let care = |id, ways: &str| of(id, &["X1"], &format!("kind = \"care\", only = [{ways}]"));
    let age = |id, bounds: &str| of(id, &["X2", "X3"], &format!("kind = \"age\", allowed = {bounds}"));
    expects(
        &[
            of("A", &["X1", "X2"], r#"kind = "sex", only = "female""#),
            of("B", &["X2", "X3"], r#"kind = "sex", only = "male""#),
            care("C", "\"inpatient\", \"emergency\""),
            care("D", "\"outpatient\""),
            care("E", "\"outpatient\", \"emergency\""),
            age("F", r#"{ named = "child" }"#),
            age("G", r#"{ between = { from = { count = 18, unit = "years" } } }"#),
            age("H", r#"{ between = { from = { count = 17, unit = "years" } } }"#),
            of("I", &["Y*"], r#"kind = "insurance", only = ["410"]"#),
            of("J", &["Y7"], r#"kind = "insurance", only = ["510"]"#),
        ],
        &expect![[r#"
            矛盾：A@1、B@1（X2），一条限男性，一条限女性；核对两条规则的来源，停用其中一条
            矛盾：C@1、D@1（X1），两条规则限定的就医方式没有交集；核对两条规则的来源，停用其中一条
            矛盾：F@1、G@1（X2等2个编码），两条规则限定的年龄没有交集；核对两条规则的来源，停用其中一条
            矛盾：I@1、J@1（Y7），两条规则限定的险种没有交集；核对两条规则的来源，停用其中一条
            重叠：C@1、E@1（X1），同类规则指向同一编码，同一明细将各命中一次；合并两条规则，或停用其中一条
            重叠：D@1、E@1（X1），同类规则指向同一编码，同一明细将各命中一次；合并两条规则，或停用其中一条
            重叠：G@1、H@1（X2等2个编码），同类规则指向同一编码，同一明细将各命中一次；合并两条规则，或停用其中一条
        "#]],
    );
}

#[test]
fn items_that_are_required_and_forbidden() {
    let pair = |id, main: &str, contained: &str| {
        of(id, &[main], &format!("kind = \"pair\", contained = [\"{contained}\"], window = \"day\""))
    };
    expects(
        &[
            pair("A", "X1", "Y1"),
            of("B", &["X1"], r#"kind = "companion", any_of = ["Y1"], window = "day""#),
            of("C", &["X1"], r#"kind = "companion", any_of = ["Y1", "Y2"], window = "day""#),
            pair("D", "X5", "X6"),
            pair("E", "X6", "X5"),
            pair("F", "X5", "X7"),
        ],
        &expect![[r#"
            矛盾：A@1、B@1（X1），一条要求同时收取的伴随项目，另一条规定不得同时收取；核对项目内涵，停用其中一条
            矛盾：D@1、E@1（X5等2个编码），两个项目互为主项和从项；核对项目内涵，停用其中一条
            重叠：B@1、C@1（X1），同类规则指向同一编码，同一明细将各命中一次；合并两条规则，或停用其中一条
        "#]],
    );
}

#[test]
fn rules_that_can_never_hit_as_they_are_meant() {
    let mut ended = of("A", &["X1"], r#"kind = "not_covered""#);
    ended.until = Some(jiff::civil::date(2019, 1, 1));
    let second =
        Rule { version: 2, from: jiff::civil::date(2026, 1, 1), ..of("B", &["X2"], r#"kind = "not_covered""#) };
    let retired = Rule { state: State::Retired, ..of("C", &[], r#"kind = "not_covered""#) };
    expects(
        &[
            ended,
            of("B", &["X2"], r#"kind = "not_covered""#),
            second,
            retired,
            of("D", &[], r#"kind = "sex", only = "male""#),
            of("E", &["X3"], r#"kind = "pair", contained = [], window = "day""#),
            of("F", &["X3", "X4"], r#"kind = "decomposed", at_least = 3"#),
            of("G", &["X3"], r#"kind = "level", at_least = 4"#),
            of("H", &["X4"], r#"kind = "age", allowed = { between = {} }"#),
            of("I", &["X5"], r#"kind = "discount", percent = 100"#),
            of("J", &["S*"], r#"kind = "decomposed", at_least = 3"#),
            of("K", &[], r#"kind = "overlapping_stays""#),
        ],
        &expect![[r#"
            失效：A@1，止期早于起期；改正起止日期
            失效：B@1、B@2，同一规则的两个版本在同一日有效；给较早的版本填写止期，或改正版本号
            失效：D@1，没有项目编码；填写项目编码，或停用该规则
            失效：E@1，没有与之比较的项目编码；填写从项、伴随项目或范围的编码
            失效：F@1，项目少于判定数，不会命中；减小判定数或补充项目
            失效：G@1，级别不在一级至三级之间；改为1、2或3
            失效：H@1，没有写年龄界限；填写起止年龄
            失效：I@1，折价比例不低于100%，不会命中；改正折价比例
        "#]],
    );
}

#[test]
fn codes_that_nobody_knows() {
    let known = Dictionary::from_names(vec!["X1".to_owned(), "Y12".to_owned()]);
    let rules = [
        of("A", &["X1", "X2", "Y1*", "Z*", "*", "X 1"], r#"kind = "not_covered""#),
        of("B", &["X1"], r#"kind = "pair", contained = ["Y12", "Y13"], window = "day""#),
    ];
    expect![[r#"
        编码不明：A@1（*等2个编码），编码写法不正确；用字母和数字，表示一类的以星号结尾
        编码不明：A@1（X2等2个编码），费用明细中没有出现过这些编码；核对编码；确未使用的不必处理
        编码不明：B@1（Y13），费用明细中没有出现过这些编码；核对编码；确未使用的不必处理
    "#]]
    .assert_eq(&found(&rules, Some(&known)));
}

#[test]
fn rules_that_hit_the_same_thing_twice() {
    let pair = |id, main: &str, contained: &str| {
        of(id, &[main], &format!("kind = \"pair\", contained = [{contained}], window = \"day\""))
    };
    let mut earlier = of("A", &["X1"], r#"kind = "not_covered""#);
    earlier.until = Some(jiff::civil::date(2025, 12, 31));
    let mut later = of("B", &["X1"], r#"kind = "not_covered""#);
    later.from = jiff::civil::date(2026, 1, 1);
    expects(
        &[
            earlier,
            later,
            of("C", &["X1", "X2", "X3"], r#"kind = "course_days", at_most = 7, gap_days = 30"#),
            of("D", &["X*"], r#"kind = "course_days", at_most = 14, gap_days = 30"#),
            of("E", &["X1"], r#"kind = "course_span", at_most = 14, gap_days = 30"#),
            pair("F", "X1", "\"Y1\""),
            pair("G", "X1", "\"Y2\""),
            pair("H", "X1", "\"Y2\", \"Y3\""),
            of("I", &[], r#"kind = "split_stay", within_days = 15, except = []"#),
            of("J", &[], r#"kind = "split_stay", within_days = 10, except = []"#),
        ],
        &expect![[r#"
            重叠：C@1、D@1（X1等3个编码），同类规则指向同一编码，同一明细将各命中一次；合并两条规则，或停用其中一条
            重叠：G@1、H@1（X1），同类规则指向同一编码，同一明细将各命中一次；合并两条规则，或停用其中一条
            重叠：I@1、J@1，同类规则同时有效，同一就诊将各命中一次；合并两条规则，或停用其中一条
        "#]],
    );
}

#[test]
fn ages_without_a_number_are_those_of_the_bureau() {
    let age = |id, bounds: &str| of(id, &["X2"], &format!("kind = \"age\", allowed = {bounds}"));
    let second = r#"{ between = { from = { count = 15, unit = "years" } } }"#;
    let rules = [age("A", r#"{ named = "child" }"#), age("B", second)];
    assert_eq!(found(&rules, None), "");
    let child = NamedAge { from: None, before: Some(Age::years(14)), released: true };
    let found = found_with(&rules, None, &Parameters { child, ..Parameters::default() });
    assert!(found.starts_with("矛盾：A@1、B@1（X2），两条规则限定的年龄没有交集"), "{found}");
}

#[test]
fn the_national_library_is_looked_at_too() {
    let Some(data) = shared_data() else { return };
    let (folder, points) = places(&data);
    let rules = nhsa::import(&folder, Some(&points)).unwrap().rules;
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for finding in check(&rules, None, &Parameters::default()) {
        let name = finding.rules[0].split('/').nth(1).unwrap();
        let count = counts.entry(format!("{} {name}：{}", finding.kind, finding.what)).or_default();
        *count = (count.0 + 1, count.1 + finding.items.len());
    }
    let text = counts.iter().fold(String::new(), |mut text, (what, (pairs, items))| {
        writeln!(text, "{what}：{pairs} findings, {items} codes").unwrap();
        text
    });
    expect![[r#"
        重叠 手术项目未按规定折价收费：同类规则指向同一编码，同一明细将各命中一次：7 findings, 13 codes
        重叠 药品儿童专用：同类规则指向同一编码，同一明细将各命中一次：1 findings, 4 codes
    "#]]
    .assert_eq(&text);
}

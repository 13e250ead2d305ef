//! What is wrong with one rule by itself, or with the versions of one id.

use super::{Finding, FindingKind, hold_together, named};
use crate::claims::Dictionary;
use crate::rule::{AgeBound, Rule, Test};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn findings(rules: &[&Rule], known_items: Option<&Dictionary>) -> Vec<Finding> {
    let sorted: Option<BTreeSet<&str>> = known_items.map(|list| list.names().iter().map(String::as_str).collect());
    let mut findings = Vec::new();
    for rule in rules {
        findings.extend(dead(rule));
        findings.extend(codes(rule, sorted.as_ref()));
    }
    findings.extend(versions(rules));
    findings
}

fn finding(kind: FindingKind, rule: &Rule, what: impl Into<String>, mend: &str) -> Finding {
    Finding { kind, rules: vec![named(rule)], items: Vec::new(), what: what.into(), mend: mend.to_owned() }
}

/// Why a rule can never hit as it is meant.
fn dead(rule: &Rule) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut add = |what: &str, mend: &str| findings.push(finding(FindingKind::Dead, rule, what, mend));
    if rule.until.is_some_and(|until| until < rule.from) {
        add("止期早于起期", "改正起止日期");
    }
    if rule.items.is_empty() && needs_items(&rule.test) {
        add("没有项目编码", "填写项目编码，或停用该规则");
    }
    if rule.test.other_items().is_empty() && needs_other_items(&rule.test) {
        add("没有与之比较的项目编码", "填写从项、伴随项目或范围的编码");
    }
    if let Some((what, mend)) = impossible(rule) {
        add(what, mend);
    }
    findings
}

/// Numbers with which a test can never hit, or always does.
fn impossible(rule: &Rule) -> Option<(&'static str, &'static str)> {
    let never = match &rule.test {
        Test::Age { allowed: AgeBound::Between { from: None, before: None } } => ("没有写年龄界限", "填写起止年龄"),
        Test::Age { allowed: AgeBound::Between { from: Some(from), before: Some(before) } }
            if from.unit == before.unit && from.count >= before.count =>
        {
            ("起始年龄不小于终止年龄，全部命中", "改正起止年龄")
        }
        Test::Insurance { only } if only.is_empty() => ("没有写险种，全部命中", "填写险种代码"),
        Test::Care { only } if only.is_empty() => ("没有写就医方式，全部命中", "填写就医方式"),
        Test::Level { at_least } if *at_least == 0 || *at_least > 3 => ("级别不在一级至三级之间", "改为1、2或3"),
        Test::Indication { diagnoses } if diagnoses.is_empty() => ("没有写诊断，全部命中", "填写诊断编码"),
        Test::PriceCap { caps } if caps.is_empty() => ("没有写限价", "填写限价"),
        Test::BeyondScope { scopes } if scopes.is_empty() => ("没有写执业范围，全部命中", "填写执业范围"),
        Test::Discount { percent } if *percent >= 100 => ("折价比例不低于100%，不会命中", "改正折价比例"),
        Test::Decomposed { at_least } if !enough(*at_least, &rule.items) => {
            ("项目少于判定数，不会命中", "减小判定数或补充项目")
        }
        Test::Cycle { days: 0, .. } => ("周期为0天", "填写周期天数"),
        Test::EmptyBed { idle_percent, .. } if *idle_percent > 100 => ("比例超过100%，不会命中", "改正比例"),
        _ => return None,
    };
    Some(never)
}

/// Whether there are so many items; a beginning of codes may stand for many.
fn enough(at_least: u8, items: &[String]) -> bool {
    items.len() >= usize::from(at_least) || items.iter().any(|item| item.ends_with('*'))
}

/// Tests that look at the items of the rule; the others look at every line or at visits.
pub(super) const fn needs_items(test: &Test) -> bool {
    !matches!(
        test,
        Test::AfterDeath
            | Test::OutsideStay
            | Test::Unlicensed
            | Test::MissingPhysician
            | Test::OverlappingStays
            | Test::OutpatientDuringStay
            | Test::SplitStay { .. }
            | Test::Readmission { .. }
            | Test::PingPong { .. }
            | Test::EmptyBed { .. }
            | Test::TwoCities
            | Test::Borrowed { .. }
            | Test::ManyInstitutions { .. }
            | Test::MonthlyTotal { .. }
            | Test::DoctorLoad { .. }
            | Test::DoctorTwoPlaces { .. }
            | Test::Growth { .. }
    )
}

const fn needs_other_items(test: &Test) -> bool {
    matches!(test, Test::Pair { .. } | Test::AloneNotCovered { .. } | Test::Companion { .. } | Test::EmptyBed { .. })
}

/// Codes that cannot be one, and codes that no known item has.
fn codes(rule: &Rule, known: Option<&BTreeSet<&str>>) -> Vec<Finding> {
    let all: BTreeSet<&String> = rule.items.iter().chain(rule.test.other_items()).collect();
    let (sound, malformed): (Vec<&String>, Vec<&String>) = all.into_iter().partition(|code| is_sound(code));
    let mut findings = Vec::new();
    let mut add = |items: Vec<&String>, what: &str, mend: &str| {
        if !items.is_empty() {
            let items = items.into_iter().cloned().collect();
            findings.push(Finding { items, ..finding(FindingKind::UnknownCode, rule, what, mend) });
        }
    };
    add(malformed, "编码写法不正确", "用字母和数字，表示一类的以星号结尾");
    if let Some(known) = known {
        let is_known = |code: &&String| match code.strip_suffix('*') {
            Some(prefix) => known.range(prefix..).next().is_some_and(|found| found.starts_with(prefix)),
            None => known.contains(code.as_str()),
        };
        let unknown = sound.into_iter().filter(|code| !is_known(code)).collect();
        add(unknown, "费用明细中没有出现过这些编码", "核对编码；确未使用的不必处理");
    }
    findings
}

fn is_sound(code: &str) -> bool {
    let body = code.strip_suffix('*').unwrap_or(code);
    !body.is_empty() && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Versions of one id that hold on the same day, or that stand twice.
fn versions(rules: &[&Rule]) -> Vec<Finding> {
    let mut by_id: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in rules {
        by_id.entry(&rule.id).or_default().push(rule);
    }
    let mut findings = Vec::new();
    for versions in by_id.values() {
        for (at, first) in versions.iter().enumerate() {
            for second in versions[at + 1..].iter().filter(|second| hold_together(first, second)) {
                let what = "同一规则的两个版本在同一日有效";
                let found = finding(FindingKind::Dead, first, what, "给较早的版本填写止期，或改正版本号");
                findings.push(Finding { rules: vec![named(first), named(second)], ..found });
            }
        }
    }
    findings
}

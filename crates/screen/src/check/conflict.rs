//! What two rules say about the same item on the same day.

use super::single::needs_items;
use super::{ByItem, Finding, FindingKind, hold_together, named};
use crate::rule::{Age, AgeUnit, Parameters, Rule, Test};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn findings(rules: &[&Rule], parameters: &Parameters) -> Vec<Finding> {
    let mut findings = of_items(rules, parameters);
    findings.extend(of_visits(rules));
    findings.extend(required_and_forbidden(rules));
    findings
}

/// Rules of one kind by the items they share.
fn of_items(rules: &[&Rule], parameters: &Parameters) -> Vec<Finding> {
    let mut by_kind: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, rule) in rules.iter().enumerate() {
        by_kind.entry(rule.test.kind_name()).or_default().push(at);
    }
    let mut findings = Vec::new();
    for of_kind in by_kind.values() {
        let by_item = ByItem::new(of_kind.iter().map(|at| (*at, rules[*at].items.as_slice())));
        for ((first, second), items) in by_item.pairs() {
            let (first, second) = (rules[first], rules[second]);
            if first.id == second.id || !hold_together(first, second) || !share_others(first, second) {
                continue;
            }
            let (kind, what, mend) = match contradiction(&first.test, &second.test, parameters) {
                None if !can_hit_twice(&first.test, &second.test, parameters) => continue,
                Some(what) => (FindingKind::Contradiction, what, "核对两条规则的来源，停用其中一条"),
                None => {
                    (FindingKind::Overlap, "同类规则指向同一编码，同一明细将各命中一次", "合并两条规则，或停用其中一条")
                }
            };
            findings.push(finding(kind, [first, second], items, what, mend));
        }
    }
    findings
}

fn finding(kind: FindingKind, rules: [&Rule; 2], items: Vec<&str>, what: &str, mend: &str) -> Finding {
    let items = items.into_iter().map(str::to_owned).collect();
    Finding { kind, rules: rules.map(named).to_vec(), items, what: what.to_owned(), mend: mend.to_owned() }
}

/// Pairs and companions are about two lists: they meet only where both do.
fn share_others(first: &Rule, second: &Rule) -> bool {
    let (first, second) = (first.test.other_items(), second.test.other_items());
    if first.is_empty() && second.is_empty() {
        return true;
    }
    !ByItem::new([(0, first), (1, second)].into_iter()).pairs().is_empty()
}

/// Why no claim line can satisfy both.
fn contradiction(first: &Test, second: &Test, parameters: &Parameters) -> Option<&'static str> {
    let apart = |first: &[_], second: &[_]| -> bool { !first.iter().any(|one: &&str| second.contains(one)) };
    match (first, second) {
        (Test::Sex { only: a }, Test::Sex { only: b }) if a != b => Some("一条限男性，一条限女性"),
        (Test::Insurance { only: a }, Test::Insurance { only: b }) if apart(&texts(a), &texts(b)) => {
            Some("两条规则限定的险种没有交集")
        }
        (Test::Care { only: a }, Test::Care { only: b }) if !a.iter().any(|care| b.contains(care)) => {
            Some("两条规则限定的就医方式没有交集")
        }
        (Test::Age { allowed: a }, Test::Age { allowed: b }) => {
            let (a, b) = (parameters.numbers(*a), parameters.numbers(*b));
            let from = a.0.map(days).max(b.0.map(days));
            let before = [a.1.map(days), b.1.map(days)].into_iter().flatten().min();
            from.zip(before).filter(|(from, before)| from >= before).map(|_| "两条规则限定的年龄没有交集")
        }
        _ => None,
    }
}

/// A first age and a last age beside each other are two halves of one limit.
fn can_hit_twice(first: &Test, second: &Test, parameters: &Parameters) -> bool {
    let (Test::Age { allowed: a }, Test::Age { allowed: b }) = (first, second) else { return true };
    let (a, b) = (parameters.numbers(*a), parameters.numbers(*b));
    (a.0.is_some() && b.0.is_some()) || (a.1.is_some() && b.1.is_some())
}

fn texts(codes: &[String]) -> Vec<&str> {
    codes.iter().map(String::as_str).collect()
}

/// Days of an age, near enough to compare two of them.
fn days(age: Age) -> u32 {
    let count = u32::from(age.count);
    match age.unit {
        AgeUnit::Days => count,
        AgeUnit::Months => count * 365 / 12,
        AgeUnit::Years => count * 365 + count / 4,
    }
}

/// Rules about visits or doctors have no items: two of one kind hit the same visits.
fn of_visits(rules: &[&Rule]) -> Vec<Finding> {
    let rules: Vec<&Rule> = rules.iter().filter(|rule| !needs_items(&rule.test)).copied().collect();
    let mut findings = Vec::new();
    for (at, first) in rules.iter().enumerate() {
        for second in &rules[at + 1..] {
            let same = first.test.kind_name() == second.test.kind_name() && first.id != second.id;
            if same && hold_together(first, second) {
                let what = "同类规则同时有效，同一就诊将各命中一次";
                let mend = "合并两条规则，或停用其中一条";
                findings.push(finding(FindingKind::Overlap, [first, second], Vec::new(), what, mend));
            }
        }
    }
    findings
}

/// One rule asks for a companion that another forbids beside the same item; or each of two items contains the other.
fn required_and_forbidden(rules: &[&Rule]) -> Vec<Finding> {
    let relations =
        |wanted: fn(&Test) -> bool| -> Vec<usize> { (0..rules.len()).filter(|at| wanted(&rules[*at].test)).collect() };
    let pairs = relations(|test| matches!(test, Test::Pair { .. }));
    let companions = relations(|test| matches!(test, Test::Companion { .. }));
    let mut findings = Vec::new();
    let by_item = ByItem::new(pairs.iter().chain(&companions).map(|at| (*at, rules[*at].items.as_slice())));
    for ((first, second), items) in by_item.pairs() {
        let (first, second) = (rules[first], rules[second]);
        let differ = first.test.kind_name() != second.test.kind_name();
        if differ && hold_together(first, second) && all_forbidden(first, second) {
            let what = "一条要求同时收取的伴随项目，另一条规定不得同时收取";
            findings.push(finding(
                FindingKind::Contradiction,
                [first, second],
                items,
                what,
                "核对项目内涵，停用其中一条",
            ));
        }
    }
    findings.extend(mutual(rules, &pairs));
    findings
}

/// Whether a pair forbids every companion that the other rule would accept.
fn all_forbidden(first: &Rule, second: &Rule) -> bool {
    let (pair, companion) = if matches!(first.test, Test::Pair { .. }) { (first, second) } else { (second, first) };
    let forbidden: BTreeSet<&String> = pair.test.other_items().iter().collect();
    companion.test.other_items().iter().all(|item| forbidden.contains(item))
}

fn mutual(rules: &[&Rule], pairs: &[usize]) -> Vec<Finding> {
    let mut holders: BTreeMap<(&str, &str), Vec<&Rule>> = BTreeMap::new();
    for rule in pairs.iter().map(|at| rules[*at]) {
        for main in &rule.items {
            for contained in rule.test.other_items() {
                holders.entry((main, contained)).or_default().push(rule);
            }
        }
    }
    let mut findings = Vec::new();
    for ((main, contained), firsts) in &holders {
        let seconds = holders.get(&(contained, main)).filter(|_| main < contained);
        for (first, second) in
            seconds.into_iter().flatten().flat_map(|second| firsts.iter().map(move |first| (first, second)))
        {
            if hold_together(first, second) {
                let what = "两个项目互为主项和从项";
                let items = vec![*main, *contained];
                findings.push(finding(
                    FindingKind::Contradiction,
                    [first, second],
                    items,
                    what,
                    "核对项目内涵，停用其中一条",
                ));
            }
        }
    }
    findings
}

//! What is wrong with a catalogue before it is run: rules that contradict each other, codes that nobody knows, rules that can never
//! hit, and rules that hit the same thing twice.

mod conflict;
mod single;

use crate::claims::Dictionary;
use crate::rule::{Parameters, Rule, State};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// What it is.
    pub kind: FindingKind,
    /// The rules, as `id@version`.
    pub rules: Vec<String>,
    /// The items it is about; empty where it is about the rule.
    pub items: Vec<String>,
    /// What is the matter.
    pub what: String,
    /// What to do.
    pub mend: String,
}

/// What a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingKind {
    /// 矛盾: no claim can satisfy both.
    Contradiction,
    /// 编码不明: a code that is malformed or that no known item has.
    UnknownCode,
    /// 失效: the rule can never hit, or not as it is meant.
    Dead,
    /// 重叠: two rules of one kind hit the same line.
    Overlap,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Contradiction => "矛盾",
            Self::UnknownCode => "编码不明",
            Self::Dead => "失效",
            Self::Overlap => "重叠",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}：{}", self.kind, self.rules.join("、"))?;
        if let [first, rest @ ..] = self.items.as_slice() {
            write!(f, "（{first}")?;
            if !rest.is_empty() {
                write!(f, "等{}个编码", self.items.len())?;
            }
            f.write_str("）")?;
        }
        write!(f, "，{}；{}", self.what, self.mend)
    }
}

/// Looks at all rules that are not retired, with the ages that they name. Where the items of a store are given, codes are looked up there.
pub fn check(rules: &[Rule], known_items: Option<&Dictionary>, parameters: &Parameters) -> Vec<Finding> {
    let rules: Vec<&Rule> = rules.iter().filter(|rule| rule.state != State::Retired).collect();
    let mut findings = single::findings(&rules, known_items);
    findings.extend(conflict::findings(&rules, parameters));
    findings.sort();
    findings
}

/// `id@version`.
fn named(rule: &Rule) -> String {
    format!("{}@{}", rule.id, rule.version)
}

/// Whether two rules hold on a day together.
fn hold_together(a: &Rule, b: &Rule) -> bool {
    a.until.is_none_or(|until| b.from <= until) && b.until.is_none_or(|until| a.from <= until)
}

/// Which rules an item belongs to; a beginning of codes stands for all codes that some rule names.
struct ByItem<'a> {
    of: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> ByItem<'a> {
    fn new(lists: impl Iterator<Item = (usize, &'a [String])>) -> Self {
        let lists: Vec<(usize, &[String])> = lists.collect();
        let all: BTreeSet<&str> = lists.iter().flat_map(|(_, items)| items.iter().map(String::as_str)).collect();
        let mut of: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (rule, items) in lists {
            let mut own: BTreeSet<&str> = BTreeSet::new();
            for item in items {
                own.insert(item);
                if let Some(prefix) = item.strip_suffix('*') {
                    own.extend(all.range(prefix..).take_while(|other| other.starts_with(prefix)));
                }
            }
            for item in own {
                of.entry(item).or_default().push(rule);
            }
        }
        Self { of }
    }

    /// Pairs of rules that share items, with what they share.
    fn pairs(&self) -> BTreeMap<(usize, usize), Vec<&'a str>> {
        let mut pairs: BTreeMap<(usize, usize), Vec<&str>> = BTreeMap::new();
        for (item, rules) in &self.of {
            for (at, first) in rules.iter().enumerate() {
                for second in &rules[at + 1..] {
                    pairs.entry((*first, *second)).or_default().push(item);
                }
            }
        }
        pairs
    }
}

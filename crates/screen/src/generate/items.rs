//! Items of the made-up city: those the rules name, and made-up ones that no rule knows.

use super::dice::Dice;
use crate::layout::item_length;
use crate::rule::{Rule, Test};
use std::collections::{BTreeMap, BTreeSet};

/// One item.
pub(super) struct Item {
    pub code: String,
    /// Rules whose items it is one of.
    pub rules: Vec<u32>,
    /// Rules that name it as their other side.
    pub beside: Vec<u32>,
    pub price: i64,
    pub class: Class,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Drug,
    Herb,
    Service,
}

pub(super) struct Items {
    list: Vec<Item>,
    places: BTreeMap<String, u32>,
    /// Places of items no rule knows, the most frequent first.
    pub plain: Vec<u32>,
    /// Places of items that clean visits may use once for a patient.
    pub ruled: Vec<u32>,
}

/// Items that no rule knows.
const PLAIN: u32 = 3000;

impl Items {
    pub(super) fn new(rules: &[Rule], dice: &mut Dice) -> Self {
        let mut known: BTreeMap<&str, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
        let made_up = made_up(rules);
        for (number, rule) in (0..).zip(rules) {
            for code in rule.items.iter().filter(|code| !code.ends_with('*')) {
                known.entry(code).or_default().0.push(number);
            }
            for code in rule.test.other_items().iter().filter(|code| !code.ends_with('*')) {
                known.entry(code).or_default().1.push(number);
            }
        }
        for code in &made_up {
            known.entry(code).or_default();
        }
        let mut list: Vec<Item> = known
            .into_iter()
            .map(|(code, (rules, beside))| Item {
                code: code.to_owned(),
                rules,
                beside,
                price: price(dice),
                class: class_of(code),
            })
            .collect();
        let named = u32::try_from(list.len()).expect("fewer items than people");
        for number in 0..PLAIN {
            let code = if number % 3 == 0 { format!("XDEMO{number:05}") } else { format!("9DEMO{number:05}") };
            let class = class_of(&code);
            list.push(Item { code, rules: Vec::new(), beside: Vec::new(), price: price(dice), class });
        }
        mark_prefixes(&mut list, rules);
        let usable = (0..named).filter(|at| list[*at as usize].may_be_clean(rules)).collect();
        let places = (0..).zip(&list).map(|(at, item)| (item.code.clone(), at)).collect();
        Self { list, places, plain: (named..named + PLAIN).collect(), ruled: usable }
    }

    pub(super) fn get(&self, at: u32) -> &Item {
        &self.list[at as usize]
    }

    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|item| item.code.as_str())
    }

    /// The place of a code, or of the first that begins with it.
    pub(super) fn find(&self, code: &str) -> Option<u32> {
        match code.strip_suffix('*') {
            Some(prefix) => {
                let (first, at) = self.places.range(prefix.to_owned()..).next()?;
                first.starts_with(prefix).then_some(*at)
            }
            None => self.places.get(code).copied(),
        }
    }
}

impl Item {
    /// An item that must not stand alone, or is never paid, is left to planted violations.
    fn may_be_clean(&self, rules: &[Rule]) -> bool {
        !self.rules.iter().any(|rule| {
            matches!(
                rules[*rule as usize].test,
                Test::Companion { .. }
                    | Test::AloneNotCovered { .. }
                    | Test::PriceCap { .. }
                    | Test::BeyondScope { .. }
            )
        })
    }
}

/// Codes for rules that name items by the beginning of their code: three for each beginning that is not as short as a whole chapter.
fn made_up(rules: &[Rule]) -> BTreeSet<String> {
    let codes = rules.iter().flat_map(|rule| rule.items.iter().chain(rule.test.other_items()));
    let prefixes = codes.filter_map(|code| code.strip_suffix('*')).filter(|prefix| prefix.len() > 2);
    prefixes.flat_map(|prefix| (1..=3).map(move |number| made_up_code(prefix, number))).collect()
}

/// A code that begins so and is as long as codes of its structure are, so that it can be ingested.
fn made_up_code(prefix: &str, number: u32) -> String {
    let stem = format!("{prefix}DEMO");
    let width = item_length(stem.as_bytes()).map_or(1, |length| length.saturating_sub(stem.len()));
    format!("{stem}{number:0width$}")
}

/// Rules that name items by the beginning of their code know made-up items as well.
fn mark_prefixes(list: &mut [Item], rules: &[Rule]) {
    let mut mark = |codes: &[String], number: u32, side: fn(&mut Item) -> &mut Vec<u32>| {
        for prefix in codes.iter().filter_map(|code| code.strip_suffix('*')) {
            for item in list.iter_mut().filter(|item| item.code.starts_with(prefix)) {
                side(item).push(number);
            }
        }
    };
    for (number, rule) in (0..).zip(rules) {
        mark(&rule.items, number, |item| &mut item.rules);
        mark(rule.test.other_items(), number, |item| &mut item.beside);
    }
}

fn class_of(code: &str) -> Class {
    match code.as_bytes().first() {
        Some(b'X' | b'Z') => Class::Drug,
        Some(b'T') => Class::Herb,
        _ => Class::Service,
    }
}

/// From half a yuan to about 120 yuan, whole fen, cheap ones more often.
fn price(dice: &mut Dice) -> i64 {
    let octave = dice.below(8);
    let fen = (50i64 << octave) + i64::from(dice.below(50 << octave));
    fen * 10_000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::item_fault;

    #[test]
    fn made_up_codes_have_the_structure_of_their_kind() {
        for (prefix, code) in [
            ("XA10BA", "XA10BADEMO0000000000003"),
            ("XL01", "XL01DEMO000000000000003"),
            ("ZA01", "ZA01DEMO000000000003"),
            ("0011", "0011DEMO3"),
            ("T0", "T0DEMO3"),
        ] {
            assert_eq!(made_up_code(prefix, 3), code);
            assert_eq!(item_fault(code.as_bytes()), None, "{code}");
        }
    }
}

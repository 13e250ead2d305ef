//! From points to dated versions of rules: a later point of the same rule and name replaces the earlier one from its day.

use super::account::{Ledger, Outcome, Place};
use super::limits::{self, Limit};
use super::{Difference, NotExecutable, Point, names};
use crate::rule::{Rule, Severity, Source, State, Test};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::LocalDate;

/// Who wrote a rule; the department that published it is a matter of the policy pack.
const AUTHOR: &str = "国家智能监管规则库";

/// Rules by id and version, what cannot be executed, and what a person should see.
pub(super) fn rules(points: Vec<Point>, ledger: &mut Ledger) -> (Vec<Rule>, Vec<NotExecutable>, Vec<Difference>) {
    let mut by_rule: BTreeMap<(String, String), Vec<Point>> = BTreeMap::new();
    for point in points {
        by_rule.entry((point.name.clone(), point.key.clone())).or_default().push(point);
    }
    let mut maker =
        Maker { ledger, made: Vec::new(), further: Vec::new(), set_aside: Vec::new(), differences: Vec::new() };
    for points in by_rule.into_values() {
        maker.versions(points);
    }
    maker.close()
}

/// The rule that a point is named after, with its rows and the places of its further rules.
struct Made {
    rule: Rule,
    places: Vec<(Place, Option<u32>)>,
    further: Vec<usize>,
}

struct Maker<'a> {
    ledger: &'a mut Ledger,
    made: Vec<Made>,
    /// What the words of a point give beside its first limit.
    further: Vec<Rule>,
    set_aside: Vec<NotExecutable>,
    differences: Vec<Difference>,
}

impl Maker<'_> {
    /// All points of one rule and name.
    fn versions(&mut self, points: Vec<Point>) {
        let mut executable: Vec<(Point, Vec<Limit>)> = Vec::new();
        for mut point in points {
            match std::mem::replace(&mut point.limits, Ok(Vec::new())) {
                Err(reason) => self.set_aside(&point, &reason),
                Ok(limits) => match executable.iter_mut().find(|(known, _)| known.from == point.from) {
                    None => executable.push((point, limits)),
                    Some((known, same)) if *same == limits => known.codes.extend(point.codes),
                    Some(_) => self.set_aside(&point, "同日公布的同名知识点限制不同，以先列的为准"),
                },
            }
        }
        executable.retain(|(point, _)| {
            let has_codes = !point.codes.is_empty();
            if !has_codes {
                self.set_aside(point, "没有编码");
            }
            has_codes
        });
        executable.sort_by_key(|(point, _)| point.from);
        let ends: Vec<Option<LocalDate>> =
            executable.iter().skip(1).map(|(next, _)| next.from.yesterday().ok()).chain([None]).collect();
        for (version, ((point, limits), until)) in (1u32..).zip(executable.into_iter().zip(ends)) {
            self.version(&point, limits, version, until);
        }
    }

    fn set_aside(&mut self, point: &Point, reason: &str) {
        let places: Vec<Place> = point.places().collect();
        for place in &places {
            self.ledger.settle(*place, Outcome::NotExecutable { reason: reason.to_owned() });
        }
        self.set_aside.push(NotExecutable {
            name: point.name.clone(),
            title: point.title.clone(),
            source: self.source(point),
            reason: reason.to_owned(),
        });
    }

    fn source(&self, point: &Point) -> Source {
        let (document, place) = self.ledger.source(&point.places().collect::<Vec<_>>());
        Source { document, place, batch: point.batch }
    }

    fn version(&mut self, point: &Point, limits: Vec<Limit>, version: u32, until: Option<LocalDate>) {
        let mut first: BTreeMap<&str, Place> = BTreeMap::new();
        let mut items = Vec::with_capacity(point.codes.len());
        let mut places: Vec<(Place, Option<u32>)> = point.parent.map(|parent| (parent, None)).into_iter().collect();
        for (code, place) in &point.codes {
            match first.entry(code) {
                Entry::Vacant(entry) => {
                    entry.insert(*place);
                    places.push((*place, None));
                    items.push(code.clone());
                }
                Entry::Occupied(known) => {
                    let what = format!("编码{code}重复");
                    self.differences.push(Difference { name: point.name.clone(), title: point.title.clone(), what });
                    places.push((*place, (known.get() != place).then_some(known.get().row)));
                }
            }
        }
        let source = self.source(point);
        self.compare_days(point, &limits);
        let rule = |limit: Limit| Rule {
            id: format!("nhsa/{}/{}{}", point.name, point.key, limit.suffix),
            version,
            name: point.name.clone(),
            title: point.title.clone(),
            from: point.from,
            until,
            source: source.clone(),
            author: AUTHOR.to_owned(),
            checker: None,
            severity: Severity::Normal,
            state: State::Live,
            result: limit.result,
            items: items.clone(),
            test: limit.test,
            text: point.text.clone(),
            defaults: limit.defaults.into_iter().map(str::to_owned).collect(),
            examples: Vec::new(),
        };
        let mut limits = limits.into_iter();
        let main = rule(limits.next().expect("a reading has a limit or a reason"));
        let before = self.further.len();
        self.further.extend(limits.map(rule));
        self.made.push(Made { rule: main, places, further: (before..self.further.len()).collect() });
    }

    /// The limit column and the words beside it must name the same days.
    fn compare_days(&mut self, point: &Point, limits: &[Limit]) {
        let (Some(Test::CourseDays { at_most, .. } | Test::StayDays { at_most }), Some(days)) =
            (limits.first().map(|limit| &limit.test), limits::days_of(&point.text))
        else {
            return;
        };
        if *at_most != days {
            let what = format!("限定值域为{at_most}天，说明写{days}天，以限定值域为准");
            self.differences.push(Difference { name: point.name.clone(), title: point.title.clone(), what });
        }
    }

    /// A clause that a rule of its own states already gives no second rule; then every row is told.
    fn close(self) -> (Vec<Rule>, Vec<NotExecutable>, Vec<Difference>) {
        let Self { ledger, made, further, set_aside, mut differences } = self;
        let covered: Vec<Option<String>> = further
            .iter()
            .map(|rule| made.iter().map(|made| &made.rule).find(|main| covers(main, rule)).map(|main| main.id.clone()))
            .collect();
        differences.extend(named_twice(&made));
        for Made { rule, places, further: own } in &made {
            let also: Vec<String> =
                own.iter().map(|at| covered[*at].clone().unwrap_or_else(|| further[*at].id.clone())).collect();
            for (place, repeats) in places {
                let (id, version, also) = (rule.id.clone(), rule.version, also.clone());
                ledger.settle(*place, Outcome::Rule { id, version, also, repeats: *repeats });
            }
        }
        let mut rules: Vec<Rule> = made.into_iter().map(|made| made.rule).collect();
        rules.extend(further.into_iter().zip(covered).filter(|(_, covered)| covered.is_none()).map(|(rule, _)| rule));
        rules.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
        (rules, set_aside, differences)
    }
}

/// Whether one rule hits wherever the other does.
fn covers(main: &Rule, other: &Rule) -> bool {
    let lasts = match (main.until, other.until) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(main), Some(other)) => main >= other,
    };
    main.test == other.test
        && main.from <= other.from
        && lasts
        && other.items.iter().all(|item| main.items.contains(item))
}

/// Codes that two names of one rule carry on the same day: a line would be hit twice.
fn named_twice(made: &[Made]) -> Vec<Difference> {
    let mut holders: BTreeMap<(&str, &str), Vec<&Rule>> = BTreeMap::new();
    for Made { rule, .. } in made.iter().filter(|made| !by_group(&made.rule.name)) {
        for item in &rule.items {
            holders.entry((&rule.name, item)).or_default().push(rule);
        }
    }
    let mut pairs: BTreeMap<(&str, &str, &str), BTreeSet<&str>> = BTreeMap::new();
    for ((name, item), rules) in holders {
        for (at, first) in rules.iter().enumerate() {
            for second in rules[at + 1..].iter().filter(|second| overlap(first, second)) {
                pairs.entry((name, &first.title, &second.title)).or_default().insert(item);
            }
        }
    }
    let what = |second: &str, items: &BTreeSet<&str>| {
        let items = items.iter().copied().collect::<Vec<_>>().join("、");
        format!("同一编码同时列在“{second}”名下，同一明细将各命中一次：{items}")
    };
    pairs
        .into_iter()
        .map(|((name, first, second), items)| Difference {
            name: name.to_owned(),
            title: first.to_owned(),
            what: what(second, &items),
        })
        .collect()
}

/// Rules whose items belong to several by design.
fn by_group(name: &str) -> bool {
    [names::ITEM_PAIR, names::ITEM_DISCOUNT].contains(&name)
}

fn overlap(a: &Rule, b: &Rule) -> bool {
    a.until.is_none_or(|until| b.from <= until) && b.until.is_none_or(|until| a.from <= until)
}

//! From rules to tables by item.

use super::{
    Check, Extracts, Group, ItemPlan, Member, Op, Plan, Reach, Registrations, ValueBits, VisitRule, bits, wants,
};
use crate::claims::Dictionaries;
use crate::claims::dictionary::{Dictionary, ListName};
use crate::national::{Care, level_rank};
use crate::rule::{CapByLevel, Parameters, Rule, Test};
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// Days since the Unix epoch.
pub(crate) fn day_number(date: Date) -> i32 {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.until(date).map_or(0, |span| span.get_days())
}

struct Compiler<'a> {
    lists: &'a Dictionaries,
    items: ItemIndex<'a>,
    insurance_bits: BTreeMap<String, u64>,
    checks: Vec<Vec<Check>>,
    members: Vec<Vec<Member>>,
    plan: Plan,
}

impl Plan {
    /// Compiles the rules that are run against the lists of a store.
    pub fn compile(
        rules: impl IntoIterator<Item = Rule>,
        parameters: Parameters,
        lists: &Dictionaries,
        extracts: &Extracts,
    ) -> Self {
        let mut rules: Vec<Rule> = rules.into_iter().filter(|rule| rule.state.is_run()).collect();
        rules.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
        let items = lists.list(ListName::Items);
        let mut compiler = Compiler {
            lists,
            items: ItemIndex::new(items),
            insurance_bits: insurance_bits(&rules),
            checks: vec![Vec::new(); items.len()],
            members: vec![Vec::new(); items.len()],
            plan: Self::empty(parameters, registrations(lists, extracts)),
        };
        let chains = rules.chunk_by(|a, b| a.id == b.id).flat_map(|chain| chain.iter().map(move |rule| (rule, chain)));
        for (at, (rule, chain)) in (0..).zip(chains) {
            compiler.rule(at, rule, chain);
        }
        compiler.finish(rules)
    }

    fn empty(parameters: Parameters, registrations: Option<Vec<Registrations>>) -> Self {
        Self {
            rules: Vec::new(),
            parameters,
            wants: Vec::new(),
            items: Vec::new(),
            checks: Vec::new(),
            members: Vec::new(),
            groups: Vec::new(),
            visit_rules: Vec::new(),
            beds: Vec::new(),
            drugs: Vec::new(),
            keeps_doctors: false,
            keeps_totals: false,
            every_line: Vec::new(),
            ages: Vec::new(),
            diagnoses: Vec::new(),
            categories: Vec::new(),
            caps: Vec::new(),
            values: Vec::new(),
            columns: BTreeSet::new(),
            reads_doctors: false,
            registrations,
        }
    }
}

fn registrations(lists: &Dictionaries, extracts: &Extracts) -> Option<Vec<Registrations>> {
    let doctors = extracts.doctors.as_ref()?;
    let names = lists.list(ListName::Doctors).names();
    Some(names.iter().map(|name| doctors.get(name).cloned().unwrap_or_default()).collect())
}

/// Each insurance that a rule names gets a bit; when they run out the rest share the last one, which no rule may name.
fn insurance_bits(rules: &[Rule]) -> BTreeMap<String, u64> {
    let mut bits = BTreeMap::new();
    for rule in rules {
        if let Test::Insurance { only } = &rule.test {
            for code in only {
                let next = u32::try_from(bits.len()).unwrap_or(u32::MAX).min(bits::INSURANCE_BITS - 2);
                bits.entry(code.clone()).or_insert(1 << (bits::INSURANCE_SHIFT + next));
            }
        }
    }
    bits
}

impl Compiler<'_> {
    /// `chain` are all versions of the rule.
    fn rule(&mut self, at: u32, rule: &Rule, chain: &[Rule]) {
        let op = match &rule.test {
            Test::Sex { only } => Some(Op::Mask(1 << (only.code() - 1))),
            Test::Age { allowed } => Some(Op::Age(self.age(*allowed))),
            Test::Insurance { only } => {
                Some(Op::Mask(only.iter().filter_map(|code| self.insurance_bits.get(code)).fold(0, |a, b| a | b)))
            }
            Test::Care { only } => Some(Op::Mask(only.iter().map(|care| care_bit(*care)).fold(0, |a, b| a | b))),
            Test::Level { at_least } => Some(Op::Mask((*at_least..=3).map(rank_bit).fold(0, |a, b| a | b))),
            Test::Indication { diagnoses } => Some(Op::Diagnosis(self.diagnoses(diagnoses))),
            Test::PriceCap { caps } => Some(Op::Price(self.caps(caps))),
            Test::NotCovered => Some(Op::Covered),
            _ => None,
        };
        match op {
            Some(op) => self.line_rule(at, rule, op),
            None if rule.test.is_about_lines_together() => self.group_rule(at, rule, chain),
            None => self.visit_rule(at, rule),
        }
    }

    fn line_rule(&mut self, at: u32, rule: &Rule, op: Op) {
        self.plan.columns.insert(if matches!(op, Op::Price(_)) { "price" } else { "covered" });
        let (from, until) = dates(rule);
        for item in self.items.resolve(&rule.items) {
            self.checks[item].push(Check { rule: at, from, until, op });
        }
    }

    fn group_rule(&mut self, at: u32, rule: &Rule, chain: &[Rule]) {
        let columns: &[&str] = match &rule.test {
            Test::Pair { window, .. } if window.seconds().is_some() => &["time"],
            Test::Discount { .. } => &["price", "price_limit"],
            Test::SupplyOverlap { .. } => &["supply_days"],
            _ => &[],
        };
        self.plan.columns.extend(columns);
        let group = u32::try_from(self.plan.groups.len()).expect("fewer than four thousand million rules");
        let (from, until) = dates(rule);
        let of_payment = rule.test.is_about_payment();
        self.plan.columns.extend(of_payment.then_some("covered"));
        let reach = if rule.test.is_within_a_day_or_visit() { Reach::Brief } else { Reach::Lasting };
        self.plan.groups.push(Group { rule: at, test: rule.test.clone(), from, until, of_payment, reach });
        let own = self.listed(rule, chain, |rule| &rule.items);
        let other = match &rule.test {
            // What is required may have been charged on any day.
            Test::Companion { any_of, .. } => {
                self.items.resolve(any_of).into_iter().map(|item| (item, (i32::MIN, i32::MAX))).collect()
            }
            // The list itself also lies within the field it is compared with.
            Test::AloneNotCovered { among } => {
                let is_own = |item: &usize| own.iter().any(|(own, _)| own == item);
                let field = self.items.resolve(among).into_iter().filter(|item| !is_own(item));
                field.map(|item| (item, (from, until))).collect()
            }
            _ => self.listed(rule, chain, |rule| rule.test.other_items()),
        };
        for (role, items) in [(0, own), (1, other)] {
            for (item, (from, until)) in items {
                self.members[item].push(Member { group, role, from, until });
            }
        }
    }

    /// The items of one part of a rule, each with the days on which its lines count: those of the rule, and where lines of several
    /// days weigh together those of every version that lists the item in the same part.
    fn listed(&self, rule: &Rule, chain: &[Rule], part: fn(&Rule) -> &[String]) -> Vec<(usize, (i32, i32))> {
        let own = self.items.resolve(part(rule));
        if chain.len() == 1 || !rule.test.looks_beyond_a_day() {
            return own.into_iter().map(|item| (item, dates(rule))).collect();
        }
        let mut versions: Vec<_> = chain.iter().map(|rule| (dates(rule), self.items.resolve(part(rule)))).collect();
        versions.sort_unstable();
        let mut listed: Vec<(usize, (i32, i32))> = Vec::new();
        for item in own {
            for (days, _) in versions.iter().filter(|(_, items)| items.binary_search(&item).is_ok()) {
                match listed.last_mut() {
                    // Versions follow each other without a gap, or stand beside each other by mistake: no line counts twice.
                    Some((last, known)) if *last == item && days.0 <= known.1.saturating_add(1) => {
                        known.1 = known.1.max(days.1);
                    }
                    _ => listed.push((item, *days)),
                }
            }
        }
        listed
    }

    fn visit_rule(&mut self, at: u32, rule: &Rule) {
        let (from, until) = dates(rule);
        let except = match &rule.test {
            Test::SplitStay { except, .. } | Test::Readmission { except, .. } => self.starting_with(except),
            _ => Vec::new(),
        };
        let mut items = vec![false; self.items.list.len()];
        for item in self.items.resolve(&rule.items).into_iter().chain(self.items.resolve(rule.test.other_items())) {
            items[item] = true;
        }
        let mut compiled =
            VisitRule { rule: at, test: rule.test.clone(), from, until, except, items: Vec::new(), slot: 0 };
        let plan = &mut self.plan;
        match rule.test {
            Test::AfterDeath | Test::OutsideStay => plan.every_line.push(compiled),
            Test::Unlicensed | Test::BeyondScope { .. } => {
                // Where nothing is known of doctors there is nothing to look at.
                if plan.registrations.is_some() {
                    compiled.items = items;
                    plan.columns.insert("doctor");
                    plan.reads_doctors = true;
                    plan.every_line.push(compiled);
                }
            }
            _ => {
                match rule.test {
                    Test::EmptyBed { .. } => {
                        compiled.slot = plan.beds.len();
                        plan.beds.push(items.into_iter().map(|is_passive| !is_passive).collect());
                    }
                    Test::SamePrescription { .. } => {
                        compiled.slot = plan.drugs.len();
                        plan.drugs.push(items);
                    }
                    Test::DoctorLoad { .. } | Test::DoctorTwoPlaces { .. } => plan.keeps_doctors = true,
                    Test::Growth { .. } => plan.keeps_totals = true,
                    _ => {}
                }
                plan.visit_rules.push(compiled);
            }
        }
    }

    fn age(&mut self, bound: crate::rule::AgeBound) -> u16 {
        let numbers = self.plan.parameters.numbers(bound);
        position_or_push(&mut self.plan.ages, numbers)
    }

    fn diagnoses(&mut self, prefixes: &[String]) -> u16 {
        let set = self.starting_with(prefixes);
        position_or_push(&mut self.plan.diagnoses, set)
    }

    fn caps(&mut self, caps: &[CapByLevel]) -> u16 {
        let caps = caps.iter().map(|cap| (cap.level.map_or(0, rank_bit), cap.price_e6)).collect();
        position_or_push(&mut self.plan.caps, caps)
    }

    fn starting_with(&self, prefixes: &[String]) -> Vec<bool> {
        let names = self.lists.list(ListName::Diagnoses).names();
        names.iter().map(|name| prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))).collect()
    }

    fn finish(self, rules: Vec<Rule>) -> Plan {
        let mut plan = self.plan;
        let has = |lists: &[Vec<bool>], item: usize| lists.iter().any(|items| items[item]);
        let wants = |item: usize| {
            let looked_at = !(self.checks[item].is_empty() && self.members[item].is_empty());
            [(looked_at, wants::LOOK), (has(&plan.beds, item), wants::BED), (has(&plan.drugs, item), wants::DRUG)]
                .into_iter()
                .fold(0, |all, (wanted, bit)| if wanted { all | bit } else { all })
        };
        plan.wants = (0..self.checks.len()).map(wants).collect();
        for (checks, mut members) in self.checks.into_iter().zip(self.members) {
            members.sort_unstable_by_key(|member| (plan.groups[member.group as usize].reach, *member));
            members.dedup();
            let is_brief = |member: &Member| plan.groups[member.group as usize].reach == Reach::Brief;
            let briefs = members.partition_point(is_brief);
            let (first_check, first_brief) = (length(&plan.checks), length(&plan.members));
            plan.checks.extend(checks);
            plan.members.extend(&members[..briefs]);
            let first_lasting = length(&plan.members);
            plan.members.extend(&members[briefs..]);
            plan.items.push(ItemPlan {
                checks: (first_check, length(&plan.checks)),
                brief: (first_brief, first_lasting),
                lasting: (first_lasting, length(&plan.members)),
            });
        }
        let values = self.lists.list(ListName::Values).names();
        plan.values = values.iter().map(|name| value_bits(name, &self.insurance_bits)).collect();
        plan.categories = categories(self.lists.list(ListName::Diagnoses).names());
        plan.rules = rules;
        plan
    }
}

fn categories(diagnoses: &[String]) -> Vec<i32> {
    let mut numbers: BTreeMap<String, i32> = BTreeMap::new();
    let category = |name: &String| name.chars().take(3).collect::<String>();
    (0..).zip(diagnoses).map(|(at, name)| *numbers.entry(category(name)).or_insert(at)).collect()
}

fn length<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).expect("fewer than four thousand million entries")
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, value: T) -> u16 {
    let at = list.iter().position(|known| *known == value).unwrap_or_else(|| {
        list.push(value);
        list.len() - 1
    });
    u16::try_from(at).expect("fewer than 65,536 different bounds, sets or caps")
}

fn dates(rule: &Rule) -> (i32, i32) {
    (day_number(rule.from), rule.until.map_or(i32::MAX, day_number))
}

fn care_bit(care: Care) -> u64 {
    1 << (bits::CARE_SHIFT + care as u32)
}

fn rank_bit(rank: u8) -> u64 {
    1 << (bits::RANK_SHIFT + u32::from(rank.min(3)))
}

fn value_bits(name: &str, insurance: &BTreeMap<String, u64>) -> ValueBits {
    let other = 1 << (bits::INSURANCE_SHIFT + bits::INSURANCE_BITS - 1);
    let care = Care::from_medical_type(name);
    ValueBits {
        care: care.map_or(bits::CARE, care_bit),
        is: care,
        insurance: insurance.get(name).copied().unwrap_or(other),
        rank: level_rank(name).map_or(bits::RANK, rank_bit),
    }
}

/// Finds items by code or by the beginning of their code.
struct ItemIndex<'a> {
    list: &'a Dictionary,
    sorted: Vec<(&'a str, usize)>,
}

impl<'a> ItemIndex<'a> {
    fn new(list: &'a Dictionary) -> Self {
        let mut sorted: Vec<(&str, usize)> =
            list.names().iter().enumerate().map(|(at, name)| (name.as_str(), at)).collect();
        sorted.sort_unstable();
        Self { list, sorted }
    }

    /// Items of these codes that occur in the store, each once.
    fn resolve(&self, codes: &[String]) -> Vec<usize> {
        let mut found = Vec::new();
        for code in codes {
            if let Some(prefix) = code.strip_suffix('*') {
                let begin = self.sorted.partition_point(|(name, _)| *name < prefix);
                let within = self.sorted[begin..].iter().take_while(|(name, _)| name.starts_with(prefix));
                found.extend(within.map(|(_, at)| *at));
            } else if let Some(item) = self.list.find(code) {
                found.push(usize::try_from(item).expect("codes count from 0"));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_number_counts_from_the_epoch() {
        assert_eq!(day_number(jiff::civil::date(1970, 1, 2)), 1);
        assert_eq!(day_number(jiff::civil::date(2026, 1, 1)), 20_454);
        assert_eq!(day_number(jiff::civil::date(1969, 12, 31)), -1);
    }
}

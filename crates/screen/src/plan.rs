//! The catalogue compiled against the lists of a store: for each item the checks of its lines and the groups it feeds,
//! so that a line costs what its own item costs, however many rules there are.

pub(crate) mod compile;

use crate::national::Care;
use crate::rule::{Age, Parameters, Rule, Test};
use std::collections::{BTreeMap, BTreeSet};

/// Registrations of one doctor: first and last day (days from the Unix epoch, both included; `i32::MAX` while it is in force), and the
/// scopes (执业范围) as they are registered, compared letter by letter with those of a rule.
pub type Registrations = Vec<(i32, i32, Vec<String>)>;

/// What a run knows beside the claims.
#[derive(Clone, Debug, Default)]
pub struct Extracts {
    /// By the code of the doctor in the claims (`bilg_dr_code`, the national code of the physician); a doctor that is not here has no
    /// registration. None where nothing is known of any doctor: then 未注册执业 and 超出执业范围 are not judged at all. A part of a run's name.
    pub doctors: Option<BTreeMap<String, Registrations>>,
}

/// One bit for each value of an attribute of a visit; an unknown value sets all bits of its attribute and is never judged.
pub(crate) mod bits {
    pub const SEX: u64 = 0b11;
    pub const CARE_SHIFT: u32 = 2;
    pub const CARE: u64 = 0xff << CARE_SHIFT;
    pub const RANK_SHIFT: u32 = 10;
    pub const RANK: u64 = 0xf << RANK_SHIFT;
    pub const INSURANCE_SHIFT: u32 = 14;
    /// The last bit stands for every insurance that no rule names.
    pub const INSURANCE_BITS: u32 = 50;
    pub const INSURANCE: u64 = u64::MAX << INSURANCE_SHIFT;
}

/// What is looked at on a line.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Op {
    /// The visit must have one of these bits.
    Mask(u64),
    /// The age must lie within this bound.
    Age(u16),
    /// A diagnosis of this set must be there.
    Diagnosis(u16),
    /// The price must not pass these caps.
    Price(u16),
    /// Always.
    Covered,
}

impl Op {
    /// Whether it limits what the fund pays.
    pub const fn is_about_payment(self) -> bool {
        !matches!(self, Self::Price(_))
    }
}

/// One row rule for one item.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Check {
    pub rule: u32,
    pub from: i32,
    pub until: i32,
    pub op: Op,
}

/// The part an item plays in a group, and the days on which its lines play it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Member {
    pub group: u32,
    /// 0: an item of the rule; 1: one of its other items.
    pub role: u8,
    pub from: i32,
    pub until: i32,
}

/// A rule that looks at several lines of a patient, and the days on which it is in force.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub rule: u32,
    pub test: Test,
    pub from: i32,
    pub until: i32,
    /// Whether lines count only where the fund covers something.
    pub of_payment: bool,
    /// How far apart lines may lie that weigh together.
    pub reach: Reach,
}

/// How far apart lines may lie that weigh together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// On one day, or in one visit: the lines of one month, unless another month has lines of the same days.
    Brief,
    /// As far as they like.
    Lasting,
}

/// A rule about visits or doctors.
#[derive(Clone, Debug)]
pub(crate) struct VisitRule {
    pub rule: u32,
    pub test: Test,
    pub from: i32,
    pub until: i32,
    /// Diagnoses that are excepted.
    pub except: Vec<bool>,
    /// Items that need a scope.
    pub items: Vec<bool>,
    /// Place among the rules of its kind that remember something of lines.
    pub slot: usize,
}

/// What a medical type, insurance or level code of the store means to the rules: its bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ValueBits {
    pub care: u64,
    pub is: Option<Care>,
    pub insurance: u64,
    pub rank: u64,
}

/// Where the checks and members of an item stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemPlan {
    pub checks: (u32, u32),
    /// In groups of brief reach.
    pub brief: (u32, u32),
    /// In groups of lasting reach.
    pub lasting: (u32, u32),
}

/// What is done with a line.
pub(crate) mod wants {
    /// A row rule or a group looks at it.
    pub const LOOK: u8 = 1;
    /// It keeps a bed warm.
    pub const BED: u8 = 2;
    /// It makes a prescription.
    pub const DRUG: u8 = 4;
}

/// A compiled catalogue.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(crate) rules: Vec<Rule>,
    pub(crate) parameters: Parameters,
    /// For each item, what is done with its lines.
    pub(crate) wants: Vec<u8>,
    pub(crate) items: Vec<ItemPlan>,
    pub(crate) checks: Vec<Check>,
    pub(crate) members: Vec<Member>,
    pub(crate) groups: Vec<Group>,
    pub(crate) visit_rules: Vec<VisitRule>,
    /// Items that keep a bed warm, by rule about empty beds.
    pub(crate) beds: Vec<Vec<bool>>,
    /// Items that make a prescription, by rule about prescriptions.
    pub(crate) drugs: Vec<Vec<bool>>,
    /// Whether what visits of all patients show of doctors, of institutions, is asked for.
    pub(crate) keeps_doctors: bool,
    pub(crate) keeps_totals: bool,
    /// Row rules that look at every line: after death, outside the stay, not registered.
    pub(crate) every_line: Vec<VisitRule>,
    pub(crate) ages: Vec<(Option<Age>, Option<Age>)>,
    pub(crate) diagnoses: Vec<Vec<bool>>,
    /// Three-character category of each diagnosis, by number of the first diagnosis that has it.
    pub(crate) categories: Vec<i32>,
    pub(crate) caps: Vec<Vec<(u64, i64)>>,
    pub(crate) values: Vec<ValueBits>,
    /// Columns of the lines that are read beside those always needed.
    pub(crate) columns: BTreeSet<&'static str>,
    /// Whether a rule looks at the ordering doctor of each line.
    pub(crate) reads_doctors: bool,
    /// By code of the doctor.
    pub(crate) registrations: Option<Vec<Registrations>>,
}

impl Plan {
    /// The rules that are run, in the order hits number them.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The columns of the lines that a run reads.
    pub fn line_columns(&self) -> Vec<&'static str> {
        crate::claims::read::LINE_COLUMNS.into_iter().chain(self.columns.iter().copied()).collect()
    }

    /// The rule of a number.
    pub(crate) fn rule(&self, at: u32) -> &Rule {
        &self.rules[at as usize]
    }

    pub(crate) fn category_of(&self, diagnosis: i32) -> i32 {
        let at = usize::try_from(diagnosis).ok();
        at.and_then(|at| self.categories.get(at)).copied().unwrap_or(crate::claims::NONE)
    }

    pub(crate) fn test(&self, at: u32) -> &Test {
        &self.rule(at).test
    }

    pub(crate) fn checks_of(&self, item: &ItemPlan) -> &[Check] {
        &self.checks[item.checks.0 as usize..item.checks.1 as usize]
    }

    pub(crate) fn members_of(&self, item: usize, reach: Reach) -> &[Member] {
        let (begin, end) = match reach {
            Reach::Brief => self.items[item].brief,
            Reach::Lasting => self.items[item].lasting,
        };
        &self.members[begin as usize..end as usize]
    }
}

//! What people entered from the sources: each public one by two of different departments, neither seeing the other's.

use super::DrawError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_draw::DrawId;
use xingjian_draw::drand::{Chain, Pulse};
use xingjian_draw::draw::TransitionError;
use xingjian_draw::seed::{self, Contributions, Reveal, SeedError, SourcePlan};
use xingjian_kernel::{DepartmentId, Timestamp};

const CEREMONY: &str = "公开仪式";
const LOTTERY: &str = "彩票或交易所结果";
const DRAND: &str = "drand随机信标";
const REVEAL: &str = "部门随机数";

/// What somebody enters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// The digits read aloud.
    Ceremony(String),
    /// The published numbers.
    Lottery(String),
    /// The round of drand.
    Drand(Box<Pulse>),
    /// What the own department had committed to.
    Reveal(Box<Reveal>),
}

impl Entry {
    /// The source on screen.
    pub const fn source(&self) -> &'static str {
        match self {
            Self::Ceremony(_) => CEREMONY,
            Self::Lottery(_) => LOTTERY,
            Self::Drand(_) => DRAND,
            Self::Reveal(_) => REVEAL,
        }
    }
}

/// Two entries that did not agree; neither is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The source on screen.
    pub source: String,
    /// What the first typed, by whom.
    pub first: (String, String),
    /// What the second typed, by whom.
    pub second: (String, String),
}

/// What was entered so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entries {
    /// Digits read aloud.
    pub ceremony: Vec<seed::Entered<String>>,
    /// Published numbers.
    pub lottery: Vec<seed::Entered<String>>,
    /// Rounds of drand.
    pub drand: Vec<seed::Entered<Pulse>>,
    /// What departments revealed.
    pub reveals: BTreeMap<DepartmentId, Reveal>,
    /// Entries that did not agree.
    pub rejected: Vec<Rejected>,
}

/// What became of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// More is to be entered.
    Waiting,
    /// The two did not agree, and both are to be entered again.
    Differed(Rejected),
    /// All sources have spoken.
    Complete(Box<Contributions>),
}

type Only<T> = fn(T) -> Contributions;

impl Entries {
    /// Takes an entry: checked by itself first, so that a slip of the hand does not wait for the other person.
    pub(super) fn take(
        &mut self,
        plan: &SourcePlan,
        draw: &DrawId,
        entry: Entry,
        by: (String, DepartmentId),
        at: Timestamp,
    ) -> Result<Entered, DrawError> {
        let (person, department) = by;
        let rejected = match entry {
            Entry::Ceremony(value) => {
                let only = SourcePlan { ceremony: plan.ceremony.clone(), ..SourcePlan::default() };
                let typed = seed::Entered { person, department, at, value: value.trim().to_owned() };
                let said: Only<_> = |both| Contributions { ceremony: Some(both), ..Contributions::default() };
                add(&mut self.ceremony, CEREMONY, typed, |both| only.combine(draw, &said(both)))?
            }
            Entry::Lottery(value) => {
                let only = SourcePlan { lottery: plan.lottery.clone(), ..SourcePlan::default() };
                let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
                let typed = seed::Entered { person, department, at, value };
                let said: Only<_> = |both| Contributions { lottery: Some(both), ..Contributions::default() };
                add(&mut self.lottery, LOTTERY, typed, |both| only.combine(draw, &said(both)))?
            }
            Entry::Drand(value) => {
                let only = SourcePlan { drand: plan.drand.clone(), ..SourcePlan::default() };
                let typed = seed::Entered { person, department, at, value: *value };
                let said: Only<_> = |both| Contributions { drand: Some(both), ..Contributions::default() };
                add(&mut self.drand, DRAND, typed, |both| only.combine(draw, &said(both)))?
            }
            Entry::Reveal(reveal) => {
                self.reveal(plan, draw, &department, *reveal)?;
                None
            }
        };
        if let Some(rejected) = rejected {
            self.rejected.push(rejected.clone());
            return Ok(Entered::Differed(rejected));
        }
        let said = self.said();
        Ok(match plan.combine(draw, &said) {
            Ok(_) => Entered::Complete(Box::new(said)),
            Err(SeedError::Missing(_) | SeedError::NotRevealed { .. }) => Entered::Waiting,
            Err(other) => return Err(TransitionError::from(other).into()),
        })
    }

    fn reveal(
        &mut self,
        plan: &SourcePlan,
        draw: &DrawId,
        department: &DepartmentId,
        reveal: Reveal,
    ) -> Result<(), DrawError> {
        let planned = plan.reveals.as_ref().ok_or(DrawError::NotPlanned(REVEAL))?;
        let refused = |error: SeedError| Err(TransitionError::from(error).into());
        let Some(commitment) = planned.commitments.get(department) else {
            return refused(SeedError::NotCommitted { department: department.clone() });
        };
        if reveal.at > planned.due {
            return refused(SeedError::NotRevealed { department: department.clone(), due: planned.due });
        }
        if Reveal::commitment(draw, department, &reveal.value, &reveal.salt) != *commitment {
            return refused(SeedError::OtherReveal { department: department.clone() });
        }
        self.reveals.insert(department.clone(), reveal);
        Ok(())
    }

    /// The sources of the plan with how many entries each has and needs.
    fn counts(&self, plan: &SourcePlan) -> Vec<(&'static str, usize, usize)> {
        let public = [
            (CEREMONY, plan.ceremony.is_some(), self.ceremony.len()),
            (LOTTERY, plan.lottery.is_some(), self.lottery.len()),
            (DRAND, plan.drand.is_some(), self.drand.len()),
        ];
        let mut counts: Vec<_> =
            public.into_iter().filter(|(_, planned, _)| *planned).map(|(name, _, has)| (name, has, 2)).collect();
        counts.extend(plan.reveals.as_ref().map(|plan| (REVEAL, self.reveals.len(), plan.commitments.len())));
        counts
    }

    /// Sources that still miss entries, and how many.
    pub fn missing(&self, plan: &SourcePlan) -> Vec<(&'static str, usize)> {
        let missing = self.counts(plan).into_iter().filter(|(_, has, needs)| has < needs);
        missing.map(|(name, has, needs)| (name, needs - has)).collect()
    }

    /// How far a source is: never what was typed, which the second person must not see.
    pub fn progress(&self, plan: &SourcePlan, source: &str) -> String {
        let found = self.counts(plan).into_iter().find(|(name, ..)| *name == source);
        found.map_or_else(String::new, |(_, has, needs)| format!("已录入{has}次，共需{needs}次"))
    }

    /// Sources that a department can enter now.
    pub fn open_to(&self, plan: &SourcePlan, department: &DepartmentId, now: Timestamp) -> Vec<&'static str> {
        fn has<T>(entries: &[seed::Entered<T>], department: &DepartmentId) -> bool {
            entries.len() > 1 || entries.iter().any(|entered| entered.department == *department)
        }
        let mut open = vec![];
        let spoken = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        if spoken(plan.ceremony.as_ref().map(|of| of.at)) && !has(&self.ceremony, department) {
            open.push(CEREMONY);
        }
        if spoken(plan.lottery.as_ref().map(|of| of.at)) && !has(&self.lottery, department) {
            open.push(LOTTERY);
        }
        let round = plan.drand.as_ref().and_then(|of| Chain::named(&of.chain)?.at(of.round));
        if spoken(round) && !has(&self.drand, department) {
            open.push(DRAND);
        }
        let reveals = plan.reveals.as_ref().filter(|of| now <= of.due && of.commitments.contains_key(department));
        if reveals.is_some() && !self.reveals.contains_key(department) {
            open.push(REVEAL);
        }
        open
    }

    /// What all sources said, as far as two people entered it.
    pub fn said(&self) -> Contributions {
        fn both<T: Clone>(of: &[seed::Entered<T>]) -> Option<[seed::Entered<T>; 2]> {
            <[seed::Entered<T>; 2]>::try_from(of.to_vec()).ok()
        }
        Contributions {
            ceremony: both(&self.ceremony),
            lottery: both(&self.lottery),
            drand: both(&self.drand),
            reveals: self.reveals.clone(),
        }
    }
}

/// Adds an entry that is right by itself; two that differ are both given back.
fn add<T: Clone + PartialEq + std::fmt::Debug>(
    entries: &mut Vec<seed::Entered<T>>,
    source: &'static str,
    typed: seed::Entered<T>,
    combine: impl Fn([seed::Entered<T>; 2]) -> Result<String, SeedError>,
) -> Result<Option<Rejected>, DrawError> {
    if entries.iter().any(|of| of.person == typed.person || of.department == typed.department) || entries.len() > 1 {
        return Err(DrawError::EnteredAlready(source));
    }
    let nobody = seed::Entered { person: String::new(), department: DepartmentId::new(""), ..typed.clone() };
    match combine([typed.clone(), nobody]) {
        Ok(_) => {}
        Err(SeedError::NotPlanned(source)) => return Err(DrawError::NotPlanned(source)),
        Err(other) => return Err(TransitionError::from(other).into()),
    }
    let differs = entries.iter().any(|first| first.value != typed.value);
    entries.push(typed);
    if !differs {
        return Ok(None);
    }
    let told = |of: &seed::Entered<T>| (format!("{:?}", of.value).trim_matches('"').to_owned(), of.person.clone());
    let rejected = Rejected { source: source.to_owned(), first: told(&entries[0]), second: told(&entries[1]) };
    entries.clear();
    Ok(Some(rejected))
}

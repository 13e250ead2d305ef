//! What the sources said, and the public part of the seed that follows from it.

use super::{BadValue, RevealPlan, SeedError, SourcePlan};
use crate::digest::commit;
use crate::drand::{Chain, Pulse};
use crate::{Digest, DrawId, Salt};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::{DepartmentId, Fault, Timestamp};

/// Something a person typed from a public source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered<T> {
    /// Who, as the public may know.
    pub person: String,
    /// Of which department.
    pub department: DepartmentId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub value: T,
}

/// A random number that a department had committed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// The number.
    pub value: Salt,
    /// What hid it.
    pub salt: Salt,
    /// When it was shown.
    pub at: Timestamp,
}

impl Reveal {
    /// The commitment to hand in before: it names draw and department, so nobody can hand in a copy of another's.
    pub fn commitment(draw: &DrawId, department: &DepartmentId, value: &Salt, salt: &Salt) -> Digest {
        #[derive(Serialize)]
        struct Committed<'a> {
            draw: &'a DrawId,
            department: &'a DepartmentId,
            value: &'a Salt,
        }
        commit("xingjian/draw/reveal/v1", salt, &Committed { draw, department, value })
    }
}

/// What came in from all sources: each public one typed or imported by two people on their own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contributions {
    /// Digits read aloud.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ceremony: Option<[Entered<String>; 2]>,
    /// Numbers of the lottery or exchange, in the order in which they are published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lottery: Option<[Entered<String>; 2]>,
    /// The round of drand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub drand: Option<[Entered<Pulse>; 2]>,
    /// What departments revealed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reveals: BTreeMap<DepartmentId, Reveal>,
}

impl Contributions {
    /// When each public source was entered.
    pub fn entered_at(&self) -> Vec<Timestamp> {
        fn times<T>(both: Option<&[Entered<T>; 2]>) -> impl Iterator<Item = Timestamp> {
            both.into_iter().flatten().map(|entered| entered.at)
        }
        let texts = times(self.ceremony.as_ref()).chain(times(self.lottery.as_ref()));
        texts.chain(times(self.drand.as_ref())).collect()
    }
}

impl SourcePlan {
    /// The public part of the seed: `ceremony:DIGITS|lottery:NUMBERS|drand:RANDOMNESS|reveal:DEPARTMENT=VALUE`, of
    /// these what the plan names.
    pub fn combine(&self, draw: &DrawId, said: &Contributions) -> Result<String, SeedError> {
        let [ceremony, lottery, drand] =
            self.public().map(|(name, at)| (name, at.unwrap_or(Timestamp::from_micros(0))));
        let mut parts = self.reveals(draw, &said.reveals)?;
        if let Some(entered) = agreed(drand, self.drand.is_some(), said.drand.as_ref())? {
            parts.insert(0, format!("drand:{}", self.randomness(entered)?));
        }
        if let Some(entered) = agreed(lottery, self.lottery.is_some(), said.lottery.as_ref())? {
            parts.insert(0, format!("lottery:{}", numbers(entered)?));
        }
        if let Some(entered) = agreed(ceremony, self.ceremony.is_some(), said.ceremony.as_ref())? {
            let wanted = self.ceremony.as_ref().map_or(0, |ceremony| ceremony.digits);
            parts.insert(0, format!("ceremony:{}", digits(entered, wanted)?));
        }
        Ok(parts.join("|"))
    }

    fn randomness(&self, pulse: &Pulse) -> Result<Digest, SeedError> {
        let planned = self.drand.as_ref().ok_or(SeedError::NotPlanned("drand随机信标"))?;
        if pulse.round != planned.round {
            return Err(SeedError::OtherRound { planned: planned.round, entered: pulse.round });
        }
        let chain = Chain::named(&planned.chain).ok_or(SeedError::NotPlanned("drand随机信标"))?;
        Ok(pulse.verify(chain)?)
    }

    /// Whether every department that committed has revealed in time what it committed to.
    pub fn check_reveals(&self, draw: &DrawId, shown: &BTreeMap<DepartmentId, Reveal>) -> Result<(), SeedError> {
        self.reveals(draw, shown).map(drop)
    }

    fn reveals(&self, draw: &DrawId, shown: &BTreeMap<DepartmentId, Reveal>) -> Result<Vec<String>, SeedError> {
        let none = RevealPlan { due: Timestamp::from_micros(0), commitments: BTreeMap::new() };
        let RevealPlan { due, commitments } = self.reveals.as_ref().unwrap_or(&none);
        if let Some(department) = shown.keys().find(|department| !commitments.contains_key(department)) {
            return Err(SeedError::NotCommitted { department: department.clone() });
        }
        let check = |(department, commitment): (&DepartmentId, &Digest)| {
            let reveal = shown.get(department).filter(|reveal| reveal.at <= *due);
            let department = department.clone();
            let Some(reveal) = reveal else { return Err(SeedError::NotRevealed { department, due: *due }) };
            if Reveal::commitment(draw, &department, &reveal.value, &reveal.salt) != *commitment {
                return Err(SeedError::OtherReveal { department });
            }
            Ok(format!("reveal:{department}={}", reveal.value))
        };
        commitments.iter().map(check).collect()
    }
}

/// What two people of two departments typed alike, not before the source had spoken.
fn agreed<'a, T: PartialEq + std::fmt::Debug>(
    (what, exists): (&'static str, Timestamp),
    planned: bool,
    entered: Option<&'a [Entered<T>; 2]>,
) -> Result<Option<&'a T>, SeedError> {
    let [first, second] = match (planned, entered) {
        (true, Some(both)) => both,
        (true, None) => return Err(SeedError::Missing(what)),
        (false, Some(_)) => return Err(SeedError::NotPlanned(what)),
        (false, None) => return Ok(None),
    };
    if first.person == second.person || first.department == second.department {
        let name = |entered: &Entered<T>| format!("{}（{}）", entered.person, entered.department);
        return Err(SeedError::OneHand { what, first: name(first), second: name(second) });
    }
    if let Some(early) = [first, second].into_iter().find(|entered| entered.at < exists) {
        return Err(SeedError::Early { what, at: early.at, exists });
    }
    if first.value != second.value {
        let show = |entered: &Entered<T>| format!("{:?}", entered.value).trim_matches('"').to_owned();
        return Err(SeedError::Differ { what, first: show(first), second: show(second) });
    }
    Ok(Some(&first.value))
}

fn digits(text: &str, wanted: u16) -> Result<&str, BadValue> {
    let complete = text.len() == usize::from(wanted) && text.bytes().all(|byte| byte.is_ascii_digit());
    let reason = || format!("应当正好是{wanted}位半角数字");
    if complete {
        Ok(text)
    } else {
        Err(BadValue(Fault::new("公开仪式数字", text, reason(), "请对照记录重新录入")))
    }
}

/// Groups of digits joined by commas, whatever stood between them on the public page.
fn numbers(text: &str) -> Result<String, BadValue> {
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | '，' | '、' | '+' | '.');
    let groups: Vec<&str> = text.split(between).filter(|group| !group.is_empty()).collect();
    let plain = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    if groups.is_empty() || !groups.iter().all(plain) {
        let reason = "只能是数字，数字之间用空格或逗号分开";
        return Err(BadValue(Fault::new("彩票或交易所结果", text, reason, "请对照公布的结果重新录入")));
    }
    Ok(groups.join(","))
}

//! Why teams cannot be formed: exactly which objects, and which rules.

use super::Bar;
use super::network::Network;
use super::search::{Limits, Reached};
use crate::base::{Bases, Rules};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// An object whose seats cannot all be filled together with those of the others named beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocked {
    /// Id of the object.
    pub object: String,
    /// The seats it is about, as `department` or `department/specialty`.
    pub seats: Vec<String>,
}

/// The smallest set of objects that cannot be staffed together, and what stands in the way. Leave out one of the seats,
/// and the others can be filled.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Shortage {
    /// The objects.
    pub objects: Vec<Blocked>,
    /// Pseudonyms of all officers who may take any of the seats.
    pub officers: Vec<String>,
    /// How many officers of the departments concerned each rule keeps from the seats.
    pub barred: BTreeMap<Bar, usize>,
    /// The most seats an officer may have, where it stands in the way.
    pub most: Option<usize>,
    /// The most seats for officers who are not of the first line, where that stands in the way.
    pub second_line: Option<usize>,
}

impl Shortage {
    pub(super) fn of(network: &Network, rules: &Rules, bases: &Bases, reached: &Reached, limits: &Limits) -> Self {
        let mut objects: BTreeMap<usize, Blocked> = BTreeMap::new();
        let mut barred: BTreeMap<usize, Bar> = BTreeMap::new();
        let able: BTreeSet<usize> = reached.officers.iter().copied().collect();
        for seat in &reached.seats {
            let (at, which) = network.object_of(*seat);
            let object = network.objects[at];
            let asked = &rules.seats_of(&object.kind)[which];
            let blocked = objects.entry(at).or_insert_with(|| Blocked { object: object.id.clone(), seats: vec![] });
            let specialty = asked.specialty.as_ref().map(|specialty| format!("/{specialty}")).unwrap_or_default();
            blocked.seats.push(format!("{}{specialty}", asked.department));
            for officer in (0..network.officers()).filter(|officer| !able.contains(officer)) {
                let one = &bases.officers[network.place(officer)];
                let bar =
                    Bar::of(rules, one, object, asked).or(network.is_recused(officer, at).then_some(Bar::Recusal));
                if let Some(bar) = bar.filter(|bar| *bar != Bar::Department) {
                    barred.entry(officer).or_insert(bar);
                }
            }
        }
        let mut counts = BTreeMap::new();
        for bar in barred.into_values() {
            *counts.entry(bar).or_default() += 1;
        }
        let holding = reached.seats.iter().filter_map(|seat| network.held[*seat]);
        let officers: BTreeSet<usize> = able.iter().copied().chain(holding).collect();
        let full = officers.iter().any(|officer| network.load(*officer) >= limits.high);
        Self {
            objects: objects.into_values().collect(),
            officers: officers
                .iter()
                .map(|officer| bases.officers[network.place(*officer)].pseudonym.clone())
                .collect(),
            barred: counts,
            most: full.then_some(limits.high),
            second_line: reached.pool.then_some(limits.second),
        }
    }
}

impl Shortage {
    /// Numbers and rules without a name, for a list that is sealed.
    pub fn summary(&self) -> String {
        let seats: usize = self.objects.iter().map(|blocked| blocked.seats.len()).sum();
        let (objects, officers) = (self.objects.len(), self.officers.len());
        format!("{objects}家对象共{seats}个席位，能担任的只有{officers}人{}", self.standing_in_the_way())
    }

    fn standing_in_the_way(&self) -> String {
        let most = self.most.map(|most| format!("，每人至多{most}个席位"));
        let second = self.second_line.map(|second| format!("，非一线监督员合计至多{second}个席位"));
        let barred = self.barred.iter().map(|(bar, count)| format!("；{count}人{}", bar.label()));
        most.into_iter().chain(second).chain(barred).collect()
    }
}

/// At most so many objects are listed in a message.
const SHOWN: usize = 5;

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seats: usize = self.objects.iter().map(|blocked| blocked.seats.len()).sum();
        let shown = self.objects.iter().take(SHOWN).map(|of| format!("“{}”（{}）", of.object, of.seats.join("、")));
        let more = if self.objects.len() > SHOWN { format!("等{}家", self.objects.len()) } else { String::new() };
        let list = shown.collect::<Vec<_>>().join("、");
        write!(f, "检查组无法组成：{list}{more}共{seats}个席位，能担任的只有{}人", self.officers.len())?;
        f.write_str(&self.standing_in_the_way())?;
        f.write_str("。没有作任何改动；请补充检查人员，或者写明理由后调整规则，另行组织")
    }
}

//! An officer who steps back after the draw. Who steps in is not chosen: tickets decide again.

use super::{Drawn, Frozen, Person};
use crate::DrawId;
use crate::base::Seat;
use crate::team::{Bar, Team};
use crate::ticket::{Number, Sampler, Tag};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use xingjian_kernel::Timestamp;

/// A replacement, with its reason and two people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficerChange {
    /// Name of the draw.
    pub draw: DrawId,
    /// Id of the object.
    pub object: String,
    /// Number of the seat, from 1.
    pub seat: u64,
    /// Pseudonym of who steps back.
    pub from: String,
    /// Pseudonym of who steps in.
    pub to: String,
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub proposed_by: Person,
    /// Who agreed to it.
    pub approved_by: Person,
    /// When.
    pub at: Timestamp,
}

/// Why an officer was not replaced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// No such object was drawn.
    #[error("对象“{0}”不在抽查结果中。请核对对象编号")]
    NotDrawn(String),
    /// The officer is not in the team.
    #[error("“{officer}”不在对象“{object}”的检查组中。请核对化名")]
    NotInTeam {
        /// The object.
        object: String,
        /// The officer.
        officer: String,
    },
    /// The visit was made.
    #[error("对象“{0}”已经登记检查结果，不得再更换检查人员")]
    Recorded(String),
    /// Without a reason.
    #[error("更换“{0}”没有写明理由。请填写理由")]
    NoReason(String),
    /// One person alone.
    #[error("更换检查人员须由另一人批准，“{0}”不能批准自己的申请。请由负责人批准")]
    OneHand(String),
    /// Nobody may take the seat.
    #[error("对象“{object}”的席位没有其他人可以担任，没有作任何改动。请补充检查人员后另行组织，或者写明理由终止")]
    Nobody {
        /// The object.
        object: String,
    },
}

impl Drawn {
    /// Replaces an officer by the one whom the tickets name.
    pub(super) fn change_officer(
        &mut self,
        (object, from): (String, String),
        reason: String,
        (proposed_by, approved_by): (Person, Person),
        at: Timestamp,
    ) -> Result<OfficerChange, ChangeError> {
        let team = self.teams.iter().position(|team| team.object == object);
        let team = team.ok_or_else(|| ChangeError::NotDrawn(object.clone()))?;
        let seat = self.teams[team].officers.iter().position(|officer| *officer == from);
        let seat = seat.ok_or_else(|| ChangeError::NotInTeam { object: object.clone(), officer: from.clone() })?;
        if self.results.contains_key(&object) {
            return Err(ChangeError::Recorded(object));
        }
        if reason.trim().is_empty() {
            return Err(ChangeError::NoReason(from));
        }
        if proposed_by == approved_by {
            return Err(ChangeError::OneHand(approved_by.name));
        }
        let seed = self.seeded.frozen.seed(&self.seeding().public);
        let to = successor(&self.seeded.frozen, &seed, &self.teams, (team, seat), self.changes.len());
        let to = to.ok_or_else(|| ChangeError::Nobody { object: object.clone() })?;
        self.teams[team].officers[seat].clone_from(&to);
        let draw = self.drawing.draw.clone();
        let change =
            OfficerChange { draw, object, seat: seat_number(seat), from, to, reason, proposed_by, approved_by, at };
        self.changes.push(change.clone());
        Ok(change)
    }

    fn seeding(&self) -> &super::Seeding {
        &self.seeded.seeding
    }
}

/// The number of a seat from 1.
pub(crate) fn seat_number(seat: usize) -> u64 {
    u64::try_from(seat + 1).expect("a number of seats fits")
}

/// Who steps in: of the officers who may take the seat and have the fewest seats now, in the order of their tickets, the
/// one that the ticket `OBJECT#SEAT#CHANGE` picks, changes counted from 1 in the draw.
pub(crate) fn successor(
    frozen: &Frozen,
    seed: &str,
    teams: &[Team],
    (team, seat): (usize, usize),
    changes: usize,
) -> Option<String> {
    let Frozen { document, bases, .. } = frozen;
    let id = &teams[team].object;
    let object = &bases.objects[bases.objects.binary_search_by(|object| object.id.cmp(id)).ok()?];
    let asked: &Seat = &document.rules.seats_of(&object.kind)[seat];
    let mut loads: BTreeMap<&str, u32> = BTreeMap::new();
    for officer in teams.iter().flat_map(|team| &team.officers) {
        *loads.entry(officer).or_default() += 1;
    }
    let kept = bases.exceptions_of(id);
    let recused = |officer: &str| kept.iter().any(|exception| exception.officer == officer);
    let first_line_matters =
        bases.officers.iter().any(|one| one.pseudonym == teams[team].officers[seat] && one.first_line);
    let order = Sampler::of(Tag::Officer, &document.draw, seed);
    let mut free: Vec<(u32, Number, &str)> = vec![];
    for one in &bases.officers {
        let name = one.pseudonym.as_str();
        let load = loads.get(name).copied().unwrap_or(0);
        let fit = Bar::of(&document.rules, one, object, asked).is_none() && !recused(name);
        let room = document.rules.most.is_none_or(|most| load < most) && (one.first_line || !first_line_matters);
        if fit && room && !teams[team].officers.iter().any(|officer| officer == name) {
            free.push((load, order.number(name), name));
        }
    }
    free.sort_unstable();
    let least = free.first()?.0;
    free.retain(|(load, ..)| *load == least);
    let ticket = Sampler::of(Tag::Change, &document.draw, seed).number(&format!("{id}#{}#{}", seat + 1, changes + 1));
    Some(free[ticket.place_among(free.len())].2.to_owned())
}

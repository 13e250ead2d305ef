//! Seats, officers and who sits where, as a flow: from each seat to an officer who may take it, at most once for each
//! object, from officers of the first line to the end, from the others through a pool that holds only so many.

use super::bits::Bits;
use super::search::{Came, Limits};
use super::{Bar, Team};
use crate::base::{Bases, Object, Rules};
use crate::names::{Name, name};
use std::collections::{BTreeMap, BTreeSet};

/// Officers are numbered by rank, seats in the order of the drawn objects.
pub(super) struct Network<'a> {
    pub objects: &'a [&'a Object],
    /// The place in the base of each rank.
    ranked: &'a [usize],
    pseudonyms: Vec<&'a str>,
    pub first_line: Bits,
    /// Which object a seat belongs to, and which list of officers may take it.
    pub seat_of: Vec<(usize, usize)>,
    /// The first seat of each object, and one past the last.
    begin: Vec<usize>,
    /// Officers by what a seat asks.
    pub lists: Vec<Bits>,
    /// Officers kept from each object by an exception, ascending.
    recused: Vec<Vec<usize>>,
    pub held: Vec<Option<usize>>,
    pub holds: Vec<BTreeSet<usize>>,
    /// Officers by the number of seats they have.
    levels: Vec<Bits>,
    /// For each list the fewest seats that any of its officers has, or less.
    fewest: Vec<usize>,
    /// Seats held by officers who are not of the first line.
    pub second: usize,
    /// Where the last search came to, kept for the next one to fill again.
    pub came: Came,
}

impl<'a> Network<'a> {
    pub fn new(rules: &Rules, bases: &'a Bases, ranked: &'a [usize], objects: &'a [&'a Object]) -> Self {
        let officers = || ranked.iter().map(|at| &bases.officers[*at]);
        let mut lists: Vec<Bits> = vec![];
        let mut known = BTreeMap::new();
        let mut seat_of = vec![];
        let mut begin = vec![0];
        for (at, object) in objects.iter().enumerate() {
            let own = if rules.crossing { object.unit.as_str() } else { "" };
            for seat in rules.seats_of(&object.kind) {
                let list = *known.entry((seat, own)).or_insert_with(|| {
                    let fit = officers().enumerate().filter(|(_, one)| Bar::of(rules, one, object, seat).is_none());
                    lists.push(Bits::of(ranked.len(), fit.map(|(rank, _)| rank)));
                    lists.len() - 1
                });
                seat_of.push((at, list));
            }
            begin.push(seat_of.len());
        }
        Self {
            objects,
            ranked,
            pseudonyms: officers().map(|officer| officer.pseudonym.as_str()).collect(),
            first_line: Bits::of(
                ranked.len(),
                officers().enumerate().filter(|(_, one)| one.first_line).map(|(at, _)| at),
            ),
            held: vec![None; seat_of.len()],
            holds: vec![BTreeSet::new(); ranked.len()],
            levels: vec![Bits::of(ranked.len(), 0..ranked.len())],
            second: 0,
            came: Came::none(seat_of.len(), ranked.len()),
            recused: recused(bases, ranked, objects),
            seat_of,
            begin,
            fewest: vec![0; lists.len()],
            lists,
        }
    }

    pub fn seats(&self) -> usize {
        self.seat_of.len()
    }

    pub fn officers(&self) -> usize {
        self.ranked.len()
    }

    /// Seats in the order in which they are filled: first those that the fewest officers may take, exceptions aside.
    pub fn by_choice(&self) -> Vec<usize> {
        let choice: Vec<usize> = self.lists.iter().map(Bits::len).collect();
        let mut seats: Vec<usize> = (0..self.seats()).collect();
        seats.sort_by_key(|seat| choice[self.seat_of[*seat].1]);
        seats
    }

    /// The place in the base of an officer.
    pub fn place(&self, officer: usize) -> usize {
        self.ranked[officer]
    }

    /// The drawn object of a seat, and the how manyth of its seats it is, from 0.
    pub fn object_of(&self, seat: usize) -> (usize, usize) {
        let (object, _) = self.seat_of[seat];
        (object, seat - self.begin[object])
    }

    /// The text that gets the ticket of a seat: object and number of the seat from 1.
    pub fn seat_id(&self, seat: usize) -> String {
        let (object, at) = self.object_of(seat);
        format!("{}#{}", self.objects[object].id, at + 1)
    }

    pub fn is_recused(&self, officer: usize, object: usize) -> bool {
        self.recused[object].binary_search(&officer).is_ok()
    }

    /// Whether no rule denies the officer the seat.
    pub fn fits(&self, seat: usize, officer: usize) -> bool {
        let (object, list) = self.seat_of[seat];
        self.lists[list].has(officer) && !self.is_recused(officer, object)
    }

    /// Officers who may take at least one seat.
    pub fn involved(&self) -> Vec<usize> {
        let mut may = Bits::none(self.officers());
        let mut open = self.lists.clone();
        for (object, list) in &self.seat_of {
            let found: Vec<usize> = open[*list].iter().filter(|officer| !self.is_recused(*officer, *object)).collect();
            for officer in found {
                may.insert(officer);
                open[*list].remove(officer);
            }
        }
        may.iter().collect()
    }

    /// Those who can take the seat as things stand, of these those with the fewest seats.
    pub fn free(&mut self, seat: usize, limits: &Limits) -> Option<Bits> {
        let (object, list) = self.seat_of[seat];
        while self.fewest[list] + 1 < self.levels.len() && !self.levels[self.fewest[list]].meets(&self.lists[list]) {
            self.fewest[list] += 1;
        }
        let full = self.second >= limits.second;
        self.levels.iter().take(limits.high).skip(self.fewest[list]).find_map(|level| {
            let mut free = level.and(&self.lists[list]);
            if full {
                free.keep(&self.first_line);
            }
            self.recused[object].iter().for_each(|officer| free.remove(*officer));
            self.beside(seat).filter_map(|other| self.held[other]).for_each(|officer| free.remove(officer));
            (free.len() > 0).then_some(free)
        })
    }

    /// Officers of the first line, or those who are not, by how many seats they have.
    pub fn of_line(&self, first_line: bool, seats: std::ops::Range<usize>) -> Bits {
        let mut loaded = Bits::none(self.officers());
        self.levels.iter().take(seats.end).skip(seats.start).for_each(|level| loaded.join(level));
        if first_line { loaded.and(&self.first_line) } else { loaded.without(&self.first_line) }
    }

    pub fn load(&self, officer: usize) -> usize {
        self.holds[officer].len()
    }

    /// The other seats of the same object.
    pub fn beside(&self, seat: usize) -> impl Iterator<Item = usize> + '_ {
        let (object, _) = self.seat_of[seat];
        (self.begin[object]..self.begin[object + 1]).filter(move |other| *other != seat)
    }

    pub fn give(&mut self, seat: usize, officer: Option<usize>) {
        if let Some(before) = self.held[seat] {
            self.levels[self.holds[before].len()].remove(before);
            self.holds[before].remove(&seat);
            self.levels[self.holds[before].len()].insert(before);
            self.fewest.iter_mut().for_each(|fewest| *fewest = self.holds[before].len().min(*fewest));
            self.second -= usize::from(!self.first_line.has(before));
        }
        if let Some(after) = officer {
            self.levels[self.holds[after].len()].remove(after);
            self.holds[after].insert(seat);
            if self.levels.len() == self.holds[after].len() {
                self.levels.push(Bits::none(self.ranked.len()));
            }
            self.levels[self.holds[after].len()].insert(after);
            self.second += usize::from(!self.first_line.has(after));
        }
        self.held[seat] = officer;
    }

    pub fn teams(&self) -> Vec<Team> {
        let officer = |seat: usize| self.pseudonyms[self.held[seat].expect("every seat was filled")].to_owned();
        let team = |(at, object): (usize, &&Object)| Team {
            object: object.id.clone(),
            officers: (self.begin[at]..self.begin[at + 1]).map(officer).collect(),
        };
        self.objects.iter().enumerate().map(team).collect()
    }
}

/// Exceptions by drawn object, as ranks.
fn recused(bases: &Bases, ranked: &[usize], objects: &[&Object]) -> Vec<Vec<usize>> {
    let rank: BTreeMap<Name<'_>, usize> =
        ranked.iter().enumerate().map(|(rank, at)| (name(&bases.officers[*at].pseudonym), rank)).collect();
    // Objects lie in the base in the order of their ids, exceptions as well: each search goes on where the last ended.
    let mut by_id: Vec<usize> = (0..objects.len()).collect();
    by_id.sort_unstable_by_key(|at| std::ptr::from_ref(objects[*at]));
    let mut rest = bases.exceptions.as_slice();
    let mut recused = vec![vec![]; objects.len()];
    for at in by_id {
        let id = &objects[at].id;
        let mut reach = 1;
        while rest.get(reach).is_some_and(|exception| exception.object < *id) {
            reach *= 2;
        }
        let near = &rest[..rest.len().min(reach + 1)];
        rest = &rest[near.partition_point(|exception| exception.object < *id)..];
        let of = rest.iter().take_while(|exception| exception.object == *id);
        recused[at] = of.filter_map(|one| rank.get(&name(&one.officer)).copied()).collect();
        recused[at].sort_unstable();
    }
    recused
}

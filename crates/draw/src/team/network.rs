//! Seats, officers and who sits where, as a flow: from each seat to an officer who may take it, at most once for each
//! object, from officers of the first line to the end, from the others through a pool that holds only so many.

use super::bits::Bits;
use super::{Bar, Team};
use crate::base::{Bases, Object, Rules};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Bounds that a change of the assignment has to keep.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// No officer with this many seats or fewer gives one up.
    pub low: usize,
    /// No officer with this many seats or more gets another.
    pub high: usize,
    /// Most seats for officers who are not of the first line.
    pub second: usize,
}

/// A node of the flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Seat(usize),
    Officer(usize),
    Pool,
    End,
}

/// Seats and officers that a search came to without finding a way on: the seats are more than these officers can take.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reached {
    pub seats: Vec<usize>,
    pub officers: Vec<usize>,
    pub pool: bool,
}

/// Officers are numbered by rank, seats in the order of the drawn objects.
pub(super) struct Network<'a> {
    pub objects: &'a [&'a Object],
    /// The place in the base of each rank.
    ranked: &'a [usize],
    pseudonyms: Vec<&'a str>,
    pub first_line: Bits,
    /// Which object a seat belongs to, and which list of officers may take it.
    seat_of: Vec<(usize, usize)>,
    /// The first seat of each object, and one past the last.
    begin: Vec<usize>,
    /// Officers by what a seat asks.
    lists: Vec<Bits>,
    /// Officers kept from each object by an exception, ascending.
    recused: Vec<Vec<usize>>,
    pub held: Vec<Option<usize>>,
    pub holds: Vec<BTreeSet<usize>>,
    /// Officers by the number of seats they have.
    levels: Vec<Bits>,
    /// Seats held by officers who are not of the first line.
    pub second: usize,
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
            recused: recused(bases, ranked, objects),
            seat_of,
            begin,
            lists,
        }
    }

    pub fn seats(&self) -> usize {
        self.seat_of.len()
    }

    pub fn officers(&self) -> usize {
        self.ranked.len()
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
        for (object, list) in &self.seat_of {
            self.lists[*list].iter().filter(|at| !self.is_recused(*at, *object)).for_each(|at| may.insert(at));
        }
        may.iter().collect()
    }

    /// Those who can take the seat as things stand, of these those with the fewest seats.
    pub fn free(&self, seat: usize, limits: &Limits) -> Option<Bits> {
        let (object, list) = self.seat_of[seat];
        let full = self.second >= limits.second;
        let among = if full { self.lists[list].and(&self.first_line) } else { self.lists[list].clone() };
        self.levels.iter().take(limits.high).find_map(|level| {
            let mut free = level.and(&among);
            self.recused[object].iter().for_each(|officer| free.remove(*officer));
            self.beside(seat).filter_map(|other| self.held[other]).for_each(|officer| free.remove(officer));
            (free.len() > 0).then_some(free)
        })
    }

    pub fn load(&self, officer: usize) -> usize {
        self.holds[officer].len()
    }

    /// The other seats of the same object.
    fn beside(&self, seat: usize) -> impl Iterator<Item = usize> + '_ {
        let (object, _) = self.seat_of[seat];
        (self.begin[object]..self.begin[object + 1]).filter(move |other| *other != seat)
    }

    pub fn give(&mut self, seat: usize, officer: Option<usize>) {
        if let Some(before) = self.held[seat] {
            self.levels[self.holds[before].len()].remove(before);
            self.holds[before].remove(&seat);
            self.levels[self.holds[before].len()].insert(before);
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

    /// The shortest way from one node to another along which the assignment can change within the limits, and the change
    /// done; or what was reached. The first step from an officer is to give up a seat.
    pub fn search(&mut self, from: Node, to: Node, limits: &Limits) -> Result<(), Reached> {
        let mut came = Came {
            seats: vec![None; self.seats()],
            officers: vec![None; self.officers()],
            pool: None,
            end: None,
            unseen: self.lists.clone(),
        };
        came.mark(from, from);
        let mut queue = VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            for next in self.ways_on(node, node == from, limits, &mut came) {
                if came.mark(next, node) {
                    if next == to {
                        self.change(&came.way(from, to));
                        return Ok(());
                    }
                    queue.push_back(next);
                }
            }
        }
        Err(came.reached())
    }

    /// From a seat to the other seats of the object whose officers may take it, then to officers by rank; from an officer
    /// to the end, then to the seats to give up, in their order; from pool and end on and then back to officers by rank.
    fn ways_on(&self, node: Node, first: bool, limits: &Limits, came: &mut Came) -> Vec<Node> {
        let gives = |officer: &usize| self.load(*officer) > limits.low;
        let mut ways = vec![];
        match node {
            Node::Seat(seat) => {
                let holds = |other: &usize| self.held[*other].is_some_and(|officer| self.fits(seat, officer));
                ways.extend(self.beside(seat).filter(holds).map(Node::Seat));
                ways.extend(self.unseen(seat, came).into_iter().map(Node::Officer));
            }
            Node::Officer(officer) => {
                if !first && self.load(officer) < limits.high {
                    ways.push(if self.first_line.has(officer) { Node::End } else { Node::Pool });
                }
                ways.extend(self.holds[officer].iter().map(|seat| Node::Seat(*seat)));
            }
            Node::Pool => {
                ways.extend((self.second < limits.second).then_some(Node::End));
                let second = (0..self.officers()).filter(|at| !self.first_line.has(*at));
                ways.extend(second.filter(gives).map(Node::Officer));
            }
            Node::End => {
                ways.extend((self.second > 0).then_some(Node::Pool));
                ways.extend(self.first_line.iter().filter(gives).map(Node::Officer));
            }
        }
        ways
    }

    /// Officers who may take the seat and that the search has not seen from a seat that asks the same. Those who sit in the
    /// object already or are kept from it by an exception stay unseen.
    fn unseen(&self, seat: usize, came: &mut Came) -> Vec<usize> {
        let (object, list) = self.seat_of[seat];
        let stays = |officer: &usize| {
            self.is_recused(*officer, object)
                || self.held[seat] == Some(*officer)
                || self.beside(seat).any(|other| self.held[other] == Some(*officer))
        };
        let seen: Vec<usize> = came.unseen[list].iter().filter(|officer| !stays(officer)).collect();
        for officer in &seen {
            came.unseen[list].remove(*officer);
        }
        seen
    }

    /// Along a way, each seat goes to the officer it steps to, or to the one who holds the seat it steps to.
    fn change(&mut self, way: &[Node]) {
        let steps = way.windows(2).filter_map(|step| match (step[0], step[1]) {
            (Node::Seat(seat), Node::Officer(officer)) => Some((seat, Some(officer))),
            (Node::Seat(seat), Node::Seat(other)) => Some((seat, self.held[other])),
            _ => None,
        });
        let steps: Vec<_> = steps.collect();
        for (seat, _) in &steps {
            self.give(*seat, None);
        }
        for (seat, officer) in steps {
            self.give(seat, officer);
        }
    }
}

/// Exceptions by drawn object, as ranks.
fn recused(bases: &Bases, ranked: &[usize], objects: &[&Object]) -> Vec<Vec<usize>> {
    let rank: BTreeMap<&str, usize> =
        ranked.iter().enumerate().map(|(rank, at)| (bases.officers[*at].pseudonym.as_str(), rank)).collect();
    let place: BTreeMap<&str, usize> =
        objects.iter().enumerate().map(|(at, object)| (object.id.as_str(), at)).collect();
    let mut recused: Vec<Vec<usize>> = vec![vec![]; objects.len()];
    for exception in &bases.exceptions {
        if let (Some(at), Some(rank)) = (place.get(exception.object.as_str()), rank.get(exception.officer.as_str())) {
            recused[*at].push(*rank);
        }
    }
    for ranks in &mut recused {
        ranks.sort_unstable();
    }
    recused
}

/// From where a search came to each node.
struct Came {
    seats: Vec<Option<Node>>,
    officers: Vec<Option<Node>>,
    pool: Option<Node>,
    end: Option<Node>,
    /// Officers by what a seat asks, as far as no such seat has led to them.
    unseen: Vec<Bits>,
}

impl Came {
    fn at(&mut self, node: Node) -> &mut Option<Node> {
        match node {
            Node::Seat(seat) => &mut self.seats[seat],
            Node::Officer(officer) => &mut self.officers[officer],
            Node::Pool => &mut self.pool,
            Node::End => &mut self.end,
        }
    }

    /// Whether the node is new.
    fn mark(&mut self, node: Node, from: Node) -> bool {
        let slot = self.at(node);
        let new = slot.is_none();
        if new {
            *slot = Some(from);
        }
        new
    }

    fn way(&mut self, from: Node, to: Node) -> Vec<Node> {
        let mut way = vec![to];
        let mut node = to;
        while node != from {
            node = self.at(node).expect("the search came here from somewhere");
            way.push(node);
        }
        way.reverse();
        way
    }

    fn reached(&self) -> Reached {
        let marked = |nodes: &[Option<Node>]| (0..nodes.len()).filter(|at| nodes[*at].is_some()).collect();
        Reached { seats: marked(&self.seats), officers: marked(&self.officers), pool: self.pool.is_some() }
    }
}

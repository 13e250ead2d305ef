//! How the assignment can change: ways through the flow, searched breadth first.

use super::bits::Bits;
use super::network::Network;
use std::collections::VecDeque;

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
    pub end: bool,
}

/// From where a search came to each node.
#[derive(Default)]
pub(super) struct Came {
    seats: Vec<Option<Node>>,
    /// The seats that are marked.
    marked: Vec<usize>,
    officers: Vec<Option<Node>>,
    pool: Option<Node>,
    end: Option<Node>,
    /// Officers by what a seat asks, as far as no such seat has led to them.
    unseen: Vec<Bits>,
    /// How many these are.
    left: Vec<usize>,
}

impl Came {
    pub fn none(seats: usize, officers: usize) -> Self {
        Self { seats: vec![None; seats], officers: vec![None; officers], ..Self::default() }
    }

    /// Forgets the search before.
    fn begin(&mut self, lists: &[Bits]) {
        for seat in self.marked.drain(..) {
            self.seats[seat] = None;
        }
        self.officers.fill(None);
        (self.pool, self.end) = (None, None);
        lists.clone_into(&mut self.unseen);
        self.left.clear();
        self.left.extend(lists.iter().map(Bits::len));
    }

    fn from(&self, node: Node) -> Option<Node> {
        match node {
            Node::Seat(seat) => self.seats[seat],
            Node::Officer(officer) => self.officers[officer],
            Node::Pool => self.pool,
            Node::End => self.end,
        }
    }

    /// Whether the node is new.
    fn mark(&mut self, node: Node, from: Node) -> bool {
        let new = self.from(node).is_none();
        if new {
            match node {
                Node::Seat(seat) => {
                    self.seats[seat] = Some(from);
                    self.marked.push(seat);
                }
                Node::Officer(officer) => self.officers[officer] = Some(from),
                Node::Pool => self.pool = Some(from),
                Node::End => self.end = Some(from),
            }
        }
        new
    }

    fn way(&self, from: Node, to: Node) -> Vec<Node> {
        let mut way = vec![to];
        let mut node = to;
        while node != from {
            node = self.from(node).expect("the search came here from somewhere");
            way.push(node);
        }
        way.reverse();
        way
    }

    fn reached(&self) -> Reached {
        let mut seats = self.marked.clone();
        seats.sort_unstable();
        let officers = (0..self.officers.len()).filter(|at| self.officers[*at].is_some()).collect();
        Reached { seats, officers, pool: self.pool.is_some(), end: self.end.is_some() }
    }
}

/// Whether a node is the end of the first line's ways, or the pool of the others'; none for what is neither.
const fn is_end(node: Node) -> Option<bool> {
    match node {
        Node::End => Some(true),
        Node::Pool => Some(false),
        Node::Seat(_) | Node::Officer(_) => None,
    }
}

impl Network<'_> {
    /// The shortest way from one node to another along which the assignment can change within the limits, and the change
    /// done; or what was reached. The first step from an officer is to give up a seat.
    pub fn search(&mut self, from: Node, to: Node, limits: &Limits) -> Result<(), Reached> {
        if let Some(way) = self.taken_from(from, to, limits).or_else(|| self.given_to(from, to, limits)) {
            self.change(&way);
            return Ok(());
        }
        let mut came = std::mem::take(&mut self.came);
        came.begin(&self.lists);
        came.mark(from, from);
        let mut queue = VecDeque::from([from]);
        let mut found = false;
        while let Some(node) = queue.pop_front().filter(|_| !found) {
            for next in self.ways_on(node, node == from, limits, &mut came) {
                if came.mark(next, node) {
                    found |= next == to;
                    queue.push_back(next);
                }
            }
        }
        let outcome = if found { Ok(came.way(from, to)) } else { Err(came.reached()) };
        self.came = came;
        outcome.map(|way| self.change(&way))
    }

    /// The way to an officer by which another of the same line gives up a seat, if there is one: no way is shorter, and it
    /// is the one that the search would find, without a look at every seat.
    fn taken_from(&self, from: Node, to: Node, limits: &Limits) -> Option<Vec<Node>> {
        let Node::Officer(taker) = to else { return None };
        let first_line = is_end(from)?;
        let mut givers = self.of_line(first_line, limits.low.saturating_add(1)..usize::MAX);
        givers.remove(taker);
        let mut found = givers.iter().filter_map(|officer| {
            let seat = self.holds[officer].iter().find(|seat| self.takes(**seat, taker))?;
            Some(vec![from, Node::Officer(officer), Node::Seat(*seat), to])
        });
        found.next()
    }

    /// The same from an officer: the way by which one seat goes to another officer of the line who has room.
    fn given_to(&self, from: Node, to: Node, limits: &Limits) -> Option<Vec<Node>> {
        let Node::Officer(giver) = from else { return None };
        let first_line = is_end(to)?;
        let mut takers = self.of_line(first_line, 0..limits.high);
        takers.remove(giver);
        let mut full = vec![false; self.lists.len()];
        for seat in &self.holds[giver] {
            let (_, list) = self.seat_of[*seat];
            if full[list] {
                continue;
            }
            let open = self.lists[list].and(&takers);
            full[list] = open.len() == 0;
            if let Some(taker) = open.iter().find(|officer| self.takes(*seat, *officer)) {
                return Some(vec![from, Node::Seat(*seat), Node::Officer(taker), to]);
            }
        }
        None
    }

    /// Whether no rule denies the officer the seat, and the officer does not sit in the object.
    fn takes(&self, seat: usize, officer: usize) -> bool {
        self.fits(seat, officer) && !self.beside(seat).any(|other| self.held[other] == Some(officer))
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
        if came.left[list] == 0 {
            return vec![];
        }
        let stays = |officer: &usize| {
            self.is_recused(*officer, object)
                || self.held[seat] == Some(*officer)
                || self.beside(seat).any(|other| self.held[other] == Some(*officer))
        };
        let seen: Vec<usize> = came.unseen[list].iter().filter(|officer| !stays(officer)).collect();
        for officer in &seen {
            came.unseen[list].remove(*officer);
        }
        came.left[list] -= seen.len();
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

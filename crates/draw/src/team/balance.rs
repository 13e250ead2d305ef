//! Load as even as it can be: the difference between the most and the fewest seats among those who can get any.

use super::network::Network;
use super::search::{Limits, Node, Reached};

impl Network<'_> {
    /// Moves seats until the difference is the smallest that any assignment within the limits has.
    ///
    /// For each most, from the smallest possible on, the largest possible fewest is looked for. A larger most is tried as
    /// long as room for one more could have led the last search on, and the average, which no fewest can exceed, still
    /// allows a smaller difference.
    pub fn balance(&mut self, limits: &Limits) {
        let involved = self.involved();
        if involved.is_empty() {
            return;
        }
        let average = self.seats() / involved.len();
        let mut high = self.lower_the_most(limits);
        let mut best = (usize::MAX, vec![]);
        while high <= limits.high && high.saturating_sub(average) < best.0 {
            let stuck = self.raise_the_fewest(&involved, &Limits { high, ..*limits });
            let loads = || involved.iter().map(|officer| self.load(*officer));
            let difference = loads().max().unwrap_or(0) - loads().min().unwrap_or(0);
            if difference < best.0 {
                best = (difference, self.held.clone());
            }
            let leads_on = |officer: &usize| {
                let known = if self.first_line.has(*officer) { stuck.end } else { stuck.pool };
                self.load(*officer) >= high && !known
            };
            if !stuck.officers.iter().any(leads_on) {
                break;
            }
            high += 1;
        }
        if best.1 != self.held {
            for (seat, officer) in best.1.into_iter().enumerate() {
                self.give(seat, officer);
            }
        }
    }

    /// Takes seats from those with the most as long as others can take them; the most that remains.
    fn lower_the_most(&mut self, limits: &Limits) -> usize {
        loop {
            let most = (0..self.officers()).map(|officer| self.load(officer)).max().unwrap_or(0);
            let below = Limits { low: 0, high: most.saturating_sub(1), ..*limits };
            for officer in 0..self.officers() {
                if self.load(officer) == most
                    && (most == 0 || self.search(Node::Officer(officer), self.end_of(officer), &below).is_err())
                {
                    return most;
                }
            }
        }
    }

    /// Brings seats to those with the fewest as long as others can give them; what the search reached that found nobody.
    fn raise_the_fewest(&mut self, involved: &[usize], limits: &Limits) -> Reached {
        loop {
            let fewest = involved.iter().map(|officer| self.load(*officer)).min().unwrap_or(0);
            let above = Limits { low: fewest + 1, ..*limits };
            for officer in involved {
                if self.load(*officer) == fewest
                    && let Err(reached) = self.search(self.end_of(*officer), Node::Officer(*officer), &above)
                {
                    return reached;
                }
            }
        }
    }

    /// Where the way of an officer's seats goes on.
    fn end_of(&self, officer: usize) -> Node {
        if self.first_line.has(officer) { Node::End } else { Node::Pool }
    }
}

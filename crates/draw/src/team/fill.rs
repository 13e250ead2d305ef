//! A seat is filled by ticket where somebody is free for it, and by moving others where nobody is.

use super::network::Network;
use super::search::{Limits, Node, Reached};
use crate::ticket::Number;

impl Network<'_> {
    /// The officers who may take the seat as things stand, of these those with the fewest seats, in the order of their
    /// tickets: of so many, the seat's ticket picks one. Where there is none, others are moved.
    pub fn fill(&mut self, seat: usize, ticket: Number, limits: &Limits) -> Result<(), Reached> {
        let Some(free) = self.free(seat, limits) else { return self.search_seat(seat, limits) };
        let picked = free.nth(ticket.place_among(free.len()));
        self.give(seat, picked);
        Ok(())
    }

    /// Fills the seat by the shortest way of moving others.
    pub fn search_seat(&mut self, seat: usize, limits: &Limits) -> Result<(), Reached> {
        self.search(Node::Seat(seat), Node::End, limits)
    }
}

//! Who goes where: a team for every drawn object, from the same seed as the objects.
//!
//! Whether all seats can be filled, and how evenly, is decided exactly (a flow through seats and officers); which of
//! the even assignments it is, tickets decide. Nobody gets a seat that a rule denies, whatever the numbers.

mod balance;
mod bar;
mod bits;
mod fill;
mod network;
mod search;
mod shortage;

pub use bar::Bar;
pub use shortage::{Blocked, Shortage};

use crate::DrawId;
use crate::base::{Bases, Object, Rules};
use crate::parallel;
use crate::ticket::{Sampler, Tag};
use network::Network;
use search::Limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The officers of one visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Team {
    /// Id of the object.
    pub object: String,
    /// Pseudonyms, one for each seat of the kind of object, in the order of the seats.
    pub officers: Vec<String>,
}

/// Teams for the drawn objects, given by their places in the list of objects and in the order of their tickets.
pub fn assign(draw: &DrawId, seed: &str, rules: &Rules, bases: &Bases, drawn: &[usize]) -> Result<Vec<Team>, Shortage> {
    let objects: Vec<&Object> = drawn.iter().map(|at| &bases.objects[*at]).collect();
    let ranked = ranked(draw, seed, bases);
    let mut network = Network::new(rules, bases, &ranked, &objects);
    let limits = Limits {
        low: 0,
        high: rules.most.map_or(usize::MAX, |most| usize::try_from(most).expect("a u32 fits")),
        second: second_line(rules, network.seats()),
    };
    let sampler = Sampler::of(Tag::Seat, draw, seed);
    let seats = network.by_choice();
    let tickets = parallel::map(&seats, |seat| sampler.number(&network.seat_id(*seat)));
    for (seat, ticket) in seats.into_iter().zip(tickets) {
        if let Err(reached) = network.fill(seat, ticket, &limits) {
            return Err(Shortage::of(&network, rules, bases, &reached, &limits));
        }
    }
    network.balance(&limits);
    Ok(network.teams())
}

/// Every object of the base that could not be staffed even if it were the only one drawn. Looked at before the seed
/// exists, so that a draw does not fail afterwards for a reason that was known.
pub fn unstaffable(rules: &Rules, bases: &Bases) -> Vec<Shortage> {
    let ranked: Vec<usize> = (0..bases.officers.len()).collect();
    // How many officers each seat of a class of objects has at least, exceptions aside.
    let mut fewest: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let limits = Limits { low: 0, high: usize::MAX, second: usize::MAX };
    let most_exceptions = bases.most_exceptions();
    let mut shortages = vec![];
    for object in &bases.objects {
        let seats = rules.seats_of(&object.kind);
        let class = (object.kind.as_str(), if rules.crossing { object.unit.as_str() } else { "" });
        let fewest = fewest.entry(class).or_insert_with(|| {
            let fit = |seat| bases.officers.iter().filter(|one| Bar::of(rules, one, object, seat).is_none()).count();
            seats.iter().map(fit).min().unwrap_or(0)
        });
        // With as many officers for every seat as there are seats, whoever is taken leaves one.
        let enough = |exceptions: usize| *fewest >= seats.len() + exceptions;
        if enough(most_exceptions) || enough(bases.exceptions_of(&object.id).len()) {
            continue;
        }
        let alone = [object];
        let mut network = Network::new(rules, bases, &ranked, &alone);
        let failed = (0..network.seats()).find_map(|seat| network.search_seat(seat, &limits).err());
        shortages.extend(failed.map(|reached| Shortage::of(&network, rules, bases, &reached, &limits)));
    }
    shortages
}

/// Officers in the order of their tickets.
fn ranked(draw: &DrawId, seed: &str, bases: &Bases) -> Vec<usize> {
    let sampler = Sampler::of(Tag::Officer, draw, seed);
    let mut order: Vec<_> =
        bases.officers.iter().enumerate().map(|(at, officer)| (sampler.number(&officer.pseudonym), at)).collect();
    order.sort_unstable();
    order.into_iter().map(|(_, at)| at).collect()
}

/// Seats that may go to officers who are not of the first line.
fn second_line(rules: &Rules, seats: usize) -> usize {
    let (whole, rest) = rules.first_line.of(u64::try_from(seats).expect("a length fits"));
    seats - usize::try_from(whole + u64::from(rest > 0)).expect("a share is no more than the seats")
}

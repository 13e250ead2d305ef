//! How many of a stratum are drawn and with what probability, exactly.
//!
//! `rate × objects` is seldom a whole number. The rest is not cut off but decided by a ticket of its own: the size is
//! rounded up with exactly the probability of the rest, so that each object's probability is the rate, whatever the
//! size of its stratum.

use crate::base::{Object, Rules, Stratum};
use crate::parallel;
use crate::ticket::{Number, Sampler, Tag};
use crate::{DrawId, Fraction};
use serde::{Deserialize, Serialize};

/// A stratum after the draw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Name of the stratum.
    pub stratum: String,
    /// How many objects it has.
    pub objects: u64,
    /// How many of them are drawn.
    pub drawn: u64,
    /// The probability with which each of its objects is drawn; none where there is no object.
    pub inclusion: Option<Fraction>,
}

impl Stratum {
    /// The least size among so many objects.
    fn least(&self, objects: u64) -> u64 {
        u64::from(self.at_least).min(objects)
    }

    /// The size for so many objects, rounded by the ticket of the stratum.
    pub fn size(&self, objects: u64, ticket: Number) -> u64 {
        let (whole, rest) = self.rate.of(objects);
        (whole + u64::from(ticket.is_below(rest))).max(self.least(objects))
    }

    /// The size for so many objects if it is rounded down.
    pub fn smallest_size(&self, objects: u64) -> u64 {
        self.rate.of(objects).0.max(self.least(objects))
    }

    /// The probability that an object among so many is drawn: the rate, or more where the least number forces it.
    pub fn inclusion(&self, objects: u64) -> Option<Fraction> {
        let (whole, _) = self.rate.of(objects);
        let least = self.least(objects);
        if whole < least { Fraction::new(least, objects) } else { (objects > 0).then(|| self.rate.into()) }
    }
}

/// Sizes of all strata, and for each drawn object its place in the list of objects; the drawn are in the order of their
/// ticket numbers.
pub fn select(draw: &DrawId, seed: &str, rules: &Rules, objects: &[Object]) -> (Vec<Size>, Vec<usize>) {
    let (of_object, of_size) = (Sampler::of(Tag::Object, draw, seed), Sampler::of(Tag::Size, draw, seed));
    let mut members: Vec<Vec<(Number, usize)>> = vec![vec![]; rules.strata.len()];
    let tickets = parallel::map(objects, |object| of_object.number(&object.id));
    for (at, (object, ticket)) in objects.iter().zip(tickets).enumerate() {
        let stratum = rules.stratum(&object.grade, &object.risk).expect("the bases were checked against the rules");
        members[stratum].push((ticket, at));
    }
    let mut drawn: Vec<(Number, usize)> = vec![];
    let mut sizes = vec![];
    for (stratum, mut members) in rules.strata.iter().zip(members) {
        let objects = u64::try_from(members.len()).expect("a length fits");
        let size = stratum.size(objects, of_size.number(&stratum.name()));
        let inclusion = stratum.inclusion(objects);
        sizes.push(Size { stratum: stratum.name(), objects, drawn: size, inclusion });
        let size = usize::try_from(size).expect("a size is no more than the objects");
        if size < members.len() {
            members.select_nth_unstable(size);
            members.truncate(size);
        }
        drawn.append(&mut members);
    }
    drawn.sort_unstable();
    (sizes, drawn.into_iter().map(|(_, at)| at).collect())
}

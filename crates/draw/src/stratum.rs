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
use std::cmp::Ordering;

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

/// The first digits of an object's number, and its place in the list: all that is moved about while millions are sorted.
type Place = (u64, usize);

/// The order of numbers, then of places; whole numbers are computed again where the first digits are the same.
fn in_order<N: Ord>(one: Place, other: Place, number: impl Fn(usize) -> N) -> Ordering {
    one.0.cmp(&other.0).then_with(|| (number(one.1), one.1).cmp(&(number(other.1), other.1)))
}

/// Sizes of all strata, and for each drawn object its place in the list of objects; the drawn are in the order of their
/// ticket numbers.
pub fn select(draw: &DrawId, seed: &str, rules: &Rules, objects: &[Object]) -> (Vec<Size>, Vec<usize>) {
    let (of_object, of_size) = (Sampler::of(Tag::Object, draw, seed), Sampler::of(Tag::Size, draw, seed));
    let order = |one: &Place, other: &Place| in_order(*one, *other, |at| of_object.number(&objects[at].id));
    let mut members: Vec<Vec<Place>> = vec![vec![]; rules.strata.len()];
    let tickets = parallel::map(objects, |object| {
        let stratum = rules.stratum(&object.grade, &object.risk).expect("the bases were checked against the rules");
        (of_object.number(&object.id).head(), stratum)
    });
    for (at, (head, stratum)) in tickets.into_iter().enumerate() {
        members[stratum].push((head, at));
    }
    let mut drawn: Vec<Place> = vec![];
    let mut sizes = vec![];
    for (stratum, mut members) in rules.strata.iter().zip(members) {
        let objects = u64::try_from(members.len()).expect("a length fits");
        let size = stratum.size(objects, of_size.number(&stratum.name()));
        let inclusion = stratum.inclusion(objects);
        sizes.push(Size { stratum: stratum.name(), objects, drawn: size, inclusion });
        let size = usize::try_from(size).expect("a size is no more than the objects");
        if size < members.len() {
            members.select_nth_unstable_by(size, order);
            members.truncate(size);
        }
        drawn.append(&mut members);
    }
    drawn.sort_unstable_by(order);
    (sizes, drawn.into_iter().map(|(_, at)| at).collect())
}

#[cfg(test)]
mod tests {
    use super::in_order;

    #[test]
    fn whole_numbers_decide_where_the_first_digits_are_the_same() {
        let whole = ["0.1232", "0.1231", "0.0999", "0.1231"];
        let mut places = vec![(123, 0), (123, 1), (99, 2), (123, 3)];
        places.sort_unstable_by(|one, other| in_order(*one, *other, |at| whole[at]));
        assert_eq!(places, [(99, 2), (123, 1), (123, 3), (123, 0)]);
    }
}

/// A set of officers by rank, one bit each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// The empty set among so many.
    pub fn none(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    pub fn of(count: usize, members: impl IntoIterator<Item = usize>) -> Self {
        let mut bits = Self::none(count);
        members.into_iter().for_each(|member| bits.insert(member));
        bits
    }

    pub fn insert(&mut self, member: usize) {
        self.0[member / 64] |= 1 << (member % 64);
    }

    pub fn remove(&mut self, member: usize) {
        self.0[member / 64] &= !(1 << (member % 64));
    }

    pub fn has(&self, member: usize) -> bool {
        self.0[member / 64] >> (member % 64) & 1 == 1
    }

    pub fn and(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }

    pub fn without(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }

    pub fn join(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a |= b);
    }

    pub fn keep(&mut self, other: &Self) {
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
    }

    pub fn meets(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).any(|(a, b)| a & b != 0)
    }

    pub fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The member at a place in ascending order.
    pub fn nth(&self, mut place: usize) -> Option<usize> {
        for (at, word) in self.0.iter().enumerate() {
            let count = word.count_ones() as usize;
            if place < count {
                let rest = (0..place).fold(*word, |word, _| word & (word - 1));
                return Some(at * 64 + rest.trailing_zeros() as usize);
            }
            place -= count;
        }
        None
    }

    /// The members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let rest = |word: &u64| Some(word & (word - 1)).filter(|word| *word != 0);
            let words = std::iter::successors(Some(*word).filter(|word| *word != 0), rest);
            words.map(move |word| at * 64 + word.trailing_zeros() as usize)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn it_is_the_set_it_stands_for(a: std::collections::BTreeSet<u8>, b: std::collections::BTreeSet<u8>) {
            let bits = |set: &std::collections::BTreeSet<u8>| Bits::of(256, set.iter().map(|at| usize::from(*at)));
            let both = bits(&a).and(&bits(&b));
            let wanted: Vec<usize> = a.intersection(&b).map(|at| usize::from(*at)).collect();
            proptest::prop_assert_eq!(both.iter().collect::<Vec<_>>(), wanted.clone());
            proptest::prop_assert_eq!((both.len(), bits(&a).meets(&bits(&b))), (wanted.len(), !wanted.is_empty()));
            let nth: Vec<usize> = (0..).map_while(|place| both.nth(place)).collect();
            proptest::prop_assert_eq!(nth, wanted);
            let mut left = bits(&a);
            for at in &b {
                left.remove(usize::from(*at));
            }
            proptest::prop_assert!((0..=255u8).all(|at| left.has(usize::from(at)) == (a.contains(&at) && !b.contains(&at))));
        }
    }
}

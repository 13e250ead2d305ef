//! Which stored hashes make a root or a proof (RFC 6962 section 2.1), and the proofs read from them.

mod verify;

pub use verify::{ProofError, verify_consistency, verify_inclusion};

use crate::{Hash, empty_root, node_hash};
use std::ops::Range;

/// A stored hash: the root over the complete subtree of leaves `index << level .. (index + 1) << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// Height above the leaves, 0 to 63.
    pub level: u8,
    /// Place from the left in its level.
    pub index: u64,
}

/// Where stored hashes are read from.
pub trait HashReader {
    /// Why a hash cannot be read.
    type Error;
    /// The hash of a node.
    fn read(&self, node: Node) -> Result<Hash, Self::Error>;
}

/// What a proof is made of, before anything is read: each hash of the proof is the root over a range of leaves.
///
/// So a caller can ask for the [`nodes`](Self::nodes), fetch them in its own way, and then [`read`](Self::read).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofPlan(Vec<Range<u64>>);

impl ProofPlan {
    /// The inclusion proof of a leaf in the tree of that size, sibling of the leaf first; `None` if it is not in the tree.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size {
            return None;
        }
        let mut siblings = Vec::new();
        let mut tree = 0..size;
        while tree.end - tree.start > 1 {
            let middle = tree.start + split(tree.end - tree.start);
            if index < middle {
                siblings.push(middle..tree.end);
                tree.end = middle;
            } else {
                siblings.push(tree.start..middle);
                tree.start = middle;
            }
        }
        siblings.reverse();
        Some(Self(siblings))
    }

    /// The consistency proof between the trees of two sizes; `None` if the old one is larger. It is empty if the old
    /// tree is empty or the same.
    pub fn consistency(old_size: u64, size: u64) -> Option<Self> {
        if old_size > size {
            return None;
        }
        let mut hashes = Vec::new();
        let mut tree = 0..size;
        while old_size > 0 && tree.end != old_size {
            let middle = tree.start + split(tree.end - tree.start);
            if old_size <= middle {
                hashes.push(middle..tree.end);
                tree.end = middle;
            } else {
                hashes.push(tree.start..middle);
                tree.start = middle;
            }
        }
        // The whole old tree is known to whoever asks; a part of it is not.
        if old_size > 0 && tree.start > 0 {
            hashes.push(tree);
        }
        hashes.reverse();
        Some(Self(hashes))
    }

    /// The nodes to read, from the left within each hash of the proof.
    pub fn nodes(&self) -> impl Iterator<Item = Node> {
        self.0.iter().cloned().flat_map(complete_subtrees)
    }

    /// The hashes of the proof.
    pub fn read<R: HashReader>(&self, reader: &R) -> Result<Vec<Hash>, R::Error> {
        self.0.iter().cloned().map(|range| subtree_root(range, reader)).collect()
    }
}

/// The nodes that make the root of the tree of that size, from the left.
pub fn root_nodes(size: u64) -> impl Iterator<Item = Node> {
    complete_subtrees(0..size)
}

/// The root of the tree of that size.
pub fn root<R: HashReader>(size: u64, reader: &R) -> Result<Hash, R::Error> {
    if size == 0 { Ok(empty_root()) } else { subtree_root(0..size, reader) }
}

/// The largest power of two below a size of at least two.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// A range as complete subtrees, the largest first.
fn complete_subtrees(range: Range<u64>) -> impl Iterator<Item = Node> {
    let Range { mut start, end } = range;
    std::iter::from_fn(move || {
        let level = (end - start).checked_ilog2()?.min(start.trailing_zeros());
        let node = Node { level: u8::try_from(level).expect("at most 63"), index: start >> level };
        start += 1 << level;
        Some(node)
    })
}

fn subtree_root<R: HashReader>(range: Range<u64>, reader: &R) -> Result<Hash, R::Error> {
    let hashes = complete_subtrees(range).map(|node| reader.read(node)).collect::<Result<Vec<_>, _>>()?;
    let joined = hashes.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
    Ok(joined.expect("a subtree has leaves"))
}

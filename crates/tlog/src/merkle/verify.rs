use crate::{Hash, node_hash};

/// Why a proof is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The leaf is not in a tree of that size.
    #[error("序号{index}不在共{size}条的日志之内")]
    IndexBeyondSize {
        /// Index of the leaf.
        index: u64,
        /// Leaves of the tree.
        size: u64,
    },
    /// The old tree is empty, which proves nothing, or larger than the new one.
    #[error("不能证明{old_size}条的日志是{size}条的日志的前段")]
    SizesOutOfOrder {
        /// Leaves of the old tree.
        old_size: u64,
        /// Leaves of the new tree.
        size: u64,
    },
    /// These indices and sizes need another number of hashes.
    #[error("证明应有{expected}个哈希值，实有{found}个")]
    Length {
        /// Hashes that belong into it.
        expected: usize,
        /// Hashes that are there.
        found: usize,
    },
    /// The proof leads to another root than that of the new tree.
    #[error("证明算出的根哈希与日志的根哈希不同")]
    Root,
    /// The proof leads to another root than that of the old tree.
    #[error("证明算出的根哈希与原日志的根哈希不同")]
    OldRoot,
}

/// Whether the leaf is at that index of the tree of that size and root (RFC 9162 section 2.1.3.2).
///
/// Size and root belong together: some sizes need the same hashes, so it is the signature on a checkpoint that says which one the
/// root has, not the proof. The same holds for consistency.
pub fn verify_inclusion(proof: &[Hash], index: u64, leaf: &Hash, size: u64, root: &Hash) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::IndexBeyondSize { index, size });
    }
    let shape = Shape::of(index, size);
    expect(proof, shape.inner + shape.left)?;
    let (inner, left) = proof.split_at(shape.inner);
    let from_inner = inner.iter().enumerate().fold(*leaf, |hash, (level, sibling)| {
        if index >> level & 1 == 0 { node_hash(&hash, sibling) } else { node_hash(sibling, &hash) }
    });
    if chain_left(from_inner, left) == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// Whether the old tree is the beginning of the new one (RFC 9162 section 2.1.4.2). Of the empty tree there is
/// nothing to prove, and asking is an error.
pub fn verify_consistency(
    proof: &[Hash],
    old_size: u64,
    old_root: &Hash,
    size: u64,
    root: &Hash,
) -> Result<(), ProofError> {
    if old_size == 0 || old_size > size {
        return Err(ProofError::SizesOutOfOrder { old_size, size });
    }
    if old_size == size {
        expect(proof, 0)?;
        return if old_root == root { Ok(()) } else { Err(ProofError::Root) };
    }
    // The proof begins at the last complete subtree of the old tree, which is the whole tree if its size is a power of two.
    let level = old_size.trailing_zeros();
    let mut shape = Shape::of(old_size - 1, size);
    shape.inner -= level as usize;
    let whole = old_size.is_power_of_two();
    expect(proof, shape.inner + shape.left + usize::from(!whole))?;
    let (first, rest) = if whole { (old_root, proof) } else { (&proof[0], &proof[1..]) };
    let last = (old_size - 1) >> level;
    let (inner, left) = rest.split_at(shape.inner);
    let (mut old, mut new) = (*first, *first);
    for (i, sibling) in inner.iter().enumerate() {
        if last >> i & 1 == 1 {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
        } else {
            new = node_hash(&new, sibling);
        }
    }
    if chain_left(old, left) != *old_root {
        return Err(ProofError::OldRoot);
    }
    if chain_left(new, left) == *root { Ok(()) } else { Err(ProofError::Root) }
}

/// The two parts of the way from a leaf to the root.
struct Shape {
    /// Steps below the node where the ways of this leaf and of the last leaf part; siblings are on either side.
    inner: usize,
    /// Steps above, on the right edge, where all siblings are on the left.
    left: usize,
}

impl Shape {
    fn of(index: u64, size: u64) -> Self {
        let inner = 64 - (index ^ (size - 1)).leading_zeros();
        let left = index.checked_shr(inner).unwrap_or_default().count_ones();
        Self { inner: inner as usize, left: left as usize }
    }
}

fn expect(proof: &[Hash], expected: usize) -> Result<(), ProofError> {
    let found = proof.len();
    if found == expected { Ok(()) } else { Err(ProofError::Length { expected, found }) }
}

fn chain_left(hash: Hash, left: &[Hash]) -> Hash {
    left.iter().fold(hash, |hash, sibling| node_hash(sibling, &hash))
}

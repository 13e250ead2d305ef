//! RFC 6962 section 2.1 as it is written there: recursive, over all leaves.

use std::convert::Infallible;
use xingjian_tlog::{Hash, HashReader, Node, empty_root, leaf_hash, node_hash};

/// Leaf hashes that differ.
pub fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|index| leaf_hash(&index.to_be_bytes())).collect()
}

/// The largest power of two below the number.
fn split(leaves: &[Hash]) -> usize {
    let mut k = 1;
    while 2 * k < leaves.len() {
        k *= 2;
    }
    k
}

/// MTH(D[n]).
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves));
            node_hash(&root(left), &root(right))
        }
    }
}

/// PATH(m, D[n]).
pub fn inclusion(index: usize, leaves: &[Hash]) -> Vec<Hash> {
    if leaves.len() <= 1 {
        return vec![];
    }
    let k = split(leaves);
    let (left, right) = leaves.split_at(k);
    let (mut path, sibling) =
        if index < k { (inclusion(index, left), root(right)) } else { (inclusion(index - k, right), root(left)) };
    path.push(sibling);
    path
}

/// PROOF(m, D[n]).
pub fn consistency(old_size: usize, leaves: &[Hash]) -> Vec<Hash> {
    subproof(old_size, leaves, true)
}

fn subproof(m: usize, leaves: &[Hash], whole: bool) -> Vec<Hash> {
    if m == leaves.len() {
        return if whole { vec![] } else { vec![root(leaves)] };
    }
    let k = split(leaves);
    let (left, right) = leaves.split_at(k);
    let (mut proof, sibling) =
        if m <= k { (subproof(m, left, whole), root(right)) } else { (subproof(m - k, right, false), root(left)) };
    proof.push(sibling);
    proof
}

/// All leaves in memory, every node computed anew.
pub struct Leaves(pub Vec<Hash>);

impl HashReader for Leaves {
    type Error = Infallible;
    fn read(&self, node: Node) -> Result<Hash, Infallible> {
        let width = 1_usize << node.level;
        let start = usize::try_from(node.index).unwrap() * width;
        Ok(root(&self.0[start..start + width]))
    }
}

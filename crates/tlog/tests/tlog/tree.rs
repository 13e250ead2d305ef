//! Roots and proofs are those of the naive tree, and nothing else is accepted.

use crate::naive;
use proptest::prelude::*;
use xingjian_tlog::{Hash, Node, ProofError, ProofPlan, root, root_nodes, verify_consistency, verify_inclusion};

#[test]
fn roots_and_proofs_of_all_small_trees_are_those_of_the_naive_one() {
    let all = naive::leaves(130);
    let reader = naive::Leaves(all.clone());
    for size in 0..=all.len() {
        let leaves = &all[..size];
        let (size, root_hash) = (size as u64, naive::root(leaves));
        assert_eq!(root(size, &reader), Ok(root_hash));
        for (index, leaf) in leaves.iter().enumerate() {
            let proof = ProofPlan::inclusion(index as u64, size).unwrap().read(&reader).unwrap();
            assert_eq!(proof, naive::inclusion(index, leaves));
            assert_eq!(verify_inclusion(&proof, index as u64, leaf, size, &root_hash), Ok(()));
        }
        for old_size in 1..=leaves.len() {
            let proof = ProofPlan::consistency(old_size as u64, size).unwrap().read(&reader).unwrap();
            assert_eq!(proof, naive::consistency(old_size, leaves), "{old_size} {size}");
            let old_root = naive::root(&leaves[..old_size]);
            assert_eq!(verify_consistency(&proof, old_size as u64, &old_root, size, &root_hash), Ok(()));
        }
    }
}

#[test]
fn no_proof_for_what_is_not_there() {
    assert_eq!(ProofPlan::inclusion(5, 5), None);
    assert_eq!(ProofPlan::inclusion(0, 0), None);
    assert_eq!(ProofPlan::consistency(6, 5), None);
    assert_eq!(ProofPlan::consistency(0, 5).unwrap().nodes().count(), 0);
    let hash = naive::leaves(1)[0];
    assert_eq!(verify_inclusion(&[], 5, &hash, 5, &hash), Err(ProofError::IndexBeyondSize { index: 5, size: 5 }));
    assert_eq!(verify_consistency(&[], 0, &hash, 0, &hash), Err(ProofError::SizesOutOfOrder { old_size: 0, size: 0 }));
}

#[test]
fn a_size_is_as_good_as_the_signature_on_it() {
    let leaves = naive::leaves(5);
    let (proof, root) = (naive::inclusion(0, &leaves), naive::root(&leaves));
    let verified = |size| verify_inclusion(&proof, 0, &leaves[0], size, &root).is_ok();
    assert_eq!((1..=16).filter(|size| verified(*size)).collect::<Vec<u64>>(), [5, 6, 7, 8]);
    let (old_root, proof) = (naive::root(&leaves[..4]), naive::consistency(4, &leaves));
    let verified = |size| verify_consistency(&proof, 4, &old_root, size, &root).is_ok();
    assert_eq!((1..=16).filter(|size| verified(*size)).collect::<Vec<u64>>(), [5, 6, 7, 8]);
}

#[test]
fn the_largest_tree_overflows_nothing() {
    let max = u64::MAX;
    let plan = ProofPlan::inclusion(max - 1, max).unwrap();
    assert_eq!(plan.nodes().count(), 63);
    assert_eq!(plan.nodes().last(), Some(Node { level: 63, index: 0 }));
    assert_eq!(root_nodes(max).count(), 64);
    let hash = naive::leaves(1)[0];
    let nothing = |found| ProofError::Length { expected: found, found: 0 };
    assert_eq!(verify_inclusion(&[], 0, &hash, max, &hash), Err(nothing(64)));
    assert_eq!(verify_inclusion(&[], max - 1, &hash, max, &hash), Err(nothing(63)));
    assert_eq!(verify_consistency(&[], max - 1, &hash, max, &hash), Err(nothing(64)));
    assert_eq!(verify_consistency(&[], 1 << 63, &hash, max, &hash), Err(nothing(1)));
    let proof = vec![hash; 64];
    assert_eq!(verify_inclusion(&proof, 0, &hash, max, &hash), Err(ProofError::Root));
    assert_eq!(verify_consistency(&proof, max - 1, &hash, max, &hash), Err(ProofError::OldRoot));
}

fn flipped(hash: &Hash, bit: usize) -> Hash {
    let mut bytes = hash.0;
    bytes[bit / 8] ^= 1 << (bit % 8);
    Hash(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn one_bit_of_an_inclusion_proof_is_enough(size in 1_u64..400, at: prop::sample::Index, bit in 0_usize..256) {
        let leaves = naive::leaves(size);
        let index = at.index(leaves.len());
        let (proof, root, leaf) = (naive::inclusion(index, &leaves), naive::root(&leaves), leaves[index]);
        let index = index as u64;
        let holds = |proof: &[Hash], index, leaf: &Hash, size, root: &Hash| {
            verify_inclusion(proof, index, leaf, size, root).is_ok()
        };
        prop_assert!(holds(&proof, index, &leaf, size, &root));
        prop_assert!(!holds(&proof, index, &flipped(&leaf, bit), size, &root));
        prop_assert!(!holds(&proof, index, &leaf, size, &flipped(&root, bit)));
        for place in 0..proof.len() {
            let mut other = proof.clone();
            other[place] = flipped(&proof[place], bit);
            prop_assert!(!holds(&other, index, &leaf, size, &root));
            other.remove(place);
            prop_assert!(!holds(&other, index, &leaf, size, &root));
        }
        let longer = [proof.as_slice(), &[leaf]].concat();
        prop_assert!(!holds(&longer, index, &leaf, size, &root));
        for bit in 0..64 {
            prop_assert!(!holds(&proof, index ^ 1 << bit, &leaf, size, &root), "index");
        }
    }

    #[test]
    fn one_bit_of_a_consistency_proof_is_enough(size in 2_u64..400, at: prop::sample::Index, bit in 0_usize..256) {
        let leaves = naive::leaves(size);
        let old_size = 1 + at.index(leaves.len() - 1);
        let (old_root, root) = (naive::root(&leaves[..old_size]), naive::root(&leaves));
        let proof = naive::consistency(old_size, &leaves);
        let old_size = old_size as u64;
        let holds = |proof: &[Hash], old_size, old_root: &Hash, size, root: &Hash| {
            verify_consistency(proof, old_size, old_root, size, root).is_ok()
        };
        prop_assert!(holds(&proof, old_size, &old_root, size, &root));
        prop_assert!(!holds(&proof, old_size, &flipped(&old_root, bit), size, &root));
        prop_assert!(!holds(&proof, old_size, &old_root, size, &flipped(&root, bit)));
        for place in 0..proof.len() {
            let mut other = proof.clone();
            other[place] = flipped(&proof[place], bit);
            prop_assert!(!holds(&other, old_size, &old_root, size, &root));
            other.remove(place);
            prop_assert!(!holds(&other, old_size, &old_root, size, &root));
        }
        let longer = [proof.as_slice(), &[root]].concat();
        prop_assert!(!holds(&longer, old_size, &old_root, size, &root));
        for bit in 0..64 {
            prop_assert!(!holds(&proof, old_size ^ 1 << bit, &old_root, size, &root), "old size");
        }
    }

    #[test]
    fn any_numbers_and_hashes_are_answered(
        proof in prop::collection::vec(any::<[u8; 32]>(), 0..70),
        a: u64, b: u64, shift in 0_u32..64,
    ) {
        let proof: Vec<Hash> = proof.into_iter().map(Hash).collect();
        let hash = naive::leaves(1)[0];
        for (a, b) in [(a, b), (a >> shift, b >> shift), (b >> shift, b)] {
            prop_assert!(a == b || verify_consistency(&proof, a, &hash, b, &hash).is_err());
            prop_assert!(b == 1 || verify_inclusion(&proof, a, &hash, b, &hash).is_err());
        }
    }
}

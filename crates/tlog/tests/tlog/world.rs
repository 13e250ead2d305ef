//! A log with its keys and witnesses, and proofs from it.

use crate::naive;
use xingjian_tlog::{
    Checkpoint, Cosigner, Entry, Hash, Opening, Policy, Proof, ProofPlan, SignedCheckpoint, Signer, leaf_hash,
};

pub const ORIGIN: &str = "log.example/xingjian";

/// The log's Ed25519 key.
pub fn log() -> Signer {
    Signer::ed25519(ORIGIN, &[1; 32]).unwrap()
}

/// The log's SM2 key.
pub fn log_sm2() -> Signer {
    Signer::sm2(ORIGIN, &[2; 32]).unwrap()
}

/// A witness by its number.
pub fn witness(number: u8) -> Cosigner {
    Cosigner::new(&format!("witness.example/w{number}"), &[10 + number; 32]).unwrap()
}

/// Salt and event of an act.
pub fn act(index: u64) -> ([u8; 32], Vec<u8>) {
    ([u8::try_from(index % 251).unwrap(); 32], format!("{{\"n\":{index}}}").into_bytes())
}

/// Leaf hashes of acts.
pub fn leaves(size: u64) -> Vec<Hash> {
    let leaf = |index| {
        let (salt, event) = act(index);
        leaf_hash(Entry::seal(&salt, &event).as_bytes())
    };
    (0..size).map(leaf).collect()
}

/// What the log says of its first leaves.
pub fn checkpoint(size: u64) -> Checkpoint {
    Checkpoint::new(ORIGIN, size, naive::root(&leaves(size))).unwrap()
}

/// Signed by both keys of the log.
pub fn signed(size: u64) -> SignedCheckpoint {
    SignedCheckpoint::sign(checkpoint(size), &log()).and_sign(&log_sm2())
}

/// Signed by the log and cosigned by these witnesses, as the first checkpoint they see.
pub fn cosigned(size: u64, witnesses: &[u8]) -> SignedCheckpoint {
    let mut checkpoint = signed(size);
    for number in witnesses {
        let request = xingjian_tlog::AddCheckpoint { old_size: 0, proof: vec![], checkpoint: signed(size) };
        let keys = [log().verifier().clone()];
        let witness = witness(*number);
        let cosigned = xingjian_tlog::add_checkpoint(&keys, None, &request, &witness, 1_700_000_000).unwrap();
        let answer = cosigned.cosignature.to_string();
        let taken = checkpoint.take_cosignatures(answer.as_bytes(), std::slice::from_ref(witness.verifier()));
        assert_eq!(taken.unwrap(), [witness.verifier().name()]);
    }
    checkpoint
}

/// The proof file of an act.
pub fn proof(index: u64, size: u64, witnesses: &[u8]) -> Proof {
    let hashes = ProofPlan::inclusion(index, size).unwrap().read(&naive::Leaves(leaves(size))).unwrap();
    let (salt, event) = act(index);
    let extra = Some(Opening { salt: &salt, event: &event }.to_bytes());
    Proof { extra, index, hashes, checkpoint: cosigned(size, witnesses) }
}

/// Trusts the log, and wants so many of three witnesses.
pub fn policy(of_three: u8) -> Policy {
    policy_text(&format!("group three {of_three} w1 w2 w3\nquorum three\n")).parse().unwrap()
}

/// The log, three witnesses, and these lines.
pub fn policy_text(rest: &str) -> String {
    let key = |number| witness(number).verifier().to_string();
    format!("log {}\nwitness w1 {}\nwitness w2 {}\nwitness w3 {}\n{rest}", log().verifier(), key(1), key(2), key(3))
}

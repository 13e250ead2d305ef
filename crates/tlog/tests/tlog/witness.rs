//! What a witness cosigns and what it refuses, and the same played at random against a model.

use crate::{naive, world};
use expect_test::expect;
use proptest::prelude::*;
use xingjian_tlog::{
    AddCheckpoint, Checkpoint, Cosigned, Hash, ProofError, ProofPlan, Refusal, RequestError, SignatureError, Signed,
    SignedCheckpoint, TimeOutOfRange, VerifierKey, add_checkpoint, empty_root,
};

const NOW: u64 = 1_700_000_000;

fn keys() -> Vec<VerifierKey> {
    vec![world::log().verifier().clone()]
}

fn consistency(old_size: u64, size: u64) -> Vec<Hash> {
    ProofPlan::consistency(old_size, size).unwrap().read(&naive::Leaves(world::leaves(size))).unwrap()
}

fn request(old_size: u64, size: u64) -> AddCheckpoint {
    AddCheckpoint { old_size, proof: consistency(old_size, size), checkpoint: world::signed(size) }
}

fn ask(last: Option<u64>, request: &AddCheckpoint) -> Result<Cosigned, Refusal> {
    let last = last.map(world::checkpoint);
    add_checkpoint(&keys(), last.as_ref(), request, &world::witness(1), NOW)
}

#[test]
fn a_request_is_printed_as_in_the_text() {
    let request = AddCheckpoint { checkpoint: world::signed(7), ..request(3, 7) };
    expect![[r#"
        old 3
        rKJVXKMOEVqL6bvaJuBAWzHUBf8V8OeJa4gnJas2XZw=
        kKF5MDEttDn3soihO60rXT7yih0wjEPmJ7gomFfcBPo=
        NzCU6J5U2dUDitTTKVt8KJB3UT73lMse5i/XOJ0+l2c=
        IbDalte61qLGGkE7M+lcmVie0p85G/QjerdJ6nesOPQ=

        log.example/xingjian
        7
        Cg5jfnh4hEKTn/HW3LIMj7xdEKJNVf91aVOP3f/acB0=

        — log.example/xingjian 0MUDMeKchtL3sjYmOV+0ukcOA+dNue03629DDP1AwPAuf08e8aWgZ3w+afvGT9mJVDUdNNpVZxHS+ThWvGplRhGtLAE=
        — log.example/xingjian qLdDf5g1w/9ytiZVQSdf0IVtI+mseAxLTMrIPEcTsJcgIVObe1Q4R0GPUFeUn3OA/QQ1TkDbwAV3kreeYUUed33+0PU=
    "#]].assert_eq(&request.to_string());
    assert_eq!(AddCheckpoint::parse(request.to_string().as_bytes()), Ok(request));
}

#[test]
fn a_checkpoint_that_continues_the_last_one_is_cosigned() {
    for (last, size) in
        [(None, 0), (None, 7), (Some(0), 0), (Some(0), 7), (Some(1), 7), (Some(3), 7), (Some(4), 8), (Some(7), 7)]
    {
        let cosigned = ask(last, &request(last.unwrap_or_default(), size)).unwrap();
        let witness = [world::witness(1).verifier().clone()];
        let verified = cosigned.checkpoint.verify(&witness).unwrap();
        assert_eq!(verified[0].signed, Signed::Cosignature { time: NOW });
        assert_eq!(cosigned.checkpoint.checkpoint(), &world::checkpoint(size));
        // Kept is what was verified: the signature of the key that the witness does not know is left out.
        let names: Vec<_> =
            cosigned.checkpoint.note().signatures().iter().map(|line| (line.name(), line.id())).collect();
        let known = [world::log().verifier().clone(), witness[0].clone()];
        assert_eq!(names, known.each_ref().map(|key| (key.name(), key.id())));
        // The log takes the answer over.
        let mut mine = world::signed(size);
        assert_eq!(mine.take_cosignatures(cosigned.cosignature.to_string().as_bytes(), &witness).unwrap().len(), 1);
    }
}

#[test]
fn everything_else_is_refused_by_name() {
    let mut other_leaves = world::leaves(7);
    other_leaves[1] = Hash([9; 32]);
    let sign = |size, root| SignedCheckpoint::sign(Checkpoint::new(world::ORIGIN, size, root).unwrap(), &world::log());
    let forked = |old_size| AddCheckpoint {
        checkpoint: sign(7, naive::root(&other_leaves)),
        proof: ProofPlan::consistency(old_size, 7).unwrap().read(&naive::Leaves(other_leaves.clone())).unwrap(),
        old_size,
    };

    let stranger = xingjian_tlog::Signer::ed25519(world::ORIGIN, &[99; 32]).unwrap();
    let unsigned =
        AddCheckpoint { checkpoint: SignedCheckpoint::sign(world::checkpoint(7), &stranger), ..request(3, 7) };
    let resized = world::signed(7).to_string().replace("\n7\n", "\n8\n");
    let resized = AddCheckpoint { checkpoint: SignedCheckpoint::parse(resized.as_bytes()).unwrap(), ..request(3, 7) };
    let shorter = AddCheckpoint { proof: consistency(3, 7)[1..].to_vec(), ..request(3, 7) };
    let from_nothing = AddCheckpoint { proof: consistency(3, 7), ..request(0, 7) };

    let origin = world::ORIGIN.to_owned();
    let unknown = add_checkpoint(&[], None, &request(0, 7), &world::witness(1), NOW);
    assert_eq!(unknown, Err(Refusal::UnknownLog { origin: origin.clone() }));
    assert_eq!(ask(Some(3), &unsigned), Err(Refusal::Signature(SignatureError::NoTrustedSignature)));
    assert_eq!(ask(Some(3), &resized), Err(Refusal::Signature(SignatureError::Invalid { name: origin })));
    let shrunk = AddCheckpoint { old_size: 8, ..request(7, 7) };
    assert_eq!(ask(Some(8), &shrunk), Err(Refusal::Shrunk { old_size: 8, size: 7 }));
    assert_eq!(ask(None, &request(3, 7)), Err(Refusal::Conflict { size: 0 }));
    assert_eq!(ask(Some(4), &request(3, 7)), Err(Refusal::Conflict { size: 4 }));
    assert_eq!(ask(Some(8), &request(3, 7)), Err(Refusal::Conflict { size: 8 }), "an older checkpoint");
    assert_eq!(ask(Some(7), &request(0, 7)), Err(Refusal::Conflict { size: 7 }));
    let not_empty = AddCheckpoint { checkpoint: sign(0, Hash([0; 32])), ..request(0, 0) };
    assert_eq!(ask(None, &not_empty), Err(Refusal::EmptyRoot));
    assert_eq!(ask(None, &from_nothing), Err(Refusal::ProofFromNothing));
    assert_eq!(ask(Some(0), &from_nothing), Err(Refusal::ProofFromNothing));
    assert_eq!(ask(Some(3), &shorter), Err(Refusal::Inconsistent(ProofError::Length { expected: 4, found: 3 })));
    assert_eq!(ask(Some(3), &forked(3)), Err(Refusal::Inconsistent(ProofError::OldRoot)));
    assert_eq!(ask(Some(7), &forked(7)), Err(Refusal::Forked { size: 7 }), "two roots of one size");
    other_leaves[0] = Hash([8; 32]);
    let other_first = sign(1, other_leaves[0]);
    let last = other_first.checkpoint();
    let refused = add_checkpoint(&keys(), Some(last), &request(1, 7), &world::witness(1), NOW);
    assert_eq!(refused, Err(Refusal::Inconsistent(ProofError::Root)), "another first leaf");
    for time in [0, 1 << 63] {
        let refused = add_checkpoint(&keys(), None, &request(0, 7), &world::witness(1), time);
        assert_eq!(refused, Err(Refusal::Time(TimeOutOfRange(time))));
    }
    assert!(add_checkpoint(&keys(), None, &request(0, 7), &world::witness(1), (1 << 63) - 1).is_ok());
}

#[test]
fn what_is_no_request_is_refused_with_its_line() {
    let (hash, rest) = (empty_root(), world::signed(7).to_string());
    let parse = |start: &str| AddCheckpoint::parse(format!("{start}{rest}").as_bytes());
    assert!(parse("old 0\n\n").is_ok());
    for start in
        ["", "\n", "old\n\n", "old 00\n\n", "old  0\n\n", "old -1\n\n", "OLD 0\n\n", "old 18446744073709551616\n\n"]
    {
        assert_eq!(parse(start), Err(RequestError::OldSize), "{start}");
    }
    assert_eq!(parse("old 0\n"), Err(RequestError::Hash { line: 2 }));
    assert_eq!(parse(&format!("old 1\n{hash}\n{hash} \n\n")), Err(RequestError::Hash { line: 3 }));
    assert_eq!(AddCheckpoint::parse(b"old 1\n"), Err(RequestError::Hash { line: 2 }));
    assert!(matches!(AddCheckpoint::parse(b"old 1\n\n"), Err(RequestError::Checkpoint(_))));
    let hashes = |count| format!("old 1\n{}\n", format!("{hash}\n").repeat(count));
    assert_eq!(parse(&hashes(63)).unwrap().proof.len(), 63);
    assert_eq!(parse(&hashes(64)), Err(RequestError::TooManyHashes));
    let long = vec![b'a'; xingjian_tlog::MAX_REQUEST_BYTES + 1];
    assert_eq!(AddCheckpoint::parse(&long), Err(RequestError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Whatever is asked, what a witness cosigned is one history: each checkpoint is the beginning of the next.
    #[test]
    fn a_witness_never_goes_back(asked in prop::collection::vec((0_u64..24, 0_u64..24, any::<bool>()), 1..24)) {
        let mut last: Option<Checkpoint> = None;
        for (old_size, size, lies) in asked {
            let mut leaves = world::leaves(size);
            if let (true, Some(leaf)) = (lies, leaves.get_mut(usize::try_from(size / 2).unwrap())) {
                *leaf = Hash([7; 32]);
            }
            let plan = ProofPlan::consistency(old_size, size);
            let proof = plan.map(|plan| plan.read(&naive::Leaves(leaves.clone())).unwrap()).unwrap_or_default();
            let checkpoint = Checkpoint::new(world::ORIGIN, size, naive::root(&leaves)).unwrap();
            let request = AddCheckpoint { old_size, proof, checkpoint: SignedCheckpoint::sign(checkpoint.clone(), &world::log()) };
            let last_size = last.as_ref().map_or(0, Checkpoint::size);
            let continues = last.as_ref().is_none_or(|last| {
                let beginning = leaves.get(..usize::try_from(last.size()).unwrap());
                beginning.is_some_and(|leaves| naive::root(leaves) == *last.root())
            });
            match add_checkpoint(&keys(), last.as_ref(), &request, &world::witness(1), NOW) {
                Ok(cosigned) => {
                    prop_assert!(continues && old_size == last_size && size >= last_size);
                    last = Some(cosigned.checkpoint.checkpoint().clone());
                }
                Err(Refusal::Shrunk { .. }) => prop_assert!(old_size > size),
                Err(Refusal::Conflict { size }) => prop_assert!(size == last_size && old_size != last_size),
                Err(Refusal::Inconsistent(_)) => prop_assert!(!continues && last_size > 0),
                Err(Refusal::Forked { .. }) => prop_assert!(!continues && last_size == size && size > 0),
                Err(other) => prop_assert!(false, "{other:?}"),
            }
        }
    }
}

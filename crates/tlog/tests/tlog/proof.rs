//! Proof files: one changed bit anywhere is noticed, and the step that failed is named.

use crate::world;
use expect_test::expect;
use proptest::prelude::*;
use std::error::Error;
use xingjian_tlog::{
    Accepted, CheckpointError, Entry, Hash, MAX_PROOF_BYTES, Opening, OpeningError, Policy, Proof, ProofError,
    ProofFileError, Rejected, Unproven, leaf_hash,
};

#[test]
fn a_proof_is_printed_as_in_the_text_and_verified() {
    let proof = world::proof(4, 7, &[1, 2]);
    expect![[r#"
        c2sp.org/tlog-proof@v1
        extra BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAR7Im4iOjR9
        index 4
        f1ZO73fA9i46EOYIoqDJ1PdXbtnewsvQazxMKlHjDdw=
        YfVXmh7th6R0+TiX2KQNZz0cpghCqX/YU7HypPGqkmU=
        V4H7d0skvUSmIE4eXCTjvwOrTRfHqqbVvbrgLe6RIuQ=

        log.example/xingjian
        7
        Cg5jfnh4hEKTn/HW3LIMj7xdEKJNVf91aVOP3f/acB0=

        — log.example/xingjian 0MUDMeKchtL3sjYmOV+0ukcOA+dNue03629DDP1AwPAuf08e8aWgZ3w+afvGT9mJVDUdNNpVZxHS+ThWvGplRhGtLAE=
        — log.example/xingjian qLdDf5g1w/9ytiZVQSdf0IVtI+mseAxLTMrIPEcTsJcgIVObe1Q4R0GPUFeUn3OA/QQ1TkDbwAV3kreeYUUed33+0PU=
        — witness.example/w1 782ADAAAAABlU/EAS2/oeCKW9ZvAXd1uGz9fr5AdkcZ19CJCsHiVYnhvPwLsuixaVMCZLxxT9xBAHVkZLYFWZdmRtr1l4LekBhu9BQ==
        — witness.example/w2 Aj+suwAAAABlU/EAs4dj4CUkCoIUsznV5uX62HGT/TWPy6hZs8sbZ8a8STVj2OTGEZmoebG9+FqrZsnbzDSpfh/y3T/U2oFgZqgwCg==
    "#]].assert_eq(&proof.to_string());
    assert_eq!(Proof::parse(proof.to_string().as_bytes()), Ok(proof.clone()));
    let policy = world::policy(2);
    let accepted = proof.verify(&policy).unwrap();
    assert_eq!(accepted.witnesses, [("w1", 1_700_000_000), ("w2", 1_700_000_000)]);
    let opening = proof.opening().unwrap();
    assert_eq!((opening.event, opening.salt), (b"{\"n\":4}".as_slice(), &[4; 32]));
}

#[test]
fn an_act_that_was_erased_is_still_in_the_log() {
    let proof = Proof { extra: None, ..world::proof(4, 7, &[1]) };
    let again = Proof::parse(proof.to_string().as_bytes()).unwrap();
    assert_eq!(again.verify(&world::policy(1)), Err(Unproven::Opening(OpeningError::Missing)));
    let (salt, event) = world::act(4);
    let leaf = leaf_hash(Entry::seal(&salt, &event).as_bytes());
    assert!(again.verify_leaf(&leaf, &world::policy(1)).is_ok());
    let other = leaf_hash(Entry::seal(&salt, b"{}").as_bytes());
    assert_eq!(again.verify_leaf(&other, &world::policy(1)), Err(Unproven::Inclusion(ProofError::Root)));
}

#[test]
fn the_step_that_failed_is_named() {
    fn text(unproven: Result<Accepted<'_>, Unproven>) -> String {
        let error = unproven.unwrap_err();
        format!("{error}：{}", error.source().unwrap())
    }
    let (proof, policy) = (world::proof(4, 7, &[1]), world::policy(1));
    let (salt, _) = world::act(4);
    let opened = |event: &[u8]| Proof { extra: Some(Opening { salt: &salt, event }.to_bytes()), ..proof.clone() };
    expect!["第1步（事项内容）未通过：事项内容不是规范化的JSON"]
        .assert_eq(&text(opened(b"{\"n\": 4}").verify(&policy)));
    expect!["第4步（包含证明）未通过，事项内容、序号或者证明被改动：证明算出的根哈希与日志的根哈希不同"]
        .assert_eq(&text(opened(b"{\"n\":5}").verify(&policy)));
    expect!["第3步（见证人的签名）未通过：见证不足：至少还差1个，尚无w2、w3的见证"]
        .assert_eq(&text(proof.verify(&world::policy(2))));
    expect!["第4步（包含证明）未通过，事项内容、序号或者证明被改动：证明算出的根哈希与日志的根哈希不同"]
        .assert_eq(&text(Proof { index: 3, ..proof.clone() }.verify(&policy)));
    expect!["第4步（包含证明）未通过，事项内容、序号或者证明被改动：序号7不在共7条的日志之内"]
        .assert_eq(&text(Proof { index: 7, ..proof.clone() }.verify(&policy)));
    expect!["第4步（包含证明）未通过，事项内容、序号或者证明被改动：证明应有3个哈希值，实有0个"]
        .assert_eq(&text(Proof { hashes: vec![], ..proof.clone() }.verify(&policy)));
    let nobody: Policy = "quorum none\n".parse().unwrap();
    expect!["第2步（日志的签名）未通过：信任策略中没有名为“log.example/xingjian”的日志"]
        .assert_eq(&text(proof.verify(&nobody)));
    let older = Proof { checkpoint: world::cosigned(6, &[1]), ..proof.clone() };
    assert!(matches!(older.verify(&policy), Err(Unproven::Inclusion(_))));
    assert!(matches!(proof.verify(&world::policy(3)), Err(Unproven::Checkpoint(Rejected::Quorum { lacking: 2, .. }))));
}

#[test]
fn an_event_that_readers_could_read_differently_is_refused() {
    for event in [
        "",
        "{\"a\":1,\"a\":2}",
        "{\"b\":1,\"a\":2}",
        "{ }",
        "{}\n",
        "1.0",
        "0.5",
        "{}{}",
        "\u{feff}{}",
        "9007199254740993",
    ] {
        let extra = [[0; 32].as_slice(), event.as_bytes()].concat();
        assert_eq!(Opening::parse(&extra), Err(OpeningError::NotCanonical), "{event}");
    }
    assert_eq!(Opening::parse(&[0; 31]), Err(OpeningError::TooShort));
    let deep = [vec![0; 32], vec![b'['; 100_000]].concat();
    assert_eq!(Opening::parse(&deep), Err(OpeningError::NotCanonical));
    assert!(Opening::parse(&[[0; 32].as_slice(), "{\"a\":\"中\"}".as_bytes()].concat()).is_ok());
}

#[test]
fn what_is_no_proof_file_is_refused_with_its_line() {
    let (rest, hash) = (world::signed(7).to_string(), Hash([1; 32]));
    let parse = |start: &str| Proof::parse(format!("{start}{rest}").as_bytes());
    let header = "c2sp.org/tlog-proof@v1\n";
    assert!(parse(&format!("{header}index 0\n\n")).is_ok());
    for start in ["", "\n", "c2sp.org/tlog-proof@v2\n", "c2sp.org/tlog-proof@v1\r\n"] {
        assert_eq!(parse(start), Err(ProofFileError::Header), "{start}");
    }
    for extra in ["extra \n", "extra  AA==\n", "extra AA=\n", "extra AB==\n"] {
        assert_eq!(parse(&format!("{header}{extra}index 0\n\n")), Err(ProofFileError::Extra), "{extra}");
    }
    for index in ["", "\n", "index\n", "index 00\n", "index -1\n", "extra AA==\nextra AA==\n", "Index 0\n"] {
        assert_eq!(parse(&format!("{header}{index}")), Err(ProofFileError::Index), "{index}");
    }
    assert_eq!(parse(&format!("{header}index 0\n")), Err(ProofFileError::Hash { line: 3 }));
    assert_eq!(parse(&format!("{header}extra AA==\nindex 0\n{hash}\nx\n\n")), Err(ProofFileError::Hash { line: 5 }));
    let hashes = |count| format!("{header}index 0\n{}\n", format!("{hash}\n").repeat(count));
    assert_eq!(parse(&hashes(64)).unwrap().hashes.len(), 64);
    assert_eq!(parse(&hashes(65)), Err(ProofFileError::TooManyHashes));
    let unsigned = Proof::parse(format!("{header}index 0\n\n").as_bytes());
    assert!(matches!(unsigned, Err(ProofFileError::Checkpoint(CheckpointError::Note(_)))));
    assert_eq!(Proof::parse(&vec![b'a'; MAX_PROOF_BYTES + 1]), Err(ProofFileError::TooLong));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_act_of_every_tree_is_proven_and_another_bit_is_not(
        size in 1_u64..300, at: prop::sample::Index, place: prop::sample::Index, bit in 0_u32..8,
    ) {
        let index = at.index(usize::try_from(size).unwrap()) as u64;
        let (file, policy) = (world::proof(index, size, &[1, 3]).to_string(), world::policy(2));
        let verify = |bytes: &[u8]| Proof::parse(bytes).is_ok_and(|proof| proof.verify(&policy).is_ok());
        prop_assert!(verify(file.as_bytes()));
        let mut altered = file.clone().into_bytes();
        altered[place.index(file.len())] ^= 1_u8 << bit;
        // The SM2 line is not that of a key of this policy: it is passed over, and a changed one too.
        let sm2 = world::signed(size).note().signatures()[1].to_string();
        let of_nobody = file.find(&sm2).map(|start| start..start + sm2.len()).unwrap();
        prop_assert!(!verify(&altered) || of_nobody.contains(&place.index(file.len())));
    }
}

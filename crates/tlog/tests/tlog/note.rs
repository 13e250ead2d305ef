//! Signed notes and checkpoints: printed, read, verified, and refused.

use crate::world::{self, ORIGIN};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use xingjian_tlog::{
    AddCheckpoint, AnswerError, Checkpoint, CheckpointError, Hash, MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError,
    SignatureError, Signed, SignedCheckpoint, Signer, VerifierKey, add_checkpoint, empty_root,
};

fn key(signer: &Signer) -> VerifierKey {
    signer.verifier().clone()
}

#[test]
fn a_checkpoint_is_printed_as_in_the_text() {
    let signed = world::cosigned(5, &[1]);
    expect![[r#"
        log.example/xingjian
        5
        Tb0qiGrxU6s9kDdtyrcTA9H1hhgMP/Str/eLbywr0wI=

        — log.example/xingjian 0MUDMQpzZfEHXWVM2/QqQQGRP3INn1YKfsTHOoB84M/CGy7436UbwTVpxnanR5fje5w/kc8e5tddMYuONIUrMOc7UwI=
        — log.example/xingjian qLdDf8L8Bl25T5kZOaLwSRa7TRTQnogFQMedkJhGRR5NIcTU2Ioxxt2Ql+ZiVCipsInEDhaAkBjclgKKjvYiuRsvxLU=
        — witness.example/w1 782ADAAAAABlU/EAgVDe2d96qvi3NyHQuDzsryZ7lRwgZYZAnE0l4wm+ZHGTpilYCQX12sMfmVX1mP0muzrmwwjcOHEV59ntNlQ+Cw==
    "#]].assert_eq(&signed.to_string());
    assert_eq!(SignedCheckpoint::parse(signed.to_string().as_bytes()), Ok(signed));
    expect![[r#"
        log.example/xingjian
        0
        47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    "#]]
    .assert_eq(&Checkpoint::new(ORIGIN, 0, empty_root()).unwrap().to_string());
}

#[test]
fn every_known_key_is_verified_and_the_others_are_kept() {
    let note = Note::parse(world::cosigned(5, &[1, 2]).to_string().as_bytes()).unwrap();
    let (log, sm2, stranger) = (key(&world::log()), key(&world::log_sm2()), world::witness(9).verifier().clone());
    let witness = world::witness(2).verifier().clone();
    let all = [witness.clone(), sm2.clone(), stranger.clone(), log.clone()];
    let verified: Vec<_> = note.verify(&all).unwrap().into_iter().map(|one| (one.key.clone(), one.signed)).collect();
    let cosignature = Signed::Cosignature { time: 1_700_000_000 };
    assert_eq!(verified, [(witness, cosignature), (sm2, Signed::Note), (log, Signed::Note)]);
    assert_eq!(note.verify(&[stranger]), Err(SignatureError::NoTrustedSignature));
    assert_eq!(note.verify(&[]), Err(SignatureError::NoTrustedSignature));
    assert_eq!(note.signatures().len(), 4);

    let line = note.signatures()[0].to_string();
    let twice = Note::parse(format!("{note}{line}").as_bytes()).unwrap();
    assert_eq!(twice.signatures().len(), 5);
    assert_eq!(twice.verify([&all[3]]).unwrap().len(), 1, "a key that signs twice counts once");
}

#[test]
fn each_bit_of_text_and_signature_counts() {
    let note = world::cosigned(5, &[1]).to_string();
    let keys = [key(&world::log()), key(&world::log_sm2()), world::witness(1).verifier().clone()];
    let trusted = Note::parse(note.as_bytes()).unwrap();
    assert_eq!(trusted.verify(&keys).unwrap().len(), 3);
    for at in 0..note.len() {
        let mut bytes = note.clone().into_bytes();
        bytes[at] ^= 1 << (at % 8);
        let Ok(other) = Note::parse(&bytes) else { continue };
        assert_eq!(other.to_string().as_bytes(), bytes, "printed as read");
        match other.verify(&keys) {
            // Another name or key id is that of a stranger, whose line is passed over.
            Ok(verified) => assert!(verified.len() == 2 && other.text() == trusted.text(), "byte {at}"),
            Err(error) => assert!(matches!(error, SignatureError::Invalid { .. }), "byte {at}"),
        }
    }
}

#[test]
fn what_is_no_note_is_refused_with_its_line() {
    fn check(bytes: &[u8], error: NoteError) {
        assert_eq!(Note::parse(bytes), Err(error), "{}", String::from_utf8_lossy(bytes));
    }
    let line = "— a AAAAAAA=\n";
    assert!(Note::parse(format!("x\n\n{line}").as_bytes()).is_ok());
    assert!(Note::parse(format!("\n\nx\n\n{line}").as_bytes()).is_ok());
    check(b"", NoteError::NoText);
    check(b"x", NoteError::NoText);
    check(format!("\n{line}").as_bytes(), NoteError::NoText);
    check(format!("x\n{line}").as_bytes(), NoteError::NoText);
    check(b"x\n\n", NoteError::SignatureLine { line: 3 });
    check(format!("x\n\n{line}\n").as_bytes(), NoteError::SignatureLine { line: 5 });
    check(b"x\r\n\n", NoteError::Characters { line: 1 });
    check(b"x\n\xff\n", NoteError::Characters { line: 2 });
    check(b"x\ny\n\n\x1b", NoteError::Characters { line: 4 });
    let wrong = [
        "— a AAAAAAA=",
        "—a AAAAAAA=\n",
        "- a AAAAAAA=\n",
        "— aAAAAAAA=\n",
        "—  AAAAAAA=\n",
        "— a  AAAAAAA=\n",
        "— a AAAAAAA= \n",
        "— a+b AAAAAAA=\n",
        "— a\u{3000}b AAAAAAA=\n",
        "— a AAAAAA==\n",
        "— a AAAAAAB=\n",
        "— a AAAAAAA\n",
        "— a \n",
        "x\n",
        " — a AAAAAAA=\n",
    ];
    for wrong in wrong {
        check(format!("x\n\n{line}{wrong}").as_bytes(), NoteError::SignatureLine { line: 4 });
    }
    let many = |count| format!("x\n\n{}", line.repeat(count));
    assert!(Note::parse(many(MAX_SIGNATURES).as_bytes()).is_ok());
    check(many(MAX_SIGNATURES + 1).as_bytes(), NoteError::TooManySignatures);
    let long = |length| format!("{}\n\n{line}", "x".repeat(length - line.len() - 2));
    assert!(Note::parse(long(MAX_NOTE_BYTES).as_bytes()).is_ok());
    check(long(MAX_NOTE_BYTES + 1).as_bytes(), NoteError::TooLong);
    assert_eq!(Note::sign("x".to_owned(), &world::log()), Err(NoteError::NoText));
    assert_eq!(Note::sign("x\t\n".to_owned(), &world::log()), Err(NoteError::Characters { line: 1 }));
}

#[test]
fn what_is_no_checkpoint_is_refused_with_its_line() {
    fn check(text: &str, expected: &Expect) {
        let note = Note::sign(text.to_owned(), &world::log()).unwrap().to_string();
        expected.assert_eq(
            &SignedCheckpoint::parse(note.as_bytes())
                .map_or_else(|e| e.to_string(), |c| format!("{:?}", c.checkpoint())),
        );
    }
    let root = empty_root();
    check(
        &format!("a\n0\n{root}\n"),
        &expect![[
            r#"Checkpoint { origin: "a", size: 0, root: Hash(47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=), extensions: [] }"#
        ]],
    );
    check(
        &format!("中 文\n18446744073709551615\n{root}\nmore\n"),
        &expect![[
            r#"Checkpoint { origin: "中 文", size: 18446744073709551615, root: Hash(47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=), extensions: ["more"] }"#
        ]],
    );
    check("a\n0\n", &expect!["检查点不足三行（日志名称、条目数、根哈希）"]);
    check(&format!("\n0\n{root}\n"), &expect!["检查点第1行为空"]);
    check(&format!("a\n0\n{root}\n\nmore\n"), &expect!["检查点第4行为空"]);
    check(&format!("a\n00\n{root}\n"), &expect!["检查点第2行不是条目数"]);
    check(&format!("a\n18446744073709551616\n{root}\n"), &expect!["检查点第2行不是条目数"]);
    check(&format!("a\n0\n{}\n", &root.to_string()[1..]), &expect!["检查点第3行不是根哈希"]);
    check(&format!("a\n0\n{root} \n"), &expect!["检查点第3行不是根哈希"]);
    assert_eq!(Checkpoint::new("", 0, root), Err(CheckpointError::EmptyLine { line: 1 }));
    assert_eq!(Checkpoint::new("a\nb", 0, root), Err(CheckpointError::Size));
    assert!(matches!(Checkpoint::new("a\u{7}", 0, root), Err(CheckpointError::Note(_))));
}

#[test]
fn cosignatures_are_taken_over_only_if_they_are_of_this_checkpoint() {
    let witness = world::witness(1).verifier().clone();
    let (five, six) = (world::cosigned(5, &[1]), world::cosigned(6, &[1]));
    let line = |from: &SignedCheckpoint| from.note().signatures().last().unwrap().to_string();
    let mut mine = world::signed(5);
    let before = mine.clone();
    assert!(mine.take_cosignatures(line(&six).as_bytes(), std::slice::from_ref(&witness)).is_err());
    assert!(mine.take_cosignatures(b"", std::slice::from_ref(&witness)).is_err());
    assert!(mine.take_cosignatures(line(&five).as_bytes(), &[]).is_err());
    assert_eq!(mine, before);
    let stranger = line(&world::cosigned(5, &[2]));
    let answer = format!("{stranger}{}", line(&five));
    assert_eq!(mine.take_cosignatures(answer.as_bytes(), std::slice::from_ref(&witness)), Ok(vec![witness.name()]));
    assert_eq!(mine, five, "the stranger's line is not taken over");

    let request = AddCheckpoint { old_size: 5, proof: vec![], checkpoint: world::signed(5) };
    let (last, cosigner) = (world::checkpoint(5), world::witness(1));
    let later = add_checkpoint(&[key(&world::log())], Some(&last), &request, &cosigner, 1_800_000_000).unwrap();
    mine.take_cosignatures(later.cosignature.to_string().as_bytes(), std::slice::from_ref(&witness)).unwrap();
    assert_eq!(mine.verify([&witness]).unwrap()[0].time(), Some(1_800_000_000));
    assert_eq!(mine.note().signatures().len(), five.note().signatures().len(), "the older line is gone");
    let long = five.note().signatures()[2].to_string().repeat(3000);
    let refused = mine.take_cosignatures(long.as_bytes(), std::slice::from_ref(&witness));
    assert_eq!(refused, Err(AnswerError::Form(NoteError::TooLong)));
}

proptest! {
    #[test]
    fn what_was_signed_is_read_and_verified(lines in prop::collection::vec("[^\\x00-\\x1f]{0,20}", 1..6), size: u64, root: [u8; 32]) {
        let text = lines.join("\n") + "\n";
        let note = Note::sign(text.clone(), &world::log()).unwrap();
        let again = Note::parse(note.to_string().as_bytes()).unwrap();
        prop_assert_eq!(&again, &note);
        prop_assert_eq!(again.verify(&[key(&world::log())]).unwrap().len(), 1);
        if !lines[0].is_empty() {
            let checkpoint = Checkpoint::new(&lines[0], size, Hash(root)).unwrap();
            let signed = SignedCheckpoint::sign(checkpoint.clone(), &world::log_sm2());
            let again = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
            prop_assert_eq!(again.checkpoint(), &checkpoint);
            prop_assert_eq!(again.verify(&[key(&world::log_sm2())]).unwrap().len(), 1);
        }
    }
}

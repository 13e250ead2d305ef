//! Published vectors, every case of every file, counted.

use crate::shared::shared_data;
use serde_json::Value;
use std::path::Path;
use xingjian_tlog::{
    Hash, Note, RightEdge, Signer, VerifierKey, leaf_hash, root, verify_consistency, verify_inclusion,
};

fn read(data: &Path, file: &str) -> Value {
    let path = data.join("sets").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// What came out of a file: cases that were accepted, that the types refused, and that verification refused.
#[derive(Debug, Default, PartialEq)]
struct Count {
    accepted: usize,
    not_hashes: usize,
    refused: usize,
}

/// Some roots in the vectors are short words; as roots they only say whether two are the same.
fn root_of(value: &Value) -> Option<Hash> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let mut bytes = STANDARD.decode(value.as_str().unwrap()).unwrap();
    (!bytes.is_empty() && bytes.len() <= 32).then(|| bytes.resize(32, 0))?;
    Some(Hash(bytes.try_into().unwrap()))
}

fn count(cases: &Value, verify: impl Fn(&Value, &[Hash]) -> Option<bool>) -> Count {
    let mut count = Count::default();
    for case in cases.as_array().unwrap() {
        let hashes = case["proof"].as_array().map(Vec::as_slice).unwrap_or_default();
        let proof: Result<Vec<Hash>, _> = hashes.iter().map(|hash| hash.as_str().unwrap().parse()).collect();
        let verdict = proof.ok().and_then(|proof| verify(case, &proof));
        assert_eq!(verdict != Some(true), case["wantErr"].as_bool().unwrap(), "{}", case["file"]);
        match verdict {
            Some(true) => count.accepted += 1,
            Some(false) => count.refused += 1,
            None => count.not_hashes += 1,
        }
    }
    count
}

#[test]
fn inclusion_proofs_are_judged_as_published() {
    let Some(data) = shared_data() else { return };
    let found = count(&read(&data, "tlog_vectors/inclusion.json"), |case, proof| {
        let number = |name: &str| case[name].as_u64().unwrap();
        let (leaf, root) = (root_of(&case["leafHash"])?, root_of(&case["root"])?);
        Some(verify_inclusion(proof, number("leafIdx"), &leaf, number("treeSize"), &root).is_ok())
    });
    assert_eq!(found, Count { accepted: 6, not_hashes: 21, refused: 71 });
}

#[test]
fn consistency_proofs_are_judged_as_published() {
    let Some(data) = shared_data() else { return };
    let found = count(&read(&data, "tlog_vectors/consistency.json"), |case, proof| {
        let number = |name: &str| case[name].as_u64().unwrap();
        let (old_root, root) = (root_of(&case["root1"])?, root_of(&case["root2"])?);
        Some(verify_consistency(proof, number("size1"), &old_root, number("size2"), &root).is_ok())
    });
    assert_eq!(found, Count { accepted: 6, not_hashes: 8, refused: 84 });
}

#[test]
fn roots_are_those_of_the_reference_tree() {
    let Some(data) = shared_data() else { return };
    let file = read(&data, "tlog_vectors/rfc6962_roots.json");
    let text = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let leaves: Vec<Hash> = file["leaf_inputs_hex"].as_array().unwrap().iter().map(|v| leaf_hash(&text(v))).collect();
    let roots = file["root_hash_hex_by_size"].as_array().unwrap();
    assert_eq!((leaves.len(), roots.len()), (8, 9));
    for (size, expected) in roots.iter().enumerate() {
        let mut edge = RightEdge::default();
        edge.append(&leaves[..size]).unwrap();
        assert_eq!(edge.root().0.as_slice(), text(expected));
        assert_eq!(root(size as u64, &crate::naive::Leaves(leaves.clone())).unwrap().0.as_slice(), text(expected));
    }
}

#[test]
fn the_note_of_the_reference_library_is_read_signed_and_verified() {
    let Some(data) = shared_data() else { return };
    let file = read(&data, "tlog_vectors/signed_note.json");
    let text = |name: &str| file[name].as_str().unwrap();
    let key: VerifierKey = text("vkey").parse().unwrap();
    let signer: Signer = text("skey").parse().unwrap();
    assert_eq!((signer.verifier(), key.to_string().as_str()), (&key, text("vkey")));
    assert_eq!(signer.secret_text(), text("skey"));

    let note = Note::parse(text("signed_note").as_bytes()).unwrap();
    assert_eq!((note.text(), note.to_string().as_str()), (text("text"), text("signed_note")));
    assert_eq!(note.verify(&[key]).unwrap().len(), 1);
    assert_eq!(Note::sign(text("text").to_owned(), &signer), Ok(note));

    let bad = file["bad_vkeys"].as_array().unwrap();
    assert_eq!(bad.len(), 2);
    for bad in bad {
        assert!(bad.as_str().unwrap().parse::<VerifierKey>().is_err(), "{bad}");
    }
}

//! What must hold for any bytes that are read as a file of the log: nothing panics, what is accepted is printed as it was read, and what
//! is done with it next is answered too. cargo-fuzz runs these functions, and so do the tests of `tlog`, over the seeds beside them.

use std::sync::LazyLock;
use xingjian_tlog::{
    AddCheckpoint, Checkpoint, Cosigner, Hash, Note, Policy, Proof, Resource, RightEdge, SignedCheckpoint, Signer,
    Tile, VerifierKey, add_checkpoint, tiles_reading,
};

/// A check: whether the bytes were accepted.
pub type Check = fn(&[u8]) -> bool;

/// All checks, by the name of their target and of the folder of their seeds.
pub const CHECKS: [(&str, Check); 7] = [
    ("checkpoint", checkpoint),
    ("key", key),
    ("note", note),
    ("policy", policy),
    ("proof", proof),
    ("request", request),
    ("tile_path", tile_path),
];

/// Keys of the log of the seeds, and a witness.
struct Keys {
    log: Signer,
    sm2: Signer,
    witness: Cosigner,
    verifiers: Vec<VerifierKey>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let origin = "log.example/xingjian";
    let log = Signer::ed25519(origin, &[1; 32]).expect("a name");
    let sm2 = Signer::sm2(origin, &[2; 32]).expect("a number of the curve");
    let witness = Cosigner::new("witness.example/w1", &[11; 32]).expect("a name");
    let verifiers = vec![log.verifier().clone(), sm2.verifier().clone(), witness.verifier().clone()];
    Keys { log, sm2, witness, verifiers }
});

/// A signed note.
pub fn note(bytes: &[u8]) -> bool {
    let Ok(note) = Note::parse(bytes) else { return false };
    assert_eq!(note.to_string().as_bytes(), bytes);
    let _ = note.verify(&KEYS.verifiers);
    // The text can be signed again, and then it counts.
    let signed = Note::sign(note.text().to_owned(), &KEYS.log).expect("the text of a note");
    assert_eq!(signed.verify(&KEYS.verifiers).map(|verified| verified.len()), Ok(1));
    true
}

/// A checkpoint.
pub fn checkpoint(bytes: &[u8]) -> bool {
    let Ok(signed) = SignedCheckpoint::parse(bytes) else { return false };
    assert_eq!(signed.to_string().as_bytes(), bytes);
    assert_eq!(signed.checkpoint().to_string(), signed.note().text());
    let _ = signed.verify(&KEYS.verifiers);
    let size = signed.checkpoint().size();
    let edge: Vec<Tile> = RightEdge::tiles(size);
    assert!(edge.len() <= 8 && tiles_reading(size, xingjian_tlog::root_nodes(size)).is_ok());
    // As the answer of a witness the bytes are no signature of a known key on another checkpoint.
    let mut other = SignedCheckpoint::sign(signed.checkpoint().clone(), &KEYS.sm2);
    let _ = other.take_cosignatures(bytes, &KEYS.verifiers);
    true
}

/// A proof file.
pub fn proof(bytes: &[u8]) -> bool {
    let Ok(proof) = Proof::parse(bytes) else { return false };
    assert_eq!(proof.to_string().as_bytes(), bytes);
    let policy: Policy = format!("log {}\nquorum none\n", KEYS.log.verifier()).parse().expect("a policy");
    let _ = proof.verify(&policy);
    // Signed as the policy wants it, the leaf and the hashes decide.
    let checkpoint = SignedCheckpoint::sign(proof.checkpoint.checkpoint().clone(), &KEYS.log);
    let resigned = Proof { checkpoint, ..proof };
    let leaf = resigned.opening().map_or(Hash([0; 32]), |opening| opening.leaf());
    let _ = resigned.verify_leaf(&leaf, &policy);
    true
}

/// A request to a witness.
pub fn request(bytes: &[u8]) -> bool {
    let Ok(request) = AddCheckpoint::parse(bytes) else { return false };
    assert_eq!(request.to_string().as_bytes(), bytes);
    let decide = |last: Option<&Checkpoint>, request: &AddCheckpoint| {
        if let Ok(cosigned) = add_checkpoint(&KEYS.verifiers[..2], last, request, &KEYS.witness, 1) {
            let same = |last: &Checkpoint| last.size() <= cosigned.checkpoint.checkpoint().size();
            assert!(last.is_none_or(same));
            assert!(cosigned.checkpoint.verify([KEYS.witness.verifier()]).is_ok());
        }
    };
    decide(None, &request);
    // Signed by the log, and with the last size that it names, the proof decides.
    let checkpoint = SignedCheckpoint::sign(request.checkpoint.checkpoint().clone(), &KEYS.log);
    let resigned = AddCheckpoint { checkpoint, ..request };
    let last = Checkpoint::new("log.example/xingjian", resigned.old_size, Hash([0; 32])).expect("a checkpoint");
    decide(Some(&last), &resigned);
    true
}

/// The path of a tile or an entry bundle.
pub fn tile_path(bytes: &[u8]) -> bool {
    let Some(resource) = std::str::from_utf8(bytes).ok().and_then(|path| path.parse::<Resource>().ok()) else {
        return false;
    };
    assert_eq!(resource.to_string().as_bytes(), bytes);
    let (Resource::Tile(tile) | Resource::EntryBundle(tile)) = resource;
    let whole = Tile::in_tree(tile.level(), tile.index(), u64::MAX);
    assert!(whole.is_none_or(|whole| whole.index() == tile.index()));
    let _ = tile.entries();
    true
}

/// A policy.
pub fn policy(bytes: &[u8]) -> bool {
    let Ok(policy) = Policy::parse(bytes) else { return false };
    let origin = policy.logs().next().map_or("log.example/xingjian", |(key, _)| key.name()).to_owned();
    let checkpoint = Checkpoint::new(&origin, 0, xingjian_tlog::empty_root()).expect("a checkpoint");
    let _ = policy.check(&SignedCheckpoint::sign(checkpoint, &KEYS.log));
    true
}

/// A verifier key or a signer key.
pub fn key(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(key) = text.parse::<VerifierKey>() {
        assert_eq!(key.to_string(), text);
        return true;
    }
    if let Ok(signer) = text.parse::<Signer>() {
        assert_eq!(signer.secret_text(), text);
        return true;
    }
    let Ok(cosigner) = text.parse::<Cosigner>() else { return false };
    assert_eq!(cosigner.secret_text(), text);
    true
}

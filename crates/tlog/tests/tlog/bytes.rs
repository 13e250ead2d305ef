//! Bytes that nobody meant: the checks of the fuzz targets over their seeds, and over what becomes of these by chance.

use crate::fuzz::{CHECKS, Check};
use expect_test::expect;
use proptest::prelude::*;
use std::path::Path;
use std::sync::LazyLock;

/// Target, check, and the seeds in order of name.
type Target = (&'static str, Check, Vec<Vec<u8>>);

static SEEDS: LazyLock<Vec<Target>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let seeds = |name| {
        let mut paths: Vec<_> =
            std::fs::read_dir(folder.join(name)).unwrap().map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
    };
    CHECKS.iter().map(|(name, check)| (*name, *check, seeds(name))).collect()
});

#[test]
fn seeds_are_accepted_and_refused_as_they_were_meant() {
    let count = |(name, check, seeds): &Target| {
        let accepted = seeds.iter().filter(|seed| check(seed)).count();
        format!("{name}: {accepted} accepted, {} refused", seeds.len() - accepted)
    };
    let counts: Vec<String> = SEEDS.iter().map(count).collect();
    expect![[r#"
        checkpoint: 3 accepted, 3 refused
        key: 6 accepted, 2 refused
        note: 4 accepted, 4 refused
        policy: 4 accepted, 1 refused
        proof: 6 accepted, 4 refused
        request: 5 accepted, 2 refused
        tile_path: 4 accepted, 4 refused"#]]
    .assert_eq(&counts.join("\n"));
}

#[test]
fn every_check_has_a_target() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    for (name, _) in CHECKS {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        let target = std::fs::read_to_string(folder.join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(target.contains(&format!("xingjian_tlog_fuzz::{name}(bytes)")), "{name}");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), CHECKS.len());
}

/// A change by chance.
#[derive(Clone, Debug)]
enum Change {
    Flip(prop::sample::Index, u32),
    Insert(prop::sample::Index, u8),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    /// The end of another seed, of any target.
    Splice(prop::sample::Index, prop::sample::Index, prop::sample::Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<prop::sample::Index>;
    let telling = prop::sample::select(b"\n \t0189+=/Ax\xe2\xff\0".as_slice());
    prop_oneof![
        (at(), 0_u32..8).prop_map(|(at, bit)| Change::Flip(at, bit)),
        (at(), telling).prop_map(|(at, byte)| Change::Insert(at, byte)),
        (at(), 1_usize..80).prop_map(|(at, length)| Change::Remove(at, length)),
        (at(), 1_usize..80).prop_map(|(at, length)| Change::Repeat(at, length)),
        (at(), at(), at()).prop_map(|(at, seed, from)| Change::Splice(at, seed, from)),
    ]
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    let length = bytes.len();
    let span = |at: &prop::sample::Index, span: usize| {
        let start = at.index(length + 1);
        start..(start + span).min(length)
    };
    match change {
        Change::Flip(at, bit) if length > 0 => bytes[at.index(length)] ^= 1_u8 << bit,
        Change::Flip(..) => {}
        Change::Insert(at, byte) => bytes.insert(at.index(length + 1), *byte),
        Change::Remove(at, many) => drop(bytes.drain(span(at, *many))),
        Change::Repeat(at, many) => bytes.extend_from_within(span(at, *many)),
        Change::Splice(at, seed, from) => {
            let all: Vec<&Vec<u8>> = SEEDS.iter().flat_map(|(_, _, seeds)| seeds).collect();
            let other = seed.get(&all);
            bytes.truncate(at.index(length + 1));
            bytes.extend_from_slice(&other[from.index(other.len())..]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_change_of_a_seed_panics(
        target in any::<prop::sample::Index>(), seed in any::<prop::sample::Index>(), changes in prop::collection::vec(change(), 1..4),
    ) {
        let (_, check, seeds) = target.get(&SEEDS);
        let mut bytes = seed.get(seeds).clone();
        for change in &changes {
            apply(&mut bytes, change);
        }
        check(&bytes);
    }

    #[test]
    fn no_bytes_at_all_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[a-z0-9+/=.\n — ]{0,80}") {
        for (_, check) in CHECKS {
            check(&bytes);
            check(text.as_bytes());
        }
    }
}

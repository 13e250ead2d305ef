//! Tiles of any way of growing are the tiles of building at once, and every proof can be read from them.

use crate::naive;
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::collections::BTreeMap;
use xingjian_tlog::{
    BundleError, Hash, HashReader, Node, NotTilePath, ProofPlan, Resource, RightEdge, TILE_WIDTH, Tile, TileData,
    TileError, TileHashes, TreeFull, decode_bundle, encode_bundle, root, root_nodes, tiles_proving, tiles_reading,
    verify_consistency, verify_inclusion,
};

/// A folder of tiles by path, as a log stores them.
#[derive(Default)]
struct Folder(BTreeMap<String, Vec<u8>>);

impl Folder {
    fn put(&mut self, tiles: Vec<TileData>) {
        for data in tiles {
            let old = self.0.insert(Resource::Tile(data.tile()).to_string(), data.to_bytes());
            assert_eq!(old, None, "a tile is written once");
        }
    }

    fn get(&self, tile: Tile) -> TileData {
        let bytes = [tile, tile.full()].map(|tile| self.0.get(&Resource::Tile(tile).to_string()));
        TileData::parse(tile, bytes.into_iter().flatten().next().unwrap_or_else(|| panic!("{tile:?}"))).unwrap()
    }

    fn of(leaves: &[Hash]) -> (Self, RightEdge) {
        let (mut folder, mut edge) = (Self::default(), RightEdge::default());
        folder.put(edge.append(leaves).unwrap());
        (folder, edge)
    }
}

#[test]
fn a_tree_of_seventy_thousand_has_the_tiles_of_the_text() {
    let (folder, edge) = Folder::of(&naive::leaves(70_000));
    let count = |start: &str, partial: bool| {
        folder.0.keys().filter(|path| path.starts_with(start) && path.contains(".p/") == partial).count()
    };
    assert_eq!((count("tile/0/", false), count("tile/1/", false), count("tile/2/", false)), (273, 1, 0));
    let partial: Vec<_> = folder.0.keys().filter(|path| path.contains(".p/")).collect();
    assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    let partial: Vec<_> = RightEdge::tiles(70_000).into_iter().map(|tile| Resource::Tile(tile).to_string()).collect();
    assert_eq!(partial, ["tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1"]);
    assert_eq!(edge.size(), 70_000);

    let (folder, _) = Folder::of(&naive::leaves(256));
    assert_eq!(folder.0.keys().collect::<Vec<_>>(), ["tile/0/000", "tile/1/000.p/1"]);
    assert_eq!(folder.0["tile/0/000"].len(), 8192);
}

#[test]
fn paths_are_written_as_in_the_text() {
    fn check(path: &str, expected: &Expect) {
        expected.assert_debug_eq(&path.parse::<Resource>());
        if let Ok(resource) = path.parse::<Resource>() {
            assert_eq!(resource.to_string(), path);
        }
    }
    check(
        "tile/0/x001/x234/067",
        &expect![[r#"
        Ok(
            Tile(
                Tile {
                    level: 0,
                    index: 1234067,
                    width: 256,
                },
            ),
        )
    "#]],
    );
    check(
        "tile/entries/000.p/7",
        &expect![[r#"
        Ok(
            EntryBundle(
                Tile {
                    level: 0,
                    index: 0,
                    width: 7,
                },
            ),
        )
    "#]],
    );
    check(
        "tile/63/x018/x446/x744/x073/x709/x551/615.p/255",
        &expect![[r#"
        Ok(
            Tile(
                Tile {
                    level: 63,
                    index: 18446744073709551615,
                    width: 255,
                },
            ),
        )
    "#]],
    );
    let wrong = [
        "",
        "tile",
        "tile/",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/0000",
        "tile/0/x000/000",
        "tile/0/001/234",
        "tile/0/x001/x234",
        "tile/0/xx01/234",
        "tile/0/x01/234",
        "tile/0/x001/+34",
        "tile/00/000",
        "tile/+0/000",
        "tile/64/000",
        "tile/256/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "/tile/0/000",
        "tile/0/000/",
        "tile//000",
        "tile/entries/0",
        "tile/data/000",
        "tile/0/x018/x446/x744/x073/x709/x551/616",
        "tile/０/000",
        "Tile/0/000",
    ];
    for path in wrong {
        assert_eq!(path.parse::<Resource>(), Err(NotTilePath), "{path}");
    }
    assert_eq!(
        "tile/entries/x001/002.p/3".parse::<Resource>().map(|resource| match resource {
            Resource::EntryBundle(tile) => tile.entries(),
            Resource::Tile(_) => None,
        }),
        Ok(Some(1002 * 256..1002 * 256 + 3))
    );
    assert_eq!(Tile::new(1, 0, 3).unwrap().entries(), None);
    assert_eq!((Tile::new(64, 0, 1), Tile::new(0, 0, 0), Tile::new(0, 0, 257)), (None, None, None));
}

#[test]
fn the_bytes_of_a_tile_are_its_hashes() {
    let (folder, _) = Folder::of(&naive::leaves(3));
    let tile = Tile::new(0, 0, 3).unwrap();
    let data = folder.get(tile);
    assert_eq!(data.hashes(), naive::leaves(3));
    let bytes = data.to_bytes();
    assert_eq!(TileData::parse(tile, &bytes), Some(data));
    assert_eq!(TileData::parse(tile, &bytes[..95]), None);
    assert_eq!(TileData::parse(tile, &[bytes.as_slice(), &[0; 32]].concat()), None);
    assert_eq!(TileData::parse(tile, &[bytes.as_slice(), &[0]].concat()), None);
    assert_eq!(TileData::parse(tile, &[]), None);
}

#[test]
fn bundles_hold_entries_with_their_lengths() {
    let entries: [&[u8]; 3] = [b"", b"ab", &[7; 300]];
    let bytes = encode_bundle(entries).unwrap();
    assert_eq!(bytes[..8], [0, 0, 0, 2, b'a', b'b', 1, 44]);
    assert_eq!(decode_bundle(&bytes, 3).unwrap(), entries);
    assert_eq!(decode_bundle(&bytes, 2), Err(BundleError::TrailingBytes(302)));
    assert_eq!(decode_bundle(&bytes, 4), Err(BundleError::CutOff(3)));
    assert_eq!(decode_bundle(&bytes[..bytes.len() - 1], 3), Err(BundleError::CutOff(2)));
    assert_eq!(encode_bundle([vec![0; 65536].as_slice()]), Err(BundleError::EntryTooLong(0)));
    assert!(encode_bundle([vec![0; 65535].as_slice()]).is_ok());
}

#[test]
fn an_edge_needs_exactly_its_tiles_and_does_not_overflow() {
    let (folder, edge) = Folder::of(&naive::leaves(700));
    let tiles = || RightEdge::tiles(700).into_iter().map(|tile| folder.get(tile));
    assert_eq!(RightEdge::new(700, tiles()), Ok(edge));
    let missing = Tile::new(1, 0, 2).unwrap();
    assert_eq!(RightEdge::new(700, tiles().take(1)), Err(TileError::Missing(missing)));
    assert!(RightEdge::new(701, tiles()).is_err());

    let full = |tile: Tile| TileData::parse(tile, &vec![0; 32 * usize::from(tile.width())]).unwrap();
    let mut last = RightEdge::new(u64::MAX, RightEdge::tiles(u64::MAX).into_iter().map(full)).unwrap();
    let before = last.clone();
    assert_eq!(last.append(&naive::leaves(1)), Err(TreeFull));
    assert_eq!(last, before);
    let mut last_but_one = RightEdge::new(u64::MAX - 1, RightEdge::tiles(u64::MAX - 1).into_iter().map(full)).unwrap();
    assert_eq!(last_but_one.append(&naive::leaves(1)).unwrap().len(), 1);
    assert_eq!(last_but_one.size(), u64::MAX);
}

#[test]
fn a_partial_tile_does_not_slip_in_for_a_full_one() {
    let (folder, edge) = Folder::of(&naive::leaves(600));
    let leaf = Node { level: 0, index: 3 };
    let wanted = tiles_proving(600, [leaf]).unwrap();
    let honest = || wanted.iter().map(|tile| folder.get(*tile));
    assert_eq!(TileHashes::verified(600, &edge.root(), honest()).unwrap().read(leaf), Ok(naive::leaves(4)[3]));
    // No tile above says anything about a partial one that this tree does not have.
    let narrow = Tile::new(0, 0, 200).unwrap();
    let forged = TileData::parse(narrow, &[7; 32 * 200]).unwrap();
    let tiles = honest().filter(|data| data.tile() != narrow.full()).chain([forged]);
    assert_eq!(TileHashes::verified(600, &edge.root(), tiles).unwrap_err(), TileError::Altered(narrow));
}

#[test]
fn no_tile_more_than_needed_is_asked_for() {
    let size = 10_000_000;
    let plan = ProofPlan::inclusion(5_000_000, size).unwrap();
    let names = |tiles: std::collections::BTreeSet<Tile>| {
        tiles.into_iter().map(|tile| Resource::Tile(tile).to_string()).collect::<Vec<_>>()
    };
    let own = names(tiles_reading(size, plan.nodes()).unwrap());
    assert_eq!(own, ["tile/0/x019/531", "tile/0/x039/062.p/128", "tile/1/076", "tile/1/152.p/150", "tile/2/000.p/152"]);
    let proving = names(tiles_proving(size, plan.nodes()).unwrap());
    assert_eq!(proving, own, "the same, because the way to the leaf and the edge are all there is");
    assert_eq!(names(tiles_proving(size, [Node { level: 0, index: 0 }]).unwrap()).len(), 5);
    let beyond = Node { level: 3, index: size / 8 };
    assert_eq!(tiles_reading(size, [beyond]), Err(TileError::NoSuchNode(beyond)));
    for node in [Node { level: 63, index: u64::MAX }, Node { level: 255, index: 1 }, Node { level: 7, index: u64::MAX }]
    {
        assert_eq!(tiles_reading(u64::MAX, [node]), Err(TileError::NoSuchNode(node)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_way_of_growing_makes_the_same_tiles(steps in prop::collection::vec(0_usize..400, 1..12)) {
        let leaves = naive::leaves(steps.iter().sum::<usize>() as u64);
        let (mut folder, mut edge, mut rest) = (Folder::default(), RightEdge::default(), leaves.as_slice());
        for step in steps {
            let (now, later) = rest.split_at(step);
            folder.put(edge.append(now).unwrap());
            rest = later;
            let added = &leaves[..leaves.len() - rest.len()];
            prop_assert_eq!(edge.root(), naive::root(added));
            // From storage the edge is the same as the one that was kept.
            let stored = RightEdge::tiles(edge.size()).into_iter().map(|tile| folder.get(tile));
            prop_assert_eq!(RightEdge::new(edge.size(), stored).unwrap().root(), edge.root());
            // Of every tile that the tree now has, the folder holds those of building at once, byte for byte.
            for (path, bytes) in &Folder::of(added).0.0 {
                prop_assert_eq!(folder.0.get(path), Some(bytes));
            }
        }
    }

    #[test]
    fn every_proof_is_read_from_verified_tiles(size in 1_u64..1500, at: prop::sample::Index, grown in 0_u64..600) {
        // The log has grown since, and keeps no partial tile of which there is a full one.
        let leaves = naive::leaves(size);
        let (mut folder, mut edge) = Folder::of(&leaves);
        folder.put(edge.append(&naive::leaves(size + grown)[leaves.len()..]).unwrap());
        let paths: Vec<String> = folder.0.keys().cloned().collect();
        folder.0.retain(|path, _| !path.split_once(".p/").is_some_and(|(full, _)| paths.iter().any(|path| path == full)));

        let (index, root_hash) = (at.index(leaves.len()), naive::root(&leaves));
        let old_size = index + 1;
        let inclusion = ProofPlan::inclusion(index as u64, size).unwrap();
        let consistency = ProofPlan::consistency(old_size as u64, size).unwrap();
        let wanted = tiles_proving(size, inclusion.nodes().chain(consistency.nodes())).unwrap();
        let tiles = || wanted.iter().map(|tile| folder.get(*tile));
        let verified = TileHashes::verified(size, &root_hash, tiles()).unwrap();
        for reader in [&verified, &TileHashes::trusted(size, tiles())] {
            let proof = inclusion.read(reader).unwrap();
            prop_assert_eq!(&proof, &naive::inclusion(index, &leaves));
            prop_assert_eq!(verify_inclusion(&proof, index as u64, &leaves[index], size, &root_hash), Ok(()));
            let proof = consistency.read(reader).unwrap();
            prop_assert_eq!(&proof, &naive::consistency(old_size, &leaves));
            let old_root = naive::root(&leaves[..old_size]);
            prop_assert_eq!(verify_consistency(&proof, old_size as u64, &old_root, size, &root_hash), Ok(()));
        }
        let edge = RightEdge::tiles(size).into_iter().map(|tile| folder.get(tile));
        let at_once = TileHashes::trusted(size, edge);
        prop_assert_eq!(root(size, &at_once), Ok(root_hash));
        prop_assert!(root_nodes(size).all(|node| at_once.read(node).is_ok()));
    }

    #[test]
    fn a_tile_with_another_bit_or_a_missing_one_is_noticed(
        size in 1_u64..1500, at: prop::sample::Index, which: prop::sample::Index, bit: prop::sample::Index,
    ) {
        let leaves = naive::leaves(size);
        let (folder, edge) = Folder::of(&leaves);
        let plan = ProofPlan::inclusion(at.index(leaves.len()) as u64, size).unwrap();
        let wanted: Vec<Tile> = tiles_proving(size, plan.nodes()).unwrap().into_iter().collect();
        let chosen = *which.get(&wanted);
        let altered = wanted.iter().map(|tile| {
            let mut bytes = folder.get(*tile).to_bytes();
            if *tile == chosen {
                let bit = bit.index(8 * bytes.len());
                bytes[bit / 8] ^= 1 << (bit % 8);
            }
            TileData::parse(*tile, &bytes).unwrap()
        });
        prop_assert!(TileHashes::verified(size, &edge.root(), altered).is_err());
        let without = wanted.iter().filter(|tile| **tile != chosen).map(|tile| folder.get(*tile));
        match TileHashes::verified(size, &edge.root(), without) {
            Err(error) => prop_assert_eq!(error, TileError::Missing(chosen)),
            Ok(rest) => prop_assert_eq!(plan.read(&rest), Err(TileError::Missing(chosen))),
        }
    }

    #[test]
    fn a_path_is_read_as_it_is_written(level in 0_u8..=63, index: u64, shift in 0_u32..64, width in 1..=TILE_WIDTH) {
        let tile = Tile::new(level, index >> shift, width).unwrap();
        for resource in [Resource::Tile(tile), Resource::EntryBundle(Tile::new(0, index >> shift, width).unwrap())] {
            prop_assert_eq!(resource.to_string().parse(), Ok(resource));
        }
    }
}

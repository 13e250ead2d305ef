use super::{TILE_WIDTH, Tile, TileData, TileError, hashes_at};
use crate::hash::complete_root;
use crate::{Hash, empty_root, node_hash};

/// What is needed of a tree to let it grow: the hashes of its partial tiles. At most 255 a level, eight levels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightEdge {
    size: u64,
    /// By level; a level without a partial tile is empty.
    levels: Vec<Vec<Hash>>,
}

/// The tree would have more than 2^64 - 1 leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("存证日志已满")]
pub struct TreeFull;

impl RightEdge {
    /// The partial tiles of the tree of that size, the lowest first.
    pub fn tiles(size: u64) -> Vec<Tile> {
        let partial = |level| {
            let index = hashes_at(level, size) / u64::from(TILE_WIDTH);
            Tile::in_tree(level, index, size)
        };
        (0..=u8::MAX).take_while(|level| hashes_at(*level, size) > 0).filter_map(partial).collect()
    }

    /// The edge of the tree of that size, from its partial tiles in any order; other tiles are passed over.
    pub fn new(size: u64, tiles: impl IntoIterator<Item = TileData>) -> Result<Self, TileError> {
        let mut edge = Self { size, levels: Vec::new() };
        let mut wanted = Self::tiles(size);
        for TileData { tile, hashes } in tiles {
            if let Some(at) = wanted.iter().position(|wanted| *wanted == tile) {
                wanted.remove(at);
                *edge.level(tile.level()) = hashes;
            }
        }
        match wanted.first() {
            Some(missing) => Err(TileError::Missing(*missing)),
            None => Ok(edge),
        }
    }

    /// Leaves of the tree.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds leaves; the tiles that are new because of them, each with all its hashes: full ones as they fill, then for
    /// each level that changed its partial one. Nothing is added if they do not fit.
    pub fn append(&mut self, leaves: &[Hash]) -> Result<Vec<TileData>, TreeFull> {
        let size = u64::try_from(leaves.len()).ok().and_then(|more| self.size.checked_add(more)).ok_or(TreeFull)?;
        let old_size = std::mem::replace(&mut self.size, size);
        let mut tiles = Vec::new();
        let mut filled = 0_u64;
        for leaf in leaves {
            self.level(0).push(*leaf);
            filled += 1;
            self.carry(old_size + filled, &mut tiles);
        }
        for tile in Self::tiles(size) {
            if hashes_at(tile.level(), old_size) < hashes_at(tile.level(), size) {
                tiles.push(TileData { tile, hashes: self.levels[usize::from(tile.level())].clone() });
            }
        }
        Ok(tiles)
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut root = None;
        for hashes in &self.levels {
            let mut rest = hashes.as_slice();
            while !rest.is_empty() {
                let (before, complete) = rest.split_at(rest.len() - (1 << rest.len().trailing_zeros()));
                let left = complete_root(complete);
                root = Some(root.map_or(left, |right| node_hash(&left, &right)));
                rest = before;
            }
        }
        root.unwrap_or_else(empty_root)
    }

    /// Takes full tiles out, from the bottom up, and puts the hash of each into the level above.
    fn carry(&mut self, size: u64, tiles: &mut Vec<TileData>) {
        for level in 0.. {
            if self.level(level).len() < usize::from(TILE_WIDTH) {
                return;
            }
            let hashes = std::mem::take(self.level(level));
            self.level(level + 1).push(complete_root(&hashes));
            let index = hashes_at(level, size) / u64::from(TILE_WIDTH) - 1;
            tiles.push(TileData { tile: Tile { level, index, width: TILE_WIDTH }, hashes });
        }
    }

    fn level(&mut self, level: u8) -> &mut Vec<Hash> {
        let level = usize::from(level);
        if self.levels.len() <= level {
            self.levels.resize_with(level + 1, Vec::new);
        }
        &mut self.levels[level]
    }
}

use super::{RightEdge, Tile, TileData};
use crate::hash::complete_root;
use crate::{Hash, HashReader, Node};
use std::collections::{BTreeMap, BTreeSet};

/// Why a hash cannot be read from tiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// The tree of that size has no such node.
    #[error("该大小的日志中没有第{}层第{}个节点", .0.level, .0.index)]
    NoSuchNode(Node),
    /// A tile that is needed was not given.
    #[error("缺少分块 {}", super::Resource::Tile(*.0))]
    Missing(Tile),
    /// The tiles make another root than the one they were compared with.
    #[error("分块算出的根哈希与检查点的根哈希不同")]
    Root,
    /// The tile is not the one that the level above was made from.
    #[error("分块 {} 与上一层的哈希不符", super::Resource::Tile(*.0))]
    Altered(Tile),
}

/// Tiles of the tree of one size, from which the hashes of nodes are read.
#[derive(Clone, Debug)]
pub struct TileHashes {
    size: u64,
    tiles: BTreeMap<(u8, u64), TileData>,
}

/// The tiles to fetch for reading these nodes of the tree of that size from one's own storage.
pub fn tiles_reading(size: u64, nodes: impl IntoIterator<Item = Node>) -> Result<BTreeSet<Tile>, TileError> {
    let tile = |node| Tile::holding(node, size).map(|(tile, _)| tile).ok_or(TileError::NoSuchNode(node));
    nodes.into_iter().map(tile).collect()
}

/// The tiles to fetch for reading these nodes and proving them against the root: also the right edge and, for each tile,
/// those above it.
pub fn tiles_proving(size: u64, nodes: impl IntoIterator<Item = Node>) -> Result<BTreeSet<Tile>, TileError> {
    let mut tiles = tiles_reading(size, nodes)?;
    for mut tile in tiles.clone() {
        while tile.is_full() {
            let ((level, index), _) = tile.parent();
            tile = Tile::in_tree(level, index, size).expect("a full tile has a hash in the level above");
            tiles.insert(tile);
        }
    }
    tiles.extend(RightEdge::tiles(size));
    Ok(tiles)
}

impl TileHashes {
    /// Tiles that are believed, because they are one's own.
    pub fn trusted(size: u64, tiles: impl IntoIterator<Item = TileData>) -> Self {
        Self { size, tiles: tiles.into_iter().map(|data| ((data.tile.level, data.tile.index), data)).collect() }
    }

    /// Tiles from anywhere, each compared with the tile above it and in the end with the root. What
    /// [`tiles_proving`] names must be there.
    pub fn verified(size: u64, root: &Hash, tiles: impl IntoIterator<Item = TileData>) -> Result<Self, TileError> {
        let read = Self::trusted(size, tiles);
        if RightEdge::new(size, read.tiles.values().cloned())?.root() != *root {
            return Err(TileError::Root);
        }
        for ((level, index), data) in &read.tiles {
            if Tile::in_tree(*level, *index, size) != Some(data.tile) {
                return Err(TileError::Altered(data.tile));
            }
            if data.tile.is_full() {
                let (above, place) = data.tile.parent();
                let tile = Tile::in_tree(above.0, above.1, size).ok_or(TileError::Altered(data.tile))?;
                let parent = read.tiles.get(&above).ok_or(TileError::Missing(tile))?;
                if parent.hashes.get(place) != Some(&complete_root(&data.hashes)) {
                    return Err(TileError::Altered(data.tile));
                }
            }
        }
        Ok(read)
    }
}

impl HashReader for TileHashes {
    type Error = TileError;

    fn read(&self, node: Node) -> Result<Hash, TileError> {
        let (tile, range) = Tile::holding(node, self.size).ok_or(TileError::NoSuchNode(node))?;
        let data = self.tiles.get(&(tile.level, tile.index)).ok_or(TileError::Missing(tile))?;
        // A tile narrower than the tree wants is as good as none.
        data.hashes.get(range).map(complete_root).ok_or(TileError::Missing(tile))
    }
}

//! The layout of c2sp.org/tlog-tiles: coordinates, paths and contents of tiles and entry bundles.

mod bundle;
mod edge;
mod path;
mod reader;

pub use bundle::{BundleError, MAX_ENTRY_LENGTH, decode_bundle, encode_bundle};
pub use edge::{RightEdge, TreeFull};
pub use path::{NotTilePath, Resource};
pub use reader::{TileError, TileHashes, tiles_proving, tiles_reading};

use crate::hash::HASH_LENGTH;
use crate::{Hash, Node};
use std::ops::Range;

/// Hashes of a full tile.
pub const TILE_WIDTH: u16 = 256;
/// Levels of the tree that one level of tiles spans.
const TILE_HEIGHT: u8 = 8;
/// The largest level that a path may name.
const MAX_LEVEL: u8 = 63;

/// Coordinates of a tile: the first `width` of the 256 hashes that start at hash `index * 256` of height `8 * level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

impl Tile {
    /// The tile, if level (0 to 63) and width (1 to 256) are possible.
    pub fn new(level: u8, index: u64, width: u16) -> Option<Self> {
        (level <= MAX_LEVEL && (1..=TILE_WIDTH).contains(&width)).then_some(Self { level, index, width })
    }

    /// The tile at that place as it is in the tree of that size, full or partial; `None` if the tree has no hash there.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let hashes = hashes_at(level, size);
        let first = index.checked_mul(TILE_WIDTH.into())?;
        let left = hashes.checked_sub(first)?.min(TILE_WIDTH.into());
        Self::new(level, index, u16::try_from(left).ok()?)
    }

    /// The tile of the tree of that size that holds this node, and the hashes in it that make the node.
    fn holding(node: Node, size: u64) -> Option<(Self, Range<usize>)> {
        let height = node.level % TILE_HEIGHT;
        let first = node.index.checked_shl(height.into()).filter(|first| first >> height == node.index)?;
        let tile = Self::in_tree(node.level / TILE_HEIGHT, first / u64::from(TILE_WIDTH), size)?;
        let start = usize::try_from(first % u64::from(TILE_WIDTH)).ok()?;
        let end = start + (1 << height);
        (end <= usize::from(tile.width)).then_some((tile, start..end))
    }

    /// The full tile one level higher in which a hash stands for this tile, and its place there.
    fn parent(self) -> ((u8, u64), usize) {
        let place = usize::try_from(self.index % u64::from(TILE_WIDTH)).expect("below 256");
        ((self.level + 1, self.index / u64::from(TILE_WIDTH)), place)
    }

    /// Level, 0 for the tiles of leaf hashes.
    pub fn level(self) -> u8 {
        self.level
    }

    /// Place from the left in its level.
    pub fn index(self) -> u64 {
        self.index
    }

    /// Hashes in it, 1 to 256.
    pub fn width(self) -> u16 {
        self.width
    }

    /// Whether it has all 256 hashes, and a hash in the level above.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The tile of the same place and width whose 256 hashes are all there: where the hashes of a partial tile are found
    /// once the tree has grown.
    #[must_use]
    pub fn full(self) -> Self {
        Self { width: TILE_WIDTH, ..self }
    }

    /// Indices of the entries in the bundle beside this tile; `None` above level 0.
    pub fn entries(self) -> Option<Range<u64>> {
        let first = self.index.checked_mul(TILE_WIDTH.into()).filter(|_| self.level == 0)?;
        Some(first..first.checked_add(self.width.into())?)
    }
}

/// A tile with its hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TileData {
    tile: Tile,
    hashes: Vec<Hash>,
}

impl TileData {
    /// From the bytes that are stored and served; `None` if they are not exactly its hashes. Of a full tile read in the
    /// place of a partial one the first hashes are taken.
    pub fn parse(tile: Tile, bytes: &[u8]) -> Option<Self> {
        let (all, rest) = bytes.as_chunks::<HASH_LENGTH>();
        let fits = [tile.width, TILE_WIDTH].into_iter().any(|width| all.len() == usize::from(width));
        let hashes = all.iter().take(tile.width.into()).map(|bytes| Hash(*bytes)).collect();
        (fits && rest.is_empty()).then_some(Self { tile, hashes })
    }

    /// The bytes that are stored and served: the hashes one after the other.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.hashes.iter().flat_map(|hash| hash.0).collect()
    }

    /// Where it belongs.
    pub fn tile(&self) -> Tile {
        self.tile
    }

    /// Its hashes, from the left.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }
}

/// Complete subtrees of height `8 * level` in the tree of that size.
fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(level) * u32::from(TILE_HEIGHT)).unwrap_or_default()
}

//! Tiles on disk. A tile is written once, when it is full; what is not full stands in one file with the size of the tree, which is
//! replaced whole. So after a crash the tree is that of before or after a step, and the step is done again from the rows.

use super::{LogError, read_plan};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use xingjian_tlog::{
    ENTRY_LENGTH, Hash, ProofPlan, Resource, RightEdge, SignedCheckpoint, TILE_WIDTH, Tile, TileData, TileHashes,
    encode_bundle, leaf_hash, root, root_nodes, tiles_reading,
};

const EDGE: &str = "edge.json";
const CHECKPOINT: &str = "checkpoint";

/// The tree on disk.
#[derive(Default)]
pub(super) struct Files {
    folder: PathBuf,
    edge: RightEdge,
    /// The partial tiles, by level.
    partial: BTreeMap<u8, TileData>,
    /// Entries of the partial tile of level 0.
    entries: Vec<[u8; ENTRY_LENGTH]>,
}

/// The edge as it is written: everything that is not in a full tile.
#[derive(Serialize, Deserialize)]
struct Written {
    size: u64,
    root: String,
    /// By path, the hashes in hexadecimal.
    tiles: BTreeMap<String, String>,
    entries: Vec<String>,
}

impl Files {
    pub(super) fn open(folder: &Path) -> Result<Self, LogError> {
        std::fs::create_dir_all(folder).map_err(failed(folder))?;
        let path = folder.join(EDGE);
        let empty = Self { folder: folder.to_owned(), ..Self::default() };
        match std::fs::read(&path) {
            Ok(bytes) => empty.with_edge(&bytes).ok_or(LogError::Damaged { path }),
            // All is made from the rows again.
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(empty),
            Err(error) => Err(failed(&path)(error)),
        }
    }

    fn with_edge(mut self, bytes: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(bytes).ok()?;
        for (path, hashes) in &written.tiles {
            let Resource::Tile(tile) = path.parse().ok()? else { return None };
            let data = TileData::parse(tile, &hex::decode(hashes).ok()?)?;
            self.partial.insert(tile.level(), data);
        }
        for entry in &written.entries {
            self.entries.push(hex::decode(entry).ok()?.try_into().ok()?);
        }
        self.edge = RightEdge::new(written.size, self.partial.values().cloned()).ok()?;
        let fits = self.edge.root().to_string() == written.root
            && self.entries.len() as u64 == written.size % u64::from(TILE_WIDTH);
        fits.then_some(self)
    }

    pub(super) fn size(&self) -> u64 {
        self.edge.size()
    }

    pub(super) fn root(&self) -> Hash {
        self.edge.root()
    }

    /// Adds entries. Where this fails nothing was added; files that are there already are written again the same.
    pub(super) fn append(&mut self, entries: &[[u8; ENTRY_LENGTH]]) -> Result<(), LogError> {
        let mut edge = self.edge.clone();
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let tiles = edge.append(&leaves).map_err(|_| LogError::Damaged { path: self.folder.join(EDGE) })?;
        let mut open = self.entries.clone();
        open.extend_from_slice(entries);
        let mut bundle = self.size() / u64::from(TILE_WIDTH);
        while open.len() >= usize::from(TILE_WIDTH) {
            let full: Vec<_> = open.drain(..usize::from(TILE_WIDTH)).collect();
            let tile = Tile::new(0, bundle, TILE_WIDTH).expect("a full tile of level 0");
            self.write(&Resource::EntryBundle(tile).to_string(), &bundle_of(&full))?;
            bundle += 1;
        }
        let mut partial = BTreeMap::new();
        for data in tiles {
            if data.tile().is_full() {
                self.write(&Resource::Tile(data.tile()).to_string(), &data.to_bytes())?;
            } else {
                partial.insert(data.tile().level(), data);
            }
        }
        // What did not change is still there.
        for tile in RightEdge::tiles(edge.size()) {
            if let Some(old) = self.partial.get(&tile.level()).filter(|old| old.tile() == tile) {
                partial.entry(tile.level()).or_insert_with(|| old.clone());
            }
        }
        let written = Written {
            size: edge.size(),
            root: edge.root().to_string(),
            tiles: partial
                .values()
                .map(|data| (Resource::Tile(data.tile()).to_string(), hex::encode(data.to_bytes())))
                .collect(),
            entries: open.iter().map(hex::encode).collect(),
        };
        let text = serde_json::to_vec(&written).expect("texts and a number are plain data");
        self.write(EDGE, &text)?;
        (self.edge, self.partial, self.entries) = (edge, partial, open);
        Ok(())
    }

    /// Writes a file whole: it is there with all its bytes on the disk, or as it was.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), LogError> {
        let path = self.folder.join(name);
        let parent = path.parent().unwrap_or(&self.folder).to_owned();
        std::fs::create_dir_all(&parent).map_err(failed(&parent))?;
        let next = path.with_extension("next");
        let put = || -> std::io::Result<()> {
            let mut file = File::create(&next)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            std::fs::rename(&next, &path)?;
            File::open(&parent)?.sync_all()
        };
        put().map_err(failed(&path))
    }

    /// The hashes of a tile of the tree, or of a tree it had before.
    fn tile(&self, tile: Tile) -> Result<Option<TileData>, LogError> {
        let Some(now) = Tile::in_tree(tile.level(), tile.index(), self.size()) else { return Ok(None) };
        if tile.width() > now.width() {
            return Ok(None);
        }
        let hashes = if now.is_full() {
            let path = self.folder.join(Resource::Tile(now).to_string());
            let bytes = std::fs::read(&path).map_err(failed(&path))?;
            TileData::parse(now, &bytes).ok_or(LogError::Damaged { path })?
        } else {
            let known = self.partial.get(&tile.level()).filter(|data| data.tile() == now);
            known.cloned().ok_or_else(|| LogError::Damaged { path: self.folder.join(EDGE) })?
        };
        let bytes = hashes.to_bytes();
        Ok(TileData::parse(tile, &bytes[..usize::from(tile.width()) * 32]))
    }

    pub(super) fn resource(&self, resource: Resource) -> Result<Option<Vec<u8>>, LogError> {
        match resource {
            Resource::Tile(tile) => Ok(self.tile(tile)?.map(|data| data.to_bytes())),
            Resource::EntryBundle(tile) => {
                let Some(now) = Tile::in_tree(0, tile.index(), self.size()) else { return Ok(None) };
                if tile.width() > now.width() {
                    return Ok(None);
                }
                if now.is_full() {
                    let path = self.folder.join(Resource::EntryBundle(now).to_string());
                    let bytes = std::fs::read(&path).map_err(failed(&path))?;
                    // Entries are all of one length, so a part of them is a part of the bytes.
                    return Ok(Some(bytes[..(ENTRY_LENGTH + 2) * usize::from(tile.width())].to_vec()));
                }
                Ok(Some(bundle_of(&self.entries[..usize::from(tile.width())])))
            }
        }
    }

    /// The hashes of a proof in the tree of that size, which this one contains.
    pub(super) fn hashes(&self, size: u64, plan: &ProofPlan) -> Result<Vec<Hash>, LogError> {
        read_plan(size, plan, |tile| self.tile(tile)?.ok_or(LogError::NotYet))
    }

    /// The root of the tree when it had that size.
    pub(super) fn root_at(&self, size: u64) -> Result<Hash, LogError> {
        let wrong = |_| LogError::Damaged { path: self.folder.join(EDGE) };
        let tiles = tiles_reading(size, root_nodes(size)).map_err(wrong)?;
        let tiles = tiles.into_iter().map(|tile| self.tile(tile)?.ok_or(LogError::NotYet));
        let tiles = tiles.collect::<Result<Vec<_>, _>>()?;
        root(size, &TileHashes::trusted(size, tiles)).map_err(wrong)
    }

    /// Size and root of the checkpoint that was written last on this machine: it may have been given to somebody, whatever the database says.
    pub(super) fn given_out(&self) -> Result<Option<(u64, Hash)>, LogError> {
        let path = self.folder.join(CHECKPOINT);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path)(error)),
        };
        let signed = SignedCheckpoint::parse(&bytes).map_err(|_| LogError::Damaged { path })?;
        Ok(Some((signed.checkpoint().size(), *signed.checkpoint().root())))
    }

    /// The full tiles and bundles of these entries, which come next at the edge, that do not lie on the disk as they should.
    pub(super) fn damaged(
        &self,
        edge: &mut RightEdge,
        entries: &[[u8; ENTRY_LENGTH]],
    ) -> Result<Vec<PathBuf>, LogError> {
        let width = usize::from(TILE_WIDTH);
        let first = edge.size() / u64::from(TILE_WIDTH);
        let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
        let tiles = edge.append(&leaves).map_err(|_| LogError::Damaged { path: self.folder.join(EDGE) })?;
        let tiles = tiles.into_iter().filter(|data| data.tile().is_full());
        let tiles = tiles.map(|data| (Resource::Tile(data.tile()), data.to_bytes()));
        let bundles = (first..).zip(entries.chunks_exact(width)).map(|(index, entries)| {
            let tile = Tile::new(0, index, TILE_WIDTH).expect("a full tile of level 0");
            (Resource::EntryBundle(tile), bundle_of(entries))
        });
        let files = tiles.chain(bundles).map(|(name, bytes)| (self.folder.join(name.to_string()), bytes));
        Ok(files
            .filter(|(path, bytes)| std::fs::read(path).ok().as_ref() != Some(bytes))
            .map(|(path, _)| path)
            .collect())
    }

    /// The file of the edge, where it is not that of this tree.
    pub(super) fn damaged_edge(&self, edge: &RightEdge) -> Option<PathBuf> {
        (edge.root() != self.root()).then(|| self.folder.join(EDGE))
    }

    pub(super) fn give_out(&self, note: &str) -> Result<(), LogError> {
        self.write(CHECKPOINT, note.as_bytes())
    }
}

fn bundle_of(entries: &[[u8; ENTRY_LENGTH]]) -> Vec<u8> {
    encode_bundle(entries.iter().map(<[u8; ENTRY_LENGTH]>::as_slice)).expect("an entry of 33 bytes fits")
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> LogError {
    let path = path.to_owned();
    move |source| LogError::File { path, source }
}

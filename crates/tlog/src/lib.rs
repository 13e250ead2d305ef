//! The transparency log's arithmetic and formats: entries and their hashes, Merkle trees of RFC 6962 and the proofs in
//! them, and tiles as C2SP specifies them (`docs/log.md`). It knows no storage, no HTTP, no clock and no randomness: what it
//! needs is passed in.

mod entry;
mod hash;
mod merkle;
mod text;
mod tile;

pub use entry::{ENTRY_LENGTH, Entry, NotCanonical, SALT_LENGTH, canonical};
pub use hash::{HASH_LENGTH, Hash, NotHash, empty_root, leaf_hash, node_hash};
pub use merkle::{HashReader, Node, ProofError, ProofPlan, root, root_nodes, verify_consistency, verify_inclusion};
pub use tile::{
    BundleError, MAX_ENTRY_LENGTH, NotTilePath, Resource, RightEdge, TILE_WIDTH, Tile, TileData, TileError, TileHashes,
    TreeFull, decode_bundle, encode_bundle, tiles_proving, tiles_reading,
};

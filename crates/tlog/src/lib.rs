//! The transparency log's arithmetic and formats: entries and their hashes, Merkle trees of RFC 6962 and the proofs in
//! them, and tiles, signed notes, checkpoints, cosignatures, policies and proof files as C2SP specifies them (`docs/log.md`).
//! It knows no storage, no HTTP, no clock and no randomness: what it needs is passed in.

mod checkpoint;
mod entry;
mod hash;
mod key;
mod merkle;
mod note;
mod policy;
mod proof;
#[cfg(test)]
#[path = "../../testkit/src/shared.rs"]
#[allow(dead_code, reason = "only the folder of shared data is needed; testkit itself would bring a database")]
mod shared;
mod text;
mod tile;
mod witness;

pub use checkpoint::{AnswerError, Checkpoint, CheckpointError, SignedCheckpoint, TimeOutOfRange};
pub use entry::{ENTRY_LENGTH, Entry, NotCanonical, SALT_LENGTH, canonical};
pub use hash::{HASH_LENGTH, Hash, NotHash, empty_root, leaf_hash, node_hash};
pub use key::{Algorithm, Cosigner, KeyError, KeyId, SM2_IDENTIFIER, Signed, Signer, VerifierKey};
pub use merkle::{HashReader, Node, ProofError, ProofPlan, root, root_nodes, verify_consistency, verify_inclusion};
pub use note::{MAX_NOTE_BYTES, MAX_SIGNATURES, Note, NoteError, NoteSignature, SignatureError, Verified};
pub use policy::{Accepted, Policy, PolicyFault, PolicyFaults, Rejected};
pub use proof::{MAX_PROOF_BYTES, Opening, OpeningError, Proof, ProofFileError, Unproven};
pub use tile::{
    BundleError, MAX_ENTRY_LENGTH, NotTilePath, Resource, RightEdge, TILE_WIDTH, Tile, TileData, TileError, TileHashes,
    TreeFull, decode_bundle, encode_bundle, tiles_proving, tiles_reading,
};
pub use witness::{AddCheckpoint, Cosigned, MAX_REQUEST_BYTES, Refusal, RequestError, add_checkpoint};

//! The transparency log's arithmetic: what an entry is and how it is hashed. It knows no storage, no HTTP and
//! no clock. Tiles, checkpoints and proofs are not here yet; the entry format is fixed because rows written
//! today are leaves tomorrow.

mod entry;

pub use entry::{ENTRY_LENGTH, Entry, NotCanonical, SALT_LENGTH, canonical, leaf_hash};

//! Which data a run reads, in so few words that every node can open it for itself and notice that it sees something else.

use crate::catalogue::Refusal;
use sha2::{Digest, Sha256};
use std::path::PathBuf;
use xingjian_screen::claims::{Error, Store};

/// The months of a store as they were when the run began.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Extent {
    /// Folder of the store, absolute; the same on every node.
    pub store: String,
    /// Months, in order.
    pub months: Vec<String>,
    /// SHA-256 of the manifest, hex.
    pub data: String,
}

impl Extent {
    /// What lies in an open store.
    pub fn of(store: &Store, months: &[String]) -> Result<Self, Error> {
        let folder = std::fs::canonicalize(&store.folder).map_err(Error::io(&store.folder))?;
        let folder = folder.to_str().ok_or_else(|| Error::mismatch(&folder, "路径不是UTF-8"))?;
        Ok(Self { store: folder.to_owned(), months: months.to_vec(), data: digest(store) })
    }

    /// Opens the store; refuses one that is not in the state that the run is about.
    pub fn open(&self) -> Result<Store, Refusal> {
        let folder = PathBuf::from(&self.store);
        let store = Store::open(&folder)?;
        let here = digest(&store);
        if here != self.data {
            return Err(Refusal::OtherData { store: self.store.clone(), here, asked: self.data.clone() });
        }
        Ok(store)
    }
}

fn digest(store: &Store) -> String {
    let text = serde_json::to_vec(&store.manifest).expect("a manifest is plain data");
    hex::encode(Sha256::digest(text))
}

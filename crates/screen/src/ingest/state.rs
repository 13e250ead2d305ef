//! How far a delivery is, so that it goes on after a kill where it was. What is not finished is done again.

use super::bucket::Sorted;
use super::coding::Coding;
use super::counts::Counts;
use super::intern::Names;
use super::{Delivery, Error};
use crate::claims::{Disk, Error as StoreError, Store, write};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Changes whenever spilled records or this file do.
const FORMAT: u32 = 1;

/// What is read so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct State {
    fingerprint: String,
    /// Files read to their end.
    pub(super) inputs: usize,
    /// Their codings.
    pub(super) codings: Vec<Option<Coding>>,
    pub(super) names: Names,
    pub(super) counts: Counts,
    /// Spilled bytes by bucket, and by partition of visits.
    pub(super) placed: Vec<u64>,
    pub(super) unplaced: Vec<u64>,
    /// Bytes of the text of rows set aside.
    pub(super) aside: u64,
}

/// Rows placed by their visit.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Placed {
    pub(super) lengths: Vec<u64>,
    pub(super) counts: Counts,
    pub(super) text: String,
}

/// The folder a delivery is worked on in.
pub(super) struct Work {
    pub(super) folder: PathBuf,
    disk: Disk,
}

impl Work {
    /// Takes up the work of the same delivery, or begins anew.
    pub(super) fn open(delivery: &Delivery<'_>, store: &Store, mark: &str) -> Result<(Self, State), Error> {
        let folder = store.folder.join("incoming").join(delivery.month);
        let work = Self { folder, disk: store.disk.clone() };
        let fingerprint = fingerprint(delivery, store, mark)?;
        if let Some(state) = work.load::<State>("state.json")?
            && state.fingerprint == fingerprint
        {
            return Ok((work, state));
        }
        work.remove()?;
        std::fs::create_dir_all(work.folder.join("sorted")).map_err(StoreError::io(&work.folder))?;
        let nothing = vec![0; usize::from(store.manifest.buckets)];
        let state = State { fingerprint, placed: nothing.clone(), unplaced: nothing, ..State::default() };
        Ok((work, state))
    }

    /// Removes everything.
    pub(super) fn remove(&self) -> Result<(), Error> {
        match std::fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(StoreError::io(&self.folder)(error).into())
            }
            _ => Ok(()),
        }
    }

    /// Keeps a value under a name; a reader sees the value before or this one.
    pub(super) fn save(&self, name: &str, value: &impl Serialize) -> Result<(), Error> {
        let (path, next) = (self.folder.join(name), self.folder.join(format!("{name}.next")));
        let text = serde_json::to_vec(value)
            .map_err(|source| StoreError::Manifest { path: path.display().to_string(), source })?;
        write::durably(&self.disk, &next, &text)?;
        std::fs::rename(&next, &path).map_err(StoreError::io(&path))?;
        Ok(())
    }

    /// A value kept under a name; none if there is none, or one that cannot be understood.
    pub(super) fn load<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let path = self.folder.join(name);
        match std::fs::read(&path) {
            Ok(text) => Ok(serde_json::from_slice(&text).ok()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(&path)(error).into()),
        }
    }

    /// The buckets that are done.
    pub(super) fn sorted(&self, buckets: u16) -> Result<BTreeMap<u16, Sorted>, Error> {
        let mut sorted = BTreeMap::new();
        for bucket in 0..buckets {
            if let Some(done) = self.load(&sorted_name(bucket))? {
                sorted.insert(bucket, done);
            }
        }
        Ok(sorted)
    }
}

/// The name under which a bucket that is done is kept.
pub(super) fn sorted_name(bucket: u16) -> String {
    format!("sorted/b{bucket:04}.json")
}

/// What makes a delivery another one: its files, how they are read, and the store they come to.
fn fingerprint(delivery: &Delivery<'_>, store: &Store, mark: &str) -> Result<String, Error> {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    };
    add(&format!("{FORMAT} {} {}", store.manifest.version, store.manifest.buckets));
    add(&format!("{} {} {:?} {mark}", delivery.month, delivery.late, delivery.coding));
    add(&serde_json::to_string(delivery.mapping).unwrap_or_default());
    for path in delivery.files {
        let about = std::fs::metadata(path).map_err(Error::unreadable(path))?;
        let changed = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        add(&format!("{} {} {changed:?}", path.display(), about.len()));
    }
    Ok(hex::encode(hash.finalize()))
}

/// Whether a folder of the store is that of a delivery under way or given up.
pub(super) fn abandoned(store: &Path) -> PathBuf {
    store.join("incoming")
}

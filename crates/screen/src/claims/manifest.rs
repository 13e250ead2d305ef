//! Which files are in force. The manifest is replaced by rename, so a reader sees one state or the next, never half of one.

use super::{Dictionaries, Dictionary, Error, dictionary::ListName, read, write};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const FORMAT: u32 = 1;

/// What lies in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the files.
    pub format: u32,
    /// Counts every change.
    pub version: u64,
    /// Number of buckets that patients are spread over.
    pub buckets: u16,
    /// Lists of names.
    pub dictionaries: BTreeMap<ListName, TableFile>,
    /// Months, `2026-01`.
    pub months: BTreeMap<String, Month>,
}

/// One month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// One set of files for each bucket, in order.
    pub buckets: Vec<FileSet>,
    /// Columns that the source did not have: 缺项, which is not the same as an empty value.
    pub absent: Vec<String>,
}

/// The three tables of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSet {
    /// Patients.
    pub patients: TableFile,
    /// Visits.
    pub visits: TableFile,
    /// Fee lines.
    pub lines: TableFile,
    /// Sum of the amounts of all lines, fen.
    pub amount_fen: i64,
}

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFile {
    /// Below the folder of the store.
    pub path: String,
    /// Rows.
    pub rows: u64,
    /// Of its bytes, hex.
    pub sha256: String,
}

/// A store that is open: its folder, manifest and lists.
#[derive(Clone, Debug)]
pub struct Store {
    /// Its folder.
    pub folder: PathBuf,
    /// What is in force.
    pub manifest: Manifest,
    /// Lists of names.
    pub dictionaries: Dictionaries,
}

impl Store {
    /// A new, empty store.
    pub fn create(folder: &Path, buckets: u16) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        let manifest = Manifest {
            format: FORMAT,
            version: 0,
            buckets: buckets.max(1),
            dictionaries: BTreeMap::new(),
            months: BTreeMap::new(),
        };
        let store = Self { folder: folder.to_owned(), manifest, dictionaries: Dictionaries::default() };
        store.write_manifest()?;
        Ok(store)
    }

    /// Opens a store.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let path = folder.join("manifest.json");
        let text = std::fs::read(&path).map_err(Error::io(&path))?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
        if manifest.format != FORMAT {
            return Err(Error::mismatch(&path, format!("格式版本 {} 无法由本程序读取", manifest.format)));
        }
        let mut dictionaries = Dictionaries::default();
        for (name, file) in &manifest.dictionaries {
            let path = folder.join(&file.path);
            *dictionaries.list_mut(*name) = Dictionary::from_names(read::names(&path)?);
        }
        Ok(Self { folder: folder.to_owned(), manifest, dictionaries })
    }

    /// The bucket of a patient: the first 32 bits of the key, modulo.
    pub fn bucket_of(&self, patient: &str) -> u16 {
        let head = patient.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok()).unwrap_or(0);
        u16::try_from(head % u32::from(self.manifest.buckets)).expect("a remainder of a u16 is a u16")
    }

    /// Puts a month in force, replacing the one that was; its files must be written already.
    pub fn put_month(&mut self, name: &str, month: Month) -> Result<(), Error> {
        self.manifest.version += 1;
        for list in ListName::ALL {
            let names = self.dictionaries.list(list).names();
            let known = self.manifest.dictionaries.get(&list).map_or(0, |file| file.rows);
            if known != names.len() as u64 {
                let path = format!("dictionaries/{}-{}.parquet", list.name(), self.manifest.version);
                let file = write::names(&self.folder, &path, names)?;
                self.manifest.dictionaries.insert(list, file);
            }
        }
        self.manifest.months.insert(name.to_owned(), month);
        self.write_manifest()
    }

    fn write_manifest(&self) -> Result<(), Error> {
        let path = self.folder.join("manifest.json");
        let next = self.folder.join("manifest.json.next");
        let text = serde_json::to_vec_pretty(&self.manifest)
            .map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
        write::durably(&next, &text)?;
        std::fs::rename(&next, &path).map_err(Error::io(&path))?;
        write::sync_folder(&self.folder)
    }
}

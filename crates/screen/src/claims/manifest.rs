//! Which files are in force. The manifest is replaced by rename, so a reader sees one state or the next, never half of one.
//! Earlier versions of files and manifest stay until they are pruned.

use super::disk::Disk;
use super::{Dictionaries, Dictionary, Error, dictionary::ListName, read, write};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
    /// By which another key of patients is noticed; it reveals nothing of the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_mark: Option<String>,
}

/// One month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// One set of files for each bucket, in order.
    pub buckets: Vec<FileSet>,
    /// Columns that the source did not have: 缺项, which is not the same as an empty value.
    pub absent: Vec<String>,
    /// Lines of visits of this month that came with another month, by that month.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub carried: BTreeMap<String, TableFile>,
    /// What was read for it, and what was not taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<TableFile>,
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
    /// Where it is written.
    pub disk: Disk,
}

impl Store {
    /// A new, empty store.
    pub fn create(folder: &Path, buckets: u16) -> Result<Self, Error> {
        let store = Self::planned(folder, buckets);
        store.make_folder()?;
        store.write_manifest(&store.manifest)?;
        Ok(store)
    }

    /// A new, empty store of which nothing is written before its first month is.
    pub fn planned(folder: &Path, buckets: u16) -> Self {
        let manifest = Manifest {
            format: FORMAT,
            version: 0,
            buckets: buckets.max(1),
            dictionaries: BTreeMap::new(),
            months: BTreeMap::new(),
            key_mark: None,
        };
        Self { folder: folder.to_owned(), manifest, dictionaries: Dictionaries::default(), disk: Disk::default() }
    }

    fn make_folder(&self) -> Result<(), Error> {
        std::fs::create_dir_all(&self.folder).map_err(Error::io(&self.folder))
    }

    /// Opens a store.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        Self::open_manifest(folder, &folder.join("manifest.json"))
    }

    /// Opens a store as it was in an earlier version that is not pruned.
    pub fn open_version(folder: &Path, version: u64) -> Result<Self, Error> {
        Self::open_manifest(folder, &folder.join(version_path(version)))
    }

    /// Whether there is a store.
    pub fn exists(folder: &Path) -> bool {
        folder.join("manifest.json").is_file()
    }

    fn open_manifest(folder: &Path, path: &Path) -> Result<Self, Error> {
        let text = std::fs::read(path).map_err(Error::io(path))?;
        let manifest: Manifest = serde_json::from_slice(&text)
            .map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
        if manifest.format != FORMAT {
            return Err(Error::mismatch(path, format!("格式版本 {} 无法由本程序读取", manifest.format)));
        }
        let mut dictionaries = Dictionaries::default();
        for (name, file) in &manifest.dictionaries {
            let path = folder.join(&file.path);
            *dictionaries.list_mut(*name) = Dictionary::from_names(read::names(&path)?);
        }
        Ok(Self { folder: folder.to_owned(), manifest, dictionaries, disk: Disk::default() })
    }

    /// Whether its claims were made up: whatever is ingested leaves the mark of the key of patients.
    pub fn is_made_up(&self) -> bool {
        self.manifest.key_mark.is_none() && !self.manifest.months.is_empty()
    }

    /// The bucket of a patient: the first 32 bits of the key, modulo.
    pub fn bucket_of(&self, patient: &str) -> u16 {
        let head = patient.get(..8).and_then(|head| u32::from_str_radix(head, 16).ok()).unwrap_or(0);
        u16::try_from(head % u32::from(self.manifest.buckets)).expect("a remainder of a u16 is a u16")
    }

    /// Puts a month in force, replacing the one that was; its files must be written already.
    pub fn put_month(&mut self, name: &str, month: Month) -> Result<(), Error> {
        self.put_months(BTreeMap::from([(name.to_owned(), month)]))
    }

    /// Puts months in force together: all of them or, where this fails, none.
    pub fn put_months(&mut self, months: BTreeMap<String, Month>) -> Result<(), Error> {
        self.make_folder()?;
        let mut next = self.manifest.clone();
        next.version += 1;
        for list in ListName::ALL {
            let names = self.dictionaries.list(list).names();
            let known = next.dictionaries.get(&list).map_or(0, |file| file.rows);
            if known != names.len() as u64 {
                let path = format!("dictionaries/{}-{}.parquet", list.name(), next.version);
                let file = write::names(&self.disk, &self.folder, &path, names)?;
                next.dictionaries.insert(list, file);
            }
        }
        next.months.extend(months);
        self.write_manifest(&next)?;
        self.manifest = next;
        Ok(())
    }

    fn write_manifest(&self, manifest: &Manifest) -> Result<(), Error> {
        let path = self.folder.join("manifest.json");
        let next = self.folder.join("manifest.json.next");
        let kept = self.folder.join(version_path(manifest.version));
        let text = serde_json::to_vec_pretty(manifest)
            .map_err(|source| Error::Manifest { path: path.display().to_string(), source })?;
        let folder = self.folder.join(VERSIONS);
        std::fs::create_dir_all(&folder).map_err(Error::io(&folder))?;
        write::durably(&self.disk, &kept, &text)?;
        write::sync_folder(&folder)?;
        write::durably(&self.disk, &next, &text)?;
        std::fs::rename(&next, &path).map_err(Error::io(&path))?;
        write::sync_folder(&self.folder)
    }

    /// Removes every file that the manifest in force does not name, and every earlier manifest.
    pub fn prune(&self) -> Result<Pruned, Error> {
        let mut kept: BTreeSet<PathBuf> = BTreeSet::from([self.folder.join(version_path(self.manifest.version))]);
        let manifest = &self.manifest;
        let sets = manifest.months.values().flat_map(|month| {
            let buckets = month.buckets.iter().flat_map(|set| [&set.patients, &set.visits, &set.lines]);
            buckets.chain(month.carried.values()).chain(&month.report)
        });
        kept.extend(manifest.dictionaries.values().chain(sets).map(|file| self.folder.join(&file.path)));
        let mut pruned = Pruned::default();
        for folder in folders(&self.folder)? {
            let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if is_month(&name) || matches!(name.as_str(), "dictionaries" | VERSIONS) {
                prune_folder(&folder, &kept, &mut pruned)?;
            }
        }
        Ok(pruned)
    }
}

const VERSIONS: &str = "manifests";

fn version_path(version: u64) -> String {
    format!("{VERSIONS}/{version}.json")
}

/// Whether a name is that of a month: `2026-01`.
pub fn is_month(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.len() == 7
        && bytes[4] == b'-'
        && [0, 1, 2, 3, 5, 6].iter().all(|at| bytes[*at].is_ascii_digit())
        && matches!(&name[5..], "01" | "02" | "03" | "04" | "05" | "06" | "07" | "08" | "09" | "10" | "11" | "12")
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pruned {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = std::fs::read_dir(folder).map_err(Error::io(folder))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    Ok(found)
}

fn prune_folder(folder: &Path, kept: &BTreeSet<PathBuf>, pruned: &mut Pruned) -> Result<(), Error> {
    for entry in std::fs::read_dir(folder).map_err(Error::io(folder))?.flatten() {
        let path = entry.path();
        let Ok(about) = entry.metadata() else { continue };
        if about.is_file() && !kept.contains(&path) {
            std::fs::remove_file(&path).map_err(Error::io(&path))?;
            pruned.files += 1;
            pruned.bytes += about.len();
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::MonthRows;

    fn put(store: &mut Store, month: &str) {
        let stem = format!("{month}/b00-v{}", store.manifest.version + 1);
        let set = write::month(&store.folder, &stem, &MonthRows::<String>::default()).unwrap();
        store.put_month(month, Month { buckets: vec![set], ..Month::default() }).unwrap();
    }

    #[test]
    fn earlier_versions_open_until_they_are_pruned() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path(), 1).unwrap();
        put(&mut store, "2026-01");
        let first = store.manifest.clone();
        put(&mut store, "2026-01");
        assert_eq!(Store::open_version(folder.path(), 1).unwrap().manifest, first);
        assert!(folder.path().join(&first.months["2026-01"].buckets[0].lines.path).is_file());
        std::fs::create_dir(folder.path().join("other")).unwrap();
        std::fs::write(folder.path().join("other/file"), "not ours").unwrap();
        // Three files of the first version, and the manifests of versions 0 and 1.
        assert_eq!(store.prune().unwrap().files, 5);
        assert_eq!(store.prune().unwrap(), Pruned::default());
        assert!(Store::open_version(folder.path(), 1).is_err());
        assert_eq!(Store::open(folder.path()).unwrap().manifest, store.manifest);
        assert!(folder.path().join("other/file").is_file());
    }

    #[test]
    fn a_full_disk_leaves_the_month_that_was() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::create(folder.path(), 1).unwrap();
        put(&mut store, "2026-01");
        let before = store.manifest.clone();
        store.disk = Disk::with_room(10);
        assert!(store.put_month("2026-02", before.months["2026-01"].clone()).is_err());
        assert_eq!(store.manifest, before);
        assert_eq!(Store::open(folder.path()).unwrap().manifest, before);
    }

    #[test]
    fn months_have_one_way_of_writing() {
        assert!(is_month("2026-01") && is_month("2009-12"));
        for wrong in ["2026-1", "2026-13", "2026-00", "202601", "2026/01", "年年-01"] {
            assert!(!is_month(wrong), "{wrong}");
        }
    }
}

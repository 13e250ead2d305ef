//! The one file of a backup: tar inside zstd, so that common tools open it, and as its last entry a manifest of all others. Without the manifest
//! it is not whole; what is not as the manifest says is named.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use xingjian_store::archive::Shape;

/// The form of archives that this version reads and writes.
const FORMAT: &str = "xingjian-backup/1";
const MANIFEST: &str = "manifest.json";

/// What is in an archive.
#[derive(Serialize, Deserialize)]
pub struct Manifest {
    pub format: String,
    /// Version of the program that made it.
    pub program: String,
    /// When its picture of the database was taken.
    pub made_at: String,
    /// The pack of the city.
    pub city: String,
    /// `sqlite` or `postgres`.
    pub database: String,
    /// Steps of the schema that were done.
    pub migrations: Vec<String>,
    pub tables: Vec<Rows>,
    /// The last checkpoint that was signed, as it was signed.
    pub checkpoint: Option<String>,
    /// Marks of the keys that belong to it, by file. The keys have 256 bits of chance, so a mark gives nothing away.
    pub keys: BTreeMap<String, String>,
    pub files: Vec<Mark>,
}

#[derive(Serialize, Deserialize)]
pub struct Rows {
    #[serde(flatten)]
    pub shape: Shape,
    pub rows: u64,
}

/// An entry of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    pub path: String,
    pub bytes: u64,
    pub sha256: String,
}

impl Manifest {
    pub fn new(made_at: String, city: &str, database: &str) -> Self {
        Self {
            format: FORMAT.to_owned(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            made_at,
            city: city.to_owned(),
            database: database.to_owned(),
            migrations: vec![],
            tables: vec![],
            checkpoint: None,
            keys: BTreeMap::new(),
            files: vec![],
        }
    }

    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    pub fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }
}

/// What tells a key from another without telling the key.
pub fn mark_of(name: &str, text: &str) -> String {
    hex::encode(Sha256::digest(format!("xingjian {name}\n{}", text.trim())))
}

/// Bytes on their way, counted and hashed.
struct Hashing<R> {
    inner: R,
    hash: Sha256,
    bytes: u64,
}

impl<R: Read> Hashing<R> {
    fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new(), bytes: 0 }
    }

    fn mark(self, path: &str) -> Mark {
        Mark { path: path.to_owned(), bytes: self.bytes, sha256: hex::encode(self.hash.finalize()) }
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let taken = self.inner.read(buffer)?;
        self.hash.update(&buffer[..taken]);
        self.bytes += taken as u64;
        Ok(taken)
    }
}

/// An archive that is being written.
pub struct Writer {
    tar: tar::Builder<zstd::Encoder<'static, File>>,
    files: Vec<Mark>,
}

impl Writer {
    pub fn new(file: File) -> std::io::Result<Self> {
        let mut packed = zstd::Encoder::new(file, 3)?;
        packed.include_checksum(true)?;
        Ok(Self { tar: tar::Builder::new(packed), files: vec![] })
    }

    /// Adds an entry of so many bytes.
    pub fn add(&mut self, path: &str, bytes: u64, content: impl Read) -> std::io::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes);
        header.set_mode(0o600);
        header.set_cksum();
        // What grows meanwhile is taken as long as it was.
        let mut content = Hashing::new(content.take(bytes));
        self.tar.append_data(&mut header, path, &mut content)?;
        if content.bytes != bytes {
            return Err(std::io::Error::other("the file became shorter while it was read"));
        }
        self.files.push(content.mark(path));
        Ok(())
    }

    /// Adds the manifest, and waits until all is on the disk.
    pub fn finish(mut self, mut manifest: Manifest) -> std::io::Result<Manifest> {
        manifest.files = std::mem::take(&mut self.files);
        let text = serde_json::to_vec_pretty(&manifest)?;
        self.add(MANIFEST, text.len() as u64, text.as_slice())?;
        let mut file = self.tar.into_inner()?.finish()?;
        file.flush()?;
        file.sync_all()?;
        Ok(manifest)
    }
}

/// An archive that is whole: every entry was there and as its manifest says when it was opened.
pub struct Archive {
    file: File,
    pub manifest: Manifest,
}

impl Archive {
    /// Reads all of it once.
    pub fn open(path: &Path) -> Result<Self, String> {
        let mut file =
            File::open(path).map_err(|error| format!("{}：无法读取（{error}）；请核对路径", path.display()))?;
        let mut marks = Vec::new();
        let mut last = Vec::new();
        let told = |error: String| format!("{}：{error}；备份不完整或者被改动，请换用另一份", path.display());
        walk(&mut file, |name, content| {
            let mut content = Hashing::new(content);
            last.clear();
            if name == MANIFEST {
                content.read_to_end(&mut last).map_err(|error| error.to_string())?;
            } else {
                std::io::copy(&mut content, &mut std::io::sink()).map_err(|error| error.to_string())?;
            }
            marks.push(content.mark(name));
            Ok(())
        })
        .map_err(told)?;
        if marks.pop().is_none_or(|mark| mark.path != MANIFEST) {
            return Err(told(format!("末尾没有清单 {MANIFEST}")));
        }
        let wrong = || told(format!("清单 {MANIFEST} 无法解析"));
        let format: serde_json::Value = serde_json::from_slice(&last).map_err(|_| wrong())?;
        if format["format"] != FORMAT {
            return Err(format!(
                "{}：备份的格式是{}，本程序只认{FORMAT}；请用较新的版本恢复",
                path.display(),
                format["format"]
            ));
        }
        let manifest: Manifest = serde_json::from_slice(&last).map_err(|_| wrong())?;
        compare(&manifest.files, &marks).map_err(told)?;
        Ok(Self { file, manifest })
    }

    /// Reads all of it again, in order; an entry that is not any more what it was is refused after it was read.
    pub fn entries(&mut self, mut each: impl FnMut(&str, &mut dyn Read) -> Result<(), String>) -> Result<(), String> {
        let mut expected = self.manifest.files.iter();
        walk(&mut self.file, |name, content| {
            if name == MANIFEST {
                return Ok(());
            }
            let mut content = Hashing::new(content);
            each(name, &mut content)?;
            std::io::copy(&mut content, &mut std::io::sink()).map_err(|error| error.to_string())?;
            let same = expected.next() == Some(&content.mark(name));
            if same { Ok(()) } else { Err("与清单不符".to_owned()) }
        })
    }
}

/// Each entry of an archive; what fails is told with the entry.
fn walk(file: &mut File, mut each: impl FnMut(&str, &mut dyn Read) -> Result<(), String>) -> Result<(), String> {
    file.rewind().map_err(|error| error.to_string())?;
    let unpacked = zstd::Decoder::new(file).map_err(|error| error.to_string())?;
    let mut tar = tar::Archive::new(unpacked);
    let mut at = "开头".to_owned();
    for entry in tar.entries().map_err(|error| error.to_string())? {
        let mut entry = entry.map_err(|error| format!("在 {at} 之后无法读出（{error}）"))?;
        let path = entry.path().map_err(|error| format!("在 {at} 之后无法读出（{error}）"))?;
        at = path.to_string_lossy().into_owned();
        let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside || !entry.header().entry_type().is_file() {
            return Err(format!("{at} 不是备份中会有的文件"));
        }
        each(&at, &mut entry).map_err(|error| format!("{at}：{error}"))?;
    }
    // The checksum of the packing stands behind the last entry.
    let rest = std::io::copy(&mut tar.into_inner(), &mut std::io::sink());
    rest.map(|_| ()).map_err(|error| format!("在 {at} 之后无法读出（{error}）"))
}

/// What is there beside what should be.
fn compare(expected: &[Mark], found: &[Mark]) -> Result<(), String> {
    if let Some(missing) = expected.iter().find(|mark| !found.iter().any(|other| other.path == mark.path)) {
        return Err(format!("缺少 {}", missing.path));
    }
    for (index, mark) in found.iter().enumerate() {
        match expected.get(index) {
            Some(same) if same == mark => {}
            _ => return Err(format!("{} 与清单不符", mark.path)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(path: &Path, skip: Option<&str>, change: Option<&str>) {
        let mut manifest = Manifest::new("2026-11-22".to_owned(), "zhuhai", "sqlite");
        let all = [("db/ledger/000001.jsonl", "[1]\n"), ("instance/instance.json", "{}")];
        let mut writer = Writer::new(File::create(path).unwrap()).unwrap();
        for (name, text) in all {
            let sha256 = hex::encode(Sha256::digest(text));
            manifest.files.push(Mark { path: name.to_owned(), bytes: text.len() as u64, sha256 });
            let text = if change == Some(name) { text.replace('1', "2") } else { text.to_owned() };
            if skip != Some(name) {
                writer.add(name, text.len() as u64, text.as_bytes()).unwrap();
            }
        }
        let text = serde_json::to_vec(&manifest).unwrap();
        if skip != Some(MANIFEST) {
            writer.add(MANIFEST, text.len() as u64, text.as_slice()).unwrap();
        }
        writer.tar.into_inner().unwrap().finish().unwrap();
    }

    #[test]
    fn what_is_not_as_the_manifest_says_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, None, None);
        let mut names = vec![];
        let mut archive = Archive::open(&path).unwrap();
        archive
            .entries(|name, content| {
                names.push(name.to_owned());
                content.read(&mut [0; 1]).map(|_| ()).map_err(|error| error.to_string())
            })
            .unwrap();
        assert_eq!(names, ["db/ledger/000001.jsonl", "instance/instance.json"]);
        let refused = |skip, change, expected: &str| {
            write(&path, skip, change);
            let error = Archive::open(&path).err().unwrap();
            assert!(error.contains(expected), "{error}");
        };
        refused(Some("instance/instance.json"), None, "缺少 instance/instance.json");
        refused(None, Some("db/ledger/000001.jsonl"), "db/ledger/000001.jsonl 与清单不符");
        refused(Some(MANIFEST), None, "末尾没有清单");
    }

    #[test]
    fn no_byte_can_be_cut_off_and_none_changed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write(&path, None, None);
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(Archive::open(&path).is_err(), "{length} of {} bytes", whole.len());
        }
        for index in 0..whole.len() {
            let mut changed = whole.clone();
            changed[index] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            // A few bits of the packing mean nothing; then all that was packed is the same.
            if let Ok(archive) = Archive::open(&path) {
                assert_eq!(archive.manifest.files.len(), 2, "byte {index}");
                assert_eq!(archive.manifest.made_at, "2026-11-22", "byte {index}");
            }
        }
    }

    #[test]
    fn an_entry_never_leaves_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut tar = tar::Builder::new(zstd::Encoder::new(File::create(&path).unwrap(), 3).unwrap());
        let mut header = tar::Header::new_gnu();
        header.as_gnu_mut().unwrap().name[..6].copy_from_slice(b"../../");
        header.as_gnu_mut().unwrap().name[6] = b'x';
        header.set_size(0);
        header.set_cksum();
        tar.append(&header, std::io::empty()).unwrap();
        tar.into_inner().unwrap().finish().unwrap();
        let error = Archive::open(&path).err().unwrap();
        assert!(error.contains("不是备份中会有的文件"), "{error}");
    }
}

//! Where files are written: a disk, which can be full.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// A disk. By default that of the machine; with limited room it fails as a full one does.
#[derive(Clone, Debug, Default)]
pub struct Disk {
    room: Option<Arc<AtomicU64>>,
}

impl Disk {
    /// A disk with room for so many bytes more.
    pub fn with_room(bytes: u64) -> Self {
        Self { room: Some(Arc::new(AtomicU64::new(bytes))) }
    }

    /// A new file, or an old one emptied.
    pub fn create(&self, path: &Path) -> std::io::Result<DiskFile> {
        Ok(DiskFile { file: File::create(path)?, disk: self.clone() })
    }

    /// A file to add to at its end.
    pub fn append(&self, path: &Path) -> std::io::Result<DiskFile> {
        Ok(DiskFile { file: OpenOptions::new().append(true).create(true).open(path)?, disk: self.clone() })
    }
}

/// A file on a disk.
#[derive(Debug)]
pub struct DiskFile {
    file: File,
    disk: Disk,
}

impl DiskFile {
    /// Waits until all is on the disk.
    pub fn sync_all(&self) -> std::io::Result<()> {
        self.file.sync_all()
    }
}

impl Write for DiskFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let Some(room) = &self.disk.room else { return self.file.write(bytes) };
        let wanted = bytes.len() as u64;
        let taken = room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(wanted)));
        let left = taken.unwrap_or(0).min(wanted);
        if left == 0 && wanted > 0 {
            return Err(Error::from(ErrorKind::StorageFull));
        }
        self.file.write(&bytes[..usize::try_from(left).unwrap_or(bytes.len())])
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

/// A file without a name in this folder, or in the folder for temporary files where this one cannot be written; it is gone when it is closed,
/// however the program ends.
pub(crate) fn unnamed(folder: &Path) -> std::io::Result<File> {
    tempfile::tempfile_in(folder).or_else(|_| tempfile::tempfile())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_takes_a_part_and_then_fails() {
        let folder = tempfile::tempdir().unwrap();
        let disk = Disk::with_room(5);
        let path = folder.path().join("a");
        assert_eq!(disk.create(&path).unwrap().write_all(b"abc").ok(), Some(()));
        let error = disk.append(&path).unwrap().write_all(b"defg").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        assert_eq!(std::fs::read(&path).unwrap(), b"abcde");
        assert!(Disk::default().append(&path).unwrap().write_all(b"x").is_ok());
    }
}

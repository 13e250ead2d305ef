//! Records between reading and sorting: a file for each bucket of patients, in pieces that carry their own hash.

use super::hash;
use crate::claims::{Disk, Error};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Bytes that all buffers of one thread may hold together.
const BUFFERED: usize = 24 << 20;
/// The largest buffer of a bucket.
const LARGEST: usize = 64 << 10;
/// Length and hash before each piece.
const FRAME: usize = 12;

/// Files to spill to, shared by threads.
pub(super) struct Spill {
    disk: Disk,
    folder: PathBuf,
    /// Bytes of each file.
    lengths: Vec<Mutex<u64>>,
}

impl Spill {
    /// Files with these lengths; what lies behind is left from an attempt that did not end, and is cut off.
    pub(super) fn open(disk: &Disk, folder: &Path, lengths: &[u64]) -> Result<Self, Error> {
        std::fs::create_dir_all(folder).map_err(Error::io(folder))?;
        for (file, length) in lengths.iter().enumerate() {
            let path = path(folder, file);
            match std::fs::OpenOptions::new().write(true).open(&path) {
                Ok(file) => file.set_len(*length).map_err(Error::io(&path))?,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && *length == 0 => {}
                Err(error) => return Err(Error::io(&path)(error)),
            }
        }
        let lengths = lengths.iter().map(|length| Mutex::new(*length)).collect();
        Ok(Self { disk: disk.clone(), folder: folder.to_owned(), lengths })
    }

    /// How many files.
    pub(super) fn len(&self) -> usize {
        self.lengths.len()
    }

    /// Bytes of each file.
    pub(super) fn lengths(&self) -> Vec<u64> {
        self.lengths.iter().map(|length| *length.lock().expect("no thread panics holding it")).collect()
    }

    /// Adds a piece to a file.
    fn add(&self, file: usize, piece: &[u8]) -> Result<(), Error> {
        let path = path(&self.folder, file);
        let length = u32::try_from(piece.len()).expect("a buffer is short");
        let mut frame = Vec::with_capacity(FRAME + piece.len());
        frame.extend(length.to_le_bytes());
        frame.extend(hash::of(piece).to_le_bytes());
        frame.extend(piece);
        let mut end = self.lengths[file].lock().expect("no thread panics holding it");
        let mut file = self.disk.append(&path).map_err(Error::io(&path))?;
        file.write_all(&frame).map_err(Error::io(&path))?;
        *end += frame.len() as u64;
        Ok(())
    }
}

fn path(folder: &Path, file: usize) -> PathBuf {
    folder.join(format!("{file:04}.rows"))
}

/// The records of a file, without their frames.
pub(super) fn load(folder: &Path, file: usize, length: u64) -> Result<Vec<u8>, Error> {
    let path = path(folder, file);
    if length == 0 {
        return Ok(Vec::new());
    }
    let framed = std::fs::read(&path).map_err(Error::io(&path))?;
    let broken = || Error::mismatch(&path, "暂存数据不完整，请删除 incoming 目录后重新入库");
    if framed.len() as u64 != length {
        return Err(broken());
    }
    let mut records = Vec::with_capacity(framed.len());
    let mut rest = &framed[..];
    while !rest.is_empty() {
        let (frame, after) = rest.split_at_checked(FRAME).ok_or_else(broken)?;
        let length = u32::from_le_bytes(frame[..4].try_into().expect("four bytes")) as usize;
        let expected = u64::from_le_bytes(frame[4..].try_into().expect("eight bytes"));
        let (piece, after) = after.split_at_checked(length).ok_or_else(broken)?;
        if hash::of(piece) != expected {
            return Err(broken());
        }
        records.extend_from_slice(piece);
        rest = after;
    }
    Ok(records)
}

/// The buffers of one thread.
pub(super) struct Buffers<'a> {
    spill: &'a Spill,
    of_file: Vec<Vec<u8>>,
    most: usize,
}

impl<'a> Buffers<'a> {
    pub(super) fn new(spill: &'a Spill) -> Self {
        let most = (BUFFERED / spill.len().max(1)).min(LARGEST);
        Self { spill, of_file: vec![Vec::new(); spill.len()], most }
    }

    /// Adds a record to a file, by a function that writes it.
    pub(super) fn add(&mut self, file: usize, write: impl FnOnce(&mut Vec<u8>)) -> Result<(), Error> {
        write(&mut self.of_file[file]);
        if self.of_file[file].len() >= self.most { self.flush_one(file) } else { Ok(()) }
    }

    fn flush_one(&mut self, file: usize) -> Result<(), Error> {
        self.spill.add(file, &self.of_file[file])?;
        self.of_file[file].clear();
        Ok(())
    }

    /// Hands everything on.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        for file in 0..self.of_file.len() {
            if !self.of_file[file].is_empty() {
                self.flush_one(file)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spilled_is_read_back_and_damage_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let spill = Spill::open(&Disk::default(), folder.path(), &[0, 0]).unwrap();
        let mut buffers = Buffers::new(&spill);
        for round in 0..3u8 {
            buffers.add(1, |out| out.extend([round; 5])).unwrap();
            buffers.flush().unwrap();
        }
        let lengths = spill.lengths();
        assert_eq!(lengths, [0, 3 * (5 + FRAME as u64)]);
        let all = load(folder.path(), 1, lengths[1]).unwrap();
        assert_eq!(all, [[0; 5], [1; 5], [2; 5]].concat());
        assert_eq!(load(folder.path(), 0, 0).unwrap(), b"");
        // What an attempt left behind the length that is known is cut off.
        buffers.add(1, |out| out.push(9)).unwrap();
        buffers.flush().unwrap();
        Spill::open(&Disk::default(), folder.path(), &lengths).unwrap();
        assert_eq!(load(folder.path(), 1, lengths[1]).unwrap(), all);
        let path = path(folder.path(), 1);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[FRAME] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(load(folder.path(), 1, lengths[1]).unwrap_err().to_string().contains("不完整"));
        assert!(load(folder.path(), 1, 4).is_err());
    }
}

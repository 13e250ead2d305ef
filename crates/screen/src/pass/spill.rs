//! Visits as the second phase needs them, on disk until then: those of some doctors fit into memory, those of a city need not.

use super::doctor::Event;
use crate::claims::{Error, disk};
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

/// Visits of a part, about: each thread has one part in memory.
const VISITS: u64 = 500_000;
const BYTES: usize = 16;

/// Files without names, one for the doctors of each part.
pub(super) struct Spill {
    parts: Vec<Mutex<File>>,
    folder: PathBuf,
}

impl Spill {
    /// Room for about so many visits.
    pub(super) fn new(folder: &Path, visits: u64) -> Result<Self, Error> {
        let parts = usize::try_from(visits.div_ceil(VISITS)).unwrap_or(1).clamp(1, 512);
        let file = || disk::unnamed(folder).map(Mutex::new);
        let parts = (0..parts).map(|_| file()).collect::<Result<_, _>>().map_err(Error::io(folder))?;
        Ok(Self { parts, folder: folder.to_owned() })
    }

    pub(super) const fn parts(&self) -> usize {
        self.parts.len()
    }

    fn file(&self, part: usize) -> MutexGuard<'_, File> {
        self.parts[part].lock().expect("no thread panics holding it")
    }

    /// Puts visits aside.
    pub(super) fn add(&self, events: &[Event]) -> Result<(), Error> {
        let mut bytes = vec![Vec::new(); self.parts.len()];
        for event in events {
            let part = usize::try_from(event.doctor).unwrap_or(0) % self.parts.len();
            for number in [event.doctor, event.minute, event.institution, event.person.cast_signed()] {
                bytes[part].extend_from_slice(&number.to_le_bytes());
            }
        }
        for (part, bytes) in bytes.iter().enumerate() {
            self.file(part).write_all(bytes).map_err(Error::io(&self.folder))?;
        }
        Ok(())
    }

    /// All visits of a part.
    pub(super) fn read(&self, part: usize) -> Result<Vec<Event>, Error> {
        let mut bytes = Vec::new();
        let mut file = self.file(part);
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(Error::io(&self.folder))?;
        let number = |bytes: &[u8], at: usize| {
            i32::from_le_bytes(bytes[4 * at..4 * at + 4].try_into().expect("four bytes are four bytes"))
        };
        let event = |bytes: &[u8]| Event {
            doctor: number(bytes, 0),
            minute: number(bytes, 1),
            institution: number(bytes, 2),
            person: number(bytes, 3).cast_unsigned(),
        };
        Ok(bytes.chunks_exact(BYTES).map(event).collect())
    }
}

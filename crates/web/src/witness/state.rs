use std::collections::BTreeMap;
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use xingjian_kernel::Clock;
use xingjian_tlog::{
    AddCheckpoint, Cosigned, Cosigner, Refusal, RequestError, SignedCheckpoint, VerifierKey, add_checkpoint,
};

/// The longest name of a file that every file system takes, less the ending.
const LONGEST_NAME: usize = 200;

/// Why what a witness remembers cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file cannot be read or written.
    #[error("{path}：无法读写（{source}）；请检查文件夹的权限和磁盘空间")]
    File {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Two processes on one folder could cosign two histories.
    #[error("{0}：另一个见证进程正在使用该文件夹；请先停止它，或者用 --state 另指文件夹")]
    InUse(String),
    /// What is kept was not cosigned by this witness, so that it must not go on from there.
    #[error(
        "{path}：上次见证的检查点损坏（{reason}）；请换成该日志公布的、带有本见证人签名的最新检查点，不要删除该文件，否则见证人会忘记见过的历史"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The origin does not fit the name of a file.
    #[error("日志名称“{0}”过长，不能作为文件名；请日志方换一个较短的名称")]
    LongName(String),
}

/// Why a request has no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum CosignError {
    /// It cannot be read.
    #[error("{0}")]
    Request(RequestError),
    /// The witness refuses.
    #[error("{0}")]
    Refused(Refusal),
    /// The fault is on the side of the witness.
    #[error("{0}")]
    State(StateError),
}

/// A witness: its key, the logs it follows, and a folder with the checkpoint that it cosigned last for each.
///
/// The folder is the only memory. It is read for each decision and written, and synced, before the cosignature is handed out, so that
/// no end of the process makes it forget what it signed.
pub struct Witness {
    cosigner: Cosigner,
    logs: BTreeMap<String, Log>,
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    /// Held as long as the witness lives.
    _lock: File,
}

struct Log {
    keys: Vec<VerifierKey>,
    file: PathBuf,
    /// One request of a log at a time.
    deciding: Mutex<()>,
}

impl Witness {
    /// The witness of this folder, which must be there, for the logs of these keys. What it remembers is read once to see that it is whole.
    pub fn open(
        folder: &Path,
        cosigner: Cosigner,
        logs: impl IntoIterator<Item = VerifierKey>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, StateError> {
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(fail(&path))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse(folder.display().to_string()),
            TryLockError::Error(source) => fail(&path)(source),
        })?;
        let mut witness = Self { cosigner, logs: BTreeMap::new(), folder: folder.to_owned(), clock, _lock: lock };
        for key in logs {
            let file = folder.join(file_name(key.name())?);
            let log = witness.logs.entry(key.name().to_owned());
            log.or_insert(Log { keys: vec![], file, deciding: Mutex::new(()) }).keys.push(key);
        }
        for (origin, log) in &witness.logs {
            witness.last(origin, log)?;
        }
        Ok(witness)
    }

    /// Who cosigns.
    pub fn key(&self) -> &VerifierKey {
        self.cosigner.verifier()
    }

    /// The logs that are followed, with the checkpoint cosigned last for each.
    pub fn logs(&self) -> Result<Vec<(&str, Option<SignedCheckpoint>)>, StateError> {
        self.logs.iter().map(|(origin, log)| Ok((origin.as_str(), self.last(origin, log)?))).collect()
    }

    /// Decides on the body of a request and keeps what it cosigned before it returns. Waits for the disk.
    pub fn cosign(&self, request: &[u8]) -> Result<Cosigned, CosignError> {
        let request = AddCheckpoint::parse(request).map_err(CosignError::Request)?;
        let origin = request.checkpoint.checkpoint().origin();
        let Some(log) = self.logs.get(origin) else {
            return Err(CosignError::Refused(Refusal::UnknownLog { origin: origin.to_owned() }));
        };
        let _one = log.deciding.lock().expect("nothing panics while it decides");
        let last = self.last(origin, log).map_err(CosignError::State)?;
        let last = last.as_ref().map(SignedCheckpoint::checkpoint);
        let now = u64::try_from(self.clock.now().micros() / 1_000_000).unwrap_or_default();
        let cosigned = add_checkpoint(&log.keys, last, &request, &self.cosigner, now).map_err(|refusal| {
            if matches!(refusal, Refusal::Forked { .. } | Refusal::Inconsistent(_)) {
                // The log signed this: with what was cosigned before it may prove that the log lied.
                eprintln!("日志 {origin} 送来的检查点未获见证：{refusal}\n{}", request.checkpoint);
            }
            CosignError::Refused(refusal)
        })?;
        self.keep(log, &cosigned.checkpoint).map_err(CosignError::State)?;
        Ok(cosigned)
    }

    /// What was cosigned last for a log; only what this witness did cosign is believed.
    fn last(&self, origin: &str, log: &Log) -> Result<Option<SignedCheckpoint>, StateError> {
        let bytes = match std::fs::read(&log.file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(fail(&log.file))?,
        };
        let damaged = |reason: String| StateError::Damaged { path: log.file.display().to_string(), reason };
        let kept = SignedCheckpoint::parse(&bytes).map_err(|error| match std::error::Error::source(&error) {
            Some(cause) => damaged(format!("{error}：{cause}")),
            None => damaged(error.to_string()),
        })?;
        kept.verify([self.key()]).map_err(|error| damaged(format!("不是本见证人签的：{error}")))?;
        match kept.checkpoint().origin() {
            other if other != origin => Err(damaged(format!("是另一日志“{other}”的"))),
            _ => Ok(Some(kept)),
        }
    }

    fn keep(&self, log: &Log, checkpoint: &SignedCheckpoint) -> Result<(), StateError> {
        let new = log.file.with_added_extension("new");
        let mut file = File::create(&new).map_err(fail(&new))?;
        file.write_all(checkpoint.to_string().as_bytes()).and_then(|()| file.sync_all()).map_err(fail(&new))?;
        std::fs::rename(&new, &log.file).map_err(fail(&log.file))?;
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(fail(&self.folder))
    }
}

/// The file of a log: its origin, with what does not belong into names percent-encoded.
fn file_name(origin: &str) -> Result<String, StateError> {
    let name: String = form_urlencoded::byte_serialize(origin.as_bytes()).collect();
    if name.len() > LONGEST_NAME { Err(StateError::LongName(origin.to_owned())) } else { Ok(name + ".checkpoint") }
}

fn fail(path: &Path) -> impl FnOnce(std::io::Error) -> StateError {
    let path = path.display().to_string();
    move |source| StateError::File { path, source }
}

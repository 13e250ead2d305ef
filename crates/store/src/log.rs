//! The log of all acts: ledger rows that have their index become leaves of a Merkle tree, tiles of the tree become files, and the root is
//! signed again and again. Formats are those of `docs/log.md`.
//!
//! The rows are the truth and the files can be made from them again. What can not be made again is a checkpoint that was
//! given out: before a new one is signed, the tree must contain the last one as it was.

mod files;
mod witnesses;

pub use witnesses::{Trouble, WitnessListError, WitnessState};

use crate::{App, Error, Executor, Failure};
use files::Files;
use sea_orm::{QueryResult, Value};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use xingjian_kernel::Timestamp;
use xingjian_tlog::{
    Checkpoint, ENTRY_LENGTH, Hash, Opening, Policy, Proof, ProofPlan, Resource, SALT_LENGTH, SignedCheckpoint, Signer,
    Tile, TileHashes, VerifierKey, leaf_hash, tiles_reading,
};

/// Leaves that become tiles in one step.
const BATCH: i64 = 4096;
/// Acts wait longer than this for their leaf: the log is behind, and says so.
pub const BEHIND_AFTER_SECONDS: i64 = 60;

/// What is wrong with the log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// A file of the log cannot be read or written.
    #[error("存证日志文件 {path} 无法读写（{source}）；检查磁盘空间和权限，恢复后日志自动补上")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it must; it can be made again from the rows.
    #[error("存证日志文件 {path} 已损坏；删除 {folder} 文件夹中的 edge.json 后重新启动，日志由台账重新生成", folder = .path.parent().unwrap_or(.path).display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The rows are not those that a checkpoint was signed over. Nothing is signed any more.
    #[error(
        "台账与已签发的检查点（{size}条）不一致：台账可能被改动，或者由较早的备份恢复。已停止签发新的检查点，请核查"
    )]
    Contradicts {
        /// Leaves of the checkpoint.
        size: u64,
    },
    /// The database has fewer rows than a checkpoint that was signed.
    #[error("台账只有{rows}条，而已签发的检查点有{size}条：台账可能由较早的备份恢复。已停止签发新的检查点，请核查")]
    Behind {
        /// Rows there are.
        rows: u64,
        /// Leaves of the checkpoint.
        size: u64,
    },
    /// The name or a key of the log is not one.
    #[error("存证日志的名称或者密钥不合格式")]
    Checkpoint(#[from] xingjian_tlog::CheckpointError),
    /// The act has no leaf yet, or there is none.
    #[error("该事项还没有编入存证日志，请一分钟后再试")]
    NotYet,
}

impl From<Failure> for LogError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Store(error) => Self::Store(error),
            other => Self::Store(Error::Missing(other.to_string())),
        }
    }
}

impl From<sea_orm::DbErr> for LogError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// How the log stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogState {
    /// Acts without an index.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// Acts with an index.
    pub indexed: u64,
    /// Leaves of the tree on disk.
    pub integrated: u64,
    /// Leaves of the last checkpoint, and when it was signed.
    pub checkpoint: Option<(u64, Timestamp)>,
}

impl LogState {
    /// Acts that are committed and in no checkpoint.
    pub fn open(&self) -> u64 {
        (self.waiting + self.indexed).saturating_sub(self.checkpoint.map_or(0, |(size, _)| size))
    }

    /// Whether acts wait longer than they should: a stated state, not a failure of the acts.
    pub fn is_behind(&self, now: Timestamp) -> bool {
        let late = |since: Timestamp| now.micros() - since.micros() > BEHIND_AFTER_SECONDS * 1_000_000;
        let signed = self.checkpoint.map(|(_, at)| at);
        self.waiting_since.is_some_and(late)
            || (self.open() > self.waiting && signed.or(self.waiting_since).is_some_and(late))
    }
}

/// The log of an instance on this machine.
pub struct Log {
    signers: Vec<Signer>,
    files: Arc<tokio::sync::Mutex<Files>>,
    folder: PathBuf,
    /// The log, and the witnesses that are asked.
    policy: Policy,
    /// Why nothing could be signed the last time.
    fault: Mutex<Option<String>>,
}

impl Log {
    /// Opens the log in a folder; what is not there is made from the rows. The keys have the name of the log.
    pub fn open(folder: &Path, signers: Vec<Signer>) -> Result<Self, LogError> {
        let files = Arc::new(tokio::sync::Mutex::new(Files::open(folder)?));
        let alone: Policy = "quorum none\n".parse().expect("a policy of nobody");
        let policy = alone.of_log(signers.iter().map(Signer::verifier));
        Ok(Self { signers, files, folder: folder.to_owned(), policy, fault: Mutex::default() })
    }

    /// The keys by which others verify it.
    pub fn verifiers(&self) -> Vec<&VerifierKey> {
        self.signers.iter().map(Signer::verifier).collect()
    }

    /// The name of the log.
    pub fn origin(&self) -> &str {
        self.signers.first().map_or("", |signer| signer.verifier().name())
    }

    /// One round: rows get their index, become leaves, and the root is signed. What fails is remembered, told by [`Log::fault`], and tried again in
    /// the next round; no act waits for it.
    pub async fn catch_up(&self, app: &App) -> Result<(), LogError> {
        let round = async {
            // Acts go on coming; what has come by now is enough for a round.
            while crate::ledger::sequence(app).await? == crate::ledger::BATCH {}
            self.integrate(app).await?;
            self.sign(app).await
        };
        let done = round.await;
        let fault = done.as_ref().err().map(ToString::to_string);
        *self.fault.lock().expect("nobody panics holding it") = fault;
        done.map(|_| ())
    }

    /// Why the last round did not come to its end.
    pub fn fault(&self) -> Option<String> {
        self.fault.lock().expect("nobody panics holding it").clone()
    }

    /// Makes leaves of all rows that have an index; how many they were. Whoever stops waiting for it stops nothing half done.
    pub async fn integrate(&self, app: &App) -> Result<u64, LogError> {
        let mut done = 0;
        loop {
            let mut files = self.files.clone().lock_owned().await;
            let entries = entries(app, files.size(), BATCH).await?;
            if entries.is_empty() {
                return Ok(done);
            }
            done += entries.len() as u64;
            // The disk is waited for elsewhere; the files go along, so that nobody else has them before it is done.
            let append = tokio::task::spawn_blocking(move || files.append(&entries));
            append.await.expect("appending does not panic")?;
        }
    }

    /// Signs the root if leaves were added since the last checkpoint; the size it signed.
    pub async fn sign(&self, app: &App) -> Result<Option<u64>, LogError> {
        let files = self.files.lock().await;
        let tx = app.db.begin().await?;
        // The lock of the sequencer is also that of the signer: two nodes never sign beside each other.
        tx.run("update log_state set size = size where id = 1", vec![]).await?;
        let last = tx.one(LAST, vec![]).await?.map(|row| Signed::of(&row)).transpose()?;
        let given_out = files.given_out()?;
        for (size, root) in last.iter().map(|last| (last.size, last.root)).chain(given_out) {
            if size > files.size() {
                let indexed = app.db.reader().one("select size from log_state where id = 1", vec![]).await?;
                let rows: i64 = indexed.map_or(Ok(0), |row| row.try_get("", "size"))?;
                let rows = rows.cast_unsigned();
                // Another node may be ahead with its files; only missing rows are a fault.
                return if size > rows { Err(LogError::Behind { rows, size }) } else { Ok(None) };
            }
            if files.root_at(size)? != root {
                return Err(LogError::Contradicts { size });
            }
        }
        let size = files.size();
        if size == 0 || last.is_some_and(|last| last.size >= size) {
            return Ok(None);
        }
        let root = files.root();
        let note = self.note(size, root)?;
        tx.run(
            "insert into log_checkpoint (size, root, note, at) values ($1, $2, $3, $4)",
            vec![
                size.cast_signed().into(),
                root.0.to_vec().into(),
                note.clone().into_bytes().into(),
                app.clock.now().micros().into(),
            ],
        )
        .await?;
        tx.commit().await?;
        files.give_out(&note)?;
        Ok(Some(size))
    }

    fn note(&self, size: u64, root: Hash) -> Result<String, LogError> {
        let checkpoint = Checkpoint::new(self.origin(), size, root)?;
        let [first, others @ ..] = self.signers.as_slice() else { return Err(Error::Missing("log key".into()).into()) };
        let signed = SignedCheckpoint::sign(checkpoint, first);
        Ok(others.iter().fold(signed, SignedCheckpoint::and_sign).to_string())
    }

    /// The checkpoint for whoever asks: the newest that enough witnesses cosigned, and the newest of all as long as there is none.
    pub async fn checkpoint(&self, app: &App) -> Result<Option<String>, LogError> {
        let checkpoint = match self.witnessed(app).await? {
            Some(witnessed) => Some(witnessed),
            None => self.newest(app).await?,
        };
        Ok(checkpoint.map(|checkpoint| checkpoint.to_string()))
    }

    /// A tile or an entry bundle; `None` where the tree has no such one.
    pub async fn resource(&self, resource: Resource) -> Result<Option<Vec<u8>>, LogError> {
        self.files.lock().await.resource(resource)
    }

    /// The proof that the row with this id is in the log; what the row says is not in it.
    pub async fn proof(&self, app: &App, id: &str) -> Result<Proof, LogError> {
        Ok(Proof { extra: None, ..self.shown(app, id).await? })
    }

    /// The proof with what the row says, if the row is public and was not erased. What was public once need not be so still: whoever gives it
    /// to anybody asks first whether it is shown.
    pub async fn shown(&self, app: &App, id: &str) -> Result<Proof, LogError> {
        let sql = "select idx, kind, event, salt from ledger where id = $1";
        let row = app.db.reader().one(sql, vec![Value::from(id)]).await?.ok_or(LogError::NotYet)?;
        let index: Option<i64> = row.try_get("", "idx")?;
        let index = index.ok_or(LogError::NotYet)?.cast_unsigned();
        // One that witnesses saw, if it holds the row already.
        let witnessed = self.witnessed(app).await?.filter(|witnessed| index < witnessed.checkpoint().size());
        let newest = if witnessed.is_none() { self.newest(app).await? } else { None };
        let checkpoint = witnessed.or(newest).ok_or(LogError::NotYet)?;
        let size = checkpoint.checkpoint().size();
        let plan = ProofPlan::inclusion(index, size).ok_or(LogError::NotYet)?;
        let hashes = self.files.lock().await.hashes(size, &plan)?;
        let kind: String = row.try_get("", "kind")?;
        let extra = if crate::ledger::is_public(&kind) { opening(&row)? } else { None };
        Ok(Proof { extra, index, hashes, checkpoint })
    }

    /// The proof that the tree of a later checkpoint contains that of an earlier one.
    pub async fn consistency(&self, old_size: u64, size: u64) -> Result<Vec<Hash>, LogError> {
        let plan = ProofPlan::consistency(old_size, size).ok_or(LogError::NotYet)?;
        self.files.lock().await.hashes(size, &plan)
    }

    /// How the log stands.
    pub async fn state(&self, app: &App) -> Result<LogState, LogError> {
        let integrated = self.files.lock().await.size();
        let reader = app.db.reader();
        let (indexed, waiting) = crate::ledger::state(app).await?;
        let oldest = format!("select min(at) as at from {} where idx is null", crate::ledger::waiting(app));
        let oldest = reader.one(&oldest, vec![]).await?;
        let oldest: Option<i64> = oldest.map_or(Ok(None), |row| row.try_get("", "at"))?;
        let last = reader.one(LAST, vec![]).await?.map(|row| Signed::of(&row)).transpose()?;
        Ok(LogState {
            waiting: waiting.cast_unsigned(),
            waiting_since: oldest.map(Timestamp::from_micros),
            indexed: indexed.cast_unsigned(),
            integrated,
            checkpoint: last.map(|last| (last.size, last.at)),
        })
    }

    /// Makes the tree once more from the rows, in memory, and compares it with the last checkpoint; the leaves that were compared. This
    /// finds an entry that was changed in the database after it became a leaf.
    pub async fn audit(&self, app: &App) -> Result<u64, LogError> {
        let Some(last) = app.db.reader().one(LAST, vec![]).await?.map(|row| Signed::of(&row)).transpose()? else {
            return Ok(0);
        };
        let mut edge = xingjian_tlog::RightEdge::default();
        while edge.size() < last.size {
            let left = i64::try_from(last.size - edge.size()).unwrap_or(BATCH).min(BATCH);
            let entries = entries(app, edge.size(), left).await?;
            if entries.is_empty() {
                return Err(LogError::Behind { rows: edge.size(), size: last.size });
            }
            let leaves: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
            edge.append(&leaves).map_err(|_| LogError::Contradicts { size: last.size })?;
        }
        if edge.root() == last.root { Ok(last.size) } else { Err(LogError::Contradicts { size: last.size }) }
    }

    /// The files that do not hold what the rows give.
    pub async fn damaged(&self, app: &App) -> Result<Vec<PathBuf>, LogError> {
        let files = self.files.lock().await;
        let mut edge = xingjian_tlog::RightEdge::default();
        let mut damaged = Vec::new();
        while edge.size() < files.size() {
            let left = i64::try_from(files.size() - edge.size()).unwrap_or(BATCH).min(BATCH);
            let entries = entries(app, edge.size(), left).await?;
            if entries.is_empty() {
                return Err(LogError::Behind { rows: edge.size(), size: files.size() });
            }
            damaged.extend(files.damaged(&mut edge, &entries)?);
        }
        damaged.extend(files.damaged_edge(&edge));
        Ok(damaged)
    }

    /// Lets go of the checkpoints in the database, which another log has signed: that of the instance which this one was restored from. From
    /// here on this log signs, under its own name.
    pub async fn begin_anew(&self, app: &App) -> Result<(), LogError> {
        let tx = app.db.begin().await?;
        for table in ["log_checkpoint", "log_cosignature", "log_witness", "log_witnessed", "log_asking"] {
            tx.run(&format!("delete from {table}"), vec![]).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Where its files are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}

const LAST: &str = "select size, root, note, at from log_checkpoint order by size desc limit 1";

/// A checkpoint as it was signed.
struct Signed {
    size: u64,
    root: Hash,
    note: String,
    at: Timestamp,
}

impl Signed {
    fn of(row: &QueryResult) -> Result<Self, LogError> {
        let (size, at): (i64, i64) = (row.try_get("", "size")?, row.try_get("", "at")?);
        let (root, note): (Vec<u8>, Vec<u8>) = (row.try_get("", "root")?, row.try_get("", "note")?);
        let wrong = || Error::Missing("a readable checkpoint".into());
        Ok(Self {
            size: size.cast_unsigned(),
            root: Hash(root.try_into().map_err(|_| wrong())?),
            note: String::from_utf8(note).map_err(|_| wrong())?,
            at: Timestamp::from_micros(at),
        })
    }
}

/// Entries of rows from an index on, in order and without a gap.
async fn entries(app: &App, from: u64, limit: i64) -> Result<Vec<[u8; ENTRY_LENGTH]>, LogError> {
    let sql = format!("select idx, entry from ledger where idx >= $1 order by idx limit {limit}");
    let rows = app.db.reader().all(&sql, vec![from.cast_signed().into()]).await?;
    let mut entries = Vec::with_capacity(rows.len());
    for (expected, row) in (from..).zip(&rows) {
        let (index, entry): (i64, Vec<u8>) = (row.try_get("", "idx")?, row.try_get("", "entry")?);
        let entry = entry.try_into().ok().filter(|_| index.cast_unsigned() == expected);
        entries.push(entry.ok_or_else(|| Error::Missing(format!("ledger row {expected}")))?);
    }
    Ok(entries)
}

/// Salt and event of a row, where they are there still.
fn opening(row: &QueryResult) -> Result<Option<Vec<u8>>, LogError> {
    let (event, salt): (Option<Vec<u8>>, Option<Vec<u8>>) = (row.try_get("", "event")?, row.try_get("", "salt")?);
    let (Some(event), Some(salt)) = (event, salt) else { return Ok(None) };
    let salt: &[u8; SALT_LENGTH] = salt.as_slice().try_into().map_err(|_| Error::Missing("a salt".into()))?;
    Ok(Some(Opening { salt, event: &event }.to_bytes()))
}

/// Reads the hashes of a plan from tiles that `load` gives.
fn read_plan(
    size: u64,
    plan: &ProofPlan,
    load: impl Fn(Tile) -> Result<xingjian_tlog::TileData, LogError>,
) -> Result<Vec<Hash>, LogError> {
    let wrong = |error: xingjian_tlog::TileError| Error::Missing(error.to_string());
    let tiles = tiles_reading(size, plan.nodes()).map_err(wrong)?;
    let tiles = tiles.into_iter().map(load).collect::<Result<Vec<_>, _>>()?;
    Ok(plan.read(&TileHashes::trusted(size, tiles)).map_err(wrong)?)
}

//! An archive becomes an instance again, in an empty folder and an empty database of either kind. Everything that can be refused is refused
//! before anything is written.

use super::archive::{Archive, Manifest, mark_of};
use super::{FIELD_KEY, INSTANCE, LOG_KEY, PATIENT_KEY, failed, private, told};
use crate::{Where, chain};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use xingjian_cli::instance::Places;
use xingjian_store::archive::{Filling, Shape};
use xingjian_store::{App, LogError};
use xingjian_tlog::{Checkpoint, SignedCheckpoint, Signer};

/// The last checkpoint of the log that ended with the instance before.
const PREVIOUS: &str = "log/previous.checkpoint";
const ERASURES: &str = "erasures";
const CHECKPOINT: &str = "log/checkpoint";

#[derive(clap::Args)]
pub struct Restore {
    /// The backup
    file: PathBuf,
    #[command(flatten)]
    place: Where,
    /// The key that opens sealed fields, unless the backup holds it
    #[arg(long)]
    field_key: Option<PathBuf>,
    /// The key that patients of claims were hashed with, where the backup has claims and not this key
    #[arg(long)]
    patient_key: Option<PathBuf>,
    /// Goes on with the log under its old name: only if nothing was signed after the backup; otherwise a new log begins
    #[arg(long)]
    continue_log: bool,
    /// With --continue-log: the keys that sign the log, unless the backup holds them
    #[arg(long, requires = "continue_log")]
    log_key: Option<PathBuf>,
    /// With --continue-log: the newest checkpoint anybody has of the log; refused if the backup is older
    #[arg(long, requires = "continue_log")]
    checkpoint: Option<PathBuf>,
    /// The list of erasures of the folder before, where it is still there: what was erased after the backup is erased again
    #[arg(long)]
    erasures: Option<PathBuf>,
}

/// Restores, or says why not. Where the ledger in the backup is not that of its own log the answer is 2.
pub async fn restore(wanted: &Restore) -> Result<ExitCode, String> {
    let mut archive = Archive::open(&wanted.file)?;
    let places = wanted.place.places();
    let keys = keys(wanted, &mut archive)?;
    if let Some(path) = &wanted.checkpoint {
        not_older(&archive.manifest, &keys, path)?;
    }
    // Read before anything is written; a backup has the list as it was then.
    let erasures = wanted.erasures.as_ref().map(|path| std::fs::read(path).map_err(failed(path))).transpose()?;
    if let Err(faults) = xingjian_policy::Policy::load(&places.policy, &archive.manifest.city) {
        let (place, city) = (places.policy.display(), &archive.manifest.city);
        return Err(format!(
            "政策包文件夹“{place}”中的“{city}”不能用（{}处错误）；请用 --policy 指定其位置，或者先运行 xingjian policy check",
            faults.len()
        ));
    }
    empty(&places.data)?;
    let was_there = places.data.exists();
    if places.database.is_some() {
        let db = places.database().await.map_err(|error| crate::serving::why_not_opened(&error))?;
        Filling::possible(&db, &archive.manifest.migrations).await.map_err(|error| told(&error))?;
    }
    let filled = fill(wanted, &places, &mut archive, &keys, erasures.as_deref()).await;
    filled.map_err(|error| match clear(&places.data, was_there) {
        Ok(()) => format!("{error}\n没有恢复任何内容"),
        Err(left) => format!("{error}\n{left}；请清空 {} 后重来", places.data.display()),
    })?;
    let settings = places.settings().map_err(|error| crate::serving::why_not_opened(&error))?;
    let settings = settings.ok_or_else(|| format!("{}：备份中没有 instance.json", wanted.file.display()))?;
    let app = places.run(&settings).await.map_err(|error| crate::serving::why_not_opened(&error))?;
    println!("已恢复{}行，{}个文件到 {}", archive.manifest.rows(), archive.manifest.files.len(), places.data.display());
    let concluded = conclude(wanted, &app).await;
    // Everything in the one file, so that the folder can be copied as it lies.
    app.db.clone().finish().await.map_err(|error| error.told())?;
    concluded
}

/// The keys that the instance will have: handed over or in the archive, and in any case those that belong to it.
fn keys(wanted: &Restore, archive: &mut Archive) -> Result<BTreeMap<&'static str, String>, String> {
    let mut inside = BTreeMap::new();
    archive.entries(|name, content| {
        let key = name
            .strip_prefix(INSTANCE)
            .and_then(|name| [FIELD_KEY, LOG_KEY, PATIENT_KEY].into_iter().find(|key| *key == name));
        if let Some(key) = key {
            let mut text = String::new();
            content.read_to_string(&mut text).map_err(|error| error.to_string())?;
            inside.insert(key, text);
        }
        Ok(())
    })?;
    let claims = archive.manifest.files.iter().any(|file| file.path.starts_with("instance/claims/"));
    let needed = [
        (FIELD_KEY, "--field-key", wanted.field_key.as_ref(), true),
        (PATIENT_KEY, "--patient-key", wanted.patient_key.as_ref(), claims),
        (LOG_KEY, "--log-key", wanted.log_key.as_ref(), wanted.continue_log),
    ];
    let mut keys = BTreeMap::new();
    for (name, option, path, is_needed) in needed {
        let Some(mark) = archive.manifest.keys.get(name) else { continue };
        let text = match path {
            Some(path) => std::fs::read_to_string(path).map_err(failed(path))?,
            None => match inside.remove(name) {
                Some(text) => text,
                None if is_needed => return Err(format!("备份中没有密钥 {name}；请用 {option} 指定另行保存的那一份")),
                None => continue,
            },
        };
        if *mark != mark_of(name, &text) {
            let from = path.map_or_else(|| wanted.file.display().to_string(), |path| path.display().to_string());
            return Err(format!("{from}：不是这份备份所属实例的 {name}；请换用同一实例保存的密钥。没有写入任何内容"));
        }
        if is_needed {
            keys.insert(name, text);
        }
    }
    Ok(keys)
}

/// Whether the log may go on after the backup: what was signed since would be contradicted.
fn not_older(manifest: &Manifest, keys: &BTreeMap<&str, String>, path: &Path) -> Result<(), String> {
    let bytes = std::fs::read(path).map_err(failed(path))?;
    let wrong = || format!("{}：不是这份备份的日志签发的检查点；请核对文件", path.display());
    let newest = SignedCheckpoint::parse(&bytes).map_err(|_| wrong())?;
    let signers = keys.get(LOG_KEY).map(String::as_str).unwrap_or_default();
    let signers: Vec<Signer> = signers.lines().filter_map(|line| line.parse().ok()).collect();
    if newest.verify(signers.iter().map(Signer::verifier)).is_err() {
        return Err(wrong());
    }
    let last = manifest.checkpoint.as_ref().and_then(|note| SignedCheckpoint::parse(note.as_bytes()).ok());
    let last = last.as_ref().map(SignedCheckpoint::checkpoint);
    let (has, known) = (last.map_or(0, Checkpoint::size), newest.checkpoint());
    if known.size() > has || last.is_some_and(|last| last.size() == known.size() && last.root() != known.root()) {
        return Err(format!(
            "备份中的日志止于{has}条，而已经签发了{}条的检查点：接续下去会与它矛盾。请不用 --continue-log，另起新的日志；\
             或者改用较新的备份。没有写入任何内容",
            known.size()
        ));
    }
    Ok(())
}

fn empty(data: &Path) -> Result<(), String> {
    match std::fs::read_dir(data).map(|mut entries| entries.next().is_some()) {
        Ok(true) => Err(format!("{} 不是空的；请指定空的文件夹，恢复不覆盖已有的实例", data.display())),
        Ok(false) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(failed(data)(error)),
    }
}

/// Takes away what a restore that failed has left; the folder, too, unless it was there before.
fn clear(data: &Path, was_there: bool) -> Result<(), String> {
    let Ok(entries) = std::fs::read_dir(data) else { return Ok(()) };
    for entry in entries.flatten() {
        let path = entry.path();
        let gone = if path.is_dir() { std::fs::remove_dir_all(&path) } else { std::fs::remove_file(&path) };
        gone.map_err(failed(&path))?;
    }
    if was_there { Ok(()) } else { std::fs::remove_dir(data).map_err(failed(data)) }
}

async fn fill(
    wanted: &Restore,
    places: &Places,
    archive: &mut Archive,
    keys: &BTreeMap<&str, String>,
    erasures: Option<&[u8]>,
) -> Result<(), String> {
    use std::os::unix::fs::DirBuilderExt;
    let data = &places.data;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(failed(data))?;
    for (name, text) in keys {
        put(&data.join(name), &mut text.as_bytes())?;
    }
    let db = places.new_database().await.map_err(|error| crate::serving::why_not_opened(&error))?;
    let shapes: Vec<Shape> = archive.manifest.tables.iter().map(|table| table.shape.clone()).collect();
    let filling = Filling::begin(&db, &archive.manifest.migrations, &shapes).await.map_err(|error| told(&error))?;
    let mut taken: BTreeMap<String, u64> = BTreeMap::new();
    let mut settings = Vec::new();
    let runtime = tokio::runtime::Handle::current();
    archive.entries(|name, content| {
        if let Some(table) = name.strip_prefix("db/").and_then(|rest| rest.split('/').next()) {
            let mut text = String::new();
            content.read_to_string(&mut text).map_err(|error| error.to_string())?;
            let lines: Vec<&str> = text.lines().collect();
            let done = tokio::task::block_in_place(|| runtime.block_on(filling.take(table, &lines)));
            *taken.entry(table.to_owned()).or_default() += done.map_err(|error| told(&error))?;
            return Ok(());
        }
        let Some(name) = name.strip_prefix(INSTANCE) else { return Err("不是备份中会有的文件".to_owned()) };
        match name {
            FIELD_KEY | LOG_KEY | PATIENT_KEY => Ok(()),
            // A new log has signed nothing yet.
            CHECKPOINT if !wanted.continue_log => put(&data.join(PREVIOUS), content),
            ERASURES if erasures.is_some() => Ok(()),
            "instance.json" => content.read_to_end(&mut settings).map(|_| ()).map_err(|error| error.to_string()),
            _ => put(&data.join(name), content),
        }
    })?;
    for table in &archive.manifest.tables {
        let rows = taken.get(&table.shape.table).copied().unwrap_or_default();
        if rows != table.rows {
            return Err(format!("表 {} 应有{}行，备份中只有{rows}行；请换用另一份备份", table.shape.table, table.rows));
        }
    }
    if let Some(mut list) = erasures {
        put(&data.join(ERASURES), &mut list)?;
    }
    // On the disk before the database is there, so that a full one cannot part the two; in its place the last of all: a folder without it is
    // no instance.
    let (there, place) = (data.join("instance.json.part"), data.join("instance.json"));
    put(&there, &mut settings.as_slice())?;
    filling.commit().await.map_err(|error| told(&error))?;
    std::fs::rename(&there, &place).map_err(failed(&place))
}

/// Writes a file that its owner alone can read, and waits until it is on the disk.
fn put(path: &Path, content: &mut dyn Read) -> Result<(), String> {
    let write = |content: &mut dyn Read| {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        let mut file = private(path)?;
        std::io::copy(content, &mut file)?;
        file.flush()?;
        file.sync_all()
    };
    write(content).map_err(failed(path))
}

/// Holds the rows against the log they had, and lets a new one begin.
async fn conclude(wanted: &Restore, app: &Arc<App>) -> Result<ExitCode, String> {
    let Some(log) = app.log.get() else { return Err("本实例没有存证日志".to_owned()) };
    let size = match log.audit(app).await {
        Ok(size) => size,
        Err(error @ (LogError::Contradicts { .. } | LogError::Behind { .. })) => {
            println!("注意：{error}");
            return Ok(ExitCode::from(2));
        }
        Err(error) => return Err(chain(&error)),
    };
    println!("台账前{size}条与原日志最后的检查点一致");
    if wanted.continue_log {
        println!("接续原日志 {}", log.origin());
        return Ok(ExitCode::SUCCESS);
    }
    log.begin_anew(app).await.map_err(|error| chain(&error))?;
    println!("已另起新的存证日志 {}；请公布它的公钥，并告知各见证人：", log.origin());
    for key in log.verifiers() {
        println!("{key}");
    }
    println!("原日志最后的检查点保存在 {}，请一并公布", wanted.place.data.join(PREVIOUS).display());
    Ok(ExitCode::SUCCESS)
}

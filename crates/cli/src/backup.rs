//! `xingjian backup`: an instance as one file, while it serves. And the way back: `restore`.

mod archive;
mod restore;

pub use restore::{Restore, restore};

use crate::chain;
use archive::{Manifest, Rows, Writer, mark_of};
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_cli::clock::WallClock;
use xingjian_cli::instance::Places;
use xingjian_kernel::Clock;
use xingjian_store::archive::{ArchiveError, Shape, Snapshot};

/// The key of sealed fields.
const FIELD_KEY: &str = "field.key";
/// The keys that sign the log.
const LOG_KEY: &str = "log.key";
/// The key that patients of claims are hashed with.
const PATIENT_KEY: &str = "claims/patient.key";
/// Small files of an instance that are there or not.
const FILES: &[&str] = &["instance.json", "erasures", "webhooks", "witnesses"];
/// How names of files end that are being written, or only locked.
const UNFINISHED: &[&str] = &[".next", "/lock"];
/// Where the files of the instance stand in the archive.
const INSTANCE: &str = "instance/";
/// A part of a table is about so long, in bytes.
const PART: usize = 8 * 1024 * 1024;

#[derive(clap::Args)]
pub struct Backup {
    /// Folder of the instance
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Address of PostgreSQL; without it the SQLite file in the folder of the instance
    #[arg(long, env = "XINGJIAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// The file to write; it must not be there yet
    #[arg(long)]
    out: PathBuf,
    /// What it holds beside the database and the log; may be given several times. Whoever has a key can do what it does
    #[arg(long = "with")]
    with: Vec<Part>,
}

/// What is in a backup only if it is asked for by name.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// The claims, which can also be brought in again from their deliveries
    Claims,
    /// The key that opens sealed fields
    FieldKey,
    /// The keys that sign the log
    LogKey,
    /// The key that patients of claims are hashed with
    PatientKey,
}

/// Writes the archive beside its place and then puts it there, so that a file of this name is whole.
pub async fn backup(wanted: &Backup) -> Result<ExitCode, String> {
    let places = Places { data: wanted.data.clone(), policy: PathBuf::new(), database: wanted.database.clone() };
    let Some(settings) = places.settings().map_err(|error| crate::serving::why_not_opened(&error))? else {
        return Err(format!("{} 中没有实例；请用 --data 指定实例的文件夹", wanted.data.display()));
    };
    if wanted.out.exists() {
        return Err(format!("{} 已经存在；备份不覆盖文件，请换一个名称", wanted.out.display()));
    }
    let part = PathBuf::from(format!("{}.part", wanted.out.display()));
    let made = write(wanted, &places, &settings.city, &part).await;
    let manifest = match made {
        Ok(manifest) => manifest,
        Err(error) => {
            // What was begun is of no use to anybody.
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
    };
    std::fs::rename(&part, &wanted.out).map_err(failed(&wanted.out))?;
    let bytes = std::fs::metadata(&wanted.out).map_err(failed(&wanted.out))?.len();
    println!(
        "备份完成：{}（{bytes}字节，{}个文件，{}行）",
        wanted.out.display(),
        manifest.files.len(),
        manifest.rows()
    );
    for key in manifest.keys.keys().filter(|key| !manifest.has(&format!("{INSTANCE}{key}"))) {
        println!("不含密钥 {key}：请另行保存，恢复时要用");
    }
    Ok(ExitCode::SUCCESS)
}

async fn write(wanted: &Backup, places: &Places, city: &str, part: &Path) -> Result<Manifest, String> {
    let io = failed(part);
    let db = places.database().await.map_err(|error| crate::serving::why_not_opened(&error))?;
    // No delivery of claims meanwhile, and none while the file is written.
    let store = places.claims();
    let claims = wanted.with.contains(&Part::Claims) && store.is_dir();
    let _delivery =
        if claims { Some(xingjian_screen::ingest::lock(&store).map_err(|error| chain(&error))?) } else { None };
    // The edge of the log before the rows, which then are at least those that it contains.
    let edge = ["log/edge.json", "log/checkpoint"].map(|name| (name, std::fs::read(wanted.data.join(name))));
    let mut manifest = Manifest::new(WallClock::default().now().to_string(), city, db.kind());
    let snapshot = Snapshot::take(&db).await.map_err(|error| told(&error))?;
    manifest.migrations = snapshot.migrations().to_vec();
    manifest.checkpoint = snapshot.checkpoint().await.map_err(|error| told(&error))?;
    let mut writer = Writer::new(private(part).map_err(failed(part))?).map_err(&io)?;
    for shape in snapshot.shapes() {
        let rows = table(&snapshot, shape, &mut writer, part).await?;
        manifest.tables.push(Rows { shape: shape.clone(), rows });
    }
    for (name, bytes) in edge {
        match bytes {
            Ok(bytes) => {
                writer.add(&format!("{INSTANCE}{name}"), bytes.len() as u64, bytes.as_slice()).map_err(&io)?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(failed(&wanted.data.join(name))(error)),
        }
    }
    let mut names: Vec<String> = FILES.iter().map(|name| (*name).to_owned()).collect();
    names.extend(below(&wanted.data, "log/tile")?);
    if claims {
        names.extend(below(&wanted.data, "claims")?.into_iter().filter(|name| *name != PATIENT_KEY));
    }
    for (name, part) in [(FIELD_KEY, Part::FieldKey), (LOG_KEY, Part::LogKey), (PATIENT_KEY, Part::PatientKey)] {
        let is_wanted = wanted.with.contains(&part);
        let path = wanted.data.join(name);
        // Without claims their key has nothing to open.
        if !path.is_file() || (name == PATIENT_KEY && !claims && !is_wanted) {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(failed(&path))?;
        manifest.keys.insert(name.to_owned(), mark_of(name, &text));
        names.extend(is_wanted.then(|| name.to_owned()));
    }
    for name in names {
        file(&wanted.data, &name, &mut writer)?;
    }
    writer.finish(manifest).map_err(&io)
}

/// A table in parts; how many rows.
async fn table(snapshot: &Snapshot, shape: &Shape, writer: &mut Writer, out: &Path) -> Result<u64, String> {
    let (mut rows, mut parts, mut text) = (0, 0, String::new());
    let mut last: Option<String> = None;
    loop {
        let lines = snapshot.lines(shape, last.as_deref()).await.map_err(|error| told(&error))?;
        rows += lines.len() as u64;
        for line in &lines {
            text.push_str(line);
            text.push('\n');
        }
        if text.len() >= PART || (lines.is_empty() && !text.is_empty()) {
            parts += 1;
            let name = format!("db/{}/{parts:06}.jsonl", shape.table);
            writer.add(&name, text.len() as u64, text.as_bytes()).map_err(failed(out))?;
            text.clear();
        }
        match lines.into_iter().next_back() {
            Some(line) => last = Some(line),
            None => break,
        }
    }
    if rows > 0 {
        eprintln!("{}：{rows}行", shape.table);
    }
    Ok(rows)
}

fn file(data: &Path, name: &str, writer: &mut Writer) -> Result<(), String> {
    let path = data.join(name);
    let source = match File::open(&path) {
        Ok(source) => source,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(&path)(error)),
    };
    let bytes = source.metadata().map_err(failed(&path))?.len();
    writer.add(&format!("{INSTANCE}{name}"), bytes, source).map_err(failed(&path))
}

/// The files below a folder, by their names in the instance, in order; not what is being written.
fn below(data: &Path, folder: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let path = data.join(&folder);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(&path)(error)),
        };
        for entry in entries {
            let entry = entry.map_err(failed(&path))?;
            let name = format!("{folder}/{}", entry.file_name().to_string_lossy());
            let kind = entry.file_type().map_err(failed(&path))?;
            if kind.is_dir() {
                folders.push(name);
            } else if kind.is_file() && !UNFINISHED.iter().any(|end| name.ends_with(end)) {
                names.push(name);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// A new file that its owner alone can read: there are complaints in it, word for word.
fn private(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// What went wrong with an archive, with the mend where the database says one.
fn told(error: &ArchiveError) -> String {
    error.trouble().map_or_else(|| chain(error), |trouble| format!("{}；{trouble}", chain(error)))
}

/// What an error of a file means and what to do about it.
fn failed(path: &Path) -> impl Fn(std::io::Error) -> String {
    let path = path.display().to_string();
    move |error| {
        let mend = match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "磁盘已满，请腾出空间后重来",
            ErrorKind::ReadOnlyFilesystem => "文件系统是只读的，请换一个位置或者重新挂载",
            ErrorKind::PermissionDenied => "没有权限，请检查文件夹的所有者和权限",
            _ => "请检查路径和磁盘后重来",
        };
        format!("{path}：无法读写（{error}）；{mend}")
    }
}

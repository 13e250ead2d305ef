use super::{Erasure, apply};
use crate::ledger::{self, Act, Event};
use crate::{App, Ctx, Error, Executor, Failure, Head};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;
use std::sync::Arc;
use xingjian_kernel::{DepartmentId, Sensitivity, Timestamp};

/// Why the list of erasures cannot be kept or replayed.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// An act could not be written.
    #[error("删除清单不能重放：{0}")]
    Replay(Failure),
    /// The file cannot be read or written.
    #[error("删除清单 {path} 无法读写（{source}）；请检查权限和磁盘空间")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not one.
    #[error(
        "删除清单 {path} 第{line}行损坏（{reason}）；请从备份恢复该文件，不要删除：缺了它，恢复旧备份会使已删除的内容重新出现"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What the reader said.
        reason: String,
    },
}

/// The file of the list, beside the folder of the log; `None` where this process keeps no log.
pub fn file(app: &App) -> Option<PathBuf> {
    app.log.get().map(|log| log.folder().with_file_name("erasures"))
}

fn read(path: &PathBuf) -> Result<Vec<Erasure>, ListError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(source) => return Err(ListError::File { path: path.clone(), source }),
    };
    let damaged = |line: usize, reason: String| ListError::Damaged { path: path.clone(), line, reason };
    let mut erasures = vec![];
    for (number, line) in (1..).zip(text.split_inclusive('\n')) {
        match (line.strip_suffix('\n'), serde_json::from_str(line)) {
            (Some(_), Ok(erasure)) => erasures.push(erasure),
            // The last line of a process that ended while it wrote: the database has it and writes it again.
            (None, _) => break,
            (_, Err(error)) => return Err(damaged(number, error.to_string())),
        }
    }
    Ok(erasures)
}

/// Adds to the file what the database has and the file has not.
pub async fn write_out(app: &App) -> Result<(), ListError> {
    let Some(path) = file(app) else { return Ok(()) };
    let rows = app.db.reader().all("select act, line from erasure_list order by at, act", vec![]).await?;
    let known: BTreeSet<String> = read(&path)?.iter().map(|erasure| erasure.act.to_string()).collect();
    let mut lines = String::new();
    for row in rows {
        let (act, line): (String, String) =
            (row.try_get("", "act").map_err(Error::from)?, row.try_get("", "line").map_err(Error::from)?);
        if !known.contains(&act) {
            lines += &line;
            lines.push('\n');
        }
    }
    if lines.is_empty() {
        return Ok(());
    }
    let put = || -> std::io::Result<()> {
        let whole = std::fs::read_to_string(&path).unwrap_or_default();
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        if let Some(cut) = whole
            .rsplit_once('\n')
            .map_or((!whole.is_empty()).then_some(0), |(before, rest)| (!rest.is_empty()).then_some(before.len() + 1))
        {
            file.set_len(cut as u64)?;
        }
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    };
    put().map_err(|source| ListError::File { path: path.clone(), source })
}

/// Brings the database to what the file says: everything on the list that the database does not know of is destroyed again, with an
/// act of its own. Before anything is served, after a restore and at each start. How many there were.
pub async fn replay(app: &Arc<App>) -> Result<usize, ListError> {
    let Some(path) = file(app) else { return Ok(0) };
    let mut replayed = 0;
    for erasure in read(&path)? {
        let known = app.db.reader();
        let known =
            known.one("select act from erasure_list where act = $1", vec![erasure.act.to_string().into()]).await?;
        if known.is_none() {
            again(app, &erasure).await.map_err(ListError::Replay)?;
            replayed += 1;
        }
    }
    if replayed > 0 {
        super::destroy(app).await?;
    }
    write_out(app).await?;
    Ok(replayed)
}

async fn again(app: &Arc<App>, erasure: &Erasure) -> Result<(), Failure> {
    let system = Ctx::system(app);
    let mut tx = system.begin().await?;
    apply(&mut tx, erasure).await?;
    let table = super::table(&erasure.record.table)?;
    let sql = format!("select division, department, origin, shared, sensitivity, state from {table} where id = $1");
    if let Some(row) = tx.one(&sql, vec![erasure.record.id.clone().into()]).await? {
        let text = |name: &str| row.try_get::<String>("", name).map_err(Error::from);
        let level: i64 = row.try_get("", "sensitivity").map_err(Error::from)?;
        let levels = [Sensitivity::Public, Sensitivity::Internal, Sensitivity::Case, Sensitivity::Secret];
        let wrong = |_| Error::Missing("a division".into());
        let head = Head {
            id: erasure.record.id.clone(),
            division: text("division")?.parse().map_err(wrong)?,
            department: DepartmentId::new(text("department")?),
            origin: DepartmentId::new(text("origin")?),
            sensitivity: levels.into_iter().find(|known| known.level() == level).unwrap_or(Sensitivity::Secret),
            subject: None,
            state: "",
            owner: None,
            due: None,
            number: None,
            title: String::new(),
            search: String::new(),
            created_at: Timestamp::from_micros(erasure.at),
        };
        let said = format!("数据由较早的备份恢复，按删除清单重新删除{}条内容：{}", erasure.rows.len(), erasure.reason);
        let data = serde_json::json!({"erasure": erasure.act, "rows": erasure.rows});
        let event = Event::new("erasure.replayed", said).data(data);
        let act = Act { ctx: &system, table, head: &head, shared: &text("shared")?, event };
        ledger::append(&mut tx, vec![act]).await?;
    }
    Ok(tx.commit().await?)
}

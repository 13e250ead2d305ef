//! Whether what is kept is still what was written: found by reading all of it, and told, never mended here.

use crate::archive::{ArchiveError, Snapshot};
use crate::schema::{ENDED, Table, listed, names};
use crate::{Db, Error, Executor, Sealed, blobs};
use sea_orm::QueryResult;
use xingjian_kernel::{LocalDate, Timestamp};
use xingjian_tlog::{Entry, SALT_LENGTH};

/// Ledger rows that are read at once.
const ROWS: i64 = 500;
/// Faults of one kind that are named; the others are counted.
const NAMED: usize = 5;

/// What was read of one kind, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// How many were read.
    pub read: u64,
    /// How many of them are not as they were written.
    pub wrong: u64,
    /// The first of these, with what is wrong.
    pub named: Vec<String>,
}

impl Findings {
    fn wrong(&mut self, what: impl FnOnce() -> String) {
        self.wrong += 1;
        if self.named.len() < NAMED {
            self.named.push(what());
        }
    }
}

/// Reads every row of every table; on SQLite the file is checked first, page by page and reference by reference.
pub async fn database(db: &Db) -> Result<Findings, ArchiveError> {
    let mut findings = Findings::default();
    if db.kind() == "sqlite" {
        for row in db.reader().all("pragma integrity_check", vec![]).await? {
            let told: String = row.try_get_by_index(0)?;
            if told != "ok" {
                findings.wrong(|| told);
            }
        }
        for row in db.reader().all("pragma foreign_key_check", vec![]).await? {
            let table: String = row.try_get_by_index(0)?;
            findings.wrong(|| format!("{table}: a row refers to one that is not there"));
        }
    }
    if findings.wrong > 0 {
        return Ok(findings);
    }
    let snapshot = Snapshot::take(db).await?;
    for shape in snapshot.shapes() {
        let mut last: Option<String> = None;
        loop {
            let lines = snapshot.lines(shape, last.as_deref()).await?;
            findings.read += lines.len() as u64;
            let Some(line) = lines.into_iter().next_back() else { break };
            last = Some(line);
        }
    }
    Ok(findings)
}

/// Steps of the schema that were not done yet, and those that this version does not know.
pub async fn schema(db: &Db) -> Result<(Vec<&'static str>, Vec<String>), Error> {
    let rows = db.reader().all("select name from migration order by name", vec![]).await?;
    let done: Vec<String> = rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?;
    let missing = names().filter(|name| !done.iter().any(|other| other == name)).collect();
    let unknown = done.into_iter().filter(|name| !names().any(|known| known == name)).collect();
    Ok((missing, unknown))
}

/// Whether each act still gives its entry, and the entries stand one after the other.
pub async fn ledger(db: &Db) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    let mut last = String::new();
    let sql = format!(
        "select id, event, salt, entry, (select count(*) from erased_row where ledger_id = id) as erased from ledger \
         where id > $1 order by id limit {ROWS}"
    );
    loop {
        let rows = db.reader().all(&sql, vec![last.clone().into()]).await?;
        for row in &rows {
            let (event, salt): (Option<Vec<u8>>, Option<Vec<u8>>) =
                (row.try_get("", "event")?, row.try_get("", "salt")?);
            let entry: Vec<u8> = row.try_get("", "entry")?;
            last = row.try_get("", "id")?;
            findings.read += 1;
            let same = match (event, salt.as_deref().map(<&[u8; SALT_LENGTH]>::try_from)) {
                (Some(event), Some(Ok(salt))) => Entry::seal(salt, &event).as_bytes().as_slice() == entry,
                // Erased by the rules: both are gone, the entry and the trace stay.
                (None, None) => row.try_get::<i64>("", "erased")? == 1,
                _ => false,
            };
            if !same {
                findings.wrong(|| last.clone());
            }
        }
        if rows.is_empty() {
            break;
        }
    }
    let sql =
        "select (select size from log_state) as size, count(idx) as n, coalesce(max(idx) + 1, 0) as next from ledger";
    let row = db.reader().one(sql, vec![]).await?.ok_or_else(|| Error::Missing("log_state".into()))?;
    let [size, count, next]: [i64; 3] = [row.try_get("", "size")?, row.try_get("", "n")?, row.try_get("", "next")?];
    if size != count || size != next {
        findings.wrong(|| format!("{count} entries up to {next}, where {size} were given"));
    }
    Ok(findings)
}

/// Whether all exact bytes still have their hash.
pub async fn blobs(db: &Db) -> Result<Findings, Error> {
    let mut findings = Findings::default();
    let mut last = String::new();
    let sql = "select hash, bytes from blob where hash > $1 order by hash limit 4";
    loop {
        let rows = db.reader().all(sql, vec![last.clone().into()]).await?;
        for row in &rows {
            let bytes: Vec<u8> = row.try_get("", "bytes")?;
            last = row.try_get("", "hash")?;
            findings.read += 1;
            if blobs::digest(&bytes) != last {
                findings.wrong(|| last.clone());
            }
        }
        if rows.is_empty() {
            return Ok(findings);
        }
    }
}

/// The sealed texts at a place in a resource's records (`/reporter`), with the ids of those.
pub async fn sealed(db: &Db, table: Table, pointer: &str) -> Result<Vec<(String, Sealed)>, Error> {
    let sql = format!("select id, body from {table} where {{contains}}(body, $1) > 0 order by id");
    let field = pointer.rsplit('/').next().unwrap_or_default();
    let rows = db.reader().all(&sql, vec![format!("\"{field}\":\"").into()]).await?;
    let mut found = Vec::new();
    for row in rows {
        let (id, body): (String, String) = (row.try_get("", "id")?, row.try_get("", "body")?);
        let body: serde_json::Value = serde_json::from_str(&body).map_err(|source| Error::Unreadable {
            table: table.name(),
            id: id.clone(),
            source,
        })?;
        if let Some(Ok(sealed)) = body.pointer(pointer).cloned().map(serde_json::from_value) {
            found.push((id, sealed));
        }
    }
    Ok(found)
}

/// When the newest act was written.
pub async fn newest(db: &Db) -> Result<Option<Timestamp>, Error> {
    let row = db.reader().one("select max(at) as at from ledger", vec![]).await?;
    let at: Option<i64> = row.map_or(Ok(None), |row| row.try_get("", "at"))?;
    Ok(at.map(Timestamp::from_micros))
}

/// Whether the database answers and has the schema of this version.
pub async fn ready(db: &Db) -> Result<bool, Error> {
    let (missing, _) = schema(db).await?;
    Ok(missing.is_empty())
}

/// The records of a resource by state: how many, and how many of them are past their day. What has ended keeps the day it had and is late no more.
pub async fn by_state(db: &Db, table: Table, today: LocalDate) -> Result<Vec<(String, u64, u64)>, Error> {
    let ended = ENDED.iter().find(|(of, _)| *of == table);
    let open = ended.map_or_else(String::new, |(_, states)| format!(" and state not in {}", listed(states)));
    let sql = format!(
        "select state, count(*) as n, count(case when due < $1{open} then 1 end) as late from {table} \
         group by state order by state"
    );
    let rows = db.reader().all(&sql, vec![today.to_string().into()]).await?;
    let count = |row: &QueryResult, name: &str| row.try_get::<i64>("", name).map(i64::cast_unsigned);
    rows.iter().map(|row| Ok((row.try_get("", "state")?, count(row, "n")?, count(row, "late")?))).collect()
}

/// How many acts each follower has still to take.
pub async fn followers(db: &Db) -> Result<Vec<(String, u64)>, Error> {
    let sql = "select name, (select size from log_state) - next as behind from follower order by name";
    let rows = db.reader().all(sql, vec![]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get("", "name")?, row.try_get::<i64>("", "behind")?.max(0).cast_unsigned())))
        .collect()
}

//! Destroying what a row and its record hold for a reason of the law: event and salt of ledger rows, the fields of the record that the
//! resource names, its columns for searching, and blobs that nothing else uses. Leaf, entry and proof stay as they were, and so does the
//! trace of the erasure.
//!
//! What was destroyed stands in a list, in the database and in a file beside the log, so that an older backup is brought to the same
//! state before anybody reads it ([`replay`]). The list holds ids and names of fields, nothing of what was destroyed. Who may ask for
//! it and who confirms is not decided here.

mod list;

pub use list::{ListError, file, replay, write_out};

use crate::ledger;
use crate::schema::{TABLES, Table};
use crate::{App, Ctx, Error, Executor, Failure, Record, Tx, records};
use sea_orm::Value;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::EntryId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Refusal, Timestamp};

/// What stands where a text was.
pub const ERASED: &str = "（已依法删除）";

/// What is left of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blank {
    /// A text that must be there: [`ERASED`].
    Text,
    /// Nothing at all.
    Nothing,
    /// An empty list.
    Empty,
}

/// A field of a record that an act left there and that goes with it.
#[derive(Clone, Copy, Debug)]
pub struct Personal {
    /// Kinds of the acts that wrote it.
    pub acts: &'static [&'static str],
    /// Where it is in the document (RFC 6901); where the document has no such place it has nothing to lose.
    pub field: &'static str,
    /// What is left.
    pub blank: Blank,
}

/// A record from which something can be erased: the resource says what.
pub trait Erasable: Record {
    /// The fields that go. Without them the document must still be readable.
    const PERSONAL: &'static [Personal];
    /// What it is called in a list, without anything that may have to go.
    fn label(&self) -> String;
    /// The day on which it ended, where a period of keeping runs from there.
    fn ended_on(&self) -> Option<LocalDate> {
        None
    }
    /// Hashes of the blobs that go with its fields.
    fn blobs(&self) -> Vec<String> {
        vec![]
    }
}

/// How much is erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "extent", content = "row", rename_all = "snake_case")]
pub enum Extent {
    /// One row of the ledger, what is shown of it, and what its act left in the record.
    Row(EntryId),
    /// Every row of the record so far, and all that the resource names.
    Record,
}

/// Why, and by which act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// The row of the act that confirmed it.
    pub act: EntryId,
    /// The reason with its article, as it is shown in the place of what was erased.
    pub reason: String,
}

/// A line of the list: what was destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erasure {
    /// The row of the act that confirmed it.
    pub act: EntryId,
    /// When, in microseconds.
    pub at: i64,
    /// The reason with its article.
    pub reason: String,
    /// Ids of the ledger rows.
    pub rows: Vec<EntryId>,
    /// The record.
    pub record: Blanked,
    /// Hashes of the blobs.
    pub blobs: Vec<String>,
}

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blanked {
    /// Its table.
    pub table: String,
    /// Its id.
    pub id: String,
    /// The fields and what is left of each.
    pub fields: Vec<(String, Blank)>,
    /// The columns beside the document, as they are afterwards.
    pub title: String,
    /// The same.
    pub search: String,
    /// The same.
    pub sort_key: String,
}

/// The record is not what was asked about.
fn no_row() -> Failure {
    Refusal::new("no_such_row", "该记录没有这一条办理经过", "请从该记录的“办理经过”重新选择").into()
}

/// Destroys, inside the transaction of the act that confirmed it. Call [`destroy`] after the commit.
pub async fn erase<T: Erasable>(
    tx: &mut Tx,
    ctx: &Ctx,
    id: &str,
    extent: Extent,
    grounds: Grounds,
) -> Result<Erasure, Failure> {
    let system = Ctx::system(&ctx.app);
    let stored = records::must_in::<T>(tx, &system, id).await?;
    let all = ledger::held_in(tx, T::TABLE, id).await?;
    let rows: Vec<_> = match extent {
        Extent::Record => all.iter().collect(),
        Extent::Row(row) => {
            let named = all.iter().find(|held| held.id == row).ok_or_else(no_row)?;
            all.iter().filter(|held| held.id == row || held.act.as_ref() == Some(&named.entry)).collect()
        }
    };
    if rows.is_empty() {
        return Err(no_row());
    }
    let goes = |personal: &&Personal| {
        extent == Extent::Record || rows.iter().any(|row| personal.acts.contains(&row.kind.as_str()))
    };
    let fields: Vec<(String, Blank)> =
        T::PERSONAL.iter().filter(goes).map(|personal| (personal.field.to_owned(), personal.blank)).collect();
    let mut body = serde_json::to_value(&stored.value).map_err(Error::from)?;
    blank(&mut body, &fields);
    let left: T = serde_json::from_value(body).map_err(|source| Error::Unreadable {
        table: T::TABLE.name(),
        id: id.to_owned(),
        source,
    })?;
    let head = left.head();
    let erasure = Erasure {
        act: grounds.act,
        at: ctx.now().micros(),
        reason: grounds.reason,
        rows: rows.iter().map(|row| row.id).collect(),
        blobs: if fields.is_empty() { vec![] } else { stored.value.blobs() },
        record: Blanked {
            table: T::TABLE.name().to_owned(),
            id: id.to_owned(),
            fields,
            title: head.title,
            search: head.search.to_lowercase(),
            sort_key: left.sort_key(),
        },
    };
    apply(tx, &erasure).await?;
    Ok(erasure)
}

/// Does what a line of the list says; twice is as good as once. What is not there is passed over.
async fn apply(tx: &mut Tx, erasure: &Erasure) -> Result<(), Failure> {
    for row in &erasure.rows {
        tx.run("update ledger set event = null, salt = null where id = $1", vec![row.to_string().into()]).await?;
        tx.run(
            "insert into erased_row (ledger_id, act) values ($1, $2) on conflict (ledger_id) do nothing",
            vec![row.to_string().into(), erasure.act.to_string().into()],
        )
        .await?;
    }
    let Blanked { id, fields, title, search, sort_key, .. } = &erasure.record;
    let table = table(&erasure.record.table)?;
    if !fields.is_empty()
        && let Some(row) = tx.one(&format!("select body from {table} where id = $1"), vec![id.clone().into()]).await?
    {
        let body: String = row.try_get("", "body").map_err(Error::from)?;
        let unreadable = |source| Error::Unreadable { table: table.name(), id: id.clone(), source };
        let mut body: serde_json::Value = serde_json::from_str(&body).map_err(unreadable)?;
        blank(&mut body, fields);
        // The version moves on: nobody writes back what was read before.
        tx.run(
            &format!(
                "update {table} set body = $1, title = $2, search = $3, sort_key = $4, version = version + 1 where id = $5"
            ),
            vec![
                body.to_string().into(),
                title.clone().into(),
                search.clone().into(),
                sort_key.clone().into(),
                id.clone().into(),
            ],
        )
        .await?;
    }
    for hash in &erasure.blobs {
        if !used_elsewhere(tx, hash, id).await? {
            tx.run("delete from blob where hash = $1", vec![hash.clone().into()]).await?;
        }
    }
    let line = serde_json::to_string(erasure).map_err(Error::from)?;
    tx.run(
        "insert into erasure_list (act, at, reason, line) values ($1, $2, $3, $4) on conflict (act) do nothing",
        vec![erasure.act.to_string().into(), erasure.at.into(), erasure.reason.clone().into(), line.into()],
    )
    .await?;
    Ok(())
}

/// Only names that this crate knows ever become part of a statement.
fn table(name: &str) -> Result<Table, Failure> {
    let known = TABLES.iter().find(|table| table.name() == name).copied();
    Ok(known.ok_or_else(|| Error::Missing(format!("the table {name} of an erasure")))?)
}

/// Ended records, those that were changed longest ago first: the instant of that change and the id. At most 200, after one of them.
pub async fn oldest<T: Erasable>(app: &App, after: Option<&(i64, String)>) -> Result<Vec<(i64, String)>, Failure> {
    let (at, id) = after.cloned().unwrap_or((i64::MIN, String::new()));
    let mut values: Vec<Value> = vec![at.into(), id.into()];
    let states: Vec<String> = T::FINAL
        .iter()
        .map(|state| {
            values.push((*state).into());
            format!("${}", values.len())
        })
        .collect();
    let ended = if states.is_empty() { "1 = 1".to_owned() } else { format!("state in ({})", states.join(", ")) };
    let sql = format!(
        "select changed_at, id from {} where (changed_at > $1 or (changed_at = $1 and id > $2)) and {ended} \
         order by changed_at, id limit 200",
        T::TABLE
    );
    let rows = app.db.reader().all(&sql, values).await?;
    let read = |row: &sea_orm::QueryResult| Ok((row.try_get("", "changed_at")?, row.try_get("", "id")?));
    rows.iter().map(read).collect::<Result<_, Error>>().map_err(Failure::from)
}

/// The same bytes may be those of another record.
async fn used_elsewhere(tx: &mut Tx, hash: &str, id: &str) -> Result<bool, Failure> {
    for table in TABLES {
        let sql = format!("select id from {table} where {{contains}}(body, $1) > 0 and id <> $2 limit 1");
        if tx.one(&sql, vec![hash.into(), id.into()]).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn blank(body: &mut serde_json::Value, fields: &[(String, Blank)]) {
    for (field, left) in fields {
        if let Some(place) = body.pointer_mut(field)
            && !place.is_null()
        {
            *place = match left {
                Blank::Text => ERASED.into(),
                Blank::Nothing => serde_json::Value::Null,
                Blank::Empty => serde_json::Value::Array(vec![]),
            };
        }
    }
}

/// After the commit: the database gives up the bytes it still has of what was overwritten, and the list is written to its file. On
/// `PostgreSQL` the log of the server, its standbys and its backups keep them until they are recycled.
pub async fn destroy(app: &App) -> Result<(), ListError> {
    let db = app.db.writer();
    if app.db.kind() == "postgres" {
        for table in TABLES.iter().map(|table| table.name()).chain(["ledger", "blob"]) {
            db.run(&format!("vacuum {table}"), vec![]).await.map_err(|error| ListError::Store(error.into()))?;
        }
    } else {
        Executor::all(db, "pragma wal_checkpoint(truncate)", vec![]).await.map_err(ListError::Store)?;
    }
    write_out(app).await
}

/// How many lines the list has.
pub async fn listed(app: &App) -> Result<i64, Error> {
    let row = app.db.reader().one("select count(*) as n from erasure_list", vec![]).await?;
    Ok(row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default())
}

/// The trace of a row whose event is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// When, why, and the place of the act in the log, where that is known; `None` where nobody erased it by the rules.
    pub by: Option<(Timestamp, String, Option<i64>)>,
}

impl Trace {
    pub(crate) async fn of(db: &impl Executor, row: &str) -> Result<Self, Error> {
        let sql = "select l.at as at, l.reason as reason, a.idx as idx from erased_row e join erasure_list l on l.act = e.act \
                   left join ledger a on a.id = e.act where e.ledger_id = $1";
        let Some(row) = db.one(sql, vec![Value::from(row)]).await? else { return Ok(Self { by: None }) };
        let at = Timestamp::from_micros(row.try_get("", "at")?);
        Ok(Self { by: Some((at, row.try_get("", "reason")?, row.try_get("", "idx")?)) })
    }

    /// The sentence that stands in the place of the row's.
    pub fn text(&self) -> String {
        match &self.by {
            Some((at, reason, act)) => {
                let act = act.map(|act| format!("，见存证 #{act}")).unwrap_or_default();
                format!("本条内容已于{}依法删除，理由：{reason}{act}", chinese(at.local_date()))
            }
            None => "本条内容缺失，且没有依法删除的手续，请核查".to_owned(),
        }
    }
}

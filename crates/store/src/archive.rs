//! The database as lines of JSON, and back: a picture of one moment while others write, that goes into an empty database of either kind.
//!
//! A line is one row, an array in the order of the columns: text, whole number, bytes in hexadecimal, or null. Tables and columns are those of the
//! database's own catalogue, so a new migration is carried without a word here.

use crate::{Db, DbTrouble, Error, Executor, Tx, schema};
use sea_orm::{
    AccessMode, DatabaseTransaction, DbBackend, IsolationLevel, QueryResult, TransactionOptions, TransactionTrait,
    Value,
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Sign-ins do not come back with a backup: one that was ended would live again. What commands do beside the server is not done beside another.
const NOT_KEPT: &[&str] = &["session", "sign_in_step", "migration", "under_way"];
/// Rows that are read, or written, at once.
const ROWS: usize = 100;
/// The same for exact bytes, which may be of 20 MB each.
const BLOBS: usize = 4;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number of 64 bits.
    Number,
    /// Bytes.
    Bytes,
}

/// A table as the catalogue of the database describes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Its name.
    pub table: String,
    /// Its columns with what they hold, in order.
    pub columns: Vec<(String, Kind)>,
    /// The columns of the primary key, by their places.
    pub key: Vec<usize>,
}

/// The database does not take, or give, what an archive needs.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
    /// There is something in it.
    #[error("目标数据库不是空的（表 {0} 中已有内容）；请恢复到空的数据库，或者先另行保存并清空它")]
    NotEmpty(String),
    /// The archive was made by a later version.
    #[error("备份的数据库结构（{0}）是本程序不认识的；请用不早于备份时的版本恢复")]
    Newer(String),
    /// A table does not look as this version makes it.
    #[error("备份中的表 {0} 与本程序的表结构不同；请用备份时的版本恢复，再升级")]
    Shape(String),
    /// A line is not a row of its table.
    #[error("表 {table} 的第{line}行不是该表的记录；备份已损坏，请换用另一份")]
    Line {
        /// The table.
        table: String,
        /// The line, from 1.
        line: usize,
    },
}

impl ArchiveError {
    /// What an operator can mend, where it is that.
    pub fn trouble(&self) -> Option<DbTrouble> {
        if let Self::Store(error) = self { DbTrouble::of(error) } else { None }
    }
}

impl From<sea_orm::DbErr> for ArchiveError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Store(error.into())
    }
}

/// One moment of the database, read while others write.
pub struct Snapshot {
    tx: DatabaseTransaction,
    migrations: Vec<String>,
    shapes: Vec<Shape>,
}

impl Snapshot {
    /// Takes it. What is committed afterwards is not in it; nobody waits for it.
    pub async fn take(db: &Db) -> Result<Self, ArchiveError> {
        let reader = db.reader();
        let postgres = db.kind() == "postgres";
        let options = TransactionOptions {
            isolation_level: postgres.then_some(IsolationLevel::RepeatableRead),
            access_mode: postgres.then_some(AccessMode::ReadOnly),
            sqlite_transaction_mode: None,
        };
        let tx = reader.begin_with_options(options).await?;
        let backend = if postgres { DbBackend::Postgres } else { DbBackend::Sqlite };
        let shapes = shapes(&tx, backend).await?;
        let rows = Executor::all(&tx, "select name from migration order by name", vec![]).await?;
        let migrations = rows.iter().map(|row| row.try_get("", "name")).collect::<Result<_, _>>()?;
        Ok(Self { tx, migrations, shapes })
    }

    /// The steps of the schema that were done.
    pub fn migrations(&self) -> &[String] {
        &self.migrations
    }

    /// Its tables, those first that others refer to.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The checkpoint of the log that was signed last.
    pub async fn checkpoint(&self) -> Result<Option<String>, ArchiveError> {
        if !self.shapes.iter().any(|shape| shape.table == "log_checkpoint") {
            return Ok(None);
        }
        let sql = "select note from log_checkpoint order by size desc limit 1";
        let Some(row) = Executor::one(&self.tx, sql, vec![]).await? else { return Ok(None) };
        let note: Vec<u8> = row.try_get("", "note")?;
        Ok(Some(String::from_utf8(note).map_err(|_| Error::Missing("a readable checkpoint".into()))?))
    }

    /// The next rows of a table after the line that was last, as lines; none at its end.
    pub async fn lines(&self, shape: &Shape, last: Option<&str>) -> Result<Vec<String>, ArchiveError> {
        let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
        let key: Vec<&str> = shape.key.iter().map(|place| names[*place]).collect();
        let key = key.join(", ");
        let mut values = Vec::new();
        let after = match last {
            None => String::new(),
            Some(line) => {
                let row = values_of(shape, line).ok_or_else(|| broken(shape, 0))?;
                values.extend(shape.key.iter().map(|place| row[*place].clone()));
                let marks: Vec<String> = (1..=values.len()).map(|n| format!("${n}")).collect();
                format!("where ({key}) > ({})", marks.join(", "))
            }
        };
        let limit = rows_at_once(shape);
        let sql = format!("select {} from {} {after} order by {key} limit {limit}", names.join(", "), shape.table);
        let rows = Executor::all(&self.tx, &sql, values).await?;
        rows.iter().map(|row| line_of(shape, row)).collect()
    }
}

fn rows_at_once(shape: &Shape) -> usize {
    if shape.table == "blob" { BLOBS } else { ROWS }
}

fn broken(shape: &Shape, line: usize) -> ArchiveError {
    ArchiveError::Line { table: shape.table.clone(), line }
}

fn line_of(shape: &Shape, row: &QueryResult) -> Result<String, ArchiveError> {
    let mut cells = Vec::with_capacity(shape.columns.len());
    for (name, kind) in &shape.columns {
        cells.push(match kind {
            Kind::Text => row.try_get::<Option<String>>("", name)?.map(Json::from),
            Kind::Number => row.try_get::<Option<i64>>("", name)?.map(Json::from),
            Kind::Bytes => row.try_get::<Option<Vec<u8>>>("", name)?.map(|bytes| hex::encode(bytes).into()),
        });
    }
    Ok(serde_json::to_string(&cells).map_err(Error::from)?)
}

fn values_of(shape: &Shape, line: &str) -> Option<Vec<Value>> {
    let cells: Vec<Json> = serde_json::from_str(line).ok()?;
    if cells.len() != shape.columns.len() {
        return None;
    }
    let value = |(cell, (_, kind)): (Json, &(String, Kind))| {
        Some(match (kind, cell) {
            (Kind::Text, Json::Null) => None::<String>.into(),
            (Kind::Number, Json::Null) => None::<i64>.into(),
            (Kind::Bytes, Json::Null) => None::<Vec<u8>>.into(),
            (Kind::Text, Json::String(text)) => text.into(),
            (Kind::Number, Json::Number(number)) => number.as_i64()?.into(),
            (Kind::Bytes, Json::String(digits)) => hex::decode(digits).ok()?.into(),
            _ => return None,
        })
    };
    cells.into_iter().zip(&shape.columns).map(value).collect()
}

/// The tables of the database in the order they were made.
async fn shapes(db: &impl Executor, backend: DbBackend) -> Result<Vec<Shape>, ArchiveError> {
    let tables = match backend {
        DbBackend::Postgres => {
            "select relname::text as name from pg_class \
             where relkind = 'r' and relnamespace = current_schema()::regnamespace order by oid"
        }
        _ => "select name from sqlite_master where type = 'table' and name not like 'sqlite%' order by rowid",
    };
    let mut shapes = Vec::new();
    for row in db.all(tables, vec![]).await? {
        let table: String = row.try_get("", "name")?;
        if !NOT_KEPT.contains(&table.as_str()) {
            shapes.push(shape(db, backend, table).await?);
        }
    }
    Ok(shapes)
}

async fn shape(db: &impl Executor, backend: DbBackend, table: String) -> Result<Shape, ArchiveError> {
    let columns = match backend {
        DbBackend::Postgres => {
            "select a.attname::text as name, format_type(a.atttypid, null) as type, \
             coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)::bigint as place from pg_attribute a \
             left join pg_index i on i.indrelid = a.attrelid and i.indisprimary \
             where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum"
        }
        _ => "select name, lower(type) as type, pk as place from pragma_table_info($1) order by cid",
    };
    let mut shape = Shape { table, columns: vec![], key: vec![] };
    let mut key = Vec::new();
    for (index, row) in db.all(columns, vec![shape.table.clone().into()]).await?.iter().enumerate() {
        let (name, held): (String, String) = (row.try_get("", "name")?, row.try_get("", "type")?);
        let kind = match held.as_str() {
            "text" => Kind::Text,
            "bigint" => Kind::Number,
            "bytea" | "blob" => Kind::Bytes,
            _ => return Err(ArchiveError::Shape(shape.table)),
        };
        let place: i64 = row.try_get("", "place")?;
        if place > 0 {
            key.push((place, index));
        }
        shape.columns.push((name, kind));
    }
    key.sort_unstable();
    shape.key = key.into_iter().map(|(_, index)| index).collect();
    if shape.key.is_empty() { Err(ArchiveError::Shape(shape.table)) } else { Ok(shape) }
}

/// An empty database that takes an archive, all of it or nothing.
pub struct Filling {
    tx: Tx,
    shapes: Vec<Shape>,
}

impl Filling {
    /// Whether a database could be filled, before anything is written to it.
    pub async fn possible(db: &Db, migrations: &[String]) -> Result<(), ArchiveError> {
        if let Some(unknown) = migrations.iter().find(|name| !schema::names().any(|known| known == name.as_str())) {
            return Err(ArchiveError::Newer(unknown.clone()));
        }
        for shape in shapes(db.reader(), db.reader().get_database_backend()).await? {
            let rows = format!("select 1 as one from {} limit 1", shape.table);
            // The one row of this table comes with the schema.
            if shape.table != "log_state" && db.reader().one(&rows, vec![]).await?.is_some() {
                return Err(ArchiveError::NotEmpty(shape.table));
            }
        }
        Ok(())
    }

    /// Makes the schema that the archive was made from, and begins.
    pub async fn begin(db: &Db, migrations: &[String], wanted: &[Shape]) -> Result<Self, ArchiveError> {
        Self::possible(db, migrations).await?;
        schema::migrate_through(db, |name| migrations.iter().any(|done| done == name)).await?;
        let tx = db.begin().await?;
        let shapes = shapes(&tx, db.reader().get_database_backend()).await?;
        for shape in wanted {
            // Names of tables and columns come from the catalogue, never from the archive.
            if !shapes.contains(shape) {
                return Err(ArchiveError::Shape(shape.table.clone()));
            }
        }
        tx.run("delete from log_state", vec![]).await?;
        Ok(Self { tx, shapes })
    }

    /// Takes lines of a table; how many.
    pub async fn take(&self, table: &str, lines: &[&str]) -> Result<u64, ArchiveError> {
        let shape = self.shapes.iter().find(|shape| shape.table == table);
        let shape = shape.ok_or_else(|| ArchiveError::Shape(table.to_owned()))?;
        let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
        let mut taken = 0;
        for (at, part) in lines.chunks(rows_at_once(shape)).enumerate() {
            let mut values = Vec::with_capacity(part.len() * names.len());
            let mut rows = Vec::with_capacity(part.len());
            for (line, text) in part.iter().enumerate() {
                let row = values_of(shape, text);
                let row = row.ok_or_else(|| broken(shape, at * rows_at_once(shape) + line + 1))?;
                let marks: Vec<String> = (1..=row.len()).map(|n| format!("${}", values.len() + n)).collect();
                rows.push(format!("({})", marks.join(", ")));
                values.extend(row);
            }
            let sql = format!("insert into {table} ({}) values {}", names.join(", "), rows.join(", "));
            taken += self.tx.run(&sql, values).await?;
        }
        Ok(taken)
    }

    /// Makes all of it durable.
    pub async fn commit(self) -> Result<(), ArchiveError> {
        Ok(self.tx.commit().await?)
    }
}

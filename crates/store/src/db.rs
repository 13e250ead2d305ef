//! Connections. SQLite has one writer and a pool of readers that cannot write; PostgreSQL has one pool.

use crate::{DbTrouble, Error};
use sea_orm::sqlx::postgres::PgPoolOptions;
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{self, Connection as _};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, QueryResult, SqliteTransactionMode,
    SqlxPostgresConnector, SqlxSqliteConnector, Statement, TransactionOptions, TransactionTrait, Value,
};
use std::path::Path;
use std::time::Duration;

/// The database of an instance.
#[derive(Clone, Debug)]
pub struct Db {
    writer: DatabaseConnection,
    reader: DatabaseConnection,
}

/// The database cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("the database cannot be opened: {place}")]
pub struct OpenError {
    place: String,
    #[source]
    source: sqlx::Error,
}

impl OpenError {
    /// What an operator can do about it.
    pub fn trouble(&self) -> Option<DbTrouble> {
        DbTrouble::of_sqlx(&self.source)
    }
}

/// Whether a connection may be used again. On a full disk SQLite takes a transaction back by itself; the rollback after it fails, and the driver
/// goes on as if it were still in that transaction: what is committed then is a part of it, seen by nobody and lost with the connection. Such
/// a connection is closed.
async fn is_clean(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may still be under way; this waits behind it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

impl Db {
    /// Opens or creates a SQLite file. WAL, `synchronous=FULL`, foreign keys; readers are `query_only`.
    pub async fn sqlite(path: &Path) -> Result<Self, OpenError> {
        Self::sqlite_synced(path, SqliteSynchronous::Full).await
    }

    /// A SQLite file that is being made and counts only once it is finished: nothing in it is durable before
    /// [`Db::finish`], which is what makes it fast.
    pub async fn sqlite_unfinished(path: &Path) -> Result<Self, OpenError> {
        Self::sqlite_synced(path, SqliteSynchronous::Off).await
    }

    /// Brings everything into the database's file; the caller syncs that file and opens it anew.
    pub async fn finish(self) -> Result<(), Error> {
        if self.kind() == "sqlite" {
            Executor::all(&self.writer, "pragma wal_checkpoint(truncate)", vec![]).await?;
        }
        self.reader.close().await?;
        self.writer.close().await?;
        Ok(())
    }

    async fn sqlite_synced(path: &Path, synchronous: SqliteSynchronous) -> Result<Self, OpenError> {
        let fail = |source| OpenError { place: path.display().to_string(), source };
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(synchronous)
            .foreign_keys(true)
            // What is erased or overwritten does not stay on in free pages.
            .pragma("secure_delete", "on")
            // What a statement may have to take back waits in memory, not in a file beside.
            .pragma("temp_store", "memory")
            .busy_timeout(Duration::from_secs(10));
        let pool = |connections| {
            SqlitePoolOptions::new()
                .max_connections(connections)
                .after_release(|connection, _| Box::pin(is_clean(connection)))
        };
        let writer = pool(1).connect_with(options.clone()).await.map_err(fail)?;
        let reader = pool(4).connect_with(options.pragma("query_only", "on")).await.map_err(fail)?;
        Ok(Self {
            writer: SqlxSqliteConnector::from_sqlx_sqlite_pool(writer),
            reader: SqlxSqliteConnector::from_sqlx_sqlite_pool(reader),
        })
    }

    /// Connects to PostgreSQL.
    pub async fn postgres(url: &str) -> Result<Self, OpenError> {
        // The address may carry a password: it is never shown.
        let fail = |source| OpenError { place: "PostgreSQL".into(), source };
        let pool = PgPoolOptions::new().max_connections(16).connect(url).await.map_err(fail)?;
        let db = SqlxPostgresConnector::from_sqlx_postgres_pool(pool);
        Ok(Self { writer: db.clone(), reader: db })
    }

    /// Starts a writing transaction (`BEGIN IMMEDIATE` on SQLite).
    pub async fn begin(&self) -> Result<Tx, Error> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Tx(self.writer.begin_with_options(options).await?))
    }

    /// The connection that reads.
    pub fn reader(&self) -> &DatabaseConnection {
        &self.reader
    }

    /// The connection that writes; acts use [`Db::begin`].
    pub(crate) fn writer(&self) -> &DatabaseConnection {
        &self.writer
    }

    /// `sqlite` or `postgres`.
    pub fn kind(&self) -> &'static str {
        match self.writer.get_database_backend() {
            DbBackend::Postgres => "postgres",
            _ => "sqlite",
        }
    }

    /// Settings that durability rests on, read back from every pooled connection.
    pub async fn durability(&self) -> Result<Vec<(String, String)>, Error> {
        let names: &[&str] = match self.kind() {
            "postgres" => &["fsync", "synchronous_commit", "full_page_writes"],
            _ => &["journal_mode", "synchronous", "foreign_keys", "query_only"],
        };
        let mut settings = Vec::new();
        for (pool, connections) in [(&self.writer, 1), (&self.reader, 4)] {
            // Transactions held open together are so many different connections.
            let mut held = Vec::new();
            for _ in 0..connections {
                held.push(pool.begin().await?);
            }
            for connection in &held {
                for name in names {
                    let verb = if self.kind() == "postgres" { "show" } else { "pragma" };
                    let row = Executor::all(connection, &format!("{verb} {name}"), vec![]).await?;
                    let value = row.first().map(|row| {
                        row.try_get_by_index::<String>(0)
                            .or_else(|_| row.try_get_by_index::<i64>(0).map(|n| n.to_string()))
                    });
                    settings.push(((*name).to_owned(), value.transpose()?.unwrap_or_default()));
                }
            }
        }
        Ok(settings)
    }
}

/// A writing transaction; dropped without commit it never happened.
pub struct Tx(DatabaseTransaction);

impl Tx {
    /// Makes everything in it durable.
    pub async fn commit(self) -> Result<(), Error> {
        Ok(self.0.commit().await?)
    }
}

/// Runs `$1` statements; the same text on both databases.
///
/// `{text}`, `{blob}` and `{contains}` in a statement stand for what the databases call differently; `{loose}` before a
/// column keeps SQLite from choosing an index by it (PostgreSQL knows how often each value occurs and chooses well).
pub trait Executor {
    /// The rows of a query.
    fn all(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Vec<QueryResult>, Error>> + Send;
    /// The first row of a query.
    fn one(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<Option<QueryResult>, Error>> + Send;
    /// Runs a statement; how many rows it touched. Unique violations come back as the raw error.
    fn run(&self, sql: &str, values: Vec<Value>) -> impl Future<Output = Result<u64, sea_orm::DbErr>> + Send;
}

/// Values of a statement, far below what either database takes.
const VALUES: usize = 9_000;

/// Inserts rows of these columns, many in a statement. No ledger row is written: records are added by [`crate::records`].
pub async fn insert_rows(tx: &Tx, table: &str, columns: &str, mut rows: Vec<Vec<Value>>) -> Result<(), sea_orm::DbErr> {
    let width = columns.split(',').count();
    assert!(rows.iter().all(|row| row.len() == width), "{table}: {width} columns");
    // SQLite takes `$1` for a name, and looks through all names for each value; where there are thousands, that takes longer than anything else.
    let is_named = tx.0.get_database_backend() == DbBackend::Sqlite;
    let place = |at: usize| if is_named { "?".to_owned() } else { format!("${}", at + 1) };
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(VALUES / width));
        let places = |row: usize| (0..width).map(|at| place(row * width + at)).collect::<Vec<_>>().join(", ");
        let all: Vec<String> = (0..rows.len()).map(|row| format!("({})", places(row))).collect();
        let sql = format!("insert into {table} ({columns}) values {}", all.join(", "));
        tx.run(&sql, std::mem::replace(&mut rows, rest).into_iter().flatten().collect()).await?;
    }
    Ok(())
}

fn render(backend: DbBackend, sql: &str) -> String {
    let words: [(&str, &str); 4] = match backend {
        DbBackend::Postgres => {
            [("{text}", "text collate \"C\""), ("{blob}", "bytea"), ("{contains}", "strpos"), ("{loose}", "")]
        }
        _ => [("{text}", "text"), ("{blob}", "blob"), ("{contains}", "instr"), ("{loose}", "+")],
    };
    words.iter().fold(sql.to_owned(), |sql, (mark, word)| sql.replace(mark, word))
}

impl<C: ConnectionTrait + Send + Sync> Executor for C {
    async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, Error> {
        let backend = self.get_database_backend();
        Ok(self.query_all_raw(Statement::from_sql_and_values(backend, render(backend, sql), values)).await?)
    }

    async fn one(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, Error> {
        let backend = self.get_database_backend();
        Ok(self.query_one_raw(Statement::from_sql_and_values(backend, render(backend, sql), values)).await?)
    }

    async fn run(&self, sql: &str, values: Vec<Value>) -> Result<u64, sea_orm::DbErr> {
        let backend = self.get_database_backend();
        let done = self.execute_raw(Statement::from_sql_and_values(backend, render(backend, sql), values)).await?;
        Ok(done.rows_affected())
    }
}

impl Executor for Tx {
    async fn all(&self, sql: &str, values: Vec<Value>) -> Result<Vec<QueryResult>, Error> {
        Executor::all(&self.0, sql, values).await
    }
    async fn one(&self, sql: &str, values: Vec<Value>) -> Result<Option<QueryResult>, Error> {
        Executor::one(&self.0, sql, values).await
    }
    async fn run(&self, sql: &str, values: Vec<Value>) -> Result<u64, sea_orm::DbErr> {
        Executor::run(&self.0, sql, values).await
    }
}

//! How many records there are of each kind, counted by the database from its indexes and never by reading records.

use super::{Filter, Record, conditions, counting};
use crate::{Ctx, Error, Executor, Failure, scope};
use std::collections::BTreeMap;
use xingjian_kernel::{LocalDate, Timestamp};

/// What is counted apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// States.
    State,
    /// The last two characters of the title, where what is counted ends it.
    TitleEnd,
}

impl By {
    fn key(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::TitleEnd => "substr(title, length(title) - 1)",
        }
    }
}

/// Counts the records in scope, each kind apart; a kind without records is absent.
pub async fn tally<T: Record>(ctx: &Ctx, filter: &Filter, by: By) -> Result<BTreeMap<String, u64>, Failure> {
    let (conditions, values) = conditions::<T>(ctx, counting(filter), filter);
    let key = by.key();
    let sql = format!("select {key} as k, count(*) as n from {} where {conditions} group by {key}", T::TABLE);
    #[cfg(feature = "testkit")]
    ctx.app.note(&sql, &values);
    let rows = ctx.app.db.reader().all(&sql, values).await?;
    let read = |row: &sea_orm::QueryResult| -> Result<(String, u64), Failure> {
        let n: i64 = row.try_get("", "n").map_err(Error::from)?;
        Ok((row.try_get("", "k").map_err(Error::from)?, n.unsigned_abs()))
    };
    rows.iter().map(read).collect()
}

/// Ids and titles of all records in scope: what is looked up by name needs no more of them.
pub async fn titles<T: Record>(ctx: &Ctx) -> Result<Vec<(String, String)>, Failure> {
    let mut values = vec![];
    let scope = scope::clause(ctx, T::TABLE.name(), "list", &mut values);
    let sql = format!("select id, title from {} where {scope}", T::TABLE);
    let rows = ctx.app.db.reader().all(&sql, values).await?;
    let read = |row: &sea_orm::QueryResult| -> Result<(String, String), Failure> {
        Ok((row.try_get("", "id").map_err(Error::from)?, row.try_get("", "title").map_err(Error::from)?))
    };
    rows.iter().map(read).collect()
}

/// The day on which the first record in scope came to be.
pub async fn first_day<T: Record>(ctx: &Ctx) -> Result<Option<LocalDate>, Failure> {
    let mut values = vec![];
    let scope = scope::clause(ctx, T::TABLE.name(), "list", &mut values);
    let sql = format!("select created_at as t from {} where {scope} order by created_at limit 1", T::TABLE);
    #[cfg(feature = "testkit")]
    ctx.app.note(&sql, &values);
    let row = ctx.app.db.reader().one(&sql, values).await?;
    let at: Option<i64> = row.map(|row| row.try_get("", "t")).transpose().map_err(Error::from)?;
    Ok(at.map(|at| Timestamp::from_micros(at).local_date()))
}

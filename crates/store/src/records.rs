//! Resources: one JSON document each (a state enum carries its data), beside the columns that lists filter and
//! sort by. Every change writes its ledger row in the same call, so none can be forgotten.

mod tally;

pub use tally::{By, first_day, tally, titles};

use crate::ledger::{self, Act, Event};
use crate::schema::Table;
use crate::{Ctx, Error, Executor, Failure, Tx, db, figures, scope};
use sea_orm::{QueryResult, Value};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::ops::Deref;
use std::time::Duration;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Cursor, DepartmentId, DivisionCode, LocalDate, Page, Sensitivity, SubjectRef, Timestamp};

/// A resource that the store keeps.
pub trait Record: Serialize + DeserializeOwned + Send + Sync {
    /// Its table.
    const TABLE: Table;
    /// States after which nothing more is to be done.
    const FINAL: &'static [&'static str] = &[];
    /// What lists filter and sort by.
    fn head(&self) -> Head;
    /// Sort key of lists by title; pinyin where the title is Chinese.
    fn sort_key(&self) -> String {
        self.head().title
    }
    /// Departments that take part beside the one that owns it: they see it whatever its sensitivity.
    fn shared(&self) -> Vec<DepartmentId> {
        vec![]
    }
}

/// The columns beside the document.
#[derive(Clone, Debug)]
pub struct Head {
    /// The id.
    pub id: String,
    /// Where it belongs.
    pub division: DivisionCode,
    /// Department that owns it.
    pub department: DepartmentId,
    /// Department that handed it out.
    pub origin: DepartmentId,
    /// How sensitive it is.
    pub sensitivity: Sensitivity,
    /// Whom it is about.
    pub subject: Option<SubjectRef>,
    /// Name of the state.
    pub state: &'static str,
    /// Who must act next; `None` is the department.
    pub owner: Option<AccountId>,
    /// When the next act is due.
    pub due: Option<LocalDate>,
    /// Official or own number, unique in its table.
    pub number: Option<String>,
    /// The line a list shows.
    pub title: String,
    /// Text that searching looks into.
    pub search: String,
    /// When it came to be.
    pub created_at: Timestamp,
}

/// A value as stored, with the version that a change must have seen.
#[derive(Clone, Debug)]
pub struct Stored<T> {
    /// Counts changes from 1.
    pub version: i64,
    /// The value.
    pub value: T,
}

impl<T> Deref for Stored<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// How a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// What is due first; what has no due date last.
    #[default]
    Due,
    /// Newest first.
    Newest,
    /// By title.
    Title,
}

/// What a list shows. Every field narrows it.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// One of these states.
    pub states: Vec<String>,
    /// About this subject.
    pub subject: Option<SubjectRef>,
    /// To be done by this person.
    pub owner: Option<AccountId>,
    /// Owned by this department.
    pub department: Option<DepartmentId>,
    /// Due on this day or earlier.
    pub due_until: Option<LocalDate>,
    /// Came to be from the first of these moments until before the second.
    pub created: Option<(Timestamp, Timestamp)>,
    /// Contains this text.
    pub text: Option<String>,
    /// Still to be done (`Some(true)`) or ended (`Some(false)`).
    pub open: Option<bool>,
    /// Start after this row.
    pub after: Option<Cursor>,
    /// Rows a page; 0 means 50.
    pub limit: u32,
    /// How it is sorted.
    pub order: Order,
    /// Many are counted at this moment too, and not as of a moment ago.
    pub exact: bool,
}

/// Numbers or ids asked about in one statement.
const ASKED: usize = 500;
/// Rows a page where every row is wanted.
const ALL_PAGE: u32 = 1000;
/// Rows that a page counts; one more than these means that there are more than these.
pub const COUNTED: u64 = 10_000;
/// Rows that are counted for each page. How many more there are costs more than the page, so that is counted once in a while for all who ask.
const EXACT: u64 = 1000;
const WHILE: Duration = Duration::from_secs(10);

/// Adds a record and its ledger row.
pub async fn insert<T: Record>(tx: &mut Tx, ctx: &Ctx, value: &T, event: Event) -> Result<(), Failure> {
    insert_all(tx, vec![(ctx, value, event)]).await
}

/// Adds records and their ledger rows, many in a statement.
pub async fn insert_all<T: Record>(tx: &mut Tx, all: Vec<(&Ctx, &T, Event)>) -> Result<(), Failure> {
    let mut rows = vec![];
    let mut acts = vec![];
    let heads: Vec<(Head, String)> = all.iter().map(|(_, value, _)| (value.head(), sharing(*value))).collect();
    for ((ctx, value, event), (head, shared)) in all.into_iter().zip(&heads) {
        let mut row = columns(value, head)?;
        let (created, changed) = (head.created_at.micros(), ctx.now().micros());
        row.extend([Value::from(head.id.clone()), 1i64.into(), created.into(), changed.into()]);
        rows.push(row);
        acts.push(Act { ctx, table: T::TABLE, head, shared, event });
    }
    db::insert_rows(tx, T::TABLE.name(), &format!("{COLUMNS}, id, version, created_at, changed_at"), rows).await?;
    ledger::append(tx, acts).await
}

/// Changes a record that the caller saw at version `seen`, and writes its ledger row; returns the new version.
pub async fn save<T: Record>(tx: &mut Tx, ctx: &Ctx, value: &T, seen: i64, event: Event) -> Result<i64, Failure> {
    let head = value.head();
    let mut values = columns(value, &head)?;
    values.extend([Value::from(ctx.now().micros()), head.id.clone().into(), seen.into()]);
    // The clause reads the row as it is stored, before this change: what was not seen cannot be moved into sight.
    let scope = scope::clause(ctx, T::TABLE.name(), "save", &mut values);
    let touched = tx
        .run(
            &format!(
                "update {} set division = $1, department = $2, origin = $3, shared = $4, sensitivity = $5, \
                 subject = $6, state = $7, owner = $8, due = $9, number = $10, title = $11, search = $12, \
                 sort_key = $13, body = $14, version = version + 1, changed_at = $15 \
                 where id = $16 and version = $17 and {scope}",
                T::TABLE
            ),
            values,
        )
        .await?;
    if touched == 0 {
        return Err(Failure::Conflict);
    }
    let act = Act { ctx, table: T::TABLE, head: &head, shared: &sharing(value), event };
    ledger::append(tx, vec![act]).await?;
    Ok(seen + 1)
}

/// Reads a record in scope.
pub async fn get<T: Record>(ctx: &Ctx, id: impl ToString + Send) -> Result<Option<Stored<T>>, Failure> {
    fetch(ctx.app.db.reader(), ctx, "get", "id", id.to_string()).await
}

/// Reads a record in scope, inside a transaction.
pub async fn get_in<T: Record>(tx: &mut Tx, ctx: &Ctx, id: impl ToString + Send) -> Result<Option<Stored<T>>, Failure> {
    fetch(&*tx, ctx, "get", "id", id.to_string()).await
}

/// Reads a record that must be there.
pub async fn must<T: Record>(ctx: &Ctx, id: impl ToString + Send) -> Result<Stored<T>, Failure> {
    get(ctx, id).await?.ok_or(Failure::NotFound)
}

/// Reads a record that must be there, inside a transaction.
pub async fn must_in<T: Record>(tx: &mut Tx, ctx: &Ctx, id: impl ToString + Send) -> Result<Stored<T>, Failure> {
    get_in(tx, ctx, id).await?.ok_or(Failure::NotFound)
}

/// Reads a record that must be there and keeps it from changing until the transaction ends, so that people who act on it in the
/// same moment come one after the other, each on what the one before left.
pub async fn hold_in<T: Record>(tx: &mut Tx, ctx: &Ctx, id: impl ToString + Send) -> Result<Stored<T>, Failure> {
    let id = id.to_string();
    // Touching the row takes its lock on both databases.
    tx.run(&format!("update {} set version = version where id = $1", T::TABLE.name()), vec![id.clone().into()]).await?;
    must_in(tx, ctx, id).await
}

/// Reads those of these records that are in scope, many at once; in no order.
pub async fn of_ids<T: Record>(ctx: &Ctx, ids: &[String]) -> Result<Vec<Stored<T>>, Failure> {
    any_of(ctx.app.db.reader(), ctx, "get", "id", ids).await
}

/// Reads the records in scope that have one of these sort keys; in no order.
pub async fn of_keys<T: Record>(ctx: &Ctx, keys: &[String]) -> Result<Vec<Stored<T>>, Failure> {
    any_of(ctx.app.db.reader(), ctx, "list", "sort_key", keys).await
}

/// Reads a record by its number.
pub async fn by_number<T: Record>(ctx: &Ctx, number: &str) -> Result<Option<Stored<T>>, Failure> {
    fetch(ctx.app.db.reader(), ctx, "by_number", "number", number.to_owned()).await
}

/// Reads a record by its number, inside a transaction.
pub async fn by_number_in<T: Record>(tx: &mut Tx, ctx: &Ctx, number: &str) -> Result<Option<Stored<T>>, Failure> {
    fetch(&*tx, ctx, "by_number", "number", number.to_owned()).await
}

/// Reads those records in scope that have one of these numbers, inside a transaction; in no order.
pub async fn of_numbers_in<T: Record>(tx: &mut Tx, ctx: &Ctx, numbers: &[String]) -> Result<Vec<Stored<T>>, Failure> {
    any_of(&*tx, ctx, "by_number", "number", numbers).await
}

/// Those of these numbers that a record in scope has, many asked about at once.
pub async fn numbers<T: Record>(ctx: &Ctx, numbers: &[&str]) -> Result<BTreeSet<String>, Failure> {
    numbered::<T>(ctx.app.db.reader(), ctx, numbers).await
}

/// The same inside a transaction.
pub async fn numbers_in<T: Record>(tx: &mut Tx, ctx: &Ctx, numbers: &[&str]) -> Result<BTreeSet<String>, Failure> {
    numbered::<T>(&*tx, ctx, numbers).await
}

/// Lists records in scope. They are counted up to [`COUNTED`] and one more, so that a page costs the same however many there are; where there are
/// more than a thousand, it is said how many there were up to twenty seconds ago.
pub async fn list<T: Record>(ctx: &Ctx, filter: &Filter) -> Result<Page<Stored<T>>, Failure> {
    let db = ctx.app.db.reader();
    let all = || counted::<T>(db, ctx, filter, Some(COUNTED + 1));
    let total = if filter.exact {
        all().await?
    } else {
        match counted::<T>(db, ctx, filter, Some(EXACT + 1)).await? {
            few if few <= EXACT => few,
            least => least.max(*figures::counted_within(ctx, naming::<T>(filter), WHILE, all()).await?),
        }
    };
    let (rows, next) = rows(db, ctx, filter).await?;
    Ok(Page { rows, total, next })
}

/// What is counted, whichever page of it is shown.
fn naming<T: Record>(filter: &Filter) -> String {
    let whole = Filter { after: None, limit: 0, order: Order::default(), ..filter.clone() };
    format!("how many of {}: {whole:?}", T::TABLE)
}

/// Lists records in scope, inside a transaction.
pub async fn list_in<T: Record>(tx: &mut Tx, ctx: &Ctx, filter: &Filter) -> Result<Page<Stored<T>>, Failure> {
    let total = counted::<T>(&*tx, ctx, filter, Some(COUNTED + 1)).await?;
    let (rows, next) = rows(&*tx, ctx, filter).await?;
    Ok(Page { rows, total, next })
}

/// Every record in scope that the filter lets through, however many pages they fill.
pub async fn all<T: Record>(ctx: &Ctx, filter: &Filter) -> Result<Vec<Stored<T>>, Failure> {
    every(ctx.app.db.reader(), ctx, filter).await
}

/// The same inside a transaction.
pub async fn all_in<T: Record>(tx: &mut Tx, ctx: &Ctx, filter: &Filter) -> Result<Vec<Stored<T>>, Failure> {
    every(&*tx, ctx, filter).await
}

async fn every<T: Record>(db: &impl Executor, ctx: &Ctx, filter: &Filter) -> Result<Vec<Stored<T>>, Failure> {
    let mut filter = Filter { after: None, limit: ALL_PAGE, ..filter.clone() };
    let mut all = vec![];
    loop {
        let (rows, next) = rows(db, ctx, &filter).await?;
        all.extend(rows);
        filter.after = next;
        if filter.after.is_none() {
            return Ok(all);
        }
    }
}

/// Every record in scope that came to be since then, newest first. Ids are in the order of time, so nothing is sorted and little that is older is read.
pub async fn since<T: Record>(ctx: &Ctx, from: Timestamp) -> Result<Vec<Stored<T>>, Failure> {
    let mut filter = Filter { order: Order::Newest, limit: ALL_PAGE, ..Filter::default() };
    let mut all: Vec<Stored<T>> = vec![];
    loop {
        let (rows, next) = rows(ctx.app.db.reader(), ctx, &filter).await?;
        all.extend(rows);
        let older = all.last().is_some_and(|last| last.head().created_at < from);
        filter.after = next.filter(|_| !older);
        if filter.after.is_none() {
            all.retain(|record| record.head().created_at >= from);
            return Ok(all);
        }
    }
}

/// The first records of a list, uncounted: what a page has room for, however many there are.
pub async fn first<T: Record>(ctx: &Ctx, filter: &Filter) -> Result<Vec<Stored<T>>, Failure> {
    Ok(rows(ctx.app.db.reader(), ctx, filter).await?.0)
}

/// Counts records in scope.
pub async fn count<T: Record>(ctx: &Ctx, filter: &Filter) -> Result<u64, Failure> {
    counted::<T>(ctx.app.db.reader(), ctx, filter, None).await
}

/// The column of the departments that take part: `|insurance|market|`.
fn sharing<T: Record>(value: &T) -> String {
    let shared = value.shared();
    let names = shared.iter().map(DepartmentId::as_str);
    names.fold(String::new(), |all, name| if all.is_empty() { format!("|{name}|") } else { format!("{all}{name}|") })
}

/// What [`columns`] gives, by name.
const COLUMNS: &str = "division, department, origin, shared, sensitivity, subject, state, owner, due, number, \
     title, search, sort_key, body";

fn columns<T: Record>(value: &T, head: &Head) -> Result<Vec<Value>, Failure> {
    Ok(vec![
        head.division.as_str().into(),
        head.department.as_str().into(),
        head.origin.as_str().into(),
        sharing(value).into(),
        head.sensitivity.level().into(),
        head.subject.map(|s| s.to_string()).into(),
        head.state.into(),
        head.owner.map(|o| o.to_string()).into(),
        head.due.map(|d| d.to_string()).into(),
        head.number.clone().into(),
        head.title.clone().into(),
        head.search.to_lowercase().into(),
        value.sort_key().into(),
        serde_json::to_string(value).map_err(Error::from)?.into(),
    ])
}

async fn fetch<T: Record>(
    db: &impl Executor,
    ctx: &Ctx,
    operation: &str,
    column: &'static str,
    key: String,
) -> Result<Option<Stored<T>>, Failure> {
    // PostgreSQL refuses this character in a parameter; no key has it.
    if key.contains('\0') {
        return Ok(None);
    }
    let mut values = vec![Value::from(key)];
    let scope = scope::clause(ctx, T::TABLE.name(), operation, &mut values);
    let sql = format!("select id, version, body from {} where {column} = $1 and {scope}", T::TABLE);
    db.one(&sql, values).await?.map(|row| read(&row)).transpose()
}

async fn numbered<T: Record>(db: &impl Executor, ctx: &Ctx, numbers: &[&str]) -> Result<BTreeSet<String>, Failure> {
    let mut found = BTreeSet::new();
    for some in numbers.chunks(ASKED) {
        let (clause, values) = one_of::<T>(ctx, "by_number", "number", some);
        let sql = format!("select number from {} where {clause}", T::TABLE);
        for row in db.all(&sql, values).await? {
            found.insert(row.try_get("", "number").map_err(Error::from)?);
        }
    }
    Ok(found)
}

async fn any_of<T: Record>(
    db: &impl Executor,
    ctx: &Ctx,
    operation: &str,
    column: &'static str,
    keys: &[String],
) -> Result<Vec<Stored<T>>, Failure> {
    let mut found = vec![];
    for some in keys.chunks(ASKED) {
        let (clause, values) = one_of::<T>(ctx, operation, column, some);
        let sql = format!("select id, version, body from {} where {clause}", T::TABLE);
        #[cfg(feature = "testkit")]
        ctx.app.note(&sql, &values);
        for row in db.all(&sql, values).await? {
            found.push(read(&row)?);
        }
    }
    Ok(found)
}

/// A column has one of these values, in scope.
fn one_of<T: Record>(ctx: &Ctx, operation: &str, column: &str, of: &[impl AsRef<str>]) -> (String, Vec<Value>) {
    // PostgreSQL refuses this character in a parameter; no key has it.
    let mut values: Vec<Value> = of.iter().map(|value| value.as_ref().replace('\0', "□").into()).collect();
    let places: Vec<String> = (1..=of.len()).map(|at| format!("${at}")).collect();
    let scope = scope::clause(ctx, T::TABLE.name(), operation, &mut values);
    (format!("{column} in ({}) and {scope}", places.join(", ")), values)
}

fn read<T: Record>(row: &QueryResult) -> Result<Stored<T>, Failure> {
    let id: String = row.try_get("", "id").map_err(Error::from)?;
    let version: i64 = row.try_get("", "version").map_err(Error::from)?;
    let body: String = row.try_get("", "body").map_err(Error::from)?;
    let value =
        serde_json::from_str(&body).map_err(|source| Error::Unreadable { table: T::TABLE.name(), id, source })?;
    Ok(Stored { version, value })
}

/// The conditions of a filter without its start, and their values.
fn conditions<T: Record>(ctx: &Ctx, operation: &str, filter: &Filter) -> (String, Vec<Value>) {
    let mut values = vec![];
    let mut all = vec![scope::clause(ctx, T::TABLE.name(), operation, &mut values)];
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if !filter.states.is_empty() {
        let states: Vec<String> = filter.states.iter().map(|s| bind(s.clone().into())).collect();
        all.push(format!("state in ({})", states.join(", ")));
    }
    if let Some(open) = filter.open
        && !T::FINAL.is_empty()
    {
        let states = crate::schema::listed(T::FINAL);
        all.push(if open { format!("state not in {states}") } else { format!("state in {states}") });
    }
    if let Some(subject) = filter.subject {
        all.push(format!("subject = {}", bind(subject.to_string().into())));
    }
    if let Some(owner) = filter.owner {
        all.push(format!("owner = {}", bind(owner.to_string().into())));
    }
    if let Some(department) = &filter.department {
        all.push(format!("department = {}", bind(department.as_str().into())));
    }
    if let Some(until) = filter.due_until {
        // Once for an index that counts, once in the words of the one that a page is read by.
        let until = bind(until.to_string().into());
        all.push(format!("due <= {until} and {} <= {until}", crate::schema::NEXT));
    }
    if let Some((from, before)) = filter.created {
        let (from, before) = (bind(from.micros().into()), bind(before.micros().into()));
        all.push(format!("created_at >= {from} and created_at < {before}"));
    }
    for word in filter.text.as_deref().unwrap_or_default().split_whitespace() {
        all.push(format!("{{contains}}(search, {}) > 0", bind(word.replace('\0', "□").to_lowercase().into())));
    }
    (all.join(" and "), values)
}

/// Under which name a count is bounded: one by due date, by day or of what is open is read in that order, like a page.
fn counting(filter: &Filter) -> &'static str {
    let is_in_order = filter.due_until.is_some() || filter.created.is_some() || filter.open == Some(true);
    if is_in_order { "list" } else { "count" }
}

async fn counted<T: Record>(db: &impl Executor, ctx: &Ctx, filter: &Filter, most: Option<u64>) -> Result<u64, Failure> {
    let (conditions, values) = conditions::<T>(ctx, counting(filter), filter);
    let table = T::TABLE;
    let sql = match most {
        None => format!("select count(*) as n from {table} where {conditions}"),
        Some(most) => {
            format!("select count(*) as n from (select 1 from {table} where {conditions} limit {most}) as counted")
        }
    };
    #[cfg(feature = "testkit")]
    ctx.app.note(&sql, &values);
    let row = db.one(&sql, values).await?;
    let n: i64 = row.map(|row| row.try_get("", "n")).transpose().map_err(Error::from)?.unwrap_or_default();
    Ok(n.unsigned_abs())
}

/// The rows of a page, and where the next one starts. Each order is that of an index (`schema::lists`).
async fn rows<T: Record>(
    db: &impl Executor,
    ctx: &Ctx,
    filter: &Filter,
) -> Result<(Vec<Stored<T>>, Option<Cursor>), Failure> {
    let (mut conditions, mut values) = conditions::<T>(ctx, "list", filter);
    let (key, direction, comparison) = match filter.order {
        Order::Due => (crate::schema::NEXT, "asc", ">"),
        Order::Newest => ("id", "desc", "<"),
        Order::Title => ("sort_key", "asc", ">"),
    };
    if let Some(after) = &filter.after {
        values.extend([Value::from(after.key.clone()), after.id.clone().into()]);
        let (k, id) = (values.len() - 1, values.len());
        // The first half is what an index can begin at.
        conditions =
            format!("{conditions} and {key} {comparison}= ${k} and ({key} {comparison} ${k} or id {comparison} ${id})");
    }
    let limit = if filter.limit == 0 { 50 } else { filter.limit as usize };
    // The id is a key of its own; sorting by it twice would keep SQLite from its index.
    let then = if key == "id" { String::new() } else { format!(", id {direction}") };
    let sql = format!(
        "select id, version, body, {key} as k from {} where {conditions} order by {key} {direction}{then} limit {}",
        T::TABLE,
        limit + 1
    );
    #[cfg(feature = "testkit")]
    ctx.app.note(&sql, &values);
    let found = db.all(&sql, values).await?;
    let next = if found.len() > limit {
        let last = &found[limit - 1];
        let key = last.try_get("", "k").map_err(Error::from)?;
        Some(Cursor { key, id: last.try_get("", "id").map_err(Error::from)? })
    } else {
        None
    };
    Ok((found.iter().take(limit).map(read).collect::<Result<_, _>>()?, next))
}

//! Every act is a row: typed event, actor by value, subject keys, salt and the sealed entry that becomes a leaf.
//!
//! Rows get their index after they are committed, under one lock; upper rooms follow rows in index order with a
//! cursor of their own, so a follower sees each act once and never a row that was rolled back.

mod shown;

pub use shown::{ShownRow, erased_of, is_public, shown_of};

use crate::erasure::Trace;
use crate::schema::Table;
use crate::{App, Ctx, Error, Executor, Failure, Head, Tx, db, scope};
use sea_orm::{QueryResult, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use xingjian_kernel::id::EntryId;
use xingjian_kernel::{Actor, Cursor, SubjectRef, Timestamp};
use xingjian_tlog::{Entry, SALT_LENGTH, canonical};

/// Rows that get their index in one transaction; acts wait while it is written.
pub(crate) const BATCH: usize = 2_000;

/// Rows that a follower reads at once.
const PAGE: usize = 200;

/// What happened, before it is written.
#[derive(Clone, Debug)]
pub struct Event {
    kind: &'static str,
    text: String,
    subjects: Vec<SubjectRef>,
    data: serde_json::Value,
    shown: Option<shown::Shown>,
}

impl Event {
    /// An event: `kind` is `resource.past_participle`, `text` the Chinese sentence of the time line.
    pub fn new(kind: &'static str, text: impl Into<String>) -> Self {
        assert!(!is_public(kind), "{kind}: only the row of what is shown has this kind");
        Self { kind, text: text.into(), subjects: vec![], data: serde_json::Value::Null, shown: None }
    }

    /// Whom it is about, beside the record's own subject.
    #[must_use]
    pub fn about(mut self, subject: SubjectRef) -> Self {
        if !self.subjects.contains(&subject) {
            self.subjects.push(subject);
        }
        self
    }

    /// What followers need. No floats.
    #[must_use]
    pub fn data(mut self, data: serde_json::Value) -> Self {
        self.data = data;
        self
    }

    /// The kind.
    pub fn kind(&self) -> &'static str {
        self.kind
    }
}

/// The event as it is hashed and stored, in canonical JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Written {
    id: EntryId,
    /// Microseconds as a string: larger than a JSON reader may keep.
    at: String,
    kind: String,
    actor: Actor,
    resource: String,
    resource_id: String,
    subjects: Vec<SubjectRef>,
    text: String,
    data: serde_json::Value,
    /// Of a public row: the entry of the act behind it, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    act: Option<String>,
}

/// A row of the ledger as read.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its id.
    pub id: EntryId,
    /// Its place in the log; `None` until the sequencer came by.
    pub index: Option<i64>,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: String,
    /// Who.
    pub actor: Actor,
    /// Table of the record.
    pub resource: String,
    /// The record.
    pub resource_id: String,
    /// Whom it is about.
    pub subjects: Vec<SubjectRef>,
    /// The sentence of the time line.
    pub text: String,
    /// What followers need.
    pub data: serde_json::Value,
    /// The entry, in hexadecimal.
    pub entry: String,
    /// Whether event and salt still give this entry, or are gone by the rules.
    pub intact: bool,
    /// Event and salt are gone: by which erasure.
    pub erased: Option<Trace>,
}

/// An act as the ledger takes it: who, on which record, whom that is shared with, and what.
pub(crate) struct Act<'a> {
    /// Who acts.
    pub ctx: &'a Ctx,
    /// Table of the record.
    pub table: Table,
    /// The record's columns.
    pub head: &'a Head,
    /// Departments that take part, as the column has them.
    pub shared: &'a str,
    /// What happened.
    pub event: Event,
}

/// Writes the row of each act, and that of what the public is shown of it; called by `records`, in the acts' transaction.
pub(crate) async fn append(tx: &mut Tx, acts: Vec<Act<'_>>) -> Result<(), Failure> {
    let mut rows = vec![];
    let mut about: Vec<Vec<Value>> = vec![];
    for Act { ctx, table, head, shared, event } in acts {
        let event = head.subject.iter().fold(event, |event, subject| event.about(*subject));
        let written = Written {
            id: ctx.new_id(),
            at: ctx.now().micros().to_string(),
            kind: event.kind.to_owned(),
            actor: ctx.actor.clone(),
            resource: table.name().to_owned(),
            resource_id: head.id.clone(),
            subjects: event.subjects,
            text: event.text,
            data: event.data,
            act: None,
        };
        let (entry, row) = sealed(ctx, (head, shared), &written)?;
        rows.push(row);
        let public = event.shown.map(|shown| shown.written(ctx, table, head, &entry));
        if let Some(public) = &public {
            rows.push(sealed(ctx, (head, shared), public)?.1);
        }
        // Whom it is about is for finding the public row, not for the public: a person may not be named there.
        for id in std::iter::once(written.id).chain(public.map(|public| public.id)) {
            about.extend(written.subjects.iter().map(|it| vec![it.to_string().into(), id.to_string().into()]));
        }
    }
    db::insert_rows(tx, "ledger", COLUMNS, rows).await?;
    db::insert_rows(tx, "ledger_subject", "subject, ledger_id", about).await?;
    Ok(())
}

const COLUMNS: &str = "id, at, kind, resource, resource_id, division, department, origin, shared, sensitivity, \
     subject, event, salt, entry";

/// The entry of an event under a new salt, and its row.
fn sealed(ctx: &Ctx, (head, shared): (&Head, &str), written: &Written) -> Result<(Entry, Vec<Value>), Failure> {
    let at: i64 = written.at.parse().expect("microseconds, written here");
    let bytes = canonical(written).map_err(Error::from)?;
    let mut salt = [0u8; SALT_LENGTH];
    ctx.app.rng.fill(&mut salt);
    let entry = Entry::seal(&salt, &bytes);
    let row = vec![
        written.id.to_string().into(),
        at.into(),
        written.kind.clone().into(),
        written.resource.clone().into(),
        written.resource_id.clone().into(),
        head.division.as_str().into(),
        head.department.as_str().into(),
        head.origin.as_str().into(),
        shared.into(),
        head.sensitivity.level().into(),
        head.subject.map(|s| s.to_string()).into(),
        bytes.into(),
        salt.to_vec().into(),
        entry.as_bytes().to_vec().into(),
    ];
    Ok((entry, row))
}

/// The time line of one record, oldest first.
pub async fn of_resource(ctx: &Ctx, table: Table, id: impl ToString) -> Result<Vec<LedgerRow>, Failure> {
    let mut values = vec![Value::from(table.name()), id.to_string().into()];
    let scope = scope::clause(ctx, table.name(), "history", &mut values);
    let sql = format!("{SELECT} where resource = $1 and resource_id = $2 and {scope} order by at, id");
    rows(ctx.app.db.reader(), &sql, values).await
}

/// Everything that happened about a subject, newest first: the subject file.
pub async fn of_subject(ctx: &Ctx, subject: SubjectRef, limit: u32) -> Result<Vec<LedgerRow>, Failure> {
    let mut values = vec![Value::from(subject.to_string())];
    let scope = scope::clause(ctx, "ledger", "history", &mut values);
    let sql = format!(
        "{SELECT} where id in (select ledger_id from ledger_subject where subject = $1) and {scope} \
         order by at desc, id desc limit {limit}"
    );
    rows(ctx.app.db.reader(), &sql, values).await
}

/// Acts of one account, newest first: what somebody did.
pub async fn recent(ctx: &Ctx, limit: u32) -> Result<Vec<LedgerRow>, Failure> {
    let mut values = vec![];
    let scope = scope::clause(ctx, "ledger", "list", &mut values);
    rows(ctx.app.db.reader(), &format!("{SELECT} where {scope} order by at desc, id desc limit {limit}"), values).await
}

/// Acts on accounts and on connected systems, newest first: of these kinds, or of all where none is named; those before a
/// place.
pub async fn of_security(
    ctx: &Ctx,
    kinds: &[&str],
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Vec<LedgerRow>, Failure> {
    let mut values = vec![];
    // As the index says it, or it is not used.
    let which = "resource in ('account', 'connected_system')".to_owned();
    let mut all = vec![which, scope::clause(ctx, "ledger", "list", &mut values)];
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if !kinds.is_empty() {
        let kinds: Vec<String> = kinds.iter().map(|kind| bind((*kind).into())).collect();
        all.push(format!("kind in ({})", kinds.join(", ")));
    }
    if let Some(after) = after {
        let (at, id) = (bind(after.key.parse::<i64>().unwrap_or_default().into()), bind(after.id.clone().into()));
        all.push(format!("(at < {at} or (at = {at} and id < {id}))"));
    }
    let sql = format!("{SELECT} where {} order by at desc, id desc limit {limit}", all.join(" and "));
    rows(ctx.app.db.reader(), &sql, values).await
}

const SELECT: &str = "select id, idx, at, kind, resource, resource_id, event, salt, entry from ledger";

async fn rows(db: &impl Executor, sql: &str, values: Vec<Value>) -> Result<Vec<LedgerRow>, Failure> {
    let mut all = vec![];
    for row in db.all(sql, values).await? {
        all.push(match read(&row)? {
            Some(row) => row,
            None => read_erased(db, &row).await?,
        });
    }
    Ok(all)
}

fn read(row: &QueryResult) -> Result<Option<LedgerRow>, Failure> {
    let get = |name: &str| row.try_get::<Option<Vec<u8>>>("", name).map_err(Error::from);
    let (Some(event), Some(salt)) = (get("event")?, get("salt")?) else { return Ok(None) };
    let entry = get("entry")?.unwrap_or_default();
    let id: String = row.try_get("", "id").map_err(Error::from)?;
    let written: Written =
        serde_json::from_slice(&event).map_err(|source| Error::Unreadable { table: "ledger", id, source })?;
    let intact = salt
        .as_slice()
        .try_into()
        .is_ok_and(|salt: &[u8; SALT_LENGTH]| Entry::seal(salt, &event).as_bytes() == entry.as_slice());
    Ok(Some(LedgerRow {
        id: written.id,
        index: row.try_get("", "idx").map_err(Error::from)?,
        at: Timestamp::from_micros(written.at.parse().unwrap_or_default()),
        kind: written.kind,
        actor: written.actor,
        resource: written.resource,
        resource_id: written.resource_id,
        subjects: written.subjects,
        text: written.text,
        data: written.data,
        entry: hex::encode(entry),
        intact,
        erased: None,
    }))
}

/// A row whose event was erased keeps its place in the log and says by which act.
async fn read_erased(db: &impl Executor, row: &QueryResult) -> Result<LedgerRow, Failure> {
    let text = |name: &str| row.try_get::<String>("", name).map_err(Error::from);
    let (id, entry) = (text("id")?, row.try_get::<Vec<u8>>("", "entry").map_err(Error::from)?);
    let trace = Trace::of(db, &id).await?;
    let nobody = Actor { name: "（已删除）".into(), ..Actor::system() };
    Ok(LedgerRow {
        id: id.parse().map_err(|_| Error::Missing("the id of a ledger row".into()))?,
        index: row.try_get("", "idx").map_err(Error::from)?,
        at: Timestamp::from_micros(row.try_get("", "at").map_err(Error::from)?),
        kind: text("kind")?,
        actor: nobody,
        resource: text("resource")?,
        resource_id: text("resource_id")?,
        subjects: vec![],
        text: trace.text(),
        data: serde_json::Value::Null,
        entry: hex::encode(entry),
        intact: trace.by.is_some(),
        erased: Some(trace),
    })
}

/// A row that still has its event, as an erasure looks at it.
pub(crate) struct Held {
    pub(crate) id: EntryId,
    pub(crate) kind: String,
    /// In hexadecimal.
    pub(crate) entry: String,
    /// Of a public row: the entry of the act behind it.
    pub(crate) act: Option<String>,
}

/// The rows of a record that still have their event.
pub(crate) async fn held_in(tx: &Tx, table: Table, id: &str) -> Result<Vec<Held>, Failure> {
    let sql = "select id, kind, event, entry from ledger where resource = $1 and resource_id = $2 and event is not null \
               order by at, id";
    let mut held = vec![];
    for row in tx.all(sql, vec![table.name().into(), id.into()]).await? {
        let (event, entry): (Vec<u8>, Vec<u8>) =
            (row.try_get("", "event").map_err(Error::from)?, row.try_get("", "entry").map_err(Error::from)?);
        let unreadable = |source| Error::Unreadable { table: "ledger", id: id.to_owned(), source };
        let Written { id, kind, act, .. } = serde_json::from_slice(&event).map_err(unreadable)?;
        held.push(Held { id, kind, entry: hex::encode(entry), act });
    }
    Ok(held)
}

/// The last act of a record, inside its transaction.
pub async fn last_in(tx: &Tx, table: Table, id: &str) -> Result<EntryId, Failure> {
    let sql = "select id from ledger where resource = $1 and resource_id = $2 order by at desc, id desc limit 1";
    let missing = || Error::Missing(format!("an act of {table} {id}"));
    let row = tx.one(sql, vec![table.name().into(), id.into()]).await?.ok_or_else(missing)?;
    let id: String = row.try_get("", "id").map_err(Error::from)?;
    Ok(id.parse().map_err(|_| missing())?)
}

/// What a look at every row of the ledger finds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Openings {
    /// Rows whose event and salt give their entry.
    pub whole: u64,
    /// Rows that were erased by the rules.
    pub erased: u64,
    /// Ids of rows whose event is gone and no erasure says so.
    pub missing: Vec<EntryId>,
    /// Ids of rows whose event is not what was written.
    pub changed: Vec<EntryId>,
}

/// Looks at every row: does its event still give its entry, and was what is gone erased by the rules?
pub async fn openings(app: &App) -> Result<Openings, Failure> {
    let mut found = Openings::default();
    let mut after = String::new();
    loop {
        let sql = format!("{SELECT} where id > $1 order by id limit 1000");
        let page = rows(app.db.reader(), &sql, vec![after.into()]).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id.to_string();
        for row in page {
            match (&row.erased, row.intact) {
                (None, true) => found.whole += 1,
                (None, false) => found.changed.push(row.id),
                (Some(_), true) => found.erased += 1,
                (Some(_), false) => found.missing.push(row.id),
            }
        }
    }
}

/// The rows that wait for their index, as a table to select from. `SQLite` would rather sort all of them at each batch than take them in the
/// order of this index.
pub(crate) fn waiting(app: &App) -> &'static str {
    if app.db.kind() == "sqlite" { "ledger indexed by ledger_waiting" } else { "ledger" }
}

/// Gives the next indices to committed rows without one; how many got theirs. At most [`BATCH`] a call.
pub async fn sequence(app: &App) -> Result<usize, Failure> {
    let tx = app.db.begin().await?;
    // Touching the row takes its lock on both databases: one sequencer at a time.
    tx.run("update log_state set size = size where id = 1", vec![]).await?;
    let state = tx.one("select size from log_state where id = 1", vec![]).await?;
    let size: i64 =
        state.ok_or_else(|| Error::Missing("log_state".into()))?.try_get("", "size").map_err(Error::from)?;
    let given = tx
        .run(
            &format!(
                "update ledger set idx = $1 + place.n from (select id, row_number() over (order by at, id) - 1 as n from \
                 (select id, at from {} where idx is null order by at, id limit {BATCH}) as waiting) as place \
                 where ledger.id = place.id",
                waiting(app)
            ),
            vec![size.into()],
        )
        .await?;
    tx.run("update log_state set size = $1 where id = 1", vec![(size + given.cast_signed()).into()]).await?;
    tx.commit().await?;
    Ok(usize::try_from(given).unwrap_or(BATCH))
}

/// An upper room that follows what happened below it.
pub trait Follower: Send + Sync {
    /// Name of its cursor, such as `sense.complaint`.
    const NAME: &'static str;
    /// Whether a row is anything to it. What is not is passed without a transaction of its own.
    fn wants(&self, row: &LedgerRow) -> bool;
    /// Takes one row that it wants, in a transaction that also moves the cursor; called once for each row, in index order.
    fn take(&self, tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Lets a follower take the rows it has not seen; how many it took.
pub async fn follow<F: Follower>(app: &Arc<App>, follower: &F) -> Result<usize, Failure> {
    let ctx = Ctx::system(app);
    let start = app.db.reader().one("select next from follower where name = $1", vec![F::NAME.into()]).await?;
    let start: i64 = start.map(|row| row.try_get("", "next")).transpose().map_err(Error::from)?.unwrap_or_default();
    let sql = format!("{SELECT} where idx >= $1 order by idx limit {PAGE}");
    let found = rows(app.db.reader(), &sql, vec![start.into()]).await?;
    let (mut taken, mut passed) = (0, 0);
    let last = found.len().saturating_sub(1);
    for (at, row) in found.into_iter().enumerate() {
        // Nobody learns of an act whose content is gone; the cursor passes it.
        let wanted = row.erased.is_none() && follower.wants(&row);
        // The cursor passes what is not wanted together with the row after it.
        passed += 1;
        if !wanted && at < last {
            continue;
        }
        let mut tx = ctx.begin().await?;
        let index = row.index.unwrap_or_default();
        // Two nodes may follow at once: the one that moves the cursor past this row takes it.
        tx.run("insert into follower (name, next) values ($1, 0) on conflict (name) do nothing", vec![F::NAME.into()])
            .await?;
        let moved = tx
            .run(
                "update follower set next = $1 where name = $2 and next <= $3",
                vec![(index + 1).into(), F::NAME.into(), index.into()],
            )
            .await?;
        if moved == 1 {
            if wanted {
                follower.take(&mut tx, &ctx, &row).await?;
            }
            tx.commit().await?;
            taken += passed;
        }
        passed = 0;
    }
    Ok(taken)
}

/// How many rows have an index, and how many wait for theirs.
pub async fn state(app: &App) -> Result<(i64, i64), Failure> {
    let row = app
        .db
        .reader()
        .one(
            "select (select size from log_state) as size, (select count(*) from ledger where idx is null) as n",
            vec![],
        )
        .await?
        .ok_or_else(|| Error::Missing("log_state".into()))?;
    Ok((row.try_get("", "size").map_err(Error::from)?, row.try_get("", "n").map_err(Error::from)?))
}

//! What the public is shown of an act: a row of its own beside that of the act, whose event and salt anybody may be
//! given. It says what is shown and nothing else: by which unit and role, not by whom; about nobody but whom its text
//! names; and of the act behind it only the entry, which tells nothing.

use super::{Event, Written};
use crate::erasure::Trace;
use crate::schema::Table;
use crate::{App, Ctx, Error, Executor, Failure, Head};
use xingjian_kernel::id::EntryId;
use xingjian_kernel::{Actor, DepartmentId, Role, Timestamp};
use xingjian_tlog::Entry;

/// How the kind of a public row ends.
const SHOWN: &str = ".shown";

/// Whether rows of this kind are public: their event and salt may be given to anybody.
pub fn is_public(kind: &str) -> bool {
    kind.ends_with(SHOWN)
}

/// What is shown, before it is written.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    unit: String,
    department: DepartmentId,
    role: Role,
    text: String,
    data: serde_json::Value,
}

impl Event {
    /// With a public row beside it, of the kind `table.shown`: by this unit of a department in this role, `data` exactly what the
    /// public reads, `text` that in one line.
    #[must_use]
    pub fn shown(
        mut self,
        (unit, department, role): (&str, &DepartmentId, Role),
        text: impl Into<String>,
        data: serde_json::Value,
    ) -> Self {
        let (unit, department) = (unit.to_owned(), department.clone());
        self.shown = Some(Shown { unit, department, role, text: text.into(), data });
        self
    }
}

impl Shown {
    pub(super) fn written(self, ctx: &Ctx, table: Table, head: &Head, act: &Entry) -> Written {
        Written {
            id: ctx.new_id(),
            at: ctx.now().micros().to_string(),
            kind: format!("{table}{SHOWN}"),
            actor: Actor {
                account: None,
                name: self.unit,
                roles: vec![self.role],
                department: self.department,
                officer: None,
                granted: vec![],
            },
            resource: table.name().to_owned(),
            resource_id: head.id.clone(),
            subjects: vec![],
            text: self.text,
            data: self.data,
            act: Some(hex::encode(act.as_bytes())),
        }
    }
}

/// A public row: anybody may be given its event and salt, as [`crate::Log::proof`] writes them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownRow {
    /// Its id.
    pub id: EntryId,
    /// When it was written.
    pub at: Timestamp,
    /// What is shown.
    pub data: serde_json::Value,
    /// The event, as it is hashed.
    pub event: Vec<u8>,
}

/// The public rows of a record, in the order in which they were written; erased ones are not among them. No other row is ever read.
pub async fn shown_of(app: &App, table: Table, id: impl ToString) -> Result<Vec<ShownRow>, Failure> {
    let kind = format!("{table}{SHOWN}");
    let sql = "select event from ledger where resource = $1 and resource_id = $2 and kind = $3 and event is not null \
               order by at, id";
    let values = vec![table.name().into(), id.to_string().into(), kind.into()];
    let mut shown = vec![];
    for row in app.db.reader().all(sql, values).await? {
        let event: Vec<u8> = row.try_get("", "event").map_err(Error::from)?;
        let unreadable = |source| Error::Unreadable { table: "ledger", id: id.to_string(), source };
        let Written { id, at, data, .. } = serde_json::from_slice(&event).map_err(unreadable)?;
        let at = Timestamp::from_micros(at.parse().unwrap_or_default());
        shown.push(ShownRow { id, at, data, event });
    }
    Ok(shown)
}

/// The last public row of a record whose content was erased: its id, and the sentence about it.
pub async fn erased_of(app: &App, table: Table, id: impl ToString) -> Result<Option<(EntryId, String)>, Failure> {
    let sql = "select id from ledger where resource = $1 and resource_id = $2 and kind = $3 and event is null \
               order by at desc, id desc limit 1";
    let values = vec![table.name().into(), id.to_string().into(), format!("{table}{SHOWN}").into()];
    let reader = app.db.reader();
    let Some(row) = reader.one(sql, values).await? else { return Ok(None) };
    let id: String = row.try_get("", "id").map_err(Error::from)?;
    let trace = Trace::of(reader, &id).await?;
    let id = id.parse().map_err(|_| Error::Missing("the id of a ledger row".into()))?;
    Ok(Some((id, trace.text())))
}

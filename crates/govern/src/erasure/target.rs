//! The records from which something can be erased: each resource says itself what goes; here it only gets its turn.

use crate::publication::Publication;
use serde::{Deserialize, Serialize};
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate};
use xingjian_registry::import::Import;
use xingjian_sense::complaint::Complaint;
use xingjian_sense::message::import::MessageImport;
use xingjian_store::erasure::{self, Erasable, Erasure, Extent, Grounds};
use xingjian_store::{Ctx, Failure, Tx, records};

/// A record, by table and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// Name of its table.
    pub resource: String,
    /// Its id.
    pub id: String,
    /// What it is called, without anything that may have to go.
    pub label: String,
}

/// What has to be known of a record before something of it is erased.
pub(super) struct Found {
    pub(super) label: String,
    pub(super) division: DivisionCode,
    pub(super) department: DepartmentId,
    /// Nothing is to be done with it any more.
    pub(super) ended: bool,
    /// The day on which it ended, where its period of keeping runs from there.
    pub(super) ended_on: Option<LocalDate>,
}

/// Calls a generic function with the type of a resource.
macro_rules! with_type {
    ($resource:expr, $call:ident($($argument:expr),*)) => {
        match $resource {
            "complaint" => $call::<Complaint>($($argument),*).await,
            "import" => $call::<Import>($($argument),*).await,
            "message_import" => $call::<MessageImport>($($argument),*).await,
            "publication" => $call::<Publication>($($argument),*).await,
            _ => Err(Failure::NotFound),
        }
    };
}

/// Whether something can be erased from records of this table.
pub fn is_erasable(resource: &str) -> bool {
    ["complaint", "import", "message_import", "publication"].contains(&resource)
}

/// The record, as far as the context may see it.
pub(super) async fn find_in(tx: &mut Tx, ctx: &Ctx, resource: &str, id: &str) -> Result<Found, Failure> {
    with_type!(resource, found(tx, ctx, id))
}

async fn found<T: Erasable>(tx: &mut Tx, ctx: &Ctx, id: &str) -> Result<Found, Failure> {
    let stored = records::must_in::<T>(tx, ctx, id).await?;
    let head = stored.head();
    Ok(Found {
        label: stored.label(),
        division: head.division,
        department: head.department,
        // What has no last state is never being worked on.
        ended: T::FINAL.is_empty() || T::FINAL.contains(&head.state),
        ended_on: stored.ended_on(),
    })
}

/// Erases, in the transaction of the act that confirms it.
pub(super) async fn erase_in(
    tx: &mut Tx,
    ctx: &Ctx,
    target: &Target,
    extent: Extent,
    grounds: Grounds,
) -> Result<Erasure, Failure> {
    let id = target.id.as_str();
    with_type!(target.resource.as_str(), erase(tx, ctx, id, extent, grounds))
}

async fn erase<T: Erasable>(
    tx: &mut Tx,
    ctx: &Ctx,
    id: &str,
    extent: Extent,
    grounds: Grounds,
) -> Result<Erasure, Failure> {
    erasure::erase::<T>(tx, ctx, id, extent, grounds).await
}

/// Ids of ended records, those that were changed longest ago first, with the day of that change.
pub(super) async fn oldest(
    ctx: &Ctx,
    resource: &str,
    after: Option<&(i64, String)>,
) -> Result<Vec<(i64, String)>, Failure> {
    with_type!(resource, oldest_of(ctx, after))
}

async fn oldest_of<T: Erasable>(ctx: &Ctx, after: Option<&(i64, String)>) -> Result<Vec<(i64, String)>, Failure> {
    erasure::oldest::<T>(&ctx.app, after).await
}

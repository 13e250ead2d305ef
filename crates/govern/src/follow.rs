//! What governance learns from below: a decision and a submitted inspection wait for a decision on their publication,
//! and what no longer stands is recalled. And the one place that lets all rooms catch up.

use crate::erasure;
use crate::publication::{self, SourceKind};
use std::sync::Arc;
use xingjian_credit::grade;
use xingjian_kernel::LocalDate;
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{App, Ctx, Failure, Tx};

struct Sources;

impl Follower for Sources {
    const NAME: &'static str = "govern.publication";

    fn wants(&self, row: &LedgerRow) -> bool {
        Undone::of(row).is_some() || source(row).is_some()
    }

    async fn take(&self, tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        if let Some(undone) = Undone::of(row) {
            return publication::source_undone_in(tx, ctx, &row.resource_id, &undone.number, undone.on, &undone.text)
                .await;
        }
        if let Some(kind) = source(row) {
            publication::propose_in(tx, ctx, kind, &row.resource_id).await?;
        }
        Ok(())
    }
}

/// What an act may give the public to read.
fn source(row: &LedgerRow) -> Option<SourceKind> {
    match row.kind.as_str() {
        // The term runs from the decision; publishing waits for its service.
        "case.decided" | "case.served" => Some(SourceKind::Decision),
        "task.submitted" | "task.closed" => Some(SourceKind::Inspection),
        _ => None,
    }
}

/// What an act on a case says of a decision that no longer stands as it was.
#[derive(serde::Deserialize)]
struct Undone {
    number: String,
    on: LocalDate,
    text: String,
}

impl Undone {
    fn of(row: &LedgerRow) -> Option<Self> {
        let undone = row.data.get("undone").filter(|_| row.kind.starts_with("case."))?;
        serde_json::from_value(undone.clone()).ok()
    }
}

/// Takes the acts that were not seen yet; how many they were.
pub async fn run(app: &Arc<App>) -> Result<usize, Failure> {
    ledger::follow(app, &Sources).await
}

/// One round: committed acts get their index and the followers of all rooms take what they have not seen, each a limited number; how many
/// steps that were. It ends however many acts come meanwhile.
pub async fn round(app: &Arc<App>) -> Result<usize, Failure> {
    let mut steps = ledger::sequence(app).await?;
    steps += xingjian_credit::follow::run(app).await?;
    steps += xingjian_inspect::follow::run(app).await?;
    steps += xingjian_sense::follow::run(app).await?;
    steps += run(app).await?;
    Ok(steps)
}

/// Rounds until nothing is left; how many steps that were. Followers write acts of their own, so one round is not enough. Where others go on
/// acting it need not end: a server takes round after round.
pub async fn settle(app: &Arc<App>) -> Result<usize, Failure> {
    let mut steps = 0;
    loop {
        match round(app).await? {
            0 => return Ok(steps),
            taken => steps += taken,
        }
    }
}

/// What the passing of a day changes by itself: events leave the rating period, texts are taken down, sealed lists are released, heads are told of
/// late complaints, files that were shown and never imported go. Meant to run once a day; more often does no harm.
///
/// It waits for no follower: whoever acts all day long does not put it off.
pub async fn daily(app: &Arc<App>) -> Result<(), Failure> {
    grade::refresh(app).await?;
    publication::expire_due(app).await?;
    xingjian_inspect::draw::service::release_due(app).await?;
    erasure::warn_due(app).await?;
    xingjian_registry::import::forget_previews(app).await?;
    xingjian_sense::complaint::overdue::escalate(app).await?;
    Ok(())
}

//! What sense learns from below: a signal closes with its inspection, and a complaint is told what became of it.

use crate::complaint;
use crate::signal::{self, Signal, Source};
use std::sync::Arc;
use xingjian_kernel::id::SignalId;
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{App, Ctx, Failure, Tx, records};

/// Follows tasks and cases that started from a signal.
pub struct Outcomes;

impl Follower for Outcomes {
    const NAME: &'static str = "sense.outcomes";

    fn wants(&self, row: &LedgerRow) -> bool {
        signal(row).is_some()
    }

    async fn take(&self, tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        let Some(id) = signal(row) else { return Ok(()) };
        signal::service::follow_in(tx, ctx, id, &row.kind, &row.text).await?;
        let (Some(told), Some(signal)) = (told(&row.kind), records::get_in::<Signal>(tx, ctx, id).await?) else {
            return Ok(());
        };
        match signal.source {
            Source::Complaint(complaint) => complaint::service::note_in(tx, ctx, complaint, told).await,
            Source::Screening(_) | Source::System(_) => Ok(()),
        }
    }
}

/// The signal that an act goes back to.
fn signal(row: &LedgerRow) -> Option<SignalId> {
    row.data.get("signal").and_then(|v| v.as_str()).and_then(|s| s.parse().ok())
}

/// What the reporter is told; neither names nor findings.
fn told(kind: &str) -> Option<&'static str> {
    match kind {
        // Not before the visit: the reporter may know the inspected.
        "task.submitted" => Some("已对被反映单位实施现场检查"),
        "task.closed" => Some("检查任务已办结"),
        "case.filed" => Some("已对发现的问题立案调查"),
        "case.served" => Some("已作出并送达行政处罚决定，公开信息可在“公示”中查询"),
        "case.annulled" => Some("行政处罚决定已被依法撤销"),
        _ => None,
    }
}

/// Takes what is new; how many rows were read.
pub async fn run(app: &Arc<App>) -> Result<usize, Failure> {
    ledger::follow(app, &Outcomes).await
}

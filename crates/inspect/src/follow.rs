//! What inspection learns from below: a case for a finding ended without a penalty in force, because its filing was declined,
//! it was dismissed, or its decision was annulled. The finding can then lead to another case, by the right violation.

use crate::finding::service::case_ended_in;
use std::sync::Arc;
use xingjian_kernel::id::{CaseId, FindingId};
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{App, Ctx, Failure, Tx};

struct Cases;

impl Follower for Cases {
    const NAME: &'static str = "inspect.cases";

    fn wants(&self, row: &LedgerRow) -> bool {
        ended(row).is_some()
    }

    async fn take(&self, tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        let Some(how) = ended(row) else { return Ok(()) };
        let finding = row.data.get("finding").and_then(|id| id.as_str()).and_then(|id| id.parse::<FindingId>().ok());
        match (finding, row.resource_id.parse::<CaseId>()) {
            (Some(finding), Ok(case)) => case_ended_in(tx, ctx, finding, case, how).await,
            _ => Ok(()),
        }
    }
}

/// How a case ended without a penalty in force.
fn ended(row: &LedgerRow) -> Option<&'static str> {
    match row.kind.as_str() {
        "case.declined" => Some("不予立案"),
        "case.dismissed" => Some("案件已撤销"),
        "case.annulled" => Some("处罚决定已被撤销"),
        _ => None,
    }
}

/// Takes the acts that were not seen yet; how many they were.
pub async fn run(app: &Arc<App>) -> Result<usize, Failure> {
    ledger::follow(app, &Cases).await
}

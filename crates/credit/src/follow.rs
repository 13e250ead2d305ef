//! What credit learns from the registry: an entry of the pack was released, so grades that were only a trial, and
//! linkages that had to wait, take effect.

use crate::grade;
use std::sync::Arc;
use xingjian_kernel::id::ReleaseId;
use xingjian_registry::release::Release;
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{App, Ctx, Failure, Tx, records};

struct Releases;

impl Follower for Releases {
    const NAME: &'static str = "credit.release";

    fn wants(&self, row: &LedgerRow) -> bool {
        row.kind == "release.given"
    }

    async fn take(&self, tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        let Ok(id) = row.resource_id.parse::<ReleaseId>() else { return Ok(()) };
        let release = records::must_in::<Release>(tx, ctx, id).await?;
        match release.table.as_str() {
            "grade_model" | "linkage" => grade::refresh_in(tx, ctx).await,
            _ => Ok(()),
        }
    }
}

/// Takes the acts that were not seen yet; how many they were.
pub async fn run(app: &Arc<App>) -> Result<usize, Failure> {
    ledger::follow(app, &Releases).await
}

//! Re-checks of the finding behind a case that found it not corrected: the report may rest on one of them.

use xingjian_enforce::case::{Case, Checker, Correction, FailedRecheck};
use xingjian_inspect::finding::{FailedRound, Finding};
use xingjian_store::{Ctx, Failure, records};

/// Every order that was not obeyed in time, with the re-check that found so, oldest first.
pub async fn known(ctx: &Ctx, case: &Case) -> Result<Vec<Correction>, Failure> {
    let Some(finding) = &case.origin.finding else { return Ok(vec![]) };
    let finding = records::get::<Finding>(ctx, finding.clone()).await?;
    let rounds = finding.iter().flat_map(|finding| &finding.failed).map(correction);
    Ok(rounds.filter(Correction::was_disobeyed).collect())
}

fn correction(round: &FailedRound) -> Correction {
    let recheck = &round.recheck;
    let checker = |officer: &xingjian_inspect::officer::OfficerRef| Checker {
        officer: officer.officer,
        name: officer.name.clone(),
    };
    let failed = FailedRecheck {
        on: recheck.at.local_date(),
        facts: recheck.facts.clone(),
        officers: recheck.officers.iter().map(checker).collect(),
        order: Some(round.order.number.clone()),
    };
    Correction { due: round.order.due.due, done_on: None, recheck: Some(failed) }
}

/// The number of the order behind a re-check; empty where the handlers re-checked for the case.
pub fn order_of(correction: &Correction) -> &str {
    correction.recheck.as_ref().and_then(|recheck| recheck.order.as_deref()).unwrap_or_default()
}

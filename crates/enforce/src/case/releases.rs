//! Entries of the policy pack that an act rests on: those that are not verified need the release of a legal officer
//! before the act can have effect.

use super::{Action, Case, PartyKind};
use xingjian_kernel::money::Fen;
use xingjian_kernel::{LocalDate, Refusal};
use xingjian_policy::Policy;
use xingjian_registry::release;
use xingjian_store::{Ctx, Failure, Tx};

/// An entry that an act rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needed {
    /// Table of the pack.
    pub table: &'static str,
    /// Entry of that table.
    pub entry: String,
    /// What it is called.
    pub title: String,
}

/// The parameter of this name for the kind of party.
pub(super) fn parameter_id(name: &str, kind: PartyKind) -> String {
    let party = match kind {
        PartyKind::Person => "person",
        PartyKind::Organisation => "institution",
    };
    format!("{name}_{party}")
}

/// What an act rests on. Serving the notice gives and bounds the party's rights; the decision applies the violation,
/// the discretion band, and the amounts that decide on review and discussion.
pub(super) fn needed(policy: &Policy, case: &Case, action: &Action, today: LocalDate) -> Vec<Needed> {
    let mut all: Vec<(&'static str, String)> = vec![];
    match action {
        Action::ServeNotice(_) => {
            all.push(("clock", "statement".into()));
            all.push(("clock", "hearing_request".into()));
            all.extend(amounts(case));
        }
        Action::Decide { plan, .. } => {
            all.push(("violation", case.law.violation.clone()));
            if plan.fine > Fen::ZERO {
                let band = policy.discretion_bands(today).into_iter().find(|band| band.name == plan.band);
                all.extend(band.map(|band| ("discretion_band", band.id.clone())));
            }
            all.extend(amounts(case));
        }
        _ => {}
    }
    let found = all.into_iter().filter_map(|(table, entry)| {
        let title = policy.head(table, &entry, today)?.title.clone();
        Some(Needed { table, entry, title })
    });
    found.collect()
}

fn amounts(case: &Case) -> [(&'static str, String); 3] {
    let of = |name| ("parameter", parameter_id(name, case.party.kind));
    [of("hearing_fine"), of("hearing_gains"), of("discussion_fine")]
}

/// Of the entries an act rests on, those still to be released.
pub(super) async fn missing_in(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &Case,
    action: &Action,
) -> Result<Vec<Needed>, Failure> {
    let mut missing = vec![];
    for entry in needed(ctx.policy(), case, action, ctx.today()) {
        if !release::is_released(tx, ctx, entry.table, &entry.entry).await? {
            missing.push(entry);
        }
    }
    Ok(missing)
}

/// Refuses an act that rests on entries not released, naming all of them.
pub(super) async fn require_in(tx: &mut Tx, ctx: &Ctx, case: &Case, action: &Action) -> Result<(), Failure> {
    let missing = missing_in(tx, ctx, case, action).await?;
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<String> =
        missing.iter().map(|entry| format!("{}（{}/{}）", entry.title, entry.table, entry.entry)).collect();
    let message = format!("以下政策条目尚未放行，不能作为生效行为的依据：{}", names.join("、"));
    Err(Refusal::new("not_released", message, "请法制审核人员核对原文后在“治理 → 政策条目”中放行").into())
}

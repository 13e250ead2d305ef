//! Entries of the policy pack that an act rests on: those that are not verified need the release of a legal officer
//! before the act can have effect.

use super::{Action, Case, PartyKind, Plan};
use xingjian_kernel::money::Fen;
use xingjian_kernel::{LocalDate, Refusal};
use xingjian_policy::{Policy, Status};
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

/// An act that has effect outside the authority.
#[derive(Clone, Copy, Debug)]
pub(super) enum Effect<'a> {
    /// Serving the notice gives and bounds the rights of the party.
    Notice,
    /// The decision applies the violation, the band, and the amounts that decide on review and discussion.
    Decision(&'a Plan),
}

impl<'a> Effect<'a> {
    fn of(action: &'a Action) -> Option<Self> {
        match action {
            Action::ServeNotice(_) => Some(Self::Notice),
            Action::Decide { plan, .. } => Some(Self::Decision(plan)),
            _ => None,
        }
    }
}

/// The entries an act rests on, as far as the pack has them.
fn needed(policy: &Policy, case: &Case, effect: Effect<'_>, today: LocalDate) -> Vec<Needed> {
    let mut all: Vec<(&'static str, String)> = vec![];
    match effect {
        Effect::Notice => all.extend([("clock", "statement".into()), ("clock", "hearing_request".into())]),
        Effect::Decision(plan) => {
            all.push(("violation", case.law.violation.clone()));
            if plan.fine > Fen::ZERO {
                let band = policy.discretion_bands(today).into_iter().find(|band| band.name == plan.band);
                all.extend(band.map(|band| ("discretion_band", band.id.clone())));
            }
        }
    }
    all.extend(amounts(case));
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
pub(super) async fn missing(ctx: &Ctx, case: &Case, effect: Effect<'_>) -> Result<Vec<Needed>, Failure> {
    let (policy, today) = (ctx.policy(), ctx.today());
    let released = release::all(&ctx.seeing_all()).await?;
    let mut open = needed(policy, case, effect, today);
    open.retain(|entry| {
        policy.head(entry.table, &entry.entry, today).is_some_and(|head| {
            let done = released.iter().any(|release| {
                release.table == entry.table && release.entry == entry.entry && release.entry_from == head.from
            });
            head.status != Status::Verified && !done
        })
    });
    Ok(open)
}

/// Refuses an act that rests on entries not released, naming all of them.
pub(super) async fn require_in(tx: &mut Tx, ctx: &Ctx, case: &Case, action: &Action) -> Result<(), Failure> {
    let today = ctx.today();
    let mut entries = Effect::of(action).map(|effect| needed(ctx.policy(), case, effect, today)).unwrap_or_default();
    if action.announced_on().is_some() {
        let head = ctx.policy().head("clock", "announcement", today);
        let title = head.map(|head| head.title.clone()).unwrap_or_default();
        entries.push(Needed { table: "clock", entry: "announcement".into(), title });
    }
    let mut names = vec![];
    for entry in entries {
        if !release::is_released(tx, ctx, entry.table, &entry.entry).await? {
            names.push(format!("{}（{}/{}）", entry.title, entry.table, entry.entry));
        }
    }
    if names.is_empty() {
        return Ok(());
    }
    let message = format!("以下政策条目尚未放行，不能作为生效行为的依据：{}", names.join("、"));
    Err(Refusal::new("not_released", message, "请法制审核人员核对原文后在“治理 → 政策条目”中放行").into())
}

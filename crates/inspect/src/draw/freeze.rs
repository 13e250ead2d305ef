//! Fixing the bases: from the registry as it is now, under fresh salts and pseudonyms.

use super::vault::{self, Behind, Opened, Vault};
use super::{Draw, State};
use crate::base::{Inspecting, Objects, Pool, inspectors};
use std::collections::{BTreeMap, BTreeSet};
use xingjian_draw::base::{Bases, Recusal};
use xingjian_draw::draw::{self, Document, Frozen, Origin, Proposal, Secrets};
use xingjian_draw::file::PublicFile;
use xingjian_draw::{DrawId, Salt};
use xingjian_kernel::Refusal;
use xingjian_kernel::id::PlanId;
use xingjian_store::{Ctx, Failure, Filter, Order, Reading, Stored};

/// What was fixed, its document, and what lies sealed.
pub(super) struct Fixed {
    pub(super) frozen: Frozen,
    pub(super) document: Document,
    pub(super) vault: Vault,
}

fn salt(ctx: &Ctx) -> Salt {
    let mut bytes = [0; 32];
    ctx.app.rng.fill(&mut bytes);
    Salt(bytes)
}

/// The bases as they are now, and everything that is fixed with them.
pub(super) async fn fix(from: &mut Reading<'_>, ctx: &Ctx, of: &Draw) -> Result<Fixed, Failure> {
    let before = earlier(from, ctx, of).await?;
    let objects = objects_of(from, ctx, of, before.as_ref()).await?;
    let officers = inspectors(from, ctx, &of.task, &objects).await?;
    let secrets = Secrets { salt: salt(ctx), nonce: of.release.map(|_| salt(ctx)) };
    let (vault, bases) = sealed(ctx, of, objects, officers, secrets.clone());
    let proposal = Proposal {
        draw: of.name.clone(),
        task: format!("{} {}", of.task.number, of.task.name),
        origin: of.origin.clone(),
        rules: of.task.rules.clone(),
        bases,
        sources: of.sources.clone(),
        release: of.release,
    };
    let fixed = draw::freeze(proposal, before.as_ref(), secrets, ctx.now()).map_err(super::error::not_frozen)?;
    match fixed {
        (draw::State::Frozen(frozen), document) => Ok(Fixed { frozen: *frozen, document, vault }),
        (other, _) => unreachable!("what was frozen is {:?}", other.name()),
    }
}

/// Pseudonyms, commitments, and what opens them.
fn sealed(ctx: &Ctx, of: &Draw, objects: Objects, inspectors: Vec<Inspecting>, secrets: Secrets) -> (Vault, Bases) {
    let rules = &of.task.rules;
    let (mut officers, mut published) = (BTreeMap::new(), vec![]);
    let (mut reasons, mut exceptions) = (vec![], vec![]);
    for Inspecting { officer, inspector, grounds } in inspectors {
        let own = salt(ctx);
        let shown = inspector.published(&of.name, rules.period, rules.leave_days, &own);
        let mut kept: BTreeSet<String> = BTreeSet::new();
        for (object, ground, detail) in grounds {
            // One exception a pair: the first ground is as good as two.
            if kept.insert(object.clone()) {
                let recusal = Recusal { officer: shown.pseudonym.clone(), object, ground, detail };
                let opens = salt(ctx);
                exceptions.push(recusal.published(&of.name, &opens));
                reasons.push(Opened { recusal, salt: opens });
            }
        }
        officers.insert(shown.pseudonym.clone(), Behind { officer, record: inspector, salt: own });
        published.push(shown);
    }
    let bases = Bases::new(objects.objects, objects.excluded, published, exceptions);
    (Vault { bases: bases.clone(), secrets, officers, reasons, subjects: objects.subjects }, bases)
}

/// The objects of an extension are those that the earlier draw left; of every other draw those of the registry.
async fn objects_of(
    from: &mut Reading<'_>,
    ctx: &Ctx,
    of: &Draw,
    earlier: Option<&PublicFile>,
) -> Result<Objects, Failure> {
    let before = if of.task.beyond_drawn { drawn_this_year(from, ctx, of).await? } else { BTreeSet::new() };
    let mut objects = Pool::read(from, ctx).await?.objects(&of.task, &before);
    let (Origin::Extension { .. }, Some(earlier)) = (&of.origin, earlier) else { return Ok(objects) };
    let drawn: BTreeSet<&str> = earlier.drawn.iter().map(|row| row.object.as_str()).collect();
    let base: BTreeSet<&str> = earlier.bases.objects.iter().map(|object| object.id.as_str()).collect();
    let left = |id: &str| base.contains(id) && !drawn.contains(id);
    objects.objects.retain(|object| left(&object.id));
    objects.excluded.retain(|excluded| left(&excluded.id));
    objects.subjects.retain(|id, _| left(id));
    Ok(objects)
}

/// Objects that the other draws of the year have drawn.
async fn drawn_this_year(from: &mut Reading<'_>, ctx: &Ctx, of: &Draw) -> Result<BTreeSet<String>, Failure> {
    let drawn = drawn_of_plan(from, ctx, of.plan).await?;
    let others = drawn.into_iter().filter(|(draw, _)| draw.id != of.id);
    Ok(others.flat_map(|(_, objects)| objects).collect())
}

/// The draws of a plan that came to their teams, each with the objects it has drawn.
pub(crate) async fn drawn_of_plan(
    from: &mut Reading<'_>,
    ctx: &Ctx,
    plan: PlanId,
) -> Result<Vec<(Draw, Vec<String>)>, Failure> {
    let filter = Filter { states: vec!["drawn".into(), "released".into()], order: Order::Newest, ..Filter::default() };
    let draws = from.all::<Draw>(&ctx.seeing_all(), &filter).await?;
    let of_plan = draws.into_iter().map(|stored| stored.value).filter(|draw| draw.plan == plan);
    Ok(of_plan
        .map(|draw| {
            let objects = draw.state.drawn().map(|drawn| drawn.tasks.keys().cloned().collect());
            (draw, objects.unwrap_or_default())
        })
        .collect())
}

/// The file of the draw that the origin names, where it has one.
async fn earlier(from: &mut Reading<'_>, ctx: &Ctx, of: &Draw) -> Result<Option<PublicFile>, Failure> {
    let Some(name) = of.origin.earlier() else { return Ok(None) };
    let earlier = named(from, ctx, name).await?.value;
    if earlier.state.drawn().is_none() {
        return Ok(None);
    }
    let (machine, _) = vault::machine(from, ctx, &earlier).await?;
    Ok(match machine {
        draw::State::Drawn(drawn) | draw::State::Released(drawn) => Some(drawn.file()),
        _ => None,
    })
}

/// A draw by its public name, whoever looks.
pub(super) async fn named(from: &mut Reading<'_>, ctx: &Ctx, name: &DrawId) -> Result<Stored<Draw>, Failure> {
    let found = from.by_number::<Draw>(&ctx.seeing_all(), name.as_str()).await?;
    found.ok_or_else(|| {
        let message = format!("没有编号为{name}的抽查");
        Refusal::new("no_such_draw", message, "请核对抽查编号").into()
    })
}

impl Draw {
    /// The state after the bases were fixed.
    pub(super) fn fixed(mut self, document: draw::Freeze, vault: String, by: crate::officer::Person) -> Self {
        let frozen = Box::new(super::Frozen { document, vault, by });
        self.state = State::Frozen { frozen, entries: super::Entries::default() };
        self
    }
}

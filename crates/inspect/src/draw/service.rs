//! Use cases of draws.

use super::entries::{Entered, Entry};
use super::vault::{self, Opened, Vault};
use super::{Draw, DrawError, Drawn, Frozen, Opening, State, after, event, freeze, people};
use crate::plan::service as plans;
use crate::plan::{Plan, PlannedTask};
use crate::task::{self, Task};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_draw::base::Bases;
use xingjian_draw::draw::{self, Action, Document, Origin, Row, StopCause, TransitionError};
use xingjian_draw::file::PublicFile;
use xingjian_draw::seed::{Ceremony, Lottery, RevealPlan, Round, SourcePlan};
use xingjian_draw::team::Team;
use xingjian_draw::{Digest, DrawId};
use xingjian_kernel::id::{DrawingId, OfficerId, PlanId};
use xingjian_kernel::{Fault, Permission, SubjectRef, Timestamp};
use xingjian_store::{App, Ctx, Error, Failure, Filter, Order, Reading, Stored, Tx, blobs, numbers, records};

/// The public name of a draw.
pub type Name = DrawId;

/// A draw about to be prepared, as a form hands it in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewDraw {
    /// The plan.
    pub plan: PlanId,
    /// Number of its task.
    pub task: String,
    /// Where it comes from.
    pub origin: Origin,
    /// A public ceremony.
    pub ceremony: Option<Ceremony>,
    /// A lottery or exchange.
    pub lottery: Option<Lottery>,
    /// A round of drand.
    pub drand: Option<Round>,
    /// Until when departments reveal what they commit to, where they add to the seed.
    pub reveals_due: Option<Timestamp>,
}

/// Prepares a draw of a task of an approved plan.
pub async fn prepare(ctx: &Ctx, new: NewDraw) -> Result<DrawingId, Failure> {
    super::act::may("prepare", &ctx.actor)?;
    let mut tx = ctx.begin().await?;
    let (plan, task) = plans::task(&mut Reading::Inside(&mut tx), ctx, new.plan, &new.task).await?;
    if ctx.actor.department != plan.department {
        return Err(DrawError::OtherDepartment.into());
    }
    against_earlier_in(&mut tx, ctx, &new).await?;
    let reveals = new.reveals_due.map(|due| RevealPlan { due, commitments: BTreeMap::new() });
    let sources = SourcePlan { ceremony: new.ceremony, lottery: new.lottery, drand: new.drand, reveals };
    early_faults(ctx, &sources)?;
    let release = task.sealed.then(|| xingjian_kernel::time::plus_days(task.rules.period.1, 1));
    let of = Draw {
        id: ctx.new_id(),
        name: name_in(&mut tx, ctx, &plan).await?,
        plan: plan.id,
        task,
        division: plan.division.clone(),
        department: plan.department.clone(),
        origin: new.origin,
        sources,
        release,
        prepared_by: (&ctx.actor).into(),
        created_at: ctx.now(),
        openings: vec![],
        state: State::Prepared,
    };
    records::insert(&mut tx, ctx, &of, event::prepared(&of)).await?;
    tx.commit().await?;
    Ok(of.id)
}

/// Faults of the sources that are known before departments have committed.
fn early_faults(ctx: &Ctx, sources: &SourcePlan) -> Result<(), Failure> {
    let mut known = sources.clone();
    if let Some(reveals) = &mut known.reveals {
        // Departments commit later; here only the dates are looked at.
        reveals.commitments.insert(ctx.actor.department.clone(), Digest([0; 32]));
    }
    let faults: Vec<Fault> = known.faults(ctx.now());
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

/// The next name of a draw: place, year and number.
async fn name_in(tx: &mut Tx, ctx: &Ctx, plan: &Plan) -> Result<DrawId, Failure> {
    let year = plan.year;
    let number = numbers::next(tx, &format!("draw/{year}")).await?;
    let name = format!("{}-{year}-{number:03}", ctx.policy().city.division);
    name.parse().map_err(|_| Error::Missing(format!("a name for the draw from {name}")).into())
}

/// A second draw of a task names the first one.
async fn against_earlier_in(tx: &mut Tx, ctx: &Ctx, new: &NewDraw) -> Result<(), Failure> {
    let all = ctx.seeing_all();
    let draws = records::all_in::<Draw>(tx, &all, &Filter { order: Order::Newest, ..Filter::default() }).await?;
    let mut same = draws.iter().filter(|of| of.plan == new.plan && of.task.number == new.task);
    let counts = |of: &&Stored<Draw>| !matches!(of.state, State::Dropped { .. });
    match (new.origin.earlier(), same.find(counts)) {
        (None, Some(earlier)) => Err(DrawError::DrawnBefore(earlier.name.to_string()).into()),
        (Some(name), _) => {
            let earlier = freeze::named(&mut Reading::Inside(tx), ctx, name).await?;
            if earlier.plan == new.plan && earlier.task.number == new.task {
                Ok(())
            } else {
                let reason = "不是同一计划任务的抽查";
                Err(Fault::new("所依据的抽查", name.as_str(), reason, "请在原抽查页面办理").into())
            }
        }
        (None, None) => Ok(()),
    }
}

/// A draw and its version, where this person can take the step.
async fn open_in(tx: &mut Tx, ctx: &Ctx, id: DrawingId, action: &str) -> Result<Stored<Draw>, Failure> {
    let stored = records::hold_in::<Draw>(tx, ctx, id).await?;
    stored.value.open(action, &ctx.actor, ctx.today())?;
    Ok(stored)
}

/// A department hands in the commitment to its random number; a later one replaces it.
///
/// Departments do so side by side: no version has to have been seen.
pub async fn commit(ctx: &Ctx, id: DrawingId, commitment: Digest) -> Result<(), Failure> {
    let mut tx = ctx.begin().await?;
    let Stored { version: seen, value: mut of } = open_in(&mut tx, ctx, id, "commit").await?;
    let department = &ctx.actor.department;
    if let Some(reveals) = &mut of.sources.reveals {
        reveals.commitments.insert(department.clone(), commitment);
    }
    let event = event::committed(&of, &people::department_name(ctx, department));
    records::save(&mut tx, ctx, &of, seen, event).await?;
    Ok(tx.commit().await?)
}

/// Gives up a draw that was prepared and never fixed.
pub async fn drop_prepared(ctx: &Ctx, id: DrawingId, seen: i64, reason: &str) -> Result<(), Failure> {
    let mut faults = vec![];
    let reason = crate::text::required("放弃理由", reason, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let mut tx = ctx.begin().await?;
    let mut of = open_in(&mut tx, ctx, id, "drop").await?.value;
    let event = event::dropped(&of, &reason);
    of.state = State::Dropped { reason, by: (&ctx.actor).into(), at: ctx.now() };
    records::save(&mut tx, ctx, &of, seen, event).await?;
    Ok(tx.commit().await?)
}

/// Fixes both bases and publishes their hashes.
pub async fn fix(ctx: &Ctx, id: DrawingId, seen: i64) -> Result<(), Failure> {
    let mut tx = ctx.begin().await?;
    let of = open_in(&mut tx, ctx, id, "freeze").await?.value;
    let fixed = freeze::fix(&mut Reading::Inside(&mut tx), ctx, &of).await?;
    let hash = vault::keep_in(&mut tx, ctx, ("vault", &of.name), &fixed.vault).await?;
    let of = of.fixed(fixed.frozen.document, hash, (&ctx.actor).into());
    let event = event::step(ctx, &of, &fixed.document)?;
    records::save(&mut tx, ctx, &of, seen, event).await?;
    Ok(tx.commit().await?)
}

/// The bases as they would be fixed now: shown before they are.
pub async fn preview(ctx: &Ctx, id: DrawingId) -> Result<Bases, Failure> {
    let of = records::must::<Draw>(ctx, id).await?.value;
    Ok(freeze::fix(&mut Reading::Outside, ctx, &of).await?.frozen.bases)
}

/// Enters what a source said. The last entry gives the seed. Two people type at the same time, each without seeing the
/// other: no version has to have been seen.
pub async fn enter(ctx: &Ctx, id: DrawingId, entry: Entry) -> Result<Entered, Failure> {
    let mut tx = ctx.begin().await?;
    let Stored { version: seen, value: mut of } = open_in(&mut tx, ctx, id, "enter").await?;
    let State::Frozen { frozen, mut entries } = of.state.clone() else { return Err(Failure::Conflict) };
    let by = (people::actor_name(ctx, &of, &ctx.actor), ctx.actor.department.clone());
    let source = entry.source();
    let entered = entries.take(&frozen.document.sources, &of.name, entry, by, ctx.now())?;
    let event = match &entered {
        Entered::Differed(rejected) => event::differed(&of, rejected),
        _ => event::entered(&of, source),
    };
    of.state = State::Frozen { frozen, entries };
    let seen = records::save(&mut tx, ctx, &of, seen, event).await?;
    if let Entered::Complete(said) = &entered {
        let (machine, _) = vault::machine(&mut Reading::Inside(&mut tx), ctx, &of).await?;
        let step = Action::Seed { said: said.clone(), at: ctx.now() };
        let (_, document) = machine.apply(step).map_err(DrawError::from)?;
        let (State::Frozen { frozen, .. }, Document::Seeded(seeding)) = (of.state.clone(), &document) else {
            return Err(Failure::Conflict);
        };
        of.state = State::Seeded { frozen, seeding: Box::new(seeding.clone()) };
        let event = event::step(ctx, &of, &document)?;
        records::save(&mut tx, ctx, &of, seen, event).await?;
    }
    tx.commit().await?;
    Ok(entered)
}

/// Why somebody stops a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// A department broke its commitment: what is there shows it.
    Reveal,
    /// Taken back before any source has spoken.
    Withdrawn(String),
    /// A source will never speak.
    SourceFailed(String),
}

/// Stops a draw before its seed exists.
pub async fn stop(ctx: &Ctx, id: DrawingId, seen: i64, why: Why) -> Result<(), Failure> {
    let mut tx = ctx.begin().await?;
    let mut of = open_in(&mut tx, ctx, id, "stop").await?.value;
    let State::Frozen { frozen, entries } = of.state.clone() else { return Err(Failure::Conflict) };
    let cause = match why {
        Why::Reveal => StopCause::Reveal(entries.reveals.clone()),
        Why::Withdrawn(text) => StopCause::Withdrawn(text),
        Why::SourceFailed(text) => StopCause::SourceFailed(text),
    };
    let (machine, _) = vault::machine(&mut Reading::Inside(&mut tx), ctx, &of).await?;
    let (_, document) = machine.apply(Action::Stop { cause, at: ctx.now() }).map_err(DrawError::from)?;
    stopped_in(&mut tx, ctx, &mut of, seen, (frozen, None), document).await?;
    Ok(tx.commit().await?)
}

async fn stopped_in(
    tx: &mut Tx,
    ctx: &Ctx,
    of: &mut Draw,
    seen: i64,
    (frozen, seeding): (Box<Frozen>, Option<Box<draw::Seeding>>),
    document: Document,
) -> Result<(), Failure> {
    let Document::Stopped(stop) = &document else { return Err(Failure::Conflict) };
    of.state = State::Stopped { frozen, seeding, stop: stop.clone() };
    let event = event::step(ctx, of, &document)?;
    records::save(tx, ctx, of, seen, event).await?;
    Ok(())
}

/// Draws objects and officers, and proposes a task for each object. Where the teams cannot be formed the draw stops,
/// and says so to everybody. A list that is not sealed is released at once.
pub async fn run(ctx: &Ctx, id: DrawingId, seen: i64) -> Result<(), Failure> {
    let mut tx = ctx.begin().await?;
    let mut of = open_in(&mut tx, ctx, id, "draw").await?.value;
    let State::Seeded { frozen, seeding } = of.state.clone() else { return Err(Failure::Conflict) };
    let (machine, vault) = vault::machine(&mut Reading::Inside(&mut tx), ctx, &of).await?;
    let stop = Action::Stop { cause: StopCause::Shortage, at: ctx.now() };
    let (next, document) = match machine.clone().apply(Action::Draw { at: ctx.now() }) {
        Ok(drawn) => drawn,
        Err(TransitionError::Shortage(_)) => {
            let (_, document) = machine.apply(stop).map_err(DrawError::from)?;
            stopped_in(&mut tx, ctx, &mut of, seen, (frozen, Some(seeding)), document).await?;
            return Ok(tx.commit().await?);
        }
        Err(other) => return Err(DrawError::from(other).into()),
    };
    let (draw::State::Drawn(whole), Document::Drawn(drawing)) = (next, &document) else {
        return Err(Failure::Conflict);
    };
    let rows = vault::keep_in(&mut tx, ctx, ("rows", &of.name), &whole.rows).await?;
    let tasks = after::propose_in(&mut tx, ctx, &of, &vault, &whole.rows).await?;
    let drawn =
        Drawn { seeding: *seeding, drawing: drawing.clone(), rows, changes: vec![], results: BTreeMap::new(), tasks };
    of.state = State::Drawn { frozen, drawn: Box::new(drawn) };
    let event = event::step(ctx, &of, &document)?;
    let seen = records::save(&mut tx, ctx, &of, seen, event).await?;
    if of.release.is_none() {
        release_in(&mut tx, ctx, of, seen).await?;
    }
    Ok(tx.commit().await?)
}

/// Gives out list and file.
pub async fn release(ctx: &Ctx, id: DrawingId, seen: i64) -> Result<(), Failure> {
    let mut tx = ctx.begin().await?;
    let of = open_in(&mut tx, ctx, id, "release").await?.value;
    release_in(&mut tx, ctx, of, seen).await?;
    Ok(tx.commit().await?)
}

/// Releases every list whose day has come, whoever is at work that day; how many they were.
pub async fn release_due(app: &Arc<App>) -> Result<usize, Failure> {
    let ctx = Ctx::system(app);
    let filter = Filter { states: vec!["drawn".into()], due_until: Some(ctx.today()), ..Filter::default() };
    let due = records::all::<Draw>(&ctx, &filter).await?;
    let mut released = 0;
    for stored in due {
        let mut tx = ctx.begin().await?;
        match release_in(&mut tx, &ctx, stored.value, stored.version).await {
            Ok(()) => tx.commit().await?,
            Err(Failure::Conflict) => continue,
            Err(other) => return Err(other),
        }
        released += 1;
    }
    Ok(released)
}

async fn release_in(tx: &mut Tx, ctx: &Ctx, mut of: Draw, seen: i64) -> Result<(), Failure> {
    let (machine, _) = vault::machine(&mut Reading::Inside(tx), ctx, &of).await?;
    let (next, document) = machine.apply(Action::Release { at: ctx.now() }).map_err(DrawError::from)?;
    let State::Drawn { frozen, drawn } = of.state.clone() else { return Err(Failure::Conflict) };
    let (draw::State::Released(whole), Document::Released(release)) = (next, &document) else {
        return Err(Failure::Conflict);
    };
    let file = blobs::keep(tx, serde_json::to_vec(&whole.file()).map_err(Error::from)?).await?;
    of.state = State::Released { frozen, drawn, release: release.clone(), file };
    let event = event::step(ctx, &of, &document)?;
    let seen = records::save(tx, ctx, &of, seen, event).await?;
    after::disclose_in(tx, ctx, &of, seen).await
}

/// The drawn list with the teams as they are now, for those at a desk who may see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The drawn objects, in the order of their tickets.
    pub rows: Vec<Row>,
    /// The teams as they are now.
    pub teams: Vec<Team>,
    /// Who is behind pseudonyms and ids.
    pub vault: Vault,
}

/// Opens the sealed list for the head of the department that leads the draw, who approves its tasks.
pub async fn listed(ctx: &Ctx, of: &Draw) -> Result<Option<Listed>, Failure> {
    let head = ctx.actor.department == of.department && ctx.actor.may(Permission::ApproveInspection);
    if !head || of.state.drawn().is_none() {
        return Ok(None);
    }
    let (machine, vault) = vault::machine(&mut Reading::Outside, ctx, of).await?;
    Ok(match machine {
        draw::State::Drawn(whole) | draw::State::Released(whole) => {
            Some(Listed { rows: whole.rows, teams: whole.teams, vault })
        }
        _ => None,
    })
}

/// Opens the reasons for which officers are kept from objects, to an auditor who says what for.
pub async fn open_reasons(ctx: &Ctx, id: DrawingId, seen: i64, reason: &str) -> Result<(), Failure> {
    let mut faults = vec![];
    let reason = crate::text::required("查阅事由", reason, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let mut tx = ctx.begin().await?;
    let mut of = open_in(&mut tx, ctx, id, "open_reasons").await?.value;
    let event = event::reasons_opened(&of, &reason);
    of.openings.push(Opening { reason, by: (&ctx.actor).into(), at: ctx.now() });
    records::save(&mut tx, ctx, &of, seen, event).await?;
    Ok(tx.commit().await?)
}

/// A reason with what opens its commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The officer.
    pub officer: OfficerId,
    /// Whom the officer must not inspect.
    pub subject: Option<SubjectRef>,
    /// What was committed to, and what opens it.
    pub opened: Opened,
}

/// The reasons, for whoever has opened them by an act of the own.
pub async fn reasons(ctx: &Ctx, of: &Draw) -> Result<Option<Vec<Reason>>, Failure> {
    let own = |opening: &Opening| opening.by.account.is_some() && opening.by.account == ctx.actor.account;
    let (true, Some(frozen)) = (of.openings.iter().any(own), of.state.frozen()) else { return Ok(None) };
    let Vault { officers, reasons, subjects, .. } = vault::vault(&mut Reading::Outside, ctx, frozen).await?;
    let mut all = vec![];
    for opened in reasons {
        let officer = officers.get(&opened.recusal.officer).map(|behind| behind.officer);
        let officer = officer.ok_or_else(|| Error::Missing(format!("{} in the vault", opened.recusal.officer)))?;
        all.push(Reason { officer, subject: subjects.get(&opened.recusal.object).copied(), opened });
    }
    Ok(Some(all))
}

/// The public file of a released draw, as its exact bytes.
pub async fn file(ctx: &Ctx, of: &Draw) -> Result<Option<Vec<u8>>, Failure> {
    let State::Released { file, .. } = &of.state else { return Ok(None) };
    Ok(Some(blobs::get(ctx, file).await?))
}

/// The same, read.
pub async fn public_file(ctx: &Ctx, of: &Draw) -> Result<Option<PublicFile>, Failure> {
    let Some(bytes) = file(ctx, of).await? else { return Ok(None) };
    Ok(Some(serde_json::from_slice(&bytes).map_err(Error::from)?))
}

/// A task of an approved plan, for the form that prepares its draw.
pub async fn planned(ctx: &Ctx, plan: PlanId, number: &str) -> Result<(Plan, PlannedTask), Failure> {
    super::act::may("prepare", &ctx.actor)?;
    plans::task(&mut Reading::Outside, ctx, plan, number).await
}

/// What came of approving all tasks of a draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approved {
    /// How many were approved.
    pub count: usize,
    /// The others by subject, and why not.
    pub left: Vec<(String, String)>,
}

/// The head approves the tasks of a draw, each with its own notice and each on its own: one that cannot be approved
/// does not hold up the others.
pub async fn approve_tasks(ctx: &Ctx, id: DrawingId) -> Result<Approved, Failure> {
    ctx.may(Permission::ApproveInspection)?;
    let of = records::must::<Draw>(ctx, id).await?;
    let mut done = Approved { count: 0, left: vec![] };
    for task in of.state.drawn().into_iter().flat_map(|drawn| drawn.tasks.values()) {
        let Some(task) = records::get::<Task>(ctx, *task).await? else { continue };
        if task.state.name() != "proposed" {
            continue;
        }
        match task::service::act(ctx, task.id, task.version, task::Action::Approve).await {
            Ok(_) => done.count += 1,
            Err(error @ (Failure::Store(_) | Failure::Denied(_))) => return Err(error),
            Err(why) => done.left.push((task.subject_name.clone(), why.to_string())),
        }
    }
    Ok(done)
}

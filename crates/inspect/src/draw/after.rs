//! What follows a draw: a task for each drawn object, officers who step back, results. Until the release what names a
//! drawn object stays sealed; at the release it is shown at once, in the order in which it happened.

use super::people::public;
use super::vault::{self, Vault};
use super::{Draw, DrawError, State, event};
use crate::officer::{OfficerRef, Standing};
use crate::task::{Cause, Item, Outcome, Task};
use std::collections::BTreeMap;
use xingjian_draw::draw::{Action, Document, Row, VisitResult};
use xingjian_kernel::id::{DrawingId, OfficerId, TaskId};
use xingjian_kernel::{Actor, DepartmentId, SubjectRef};
use xingjian_registry::officer::Officer;
use xingjian_registry::subject;
use xingjian_store::{Ctx, Error, Failure, Reading, Tx, records};

/// What the public calls a result.
const fn result_of(outcome: Outcome) -> VisitResult {
    match outcome {
        Outcome::NoProblem => VisitResult::NothingFound,
        Outcome::OrderedCorrection => VisitResult::CorrectionOrdered,
        Outcome::Refused => VisitResult::Refused,
        Outcome::NotPractised => VisitResult::NoSuchBusiness,
        Outcome::NotReachable => VisitResult::NotFound,
        Outcome::ToBeHandled => VisitResult::ToBeHandled,
        Outcome::ClosedDown => VisitResult::Closed,
    }
}

/// Proposes a task for each drawn object, with the team as drawn: what stands against it now (a certificate that was
/// withdrawn since) is found at the approval, not here, because nothing undoes the draw.
pub(super) async fn propose_in(
    tx: &mut Tx,
    ctx: &Ctx,
    of: &Draw,
    vault: &Vault,
    rows: &[Row],
) -> Result<BTreeMap<String, TaskId>, Failure> {
    let items = items(ctx, of);
    let mut known: BTreeMap<OfficerId, (OfficerRef, DepartmentId)> = BTreeMap::new();
    let mut tasks = BTreeMap::new();
    for row in rows {
        let subject = *vault.subjects.get(&row.object).ok_or_else(|| unknown(of, &row.object))?;
        let (mut team, mut departments) = (vec![], vec![]);
        for pseudonym in &row.officers {
            let id = vault.officers.get(pseudonym).ok_or_else(|| unknown(of, pseudonym))?.officer;
            let (officer, department) = match known.get(&id) {
                Some(found) => found.clone(),
                None => known.entry(id).or_insert(officer_in(tx, ctx, id).await?).clone(),
            };
            team.push(officer);
            if department != of.department && !departments.contains(&department) {
                departments.push(department);
            }
        }
        let id = task_in(tx, ctx, of, (&row.object, subject), (&items, team, departments)).await?;
        tasks.insert(row.object.clone(), id);
    }
    Ok(tasks)
}

fn unknown(of: &Draw, what: &str) -> Failure {
    Error::Missing(format!("{what} in the vault of {}", of.name)).into()
}

async fn officer_in(tx: &mut Tx, ctx: &Ctx, id: OfficerId) -> Result<(OfficerRef, DepartmentId), Failure> {
    let officer = records::must_in::<Officer>(tx, &ctx.seeing_all(), id).await?.value;
    let department = officer.department.clone();
    Ok((Standing::of(&officer, None).officer, department))
}

/// What each department looks at, as it reads now; what the pack no longer has keeps its id.
fn items(ctx: &Ctx, of: &Draw) -> Vec<Item> {
    let mut items: Vec<Item> = vec![];
    for (department, ids) in &of.task.rules.items {
        for id in ids {
            if items.iter().any(|item| item.id == *id) {
                continue;
            }
            let entry = ctx.policy().inspection_item(id, ctx.today());
            items.push(Item {
                id: id.clone(),
                name: entry.map_or_else(|| id.clone(), |entry| entry.name.clone()),
                points: entry.map(|entry| entry.points.clone()).unwrap_or_default(),
                basis: entry.map(|entry| entry.basis.clone()).unwrap_or_default(),
                department: (*department != of.department).then(|| department.clone()),
            });
        }
    }
    items
}

async fn task_in(
    tx: &mut Tx,
    ctx: &Ctx,
    of: &Draw,
    (object, subject): (&str, SubjectRef),
    (items, team, departments): (&[Item], Vec<OfficerRef>, Vec<DepartmentId>),
) -> Result<TaskId, Failure> {
    let known = subject::known_in(tx, &ctx.seeing_all(), subject).await?;
    let task = Task {
        id: ctx.new_id(),
        cause: Cause::Draw {
            id: of.id,
            name: of.name.to_string(),
            object: object.to_owned(),
            title: of.task.name.clone(),
        },
        subject,
        subject_name: known.name,
        division: known.division,
        department: of.department.clone(),
        origin: of.department.clone(),
        departments,
        planned: of.task.rules.period.1,
        items: items.to_vec(),
        officers: team,
        exceed_reason: None,
        proposed_by: of.prepared_by.clone(),
        created_at: ctx.now(),
        recusals: vec![],
        replacements: vec![],
        superseded: vec![],
        state: crate::task::State::Proposed,
    };
    records::insert(tx, ctx, &task, crate::task::event::proposed(&task)).await?;
    Ok(task.id)
}

/// Who steps in for an officer of a drawn team: nobody chooses, the tickets say it. The change is a step of the draw.
pub(crate) async fn successor_in(
    tx: &mut Tx,
    ctx: &Ctx,
    (id, object): (DrawingId, &str),
    (from, reason): (OfficerId, &str),
    proposed_by: &crate::officer::Person,
) -> Result<OfficerId, Failure> {
    let stored = records::hold_in::<Draw>(tx, &ctx.seeing_all(), id).await?;
    let mut of = stored.value;
    let (machine, vault) = vault::machine(&mut Reading::Inside(tx), ctx, &of).await?;
    let pseudonym = vault.officers.iter().find(|(_, behind)| behind.officer == from).map(|(name, _)| name.clone());
    let proposer = Actor { account: proposed_by.account, name: proposed_by.name.clone(), ..ctx.actor.clone() };
    let mut asked = public(ctx, &of, &proposer);
    asked.name = asked.name.replace(xingjian_kernel::Role::Head.label(), "申请人");
    let change = Action::ChangeOfficer {
        object: object.to_owned(),
        from: pseudonym.ok_or_else(|| unknown(&of, &from.to_string()))?,
        reason: reason.to_owned(),
        proposed_by: asked,
        approved_by: public(ctx, &of, &ctx.actor),
        at: ctx.now(),
    };
    let (_, document) = machine.apply(change).map_err(DrawError::from)?;
    let (Document::OfficerChanged(change), Some(drawn)) = (&document, of.state.drawn_mut()) else {
        return Err(Failure::Conflict);
    };
    drawn.changes.push(change.clone());
    let to = vault.officers.get(&change.to).ok_or_else(|| unknown(&of, &change.to))?.officer;
    save_in(tx, ctx, (of, stored.version), &document).await?;
    Ok(to)
}

/// Notes what came of the visit to a drawn object.
pub(crate) async fn record_in(
    tx: &mut Tx,
    ctx: &Ctx,
    (id, object): (DrawingId, &str),
    outcome: Outcome,
    officers: &[OfficerId],
) -> Result<(), Failure> {
    let all = ctx.seeing_all();
    let stored = records::hold_in::<Draw>(tx, &all, id).await?;
    let mut of = stored.value;
    let (machine, vault) = vault::machine(&mut Reading::Inside(tx), ctx, &of).await?;
    let there = vault.officers.iter().filter(|(_, behind)| officers.contains(&behind.officer));
    let record = Action::Record {
        object: object.to_owned(),
        result: result_of(outcome),
        officers: there.map(|(name, _)| name.clone()).collect(),
        at: ctx.now(),
    };
    let (_, document) = machine.apply(record).map_err(DrawError::from)?;
    let (Document::Recorded(recorded), Some(drawn)) = (&document, of.state.drawn_mut()) else {
        return Err(Failure::Conflict);
    };
    drawn.results.insert(object.to_owned(), recorded.clone());
    save_in(tx, ctx, (of, stored.version), &document).await
}

/// Saves a step that names a drawn object: shown where the list is public.
async fn save_in(tx: &mut Tx, ctx: &Ctx, (of, seen): (Draw, i64), document: &Document) -> Result<(), Failure> {
    let event = match of.state {
        State::Released { .. } => event::step(ctx, &of, document)?,
        _ => event::sealed_step(&of, document),
    };
    // The officer of another department or the head of this one: the draw is seen by both.
    records::save(tx, &ctx.seeing_all(), &of, seen, event).await?;
    Ok(())
}

/// Shows what happened before the release, each as a document of its own.
pub(super) async fn disclose_in(tx: &mut Tx, ctx: &Ctx, of: &Draw, mut seen: i64) -> Result<(), Failure> {
    let Some(drawn) = of.state.drawn() else { return Ok(()) };
    let changes = drawn.changes.iter().cloned().map(Document::OfficerChanged);
    let mut documents: Vec<Document> = changes.chain(drawn.results.values().cloned().map(Document::Recorded)).collect();
    documents.sort_by_key(|document| match document {
        Document::OfficerChanged(of) => of.at,
        Document::Recorded(of) => of.at,
        _ => xingjian_kernel::Timestamp::from_micros(0),
    });
    for document in documents {
        let event = event::step(ctx, of, &document)?;
        seen = records::save(tx, ctx, of, seen, event).await?;
    }
    Ok(())
}

//! What anybody may know of a draw: the documents of its steps as they were shown, and after the release its file.

use super::vault;
use super::{Draw, State};
use crate::task::Task;
use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_draw::DrawId;
use xingjian_draw::bundle::{Bundle, FORMAT, Opened, Step};
use xingjian_draw::draw::{self, Document, VisitResult};
use xingjian_draw::file::PublicFile;
use xingjian_kernel::id::EntryId;
use xingjian_kernel::{LocalDate, SubjectRef, Timestamp};
use xingjian_registry::institution::Institution;
use xingjian_store::{App, Ctx, Error, Failure, Filter, Order, Reading, Record, ledger, records};

/// A step as it was shown.
#[derive(Clone, Debug)]
pub struct ShownStep {
    /// Its row in the log.
    pub row: EntryId,
    /// When it was written.
    pub at: Timestamp,
    /// What was shown.
    pub document: Document,
}

/// A draw as the public sees it.
#[derive(Clone, Debug)]
pub struct PublicDraw {
    /// The draw. Only what its documents say may be shown of it.
    pub draw: Draw,
    /// Its steps.
    pub steps: Vec<ShownStep>,
    /// By when the results have to be public.
    pub results_due: LocalDate,
    /// The public file, after the release.
    pub file: Option<PublicFile>,
}

impl PublicDraw {
    /// Whether results were due before today and are not all there.
    pub fn is_overdue(&self, today: LocalDate) -> bool {
        let missing = self.draw.tally().is_some_and(|tally| tally.outstanding > 0);
        let sealed = self.draw.state.name() == "drawn";
        today > self.results_due && (missing || sealed)
    }
}

/// States that the public knows of.
const SHOWN: &[&str] = &["frozen", "seeded", "drawn", "released", "stopped"];

/// All draws that were announced, newest first.
pub async fn public_list(app: &Arc<App>) -> Result<Vec<PublicDraw>, Failure> {
    let ctx = Ctx::system(app);
    let states = SHOWN.iter().map(|state| (*state).to_owned()).collect();
    let filter = Filter { states, order: Order::Newest, ..Filter::default() };
    let mut shown = vec![];
    for stored in records::all::<Draw>(&ctx, &filter).await? {
        let results_due = stored.results_due(&ctx)?;
        shown.push(PublicDraw { draw: stored.value, steps: vec![], results_due, file: None });
    }
    Ok(shown)
}

/// A draw by its public name.
pub async fn public_get(app: &Arc<App>, name: &str) -> Result<PublicDraw, Failure> {
    let ctx = Ctx::system(app);
    let stored = records::by_number::<Draw>(&ctx, name).await?.ok_or(Failure::NotFound)?;
    if !SHOWN.contains(&stored.state.name()) {
        return Err(Failure::NotFound);
    }
    let steps = steps(app, &stored.value).await?;
    let file = super::service::public_file(&ctx, &stored.value).await?;
    Ok(PublicDraw { results_due: stored.results_due(&ctx)?, draw: stored.value, steps, file })
}

async fn steps(app: &App, of: &Draw) -> Result<Vec<ShownStep>, Failure> {
    let mut steps = vec![];
    for row in ledger::shown_of(app, Draw::TABLE, of.id).await? {
        let id = of.id.to_string();
        let unreadable = |source| Error::Unreadable { table: "ledger", id, source };
        let document = serde_json::from_value(row.data).map_err(unreadable)?;
        steps.push(ShownStep { row: row.id, at: row.at, document });
    }
    Ok(steps)
}

/// A released draw that drew somebody.
#[derive(Clone, Debug)]
pub struct DrawnIn {
    /// Name of the draw.
    pub draw: DrawId,
    /// What it was for.
    pub task: String,
    /// Id of the object in the draw.
    pub object: String,
    /// When it was drawn.
    pub at: Timestamp,
    /// What came of the visit, as far as it is known.
    pub result: Option<VisitResult>,
}

/// The released draws that drew a subject, newest first. A sealed list says nothing here either.
pub async fn drawn_in(app: &Arc<App>, subject: SubjectRef) -> Result<Vec<DrawnIn>, Failure> {
    let ctx = Ctx::system(app);
    let filter = Filter { subject: Some(subject), order: Order::Newest, ..Filter::default() };
    let mut found = vec![];
    for task in records::all::<Task>(&ctx, &filter).await? {
        let Some((draw, object)) = task.cause.draw() else { continue };
        let Draw { name, task: planned, state, .. } = records::must::<Draw>(&ctx, draw).await?.value;
        if let State::Released { drawn, .. } = state {
            let result = drawn.results.get(object).map(|recorded| recorded.result);
            let at = drawn.drawing.at;
            found.push(DrawnIn { draw: name, task: planned.name, object: object.to_owned(), at, result });
        }
    }
    Ok(found)
}

/// Names of the institutions behind the ids of a released draw.
pub async fn names(app: &Arc<App>, of: &PublicDraw) -> Result<BTreeMap<String, String>, Failure> {
    let (State::Released { frozen, .. }, Some(file)) = (&of.draw.state, &of.file) else { return Ok(BTreeMap::new()) };
    let ctx = Ctx::system(app);
    let vault = vault::vault(&mut Reading::Outside, &ctx, frozen).await?;
    let mut names = BTreeMap::new();
    for row in &file.drawn {
        let Some(SubjectRef::Institution(id)) = vault.subjects.get(&row.object) else { continue };
        if let Some(institution) = records::get::<Institution>(&ctx, *id).await? {
            names.insert(row.object.clone(), institution.value.details.name);
        }
    }
    Ok(names)
}

/// Everything that an outsider needs to check the draw, with the proofs that the log has its steps.
pub async fn bundle(app: &Arc<App>, of: PublicDraw) -> Result<Bundle, Failure> {
    let ctx = Ctx::system(app);
    let opened = match &of.draw.state {
        State::Stopped { .. } => match vault::machine(&mut Reading::Outside, &ctx, &of.draw).await?.0 {
            draw::State::Stopped(stopped) => Opened::of(&stopped),
            _ => None,
        },
        _ => None,
    };
    let filter = Filter { states: SHOWN.iter().map(|s| (*s).to_owned()).collect(), ..Filter::default() };
    let mut all = of.steps;
    for other in records::all::<Draw>(&ctx, &Filter { order: Order::Newest, ..filter }).await? {
        let same = other.plan == of.draw.plan && other.task.number == of.draw.task.number;
        if same && other.id != of.draw.id {
            all.extend(steps(app, &other.value).await?);
        }
    }
    // The log takes rows in the order of time, and of ids where that is the same.
    all.sort_by_key(|step| (step.at, step.row));
    let mut shown = vec![];
    for step in all {
        let proof = match app.log.get() {
            Some(log) => log.shown(app, &step.row.to_string()).await.ok().map(|proof| proof.to_string()),
            None => None,
        };
        shown.push(Step { document: step.document, proof });
    }
    let policy = app.log.get().map(|log| log.policy().clone().without_addresses().to_string());
    Ok(Bundle { format: FORMAT.to_owned(), draw: of.draw.name, file: of.file, opened, steps: shown, policy })
}

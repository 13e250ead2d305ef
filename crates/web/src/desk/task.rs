mod checklist;
pub mod choices;
mod forms;
mod pending;
mod perform;
mod plan;
mod sections;

use super::{Tried, back, badge, due_on, links, more, open_in};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::route::{Callers, Route};
use crate::ui::{Clock, FilePage, Layout, Query, Row, due, timeline};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use checklist::Checklist;
use std::ops::Deref;
use xingjian_inspect::finding::Finding;
use xingjian_inspect::officer::names;
use xingjian_inspect::rate::Rate;
use xingjian_inspect::task::service::{self, Candidate};
use xingjian_inspect::task::{Frequency, State as Stage, Task, state_label};
use xingjian_kernel::{Actor, LocalDate, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/tasks";
pub(super) const READERS: Callers =
    Callers::Holding(&[Permission::ProposeInspection, Permission::ApproveInspection, Permission::Inspect]);
const PLANNERS: Callers = Callers::Holding(&[Permission::ProposeInspection]);
/// Acts that a task waits for in its state; the others may be taken, but nobody waits for them.
const NEXT: &[&str] = &["approve", "propose_again", "begin", "answer", "record", "sign", "sign_party", "submit"];
/// Acts that a few tasks of a state wait for, whatever comes next in it.
const BETWEEN: &[&str] = &["decide_recusal"];

/// States in which something is still to be done.
const SHOWN: [&str; 7] = ["proposed", "returned", "approved", "on_site", "recorded", "signed", "concluded"];

/// The same, for counting.
pub fn stages() -> Vec<super::statistics::Stage> {
    SHOWN.iter().map(|state| (*state, state_label(state), vec![*state])).collect()
}

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Tasks>(READERS),
        vec![
            Route::get("/desk/tasks/new", PLANNERS, plan::new),
            Route::post("/desk/tasks/new", PLANNERS, plan::propose),
            Route::get("/desk/tasks/{id}", READERS, show),
            Route::post("/desk/tasks/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

/// A task with everything its page shows.
struct Sight {
    task: Stored<Task>,
    /// Officers who might go, and what keeps each from this subject.
    candidates: Vec<Candidate>,
    /// Inspections of the year against the cap; `None` for subjects without a grade.
    frequency: Option<(Rate, Frequency)>,
    findings: Vec<Stored<Finding>>,
    /// Where the subject is, as far as the registry knows.
    place: String,
    /// Address of the notice, once it was handed over.
    notice: Option<String>,
    /// Entries of the policy pack whose release the next act needs.
    missing: Vec<String>,
    acts: Vec<LedgerRow>,
}

/// The file, and the checklist while it is being filled in.
#[derive(Template)]
#[template(path = "desk/task.html")]
struct TaskPage {
    file: FilePage,
    checklist: Option<Checklist>,
}

impl Deref for TaskPage {
    type Target = FilePage;
    fn deref(&self) -> &FilePage {
        &self.file
    }
}

/// Whether the task waits for this person.
fn waits_for(task: &Task, actor: &Actor) -> bool {
    let own = |name: &str| name != "propose_again" || task.proposed_by.account == actor.account;
    let waits = |name: &str| NEXT.contains(&name) || BETWEEN.contains(&name);
    task.open_actions(actor).into_iter().any(|name| waits(name) && own(name))
}

fn is_open(task: &Task) -> bool {
    !Stage::FINAL.contains(&task.state.name())
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Task>) -> Row {
    let number = stored.number().map(|n| format!(" {n}")).unwrap_or_default();
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.subject_name.clone(),
        detail: format!("检查任务{number} · {}", stored.cause.label()),
        state: badge(stored.state.label(), is_open(stored), waits_for(stored, &caller.ctx.actor)),
        owner: names(&stored.officers),
        due: due_on(web, stored.head().due),
    }
}

/// Tasks that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let actor = &caller.ctx.actor;
    let next = Task::names_open_to(actor, |name| NEXT.contains(&name));
    // Read by themselves: of the many tasks in these states few wait, and none of them hides what waits in the others.
    let mut between = Task::names_open_to(actor, |name| BETWEEN.contains(&name));
    between.retain(|state| !next.contains(state));
    let found = open_in::<Task>(caller, next, Filter::default()).await?;
    let found = found.and(open_in(caller, between, Filter::default()).await?);
    let mine = found.iter().filter(|t| waits_for(t, actor));
    Ok(mine.map(|t| (t.head().due, row(web, caller, t))).chain(more::<Tasks, _>(&found)).collect())
}

/// The list of inspection tasks.
struct Tasks;

impl Listing for Tasks {
    type Item = Task;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/tasks/excel";
    const TITLE: &'static str = "检查任务";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&SHOWN.map(|state| (state, state_label(state))))
    }

    fn around(_: &Web, caller: &Caller) -> Around {
        Around::empty("没有符合条件的检查任务。在线索中选择“转现场检查”，或者拟定计划检查，任务会出现在这里。").begin(
            caller.ctx.actor.may(Permission::ProposeInspection),
            "拟定计划检查",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Task> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Task>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, &id, None, Some(&query.done)).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    match perform::perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn look(web: &Web, caller: &Caller, id: &str) -> Result<Sight, Failure> {
    let ctx = &caller.ctx;
    let task = records::must::<Task>(ctx, id).await?;
    let acts = ledger::of_resource(ctx, Task::TABLE, id).await?;
    let day = task.planned.max(web.app.clock.today());
    let open = is_open(&task);
    let candidates =
        if open { choices::candidates_but(ctx, task.subject, day, &task.recused()).await? } else { vec![] };
    let frequency = service::frequency(ctx, task.subject).await?;
    let findings = service::findings(ctx, &task).await?;
    let institution = match task.subject {
        SubjectRef::Institution(id) => records::get::<Institution>(ctx, id).await?,
        _ => None,
    };
    let place = institution.and_then(|i| i.value.details.address).unwrap_or_default();
    let notice = match task.number() {
        Some(number) => links::paper(caller, number).await?.and_then(|line| line.url),
        None => None,
    };
    let missing = missing(web, caller, &task).await?;
    Ok(Sight { task, candidates, frequency, findings, place, notice, missing, acts })
}

/// What has to be released before the approval or the submission, said before somebody tries in vain.
async fn missing(web: &Web, caller: &Caller, task: &Task) -> Result<Vec<String>, Failure> {
    let today = web.app.clock.today();
    let releases = links::releases(caller).await?;
    let needed = |table: &str, id: &str, act: &str| {
        links::Ground::of(web, &releases, table, id, today).and_then(|ground| ground.missing(act))
    };
    Ok(match &task.state {
        Stage::Proposed => {
            task.items.iter().filter_map(|item| needed("inspection_item", &item.id, "不能批准检查")).collect()
        }
        Stage::OnSite { .. } | Stage::Recorded { .. } | Stage::Signed { .. }
            if task.violated().iter().any(|v| v.correct_by.is_none()) =>
        {
            needed("clock", "rectification", "没有写明改正期限的问题不能提交").into_iter().collect()
        }
        _ => vec![],
    })
}

/// The visit has a day until it begins; what comes after it has none of its own.
fn clocks(web: &Web, task: &Task) -> Vec<Clock> {
    let planned = matches!(task.state, Stage::Proposed | Stage::Returned { .. } | Stage::Approved { .. });
    let today = web.app.clock.today();
    let clock = || Clock {
        label: "计划检查".into(),
        due: due(task.planned, today, &web.app.policy.calendar),
        article: String::new(),
        estimated: false,
    };
    planned.then(clock).into_iter().collect()
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let it = match look(web, caller, id).await {
        Ok(it) => it,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms::of(web, caller, &it);
    let as_stored = actions.clone();
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    // The checklist is the work of the visit: it stands in the middle of the page, not beside it.
    let at = actions.iter().position(|a| a.name == checklist::ACTION);
    let given = tried.as_ref().filter(|t| t.action == checklist::ACTION).map(|t| t.given);
    let checklist = at.map(|at| Checklist::new(web, &it.task, actions.remove(at), &as_stored[at], given));
    actions.sort_by_key(|action| !action.primary);
    let mine = waits_for(&it.task, &caller.ctx.actor);
    let file = FilePage {
        layout: Layout::of(web, caller, &it.task.subject_name, PATH).done(done),
        list: ("检查任务".into(), PATH.into()),
        title: format!("检查 {}", it.task.subject_name),
        number: it.task.number().unwrap_or_default().to_owned(),
        state: badge(it.task.state.label(), is_open(&it.task), mine),
        clocks: clocks(web, &it.task),
        sections: sections::of(web, caller, &it, checklist.is_some()),
        waiting: [it.missing, pending::reasons(&it.task, &caller.ctx.actor)].concat(),
        acts: timeline(it.acts),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &TaskPage { file, checklist })
}

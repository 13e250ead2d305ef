//! Draws of random inspection at the desk: prepared, fixed, seeded, drawn, released; one page a draw.

mod forms;
mod list;
mod new;
mod perform;
mod sections;

use super::{Tried, back, badge};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing;
use crate::route::{Callers, Route};
use crate::ui::{Clock, FilePage, Layout, Query, TablePage, due, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_draw::base::Bases;
use xingjian_inspect::draw::service::{self, Listed};
use xingjian_inspect::draw::{Draw, State as Stage};
use xingjian_inspect::task::Task;
use xingjian_kernel::Permission;
use xingjian_registry::officer::Officer;
use xingjian_registry::subject::known;
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, Record, Stored, ledger, records};

pub use list::waiting;
pub use sections::stratum;

const PATH: &str = "/desk/draws";
const READERS: Callers = Callers::Holding(&[
    Permission::ProposeInspection,
    Permission::ApproveInspection,
    Permission::Inspect,
    Permission::WitnessDraw,
    Permission::ReviewCase,
]);
const PREPARERS: Callers = Callers::Holding(&[Permission::ProposeInspection]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<list::Draws>(READERS),
        vec![
            Route::get("/desk/draws/new", PREPARERS, new::new),
            Route::post("/desk/draws/new", PREPARERS, new::prepare),
            Route::get("/desk/draws/{id}", READERS, show),
            Route::post("/desk/draws/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

/// A draw with everything its page shows.
struct Sight {
    draw: Stored<Draw>,
    /// The bases as they would be fixed now, or why they cannot be.
    preview: Option<Result<Bases, Failure>>,
    /// The list, where this person may see it.
    listed: Option<Listed>,
    /// Why officers are kept from objects, for an auditor who has opened it: officer, object, ground, what opens it.
    reasons: Vec<(String, String, &'static str, String)>,
    /// The tasks of the drawn objects that this person may see.
    tasks: Vec<Stored<Task>>,
    acts: Vec<LedgerRow>,
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

async fn look(caller: &Caller, id: &str) -> Result<Sight, Failure> {
    let ctx = &caller.ctx;
    let draw = records::must::<Draw>(ctx, id).await?;
    let acts = ledger::of_resource(ctx, Draw::TABLE, id).await?;
    let own = ctx.actor.department == draw.department;
    let preview = match &draw.state {
        Stage::Prepared if own => Some(service::preview(ctx, draw.id).await),
        _ => None,
    };
    let listed = service::listed(ctx, &draw).await?;
    let mut tasks = vec![];
    for task in draw.state.drawn().into_iter().flat_map(|drawn| drawn.tasks.values()) {
        tasks.extend(records::get::<Task>(ctx, *task).await?);
    }
    let mut reasons = vec![];
    for reason in service::reasons(ctx, &draw).await?.into_iter().flatten() {
        let officer = records::get::<Officer>(ctx, reason.officer).await?.map_or_else(String::new, |of| of.value.name);
        let object = match reason.subject {
            Some(subject) => known(ctx, subject).await?.name,
            None => reason.opened.recusal.object.clone(),
        };
        let why = format!("{}\n盐值 {}", reason.opened.recusal.detail, reason.opened.salt);
        reasons.push((officer, object, reason.opened.recusal.ground.label(), why));
    }
    Ok(Sight { draw, preview, listed, reasons, tasks, acts })
}

fn is_open(draw: &Draw) -> bool {
    !Draw::FINAL.contains(&draw.state.name())
}

/// The next step's day, and that of the results.
fn clocks(web: &Web, caller: &Caller, it: &Sight) -> Result<Vec<Clock>, Failure> {
    let (today, calendar) = (web.app.clock.today(), &web.app.policy.calendar);
    let clock = |label: &str, day, article: &str| Clock {
        label: label.into(),
        due: due(day, today, calendar),
        article: article.into(),
        estimated: false,
    };
    let mut clocks = vec![];
    if let Some(day) = it.draw.head().due {
        let label = match it.draw.state {
            Stage::Frozen { .. } => "种子产生",
            Stage::Seeded { .. } => "抽取",
            _ => "公开名单",
        };
        clocks.push(clock(label, day, ""));
    }
    if it.draw.tally().is_some_and(|tally| tally.outstanding > 0) {
        let article = web.app.policy.clock(xingjian_inspect::draw::RESULTS_CLOCK, today);
        let article = article.map(|clock| clock.article.clone()).unwrap_or_default();
        clocks.push(clock("公开全部结果", it.draw.results_due(&caller.ctx)?, &article));
    }
    Ok(clocks)
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let it = look(caller, id).await?;
        let clocks = clocks(web, caller, &it)?;
        Ok::<_, Failure>((it, clocks))
    };
    let (it, clocks) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms::of(web, caller, &it);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    actions.sort_by_key(|action| !action.primary);
    let mine = list::waits_for(&it.draw, &caller.ctx.actor, web.app.clock.now());
    let file = FilePage {
        layout: Layout::of(web, caller, &it.draw.task.name, PATH).done(done),
        list: ("随机抽查".into(), PATH.into()),
        title: it.draw.task.name.clone(),
        number: it.draw.name.to_string(),
        state: badge(it.draw.state.label(), is_open(&it.draw), mine),
        clocks,
        sections: sections::of(web, caller, &it),
        waiting: sections::waiting(web, &it),
        acts: timeline(it.acts.clone()),
        actions,
        problem,
    };
    let page = TablePage { file, figures: vec![], chart: None, tables: sections::tables(&it) };
    html(Tried::status(tried.as_ref()), &page)
}

//! Penalty cases at the desk: the list, the file, one form for every act of the procedure, and its papers.

mod file;
mod forms;
pub mod list;
mod read;
mod rechecks;
mod sections;
mod words;

pub use list::waiting;

use super::{Tried, back};
use crate::app::Web;
use crate::form::Given;
use crate::guard::Caller;
use crate::listing;
use crate::paper;
use crate::route::{Callers, Route};
use crate::ui::Query;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_enforce::case::service::Candidate;
use xingjian_enforce::case::{Case, Correction, Needed, action_label, service};
use xingjian_kernel::id::CaseId;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_store::{Failure, Stored};

const PATH: &str = "/desk/cases";
pub const READERS: Callers =
    Callers::Holding(&[Permission::HandleCase, Permission::DecideCase, Permission::ReviewCase]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<list::Cases>(READERS),
        vec![
            Route::get("/desk/cases/{id}", READERS, show),
            Route::post("/desk/cases/{id}/{action}", READERS, act),
            Route::get("/desk/cases/{id}/print/{kind}", READERS, file::print),
            Route::get("/desk/papers/{id}", paper::STAFF, paper::at_desk),
        ],
    ]
    .concat()
}

/// A case with what its forms and its file need.
struct Desk<'a> {
    web: &'a Web,
    caller: &'a Caller,
    case: &'a Stored<Case>,
    /// The range that the report leaves, its bands, and the amounts of the policy pack.
    discretion: Option<service::Discretion>,
    /// Entries to be released before the next effective act.
    missing: Vec<Needed>,
    /// Officers who could take the case over.
    officers: Vec<Candidate>,
    /// Re-checks of the finding that a report may rest on.
    rechecks: Vec<Correction>,
}

impl<'a> Desk<'a> {
    async fn of(web: &'a Web, caller: &'a Caller, case: &'a Stored<Case>) -> Result<Self, Failure> {
        let open = case.open_actions(&caller.ctx.actor);
        let (replaces, reports) = (open.contains(&"replace_handler"), open.contains(&"report_investigation"));
        Ok(Self {
            web,
            caller,
            case,
            discretion: service::discretion(&caller.ctx, case)?,
            missing: service::releases_missing(&caller.ctx, case).await?,
            officers: if replaces { service::candidates(&caller.ctx, case).await? } else { vec![] },
            rechecks: if reports { rechecks::known(&caller.ctx, case).await? } else { vec![] },
        })
    }

    fn today(&self) -> LocalDate {
        self.web.app.clock.today()
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    file::page(&web, &caller, &id, None, Some(&query.done)).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    match perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            file::page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: CaseId = id.parse().map_err(|_| Failure::NotFound)?;
    let ctx = &caller.ctx;
    let case = service::get(ctx, id).await?;
    let signed = case.draft.as_ref().map(|draft| draft.what.action().label()).filter(|_| action == "countersign");
    let done = if action == "replace_handler" {
        let change = read::replacement(given)?;
        let read::Replacement { leaving, joining, ground, reason } = change;
        service::replace_handler(ctx, id, given.seen(), leaving, joining, ground, &reason).await
    } else {
        let known = if action == "report_investigation" { rechecks::known(ctx, &case).await? } else { vec![] };
        let action = read::action(ctx, &case, &known, action, given)?;
        service::act(ctx, id, given.seen(), action).await
    };
    match done {
        Ok(next) => Ok(match (signed, &next.draft) {
            (Some(signed), _) => format!("已会签“{signed}”，案件现为“{}”", next.state.label()),
            (None, Some(draft)) if draft.what.action().name() == action => {
                format!("已提交“{}”，待另一名承办人会签后生效", action_label(action))
            }
            _ => format!("已办理“{}”，案件现为“{}”", action_label(action), next.state.label()),
        }),
        Err(failure) => Err(read::placed(failure, given)),
    }
}

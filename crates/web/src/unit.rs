//! The unit portal: an institution's own record and what it must answer. Everything comes in the scope of the
//! institution the login speaks for, and only what the party may see of it.

mod case;
mod demerit;
mod finding;
mod signal;

use crate::app::Web;
use crate::desk::department;
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::route::{Callers, Route};
use crate::ui::{Layout, Line, Query, Row};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_credit::grade::Grading;
use xingjian_inspect::rate::{self, Rate};
use xingjian_kernel::{Actor, LocalDate, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, ledger, records};

const PATH: &str = "/unit";
const CALLERS: Callers = Callers::Holding(&[Permission::AnswerAsUnit]);
/// Acts that are read to find the messages among them.
const ACTS: u32 = 300;
/// Messages shown.
const MESSAGES: usize = 30;

pub fn routes() -> Vec<Route> {
    let mut routes = vec![Route::get(PATH, CALLERS, home)];
    routes.extend(case::routes());
    routes.extend(finding::routes());
    routes.extend(demerit::routes());
    routes.extend(signal::routes());
    routes
}

/// An act that the institution is told of, and where it leads.
struct Message {
    at: String,
    who: String,
    text: String,
    url: Option<String>,
}

/// The grade and what follows from it.
struct Credit {
    grade: String,
    label: String,
    total: i32,
    base: i32,
    trial: bool,
    lines: Vec<String>,
    rate: Option<Rate>,
}

#[derive(Template)]
#[template(path = "unit/home.html")]
struct HomePage {
    layout: Layout,
    name: String,
    record: Vec<Line>,
    credit: Option<Credit>,
    todos: Vec<Row>,
    messages: Vec<Message>,
}

/// Kinds of acts that the institution is told of: each resource names its own.
fn told() -> Vec<&'static str> {
    [case::TOLD, finding::TOLD, demerit::TOLD, signal::TOLD].concat()
}

/// The page of a record in this portal.
fn address(row: &LedgerRow) -> Option<String> {
    let (resource, id) = (&row.resource, &row.resource_id);
    finding::address(resource, id)
        .or_else(|| case::address(resource, id))
        .or_else(|| demerit::address(resource, id))
        .or_else(|| signal::address(resource, id))
}

async fn home(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    match page(&web, &caller, &query.done).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(failure) => errors::failure(&web, &failure),
    }
}

/// What waits for the institution, by due date.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let mut todos: Vec<(Option<LocalDate>, Row)> = vec![];
    todos.extend(finding::waiting(web, caller).await?);
    todos.extend(case::waiting(web, caller).await?);
    todos.extend(demerit::waiting(web, caller).await?);
    todos.extend(signal::waiting(web, caller).await?);
    todos.sort_by_key(|(due, row)| (due.is_none(), *due, row.title.clone()));
    Ok(todos)
}

async fn page(web: &Web, caller: &Caller, done: &str) -> Result<HomePage, Failure> {
    let todos = waiting(web, caller).await?;
    let subject = caller.account.subject;
    let institution = match subject {
        Some(SubjectRef::Institution(id)) => records::get::<Institution>(&caller.ctx, id).await?,
        _ => None,
    };
    let (credit, messages) = match subject {
        Some(subject) => (credit(caller, subject).await?, messages(web, caller, subject).await?),
        None => (None, vec![]),
    };
    let name = institution.as_ref().map_or_else(|| caller.account.name.clone(), |i| i.details.name.clone());
    Ok(HomePage {
        layout: Layout::of(web, caller, "本单位", PATH).done(Some(done)),
        record: institution.as_deref().map(record).unwrap_or_default(),
        name,
        credit,
        todos: todos.into_iter().map(|(_, row)| row).collect(),
        messages,
    })
}

/// The own record; a missing value is shown as missing.
fn record(institution: &Institution) -> Vec<Line> {
    let d = &institution.details;
    let text = |value: Option<String>| value.unwrap_or_default();
    vec![
        Line::new("机构名称", &d.name),
        Line::new("等级", text(d.level.clone())),
        Line::new("登记号", text(d.licence.as_ref().map(ToString::to_string))),
        Line::new("统一社会信用代码", text(d.credit_code.as_ref().map(ToString::to_string))),
        Line::new("地址", text(d.address.clone())),
    ]
}

async fn credit(caller: &Caller, subject: SubjectRef) -> Result<Option<Credit>, Failure> {
    let Some((rate, grading)) = rate::of(&caller.ctx, subject).await? else { return Ok(None) };
    Ok(Some(Credit { rate: Some(rate), ..graded(grading) }))
}

fn graded(grading: Grading) -> Credit {
    let line = |line: &xingjian_credit::grade::Line| {
        let sources: Vec<String> = line.sources.iter().map(|s| format!("{} {}", s.effective_on, s.text)).collect();
        format!("{} {:+}分：{}", line.name, line.subtotal, sources.join("；"))
    };
    Credit {
        lines: grading.lines.iter().map(line).collect(),
        grade: grading.grade,
        label: grading.label,
        total: grading.total,
        base: grading.base,
        trial: grading.trial,
        rate: None,
    }
}

/// Who did something, as the institution is told: staff appear as their department.
fn doer(web: &Web, actor: &Actor) -> String {
    let system = Actor::system();
    if actor.may(Permission::AnswerAsUnit) || actor.department == system.department {
        actor.name.clone()
    } else {
        department(web, actor.department.as_str())
    }
}

/// What the institution is told, newest first; staff appear as their department.
async fn messages(web: &Web, caller: &Caller, subject: SubjectRef) -> Result<Vec<Message>, Failure> {
    let told = told();
    let rows = ledger::of_subject(&caller.ctx, subject, ACTS).await?;
    let shown =
        rows.into_iter().filter(|row| told.contains(&row.kind.as_str()) && demerit::is_known(row)).take(MESSAGES);
    Ok(shown
        .map(|row| Message {
            at: row.at.to_string(),
            who: if row.actor.may(Permission::AnswerAsUnit) { "本单位".to_owned() } else { doer(web, &row.actor) },
            url: address(&row),
            text: row.text,
        })
        .collect())
}

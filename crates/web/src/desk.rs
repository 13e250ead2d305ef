//! The desk: staff of the health department and of partner departments. One module a resource; each says which
//! rows wait for the caller, what a file shows and what can be done.

mod account;
mod case;
mod claims_rule;
mod complaint;
pub mod demerit;
mod draw;
pub mod erasure;
mod export;
pub mod finding;
mod grade;
mod import;
mod institution;
mod linkage;
mod links;
mod message;
mod officer;
mod plan;
mod policy;
mod practitioner;
mod publication;
pub mod registry;
pub mod screening;
mod security_event;
pub mod signal;
pub mod statistics;
mod system;
mod task;
mod unregistered;

pub use draw::stratum;
pub use plan::{READERS as PLAN_READERS, proof as plan_proof};

use crate::app::Web;
use crate::errors::{self, html};
use crate::form::{Given, encode, is_secret};
use crate::guard::Caller;
use crate::listing::Listing;
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Table};
use crate::ui::{ActionForm, Badge, Clock, Due, Layout, Row, due, list_of, long_date};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::collections::BTreeSet;
use std::ops::Deref;
use xingjian_kernel::calendar::Deadline;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Fault, LocalDate};
use xingjian_store::{Failure, Filter, Record, Stored, records};

pub fn routes() -> Vec<Route> {
    let mut routes = vec![Route::get("/desk", Callers::SignedIn, today)];
    routes.extend(statistics::routes());
    routes.extend(case::routes());
    routes.extend(complaint::routes());
    routes.extend(message::routes());
    routes.extend(signal::routes());
    routes.extend(screening::routes());
    routes.extend(claims_rule::routes());
    routes.extend(plan::routes());
    routes.extend(draw::routes());
    routes.extend(task::routes());
    routes.extend(finding::routes());
    routes.extend(grade::routes());
    routes.extend(demerit::routes());
    routes.extend(linkage::routes());
    routes.extend(publication::routes());
    routes.extend(institution::routes());
    routes.extend(practitioner::routes());
    routes.extend(officer::routes());
    routes.extend(unregistered::routes());
    routes.extend(import::routes());
    routes.extend(erasure::routes());
    routes.extend(export::routes());
    routes.extend(crate::listing::saved_routes());
    routes.extend(account::routes());
    routes.extend(system::routes());
    routes.extend(security_event::routes());
    routes.extend(policy::routes());
    routes
}

#[derive(Template)]
#[template(path = "today.html")]
struct TodayPage {
    layout: Layout,
    date: String,
    /// Nobody has granted a role yet.
    idle: bool,
    todos: Vec<Row>,
    /// How many matters there are.
    count: String,
    /// By list, those that have no room here.
    rest: Vec<Rest>,
    /// What is being done and what is late, for whoever answers for it.
    late: Option<Table>,
}

/// Matters of one list that have no room on 今日.
struct Rest {
    url: &'static str,
    title: &'static str,
    count: usize,
}

/// Records of a kind that 今日 reads at a time, and matters that it shows: a day has room for no more, and the page costs the same however many
/// are open.
const LOOKED: u32 = 50;
/// How a line is marked that stands for what was not looked at.
const UNLISTED: &str = "未列出";

/// What 今日 looked at of one kind; which of it waits for the caller, each kind says.
struct Looked<T> {
    found: Vec<Stored<T>>,
    /// There is more that may wait for the caller.
    is_cut: bool,
}

impl<T: Record> Looked<T> {
    const fn nothing() -> Self {
        Self { found: vec![], is_cut: false }
    }

    /// Both; what moved on between two readings is there once.
    fn and(mut self, other: Self) -> Self {
        let there: BTreeSet<String> = self.found.iter().map(|stored| stored.head().id).collect();
        self.found.extend(other.found.into_iter().filter(|stored| !there.contains(&stored.head().id)));
        Self { is_cut: self.is_cut || other.is_cut, ..self }
    }
}

impl<T> Deref for Looked<T> {
    type Target = [Stored<T>];
    fn deref(&self) -> &[Stored<T>] {
        &self.found
    }
}

/// What is open of one kind, due first, as far as 今日 looks, and what stands in the caller's own name.
async fn open<T: Record>(caller: &Caller) -> Result<Looked<T>, Failure> {
    look(caller, Filter::default()).await
}

/// The same in these states only, and within what else narrows it; where no state is named, nothing is read.
async fn open_in<T: Record>(
    caller: &Caller,
    states: Vec<&'static str>,
    narrowed: Filter,
) -> Result<Looked<T>, Failure> {
    if states.is_empty() {
        return Ok(Looked::nothing());
    }
    let states = states.into_iter().map(str::to_owned).collect();
    look(caller, Filter { states, ..narrowed }).await
}

async fn look<T: Record>(caller: &Caller, narrowed: Filter) -> Result<Looked<T>, Failure> {
    // One more than is looked at tells that there are more.
    let filter = Filter { open: Some(true), limit: LOOKED + 1, ..narrowed };
    let mut found = records::first::<T>(&caller.ctx, &filter).await?;
    let is_cut = found.len() > LOOKED as usize;
    found.truncate(LOOKED as usize);
    let looked = Looked { found, is_cut };
    let Some(own) = caller.ctx.actor.account.filter(|_| is_cut) else { return Ok(looked) };
    let found = records::first::<T>(&caller.ctx, &Filter { owner: Some(own), ..filter }).await?;
    Ok(looked.and(Looked { found, is_cut }))
}

/// Where more may wait for the caller than 今日 looks at: a line that says so and leads to the list.
fn more<L: Listing, T>(looked: &Looked<T>) -> Option<(Option<LocalDate>, Row)> {
    looked.is_cut.then(|| {
        let row = Row {
            url: L::PATH.into(),
            title: format!("其他可能待您办理的{}", L::TITLE),
            detail: "数量较多，这里只按期限先后核对了一部分，由您本人承办的优先；其余请到列表中查看".into(),
            state: Badge::new(UNLISTED, "none"),
            owner: String::new(),
            due: None,
        };
        (None, row)
    })
}

/// What waits for the caller, over all rooms, by due date.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let mut todos: Vec<(Option<LocalDate>, Row)> = vec![];
    for found in [
        complaint::waiting(web, caller).await,
        signal::waiting(web, caller).await,
        plan::waiting(web, caller).await,
        draw::waiting(web, caller).await,
        task::waiting(web, caller).await,
        finding::waiting(web, caller).await,
        case::waiting(web, caller).await,
        demerit::waiting(web, caller).await,
        linkage::waiting(web, caller).await,
        publication::waiting(web, caller).await,
        erasure::waiting(web, caller).await,
        unregistered::waiting(web, caller).await,
        account::waiting(web, caller).await,
    ] {
        todos.extend(found?);
    }
    todos.sort_by_key(|(due, row)| (due.is_none(), *due, row.title.clone()));
    Ok(todos)
}

async fn today(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    let todos = match crate::waiting(&web, &caller).await {
        Ok(todos) => todos,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let late = match statistics::overdue(&web, &caller).await {
        Ok(late) => late,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let (count, todos, rest) = first(todos.into_iter().map(|(_, row)| row).collect());
    let page = TodayPage {
        layout: Layout::of(&web, &caller, "今日", "/desk"),
        date: long_date(web.app.clock.today()),
        idle: caller.account.roles.is_empty(),
        todos,
        count,
        rest,
        late,
    };
    html(StatusCode::OK, &page)
}

/// How many matters there are, those that are due first with the lines that stand for others, and the rest by list.
fn first(all: Vec<Row>) -> (String, Vec<Row>, Vec<Rest>) {
    let (others, mut todos): (Vec<Row>, Vec<Row>) = all.into_iter().partition(|row| row.state.label == UNLISTED);
    let more = if others.is_empty() { "" } else { "以上" };
    let count = format!("{}{more}", todos.len());
    let mut rest: Vec<Rest> = vec![];
    for row in todos.split_off(todos.len().min(LOOKED as usize)) {
        match list_of(&row.url) {
            // A line for many, or one of no list, is lost nowhere.
            Some((url, _)) if url == row.url => todos.push(row),
            None => todos.push(row),
            Some((url, title)) => match rest.iter_mut().find(|rest| rest.url == url) {
                Some(rest) => rest.count += 1,
                None => rest.push(Rest { url, title, count: 1 }),
            },
        }
    }
    todos.extend(others);
    (count, todos, rest)
}

/// An act that was tried and did not succeed.
pub struct Tried<'a> {
    /// Name of the act.
    pub action: &'a str,
    /// What was typed.
    pub given: &'a Given,
    /// Why not.
    pub failure: &'a Failure,
}

impl Tried<'_> {
    /// The status of the page that shows it again.
    pub fn status(tried: Option<&Self>) -> StatusCode {
        tried.map_or(StatusCode::OK, |t| errors::status(t.failure))
    }

    /// Opens the form again with what was typed; a problem that no form shows is returned.
    pub fn reopen(&self, actions: &mut [ActionForm]) -> Option<String> {
        errors::log(self.failure);
        let faults = match self.failure {
            Failure::Invalid(faults) => faults.clone(),
            Failure::Refused(refusal) => {
                let article = refusal.article.as_ref().map(|a| format!("（{a}）")).unwrap_or_default();
                vec![Fault::new("", "", format!("{}{article}", refusal.message), refusal.mend.clone())]
            }
            other => vec![Fault::new("", "", other.to_string(), "已填写的内容保留在下方")],
        };
        match actions.iter_mut().find(|a| a.name == self.action) {
            Some(form) => {
                form.reopen(self.given, &faults);
                None
            }
            None => Some(self.without_form(&faults)),
        }
    }
}

impl Tried<'_> {
    /// What went wrong and what was typed, for a page on which the form no longer stands.
    fn without_form(&self, faults: &[Fault]) -> String {
        let why: Vec<String> = faults.iter().map(|f| format!("{}。{}", f.reason, f.mend)).collect();
        let own = ["csrf", "version", "once"];
        // A choice may be shown by its code; text that somebody typed is never left out for looking like one.
        let typed = |name: &str, value: &str| {
            let known_by_id = value.len() == 36 && value.parse::<AccountId>().is_ok();
            !own.contains(&name) && !is_secret(name) && !value.trim().is_empty() && !known_by_id
        };
        let typed: Vec<&str> =
            self.given.pairs().filter(|(name, value)| typed(name, value)).map(|(_, value)| value).collect();
        if typed.is_empty() {
            return why.join("；");
        }
        format!("{}\n您刚才填写的内容没有提交，可以从这里复制：\n{}", why.join("；"), typed.join("\n"))
    }
}

/// Back to a page with a sentence about what was done.
pub fn back(path: &str, done: &str) -> Response {
    let target = format!("{path}?done={}", encode(done));
    (StatusCode::SEE_OTHER, [(header::LOCATION, target)]).into_response()
}

/// A due date against today.
pub fn due_on(web: &Web, date: Option<LocalDate>) -> Option<Due> {
    date.map(|date| due(date, web.app.clock.today(), &web.app.policy.calendar))
}

/// A clock of a file, with the article of the policy pack.
pub fn clock(web: &Web, label: &str, id: &str, deadline: &Deadline) -> Clock {
    let today = web.app.clock.today();
    Clock {
        label: label.to_owned(),
        due: due(deadline.due, today, &web.app.policy.calendar),
        article: web.app.policy.clock(id, deadline.from).map(|c| c.article.clone()).unwrap_or_default(),
        estimated: deadline.estimated,
    }
}

/// Name of a department of the policy pack.
pub fn department(web: &Web, id: &str) -> String {
    web.app.policy.department(id, web.app.clock.today()).map_or_else(|| id.to_owned(), |d| d.name.clone())
}

/// A badge for a state by its place in the life of a record.
pub fn badge(label: &str, open: bool, mine: bool) -> Badge {
    Badge::new(
        label,
        if !open {
            "done"
        } else if mine {
            "wait"
        } else {
            "work"
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_shown_where_its_form_is_gone() {
        let given = Given::parse(
            "csrf=0a&version=3&reason=OK+as+of+2026-11-21&note=%E5%B7%B2%E6%A0%B8%E5%AE%9E&empty=+&new_password=x\
             &with=019a0000-0000-7000-8000-000000000000",
        );
        let tried = Tried { action: "keep", given: &given, failure: &Failure::Conflict };
        let shown = tried.reopen(&mut []).unwrap();
        let typed = shown.split_once("可以从这里复制：\n").unwrap().1;
        assert_eq!(typed, "已核实\nOK as of 2026-11-21");
        let nothing = Given::parse("csrf=0a&version=3");
        let shown = Tried { given: &nothing, ..tried }.reopen(&mut []).unwrap();
        assert!(shown.contains("他人") && !shown.contains("复制"), "{shown}");
    }
}

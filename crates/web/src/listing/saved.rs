//! 常用筛选 on a page: kept from what a list shows, renamed, thrown away. Everybody sees the own ones only.

use super::Chip;
use crate::app::Web;
use crate::desk::{Tried, back};
use crate::errors::{self, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Badge, Field, FilePage, Kind, Layout, Line, Query, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use xingjian_registry::saved_filter::{self, SavedFilter};
use xingjian_store::{Failure, Record, Stored, ledger};

const NEW: &str = "/desk/filters/new";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(NEW, Callers::SignedIn, new),
        Route::post(NEW, Callers::SignedIn, save),
        Route::get("/desk/filters/{id}", Callers::SignedIn, show),
        Route::post("/desk/filters/{id}/{action}", Callers::SignedIn, act),
    ]
}

/// Where what a list shows now is kept under a name.
pub fn new_address(list: &str, query: &Query) -> String {
    format!("{NEW}?list={}&{}", encode(list), query.address())
}

/// A saved filter above its list.
pub struct Saved {
    /// The filter as a link.
    pub chip: Chip,
    /// Where it is renamed or thrown away.
    pub change: String,
}

impl Saved {
    /// A saved filter beside what is shown now.
    pub fn of(saved: &SavedFilter, now: &str) -> Self {
        let chip = Chip { label: saved.name.clone(), url: address(saved), active: saved.query == now };
        Self { chip, change: format!("/desk/filters/{}", saved.id) }
    }
}

fn address(saved: &SavedFilter) -> String {
    if saved.query.is_empty() { saved.list.clone() } else { format!("{}?{}", saved.list, saved.query) }
}

/// What is to be kept, as the address and the form name it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    list: String,
    q: String,
    show: String,
    sort: String,
    month: String,
}

impl Wanted {
    fn of(given: &Given) -> Self {
        let text = |name: &str| given.text(name).to_owned();
        Self { list: text("list"), q: text("q"), show: text("show"), sort: text("sort"), month: text("month") }
    }

    fn query(&self) -> Query {
        Query {
            q: self.q.clone(),
            show: self.show.clone(),
            sort: self.sort.clone(),
            month: self.month.clone(),
            ..Query::default()
        }
    }

    /// The list in the caller's menu; an address from elsewhere leads nowhere.
    fn title(&self, layout: &Layout) -> Option<&'static str> {
        layout.menu.iter().flat_map(|group| &group.items).find(|item| item.path == self.list).map(|item| item.label)
    }
}

fn name_field() -> Field {
    Field::new("name", "名称", Kind::Text).hint("显示在列表上方，只有您自己看得到，不超过20个字。")
}

fn form() -> ActionForm {
    ActionForm::new("save_filter", "保存", NEW.to_owned(), 0).field(name_field())
}

fn ask(web: &Web, caller: &Caller, wanted: Wanted, status: StatusCode, action: ActionForm) -> Response {
    let layout = Layout::of(web, caller, "保存常用筛选", &wanted.list);
    let Some(title) = wanted.title(&layout) else { return errors::failure(web, &Failure::NotFound) };
    let kept =
        [("list", wanted.list), ("q", wanted.q), ("show", wanted.show), ("sort", wanted.sort), ("month", wanted.month)];
    let page = FormPage {
        layout,
        title: "保存常用筛选",
        intro: vec![format!("把“{title}”现在的筛选条件保存下来，以后点一下就能看到。")],
        action,
        hidden: kept.map(|(name, value)| (name.to_owned(), value)).into(),
    };
    html(status, &page)
}

async fn new(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(wanted): UrlQuery<Wanted>,
) -> Response {
    ask(&web, &caller, wanted, StatusCode::OK, form())
}

async fn save(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let wanted = Wanted::of(&given);
    if wanted.title(&Layout::of(&web, &caller, "", "")).is_none() {
        return errors::failure(&web, &Failure::NotFound);
    }
    let query = wanted.query();
    match saved_filter::save(&caller.ctx, &wanted.list, given.text("name"), &query.address()).await {
        Ok(_) => see(&query.page(&wanted.list, None)),
        Err(failure) => {
            let mut forms = [form()];
            Tried { action: "save_filter", given: &given, failure: &failure }.reopen(&mut forms);
            let [form] = forms;
            ask(&web, &caller, wanted, errors::status(&failure), form)
        }
    }
}

fn see(address: &str) -> Response {
    (StatusCode::SEE_OTHER, [(axum::http::header::LOCATION, address.to_owned())]).into_response()
}

async fn show(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    page(&web, &caller, &id, None).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    let done = match action.as_str() {
        "rename" => saved_filter::rename(&caller.ctx, &id, given.seen(), given.text("name")).await,
        "remove" => saved_filter::remove(&caller.ctx, &id, given.seen()).await,
        _ => Err(Failure::NotFound),
    };
    match done {
        Ok(saved) if saved.removed => back(&saved.list, "已删除常用筛选"),
        Ok(saved) => see(&address(&saved)),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried)).await
        }
    }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>) -> Response {
    let found = async {
        let saved = saved_filter::must(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, SavedFilter::TABLE, id).await?;
        Ok::<(Stored<SavedFilter>, _), Failure>((saved, acts))
    };
    let (saved, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let layout = Layout::of(web, caller, &saved.name, &saved.list);
    let wanted = Wanted { list: saved.list.clone(), ..Wanted::default() };
    let title = wanted.title(&layout).unwrap_or("列表");
    let form =
        |name: &str, label: &str| ActionForm::new(name, label, format!("/desk/filters/{id}/{name}"), saved.version);
    let mut actions = vec![
        form("rename", "更改名称").field(name_field().value(&saved.name)),
        form("remove", "删除").secondary().consequence("只删除这个常用筛选，列表中的记录不受影响。"),
    ];
    let problem = tried.as_ref().and_then(|tried| tried.reopen(&mut actions));
    let page = FilePage {
        list: (title.to_owned(), saved.list.clone()),
        title: saved.name.clone(),
        number: String::new(),
        state: Badge::new("常用筛选", "none"),
        clocks: vec![],
        sections: vec![Section::new("常用筛选", vec![Line::link("列表", title, address(&saved))])],
        acts: timeline(acts),
        actions,
        waiting: vec![],
        problem,
        layout,
    };
    html(Tried::status(tried.as_ref()), &page)
}

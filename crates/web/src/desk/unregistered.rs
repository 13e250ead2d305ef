//! Persons and places that are not in the registry: kept from the first signal on, linked once they are known.

use super::{Tried, back, badge, department};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Field, FilePage, Kind, Layout, Line, ListPage, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::id::UnregisteredId;
use xingjian_kernel::{Fault, LocalDate, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::unregistered::{self, Unregistered};
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, Filter, Order, Stored, ledger, records};

const PATH: &str = "/desk/unregistered";
const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);
const KEEPERS: Callers = Callers::Holding(&[Permission::ManageRegistry]);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, READERS, list),
        Route::get("/desk/unregistered/{id}", READERS, show),
        Route::post("/desk/unregistered/{id}/link", KEEPERS, act),
    ]
}

/// The address of the file.
pub fn address(id: UnregisteredId) -> String {
    format!("{PATH}/{id}")
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Unregistered>) -> Row {
    let open = stored.linked.is_none();
    let mine = open && caller.ctx.actor.may(Permission::ManageRegistry);
    Row {
        url: address(stored.id),
        title: stored.name.clone(),
        detail: format!("未登记对象 · {} · {}记录", stored.place, stored.created_at.local_date()),
        state: badge(if open { "待核对登记" } else { "已关联" }, open, mine),
        owner: department(web, stored.department.as_str()),
        due: None,
    }
}

/// What the registrar has not yet compared with the registry.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !caller.ctx.actor.may(Permission::ManageRegistry) {
        return Ok(vec![]);
    }
    let filter = Filter { open: Some(true), limit: 200, ..Filter::default() };
    let found = records::list::<Unregistered>(&caller.ctx, &filter).await?.rows;
    Ok(found.iter().map(|stored| (None, row(web, caller, stored))).collect())
}

async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let found = match records::list::<Unregistered>(&caller.ctx, &query.filter(Order::Newest)).await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let page = ListPage {
        layout: Layout::of(&web, &caller, "未登记对象", PATH).done(Some(&query.done)),
        title: "未登记对象".into(),
        path: PATH.into(),
        chips: query.chips(PATH, &[]),
        rows: found.rows.iter().map(|stored| row(&web, &caller, stored)).collect(),
        total: found.total,
        next: found.next.map(|next| query.link(PATH, &query.show, Some(&next))),
        empty: "没有符合条件的未登记对象。受理投诉举报时登记库中找不到的机构和地点会出现在这里。".into(),
        begin: None,
        query,
    };
    html(StatusCode::OK, &page)
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
    Path(id): Path<String>,
    given: Given,
) -> Response {
    match link(&caller, &id, &given).await {
        Ok(()) => back(&format!("{PATH}/{id}"), "已关联，原有记录保留"),
        Err(failure) => {
            let tried = Tried { action: "link", given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn link(caller: &Caller, id: &str, given: &Given) -> Result<(), Failure> {
    let id: UnregisteredId = id.parse().map_err(|_| Failure::NotFound)?;
    let (name, reason) = (given.text("subject").trim(), given.text("reason").trim());
    let mut faults = vec![];
    if reason.is_empty() {
        faults.push(Fault::new("reason", "", "没有填写核对情况", "请写明凭什么认定是同一对象"));
    }
    let subject = match super::complaint::subject(caller, name).await {
        Ok(Some(subject)) => Some(subject),
        Ok(None) => {
            faults.push(Fault::new("subject", "", "没有填写机构", "请填写登记库中的全称"));
            None
        }
        Err(Failure::Invalid(found)) => {
            faults.extend(found);
            None
        }
        Err(other) => return Err(other),
    };
    let (Some(subject), true) = (subject, faults.is_empty()) else { return Err(faults.into()) };
    unregistered::link(&caller.ctx, id, given.seen(), subject, reason).await?;
    Ok(())
}

fn forms(caller: &Caller, stored: &Stored<Unregistered>) -> Vec<ActionForm> {
    if stored.linked.is_some() || !caller.ctx.actor.may(Permission::ManageRegistry) {
        return vec![];
    }
    let form = ActionForm::new("link", "关联到登记机构", format!("{PATH}/{}/link", stored.id), stored.version)
        .field(
            Field::new("subject", "登记机构", Kind::Text).hint("登记库中的全称；还没有登记的，先在“医疗机构”中登记。"),
        )
        .field(
            Field::new("reason", "核对情况", Kind::Area).hint("写明凭什么认定是同一对象，例如地址、负责人、现场核实。"),
        )
        .consequence("关联后不能撤回；已有的线索、检查和案件仍按原对象保留，并可从这里查到。");
    vec![form]
}

fn sections(web: &Web, unregistered: &Unregistered, known: Option<&Institution>) -> Vec<Section> {
    let mut lines = vec![
        Line::new("名称", &unregistered.name),
        Line::new("地点", &unregistered.place),
        Line::new("所在区划", super::registry::division(web, &unregistered.division)),
        Line::new("记录部门", department(web, unregistered.department.as_str())),
        Line::new("记录时间", unregistered.created_at.to_string()),
    ];
    if let Some(institution) = known {
        let url = super::institution::address(institution.id);
        lines.push(Line::link("关联的登记机构", &institution.details.name, url));
    }
    vec![Section::new("未登记对象", lines)]
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let stored = records::must::<Unregistered>(&caller.ctx, id).await?;
        let acts = ledger::of_subject(&caller.ctx, SubjectRef::Unregistered(stored.id), super::registry::ACTS).await?;
        let known = match stored.linked {
            Some(SubjectRef::Institution(id)) => records::get::<Institution>(&caller.ctx, id).await?,
            _ => None,
        };
        Ok::<_, Failure>((stored, acts, known))
    };
    let (stored, mut acts, known): (_, Vec<LedgerRow>, _) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    acts.reverse();
    let mut actions = forms(caller, &stored);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let open = stored.linked.is_none();
    let page = FilePage {
        layout: Layout::of(web, caller, &stored.name, PATH).done(done),
        list: ("未登记对象".into(), PATH.into()),
        title: stored.name.clone(),
        number: String::new(),
        state: badge(if open { "待核对登记" } else { "已关联" }, open, !actions.is_empty()),
        clocks: vec![],
        sections: sections(web, &stored, known.as_deref()),
        acts: timeline(acts),
        waiting: if open && actions.is_empty() { vec!["等待登记管理员核对登记。".into()] } else { vec![] },
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

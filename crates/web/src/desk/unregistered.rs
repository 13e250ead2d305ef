//! Persons and places that are not in the registry: kept from the first signal on, linked once they are known.

use super::registry::{self, Fact, Facts, SubjectPage};
use super::{Tried, back, badge, department, institution, more, open};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{ActionForm, Column, Field, Kind, Layout, Query, Row};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_kernel::id::UnregisteredId;
use xingjian_kernel::{Fault, LocalDate, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::unregistered::{self, Unregistered};
use xingjian_store::{Failure, Filter, Order, Stored, ledger, records};

const PATH: &str = "/desk/unregistered";
const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);
const KEEPERS: Callers = Callers::Holding(&[Permission::ManageRegistry]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Unregistereds>(READERS),
        vec![
            Route::get("/desk/unregistered/{id}", READERS, show),
            Route::post("/desk/unregistered/{id}/link", KEEPERS, act),
        ],
    ]
    .concat()
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
    let found = open::<Unregistered>(caller).await?;
    let rows = found.iter().map(|stored| (None, row(web, caller, stored)));
    Ok(rows.chain(more::<Unregistereds, _>(&found)).collect())
}

/// The list of what is not registered.
struct Unregistereds;

impl Listing for Unregistereds {
    type Item = Unregistered;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/unregistered/excel";
    const TITLE: &'static str = "未登记对象";
    const UNIT: &'static str = "个";
    const PLACEHOLDER: &'static str = "按名称、地点查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("名称").sorted(Order::Title),
        Column::new("地点"),
        Column::new("记录部门"),
        Column::new("记录日期").sorted(Order::Newest),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![("open", "未关联"), ("ended", "已关联"), ("all", "全部")]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的未登记对象。受理投诉举报时登记库中找不到的机构和地点会出现在这里。")
            .note("登记库中找不到的机构、人员和地点。查明是已登记机构的，由登记管理员关联。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Unregistered> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Unregistered>]) -> Cells {
        let cells = |stored: &Stored<Unregistered>| {
            let Row { url, title, state, owner, .. } = row(web, caller, stored);
            vec![
                Cell::link(title, url),
                Cell::text(&stored.place),
                Cell::text(owner),
                Cell::text(stored.created_at.local_date().to_string()),
                Cell::State(state),
            ]
        };
        Ok(found.iter().map(cells).collect())
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
    let mut subject = None;
    if name.is_empty() {
        faults.push(Fault::new("subject", "", "没有填写机构", "请填写登记库中的全称"));
    } else {
        match institution::named(caller, "subject", name, "请核对名称；还没有登记的，先在“医疗机构”中登记").await
        {
            Ok(institution) => subject = Some(institution.subject()),
            Err(Failure::Invalid(found)) => faults.extend(found),
            Err(other) => return Err(other),
        }
    }
    let (Some(subject), true) = (subject, faults.is_empty()) else { return Err(faults.into()) };
    let linked = unregistered::link(&caller.ctx, id, given.seen(), subject, reason).await;
    linked.map(|_| ()).map_err(|failure| errors::at_fields(failure, &[("理由", "reason")]))
}

fn forms(caller: &Caller, stored: &Stored<Unregistered>) -> Vec<ActionForm> {
    if !caller.ctx.actor.may(Permission::ManageRegistry) {
        return vec![];
    }
    let label = if stored.linked.is_some() { "更正关联" } else { "关联到登记机构" };
    let form = ActionForm::new("link", label, format!("{PATH}/{}/link", stored.id), stored.version)
        .field(
            Field::new("subject", "登记机构", Kind::Institution).hint("登记库中的全称；还没有登记的，先在“医疗机构”中登记。"),
        )
        .field(
            Field::new("reason", "核对情况", Kind::Area).hint("写明凭什么认定是同一对象，例如地址、负责人、现场核实。"),
        )
        .consequence("已有的线索、检查和案件仍按原对象保留，并可从这里查到；关联记入该机构的监管档案。关联错误的可以更正，原关联留痕。");
    vec![if stored.linked.is_some() { form.secondary() } else { form }]
}

fn facts(web: &Web, it: &Unregistered, known: Option<&Institution>) -> Facts {
    let mut lines = vec![
        Fact::new("名称", Some(it.name.clone())),
        Fact::new("地点", Some(it.place.clone())),
        Fact::new("所在区划", Some(registry::division(web, &it.division))),
        Fact::new("记录部门", Some(department(web, it.department.as_str()))),
        Fact::new("记录时间", Some(it.created_at.to_string())),
    ];
    match (it.linked, known) {
        (Some(_), Some(known)) => {
            let url = institution::address(known.id);
            lines.push(Fact::link("关联的登记机构", &known.details.name, url));
        }
        (Some(other), None) => lines.push(Fact::new("关联到", Some(other.label().to_owned()))),
        (None, _) => {}
    }
    Facts { title: "未登记对象", note: String::new(), lines }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let stored = records::must::<Unregistered>(&caller.ctx, id).await?;
        let subject = SubjectRef::Unregistered(stored.id);
        let rows = ledger::of_subject(&caller.ctx, subject, registry::ACTS + 1).await?;
        let known = match stored.linked {
            Some(SubjectRef::Institution(id)) => records::get::<Institution>(&caller.ctx, id).await?,
            _ => None,
        };
        Ok::<_, Failure>((stored, rows, known))
    };
    let (stored, mut rows, known) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let more = rows.len() > registry::ACTS as usize;
    rows.truncate(registry::ACTS as usize);
    let mut actions = forms(caller, &stored);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let open = stored.linked.is_none();
    let layout = Layout::of(web, caller, &stored.name, PATH).done(done);
    let page = SubjectPage {
        list: ("未登记对象", PATH),
        title: stored.name.clone(),
        number: String::new(),
        state: row(web, caller, &stored).state,
        facts: vec![facts(web, &stored, known.as_deref())],
        versions: vec![],
        credit: None,
        acts: registry::acts(&layout, id, rows),
        more,
        waiting: if open && actions.is_empty() { vec!["等待登记管理员核对登记。".into()] } else { vec![] },
        actions,
        problem,
        layout,
    };
    html(Tried::status(tried.as_ref()), &page)
}

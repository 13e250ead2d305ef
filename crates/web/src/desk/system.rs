//! Connected systems at the desk: which programs may ask for what, for which department, until when.

mod file;

use super::registry;
use super::{Tried, department};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{ActionForm, Badge, Column, Field, Kind, Layout};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_exchange::quota::Quota;
use xingjian_exchange::system::{self, ApiScope, ConnectedSystem, Issued, NewSystem, Terms};
use xingjian_kernel::calendar::days_between;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, LocalDate, Permission};
use xingjian_registry::account;
use xingjian_store::{Failure, Filter, Order, Stored, records};

const PATH: &str = "/desk/systems";
const KEEPERS: Callers = Callers::Holding(&[Permission::ManageSystems]);
/// Days before its last day in which a key is said to end soon.
const NOTICE_DAYS: i32 = 30;
/// What the form starts with.
const USUAL: (Quota, i32) = (Quota { per_minute: 120, per_day: 20_000 }, 365);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Systems>(KEEPERS),
        vec![
            Route::get("/desk/systems/new", KEEPERS, new),
            Route::post("/desk/systems/new", KEEPERS, add),
            Route::get("/desk/systems/{id}", KEEPERS, file::show),
            Route::post("/desk/systems/{id}/{action}", KEEPERS, file::act),
        ],
    ]
    .concat()
}

fn standing(web: &Web, system: &ConnectedSystem) -> Badge {
    if system.revoked.is_some() {
        return Badge::new("已停用", "none");
    }
    match days_between(web.app.clock.today(), system.valid_until) {
        left if left < 0 => Badge::new("密钥已到期", "bad"),
        left if left <= NOTICE_DAYS => Badge::new(format!("{left}天后到期"), "wait"),
        _ => Badge::new("在用", "done"),
    }
}

fn scopes(system: &ConnectedSystem) -> String {
    system.scopes.iter().map(|scope| scope.label()).collect::<Vec<_>>().join("、")
}

/// The list of connected systems.
struct Systems;

impl Listing for Systems {
    type Item = ConnectedSystem;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/systems/excel";
    const TITLE: &'static str = "接入系统";
    const UNIT: &'static str = "个";
    const PLACEHOLDER: &'static str = "按名称、负责人、密钥前几位查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("名称").below("密钥").sorted(Order::Title),
        Column::new("部门"),
        Column::new("权限范围"),
        Column::new("有效期至"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![("open", "在用"), ("ended", "已停用"), ("all", "全部")]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的接入系统。")
            .note("其他部门和合作单位的程序凭密钥接入，只能办理权限范围内的事项，只能看到所代表部门可见的内容。")
            .begin(true, "登记接入系统", format!("{PATH}/new"))
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<ConnectedSystem> {
        records::list(&system::keeping(&caller.ctx), filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<ConnectedSystem>]) -> Cells {
        let cells = |system: &Stored<ConnectedSystem>| {
            vec![
                Cell::link(&system.name, format!("{PATH}/{}", system.id)).note(format!("密钥 {}…", system.key_hint)),
                Cell::text(department(web, system.department.as_str())),
                Cell::text(scopes(system)),
                Cell::text(system.valid_until.to_string()),
                Cell::State(standing(web, system)),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}

/// The fields that can be changed later.
fn terms_fields(form: ActionForm, terms: &Terms) -> ActionForm {
    let scopes = ApiScope::ALL
        .iter()
        .map(|scope| (scope.code().to_owned(), format!("{}（{}）", scope.label(), scope.code())))
        .collect();
    let chosen = terms.scopes.iter().map(|scope| scope.code().to_owned()).collect();
    form.field(
        Field::new("contact", "负责人和联系方式", Kind::Text)
            .hint("出现异常时找得到的科室和电话。")
            .value(&terms.contact),
    )
    .field(Field::new("scopes", "权限范围", Kind::Checks(scopes)).hint("只选择对方需要的。").all(chosen))
    .field(
        Field::new("per_minute", "每分钟请求数", Kind::Text)
            .hint("超过后请求被退回，下一分钟恢复。")
            .value(terms.quota.per_minute.to_string()),
    )
    .field(Field::new("per_day", "每日请求数", Kind::Text).value(terms.quota.per_day.to_string()))
    .field(
        Field::new("valid_until", "有效期至", Kind::Date)
            .hint(format!("最长{}天，到期前可以延长。", system::LONGEST_DAYS))
            .value(terms.valid_until.to_string()),
    )
}

fn form(web: &Web, caller: &Caller) -> ActionForm {
    let today = web.app.clock.today();
    let open = web.app.policy.departments(today).into_iter().filter(|d| account::may_add_for(&caller.ctx, &d.id));
    let open = open.map(|d| (d.id.clone(), d.name.clone()));
    // It cannot be changed later, so none is chosen beforehand.
    let departments = open.collect();
    let divisions = registry::divisions(web, &caller.ctx.scope.divisions);
    let (quota, days) = USUAL;
    let usual = Terms { contact: String::new(), scopes: vec![], quota, valid_until: plus_days(today, days) };
    let form = ActionForm::new("system", "登记接入系统", format!("{PATH}/new"), 0)
        .field(Field::new("name", "系统名称", Kind::Text).hint("显示在它的每一次办理记录中。"))
        .field(
            Field::new("department", "代表的部门", Kind::Select(departments))
                .hint("只能看到该部门可见的内容，登记后不能变更。"),
        )
        .field(
            Field::new("division", "区划", Kind::Select(divisions))
                .hint("只能看到该区划以内的事项。")
                .value(caller.account.division.as_str()),
        );
    terms_fields(form, &usual).consequence("密钥由系统生成，只在登记后显示一次。")
}

fn form_page(web: &Web, caller: &Caller, status: StatusCode, action: ActionForm) -> Response {
    let page = FormPage {
        layout: Layout::of(web, caller, "登记接入系统", PATH),
        title: "登记接入系统",
        intro: vec!["每个程序单独登记，不共用密钥。".into()],
        action,
        hidden: vec![],
    };
    html(status, &page)
}

async fn new(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    form_page(&web, &caller, StatusCode::OK, form(&web, &caller))
}

/// What the form says a system may do. What cannot be read is a fault, and what is usual stands in its place, so that everything wrong is told at once.
fn terms(given: &Given, today: LocalDate, faults: &mut Vec<Fault>) -> Terms {
    let per_minute = given.parsed("per_minute", "不是整数", "请填写整数，例如 120", faults);
    let per_day = given.parsed("per_day", "不是整数", "请填写整数，例如 20000", faults);
    let valid_until = given.date("valid_until", faults);
    let (usual, days) = USUAL;
    Terms {
        contact: given.text("contact").trim().to_owned(),
        scopes: given.all("scopes").iter().filter_map(|code| ApiScope::from_code(code)).collect(),
        quota: Quota { per_minute: per_minute.unwrap_or(usual.per_minute), per_day: per_day.unwrap_or(usual.per_day) },
        valid_until: valid_until.unwrap_or_else(|| plus_days(today, days)),
    }
}

/// The system of the form, or everything that is wrong with it.
fn read(caller: &Caller, given: &Given) -> Result<NewSystem, Failure> {
    let (mut faults, division) = (vec![], given.text("division"));
    let chosen = division.parse::<DivisionCode>();
    if chosen.is_err() {
        faults.push(Fault::new("division", division, "不是您管辖范围内的现行区划", "请从列表中选择"));
    }
    let new = NewSystem {
        name: given.text("name").trim().to_owned(),
        department: DepartmentId::new(given.text("department")),
        division: chosen.unwrap_or_else(|_| caller.account.division.clone()),
        terms: terms(given, caller.ctx.today(), &mut faults),
    };
    faults.extend(new.faults(&caller.ctx));
    if faults.is_empty() { Ok(new) } else { Err(faults.into()) }
}

#[derive(Template)]
#[template(path = "desk/system_key.html")]
struct KeyPage {
    layout: Layout,
    title: &'static str,
    name: String,
    key: String,
    url: String,
}

/// The key is shown once, in the answer to the form, and never in an address.
fn key_page(web: &Web, caller: &Caller, title: &'static str, issued: Issued) -> Response {
    let page = KeyPage {
        layout: Layout::of(web, caller, title, PATH),
        title,
        name: issued.system.name.clone(),
        key: issued.key,
        url: format!("{PATH}/{}", issued.system.id),
    };
    html(StatusCode::OK, &page)
}

async fn add(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let added = async { system::add(&caller.ctx, read(&caller, &given)?).await };
    match added.await {
        Ok(issued) => key_page(&web, &caller, "接入系统已登记", issued),
        Err(failure) => {
            let mut forms = [form(&web, &caller)];
            Tried { action: "system", given: &given, failure: &failure }.reopen(&mut forms);
            let [form] = forms;
            form_page(&web, &caller, errors::status(&failure), form)
        }
    }
}

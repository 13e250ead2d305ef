mod file;

use super::registry;
use super::{Tried, department, due_on, institution};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{ActionForm, Badge, Column, Field, Kind, Layout, Row};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_kernel::calendar::days_between;
use xingjian_kernel::id::{AccountId, OfficerId};
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, LocalDate, Permission, Rng, Role, SubjectRef};
use xingjian_registry::account::{self, Account, NewAccount};
use xingjian_registry::officer::{self, Officer};
use xingjian_store::{Failure, Filter, Order, Record, Stored, records};

/// Where accounts are listed.
pub const PATH: &str = "/desk/accounts";
const READERS: Callers = Callers::Holding(account::KEEPERS);
const MAKERS: Callers = Callers::Holding(&[Permission::MakeAccounts]);
const KEEPERS: Callers = Callers::Holding(&[Permission::MakeAccounts, Permission::GrantRoles]);
/// Days before its review in which an account waits for the administrator.
const NOTICE_DAYS: i32 = 14;
/// The department of institutions' users, which is none of the policy pack's.
const UNIT: &str = "unit";

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Accounts>(READERS),
        vec![
            Route::get("/desk/accounts/new", MAKERS, new),
            Route::post("/desk/accounts/new", MAKERS, add),
            Route::get("/desk/accounts/{id}", READERS, file::show),
            Route::post("/desk/accounts/{id}/{action}", KEEPERS, file::act),
        ],
    ]
    .concat()
}

/// The roles it has, and those that wait.
fn roles(account: &Account) -> String {
    let has = account.roles.iter().map(|role| role.label()).collect::<Vec<_>>().join("、");
    match &account.asked {
        Some(asked) if has.is_empty() => format!("待授予：{}", asked.labels()),
        Some(asked) => format!("{has}（待变更为：{}）", asked.labels()),
        None if has.is_empty() => "没有岗位".to_owned(),
        None => has,
    }
}

/// The department, or that it speaks for an institution.
fn belongs(web: &Web, account: &Account) -> String {
    match account.department.as_str() {
        UNIT => "医疗机构".into(),
        id => department(web, id),
    }
}

fn used(account: &Account) -> String {
    account.signed_in_on.map_or_else(|| "从未登录".to_owned(), |day| day.to_string())
}

/// Whether its review falls due in the coming days or has passed.
fn soon(web: &Web, account: &Account) -> bool {
    account.review_due().is_some_and(|due| days_between(web.app.clock.today(), due) <= NOTICE_DAYS)
}

/// How an account stands, the gravest first.
fn standing(web: &Web, account: &Account) -> Badge {
    let Some(due) = account.review_due() else { return Badge::new("已停用", "none") };
    let left = days_between(web.app.clock.today(), due);
    match left {
        _ if account.asked.is_some() => Badge::new("待授予岗位", "wait"),
        left if left < 0 => Badge::new(format!("逾期{}天未复核", -left), "bad"),
        _ if soon(web, account) => Badge::new("待复核", "wait"),
        _ => Badge::new("在用", "done"),
    }
}

/// The list of accounts.
struct Accounts;

impl Listing for Accounts {
    type Item = Account;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/accounts/excel";
    const TITLE: &'static str = "账号";
    const UNIT: &'static str = "个";
    const PLACEHOLDER: &'static str = "按登录名、姓名查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("姓名").below("登录名").sorted(Order::Title),
        Column::new("部门"),
        Column::new("岗位"),
        Column::new("管辖区划"),
        Column::new("最近登录"),
        Column::new("建立日期").sorted(Order::Newest),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![("open", "在用"), ("ended", "已停用"), ("all", "全部")]
    }

    fn around(web: &Web, caller: &Caller) -> Around {
        let own = department(web, caller.account.department.as_str());
        let note = match departments(web, caller).len() {
            1 => format!("只显示{own}的账号；其他部门和医疗机构的账号由牵头部门的管理员管理。"),
            _ => format!("{own}为牵头部门：本辖区各部门和医疗机构的账号都在此管理。"),
        };
        Around::empty("没有符合条件的账号。").note(note).begin(
            MAKERS.include(&caller.ctx.actor),
            "建立账号",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Account> {
        records::list(&account::keeping(&caller.ctx), filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Account>]) -> Cells {
        let cells = |account: &Stored<Account>| {
            vec![
                Cell::link(&account.name, format!("{PATH}/{}", account.id)).note(&account.login),
                Cell::text(belongs(web, account)),
                Cell::text(roles(account)),
                Cell::text(registry::division(web, &account.division)),
                Cell::text(used(account)),
                Cell::text(account.head().created_at.local_date().to_string()),
                Cell::State(standing(web, account)),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}

/// Every role with its name.
fn choices() -> Vec<(String, String)> {
    Role::ALL.iter().map(|role| (role.code().to_owned(), role.label().to_owned())).collect()
}

/// Departments an administrator makes accounts for.
fn departments(web: &Web, caller: &Caller) -> Vec<(String, String)> {
    let all = web.app.policy.departments(web.app.clock.today()).into_iter();
    let open = all.filter(|d| account::may_add_for(&caller.ctx, &d.id));
    open.map(|d| (d.id.clone(), d.name.clone())).collect()
}

fn form(web: &Web, caller: &Caller) -> ActionForm {
    let divisions = registry::divisions(web, &caller.ctx.scope.divisions);
    ActionForm::new("account", "建立账号", format!("{PATH}/new"), 0)
        .field(Field::new("name", "姓名", Kind::Text).hint("显示在每一次办理记录中，请填写真实姓名。"))
        .field(Field::new("login", "登录名", Kind::Text).hint("字母和数字，不含空格，3 到 40 个字符，建立后不能更改。"))
        .field(
            Field::new("department", "所属部门", Kind::Select(departments(web, caller)))
                .hint("机构用户不属于任何部门，此项对其不起作用。")
                .value(caller.account.department.as_str()),
        )
        .field(
            Field::new("division", "管辖区划", Kind::Select(divisions))
                .hint("只能看到该区划以内的事项。")
                .value(caller.account.division.as_str()),
        )
        .field(
            Field::new("roles", "岗位", Kind::Checks(choices()))
                .hint("调查与决定、办案与法制审核、答复与复核依法分离，系统、安全、审计三员分立，不能由同一账号担任。"),
        )
        .field(Field::new("subject", "代表的医疗机构", Kind::Text).optional().hint("仅机构用户填写，登记库中的全称。"))
        .consequence("建立后须由安全管理员授予岗位，之前不能办理任何事项。初始密码由系统生成，只在建立后显示一次，请当面交给本人；本人首次登录须先修改。")
}

fn form_page(web: &Web, caller: &Caller, status: StatusCode, action: ActionForm, officer: Option<String>) -> Response {
    let page = FormPage {
        layout: Layout::of(web, caller, "建立账号", PATH),
        title: "建立账号",
        intro: vec!["每人一个账号，不共用。".into()],
        action,
        hidden: officer.into_iter().map(|id| ("officer".to_owned(), id)).collect(),
    };
    html(status, &page)
}

/// What waits for the administrators: roles to grant, officers without an account, accounts whose review is due.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if caller.ctx.actor.may(Permission::GrantRoles) {
        let filter = Filter { states: vec!["asked".into()], ..Filter::default() };
        let asked = records::all::<Account>(&account::keeping(&caller.ctx), &filter).await?;
        return Ok(asked.iter().map(|account| (None, asked_row(web, account))).collect());
    }
    if !caller.ctx.actor.may(Permission::MakeAccounts) {
        return Ok(vec![]);
    }
    let mut found = officer::without_account(&caller.ctx).await?;
    found.retain(|officer| account::may_add_for(&caller.ctx, officer.department.as_str()));
    let row = |officer: &Officer| Row {
        url: format!("{PATH}/new?officer={}", officer.id),
        title: officer.name.clone(),
        detail: format!("监督员 · {} · 没有登录账号，不能接受检查任务和签名", officer.unit),
        state: Badge::new("待建立账号", "wait"),
        owner: department(web, officer.department.as_str()),
        due: None,
    };
    let mut rows: Vec<_> = found.iter().map(|officer| (None, row(officer))).collect();
    let until = plus_days(web.app.clock.today(), NOTICE_DAYS);
    let filter = Filter { open: Some(true), due_until: Some(until), ..Filter::default() };
    let due = records::all::<Account>(&account::keeping(&caller.ctx), &filter).await?;
    // The own account waits for another administrator.
    let due = due.iter().filter(|account| caller.ctx.actor.account != Some(account.id));
    rows.extend(due.map(|account| (account.review_due(), review(web, account))));
    Ok(rows)
}

fn asked_row(web: &Web, account: &Account) -> Row {
    let asked = account.asked.as_ref();
    Row {
        url: format!("{PATH}/{}", account.id),
        title: account.name.clone(),
        detail: format!("{} · {} · {}申请", account.login, roles(account), asked.map_or("", |asked| &asked.name)),
        state: standing(web, account),
        owner: belongs(web, account),
        due: None,
    }
}

fn review(web: &Web, account: &Account) -> Row {
    Row {
        url: format!("{PATH}/{}", account.id),
        title: account.name.clone(),
        detail: format!("账号复核 · {} · {} · 最近登录：{}", account.login, roles(account), used(account)),
        state: standing(web, account),
        owner: belongs(web, account),
        due: due_on(web, account.review_due()),
    }
}

/// The form for an officer starts with what the officer's record says.
async fn new(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Response {
    let mut form = form(&web, &caller);
    let officer = match asked.officer {
        Some(id) => records::get::<Officer>(&caller.ctx, id).await,
        None => Ok(None),
    };
    match &officer {
        Ok(Some(officer)) => {
            for field in &mut form.fields {
                match field.name.as_str() {
                    "name" => field.values = vec![officer.name.clone()],
                    "roles" => field.values = vec![Role::Inspector.code().to_owned()],
                    _ => {}
                }
            }
        }
        Ok(None) => {}
        Err(failure) => return errors::failure(&web, failure),
    }
    form_page(&web, &caller, StatusCode::OK, form, officer.ok().flatten().map(|officer| officer.id.to_string()))
}

/// What the address of the form may ask for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The officer whose account is made.
    officer: Option<String>,
}

/// An initial password: 16 of 32 characters that are not mistaken for each other, 80 bits.
fn password(rng: &dyn Rng) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789A";
    let mut bytes = [0u8; 16];
    rng.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect()
}

/// The account a form stands for, or everything that is wrong with it.
async fn read(web: &Web, caller: &Caller, given: &Given, password: String) -> Result<NewAccount, Failure> {
    let text = |name: &str| given.text(name).trim().to_owned();
    let mut faults = vec![];
    let (name, login) = (text("name"), text("login"));
    if name.is_empty() || name.chars().count() > 40 || name.chars().any(char::is_control) {
        faults.push(Fault::new("name", &name, "姓名没有填写、超过40个字或者含有控制字符", "请填写真实姓名"));
    }
    if !(3..=40).contains(&login.len()) || !login.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) {
        let reason = format!("“{login}”不是登录名");
        faults.push(Fault::new("login", &login, reason, "请使用 3 到 40 个字母、数字或者“-”“_”“.”"));
    }
    let roles: Vec<Role> = given.all("roles").iter().filter_map(|code| Role::from_code(code)).collect();
    // Who speaks for an institution acts for no department.
    let is_unit = roles.contains(&Role::Unit);
    let department = if is_unit { UNIT.to_owned() } else { text("department") };
    if !is_unit && !departments(web, caller).iter().any(|(id, _)| *id == department) {
        faults.push(Fault::new("department", &department, "没有选择部门，或者该部门不由您管理", "请从列表中选择"));
    }
    let division = text("division").parse::<DivisionCode>().ok().filter(|code| {
        let inside = caller.ctx.scope.divisions.iter().any(|own| own.contains(code));
        inside && web.app.policy.divisions.exists(code, web.app.clock.today())
    });
    if division.is_none() {
        faults.push(Fault::new("division", given.text("division"), "不是您管辖范围内的现行区划", "请从列表中选择"));
    }
    if roles.is_empty() {
        faults.push(Fault::new("roles", "", "没有选择岗位", "请至少选择一个岗位"));
    }
    let subject = subject(caller, &text("subject"), is_unit, &mut faults).await?;
    let (Some(division), true) = (division, faults.is_empty()) else { return Err(faults.into()) };
    let department = DepartmentId::new(department);
    Ok(NewAccount { login, name, password, handed_out: true, roles, department, division, subject, demo: false })
}

/// The institution that a unit's user speaks for; nobody else speaks for one.
async fn subject(
    caller: &Caller,
    name: &str,
    unit: bool,
    faults: &mut Vec<Fault>,
) -> Result<Option<SubjectRef>, Failure> {
    match (unit, name.is_empty()) {
        (false, true) => return Ok(None),
        (false, false) => {
            faults.push(Fault::new("subject", name, "只有机构用户才代表医疗机构", "请清空，或者只选择“机构用户”岗位"));
            return Ok(None);
        }
        (true, true) => {
            faults.push(Fault::new("subject", "", "没有填写机构用户代表的医疗机构", "请填写登记库中的全称"));
            return Ok(None);
        }
        (true, false) => {}
    }
    match institution::named(caller, "subject", name, "请核对全称，或者先登记该机构").await {
        Ok(institution) => Ok(Some(institution.subject())),
        Err(Failure::Invalid(found)) => {
            faults.extend(found);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "desk/account_added.html")]
struct AddedPage {
    layout: Layout,
    title: &'static str,
    name: String,
    login: String,
    password: String,
    url: Option<String>,
    /// Whether another account may be made next.
    another: bool,
}

async fn add(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let password = password(&*web.app.rng);
    let added = async {
        let new = read(&web, &caller, &given, password.clone()).await?;
        let login = new.login.clone();
        let mut tx = caller.ctx.begin().await?;
        let made = match given.text("officer").parse::<OfficerId>() {
            Ok(officer) => account::add_for_officer_in(&mut tx, &caller.ctx, new, officer).await,
            Err(_) => account::add_in(&mut tx, &caller.ctx, new).await,
        };
        let id = made.map_err(|failure| match failure {
            Failure::Exists => {
                let reason = format!("登录名“{login}”已被使用");
                Fault::new("login", &login, reason, "请换一个登录名").into()
            }
            other => other,
        })?;
        tx.commit().await?;
        Ok::<AccountId, Failure>(id)
    };
    match added.await {
        Ok(id) => {
            // Out of sight where an administrator of another department made an institution's.
            let visible = records::get::<Account>(&account::keeping(&caller.ctx), id).await;
            let page = AddedPage {
                layout: Layout::of(&web, &caller, "账号已建立", PATH),
                title: "账号已建立",
                name: given.text("name").trim().to_owned(),
                login: given.text("login").trim().to_owned(),
                password,
                url: visible.ok().flatten().map(|account| format!("{PATH}/{}", account.id)),
                another: true,
            };
            html(StatusCode::OK, &page)
        }
        Err(failure) => {
            let mut forms = [form(&web, &caller)];
            Tried { action: "account", given: &given, failure: &failure }.reopen(&mut forms);
            let [form] = forms;
            let officer = Some(given.text("officer").to_owned()).filter(|id| !id.is_empty());
            form_page(&web, &caller, errors::status(&failure), form, officer)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;
    impl Rng for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for (value, byte) in (250u8..=255).cycle().zip(buffer) {
                *byte = value;
            }
        }
    }

    #[test]
    fn an_initial_password_is_long_and_readable() {
        let password = password(&Counting);
        assert_eq!(password.len(), 16);
        assert!(!password.contains(['0', 'o', 'O', '1', 'l', 'i', 'I']), "{password}");
    }
}

mod credit;
mod details;

pub use credit::Credit;

use super::registry::{self, Fact, Facts, SubjectPage, Version};
use super::{Tried, back, department};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{ActionForm, Badge, Column, Field, Kind, Layout, Query};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_credit::demerit;
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Fault, Permission, SubjectRef};
use xingjian_registry::institution::{self, Institution, differences};
use xingjian_registry::legal_person::LegalPerson;
use xingjian_store::{Failure, Filter, Order, Stored, ledger, records};

const PATH: &str = "/desk/institutions";
const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);
const KEEPERS: Callers = Callers::Holding(&[Permission::ManageRegistry]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Institutions>(READERS),
        vec![
            Route::get("/desk/institutions/new", KEEPERS, new),
            Route::post("/desk/institutions/new", KEEPERS, register),
            Route::get("/desk/institutions/{id}", READERS, show),
            Route::post("/desk/institutions/{id}/{action}", KEEPERS, act),
        ],
    ]
    .concat()
}

/// The address of an institution's file.
pub fn address(id: InstitutionId) -> String {
    format!("{PATH}/{id}")
}

/// The institution with this very name, as typed into a field; `unknown` is the way on where there is none.
pub async fn named(caller: &Caller, field: &str, name: &str, unknown: &str) -> Result<Stored<Institution>, Failure> {
    let mut same = institution::named(&caller.ctx, name).await?;
    if same.len() > 1 {
        let reason = format!("登记库中有多家“{name}”");
        return Err(Fault::new(field, name, reason, "请先在登记页中变更名称加以区分").into());
    }
    if let Some(one) = same.pop() {
        return Ok(one);
    }
    let found = institution::search(&caller.ctx, name, 5).await?;
    let near: Vec<&str> = found.iter().map(|i| i.details.name.as_str()).collect();
    let (reason, mend) = if near.is_empty() {
        (format!("登记库中没有“{name}”"), unknown)
    } else {
        (format!("登记库中没有“{name}”，名称相近的有：{}", near.join("、")), "请填写全称")
    };
    Err(Fault::new(field, name, reason, mend).into())
}

/// The list of institutions.
struct Institutions;

impl Listing for Institutions {
    type Item = Institution;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/institutions/excel";
    const TITLE: &'static str = "医疗机构";
    const UNIT: &'static str = "家";
    const PLACEHOLDER: &'static str = "按名称、登记号、信用代码、地址查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("机构名称").below("地址").sorted(Order::Title),
        Column::new("等级"),
        Column::new("所在区划"),
        Column::new("登记号"),
        Column::new("统一社会信用代码").away(),
        Column::new("医保定点编码").away(),
        Column::new("类别").away(),
        Column::new("电话").away(),
        Column::new("编制床位").away(),
        Column::new("登记日期").sorted(Order::Newest),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, caller: &Caller) -> Around {
        Around::empty("没有符合条件的医疗机构。请换用名称中的几个字；确未登记的由登记管理员登记或者导入。").begin(
            caller.ctx.actor.may(Permission::ManageRegistry),
            "登记医疗机构",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Institution> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Institution>]) -> Cells {
        let code = |code: Option<String>| code.map_or(Cell::Missing("无数据"), Cell::Code);
        let cells = |institution: &Stored<Institution>| {
            let d = &institution.details;
            vec![
                Cell::link(&d.name, address(institution.id)).note(d.address.clone().unwrap_or_default()),
                Cell::known(d.level.as_deref()),
                Cell::text(registry::division(web, &d.division)),
                code(d.licence.as_ref().map(ToString::to_string)),
                code(d.credit_code.as_ref().map(ToString::to_string)),
                code(d.insurance_code.clone()),
                code(d.category.clone()),
                code(d.telephone.clone()),
                d.beds.map_or(Cell::Missing("无数据"), |beds| Cell::Count(beds.into())),
                Cell::text(institution.created_at.local_date().to_string()),
                Cell::State(registry::registered()),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}

fn entry_form(web: &Web, caller: &Caller) -> ActionForm {
    let form = ActionForm::new("register", "登记", format!("{PATH}/new"), 0);
    details::fields(web, caller, form, None).consequence("登记后即纳入监管对象；名称、等级和信用等级向社会公开。")
}

fn entry_page(web: &Web, caller: &Caller, status: StatusCode, action: ActionForm) -> Response {
    let page = FormPage {
        layout: Layout::of(web, caller, "登记医疗机构", PATH),
        title: "登记医疗机构",
        intro: vec!["没有的代码留空，以后可以补录；不要用其他号码代替。".into()],
        action,
        hidden: vec![],
    };
    html(status, &page)
}

async fn new(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    entry_page(&web, &caller, StatusCode::OK, entry_form(&web, &caller))
}

async fn register(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let registered = match details::read(&web, &caller, &given, None).await {
        Ok(details) => institution::register(&caller.ctx, details, false).await,
        Err(failure) => Err(failure),
    };
    match registered {
        Ok(institution) => back(&address(institution.id), "已登记"),
        Err(failure) => {
            let mut forms = [entry_form(&web, &caller)];
            Tried { action: "register", given: &given, failure: &failure }.reopen(&mut forms);
            let [form] = forms;
            entry_page(&web, &caller, errors::status(&failure), form)
        }
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
    match perform(&web, &caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(web: &Web, caller: &Caller, id: &str, action: &str, given: &Given) -> Result<&'static str, Failure> {
    let id: InstitutionId = id.parse().map_err(|_| Failure::NotFound)?;
    match action {
        "change" => {
            let before = records::must::<Institution>(&caller.ctx, id).await?;
            let details = details::read(web, caller, given, Some(&before)).await?;
            if details == before.details {
                return Err(Fault::new("", "", "没有任何变化", "请修改后再提交").into());
            }
            institution::change(&caller.ctx, id, given.seen(), details).await?;
            Ok("已变更登记，原登记内容保留在历次登记中")
        }
        "verify" => {
            let mut faults = vec![];
            let on = given.date("on", &mut faults);
            let reference = given.text("reference").trim();
            if on.is_some_and(|on| on > web.app.clock.today()) {
                faults.push(Fault::new("on", given.text("on"), "校验日期晚于今天", "请填写今天或者以前的日期"));
            }
            if reference.is_empty() {
                faults.push(Fault::new("reference", "", "没有填写批准文号", "请填写校验批准文号或者记录编号"));
            }
            let (Some(on), true) = (on, faults.is_empty()) else { return Err(faults.into()) };
            records::must::<Institution>(&caller.ctx, id).await?;
            demerit::record_verification(&caller.ctx, SubjectRef::Institution(id), on, reference).await?;
            Ok("已记录校验合格")
        }
        _ => Err(Failure::NotFound),
    }
}

fn forms(web: &Web, caller: &Caller, institution: &Stored<Institution>) -> Vec<ActionForm> {
    if !caller.ctx.actor.may(Permission::ManageRegistry) {
        return vec![];
    }
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", institution.id), institution.version)
    };
    let today = chinese(web.app.clock.today());
    vec![
        details::fields(web, caller, form("change", "变更登记"), Some(&institution.details))
            .consequence(format!("变更自{today}起有效；变更前的内容连同起止日期保留。")),
        form("verify", "记录校验合格")
            .secondary()
            .field(Field::new("on", "校验日期", Kind::Date).value(web.app.clock.today().to_string()))
            .field(Field::new("reference", "批准文号", Kind::Text))
            .consequence("校验合格后，不良执业行为记分周期重新起算。"),
    ]
}

fn facts(web: &Web, institution: &Institution, person: Option<&LegalPerson>) -> Facts {
    let d = &institution.details;
    let mut facts = vec![
        Fact::new("机构名称", Some(d.name.clone())),
        Fact::code("登记号", d.licence.as_ref().map(ToString::to_string)),
        Fact::code("统一社会信用代码", d.credit_code.as_ref().map(ToString::to_string)),
        Fact::code("医保定点编码", d.insurance_code.clone()),
        Fact::new("法人", person.map(|p| p.name.clone())),
        Fact::new("等级", d.level.clone()),
        Fact::code("类别", d.category.clone()),
        Fact::new("所在区划", Some(registry::division(web, &d.division))),
        Fact::code("区划代码", Some(d.division.to_string())),
        Fact::new("地址", d.address.clone()),
        Fact::new("电话", d.telephone.clone()),
        Fact::new("编制床位", d.beds.map(|n| format!("{n} 张"))),
        Fact::new("登记部门", Some(department(web, institution.department.as_str()))),
        Fact::new("现登记内容自", Some(chinese(institution.since))),
    ];
    if let Some(place) = &d.place {
        facts.insert(9, Fact::new("区划原文", Some(format!("{place}（不在现行区划表中，按所在市登记）"))));
    }
    let note =
        if institution.demo { "演示机构：虚构，不对应任何真实单位。".into() } else { String::new() };
    Facts { title: "登记信息", note, lines: facts }
}

/// Newest first; each with what changed when it ended.
fn versions(institution: &Institution) -> Vec<Version> {
    let mut from = institution.created_at.local_date();
    let mut versions = vec![];
    for (at, earlier) in institution.earlier.iter().enumerate() {
        let next = institution.earlier.get(at + 1).map_or(&institution.details, |e| &e.details);
        versions.push(Version {
            period: format!("{from} 至 {}", earlier.until.yesterday().unwrap_or(earlier.until)),
            changes: differences(&earlier.details, next),
        });
        from = earlier.until;
    }
    versions.reverse();
    versions
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let layout = Layout::of(web, caller, "医疗机构", PATH).done(done);
    let found = async {
        let institution = records::must::<Institution>(&caller.ctx, id).await?;
        let subject = institution.subject();
        let person = match institution.legal_person {
            Some(person) => records::get::<LegalPerson>(&caller.ctx, person).await?,
            None => None,
        };
        let rows = ledger::of_subject(&caller.ctx, subject, registry::ACTS + 1).await?;
        let credit = credit::of(web, caller, subject).await?;
        let points = registry::points(web, caller, subject).await?;
        Ok::<_, Failure>((institution, person, rows, credit, points))
    };
    let (institution, person, mut rows, credit, points) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let more = rows.len() > registry::ACTS as usize;
    rows.truncate(registry::ACTS as usize);
    let mut actions = forms(web, caller, &institution);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let keeper = !actions.is_empty();
    let page = SubjectPage {
        list: ("医疗机构", PATH),
        title: institution.details.name.clone(),
        number: institution.details.licence.as_ref().map(ToString::to_string).unwrap_or_default(),
        state: Badge::new("已登记", "done"),
        facts: vec![facts(web, &institution, person.as_deref()), points],
        versions: versions(&institution),
        credit: Some(credit),
        acts: registry::acts(&layout, id, rows),
        more,
        actions,
        waiting: if keeper {
            vec![]
        } else {
            vec!["登记内容由登记管理员变更。发现登记有误请告知登记管理员。".into()]
        },
        problem,
        layout: Layout { title: institution.details.name.clone(), ..layout },
    };
    html(Tried::status(tried.as_ref()), &page)
}

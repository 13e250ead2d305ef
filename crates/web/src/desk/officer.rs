//! Officers (检查人员名录): certificate, specialties, leave, first line, and whom they must not inspect.

mod forms;

use super::institution;
use super::registry;
use super::{Tried, back, department, task};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column, FilePage, Layout, Line, Query, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_inspect::task::{Task, state_label};
use xingjian_kernel::calendar::days_between;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::legal_person::LegalPerson;
use xingjian_registry::officer::{Officer, Recusal};
use xingjian_registry::practitioner::Practitioner;
use xingjian_store::{Ctx, Failure, Filter, Order, Record, Stored, ledger, records};

const PATH: &str = "/desk/officers";
const READERS: Callers = Callers::Holding(&[Permission::SeeRegistry]);
/// Days before its end in which a certificate is marked.
const SOON: i32 = 30;

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Officers>(READERS),
        vec![
            Route::get("/desk/officers/{id}", READERS, show),
            Route::post("/desk/officers/{id}/{action}", Callers::Holding(&[Permission::ManageRegistry]), act),
        ],
    ]
    .concat()
}

/// Whether the officer may inspect on a day, as far as the certificate goes.
fn standing(officer: &Officer, today: LocalDate) -> Badge {
    let Some(certificate) = &officer.certificate else { return Badge::new("无执法证件", "bad") };
    match days_between(today, certificate.until) {
        _ if today < certificate.from => Badge::new("证件未生效", "bad"),
        left if left < 0 => Badge::new("证件过期", "bad"),
        left if left <= SOON => Badge::new(format!("{left}天后到期"), "wait"),
        _ => Badge::new("证件有效", "done"),
    }
}

/// Leave that has not ended.
fn leave(officer: &Officer, today: LocalDate) -> String {
    let mut coming: Vec<_> = officer.leave.iter().filter(|leave| leave.until >= today).collect();
    coming.sort_by_key(|leave| leave.from);
    coming.iter().map(|leave| format!("{} 至 {}", leave.from, leave.until)).collect::<Vec<_>>().join("；")
}

/// The list of officers.
struct Officers;

impl Listing for Officers {
    type Item = Officer;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/officers/excel";
    const TITLE: &'static str = "监督员";
    const UNIT: &'static str = "人";
    const PLACEHOLDER: &'static str = "按姓名、单位查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("姓名").below("单位").sorted(Order::Title),
        Column::new("执法证").below("有效期"),
        Column::new("专业"),
        Column::new("一线"),
        Column::new("请假"),
        Column::new("回避事由"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的监督员。").note(
            "执法检查人员名录库：随机抽查从这里抽派。没有有效行政执法证件的人员不能安排检查和办案（行政处罚法第42条）。",
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Officer> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Officer>]) -> Cells {
        let today = web.app.clock.today();
        let cells = |officer: &Stored<Officer>| {
            let certificate = officer.certificate.as_ref();
            let specialties = officer.specialties.join("、");
            let leave = leave(officer, today);
            vec![
                Cell::link(&officer.name, format!("{PATH}/{}", officer.id)).note(format!(
                    "{} · {}",
                    department(web, officer.department.as_str()),
                    officer.unit
                )),
                certificate.map_or(Cell::Missing("无数据"), |c| {
                    Cell::text(&c.number).note(format!("{} 至 {}", c.from, c.until))
                }),
                if specialties.is_empty() { Cell::Missing("无数据") } else { Cell::text(specialties) },
                Cell::text(if officer.first_line { "是" } else { "否" }),
                Cell::text(if leave.is_empty() { "没有".to_owned() } else { leave }),
                Cell::text(format!("{}项", officer.recusals.len())),
                Cell::State(standing(officer, today)),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}

/// Whom an officer must not inspect, by name where the reader may see it.
async fn recusal(ctx: &Ctx, recusal: &Recusal) -> Result<Line, Failure> {
    let subject = recusal.subject;
    let (name, url) = match subject {
        SubjectRef::Institution(id) => {
            let found = records::get::<Institution>(ctx, id).await?;
            (found.map(|i| i.value.details.name), Some(institution::address(id)))
        }
        SubjectRef::LegalPerson(id) => (records::get::<LegalPerson>(ctx, id).await?.map(|p| p.value.name), None),
        SubjectRef::Practitioner(id) => {
            let found = records::get::<Practitioner>(ctx, id).await?;
            (found.map(|p| p.value.name), Some(format!("/desk/practitioners/{id}")))
        }
        SubjectRef::Unregistered(_) => (None, None),
    };
    let url = url.filter(|_| name.is_some());
    let name = name.unwrap_or_else(|| subject.label().to_owned());
    let value = format!("{name}：{}，{}", recusal.tie.label(), recusal.reason);
    Ok(Line { label: "不得检查".into(), value, url })
}

/// The newest visits that a draw gave the officer, for those who see tasks.
async fn drawn(caller: &Caller, officer: &Officer) -> Result<Vec<Line>, Failure> {
    if !task::READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let filter = Filter { text: Some(officer.name.clone()), order: Order::Newest, ..Filter::default() };
    let tasks = records::list::<Task>(&caller.ctx, &filter).await?.rows;
    let own = tasks.iter().filter(|task| task.cause.draw().is_some() && task.officer(officer.id).is_some());
    let line = |task: &Stored<Task>| {
        let state = state_label(task.state.name());
        let text = format!("{}，{state}\n{}", task.subject_name, task.cause.label());
        Line::link(&task.planned.to_string(), text, format!("/desk/tasks/{}", task.id))
    };
    Ok(own.map(line).collect())
}

fn sections(web: &Web, officer: &Officer, recusals: Vec<Line>, drawn: Vec<Line>) -> Vec<Section> {
    let certificate = officer.certificate.as_ref();
    let dates = certificate.map(|c| format!("{} 至 {}", chinese(c.from), chinese(c.until))).unwrap_or_default();
    let recusals =
        if recusals.is_empty() { vec![Line::new("不得检查", "没有登记的回避事由")] } else { recusals };
    let mut leaves: Vec<Line> =
        officer.leave.iter().map(|leave| Line::new("请假", format!("{} 至 {}", leave.from, leave.until))).collect();
    if leaves.is_empty() {
        leaves.push(Line::new("请假", "没有登记的请假"));
    }
    let account = if officer.account.is_some() { "已关联" } else { "未关联" };
    let mut sections = vec![
        Section::new(
            "基本信息",
            vec![
                Line::new("姓名", &officer.name),
                Line::new("单位", &officer.unit),
                Line::new("所属部门", department(web, officer.department.as_str())),
                Line::new("任职区划", registry::division(web, &officer.division)),
                Line::new("登录账号", account),
            ],
        ),
        Section::new(
            "行政执法证件",
            vec![
                Line::new("证号", certificate.map(|c| c.number.clone()).unwrap_or_default()),
                Line::new("有效期", dates),
                Line::new("专业", officer.specialties.join("、")),
                Line::new("一线监督员", if officer.first_line { "是" } else { "否" }),
            ],
        ),
        Section::new("请假", leaves),
        Section::new("回避（行政处罚法第43条）", recusals),
    ];
    if !drawn.is_empty() {
        sections.push(Section::new("随机抽查抽派的检查", drawn));
    }
    sections
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
    match forms::perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let officer = records::must::<Officer>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Officer::TABLE, id).await?;
        let mut recusals = vec![];
        for ground in &officer.recusals {
            recusals.push(recusal(&caller.ctx, ground).await?);
        }
        let drawn = drawn(caller, &officer).await?;
        Ok::<_, Failure>((officer, acts, recusals, drawn))
    };
    let (officer, acts, recusals, drawn) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms::forms(web, caller, &officer);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let page = FilePage {
        layout: Layout::of(web, caller, &officer.name, PATH).done(done),
        list: ("监督员".into(), PATH.into()),
        title: officer.name.clone(),
        number: officer.certificate.as_ref().map(|c| c.number.clone()).unwrap_or_default(),
        state: standing(&officer, web.app.clock.today()),
        clocks: vec![],
        sections: sections(web, &officer, recusals, drawn),
        acts: timeline(acts),
        actions,
        waiting: vec![],
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

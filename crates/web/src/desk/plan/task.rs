//! A task of a plan: its form, and its page with the object base (检查对象名录) as it is today.

use super::{PATH, PLANNERS, READERS, address, form, rates};
use crate::app::Web;
use crate::desk::{Tried, back, badge, department, institution};
use crate::errors::{self, at_fields, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::listing::Book;
use crate::public::FormPage;
use crate::route::Route;
use crate::ui::table::{Cell, Figure, Table, grouped};
use crate::ui::{ActionForm, FilePage, Layout, Line, Section};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use xingjian_inspect::base::{Objects, Pool};
use xingjian_inspect::plan::service::{act, outlook, pack};
use xingjian_inspect::plan::{Action, Plan, PlannedTask, PublicTask, State as Stage, TaskOutlook, decimal};
use xingjian_kernel::id::PlanId;
use xingjian_store::{Failure, Stored, records};

/// Institutions on one page.
const ROWS: usize = 50;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/plans/{id}/tasks/new", PLANNERS, new),
        Route::post("/desk/plans/{id}/tasks/new", PLANNERS, add),
        Route::get("/desk/plans/{id}/tasks/{number}", READERS, show),
        Route::get("/desk/plans/{id}/tasks/{number}/change", PLANNERS, edit),
        Route::post("/desk/plans/{id}/tasks/{number}/change", PLANNERS, change),
        Route::get("/desk/plans/{id}/tasks/{number}/excel", READERS, spreadsheet),
    ]
}

/// The first step of a new task: who takes part.
#[derive(Template)]
#[template(path = "desk/plan_departments.html")]
struct DepartmentsPage {
    layout: Layout,
    plan: (String, String),
    url: String,
    leads: String,
    /// Id and name of the others.
    others: Vec<(String, String)>,
}

/// The page of a task.
#[derive(Template)]
#[template(path = "desk/planned_task.html")]
struct TaskPage {
    file: FilePage,
    figures: Vec<Figure>,
    tables: Vec<Table>,
    url: String,
    q: String,
    /// The object base, alone.
    lists: [Table; 1],
}

impl Deref for TaskPage {
    type Target = FilePage;
    fn deref(&self) -> &FilePage {
        &self.file
    }
}

async fn plan_of(caller: &Caller, id: &str) -> Result<Stored<Plan>, Failure> {
    records::must::<Plan>(&caller.ctx, id).await
}

fn task_of<'a>(plan: &'a Plan, number: &str) -> Result<&'a PlannedTask, Failure> {
    plan.tasks.iter().find(|task| task.number == number).ok_or(Failure::NotFound)
}

async fn new(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let asked = Given::parse(&query.unwrap_or_default());
    let found = async {
        let plan = plan_of(&caller, &id).await?;
        if let Some(why) = plan.why_not("add_task", &caller.ctx.actor) {
            return Err(why.into());
        }
        if asked.has("with") {
            form_page(&web, &caller, &plan, None, &asked, None)
        } else {
            Ok(first_step(&web, &caller, &plan))
        }
    };
    found.await.unwrap_or_else(|failure| errors::failure(&web, &failure))
}

fn first_step(web: &Web, caller: &Caller, plan: &Plan) -> Response {
    let all = web.app.policy.departments(web.app.clock.today());
    let others = all.into_iter().filter(|of| of.id != plan.department.as_str());
    let page = DepartmentsPage {
        layout: Layout::of(web, caller, "添加抽查任务", PATH),
        plan: (plan.title.clone(), address(plan)),
        url: format!("{}/tasks/new", address(plan)),
        leads: department(web, plan.department.as_str()),
        others: others.map(|of| (of.id.clone(), of.name.clone())).collect(),
    };
    html(StatusCode::OK, &page)
}

fn form_page(
    web: &Web,
    caller: &Caller,
    plan: &Stored<Plan>,
    task: Option<&PlannedTask>,
    given: &Given,
    tried: Option<&Tried<'_>>,
) -> Result<Response, Failure> {
    let departments = form::departments(plan, given);
    let pack = pack(&caller.ctx)?;
    let (title, url) = match task {
        None => ("添加抽查任务", format!("{}/tasks/new", address(plan))),
        Some(task) => ("修改抽查任务", format!("{}/tasks/{}/change", address(plan), task.number)),
    };
    let empty = ActionForm::new("task", "保存", url, plan.version)
        .consequence("保存后可以在计划中查看对象数量和年度抽查下限的核算，批准前可以随时修改。");
    let mut forms = [form::form(web, (plan, task), (&departments, &pack), empty)];
    if let Some(tried) = tried {
        tried.reopen(&mut forms);
    }
    let [action] = forms;
    let names: Vec<String> = departments.iter().map(|of| department(web, of.as_str())).collect();
    let mut hidden: Vec<(String, String)> = departments.iter().map(|of| ("with".into(), of.to_string())).collect();
    hidden.push(("version".into(), plan.version.to_string()));
    let intro = vec![format!("{}，参加部门：{}", plan.title, names.join("、"))];
    let page = FormPage { layout: Layout::of(web, caller, title, PATH), title, intro, action, hidden };
    Ok(html(Tried::status(tried), &page))
}

async fn add(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    given: Given,
) -> Response {
    submit(&web, &caller, &id, None, &given).await
}

async fn change(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
    given: Given,
) -> Response {
    submit(&web, &caller, &id, Some(&number), &given).await
}

/// Reads the form and takes the step; what was typed is shown again where it cannot be taken.
async fn submit(web: &Web, caller: &Caller, id: &str, number: Option<&str>, given: &Given) -> Response {
    let done = async {
        let plan = plan_of(caller, id).await?;
        let task = number.map(|number| task_of(&plan, number)).transpose()?;
        let read = form::read(&plan, task, &pack(&caller.ctx)?, given)?;
        let id: PlanId = plan.id;
        let action = if number.is_some() { Action::ChangeTask { task: read } } else { Action::AddTask { task: read } };
        act(&caller.ctx, id, given.seen(), action).await?;
        Ok::<_, Failure>(address(&plan))
    };
    let failure = match done.await {
        Ok(plan) => return back(&plan, if number.is_some() { "已修改抽查任务" } else { "已添加抽查任务" }),
        Err(failure) => at_fields(failure, form::FIELDS),
    };
    let shown = async {
        let plan = plan_of(caller, id).await?;
        let task = number.map(|number| task_of(&plan, number)).transpose()?;
        let tried = Tried { action: "task", given, failure: &failure };
        form_page(web, caller, &plan, task, given, Some(&tried))
    };
    shown.await.unwrap_or_else(|failure| errors::failure(web, &failure))
}

async fn edit(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
) -> Response {
    let found = async {
        let plan = plan_of(&caller, &id).await?;
        if let Some(why) = plan.why_not("change_task", &caller.ctx.actor) {
            return Err(why.into());
        }
        let task = task_of(&plan, &number)?;
        let with: Vec<String> = task.departments().iter().map(|of| format!("with={}", encode(of.as_str()))).collect();
        form_page(&web, &caller, &plan, Some(task), &Given::parse(&with.join("&")), None)
    };
    found.await.unwrap_or_else(|failure| errors::failure(&web, &failure))
}

/// What the address of a task's page may ask for.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
    page: usize,
}

/// A task with its object base.
struct Sight {
    plan: Stored<Plan>,
    task: PlannedTask,
    comes_to: TaskOutlook,
    pool: Pool,
    objects: Objects,
}

async fn sight(caller: &Caller, id: &str, number: &str) -> Result<Sight, Failure> {
    let plan = plan_of(caller, id).await?;
    let task = task_of(&plan, number)?.clone();
    let (outlook, pool) = outlook(&caller.ctx, &plan).await?;
    let comes_to = outlook.tasks.into_iter().find(|of| of.number == number).ok_or(Failure::NotFound)?;
    let objects = pool.objects(&task, &BTreeSet::new());
    Ok(Sight { plan, task, comes_to, pool, objects })
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Response {
    match sight(&caller, &id, &number).await {
        Ok(sight) => html(StatusCode::OK, &page(&web, &caller, &sight, asked)),
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn spreadsheet(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, number)): Path<(String, String)>,
) -> Response {
    match sight(&caller, &id, &number).await {
        Ok(sight) => {
            let source = format!("{} {} {}", sight.plan.title, sight.task.number, sight.task.name);
            let tables = [list(&web, &sight, ""), strata(&sight), reasons(&sight)];
            let of = &sight.task.number;
            let book = Book { title: "检查对象名录", of, source: &source, tables: &tables, cut: false };
            book.carry(&web, &caller).await
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

fn strata(sight: &Sight) -> Table {
    let rows = sight.comes_to.strata.iter().map(|of| {
        vec![
            Cell::text(of.stratum.trim_end_matches('/')),
            Cell::text(of.rate.to_string()),
            Cell::Count(of.objects),
            Cell::text(decimal(of.expected)),
            Cell::Count(of.least),
        ]
    });
    Table::new("strata", "各层数量", &["信用等级", "比例", "对象", "平均抽取", "至少抽取"])
        .note("按今天的名录和信用等级。")
        .rows(rows)
}

fn reasons(sight: &Sight) -> Table {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for excluded in &sight.objects.excluded {
        *counts.entry(&excluded.reason).or_default() += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    Table::new("reasons", "排除的机构", &["理由", "机构"])
        .note("名录库中没有列为抽查对象的机构，都写明理由。")
        .rows(counts.into_iter().map(|(reason, count)| vec![Cell::text(reason), Cell::Count(count)]))
        .empty("没有排除的机构。")
}

/// Every institution: those that can be drawn first, then those left out.
fn list(web: &Web, sight: &Sight, q: &str) -> Table {
    let names = sight.pool.names();
    let wanted: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    let today = web.app.clock.today();
    let drawable = sight.objects.objects.iter().map(|of| (&of.id, Some(of), None));
    let left_out = sight.objects.excluded.iter().map(|of| (&of.id, None, Some(of.reason.as_str())));
    let mut rows: Vec<(bool, String, Vec<Cell>)> = vec![];
    for (id, object, reason) in drawable.chain(left_out) {
        let Some(known) = names.get(id) else { continue };
        let details = &known.details;
        let text = format!("{} {id} {}", details.name, reason.unwrap_or_default()).to_lowercase();
        if !wanted.iter().all(|word| text.contains(word)) {
            continue;
        }
        let place = web.app.policy.divisions.name(&details.division, today);
        let kind = object.map_or_else(|| xingjian_inspect::base::kind_of(details.category.as_deref()), |of| &of.kind);
        let row = vec![
            Cell::link(&details.name, institution::address(known.id)).note(id.clone()),
            Cell::text(kind).note(details.level.clone().unwrap_or_default()),
            Cell::text(place.unwrap_or(details.division.as_str())),
            object.map_or(Cell::Missing("不抽取"), |of| Cell::text(format!("{}级", of.grade))),
            Cell::text(reason.unwrap_or("抽查对象")),
        ];
        rows.push((reason.is_some(), xingjian_registry::sort_key(&details.name), row));
    }
    rows.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    Table::new("objects", "检查对象名录", &["机构和编号", "类别", "区划", "信用等级", "是否抽查"])
        .rows(rows.into_iter().map(|(_, _, row)| row))
        .empty("没有符合条件的机构。")
}

fn page(web: &Web, caller: &Caller, sight: &Sight, asked: Asked) -> TaskPage {
    let Sight { plan, task, comes_to, .. } = sight;
    let url = format!("{}/tasks/{}", address(plan), task.number);
    let link = format!("{url}?q={}&page=", encode(&asked.q));
    let excluded = format!("另有{}家排除，均写明理由", grouped(comes_to.excluded));
    let mut lines = said(web, task);
    if plan.why_not("change_task", &caller.ctx.actor).is_none() {
        lines.push(Line::link("修改", "修改本任务", format!("{url}/change")));
    }
    let drawable = plan.tasks_in_force().iter().any(|of| of.number == task.number);
    if drawable && PLANNERS.include(&caller.ctx.actor) && caller.ctx.actor.department == plan.department {
        let url = format!("/desk/draws/new?plan={}&task={}", plan.id, task.number);
        lines.push(Line::link("抽查", "准备抽查", url));
    }
    let open = !Stage::FINAL.contains(&plan.state.name());
    TaskPage {
        file: FilePage {
            layout: Layout::of(web, caller, &task.name, PATH),
            list: (plan.title.clone(), address(plan)),
            title: task.name.clone(),
            number: task.number.clone(),
            state: badge(plan.state.label(), open, false),
            clocks: vec![],
            sections: vec![Section::new("抽查任务", lines)],
            acts: vec![],
            actions: vec![],
            waiting: vec![],
            problem: None,
        },
        figures: vec![
            Figure {
                label: "抽查对象", value: format!("{}家", grouped(comes_to.objects())), lines: vec![excluded]
            },
            match comes_to.drawn {
                Some(drawn) => Figure {
                    label: "已抽取",
                    value: format!("{}家", grouped(drawn)),
                    lines: vec!["对象数和以下各表按今天的名录，不是抽取时的名录".to_owned()],
                },
                None => Figure {
                    label: "平均抽取",
                    value: format!("{}家", decimal(comes_to.expected())),
                    lines: vec![format!("至少{}家", grouped(comes_to.least()))],
                },
            },
        ],
        tables: vec![strata(sight), reasons(sight)],
        lists: [list(web, sight, &asked.q).paged(asked.page, ROWS, &link)],
        url,
        q: asked.q,
    }
}

/// The task in words.
fn said(web: &Web, task: &PlannedTask) -> Vec<Line> {
    let said = PublicTask::of(&web.app.policy, task, web.app.clock.today());
    let yes = |holds: bool, yes: &str, no: &str| if holds { yes.to_owned() } else { no.to_owned() };
    let mut lines = vec![
        Line::new("检查期间", format!("{} 至 {}", said.period.0, said.period.1)),
        Line::new("抽查类型", said.kind),
        Line::new("参与部门", said.departments.join("、")),
        Line::new("抽查范围", said.range),
        Line::new("抽查比例", rates(&said.rates)),
    ];
    // Every kind has the same seats where the form set them.
    match said.seats.as_slice() {
        [first, others @ ..] if others.iter().all(|of| of.seats == first.seats) => {
            lines.push(Line::new("检查组席位", first.seats.join("、")));
        }
        seats => lines
            .extend(seats.iter().map(|of| Line::new("检查组席位", format!("{}：{}", of.kind, of.seats.join("、"))))),
    }
    lines.extend(said.items.iter().map(|(of, items)| Line::new("检查事项", format!("{of}：{}", items.join("、")))));
    lines.extend([
        Line::new("重复抽取", yes(said.beyond_drawn, "本年度已经抽中的不再抽", "不排除已经抽中的")),
        Line::new("交叉检查", yes(said.crossing, "不检查本单位日常监管的对象", "不作要求")),
        Line::new("抽取名单", yes(said.sealed, "封存，全部检查结束后公开", "抽取后即公开")),
        Line::new("一线监督员", format!("不少于{}", task.rules.first_line)),
        Line::new("请假", format!("检查期间请假不超过{}天的仍可抽派", task.rules.leave_days)),
    ]);
    lines
}

//! Yearly plans of random inspection: drawn up task by task, with what they come to, and approved by the head.

mod form;
mod task;

use super::{Tried, back, badge, department, due_on};
use crate::app::Web;
use crate::errors::{self, at_fields, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Figure, Table, grouped};
use crate::ui::{ActionForm, Field, FilePage, Kind, Layout, Line, Query, Row, Section, TablePage, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_draw::floor::{FloorError, Proof};
use xingjian_inspect::plan::service::{self, outlook};
use xingjian_inspect::plan::{
    Action, Outlook, Plan, PublicTask, State as Stage, TaskOutlook, action_label, decimal, state_label,
};
use xingjian_kernel::id::PlanId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/plans";
pub const READERS: Callers = Callers::Holding(&[Permission::ProposeInspection, Permission::ApproveInspection]);
const PLANNERS: Callers = Callers::Holding(&[Permission::ProposeInspection]);

pub fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::get("/desk/plans/new", PLANNERS, new),
        Route::post("/desk/plans/new", PLANNERS, draw_up),
        Route::get("/desk/plans/{id}", READERS, show),
        Route::post("/desk/plans/{id}/{action}", READERS, act),
    ];
    routes.extend(listing::routes::<Plans>(READERS));
    routes.extend(task::routes());
    routes
}

fn address(plan: &Plan) -> String {
    format!("{PATH}/{}", plan.id)
}

/// Whether the plan waits for this person: a head who can approve it, as soon as there is something to approve.
fn waits_for(plan: &Plan, caller: &Caller) -> bool {
    let changed = plan.in_force().is_none_or(|version| version.tasks != plan.tasks);
    changed && plan.why_not("approve", &caller.ctx.actor).is_none()
}

fn row(web: &Web, caller: &Caller, plan: &Plan) -> Row {
    let versions =
        if plan.versions.len() > 1 { format!(" · 第{}次修订", plan.versions.len() - 1) } else { String::new() };
    let open = !Stage::FINAL.contains(&plan.state.name());
    Row {
        url: address(plan),
        title: plan.title.clone(),
        detail: format!("{}年度 · {}项抽查任务{versions}", plan.year, plan.tasks.len()),
        state: badge(plan.state.label(), open, waits_for(plan, caller)),
        owner: department(web, plan.department.as_str()),
        due: due_on(web, None),
    }
}

/// Plans that wait for the caller's approval.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !caller.ctx.actor.may(Permission::ApproveInspection) {
        return Ok(vec![]);
    }
    let found = super::open::<Plan>(caller).await?;
    let mine = found.iter().filter(|plan| waits_for(plan, caller));
    Ok(mine.map(|plan| (None, row(web, caller, plan))).chain(super::more::<Plans, _>(&found)).collect())
}

/// The list of yearly plans.
struct Plans;

impl Listing for Plans {
    type Item = Plan;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/plans/excel";
    const TITLE: &'static str = "年度抽查计划";

    fn chips() -> Vec<(&'static str, &'static str)> {
        // A plan in force is not to be done: without a chip all of them are shown.
        let mut chips =
            matter_chips(&Stage::NAMES.iter().map(|state| (*state, state_label(state))).collect::<Vec<_>>());
        chips.swap(0, 1);
        chips
    }

    fn around(_: &Web, caller: &Caller) -> Around {
        Around::empty(
            "没有符合条件的年度抽查计划。拟定计划、添加抽查任务，由机关负责人批准后公布，随机抽查从已批准的计划中组织。",
        )
        .begin(
            caller.ctx.actor.may(Permission::ProposeInspection),
            "拟定年度计划",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Plan> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Plan>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}

fn new_page(web: &Web, caller: &Caller, tried: Option<&Tried<'_>>) -> Response {
    let year = web.app.clock.today().year();
    let years = [year, year + 1].map(|year| (year.to_string(), format!("{year}年"))).to_vec();
    let mut forms = [ActionForm::new("draw_up", "拟定", format!("{PATH}/new"), 0)
        .field(Field::new("year", "计划年度", Kind::Radio(years)).value(year.to_string()))
        .field(Field::new("title", "计划名称", Kind::Text).value(format!("{year}年度双随机抽查计划")))
        .consequence("每个部门每年一份计划。拟定后逐项添加抽查任务，再由机关负责人批准公布。")];
    if let Some(tried) = tried {
        tried.reopen(&mut forms);
    }
    let [action] = forms;
    let layout = Layout::of(web, caller, "拟定年度抽查计划", PATH);
    let page = FormPage { layout, title: "拟定年度抽查计划", intro: vec![], action, hidden: vec![] };
    html(Tried::status(tried), &page)
}

async fn new(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    new_page(&web, &caller, None)
}

async fn draw_up(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let year = given.text("year").parse().unwrap_or_default();
    match service::draw_up(&caller.ctx, year, given.text("title")).await {
        Ok(id) => back(&format!("{PATH}/{id}"), "已建立计划，请添加抽查任务"),
        Err(failure) => {
            let failure = at_fields(failure, &[("计划年度", "year"), ("计划名称", "title")]);
            new_page(&web, &caller, Some(&Tried { action: "draw_up", given: &given, failure: &failure }))
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
    match perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), done),
        Err(failure) => {
            let failure = at_fields(failure, &[("修订理由", "reason")]);
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<&'static str, Failure> {
    let id: PlanId = id.parse().map_err(|_| Failure::NotFound)?;
    let (action, done) = match action {
        "approve" => (Action::Approve, "已批准，计划已公布"),
        "revise" => (Action::Revise { reason: given.text("reason").to_owned() }, "已开始修订，原计划在批准前继续有效"),
        "abandon" => (Action::Abandon, "已放弃修订，原计划继续有效"),
        "remove_task" => (Action::RemoveTask { number: given.text("number").to_owned() }, "已删除抽查任务"),
        _ => return Err(Failure::NotFound),
    };
    service::act(&caller.ctx, id, given.seen(), action).await.map(|_| done)
}

fn forms(caller: &Caller, plan: &Stored<Plan>) -> Vec<ActionForm> {
    let open = plan.open_actions(&caller.ctx.actor);
    let form =
        |name: &str| ActionForm::new(name, action_label(name), format!("{}/{name}", address(plan)), plan.version);
    let mut forms = vec![];
    if open.contains(&"approve") {
        let law = "批准后计划即向社会公布，随机抽查只能从已批准的计划中组织；以后的修改是新的版本，原版本继续公示。";
        forms.push(form("approve").consequence(law));
    }
    if open.contains(&"remove_task") {
        let tasks = plan.tasks.iter().map(|task| (task.number.clone(), format!("{} {}", task.number, task.name)));
        let field = Field::new("number", "抽查任务", Kind::Select(tasks.collect()));
        forms.push(form("remove_task").secondary().field(field));
    }
    if open.contains(&"revise") {
        let field = Field::new("reason", "修订理由", Kind::Area).hint("随新版本一并公示。");
        let law = "原计划在新版本批准前继续有效。";
        forms.push(form("revise").secondary().field(field).consequence(law));
    }
    if open.contains(&"abandon") {
        forms.push(form("abandon").secondary().consequence("本次修订的内容全部作废，原计划继续有效。"));
    }
    forms
}

fn tasks(web: &Web, plan: &Plan, outlook: &Outlook, may_change: bool) -> Table {
    let today = web.app.clock.today();
    let columns = ["任务", "检查期间", "类型和部门", "抽查范围", "比例", "对象", "平均抽取", "至少抽取"];
    let rows = plan.tasks.iter().zip(&outlook.tasks).map(|(task, comes_to)| {
        let said = PublicTask::of(&web.app.policy, task, today);
        let more =
            [(task.beyond_drawn, "不重复抽取"), (task.rules.crossing, "交叉检查"), (task.sealed, "名单封存至检查结束")];
        let more: Vec<&str> = more.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text).collect();
        vec![
            Cell::link(format!("{} {}", task.number, task.name), format!("{}/tasks/{}", address(plan), task.number))
                .note(more.join("、")),
            Cell::text(days(said.period)),
            Cell::text(said.kind).note(said.departments.join("、")),
            Cell::text(said.range),
            Cell::text(rates(&said.rates)),
            Cell::Count(comes_to.objects()),
            match comes_to.drawn {
                Some(drawn) => Cell::text(drawn.to_string()).note("已抽取"),
                None => Cell::text(decimal(comes_to.expected())),
            },
            Cell::Count(comes_to.least()),
        ]
    });
    let table = Table::new("tasks", "抽查任务", &columns)
        .note("数量按今天的名录计算，本年度检查已达频次上限的不在内；“平均抽取”是比例与对象数的乘积，“至少抽取”是取整后最少的数量。")
        .rows(rows)
        .empty("还没有抽查任务。");
    if may_change { table.more("添加抽查任务", format!("{}/tasks/new", address(plan))) } else { table }
}

/// `3月1日 至 3月20日`: the year is the plan's.
fn days((first, last): (LocalDate, LocalDate)) -> String {
    format!("{}月{}日 至 {}月{}日", first.month(), first.day(), last.month(), last.day())
}

/// `A级 20%，B级 30%`.
fn rates(rates: &[(String, String)]) -> String {
    rates.iter().map(|(grade, rate)| format!("{grade} {rate}")).collect::<Vec<_>>().join("，")
}

const FLOOR: &str = "年度抽查下限核算";
const COLUMNS: &[&str] = &["信用等级（抽查任务）", "一级以上机构", "全年至少抽到"];

/// The arithmetic of the floor: as it was approved, while nothing is being changed, because what was drawn and inspected
/// since can be drawn no more and would look like a plan that falls short; otherwise as the registry is now.
fn arithmetic(plan: &Plan, outlook: &Outlook) -> Result<Proof, FloorError> {
    match (&plan.state, plan.in_force()) {
        (Stage::Approved { .. }, Some(version)) => Ok(version.proof.clone()),
        _ => outlook.floor.clone(),
    }
}

/// The arithmetic of the floor as a table.
fn floor(web: &Web, floor: &Result<Proof, FloorError>) -> Table {
    let entry = web.app.policy.parameter("inspection_floor_levelled", web.app.clock.today());
    let source = entry.map_or_else(String::new, |entry| {
        let source = &entry.source;
        format!("依据：{} {}（{} {}）", source.document, source.clause, entry.status.mark(), entry.status.label())
    });
    let table = Table::new("floor", FLOOR, COLUMNS);
    match floor {
        Ok(proof) => proven(table, proof, &source),
        Err(FloorError::Short(proof)) => {
            let table = proven(table, proof, "");
            let note = format!("▲ 未达到，还差{}家。{}{source}", proof.needed - proof.reached, table.note);
            table.note(note)
        }
        Err(unknown) => table.note(unknown.to_string()),
    }
}

/// The arithmetic of an approved plan as a table.
pub fn proof(proof: &Proof) -> Table {
    proven(Table::new("floor", FLOOR, COLUMNS), proof, "")
}

/// The table of a proof.
fn proven(table: Table, proof: &Proof, source: &str) -> Table {
    let all: u64 = proof.strata.iter().map(|of| of.objects).sum();
    let note = format!(
        "一级以上机构{}家，全年须抽到{}，即{}家；无论怎样抽，本计划至少抽到{}家。{source}",
        grouped(all),
        proof.floor,
        grouped(proof.needed),
        grouped(proof.reached)
    );
    let rows = proof
        .strata
        .iter()
        .map(|of| vec![Cell::text(layer(&of.stratum)), Cell::Count(of.objects), Cell::Count(of.at_least)]);
    table.note(note).rows(rows).empty("名录中没有一级以上机构。")
}

/// `A/` is grade A; `A/（2026-01）` the part of it over which this task ranges.
fn layer(name: &str) -> String {
    match name.split_once('/') {
        Some((grade, part)) => format!("{grade}级{part}"),
        None => name.to_owned(),
    }
}

fn versions(plan: &Plan) -> Table {
    let rows = plan.versions.iter().rev().map(|version| {
        let reason = if version.reason.is_empty() { "首次批准" } else { &version.reason };
        vec![
            Cell::text(format!("第{}版", version.number)),
            Cell::text(chinese(version.at.local_date())).note(&version.by.name),
            Cell::text(format!("{}项", version.tasks.len())),
            Cell::text(reason),
        ]
    });
    Table::new("versions", "已批准的版本", &["版本", "批准", "抽查任务", "修订理由"])
        .note("每一版都向社会公示，并各有一条日志。")
        .rows(rows)
        .more("查看公示", "/inspection#plans")
}

fn figures(plan: &Plan, outlook: &Outlook) -> Vec<Figure> {
    let sum = |of: fn(&TaskOutlook) -> u64| outlook.tasks.iter().map(of).sum::<u64>();
    let average: u128 = outlook.tasks.iter().map(TaskOutlook::expected).sum();
    let joint = plan.tasks.iter().filter(|task| task.is_joint()).count();
    let (value, lines) = match &arithmetic(plan, outlook) {
        Ok(proof) => (format!("至少{}家", grouped(proof.reached)), vec![format!("须达到{}家，已达到", proof.needed)]),
        Err(FloorError::Short(proof)) => {
            let short = format!("须达到{}家，还差{}家", proof.needed, proof.needed - proof.reached);
            (format!("至少{}家", grouped(proof.reached)), vec![short])
        }
        Err(unknown) => ("无法核算".to_owned(), vec![unknown.to_string()]),
    };
    vec![
        Figure {
            label: "抽查任务",
            value: format!("{}项", plan.tasks.len()),
            lines: vec![format!("其中跨部门联合{joint}项")],
        },
        Figure {
            label: "平均抽取",
            value: format!("{}家次", decimal(average)),
            lines: vec![format!("各任务合计，至少{}家次", grouped(sum(TaskOutlook::least)))],
        },
        Figure { label: "年度抽查下限（一级以上机构）", value, lines },
    ]
}

/// What must be mended before the approval, and who acts next.
fn hints(plan: &Plan, outlook: &Outlook, caller: &Caller) -> Vec<String> {
    let mut hints: Vec<String> = outlook.unmet.iter().map(ToString::to_string).collect();
    if Stage::FINAL.contains(&plan.state.name()) {
        return vec![];
    }
    if plan.department != caller.ctx.actor.department {
        return vec!["该计划由牵头部门拟定和批准，参与部门可以查看。".into()];
    }
    if !waits_for(plan, caller) {
        hints.push("任务齐备后，由没有参与拟定的机关负责人批准。".into());
    }
    hints
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let plan = records::must::<Plan>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Plan::TABLE, id).await?;
        let (outlook, _) = outlook(&caller.ctx, &plan).await?;
        Ok::<_, Failure>((plan, acts, outlook))
    };
    let (plan, acts, outlook) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(caller, &plan);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let may_change = plan.why_not("add_task", &caller.ctx.actor).is_none();
    let mut tables = vec![tasks(web, &plan, &outlook, may_change), floor(web, &arithmetic(&plan, &outlook))];
    if !plan.versions.is_empty() {
        tables.push(versions(&plan));
    }
    let mut lines = vec![
        Line::new("计划年度", format!("{}年", plan.year)),
        Line::new("牵头部门", department(web, plan.department.as_str())),
        Line::new("拟定", format!("{}，{}", plan.proposed_by.name, plan.created_at)),
    ];
    if let Stage::Revising { reason, by, at } = &plan.state {
        lines.push(Line::new("修订", format!("{}，{at}：{reason}", by.name)));
    }
    let page = TablePage {
        file: FilePage {
            layout: Layout::of(web, caller, &plan.title, PATH).done(done),
            list: ("年度抽查计划".into(), PATH.into()),
            title: plan.title.clone(),
            number: String::new(),
            state: row(web, caller, &plan).state,
            clocks: vec![],
            sections: vec![Section::new("计划", lines)],
            acts: timeline(acts),
            waiting: hints(&plan, &outlook, caller),
            actions,
            problem,
        },
        figures: figures(&plan, &outlook),
        chart: None,
        tables,
    };
    html(Tried::status(tried.as_ref()), &page)
}

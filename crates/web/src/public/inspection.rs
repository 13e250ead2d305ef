//! What random inspection must show beforehand (双随机四类公示): the list of items, and the yearly plans as they were approved,
//! each version with its proof in the log.

use super::log;
use crate::app::Web;
use crate::desk::plan_proof;
use crate::errors::{self, html};
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Table};
use crate::ui::{Door, Layout};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_inspect::plan::{PublicPlan, PublicTask, service};
use xingjian_kernel::id::EntryId;
use xingjian_kernel::time::chinese;
use xingjian_store::{Error, Failure};

const PATH: &str = "/inspection";

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Callers::Public, show),
        Route::get("/inspection/plans/{id}", Callers::Public, plan),
        Route::get("/inspection/plans/{id}/proof", Callers::Public, proof),
    ]
}

#[derive(Template)]
#[template(path = "public/inspection.html")]
struct InspectionPage {
    layout: Layout,
    plans: [Table; 1],
    items: [Table; 1],
}

#[derive(Template)]
#[template(path = "public/plan.html")]
struct PlanPage {
    layout: Layout,
    title: String,
    /// What the reader must know of the version: superseded, or why it was changed.
    notes: Vec<String>,
    about: Vec<(&'static str, String)>,
    tasks: Vec<Task>,
    tables: [Table; 1],
    proof: Option<String>,
}

/// A task with its lines.
struct Task {
    title: String,
    lines: Vec<(String, String)>,
}

/// A version that is shown, and whether a later one took its place.
struct Shown {
    row: EntryId,
    text: PublicPlan,
    superseded: bool,
}

async fn shown(web: &Web) -> Result<Vec<Shown>, Failure> {
    let mut all: Vec<Shown> = vec![];
    let mut newest = None;
    for (plan, row) in service::public_list(&web.app).await? {
        let unreadable = |source| Error::Unreadable { table: "ledger", id: row.id.to_string(), source };
        let text = serde_json::from_value(row.data.clone()).map_err(unreadable)?;
        all.push(Shown { row: row.id, text, superseded: newest == Some(plan) });
        newest = Some(plan);
    }
    Ok(all)
}

fn version(text: &PublicPlan) -> String {
    if text.version == 1 { "首次批准".to_owned() } else { format!("第{}次修订", text.version - 1) }
}

async fn show(State(web): State<Web>) -> Response {
    let all = match shown(&web).await {
        Ok(all) => all,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let plans = all.iter().map(|Shown { row, text, superseded }| {
        let note = if *superseded { "已被后来的版本代替" } else { "" };
        let joint = text.tasks.iter().filter(|task| task.departments.len() > 1).count();
        vec![
            Cell::link(&text.title, format!("{PATH}/plans/{row}")).note(note),
            Cell::text(version(text)),
            Cell::text(&text.department),
            Cell::text(format!("{}项", text.tasks.len())).note(format!("跨部门联合{joint}项")),
            Cell::text(text.approved_on.to_string()),
        ]
    });
    let page = InspectionPage {
        layout: Layout::bare(&web, "双随机抽查公示", Door::Public),
        plans: [plan_table(plans)],
        items: [items(&web)],
    };
    html(StatusCode::OK, &page)
}

fn plan_table(rows: impl IntoIterator<Item = Vec<Cell>>) -> Table {
    Table::new("plans", "年度抽查计划", &["计划", "版本", "牵头部门", "抽查任务", "批准日期"])
        .rows(rows)
        .empty("目前没有已批准的年度抽查计划。")
}

/// The items of the pack with their sources and how far they were checked.
fn items(web: &Web) -> Table {
    let rows = web.app.policy.inspection_items(web.app.clock.today()).into_iter().map(|item| {
        let source =
            format!("{} {}，{} {}", item.source.document, item.source.clause, item.status.mark(), item.status.label());
        vec![
            Cell::text(format!("{} {}", item.id, item.name)).note(&item.specialty),
            Cell::text(&item.object),
            Cell::text(item.points.join("；")),
            Cell::text(&item.method),
            Cell::text(&item.basis).note(source),
        ]
    });
    Table::new("items", "抽查事项清单", &["检查项目", "检查对象", "检查内容", "检查方式", "检查依据和来源"])
        .note("来源后的标记是核对状态：没有核对原文的事项，须由法制审核人员放行后才能用于检查。")
        .rows(rows)
}

fn lines(task: &PublicTask) -> Vec<(String, String)> {
    let mut lines = vec![
        ("检查期间".to_owned(), format!("{} 至 {}", chinese(task.period.0), chinese(task.period.1))),
        ("抽查类型".to_owned(), format!("{}：{}", task.kind, task.departments.join("、"))),
        ("抽查范围".to_owned(), task.range.clone()),
        (
            "抽查比例".to_owned(),
            task.rates.iter().map(|(grade, rate)| format!("信用{grade} {rate}")).collect::<Vec<_>>().join("，"),
        ),
    ];
    let alike = task.seats.windows(2).all(|pair| pair[0].seats == pair[1].seats);
    for seats in task.seats.iter().take(if alike { 1 } else { task.seats.len() }) {
        let kind = if alike { String::new() } else { format!("{}：", seats.kind) };
        lines.push(("检查组".to_owned(), format!("{kind}{}", seats.seats.join("、"))));
    }
    lines.extend(task.items.iter().map(|(of, items)| ("检查事项".to_owned(), format!("{of}：{}", items.join("、")))));
    let more = [
        (task.beyond_drawn, "本年度已经抽中的不再抽"),
        (task.crossing, "交叉检查：不检查本单位日常监管的对象"),
        (task.sealed, "名单封存，全部检查结束后公开；结果的摘要和数量在抽取后立即公开"),
    ];
    let more: Vec<&str> = more.into_iter().filter(|(holds, _)| *holds).map(|(_, text)| text).collect();
    if !more.is_empty() {
        lines.push(("说明".to_owned(), more.join("；")));
    }
    lines
}

async fn found(web: &Web, id: &str) -> Result<Shown, Failure> {
    let id: EntryId = id.parse().map_err(|_| Failure::NotFound)?;
    shown(web).await?.into_iter().find(|shown| shown.row == id).ok_or(Failure::NotFound)
}

async fn plan(State(web): State<Web>, Path(id): Path<String>) -> Response {
    let Shown { row, text, superseded } = match found(&web, &id).await {
        Ok(shown) => shown,
        Err(Failure::NotFound) => {
            let why = "请核对网址，或者从双随机抽查公示重新查找。";
            return errors::page(&web, StatusCode::NOT_FOUND, "没有找到该计划", why);
        }
        Err(failure) => return errors::failure(&web, &failure),
    };
    let mut notes = vec![];
    if superseded {
        notes.push("本版本已被后来的版本代替，按原样继续公示。".to_owned());
    }
    if !text.reason.is_empty() {
        notes.push(format!("修订理由：{}", text.reason));
    }
    let page = PlanPage {
        layout: Layout::bare(&web, &text.title, Door::Public),
        notes,
        about: vec![
            ("版本", version(&text)),
            ("牵头部门", text.department.clone()),
            ("批准日期", chinese(text.approved_on)),
        ],
        tasks: text
            .tasks
            .iter()
            .map(|task| Task { title: format!("{} {}", task.number, task.name), lines: lines(task) })
            .collect(),
        tables: [plan_proof(&text.floor)],
        proof: web.app.log.get().map(|_| format!("{PATH}/plans/{row}/proof")),
        title: text.title,
    };
    html(StatusCode::OK, &page)
}

async fn proof(State(web): State<Web>, Path(id): Path<String>) -> Response {
    match found(&web, &id).await {
        Ok(shown) => log::proof_of_shown(&web, shown.row).await,
        Err(failure) => errors::failure(&web, &failure),
    }
}

use super::{Shelf, Tried, back, badge, clock, department, due_on, open};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Field, FilePage, Kind, Layout, Line, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use std::collections::BTreeMap;
use xingjian_inspect::task::service::{Candidate, candidates};
use xingjian_kernel::id::{OfficerId, SignalId};
use xingjian_kernel::{Fault, LocalDate, Permission};
use xingjian_sense::complaint::Complaint;
use xingjian_sense::signal::service::{self, Plan};
use xingjian_sense::signal::{Signal, Source, State as Stage};
use xingjian_store::{Failure, Record, Stored, ledger, records};

const PATH: &str = "/desk/signals";
const READERS: Callers = Callers::Holding(&[Permission::HandleSignal]);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, READERS, list),
        Route::get("/desk/signals/{id}", READERS, show),
        Route::post("/desk/signals/{id}/{action}", READERS, act),
    ]
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Signal>) -> Row {
    let mine = !stored.open_actions(&caller.ctx.actor).is_empty();
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.subject_name.clone(),
        detail: format!("线索 · {} · 权重 {}", stored.cause, stored.weight),
        state: badge(stored.state.label(), !Signal::FINAL.contains(&stored.state.name()), mine),
        owner: department(web, stored.department.as_str()),
        due: due_on(web, stored.state.due().map(|d| d.due)),
    }
}

/// Signals that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let found = open::<Signal>(caller).await?;
    let mine = found.iter().filter(|s| !s.open_actions(&caller.ctx.actor).is_empty());
    Ok(mine.map(|s| (s.head().due, row(web, caller, s))).collect())
}

async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let shelf = Shelf {
        path: PATH,
        title: "线索",
        states: &[("open", "待处置"), ("inspecting", "检查中")][1..],
        empty: "没有符合条件的线索。受理投诉举报时转出的线索会出现在这里。",
        begin: None,
    };
    shelf.list(&web, &caller, query, |s: &Stored<Signal>| row(&web, &caller, s)).await
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
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<&'static str, Failure> {
    let id: SignalId = id.parse().map_err(|_| Failure::NotFound)?;
    match action {
        "dismiss" => {
            service::dismiss(&caller.ctx, id, given.seen(), given.text("reason")).await?;
            Ok("已说明理由办结")
        }
        "inspect" => {
            let mut faults = vec![];
            let planned = given.date("planned", &mut faults);
            let officers: Vec<OfficerId> = given.all("officers").iter().filter_map(|o| o.parse().ok()).collect();
            if given.all("items").is_empty() {
                faults.push(Fault::new("items", "", "没有选择检查事项", "请至少选择一项"));
            }
            let (Some(planned), true) = (planned, faults.is_empty()) else { return Err(faults.into()) };
            let exceed = given.text("exceed_reason").trim();
            let plan = Plan {
                planned,
                items: given.all("items").to_vec(),
                officers,
                exceed_reason: (!exceed.is_empty()).then(|| exceed.to_owned()),
            };
            service::inspect(&caller.ctx, id, given.seen(), plan).await?;
            Ok("已拟定检查任务，等待批准")
        }
        _ => Err(Failure::NotFound),
    }
}

fn forms(web: &Web, caller: &Caller, signal: &Stored<Signal>, officers: &[Candidate]) -> Vec<ActionForm> {
    let today = web.app.clock.today();
    let url = |action: &str| format!("{PATH}/{}/{action}", signal.id);
    let mut forms = vec![];
    for action in signal.open_actions(&caller.ctx.actor) {
        if action == "dismiss" {
            let reason = Field::new("reason", "不作检查的理由", Kind::Area);
            forms.push(
                ActionForm::new(action, "不作检查，说明理由", url(action), signal.version).secondary().field(reason),
            );
            continue;
        }
        let items = items(web, &signal.cause);
        let people = officers
            .iter()
            .filter(|c| c.blocked.is_none())
            .map(|c| (c.standing.officer.officer.to_string(), c.standing.officer.name.clone()))
            .collect();
        let blocked: Vec<String> = officers
            .iter()
            .filter_map(|c| c.blocked.as_ref().map(|why| format!("{}：{why}", c.standing.officer.name)))
            .collect();
        let hint = if blocked.is_empty() {
            "行政处罚法第42条：不少于两名持证执法人员。".to_owned()
        } else {
            format!("行政处罚法第42条：不少于两名持证执法人员。不可选：{}", blocked.join("；"))
        };
        forms.push(
            ActionForm::new(action, "转现场检查", url(action), signal.version)
                .field(Field::new("planned", "检查日期", Kind::Date).value(today.to_string()))
                .field(Field::new("officers", "检查人员", Kind::Checks(people)).hint(hint))
                .field(Field::new("items", "检查事项", Kind::Checks(items)))
                .field(
                    Field::new("exceed_reason", "超过年度频次上限的理由", Kind::Text)
                        .optional()
                        .hint("投诉举报、转办交办和数据监测线索引起的检查不受频次上限限制（国办发〔2024〕54号）。"),
                )
                .consequence("拟定后由机关负责人批准并编制检查通知书；批准前不得进入现场。"),
        );
    }
    forms
}

/// Inspection items, those first whose violations are about the cause.
fn items(web: &Web, cause: &str) -> Vec<(String, String)> {
    let (policy, today) = (&web.app.policy, web.app.clock.today());
    let about = |id: &String| policy.violation(id, today).is_some_and(|v| v.topics.iter().any(|topic| topic == cause));
    let (first, rest): (Vec<_>, Vec<_>) =
        policy.inspection_items(today).into_iter().partition(|item| item.violations.iter().any(about));
    first.into_iter().chain(rest).map(|i| (i.id.clone(), format!("{}（{}）", i.name, i.specialty))).collect()
}

fn sections(web: &Web, caller: &Caller, signal: &Signal, complaint: Option<&Complaint>) -> Vec<Section> {
    let mut lines = vec![
        super::links::subject(caller, signal.subject, &signal.subject_name),
        Line::new("事由", &signal.cause),
        Line::new("权重", format!("{}（1 轻微至 5 严重）", signal.weight)),
        Line::new("承办部门", department(web, signal.department.as_str())),
        Line::new(
            "职责依据",
            web.app.policy.duty(&signal.duty, web.app.clock.today()).map_or(String::new(), |d| d.text.clone()),
        ),
    ];
    match signal.source {
        Source::Complaint(id) if caller.ctx.actor.may(Permission::HandleComplaint) => {
            lines.push(Line::link("来源", "投诉举报", format!("/desk/complaints/{id}")));
        }
        Source::Complaint(_) => lines.push(Line::new("来源", "投诉举报")),
        Source::Screening(_) => lines.push(Line::new("来源", "医保筛查")),
    }
    // What was said, never by whom.
    lines.extend(complaint.map(|complaint| Line::new("反映内容", &complaint.text)));
    match &signal.state {
        Stage::Inspecting { task } => lines.push(Line::link("检查任务", "查看检查任务", format!("/desk/tasks/{task}"))),
        Stage::Dismissed { reason, by, on } => lines.push(Line::new("办结", format!("{on} {by}：{reason}"))),
        Stage::Closed { result, on } => lines.push(Line::new("办结", format!("{on} {result}"))),
        _ => {}
    }
    vec![Section::new("线索", lines)]
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let signal = records::must::<Signal>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Signal::TABLE, id).await?;
        let today = web.app.clock.today();
        let officers = candidates(&caller.ctx, signal.subject, today, &BTreeMap::new()).await?;
        let complaint = match signal.source {
            Source::Complaint(id) => records::get::<Complaint>(&caller.ctx, id).await?,
            Source::Screening(_) => None,
        };
        Ok::<_, Failure>((signal, acts, officers, complaint))
    };
    let (signal, acts, officers, complaint) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(web, caller, &signal, &officers);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let page = FilePage {
        layout: Layout::of(web, caller, &signal.subject_name, PATH).done(done),
        list: ("线索".into(), PATH.into()),
        title: format!("{}：{}", signal.subject_name, signal.cause),
        number: String::new(),
        state: badge(signal.state.label(), !Signal::FINAL.contains(&signal.state.name()), !actions.is_empty()),
        clocks: signal.state.due().iter().map(|d| clock(web, "处置", "signal_handle", d)).collect(),
        sections: sections(web, caller, &signal, complaint.as_deref()),
        acts: timeline(acts),
        waiting: vec![],
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

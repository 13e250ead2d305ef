pub mod claims;
mod forms;
pub mod hits;

use super::task::choices;
use super::{Tried, back, badge, clock, department, due_on, more, open_in};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::route::{Callers, Route};
use crate::ui::table::{Turn, grouped};
use crate::ui::{FilePage, Layout, Line, Row, Section, TablePage, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_sense::complaint::Complaint;
use xingjian_sense::signal::{Signal, Source, State as Stage};
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/signals";
const READERS: Callers = Callers::Holding(&[Permission::HandleSignal]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Signals>(READERS),
        vec![
            Route::get("/desk/signals/{id}", READERS, show),
            Route::get("/desk/signals/{id}/hits", READERS, hits::show),
            Route::post("/desk/signals/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Signal>) -> Row {
    let mine = !stored.open_actions(&caller.ctx.actor).is_empty();
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.subject_name.clone(),
        detail: detail(stored),
        state: badge(stored.state.label(), !Signal::FINAL.contains(&stored.state.name()), mine),
        owner: department(web, stored.department.as_str()),
        due: due_on(web, stored.state.due().map(|d| d.due)),
    }
}

/// What a list says of it: of one from screening how much was found, of others how grave it is.
fn detail(signal: &Signal) -> String {
    match &signal.claims {
        Some(claims) => {
            let sum = claims.sum();
            format!("医保筛查 · {} · 命中{}处，涉及{}元", claims.month, grouped(sum.hits), sum.amount)
        }
        None => format!("线索 · {} · 权重 {}", signal.cause, signal.weight),
    }
}

/// Signals that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let actor = &caller.ctx.actor;
    // What another department deals with is open to nobody here but the institution itself.
    let department = (!actor.may(Permission::AnswerAsUnit)).then(|| actor.department.clone());
    let ours = Filter { department, ..Filter::default() };
    let found = open_in::<Signal>(caller, Stage::names_open_to(actor), ours).await?;
    let mine = found.iter().filter(|s| !s.open_actions(actor).is_empty());
    Ok(mine.map(|s| (s.head().due, row(web, caller, s))).chain(more::<Signals, _>(&found)).collect())
}

/// The list of signals.
struct Signals;

impl Listing for Signals {
    type Item = Signal;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/signals/excel";
    const TITLE: &'static str = "线索";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&[
            ("asked", "待机构说明"),
            ("replied", "待复核"),
            ("confirmed", "待处理"),
            ("inspecting", "检查中"),
            ("filed", "已提请立案"),
        ])
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的线索。受理投诉举报时转出的线索、医保筛查的命中和其他系统推送的线索会出现在这里。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Signal> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Signal>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(turn): UrlQuery<Turn>,
) -> Response {
    page(&web, &caller, &id, turn.page, None, Some(&turn.done)).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    match forms::perform(&caller, &id, &action, &given).await {
        Ok((to, done)) => back(&to, done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, 1, Some(tried), None).await
        }
    }
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
        Source::Screening(id) => lines.push(Line::link("来源", "医保筛查", format!("/desk/screening/{id}"))),
        Source::System(_) => lines.push(Line::new("来源", "其他系统推送")),
    }
    // What was said, never by whom.
    lines.extend(complaint.map(|complaint| Line::new("反映内容", &complaint.text)));
    if let Some(report) = &signal.report {
        lines.push(Line::new("推送系统", format!("{}，对方编号 {}", report.system_name, report.reference)));
        lines.extend(report.occurred_on.map(|on| Line::new("发生日期", on.to_string())));
        lines.push(Line::new("推送内容", &report.text));
    }
    match &signal.state {
        Stage::Inspecting { task } => lines.push(Line::link("检查任务", "查看检查任务", format!("/desk/tasks/{task}"))),
        Stage::Dismissed { reason, by, on } => lines.push(Line::new("办结", format!("{on} {by}：{reason}"))),
        Stage::Closed { result, on } => lines.push(Line::new("办结", format!("{on} {result}"))),
        Stage::Withdrawn { reason, on } => lines.push(Line::new("撤回", format!("{on} {reason}"))),
        Stage::Filed { case } => {
            let line = super::links::case(caller, &case.to_string());
            lines.push(line.unwrap_or_else(|| Line::new("处罚案件", "已提请立案")));
        }
        Stage::Open { .. } | Stage::Asked { .. } | Stage::Replied { .. } | Stage::Confirmed { .. } => {}
    }
    let mut sections = vec![];
    if let Some(claims) = &signal.claims {
        lines.push(Line::new("医保定点编码", &claims.code));
        lines.extend(claims::institution(signal));
        sections.extend(claims::told(claims));
    }
    sections.push(Section::new("线索", lines));
    sections
}

async fn page(
    web: &Web,
    caller: &Caller,
    id: &str,
    number: usize,
    tried: Option<Tried<'_>>,
    done: Option<&str>,
) -> Response {
    let found = async {
        let signal = records::must::<Signal>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Signal::TABLE, id).await?;
        let officers = choices::candidates(&caller.ctx, signal.subject, web.app.clock.today()).await?;
        let complaint = match signal.source {
            Source::Complaint(id) => records::get::<Complaint>(&caller.ctx, id).await?,
            Source::Screening(_) | Source::System(_) => None,
        };
        let tables = claims::tables(caller, &signal, number).await?;
        Ok::<_, Failure>((signal, acts, officers, complaint, tables))
    };
    let (signal, acts, officers, complaint, tables) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms::of(web, caller, &signal, &officers);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let (label, clock_id) = signal.state.clock().unwrap_or(("处置", "signal_handle"));
    let page = TablePage {
        file: FilePage {
            layout: Layout::of(web, caller, &signal.subject_name, PATH).done(done),
            list: ("线索".into(), PATH.into()),
            title: signal.title(),
            number: String::new(),
            state: badge(signal.state.label(), !Signal::FINAL.contains(&signal.state.name()), !actions.is_empty()),
            clocks: signal.state.due().iter().map(|d| clock(web, label, clock_id, d)).collect(),
            sections: sections(web, caller, &signal, complaint.as_deref()),
            acts: timeline(acts),
            waiting: claims::waiting(web, &signal),
            actions,
            problem,
        },
        figures: claims::figures(&signal),
        chart: None,
        tables,
    };
    html(Tried::status(tried.as_ref()), &page)
}

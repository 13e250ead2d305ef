use super::CALLERS;
use crate::app::Web;
use crate::desk::finding::{PLACES, Papers, corrections, papers, rechecks, submission, submission_fields};
use crate::desk::{Tried, back, clock, due_on};
use crate::errors::{self, at_fields, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::route::Route;
use crate::ui::{ActionForm, Badge, FilePage, Layout, Line, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_inspect::finding::{Finding, HIDDEN_FROM_PARTY, State as Stage, service};
use xingjian_inspect::officer::names;
use xingjian_kernel::LocalDate;
use xingjian_kernel::id::FindingId;
use xingjian_store::papers::Paper;
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/unit/findings";
/// Kinds of acts that the institution is told of.
pub const TOLD: &[&str] =
    &["finding.opened", "finding.submitted", "finding.ordered_again", "finding.measured", "finding.settled"];

pub fn routes() -> Vec<Route> {
    vec![Route::get("/unit/findings/{id}", CALLERS, show), Route::post("/unit/findings/{id}/{action}", CALLERS, act)]
}

/// The page of a finding, where the record is one.
pub fn address(resource: &str, id: &str) -> Option<String> {
    (resource == Finding::TABLE.name()).then(|| format!("{PATH}/{id}"))
}

fn state(web: &Web, finding: &Finding) -> Badge {
    match (&finding.state, finding.overdue(web.app.clock.today())) {
        (_, Some(days)) => Badge::new(format!("逾期{days}天"), "bad"),
        (Stage::Ordered { .. }, None) => Badge::new("等待我单位整改", "wait"),
        (Stage::Submitted { .. }, None) => Badge::new("已提交，等待复查", "work"),
        (Stage::Settled { .. }, None) => Badge::new("已办结", "done"),
    }
}

/// Findings that wait for the institution.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let filter = Filter { states: vec!["ordered".into()], ..Filter::default() };
    let found = records::all::<Finding>(&caller.ctx, &filter).await?;
    let row = |finding: &Stored<Finding>| Row {
        url: format!("{PATH}/{}", finding.id),
        title: format!("责令改正：{}", finding.item_name),
        detail: format!("{} · {}", finding.state.order().number, finding.facts),
        state: state(web, finding),
        owner: String::new(),
        due: due_on(web, finding.head().due),
    };
    Ok(found.iter().map(|finding| (finding.head().due, row(finding))).collect())
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
        Ok(()) => back(&format!("{PATH}/{id}"), "已提交，等待监督员复查"),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<(), Failure> {
    let id: FindingId = id.parse().map_err(|_| Failure::NotFound)?;
    if action != "submit" {
        return Err(Failure::NotFound);
    }
    let done = service::act(&caller.ctx, id, given.seen(), submission(given)).await;
    done.map(|_| ()).map_err(|failure| at_fields(failure, PLACES))
}

fn forms(caller: &Caller, finding: &Stored<Finding>) -> Vec<ActionForm> {
    let open = finding.open_actions(&caller.ctx.actor);
    let again = matches!(finding.state, Stage::Submitted { .. });
    let form = |label: &str| ActionForm::new("submit", label, format!("{PATH}/{}/submit", finding.id), finding.version);
    let form = if again { form("补充整改材料").secondary() } else { form("提交整改情况") };
    open.contains(&"submit")
        .then(|| {
            submission_fields(form).consequence(
                "提交后由两名监督员复查核实，提交的内容不能撤回，可以补充。到期没有改正的，依法处理并影响信用评定。",
            )
        })
        .into_iter()
        .collect()
}

/// The address of a kept paper.
async fn paper(caller: &Caller, number: &str) -> Result<Option<String>, Failure> {
    let paper = records::by_number::<Paper>(&caller.ctx, number).await?;
    Ok(paper.map(|paper| format!("/unit/papers/{}", paper.id)))
}

fn sections(web: &Web, finding: &Finding, notice: Option<String>, orders: &Papers) -> Vec<Section> {
    let violation = finding.violation.as_ref();
    let violation = violation.and_then(|id| web.app.policy.violation(id, finding.created_at.local_date()));
    let mut lines = vec![
        Line::new("检查事项", &finding.item_name),
        Line::new("查见的事实", &finding.facts),
        Line { url: notice, ..Line::new("检查通知书", &finding.notice) },
        Line::new("检查人员", names(&finding.officers)),
        Line::new("检查日期", finding.created_at.local_date().to_string()),
    ];
    if let Some(violation) = violation {
        lines.insert(2, Line::new("应当遵守的规定", &violation.violated));
    }
    let mut sections = vec![Section::new("检查发现的问题", lines)];
    sections.extend(corrections(finding, orders));
    sections.extend(rechecks(finding, orders));
    sections
}

fn reasons(finding: &Finding) -> Vec<String> {
    match &finding.state {
        Stage::Ordered { .. } => vec![],
        Stage::Submitted { .. } => vec!["整改情况已收到，等待监督员复查。结果会显示在这里。".into()],
        Stage::Settled { .. } => vec!["该问题已经办结，不需要再办理。".into()],
    }
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let stored = records::must::<Finding>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Finding::TABLE, id).await?;
        let finding = Stored { version: stored.version, value: stored.value.for_party() };
        let notice = paper(caller, &finding.notice).await?;
        let orders = papers(caller, &finding, "/unit").await?;
        Ok::<_, Failure>((finding, notice, orders, acts))
    };
    let (finding, notice, orders, mut acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    acts.retain(|row| !HIDDEN_FROM_PARTY.contains(&row.kind.as_str()));
    let mut actions = forms(caller, &finding);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let open = !matches!(finding.state, Stage::Settled { .. });
    let due = open.then(|| clock(web, "责令改正", "rectification", &finding.state.order().due));
    let page = FilePage {
        layout: Layout::of(web, caller, &finding.item_name, PATH).done(done),
        list: ("本单位".into(), super::PATH.into()),
        title: format!("责令改正：{}", finding.item_name),
        number: finding.state.order().number.clone(),
        state: state(web, &finding),
        clocks: due.into_iter().collect(),
        sections: sections(web, &finding, notice, &orders),
        acts: timeline(acts),
        waiting: reasons(&finding),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

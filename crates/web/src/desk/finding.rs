mod forms;
mod perform;
mod sections;

pub use forms::submission as submission_fields;
pub use perform::{FIELDS as PLACES, submission};
pub use sections::{Papers, corrections, papers, rechecks};

use super::task::choices;
use super::{Tried, back, badge, clock, due_on, more, open};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::route::{Callers, Route};
use crate::ui::{Badge, FilePage, Layout, Query, Row, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_inspect::finding::service::recused;
use xingjian_inspect::finding::{Finding, State as Stage, state_label};
use xingjian_inspect::officer::names;
use xingjian_inspect::task::service::Candidate;
use xingjian_kernel::id::FindingId;
use xingjian_kernel::{Actor, LocalDate, Permission};
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/findings";
const PERMISSIONS: &[Permission] =
    &[Permission::HandleFinding, Permission::ApproveInspection, Permission::ProposeInspection];
const READERS: Callers = Callers::Holding(PERMISSIONS);
const KEEPERS: Callers = Callers::Holding(&[Permission::HandleFinding, Permission::HandleCase]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Findings>(READERS),
        vec![
            Route::get("/desk/findings/{id}", READERS, show),
            Route::post("/desk/findings/{id}/{action}", KEEPERS, act),
        ],
    ]
    .concat()
}

/// Whether somebody may open the page of a finding.
pub fn may_read(actor: &Actor) -> bool {
    PERMISSIONS.iter().any(|p| actor.may(*p))
}

/// The address of a finding's file.
pub fn address(id: FindingId) -> String {
    format!("{PATH}/{id}")
}

fn is_open(finding: &Finding) -> bool {
    !Stage::FINAL.contains(&finding.state.name())
}

/// Whether the finding waits for this person: a re-check is to be confirmed, or something was handed in or the term has
/// passed, and the officer found it.
fn waits_for(finding: &Finding, actor: &Actor, today: LocalDate) -> bool {
    if finding.pending.is_some() {
        return finding.awaits(actor);
    }
    let follows = actor.officer.is_some_and(|id| finding.officers.iter().any(|o| o.officer == id));
    let ripe = matches!(finding.state, Stage::Submitted { .. }) || finding.overdue(today).is_some();
    follows && ripe && finding.open_actions(actor).contains(&"pass")
}

fn state(web: &Web, caller: &Caller, finding: &Finding) -> Badge {
    let today = web.app.clock.today();
    match finding.overdue(today) {
        Some(days) => Badge::new(format!("逾期{days}天未改正"), "bad"),
        None => badge(finding.state.label(), is_open(finding), waits_for(finding, &caller.ctx.actor, today)),
    }
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Finding>) -> Row {
    Row {
        url: address(stored.id),
        title: stored.subject_name.clone(),
        detail: format!(
            "整改 {} · {} · {}{}",
            stored.state.order().number,
            stored.item_name,
            shortened(&stored.facts),
            confirmation(stored, &caller.ctx.actor)
        ),
        state: state(web, caller, stored),
        owner: names(&stored.officers),
        due: due_on(web, is_open(stored).then_some(stored.head().due).flatten()),
    }
}

/// What waits for a second officer, and whether that is the caller.
fn confirmation(finding: &Finding, actor: &Actor) -> String {
    let Some(pending) = &finding.pending else { return String::new() };
    let who = if finding.awaits(actor) { "待您确认复查" } else { "待确认复查" };
    format!(" · {who}（{}登记）", pending.recheck.by.name)
}

fn shortened(text: &str) -> String {
    text.chars().take(40).collect()
}

/// Findings that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if caller.ctx.actor.officer.is_none() {
        return Ok(vec![]);
    }
    let found = open::<Finding>(caller).await?;
    let today = web.app.clock.today();
    let mine = found.iter().filter(|f| waits_for(f, &caller.ctx.actor, today));
    Ok(mine.map(|f| (f.head().due, row(web, caller, f))).chain(more::<Findings, _>(&found)).collect())
}

/// The list of findings.
struct Findings;

impl Listing for Findings {
    type Item = Finding;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/findings/excel";
    const TITLE: &'static str = "问题整改";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&["ordered", "submitted"].map(|state| (state, state_label(state))))
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的问题。检查结果提交后，检查表中“不符合”的项目会出现在这里。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Finding> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Finding>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
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
    match perform::perform(&caller, &id, &action, &given).await {
        Ok((path, done)) => back(&path, done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

/// A finding with who might re-check it.
struct Sight {
    finding: Stored<Finding>,
    candidates: Vec<Candidate>,
}

fn reasons(finding: &Finding, by: &Actor, today: LocalDate) -> Vec<String> {
    let mut reasons = vec![];
    let due = finding.state.order().due.due;
    if let Some(pending) = &finding.pending {
        let second = pending.recheck.second().map(|officer| officer.name.as_str()).unwrap_or_default();
        let whom = if finding.awaits(by) { "您" } else { second };
        reasons.push(format!(
            "{}登记的复查记录待{whom}以本人登录确认，确认以前不发生效力（行政处罚法第42条）。",
            pending.recheck.by.name
        ));
    }
    match &finding.state {
        _ if finding.pending.is_some() => {}
        Stage::Ordered { .. } if finding.overdue(today).is_some() => {
            reasons.push(format!("机构应于{due}前改正，至今没有提交整改情况。请复查核实。"));
        }
        Stage::Ordered { .. } => reasons.push(format!("等待机构提交整改情况，{due}到期。到期前也可以复查。")),
        Stage::Submitted { .. } if !waits_for(finding, by, today) => {
            reasons.push(format!("等待监督员{}复查。", names(&finding.officers)));
        }
        _ => {}
    }
    match (&finding.case, is_open(finding)) {
        (Some(_), true) => reasons.push("已提请立案，处罚在案件中办理，整改照常进行。".into()),
        (Some(_), false) => reasons.push("已提请立案，处罚在案件中办理。".into()),
        (None, _) => {}
    }
    reasons
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let today = web.app.clock.today();
    let found = async {
        let finding = records::must::<Finding>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Finding::TABLE, id).await?;
        let bound = recused(&caller.ctx, &finding).await?;
        let candidates = choices::candidates_but(&caller.ctx, finding.subject, today, &bound).await?;
        let papers = papers(caller, &finding, "/desk").await?;
        Ok::<_, Failure>((Sight { finding, candidates }, papers, acts))
    };
    let (it, papers, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms::of(web, caller, &it);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    actions.sort_by_key(|action| !action.primary);
    let order = it.finding.state.order();
    let open = is_open(&it.finding).then(|| clock(web, "责令改正", "rectification", &order.due));
    let page = FilePage {
        layout: Layout::of(web, caller, &it.finding.subject_name, PATH).done(done),
        list: ("问题整改".into(), PATH.into()),
        title: it.finding.title(),
        number: order.number.clone(),
        state: state(web, caller, &it.finding),
        clocks: open.into_iter().collect(),
        sections: sections::of(web, caller, &it.finding, &papers),
        acts: timeline(acts),
        waiting: reasons(&it.finding, &caller.ctx.actor, today),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

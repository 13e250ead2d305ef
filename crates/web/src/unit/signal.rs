//! Hits of claims screening as the institution sees them: from the day on which it was asked, its own lines, and its answer.

use super::{CALLERS, doer};
use crate::app::Web;
use crate::desk::signal::claims as shown;
use crate::desk::signal::hits::Wanted;
use crate::desk::{Tried, back, clock, department, due_on};
use crate::errors::{self, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::hits::{self, HitsPage};
use crate::listing::{self, Around, Cells, Listed, Listing, whole};
use crate::route::Route;
use crate::ui::table::{Cell, Table, Turn, grouped};
use crate::ui::{
    ActionForm, Badge, Column, Field, FilePage, Kind, Layout, Line, OWN, Row, Section, TablePage, timeline,
};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::LocalDate;
use xingjian_kernel::id::SignalId;
use xingjian_sense::claims::{Claims, Group, service};
use xingjian_sense::signal::{Signal, State as Stage};
use xingjian_store::{Failure, Filter, Order, Record, Stored, ledger, records};

const PATH: &str = "/unit/signals";
/// Groups on one page.
const ROWS: usize = 100;
/// Kinds of acts that the institution is told of: not that it will be visited, nor that a case is proposed.
pub const TOLD: &[&str] =
    &["signal.asked", "signal.replied", "signal.judged", "signal.corrected", "signal.withdrawn", "signal.settled"];

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Signals>(CALLERS),
        vec![
            Route::get("/unit/signals/{id}", CALLERS, show),
            Route::get("/unit/signals/{id}/hits", CALLERS, show_hits),
            Route::post("/unit/signals/{id}/{action}", CALLERS, act),
        ],
    ]
    .concat()
}

/// The page of a signal, where the record is one.
pub fn address(resource: &str, id: &str) -> Option<String> {
    (resource == Signal::TABLE.name()).then(|| format!("{PATH}/{id}"))
}

/// A signal that the institution was asked about, without the names of staff.
async fn must(caller: &Caller, id: &str) -> Result<Stored<Signal>, Failure> {
    let signal = records::must::<Signal>(&caller.ctx, id).await?;
    party(signal).ok_or(Failure::NotFound)
}

fn party(mut signal: Stored<Signal>) -> Option<Stored<Signal>> {
    if !signal.is_shown_to_party() {
        return None;
    }
    let claims = signal.value.claims.take()?;
    signal.value.claims = Some(Box::new(claims.for_party()));
    Some(signal)
}

/// Where it stands for the institution: whether it will be visited or a case is proposed is told in its own time.
fn state(signal: &Signal) -> Badge {
    match &signal.state {
        Stage::Asked { .. } => Badge::new("等待我单位说明", "wait"),
        Stage::Replied { .. } => Badge::new("已说明，等待复核", "work"),
        Stage::Open { .. } | Stage::Confirmed { .. } | Stage::Inspecting { .. } | Stage::Filed { .. } => {
            Badge::new("已复核，处理中", "work")
        }
        Stage::Dismissed { .. } => Badge::new("经复核均不属实", "done"),
        Stage::Closed { .. } => Badge::new("已办结", "done"),
        Stage::Withdrawn { .. } => Badge::new("数据更正，已撤回", "none"),
    }
}

fn row(web: &Web, signal: &Stored<Signal>) -> Row {
    let (month, sum) =
        signal.claims.as_ref().map(|claims| (claims.month.to_string(), claims.sum())).unwrap_or_default();
    let due = signal.state.due().map(|due| due.due).filter(|_| matches!(signal.state, Stage::Asked { .. }));
    Row {
        url: format!("{PATH}/{}", signal.id),
        title: format!("医保筛查：请就{month}的规则命中说明情况"),
        detail: format!("命中{}处，涉及{}元", grouped(sum.hits), sum.amount),
        state: state(signal),
        owner: department(web, signal.department.as_str()),
        due: due_on(web, due),
    }
}

/// Signals that wait for the institution.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let filter = Filter { states: vec!["asked".into()], ..Filter::default() };
    let found = records::all::<Signal>(&caller.ctx, &filter).await?;
    let shown = found.into_iter().filter_map(party);
    Ok(shown.map(|signal| (signal.state.due().map(|due| due.due), row(web, &signal))).collect())
}

/// The list of signals that the institution was asked about.
struct Signals;

impl Listing for Signals {
    type Item = Signal;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/unit/signals/excel";
    const TITLE: &'static str = "本单位医保筛查";
    const COLUMNS: &'static [Column] = OWN;
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有请我单位说明的规则命中。收到后会出现在这里，并列入待办。").begin(
            true,
            "返回本单位",
            super::PATH,
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Signal> {
        let filter = Filter { text: filter.text.clone(), order: Order::Newest, ..Filter::default() };
        let found = records::all::<Signal>(&caller.ctx, &filter).await?;
        Ok(whole(found.into_iter().filter_map(party).collect()))
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Signal>]) -> Cells {
        Ok(found.iter().map(|signal| row(web, signal).cells()).collect())
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
    match perform(&caller, &id, &action, &given).await {
        Ok(()) => back(&format!("{PATH}/{id}"), "说明已提交，复核结论会显示在这里"),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, 1, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<(), Failure> {
    must(caller, id).await?;
    let id: SignalId = id.parse().map_err(|_| Failure::NotFound)?;
    if action != "reply" {
        return Err(Failure::NotFound);
    }
    let rule = Some(given.text("rule").to_owned()).filter(|rule| !rule.is_empty());
    service::reply(&caller.ctx, id, given.seen(), rule, given.text("text")).await?;
    Ok(())
}

fn forms(caller: &Caller, signal: &Stored<Signal>, claims: &Claims) -> Vec<ActionForm> {
    if !signal.open_actions(&caller.ctx.actor).contains(&"reply") {
        return vec![];
    }
    let option = |group: &Group| (group.rule.clone(), format!("{}：{}", group.name, group.title));
    let again = matches!(signal.state, Stage::Replied { .. });
    let form = |label: &str| ActionForm::new("reply", label, format!("{PATH}/{}/reply", signal.id), signal.version);
    let form = if again { form("补充说明").secondary() } else { form("提交说明") };
    let rules = Field::new("rule", "说明的规则", Kind::Select(claims.groups.iter().map(option).collect()));
    let text = Field::new("text", "说明内容", Kind::Area)
        .hint("写明事实和依据（病历、医嘱、收费记录）。不写患者姓名、身份证号码等个人信息。");
    vec![
        form.field(rules.optional().hint("不选择的，视为就全部命中说明。"))
            .field(text)
            .consequence("提交后由医保部门复核，提交的内容不能撤回，复核以前可以补充。"),
    ]
}

fn reasons(signal: &Signal) -> Vec<String> {
    let text = match &signal.state {
        Stage::Asked { .. } => return vec![],
        Stage::Replied { .. } => "说明已收到，等待医保部门复核。",
        Stage::Open { .. } | Stage::Confirmed { .. } | Stage::Inspecting { .. } | Stage::Filed { .. } => {
            "复核结论见“规则命中”一节。后续处理会另行通知我单位。"
        }
        Stage::Dismissed { .. } => "经复核均不属实，已经办结，不需要再办理。",
        Stage::Closed { .. } => "已经办结，不需要再办理。",
        Stage::Withdrawn { .. } => "数据更正后已经没有命中，不需要再办理。",
    };
    vec![text.to_owned()]
}

fn groups(signal: &Signal, claims: &Claims, number: usize) -> Table {
    let own = format!("{PATH}/{}", signal.id);
    let mut groups: Vec<&Group> = claims.groups.iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.sum.amount, group.sum.hits)));
    let row = |group: &Group| {
        vec![
            Cell::text(&group.name).note(&group.title),
            Cell::State(hits::result(group.result)),
            Cell::Count(group.sum.hits),
            Cell::Money(group.sum.amount),
            shown::verdict(group),
            Cell::link("查看", format!("{own}/hits?rule={}", encode(&group.rule))),
        ]
    };
    Table::new("groups", "规则命中", &["规则", "结果", "命中（处）", "金额（元）", "复核", "明细"])
        .rows(groups.into_iter().map(row))
        .empty("数据更正后没有命中。")
        .more("查看全部命中明细", format!("{own}/hits"))
        .paged(number, ROWS, &format!("{own}?page="))
}

fn sections(web: &Web, signal: &Signal, claims: &Claims) -> Vec<Section> {
    let about = vec![
        Line::new("承办部门", department(web, signal.department.as_str())),
        Line::new("医保定点编码", &claims.code),
        Line::new("费用发生月份", claims.month.to_string()),
        Line::link("全部医保筛查", "查看本单位全部医保筛查", PATH),
    ];
    let mut sections: Vec<Section> = shown::told(claims).into_iter().collect();
    sections.push(Section::new("事项", about));
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
        let signal = must(caller, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Signal::TABLE, id).await?;
        Ok::<_, Failure>((signal, acts))
    };
    let (signal, mut acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let Some(claims) = signal.claims.as_deref() else { return errors::failure(web, &Failure::NotFound) };
    acts.retain(|row| TOLD.contains(&row.kind.as_str()));
    for row in &mut acts {
        row.actor.name = doer(web, &row.actor);
    }
    let mut actions = forms(caller, &signal, claims);
    let problem = tried.as_ref().and_then(|tried| tried.reopen(&mut actions));
    let due = signal.state.due().filter(|_| matches!(signal.state, Stage::Asked { .. }));
    let mut tables = vec![groups(&signal, claims, number)];
    tables.extend((!claims.changes.is_empty()).then(|| shown::changes(&format!("{PATH}/{}", signal.id), claims)));
    let page = TablePage {
        file: FilePage {
            layout: Layout::of(web, caller, "医保筛查", PATH).done(done),
            list: ("本单位".into(), super::PATH.into()),
            title: format!("医保筛查：{}规则命中", claims.month),
            number: String::new(),
            state: state(&signal),
            clocks: due.iter().map(|due| clock(web, "说明", "claims_reply", due)).collect(),
            sections: sections(web, &signal, claims),
            acts: timeline(acts),
            waiting: reasons(&signal),
            actions,
            problem,
        },
        figures: shown::figures(&signal),
        chart: None,
        tables,
    };
    html(Tried::status(tried.as_ref()), &page)
}

async fn show_hits(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(wanted): UrlQuery<Wanted>,
) -> Response {
    match hits_page(&web, &caller, &id, &wanted).await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn hits_page(web: &Web, caller: &Caller, id: &str, wanted: &Wanted) -> Result<HitsPage, Failure> {
    let signal = must(caller, id).await?;
    let claims = signal.claims.as_deref().ok_or(Failure::NotFound)?;
    let own = format!("{PATH}/{}", signal.id);
    let shown = wanted.found(caller, claims, &own).await?;
    // What a rule says is public; the rule's own record is the administration's.
    let reader = caller.ctx.seeing_all();
    let view = |found, rule: Option<&_>| hits::for_party(found, rule, &claims.code);
    let hits = hits::views(&reader, shown.found, view).await?;
    Ok(HitsPage {
        layout: Layout::of(web, caller, "医保筛查", PATH),
        crumbs: vec![("本单位".into(), super::PATH.into()), (format!("{}规则命中", claims.month), own)],
        title: shown.title,
        notes: vec![shown.note, "只显示本机构的明细；人员以代号表示。".to_owned()],
        groups: None,
        hits,
        turns: shown.turns,
        empty: "没有这样的命中。数据更正后命中可能已经撤回，请返回上一页查看。",
    })
}

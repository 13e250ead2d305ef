mod body;

use super::{Tried, back};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::listing::Away;
use crate::route::{Callers, Route};
use crate::ui::excel::{self, Sheet};
use crate::ui::table::Cell;
use crate::ui::{ActionForm, Badge, Column, Field, FilePage, Kind, Layout, Line, Section, timeline};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_policy::{Head, Status, TABLES};
use xingjian_registry::release::{self, Release};
use xingjian_store::{Failure, Record, Stored, ledger};

const PATH: &str = "/desk/policy";
const READERS: Callers = Callers::Holding(&[Permission::ReleasePolicy, Permission::SeeRegistry]);

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, READERS, list),
        Route::post("/desk/policy/excel", READERS, export),
        Route::get("/desk/policy/{table}/{id}", READERS, show),
        Route::post("/desk/policy/{table}/{id}", Callers::Holding(&[Permission::ReleasePolicy]), give),
    ]
}

/// The address of an entry.
pub fn address(table: &str, id: &str) -> String {
    format!("{PATH}/{}/{}", encode(table), encode(id))
}

/// Whether an entry may support an effective act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// No longer in force.
    Past,
    /// Not yet in force.
    Future,
    /// Another entry with the same id holds: that of the city wins.
    Replaced,
    /// Verified against its source.
    Verified,
    /// Released by a legal officer on that day.
    Released(LocalDate),
    /// Waits for a release.
    Waiting,
}

impl Standing {
    /// The standing of an entry today.
    pub fn of(web: &Web, head: &Head, releases: &[Stored<Release>]) -> Self {
        let (today, release) = (web.app.clock.today(), released(head, releases));
        match (head.status, release) {
            _ if head.until.is_some_and(|until| until < today) => Self::Past,
            _ if today < head.from => Self::Future,
            _ if web.app.policy.head(head.table, &head.id, today).is_some_and(|holds| holds != *head) => Self::Replaced,
            (Status::Verified, _) => Self::Verified,
            (_, Some(release)) => Self::Released(release.released_on),
            (_, None) => Self::Waiting,
        }
    }

    /// How it looks.
    pub fn badge(self) -> Badge {
        match self {
            Self::Past => Badge::new("已失效", "none"),
            Self::Future => Badge::new("尚未生效", "none"),
            Self::Replaced => Badge::new("由本市规定替代", "none"),
            Self::Verified => Badge::new("可作依据", "done"),
            Self::Released(on) => Badge::new(format!("{on} 放行"), "done"),
            Self::Waiting => Badge::new("待放行", "wait"),
        }
    }
}

/// The release of this version of the entry.
fn released<'a>(head: &Head, releases: &'a [Stored<Release>]) -> Option<&'a Stored<Release>> {
    releases.iter().find(|r| r.table == head.table && r.entry == head.id && r.entry_from == head.from)
}

/// What each status means.
const STATUSES: &[(Status, &str, &str)] = &[
    (Status::Verified, "done", "已对照原文核对，可以直接作为依据"),
    (Status::Quoted, "work", "摘自官方网页或者转载，未见原文"),
    (Status::General, "none", "一般性了解，未经核对"),
    (Status::Default, "wait", "法律没有规定，由本系统给出的缺省值"),
];

fn tone(status: Status) -> &'static str {
    STATUSES.iter().find(|(known, _, _)| *known == status).map_or("none", |(_, tone, _)| tone)
}

fn meaning(status: Status) -> &'static str {
    STATUSES.iter().find(|(known, _, _)| *known == status).map_or("", |(_, _, meaning)| meaning)
}

/// What the address of the list may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    q: String,
    table: String,
    status: String,
    release: String,
    done: String,
}

/// Columns of the spreadsheet.
const COLUMNS: &[Column] = &[
    Column::new("条目").below("编号"),
    Column::new("表"),
    Column::new("起止"),
    Column::new("来源文件和条款"),
    Column::new("核对状态"),
    Column::new("能否作为依据"),
];

impl Query {
    fn of(given: &Given) -> Self {
        let text = |name: &str| given.text(name).to_owned();
        Self {
            q: text("q"),
            table: text("table"),
            status: text("status"),
            release: text("release"),
            done: String::new(),
        }
    }

    /// What narrows the list, in words.
    fn words(&self) -> String {
        let table = TABLES.iter().find(|(name, _)| *name == self.table).map(|(_, label)| (*label).to_owned());
        let status = STATUSES.iter().find(|(status, ..)| status.code() == self.status);
        let release = match self.release.as_str() {
            "waiting" => Some("待放行".to_owned()),
            "released" => Some("已放行".to_owned()),
            _ => None,
        };
        let text = Some(self.q.trim()).filter(|text| !text.is_empty()).map(|text| format!("查找“{text}”"));
        let words = [table, status.map(|(status, ..)| status.label().to_owned()), release, text];
        words.into_iter().flatten().collect::<Vec<_>>().join("，")
    }

    fn takes(&self, head: &Head, standing: Standing) -> bool {
        let text = format!("{} {} {} {}", head.id, head.title, head.source.document, head.source.clause).to_lowercase();
        let standing = match self.release.as_str() {
            "waiting" => standing == Standing::Waiting,
            "released" => matches!(standing, Standing::Released(_)),
            _ => true,
        };
        standing
            && (self.table.is_empty() || self.table == head.table)
            && (self.status.is_empty() || self.status == head.status.code())
            && self.q.to_lowercase().split_whitespace().all(|word| text.contains(word))
    }
}

/// A row of the list.
struct EntryRow {
    url: String,
    title: String,
    table: &'static str,
    id: String,
    dates: String,
    source: String,
    mark: &'static str,
    status: &'static str,
    tone: &'static str,
    standing: Badge,
}

#[derive(Template)]
#[template(path = "desk/policy_list.html")]
struct ListPage {
    layout: Layout,
    query: Query,
    tables: &'static [(&'static str, &'static str)],
    /// Code, mark, label, tone, meaning and how many entries, of each status.
    statuses: Vec<(&'static str, &'static str, &'static str, &'static str, &'static str, usize)>,
    waiting: usize,
    rows: Vec<EntryRow>,
    version: String,
}

fn row(head: &Head, standing: Standing) -> EntryRow {
    EntryRow {
        url: address(head.table, &head.id),
        title: head.title.clone(),
        table: head.table_label,
        id: head.id.clone(),
        dates: dates(head),
        source: format!("{} {}", head.source.document, head.source.clause),
        mark: head.status.mark(),
        status: head.status.label(),
        tone: tone(head.status),
        standing: standing.badge(),
    }
}

fn dates(head: &Head) -> String {
    match head.until {
        Some(until) => format!("{} 至 {until}", head.from),
        None => format!("{} 起", head.from),
    }
}

/// Every entry of the packs, with whether it may support an act.
async fn entries<'a>(web: &Web, caller: &Caller, heads: &'a [Head]) -> Result<Vec<(&'a Head, Standing)>, Failure> {
    // Whether an entry is released must not depend on who looks.
    let releases = release::all(&caller.ctx.seeing_all()).await?;
    Ok(heads.iter().map(|head| (head, Standing::of(web, head, &releases))).collect())
}

async fn list(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    let heads = web.app.policy.heads();
    let all = match entries(&web, &caller, &heads).await {
        Ok(all) => all,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let statuses = STATUSES.iter().map(|(status, tone, meaning)| {
        let count = heads.iter().filter(|head| head.status == *status).count();
        (status.code(), status.mark(), status.label(), *tone, *meaning, count)
    });
    let page = ListPage {
        layout: Layout::of(&web, &caller, "政策条目", PATH).done(Some(&query.done)),
        tables: TABLES,
        statuses: statuses.collect(),
        waiting: all.iter().filter(|(_, standing)| *standing == Standing::Waiting).count(),
        rows: all.iter().filter(|(head, s)| query.takes(head, *s)).map(|(head, s)| row(head, *s)).collect(),
        version: web.app.policy.version.clone(),
        query,
    };
    html(StatusCode::OK, &page)
}

async fn export(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    match spreadsheet(&web, &caller, &Query::of(&given)).await {
        Ok(response) => response,
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn spreadsheet(web: &Web, caller: &Caller, query: &Query) -> Result<Response, Failure> {
    let heads = web.app.policy.heads();
    let mut rows = entries(web, caller, &heads).await?;
    rows.retain(|(head, standing)| query.takes(head, *standing));
    let filters = query.words();
    let away = Away { title: "政策条目", unit: "条", filters: &filters, total: rows.len() as u64 };
    let mut sheet = Sheet::new(&away.top(web, caller), COLUMNS).map_err(excel::failed)?;
    for (head, standing) in &rows {
        let row = row(head, *standing);
        let cells = [
            Cell::text(row.title).note(row.id),
            Cell::text(row.table),
            Cell::text(row.dates),
            Cell::text(row.source),
            Cell::text(row.status),
            Cell::State(row.standing),
        ];
        sheet.row(&cells).map_err(excel::failed)?;
    }
    away.carry(web, caller, rows.len() as u64, sheet).await
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(place): Path<(String, String)>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, place, None, Some(&query.done)).await
}

async fn give(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((table, id)): Path<(String, String)>,
    given: Given,
) -> Response {
    match release::release(&caller.ctx, &table, &id, given.text("reason")).await {
        Ok(_) => back(&address(&table, &id), "已放行，自即日起可以作为依据"),
        Err(failure) => {
            let failure = match failure {
                Failure::Invalid(mut faults) => {
                    for fault in &mut faults {
                        "reason".clone_into(&mut fault.place);
                    }
                    Failure::Invalid(faults)
                }
                other => other,
            };
            let tried = Tried { action: "release", given: &given, failure: &failure };
            page(&web, &caller, (table, id), Some(tried), None).await
        }
    }
}

fn sections(web: &Web, heads: &[Head], head: &Head, releases: &[Stored<Release>]) -> Vec<Section> {
    let today = web.app.clock.today();
    let as_of = today.clamp(head.from, head.until.unwrap_or(LocalDate::MAX));
    let mut header = vec![
        Line::new("所属表", head.table_label),
        Line::new("条目编号", &head.id),
        Line::new("有效期", dates(head)),
        Line::new("来源文件", &head.source.document),
        Line::new("条款", &head.source.clause),
        Line::new("核对状态", format!("{} {}：{}", head.status.mark(), head.status.label(), meaning(head.status))),
    ];
    if let Some(release) = released(head, releases) {
        let text = format!("{} {}：{}", chinese(release.released_on), release.released_by, release.reason);
        header.push(Line::new("放行", text));
    }
    let mut sections = vec![Section::new("来源和状态", header)];
    sections.push(Section::new("内容", body::lines(web, head.table, &head.id, as_of)));
    if heads.len() > 1 {
        let line = |other: &Head| {
            let standing = Standing::of(web, other, releases).badge().label;
            Line::new(&dates(other), format!("{} {}（{standing}）", other.source.document, other.source.clause))
        };
        sections.push(Section::new("全部版本", heads.iter().map(line).collect()));
    }
    sections
}

/// Why there is nothing to release, or who may.
fn waiting(standing: Standing, may: bool) -> Vec<String> {
    let text = match standing {
        Standing::Verified => "该条目已对照原文核对，可以直接作为依据，不需要放行。",
        Standing::Released(_) => "该条目已经放行，可以作为依据。",
        Standing::Past => "该条目已失效，只用于查看当时的依据。",
        Standing::Replaced => "本市有同一编号的规定，以本市规定为准。",
        Standing::Future => "该条目尚未生效，生效后才能放行。",
        Standing::Waiting if may => return vec![],
        Standing::Waiting => "该条目尚未核对，放行前不能作为生效行为的依据。由法制审核员核对原文后放行。",
    };
    vec![text.into()]
}

async fn page(
    web: &Web,
    caller: &Caller,
    (table, id): (String, String),
    tried: Option<Tried<'_>>,
    done: Option<&str>,
) -> Response {
    let today = web.app.clock.today();
    let mut heads = web.app.policy.heads();
    heads.retain(|head| head.table == table && head.id == id);
    heads.sort_by_key(|head| std::cmp::Reverse(head.from));
    // In force today, else the newest.
    let head = web.app.policy.head(&table, &id, today).or_else(|| heads.first().cloned());
    let Some(head) = head else { return errors::failure(web, &Failure::NotFound) };
    let found = async {
        let mut releases = release::all(&caller.ctx.seeing_all()).await?;
        releases.retain(|r| r.table == table && r.entry == id);
        let mut acts = vec![];
        for given in releases.iter().rev() {
            acts.extend(ledger::of_resource(&caller.ctx.seeing_all(), Release::TABLE, given.id).await?);
        }
        Ok::<_, Failure>((releases, acts))
    };
    let (releases, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let standing = Standing::of(web, &head, &releases);
    let may = caller.ctx.actor.may(Permission::ReleasePolicy);
    let mut actions = vec![];
    if may && standing == Standing::Waiting {
        let reason =
            Field::new("reason", "放行理由", Kind::Area).hint("写明核对了哪一份原文、哪一条款，或者采用缺省值的依据。");
        let form = ActionForm::new("release", "放行", address(&table, &id), 0).field(reason);
        actions.push(
            form.consequence("放行后，该条目自即日起可以作为生效行为的依据；放行人、时间和理由写入存证，不能撤回。"),
        );
    }
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let page = FilePage {
        layout: Layout::of(web, caller, &head.title, PATH).done(done),
        list: ("政策条目".into(), format!("{PATH}?table={}", encode(&table))),
        title: head.title.clone(),
        number: head.id.clone(),
        state: standing.badge(),
        clocks: vec![],
        sections: sections(web, &heads, &head, &releases),
        acts: timeline(acts),
        waiting: waiting(standing, may),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

//! Erasures at the desk: asked for from a record's time line, confirmed by somebody else, and what the end of a period of keeping asks.

use super::{Tried, back, badge, department, due_on, more, open_in};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::public::FormPage;
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Field, FilePage, Kind, Layout, Line, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_govern::erasure::{self, Action, Ground, NewRequest, Request, State as Stage, Target};
use xingjian_kernel::id::{EntryId, ErasureId};
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Fault, LocalDate, Permission};
use xingjian_store::erasure::Extent;
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, Filter, Record, Stored, TABLES, ledger, records};

const PATH: &str = "/desk/erasures";
const READERS: Callers = Callers::Holding(&[Permission::RequestErasure, Permission::ConfirmErasure]);
const ASKERS: Callers = Callers::Holding(&[Permission::RequestErasure]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Erasures>(READERS),
        vec![
            Route::get("/desk/erasures/new", ASKERS, new),
            Route::post("/desk/erasures/new", ASKERS, ask),
            Route::get("/desk/erasures/{id}", READERS, show),
            Route::post("/desk/erasures/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

/// Where the erasure of a row, or of a whole record, is asked for; `None` where the resource has nothing to erase.
pub fn asking(resource: &str, id: &str, row: Option<&str>) -> Option<String> {
    let row = row.map(|row| format!("&row={}", encode(row))).unwrap_or_default();
    erasure::is_erasable(resource).then(|| format!("{PATH}/new?resource={}&id={}{row}", encode(resource), encode(id)))
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Request>) -> Row {
    let mine = !stored.open_actions(&caller.ctx.actor).is_empty();
    let detail = match &stored.state {
        Stage::Warned { keeping, until, .. } => format!("{keeping} · 保管至{until}"),
        Stage::Requested { by_name, on, .. } => format!("{} · {by_name}于{on}申请", stored.ground.label()),
        _ => stored.ground.label().to_owned(),
    };
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.title(),
        detail: format!("依法删除 · {detail}"),
        state: badge(stored.state.label(), stored.state.is_open(), mine),
        owner: department(web, stored.department.as_str()),
        due: due_on(web, stored.head().due),
    }
}

/// Erasures that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let actor = &caller.ctx.actor;
    let found = open_in::<Request>(caller, Stage::names_open_to(actor), Filter::default()).await?;
    let mine = found.iter().filter(|request| !request.open_actions(actor).is_empty());
    Ok(mine.map(|request| (request.head().due, row(web, caller, request))).chain(more::<Erasures, _>(&found)).collect())
}

/// The list of erasures.
struct Erasures;

impl Listing for Erasures {
    type Item = Request;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/erasures/excel";
    const TITLE: &'static str = "依法删除";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&[("warned", "保管期限将满"), ("requested", "待确认")])
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty(
            "没有符合条件的删除事项。删除从投诉举报、导入或者信息公开的“办理经过”中申请，须由另一人确认；保管期限将满的由系统提前列在这里，不会自动删除。",
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Request> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Request>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}

/// What is to be erased, as the address and the form name it.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Wanted {
    resource: String,
    id: String,
    row: String,
}

impl Wanted {
    fn of(given: &Given) -> Self {
        let text = |name: &str| given.text(name).to_owned();
        Self { resource: text("resource"), id: text("id"), row: text("row") }
    }
}

async fn named(caller: &Caller, wanted: &Wanted) -> Result<Option<LedgerRow>, Failure> {
    let table = TABLES.iter().find(|table| table.name() == wanted.resource && erasure::is_erasable(table.name()));
    let rows = ledger::of_resource(&caller.ctx, *table.ok_or(Failure::NotFound)?, &wanted.id).await?;
    if rows.is_empty() {
        return Err(Failure::NotFound);
    }
    Ok(rows.into_iter().find(|row| row.id.to_string() == wanted.row))
}

fn form(row: Option<&LedgerRow>) -> ActionForm {
    let grounds = Ground::ALL.iter().map(|ground| (ground.code().to_owned(), ground.shown())).collect();
    let mut form = ActionForm::new("ask", "申请删除", format!("{PATH}/new"), 0);
    if row.is_some() {
        let extents = [
            ("row", "只删除这一条办理记录，以及这一步写入的内容"),
            ("record", "删除该件的全部办理记录和其中的个人信息"),
        ];
        let extents = extents.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
        form = form.field(Field::new("extent", "删除范围", Kind::Radio(extents)).value("row"));
    }
    form.field(Field::new("ground", "法定事由", Kind::Radio(grounds)).hint("只能因法律规定的事由删除；保管期限未满的，系统会拒绝并说明条文。"))
        .field(Field::new("reason", "本件情况", Kind::Area).hint("何人何时申请、核对了什么。不要写出要删除的内容本身：理由会长期保留。"))
        .consequence("提交后由另一人（法制审核员或者机关负责人）确认；确认后内容和盐值销毁，不能恢复。日志中的位置、证明和删除的记录保留。")
}

async fn asking_page(web: &Web, caller: &Caller, wanted: &Wanted, given: Option<(&Given, &Failure)>) -> Response {
    let row = match named(caller, wanted).await {
        Ok(row) => row,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut forms = [form(row.as_ref())];
    let mut status = StatusCode::OK;
    if let Some((given, failure)) = given {
        status = errors::status(failure);
        Tried { action: "ask", given, failure }.reopen(&mut forms);
    }
    let [action] = forms;
    let intro = match &row {
        Some(row) => vec![format!("{} {}：{}", row.at, row.actor.name, row.text)],
        None => vec!["删除该件的全部办理记录和其中的个人信息。".into()],
    };
    let page = FormPage {
        layout: Layout::of(web, caller, "申请依法删除", PATH),
        title: "申请依法删除",
        intro,
        action,
        hidden: vec![
            ("resource".into(), wanted.resource.clone()),
            ("id".into(), wanted.id.clone()),
            ("row".into(), wanted.row.clone()),
        ],
    };
    html(status, &page)
}

async fn new(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(wanted): UrlQuery<Wanted>,
) -> Response {
    asking_page(&web, &caller, &wanted, None).await
}

async fn ask(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let wanted = Wanted::of(&given);
    let asked = async {
        let row: Option<EntryId> = wanted.row.parse().ok();
        let extent = match row {
            Some(row) if given.text("extent") != "record" => Extent::Row(row),
            _ => Extent::Record,
        };
        let request = NewRequest {
            resource: wanted.resource.clone(),
            id: wanted.id.clone(),
            extent,
            ground: Ground::from_code(given.text("ground")),
            reason: given.text("reason").trim().to_owned(),
        };
        erasure::request(&caller.ctx, request).await
    };
    match asked.await {
        Ok(id) => back(&format!("{PATH}/{id}"), "已提交，等待另一人确认"),
        Err(failure) => asking_page(&web, &caller, &wanted, Some((&given, &failure))).await,
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
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<&'static str, Failure> {
    let id: ErasureId = id.parse().map_err(|_| Failure::NotFound)?;
    let reason = given.text("reason").trim().to_owned();
    let (action, done) = match action {
        "request" => (Action::Request { reason }, "已提交，等待另一人确认"),
        "keep" => {
            let typed = given.text("until").trim();
            let until =
                typed.parse().map_err(|_| Fault::new("until", typed, "不是日期", "请按 2030-12-31 的样式填写"))?;
            (Action::Keep { reason, until }, "已登记继续保存")
        }
        "confirm" => (Action::Confirm, "已删除，内容不能恢复"),
        "refuse" => (Action::Refuse { reason }, "已登记不予删除"),
        _ => return Err(Failure::NotFound),
    };
    erasure::act(&caller.ctx, id, given.seen(), action).await?;
    Ok(done)
}

fn forms(caller: &Caller, request: &Stored<Request>) -> Vec<ActionForm> {
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", request.id), request.version)
    };
    let reason = |label: &str| Field::new("reason", label, Kind::Area);
    let forms = request.open_actions(&caller.ctx.actor).into_iter().map(|action| match action {
        "request" => form("request", "申请删除")
            .field(reason("本件情况").hint("不要写出要删除的内容本身。"))
            .consequence("保管期限届满以后才能申请；由另一人确认后销毁。"),
        "keep" => form("keep", "继续保存")
            .secondary()
            .field(Field::new("until", "继续保存至", Kind::Date))
            .field(reason("继续保存的理由"))
            .consequence("到期前再次提醒。"),
        "confirm" => form("confirm", "确认删除")
            .consequence("确认后内容和盐值立即销毁，不能恢复；较早的备份恢复时会按删除清单重新删除。日志中的位置和本次删除的记录保留。"),
        _ => form("refuse", "不予删除").secondary().field(reason("不予删除的理由")),
    });
    forms.collect()
}

/// The record; whoever confirms need not be one of its readers.
fn record(caller: &Caller, target: &Target) -> Line {
    use Permission::{AssignComplaint, CloseComplaint, DecidePublication, HandleComplaint, ManageRegistry};
    let readers = match target.resource.as_str() {
        "complaint" => Callers::Holding(&[AssignComplaint, HandleComplaint, CloseComplaint]),
        "import" => Callers::Holding(&[ManageRegistry]),
        _ => Callers::Holding(&[DecidePublication]),
    };
    let url = format!("/desk/{}s/{}", target.resource, target.id);
    Line { url: readers.include(&caller.ctx.actor).then_some(url), ..Line::new("对象", &target.label) }
}

/// What is about to go, for who decides about it: read anew, and kept nowhere.
async fn rows(caller: &Caller, request: &Request) -> Result<Option<Section>, Failure> {
    let table = TABLES.iter().find(|table| table.name() == request.target.resource);
    let (Some(table), true) = (table, request.state.is_open()) else { return Ok(None) };
    let named = |row: &LedgerRow| match request.extent {
        Extent::Row(id) => row.id == id,
        Extent::Record => true,
    };
    let rows = ledger::of_resource(&caller.ctx, *table, &request.target.id).await?;
    let line = |row: &LedgerRow| Line::new(&row.at.to_string(), format!("{}：{}", row.actor.name, row.text));
    Ok(Some(Section::new("将删除的办理记录", rows.iter().filter(|row| named(row)).map(line).collect())))
}

fn sections(caller: &Caller, request: &Request) -> Vec<Section> {
    let mut lines = vec![
        record(caller, &request.target),
        Line::new("范围", request.title().split_once('：').map_or(String::new(), |(_, extent)| extent.to_owned())),
        Line::new("法定事由", request.ground.label()),
        Line::new("依据", request.ground.article()),
    ];
    match &request.state {
        Stage::Warned { keeping, article, until } => lines.extend([
            Line::new("保管期限", format!("{keeping}，到{}为止", chinese(*until))),
            Line::new("保管依据", article),
        ]),
        Stage::Requested { by_name, on, reason, .. } => {
            lines.extend([Line::new("申请", format!("{by_name}，{}", chinese(*on))), Line::new("本件情况", reason)]);
        }
        Stage::Erased { requested_by, reason, confirmed_by, on } => lines.extend([
            Line::new("申请人", requested_by),
            Line::new("本件情况", reason),
            Line::new("确认", format!("{confirmed_by}，{}", chinese(*on))),
        ]),
        Stage::Refused { requested_by, by, on, reason } => lines.extend([
            Line::new("申请人", requested_by),
            Line::new("不予删除", format!("{by}，{}：{reason}", chinese(*on))),
        ]),
        Stage::Kept { by, on, reason, until } => {
            lines.push(Line::new("继续保存", format!("{by}，{}：{reason}，保存至{}", chinese(*on), chinese(*until))));
        }
    }
    vec![Section::new("删除事项", lines)]
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let request = records::must::<Request>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Request::TABLE, id).await?;
        let mut sections = sections(caller, &request);
        sections.extend(rows(caller, &request).await?);
        Ok::<_, Failure>((request, acts, sections))
    };
    let (request, acts, sections) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(caller, &request);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let waiting = match &request.state {
        Stage::Requested { by_name, .. } if actions.is_empty() => {
            vec![format!("由{by_name}申请，等待另一人（法制审核员或者机关负责人）确认。")]
        }
        _ => vec![],
    };
    let page = FilePage {
        layout: Layout::of(web, caller, &request.target.label, PATH).done(done),
        list: ("依法删除".into(), PATH.into()),
        title: request.title(),
        number: String::new(),
        state: badge(request.state.label(), request.state.is_open(), !actions.is_empty()),
        clocks: vec![],
        sections,
        acts: timeline(acts),
        waiting,
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

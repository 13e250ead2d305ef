mod sections;

use super::{Tried, back, badge, clock, department, due_on, institution, more, open, open_in};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::{Given, once};
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::public::{FormPage, ReceiptPage, complain_form, read_complaint};
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Field, FilePage, Kind, Layout, Query, Row, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::{Fault, LocalDate, Permission, SubjectRef};
use xingjian_registry::unregistered::Described;
use xingjian_sense::complaint::service::{self, Accept};
use xingjian_sense::complaint::{Action, Complaint, State as Stage, joining, overdue};
use xingjian_sense::message::near::Near;
use xingjian_sense::message::{mask, near};
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/complaints";
/// More that wait for acceptance are one line among what waits.
const ONE_BY_ONE: u32 = 20;
/// The state of those.
const RECEIVED: &str = "received";
pub const READERS: Callers = Callers::Holding(&[
    Permission::AssignComplaint,
    Permission::HandleComplaint,
    Permission::CloseComplaint,
    Permission::SuperviseComplaint,
]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Complaints>(READERS),
        vec![
            Route::get("/desk/complaints/new", Callers::Holding(&[Permission::EnterComplaint]), new),
            Route::post("/desk/complaints/new", Callers::Holding(&[Permission::EnterComplaint]), enter),
            Route::get("/desk/complaints/{id}", READERS, show),
            Route::post("/desk/complaints/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Complaint>) -> Row {
    let mine = is_mine(caller, stored);
    let late = if stored.asks(&caller.ctx.actor) { "超期督办 · " } else { "" };
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: mask(&stored.about),
        detail: format!(
            "投诉举报 {} · {late}{}",
            stored.number,
            mask(&stored.text).chars().take(60).collect::<String>()
        ),
        state: badge(stored.state.label(), stored.state.due().is_some(), mine),
        owner: department(web, stored.department.as_str()),
        due: due_on(web, stored.state.due().map(|d| d.due)),
    }
}

/// Whether it waits for the caller. What was joined waits for nobody, though it can be separated.
fn is_mine(caller: &Caller, complaint: &Complaint) -> bool {
    let actor = &caller.ctx.actor;
    let acts = !matches!(complaint.state, Stage::Joined { .. }) && !complaint.open_actions(actor).is_empty();
    acts || complaint.asks(actor)
}

/// Complaints that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    if !READERS.include(&caller.ctx.actor) {
        return Ok(vec![]);
    }
    let actor = &caller.ctx.actor;
    let supervises = actor.may(Permission::SuperviseComplaint);
    // What was just received is counted below; what was joined waits with the one that leads.
    let waits = |state: &&str| ![RECEIVED, "joined"].contains(state);
    let found = if supervises {
        // A head is told of whatever is late, in every state.
        open::<Complaint>(caller).await?
    } else {
        let states = Stage::names_open_to(actor).into_iter().filter(waits).collect();
        open_in::<Complaint>(caller, states, Filter::default()).await?
    };
    let one = |c: &Stored<Complaint>| (c.head().due, row(web, caller, c));
    let is_new = |c: &Stored<Complaint>| matches!(c.state, Stage::Received { .. }) && !c.asks(actor);
    let mine = found.iter().filter(|c| is_mine(caller, c) && !is_new(c)).map(one);
    let mut rows: Vec<_> = mine.chain(more::<Complaints, _>(&found)).collect();
    if actor.may(Permission::AssignComplaint) {
        let filter = Filter { states: vec![RECEIVED.into()], limit: ONE_BY_ONE, ..Filter::default() };
        let received = records::list::<Complaint>(&caller.ctx, &filter).await?;
        // A file of messages is one thing to do, not thousands.
        if received.total > u64::from(ONE_BY_ONE) {
            let due = received.rows.first().and_then(|c| c.head().due);
            let row = Row {
                url: super::message::TRIAGE.into(),
                title: format!("来件待分拣 {} 件", listing::number(received.total)),
                detail: "投诉举报 · 逐件受理或者转出".into(),
                state: badge("待受理", true, true),
                owner: department(web, actor.department.as_str()),
                due: due_on(web, due),
            };
            rows.push((due, row));
        } else {
            rows.extend(received.rows.iter().filter(|c| is_new(c)).map(one));
        }
    }
    Ok(rows)
}

/// The list of complaints.
struct Complaints;

impl Listing for Complaints {
    type Item = Complaint;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/complaints/excel";
    const TITLE: &'static str = "投诉举报";
    const BY_MONTH: bool = true;

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&[
            ("received", "待受理"),
            ("accepted", "待核查"),
            ("investigating", "核查中"),
            ("answered", "待复核"),
            ("reopened", "重新办理"),
            ("joined", "已并案"),
        ])
    }

    fn around(_: &Web, caller: &Caller) -> Around {
        Around::empty("没有符合条件的投诉举报。公众提交后会出现在这里；电话、来信、来访由受理员登记。").begin(
            caller.ctx.actor.may(Permission::EnterComplaint),
            "登记投诉举报",
            format!("{PATH}/new"),
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Complaint> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Complaint>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}

fn entry_form(web: &Web) -> ActionForm {
    let today = web.app.clock.today();
    let channels = web.app.policy.channels(today).iter().map(|c| (c.id.clone(), c.name.clone())).collect();
    let mut form = complain_form(&format!("{PATH}/new"));
    form.fields.insert(0, Field::new("channel", "渠道", Kind::Select(channels)));
    form.consequence("登记后按受理期限计时。请把查询码告知来电、来信或来访人。")
}

fn entry_page(web: &Web, caller: &Caller, status: StatusCode, action: ActionForm, secret: String) -> Response {
    let page = FormPage {
        layout: Layout::of(web, caller, "登记投诉举报", PATH),
        title: "登记投诉举报",
        intro: vec![],
        action,
        hidden: vec![("once".into(), secret)],
    };
    html(status, &page)
}

async fn new(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    entry_page(&web, &caller, StatusCode::OK, entry_form(&web), once(&*web.app.rng))
}

async fn enter(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let sent = match read_complaint(&web, &given, given.text("channel")).await {
        Ok(new) => service::submit(&caller.ctx, new).await,
        Err(failure) => Err(failure),
    };
    match sent {
        Ok(receipt) => {
            let layout = Layout::of(&web, &caller, "已登记", PATH);
            html(StatusCode::OK, &ReceiptPage { layout, receipt })
        }
        Err(failure) => {
            let mut forms = [entry_form(&web)];
            let tried = Tried { action: "complain", given: &given, failure: &failure };
            tried.reopen(&mut forms);
            let [form] = forms;
            let stale = matches!(&failure, Failure::Invalid(faults) if faults.iter().any(|f| f.place == "once"));
            let secret = if stale { once(&*web.app.rng) } else { given.text("once").to_owned() };
            entry_page(&web, &caller, errors::status(&failure), form, secret)
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
        // Who reported is shown once, here, and never in an address.
        Ok(done) if action == "reveal" => page(&web, &caller, &id, None, Some(&done)).await,
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: ComplaintId = id.parse().map_err(|_| Failure::NotFound)?;
    let ctx = &caller.ctx;
    let text = |name: &str| given.text(name).trim().to_owned();
    let action = match action {
        "accept" => {
            let accept = Accept {
                kind: text("kind"),
                reason: text("reason"),
                topic: text("topic"),
                subject: subject(caller, &text("subject")).await?,
                unregistered: Some(Described { name: text("unknown_name"), place: text("unknown_place") }),
                open_signal: given.text("signal") == "yes",
            };
            let places = [("未登记对象名称", "unknown_name"), ("未登记对象地点", "unknown_place")];
            let accepted = service::accept(ctx, id, given.seen(), accept).await;
            accepted.map_err(|failure| errors::at_fields(failure, &places))?;
            return Ok("已受理并按职责清单分派".into());
        }
        "reveal" => {
            let clear = service::reveal_reporter(ctx, id, given.seen(), given.text("reason")).await?;
            return Ok(clear.map_or("匿名提交，没有举报人信息".into(), |r| {
                format!("举报人：{}，{}", r.name, r.contact)
            }));
        }
        "join" => {
            let near = near::to(ctx, &*records::must::<Complaint>(ctx, id).await?).await?;
            let lead = near::numbered(&near, &text("lead"));
            let lead = lead.ok_or_else(|| Fault::new("lead", "", "没有选择主件", "请在列出的各件中选择"))?;
            joining::join(ctx, id, given.seen(), lead).await?;
            return Ok("已并案，随主件办理和答复".into());
        }
        "separate" => {
            joining::separate(ctx, id, given.seen()).await?;
            return Ok("已分出，单独办理".into());
        }
        "instruct" => {
            overdue::instruct(ctx, id, given.seen(), given.text("instruction")).await?;
            return Ok("督办意见已记录".into());
        }
        "decline" => Action::Decline { reason: text("reason") },
        "investigate" => Action::Investigate,
        "answer" => Action::Answer { text: text("text"), finding: text("finding") },
        "return" => Action::Return { reason: text("reason") },
        "close" => Action::Close,
        _ => return Err(Failure::NotFound),
    };
    service::act(ctx, id, given.seen(), action).await?;
    Ok("已办理".into())
}

/// The institution whose name was typed; nothing typed is nobody.
async fn subject(caller: &Caller, name: &str) -> Result<Option<SubjectRef>, Failure> {
    if name.is_empty() {
        return Ok(None);
    }
    let unknown = "请核对名称；确实未登记的请留空，另填未登记对象的名称和地点";
    Ok(Some(institution::named(caller, "subject", name, unknown).await?.subject()))
}

/// The institution that was recognised; what the reporter wrote otherwise is no name of one.
fn recognised(complaint: &Complaint) -> Field {
    let field =
        Field::new("subject", "被反映机构", Kind::Institution).optional().hint("登记库中的全称；未登记的留空。");
    if complaint.subject.is_some() { field.value(&complaint.about) } else { field }
}

fn accept_form(web: &Web, complaint: &Complaint, form: ActionForm) -> ActionForm {
    let today = web.app.clock.today();
    let policy = &web.app.policy;
    let kinds = policy.complaint_kinds_in_order(today).iter().map(|k| (k.id.clone(), k.name.clone())).collect();
    let topics = policy.topics(today).into_iter().map(|topic| (topic.to_owned(), topic.to_owned())).collect();
    form.field(Field::new("kind", "类别", Kind::Radio(kinds)).hint("类别决定办理时限和是否必须答复。"))
        .field(Field::new("reason", "认定为该类别的理由", Kind::Text))
        .field(Field::new("topic", "事项", Kind::Select(topics)).hint("按职责清单确定承办部门。"))
        .field(recognised(complaint))
        .field(
            Field::new("unknown_name", "未登记对象名称", Kind::Text)
                .optional()
                .hint("登记库中没有、又转为线索的，由受理员概括填写。各部门都能看到，不照抄反映人的原话。"),
        )
        .field(
            Field::new("unknown_place", "未登记对象地点", Kind::Text)
                .optional()
                .hint("街道、门牌，或者能够找到的位置。"),
        )
        .field(
            Field::new("signal", "线索", Kind::Checks(vec![("yes".into(), "同时转为监管线索".into())]))
                .optional()
                .value("yes"),
        )
        .consequence("受理后依职责清单分派承办部门，按类别计时；反映人可凭查询码看到受理情况。")
}

fn forms(web: &Web, caller: &Caller, complaint: &Stored<Complaint>, near: &[Near]) -> Vec<ActionForm> {
    let url = |action: &str| format!("{PATH}/{}/{action}", complaint.id);
    let form = |name: &str, label: &str| ActionForm::new(name, label, url(name), complaint.version);
    let mut forms = vec![];
    if complaint.asks(&caller.ctx.actor) {
        let words = Field::new("instruction", "督办意见", Kind::Area).hint("由谁在什么时间前办理；承办人可见。");
        forms.push(form("instruct", "超期督办").field(words));
    }
    for action in complaint.open_actions(&caller.ctx.actor) {
        forms.push(match action {
            "join" => {
                let leads = near.iter().filter(|near| near.leads()).map(|near| {
                    let number = near.complaint.number.clone();
                    (number.clone(), format!("{number} {}（{}）", mask(&near.complaint.about), near.why()))
                });
                let leads: Vec<(String, String)> = leads.collect();
                if leads.is_empty() || !complaint.joined.is_empty() {
                    continue;
                }
                form("join", "并入另一件")
                    .secondary()
                    .field(Field::new("lead", "主件", Kind::Radio(leads)))
                    .consequence("反映同一事项的并为一案：随主件办理，答复告知每一位反映人；主件办结前可以再分出。")
            }
            "separate" => form("separate", "从并案中分出").secondary().consequence("单独办理，按本件的受理期限计时。"),
            "accept" => accept_form(web, complaint, form("accept", "受理并分派")),
            "decline" => {
                form("decline", "不予受理").secondary().field(Field::new("reason", "理由（反映人可见）", Kind::Area))
            }
            "investigate" => form("investigate", "开始核查").consequence("由您负责核查和答复。"),
            "answer" => {
                let findings = ["属实", "部分属实", "不属实", "无法核实"].map(|f| (f.to_owned(), f.to_owned()));
                form("answer", "提交答复")
                    .field(Field::new("finding", "核查结论", Kind::Radio(findings.to_vec())))
                    .field(Field::new("text", "答复内容（反映人可见）", Kind::Area).hint("不写举报人和经办人姓名。"))
                    .consequence("提交后由另一名工作人员复核。")
            }
            "return" => form("return", "退回重新核查").secondary().field(Field::new("reason", "退回理由", Kind::Area)),
            _ => form("close", "复核办结").consequence("办结后反映人可凭查询码看到答复。"),
        });
    }
    if complaint.reporter.is_some() && caller.ctx.actor.may(Permission::SeeComplainant) {
        let reason = Field::new("reason", "查看事由", Kind::Text);
        forms.push(form("reveal", "查看举报人身份").secondary().field(reason).consequence("查看行为将写入存证。"));
    }
    forms
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let complaint = records::must::<Complaint>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Complaint::TABLE, id).await?;
        let open = matches!(complaint.state, Stage::Received { .. });
        let near = if open { near::to(&caller.ctx, &complaint).await? } else { vec![] };
        Ok::<_, Failure>((complaint, acts, near))
    };
    let (complaint, acts, near) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(web, caller, &complaint, &near);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let due = complaint.state.due();
    let (label, article) = match &complaint.state {
        Stage::Received { .. } => ("受理", "complaint_accept".to_owned()),
        state => {
            let kind = state.acceptance().map(|a| a.kind.as_str()).unwrap_or_default();
            let kind = web.app.policy.complaint_kind(kind, web.app.clock.today());
            ("答复", kind.map(|k| k.clock.clone()).unwrap_or_default())
        }
    };
    let page = FilePage {
        layout: Layout::of(web, caller, &complaint.about, PATH).done(done),
        list: ("投诉举报".into(), PATH.into()),
        title: complaint.about.clone(),
        number: complaint.number.clone(),
        state: badge(complaint.state.label(), due.is_some(), !actions.is_empty()),
        clocks: due.iter().map(|d| clock(web, label, &article, d)).collect(),
        sections: sections::all(web, caller, &complaint, &near),
        acts: timeline(acts),
        waiting: vec![],
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

use super::{CALLERS, doer};
use crate::app::Web;
use crate::desk::{Tried, back, clock, due_on};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::instalments;
use crate::listing::{self, Around, Cells, Listed, Listing, whole};
use crate::paper;
use crate::route::Route;
use crate::ui::{
    ActionForm, Badge, Clock, Column, Field, FilePage, Kind, Layout, Line, OWN, Query, Row, Section, timeline,
};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_enforce::case::{Action, Case, DeferralRequest, PartyView, ServedPaper, Statement, action_label, service};
use xingjian_kernel::id::CaseId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Deadline, Fault, LocalDate};
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, Filter, Order, Record, Stored, ledger};

const PATH: &str = "/unit/cases";
/// The right of the party to be heard, as its clock is called.
const STATEMENT: &str = "陈述和申辩";
/// Kinds of acts that the institution is told of.
pub const TOLD: &[&str] = &[
    "case.noticed",
    "case.statement_submitted",
    "case.statement_waived",
    "case.hearing_requested",
    "case.hearing_waived",
    "case.hearing_withdrawn",
    "case.served",
    "case.remedy_recorded",
    "case.remedy_concluded",
    "case.annulled",
    "case.deferral_requested",
    "case.deferral_decided",
    "case.urged",
    "case.paid",
    "case.closed",
    "case.not_penalised",
    "case.dismissed",
    "case.transferred",
];

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Cases>(CALLERS),
        vec![
            Route::get("/unit/cases/{id}", CALLERS, show),
            Route::post("/unit/cases/{id}/{action}", CALLERS, act),
            Route::get("/unit/papers/{id}", paper::PARTY, paper::at_unit),
        ],
    ]
    .concat()
}

/// The page of a case, where the record is one.
pub fn address(resource: &str, id: &str) -> Option<String> {
    (resource == Case::TABLE.name()).then(|| format!("{PATH}/{id}"))
}

/// A term of the party that still runs.
struct Term<'a> {
    label: &'static str,
    clock: &'static str,
    due: &'a Deadline,
}

/// Rights that can still be used and money that is owed, nearest first.
fn terms(view: &PartyView, today: LocalDate) -> Vec<Term<'_>> {
    let mut terms = vec![];
    let open = |due: &&Deadline| !due.is_late(today);
    if let Some(due) = view.statement_due.as_ref().filter(open) {
        terms.push(Term { label: STATEMENT, clock: "statement", due });
    }
    if let Some(due) = view.hearing_due.as_ref().filter(open) {
        terms.push(Term { label: "要求听证", clock: "hearing_request", due });
    }
    if let Some(due) = view.pay_due.as_ref().filter(|_| owed(view) > Fen::ZERO) {
        terms.push(Term { label: "缴款", clock: "pay", due });
    }
    terms.sort_by_key(|term| term.due.due);
    terms
}

fn owed(view: &PartyView) -> Fen {
    view.account.map(|account| account.open()).unwrap_or_default()
}

fn row(web: &Web, view: &PartyView) -> Row {
    let today = web.app.clock.today();
    let terms = terms(view, today);
    let due = terms.first().map(|term| term.due.due);
    let rights: Vec<&str> = terms.iter().map(|term| term.label).collect();
    let open = if rights.is_empty() { String::new() } else { format!(" · 可以办理：{}", rights.join("、")) };
    let paper = view.decision.as_ref().or(view.notice.as_ref());
    Row {
        url: format!("{PATH}/{}", view.id),
        title: view.title.clone(),
        detail: format!("{}{open}", paper.map(|paper| paper.text.as_str()).unwrap_or_default()),
        state: state(view, due.is_some_and(|due| due < today), !rights.is_empty()),
        owner: String::new(),
        due: due_on(web, due),
    }
}

fn state(view: &PartyView, late: bool, mine: bool) -> Badge {
    let ended = ["已履行", "处罚决定已被撤销", "不予行政处罚", "已撤销案件", "已移送"].contains(&view.standing);
    let tone = match (late, mine, ended) {
        (true, _, _) => "bad",
        (_, true, _) => "wait",
        (_, _, true) => "done",
        _ => "work",
    };
    Badge::new(view.standing, tone)
}

/// Cases in which the institution has a right to use or a sum to pay.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let today = web.app.clock.today();
    let views = service::party_cases(&caller.ctx).await?;
    let open = |view: &Stored<PartyView>| {
        let due = terms(view, today).first().map(|term| term.due.due)?;
        Some((Some(due), row(web, view)))
    };
    Ok(views.iter().filter_map(open).collect())
}

/// The list of cases about the institution.
struct Cases;

impl Listing for Cases {
    type Item = PartyView;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/unit/cases/excel";
    const TITLE: &'static str = "涉及本单位的案件";
    const COLUMNS: &'static [Column] = OWN;
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的案件。收到行政处罚事先告知书以后，案件会出现在这里。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<PartyView> {
        let mut views = service::party_cases(&caller.ctx).await?;
        let wanted = filter.text.as_deref().unwrap_or_default().to_lowercase();
        views.retain(|view| {
            let text = format!("{} {}", view.title, view.number.as_deref().unwrap_or_default()).to_lowercase();
            wanted.split_whitespace().all(|word| text.contains(word))
        });
        Ok(whole(views))
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<PartyView>]) -> Cells {
        Ok(found.iter().map(|view| row(web, view).cells()).collect())
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
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: CaseId = id.parse().map_err(|_| Failure::NotFound)?;
    let read = read(caller, action, given)?;
    service::act(&caller.ctx, id, given.seen(), read).await?;
    Ok(format!("已提交“{}”，可以在本页查看后续办理情况", action_label(action)))
}

/// Reads a form: one text, and for what cannot be taken back a confirmation.
fn read(caller: &Caller, action: &str, given: &Given) -> Result<Action, Failure> {
    let mut faults = vec![];
    let mut text = |name: &str, what: &str| {
        let text = given.text(name).trim().to_owned();
        if text.is_empty() {
            faults.push(Fault::new(name, "", format!("没有填写{what}"), "请补充填写"));
        }
        text
    };
    let read = match action {
        "submit_statement" => {
            Action::SubmitStatement(Statement { text: text("text", "陈述、申辩意见"), oral: false })
        }
        "waive_statement" => Action::WaiveStatement { note: text("note", "放弃的说明") },
        "request_hearing" => {
            Action::RequestHearing { on: caller.ctx.today(), note: text("note", "要求听证的理由") }
        }
        "waive_hearing" => Action::WaiveHearing { note: text("note", "放弃的说明") },
        "withdraw_hearing" => Action::WithdrawHearing { note: text("note", "撤回的理由") },
        "request_deferral" => {
            let reason = text("reason", "经济困难的情况");
            let instalments = instalments::parse("instalments", given.text("instalments")).unwrap_or_else(|fault| {
                faults.push(fault);
                vec![]
            });
            Action::RequestDeferral(DeferralRequest { on: caller.ctx.today(), reason, instalments })
        }
        _ => return Err(Failure::NotFound),
    };
    if gives_up(action) && given.text("confirm") != "yes" {
        faults.push(Fault::new("confirm", "", "没有确认", "确认以后不能撤回，请看清后勾选；不想放弃的不要提交"));
    }
    if faults.is_empty() { Ok(read) } else { Err(faults.into()) }
}

/// Acts that give up a right for good.
fn gives_up(action: &str) -> bool {
    matches!(action, "waive_statement" | "waive_hearing" | "withdraw_hearing")
}

fn forms(web: &Web, view: &Stored<PartyView>) -> Vec<ActionForm> {
    let today = web.app.clock.today();
    let late = view.hearing_due.is_some_and(|due| due.is_late(today));
    let open = view.actions.iter().filter(|action| !(late && matches!(**action, "request_hearing" | "waive_hearing")));
    let mut forms: Vec<ActionForm> = open.map(|action| form(view, action)).collect();
    forms.sort_by_key(|form| !form.primary);
    forms
}

fn form(view: &Stored<PartyView>, action: &str) -> ActionForm {
    let form = |label: &str| ActionForm::new(action, label, format!("{PATH}/{}/{action}", view.id), view.version);
    let note = |label: &str| Field::new("note", label, Kind::Area);
    let confirm = |text: &str| Field::new("confirm", "确认", Kind::Checks(vec![("yes".into(), text.into())]));
    match action {
        "submit_statement" => form("提交陈述申辩意见")
            .field(
                Field::new("text", "陈述、申辩意见", Kind::Area)
                    .hint("写明您单位认为的事实、理由和证据；证据材料可以另行送交承办人。"),
            )
            .consequence("提出的意见必须复核，成立的应当采纳；不会因为陈述、申辩受到更重的处罚（行政处罚法第45条）。"),
        "waive_statement" => form("放弃陈述申辩")
            .secondary()
            .field(note("说明").value("对拟作出的行政处罚没有异议。"))
            .field(confirm("我单位明确放弃陈述和申辩"))
            .consequence("放弃后行政机关不必等到期限届满即可作出决定，不能撤回（行政处罚法第62条）。"),
        "request_hearing" => form("要求听证")
            .field(note("要求听证的理由").hint("写明有异议的事实、依据或者处罚内容。"))
            .consequence("行政机关应当组织听证，听证结束前不作出决定；不承担组织听证的费用（行政处罚法第63条）。"),
        "waive_hearing" => form("放弃听证")
            .secondary()
            .field(note("说明").value("不要求听证。"))
            .field(confirm("我单位明确放弃听证"))
            .consequence("放弃后不能再要求听证，仍可以陈述、申辩（行政处罚法第45条、第63条）。"),
        "request_deferral" => form("申请延期或者分期缴纳")
            .secondary()
            .field(Field::new("reason", "经济困难的情况", Kind::Area).hint("证明材料可以另行送交承办人。"))
            .field(Field::new("instalments", "各期期限和金额", Kind::Area).hint(instalments::HINT))
            .consequence("经行政机关批准可以暂缓或者分期缴纳；批准以前仍按原期限缴纳（行政处罚法第66条）。"),
        _ => form("撤回听证申请")
            .secondary()
            .field(note("撤回的理由"))
            .field(confirm("我单位撤回听证申请"))
            .consequence("撤回后视为放弃听证，案件恢复办理，不能再次要求听证（行政处罚法第64条）。"),
    }
}

fn sections(web: &Web, view: &PartyView) -> Vec<Section> {
    let mut sections = vec![];
    if let Some(notice) = &view.notice {
        let mut lines = vec![Line::new("拟作出的处罚", &notice.text)];
        lines.extend(paper_lines("事先告知书", notice));
        sections.push(Section::new("事先告知", lines));
        sections.push(Section::new("您单位的权利", rights(web, view)));
    }
    if let Some(decision) = &view.decision {
        let mut lines = vec![Line::new("处罚", &decision.text)];
        lines.extend(paper_lines("决定书", decision));
        lines.extend(view.verdicts.iter().map(|verdict| Line::new("复议诉讼结果", verdict)));
        lines.push(Line::new("不服决定", remedies(web)));
        sections.push(Section::new("处罚决定", lines));
        sections.push(Section::new("缴款", money(view)));
    }
    sections
}

fn paper_lines(label: &str, paper: &ServedPaper) -> Vec<Line> {
    let mut lines = match &paper.paper {
        Some(kept) => vec![
            Line::link(label, &paper.number, format!("/unit/papers/{}", kept.id)),
            Line::new("SHA-256", &kept.sha256),
        ],
        None => vec![Line::new(label, &paper.number)],
    };
    lines.push(Line::new("送达日期", chinese(paper.served_on)));
    lines
}

/// What the party may do and until when, with the articles; what it did stays visible.
fn rights(web: &Web, view: &PartyView) -> Vec<Line> {
    let today = web.app.clock.today();
    let until = |due: &Deadline| {
        let standing = if due.is_late(today) {
            "期限已过，决定作出以前提出的意见仍予记录"
        } else {
            "可以提出"
        };
        format!("{standing}，截止{}", chinese(due.due))
    };
    let statement = match (&view.statement, &view.statement_due) {
        (Some(text), _) => format!("已经提出：{text}"),
        (None, Some(due)) => until(due),
        (None, None) => "没有提出，或者已经放弃".to_owned(),
    };
    let hearing = match (view.hearing, &view.hearing_due) {
        (Some(_), Some(due)) if due.is_late(today) => format!("期限已于{}届满", chinese(due.due)),
        (Some(_), Some(due)) => format!("可以要求听证，截止{}", chinese(due.due)),
        (Some(label), None) => label.to_owned(),
        (None, _) => "拟作出的处罚不属于应当告知听证权利的情形".to_owned(),
    };
    vec![
        Line::new("陈述和申辩", format!("{statement}（行政处罚法第44条、第45条、第62条）")),
        Line::new("听证", format!("{hearing}（行政处罚法第63条、第64条）")),
    ]
}

fn remedies(web: &Web) -> String {
    let (policy, today) = (&web.app.policy, web.app.clock.today());
    let term = |id: &str| policy.clock(id, today).map(|clock| clock.term.to_string()).unwrap_or_default();
    format!(
        "自知道决定之日起{}内可以申请行政复议，{}内可以提起行政诉讼；复议和诉讼期间不停止执行（行政处罚法第73条），详见决定书。",
        term("reconsider"),
        term("sue")
    )
}

fn money(view: &PartyView) -> Vec<Line> {
    let Some(account) = view.account.filter(|account| account.principal > Fen::ZERO) else {
        return vec![Line::new("罚没款", "没有需要缴纳的罚没款")];
    };
    let mut lines = vec![Line::new("应缴罚没款", format!("{}元", account.principal))];
    if let Some(due) = &view.pay_due {
        lines.push(Line::new("缴款期限", format!("{}（行政处罚法第67条）", chinese(due.due))));
    }
    let part = |part: &xingjian_enforce::case::Instalment| format!("{}前{}元", chinese(part.due), part.amount);
    if !view.instalments.is_empty() {
        let parts: Vec<String> = view.instalments.iter().map(part).collect();
        lines.push(Line::new("批准的延期或者分期", parts.join("；")));
    }
    if account.late > Fen::ZERO {
        lines.push(Line::new("加处罚款", format!("{}元（到期不缴纳的每日按罚款数额的3%加处，第72条）", account.late)));
    }
    lines.push(Line::new("已缴", format!("{}元", account.paid)));
    let open = account.open();
    lines.push(Line::new("尚欠", if open > Fen::ZERO { format!("{open}元") } else { "已缴清".to_owned() }));
    lines
}

/// Why nothing can be done at the moment, and what comes next.
fn reasons(view: &PartyView, any: bool) -> Vec<String> {
    let text = match view.standing {
        "已告知，等待陈述申辩" if !any => "您单位的意见已经登记，等待承办人复核。",
        "审理中" => "案件正在复核、审核。作出的决定送达后会显示在这里。",
        "已要求听证" => "正在组织听证，时间和地点将另行通知。",
        "决定书已送达" | "执行中" if owed(view) > Fen::ZERO => {
            "请按决定书载明的方式缴款，缴款后由承办人登记。"
        }
        "决定书已送达" | "执行中" => "款项已经缴清，等待结案。",
        _ if any => return vec![],
        _ => "该案件不需要您单位再办理。",
    };
    vec![text.to_owned()]
}

/// What the institution was told; staff appear as their department.
fn told(web: &Web, rows: Vec<LedgerRow>) -> Vec<LedgerRow> {
    let shown = rows.into_iter().filter(|row| TOLD.contains(&row.kind.as_str()));
    shown
        .map(|mut row| {
            row.actor.name = doer(web, &row.actor);
            row
        })
        .collect()
}

fn clocks(web: &Web, view: &PartyView) -> Vec<Clock> {
    let terms = terms(view, web.app.clock.today());
    let mut clocks: Vec<Clock> = terms.iter().map(|term| clock(web, term.label, term.clock, term.due)).collect();
    // The pack notes beside this term how it was set; what the party needs is the article that gives the right.
    for clock in clocks.iter_mut().filter(|clock| clock.label == STATEMENT) {
        clock.article = "行政处罚法第44条、第45条，期限以告知书为准".into();
    }
    clocks
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let id: CaseId = id.parse().map_err(|_| Failure::NotFound)?;
        let view = service::party_case(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Case::TABLE, &id.to_string()).await?;
        Ok::<_, Failure>((view, acts))
    };
    let (view, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(web, &view);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let clocks = clocks(web, &view);
    let late = owed(&view) > Fen::ZERO && view.pay_due.is_some_and(|due| due.is_late(web.app.clock.today()));
    let page = FilePage {
        layout: Layout::of(web, caller, "行政处罚案件", PATH).done(done),
        list: ("涉及本单位的案件".into(), PATH.into()),
        title: view.title.clone(),
        number: view.number.clone().unwrap_or_default(),
        state: state(&view, late, !clocks.is_empty()),
        sections: sections(web, &view),
        acts: timeline(told(web, acts)),
        waiting: reasons(&view, !actions.is_empty()),
        clocks,
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

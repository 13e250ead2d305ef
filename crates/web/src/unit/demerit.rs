//! Demerit points as the institution sees them: from the notice on, with its right to speak.

use super::{CALLERS, doer};
use crate::app::Web;
use crate::desk::demerit::{account, clocks, sections};
use crate::desk::{Tried, back, department, due_on};
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, whole};
use crate::route::Route;
use crate::ui::{ActionForm, Badge, Column, Field, FilePage, Kind, Layout, Line, OWN, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_credit::demerit::{self, Account, Action, Demerit, State as Stage};
use xingjian_kernel::LocalDate;
use xingjian_kernel::id::DemeritId;
use xingjian_kernel::time::chinese;
use xingjian_store::ledger::LedgerRow;
use xingjian_store::{Failure, Filter, Order, Record, Stored, ledger, records};

const PATH: &str = "/unit/demerits";
/// Kinds of acts that the institution is told of.
pub const TOLD: &[&str] =
    &["demerit.notified", "demerit.contested", "demerit.waived", "demerit.effective", "demerit.revoked"];
/// States in which the party may know of a record; one that was revoked before its notice stays unknown.
const KNOWN: [&str; 4] = ["notified", "contested", "effective", "revoked"];

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Demerits>(CALLERS),
        vec![
            Route::get("/unit/demerits/{id}", CALLERS, show),
            Route::post("/unit/demerits/{id}/{action}", CALLERS, act),
        ],
    ]
    .concat()
}

/// The page of a demerit record, where the record is one.
pub fn address(resource: &str, id: &str) -> Option<String> {
    (resource == Demerit::TABLE.name()).then(|| format!("{PATH}/{id}"))
}

/// Whether the institution may be told of this act: of a revocation only after the notice, which has a number.
pub fn is_known(row: &LedgerRow) -> bool {
    row.kind != "demerit.revoked" || !row.data["number"].is_null()
}

/// A record that the party may see.
async fn must(caller: &Caller, id: &str) -> Result<Stored<Demerit>, Failure> {
    let demerit = records::must::<Demerit>(&caller.ctx, id).await?;
    if demerit.served().is_some() { Ok(demerit) } else { Err(Failure::NotFound) }
}

/// Every record that the party may see, newest first.
async fn known(caller: &Caller, text: &str) -> Result<Vec<Stored<Demerit>>, Failure> {
    let text = Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let states = KNOWN.map(str::to_owned).to_vec();
    let filter = Filter { states, text, order: Order::Newest, ..Filter::default() };
    let mut found = records::all::<Demerit>(&caller.ctx, &filter).await?;
    found.retain(|demerit| demerit.served().is_some());
    Ok(found)
}

/// Whether the party may still speak, and has not waived it.
fn may_speak(demerit: &Demerit, today: LocalDate) -> bool {
    matches!(demerit.state, Stage::Notified { .. })
        && demerit.served().is_some_and(|notice| notice.waived_on.is_none() && today <= notice.statement_due.due)
}

fn state(web: &Web, demerit: &Demerit) -> Badge {
    match &demerit.state {
        Stage::Notified { .. } if may_speak(demerit, web.app.clock.today()) => Badge::new("可以陈述申辩", "wait"),
        Stage::Proposed | Stage::Notified { .. } => Badge::new("已告知，等待生效", "work"),
        Stage::Contested { .. } => Badge::new("申辩复核中", "work"),
        Stage::Effective { .. } => Badge::new("已生效", "done"),
        Stage::Revoked { .. } => Badge::new("已撤销", "none"),
    }
}

fn points(demerit: &Demerit) -> String {
    match &demerit.state {
        Stage::Effective { points, on, .. } => format!("记 {points} 分，{}起计入", chinese(*on)),
        Stage::Revoked { .. } => format!("原拟记 {} 分，不再计分", demerit.points),
        _ => format!("拟记 {} 分", demerit.points),
    }
}

fn row(web: &Web, stored: &Stored<Demerit>) -> Row {
    let due = stored.served().map(|notice| notice.statement_due.due);
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: format!("不良执业行为记分：{}", stored.behaviour),
        detail: format!("{} · {}", stored.served().map_or("", |notice| notice.number.as_str()), points(stored)),
        state: state(web, stored),
        owner: department(web, stored.department.as_str()),
        due: due_on(web, due.filter(|_| may_speak(stored, web.app.clock.today()))),
    }
}

/// Demerit records that wait for the institution.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let found = known(caller, "").await?;
    let mine = found.iter().filter(|demerit| may_speak(demerit, web.app.clock.today()));
    Ok(mine.map(|demerit| (demerit.due(), row(web, demerit))).collect())
}

/// The list of demerit records that the institution was told of.
struct Demerits;

impl Listing for Demerits {
    type Item = Demerit;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/unit/demerits/excel";
    const TITLE: &'static str = "本单位不良执业行为记分";
    const COLUMNS: &'static [Column] = OWN;
    const ORDER: Order = Order::Newest;

    fn chips() -> Vec<(&'static str, &'static str)> {
        vec![]
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有告知本单位的记分。收到记分通知书后会出现在这里，届时可以陈述申辩。").begin(
            true,
            "返回本单位",
            super::PATH,
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Demerit> {
        Ok(whole(known(caller, filter.text.as_deref().unwrap_or_default()).await?))
    }

    async fn rows(web: &Web, _: &Caller, found: &[Stored<Demerit>]) -> Cells {
        Ok(found.iter().map(|demerit| row(web, demerit).cells()).collect())
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
    must(caller, id).await?;
    let id: DemeritId = id.parse().map_err(|_| Failure::NotFound)?;
    let (action, done) = match action {
        "contest" => {
            (Action::Contest { statement: given.text("statement").to_owned() }, "陈述申辩已提交，复核意见会显示在这里")
        }
        "waive" => (Action::Waive, "已表示不再陈述申辩"),
        _ => return Err(Failure::NotFound),
    };
    demerit::act(&caller.ctx, id, given.seen(), action).await?;
    Ok(done)
}

fn forms(web: &Web, caller: &Caller, demerit: &Stored<Demerit>) -> Vec<ActionForm> {
    let today = web.app.clock.today();
    let Some(notice) = demerit.served() else { return vec![] };
    if today > notice.statement_due.due {
        return vec![];
    }
    let contested = matches!(demerit.state, Stage::Contested { .. });
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", demerit.id), demerit.version)
    };
    let forms = demerit.open_actions(&caller.ctx.actor).into_iter().filter_map(|action| match action {
        "contest" => {
            let statement = Field::new("statement", "陈述申辩内容", Kind::Area)
                .hint("写明事实、理由和证据。不写患者姓名、身份证号码等个人信息。");
            let due = chinese(notice.statement_due.due);
            let text = format!("请在{due}前提出。机关必须复核并答复，不因陈述申辩加重记分；提交后不能修改。");
            Some(form("contest", "提交陈述申辩").field(statement).consequence(text))
        }
        "waive" if contested => {
            let text = "表示后不再等待期满，机关复核已提交的申辩后即可决定。此表示不能撤回。";
            Some(form("waive", "不再补充陈述申辩").secondary().consequence(text))
        }
        "waive" => {
            let text = "放弃后不再等待期满，记分可以立即生效。此表示不能撤回。";
            Some(form("waive", "放弃陈述申辩").secondary().consequence(text))
        }
        _ => None,
    });
    forms.collect()
}

fn reasons(web: &Web, demerit: &Demerit) -> Vec<String> {
    let text = match &demerit.state {
        Stage::Notified { .. } if may_speak(demerit, web.app.clock.today()) => return vec![],
        Stage::Proposed | Stage::Notified { .. } => "陈述申辩期限已满或者已经放弃，等待机关决定生效。",
        Stage::Contested { .. } => "陈述申辩已收到，等待机关复核。复核意见会显示在这里。",
        Stage::Effective { .. } => "记分已经生效。对所依据的处罚决定不服的，可以依法申请行政复议或者提起行政诉讼。",
        Stage::Revoked { .. } => "该记分已经撤销，不再计分。",
    };
    vec![text.into()]
}

fn parts(web: &Web, demerit: &Demerit, accounts: &[Account]) -> Vec<Section> {
    let subject = Line::new(demerit.subject.label(), &demerit.name);
    let all = vec![Line::link("全部记分", "查看本单位全部记分", PATH)];
    let mut parts = vec![sections::found(demerit, subject, all, department(web, demerit.department.as_str()))];
    parts.extend(sections::course(demerit, "/unit/papers"));
    let adding = (!Demerit::SETTLED.contains(&demerit.state_name())).then_some(demerit.points);
    parts.extend(account::sections(accounts, adding, |account| {
        let source = &account.rule.source;
        Some(Line::new("周期和阈值依据", format!("{} {}", source.document, source.clause)))
    }));
    parts
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let demerit = must(caller, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Demerit::TABLE, id).await?;
        let accounts = demerit::account_of(&caller.ctx, demerit.subject, web.app.clock.today()).await?;
        Ok::<_, Failure>((demerit, acts, accounts))
    };
    let (demerit, mut acts, accounts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    // The party learns of it by the notice, not by what came before; staff appear as their department.
    acts.retain(|row| TOLD.contains(&row.kind.as_str()));
    for row in &mut acts {
        row.actor.name = doer(web, &row.actor);
    }
    let mut actions = forms(web, caller, &demerit);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let page = FilePage {
        layout: Layout::of(web, caller, "不良执业行为记分", PATH).done(done),
        list: ("本单位".into(), super::PATH.into()),
        title: format!("不良执业行为记分：{}", demerit.behaviour),
        number: demerit.served().map(|notice| notice.number.clone()).unwrap_or_default(),
        state: state(web, &demerit),
        clocks: clocks(web, &demerit),
        sections: parts(web, &demerit, &accounts),
        acts: timeline(acts),
        waiting: reasons(web, &demerit),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

//! Linkages at the desk: what a department is asked to do because of a grade, why, and what it did.

use super::links::{self, Ground};
use super::{Tried, back, badge, clock, department, due_on, more, open_in};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::listing::{self, Around, Cells, Listed, Listing, matter_chips, matters};
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Clock, Field, FilePage, Kind, Layout, Line, Query, Row, Section, timeline};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_credit::linkage::{self, Action, By, Linkage, State as Stage};
use xingjian_kernel::id::LinkageId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_store::{Failure, Filter, Record, Stored, ledger, records};

const PATH: &str = "/desk/linkages";
const READERS: Callers = Callers::Holding(&[Permission::ManageCredit, Permission::AnswerLinkage]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<Linkages>(READERS),
        vec![
            Route::get("/desk/linkages/{id}", READERS, show),
            Route::post("/desk/linkages/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

fn is_open(linkage: &Linkage) -> bool {
    !Linkage::SETTLED.contains(&linkage.state_name())
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Linkage>) -> Row {
    let mine = !stored.open_actions(&caller.ctx.actor).is_empty();
    let due = stored.due();
    let owner = due.map_or(&stored.department, |(_, whose)| whose);
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.name.clone(),
        detail: format!("信用{}级 · {}：{}", stored.grade, stored.matter, stored.consequence),
        state: badge(stored.state_label(), is_open(stored), mine),
        owner: department(web, owner.as_str()),
        due: due_on(web, due.map(|(deadline, _)| deadline.due)),
    }
}

/// Linkages that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let actor = &caller.ctx.actor;
    if !actor.may(Permission::ManageCredit) && !actor.may(Permission::AnswerLinkage) {
        return Ok(vec![]);
    }
    let found = open_in::<Linkage>(caller, Linkage::names_open_to(actor), Filter::default()).await?;
    let mine = found.iter().filter(|l| !l.open_actions(actor).is_empty());
    Ok(mine.map(|l| (l.head().due, row(web, caller, l))).chain(more::<Linkages, _>(&found)).collect())
}

/// The list of linkages.
struct Linkages;

impl Listing for Linkages {
    type Item = Linkage;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/linkages/excel";
    const TITLE: &'static str = "结果协同";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&[
            ("pushed", "已推送"),
            ("acknowledged", "已签收"),
            ("objected", "有异议"),
            ("effected", "已落实"),
            ("undoing", "待恢复"),
            ("withdrawn", "已撤回"),
            ("lifted", "已解除"),
        ])
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty(
            "没有符合条件的协同事项。信用等级变化时，系统按政策包中的规则推送给有关部门；等级恢复后不再要求，已采取的措施由部门确认恢复。",
        )
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Linkage> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Linkage>]) -> Cells {
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
    match perform(&caller, &id, &action, &given).await {
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: LinkageId = id.parse().map_err(|_| Failure::NotFound)?;
    let text = |name: &str| given.text(name).trim().to_owned();
    let action = match action {
        "acknowledge" => Action::Acknowledge,
        "effect" => Action::Effect { effect: text("effect") },
        "object" => Action::Object { reason: text("reason") },
        "withdraw" => Action::Withdraw { reason: text("reason") },
        "uphold" => Action::Uphold { answer: text("answer") },
        "undo" => Action::Undo { text: text("text") },
        _ => return Err(Failure::NotFound),
    };
    let linkage = linkage::act(&caller.ctx, id, given.seen(), action).await?;
    Ok(match &linkage.state {
        Stage::Acknowledged { effect_due, .. } => format!("已签收，请于{}前反馈落实情况", chinese(effect_due.due)),
        Stage::Effected { .. } => "已反馈落实情况".into(),
        Stage::Objected { .. } => "已提出异议，等待推送部门答复".into(),
        Stage::Withdrawn { undone: Some(_), .. } | Stage::Lifted { .. } => "已确认恢复，事项解除".into(),
        Stage::Withdrawn { .. } => "已撤回，不再要求落实".into(),
        Stage::Undoing { undo_due, .. } => {
            format!("已撤回，请承办部门于{}前恢复已采取的措施并确认", chinese(undo_due.due))
        }
        Stage::Pushed { .. } => "已答复异议并再次推送".into(),
    })
}

/// The term of a clock in words.
fn term(web: &Web, id: &str) -> String {
    web.app.policy.clock(id, web.app.clock.today()).map_or_else(String::new, |clock| clock.term.to_string())
}

fn forms(web: &Web, caller: &Caller, linkage: &Stored<Linkage>) -> Vec<ActionForm> {
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", linkage.id), linkage.version)
    };
    let forms = linkage.open_actions(&caller.ctx.actor).into_iter().map(|action| match action {
        "acknowledge" => form("acknowledge", "签收")
            .consequence(format!("签收后由本部门按职责落实，{}内反馈情况。", term(web, "linkage_effect"))),
        "effect" => form("effect", "反馈落实情况")
            .field(Field::new("effect", "落实情况", Kind::Area).hint("写明采取的措施、日期和文号。"))
            .consequence("反馈后办结；信用等级再变化的再次推送，恢复的由系统通知本部门恢复措施并确认。"),
        "object" => form("object", "提出异议")
            .secondary()
            .field(Field::new("reason", "异议理由", Kind::Area).hint("写明不应或者不能落实的事实和依据。"))
            .consequence(format!(
                "推送部门应在{}内答复：撤回，或者说明理由再次推送。",
                term(web, "linkage_acknowledge")
            )),
        "undo" => form("undo", "确认已恢复")
            .field(Field::new("text", "恢复情况", Kind::Area).hint("写明撤销或者恢复了哪些措施、日期和文号。"))
            .consequence("确认后事项解除；确认以前本事项一直列为待办。"),
        "uphold" => form("uphold", "维持并再次推送")
            .field(Field::new("answer", "对异议的答复", Kind::Area).hint("逐条回应承办部门的理由。"))
            .consequence("再次推送后签收期限重新起算。"),
        _ => form("withdraw", "采纳异议并撤回")
            .secondary()
            .field(Field::new("reason", "撤回理由", Kind::Area))
            .consequence("撤回后不再要求落实；信用等级不变期间，同一事项不再推送。"),
    });
    let mut forms: Vec<ActionForm> = forms.collect();
    forms.sort_by_key(|form| !form.primary);
    forms
}

/// Why nothing can be done here now.
fn reasons(web: &Web, caller: &Caller, linkage: &Linkage) -> Vec<String> {
    let actor = &caller.ctx.actor;
    if !linkage.open_actions(actor).is_empty() {
        return vec![];
    }
    let unit = |id: &xingjian_kernel::DepartmentId| department(web, id.as_str());
    vec![match &linkage.state {
        Stage::Pushed { .. } => format!("等待{}签收。", unit(&linkage.department)),
        Stage::Acknowledged { .. } => format!("等待{}反馈落实情况。", unit(&linkage.department)),
        Stage::Objected { .. } => format!("等待{}答复异议。", unit(&linkage.origin)),
        Stage::Effected { .. } => "已落实。信用等级恢复后由系统通知承办部门恢复措施，不能人工解除。".into(),
        Stage::Undoing { .. } => format!("等待{}恢复已采取的措施并确认。", unit(&linkage.department)),
        Stage::Withdrawn { .. } => "已撤回，不需要再办理。".into(),
        Stage::Lifted { .. } => "已解除，不需要再办理。".into(),
    }]
}

fn clocks(web: &Web, linkage: &Linkage) -> Vec<Clock> {
    match &linkage.state {
        Stage::Pushed { acknowledge_due, .. } => vec![clock(web, "签收", "linkage_acknowledge", acknowledge_due)],
        Stage::Acknowledged { effect_due, .. } => vec![clock(web, "反馈落实情况", "linkage_effect", effect_due)],
        Stage::Objected { answer_due, .. } => vec![clock(web, "答复异议", "linkage_acknowledge", answer_due)],
        Stage::Undoing { undo_due, .. } => vec![clock(web, "恢复并确认", "linkage_effect", undo_due)],
        Stage::Effected { .. } | Stage::Withdrawn { .. } | Stage::Lifted { .. } => vec![],
    }
}

/// What was asked, and why.
fn asked(web: &Web, caller: &Caller, linkage: &Linkage, rule: Option<&Ground>) -> Vec<Section> {
    let triggers = web.app.policy.linkage(&linkage.rule, linkage.pushed_at.local_date());
    let triggers = triggers.map(|rule| format!("{}级", rule.on_grades.join("、"))).unwrap_or_default();
    let mut why = vec![
        links::subject(caller, linkage.subject, &linkage.name),
        Line::new("推送时信用等级", format!("{}级", linkage.grade)),
        Line::new("评定理由", &linkage.reason),
        Line::new("触发等级", triggers),
    ];
    why.extend(rule.map(|rule| rule.line("规则依据")));
    let asked = vec![
        Line::new("协同事项", &linkage.matter),
        Line::new("结果运用", &linkage.consequence),
        Line::new("承办部门", department(web, linkage.department.as_str())),
        Line::new("推送部门", department(web, linkage.origin.as_str())),
        Line::new("推送时间", linkage.pushed_at.to_string()),
    ];
    vec![Section::new("要求办理", asked), Section::new("为什么推送", why)]
}

/// What the departments said and did.
fn course(web: &Web, linkage: &Linkage) -> Option<Section> {
    let by = |by: &By| format!("{} {} {}", chinese(by.on), department(web, by.department.as_str()), by.name);
    let lines = match &linkage.state {
        Stage::Pushed { answer: None, .. } => return None,
        Stage::Pushed { answer: Some(answer), on, .. } => {
            vec![Line::new("对异议的答复", answer), Line::new("再次推送", chinese(*on))]
        }
        Stage::Acknowledged { by: who, .. } => vec![Line::new("签收", by(who))],
        Stage::Effected { effect, by: who } => vec![Line::new("落实情况", effect), Line::new("反馈", by(who))],
        Stage::Objected { reason, by: who, .. } => vec![Line::new("异议理由", reason), Line::new("提出", by(who))],
        Stage::Withdrawn { reason, by: who, undone } => {
            let mut lines = vec![Line::new("撤回理由", reason), Line::new("撤回", by(who))];
            lines.extend(undone.iter().map(|done| Line::new("恢复情况", format!("{}（{}）", done.text, by(&done.by)))));
            lines
        }
        Stage::Undoing { on, why, effect, .. } => {
            vec![Line::new("不再要求", format!("{}：{why}", chinese(*on))), Line::new("应恢复的措施", effect)]
        }
        Stage::Lifted { on, why, undone } => {
            let mut lines = vec![Line::new("解除", format!("{}：{why}", chinese(*on)))];
            lines.extend(undone.iter().map(|done| Line::new("恢复情况", format!("{}（{}）", done.text, by(&done.by)))));
            lines
        }
    };
    Some(Section::new("办理情况", lines))
}

/// What was asked under earlier grades, and how far it had come.
fn earlier(linkage: &Linkage) -> Option<Section> {
    let line = |round: &linkage::Round| {
        let standing = match &round.state {
            Stage::Effected { effect, .. } | Stage::Undoing { effect, .. } => format!("已落实：{effect}"),
            Stage::Acknowledged { .. } => "已签收，尚未落实".to_owned(),
            Stage::Objected { reason, .. } => format!("有异议：{reason}"),
            _ => "尚未签收".to_owned(),
        };
        let value = format!("{}推送：{}（{standing}）", round.pushed_at, round.consequence);
        Line::new(&format!("{}级时", round.grade), value)
    };
    let lines: Vec<Line> = linkage.rounds.iter().map(line).collect();
    (!lines.is_empty()).then(|| Section::new("以前的推送", lines))
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let linkage = records::must::<Linkage>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, Linkage::TABLE, id).await?;
        let releases = links::releases(caller).await?;
        Ok::<_, Failure>((linkage, acts, releases))
    };
    let (linkage, acts, releases) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    // The rule as it was when it was pushed.
    let rule = Ground::of(web, &releases, "linkage", &linkage.rule, linkage.pushed_at.local_date());
    let mut actions = forms(web, caller, &linkage);
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let mut sections = asked(web, caller, &linkage, rule.as_ref());
    sections.extend(course(web, &linkage));
    sections.extend(earlier(&linkage));
    let page = FilePage {
        layout: Layout::of(web, caller, &linkage.name, PATH).done(done),
        list: ("结果协同".into(), PATH.into()),
        title: format!("{}：{}", linkage.name, linkage.matter),
        number: String::new(),
        state: badge(linkage.state_label(), is_open(&linkage), !actions.is_empty()),
        clocks: clocks(web, &linkage),
        sections,
        acts: timeline(acts),
        waiting: reasons(web, caller, &linkage),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

use super::pace::Pace;
use super::visitor;
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::route::{Callers, Route};
use crate::ui::{ActionForm, Door, Field, Kind, Layout, long_date};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_kernel::Fault;
use xingjian_sense::complaint::aftermath::{self, Open};
use xingjian_sense::complaint::{Complaint, Satisfaction, State as ComplaintState, service};
use xingjian_store::{Ctx, Failure, Stored, records};

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/follow", Callers::Public, show),
        Route::post("/follow", Callers::Public, look),
        Route::post("/follow/rate", Callers::Public, rate),
        Route::post("/follow/reopen", Callers::Public, reopen),
    ]
}

#[derive(Template)]
#[template(path = "follow.html")]
struct FollowPage {
    layout: Layout,
    code: String,
    fault: Option<String>,
    found: Option<Found>,
}

struct Found {
    number: String,
    about: String,
    received: String,
    state: &'static str,
    due: Option<String>,
    steps: Vec<(String, String)>,
    answer: Option<String>,
    forms: Vec<ActionForm>,
}

async fn show(State(web): State<Web>) -> Response {
    let layout = Layout::bare(&web, "查进度", Door::Public);
    html(StatusCode::OK, &FollowPage { layout, code: String::new(), fault: None, found: None })
}

/// The code is posted, so that it stays out of addresses and their logs.
async fn look(State(web): State<Web>, Pace(pace): Pace, given: Given) -> Response {
    match pace {
        Ok(()) => page(&web, &given, None, None).await,
        Err(failure) => held_up(&web, &given, &failure),
    }
}

/// Whoever is held up learns nothing about a code, not even whether there is one.
fn held_up(web: &Web, given: &Given, failure: &Failure) -> Response {
    let (layout, code) = (Layout::bare(web, "查进度", Door::Public), given.text("code").trim().to_owned());
    html(errors::status(failure), &FollowPage { layout, code, fault: Some(failure.to_string()), found: None })
}

async fn rate(State(web): State<Web>, Pace(pace): Pace, given: Given) -> Response {
    if let Err(failure) = pace {
        return held_up(&web, &given, &failure);
    }
    let ctx = visitor(&web.app);
    let rated = async {
        let level = Satisfaction::ALL.into_iter().find(|level| level.code() == given.text("level"));
        let level = level.ok_or_else(|| Failure::from(Fault::new("level", "", "没有选择", "请选择一项")))?;
        aftermath::rate(&ctx, given.text("code"), level, given.text("words")).await
    };
    after(&web, &given, "rate", rated.await.map(drop), "感谢您的评价").await
}

async fn reopen(State(web): State<Web>, Pace(pace): Pace, given: Given) -> Response {
    if let Err(failure) = pace {
        return held_up(&web, &given, &failure);
    }
    let ctx = visitor(&web.app);
    let reopened = aftermath::reopen(&ctx, given.text("code"), given.text("reason")).await;
    after(&web, &given, "reopen", reopened.map(drop), "已申请重新办理，将由另一名承办人核查").await
}

async fn after(web: &Web, given: &Given, form: &str, result: Result<(), Failure>, done: &str) -> Response {
    match result {
        Ok(()) => page(web, given, Some(done), None).await,
        Err(failure) => page(web, given, None, Some((form, &failure))).await,
    }
}

/// The page of a code, with what was just done or why it was not.
async fn page(web: &Web, given: &Given, done: Option<&str>, tried: Option<(&str, &Failure)>) -> Response {
    let code = given.text("code").trim().to_owned();
    let layout = Layout::bare(web, "查进度", Door::Public).done(done);
    let ctx = visitor(&web.app);
    let read = async {
        let Some(complaint) = service::by_receipt(&ctx, &code).await? else { return Ok(None) };
        let open = aftermath::open(&ctx, &complaint).await?;
        Ok::<_, Failure>(Some((leading(&ctx, &complaint).await?, complaint, open)))
    };
    match read.await {
        Ok(Some((lead, complaint, open))) => {
            let mut found = found(web, &complaint, lead.as_ref(), &open);
            let mut status = StatusCode::OK;
            let mut fault = None;
            if let Some((form, failure)) = tried {
                errors::log(failure);
                status = errors::status(failure);
                let faults = match failure {
                    Failure::Invalid(faults) => faults.clone(),
                    Failure::Refused(refusal) => vec![Fault::new("", "", &refusal.message, &refusal.mend)],
                    other => vec![Fault::new("", "", other.to_string(), "请稍后重试")],
                };
                match found.forms.iter_mut().find(|shown| shown.name == form) {
                    Some(form) => form.reopen(given, &faults),
                    None => fault = faults.first().map(|fault| format!("{}。{}", fault.reason, fault.mend)),
                }
            }
            html(status, &FollowPage { layout, code, fault, found: Some(found) })
        }
        Ok(None) => {
            let fault = Some("没有找到这个查询码。请核对16位字母和数字，不区分大小写。".to_owned());
            html(StatusCode::NOT_FOUND, &FollowPage { layout, code, fault, found: None })
        }
        Err(failure) => errors::failure(web, &failure),
    }
}

/// The leading complaint of one that was joined: its progress is that of both.
async fn leading(ctx: &Ctx, complaint: &Complaint) -> Result<Option<Stored<Complaint>>, Failure> {
    match &complaint.state {
        ComplaintState::Joined { lead, .. } => records::get::<Complaint>(&ctx.seeing_all(), lead).await,
        _ => Ok(None),
    }
}

fn forms(open: &Open) -> Vec<ActionForm> {
    let mut forms = vec![];
    if open.rate {
        let levels = Satisfaction::ALL.map(|level| (level.code().to_owned(), level.label().to_owned())).to_vec();
        forms.push(
            ActionForm::new("rate", "评价答复", "/follow/rate".into(), 0)
                .field(Field::new("level", "您对答复", Kind::Radio(levels)))
                .field(Field::new("words", "说明", Kind::Area).optional().hint("不满意的，请写明哪里不满意。")),
        );
    }
    if let Some(until) = open.reopen_until {
        let hint = format!("写明答复中哪一点与事实不符。{}前可以申请，每件一次。", long_date(until));
        forms.push(
            ActionForm::new("reopen", "申请重新办理", "/follow/reopen".into(), 0)
                .secondary()
                .field(Field::new("reason", "理由", Kind::Area).hint(hint))
                .consequence("提交后由另一名承办人核查，重新计算答复期限。"),
        );
    }
    forms
}

fn found(web: &Web, complaint: &Complaint, lead: Option<&Stored<Complaint>>, open: &Open) -> Found {
    let unit = |id: &str| {
        let today = web.app.clock.today();
        web.app.policy.department(id, today).map_or_else(String::new, |d| d.name.clone())
    };
    // What goes on with the leading one goes on with this one; what it says itself stays its own reporter's.
    let course = lead.map_or(complaint, |lead| &lead.value);
    let mut steps = vec![];
    if let Some(acceptance) = course.state.acceptance() {
        steps.push((acceptance.due.from.to_string(), format!("已受理，由{}办理", unit(acceptance.unit.as_str()))));
    }
    if let ComplaintState::Joined { on, .. } = &complaint.state {
        steps.push((on.to_string(), "与反映同一事项的其他件合并办理，答复同样告知您".into()));
    }
    steps.extend(course.progress.iter().map(|p| (p.on.to_string(), p.text.clone())));
    if let Some(again) = &complaint.reopened {
        steps.push((again.on.to_string(), "按您的申请重新办理".into()));
    }
    steps.extend(complaint.ratings.iter().map(|r| (r.on.to_string(), format!("您的评价：{}", r.level.label()))));
    let answer = match &complaint.state {
        ComplaintState::Closed { answer, .. } => Some(format!("核查结论：{}\n{}", answer.finding, answer.text)),
        ComplaintState::Declined { reason, .. } => Some(format!("不予受理：{reason}")),
        _ => None,
    };
    Found {
        number: complaint.number.clone(),
        about: complaint.about.clone(),
        received: complaint.received_at.to_string(),
        // Who waits for whom inside the office is not the reporter's concern.
        state: match &course.state {
            ComplaintState::Answered { .. } | ComplaintState::Investigating { .. } => "核查中",
            state => state.label(),
        },
        due: course.state.due().map(|d| long_date(d.due)),
        steps,
        answer,
        forms: forms(open),
    }
}

use super::visitor;
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::route::{Callers, Route};
use crate::ui::{Door, Layout, long_date};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use xingjian_sense::complaint::{Complaint, State as ComplaintState, service};

pub fn routes() -> Vec<Route> {
    vec![Route::get("/follow", Callers::Public, show), Route::post("/follow", Callers::Public, look)]
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
}

async fn show(State(web): State<Web>) -> Response {
    let layout = Layout::bare(&web, "查进度", Door::Public);
    html(StatusCode::OK, &FollowPage { layout, code: String::new(), fault: None, found: None })
}

/// The code is posted, so that it stays out of addresses and their logs.
async fn look(State(web): State<Web>, given: Given) -> Response {
    let code = given.text("code").trim().to_owned();
    let layout = Layout::bare(&web, "查进度", Door::Public);
    match service::by_receipt(&visitor(&web.app), &code).await {
        Ok(Some(complaint)) => {
            let found = Some(found(&web, &complaint));
            html(StatusCode::OK, &FollowPage { layout, code, fault: None, found })
        }
        Ok(None) => {
            let fault = Some("没有找到这个查询码。请核对16位字母和数字，不区分大小写。".to_owned());
            html(StatusCode::NOT_FOUND, &FollowPage { layout, code, fault, found: None })
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

fn found(web: &Web, complaint: &Complaint) -> Found {
    let unit = |id: &str| {
        let today = web.app.clock.today();
        web.app.policy.department(id, today).map_or_else(String::new, |d| d.name.clone())
    };
    let mut steps = vec![];
    if let Some(acceptance) = complaint.state.acceptance() {
        steps.push((acceptance.due.from.to_string(), format!("已受理，由{}办理", unit(acceptance.unit.as_str()))));
    }
    steps.extend(complaint.progress.iter().map(|p| (p.on.to_string(), p.text.clone())));
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
        state: match &complaint.state {
            ComplaintState::Answered { .. } | ComplaintState::Investigating { .. } => "核查中",
            state => state.label(),
        },
        due: complaint.state.due().map(|d| long_date(d.due)),
        steps,
        answer,
    }
}

use super::list::warned;
use super::{Desk, PATH};
use crate::app::Web;
use crate::desk::{Tried, badge, clock};
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::paper;
use crate::ui::{Clock, FilePage, Layout, timeline};
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::Response;
use xingjian_enforce::case::{Case, Hearing, State as Stage, TransitionError, Warning, service};
use xingjian_kernel::id::CaseId;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{Permission, Refusal};
use xingjian_store::{Failure, Record, ledger};

/// Clocks that run now.
fn clocks(web: &Web, case: &Case) -> Vec<Clock> {
    let today = web.app.clock.today();
    let mut clocks = vec![];
    if let Some(filed) = case.state.filed().filter(|_| case.state.decided().is_none() && !case.state.is_final()) {
        let mut decide = clock(web, "作出处罚决定", "decide", &filed.decide_due);
        if let Warning::Soon { level, .. } = warned(web, case) {
            decide.due.tone = "soon";
            let text = if level > 0 {
                format!("（预警：不足{level}日）")
            } else {
                "（预警：今天届满）".to_owned()
            };
            decide.label.push_str(&text);
        }
        clocks.push(decide);
    }
    match &case.state {
        Stage::Noticed(noticed) => {
            if noticed.statement.is_none() && noticed.statement_waived.is_none() {
                clocks.push(clock(web, "当事人陈述申辩", "statement", &noticed.notice.statement_due));
            }
            if let Hearing::Told { due, .. } = &noticed.hearing {
                clocks.push(clock(web, "当事人要求听证", "hearing_request", due));
            }
        }
        Stage::Decided(decided) => clocks.push(clock(web, "送达决定书", "service", &decided.decision.service_due)),
        Stage::Served(served) | Stage::Executing(served)
            if case.account(today).is_some_and(|account| account.open() > Fen::ZERO) =>
        {
            let due = xingjian_kernel::Deadline { due: served.next_payment(), ..served.pay_due };
            clocks.push(clock(web, "当事人缴款", "pay", &due));
        }
        _ => {}
    }
    clocks
}

impl Desk<'_> {
    /// What must happen first, and who can make it happen.
    fn waiting(&self) -> Vec<String> {
        let case = self.case;
        let mut all: Vec<String> = case.obstacles(self.today()).into_iter().map(told).collect();
        if !self.missing.is_empty() {
            let names: Vec<String> = self.missing.iter().map(|needed| format!("“{}”", needed.title)).collect();
            let act = if matches!(case.state, Stage::Deliberated(_)) {
                "送达事先告知书"
            } else {
                "作出处罚决定"
            };
            all.push(format!(
                "{act}依据的政策条目尚未放行。请法制审核员在“政策条目”中放行{}（见“待放行的依据”）。",
                names.join("、")
            ));
        }
        // Money that was due and is not paid: what has to come before the next step.
        let open = case.open_actions(&self.caller.ctx.actor);
        for action in ["urge", "apply_court"].into_iter().filter(|action| open.contains(action)) {
            let wait = self.not_yet(action).filter(|wait| !matches!(wait, TransitionError::NothingOwed));
            all.extend(wait.filter(|_| self.is_late()).map(told));
        }
        all.extend(self.turn());
        all
    }

    /// Whether a sum is owed after its last day.
    fn is_late(&self) -> bool {
        self.case.state.served().is_some_and(|served| served.next_payment() < self.today())
    }

    /// Whose turn it is, where it is not the caller's.
    fn turn(&self) -> Option<String> {
        let (actor, case) = (&self.caller.ctx.actor, self.case);
        if case.draft.is_some() {
            // What it waits for stands among the obstacles.
            return None;
        }
        let needed = match &case.state {
            Stage::Proposed => (Permission::DecideCase, "批准或者不予立案"),
            Stage::Deliberated(stage) if stage.plan().is_none() => (Permission::DecideCase, "按合议意见作出决定"),
            Stage::Heard(heard) if !heard.review_grounds.is_empty() => (Permission::ReviewCase, "进行法制审核"),
            Stage::Heard(_) | Stage::LegallyReviewed(_) | Stage::Discussed(_) => (Permission::DecideCase, "审查决定"),
            Stage::Closing { .. } => (Permission::DecideCase, "审批结案"),
            state if state.is_final() => return None,
            _ => (Permission::HandleCase, "办理"),
        };
        let (permission, what) = needed;
        match permission {
            Permission::HandleCase if !case.is_handler(actor.account) => {
                let names: Vec<&str> = case.handlers.iter().map(|officer| officer.name.as_str()).collect();
                Some(format!("当前由承办人{}办理。", names.join("、")))
            }
            Permission::HandleCase => None,
            _ if !actor.may(permission) => Some(format!("等待有“{}”权限的人员{what}。", permission.label())),
            Permission::DecideCase if case.ever_handled(actor.account) => Some(told(TransitionError::HandlerDecides)),
            Permission::DecideCase if case.reviewed(actor.account) => Some(told(TransitionError::ReviewerDecides)),
            Permission::ReviewCase if case.ever_handled(actor.account) => Some(told(TransitionError::HandlerReviews)),
            _ => None,
        }
    }
}

/// A refusal as advice: what stands in the way, the article, the way on.
fn told(error: TransitionError) -> String {
    let refusal = Refusal::from(error);
    let article = refusal.article.map(|article| format!("（{article}）")).unwrap_or_default();
    format!("{}{article}。{}。", refusal.message, refusal.mend)
}

/// The file of a case.
pub async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let case = service::get(&caller.ctx, id.parse::<CaseId>().map_err(|_| Failure::NotFound)?).await?;
        let acts = ledger::of_resource(&caller.ctx, Case::TABLE, id).await?;
        Ok::<_, Failure>((case, acts))
    };
    let (case, acts) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let desk = match Desk::of(web, caller, &case).await {
        Ok(desk) => desk,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = desk.forms();
    let problem = tried.as_ref().and_then(|t| t.reopen(&mut actions));
    let mine = actions.iter().any(|action| action.primary);
    let page = FilePage {
        layout: Layout::of(web, caller, &case.party.name, PATH).done(done),
        list: ("处罚案件".into(), PATH.into()),
        title: case.title(),
        number: case.number().unwrap_or_default().to_owned(),
        state: badge(case.state.label(), !case.state.is_final(), mine),
        clocks: clocks(web, &case),
        sections: desk.sections(),
        acts: timeline(acts),
        waiting: desk.waiting(),
        actions,
        problem,
    };
    html(Tried::status(tried.as_ref()), &page)
}

/// The notice or the decision as a page to print, before it is served.
pub async fn print(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, kind)): Path<(String, String)>,
) -> Response {
    let found = async {
        let case = service::get(&caller.ctx, id.parse::<CaseId>().map_err(|_| Failure::NotFound)?).await?;
        if !service::releases_missing(&caller.ctx, &case).await?.is_empty() {
            return Err(Refusal::new("not_released", "该文书的依据尚未放行，不能打印送达", "请返回案件查看").into());
        }
        let page = match (kind.as_str(), &case.state) {
            ("notice", Stage::Deliberated(_)) => service::notice_page(&caller.ctx, &case)?,
            ("decision", Stage::Decided(_)) => service::decision_page(&caller.ctx, &case)?,
            _ => None,
        };
        page.ok_or(Failure::NotFound)
    };
    match found.await {
        Ok(page) => paper::page(page.html().into_bytes(), None),
        Err(failure) => errors::failure(&web, &failure),
    }
}

use super::PATH;
use crate::app::Web;
use crate::desk::{Looked, badge, due_on, more, open, open_in};
use crate::guard::Caller;
use crate::listing::{Around, Cells, Listed, Listing, matter_chips, matters};
use crate::ui::{Query, Row};
use xingjian_enforce::case::{Case, Proposal, State as Stage, Warning, permissions_of, service, warning};
use xingjian_kernel::money::Fen;
use xingjian_kernel::{LocalDate, Permission};
use xingjian_policy::PenaltyKind;
use xingjian_store::{Failure, Filter, Order, Record, Stored};

/// Phases of the procedure as a list narrows to them: code, label, states.
const PHASES: &[(&str, &str, &[&str])] = &[
    ("filing", "立案待审批", &["proposed"]),
    ("inquiry", "调查和合议", &["filed", "investigated", "deliberated"]),
    ("notice", "告知和听证", &["noticed", "hearing_pending"]),
    ("review", "审核和决定", &["heard", "legally_reviewed", "discussed"]),
    ("execution", "送达和执行", &["decided", "served", "executing"]),
    ("closing", "结案待审批", &["closing"]),
];

/// Acts that a few cases of a state wait for, whatever comes next in it.
const BETWEEN: &[&str] = &["decide_deferral"];

/// The phases, for counting.
pub fn stages() -> Vec<crate::desk::statistics::Stage> {
    PHASES.iter().map(|(code, label, states)| (*code, *label, states.to_vec())).collect()
}

/// Whether the procedure may expect this act next, by the name of the state alone.
fn is_expected(action: &str, state: &str) -> bool {
    match action {
        "report_investigation" => state == "filed",
        "not_penalise" | "dismiss" | "transfer" => state == "deliberated",
        "pass_review" => state == "heard",
        "discuss" => matches!(state, "heard" | "legally_reviewed"),
        "reopen" => state == "discussed",
        "countersign"
        | "decide_deferral"
        | "record_payment"
        | "record_fulfilment"
        | "propose_closing"
        | "approve_filing"
        | "record_deliberation"
        | "serve_notice"
        | "hear_statements"
        | "decide"
        | "serve_decision"
        | "close" => true,
        _ => false,
    }
}

/// Whether the procedure expects this act next, among those that are possible.
pub fn is_next(case: &Case, action: &str, today: LocalDate) -> bool {
    if !is_expected(action, case.state.name()) {
        return false;
    }
    match (action, &case.state) {
        ("countersign" | "decide_deferral" | "report_investigation", _) => true,
        ("pass_review", Stage::Heard(heard)) => !heard.review_grounds.is_empty(),
        ("discuss", Stage::Heard(heard) | Stage::LegallyReviewed(heard)) => !heard.discussion_grounds.is_empty(),
        ("reopen", Stage::Discussed(_)) => !case.obstacles(today).is_empty(),
        ("not_penalise" | "dismiss" | "transfer", Stage::Deliberated(stage)) => matches!(
            (action, &stage.record.proposal),
            ("not_penalise", Proposal::NotPenalise { .. })
                | ("dismiss", Proposal::Dismiss { .. })
                | ("transfer", Proposal::Transfer { .. })
        ),
        ("record_payment", _) => owes(case, today),
        ("record_fulfilment", _) => unfulfilled(case),
        ("propose_closing", _) => !owes(case, today) && !unfulfilled(case),
        _ => case.obstacles(today).is_empty(),
    }
}

fn owes(case: &Case, today: LocalDate) -> bool {
    case.account(today).is_some_and(|account| account.open() > Fen::ZERO)
}

/// A penalty other than words and money was decided and nothing recorded about it.
fn unfulfilled(case: &Case) -> bool {
    let settled = [PenaltyKind::Warning, PenaltyKind::Criticism, PenaltyKind::Fine, PenaltyKind::ConfiscateGains];
    case.state.served().is_some_and(|served| {
        let kinds = &served.plan().kinds;
        served.execution.fulfilments.is_empty() && kinds.iter().any(|kind| !settled.contains(kind))
    })
}

/// How close the 90 days of a case that is not decided are.
pub fn warned(web: &Web, case: &Case) -> Warning {
    let undecided = case.state.decided().is_none() && !case.state.is_final();
    let Some(filed) = case.state.filed().filter(|_| undecided) else { return Warning::Quiet };
    let clock = web.app.policy.clock("decide", filed.decide_due.from);
    let levels = clock.map(|clock| clock.warn_days.clone()).unwrap_or_default();
    warning(&filed.decide_due, web.app.clock.today(), &levels)
}

/// Whether somebody is expected to act: the next act is theirs, or their case runs out of time.
fn waits_for(web: &Web, caller: &Caller, case: &Case) -> bool {
    let actor = &caller.ctx.actor;
    let today = web.app.clock.today();
    let next = case.open_actions(actor).into_iter().any(|action| is_next(case, action, today));
    next || (case.is_handler(actor.account) && warned(web, case) != Warning::Quiet)
}

/// What waits for a second signature, and whether it is the caller's.
fn signature(case: &Case, caller: &Caller) -> String {
    let Some(draft) = &case.draft else { return String::new() };
    let mine = case.open_actions(&caller.ctx.actor).contains(&"countersign");
    let who = if mine { "待您会签" } else { "待会签" };
    format!(" · {who}：{}（{}提交）", draft.what.action().label(), draft.by.name)
}

fn row(web: &Web, caller: &Caller, stored: &Stored<Case>) -> Row {
    let handlers: Vec<&str> = stored.handlers.iter().map(|officer| officer.name.as_str()).collect();
    let number = stored.number().unwrap_or("尚未立案");
    let days = match warned(web, stored) {
        Warning::Overdue(days) => format!(" · 办案期限已超{days}天"),
        Warning::Soon { level, .. } if level > 0 => format!(" · 办案期限不足{level}日"),
        Warning::Soon { .. } => " · 办案期限今天届满".to_owned(),
        Warning::Quiet => String::new(),
    };
    Row {
        url: format!("{PATH}/{}", stored.id),
        title: stored.title(),
        detail: format!("处罚案件 {number} · {}{days}{}", stored.law.violation, signature(stored, caller)),
        state: badge(stored.state.label(), !stored.state.is_final(), waits_for(web, caller, stored)),
        owner: handlers.join("、"),
        due: due_on(web, stored.due()),
    }
}

/// Cases that wait for the caller.
pub async fn waiting(web: &Web, caller: &Caller) -> Result<Vec<(Option<LocalDate>, Row)>, Failure> {
    let actor = &caller.ctx.actor;
    let works = [Permission::HandleCase, Permission::DecideCase, Permission::ReviewCase];
    if !works.iter().any(|needed| actor.may(*needed)) {
        return Ok(vec![]);
    }
    let found = looked(caller).await?;
    let mine = found.iter().filter(|case| waits_for(web, caller, case));
    Ok(mine.map(|case| (case.head().due, row(web, caller, case))).chain(more::<Cases, _>(&found)).collect())
}

/// The cases among which those are that wait for the caller. Each part is read by itself, so that none hides another: of the many
/// served ones few wait for a head, and a filing to be approved has no term and would come after all of them.
async fn looked(caller: &Caller) -> Result<Looked<Case>, Failure> {
    let actor = &caller.ctx.actor;
    // Whoever handles a case is told in every state that its time runs out.
    let handles = actor.may(Permission::HandleCase) || actor.officer.is_some();
    let own = if handles { open(caller).await? } else { Looked::nothing() };
    let meant = |state: &str, action: &str, between: bool| {
        let is_handlers = permissions_of(action).contains(&Permission::HandleCase);
        is_expected(action, state) && !is_handlers && BETWEEN.contains(&action) == between
    };
    let next = Case::names_open_to(actor, |state, action| meant(state, action, false));
    let mut between = Case::names_open_to(actor, |state, action| meant(state, action, true));
    between.retain(|state| !next.contains(state));
    let next = open_in(caller, next, Filter::default()).await?;
    Ok(own.and(next).and(open_in(caller, between, Filter::default()).await?))
}

/// The list of cases.
pub struct Cases;

impl Listing for Cases {
    type Item = Case;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/cases/excel";
    const TITLE: &'static str = "处罚案件";

    fn chips() -> Vec<(&'static str, &'static str)> {
        matter_chips(&PHASES.iter().map(|(code, label, _)| (*code, *label)).collect::<Vec<_>>())
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的案件。检查发现的问题由监督员提出立案报告后会出现在这里，等待负责人批准立案。")
    }

    fn narrowed(query: &Query, show: &str, order: Order) -> Filter {
        let mut filter = query.filter(show, order);
        if let Some((_, _, states)) = PHASES.iter().find(|(code, ..)| *code == show) {
            filter.states = states.iter().map(|state| (*state).to_owned()).collect();
        }
        filter
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<Case> {
        service::list(&caller.ctx, filter).await
    }

    async fn rows(web: &Web, caller: &Caller, found: &[Stored<Case>]) -> Cells {
        Ok(matters(found, |stored| row(web, caller, stored)))
    }
}

#[cfg(test)]
mod tests {
    use super::PHASES;
    use xingjian_enforce::case::STATES;

    #[test]
    fn every_state_that_is_not_an_end_lies_in_one_phase() {
        let phased: Vec<&str> = PHASES.iter().flat_map(|(_, _, states)| *states).copied().collect();
        for (state, label, ends) in STATES {
            let times = phased.iter().filter(|known| *known == state).count();
            assert_eq!(times, usize::from(!ends), "{label}");
        }
    }
}

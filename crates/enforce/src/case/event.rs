//! What an act on a case leaves in the ledger: a sentence, and what followers need.

use super::{Case, State};
use serde_json::json;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::time::chinese;
use xingjian_store::Event;

/// Kind of the ledger row of every act.
const KINDS: &[(&str, &str)] = &[
    ("approve_filing", "case.filed"),
    ("decline_filing", "case.declined"),
    ("report_investigation", "case.investigated"),
    ("record_deliberation", "case.deliberated"),
    ("serve_notice", "case.noticed"),
    ("submit_statement", "case.statement_submitted"),
    ("waive_statement", "case.statement_waived"),
    ("request_hearing", "case.hearing_requested"),
    ("waive_hearing", "case.hearing_waived"),
    ("withdraw_hearing", "case.hearing_withdrawn"),
    ("hear_statements", "case.heard"),
    ("pass_review", "case.review_passed"),
    ("reject_review", "case.review_rejected"),
    ("return_draft", "case.draft_returned"),
    ("reopen", "case.reopened"),
    ("discuss", "case.discussed"),
    ("decide", "case.decided"),
    ("send_back", "case.sent_back"),
    ("withdraw_decision", "case.decision_withdrawn"),
    ("serve_decision", "case.served"),
    ("record_payment", "case.paid"),
    ("record_fulfilment", "case.fulfilled"),
    ("record_remedy", "case.remedy_recorded"),
    ("conclude_remedy", "case.remedy_concluded"),
    ("request_deferral", "case.deferral_requested"),
    ("decide_deferral", "case.deferral_decided"),
    ("urge", "case.urged"),
    ("apply_court", "case.court_applied"),
    ("record_court", "case.court_recorded"),
    ("propose_closing", "case.closing_proposed"),
    ("return_closing", "case.closing_returned"),
    ("close", "case.closed"),
    ("not_penalise", "case.not_penalised"),
    ("dismiss", "case.dismissed"),
    ("transfer", "case.transferred"),
    ("replace_handler", "case.handler_replaced"),
];

/// The row of a proposal.
pub(super) fn proposed(case: &Case) -> Event {
    let handlers: Vec<&str> = case.handlers.iter().map(|officer| officer.name.as_str()).collect();
    let text = format!("提出立案报告：{}，承办人{}", case.title(), handlers.join("、"));
    Event::new("case.proposed", text).data(data(case))
}

/// The row of an act that was put down and waits for the second signature.
pub(super) fn drafted(case: &Case, action: &str) -> Event {
    let signers: Vec<&str> =
        case.handlers.iter().filter(|o| !is_author(case, o.account)).map(|o| o.name.as_str()).collect();
    let text = format!("提交“{}”，待{}会签", super::action_label(action), signers.join("或者"));
    Event::new("case.drafted", text).data(data(case))
}

fn is_author(case: &Case, account: AccountId) -> bool {
    case.draft.as_ref().is_some_and(|draft| draft.by.account == account)
}

/// The row of an act that led to `case`.
pub(super) fn of(case: &Case, action: &str) -> Event {
    let kind = KINDS.iter().find(|(name, _)| *name == action).map_or("case.changed", |(_, kind)| *kind);
    let kind = if matches!(case.state, State::Annulled { .. }) { "case.annulled" } else { kind };
    let mut data = data(case);
    if let Some(undone) = undone(case, action) {
        data["undone"] = undone;
    }
    Event::new(kind, text(case, action)).data(data)
}

/// The decision that no longer stands as it was, since when and why: publications follow it.
fn undone(case: &Case, action: &str) -> Option<serde_json::Value> {
    match action {
        "conclude_remedy" => {
            let served = case.state.was_served()?;
            let verdict = served.execution.verdicts.last().filter(|verdict| verdict.outcome.undoes())?;
            let number = &served.decided.decision.number;
            Some(json!({"number": number, "on": verdict.on, "text": verdict.summary()}))
        }
        "withdraw_decision" => {
            let round = case.returned.last()?;
            let number = &round.before.decided()?.decision.number;
            Some(json!({"number": number, "on": round.by.on(), "text": "决定书送达前由机关撤回"}))
        }
        _ => None,
    }
}

/// The sentence of the time line. It names no opinion: those who may read them find them in the file.
fn text(case: &Case, action: &str) -> String {
    let label = super::action_label(action);
    let state = &case.state;
    let number = || case.number().unwrap_or_default().to_owned();
    match (action, state) {
        ("approve_filing", _) => {
            let due = state.filed().map(|filed| chinese(filed.decide_due.due)).unwrap_or_default();
            format!("批准立案，案号{}，应于{due}前作出决定", number())
        }
        ("record_deliberation", State::Deliberated(record)) => match &record.notice_number {
            Some(notice) => format!("完成合议，制作{notice}《行政处罚事先告知书》"),
            None => format!("完成合议，建议{}", record.record.proposal.label()),
        },
        ("serve_notice", State::Noticed(noticed)) => format!(
            "送达{}《行政处罚事先告知书》，{}，可陈述申辩至{}",
            noticed.notice.number,
            noticed.hearing.label(),
            chinese(noticed.notice.statement_due.due)
        ),
        ("hear_statements", State::Heard(heard)) => {
            format!("复核陈述申辩：{}；{}", heard.review.outcome.label(), heard.noticed.hearing.label())
        }
        ("decide", State::Decided(decided)) => {
            format!("作出{}行政处罚决定：{}", decided.decision.number, decided.decision.plan.text())
        }
        ("serve_decision", State::Served(served)) => format!(
            "{}{}《行政处罚决定书》，应于{}前缴款",
            served.service.method.label(),
            served.decided.decision.number,
            chinese(served.pay_due.due)
        ),
        ("record_payment", State::Executing(served)) => {
            let amount = served.execution.payments.last().map(|paid| paid.amount).unwrap_or_default();
            format!("登记缴款{amount}元")
        }
        ("not_penalise", State::NotPenalised { ground, .. }) => format!("决定不予行政处罚：{}", ground.label()),
        ("transfer", State::Transferred { to, .. }) => format!("移送{to}"),
        ("replace_handler", _) => {
            let left = case.former.last().map(|former| (former.officer.name.as_str(), former.ground.label()));
            let (name, ground) = left.unwrap_or_default();
            let now: Vec<&str> = case.handlers.iter().map(|officer| officer.name.as_str()).collect();
            format!("更换承办人：{name}退出（{ground}），现承办人{}", now.join("、"))
        }
        ("return_draft", _) => {
            let last = case.set_aside.last().map(|aside| aside.draft.what.action().label()).unwrap_or_default();
            format!("退回待会签的“{last}”")
        }
        ("close", _) => format!("{}结案", number()),
        _ => after_service(case, action).unwrap_or_else(|| label.to_owned()),
    }
}

/// The same for what may follow the service.
fn after_service(case: &Case, action: &str) -> Option<String> {
    let served = case.state.was_served();
    Some(match action {
        "withdraw_decision" => {
            let number = &case.returned.last()?.before.decided()?.decision.number;
            format!("撤回尚未送达的{number}行政处罚决定")
        }
        "conclude_remedy" => served?.execution.verdicts.last()?.summary(),
        "decide_deferral" if served?.execution.deferrals.last()?.is_granted() => "批准延期或者分期缴纳罚款".to_owned(),
        "decide_deferral" => "不批准延期或者分期缴纳罚款".to_owned(),
        "urge" => format!("送达催告书，应于{}前履行", chinese(served?.execution.urgings.last()?.due.due)),
        _ => return None,
    })
}

/// What followers need: where the case came from, where it stands, and the decision once there is one.
fn data(case: &Case) -> serde_json::Value {
    let decision = case.state.decided().map(|decided| &decided.decision);
    let served = case.state.served();
    json!({
        "case": case.id,
        "state": case.state.name(),
        "number": case.number(),
        "violation": case.law.violation,
        "violation_name": case.law.name,
        "party": case.party.name,
        "signal": case.origin.signal,
        "task": case.origin.task,
        "finding": case.origin.finding,
        "decision": decision.map(|decision| json!({
            "number": decision.number,
            "on": decision.by.on(),
            "kinds": decision.plan.kinds,
            "fine": decision.plan.fine.fen().to_string(),
            "confiscated": decision.plan.confiscated.fen().to_string(),
            "text": decision.plan.text(),
            "served_on": served.map(|served| served.service.on),
            "paper": served.and_then(|served| served.paper.as_ref()),
        })),
    })
}

//! What a step says on the time line, and what followers read from it.

use super::{Action, Finding, Recheck};
use serde_json::{Value, json};
use xingjian_store::Event;

/// The event of a new finding.
pub(crate) fn opened(finding: &Finding) -> Event {
    let order = finding.state.order();
    let text = format!("发现问题：{}，责令{}前改正（{}）", finding.item_name, order.due.due, order.number);
    Event::new("finding.opened", text).data(data(finding))
}

/// The event of a step; `finding` is as it is after the step.
pub(super) fn of(finding: &Finding, action: &Action) -> Event {
    let (kind, text) = match action {
        Action::Submit { .. } => ("finding.submitted", format!("提交整改情况：{}", finding.item_name)),
        Action::Pass { .. } | Action::Fail { .. } => ("finding.rechecked", awaiting(finding)),
        Action::Confirm if finding.state.name() == "settled" => {
            ("finding.settled", format!("复查通过，问题办结：{}", finding.item_name))
        }
        Action::Confirm => {
            let order = finding.state.order();
            ("finding.ordered_again", format!("复查不通过，再次责令{}前改正（{}）", order.due.due, order.number))
        }
        Action::ReturnRecheck { .. } => ("finding.recheck_returned", "退回待确认的复查记录".to_owned()),
        Action::Measure { measure, text, .. } => {
            ("finding.measured", format!("监管措施：{}，{}", measure.label(), text.trim()))
        }
        Action::FileCase => ("finding.case_filed", format!("提请立案：{}", finding.item_name)),
        Action::EndCase { how, .. } => {
            ("finding.case_ended", format!("{how}，可以重新提请立案：{}", finding.item_name))
        }
    };
    Event::new(kind, text).data(data(finding))
}

fn awaiting(finding: &Finding) -> String {
    let recheck = finding.pending.as_ref().map(|pending| &pending.recheck);
    let outcome = if recheck.is_some_and(|recheck| recheck.passed) { "通过" } else { "不通过" };
    let second = recheck.and_then(Recheck::second).map(|officer| officer.name.as_str()).unwrap_or_default();
    format!("登记复查{outcome}，待{second}确认")
}

fn data(finding: &Finding) -> Value {
    json!({
        "finding": finding.id,
        "task": finding.task,
        "signal": finding.signal,
        "subject": finding.subject,
        "item": finding.item,
        "violation": finding.violation,
        "due": finding.state.order().due.due,
        "case": finding.case.as_ref().map(|c| c.case),
    })
}

//! What followed the service of a decision, besides payments.

use crate::desk::case::forms::asked;
use crate::desk::case::{Desk, words};
use crate::ui::{Line, Section};
use xingjian_enforce::case::{Execution, service};
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;

/// Remedies with their outcome, deferral, urging and the court.
pub fn lines(desk: &Desk<'_>, execution: &Execution) -> Vec<Line> {
    let mut lines = vec![];
    for remedy in &execution.remedies {
        let until = remedy.time.until.map_or("尚未审结".to_owned(), |day| format!("{}审结", chinese(day)));
        lines.push(Line::new(remedy.kind.label(), format!("{}受理，{until}", chinese(remedy.time.from))));
    }
    for verdict in &execution.verdicts {
        let text = format!(
            "{} {}：{}（{}登记）",
            chinese(verdict.on),
            verdict.summary(),
            verdict.text,
            words::signed(&verdict.by)
        );
        lines.push(Line::new("复议诉讼结果", text));
        lines.extend(verdict.changed.as_ref().map(|plan| Line::new("变更后的处罚", plan.text())));
    }
    for deferral in &execution.deferrals {
        let request = &deferral.request;
        let standing = match &deferral.decision {
            None => "等待审批".to_owned(),
            Some(decision) => {
                let verb = if decision.granted { "批准" } else { "不批准" };
                format!("{verb}：{}（{}）", decision.opinion, words::signed(&decision.by))
            }
        };
        let text = format!("{}申请，{}；{}；{standing}", chinese(request.on), request.reason, asked(request));
        lines.push(Line::new("延期、分期缴纳", text));
    }
    for urging in &execution.urgings {
        let text = format!(
            "{}，应于{}前履行（行政强制法第54条）",
            words::receipt_since(&urging.service, urging.signed_on(), "登记"),
            chinese(urging.due.due)
        );
        lines.push(Line::new("催告", text));
    }
    for court in &execution.courts {
        let text = format!("{}：{}（{}）", court.court, court.opinion, words::signed(&court.by));
        lines.push(Line::new("申请强制执行", text));
        for result in &court.results {
            lines.push(Line::new(
                "法院办理",
                format!("{} {}：{}", chinese(result.on), result.outcome.label(), result.text),
            ));
        }
    }
    let asks = !execution.urgings.is_empty() && execution.at_court().is_none();
    if let Ok(Some(window)) = service::court_window(&desk.caller.ctx, desk.case)
        && asks
    {
        let text = format!("{}以后，{}以前（行政强制法第53条）", chinese(window.opens_after), chinese(window.last_day));
        lines.push(Line::new("可以申请强制执行", text));
    }
    lines
}

/// A decision that was annulled: what was paid is to be given back.
pub fn annulled(desk: &Desk<'_>) -> Option<Section> {
    let served = desk.case.state.was_served().filter(|_| desk.case.state.served().is_none())?;
    let decision = &served.decided.decision;
    let mut lines = vec![
        Line::new("被撤销的决定", format!("{}：{}", decision.number, decision.plan.text())),
        Line::new("决定书送达", words::receipt(&served.service)),
    ];
    let paid =
        served.execution.payments.iter().fold(Fen::ZERO, |sum, paid| sum.checked_add(paid.amount).unwrap_or(sum));
    if paid > Fen::ZERO {
        lines.push(Line::new("已缴款项", format!("{paid}元，应当依法退还当事人")));
    }
    lines.extend(self::lines(desk, &served.execution));
    Some(Section::new("原处罚决定", lines))
}

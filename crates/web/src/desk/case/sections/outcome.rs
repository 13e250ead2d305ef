use super::{aftermath, some};
use crate::desk::case::{Desk, PATH, words};
use crate::ui::{Line, Section};
use xingjian_enforce::case::{Case, PaperRef, Served, State as Stage};
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;

/// How the case ended, where it did.
pub fn end(case: &Case) -> Option<Section> {
    let lines = match &case.state {
        Stage::NotFiled { reason, by } => vec![Line::new("不予立案", reason), Line::new("审批", words::signed(by))],
        Stage::Annulled { verdict, .. } => vec![
            Line::new("撤销", verdict.summary()),
            Line::new("日期", chinese(verdict.on)),
            Line::new("主要内容", &verdict.text),
            Line::new("登记", words::signed(&verdict.by)),
        ],
        Stage::NotPenalised { ground, reason, education, by, .. } => {
            let mut lines = vec![
                Line::new("情形", format!("{}（{}）", ground.label(), ground.article())),
                Line::new("事实和理由", reason),
            ];
            lines.extend(some("教育情况", Some(education)));
            lines.push(Line::new("决定", words::signed(by)));
            lines
        }
        Stage::Dismissed { reason, by, .. } => {
            vec![Line::new("撤销理由", reason), Line::new("决定", words::signed(by))]
        }
        Stage::Transferred { to, reason, by, .. } => {
            vec![Line::new("移送机关", to), Line::new("移送理由", reason), Line::new("决定", words::signed(by))]
        }
        Stage::Closed { report, approval, .. } => vec![
            Line::new("结案报告", format!("{}（{}）", report.text, words::signed(&report.by))),
            Line::new("审批", format!("{}（{}）", approval.opinion, words::signed(&approval.by))),
        ],
        _ => return None,
    };
    Some(Section::new(case.state.label(), lines))
}

/// The decision with the law it applied and the pack it was checked against.
pub fn decision(desk: &Desk<'_>) -> Option<Section> {
    let decision = &desk.case.state.decided()?.decision;
    let law = &decision.law;
    let applied =
        if law.version == desk.case.law.version { "违法行为发生时的规定" } else { "较轻的新规定" };
    let mut lines = vec![
        Line::new("决定书", &decision.number),
        Line::new("处罚", decision.plan.text()),
        Line::new("适用", format!("{}（{}起施行，{applied}）", law.clause, chinese(law.version))),
    ];
    lines.extend(decision.assessment.range.as_ref().map(|range| Line::new("法定幅度", &range.arithmetic)));
    lines.push(Line::new("决定理由", &decision.reasons));
    lines.push(Line::new("偏离裁量基准", words::yes(decision.assessment.deviates)));
    lines.push(Line::new("决定人", words::signed(&decision.by)));
    if decision.days_late > 0 {
        lines.push(Line::new("办案期限", format!("超过期限{}天作出（行政处罚法第60条）", decision.days_late)));
    }
    lines.push(Line::new("政策包版本", &decision.policy_version));
    Some(Section::new("处罚决定", lines))
}

/// The papers: kept ones with their hash, those still to be served as pages to print.
pub fn papers(desk: &Desk<'_>) -> Option<Section> {
    let case: &Case = desk.case;
    let mut lines = vec![];
    for round in case.returned.iter().filter_map(|round| round.before.noticed()) {
        lines.extend(paper(case, "事先告知书（退回前）", &round.notice.number, round.notice.paper.as_ref(), None));
    }
    let deliberated = case.state.deliberated();
    let notice = case.state.noticed().and_then(|noticed| noticed.notice.paper.as_ref());
    if let Some(number) = deliberated.and_then(|stage| stage.notice_number.as_ref()) {
        let print = (desk.missing.is_empty() && matches!(case.state, Stage::Deliberated(_))).then_some("notice");
        lines.extend(paper(case, "行政处罚事先告知书", number, notice, print));
    }
    if let Some(decided) = case.state.decided() {
        let kept = case.state.served().and_then(|served| served.paper.as_ref());
        let print = matches!(case.state, Stage::Decided(_)).then_some("decision");
        lines.extend(paper(case, "行政处罚决定书", &decided.decision.number, kept, print));
    } else if let Some(served) = case.state.was_served() {
        let number = &served.decided.decision.number;
        lines.extend(paper(case, "行政处罚决定书（已被撤销）", number, served.paper.as_ref(), None));
    }
    (!lines.is_empty()).then(|| Section::new("文书", lines))
}

fn paper(case: &Case, title: &str, number: &str, kept: Option<&PaperRef>, print: Option<&str>) -> Vec<Line> {
    match (kept, print) {
        (Some(kept), _) => {
            vec![Line::link(title, number, format!("/desk/papers/{}", kept.id)), Line::new("SHA-256", &kept.sha256)]
        }
        (None, Some(kind)) => {
            vec![Line::link(title, format!("{number}（打印稿，尚未送达）"), format!("{PATH}/{}/print/{kind}", case.id))]
        }
        (None, None) if matches!(case.state, Stage::Deliberated(_)) => {
            vec![Line::new(title, format!("{number}（依据尚未放行，暂不能打印送达）"))]
        }
        (None, None) => vec![Line::new(title, format!("{number}（没有存档）"))],
    }
}

/// Service of the decision, money, other penalties, remedies and closing.
pub fn execution(desk: &Desk<'_>) -> Option<Section> {
    let served = desk.case.state.served()?;
    let mut lines = vec![
        Line::new("决定书送达", words::receipt(&served.service)),
        Line::new("送达人", words::both(&served.service.by, served.service.with.as_ref())),
        Line::new("缴款期限", format!("{}（行政处罚法第67条）", chinese(served.pay_due.due))),
    ];
    lines.extend(money(desk, served));
    for done in &served.execution.fulfilments {
        lines.push(Line::new("其他处罚", format!("{} {}（{}）", chinese(done.on), done.text, words::signed(&done.by))));
    }
    lines.extend(aftermath::lines(desk, &served.execution));
    if let Stage::Closing { report, .. } = &desk.case.state {
        lines.push(Line::new("结案报告", format!("{}（{}）", report.text, words::signed(&report.by))));
        lines.extend(some("减免加处罚款", report.late_fine_waiver.as_ref()));
        lines.extend(some("不能收缴的原因", report.uncollectable.as_ref()));
    }
    Some(Section::new("执行", lines))
}

fn money(desk: &Desk<'_>, served: &Served) -> Vec<Line> {
    let Some(account) = desk.case.account(desk.today()).filter(|account| account.principal > Fen::ZERO) else {
        return vec![Line::new("罚没款", "没有罚没款")];
    };
    let mut lines = vec![Line::new("应缴罚没款", format!("{}元", account.principal))];
    if account.late > Fen::ZERO {
        lines.push(Line::new("加处罚款", format!("{}元（每日3%，至今天；行政处罚法第72条）", account.late)));
    }
    for paid in &served.execution.payments {
        lines.push(Line::new("缴款", format!("{} {}元，凭证{}", chinese(paid.on), paid.amount, paid.receipt)));
    }
    let open = account.open();
    lines.push(Line::new("尚欠", if open > Fen::ZERO { format!("{open}元") } else { "已缴清".to_owned() }));
    lines
}

/// Rounds that were sent back.
pub fn returned(case: &Case) -> Option<Section> {
    let lines: Vec<Line> = case
        .returned
        .iter()
        .enumerate()
        .map(|(at, round)| {
            let who = if round.by_review { "法制审核退回" } else { "负责人退回" };
            let text = format!("在“{}”时{who}：{}（{}）", round.before.label(), round.reason, words::signed(&round.by));
            Line::new(&format!("第{}次", at + 1), text)
        })
        .collect();
    (!lines.is_empty()).then(|| Section::new("退回", lines))
}

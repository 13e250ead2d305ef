use super::some;
use crate::desk::case::forms::bands_text;
use crate::desk::case::read::report::{MONITORED, other_base};
use crate::desk::case::{Desk, words};
use crate::ui::{Line, Section};
use xingjian_enforce::case::{
    Case, Correction, Deliberation, Discussion, Hearing, LegalReview, Plan, Proposal, Report,
};
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
use xingjian_policy::PenaltyKind;

/// Facts and evidence of the report in force.
pub fn investigation(case: &Case) -> Option<Section> {
    let report = &case.state.investigated()?.report;
    let mut lines = found(case, report);
    lines.push(Line::new("报告人", words::both(&report.by, report.with.as_ref())));
    Some(Section::new("事实和证据", lines))
}

/// What a report says.
pub fn found(case: &Case, report: &Report) -> Vec<Line> {
    let mut lines = vec![Line::new("违法事实", &report.facts)];
    for (at, piece) in report.evidence.iter().enumerate() {
        let monitored = if piece.monitored { format!("（{MONITORED}记录，已审核）") } else { String::new() };
        let kind = piece.kind.label();
        let name = piece.name.trim_end_matches(['。', '.']);
        let text = format!("{kind}：{name}{monitored}，{}取得，已查证属实", chinese(piece.taken_on));
        lines.push(Line::new(&format!("证据{}", at + 1), text));
    }
    lines.push(Line::new("违法所得", gains(report)));
    if let Some(name) = other_base(case) {
        lines.push(Line::new(name, report.base.map_or("未能查清".to_owned(), |base| format!("{base}元"))));
    }
    lines.extend(report.correction.as_ref().map(|order| Line::new("责令改正", correction(order))));
    let circumstances: Vec<&str> = [
        (report.complex, "疑难复杂、涉及多个法律关系"),
        (report.major, "重大违法行为"),
        (report.public_interest, "涉及重大公共利益"),
    ]
    .into_iter()
    .filter_map(|(applies, text)| applies.then_some(text))
    .collect();
    let circumstances =
        if circumstances.is_empty() { "没有特别情形".to_owned() } else { circumstances.join("；") };
    lines.push(Line::new("案件情形", circumstances));
    lines.extend(some("新的事实", report.new_facts.as_ref()));
    lines
}

fn gains(report: &Report) -> String {
    if report.gains == Fen::ZERO {
        return "查明没有违法所得（0.00元）".to_owned();
    }
    format!("{}元，其中应当退赔{}元，应当没收{}元", report.gains, report.refund, report.confiscable())
}

fn correction(order: &Correction) -> String {
    let done = match order.done_on {
        Some(day) if day > order.due => format!("{}改正，逾期", chinese(day)),
        Some(day) => format!("{}改正", chinese(day)),
        None => "尚未查实改正".to_owned(),
    };
    let checked = order.recheck.as_ref().map(|recheck| {
        let names: Vec<&str> = recheck.officers.iter().map(|officer| officer.name.as_str()).collect();
        let order = recheck.order.as_ref().map(|number| format!("，{number}")).unwrap_or_default();
        format!("；{}复查未改正：{}（{}{order}）", chinese(recheck.on), recheck.facts, names.join("、"))
    });
    format!("限{}前改正；{done}{}", chinese(order.due), checked.unwrap_or_default())
}

/// The range that the law and the facts leave, its bands, and what was chosen of it.
pub fn discretion(desk: &Desk<'_>) -> Option<Section> {
    let found = desk.discretion.as_ref()?;
    let mut lines = vec![];
    match &found.range {
        Ok(range) => {
            lines.push(Line::new("法定幅度", &range.arithmetic));
            let bands: Vec<String> = bands_text(&found.bands).into_iter().map(|(_, text)| text).collect();
            lines.push(Line::new("裁量阶次", bands.join("\n")));
        }
        Err(why) => lines.push(Line::new("法定幅度", format!("不能罚款：{why}"))),
    }
    lines.push(Line::new(
        "数额界限",
        format!(
            "罚款达到{}元告知听证权利，达到{}元集体讨论",
            found.thresholds.hearing_fine, found.thresholds.discussion_fine
        ),
    ));
    if let Some(plan) = desk.case.plan() {
        let what = if desk.case.state.decided().is_some() { "决定的处罚" } else { "拟作出的处罚" };
        lines.push(Line::new(what, plan.text()));
        lines.extend(chosen(plan));
    }
    Some(Section::new("裁量", lines))
}

/// Band, factors and reasons of a plan.
pub fn chosen(plan: &Plan) -> Vec<Line> {
    let mut lines = vec![];
    if plan.has(PenaltyKind::Fine) {
        lines.extend(some("所选阶次", Some(&plan.band)));
        let factors = if plan.factors.is_empty() { "没有列明情节".to_owned() } else { plan.factors.join("\n") };
        lines.push(Line::new("裁量情节", factors));
    }
    lines.extend(some("责令改正和说明", Some(&plan.measures)));
    lines.extend(some("处罚理由", Some(&plan.reasons)));
    lines.extend(some("偏离基准的理由", plan.deviation.as_ref()));
    if let Some(m) = &plan.mitigation {
        lines.push(Line::new("减轻处罚", format!("{}：{}（行政处罚法第32条）", m.ground.label(), m.reason)));
    }
    lines.extend(some("加重情形", plan.aggravation.as_ref()));
    lines
}

/// The record of the deliberation.
pub fn deliberation(case: &Case) -> Option<Section> {
    let record = &case.state.deliberated()?.record;
    let mut lines = deliberated(record);
    lines.push(Line::new("记录人", words::both(&record.by, record.with.as_ref())));
    Some(Section::new("合议", lines))
}

/// What a record of a deliberation says.
pub fn deliberated(record: &Deliberation) -> Vec<Line> {
    let mut lines = vec![Line::new("参加人员", record.members.join("、")), Line::new("合议意见", &record.opinions)];
    match &record.proposal {
        Proposal::Penalise { plan } => {
            lines.push(Line::new("合议结论", format!("{}：{}", record.proposal.label(), plan.text())));
            lines.extend(chosen(plan));
        }
        Proposal::NotPenalise { reason } | Proposal::Dismiss { reason } | Proposal::Transfer { reason } => {
            lines.push(Line::new("合议结论", format!("{}：{reason}", record.proposal.label())));
        }
    }
    lines
}

/// The notice, the statement and the right to a hearing.
pub fn notice(case: &Case) -> Option<Section> {
    let noticed = case.state.noticed()?;
    let notice = &noticed.notice;
    let mut lines = vec![
        Line::new("事先告知书", &notice.number),
        Line::new("告知的处罚", noticed.plan.text()),
        Line::new("送达", words::receipt(&notice.service)),
        Line::new("送达人", words::both(&notice.service.by, notice.service.with.as_ref())),
    ];
    let statement = match (&noticed.statement, &noticed.statement_waived) {
        (Some(statement), _) => {
            let form = if statement.oral { "口头" } else { "书面" };
            format!("{}（{form}，{}）", statement.text, words::signed(&statement.by))
        }
        (None, Some(note)) => format!("当事人放弃：{}（{}）", note.what, words::both(&note.by, note.with.as_ref())),
        (None, None) if case.state.heard().is_some() => {
            format!("截至{}没有提出", chinese(notice.statement_due.due))
        }
        (None, None) => format!("可以陈述申辩至{}", chinese(notice.statement_due.due)),
    };
    lines.push(Line::new("陈述申辩", statement));
    lines.extend(hearing(&noticed.hearing));
    if let Some(heard) = case.state.heard() {
        let review = &heard.review;
        lines.push(Line::new("复核结论", format!("{}（{}）", review.outcome.label(), words::signed(&review.by))));
        lines.extend(some("复核意见", Some(&review.findings)));
        lines.extend(review.revised.as_ref().map(|plan| Line::new("变更后的处罚", plan.text())));
    }
    Some(Section::new("告知、陈述申辩和听证", lines))
}

fn hearing(hearing: &Hearing) -> Vec<Line> {
    let mut lines = vec![Line::new("听证", hearing.label())];
    let because = |grounds: &Vec<String>| Line::new("听证事由", format!("{}（行政处罚法第63条）", grounds.join("；")));
    match hearing {
        Hearing::NotRequired => {}
        Hearing::Told { grounds, due } | Hearing::Lapsed { grounds, due } => {
            lines.push(because(grounds));
            lines.push(Line::new("听证申请期限", format!("{}（行政处罚法第64条）", chinese(due.due))));
        }
        Hearing::Requested { grounds, on, by, .. } => {
            lines.push(because(grounds));
            lines.push(Line::new("要求听证", format!("{}（登记：{}）", chinese(*on), words::signed(by))));
        }
        Hearing::Waived { grounds, note, by, with, .. } => {
            lines.push(because(grounds));
            lines.push(Line::new("当事人声明", format!("{note}（{}）", words::both(by, with.as_ref()))));
        }
    }
    lines
}

/// Legal review and discussion, with why each is required.
pub fn review(case: &Case) -> Option<Section> {
    let heard = case.state.heard()?;
    let required = |grounds: &[String], article: &str| match grounds {
        [] => "本案可以不经".to_owned(),
        grounds => format!("必须（{article}）：{}", grounds.join("；")),
    };
    let mut lines = vec![Line::new("法制审核", required(&heard.review_grounds, "行政处罚法第58条"))];
    lines.extend(heard.legal.iter().flat_map(|legal| reviewed("", legal)));
    lines.push(Line::new("集体讨论", required(&heard.discussion_grounds, "行政处罚法第57条第2款")));
    lines.extend(heard.discussion.iter().flat_map(|discussion| discussed("", discussion)));
    for round in &heard.reopened {
        lines.extend(round.legal.iter().flat_map(|legal| reviewed("此前", legal)));
        lines.extend(round.discussion.iter().flat_map(|discussion| discussed("此前", discussion)));
        lines.push(Line::new("重新提请", format!("{}（{}）", round.reason, words::signed(&round.by))));
    }
    Some(Section::new("法制审核和集体讨论", lines))
}

fn reviewed(when: &str, legal: &LegalReview) -> Vec<Line> {
    vec![
        Line::new(&format!("{when}审核的处罚"), legal.plan.text()),
        Line::new(&format!("{when}审核意见"), format!("{}（{}）", legal.opinion, words::signed(&legal.by))),
    ]
}

fn discussed(when: &str, discussion: &Discussion) -> Vec<Line> {
    vec![
        Line::new(&format!("{when}讨论的处罚"), discussion.plan.text()),
        Line::new(&format!("{when}讨论人员"), discussion.members.join("、")),
        Line::new(&format!("{when}讨论记录"), format!("{}（{}）", discussion.minutes, words::signed(&discussion.by))),
    ]
}

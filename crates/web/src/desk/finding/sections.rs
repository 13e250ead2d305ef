//! What is known of a finding, under headings.

use crate::app::Web;
use crate::desk::links;
use crate::desk::task::choices;
use crate::guard::Caller;
use crate::ui::{Line, Section};
use std::collections::BTreeMap;
use xingjian_inspect::finding::{CaseFiled, Finding, Order, Recheck, State, Submission};
use xingjian_inspect::officer::names;
use xingjian_kernel::Permission;
use xingjian_store::papers::Paper;
use xingjian_store::{Failure, records};

/// The sections of the file at the desk.
pub fn of(web: &Web, caller: &Caller, finding: &Finding, papers: &Papers) -> Vec<Section> {
    let mut sections = vec![about(web, caller, finding)];
    sections.extend(finding.pending.as_ref().map(|pending| Section::new("待确认的复查", seen(&pending.recheck))));
    sections.extend(corrections(finding, papers));
    sections.extend(rechecks(finding, papers));
    if !finding.measures.is_empty() {
        let line = |m: &xingjian_inspect::finding::MeasureTaken| {
            Line::new(m.measure.label(), format!("{} {}（{}登记）", m.on, m.text, m.by.name))
        };
        sections.push(Section::new("监管措施", finding.measures.iter().map(line).collect()));
    }
    if !finding.returned.is_empty() {
        let line = |one: &xingjian_inspect::finding::ReturnedRecheck| {
            Line::new("退回的复查", format!("{}；{} {}：{}", one.recheck.facts, one.at, one.by.name, one.reason))
        };
        sections.push(Section::new("未确认的复查记录", finding.returned.iter().map(line).collect()));
    }
    let cases = [Permission::HandleCase, Permission::DecideCase, Permission::ReviewCase];
    let opens = cases.iter().any(|p| caller.ctx.actor.may(*p));
    let line = |filed: &CaseFiled, how: &str| {
        let text = format!("{} {}提请立案{how}", filed.at, filed.by.name);
        let url = opens.then(|| format!("/desk/cases/{}", filed.case));
        Line { url, ..Line::new("处罚案件", text) }
    };
    let ended =
        finding.ended_cases.iter().map(|ended| line(&ended.filed, &format!("；{}，可以重新提请立案", ended.how)));
    let lines: Vec<Line> = ended.chain(finding.case.iter().map(|filed| line(filed, ""))).collect();
    if !lines.is_empty() {
        sections.push(Section::new("案件", lines));
    }
    sections
}

fn about(web: &Web, caller: &Caller, finding: &Finding) -> Section {
    let violation = finding.violation.as_ref().map_or("暂未确定".to_owned(), |id| choices::violation(web, id));
    let tasks = [Permission::ProposeInspection, Permission::ApproveInspection, Permission::Inspect];
    let task = if tasks.iter().any(|p| caller.ctx.actor.may(*p)) {
        Line::link("检查任务", &finding.notice, format!("/desk/tasks/{}", finding.task))
    } else {
        Line::new("检查任务", &finding.notice)
    };
    let lines = vec![
        links::subject(caller, finding.subject, &finding.subject_name),
        Line::new("检查事项", &finding.item_name),
        Line::new("查见的事实", &finding.facts),
        Line::new("案由", violation),
        task,
        Line::new("发现时间", finding.created_at.to_string()),
        Line::new("检查人员", names(&finding.officers)),
    ];
    Section::new("发现的问题", lines)
}

/// Addresses of the kept papers of orders, by number.
pub type Papers = BTreeMap<String, String>;

/// The kept papers of every order of a finding, through this door (`/desk` or `/unit`).
pub async fn papers(caller: &Caller, finding: &Finding, door: &str) -> Result<Papers, Failure> {
    let mut papers = Papers::new();
    let orders = finding.failed.iter().map(|round| &round.order).chain([finding.state.order()]);
    for order in orders {
        let kept = records::by_number::<Paper>(&caller.ctx, &order.number).await?;
        papers.extend(kept.map(|paper| (order.number.clone(), format!("{door}/papers/{}", paper.id))));
    }
    Ok(papers)
}

/// The order in force and what was handed in for it.
pub fn corrections(finding: &Finding, papers: &Papers) -> Vec<Section> {
    let mut sections = vec![Section::new("责令改正", order(finding.state.order(), papers))];
    let submissions = finding.state.submissions();
    if !submissions.is_empty() {
        sections.push(Section::new("整改情况", submissions.iter().flat_map(submission).collect()));
    }
    sections
}

fn order(order: &Order, papers: &Papers) -> Vec<Line> {
    vec![
        Line { url: papers.get(&order.number).cloned(), ..Line::new("通知书", &order.number) },
        Line::new("改正期限", order.due.due.to_string()),
        Line::new("开具", format!("{} {}", order.by.name, order.at)),
    ]
}

fn submission(submission: &Submission) -> Vec<Line> {
    let mut lines = vec![
        Line::new("提交", format!("{} {}", submission.at, submission.by.name)),
        Line::new("整改情况", &submission.text),
    ];
    if !submission.evidence.is_empty() {
        lines.push(Line::new("佐证材料", submission.evidence.join("\n")));
    }
    lines
}

/// Re-checks, newest first; those that did not pass with the order and what was handed in for it.
pub fn rechecks(finding: &Finding, papers: &Papers) -> Vec<Section> {
    let mut sections = vec![];
    if let State::Settled { recheck, .. } = &finding.state {
        sections.push(Section::new("复查", seen(recheck)));
    }
    for (at, round) in finding.failed.iter().enumerate().rev() {
        let mut lines = seen(&round.recheck);
        lines.extend(order(&round.order, papers));
        lines.extend(round.submissions.iter().flat_map(submission));
        sections.push(Section::new(&format!("第{}次整改：未通过", at + 1), lines));
    }
    sections
}

fn seen(recheck: &Recheck) -> Vec<Line> {
    let mut lines = vec![
        Line::new("复查结果", if recheck.passed { "通过，问题办结" } else { "不通过，再次责令改正" }),
        Line::new("复查情况", &recheck.facts),
        Line::new("复查人员", format!("{} {}", recheck.at, names(&recheck.officers))),
    ];
    let confirmed = recheck.confirmed.as_ref();
    lines.extend(confirmed.map(|one| Line::new("确认", format!("{} {}", one.by.name, one.at))));
    lines
}

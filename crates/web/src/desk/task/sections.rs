//! What is known of a task, under headings.

use super::{Sight, choices};
use crate::app::Web;
use crate::desk::{department, links};
use crate::guard::Caller;
use crate::ui::{Line, Section, long_date};
use xingjian_inspect::task::{Answer, Approval, Cause, Party, Sheet, Task, Visit};
use xingjian_kernel::{Permission, Timestamp};

/// The sections; the checklist is left out while it stands above them as a form.
pub fn of(web: &Web, caller: &Caller, it: &Sight, checklist_shown: bool) -> Vec<Section> {
    let task = &it.task;
    let mut sections = vec![about(web, caller, task)];
    if !checklist_shown {
        sections.push(items(task));
    }
    sections.push(officers(task));
    sections.extend(task.state.approval().map(|a| approval(a, it.notice.clone())));
    sections.extend(task.state.visit().map(|v| visit(task, v)));
    if !checklist_shown && task.state.answers().is_some() {
        sections.push(answers(web, task));
    }
    sections.extend(task.state.sheet().map(|s| record("检查记录", task, s)));
    for earlier in task.superseded.iter().rev() {
        let mut section = record("已作废的检查记录", task, &earlier.sheet);
        let why = format!("{} {}：{}", earlier.at, earlier.by.name, earlier.reason);
        section.lines.insert(0, Line::new("退回修改", why));
        sections.push(section);
    }
    sections.extend(findings(caller, it));
    sections
}

fn about(web: &Web, caller: &Caller, task: &Task) -> Section {
    let actor = &caller.ctx.actor;
    let cause = task.cause.label();
    let cause = match &task.cause {
        Cause::Signal { id, .. } if actor.may(Permission::HandleSignal) => {
            Line::link("检查来由", cause, format!("/desk/signals/{id}"))
        }
        Cause::FollowUp { finding } if actor.may(Permission::HandleFinding) => {
            Line::link("检查来由", cause, format!("/desk/findings/{finding}"))
        }
        _ => Line::new("检查来由", cause),
    };
    let mut lines = vec![
        links::subject(caller, task.subject, &task.subject_name),
        cause,
        Line::new("计划检查", long_date(task.planned)),
        Line::new("承办部门", department(web, task.department.as_str())),
        Line::new("拟定", format!("{} {}", task.proposed_by.name, task.created_at)),
    ];
    if task.origin != task.department {
        lines.push(Line::new("交办部门", department(web, task.origin.as_str())));
    }
    if let Some(reason) = &task.exceed_reason {
        lines.push(Line::new("超频次理由", reason));
    }
    Section::new("检查任务", lines)
}

fn items(task: &Task) -> Section {
    let line = |item: &xingjian_inspect::task::Item| {
        let basis = if item.basis.is_empty() { String::new() } else { format!("\n依据：{}", item.basis) };
        Line::new(&item.name, format!("{}{basis}", item.points.join("；")))
    };
    Section::new("检查事项", task.items.iter().map(line).collect())
}

fn officers(task: &Task) -> Section {
    let mut lines: Vec<Line> = task
        .officers
        .iter()
        .map(|o| Line::new(&o.name, format!("证号 {}，{}，{}", o.certificate, o.unit, o.specialties.join("、"))))
        .collect();
    for recusal in &task.recusals {
        let who = if recusal.by_party { "被检查人申请" } else { "本人申请" };
        let decision = recusal.decision.as_ref().map_or("等待机关负责人决定".to_owned(), |d| {
            format!("{} {}决定{}：{}", d.at, d.by.name, if d.granted { "准予回避" } else { "驳回" }, d.reason)
        });
        let text = format!("{} {}{who}：{}\n{decision}", recusal.declared_at, recusal.name, recusal.ground);
        lines.push(Line::new("回避", text));
    }
    for change in &task.replacements {
        let now =
            change.replacement.as_ref().map_or("其余人员继续检查".to_owned(), |o| format!("由{}接替", o.name));
        let text = format!(
            "{} {}退出，{now}：{}（{}批准）",
            change.at, change.out.name, change.reason, change.approved_by.name
        );
        lines.push(Line::new("人员更换", text));
    }
    Section::new("检查人员", lines)
}

/// `notice` leads to the paper, once it was handed over.
fn approval(approval: &Approval, notice: Option<String>) -> Section {
    let frequency = approval.frequency.map_or("没有频次上限".to_owned(), |f| {
        format!("批准时本年度已检查{}次（不含本次），上限{}次", f.done, f.cap)
    });
    let lines = vec![
        Line { url: notice, ..Line::new("检查通知书", &approval.number) },
        Line::new("批准人", format!("{} {}", approval.by.name, approval.at)),
        Line::new("检查频次", frequency),
    ];
    Section::new("批准", lines)
}

/// Times of a device are shown as such; the server's counts.
fn times(server: Timestamp, device: Option<Timestamp>) -> String {
    device.map_or_else(|| server.to_string(), |device| format!("{server}（服务器时间）；设备显示 {device}"))
}

fn visit(task: &Task, visit: &Visit) -> Section {
    let by = task.officer(visit.begun_by).map_or("", |o| o.name.as_str());
    let lines = vec![
        Line::new("开始时间", times(visit.server_at, visit.device_at)),
        Line::new("地点", &visit.place),
        Line::new("出示证件", format!("{}（{by}登记）", visit.certificates.join("、"))),
    ];
    Section::new("现场检查", lines)
}

fn answers(web: &Web, task: &Task) -> Section {
    let line = |item: &xingjian_inspect::task::Item| {
        let answer = task.state.answers().and_then(|answers| answers.get(&item.id));
        Line::new(&item.name, answer.map_or("没有填写".to_owned(), |answer| told(web, answer)))
    };
    Section::new("检查表", task.items.iter().map(line).collect())
}

fn told(web: &Web, answer: &Answer) -> String {
    match answer {
        Answer::Conforms => answer.label().to_owned(),
        Answer::NotApplicable { reason } | Answer::NotChecked { reason } => format!("{}：{reason}", answer.label()),
        Answer::Violates { facts, violation, correct_by } => {
            let violation = violation.as_ref().map(|id| format!("\n案由：{}", choices::violation(web, id)));
            let due = correct_by.map(|due| format!("\n责令改正期限：{due}"));
            format!("{}：{facts}{}{}", answer.label(), violation.unwrap_or_default(), due.unwrap_or_default())
        }
    }
}

fn record(title: &str, task: &Task, sheet: &Sheet) -> Section {
    let record = &sheet.record;
    let mut lines = vec![
        Line::new("检查结果", record.outcome.label()),
        Line::new("检查情况", &record.statement),
        Line::new("记录", format!("{} {}", record.by.name, times(record.server_at, record.device_at))),
    ];
    for signature in &sheet.signatures {
        lines.push(Line::new("监督员签名", format!("{} {}", signature.name, signature.at)));
    }
    let signed = |id| sheet.signatures.iter().any(|s| s.officer == id);
    for officer in task.officers.iter().filter(|o| !signed(o.officer)) {
        lines.push(Line::new("监督员签名", format!("{} 尚未签名", officer.name)));
    }
    let party = match &sheet.party {
        None => "尚未记录".to_owned(),
        Some(party @ Party::Signed { name, post, opinion }) => {
            let opinion = if opinion.is_empty() { "无意见" } else { opinion };
            format!("{}：{name}（{post}），意见：{opinion}", party.label())
        }
        Some(party @ Party::Refused { reason, witness }) => format!("{}：{reason}；见证：{witness}", party.label()),
        Some(party @ Party::Absent { reason }) => format!("{}：{reason}", party.label()),
    };
    lines.push(Line::new("被检查人", party));
    Section::new(title, lines)
}

fn findings(caller: &Caller, it: &Sight) -> Option<Section> {
    let total = it.task.state.findings().len();
    if total == 0 {
        return None;
    }
    let mut lines: Vec<Line> = it
        .findings
        .iter()
        .map(|f| {
            let text = format!("{}，{}前改正", f.state.label(), f.state.order().due.due);
            if super::super::finding::may_read(&caller.ctx.actor) {
                Line::link(&f.item_name, text, super::super::finding::address(f.id))
            } else {
                Line::new(&f.item_name, text)
            }
        })
        .collect();
    if lines.len() < total {
        lines.push(Line::new("其他", format!("还有{}个问题不在您的查看范围内", total - lines.len())));
    }
    Some(Section::new("发现的问题", lines))
}

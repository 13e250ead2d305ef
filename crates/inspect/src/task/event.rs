//! What a step says on the time line, and what followers read from it.

use super::{Action, Party, State, Task};
use crate::officer::names;
use serde_json::{Value, json};
use xingjian_store::Event;

/// The event of a proposal.
pub(crate) fn proposed(task: &Task) -> Event {
    let text =
        format!("拟定检查任务：{}，计划{}检查，监督员{}", task.cause.label(), task.planned, names(&task.officers));
    Event::new("task.proposed", text).data(data(task))
}

/// The event of a step; `task` is as it is after the step.
pub(super) fn of(task: &Task, action: &Action) -> Event {
    let (kind, text) = told(task, action);
    Event::new(kind, text).data(data(task))
}

/// The event that ends a task; it follows the step that ended it.
pub(super) fn closed(task: &Task) -> Event {
    let outcome = task.state.sheet().map_or("", |s| s.record.outcome.label());
    let text = match task.state.findings().len() {
        0 => format!("检查任务办结：{outcome}"),
        n => format!("检查任务办结：{outcome}，{n}个问题已全部办结"),
    };
    Event::new("task.closed", text).data(data(task))
}

fn told(task: &Task, action: &Action) -> (&'static str, String) {
    match action {
        Action::Approve => ("task.approved", format!("批准检查，检查通知书{}", task.number().unwrap_or_default())),
        Action::Return { reason } => ("task.returned", format!("退回检查任务：{}", reason.trim())),
        Action::Withdraw { reason } => ("task.withdrawn", format!("撤回检查任务：{}", reason.trim())),
        Action::ProposeAgain { .. } => {
            ("task.proposed", format!("重新报批，计划{}检查，监督员{}", task.planned, names(&task.officers)))
        }
        Action::DeclareRecusal { .. } | Action::DecideRecusal { .. } | Action::ReplaceOfficer { .. } => {
            staff(task, action)
        }
        Action::Cancel { reason } => ("task.cancelled", format!("取消已批准的检查：{}", reason.trim())),
        Action::Begin { .. } => {
            let visit = task.state.visit();
            let shown = visit.map(|v| v.certificates.join("、")).unwrap_or_default();
            let place = visit.map(|v| v.place.as_str()).unwrap_or_default();
            ("task.begun", format!("在{place}开始检查，已出示执法证件{shown}"))
        }
        Action::Answer { answers } => ("task.answered", format!("填写检查表{}项", answers.len())),
        Action::Record { outcome, .. } => ("task.recorded", format!("形成检查记录：{}", outcome.label())),
        Action::Reopen { reason } => ("task.reopened", format!("退回修改检查记录：{}", reason.trim())),
        Action::Sign => {
            let name = task.state.sheet().and_then(|s| s.signatures.last()).map_or("", |s| s.name.as_str());
            ("task.signed", format!("监督员{name}签名"))
        }
        Action::SignParty { party } => {
            let more = match party {
                Party::Signed { name, post, .. } => format!("{}（{}）", name.trim(), post.trim()),
                Party::Refused { reason, witness } => format!("{}；见证人{}", reason.trim(), witness.trim()),
                Party::Absent { reason } => reason.trim().to_owned(),
            };
            ("task.party_signed", format!("被检查人{}：{more}", party.label()))
        }
        Action::Submit => {
            let outcome = task.state.sheet().map_or("", |s| s.record.outcome.label());
            ("task.submitted", format!("提交检查结果：{outcome}，发现问题{}个", task.state.findings().len()))
        }
        Action::SettleFinding { .. } => {
            let left = if let State::Concluded { open, .. } = &task.state { open.len() } else { 0 };
            ("task.finding_settled", format!("一个问题整改办结，还有{left}个"))
        }
    }
}

fn staff(task: &Task, action: &Action) -> (&'static str, String) {
    match action {
        Action::DeclareRecusal { .. } => {
            let text = task.recusals.last().map_or_else(String::new, |r| {
                let who = if r.by_party { "被检查人申请" } else { "本人申请" };
                format!("{who}{}回避：{}", r.name, r.ground)
            });
            ("task.recusal_declared", text)
        }
        Action::DecideRecusal { officer, granted, reason, .. } => {
            let of_officer = task.recusals.iter().rev().find(|r| r.officer == *officer);
            let name = of_officer.map_or("", |r| r.name.as_str());
            let decided = if *granted { "决定回避" } else { "驳回回避申请" };
            ("task.recusal_decided", format!("{decided}：{name}，{}{}", reason.trim(), successor(task, *granted)))
        }
        _ => {
            let text = task.replacements.last().map_or_else(String::new, |r| {
                format!("更换监督员{}：{}{}", r.out.name, r.reason, successor(task, true))
            });
            ("task.officer_replaced", text)
        }
    }
}

fn successor(task: &Task, replaced: bool) -> String {
    let last = task.replacements.last().filter(|_| replaced).and_then(|r| r.replacement.as_ref());
    last.map_or_else(String::new, |o| format!("，由{}接替", o.name))
}

/// What followers need; the result only once there is one.
fn data(task: &Task) -> Value {
    let mut data = json!({
        "task": task.id,
        "signal": task.cause.signal(),
        "number": task.number(),
        "subject": task.subject,
        "subject_name": task.subject_name,
        "planned": task.planned,
        "findings": task.state.findings(),
    });
    if let Some(sheet) = task.state.sheet() {
        data["outcome"] = json!(sheet.record.outcome.code());
        data["inspected_on"] = json!(task.state.visit().map(|v| v.server_at.local_date()));
    }
    data
}

//! What a task waits for when it does not wait for the reader, in a sentence each.

use xingjian_inspect::officer::names;
use xingjian_inspect::task::{Sheet, State, Task};
use xingjian_kernel::{Actor, Permission};

/// What somebody else must do first, or what keeps the reader from acting.
pub fn reasons(task: &Task, by: &Actor) -> Vec<String> {
    let assigned = by.officer.is_some_and(|id| task.officer(id).is_some());
    let mut reasons: Vec<String> = recusal(task, by).into_iter().collect();
    match &task.state {
        State::Proposed => match task.why_not("approve", by) {
            None => {}
            Some(why) if by.may(Permission::ApproveInspection) => reasons.push(format!("{why}。")),
            Some(_) => reasons.push("等待机关负责人批准。批准前不得进入现场检查（国办发〔2024〕54号）。".into()),
        },
        State::Returned { by: head, reason, .. } => {
            reasons.push(format!("{}退回：{reason}。修改后可重新报批。", head.name));
        }
        State::Approved { .. } if !assigned => reasons.push(format!("等待监督员{}开始检查。", names(&task.officers))),
        State::OnSite { .. } if !assigned => reasons.push(format!("监督员{}正在现场检查。", names(&task.officers))),
        State::Recorded { sheet, .. } => reasons.extend(signatures(task, sheet, by, assigned)),
        State::Signed { .. } if !assigned => reasons.push(format!("等待监督员{}提交检查结果。", names(&task.officers))),
        State::Concluded { open, .. } => {
            reasons.push(format!("还有{}个问题在整改，全部办结后任务自动办结。", open.len()));
        }
        _ => {}
    }
    reasons
}

/// A ground against an officer that is not decided.
fn recusal(task: &Task, by: &Actor) -> Option<String> {
    let name = &task.open_recusal()?.name;
    if task.why_not("decide_recusal", by).is_none() {
        return Some(format!("请先对{name}的回避申请作出决定（行政处罚法第43条）。"));
    }
    let until = match task.state {
        State::Proposed | State::Returned { .. } => "决定前不能批准检查",
        State::OnSite { .. } => "决定前检查不停止，但不能形成检查记录",
        _ => "决定前检查不停止",
    };
    Some(format!("对{name}的回避申请等待机关负责人决定，{until}（行政处罚法第43条）。"))
}

/// Who still has to sign, but for the reader.
fn signatures(task: &Task, sheet: &Sheet, by: &Actor, assigned: bool) -> Vec<String> {
    let signed = |id| sheet.signatures.iter().any(|s| s.officer == id);
    let others = task.officers.iter().filter(|o| !signed(o.officer) && Some(o.officer) != by.officer);
    let mut reasons: Vec<String> = others.map(|o| format!("等待监督员{}以本人登录签名。", o.name)).collect();
    if sheet.party.is_none() && !assigned {
        reasons.push("等待监督员记录被检查人签名或者拒绝签名的情况。".into());
    }
    reasons
}

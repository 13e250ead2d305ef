//! From a form to an act on a task.

use super::checklist;
use crate::errors::at_fields;
use crate::form::{Given, instant};
use crate::guard::Caller;
use xingjian_inspect::task::{Action, Outcome, Party, Task, action_label, service};
use xingjian_kernel::id::{OfficerId, TaskId};
use xingjian_kernel::{Actor, Fault, Timestamp};
use xingjian_store::{Failure, Stored, records};

/// What the room calls a field, and its name in the forms.
pub const FIELDS: &[(&str, &str)] = &[
    ("退回理由", "reason"),
    ("撤回理由", "reason"),
    ("修改理由", "reason"),
    ("取消理由", "reason"),
    ("更换理由", "reason"),
    ("决定理由", "reason"),
    ("回避理由", "ground"),
    ("检查地点", "place"),
    ("检查情况", "statement"),
    ("检查事项", "items"),
    ("计划检查日期", "planned"),
    ("超频次理由", "exceed_reason"),
    ("签名人", "name"),
    ("签名人职务", "post"),
    ("被检查人意见", "opinion"),
    ("拒绝签名的理由", "refusal"),
    ("见证人", "witness"),
    ("联系情况", "absence"),
];

/// Takes the step; the sentence says what was done.
pub async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: TaskId = id.parse().map_err(|_| Failure::NotFound)?;
    if action == checklist::ACTION {
        let task = records::must::<Task>(&caller.ctx, id).await?;
        let answers = checklist::read(&task, given)?;
        let count = answers.len();
        let done = service::act(&caller.ctx, id, given.seen(), Action::Answer { answers }).await;
        done.map_err(|failure| checklist::placed(failure, &task, given))?;
        return Ok(format!("检查表已保存{count}项"));
    }
    let action = read(&caller.ctx.actor, action, given)?;
    let name = action.name();
    let done = service::act(&caller.ctx, id, given.seen(), action).await;
    done.map(|task| told(&task, name)).map_err(|failure| at_fields(failure, FIELDS))
}

fn told(task: &Stored<Task>, action: &str) -> String {
    let number = task.number().unwrap_or_default();
    match action {
        "approve" => format!("已批准，检查通知书{number}"),
        "return" => "已退回，由拟定人修改后重新报批".into(),
        "propose_again" => "已重新报批，等待批准".into(),
        "cancel" => "已取消，检查通知书作废".into(),
        "begin" => "检查已开始，请填写检查表".into(),
        "record" => "检查记录已形成，请监督员和被检查人签名".into(),
        "submit" => match task.state.findings().len() {
            0 => "已提交，任务办结".into(),
            n => format!("已提交，{n}个问题已责令改正"),
        },
        other => format!("已办理：{}", action_label(other)),
    }
}

fn read(actor: &Actor, action: &str, given: &Given) -> Result<Action, Failure> {
    let text = |name: &str| given.text(name).trim().to_owned();
    let mut faults = vec![];
    let action = match action {
        "approve" => Action::Approve,
        "return" => Action::Return { reason: text("reason") },
        "withdraw" => Action::Withdraw { reason: text("reason") },
        "reopen" => Action::Reopen { reason: text("reason") },
        "cancel" => Action::Cancel { reason: text("reason") },
        "sign" => Action::Sign,
        "submit" => Action::Submit,
        "begin" => {
            let certificates_shown = given.text("certificates") == "yes";
            Action::Begin { certificates_shown, place: text("place"), device_at: device_at(given, &mut faults) }
        }
        "record" => {
            let device_at = device_at(given, &mut faults);
            let outcome = Outcome::from_code(given.text("outcome"));
            let outcome = chosen(outcome, "outcome", "没有选择检查结果", &mut faults);
            return settled(outcome, faults, |outcome| Action::Record {
                outcome,
                statement: text("statement"),
                device_at,
            });
        }
        "sign_party" => {
            let party = chosen(party(given), "party", "没有选择签名情况", &mut faults);
            return settled(party, faults, |party| Action::SignParty { party });
        }
        "propose_again" => {
            let planned = given.date("planned", &mut faults);
            let officers = given.all("officers").iter().filter_map(|o| o.parse().ok()).collect();
            let (items, exceed) = (given.all("items").to_vec(), text("exceed_reason"));
            let exceed_reason = (!exceed.is_empty()).then_some(exceed);
            return settled(planned, faults, |planned| Action::ProposeAgain {
                planned,
                items,
                officers,
                exceed_reason,
            });
        }
        "declare_recusal" | "decide_recusal" | "replace_officer" => return staff(actor, action, given),
        _ => return Err(Failure::NotFound),
    };
    settled(Some(action), faults, |action| action)
}

/// Steps about the officers of a task.
fn staff(actor: &Actor, action: &str, given: &Given) -> Result<Action, Failure> {
    let mut faults = vec![];
    let by_self = given.text("officer") == "self";
    let own = if by_self { actor.officer } else { given.text("officer").parse().ok() };
    let officer: Option<OfficerId> = chosen(own, "officer", "没有选择监督员", &mut faults);
    let replacement: Option<OfficerId> = given.text("replacement").parse().ok();
    let reason = given.text("reason").trim().to_owned();
    match action {
        "declare_recusal" => settled(officer, faults, |officer| {
            let ground = given.text("ground").trim().to_owned();
            Action::DeclareRecusal { officer, ground, by_party: !by_self }
        }),
        "decide_recusal" => {
            let granted = match given.text("granted") {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            };
            let granted = chosen(granted, "granted", "没有选择决定", &mut faults);
            settled(officer.zip(granted), faults, |(officer, granted)| {
                // Who is named beside a refusal of the ground comes for nobody.
                let replacement = replacement.filter(|_| granted);
                Action::DecideRecusal { officer, granted, reason, replacement }
            })
        }
        _ => {
            let replacement = chosen(replacement, "replacement", "没有选择接替人", &mut faults);
            settled(officer.zip(replacement), faults, |(officer, replacement)| Action::ReplaceOfficer {
                officer,
                replacement,
                reason,
            })
        }
    }
}

fn party(given: &Given) -> Option<Party> {
    let text = |name: &str| given.text(name).trim().to_owned();
    match given.text("party") {
        "signed" => Some(Party::Signed { name: text("name"), post: text("post"), opinion: text("opinion") }),
        "refused" => Some(Party::Refused { reason: text("refusal"), witness: text("witness") }),
        "absent" => Some(Party::Absent { reason: text("absence") }),
        _ => None,
    }
}

fn chosen<T>(value: Option<T>, field: &str, reason: &str, faults: &mut Vec<Fault>) -> Option<T> {
    if value.is_none() {
        faults.push(Fault::new(field, "", reason, "请选择一项"));
    }
    value
}

/// The act a form stands for, or all its faults.
fn settled<T>(value: Option<T>, faults: Vec<Fault>, act: impl FnOnce(T) -> Action) -> Result<Action, Failure> {
    match value {
        Some(value) if faults.is_empty() => Ok(act(value)),
        _ => Err(faults.into()),
    }
}

/// What the device's clock said, where it was typed: `2026-11-21 09:30`.
fn device_at(given: &Given, faults: &mut Vec<Fault>) -> Option<Timestamp> {
    let text = given.text("device_at").trim();
    if text.is_empty() {
        return None;
    }
    let read = instant(text);
    if read.is_none() {
        faults.push(Fault::new(
            "device_at",
            text,
            format!("“{text}”不是时间"),
            "请按 2026-11-21 09:30 的格式填写，或者留空",
        ));
    }
    read
}

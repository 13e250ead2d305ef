//! What this person can do with a task now, as forms: one for each open action.

mod staff;
mod visit;

use super::{PATH, Sight, checklist, choices};
use crate::app::Web;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_inspect::task::action_label;
use xingjian_kernel::LocalDate;

/// The forms of the open actions, in the order of the table.
pub fn of(web: &Web, caller: &Caller, it: &Sight) -> Vec<ActionForm> {
    let form = |name: &str| {
        let url = format!("{PATH}/{}/{name}", it.task.id);
        ActionForm::new(name, action_label(name), url, it.task.version)
    };
    let open = it.task.open_actions(&caller.ctx.actor);
    open.into_iter()
        .map(|name| match name {
            "approve" => approve(form(name), it, web.app.clock.today()),
            "propose_again" => propose_again(web, form(name), it),
            "return" => reason(form(name), "退回理由").consequence("退回后由拟定人修改，重新报批。"),
            "withdraw" => reason(form(name), "撤回理由")
                .consequence("撤回后任务终止；由线索引起的，线索恢复为待处置，由承办人另行处理。"),
            "cancel" => reason(form(name), "取消理由").consequence(
                "取消后检查通知书作废，不计入年度检查次数；由线索引起的，线索恢复为待处置。开始检查以后不能取消。",
            ),
            "reopen" => {
                reason(form(name), "修改理由").consequence("退回修改后，已有签名全部作废并留存备查，改好后须重新签名。")
            }
            checklist::ACTION => checklist::form(web, &it.task, form(name)),
            "declare_recusal" | "decide_recusal" | "replace_officer" => staff::fill(form(name), it),
            _ => visit::fill(web, form(name), it),
        })
        .collect()
}

/// A step that only needs its reason and that nobody waits for.
fn reason(form: ActionForm, label: &str) -> ActionForm {
    form.secondary().field(Field::new("reason", label, Kind::Area))
}

/// What the head has to see before approving: certificates, recusal, frequency.
fn approve(form: ActionForm, it: &Sight, today: LocalDate) -> ActionForm {
    let day = it.task.planned.max(today);
    let form = it.task.officers.iter().fold(form, |form, officer| {
        let known = it.candidates.iter().find(|c| c.standing.officer.officer == officer.officer);
        let standing = match known {
            None => "检查日没有有效的行政执法证".to_owned(),
            Some(known) => {
                let until = known.standing.certified.map(|(_, until)| format!("有效期至 {until}")).unwrap_or_default();
                let recusal = known.blocked.clone().unwrap_or_else(|| "没有登记的回避情形".into());
                format!("{until}；{recusal}")
            }
        };
        let name = format!("officer-{}", officer.officer);
        let value = format!("证号 {}，{standing}", officer.certificate);
        form.field(Field::new(&name, &format!("监督员 {}", officer.name), Kind::Fixed).value(value))
    });
    form.field(frequency(it, day)).consequence(
        "批准后编发检查通知书文号，检查人员方可进入现场；本次检查计入该对象当年检查次数（国办发〔2024〕54号）。",
    )
}

/// Inspections of the year against the cap, and why the cap does not stand in the way.
fn frequency(it: &Sight, day: LocalDate) -> Field {
    let field = Field::new("frequency", "检查频次", Kind::Fixed);
    let Some((rate, frequency)) = &it.frequency else {
        return field.value("该对象不评定信用等级，没有年度频次上限");
    };
    let count = format!("{}年已安排{}次，上限{}次", day.year(), frequency.done, frequency.cap);
    let allowed = match (&it.task.exceed_reason, it.task.cause.is_exempt(), frequency.is_exhausted()) {
        (_, true, _) => "本次由投诉举报、转办交办或者监测线索引起，不受上限限制".to_owned(),
        (Some(reason), _, true) => format!("超过上限，理由：{reason}"),
        (None, _, true) => "已达上限，没有写明超频次理由，不能批准".to_owned(),
        (_, _, false) => "本次未超过上限".to_owned(),
    };
    field.value(format!("{count}；{allowed}")).hint(rate.why())
}

fn propose_again(web: &Web, form: ActionForm, it: &Sight) -> ActionForm {
    let (people, rule) = choices::officers(&it.candidates, &[]);
    let people = choices::present_first(people, &it.task.officer_ids());
    let chosen = it.task.officer_ids().iter().map(ToString::to_string).collect();
    let items = web.app.policy.inspection_items(web.app.clock.today());
    let items = items.iter().map(|i| (i.id.clone(), format!("{}（{}）", i.name, i.specialty))).collect();
    let own = it.task.items.iter().map(|i| i.id.clone()).collect();
    let cap =
        it.frequency.as_ref().map(|(_, f)| format!("当年已安排{}次，上限{}次。", f.done, f.cap)).unwrap_or_default();
    form.field(Field::new("planned", "计划检查日期", Kind::Date).value(it.task.planned.to_string()))
        .field(Field::new("officers", "检查人员", Kind::Checks(people)).all(chosen).hint(rule))
        .field(Field::new("items", "检查事项", Kind::Checks(items)).all(own))
        .field(
            Field::new("exceed_reason", "超频次理由", Kind::Text)
                .optional()
                .value(it.task.exceed_reason.clone().unwrap_or_default())
                .hint(format!("{cap}超过上限又不是线索引起的，必须写明（国办发〔2024〕54号）。")),
        )
        .consequence("报批后由机关负责人批准；批准前不得进入现场。")
}

//! What this person can do with a finding now, as forms: one for each open action.

use super::{PATH, Sight};
use crate::app::Web;
use crate::desk::task::choices;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_inspect::finding::{Measure, State, action_label};
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::time::chinese;

/// The forms of the open actions. A re-check leads once something was handed in or the term has
/// passed; the case leads while there is none.
pub fn of(web: &Web, caller: &Caller, it: &Sight) -> Vec<ActionForm> {
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", it.finding.id), it.finding.version)
    };
    let open = it.finding.open_actions(&caller.ctx.actor);
    open.into_iter()
        .map(|name| match name {
            "submit" => submit(form(name, "登记机构交来的整改材料")).secondary(),
            "pass" => pass(caller, form(name, action_label(name)), it),
            "fail" => fail(web, caller, form(name, action_label(name)), it),
            "confirm" => confirm(form(name, action_label(name)), it),
            "return_recheck" => form(name, action_label(name))
                .secondary()
                .field(Field::new("reason", "退回的理由", Kind::Area))
                .consequence("退回后该复查记录不发生效力，可以重新登记；退回的内容保留。"),
            "measure" => measure(web, form(name, action_label(name))).secondary(),
            _ => file_case(web, form(name, action_label(name)), it),
        })
        .collect()
}

fn submit(form: ActionForm) -> ActionForm {
    submission(form).consequence("机构自行在网上提交的不用登记。登记后由监督员复查。")
}

/// The fields of what an institution hands in.
pub fn submission(form: ActionForm) -> ActionForm {
    form.field(Field::new("text", "整改情况", Kind::Area).hint("逐项写明采取了什么措施、何时完成。")).field(
        Field::new("evidence", "佐证材料", Kind::Area)
            .optional()
            .hint("每行写一份材料的名称，例如“解除承包协议，2026年11月23日”。"),
    )
}

fn second(caller: &Caller, it: &Sight) -> Field {
    let own: Vec<_> = caller.ctx.actor.officer.into_iter().collect();
    let (people, rule) = choices::officers(&it.candidates, &own);
    let other = it.finding.officers.iter().find(|o| Some(o.officer) != caller.ctx.actor.officer);
    let field = Field::new("with", "同行监督员", Kind::Select(people)).hint(rule);
    match other {
        Some(other) => field.value(other.officer.to_string()),
        None => field,
    }
}

fn seen() -> Field {
    Field::new("facts", "复查情况", Kind::Area).hint("写复查时查见的事实，不只写“已整改”。")
}

fn pass(caller: &Caller, form: ActionForm, it: &Sight) -> ActionForm {
    let weight = if it.finding.case.is_some() {
        "违法行为在案件中处理。"
    } else {
        "没有立案的，责令改正计入该机构信用记录。"
    };
    let form = if matches!(it.finding.state, State::Submitted { .. }) { form } else { form.secondary() };
    form.field(second(caller, it))
        .field(seen())
        .consequence(format!("经同行监督员以本人登录确认后问题办结，不能再退回整改；{weight}"))
}

fn fail(web: &Web, caller: &Caller, form: ActionForm, it: &Sight) -> ActionForm {
    let today = web.app.clock.today();
    let form = if it.finding.overdue(today).is_some() { form } else { form.secondary() };
    let due = web.app.policy.deadline("rectification", today);
    let hint = due.map_or_else(String::new, |d| format!("不填的按规定期限，即 {} 前。", d.due));
    form.field(second(caller, it))
        .field(seen())
        .field(Field::new("correct_by", "新的改正期限", Kind::Date).optional().hint(hint))
        .consequence("经同行监督员以本人登录确认后，再次开具责令改正通知书（行政处罚法第28条）；法律规定逾期不改正应当处罚的，请提请立案。")
}

fn confirm(form: ActionForm, it: &Sight) -> ActionForm {
    let passed = it.finding.pending.as_ref().is_some_and(|pending| pending.recheck.passed);
    let after = if passed { "确认后问题办结。" } else { "确认后再次开具责令改正通知书。" };
    form.consequence(format!(
        "确认即表示您与登记人一同实施了复查、对记录的内容负责；没有参加或者内容不实的，请退回（行政处罚法第42条）。{after}"
    ))
}

fn measure(web: &Web, form: ActionForm) -> ActionForm {
    let measures = Measure::ALL.map(|m| (m.code().to_owned(), m.label().to_owned())).to_vec();
    let today = web.app.clock.today().to_string();
    form.field(Field::new("measure", "措施", Kind::Radio(measures)))
        .field(Field::new("text", "措施内容", Kind::Area))
        .field(Field::new("on", "实施日期", Kind::Date).value(today))
        .consequence("记录后机构可以在本单位页面看到。处罚另行立案办理，这里只作记录。")
}

fn file_case(web: &Web, form: ActionForm, it: &Sight) -> ActionForm {
    let finding = &it.finding;
    let (mut violations, others) = choices::violations(web, &finding.item);
    violations.extend(others);
    let (people, rule) = choices::officers(&it.candidates, &[]);
    let present: Vec<OfficerId> = finding.officers.iter().map(|o| o.officer).collect();
    let people = choices::present_first(people, &present);
    let handlers = present.iter().map(ToString::to_string).collect();
    let found = finding.created_at.local_date();
    let harmed = vec![("yes".to_owned(), "涉及公民生命健康安全且有危害后果".to_owned())];
    let summary = format!("{}检查发现：{}", chinese(found), finding.facts);
    let form = if finding.violation.is_some() { form } else { form.secondary() };
    form.field(
        Field::new("violation", "案由", Kind::Select(violations))
            .value(finding.violation.clone().unwrap_or_default())
            .hint("本事项常见的案由列在前面。"),
    )
    .field(Field::new("began", "违法行为开始之日", Kind::Date).value(found.to_string()))
    .field(
        Field::new("ended", "违法行为终了之日", Kind::Date)
            .optional()
            .hint("有连续或者继续状态的填写，期限从终了之日起算（行政处罚法第36条）。"),
    )
    .field(
        Field::new("harmed_health", "危害后果", Kind::Checks(harmed))
            .optional()
            .hint("有此情形的，追责期限由二年延长至五年（行政处罚法第36条）。"),
    )
    .field(Field::new("summary", "案情摘要", Kind::Area).value(summary))
    .field(Field::new("handlers", "承办人", Kind::Checks(people)).all(handlers).hint(rule))
    .consequence("提请后由机关负责人决定是否立案（行政处罚法第54条）；整改照常进行，不因立案停止。")
}

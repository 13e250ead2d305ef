//! What can be done with a demerit record now, and why something must wait.

use super::{PATH, is_ready};
use crate::app::Web;
use crate::guard::Caller;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_credit::demerit::{Demerit, State};
use xingjian_kernel::time::chinese;
use xingjian_store::Stored;

/// What the forms rest on besides the record.
pub struct Facts {
    /// Why the points cannot count yet: the item waits for its release.
    pub missing: Option<String>,
    /// Measures that the points would bring about.
    pub reached: Vec<String>,
}

/// The acts of the office.
pub fn forms(web: &Web, caller: &Caller, demerit: &Stored<Demerit>, facts: &Facts) -> Vec<ActionForm> {
    let today = web.app.clock.today();
    let in_term = demerit.served().is_some_and(|notice| today <= notice.statement_due.due);
    let open = demerit.open_actions(&caller.ctx.actor).into_iter().filter(|action| match *action {
        "contest" => in_term,
        "take_effect" => is_ready(demerit, today) && facts.missing.is_none(),
        _ => true,
    });
    let form = |name: &str, label: &str| {
        ActionForm::new(name, label, format!("{PATH}/{}/{name}", demerit.id), demerit.version)
    };
    let forms = open.map(|action| match action {
        "notify" => notify(web, demerit, form("notify", "送达记分通知书")),
        "take_effect" => take_effect(demerit, facts, form("take_effect", "记分生效")),
        "contest" => form("contest", "登记书面陈述申辩")
            .secondary()
            .field(Field::new("statement", "陈述申辩内容", Kind::Area).hint("按当事人书面或者当面提出的意见如实录入。"))
            .consequence("登记后须复核并写明意见，才能让记分生效；不得因申辩加重记分。"),
        "waive" => form("waive", "登记放弃陈述申辩")
            .secondary()
            .consequence("须有当事人签字的书面声明。登记后不再等待期满，即可让记分生效。"),
        _ => form("revoke", "撤销记分")
            .secondary()
            .field(
                Field::new("reason", "撤销理由", Kind::Area).hint("如所依据的处罚决定被变更、撤销，写明文号和日期。"),
            )
            .consequence(revoked(demerit)),
    });
    let mut forms: Vec<ActionForm> = forms.collect();
    forms.sort_by_key(|form| !form.primary);
    forms
}

fn notify(web: &Web, demerit: &Demerit, form: ActionForm) -> ActionForm {
    let today = web.app.clock.today();
    let term =
        web.app.policy.clock("demerit_statement", today).map_or_else(String::new, |clock| clock.term.to_string());
    let served = Field::new("served_on", "送达日期", Kind::Date).value(today.to_string()).hint("当事人签收之日。");
    let mut form = form.field(served);
    if today > demerit.notice_due.due {
        let hint = format!("告知期限已于{}届满。此后送达的，必须写明原因。", chinese(demerit.notice_due.due));
        form = form.field(Field::new("late_reason", "超期送达的原因", Kind::Area).optional().hint(hint));
    }
    form.consequence(format!(
        "送达时编制文号，通知书原文存档并计算校验值，不能修改；当事人自送达次日起有{term}陈述申辩。"
    ))
}

fn take_effect(demerit: &Demerit, facts: &Facts, form: ActionForm) -> ActionForm {
    let points = Field::new("points", "生效分值", Kind::Text)
        .value(demerit.points.to_string())
        .hint(format!("不得高于拟记的{}分。", demerit.points));
    let mut form = form.field(points);
    if matches!(demerit.state, State::Contested { .. }) {
        let hint = "逐条回应当事人的事实、理由和证据；成立的应当采纳（行政处罚法第45条）。";
        form = form.field(Field::new("reply", "对陈述申辩的复核意见", Kind::Area).hint(hint));
    }
    let measures = if facts.reached.is_empty() {
        "；未达到新的阈值".to_owned()
    } else {
        format!("；按拟记分值将达到阈值：{}", facts.reached.join("、"))
    };
    form.consequence(format!("自今天起计入记分周期，并重新评定信用等级{measures}。"))
}

fn revoked(demerit: &Demerit) -> &'static str {
    match demerit.state {
        State::Effective { .. } => "撤销后信用事件一并撤回，信用等级重新评定；撤销前的记分历史保留。",
        State::Notified { .. } | State::Contested { .. } => "撤销后不计分，撤销情况当事人可见。",
        State::Proposed | State::Revoked { .. } => "撤销后不再告知、不计分；理由写入存证。",
    }
}

/// What must happen first.
pub fn waiting(web: &Web, demerit: &Demerit, facts: &Facts) -> Vec<String> {
    let today = web.app.clock.today();
    let mut waiting = vec![];
    if let State::Notified { notice } | State::Contested { notice, .. } = &demerit.state
        && !is_ready(demerit, today)
    {
        let due = chinese(notice.statement_due.due);
        waiting.push(format!("当事人可在{due}前陈述申辩；期满次日，或者登记当事人放弃后，记分方可生效。"));
    }
    if !Demerit::SETTLED.contains(&demerit.state_name()) {
        waiting.extend(facts.missing.clone());
    }
    waiting
}

//! What the party says, wants and gives up, as an officer records it; and the review of what it said.

use super::{options, penalty, tick};
use crate::desk::case::Desk;
use crate::desk::case::read::OUTCOMES;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::{Hearing, StatementOutcome};
use xingjian_kernel::time::chinese;

/// Papers of the party that a handler enters.
pub fn party(desk: &Desk<'_>, action: &str, form: ActionForm) -> ActionForm {
    let note = |label: &str| Field::new("note", label, Kind::Area).hint("写明声明的日期、形式和签名人；原件存卷。");
    match action {
        "submit_statement" => form
            .field(
                Field::new("text", "陈述、申辩意见", Kind::Area)
                    .hint("书面意见照录要点；口头提出的记录后由当事人签名。"),
            )
            .field(tick("oral", "形式", "当事人口头提出，由承办人记录").optional()),
        "waive_statement" => form.field(note("放弃陈述、申辩的声明")),
        "waive_hearing" => form.field(note("放弃听证的声明")),
        "withdraw_hearing" => form.field(note("撤回听证申请的声明")),
        _ => {
            let due = match desk.case.state.noticed().map(|noticed| &noticed.hearing) {
                Some(Hearing::Told { due, .. }) => format!("可以要求听证至{}。", chinese(due.due)),
                _ => String::new(),
            };
            form.field(Field::new("on", "要求听证的日期", Kind::Date).value(desk.today().to_string()).hint(due))
                .field(Field::new("note", "听证申请", Kind::Area).hint("申请的形式和主要理由；原件存卷。"))
        }
    }
}

/// The review: only outcomes that fit what the party did.
pub fn review(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let Some(noticed) = desk.case.state.noticed() else { return form };
    let fits = |outcome: StatementOutcome| match (&noticed.statement, &noticed.statement_waived) {
        (Some(_), _) => !matches!(outcome, StatementOutcome::NoneGiven | StatementOutcome::Waived),
        (None, Some(_)) => outcome == StatementOutcome::Waived,
        (None, None) => outcome == StatementOutcome::NoneGiven,
    };
    let table: Vec<(&str, StatementOutcome)> = OUTCOMES.iter().copied().filter(|(_, outcome)| fits(*outcome)).collect();
    let only = if let [(code, _)] = table.as_slice() { *code } else { "" };
    let spoke = noticed.statement.is_some();
    let outcome = Field::new("outcome", "复核结论", Kind::Radio(options(&table, |o| o.label().into()))).value(only);
    let findings = Field::new("findings", "复核意见", Kind::Area)
        .hint("对当事人提出的事实、理由和证据逐项写明是否成立（行政处罚法第45条第1款）。");
    let form = form.field(outcome).field(if spoke {
        findings
    } else {
        findings.optional().hint("没有陈述申辩的可以不填。")
    });
    if !spoke {
        return form;
    }
    let revise = tick("revise", "处罚变更", "采纳意见，按以下内容减轻拟作出的处罚")
        .optional()
        .hint("不勾选的，仍按已告知的处罚提请审核和决定，以下各项不计。");
    penalty::plan(desk, form.field(revise), Some(&noticed.plan))
}

//! Outcome of remedies, deferral and instalments, urging and the court.

use super::{options, particulars, receipt};
use crate::desk::case::Desk;
use crate::desk::case::read::REMEDIES;
use crate::instalments::HINT;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::{CourtOutcome, RemedyOutcome, Served};

pub fn fields(desk: &Desk<'_>, action: &str, form: ActionForm) -> ActionForm {
    match action {
        "conclude_remedy" => verdict(desk, form),
        "request_deferral" => form
            .field(Field::new("on", "申请日期", Kind::Date).value(desk.today().to_string()))
            .field(Field::new("reason", "经济困难的情况", Kind::Area).hint("申请书和证明材料原件存卷。"))
            .field(Field::new("instalments", "各期期限和金额", Kind::Area).hint(HINT)),
        "decide_deferral" => {
            let pending = desk.case.state.served().and_then(|served| served.execution.pending());
            let asked = pending.map(|pending| asked(&pending.request)).unwrap_or_default();
            form.field(Field::new("asked", "申请的期限和金额", Kind::Fixed).value(asked))
                .field(Field::new("granted", "审批结论", Kind::Radio(pairs(&[("yes", "批准"), ("no", "不批准")]))))
                .field(Field::new("opinion", "审批意见", Kind::Area))
        }
        "urge" => receipt(
            desk,
            form,
            "催告书应当写明履行义务的期限、方式、金额和当事人的陈述申辩权（行政强制法第54条、第55条）。",
        ),
        "apply_court" => form
            .field(Field::new("court", "人民法院", Kind::Text).hint("本机关所在地有管辖权的人民法院。"))
            .field(Field::new("opinion", "审批意见", Kind::Area).value("同意申请人民法院强制执行。")),
        _ => form
            .field(Field::new(
                "outcome",
                "办理结果",
                Kind::Radio(CourtOutcome::ALL.iter().map(|o| (o.code().into(), o.label().into())).collect()),
            ))
            .field(Field::new("on", "法院文书的日期", Kind::Date).value(desk.today().to_string()))
            .field(Field::new("text", "法院文书的文号和内容", Kind::Area)),
    }
}

fn verdict(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let served = desk.case.state.served();
    let open: Vec<_> = served
        .into_iter()
        .flat_map(|served| &served.execution.remedies)
        .filter(|remedy| remedy.time.until.is_none())
        .map(|remedy| remedy.kind)
        .collect();
    let table: Vec<_> = REMEDIES.iter().copied().filter(|(_, kind)| open.contains(kind)).collect();
    let only = if let [(code, _)] = table.as_slice() { *code } else { "" };
    let outcomes = RemedyOutcome::ALL.iter().map(|o| (o.code().into(), o.label().into())).collect();
    let form = form
        .field(Field::new("kind", "救济途径", Kind::Radio(options(&table, |kind| kind.label().into()))).value(only))
        .field(Field::new("on", "决定或者裁判的日期", Kind::Date).value(desk.today().to_string()))
        .field(Field::new("outcome", "结果", Kind::Radio(outcomes)))
        .field(Field::new("number", "复议决定书或者裁判文书的文号", Kind::Text))
        .field(Field::new("text", "主要内容", Kind::Area));
    let Some(plan) = served.map(Served::plan) else { return form };
    let kinds = plan.kinds.iter().map(|kind| (kind.code().to_owned(), kind.label().to_owned())).collect();
    let form = form.field(
        Field::new("kinds", "变更后的处罚种类", Kind::Checks(kinds))
            .optional()
            .hint("结果为变更的才填写以下各项；变更不得加重处罚（行政复议法第63条、行政诉讼法第77条）。"),
    );
    particulars::fields(form, &plan.kinds, Some(plan))
        .field(Field::new("fine", "变更后的罚款（元）", Kind::Money).optional().hint("没有罚款的留空。"))
        .field(Field::new("confiscated", "变更后的没收违法所得（元）", Kind::Money).optional().hint("没有没收的留空。"))
}

/// Instalments as a list.
pub fn asked(request: &xingjian_enforce::case::DeferralRequest) -> String {
    let part = |part: &xingjian_enforce::case::Instalment| format!("{}前{}元", part.due, part.amount);
    request.instalments.iter().map(part).collect::<Vec<_>>().join("；")
}

fn pairs(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

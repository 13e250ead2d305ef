//! After service, the other ends of a case, and a change of handlers.

use super::options;
use crate::desk::case::Desk;
use crate::desk::case::read::{GROUNDS, LEAVING, REMEDIES};
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::Proposal;
use xingjian_kernel::money::Fen;

pub fn fields(desk: &Desk<'_>, action: &str, form: ActionForm) -> ActionForm {
    let today = desk.today().to_string();
    match action {
        "record_payment" => {
            let open = desk.case.account(desk.today()).map(|account| account.open()).unwrap_or_default();
            let hint =
                if open > Fen::ZERO { format!("到今天尚欠{open}元。") } else { "已经缴清。".to_owned() };
            let amount = if open > Fen::ZERO { open.to_string() } else { String::new() };
            form.field(Field::new("on", "缴款日期", Kind::Date).value(today).hint("银行收讫的日期。"))
                .field(Field::new("amount", "缴款金额（元）", Kind::Money).value(amount).hint(hint))
                .field(Field::new("receipt", "缴款凭证号", Kind::Text))
        }
        "record_fulfilment" => form
            .field(Field::new("on", "执行日期", Kind::Date).value(today))
            .field(Field::new("text", "执行情况", Kind::Area).hint("何种处罚、如何执行、有何凭证。")),
        "record_remedy" => form
            .field(Field::new("kind", "救济途径", Kind::Radio(options(REMEDIES, |kind| kind.label().into()))))
            .field(Field::new("from", "受理日期", Kind::Date).value(today).hint("审结后由负责人登记结果。")),
        _ => closing(desk, form),
    }
}

fn closing(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let account = desk.case.account(desk.today());
    let late = account.map(|account| account.late_open).unwrap_or_default();
    let owes = account.is_some_and(|account| account.open() > Fen::ZERO);
    let form =
        form.field(Field::new("text", "结案报告", Kind::Area).hint("案由、决定、履行和执行情况、文书归档情况。"));
    if late == Fen::ZERO && !owes {
        return form;
    }
    let form =
        if owes {
            form.field(Field::new("uncollectable", "不能收缴的原因", Kind::Area).optional().hint(
                "法院不予执行、终结执行，或者申请强制执行的期限已过的，写明原因后可以结案；否则留空，缴清后再结案。",
            ))
        } else {
            form
        };
    form.field(
        Field::new("late_fine_waiver", "减免加处罚款的理由", Kind::Area).optional().hint(format!(
            "尚欠加处罚款{late}元；达成执行协议并采取补救措施的可以减免（行政强制法第42条），否则留空。"
        )),
    )
}

/// Ends without a penalty, starting from what the deliberation proposed.
pub fn ends(desk: &Desk<'_>, action: &str, form: ActionForm) -> ActionForm {
    let proposed = desk.case.state.deliberated().map(|stage| &stage.record.proposal);
    let start = match (action, proposed) {
        ("not_penalise", Some(Proposal::NotPenalise { reason }))
        | ("dismiss", Some(Proposal::Dismiss { reason }))
        | ("transfer", Some(Proposal::Transfer { reason })) => reason.as_str(),
        _ => "",
    };
    match action {
        "not_penalise" => form
            .field(Field::new(
                "ground",
                "不予处罚的情形",
                Kind::Radio(options(GROUNDS, |ground| format!("{}（{}）", ground.label(), ground.article()))),
            ))
            .field(Field::new("reason", "事实和理由", Kind::Area).value(start))
            .field(
                Field::new("education", "对当事人进行教育的情况", Kind::Area)
                    .optional()
                    .hint("除违法事实不能成立外都要填写（行政处罚法第33条第3款）。"),
            ),
        "dismiss" => form.field(Field::new("reason", "撤销案件的理由", Kind::Area).value(start)),
        _ => form.field(Field::new("to", "接受移送的机关", Kind::Text)).field(
            Field::new("reason", "移送的理由", Kind::Area)
                .value(start)
                .hint("涉嫌犯罪的，附案件移送书、调查报告、涉案物品清单和检验、鉴定意见。"),
        ),
    }
}

/// A change of handlers.
pub fn replacement(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let case = desk.case;
    let leaving = case.handlers.iter().map(|officer| (officer.officer.to_string(), officer.name.clone()));
    let (mut joining, mut recused) = (vec![], vec![]);
    for candidate in &desk.officers {
        let officer = &candidate.officer;
        match &candidate.recusal {
            Some(reason) => recused.push(format!("{}（{reason}）", officer.name)),
            None if case.handlers.iter().any(|handler| handler.officer == officer.id) => {}
            None => joining.push((officer.id.to_string(), officer.name.clone())),
        }
    }
    let away = if recused.is_empty() {
        String::new()
    } else {
        format!("应当回避，不可选：{}。", recused.join("、"))
    };
    form.field(Field::new("leaving", "退出的承办人", Kind::Radio(leaving.collect())))
        .field(
            Field::new("joining", "接替的承办人", Kind::Select(joining))
                .optional()
                .hint(format!("退出后仍有两名以上承办人的可以不选。{away}")),
        )
        .field(Field::new("ground", "退出的原因", Kind::Radio(options(LEAVING, |ground| ground.label().into()))))
        .field(Field::new("reason", "更换理由", Kind::Area))
}

//! One form for every act that this person may do now: its fields, the rule beside each, and what follows in law.

mod aftermath;
mod before;
mod execute;
mod hearing;
mod particulars;
mod penalty;

pub use aftermath::asked;
pub use penalty::bands_text;

use super::list::is_next;
use super::{Desk, PATH};
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::{Drafted, ServiceMethod, TransitionError, action_label, service};

/// What follows from an act, and the article that says so.
const CONSEQUENCES: &[(&str, &str)] = &[
    ("approve_filing", "批准后编立案号，应当自立案之日起{decide}内作出处罚决定（行政处罚法第54条、第60条）。"),
    ("decline_filing", "不予立案后本案办结，理由存卷；不符合立案标准的才能不予立案（行政处罚法第54条）。"),
    ("report_investigation", "提交后进入合议；报告认定的事实和金额决定法定罚款幅度（行政处罚法第40条、第57条）。"),
    ("record_deliberation", "拟给予处罚的，随即编告知书文号；送达告知书以前不得作出决定（行政处罚法第44条）。"),
    (
        "serve_notice",
        "告知书原文和 SHA-256 存档；自送达登记会签之日起计算陈述申辩和要求听证的期限，期满以前不得作出决定（行政处罚法第44条、第62条、第64条）。",
    ),
    (
        "countersign",
        "会签即确认您参加办理并对内容负责，会签后该事项生效；没有参加或者内容不实的，请退回（行政处罚法第42条）。",
    ),
    ("return_draft", "退回后该事项不发生效力，由承办人修改后重新提交；退回的内容存卷（行政处罚法第42条、第47条）。"),
    ("submit_statement", "提出的事实、理由和证据必须复核，不得因陈述、申辩给予更重的处罚（行政处罚法第45条）。"),
    ("waive_statement", "登记后不再等待陈述申辩期限届满，须有当事人明确放弃的声明（行政处罚法第62条）。"),
    ("request_hearing", "登记后案件停止办理，听证结束或者当事人撤回申请以前不得作出决定（行政处罚法第63条、第65条）。"),
    ("waive_hearing", "登记后不再等待听证申请期限届满，须有当事人放弃听证的声明（行政处罚法第63条）。"),
    ("withdraw_hearing", "登记后视为放弃听证，案件恢复办理（行政处罚法第64条）。"),
    ("hear_statements", "复核后进入审核和决定；意见成立的应当采纳，处罚只能减轻（行政处罚法第45条）。"),
    ("pass_review", "通过后方可集体讨论或者作出决定（行政处罚法第58条）。"),
    ("reject_review", "退回后重新合议、重新告知，本轮材料存卷（行政处罚法第58条）。"),
    (
        "reopen",
        "退回审核以前，由法制审核人员重新审核；集体讨论已变更方案的，按变更后的方案审核。原审核、讨论记录存卷（行政处罚法第57条、第58条）。",
    ),
    (
        "discuss",
        "情节复杂或者重大违法行为，负责人集体讨论后方可作出决定；讨论可以减轻处罚，决定须与讨论的处罚一致（行政处罚法第57条第2款）。",
    ),
    (
        "decide",
        "编决定书文号，{service}内送达；不得重于已告知的处罚，须与审核、讨论的处罚一致（行政处罚法第44条、第57条、第58条、第61条）。",
    ),
    ("send_back", "退回后重新合议、重新告知，本轮材料存卷；办案期限不重新计算（行政处罚法第57条、第60条）。"),
    (
        "withdraw_decision",
        "撤回后案件回到作出决定以前，可以重新决定并另编文号；原决定和文号存卷，公开事项同时失效。送达以后不能撤回。",
    ),
    (
        "serve_decision",
        "决定书原文和 SHA-256 存档；自送达登记会签之日起{pay}内缴款，处罚同时计入信用记录，并提出不良执业行为记分（行政处罚法第61条、第67条）。",
    ),
    (
        "record_payment",
        "先抵罚款，再抵没收款，后抵加处罚款；到期不缴的每日按罚款数额的3%加处罚款（行政处罚法第67条、第72条）。",
    ),
    ("record_fulfilment", "罚没款以外的处罚，登记执行情况后方可结案（行政处罚法第66条）。"),
    ("record_remedy", "复议、诉讼期间不停止执行，但加处罚款的数额不予计算（行政处罚法第73条）。"),
    (
        "conclude_remedy",
        "撤销、变更或者确认违法的，信用事件撤回、记分撤销、信用等级和结果协同随之调整，已公开的决定自决定或者裁判之日起三个工作日内撤回（行政处罚法第48条）；变更的按变更后的处罚重新计入。",
    ),
    ("request_deferral", "负责人批准以前仍按原期限执行；确有经济困难的可以暂缓或者分期缴纳（行政处罚法第66条）。"),
    (
        "decide_deferral",
        "批准后按各期期限缴纳，从申请之日到各期届满不加处罚款；逾期的部分自该期届满起加处（行政处罚法第66条、第72条）。",
    ),
    ("urge", "催告书送达后{enforce_urge}内仍未履行的，可以申请人民法院强制执行（行政强制法第54条、第69条）。"),
    (
        "apply_court",
        "复议和诉讼期限届满后{enforce_window}内申请；强制执行申请书由负责人签名（行政强制法第53条、第55条）。",
    ),
    (
        "record_court",
        "准予执行的继续登记执行结果；不予执行、终结执行的可以写明不能收缴的原因后结案（行政强制法第57条、第58条）。",
    ),
    ("propose_closing", "提交后由负责人审批结案；款项缴清、其他处罚执行完毕方可结案（行政处罚法第66条）。"),
    ("return_closing", "退回后由承办人补正，案件回到执行中。"),
    ("close", "批准后本案办结，全部材料归档（行政处罚法第47条）。"),
    (
        "not_penalise",
        "作出不予行政处罚决定，本案办结；依法不予处罚的应当对当事人进行教育（行政处罚法第33条、第57条）。",
    ),
    ("dismiss", "撤销后本案办结，不作处罚（行政处罚法第40条、第57条）。"),
    ("transfer", "涉嫌犯罪或者不属于本机关管辖的，移送有权机关，本案办结（行政处罚法第27条、第57条第1款第（四）项）。"),
    ("replace_handler", "承办人始终不少于两名，均须具有行政执法资格；应当回避的必须更换（行政处罚法第42条、第43条）。"),
];

/// Acts that two handlers sign.
const TWO_HANDED: &[&str] = &[
    "report_investigation",
    "record_deliberation",
    "serve_notice",
    "serve_decision",
    "waive_statement",
    "waive_hearing",
    "withdraw_hearing",
];

/// What is said beside an act that two handlers sign.
const SECOND: &str = "提交后由另一名承办人以本人登录会签，会签后生效。";

impl Desk<'_> {
    fn drafted(&self) -> Option<&Drafted> {
        self.case.draft.as_ref().map(|draft| &draft.what)
    }

    /// Acts that would be refused whatever is filled in: the page says why instead of drawing their forms.
    fn is_blocked(&self, action: &str) -> bool {
        match action {
            "hear_statements" => !self.case.obstacles(self.today()).is_empty(),
            "serve_notice" | "decide" => !self.missing.is_empty(),
            "urge" | "apply_court" => self.not_yet(action).is_some(),
            "countersign" => !self.missing.is_empty() && matches!(self.drafted(), Some(Drafted::NoticeService(_))),
            _ => false,
        }
    }

    /// Why an act that depends on the day must wait.
    pub fn not_yet(&self, action: &str) -> Option<TransitionError> {
        service::not_yet(&self.caller.ctx, self.case, action).ok().flatten()
    }

    /// Forms of the acts that are open, those to expect next first.
    pub fn forms(&self) -> Vec<ActionForm> {
        let open = self.case.open_actions(&self.caller.ctx.actor);
        let possible = open.into_iter().filter(|action| !self.is_blocked(action));
        let mut forms: Vec<ActionForm> = possible.map(|action| self.form(action)).collect();
        forms.sort_by_key(|form| !form.primary);
        forms
    }

    fn form(&self, action: &str) -> ActionForm {
        let url = format!("{PATH}/{}/{action}", self.case.id);
        let mut form = ActionForm::new(action, action_label(action), url, self.case.version);
        form.primary = is_next(self.case, action, self.today());
        let consequence = |action: &str| CONSEQUENCES.iter().find(|(known, _)| *known == action).map(|(_, text)| *text);
        if let Some(text) = consequence(action) {
            let second = if TWO_HANDED.contains(&action) { SECOND } else { "" };
            // Whoever signs reads what follows from the act itself.
            let signed = self.drafted().filter(|_| action == "countersign");
            let after = signed.and_then(|what| consequence(what.action().name())).unwrap_or_default();
            form = form.consequence(self.with_terms(&format!("{text}{second}{after}")));
        }
        self.fields(action, form)
    }

    /// The terms of the policy pack in place of their names.
    fn with_terms(&self, text: &str) -> String {
        let terms = ["decide", "service", "pay", "enforce_urge", "enforce_window"];
        terms.iter().fold(text.to_owned(), |text, id| text.replace(&format!("{{{id}}}"), &self.term(id)))
    }

    /// The term of a clock in words.
    fn term(&self, id: &str) -> String {
        self.web.app.policy.clock(id, self.today()).map(|clock| clock.term.to_string()).unwrap_or_default()
    }

    fn fields(&self, action: &str, form: ActionForm) -> ActionForm {
        match action {
            "report_investigation" => before::report(self, form),
            "record_deliberation" => before::deliberation(self, form),
            "serve_notice" => receipt(self, form, "请打印下方“文书”中的告知书送达，再登记回执。"),
            "serve_decision" => receipt(self, form, "请打印下方“文书”中的决定书加盖印章后送达，再登记回执。"),
            "submit_statement" | "waive_statement" | "request_hearing" | "waive_hearing" | "withdraw_hearing" => {
                hearing::party(self, action, form)
            }
            "hear_statements" => hearing::review(self, form),
            "discuss" => penalty::discussion(self, form),
            "decide" => penalty::decision(self, form),
            "record_payment" | "record_fulfilment" | "record_remedy" | "propose_closing" => {
                execute::fields(self, action, form)
            }
            "conclude_remedy" | "request_deferral" | "decide_deferral" | "urge" | "apply_court" | "record_court" => {
                aftermath::fields(self, action, form)
            }
            "not_penalise" | "dismiss" | "transfer" => execute::ends(self, action, form),
            "replace_handler" => execute::replacement(self, form),
            "countersign" => form,
            other => opinion(other, form),
        }
    }
}

/// Acts with one text.
fn opinion(action: &str, form: ActionForm) -> ActionForm {
    let (name, label, start) = match action {
        "approve_filing" => ("opinion", "审批意见", "同意立案。"),
        "decline_filing" => ("reason", "不予立案的理由", ""),
        "pass_review" => ("opinion", "法制审核意见", ""),
        "reject_review" => ("opinion", "退回的理由和补正要求", ""),
        "close" => ("opinion", "审批意见", "同意结案。"),
        "withdraw_decision" => ("reason", "撤回决定的理由", ""),
        "reopen" => ("reason", "重新提请审核的理由", ""),
        _ => ("reason", "退回的理由和补正要求", ""),
    };
    let field = Field::new(name, label, Kind::Area).value(start);
    form.field(match action {
        "pass_review" => {
            field.hint("管辖、当事人、事实和证据、适用依据、裁量、程序、文书，逐项写明（行政处罚法第58条）。")
        }
        _ => field,
    })
}

/// The receipt of a paper.
fn receipt(desk: &Desk<'_>, form: ActionForm, hint: &str) -> ActionForm {
    let methods = ServiceMethod::ALL.iter().map(|method| (method.code().to_owned(), method.label().to_owned()));
    let notes: Vec<String> = ServiceMethod::ALL
        .iter()
        .filter_map(|method| method.note_needed().map(|note| format!("{}写明{note}", method.label())))
        .collect();
    form.field(Field::new("method", "送达方式", Kind::Radio(methods.collect())).value("direct").hint(hint))
        .field(
            Field::new("on", "送达日期", Kind::Date)
                .value(desk.today().to_string())
                .hint("邮寄和委托送达为回执日期；电子送达为到达对方系统的日期。迟登记的，当事人的各项期限自登记之日起计算，须会签的自会签之日起计算；公告送达的由系统计算。"),
        )
        .field(Field::new("announced_on", "公告日期", Kind::Date).optional().hint(format!(
            "公告送达时填写，发出公告的日期；经过{}，次日视为送达（民事诉讼法第95条），期满以后方可登记。",
            desk.term("announcement")
        )))
        .field(Field::new("receiver", "收件人", Kind::Text).optional().hint("除公告送达外都要填写。"))
        .field(Field::new("note", "回执备注", Kind::Area).optional().hint(format!("{}。", notes.join("；"))))
}

/// Codes and labels of a table of the form.
fn options<T: Copy>(table: &[(&str, T)], label: impl Fn(T) -> String) -> Vec<(String, String)> {
    table.iter().map(|(code, value)| ((*code).to_owned(), label(*value))).collect()
}

/// A single box.
fn tick(name: &str, label: &str, text: &str) -> Field {
    Field::new(name, label, Kind::Checks(vec![("yes".into(), text.into())]))
}

#[cfg(test)]
mod tests {
    use super::CONSEQUENCES;
    use xingjian_enforce::case::ACTIONS;

    #[test]
    fn every_act_says_what_follows_from_it() {
        for (action, label, _) in ACTIONS {
            let texts: Vec<&str> = CONSEQUENCES.iter().filter(|(known, _)| known == action).map(|(_, t)| *t).collect();
            assert!(matches!(texts.as_slice(), [text] if text.ends_with('。')), "{label}");
        }
        assert_eq!(CONSEQUENCES.len(), ACTIONS.len());
    }
}

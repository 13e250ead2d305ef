//! The papers of a case as pages to print: the notice before the decision (行政处罚法第44条) and the decision with the
//! six items of article 59. A page depends on nothing but the case and the terms handed in, loads nothing from
//! outside, and its exact bytes are kept and hashed at service.

use crate::case::{Case, Decision, Heard, Hearing, Report, Thresholds, hearing_grounds};
use crate::fine::LATE_PERCENT_A_DAY;
use xingjian_kernel::calendar::Term;
use xingjian_kernel::money::Fen;
use xingjian_kernel::time::chinese;
pub use xingjian_papers::Page;

/// What the pages take from the policy pack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The authority that acts.
    pub authority: String,
    /// The government that decides on reconsideration (行政复议法第24条).
    pub government: String,
    /// For a statement.
    pub statement: Term,
    /// For requesting a hearing.
    pub hearing: Term,
    /// For payment.
    pub pay: Term,
    /// For applying for reconsideration.
    pub reconsider: Term,
    /// For a lawsuit.
    pub sue: Term,
}

/// The notice before the decision, once a deliberation proposed a penalty.
pub fn notice(case: &Case, terms: &Terms, thresholds: &Thresholds) -> Option<Page> {
    let stage = case.state.deliberated()?;
    let (plan, number) = (stage.plan()?, stage.notice_number.clone()?);
    let hearing = match case.state.noticed() {
        Some(noticed) => noticed.hearing.was_told(),
        None => !hearing_grounds(plan, thresholds).is_empty(),
    };
    let report = &stage.investigated.report;
    let statement = format!(
        "你（单位）有权进行陈述和申辩。可自收到本告知书之日起{}内向本机关提出；逾期未提出的，视为放弃。本机关不因陈述、申辩加重处罚。",
        terms.statement
    );
    let asked = format!(
        "你（单位）有权要求听证。要求听证的，应当自收到本告知书之日起{}内向本机关提出；逾期未提出的，视为放弃。不承担组织听证的费用。",
        terms.hearing
    );
    let rights = if hearing { format!("{statement}\n{asked}") } else { statement };
    let penalty = format!("拟给予：{}。{}", plan.text(), line(&plan.measures));
    let law = format!("{}；{}。", case.law.violated, case.law.clause);
    let sections = vec![
        section("当事人", party(case)),
        section("违法事实", format!("{}\n违法行为：{}。", line(&report.facts), case.law.name)),
        section("证据", evidence(report)),
        section("理由", line(&plan.reasons)),
        section("依据", law),
        section("拟作出的行政处罚", penalty),
        section("你（单位）的权利", rights),
    ];
    let (date, authority) = (stage.record.signed_on(), terms.authority.clone());
    let to = String::new();
    Some(Page { kind: "penalty_notice", title: "行政处罚事先告知书", number, to, sections, authority, date })
}

/// The decision, once it was made.
pub fn decision(case: &Case, terms: &Terms) -> Option<Page> {
    let decided = case.state.decided()?;
    let (decision, heard) = (&decided.decision, &decided.heard);
    let report = &heard.noticed.deliberated.investigated.report;
    let facts = format!("{}\n违法行为：{}。\n证据：{}。", line(&report.facts), decision.law.name, evidence(report));
    let sections = vec![
        section("一、当事人", party(case)),
        section("二、违反法律、法规、规章的事实和证据", facts),
        section("当事人的陈述、申辩和采纳情况", heard_text(heard)),
        section("三、行政处罚的种类和依据", penalty(decision)),
        section("四、行政处罚的履行方式和期限", performance(decision, terms)),
        section("五、申请行政复议、提起行政诉讼的途径和期限", remedies(terms)),
        section(
            "六、作出行政处罚决定的行政机关和日期",
            format!("{}，{}。本决定书须加盖印章。", terms.authority, chinese(decision.by.on())),
        ),
    ];
    let (number, date) = (decision.number.clone(), decision.by.on());
    let authority = terms.authority.clone();
    let to = String::new();
    Some(Page { kind: "penalty_decision", title: "行政处罚决定书", number, to, sections, authority, date })
}

fn section(heading: &str, text: String) -> (String, String) {
    (heading.to_owned(), text)
}

fn line(text: &str) -> String {
    let text = text.trim().trim_end_matches('。');
    if text.is_empty() { String::new() } else { format!("{text}。") }
}

fn party(case: &Case) -> String {
    let party = &case.party;
    let address = if party.address.is_empty() { "未查明" } else { &party.address };
    let code = party.code.as_ref().map(|code| format!("；统一社会信用代码或者登记号：{code}")).unwrap_or_default();
    format!("{}；地址：{address}{code}", party.name)
}

fn evidence(report: &Report) -> String {
    let pieces = report.evidence.iter().enumerate();
    pieces.map(|(n, piece)| format!("{}．{}：{}", n + 1, piece.kind.label(), piece.name)).collect::<Vec<_>>().join("；")
}

fn heard_text(heard: &Heard) -> String {
    let hearing = match heard.noticed.hearing {
        Hearing::NotRequired => String::new(),
        ref hearing => format!("{}。", hearing.label()),
    };
    format!("{}。{}{hearing}", heard.review.outcome.label(), line(&heard.review.findings))
}

fn penalty(decision: &Decision) -> String {
    let range = decision.assessment.range.as_ref().map(|range| format!("\n法定幅度：{}。", range.arithmetic));
    let band = (!decision.plan.band.is_empty()).then(|| format!("裁量阶次：{}。", decision.plan.band));
    format!(
        "你（单位）的行为违反了{}的规定，依据{}，决定给予：{}。{}{}{}\n理由：{}{}",
        decision.law.violated,
        decision.law.clause,
        decision.plan.text(),
        line(&decision.plan.measures),
        range.unwrap_or_default(),
        band.unwrap_or_default(),
        line(&decision.plan.reasons),
        line(&decision.reasons),
    )
}

fn performance(decision: &Decision, terms: &Terms) -> String {
    let money = decision.plan.fine.checked_add(decision.plan.confiscated).unwrap_or(decision.plan.fine);
    if money == Fen::ZERO {
        return "自收到本决定书之日起履行。".to_owned();
    }
    format!(
        "自收到本决定书之日起{}内，到指定的银行或者通过电子支付系统缴纳{money}元。到期不缴纳罚款的，每日按罚款数额的{}%加处罚款，\
         加处罚款的数额不超出罚款的数额。",
        terms.pay, LATE_PERCENT_A_DAY
    )
}

fn remedies(terms: &Terms) -> String {
    format!(
        "不服本决定的，可自知道本决定之日起{}内向{}申请行政复议，也可自知道本决定之日起{}内依法向有管辖权的人民法院提起行政诉讼。\
         复议和诉讼期间不停止执行，法律另有规定的除外。",
        terms.reconsider, terms.government, terms.sue
    )
}

#[cfg(test)]
mod tests;

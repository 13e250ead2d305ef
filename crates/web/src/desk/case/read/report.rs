//! The investigation report. What was not found out, what was found to be nothing, and what was left empty are three
//! different answers.

use super::Reader;
use crate::desk::case::rechecks::order_of;
use xingjian_enforce::case::{Case, Checker, Correction, Evidence, EvidenceKind, FailedRecheck, Report};
use xingjian_kernel::LocalDate;
use xingjian_kernel::money::Fen;
use xingjian_policy::Fine;

/// Marks a piece of evidence taken by electronic monitoring.
pub const MONITORED: &str = "监控";

/// The sum a multiple applies to, where it is not the gains.
pub fn other_base(case: &Case) -> Option<&str> {
    match &case.law.fine {
        Fine::Multiple { base, .. } if base != "违法所得" => Some(base),
        _ => None,
    }
}

/// The name of the field for a kind of evidence.
pub fn evidence_field(kind: EvidenceKind) -> String {
    format!("evidence_{}", kind.code())
}

pub(super) fn read(r: &mut Reader<'_>, case: &Case, known: &[Correction]) -> Option<Report> {
    let facts = r.required("facts", "违法事实");
    let evidence = evidence(r);
    let gains = gains(r);
    let refund = r.optional_money("refund").unwrap_or(Fen::ZERO);
    if gains.is_some_and(|gains| refund > gains) {
        r.fault("refund", "退赔金额超过违法所得", "请核对两项金额");
    }
    let base = other_base(case).and_then(|name| base(r, name));
    let correction = correction(r, case, known);
    let circumstance = |name: &str| r.given.all("circumstances").iter().any(|value| value == name);
    let (complex, major) = (circumstance("complex"), circumstance("major"));
    let public_interest = circumstance("public_interest");
    let new_facts = r.optional("new_facts");
    Some(Report {
        facts,
        evidence,
        gains: gains?,
        refund,
        base,
        correction,
        complex,
        major,
        public_interest,
        new_facts,
    })
}

fn evidence(r: &mut Reader<'_>) -> Vec<Evidence> {
    let (verified, monitor_reviewed) = (r.ticked("verified"), r.ticked("monitor_reviewed"));
    let mut pieces = vec![];
    for kind in EvidenceKind::ALL {
        let field = evidence_field(*kind);
        let (mut bad, text) = (vec![], r.given.text(&field).to_owned());
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            match piece(line, r.today) {
                Ok((taken_on, monitored, name)) => {
                    pieces.push(Evidence { kind: *kind, name, taken_on, verified, monitored, monitor_reviewed });
                }
                Err(why) => bad.push(format!("第{}行{why}", at + 1)),
            }
        }
        if !bad.is_empty() {
            r.fault(&field, bad.join("；"), "每行写一份证据：日期、空格、名称和证明内容");
        }
    }
    let unread = r.faults.iter().any(|fault| fault.place.starts_with("evidence_"));
    if pieces.is_empty() && !unread {
        let first = evidence_field(EvidenceKind::Document);
        r.fault(&first, "没有任何证据", "违法事实不清、证据不足的，不得给予行政处罚（行政处罚法第40条）");
    }
    if !verified {
        let law = "证据必须经查证属实，方可作为认定案件事实的根据（行政处罚法第46条第2款）；未查实的请从报告中去除";
        r.fault("verified", "没有确认证据已查证属实", law);
    }
    if pieces.iter().any(|piece| piece.monitored) && !monitor_reviewed {
        let law = "电子技术监控记录未经审核的，不得作为证据（行政处罚法第41条）";
        r.fault("monitor_reviewed", "没有确认监控记录已经审核", law);
    }
    pieces
}

/// `2026-02-20 监控 名称`: the day, whether it was monitored, and the name.
fn piece(line: &str, today: LocalDate) -> Result<(LocalDate, bool, String), &'static str> {
    let (date, rest) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
    let date: LocalDate = date.parse().map_err(|_| "开头不是 2026-11-21 这样的取证日期")?;
    if date > today {
        return Err("取证日期晚于今天");
    }
    let rest = rest.trim();
    let (monitored, name) = match rest.split_once(char::is_whitespace) {
        Some((MONITORED, name)) => (true, name.trim()),
        _ => (false, rest),
    };
    if name.is_empty() || name == MONITORED {
        return Err("没有写证据名称");
    }
    Ok((date, monitored, name.to_owned()))
}

/// Zero is a finding; not knowing is none, and no report can end an investigation with it.
fn gains(r: &mut Reader<'_>) -> Option<Fen> {
    match r.given.text("gains_known") {
        "found" => found(r, "gains"),
        "zero" => none_found(r, "gains").then_some(Fen::ZERO),
        "unknown" => {
            let mend = "请继续调查；查明确实没有违法所得的，选“查明没有违法所得”";
            r.fault("gains_known", "违法所得尚未查清，不能提交调查终结报告（行政处罚法第40条）", mend);
            None
        }
        _ => {
            r.fault("gains_known", "没有选择违法所得的调查结论", "请选择一项；没有查清不等于没有违法所得");
            None
        }
    }
}

/// The base of the multiple; one that was not found out stays unknown, and no fine can be reckoned from it.
fn base(r: &mut Reader<'_>, name: &str) -> Option<Fen> {
    match r.given.text("base_known") {
        "found" => found(r, "base"),
        "zero" => none_found(r, "base").then_some(Fen::ZERO),
        "unknown" => {
            none_found(r, "base");
            None
        }
        _ => {
            r.fault("base_known", format!("没有选择{name}的调查结论"), "请选择一项");
            None
        }
    }
}

fn found(r: &mut Reader<'_>, name: &str) -> Option<Fen> {
    let before = r.faults.len();
    let sum = r.money(name);
    if r.faults.len() > before {
        return None;
    }
    if sum == Fen::ZERO {
        r.fault(name, "查明的金额为零", "请填写金额；查明没有的，改选相应的结论");
    }
    Some(sum)
}

/// No sum stands beside an answer that knows none.
fn none_found(r: &mut Reader<'_>, name: &str) -> bool {
    let empty = r.optional_money(name).is_none_or(|sum| sum == Fen::ZERO);
    if !empty {
        r.fault(name, "与所选的结论不一致：填写了金额", "请改选“已查明金额”，或者清空金额");
    }
    empty
}

/// Stands for a re-check that the handlers made for the case.
pub const BY_HANDLERS: &str = "handlers";

fn correction(r: &mut Reader<'_>, case: &Case, known: &[Correction]) -> Option<Correction> {
    let (due, done_on) = (r.date("correction_due"), r.date("correction_done"));
    if done_on.is_some_and(|day| day > r.today) {
        r.fault("correction_done", "改正日期晚于今天", "还没有改正的请留空");
    }
    let source = r.text("recheck_source");
    let chosen = known.iter().find(|one| !source.is_empty() && order_of(one) == source);
    if let Some(chosen) = chosen {
        if due.is_some_and(|due| due != chosen.due) {
            let mend = "请留空，或者填写该责令改正通知书的期限";
            r.fault("correction_due", format!("与所选复查记录的改正期限{}不一致", chosen.due), mend);
        }
        return Some(Correction { done_on, ..chosen.clone() });
    }
    let recheck = recheck(r, case, &source);
    if (done_on.is_some() || recheck.is_some()) && due.is_none() {
        r.fault("correction_due", "没有填写改正期限", "填写了改正或者复查情况的，请写明责令改正的期限");
    }
    due.map(|due| Correction { due, done_on, recheck })
}

/// A re-check of the handlers: day, facts and who was there.
fn recheck(r: &mut Reader<'_>, case: &Case, source: &str) -> Option<FailedRecheck> {
    if source != BY_HANDLERS {
        let typed = ["recheck_on", "recheck_facts"].into_iter().find(|name| !r.text(name).is_empty());
        if let Some(name) = typed {
            r.fault(name, "没有选择复查记录的来源", "由承办人复查的，请选择“承办人复查，填写在下方”；否则请清空");
        }
        return None;
    }
    let (on, facts) = (r.past("recheck_on", "复查日期"), r.required("recheck_facts", "复查情况"));
    let here = |id: &str| case.handlers.iter().find(|officer| officer.officer.to_string() == id);
    let officers: Vec<Checker> = r
        .given
        .all("recheck_by")
        .iter()
        .filter_map(|id| here(id))
        .map(|officer| Checker { officer: officer.officer, name: officer.name.clone() })
        .collect();
    if officers.len() < 2 {
        r.fault("recheck_by", "复查人员少于两名", "复查由两名以上承办人实施（行政处罚法第42条）");
    }
    Some(FailedRecheck { on, facts, officers, order: None })
}

//! Forms of what may follow the service of a decision.

use super::{REMEDIES, Reader, coded};
use crate::instalments;
use xingjian_enforce::case::{
    Action, Case, CourtOutcome, CourtResult, DeferralRequest, Plan, RemedyOutcome, ServiceRecord, Verdict,
};
use xingjian_kernel::money::Fen;
use xingjian_policy::PenaltyKind;
use xingjian_store::Failure;

/// Reads the form of such an act; `None` for other acts.
pub(super) fn read(r: &mut Reader<'_>, case: &Case, action: &str) -> Option<Result<Action, Failure>> {
    let read = match action {
        "conclude_remedy" => verdict(r, case).map(|verdict| Action::ConcludeRemedy(Box::new(verdict))),
        "request_deferral" => {
            let (on, reason) = (r.past("on", "申请日期"), r.required("reason", "经济困难的情况"));
            let instalments = instalments::parse("instalments", r.given.text("instalments")).unwrap_or_else(|fault| {
                r.faults.push(fault);
                vec![]
            });
            Some(Action::RequestDeferral(DeferralRequest { on, reason, instalments }))
        }
        "decide_deferral" => {
            let granted = r.choice("granted", "审批结论", |code| match code {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            });
            let opinion = r.required("opinion", "审批意见");
            granted.map(|granted| Action::DecideDeferral { granted, opinion })
        }
        "urge" => super::receipt(r).map(|service: ServiceRecord| Action::Urge(service)),
        "apply_court" => {
            let court = r.required("court", "人民法院");
            Some(Action::ApplyCourt { court, opinion: r.required("opinion", "审批意见") })
        }
        "record_court" => {
            let outcome = r.choice("outcome", "办理结果", CourtOutcome::from_code);
            let (on, text) = (r.past("on", "法院文书的日期"), r.required("text", "法院文书的文号和内容"));
            outcome.map(|outcome| Action::RecordCourt(CourtResult { outcome, on, text }))
        }
        "withdraw_decision" => Some(Action::WithdrawDecision { reason: r.required("reason", "撤回决定的理由") }),
        _ => return None,
    };
    let faults = std::mem::take(&mut r.faults);
    Some(match read {
        Some(action) if faults.is_empty() => Ok(action),
        _ => Err(faults.into()),
    })
}

fn verdict(r: &mut Reader<'_>, case: &Case) -> Option<Verdict> {
    let kind = r.choice("kind", "复议或者诉讼", |code| coded(REMEDIES, code));
    let outcome = r.choice("outcome", "结果", RemedyOutcome::from_code);
    let on = r.past("on", "决定或者裁判的日期");
    let (number, text) = (r.required("number", "文号"), r.required("text", "主要内容"));
    let changed = (outcome == Some(RemedyOutcome::Changed)).then(|| changed(r, case)).flatten();
    Some(Verdict { kind: kind?, on, outcome: outcome?, number, text, changed })
}

/// The penalty in force with what the paper left of it.
fn changed(r: &mut Reader<'_>, case: &Case) -> Option<Plan> {
    let before = case.state.served()?.plan().clone();
    let kinds: Vec<PenaltyKind> = r.given.all("kinds").iter().filter_map(|code| PenaltyKind::from_code(code)).collect();
    if kinds.is_empty() {
        r.fault("kinds", "没有选择变更后的处罚种类", "请选择；全部撤销的，结果选撤销");
    }
    let particulars = super::particulars::read(r, &kinds);
    let fine = r.optional_money("fine").unwrap_or(Fen::ZERO);
    let confiscated = r.optional_money("confiscated").unwrap_or(Fen::ZERO);
    for (kind, sum, place) in
        [(PenaltyKind::Fine, fine, "fine"), (PenaltyKind::ConfiscateGains, confiscated, "confiscated")]
    {
        if kinds.contains(&kind) != (sum > Fen::ZERO) {
            r.fault(place, "处罚种类与金额不一致", "选择该种类的填写金额，没有选择的留空");
        }
    }
    Some(Plan { kinds, particulars, fine, confiscated, ..before })
}

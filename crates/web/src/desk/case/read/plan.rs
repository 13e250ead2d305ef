//! The planned penalty, checked against the law with the other faults of the form.

use super::{Reader, particulars, place_of};
use xingjian_enforce::case::{
    Case, Law, Mitigation, MitigationGround, Plan, Thresholds, applicable, check_plan, fine_facts, service,
};
use xingjian_kernel::Refusal;
use xingjian_kernel::money::Fen;
use xingjian_policy::PenaltyKind;
use xingjian_store::{Ctx, Error, Failure};

/// Grounds to go below the least fine, by the codes of the form.
pub const MITIGATIONS: &[(&str, MitigationGround)] = &[
    ("harm_removed", MitigationGround::HarmRemoved),
    ("coerced", MitigationGround::Coerced),
    ("confessed", MitigationGround::Confessed),
    ("merit", MitigationGround::Merit),
    ("other_law", MitigationGround::OtherLaw),
];

fn discretion(ctx: &Ctx, case: &Case) -> Result<service::Discretion, Failure> {
    service::discretion(ctx, case)?.ok_or_else(|| Error::Missing("the report of the case".into()).into())
}

/// Amounts and numbers that the policy pack sets for the party.
pub(super) fn thresholds(ctx: &Ctx, case: &Case) -> Result<Thresholds, Failure> {
    Ok(discretion(ctx, case)?.thresholds)
}

/// A plan under the law of the act.
pub(super) fn planned(r: &mut Reader<'_>, ctx: &Ctx, case: &Case) -> Result<Plan, Failure> {
    plan(r, ctx, case, &case.law)
}

/// A plan under the law that the decision applies: the lighter of that of the act and that of today.
pub(super) fn decided(r: &mut Reader<'_>, ctx: &Ctx, case: &Case) -> Result<Plan, Failure> {
    plan(r, ctx, case, &law_of_decision(ctx, case))
}

/// The law that a decision of today applies (行政处罚法第37条).
pub fn law_of_decision(ctx: &Ctx, case: &Case) -> Law {
    let today = ctx.today();
    let now = ctx.policy().violation(&case.law.violation, today).map(Law::of);
    match (now, case.state.investigated()) {
        (Some(now), Some(stage)) => applicable(&case.law, &now, &fine_facts(&case.law, &stage.report)).clone(),
        _ => case.law.clone(),
    }
}

fn plan(r: &mut Reader<'_>, ctx: &Ctx, case: &Case, law: &Law) -> Result<Plan, Failure> {
    let before = r.faults.len();
    let kinds: Vec<PenaltyKind> = r.given.all("kinds").iter().filter_map(|code| PenaltyKind::from_code(code)).collect();
    if kinds.is_empty() {
        r.fault("kinds", "没有选择处罚种类", "请至少选择一种");
    }
    let fined = kinds.contains(&PenaltyKind::Fine);
    let fine = if fined { r.money("fine") } else { r.optional_money("fine").unwrap_or(Fen::ZERO) };
    let mut factors = r.given.all("factors").to_vec();
    factors.extend(r.lines("other_factors"));
    let particulars = particulars::read(r, &kinds);
    let plan = Plan {
        kinds,
        particulars,
        fine,
        confiscated: r.optional_money("confiscated").unwrap_or(Fen::ZERO),
        measures: r.text("measures"),
        band: if fined { r.text("band") } else { String::new() },
        factors,
        reasons: r.required("plan_reasons", "处罚理由"),
        deviation: r.optional("deviation"),
        mitigation: mitigation(r),
        aggravation: r.optional("aggravation"),
    };
    if fined && plan.band.is_empty() && plan.mitigation.is_none() {
        r.fault("band", "没有选择裁量阶次", "请选择罚款所在的阶次；依法减轻处罚的，填写减轻处罚的情形");
    }
    if r.faults.len() == before {
        check(r, ctx, case, law, &plan)?;
    }
    Ok(plan)
}

/// What the law says about a complete plan goes beside its field.
fn check(r: &mut Reader<'_>, ctx: &Ctx, case: &Case, law: &Law, plan: &Plan) -> Result<(), Failure> {
    let Some(stage) = case.state.investigated() else { return Ok(()) };
    let bands: Vec<_> = discretion(ctx, case)?.bands.into_iter().map(|(band, _)| band).collect();
    if let Err(error) = check_plan(plan, law, &stage.report, &bands) {
        let refusal = Refusal::from(error);
        let article = refusal.article.map(|article| format!("（{article}）")).unwrap_or_default();
        r.fault(place_of(&refusal.code, r.given), format!("{}{article}", refusal.message), refusal.mend);
    }
    Ok(())
}

fn mitigation(r: &mut Reader<'_>) -> Option<Mitigation> {
    let (code, reason) = (r.text("mitigation_ground"), r.text("mitigation_reason"));
    let ground = super::coded(MITIGATIONS, &code);
    match (ground, reason.is_empty()) {
        (Some(_), true) => r.fault("mitigation_reason", "没有填写减轻处罚的事实", "请写明事实和证据"),
        (None, false) => r.fault("mitigation_ground", "没有选择减轻处罚的情形", "请选择行政处罚法第32条的一项"),
        _ => {}
    }
    ground.filter(|_| !reason.is_empty()).map(|ground| Mitigation { ground, reason })
}

//! The planned penalty: what the law allows for these facts, drawn beside every field.

use super::{options, particulars};
use crate::desk::case::Desk;
use crate::desk::case::read::plan::{MITIGATIONS, law_of_decision};
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::service::Discretion;
use xingjian_enforce::case::{Heard, Law, MitigationGround, Plan, Report, TransitionError, check_plan};
use xingjian_kernel::money::Fen;
use xingjian_policy::{DiscretionBand, PenaltyKind};

/// Bands with the amounts they mean in this case.
pub fn bands_text(bands: &[(DiscretionBand, Option<(Fen, Fen)>)]) -> Vec<(String, String)> {
    let text = |(band, limits): &(DiscretionBand, Option<(Fen, Fen)>)| {
        let share = format!("幅度的{}%至{}%", band.from_percent, band.to_percent);
        let amounts = match limits {
            Some((low, high)) if low == high => format!("{low}元"),
            Some((low, high)) => format!("{low}元至{high}元"),
            None => "本案幅度内没有金额".to_owned(),
        };
        (band.name.clone(), format!("{}：{amounts}（{share}）", band.name))
    };
    bands.iter().map(text).collect()
}

/// Whether the law knows the kind for this violation, at once or in serious circumstances.
enum Opening {
    Open,
    Aggravated,
    Closed,
}

/// Asks the room's own check, so that the boxes and the refusal never differ.
fn opening(kind: PenaltyKind, law: &Law, report: &Report) -> Opening {
    let refused = |aggravation: Option<String>| {
        let plan = Plan { kinds: vec![kind], reasons: "—".into(), aggravation, ..Plan::default() };
        matches!(check_plan(&plan, law, report, &[]), Err(TransitionError::PenaltyNotInLaw { .. }))
    };
    match (refused(None), refused(Some("—".into()))) {
        (false, _) => Opening::Open,
        (true, false) => Opening::Aggravated,
        (true, true) => Opening::Closed,
    }
}

fn kinds(law: &Law, report: &Report, fined: bool) -> (Vec<(String, String)>, bool) {
    let (mut kinds, mut aggravated) = (vec![], false);
    for kind in PenaltyKind::ALL {
        let possible = match kind {
            PenaltyKind::Fine => fined,
            PenaltyKind::ConfiscateGains => report.confiscable() > Fen::ZERO,
            _ => true,
        };
        let label = match opening(*kind, law, report) {
            Opening::Open if possible => kind.label().to_owned(),
            Opening::Aggravated if possible => {
                aggravated = true;
                format!("{}（限加重情形）", kind.label())
            }
            _ => continue,
        };
        kinds.push((kind.code().to_owned(), label));
    }
    (kinds, aggravated)
}

/// Fields of a penalty; nothing where there is no report yet.
pub fn plan(desk: &Desk<'_>, form: ActionForm, start: Option<&Plan>) -> ActionForm {
    let (Some(discretion), Some(stage)) = (&desk.discretion, desk.case.state.investigated()) else { return form };
    under(form, start, discretion, &stage.report, &desk.case.law)
}

fn under(form: ActionForm, start: Option<&Plan>, discretion: &Discretion, report: &Report, law: &Law) -> ActionForm {
    let due = report.confiscable();
    let (kinds, aggravated) = kinds(law, report, discretion.range.is_ok());
    let possible: Vec<PenaltyKind> = kinds.iter().filter_map(|(code, _)| PenaltyKind::from_code(code)).collect();
    let chosen: Vec<String> = match start {
        Some(plan) => plan.kinds.iter().map(|kind| kind.code().to_owned()).collect(),
        None if due > Fen::ZERO => vec![PenaltyKind::ConfiscateGains.code().to_owned()],
        None => vec![],
    };
    let mut form = form.field(
        Field::new("kinds", "处罚种类", Kind::Checks(kinds)).all(chosen).hint(format!("依据：{}。", law.clause)),
    );
    form = fine(form, start, discretion, law);
    form = particulars::fields(form, &possible, start);
    if due > Fen::ZERO {
        let amount = start.map_or(due, |plan| plan.confiscated);
        form = form.field(
            Field::new("confiscated", "没收违法所得（元）", Kind::Money)
                .value(amount.to_string())
                .hint(format!("违法所得扣除依法退赔后为{due}元，应当全部没收（行政处罚法第28条第2款）。")),
        );
    }
    form = form.field(
        Field::new("measures", "责令改正和说明", Kind::Area)
            .optional()
            .value(start.map_or("", |plan| plan.measures.as_str()))
            .hint("实施处罚时应当责令改正或者限期改正（第28条第1款）；告知书、决定书照此打印，告知以后不能改动。处罚的期限、对象在上方填写，不写在这里。"),
    );
    form = form.field(
        Field::new("plan_reasons", "处罚理由", Kind::Area)
            .value(start.map_or("", |plan| plan.reasons.as_str()))
            .hint("事实、性质、情节和社会危害程度与处罚相当（第5条第2款）；告知书照此打印。"),
    );
    if !aggravated {
        return form;
    }
    let escalation = law.escalation.as_deref().unwrap_or_default();
    form.field(
        Field::new("aggravation", "加重情形的事实", Kind::Area)
            .optional()
            .value(start.and_then(|plan| plan.aggravation.clone()).unwrap_or_default())
            .hint(format!("选择“限加重情形”的处罚时写明。{escalation}。")),
    )
}

/// The amount, its band and the reasons to leave it; nothing where the law gives no fine for these facts.
fn fine(form: ActionForm, start: Option<&Plan>, discretion: &Discretion, law: &Law) -> ActionForm {
    let range = match &discretion.range {
        Ok(range) => range,
        Err(why) => {
            let text = format!("本案不能罚款：{why}（{}）。", law.clause);
            return form.field(Field::new("no_fine", "罚款", Kind::Fixed).optional().value(text));
        }
    };
    let thresholds = &discretion.thresholds;
    let amount = start.filter(|plan| plan.fine > Fen::ZERO).map(|plan| plan.fine.to_string()).unwrap_or_default();
    let hint = format!(
        "法定幅度：{}（{}）。罚款达到{}元应当告知听证权利并经法制审核，达到{}元由负责人集体讨论。",
        range.arithmetic, law.clause, thresholds.hearing_fine, thresholds.discussion_fine
    );
    let factors = factors(discretion);
    let known = |factor: &&String| factors.iter().any(|(value, _)| value == *factor);
    let (listed, other): (Vec<&String>, Vec<&String>) =
        start.iter().flat_map(|plan| &plan.factors).partition(|factor| known(factor));
    let other: Vec<&str> = other.into_iter().map(String::as_str).collect();
    let form = form
        .field(Field::new("fine", "罚款（元）", Kind::Money).optional().value(amount).hint(hint))
        .field(
            Field::new("band", "裁量阶次", Kind::Radio(bands_text(&discretion.bands)))
                .optional()
                .value(start.map_or("", |plan| plan.band.as_str()))
                .hint("按裁量基准和查明的情节选择，罚款应在该阶次之内（行政处罚法第34条）。"),
        )
        .field(
            Field::new("factors", "裁量情节", Kind::Checks(factors.clone()))
                .optional()
                .all(listed.into_iter().cloned().collect()),
        )
        .field(
            Field::new("other_factors", "其他裁量情节", Kind::Area)
                .optional()
                .value(other.join("\n"))
                .hint("每行一项。"),
        );
    leaving(form, start)
}

fn factors(discretion: &Discretion) -> Vec<(String, String)> {
    let bands = discretion.bands.iter();
    bands
        .flat_map(|(band, _)| band.factors.iter().map(|factor| (factor.clone(), format!("{}：{factor}", band.name))))
        .collect()
}

/// Reasons for a fine outside its band or below the least of the law.
fn leaving(form: ActionForm, start: Option<&Plan>) -> ActionForm {
    let deviation = start.and_then(|plan| plan.deviation.clone()).unwrap_or_default();
    let mitigation = start.and_then(|plan| plan.mitigation.as_ref());
    let code = |ground: MitigationGround| MITIGATIONS.iter().find(|(_, known)| *known == ground).map(|(code, _)| *code);
    form.field(
        Field::new("deviation", "偏离裁量基准的理由", Kind::Area)
            .optional()
            .value(deviation)
            .hint("罚款不在所选阶次之内时填写；偏离的须经法制审核。"),
    )
    .field(
        Field::new("mitigation_ground", "减轻处罚的情形", Kind::Select(options(MITIGATIONS, |m| m.label().into())))
            .optional()
            .value(mitigation.and_then(|m| code(m.ground)).unwrap_or_default())
            .hint("罚款低于法定最低额时选择（行政处罚法第32条），须经法制审核。"),
    )
    .field(
        Field::new("mitigation_reason", "减轻处罚的事实", Kind::Area)
            .optional()
            .value(mitigation.map(|m| m.reason.clone()).unwrap_or_default()),
    )
}

/// The collective discussion, starting from the plan that is put before the heads.
pub fn discussion(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let (Some(discretion), Some(stage)) = (&desk.discretion, desk.case.state.investigated()) else { return form };
    let heard = desk.case.state.heard();
    let grounds = heard.map(|heard| heard.discussion_grounds.join("；")).unwrap_or_default();
    let why = if grounds.is_empty() { String::new() } else { format!("讨论事由：{grounds}。") };
    let needed = discretion.thresholds.discussion_members;
    let form = form
        .field(
            Field::new("members", "参加集体讨论的负责人", Kind::Area).hint(format!("{why}每行一名，至少{needed}名。")),
        )
        .field(Field::new("minutes", "集体讨论记录", Kind::Area).hint("各人意见和结论；有不同意见的如实记录。"));
    let law = law_of_decision(&desk.caller.ctx, desk.case);
    under(form, heard.map(|heard| heard.settled().unwrap_or_else(|| heard.plan())), discretion, &stage.report, &law)
}

/// The decision: fixed where the plan was reviewed or discussed, else starting from the plan that was heard.
pub fn decision(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let (Some(discretion), Some(stage)) = (&desk.discretion, desk.case.state.investigated()) else { return form };
    let law = law_of_decision(&desk.caller.ctx, desk.case);
    let heard = desk.case.state.heard();
    let form = match heard.and_then(Heard::settled) {
        Some(plan) => form.field(Field::new("settled", "处罚内容", Kind::Fixed).value(plan.text()).hint(
            "与审核、集体讨论的处罚一致；需要变更的，先集体讨论，或者重新提请审核（行政处罚法第57条、第58条）。",
        )),
        None => under(form, heard.map(Heard::plan), discretion, &stage.report, &law),
    };
    let hint = if law.version == desk.case.law.version {
        "采纳告知、陈述申辩和审核意见的情况；决定书照此打印。".to_owned()
    } else {
        format!("适用{}起施行的较轻规定（行政处罚法第37条）。决定书照此打印。", law.version)
    };
    form.field(Field::new("reasons", "决定的理由", Kind::Area).hint(hint))
}

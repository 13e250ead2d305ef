//! The investigation report and the deliberation.

use super::{penalty, tick};
use crate::desk::case::Desk;
use crate::desk::case::read::report::{BY_HANDLERS, MONITORED, evidence_field, other_base};
use crate::desk::case::rechecks::order_of;
use crate::ui::{ActionForm, Field, Kind};
use xingjian_enforce::case::{
    Correction, Drafted, Evidence, EvidenceKind, FailedRecheck, Proposal, Report, State as Stage,
};
use xingjian_kernel::money::Fen;
use xingjian_policy::Fine;

fn pairs(options: &[(&str, &str)]) -> Vec<(String, String)> {
    options.iter().map(|(value, label)| ((*value).to_owned(), (*label).to_owned())).collect()
}

/// The report, starting from the one that was returned or is in force where there is one.
pub fn report(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let case = desk.case;
    let returned = match case.returned_draft("report_investigation") {
        Some(Drafted::Report(report)) => Some(report),
        _ => None,
    };
    let last = returned.or_else(|| case.state.investigated().map(|stage| &stage.report.what));
    let facts = last.map_or(case.summary.as_str(), |report| &report.facts);
    let hint = "写明时间、地点、情节、后果；告知书和决定书照此打印。";
    let form = form.field(Field::new("facts", "违法事实", Kind::Area).value(facts).hint(hint));
    let form = evidence(form, last);
    let form = amounts(desk, form, last);
    let form = correction(desk, form, last);
    let mut chosen = vec![];
    for (value, applies) in [
        ("complex", last.is_some_and(|report| report.complex)),
        ("major", last.is_some_and(|report| report.major)),
        ("public_interest", last.is_some_and(|report| report.public_interest)),
    ] {
        chosen.extend(applies.then(|| value.to_owned()));
    }
    let circumstances = pairs(&[
        ("complex", "案件情况疑难复杂、涉及多个法律关系"),
        ("major", "重大违法行为"),
        ("public_interest", "涉及重大公共利益"),
    ]);
    let form = form.field(
        Field::new("circumstances", "案件情形", Kind::Checks(circumstances))
            .optional()
            .all(chosen)
            .hint("有前两种情形的由负责人集体讨论（第57条第2款）；第一、三种须经法制审核（第58条）。"),
    );
    let heard = case.returned.iter().any(|round| round.before.noticed().is_some());
    if !heard {
        return form;
    }
    let text = last.and_then(|report| report.new_facts.clone()).unwrap_or_default();
    form.field(
        Field::new("new_facts", "上次告知以后查明的新事实", Kind::Area)
            .optional()
            .value(text)
            .hint("没有新事实的，不得给予比上次告知更重的处罚（行政处罚法第45条第2款）。"),
    )
}

fn evidence(mut form: ActionForm, last: Option<&Report>) -> ActionForm {
    for (at, kind) in EvidenceKind::ALL.iter().enumerate() {
        let line = |piece: &Evidence| {
            let mark = if piece.monitored { format!("{MONITORED} ") } else { String::new() };
            format!("{} {mark}{}", piece.taken_on, piece.name)
        };
        let pieces = last.into_iter().flat_map(|report| &report.evidence).filter(|piece| piece.kind == *kind);
        let start: Vec<String> = pieces.map(line).collect();
        let mut field = Field::new(&evidence_field(*kind), &format!("证据（{}）{}", at + 1, kind.label()), Kind::Area)
            .optional()
            .value(start.join("\n"));
        if at == 0 {
            field = field.hint("每行一份，例如：2026-02-20 科室承包合同复印件，证明出租科室和收取承包费。");
        } else if matches!(kind, EvidenceKind::AudioVisual | EvidenceKind::ElectronicData) {
            field = field.hint(format!(
                "取自电子技术监控设备的，在日期后写“{MONITORED}”，例如：2026-02-20 {MONITORED} 候诊区录像。"
            ));
        }
        form = form.field(field);
    }
    let mut verified = tick("verified", "查证", "以上证据均已查证属实").hint("行政处罚法第46条第2款。");
    let mut reviewed =
        tick("monitor_reviewed", "监控记录审核", "设备和记录内容已经法制和技术审核，设置地点已向社会公布")
            .optional()
            .hint("有电子技术监控记录的必须确认（行政处罚法第41条）。");
    if let Some(report) = last {
        let monitored = report.evidence.iter().any(|piece| piece.monitored && piece.monitor_reviewed);
        verified = verified.value("yes");
        reviewed = if monitored { reviewed.value("yes") } else { reviewed };
    }
    form.field(verified).field(reviewed)
}

/// The value of the choice that stands for a sum.
fn known(sum: Fen) -> &'static str {
    if sum == Fen::ZERO { "zero" } else { "found" }
}

fn typed(sum: Option<Fen>) -> String {
    sum.filter(|sum| *sum != Fen::ZERO).map(|sum| sum.to_string()).unwrap_or_default()
}

fn amounts(desk: &Desk<'_>, form: ActionForm, last: Option<&Report>) -> ActionForm {
    let choices = pairs(&[
        ("found", "已查明，金额填写在下方"),
        ("zero", "查明没有违法所得"),
        ("unknown", "尚未查清（不能提交报告）"),
    ]);
    let rule = match &desk.case.law.fine {
        Fine::Multiple { base, floor: Some(floor), .. } if base == "违法所得" => {
            format!("罚款按违法所得的倍数计算，没有或者不足{floor}元的按{floor}元计算。")
        }
        Fine::Multiple { base, .. } if base == "违法所得" => "罚款按违法所得的倍数计算。".to_owned(),
        _ => String::new(),
    };
    let gains_known = last.map(|report| known(report.gains)).unwrap_or_default();
    let refund = typed(last.map(|report| report.refund));
    let form = form
        .field(
            Field::new("gains_known", "违法所得", Kind::Radio(choices))
                .value(gains_known)
                .hint(format!("实施违法行为所取得的款项（行政处罚法第28条第2款）。{rule}没有查清不等于没有。")),
        )
        .field(Field::new("gains", "违法所得金额（元）", Kind::Money).optional().value(typed(last.map(|r| r.gains))))
        .field(
            Field::new("refund", "其中依法应当退赔（元）", Kind::Money)
                .optional()
                .value(refund)
                .hint("退赔部分不没收；没有应当退赔的留空。"),
        );
    let Some(name) = other_base(desk.case) else { return form };
    let choices = pairs(&[("found", "已查明，金额填写在下方"), ("zero", "查明为零"), ("unknown", "无法查清")]);
    let base_known = last.map(|report| report.base.map_or("unknown", known)).unwrap_or_default();
    form.field(
        Field::new("base_known", name, Kind::Radio(choices))
            .value(base_known)
            .hint(format!("本案由的罚款按{name}的倍数计算；无法查清的不能按倍数罚款。")),
    )
    .field(
        Field::new("base", &format!("{name}数额（元）"), Kind::Money)
            .optional()
            .value(typed(last.and_then(|report| report.base))),
    )
}

fn correction(desk: &Desk<'_>, form: ActionForm, last: Option<&Report>) -> ActionForm {
    let order = last.and_then(|report| report.correction.as_ref());
    let date = |day: Option<xingjian_kernel::LocalDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let needed = desk.case.law.fine.only_after_deadline();
    let rule = if needed { "本案由期限届满后复查仍未改正的才能罚款。" } else { "" };
    let form = form
        .field(
            Field::new("correction_due", "责令改正的期限届满日", Kind::Date)
                .optional()
                .value(date(order.map(|order| order.due)))
                .hint(format!("没有责令限期改正的留空。{rule}")),
        )
        .field(
            Field::new("correction_done", "查实改正的日期", Kind::Date)
                .optional()
                .value(date(order.and_then(|order| order.done_on)))
                .hint("还没有改正的留空。"),
        );
    let recheck = order.and_then(|order| order.recheck.as_ref());
    if needed || recheck.is_some() || !desk.rechecks.is_empty() { rechecked(desk, form, recheck) } else { form }
}

/// The re-check that found the act not corrected after the term: one of the finding's, or one of the handlers.
fn rechecked(desk: &Desk<'_>, form: ActionForm, last: Option<&FailedRecheck>) -> ActionForm {
    let text = |known: &Correction| {
        let recheck = known.recheck.as_ref();
        let names = recheck.iter().flat_map(|one| &one.officers).map(|officer| officer.name.as_str());
        let on = recheck.map(|one| one.on.to_string()).unwrap_or_default();
        let names = names.collect::<Vec<_>>().join("、");
        format!("{}：限{}前改正，{on}复查未改正（{names}）", order_of(known), known.due)
    };
    let mut sources: Vec<(String, String)> =
        desk.rechecks.iter().map(|known| (order_of(known).to_owned(), text(known))).collect();
    sources.push((BY_HANDLERS.to_owned(), "承办人复查，填写在下方".to_owned()));
    let source = last.map(|recheck| recheck.order.as_deref().unwrap_or(BY_HANDLERS)).unwrap_or_default();
    let own = last.filter(|recheck| recheck.order.is_none());
    let handlers = desk.case.handlers.iter().map(|officer| (officer.officer.to_string(), officer.name.clone()));
    let present: Vec<String> = match own {
        Some(recheck) => recheck.officers.iter().map(|officer| officer.officer.to_string()).collect(),
        None => vec![],
    };
    form.field(
        Field::new("recheck_source", "期限届满后复查未改正的记录", Kind::Select(sources))
            .optional()
            .value(source)
            .hint(
                "认定逾期不改正须有改正期限届满以后、本报告以前的复查；期限经过本身不能证明没有改正。没有复查的留空。",
            ),
    )
    .field(
        Field::new("recheck_on", "复查日期", Kind::Date)
            .optional()
            .value(own.map(|recheck| recheck.on.to_string()).unwrap_or_default()),
    )
    .field(
        Field::new("recheck_facts", "复查情况", Kind::Area)
            .optional()
            .value(own.map(|recheck| recheck.facts.clone()).unwrap_or_default())
            .hint("写复查时查见的事实。"),
    )
    .field(
        Field::new("recheck_by", "复查人员", Kind::Checks(handlers.collect()))
            .optional()
            .all(present)
            .hint("两名以上；报告经承办人会签，即为各人对复查的确认（行政处罚法第42条）。"),
    )
}

/// The record of the deliberation with the penalty it proposes.
pub fn deliberation(desk: &Desk<'_>, form: ActionForm) -> ActionForm {
    let needed = desk.discretion.as_ref().map_or(0, |d| d.thresholds.deliberation_members);
    let handlers: Vec<&str> = desk.case.handlers.iter().map(|officer| officer.name.as_str()).collect();
    let proposals = pairs(&[
        ("penalise", "给予行政处罚"),
        ("not_penalise", "不予行政处罚"),
        ("dismiss", "撤销案件"),
        ("transfer", "移送其他机关"),
    ]);
    let round = desk.case.returned.iter().rev().find_map(|round| round.before.deliberated());
    let last = round.filter(|_| matches!(desk.case.state, Stage::Investigated(_))).map(|stage| &stage.record.what);
    let returned = match desk.case.returned_draft("record_deliberation") {
        Some(Drafted::Deliberation(record)) => Some(record),
        _ => None,
    };
    let members = returned.map_or_else(|| handlers.join("\n"), |record| record.members.join("\n"));
    let opinions = returned.map(|record| record.opinions.clone()).unwrap_or_default();
    let plan = returned.or(last).and_then(|record| match &record.proposal {
        Proposal::Penalise { plan } => Some(plan),
        _ => None,
    });
    let form = form
        .field(
            Field::new("members", "参加合议的人员", Kind::Area)
                .value(members)
                .hint(format!("每行一名，至少{needed}名。")),
        )
        .field(
            Field::new("opinions", "合议意见", Kind::Area)
                .value(opinions)
                .hint("每人的意见和结论；有不同意见的如实记录。"),
        )
        .field(Field::new("proposal", "合议结论", Kind::Radio(proposals)).value("penalise"))
        .field(
            Field::new("proposal_reason", "不予处罚、撤销或者移送的理由", Kind::Area)
                .optional()
                .hint("给予行政处罚的不填，改填以下各项。"),
        );
    penalty::plan(desk, form, plan)
}

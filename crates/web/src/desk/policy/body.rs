//! What an entry of each table says, as lines that somebody can hold against the original.

use crate::app::Web;
use crate::desk::department;
use crate::desk::registry::division;
use crate::ui::Line;
use xingjian_kernel::money::Fen;
use xingjian_kernel::{DepartmentId, LocalDate};
use xingjian_policy::{
    DemeritRule, Duty, Fine, GradeModel, InspectionItem, LinkageRule, MessageLayout, PUBLIC_FIELDS, PublicationClass,
    Violation,
};

type Lines = Vec<Line>;

/// The content of an entry as of a day; empty where there is none.
pub fn lines(web: &Web, table: &str, id: &str, on: LocalDate) -> Lines {
    organisation(web, table, id, on)
        .or_else(|| procedure(web, table, id, on))
        .or_else(|| credit(web, table, id, on))
        .unwrap_or_default()
}

fn joined(list: &[String]) -> String {
    list.join("、")
}

fn yes(value: bool) -> &'static str {
    if value { "是" } else { "否" }
}

fn units(web: &Web, departments: &[DepartmentId]) -> String {
    let names: Vec<String> = departments.iter().map(|d| department(web, d.as_str())).collect();
    names.join("、")
}

/// The name of a clock and its term; its id where the pack has none.
fn clock_name(web: &Web, id: &str, on: LocalDate) -> String {
    web.app.policy.clock(id, on).map_or_else(|| id.to_owned(), |c| format!("{}（{}）", c.name, c.term))
}

/// Ids of violations with their names.
fn violation_names(web: &Web, ids: &[String], on: LocalDate) -> String {
    let name =
        |id: &String| web.app.policy.violation(id, on).map_or_else(|| id.clone(), |v| format!("{id} {}", v.name));
    ids.iter().map(name).collect::<Vec<_>>().join("\n")
}

fn organisation(web: &Web, table: &str, id: &str, on: LocalDate) -> Option<Lines> {
    let policy = &web.app.policy;
    Some(match table {
        "city" => policy.city_entry(id, on).map(|c| {
            vec![
                Line::new("城市", &c.name),
                Line::new("区划", division(web, &c.division)),
                Line::new("执法机关", &c.authority),
                Line::new("文号简称", &c.short),
            ]
        })?,
        "department" => policy.department(id, on).map(|d| {
            vec![
                Line::new("名称", &d.name),
                Line::new("简称", &d.short),
                Line::new("类别", d.kind.label()),
                Line::new("牵头部门", yes(d.lead)),
            ]
        })?,
        "duty" => duty(web, policy.duty(id, on)?),
        "channel" => vec![Line::new("名称", &policy.channel(id, on)?.name)],
        "seed_institution" => policy.seed_institution(id, on).map(|i| {
            vec![
                Line::new("名称", &i.name),
                Line::new("等级", &i.level),
                Line::new("区划", division(web, &i.division)),
                Line::new("类别", &i.category),
            ]
        })?,
        _ => return None,
    })
}

fn duty(web: &Web, duty: &Duty) -> Lines {
    vec![
        Line::new("职责", &duty.text),
        Line::new("牵头部门", department(web, duty.lead.as_str())),
        Line::new("配合部门", units(web, &duty.others)),
        Line::new("受理事项", joined(&duty.topics)),
    ]
}

fn message_layout(web: &Web, layout: &MessageLayout, on: LocalDate) -> Lines {
    let channel = web.app.policy.channel(&layout.channel, on).map_or(layout.channel.clone(), |c| c.name.clone());
    vec![
        Line::new("名称", &layout.name),
        Line::new("渠道", channel),
        Line::new("编号", joined(&layout.key)),
        Line::new("标题", joined(&layout.title)),
        Line::new("正文", joined(&layout.text)),
        Line::new("反映对象", joined(&layout.about)),
        Line::new("来件人", joined(&layout.reporter)),
        Line::new("联系方式", joined(&layout.contact)),
        Line::new("来件时间", joined(&layout.sent_at)),
        Line::new("答复", joined(&layout.reply)),
        Line::new("答复时间", joined(&layout.replied_at)),
    ]
}

fn procedure(web: &Web, table: &str, id: &str, on: LocalDate) -> Option<Lines> {
    let policy = &web.app.policy;
    Some(match table {
        "keeping" => policy
            .keeping(id, on)
            .map(|k| vec![Line::new("对象", &k.name), Line::new("保管期限", clock_name(web, &k.clock, on))])?,
        "complaint_kind" => policy.complaint_kind(id, on).map(|k| {
            vec![
                Line::new("名称", &k.name),
                Line::new("受理时限", clock_name(web, &k.accept_clock, on)),
                Line::new("办理时限", clock_name(web, &k.clock, on)),
                Line::new("必须答复", yes(k.must_answer)),
            ]
        })?,
        "message_layout" => message_layout(web, policy.message_layout(id, on)?, on),
        "topic_words" => policy.topic_word_list(id, on).map(|list| {
            vec![
                Line::new("指向", list.points_to.label()),
                Line::new("事项", list.topic.clone().unwrap_or_default()),
                Line::new("强（计5分）", joined(&list.strong)),
                Line::new("中（计3分）", joined(&list.clear)),
                Line::new("弱（计1分）", joined(&list.weak)),
            ]
        })?,
        "clock" => policy.clock(id, on).map(|c| {
            let warn: Vec<String> = c.warn_days.iter().map(|d| format!("{d}天")).collect();
            vec![
                Line::new("名称", &c.name),
                Line::new("起算", &c.event),
                Line::new("期限", c.term.to_string()),
                Line::new("依据", &c.article),
                Line::new("到期前提醒", warn.join("、")),
            ]
        })?,
        "inspection_item" => inspection_item(web, policy.inspection_item(id, on)?, on),
        "violation" => violation(policy.violation(id, on)?),
        "publication_class" => publication_class(web, policy.publication_class(id, on)?, on),
        "parameter" => {
            let parameter = policy.parameter(id, on)?;
            let value = match parameter.unit.as_str() {
                "人民币分" => format!("{} 元", Fen::new(parameter.value)),
                unit => format!("{} {unit}", parameter.value),
            };
            vec![Line::new("名称", &parameter.name), Line::new("数值", value)]
        }
        "discretion_band" => policy.discretion_band(id, on).map(|b| {
            vec![
                Line::new("阶次", &b.name),
                Line::new("罚款幅度", format!("法定幅度的 {}% 至 {}%", b.from_percent, b.to_percent)),
                Line::new("适用情形", b.factors.join("\n")),
            ]
        })?,
        "document_kind" => policy.document_kind(id, on).map(|d| {
            vec![Line::new("名称", &d.name), Line::new("文号格式", &d.number_pattern), Line::new("编号序列", &d.series)]
        })?,
        _ => return None,
    })
}

fn inspection_item(web: &Web, item: &InspectionItem, on: LocalDate) -> Lines {
    vec![
        Line::new("事项", &item.name),
        Line::new("专业", &item.specialty),
        Line::new("对象", &item.object),
        Line::new("检查要点", item.points.join("\n")),
        Line::new("方式", &item.method),
        Line::new("依据", &item.basis),
        Line::new("风险权重", format!("{}（1 至 5）", item.risk)),
        Line::new("对应案由", violation_names(web, &item.violations, on)),
    ]
}

fn violation(violation: &Violation) -> Lines {
    let kinds: Vec<&str> = violation.penalties.iter().map(|kind| kind.label()).collect();
    vec![
        Line::new("领域", &violation.domain),
        Line::new("案由", &violation.name),
        Line::new("违反条款", &violation.violated),
        Line::new("处罚条款", &violation.penalty_clause),
        Line::new("违法主体", violation.actor.label()),
        Line::new("处罚种类", kinds.join("、")),
        Line::new("罚款", fine(&violation.fine)),
        Line::new("加重和其他", violation.escalation.clone().unwrap_or_default()),
        Line::new("投诉事项", joined(&violation.topics)),
    ]
}

fn fine(fine: &Fine) -> String {
    match fine {
        Fine::None => "不设罚款".into(),
        Fine::Fixed { min, max, only_after_deadline } => {
            let first = if *only_after_deadline { "逾期不改正的，" } else { "" };
            if min.fen() == 0 {
                format!("{first}{max}元以下")
            } else {
                format!("{first}{min}元以上{max}元以下")
            }
        }
        Fine::Multiple { min, max, base, floor, below } => {
            let floor = floor.map(|floor| format!("；{base}不足{floor}元的，按{floor}元计算")).unwrap_or_default();
            let below = below.as_ref();
            let below = below
                .map(|b| format!("；{base}不足{}元的，{}元以上{}元以下", b.limit, b.min, b.max))
                .unwrap_or_default();
            format!("{base}{min}倍以上{max}倍以下{floor}{below}")
        }
    }
}

fn publication_class(web: &Web, class: &PublicationClass, on: LocalDate) -> Lines {
    let label = |code: &str| PUBLIC_FIELDS.iter().find(|(known, _)| *known == code).map(|(_, label)| *label);
    let fields: Vec<&str> = class.fields.iter().map(|field| label(field).unwrap_or(field)).collect();
    let event = if class.event == "decision" { "作出行政处罚决定" } else { "完成行政检查" };
    vec![
        Line::new("名称", &class.name),
        Line::new("公开的事件", event),
        Line::new("公开时限", clock_name(web, &class.clock, on)),
        Line::new("公开的内容", format!("{}（未列出的一律不公开）", fields.join("、"))),
        Line::new("最长公开期限", class.retention.to_string()),
        Line::new("最短公开期限", class.shortest.map_or("没有规定".into(), |shortest| shortest.to_string())),
        Line::new("适用的处罚", covered(class)),
        Line::new("信用修复", class.repair.clone().unwrap_or_else(|| "没有规定".into())),
    ]
}

/// Which decisions belong to a class.
fn covered(class: &PublicationClass) -> String {
    let mut parts: Vec<String> = class.party.iter().map(|party| format!("对{}的处罚", party.label())).collect();
    parts.extend(class.kinds.iter().map(|kind| kind.label().to_owned()));
    parts.extend(class.fine_from.map(|from| format!("罚款{from}元以上")));
    parts.extend(class.hidden_in_principle.then(|| "原则上不公开".to_owned()));
    if parts.is_empty() { "不区分".into() } else { parts.join("、") }
}

fn credit(web: &Web, table: &str, id: &str, on: LocalDate) -> Option<Lines> {
    let policy = &web.app.policy;
    Some(match table {
        "demerit_item" => policy.demerit_item(id, on).map(|i| {
            vec![
                Line::new("对象", i.target.label()),
                Line::new("情形", &i.behaviour),
                Line::new("分值", format!("{} 分", i.points)),
                Line::new("对应案由", violation_names(web, &i.violations, on)),
            ]
        })?,
        "demerit_rule" => demerit_rule(policy.demerit_rule(id, on)?),
        "grade_model" => grade_model(policy.grade_model(id, on)?),
        "sampling_rate" => policy.sampling_rate(id, on).map(|r| {
            vec![
                Line::new("信用等级", format!("{}级", r.grade)),
                Line::new("抽查比例", format!("{}%", r.rate_percent)),
                Line::new("每年检查上限", format!("{} 次", r.yearly_cap)),
                Line::new("其他", &r.extra),
            ]
        })?,
        "linkage" => linkage(web, policy.linkage(id, on)?),
        _ => return None,
    })
}

fn demerit_rule(rule: &DemeritRule) -> Lines {
    let thresholds: Vec<String> = rule.thresholds.iter().map(|t| format!("{} 分：{}", t.points, t.measure)).collect();
    vec![
        Line::new("对象", rule.target.label()),
        Line::new("记分周期", format!("{} 个月", rule.cycle_months)),
        Line::new("达到分值的措施", thresholds.join("\n")),
        Line::new("校验合格后清零", yes(rule.cleared_by_verification)),
    ]
}

fn grade_model(model: &GradeModel) -> Lines {
    let item = |item: &xingjian_policy::GradeItem| {
        let cap = item.cap.map(|cap| format!("，合计不超过{cap}分")).unwrap_or_default();
        match &item.veto {
            Some(grade) => format!("{} 一票否决，直接定为{grade}级", item.name),
            None => format!("{} {:+}分{cap}", item.name, item.points),
        }
    };
    let last = model.grades.len().saturating_sub(1);
    let grade = |(at, band): (usize, &xingjian_policy::GradeBand)| match at {
        // The last grade has no lower bound: points may fall below zero.
        at if at == last => format!("{}级 {}：其余", band.grade, band.label),
        _ => format!("{}级 {}：{}分以上", band.grade, band.label, band.from),
    };
    vec![
        Line::new("起始分", format!("{} 分", model.base)),
        Line::new("计分事项", model.items.iter().map(item).collect::<Vec<_>>().join("\n")),
        Line::new("等级", model.grades.iter().enumerate().map(grade).collect::<Vec<_>>().join("\n")),
    ]
}

fn linkage(web: &Web, rule: &LinkageRule) -> Lines {
    vec![
        Line::new("事项", &rule.matter),
        Line::new("运用部门", department(web, rule.department.as_str())),
        Line::new("触发等级", joined(&rule.on_grades)),
        Line::new("结果", &rule.consequence),
    ]
}

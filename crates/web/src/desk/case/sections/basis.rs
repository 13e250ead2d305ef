use crate::desk::case::{Desk, words};
use crate::desk::links;
use crate::ui::{Line, Section};
use xingjian_enforce::case::{Case, limitation};
use xingjian_kernel::Permission;
use xingjian_kernel::time::chinese;

/// The party, the act, the officers, and what the case came from.
pub fn summary(desk: &Desk<'_>) -> Section {
    let case = desk.case;
    let party = links::subject(desk.caller, case.subject, &case.party.name);
    let mut lines = vec![
        Line { label: "当事人".into(), ..party },
        Line::new("类别", format!("{}（{}）", case.party.kind.label(), case.subject.label())),
        Line::new("代码或证号", case.party.code.clone().unwrap_or_default()),
        Line::new("地址", &case.party.address),
        Line::new("案情摘要", &case.summary),
        Line::new("违法行为时间", words::period(case.act.began, case.act.ended)),
        Line::new("发现日期", chinese(case.act.discovered)),
    ];
    lines.extend(origin(desk));
    let handlers = case.handlers.iter().map(|officer| format!("{}（执法证 {}）", officer.name, officer.certificate));
    lines.push(Line::new("承办人", handlers.collect::<Vec<_>>().join("\n")));
    for former in &case.former {
        let text = format!(
            "{}，{}：{}（{}）",
            former.officer.name,
            former.ground.label(),
            former.reason,
            words::signed(&former.by)
        );
        lines.push(Line::new("原承办人", text));
    }
    lines.push(Line::new("提出立案", words::signed(&case.proposed)));
    if let Some(filed) = case.state.filed() {
        lines.push(Line::new("批准立案", format!("{}：{}", words::signed(&filed.by), filed.opinion)));
    }
    Section::new("当事人和案情", lines)
}

/// What the case came from; a link only where the caller may open what is behind it.
fn origin(desk: &Desk<'_>) -> Vec<Line> {
    let (may, origin) = (|needed| desk.caller.ctx.actor.may(needed), &desk.case.origin);
    let inspects = may(Permission::Inspect) || may(Permission::ApproveInspection);
    let sources = [
        ("检查发现的问题", &origin.finding, "/desk/findings", may(Permission::HandleFinding)),
        ("检查任务", &origin.task, "/desk/tasks", inspects),
        ("线索", &origin.signal, "/desk/signals", may(Permission::HandleSignal)),
    ];
    let mut lines = vec![];
    for (label, id, path, may) in &sources {
        let id = id.as_ref().filter(|_| *may);
        lines.extend(id.map(|id| Line::link("来源", format!("查看{label}"), format!("{path}/{id}"))));
    }
    if lines.is_empty() {
        let known: Vec<&str> = sources.iter().filter(|(_, id, ..)| id.is_some()).map(|(label, ..)| *label).collect();
        let text = if known.is_empty() { "执法人员自行发现".to_owned() } else { known.join("、") };
        lines.push(Line::new("来源", text));
    }
    lines
}

/// The violation in the version that is applied, and the limitation.
pub fn law(desk: &Desk<'_>) -> Section {
    let case: &Case = desk.case;
    let law = &case.law;
    let mut lines = vec![
        Line::link(
            "案由",
            format!("{} {}", law.violation, law.name),
            format!("/desk/policy/violation/{}", law.violation),
        ),
        Line::new("违反条款", &law.violated),
        Line::new("处罚条款", &law.clause),
        Line::new("适用版本", format!("{}起施行的规定（行政处罚法第37条）", chinese(law.version))),
        Line::new("处罚种类", words::kinds(&law.penalties)),
        Line::new("罚款规定", words::fine(&law.fine)),
    ];
    lines.extend(law.escalation.iter().map(|text| Line::new("另有规定", text)));
    let limit = limitation(&case.act);
    let standing = if limit.lapsed { "已超过" } else { "未超过" };
    lines.push(Line::new(
        "追责时效",
        format!("{}年，最迟应于{}发现，{standing}（行政处罚法第36条）", limit.years, chinese(limit.last_day)),
    ));
    Section::new("案由和依据", lines)
}

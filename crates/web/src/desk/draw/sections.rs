//! What is known of a draw: the scheme, the bases by their hashes, the sources, the result.

use super::Sight;
use crate::app::Web;
use crate::desk::{PLAN_READERS, badge, department};
use crate::guard::Caller;
use crate::ui::table::{Cell, Table};
use crate::ui::{Line, Section, long_date};
use std::collections::BTreeMap;
use xingjian_draw::base::Bases;
use xingjian_draw::draw::{Freeze, Origin};
use xingjian_draw::seed::SourcePlan;
use xingjian_inspect::draw::{Draw, Frozen, State as Stage};
use xingjian_inspect::task::{Task, state_label};
use xingjian_kernel::{Permission, Timestamp};
use xingjian_store::{Failure, Record};

pub fn of(web: &Web, caller: &Caller, it: &Sight) -> Vec<Section> {
    let draw = &it.draw;
    let mut sections = vec![about(web, caller, draw)];
    sections.extend(it.preview.as_ref().and_then(|preview| preview.as_ref().ok()).map(now));
    sections.extend(draw.state.frozen().map(|frozen| bases(&frozen.document)));
    sections.push(sources(web, draw));
    sections.extend(draw.state.seeding().map(|seeding| {
        let sealed = draw.release.map(|_| "名单封存期间，种子另有一段随机数尚未公开；其承诺已随名录公布。");
        let line = Line::new("公开种子", &seeding.public);
        Section::new("种子", std::iter::once(line).chain(sealed.map(|text| Line::new("说明", text))).collect())
    }));
    sections.extend(result(draw));
    if let Stage::Stopped { stop, .. } = &draw.state {
        sections.push(Section::new(
            "终止",
            vec![Line::new("原因", stop.reason.text()), Line::new("时间", stop.at.to_string())],
        ));
    }
    sections.extend(further(caller, draw));
    sections
}

fn about(web: &Web, caller: &Caller, draw: &Draw) -> Section {
    let task = &draw.task;
    let (first, last) = task.rules.period;
    let departments: Vec<String> = task.departments().iter().map(|id| department(web, id.as_str())).collect();
    let kind = if task.is_joint() {
        "跨部门联合抽查，一次检查覆盖各部门全部事项"
    } else {
        "本部门抽查"
    };
    let planned = Line::new("计划任务", format!("{} {}", task.number, task.name));
    let url = PLAN_READERS.include(&caller.ctx.actor).then(|| format!("/desk/plans/{}", draw.plan));
    let mut lines = vec![
        Line { url, ..planned },
        Line::new("抽查类型", kind),
        Line::new("参加部门", departments.join("、")),
        Line::new("检查期间", format!("{}至{}", long_date(first), long_date(last))),
        Line::new("准备", format!("{} {}", draw.prepared_by.name, draw.created_at)),
        Line::new(
            "名单",
            draw.release.map_or_else(
                || "抽取后立即公开".to_owned(),
                |day| format!("封存，{}公开；哈希值和数量抽取后立即公布", long_date(day)),
            ),
        ),
    ];
    match &draw.origin {
        Origin::Plan => {}
        Origin::Extension { of, because_of } => {
            let why = if because_of.is_empty() { String::new() } else { format!("，因{}", because_of.join("、")) };
            lines.push(Line::new("补充抽查", format!("依据{of}{why}")));
        }
        Origin::Redraw { of, reason } => lines.push(Line::new("重新抽查", format!("依据{of}：{reason}"))),
    }
    if draw.state.frozen().is_some() {
        lines.push(Line::link("公众页面", "公开页面和核验", format!("/draws/{}", draw.name)));
        lines.push(Line::link("公开仪式", "投屏页面", format!("/draws/{}/ceremony", draw.name)));
    }
    Section::new("抽查", lines)
}

/// The bases as they would be fixed now.
fn now(bases: &Bases) -> Section {
    let mut strata: BTreeMap<&str, usize> = BTreeMap::new();
    for object in &bases.objects {
        *strata.entry(&object.grade).or_default() += 1;
    }
    let strata: Vec<String> = strata.iter().map(|(grade, count)| format!("{grade}级{count}家")).collect();
    let fit = bases.officers.iter().filter(|officer| officer.certified && officer.available).count();
    let lines = vec![
        Line::new("检查对象", format!("{}家：{}", bases.objects.len(), strata.join("，"))),
        Line::new("排除", format!("{}家，逐家写明理由", bases.excluded.len())),
        Line::new("检查人员", format!("{}名，其中{fit}名证件和出勤符合要求", bases.officers.len())),
        Line::new("回避", format!("{}对", bases.exceptions.len())),
    ];
    Section::new("现在封存的话", lines)
}

fn bases(freeze: &Freeze) -> Section {
    let (counts, hashes) = (&freeze.counts, &freeze.bases);
    let mut lines = vec![
        Line::new("检查对象", format!("{}家\n{}", counts.objects, hashes.objects)),
        Line::new("排除的对象", format!("{}家\n{}", counts.excluded, hashes.excluded)),
        Line::new("检查人员", format!("{}名\n{}", counts.officers, hashes.officers)),
        Line::new("回避名单", format!("{}对\n{}", counts.exceptions, hashes.exceptions)),
        Line::new("封存时间", freeze.at.to_string()),
    ];
    lines.extend(freeze.sealed.as_ref().map(|sealed| Line::new("种子末段的承诺", sealed.nonce.to_string())));
    Section::new("名录（数量和哈希值）", lines)
}

/// When a source speaks and how far its entries are.
fn sources(web: &Web, draw: &Draw) -> Section {
    let fixed = draw.state.frozen().map(|frozen: &Frozen| &frozen.document.sources);
    let plan: &SourcePlan = fixed.unwrap_or(&draw.sources);
    let entered = |source: &str| match &draw.state {
        Stage::Frozen { entries, .. } => format!("，{}", entries.progress(plan, source)),
        _ => String::new(),
    };
    let mut lines = vec![];
    let told = |at: Timestamp, what: String, source: &str| format!("{what}\n{at}{}", entered(source));
    if let Some(of) = &plan.ceremony {
        let what = format!("{}，{}位数字", of.place, of.digits);
        lines.push(Line::new("公开仪式", told(of.at, what, "公开仪式")));
    }
    if let Some(of) = &plan.lottery {
        lines.push(Line::new("彩票或者交易所", told(of.at, format!("{}，{}", of.name, of.issue), "彩票或交易所结果")));
    }
    if let Some(of) = &plan.drand {
        let at = xingjian_draw::drand::Chain::named(&of.chain).and_then(|chain| chain.at(of.round));
        let what = format!("{} 第{}轮", of.chain, of.round);
        lines.push(Line::new("drand 随机信标", told(at.unwrap_or(draw.created_at), what, "drand随机信标")));
    }
    if let Some(of) = &plan.reveals {
        let names: Vec<String> = of.commitments.keys().map(|id| department(web, id.as_str())).collect();
        let who = if names.is_empty() {
            "还没有部门提交承诺".to_owned()
        } else {
            format!("已承诺：{}", names.join("、"))
        };
        lines.push(Line::new("部门随机数", format!("{who}\n公开期限 {}{}", of.due, entered("部门随机数"))));
    }
    if let Stage::Frozen { entries, .. } = &draw.state {
        for rejected in &entries.rejected {
            let text = format!("{}：两次录入不一致，均未采用", rejected.source);
            lines.push(Line::new("作废的录入", text));
        }
    }
    Section::new("种子来源", lines)
}

fn result(draw: &Draw) -> Option<Section> {
    let drawn = draw.state.drawn()?;
    let tally = draw.tally()?;
    let mut lines = vec![
        Line::new("抽中", format!("{}家，检查人员{}名", drawn.drawing.objects, drawn.drawing.officers)),
        Line::new("结果的哈希值", drawn.drawing.result.to_string()),
        Line::new("抽取时间", drawn.drawing.at.to_string()),
    ];
    for (result, count) in &tally.results {
        lines.push(Line::new(result.label(), format!("{count}家")));
    }
    lines.push(Line::new("尚无结果", format!("{}家（共{}家）", tally.outstanding, tally.drawn)));
    if !drawn.changes.is_empty() {
        lines.push(Line::new("更换检查人员", format!("{}次，逐次公布", drawn.changes.len())));
    }
    Some(Section::new("结果", lines))
}

/// Another draw of the same task, which names this one.
fn further(caller: &Caller, draw: &Draw) -> Option<Section> {
    let actor = &caller.ctx.actor;
    let open = actor.may(Permission::ProposeInspection) && actor.department == draw.department;
    let link = |kind: &str| {
        format!("/desk/draws/new?plan={}&task={}&kind={kind}&of={}", draw.plan, draw.task.number, draw.name)
    };
    let lines = match &draw.state {
        Stage::Drawn { .. } | Stage::Released { .. } => vec![
            Line::link("补充抽查", "从没有抽中的对象中另行抽取", link("extension")),
            Line::link("重新抽查", "原抽查不能成立时，写明理由另行组织", link("redraw")),
        ],
        Stage::Stopped { .. } => vec![Line::link("重新抽查", "写明理由另行组织", link("redraw"))],
        _ => return None,
    };
    open.then(|| Section::new("同一任务另行抽查", lines))
}

/// Why the draw does not go on.
pub fn waiting(web: &Web, it: &Sight) -> Vec<String> {
    let mut waiting = vec![];
    match &it.preview {
        Some(Err(Failure::Invalid(faults))) => {
            waiting.push("现在还不能封存名录：".to_owned());
            waiting.extend(faults.iter().take(20).map(ToString::to_string));
            if faults.len() > 20 {
                waiting.push(format!("另有{}处同类问题", faults.len() - 20));
            }
        }
        Some(Err(other)) => waiting.push(format!("现在还不能封存名录：{other}")),
        _ => {}
    }
    if let Stage::Frozen { frozen, entries } = &it.draw.state {
        let now = web.app.clock.now();
        if let Some(first) = frozen.document.sources.first().filter(|first| now < *first) {
            waiting.push(format!("最早的公开来源{first}产生，在此之前不能录入"));
        }
        for (source, left) in entries.missing(&frozen.document.sources) {
            waiting.push(format!("{source}还差{left}次录入"));
        }
    }
    waiting
}

/// Strata with their probabilities, and the drawn list where this person may see it.
pub fn tables(it: &Sight) -> Vec<Table> {
    let mut tables = vec![];
    if let Some(drawn) = it.draw.state.drawn() {
        let rows = drawn.drawing.sizes.iter().map(|size| {
            let probability = size.inclusion.as_ref().map(ToString::to_string);
            vec![
                Cell::text(stratum(&size.stratum)),
                Cell::Count(size.objects),
                Cell::Count(size.drawn),
                probability.map_or(Cell::Missing("没有对象"), Cell::text),
            ]
        });
        tables.push(
            Table::new("strata", "各层数量和概率", &["信用等级", "对象", "抽中", "每家被抽中的概率"])
                .rows(rows)
                .note("概率是精确值，任何一家不因规模或者登记先后而多一分机会。"),
        );
    }
    if let Some(listed) = &it.listed {
        tables.push(list(it, listed));
    }
    if !it.reasons.is_empty() {
        let row = |(officer, object, ground, why): &(String, String, &'static str, String)| {
            vec![Cell::text(officer), Cell::text(object), Cell::text(*ground), Cell::text(why)]
        };
        let columns = ["检查人员", "检查对象", "情形", "依据和盐值"];
        let table = Table::new("reasons", "回避理由", &columns).rows(it.reasons.iter().map(row));
        tables.push(table.note("仅显示给已登记查阅事由的法制审核人员。"));
    }
    tables
}

/// `A/` is the stratum of grade A without a class of risk.
pub fn stratum(name: &str) -> String {
    match name.split_once('/') {
        Some((grade, "")) => format!("{grade}级"),
        Some((grade, risk)) => format!("{grade}级，风险{risk}"),
        None => name.to_owned(),
    }
}

fn list(it: &Sight, listed: &xingjian_inspect::draw::service::Listed) -> Table {
    let tasks: BTreeMap<String, &Task> = it.tasks.iter().map(|task| (task.id.to_string(), &task.value)).collect();
    let of = it.draw.state.drawn();
    let rows = listed.rows.iter().map(|row| {
        let id = of.and_then(|drawn| drawn.tasks.get(&row.object)).map(ToString::to_string).unwrap_or_default();
        let Some(task) = tasks.get(&id) else {
            return vec![Cell::text(&row.object), Cell::Missing("无权查看"), Cell::Missing("无权查看")];
        };
        let closed = Task::FINAL.contains(&task.state.name());
        vec![
            Cell::link(&task.subject_name, format!("/desk/tasks/{id}")).note(&row.object),
            Cell::text(xingjian_inspect::officer::names(&task.officers)),
            Cell::State(badge(state_label(task.state.name()), !closed, false)),
        ]
    });
    Table::new("list", "抽中的对象", &["对象", "检查人员", "检查任务"]).rows(rows).note(
        if it.draw.release.is_some() && it.draw.state.name() == "drawn" {
            "名单尚未公开，仅牵头部门负责人可见，不得外传。"
        } else {
            ""
        },
    )
}

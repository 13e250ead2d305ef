//! What a signal from screening shows beside any other: its hits by rule and doctor, what the institution said, what was corrected.

use super::PATH;
use crate::app::Web;
use crate::desk::screening;
use crate::form::encode;
use crate::guard::Caller;
use crate::hits;
use crate::ui::table::{Cell, Figure, Table, grouped};
use crate::ui::{Line, Section};
use std::collections::BTreeMap;
use xingjian_kernel::SubjectRef;
use xingjian_kernel::time::chinese;
use xingjian_sense::claims::{Change, Claims, Group, Reply, Sum, Verdict};
use xingjian_sense::claims_rule::ClaimsRule;
use xingjian_sense::signal::{Signal, State as Stage};
use xingjian_store::{Failure, Stored, records};

/// Groups on one page, and doctors.
const ROWS: usize = 100;

/// The numbers of a signal from screening.
pub fn figures(signal: &Signal) -> Vec<Figure> {
    let Some(claims) = &signal.claims else { return vec![] };
    let (sum, stands) = (claims.sum(), claims.confirmed());
    let judged: Vec<&Verdict> = claims.groups.iter().filter_map(|group| group.verdict.as_ref()).collect();
    let looked: u64 = judged.iter().map(|verdict| verdict.of).sum();
    vec![
        Figure {
            label: "筛查命中",
            value: format!("{}处", grouped(sum.hits)),
            lines: vec![format!("{}发生，按{}条规则", claims.month, claims.groups.len())],
        },
        Figure {
            label: "涉及金额",
            value: format!("{}元", sum.amount),
            lines: vec!["是线索涉及的金额，不是认定的违规金额".into()],
        },
        Figure {
            label: "复核属实",
            value: if judged.is_empty() { "尚未复核".into() } else { format!("{}元", stands.amount) },
            lines: vec![
                format!("属实{}处 / 已复核{}处", grouped(stands.hits), grouped(looked)),
                format!("已复核{} / {}条规则", judged.len(), claims.groups.len()),
            ],
        },
    ]
}

/// What a person found, in one cell.
pub fn verdict(group: &Group) -> Cell {
    let Some(verdict) = &group.verdict else { return Cell::Missing("尚未复核") };
    let by = if verdict.by.is_empty() { String::new() } else { format!("{} ", verdict.by) };
    let outdated = if verdict.outdated { "。此后数据有更正，复核结论按当时的命中" } else { "" };
    let Verdict { confirmed, of, amount, reason, text, on, .. } = verdict;
    Cell::text(format!("{}处中{}处属实，{amount}元", grouped(*of), grouped(*confirmed)))
        .note(format!("{}：{text}（{by}{on}）{outdated}", reason.label()))
}

/// The tables of a signal from screening; none of another.
pub async fn tables(caller: &Caller, signal: &Stored<Signal>, number: usize) -> Result<Vec<Table>, Failure> {
    let Some(claims) = signal.claims.as_deref() else { return Ok(vec![]) };
    let own = format!("{PATH}/{}", signal.id);
    let mut groups: Vec<&Group> = claims.groups.iter().collect();
    groups.sort_by_key(|group| std::cmp::Reverse((group.sum.amount, group.sum.hits)));
    let last = groups.len().div_ceil(ROWS).max(1);
    let number = number.clamp(1, last);
    let mut rows = vec![];
    for (at, group) in groups.into_iter().enumerate() {
        // Only what is shown is looked up.
        let shown = at / ROWS + 1 == number;
        let rule = if shown { records::by_number::<ClaimsRule>(&caller.ctx, &group.rule).await? } else { None };
        let name = match rule {
            Some(rule) => Cell::link(&group.name, format!("/desk/claims-rules/{}", rule.id)),
            None => Cell::text(&group.name),
        };
        rows.push(vec![
            name.note(&group.title),
            Cell::State(hits::result(group.result)),
            Cell::Count(group.sum.hits),
            Cell::Money(group.sum.amount),
            verdict(group),
            Cell::link("查看", format!("{own}/hits?rule={}", encode(&group.rule))),
        ]);
    }
    let columns = ["规则", "结果", "命中（处）", "金额（元）", "复核", "明细"];
    let groups = Table::new("groups", "规则命中", &columns)
        .rows(rows)
        .empty("数据更正后没有命中。")
        .more("查看全部命中明细", format!("{own}/hits"))
        .paged(number, ROWS, &format!("{own}?page="));
    let mut tables = vec![groups, doctors(signal, claims)];
    tables.extend((!claims.changes.is_empty()).then(|| changes(&own, claims)));
    Ok(tables)
}

fn doctors(signal: &Signal, claims: &Claims) -> Table {
    let mut sums: BTreeMap<(&Option<String>, &Option<String>), Sum> = BTreeMap::new();
    for part in claims.groups.iter().flat_map(|group| &group.parts) {
        let sum = sums.entry((&part.doctor, &part.department)).or_default();
        *sum = sum.plus(part.sum);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse((sum.amount, sum.hits)));
    let more = sums.len().saturating_sub(ROWS);
    let row = |((doctor, department), sum): ((&Option<String>, &Option<String>), Sum)| {
        let text = doctor.clone().unwrap_or_else(|| "数据中没有填写".to_owned());
        let doctor = match signal.subject {
            SubjectRef::Institution(id) => {
                let [doctor, department] = [doctor, department].map(|name| encode(name.as_deref().unwrap_or_default()));
                let url = format!("{}/doctors?code={doctor}&department={department}", screening::address(id));
                Cell::link(text, url)
            }
            _ => Cell::text(text),
        };
        vec![doctor, Cell::known(department.as_deref()), Cell::Count(sum.hits), Cell::Money(sum.amount)]
    };
    let note = if more > 0 {
        format!("列金额最大的{ROWS}名，另有{more}名见机构页面。")
    } else {
        String::new()
    };
    Table::new("doctors", "按医师和科室", &["医师", "科室", "命中（处）", "金额（元）"])
        .note(note)
        .rows(sums.into_iter().take(ROWS).map(row))
        .empty("没有命中。")
}

/// What later runs changed, newest first; `own` is the page of the signal.
pub fn changes(own: &str, claims: &Claims) -> Table {
    let row = |(at, change): (usize, &Change)| {
        let kept = change.evidence.as_ref().map_or(0, |parcel| parcel.hits);
        let gone = if change.withdrawn == 0 {
            Cell::Missing("没有撤回")
        } else if kept == 0 {
            Cell::Missing("没有保存明细")
        } else {
            Cell::link(format!("查看{kept}处"), format!("{own}/hits?change={at}"))
        };
        vec![
            Cell::text(change.on.to_string()),
            Cell::text(&change.name),
            Cell::Count(change.added),
            Cell::Count(change.withdrawn),
            Cell::text(&change.why),
            gone,
        ]
    };
    Table::new("changes", "数据更正", &["日期", "规则", "新增（处）", "撤回（处）", "原因", "撤回的命中"])
        .rows(claims.changes.iter().enumerate().rev().map(row))
}

/// What the institution was asked and what it said.
pub fn told(claims: &Claims) -> Option<Section> {
    let asked = claims.asked.as_ref()?;
    let by = if asked.by.is_empty() { String::new() } else { format!("{}，", asked.by) };
    let question = format!("{}\n（{by}{}提出，请于{}前说明）", asked.text, chinese(asked.on), chinese(asked.due.due));
    let mut lines = vec![Line::new("请机构说明", question)];
    let reply = |reply: &Reply| {
        let about = reply.rule.as_ref().map(|rule| claims.group(rule).map_or(rule.as_str(), |group| &group.name));
        let about = about.map_or_else(|| "全部命中".to_owned(), |name| format!("“{name}”"));
        Line::new("机构说明", format!("{}\n（{}，关于{about}，{}）", reply.text, reply.by, reply.at))
    };
    lines.extend(claims.replies.iter().map(reply));
    if claims.replies.is_empty() {
        lines.push(Line::new("机构说明", "尚未说明"));
    }
    Some(Section::new("机构说明", lines))
}

/// The way to everything about the same institution.
pub fn institution(signal: &Signal) -> Option<Line> {
    match signal.subject {
        SubjectRef::Institution(id) => Some(Line::link("同一机构", "查看各月命中和医师", screening::address(id))),
        _ => None,
    }
}

/// What must happen first.
pub fn waiting(web: &Web, signal: &Signal) -> Vec<String> {
    match (&signal.state, &signal.claims) {
        (Stage::Open { .. }, Some(_)) => {
            vec!["请机构说明以前，只能认定全部不属实；认定属实须等机构说明或者说明期限届满。".into()]
        }
        (Stage::Asked { due }, Some(_)) if due.due >= web.app.clock.today() => {
            vec![format!("机构可以在{}前说明；在此以前不能认定属实。", chinese(due.due))]
        }
        _ => vec![],
    }
}

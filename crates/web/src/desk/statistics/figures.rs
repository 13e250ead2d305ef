//! The figures. Each is counted by the database in the caller's scope; none reads the records it counts.

use crate::app::Web;
use crate::desk::{case, complaint, task};
use crate::guard::Caller;
use crate::listing::OVERDUE;
use crate::ui::table::{Cell, Table, grouped};
use crate::ui::{Chart, Shape, as_of, next_month};
use std::collections::BTreeMap;
use xingjian_credit::grade::Standing;
use xingjian_enforce::case::Case;
use xingjian_inspect::task::Task;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{LocalDate, Permission, Timestamp};
use xingjian_registry::institution::Institution;
use xingjian_sense::complaint::Complaint;
use xingjian_store::figures::{Counted, counted};
use xingjian_store::records::{self, By};
use xingjian_store::{Failure, Filter, Record};

/// Months that are looked back on, this one among them.
const MONTHS: usize = 12;
/// No record yet at that time.
const NO_DATA: Cell = Cell::Missing("无数据");
/// There is nothing that a number could be about.
const NOT_APPLICABLE: Cell = Cell::Missing("不适用");

/// What a list calls some of its states: its chip, the label, the states.
pub type Stage = (&'static str, &'static str, Vec<&'static str>);

/// Every figure that the caller works with.
pub async fn all(web: &Web, caller: &Caller) -> Result<Vec<Counted<Chart>>, Failure> {
    let (ctx, actor) = (&caller.ctx, &caller.ctx.actor);
    let mut charts = vec![];
    if complaint::READERS.include(actor) {
        charts.push(counted(ctx, "chart came", came(web, caller)).await?);
        charts.push(counted(ctx, "chart terms", terms(web, caller)).await?);
    }
    if task::READERS.include(actor) {
        let tasks = ("tasks", "检查任务", "/desk/tasks");
        charts.push(counted(ctx, "chart tasks", stages::<Task>(web, caller, tasks, &task::stages())).await?);
    }
    if case::READERS.include(actor) {
        let cases = ("cases", "处罚案件", "/desk/cases");
        charts.push(counted(ctx, "chart cases", stages::<Case>(web, caller, cases, &case::list::stages())).await?);
    }
    if actor.may(Permission::SeeRegistry) {
        charts.push(counted(ctx, "chart grades", grades(web, caller)).await?);
    }
    Ok(charts)
}

/// The moment and the source, below every figure.
fn source(web: &Web, of: &str, at: Timestamp) -> String {
    let demo = if web.demo { "，演示数据" } else { "" };
    format!("{}来源：本系统{of}，只含您有权查看的{demo}。", as_of(at))
}

/// The same for what is counted now.
fn source_now(web: &Web, of: &str) -> String {
    source(web, of, web.app.clock.now())
}

fn still() -> Filter {
    Filter { open: Some(true), ..Filter::default() }
}

fn sum(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

async fn due_until<T: Record>(caller: &Caller, day: LocalDate) -> Result<BTreeMap<String, u64>, Failure> {
    records::tally::<T>(&caller.ctx, &Filter { due_until: Some(day), ..still() }, By::State).await
}

/// Behind every due date.
fn last_day() -> LocalDate {
    LocalDate::new(9999, 12, 30).expect("a date that exists")
}

/// The first days of the months to show, oldest first.
fn months(today: LocalDate) -> [LocalDate; MONTHS] {
    let mut first = LocalDate::new(today.year() - 1, today.month(), 1).expect("the first of a month exists");
    std::array::from_fn(|_| {
        first = next_month(first);
        first
    })
}

/// Complaints by the month in which they came.
async fn came(web: &Web, caller: &Caller) -> Result<Chart, Failure> {
    let today = web.app.clock.today();
    let begun = records::first_day::<Complaint>(&caller.ctx).await?;
    let mut rows = vec![];
    let (mut before, mut of_all) = (None, 0);
    for first in months(today) {
        let (label, next) = (format!("{}年{}月", first.year(), first.month()), next_month(first));
        if begun.is_none_or(|begun| next <= begun) {
            rows.push(vec![Cell::text(label), NO_DATA, NO_DATA, NO_DATA, NO_DATA]);
            continue;
        }
        let midnight = |day| Timestamp::from_local(day, 0, 0);
        let filter = Filter { created: Some((midnight(first), midnight(next))), ..Filter::default() };
        let counts = records::tally::<Complaint>(&caller.ctx, &filter, By::State).await?;
        let all = sum(&counts);
        let ended: u64 = Complaint::FINAL.iter().filter_map(|state| counts.get(*state)).sum();
        let change = match before {
            // A month that is not over is compared with nothing.
            _ if next > today => NOT_APPLICABLE,
            None => NO_DATA,
            Some(before) if all == before => Cell::text("持平"),
            Some(before) if all > before => Cell::text(format!("+{}", grouped(all - before))),
            Some(before) => Cell::text(format!("−{}", grouped(before - all))),
        };
        let url = format!("/desk/complaints?show=all&month={}-{:02}", first.year(), first.month());
        rows.push(vec![Cell::link(label, url), Cell::Count(ended), Cell::Count(all - ended), Cell::Count(all), change]);
        (before, of_all) = (Some(all), of_all + all);
    }
    let columns = ["收到的月份", "已办结", "未办结", "合计", "比上月"];
    let note = format!("近{MONTHS}个月收到{}件；本月只到{}日，不与上月比较。", grouped(of_all), today.day());
    Ok(Chart {
        table: Table::new("came", "各月收到的投诉举报", &columns).rows(rows),
        shape: Shape::Columns,
        unit: "件",
        drawn: 2,
        lines: vec![note, source_now(web, "投诉举报记录")],
    })
}

/// Complaints that are not ended, by the time that is left.
async fn terms(web: &Web, caller: &Caller) -> Result<Chart, Failure> {
    let today = web.app.clock.today();
    let all = sum(&records::tally::<Complaint>(&caller.ctx, &still(), By::State).await?);
    let spans = [
        ("已逾期", OVERDUE, plus_days(today, -1)),
        ("今天到期", "open", today),
        ("1至3天", "open", plus_days(today, 3)),
        ("4至7天", "open", plus_days(today, 7)),
        ("7天以上", "open", last_day()),
    ];
    let mut counted = 0;
    let mut rows: Vec<Vec<Cell>> = vec![];
    for (label, show, day) in spans {
        let until = sum(&due_until::<Complaint>(caller, day).await?);
        let url = format!("/desk/complaints?show={show}&sort=due");
        rows.push(vec![Cell::link(label, url), Cell::Count(until.saturating_sub(counted))]);
        counted = until;
    }
    rows.push(vec![Cell::text("没有期限"), Cell::Count(all.saturating_sub(counted))]);
    Ok(Chart {
        table: Table::new("terms", "未办结投诉举报的剩余时间", &["剩余时间", "件数"]).rows(rows),
        shape: Shape::Bars,
        unit: "件",
        drawn: 1,
        lines: vec![
            format!("未办结共{}件，按现在这一环节的期限计算，日数为自然日。", grouped(all)),
            source_now(web, "投诉举报记录"),
        ],
    })
}

/// Matters that are not ended, by where they stand and whether their term is over.
async fn stages<T: Record>(
    web: &Web,
    caller: &Caller,
    (id, name, path): (&'static str, &str, &str),
    stages: &[Stage],
) -> Result<Chart, Failure> {
    let today = web.app.clock.today();
    let all = records::tally::<T>(&caller.ctx, &still(), By::State).await?;
    let late = due_until::<T>(caller, plus_days(today, -1)).await?;
    let with_term = due_until::<T>(caller, last_day()).await?;
    let row = |(show, label, states): &Stage| {
        let of = |counts: &BTreeMap<String, u64>| states.iter().filter_map(|state| counts.get(*state)).sum::<u64>();
        let (all, late, with_term) = (of(&all), of(&late), of(&with_term));
        let late_cell = if all > 0 && with_term == 0 { NOT_APPLICABLE } else { Cell::Count(late) };
        let in_time = Cell::Count(all.saturating_sub(late));
        vec![Cell::link(*label, format!("{path}?show={show}")), in_time, late_cell, Cell::Count(all)]
    };
    let (open, over) = (grouped(sum(&all)), grouped(sum(&late)));
    Ok(Chart {
        table: Table::new(id, format!("在办{name}"), &["状态", "未逾期", "已逾期", "合计"])
            .rows(stages.iter().map(row)),
        shape: Shape::Bars,
        unit: "件",
        drawn: 2,
        lines: vec![format!("在办共{open}件，其中已逾期{over}件。"), source_now(web, &format!("{name}记录"))],
    })
}

/// Institutions by their grade.
async fn grades(web: &Web, caller: &Caller) -> Result<Chart, Failure> {
    let counts = records::tally::<Standing>(&caller.ctx, &Filter::default(), By::TitleEnd).await?;
    let institutions = sum(&records::tally::<Institution>(&caller.ctx, &Filter::default(), By::State).await?);
    let graded = sum(&counts);
    let mut rows: Vec<Vec<Cell>> = vec![];
    for rate in web.app.policy.sampling_rates(web.app.clock.today()) {
        let name = format!("{}级", rate.grade);
        let url = format!("/desk/grades?q={}", crate::form::encode(&name));
        let n = counts.get(&name).copied().unwrap_or_default();
        rows.push(vec![Cell::link(name, url), Cell::Count(n)]);
    }
    let without = institutions.saturating_sub(graded);
    rows.push(vec![Cell::link("没有信用事件", "/desk/institutions"), Cell::Count(without)]);
    let note = format!(
        "登记的医疗机构{}家，其中{}家有信用事件并评定等级；其余按基准分。",
        grouped(institutions),
        grouped(graded)
    );
    Ok(Chart {
        table: Table::new("grades", "医疗机构的信用等级", &["等级", "家数"]).rows(rows),
        shape: Shape::Bars,
        unit: "家",
        drawn: 1,
        lines: vec![note, source_now(web, "信用档案和登记信息")],
    })
}

/// What is being done and what is late, for whoever answers for it; nothing for others.
pub async fn overdue(web: &Web, caller: &Caller) -> Result<Option<Table>, Failure> {
    let actor = &caller.ctx.actor;
    let mut all = vec![];
    if actor.may(Permission::SuperviseComplaint) {
        all.push(("投诉举报", "/desk/complaints", standing::<Complaint>(caller).await?));
    }
    if actor.may(Permission::ApproveInspection) {
        all.push(("检查任务", "/desk/tasks", standing::<Task>(caller).await?));
    }
    if actor.may(Permission::DecideCase) {
        all.push(("处罚案件", "/desk/cases", standing::<Case>(caller).await?));
    }
    let Some(at) = all.iter().map(|(_, _, standing)| standing.at).min() else { return Ok(None) };
    let row = |(name, path, standing): &(&str, &str, Counted<Matters>)| {
        let show = if standing.late > 0 { OVERDUE } else { "open" };
        vec![Cell::link(*name, format!("{path}?show={show}")), Cell::Count(standing.open), Cell::Count(standing.late)]
    };
    let table = Table::new("late", "在办和逾期", &["事项", "在办（件）", "已逾期（件）"])
        .note(source(web, "各类事项的记录", at))
        .rows(all.iter().map(row))
        .more("查看统计", super::PATH);
    Ok(Some(table))
}

/// How many matters of one kind are being done.
struct Matters {
    open: u64,
    late: u64,
}

async fn standing<T: Record>(caller: &Caller) -> Result<Counted<Matters>, Failure> {
    let yesterday = plus_days(caller.ctx.today(), -1);
    let count = async {
        let open = sum(&records::tally::<T>(&caller.ctx, &still(), By::State).await?);
        Ok(Matters { open, late: sum(&due_until::<T>(caller, yesterday).await?) })
    };
    counted(&caller.ctx, format!("open {}", T::TABLE), count).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_months_end_with_this_one() {
        let shown = |day: &str| {
            let all = months(day.parse().unwrap());
            [all[0], all[11]].map(|day| day.to_string())
        };
        assert_eq!(shown("2026-11-22"), ["2025-12-01", "2026-11-01"]);
        assert_eq!(shown("2026-01-31"), ["2025-02-01", "2026-01-01"]);
        assert_eq!(shown("2026-12-01"), ["2026-01-01", "2026-12-01"]);
    }
}

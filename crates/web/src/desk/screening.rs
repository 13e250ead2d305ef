//! Runs of claims screening: what was read, what was found, and where each hit went; from there to institution, doctor and line.

mod doctor;
mod institution;
mod sums;

use crate::app::Web;
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::hits;
use crate::listing::Book;
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Figure, Table, Turn, grouped, percent};
use crate::ui::{Badge, Layout};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::collections::BTreeMap;
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{Permission, SubjectRef, Timestamp};
use xingjian_sense::claims::Sum;
use xingjian_sense::claims::screening::{OfInstitution, SCREENING, Screening, Tally};
use xingjian_sense::signal::Signal;
use xingjian_store::under_way::{self, UnderWay};
use xingjian_store::{Failure, Filter, Order, Stored, records};

const PATH: &str = "/desk/screening";
const READERS: Callers = Callers::Holding(&[Permission::HandleSignal]);
/// Rows of a table on one page.
const ROWS: usize = 100;
/// Earlier runs that are listed.
const RUNS: u32 = 12;

pub fn routes() -> Vec<Route> {
    let mut routes = vec![
        Route::get(PATH, READERS, latest),
        Route::get("/desk/screening/{id}", READERS, show),
        Route::get("/desk/screening/{id}/excel", READERS, spreadsheet),
    ];
    routes.extend(institution::routes());
    routes.extend(doctor::routes());
    routes
}

/// The page of an institution's hits.
pub fn address(id: InstitutionId) -> String {
    format!("{PATH}/institutions/{id}")
}

#[derive(Template)]
#[template(path = "desk/screening.html")]
struct ScreeningPage {
    layout: Layout,
    title: String,
    /// The screening that runs, or was broken off.
    under_way: Option<(Badge, String)>,
    lead: Vec<String>,
    figures: Vec<Figure>,
    balance: Option<Badge>,
    tables: Vec<Table>,
    excel: Option<String>,
}

/// A run with the one before it, and what the caller sees beside it.
struct Sight {
    run: Stored<Screening>,
    before: Option<Stored<Screening>>,
    runs: Vec<Stored<Screening>>,
    /// Open signals by institution; none where another department deals with them.
    open: Option<BTreeMap<InstitutionId, u64>>,
}

async fn newest(caller: &Caller) -> Result<Vec<Stored<Screening>>, Failure> {
    let filter = Filter { order: Order::Newest, limit: RUNS, ..Filter::default() };
    Ok(records::list::<Screening>(&caller.ctx, &filter).await?.rows)
}

async fn sight(caller: &Caller, run: Stored<Screening>) -> Result<Sight, Failure> {
    let runs = newest(caller).await?;
    let before = runs.iter().find(|other| other.created_at < run.created_at).cloned();
    let open = if caller.ctx.actor.department == run.department { Some(open(caller).await?) } else { None };
    Ok(Sight { run, before, runs, open })
}

/// Open signals from screening by institution.
async fn open(caller: &Caller) -> Result<BTreeMap<InstitutionId, u64>, Failure> {
    let mut open = BTreeMap::new();
    let filter = Filter { open: Some(true), ..Filter::default() };
    for signal in records::all::<Signal>(&caller.ctx, &filter).await? {
        if let (SubjectRef::Institution(id), true) = (signal.subject, signal.claims.is_some()) {
            *open.entry(id).or_default() += 1;
        }
    }
    Ok(open)
}

async fn latest(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(turn): UrlQuery<Turn>,
) -> Response {
    let found = async {
        let under_way = under_way::of(&web.app.db, SCREENING).await?;
        let page = match newest(&caller).await?.into_iter().next() {
            Some(run) => page(&web, &caller, &sight(&caller, run).await?, turn.page),
            None => nothing(&web, &caller),
        };
        let said = under_way.map(|it| said(&it, web.app.clock.real()));
        Ok::<_, Failure>(ScreeningPage { under_way: said, ..page })
    };
    match found.await {
        Ok(page) => html(StatusCode::OK, &page),
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(turn): UrlQuery<Turn>,
) -> Response {
    let found = async { sight(&caller, records::must::<Screening>(&caller.ctx, id).await?).await };
    match found.await {
        Ok(sight) => html(StatusCode::OK, &page(&web, &caller, &sight, turn.page)),
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn spreadsheet(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let found = async { sight(&caller, records::must::<Screening>(&caller.ctx, id).await?).await };
    match found.await {
        Ok(sight) => {
            let source = format!("{}。{}，数据版本{}", hits::source(&web), sight.run.period(), sight.run.data_version);
            let tables = [institutions(&caller, &sight), rules(&sight.run), deliveries(&sight.run)];
            let book =
                Book { title: "医保筛查", of: &sight.run.period(), source: &source, tables: &tables, cut: false };
            book.carry(&web, &caller).await
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

/// How far the screening is that runs, or how far it came before it was broken off.
fn said(it: &UnderWay, now: Timestamp) -> (Badge, String) {
    let percent = it.percent();
    if it.is_broken_off(now) {
        let said = format!(
            "{}开始的筛查没有完成（最后一次进展在{}，读取到{percent}%）。请在服务器上重新运行 xingjian screen；已有的结果不受影响。",
            it.began, it.seen
        );
        return (Badge::new("筛查中断", "bad"), said);
    }
    let step = if it.of > 0 && it.done == it.of {
        "明细已读完，正在保存和形成线索"
    } else {
        "完成后本页显示新的结果"
    };
    (Badge::new("正在筛查", "work"), format!("{}开始，已读取{percent}%；{step}。", it.began))
}

fn nothing(web: &Web, caller: &Caller) -> ScreeningPage {
    let lead = [
        "还没有筛查记录。请在服务器上依次运行：",
        "xingjian claims ingest --month 2026-01 文件… --data 实例目录（导入结算明细）",
        "xingjian screen --data 实例目录（按启用和试运行的规则筛查，命中归入机构线索）",
        "完成后刷新本页。",
    ];
    ScreeningPage {
        layout: Layout::of(web, caller, "医保筛查", PATH),
        title: "医保筛查".into(),
        under_way: None,
        lead: lead.map(str::to_owned).to_vec(),
        figures: vec![],
        balance: None,
        tables: vec![],
        excel: None,
    }
}

fn page(web: &Web, caller: &Caller, sight: &Sight, number: usize) -> ScreeningPage {
    let run = &sight.run;
    let own = format!("{PATH}/{}", run.id);
    let placed = run.placed().plus(run.unplaced());
    let even = placed == run.live();
    let balance = if even {
        Badge::new("去向合计与启用规则命中一致", "done")
    } else {
        Badge::new(format!("去向合计{}处，与启用规则命中不一致", placed.hits), "bad")
    };
    let table = institutions(caller, sight).paged(number, ROWS, &format!("{own}?page="));
    ScreeningPage {
        layout: Layout::of(web, caller, "医保筛查", PATH),
        title: format!("医保筛查：{}", run.period()),
        under_way: None,
        lead: vec![format!(
            "{}提交，数据版本{}，执行规则{}条。命中是线索，不是认定的违规；金额是命中涉及的金额，同一明细可以被几条规则命中。",
            run.created_at,
            run.data_version,
            grouped(run.rules)
        )],
        figures: figures(sight),
        balance: Some(balance),
        tables: vec![went(run), table, rules(run), deliveries(run), earlier(sight)],
        excel: Some(format!("{own}/excel")),
    }
}

/// A number beside the one of the run before.
fn beside(sight: &Sight, of: impl Fn(&Screening) -> u64) -> String {
    match &sight.before {
        Some(before) => format!("上次筛查（{}）：{}", before.created_at.local_date(), grouped(of(before))),
        None => "首次筛查，没有可比较的记录".to_owned(),
    }
}

fn figures(sight: &Sight) -> Vec<Figure> {
    let run = &sight.run;
    let (live, trial) = (run.live(), run.trial());
    let share = |hits| percent(hits, run.lines).unwrap_or_else(|| "没有明细，不计算".to_owned());
    let fen = |amount: xingjian_kernel::Fen| u64::try_from(amount.fen()).unwrap_or_default();
    let of_amount = percent(fen(live.amount), fen(run.amount)).unwrap_or_else(|| "没有金额，不计算".to_owned());
    vec![
        Figure {
            label: "读入费用明细",
            value: format!("{}条", grouped(run.lines)),
            lines: vec![
                format!("金额{}元", run.amount),
                format!("结算月份：{}（{}个月）", run.period(), run.months.len()),
                beside(sight, |run| run.lines),
            ],
        },
        Figure {
            label: "启用规则命中",
            value: format!("{}处", grouped(live.hits)),
            lines: vec![
                format!("涉及{}元，占读入金额的{of_amount}", live.amount),
                format!("按明细计{}", share(live.hits)),
                beside(sight, |run| run.live().hits),
            ],
        },
        Figure {
            label: "试运行命中（不形成线索）",
            value: format!("{}处", grouped(trial.hits)),
            lines: vec![format!("涉及{}元", trial.amount), beside(sight, |run| run.trial().hits)],
        },
        Figure {
            label: "因缺值未判断",
            value: format!("{}处", grouped(run.not_judged())),
            lines: vec!["缺少规则需要的值，既不算命中也不算合规".into(), beside(sight, Screening::not_judged)],
        },
    ]
}

fn went(run: &Screening) -> Table {
    let row = |name: &str, note: &str, sum: Sum| {
        vec![Cell::text(name).note(note), Cell::Count(sum.hits), Cell::Money(sum.amount)]
    };
    let went = &run.went;
    Table::new("went", "命中去向", &["去向", "命中", "金额（元）"])
        .note(format!(
            "与上次相比：新开线索{}件，有变化{}件，未变{}件，撤回{}件；新增命中{}处，撤回命中{}处。",
            grouped(went.opened),
            grouped(went.changed),
            grouped(went.same),
            grouped(went.withdrawn),
            grouped(went.added_hits),
            grouped(went.withdrawn_hits)
        ))
        .rows([
            row("启用规则命中", "等于以下两项之和", run.live()),
            row("已归入机构线索", "每家机构每月一件线索", run.placed()),
            row("未匹配机构", "登记库中没有该医保定点编码，未形成线索", run.unplaced()),
            row("试运行命中", "不计入以上各项，只显示在规则页", run.trial()),
        ])
}

fn institutions(caller: &Caller, sight: &Sight) -> Table {
    let keeper = caller.ctx.actor.may(Permission::ManageRegistry);
    let columns =
        ["机构", "医保定点编码", "明确违规（处）", "明确违规（元）", "可疑（处）", "可疑（元）", "未办结线索"];
    let row = |one: &OfInstitution| {
        let code =
            if one.code.is_empty() { Cell::Missing("命中未指明机构") } else { Cell::Code(one.code.clone()) };
        let open = match (one.institution, &sight.open) {
            (Some(id), Some(open)) => Cell::Count(open.get(&id).copied().unwrap_or_default()),
            (Some(_), None) => Cell::Missing("由其他部门处置"),
            (None, _) => Cell::Missing("未形成线索"),
        };
        vec![
            name(one, keeper),
            code,
            Cell::Count(one.definite.hits),
            Cell::Money(one.definite.amount),
            Cell::Count(one.suspect.hits),
            Cell::Money(one.suspect.amount),
            open,
        ]
    };
    Table::new("institutions", "机构", &columns)
        .note("按涉及金额排序。")
        .rows(sight.run.by_institution.iter().map(row))
        .empty("启用的规则在任何机构都没有命中。")
}

/// The institution, or what is missing for it to be known.
fn name(one: &OfInstitution, keeper: bool) -> Cell {
    match (one.institution, keeper) {
        (Some(id), _) => Cell::link(one.name.clone().unwrap_or_else(|| one.code.clone()), address(id)),
        (None, _) if one.code.is_empty() => Cell::text("未匹配机构").note("这些命中没有指明机构，请核对导入的就诊记录"),
        (None, true) => {
            Cell::link("未匹配机构", "/desk/institutions").note("请在该机构的登记中填写医保定点编码，下次筛查时归入")
        }
        (None, false) => Cell::text("未匹配机构").note("请登记管理员在该机构的登记中填写医保定点编码，下次筛查时归入"),
    }
}

/// Rules by their name: what the rules of one name found together.
fn rules(run: &Screening) -> Table {
    #[derive(Default)]
    struct Named {
        rules: u64,
        live: Sum,
        trial: Sum,
        not_judged: u64,
    }
    let mut found: BTreeMap<&str, Named> = BTreeMap::new();
    for rule in &run.by_rule {
        let of = found.entry(&rule.name).or_default();
        of.rules += 1;
        of.not_judged += rule.totals.not_judged;
        let sum = if rule.trial { &mut of.trial } else { &mut of.live };
        *sum = sum.plus(rule.totals.sum);
    }
    let mut found: Vec<(&str, Named)> = found.into_iter().collect();
    found.sort_by_key(|(name, of)| (std::cmp::Reverse(of.live.amount), *name));
    let columns = ["规则名称", "有命中的规则", "命中（处）", "金额（元）", "试运行命中", "因缺值未判断"];
    Table::new("rules", "规则", &columns)
        .note("同一名称的规则合计；只列有命中或者有未判断的。")
        .rows(found.into_iter().map(|(name, of)| {
            vec![
                Cell::link(name, format!("/desk/claims-rules?q={}", crate::form::encode(name))),
                Cell::Count(of.rules),
                Cell::Count(of.live.hits),
                Cell::Money(of.live.amount),
                Cell::Count(of.trial.hits),
                Cell::Count(of.not_judged),
            ]
        }))
        .empty("没有规则命中。")
}

/// What was delivered, and what became of every row of it: whoever reads a total here can hold it against what was handed in.
fn deliveries(run: &Screening) -> Table {
    let columns =
        ["月份", "数据表", "读入（行）", "入库（行）", "其他去向", "读入金额（元）", "入库金额（元）", "核对"];
    let rows = run.deliveries.iter().flat_map(|delivery| {
        delivery.tables.iter().map(|table| {
            let money =
                |tally: Tally| if table.has_amounts { Cell::Money(tally.amount) } else { Cell::Missing("无金额") };
            let said = |(name, tally): (&str, Tally)| {
                let money = if table.has_amounts { format!("{}元", tally.amount) } else { String::new() };
                format!("{name}{}行{money}", grouped(tally.rows))
            };
            let elsewhere: Vec<String> =
                table.elsewhere().into_iter().filter(|(_, tally)| tally.rows > 0).map(said).collect();
            let missing = if table.missing.is_empty() {
                String::new()
            } else {
                format!("缺项：{}", table.missing.join("、"))
            };
            let way = if delivery.late { "补报" } else { "" };
            let even = if table.reconciles() { Badge::new("相符", "done") } else { Badge::new("不符", "bad") };
            vec![
                Cell::text(delivery.month.as_str()).note(way),
                Cell::text(&table.name).note(missing),
                Cell::Count(table.read.rows),
                Cell::Count(table.stored.rows),
                if elsewhere.is_empty() { Cell::Missing("全部入库") } else { Cell::text(elsewhere.join("；")) },
                money(table.read),
                money(table.stored),
                Cell::State(even),
            ]
        })
    });
    Table::new("deliveries", "数据对账", &columns)
        .note(reconciled(run))
        .rows(rows)
        .empty("本次筛查的月份没有入库报告。")
}

/// Whether the lines of all months are those that were read.
fn reconciled(run: &Screening) -> String {
    if run.deliveries.len() < run.months.len() {
        let without = run.months.len() - run.deliveries.len();
        return format!("{without}个月的数据不是由文件导入的（演示生成的数据），没有入库报告，无法与读入的明细核对。");
    }
    let lines = Tally::sum(run.deliveries.iter().map(|delivery| delivery.lines));
    let even = (lines.rows, lines.amount) == (run.lines, run.amount);
    let said = if even {
        "与本次筛查读入的一致"
    } else {
        "与本次筛查读入的不一致，请运维人员核对后重新导入"
    };
    format!(
        "每月列最近一次导入。各月入库费用明细合计{}条、{}元，{said}。搁置的行及原因在实例目录的 claims 文件夹中，由运维人员提供。",
        grouped(lines.rows),
        lines.amount
    )
}

fn earlier(sight: &Sight) -> Table {
    let row = |run: &Stored<Screening>| {
        let live = run.live();
        let here = if run.id == sight.run.id { "本页" } else { "" };
        vec![
            Cell::link(run.created_at.to_string(), format!("{PATH}/{}", run.id)).note(here),
            Cell::text(run.period()),
            Cell::Count(run.lines),
            Cell::Count(live.hits),
            Cell::Money(live.amount),
        ]
    };
    Table::new("runs", "历次筛查", &["提交时间", "结算月份", "明细（条）", "启用规则命中", "金额（元）"])
        .rows(sight.runs.iter().map(row))
}

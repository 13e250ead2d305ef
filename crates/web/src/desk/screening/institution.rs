use super::sums::{Both, Sums, sorted};
use super::{PATH, READERS, ROWS, address};
use crate::app::Web;
use crate::desk::{Tried, back, badge, department, due_on};
use crate::errors::{self, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::hits;
use crate::listing::Book;
use crate::route::Route;
use crate::ui::table::{Cell, Figure, Table, Turn, grouped};
use crate::ui::{ActionForm, Badge, Bar, Bars, Field, FilePage, Kind, Layout, Line, Section, TablePage};
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use xingjian_kernel::id::InstitutionId;
use xingjian_kernel::{Permission, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_sense::claims::{Claims, Month, service};
use xingjian_sense::signal::Signal;
use xingjian_store::{Failure, Filter, Record, Stored, records};

/// Months that are drawn; the table has all.
const DRAWN: usize = 12;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/desk/screening/institutions/{id}", READERS, show),
        Route::post("/desk/screening/institutions/{id}/ask", READERS, ask),
        Route::get("/desk/screening/institutions/{id}/excel", READERS, spreadsheet),
    ]
}

/// An institution with its signals from screening in the caller's scope, newest month first.
pub struct Sight {
    /// The institution.
    pub institution: Stored<Institution>,
    /// Its signals.
    pub signals: Vec<Stored<Signal>>,
    /// Months that the latest run read.
    months: Vec<Month>,
}

impl Sight {
    /// Reads it.
    pub async fn of(caller: &Caller, id: &str) -> Result<Self, Failure> {
        let id: InstitutionId = id.parse().map_err(|_| Failure::NotFound)?;
        let institution = records::must::<Institution>(&caller.ctx, id).await?;
        let filter = Filter { subject: Some(SubjectRef::Institution(id)), ..Filter::default() };
        let mut signals = records::all::<Signal>(&caller.ctx, &filter).await?;
        signals.retain(|signal| signal.claims.is_some());
        signals.sort_by(|a, b| {
            let month = |signal: &Signal| signal.claims.as_ref().map(|claims| claims.month.clone());
            month(b).cmp(&month(a)).then_with(|| b.opened_at.cmp(&a.opened_at))
        });
        let months = super::newest(caller).await?.into_iter().next().map(|run| run.value.months).unwrap_or_default();
        Ok(Self { institution, signals, months })
    }

    /// What the signals carry.
    pub fn files(&self) -> impl Iterator<Item = &Claims> {
        self.signals.iter().filter_map(|signal| signal.claims.as_deref())
    }

    /// What they add up to; a month that was read without a hit is zero, one that was not read is not there.
    fn sums(&self) -> Sums {
        let mut sums = Sums::of(self.files());
        if !self.signals.is_empty() {
            for month in &self.months {
                sums.months.entry(month.clone()).or_default();
            }
        }
        sums
    }

    fn waiting(&self, caller: &Caller) -> usize {
        self.signals.iter().filter(|signal| signal.open_actions(&caller.ctx.actor).contains(&"ask")).count()
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Turn>,
) -> Response {
    page(&web, &caller, &id, query.page, None, Some(&query.done)).await
}

async fn ask(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    given: Given,
) -> Response {
    let done = async {
        let id: InstitutionId = id.parse().map_err(|_| Failure::NotFound)?;
        service::ask_all(&caller.ctx, SubjectRef::Institution(id), given.text("text")).await
    };
    match done.await {
        Ok(count) => back(&format!("{PATH}/institutions/{id}"), &format!("已请机构就{count}件线索说明情况")),
        Err(failure) => {
            let tried = Tried { action: "ask", given: &given, failure: &failure };
            page(&web, &caller, &id, 1, Some(tried), None).await
        }
    }
}

fn forms(caller: &Caller, sight: &Sight) -> Vec<ActionForm> {
    let waiting = sight.waiting(caller);
    if waiting == 0 {
        return vec![];
    }
    let text = Field::new("text", "请机构说明的内容", Kind::Area)
        .value("请就所列规则命中的费用逐条核对病历、医嘱和收费记录，说明情况；确属不合规的，一并说明整改和退回意见。");
    let url = format!("{}/ask", address(sight.institution.id));
    vec![
        ActionForm::new("ask", &format!("请机构说明（{waiting}件）"), url, sight.institution.version)
            .field(text)
            .consequence("机构自此可以看到这些线索的命中和本机构的明细，并在期限内说明。期满不说明的，可以直接复核。"),
    ]
}

fn columns(first: &'static str) -> [&'static str; 6] {
    [first, "明确违规（处）", "明确违规（元）", "可疑（处）", "可疑（元）", "合计（元）"]
}

fn cells(first: Cell, both: &Both) -> Vec<Cell> {
    vec![
        first,
        Cell::Count(both.definite.hits),
        Cell::Money(both.definite.amount),
        Cell::Count(both.suspect.hits),
        Cell::Money(both.suspect.amount),
        Cell::Money(both.sum().amount),
    ]
}

fn by_month(sums: &Sums) -> Table {
    Table::new("months", "按月", &columns("月份"))
        .note("已筛查而没有命中的月份为 0；没有筛查的月份不列。")
        .rows(sums.months.iter().rev().map(|(month, both)| cells(Cell::text(month.to_string()), both)))
        .empty("没有命中。")
}

fn hit_tables(own: &str, sums: &Sums) -> [Table; 3] {
    let named = |key: &Option<String>| key.clone().unwrap_or_else(|| "数据中没有填写".to_owned());
    let of = |field: &str, key: &Option<String>| {
        format!("{own}/doctors?{field}={}", encode(key.as_deref().unwrap_or_default()))
    };
    let doctors = sorted(&sums.doctors);
    let departments = sorted(&sums.departments);
    [
        Table::new("doctors", "按医师", &columns("医师"))
            .note("点击医师查看每处命中的明细。")
            .rows(doctors.iter().map(|(key, both)| cells(Cell::link(named(key), of("code", key)), both)))
            .empty("没有命中。"),
        Table::new("departments", "按科室", &columns("科室"))
            .rows(departments.iter().map(|(key, both)| cells(Cell::link(named(key), of("department", key)), both)))
            .empty("没有命中。"),
        Table::new("rules", "按规则名称", &columns("规则名称"))
            .rows(sorted(&sums.rules).into_iter().map(|(name, both)| cells(Cell::text(name), &both)))
            .empty("没有命中。"),
    ]
}

fn signals(web: &Web, caller: &Caller, sight: &Sight) -> Table {
    let row = |signal: &Stored<Signal>| {
        let (month, sum) =
            signal.claims.as_ref().map(|claims| (claims.month.to_string(), claims.sum())).unwrap_or_default();
        let mine = !signal.open_actions(&caller.ctx.actor).is_empty();
        let state = badge(signal.state.label(), !Signal::FINAL.contains(&signal.state.name()), mine);
        let due = due_on(web, signal.state.due().map(|due| due.due));
        vec![
            Cell::link(month, format!("/desk/signals/{}", signal.id)),
            Cell::State(state),
            Cell::Count(sum.hits),
            Cell::Money(sum.amount),
            due.map_or(Cell::Missing("无期限"), |due| Cell::text(due.date).note(due.relative)),
        ]
    };
    Table::new("signals", "线索", &["月份", "状态", "命中（处）", "金额（元）", "期限"])
        .rows(sight.signals.iter().map(row))
        .empty("没有您可以查看的医保筛查线索。线索由职责清单确定的部门处置。")
}

fn chart(sums: &Sums) -> Option<Bars> {
    let skipped = sums.months.len().saturating_sub(DRAWN);
    let bars: Vec<Bar> = sums
        .months
        .iter()
        .skip(skipped)
        .map(|(month, both)| Bar {
            label: month.as_str().to_owned(),
            definite: both.definite.amount,
            suspect: both.suspect.amount,
        })
        .collect();
    let title = if skipped > 0 { "最近12个月涉及金额" } else { "各月涉及金额" };
    (!bars.is_empty()).then_some(Bars { title, bars })
}

fn figures(sight: &Sight, sums: &Sums) -> Vec<Figure> {
    let all = sums.all();
    let months: Vec<String> = sums.months.keys().map(ToString::to_string).collect();
    let period = match (months.first(), months.last()) {
        (Some(first), Some(last)) if first != last => format!("{first}至{last}"),
        (Some(only), _) => only.clone(),
        _ => "没有命中的月份".to_owned(),
    };
    let confirmed = sight.files().fold(xingjian_sense::claims::Sum::default(), |sum, file| sum.plus(file.confirmed()));
    let reviewed: u64 =
        sight.files().flat_map(|file| &file.groups).filter_map(|group| Some(group.verdict.as_ref()?.of)).sum();
    let one = |label, sum: xingjian_sense::claims::Sum, line: String| Figure {
        label,
        value: format!("{}元", sum.amount),
        lines: vec![format!("命中{}处", grouped(sum.hits)), line],
    };
    vec![
        one("明确违规涉及金额", all.definite, period.clone()),
        one("可疑涉及金额", all.suspect, period),
        Figure {
            label: "复核属实",
            value: if reviewed == 0 { "尚未复核".into() } else { format!("{}元", confirmed.amount) },
            lines: vec![format!("已复核{}处，属实{}处", grouped(reviewed), grouped(confirmed.hits))],
        },
    ]
}

/// Whether anything is still to be done.
fn state(sight: &Sight) -> Badge {
    let open = sight.signals.iter().filter(|signal| !Signal::FINAL.contains(&signal.state.name())).count();
    match (sight.signals.is_empty(), open) {
        (true, _) => Badge::new("没有线索", "none"),
        (false, 0) => Badge::new("线索均已办结", "done"),
        (false, open) => Badge::new(format!("{open}件线索未办结"), "work"),
    }
}

fn about(web: &Web, caller: &Caller, sight: &Sight) -> Section {
    let details = &sight.institution.details;
    let mut lines = vec![
        super::super::links::subject(caller, SubjectRef::Institution(sight.institution.id), &details.name),
        Line::new("医保定点编码", details.insurance_code.clone().unwrap_or_default()),
    ];
    if let Some(signal) = sight.signals.first() {
        lines.push(Line::new("承办部门", department(web, signal.department.as_str())));
    }
    lines.push(Line::link("全部命中明细", "导出 Excel", format!("{}/excel", address(sight.institution.id))));
    Section::new("机构", lines)
}

async fn page(
    web: &Web,
    caller: &Caller,
    id: &str,
    number: usize,
    tried: Option<Tried<'_>>,
    done: Option<&str>,
) -> Response {
    let sight = match Sight::of(caller, id).await {
        Ok(sight) => sight,
        Err(failure) => return errors::failure(web, &failure),
    };
    let sums = sight.sums();
    let own = address(sight.institution.id);
    let mut actions = forms(caller, &sight);
    let problem = tried.as_ref().and_then(|tried| tried.reopen(&mut actions));
    let [doctors, departments, rules] = hit_tables(&own, &sums);
    let details = &sight.institution.details;
    let page = TablePage {
        file: FilePage {
            layout: Layout::of(web, caller, &details.name, PATH).done(done),
            list: ("医保筛查".into(), PATH.into()),
            title: format!("{}：医保筛查", details.name),
            number: String::new(),
            state: state(&sight),
            clocks: vec![],
            sections: vec![about(web, caller, &sight)],
            acts: vec![],
            waiting: if actions.is_empty() && caller.ctx.actor.may(Permission::HandleSignal) {
                vec!["没有待请机构说明的线索。各线索的办理见“线索”一节。".into()]
            } else {
                vec![]
            },
            actions,
            problem,
        },
        figures: figures(&sight, &sums),
        chart: chart(&sums),
        tables: vec![
            by_month(&sums),
            signals(web, caller, &sight),
            doctors.paged(number, ROWS, &format!("{own}?page=")),
            departments,
            rules,
        ],
    };
    html(Tried::status(tried.as_ref()), &page)
}

async fn spreadsheet(State(web): State<Web>, Extension(caller): Extension<Caller>, Path(id): Path<String>) -> Response {
    let found = async {
        let sight = Sight::of(&caller, &id).await?;
        let mut rows = vec![];
        for file in sight.files() {
            for group in &file.groups {
                for hit in hits::read(&caller.ctx, &group.evidence, |_| true).await? {
                    rows.extend(evidence_rows(file, &group.name, &group.title, hit));
                }
            }
        }
        Ok::<_, Failure>((sight, rows))
    };
    let (sight, rows) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let sums = sight.sums();
    let columns = [
        &[
            "月份",
            "规则名称",
            "主题",
            "规则编号",
            "规则版本",
            "结果",
            "命中日期",
            "科室",
            "医师",
            "人员",
            "命中金额（元）",
            "读取的值",
        ],
        hits::LINE_COLUMNS,
    ]
    .concat();
    let evidence = Table::new("hits", "命中明细", &columns).rows(rows);
    let [doctors, departments, rules] = hit_tables("", &sums);
    let tables = [evidence, by_month(&sums), doctors, departments, rules];
    let name = &sight.institution.details.name;
    let source = format!(
        "{}。{name}。命中明细按规则和月保存金额最大的{}处，命中金额在每条明细上重复列出",
        hits::source(&web),
        xingjian_sense::claims::accept::KEPT
    );
    let book = Book { title: "医保筛查命中明细", of: name, source: &source, tables: &tables, cut: false };
    book.carry(&web, &caller).await
}

/// A row for each line of a hit; one without lines where none was kept.
fn evidence_rows(file: &Claims, name: &str, title: &str, hit: xingjian_sense::claims::Hit) -> Vec<Vec<Cell>> {
    let values: Vec<String> = hit.values.iter().map(|(name, value)| format!("{name}：{value}")).collect();
    let head = vec![
        Cell::text(file.month.as_str()),
        Cell::text(name),
        Cell::text(title),
        Cell::Code(hit.rule),
        Cell::Count(u64::from(hit.version)),
        Cell::State(hits::result(hit.result)),
        Cell::text(hit.day.to_string()),
        Cell::known(hit.department.as_deref()),
        Cell::known(hit.doctor.as_deref()),
        Cell::Code(hits::patient(hit.patient.as_deref())),
        Cell::Money(hit.amount),
        Cell::text(values.join("；")),
    ];
    if hit.lines.is_empty() {
        return vec![head];
    }
    hit.lines.into_iter().map(|line| [head.clone(), hits::line_row(line, |_| true)].concat()).collect()
}

//! What is counted about messages: what rises, how long answers took, how often suggestions were right.

use crate::app::Web;
use crate::errors::{self, html};
use crate::guard::Caller;
use crate::listing::Book;
use crate::ui::table::{Cell, Figure, Table};
use crate::ui::{Badge, Layout, as_of};
use askama::Template;
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_kernel::LocalDate;
use xingjian_kernel::time::{chinese, plus_days};
use xingjian_sense::message::clocks::{self, Clocks, Of};
use xingjian_sense::message::hot::{self, Group, TIMES};
use xingjian_sense::message::interval::Share;
use xingjian_sense::message::triage::{self, LEAST_EACH, Tally};
use xingjian_store::Failure;

#[derive(Template)]
#[template(path = "desk/message_figures.html")]
struct FiguresPage {
    layout: Layout,
    title: &'static str,
    lead: Vec<String>,
    figures: Vec<Figure>,
    tables: Vec<Table>,
    /// Last day and length, where they can be chosen.
    period: Option<(String, i32)>,
    /// The same as a workbook.
    excel: String,
}

impl FiguresPage {
    /// The figures at the top as a table.
    fn in_words(&self) -> Option<Table> {
        let row = |figure: &Figure| {
            vec![Cell::text(figure.label), Cell::text(&figure.value), Cell::text(figure.lines.join("；"))]
        };
        let table = Table::new("figures", "主要数字", &["指标", "数值", "说明"]);
        (!self.figures.is_empty()).then(|| table.rows(self.figures.iter().map(row)))
    }

    /// The figures and the tables of the page, each on a sheet of its own, after it was written down who takes them.
    async fn carry(self, web: &Web, caller: &Caller) -> Response {
        let of = match &self.period {
            Some((until, days)) => format!("截至{until}，近期{days}天"),
            None => format!("截至{}", web.app.clock.today()),
        };
        let source = format!("来源：{}来件统计（杏鉴），只含导出人有权查看的记录", web.app.policy.city.name);
        let tables: Vec<Table> = self.in_words().into_iter().chain(self.tables).collect();
        Book { title: self.title, of: &of, source: &source, tables: &tables, cut: false }.carry(web, caller).await
    }
}

/// A page as it is read, or why not.
fn shown(web: &Web, page: Result<FiguresPage, Failure>) -> Response {
    match page {
        Ok(page) => html(StatusCode::OK, &page),
        Err(failure) => errors::failure(web, &failure),
    }
}

/// The same to be taken away.
async fn taken(web: &Web, caller: &Caller, page: Result<FiguresPage, Failure>) -> Response {
    match page {
        Ok(page) => page.carry(web, caller).await,
        Err(failure) => errors::failure(web, &failure),
    }
}

/// Which period is looked at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Period {
    until: String,
    days: String,
}

fn page(web: &Web, caller: &Caller, title: &'static str, own: &str) -> FiguresPage {
    let layout = Layout::of(web, caller, title, "/desk/messages/topics");
    let excel = format!("{own}/excel");
    FiguresPage { layout, title, lead: vec![], figures: vec![], tables: vec![], period: None, excel }
}

pub async fn topics(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(period): UrlQuery<Period>,
) -> Response {
    shown(&web, topics_page(&web, &caller, &period).await)
}

pub async fn topics_book(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(period): UrlQuery<Period>,
) -> Response {
    let page = topics_page(&web, &caller, &period).await;
    taken(&web, &caller, page).await
}

async fn topics_page(web: &Web, caller: &Caller, period: &Period) -> Result<FiguresPage, Failure> {
    let today = web.app.clock.today();
    let until: LocalDate = period.until.parse().ok().filter(|day| *day <= today).unwrap_or(today);
    let days = if period.days == "7" { 7 } else { 28 };
    let hot = hot::topics(&caller.ctx, until, days).await?;
    let [recent, past] = hot.all;
    let from = plus_days(until, 1 - days);
    let begin = plus_days(until, 1 - days * (TIMES + 1));
    let rises = hot.groups.iter().filter(|group| group.rises).count();
    let row = |group: &Group| {
        vec![
            Cell::text(&group.name).note(group.common.label()),
            Cell::State(if group.rises { Badge::new("上升", "bad") } else { Badge::new("可能偶然", "none") }),
            Cell::text(format!("{} / {recent}", group.recent)),
            Cell::text(format!("{} / {past}", group.past)),
            Cell::text(format!("{}.{:04}%", group.chance / 10_000, group.chance % 10_000)),
            Cell::text(group.words.join("、")),
        ]
    };
    let columns =
        ["事项、机构或者词语", "判断", "近期件数 / 全部", "此前件数 / 全部", "偶然的可能", "同件中的词语和件数"];
    let table = Table::new("groups", "比自己的过去多的", &columns)
        .note(format!(
            "比较了 {} 组（近期 {} 件以上）。标“上升”的，是即使比较了这么多组、二十次里也不到一次会偶然出现的。",
            hot.compared,
            hot::LEAST
        ))
        .rows(hot.groups.iter().take(100).map(row))
        .empty("没有哪一组所占的份额比过去高。");
    let own = "/desk/messages/topics";
    Ok(FiguresPage {
        lead: vec![
            format!(
                "近期：{}至{}，{recent} 件；此前：{}至{}，{past} 件。按各组在全部来件中的份额比较，来件总数的增减不影响判断。",
                chinese(from),
                chinese(until),
                chinese(begin),
                chinese(plus_days(from, -1))
            ),
            as_of(hot.at),
        ],
        figures: vec![Figure {
            label: "上升的组",
            value: format!("{rises} 组"),
            lines: vec![format!("比较了 {} 组", hot.compared), "来源：本单位可见的投诉举报和来件".into()],
        }],
        tables: vec![table],
        excel: format!("{own}/excel?until={until}&days={days}"),
        period: Some((until.to_string(), days)),
        ..page(web, caller, "热点", own)
    })
}

fn clock_table(id: &'static str, title: &str, clocks: &Clocks) -> Table {
    let row = |within: &clocks::Within| {
        vec![
            Cell::text(&within.name).note(&within.article),
            Cell::text(&within.term),
            Cell::text(within.share.to_string()),
            Cell::Count(within.estimated as u64),
        ]
    };
    Table::new(id, title, &["期限", "规定", "在期限内答复的", "其中节假日为估算"])
        .note("自来件之日起按现行政策包的期限计算；类别未定的来件与每一种期限都比较。")
        .rows(clocks.within.iter().filter(|_| clocks.answers > 0).map(row))
        .empty("没有可以计算的答复。")
}

fn clock_figures(what: &str, [median, ninetieth, longest]: [&'static str; 3], clocks: &Clocks) -> Vec<Figure> {
    let days = |days: Option<i32>| days.map_or_else(|| "无数据".to_owned(), |days| format!("{days} 天"));
    let lines = || vec![format!("{what} {} 件", clocks.answers), format!("缺来件日期、未计 {} 件", clocks.without_day)];
    vec![
        Figure { label: median, value: days(clocks.median), lines: lines() },
        Figure { label: ninetieth, value: days(clocks.ninetieth), lines: lines() },
        Figure { label: longest, value: days(clocks.longest), lines: lines() },
    ]
}

pub async fn clocks(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    shown(&web, clocks_page(&web, &caller).await)
}

pub async fn clocks_book(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    let page = clocks_page(&web, &caller).await;
    taken(&web, &caller, page).await
}

async fn clocks_page(web: &Web, caller: &Caller) -> Result<FiguresPage, Failure> {
    let closed = clocks::clocks(&caller.ctx, Of::Closed).await?;
    let archived = clocks::clocks(&caller.ctx, Of::Archived).await?;
    let labels = ["本单位办结用时中位数", "本单位办结，九成在几天内", "本单位办结，最长"];
    let mut figures = clock_figures("本单位办结", labels, &closed);
    let labels = ["历史件用时中位数", "历史件，九成在几天内", "历史件，最长"];
    figures.extend(clock_figures("历史件", labels, &archived));
    Ok(FiguresPage {
        lead: vec![
            "从来件之日到答复之日的自然日数。历史件是导入时已经带有答复的来件。".into(),
            as_of(closed.at.min(archived.at)),
        ],
        figures,
        tables: vec![
            clock_table("closed", "本单位办结的", &closed),
            clock_table("archived", "导入的历史件", &archived),
        ],
        ..page(web, caller, "答复时限", "/desk/messages/clocks")
    })
}

pub async fn precision(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    shown(&web, precision_page(&web, &caller).await)
}

pub async fn precision_book(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    let page = precision_page(&web, &caller).await;
    taken(&web, &caller, page).await
}

async fn precision_page(web: &Web, caller: &Caller) -> Result<FiguresPage, Failure> {
    let tallies = triage::tally(&caller.ctx).await?;
    let model = triage::model_in_force(&caller.ctx).await?;
    let [words, models] = &*tallies;
    let table = |id, title: &str, tally: &Tally| {
        let shares: [(&str, &str, Share); 4] = [
            ("建议为卫生健康，决定也是", "查准", tally.precision()),
            ("决定为卫生健康，建议也是", "查全", tally.recall()),
            ("建议与决定一致", "正确", tally.right()),
            ("事项与建议一致", "在两者都是卫生健康的来件中", tally.topic()),
        ];
        Table::new(id, title, &["比较", "件数和比例"])
            .note(format!(
                "建议是、决定是 {}；建议是、决定否 {}；建议否、决定是 {}；建议否、决定否 {}。",
                tally.both, tally.only_suggested, tally.only_decided, tally.neither
            ))
            .rows(shares.map(|(text, note, share)| vec![Cell::text(text).note(note), Cell::text(share.to_string())]))
    };
    let standing = match model {
        Some(model) => format!(
            "现用：词表加模型，{}训练，用本单位已分拣的卫生健康 {} 件、其他 {} 件。",
            chinese(model.created_at.local_date()),
            model.trained_on[0],
            model.trained_on[1]
        ),
        None => format!(
            "现用：政策包的词表。两类各有 {LEAST_EACH} 件以上已分拣的来件后，可由运维人员执行 xingjian messages train 训练模型。"
        ),
    };
    Ok(FiguresPage {
        lead: vec![
            "每件来件受理或者以不属本系统为由不予受理时，建议和决定一并留存，在这里比较。区间为 95% 的 Wilson 区间。"
                .into(),
            standing,
            as_of(tallies.at),
        ],
        tables: vec![table("words", "按词表建议的", words), table("models", "按词表加模型建议的", models)],
        ..page(web, caller, "分拣准确率", "/desk/messages/precision")
    })
}

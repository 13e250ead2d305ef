//! Rules of claims: what they say, how far they are trusted here, and how often their hits stood.

use super::{Tried, back, department};
use crate::app::Web;
use crate::errors::{self, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::hits::{self, Found, HitView};
use crate::listing::{self, Around, Cells, Listed, Listing};
use crate::route::{Callers, Route};
use crate::ui::table::{Cell, Figure, Table, grouped, percent};
use crate::ui::{ActionForm, Badge, Column, Field, FilePage, Kind, Layout, Line, Query, Section, TablePage, timeline};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::response::Response;
use std::ops::Deref;
use xingjian_kernel::Permission;
use xingjian_kernel::id::ClaimsRuleId;
use xingjian_kernel::time::chinese;
use xingjian_sense::claims::service;
use xingjian_sense::claims_rule::{Act, ClaimsRule, Edition, Particulars, State as Trust};
use xingjian_store::{Failure, Filter, Order, Record, Stored, ledger, records};

const PATH: &str = "/desk/claims-rules";
const READERS: Callers = Callers::Holding(&[Permission::HandleSignal]);

pub fn routes() -> Vec<Route> {
    [
        listing::routes::<ClaimsRules>(READERS),
        vec![
            Route::get("/desk/claims-rules/{id}", READERS, show),
            Route::post("/desk/claims-rules/{id}/{action}", READERS, act),
        ],
    ]
    .concat()
}

#[derive(Template)]
#[template(path = "desk/claims_rule.html")]
struct RulePage {
    page: TablePage,
    sample: Vec<HitView>,
}

impl Deref for RulePage {
    type Target = TablePage;
    fn deref(&self) -> &TablePage {
        &self.page
    }
}

/// How far a rule is trusted, as a badge.
fn state(trust: Trust) -> Badge {
    let tone = match trust {
        Trust::Draft => "wait",
        Trust::Trial => "work",
        Trust::Live => "done",
        Trust::Retired => "none",
    };
    Badge::new(trust.label(), tone)
}

/// The list of rules.
struct ClaimsRules;

impl Listing for ClaimsRules {
    type Item = ClaimsRule;
    const PATH: &'static str = PATH;
    const EXCEL: &'static str = "/desk/claims-rules/excel";
    const TITLE: &'static str = "医保规则";
    const PLACEHOLDER: &'static str = "按名称、主题、种类、编号查找";
    const COLUMNS: &'static [Column] = &[
        Column::new("规则名称").below("主题").sorted(Order::Title),
        Column::new("编号").below("版本"),
        Column::new("种类").below("结果"),
        Column::new("限定").away(),
        Column::new("来源").away(),
        Column::new("起").away(),
        Column::new("止").away(),
        Column::new("编写").away(),
        Column::new("核对").away(),
        Column::new("涉及项目").away(),
        Column::new("上次未判断").away(),
        Column::new("上次命中（处）"),
        Column::new("上次金额（元）"),
        Column::new("已复核（处）"),
        Column::new("属实（处）"),
        Column::new("状态"),
    ];
    const ORDER: Order = Order::Title;

    fn chips() -> Vec<(&'static str, &'static str)> {
        let states = Trust::ALL.into_iter().map(|state| (state.name(), state.label()));
        [("all", "全部")].into_iter().chain(states).collect()
    }

    fn around(_: &Web, _: &Caller) -> Around {
        Around::empty("没有符合条件的规则。规则随第一次筛查（xingjian screen）进入这里。")
            .note("启用的规则命中后形成线索；试运行的只在规则页显示；草稿和停用的不执行。状态变化自下次筛查起执行。")
    }

    async fn find(caller: &Caller, filter: &Filter) -> Listed<ClaimsRule> {
        records::list(&caller.ctx, filter).await
    }

    async fn rows(_: &Web, _: &Caller, found: &[Stored<ClaimsRule>]) -> Cells {
        let cells = |rule: &Stored<ClaimsRule>| {
            let said = &rule.particulars;
            let until = said.until.map(|until| until.to_string());
            let is_run = rule.state().is_run();
            let last = |cell| if is_run { cell } else { Cell::Missing("未执行") };
            let reviewed = |count| if rule.reviewed == 0 { Cell::Missing("尚未复核") } else { Cell::Count(count) };
            vec![
                Cell::link(&said.name, format!("{PATH}/{}", rule.id)).note(&said.title),
                Cell::text(&rule.rule).note(format!("第{}版", rule.value.version)),
                Cell::text(&said.kind).note(said.result.label()),
                Cell::text(&said.limits),
                Cell::text(&said.source),
                Cell::text(said.from.to_string()),
                until.map_or(Cell::Missing("未规定"), Cell::text),
                Cell::text(&said.author),
                said.checker.clone().map_or(Cell::Missing("尚未核对"), Cell::text),
                Cell::Count(said.items),
                last(Cell::Count(rule.last.not_judged)),
                last(Cell::Count(rule.last.sum.hits)),
                last(Cell::Money(rule.last.sum.amount)),
                reviewed(rule.reviewed),
                reviewed(rule.confirmed),
                Cell::State(state(rule.state())),
            ]
        };
        Ok(found.iter().map(cells).collect())
    }
}

async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    UrlQuery(query): UrlQuery<Query>,
) -> Response {
    page(&web, &caller, &id, None, Some(&query.done)).await
}

async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    let done = async {
        let act = Act::from_name(&action).ok_or(Failure::NotFound)?;
        let id: ClaimsRuleId = id.parse().map_err(|_| Failure::NotFound)?;
        service::decide_rule(&caller.ctx, id, given.seen(), act, given.text("reason")).await?;
        Ok(format!("已决定{}，自下次筛查起执行", act.label()))
    };
    match done.await {
        Ok(done) => back(&format!("{PATH}/{id}"), &done),
        Err(failure) => {
            let tried = Tried { action: &action, given: &given, failure: &failure };
            page(&web, &caller, &id, Some(tried), None).await
        }
    }
}

fn forms(caller: &Caller, rule: &Stored<ClaimsRule>) -> Vec<ActionForm> {
    let form = |act: Act| {
        let consequence = match act {
            Act::Try => "自下次筛查起试运行：命中只显示在本页，不形成线索。启用须由另一名工作人员决定。",
            Act::Activate => "自下次筛查起命中形成线索，归入各机构。",
            Act::Suspend => "自下次筛查起命中不再形成线索；未办结线索中该规则的命中撤回。",
            Act::Retire => "自下次筛查起不再执行；未办结线索中该规则的命中撤回。",
        };
        let reason = Field::new("reason", "理由", Kind::Area).hint("写明依据，例如试运行中抽查了多少处、属实多少处。");
        let url = format!("{PATH}/{}/{}", rule.id, act.name());
        let form = ActionForm::new(act.name(), act.label(), url, rule.version).field(reason).consequence(consequence);
        if matches!(act, Act::Suspend | Act::Retire) { form.secondary() } else { form }
    };
    rule.open_actions(&caller.ctx.actor).into_iter().map(form).collect()
}

/// A text, or what it means that there is none.
fn or<'a>(text: &'a str, none: &'a str) -> &'a str {
    if text.is_empty() { none } else { text }
}

/// The days of service that a version is for.
fn period(said: &Particulars) -> String {
    let until = said.until.map_or_else(|| "未规定截止日".to_owned(), chinese);
    format!("{} 至 {until}", chinese(said.from))
}

/// Versions beside the one that the page shows: a claim is judged by the version of its own day, and read with it.
fn others(rule: &ClaimsRule) -> Option<Table> {
    let row = |edition: &Edition| {
        let said = &edition.particulars;
        vec![
            Cell::text(format!("第{}版", edition.version)),
            Cell::text(period(said)),
            Cell::text(or(&said.limits, "没有数值限定")),
            Cell::State(hits::result(said.result)),
            Cell::text(&said.source).note(or(&said.text, "没有摘录原文")),
        ]
    };
    let columns = ["版本", "适用的服务日期", "限定", "结果", "来源和原文"];
    let table = Table::new("others", "其他版本", &columns)
        .note("费用按服务当日适用的版本判断，命中按判断时的版本说明。")
        .rows(rule.others.iter().rev().map(row));
    (!rule.others.is_empty()).then_some(table)
}

fn sections(rule: &ClaimsRule) -> Vec<Section> {
    let said = &rule.particulars;
    let mut standing = vec![Line::new("状态", rule.state().label()), Line::new("交付时的状态", rule.given.label())];
    if let Some(decided) = &rule.decided {
        let text = format!("{} {}：{}。{}", chinese(decided.on), decided.by, decided.state.label(), decided.reason);
        standing.push(Line::new("本部门决定", text));
    }
    let mut what = vec![
        Line::new("种类", &said.kind),
        Line::new("命中条件", &said.definition),
        Line::new("限定", or(&said.limits, "没有数值限定")),
        Line::new("涉及金额的算法", &said.amount),
        Line::new("缺值时", &said.missing),
        Line::new("结果", said.result.label()),
        Line::new("轻重", said.severity.label()),
        Line::new(
            "涉及项目",
            if said.items == 0 { "不按项目判断".into() } else { format!("{}个", grouped(said.items)) },
        ),
    ];
    if let Some(official) = &said.official {
        what.insert(2, Line::new("国家公布的定义", official));
    }
    if said.defaults.is_empty() {
        what.push(Line::new("产品缺省", "没有"));
    } else {
        what.push(Line::new("产品缺省", said.defaults.join("；")));
    }
    let source = vec![
        Line::new("规则原文", or(&said.text, "没有摘录原文")),
        Line::new("来源", &said.source),
        Line::new("适用的服务日期", period(said)),
        Line::new("编写", &said.author),
        Line::new("核对", said.checker.clone().unwrap_or_else(|| "尚未核对".into())),
        Line::new("编号和版本", format!("{}，第{}版", rule.rule, rule.version)),
    ];
    vec![Section::new("规则内容", what), Section::new("来源", source), Section::new("执行状态", standing)]
}

fn figures(rule: &ClaimsRule) -> Vec<Figure> {
    let last = &rule.last;
    let is_run = rule.state().is_run();
    let precision = match rule.precision() {
        Some((confirmed, reviewed)) => Figure {
            label: "复核属实率",
            value: percent(confirmed, reviewed).unwrap_or_default(),
            lines: vec![format!("属实{}处 / 已复核{}处", grouped(confirmed), grouped(reviewed))],
        },
        None => {
            Figure {
                label: "复核属实率", value: "尚未复核".into(), lines: vec!["没有已复核的命中，不计算比例".into()]
            }
        }
    };
    vec![
        Figure {
            label: "上次筛查命中",
            value: if is_run { format!("{}处", grouped(last.sum.hits)) } else { "未执行".into() },
            lines: vec![if is_run {
                format!("涉及{}元", last.sum.amount)
            } else {
                format!("规则为“{}”，筛查不执行", rule.state().label())
            }],
        },
        Figure {
            label: "因缺值未判断",
            value: if is_run { format!("{}处", grouped(last.not_judged)) } else { "未执行".into() },
            lines: vec!["既不算命中也不算合规".into()],
        },
        precision,
    ]
}

/// A few hits while the rule is on trial, for the department that decides about it: they name persons.
async fn sample(caller: &Caller, rule: &ClaimsRule) -> Result<Vec<HitView>, Failure> {
    let Some(parcel) = rule.sample.as_ref().filter(|_| caller.ctx.actor.department == rule.department) else {
        return Ok(vec![]);
    };
    let hits = hits::read(&caller.ctx, std::slice::from_ref(parcel), |_| true).await?;
    let said = &rule.particulars;
    let view = |hit| {
        let found = Found { name: said.name.clone(), title: said.title.clone(), hit, record: None };
        hits::at_desk(found, Some(rule))
    };
    Ok(hits.into_iter().map(view).collect())
}

async fn page(web: &Web, caller: &Caller, id: &str, tried: Option<Tried<'_>>, done: Option<&str>) -> Response {
    let found = async {
        let rule = records::must::<ClaimsRule>(&caller.ctx, id).await?;
        let acts = ledger::of_resource(&caller.ctx, ClaimsRule::TABLE, id).await?;
        let sample = sample(caller, &rule).await?;
        Ok::<_, Failure>((rule, acts, sample))
    };
    let (rule, acts, sample) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut actions = forms(caller, &rule);
    let problem = tried.as_ref().and_then(|tried| tried.reopen(&mut actions));
    let mut waiting = vec![];
    if caller.ctx.actor.department != rule.department {
        let keeper = department(web, rule.department.as_str());
        waiting.push(format!("规则由{keeper}决定试运行、启用和停用。"));
    } else if rule.state() == Trust::Trial && !rule.open_actions(&caller.ctx.actor).contains(&Act::Activate) {
        waiting.push("您决定了该规则试运行，启用须由本部门另一名工作人员核对后决定。".into());
    }
    let page = RulePage {
        page: TablePage {
            file: FilePage {
                layout: Layout::of(web, caller, &rule.particulars.name, PATH).done(done),
                list: ("医保规则".into(), PATH.into()),
                title: format!("{}：{}", rule.particulars.name, rule.particulars.title),
                number: String::new(),
                state: state(rule.state()),
                clocks: vec![],
                sections: sections(&rule),
                acts: timeline(acts),
                waiting,
                actions,
                problem,
            },
            figures: figures(&rule),
            chart: None,
            tables: others(&rule).into_iter().collect(),
        },
        sample,
    };
    html(Tried::status(tried.as_ref()), &page)
}

//! Preparing a draw: the task is chosen in the plan, here it is said where the seed will come from.

use super::PATH;
use crate::app::Web;
use crate::desk::{Tried, back, department};
use crate::errors::{self, at_fields, html};
use crate::form::Given;
use crate::guard::Caller;
use crate::public::FormPage;
use crate::ui::{ActionForm, Field, Kind, Layout, long_date};
use axum::Extension;
use axum::extract::{Query as UrlQuery, State};
use axum::response::Response;
use serde::Deserialize;
use xingjian_draw::drand::Chain;
use xingjian_draw::draw::Origin;
use xingjian_draw::seed::{Ceremony, FEWEST_DIGITS, Lottery, Round};
use xingjian_inspect::draw::NewDraw;
use xingjian_inspect::draw::service::{self, planned};
use xingjian_inspect::plan::{Plan, PlannedTask};
use xingjian_kernel::id::PlanId;
use xingjian_kernel::{Fault, Timestamp};
use xingjian_store::Failure;

/// The chain whose rounds are offered.
const CHAIN: &str = "quicknet";

/// What the room calls a field, and its name in the form.
const FIELDS: &[(&str, &str)] = &[
    ("公开仪式地点", "place"),
    ("公开仪式数字位数", "digits"),
    ("公开仪式产生时间", "ceremony_at"),
    ("彩票或交易所名称", "lottery_name"),
    ("彩票或交易所期号", "issue"),
    ("彩票或交易所结果产生时间", "lottery_at"),
    ("drand随机信标产生时间", "drand_at"),
    ("drand轮次", "drand_at"),
    ("部门随机数公开期限", "reveals_due"),
    ("种子来源", "sources"),
    ("重新抽查的理由", "reason"),
    ("补充抽查的原因", "objects"),
];

/// What the address of the form asks for.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    plan: String,
    task: String,
    /// `extension` or `redraw`, of the draw `of`.
    kind: String,
    of: String,
}

impl Asked {
    fn of_form(given: &Given) -> Self {
        let text = |name: &str| given.text(name).to_owned();
        Self { plan: text("plan"), task: text("task"), kind: text("kind"), of: text("of") }
    }
}

pub async fn new(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(asked): UrlQuery<Asked>,
) -> Response {
    page(&web, &caller, &asked, None).await
}

pub async fn prepare(State(web): State<Web>, Extension(caller): Extension<Caller>, given: Given) -> Response {
    let done = async {
        let new = read(&given)?;
        service::prepare(&caller.ctx, new).await.map_err(|failure| at_fields(failure, FIELDS))
    };
    match done.await {
        Ok(id) => back(&format!("{PATH}/{id}"), "抽查已准备，等待负责人封存名录"),
        Err(failure) => {
            let asked = Asked::of_form(&given);
            let tried = Tried { action: "prepare", given: &given, failure: &failure };
            page(&web, &caller, &asked, Some(tried)).await
        }
    }
}

async fn page(web: &Web, caller: &Caller, asked: &Asked, tried: Option<Tried<'_>>) -> Response {
    let found = async {
        let plan: PlanId = asked.plan.parse().map_err(|_| Failure::NotFound)?;
        let planned = planned(&caller.ctx, plan, &asked.task).await;
        // Nobody typed the number of the task: it is part of the address.
        planned.map_err(|failure| if let Failure::Invalid(_) = failure { Failure::NotFound } else { failure })
    };
    let (plan, task) = match found.await {
        Ok(found) => found,
        Err(failure) => return errors::failure(web, &failure),
    };
    let mut action = [form(asked)];
    let problem = tried.as_ref().and_then(|tried| tried.reopen(&mut action));
    let [mut action] = action;
    action.faults.extend(problem);
    let hidden = [("plan", &asked.plan), ("task", &asked.task), ("kind", &asked.kind), ("of", &asked.of)];
    let page = FormPage {
        layout: Layout::of(web, caller, "准备抽查", PATH),
        title: heading(asked),
        intro: intro(web, asked, &plan, &task),
        action,
        hidden: hidden.map(|(name, value)| (name.to_owned(), value.clone())).into(),
    };
    html(Tried::status(tried.as_ref()), &page)
}

fn heading(asked: &Asked) -> &'static str {
    match asked.kind.as_str() {
        "extension" => "准备补充抽查",
        "redraw" => "准备重新抽查",
        _ => "准备抽查",
    }
}

fn intro(web: &Web, asked: &Asked, plan: &Plan, task: &PlannedTask) -> Vec<String> {
    let (first, last) = task.rules.period;
    let departments: Vec<String> = task.departments().iter().map(|id| department(web, id.as_str())).collect();
    let kind = if task.is_joint() { "跨部门联合抽查" } else { "本部门抽查" };
    let sealed =
        if task.sealed { "名单封存至检查结束次日公开。" } else { "名单抽取后立即公开。" };
    let earlier = match asked.kind.as_str() {
        "extension" => format!("，依据{}从没有抽中的对象中抽取", asked.of),
        "redraw" => format!("，依据{}重新组织，原抽查仍然公开", asked.of),
        _ => String::new(),
    };
    vec![
        format!("{}：{} {}{earlier}", plan.title, task.number, task.name),
        format!("{kind}：{}。检查期间{}至{}。{sealed}", departments.join("、"), long_date(first), long_date(last)),
        "种子来源须在名录封存以后才产生，任何人都不能事先知道，也不能挑选。可以同时采用几种。".to_owned(),
    ]
}

fn form(asked: &Asked) -> ActionForm {
    let sources = [
        ("ceremony", "公开仪式：现场掷出或者摇出数字，两个部门的人各自录入"),
        ("lottery", "彩票开奖或者交易所收盘数字"),
        ("drand", "drand 随机信标：国际公开的随机数服务，可离线核验"),
        ("reveals", "部门随机数：各部门事先提交承诺，再公开；只能与以上来源一起使用"),
    ];
    let sources = sources.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
    let moment = |name: &str, label: &str| Field::new(name, label, Kind::Moment).optional();
    let text = |name: &str, label: &str| Field::new(name, label, Kind::Text).optional();
    let mut form = ActionForm::new("prepare", "准备抽查", format!("{PATH}/new"), 0);
    match asked.kind.as_str() {
        "redraw" => {
            let hint = "原抽查仍然公开；理由一并公开。";
            form = form.field(Field::new("reason", "重新抽查的理由", Kind::Area).hint(hint));
        }
        "extension" => {
            let hint = "因哪些对象无法检查而补充，填写对象编号，每行一个；没有的留空。这些对象的结果保留，不会被替换。";
            form = form.field(Field::new("objects", "补充抽查的原因", Kind::Area).optional().hint(hint));
        }
        _ => {}
    }
    form.field(Field::new("sources", "种子来源", Kind::Checks(sources)).all(vec!["ceremony".into()]))
        .field(text("place", "公开仪式地点").hint("选公开仪式的填写本项和以下两项。"))
        .field(moment("ceremony_at", "公开仪式时间"))
        .field(
            text("digits", "抽取的数字位数")
                .value(FEWEST_DIGITS.to_string())
                .hint(format!("不少于{FEWEST_DIGITS}位，位数少了可以被逐一试算。")),
        )
        .field(
            text("lottery_name", "彩票或者交易所名称")
                .hint("选彩票或者交易所的填写本项和以下两项。公众查得到的名称，如中国福利彩票双色球。"),
        )
        .field(text("issue", "期号和采用的数字").hint("写明期号或者交易日，以及采用哪些数字、按什么顺序。"))
        .field(moment("lottery_at", "开奖或者收盘时间"))
        .field(
            moment("drand_at", "drand 轮次的时间")
                .hint("选 drand 的填写。采用此刻起的第一轮（quicknet 链，每3秒一轮）。"),
        )
        .field(moment("reveals_due", "部门随机数公开期限").hint("选部门随机数的填写。须早于以上任何来源产生的时间。"))
        .consequence("准备以后由另一名负责人封存名录；封存前各部门可以提交承诺。封存以后方案不能修改。")
}

fn read(given: &Given) -> Result<NewDraw, Failure> {
    let mut faults = vec![];
    let text = |name: &str| given.text(name).trim().to_owned();
    let chosen = |name: &str| given.all("sources").iter().any(|value| value == name);
    let plan: Option<PlanId> = given.text("plan").parse().ok();
    let ceremony = chosen("ceremony").then(|| {
        let digits = given.parsed("digits", "不是位数", "请填写整数，如 20", &mut faults);
        let at = given.moment("ceremony_at", &mut faults);
        Some(Ceremony { place: text("place"), at: at?, digits: digits? })
    });
    let lottery = chosen("lottery").then(|| {
        let at = given.moment("lottery_at", &mut faults);
        Some(Lottery { name: text("lottery_name"), issue: text("issue"), at: at? })
    });
    let drand = chosen("drand").then(|| {
        let at = given.moment("drand_at", &mut faults);
        at.map(round_from)
    });
    let reveals_due = if chosen("reveals") { given.moment("reveals_due", &mut faults) } else { None };
    let origin = origin(given, &mut faults);
    match (plan, origin) {
        (Some(plan), Some(origin)) if faults.is_empty() => Ok(NewDraw {
            plan,
            task: text("task"),
            origin,
            ceremony: ceremony.flatten(),
            lottery: lottery.flatten(),
            drand: drand.flatten(),
            reveals_due,
        }),
        (None, _) => Err(Failure::NotFound),
        _ => Err(faults.into()),
    }
}

fn round_from(at: Timestamp) -> Round {
    let round = Chain::named(CHAIN).map_or(1, |chain| chain.round_from(at));
    Round { chain: CHAIN.to_owned(), round }
}

fn origin(given: &Given, faults: &mut Vec<Fault>) -> Option<Origin> {
    let kind = given.text("kind");
    if kind.is_empty() {
        return Some(Origin::Plan);
    }
    let of = given.parsed("of", "不是抽查编号", "请在原抽查页面办理", faults)?;
    Some(match kind {
        "extension" => {
            let lines = given.text("objects").lines().map(str::trim).filter(|line| !line.is_empty());
            Origin::Extension { of, because_of: lines.map(str::to_owned).collect() }
        }
        _ => Origin::Redraw { of, reason: given.text("reason").trim().to_owned() },
    })
}

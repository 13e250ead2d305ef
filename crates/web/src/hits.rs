//! Hits of screening as people read them: which rule, why, which visits and lines; masked where an institution reads them.

use crate::app::Web;
use crate::ui::table::{Cell, Table, grouped, turns};
use crate::ui::{Badge, Layout};
use askama::Template;
use std::collections::{BTreeMap, BTreeSet};
use xingjian_kernel::Fen;
use xingjian_kernel::time::chinese;
use xingjian_sense::claims::{Hit, Line, Parcel, ResultClass, Visit, service};
use xingjian_sense::claims_rule::{ClaimsRule, Particulars};
use xingjian_store::{Ctx, Failure, records};

/// Hits of a page.
pub const PAGE: usize = 50;
/// What stands in place of another institution's matters.
const HIDDEN: &str = "其他机构的明细不显示";

/// What stands where the version of a hit was never seen here.
const UNKNOWN: &str = "该版本的规则内容没有保存，请查阅规则来源。";

/// A hit with the name of its rule, and the record it belongs to.
pub struct Found {
    /// Name of the rule.
    pub name: String,
    /// What the rule is about.
    pub title: String,
    /// The hit.
    pub hit: Hit,
    /// Label and page of the record it belongs to.
    pub record: Option<(String, String)>,
}

/// A hit on a page.
pub struct HitView {
    /// Name of the rule and what it is about.
    pub rule: String,
    /// The page of the rule, for those who may read it.
    pub rule_url: Option<String>,
    /// Number of the rule, and the version that hit.
    pub version: String,
    /// What it says.
    pub result: Badge,
    /// Amount in question; of some kinds there is none, which is not zero.
    pub amount: String,
    /// Day it is about.
    pub day: String,
    /// The person, department and doctor, as far as they are known.
    pub about: Vec<(&'static str, String)>,
    /// What the rule tests, in numbers.
    pub limits: String,
    /// When its kind hits.
    pub definition: String,
    /// The words of its source.
    pub text: String,
    /// What was read.
    pub values: Vec<(String, String)>,
    /// Visits behind it.
    pub visits: Table,
    /// Lines behind it.
    pub lines: Table,
    /// Label and page of the record it belongs to.
    pub record: Option<(String, String)>,
}

/// A page of hits.
#[derive(Template)]
#[template(path = "hits.html")]
pub struct HitsPage {
    /// What surrounds it.
    pub layout: Layout,
    /// Where it belongs: label and address.
    pub crumbs: Vec<(String, String)>,
    /// Heading.
    pub title: String,
    /// Sentences below it.
    pub notes: Vec<String>,
    /// Hits by rule.
    pub groups: Option<Table>,
    /// Hits of this page.
    pub hits: Vec<HitView>,
    /// The pages before and after.
    pub turns: Vec<(String, String)>,
    /// What it means that there are none.
    pub empty: &'static str,
}

/// The badge of what a hit says.
pub fn result(class: ResultClass) -> Badge {
    Badge::new(class.label(), if class == ResultClass::Definite { "bad" } else { "wait" })
}

/// The first eight characters of the keyed hash of a person.
pub fn patient(hash: Option<&str>) -> String {
    hash.map_or_else(|| "不涉及具体人员".to_owned(), |hash| hash.chars().take(8).collect())
}

/// Reads the hits of parcels that `wanted` lets through.
pub async fn read(ctx: &Ctx, parcels: &[Parcel], wanted: impl Fn(&Hit) -> bool) -> Result<Vec<Hit>, Failure> {
    let mut hits = vec![];
    for parcel in parcels {
        hits.extend(service::evidence(ctx, parcel).await?.into_iter().filter(&wanted));
    }
    Ok(hits)
}

/// How many hits there are beside how many are shown, where lines were not kept of all.
pub fn kept_of(kept: usize, all: u64) -> String {
    let kept = u64::try_from(kept).unwrap_or(u64::MAX);
    if kept >= all {
        return format!("共{}处命中，明细全部保存。", grouped(all));
    }
    let most = xingjian_sense::claims::accept::KEPT;
    let (all, kept) = (grouped(all), grouped(kept));
    format!("共{all}处命中，保存明细的有{kept}处：每条规则每月保存金额最大的{most}处，其余只计数和金额。")
}

/// What rules say of themselves, by rule; for the hits of one page.
async fn rules(ctx: &Ctx, found: &[Found]) -> Result<BTreeMap<String, ClaimsRule>, Failure> {
    let mut known = BTreeMap::new();
    for rule in found.iter().map(|found| &found.hit.rule).collect::<BTreeSet<_>>() {
        if let Some(stored) = records::by_number::<ClaimsRule>(ctx, rule).await? {
            known.insert(rule.clone(), stored.value);
        }
    }
    Ok(known)
}

/// Hits with what their rules say.
pub async fn views(
    ctx: &Ctx,
    found: Vec<Found>,
    view: impl Fn(Found, Option<&ClaimsRule>) -> HitView,
) -> Result<Vec<HitView>, Failure> {
    let rules = rules(ctx, &found).await?;
    let one = |found: Found| {
        let rule = rules.get(&found.hit.rule);
        view(found, rule)
    };
    Ok(found.into_iter().map(one).collect())
}

/// Which page is shown of so many hits, the first hit of it, and the ways to the pages beside it.
pub fn place(number: usize, hits: usize, link: &str) -> (usize, Vec<(String, String)>) {
    let last = hits.div_ceil(PAGE).max(1);
    let number = number.clamp(1, last);
    ((number - 1) * PAGE, turns(number, last, link))
}

/// A hit as the desk reads it.
pub fn at_desk(found: Found, rule: Option<&ClaimsRule>) -> HitView {
    let mut view = of(found, rule, |_| true);
    view.rule_url = rule.map(|rule| format!("/desk/claims-rules/{}", rule.id));
    view
}

/// A hit as the institution with this code reads it: what is another institution's is named as such.
pub fn for_party(found: Found, rule: Option<&ClaimsRule>, code: &str) -> HitView {
    let Found { name, title, mut hit, record } = found;
    mask(&mut hit, code);
    of(Found { name, title, hit, record }, rule, |institution| institution == code)
}

/// Takes out of the values what names or numbers of other institutions are in it.
fn mask(hit: &mut Hit, code: &str) {
    let (mut own, mut foreign): (BTreeSet<String>, BTreeSet<String>) = (BTreeSet::new(), BTreeSet::new());
    for visit in &hit.visits {
        let set = if visit.institution == code { &mut own } else { &mut foreign };
        let total = visit.total.map(|total| total.to_string());
        set.extend(
            [Some(visit.id.clone()), Some(visit.institution.clone()), visit.doctor.clone(), total]
                .into_iter()
                .flatten(),
        );
    }
    for line in &hit.lines {
        let set = if line.institution == code { &mut own } else { &mut foreign };
        let names = [Some(line.id.clone()), Some(line.institution.clone()), line.doctor.clone()];
        set.extend(names.into_iter().flatten().chain([line.amount.to_string()]));
    }
    for (name, value) in &mut hit.values {
        let elsewhere = name.ends_with("机构") && value != code;
        if elsewhere || (foreign.contains(value) && !own.contains(value)) {
            HIDDEN.clone_into(value);
        }
    }
}

fn of(found: Found, rule: Option<&ClaimsRule>, is_own: impl Fn(&str) -> bool) -> HitView {
    let Found { name, title, hit, record } = found;
    let mut about = vec![("人员", patient(hit.patient.as_deref()))];
    about.extend(hit.department.clone().map(|department| ("科室", department)));
    about.extend(hit.doctor.clone().map(|doctor| ("医师", doctor)));
    // What the version of the hit says, not what the rule says today.
    let said = rule.and_then(|rule| rule.edition(hit.version));
    HitView {
        rule: format!("{name}：{title}"),
        rule_url: None,
        version: format!("{}，第{}版", hit.rule, hit.version),
        result: result(hit.result),
        amount: amount(&hit, said),
        day: chinese(hit.day),
        about,
        limits: said.map(|said| said.limits.clone()).unwrap_or_default(),
        definition: said.map_or_else(|| UNKNOWN.to_owned(), |said| said.definition.clone()),
        text: said.map(|said| said.text.clone()).unwrap_or_default(),
        values: hit.values,
        visits: Table::new("visits", "就诊", VISIT_COLUMNS)
            .rows(hit.visits.into_iter().map(|visit| visit_row(visit, &is_own))),
        lines: Table::new("lines", "费用明细", LINE_COLUMNS)
            .rows(hit.lines.into_iter().map(|line| line_row(line, &is_own))),
        record,
    }
}

/// The amount in question; of some kinds there is none, and where it rests on a total that is not known that is said.
fn amount(hit: &Hit, said: Option<&Particulars>) -> String {
    let by_total = said.is_some_and(|said| said.amount.contains("总费用"));
    let is_unknown = by_total && hit.visits.iter().any(|visit| visit.total.is_none());
    match said {
        Some(said) if said.amount == "不计金额" => said.amount.clone(),
        _ if is_unknown && hit.amount == Fen::ZERO => "金额不明：就诊没有总费用".to_owned(),
        _ if is_unknown => format!("涉及 {} 元（有就诊没有总费用，未计入）", hit.amount),
        _ => format!("涉及 {} 元", hit.amount),
    }
}

const VISIT_COLUMNS: &[&str] =
    &["就诊ID", "机构编码", "科室", "主诊医师", "类别", "开始", "结束", "主诊断", "总费用（元）"];
/// Columns of a fee line.
pub const LINE_COLUMNS: &[&str] = &[
    "明细流水号",
    "医保目录编码",
    "日期",
    "时间",
    "数量",
    "单价（元）",
    "金额（元）",
    "符合范围（元）",
    "机构编码",
    "开单医师",
];

fn code(text: Option<String>) -> Cell {
    text.map_or(Cell::Missing("无数据"), Cell::Code)
}

fn money(amount: Option<Fen>) -> Cell {
    amount.map_or(Cell::Missing("无数据"), Cell::Money)
}

fn visit_row(visit: Visit, is_own: impl Fn(&str) -> bool) -> Vec<Cell> {
    let (begin, end) = (Cell::known(visit.begin.as_deref()), Cell::known(visit.end.as_deref()));
    let kind = code(visit.medical_type);
    if !is_own(&visit.institution) {
        let hidden = || Cell::Missing(HIDDEN);
        return vec![hidden(), Cell::Missing("其他机构"), hidden(), hidden(), kind, begin, end, hidden(), hidden()];
    }
    vec![
        Cell::Code(visit.id),
        Cell::Code(visit.institution),
        Cell::known(visit.department.as_deref()),
        code(visit.doctor),
        kind,
        begin,
        end,
        code(visit.diagnosis),
        money(visit.total),
    ]
}

/// A fee line as the cells of `LINE_COLUMNS`.
pub fn line_row(line: Line, is_own: impl Fn(&str) -> bool) -> Vec<Cell> {
    let (day, time) = (Cell::text(line.day.to_string()), Cell::known(line.time.as_deref()));
    if !is_own(&line.institution) {
        let hidden = || Cell::Missing(HIDDEN);
        let item = Cell::Code(line.item);
        return vec![
            hidden(),
            item,
            day,
            time,
            hidden(),
            hidden(),
            hidden(),
            hidden(),
            Cell::Missing("其他机构"),
            hidden(),
        ];
    }
    let item = if line.refunded { Cell::text(line.item).note("已退费或者冲销") } else { Cell::Code(line.item) };
    vec![
        Cell::Code(line.id),
        item,
        day,
        time,
        Cell::text(line.quantity),
        Cell::text(line.price),
        Cell::Money(line.amount),
        money(line.covered),
        Cell::Code(line.institution),
        code(line.doctor),
    ]
}

/// Parcels of hits with the name of their rule and what it is about.
pub type Parcels<'a> = Vec<(&'a str, &'a str, &'a Parcel)>;

/// How many hits parcels hold.
pub fn held(parcels: &Parcels<'_>) -> usize {
    parcels.iter().map(|(_, _, parcel)| usize::try_from(parcel.hits).unwrap_or(usize::MAX)).sum()
}

/// The hits of one page from its first one on; only the parcels that hold them are read.
pub async fn from(ctx: &Ctx, parcels: &Parcels<'_>, first: usize) -> Result<Vec<Found>, Failure> {
    let wanted = first..first + PAGE;
    let (mut found, mut at) = (vec![], 0);
    for (name, title, parcel) in parcels {
        let next = at + usize::try_from(parcel.hits).unwrap_or(usize::MAX);
        if next > wanted.start && at < wanted.end {
            let hits = service::evidence(ctx, parcel).await?;
            let shown = hits.into_iter().enumerate().filter(|(place, _)| wanted.contains(&(at + place)));
            found.extend(shown.map(|(_, hit)| Found {
                name: (*name).to_owned(),
                title: (*title).to_owned(),
                hit,
                record: None,
            }));
        }
        at = next;
    }
    Ok(found)
}

/// Where the figures of a spreadsheet come from.
pub fn source(web: &Web) -> String {
    format!("来源：{}医保筛查（杏鉴）。筛查命中是线索，不是认定的违规金额", web.app.policy.city.name)
}

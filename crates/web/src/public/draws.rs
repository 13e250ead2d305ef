//! Draws as anybody may follow them: announced when the bases are fixed, every step with its proof, the list and all
//! results after the release, and the file with which everything can be computed again.

use super::log;
use crate::app::Web;
use crate::desk::department;
use crate::errors::{self, html};
use crate::route::{Callers, Route};
use crate::ui::{Badge, Door, Layout};
use askama::Template;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::BTreeMap;
use xingjian_draw::draw::{Document, Freeze, Origin};
use xingjian_draw::file::PublicFile;
use xingjian_inspect::draw::public::{self, PublicDraw};
use xingjian_inspect::draw::{Draw, state_label};
use xingjian_kernel::time::chinese;
use xingjian_store::Failure;

const PATH: &str = "/draws";
/// Objects that a page of the list shows; the whole list is in the file.
const SHOWN: usize = 500;

pub fn routes() -> Vec<Route> {
    vec![
        Route::get(PATH, Callers::Public, list),
        Route::get("/draws/{name}", Callers::Public, show),
        Route::get("/draws/{name}/ceremony", Callers::Public, ceremony),
        Route::get("/draws/{name}/bundle", Callers::Public, bundle),
        Route::get("/draws/{name}/proof/{row}", Callers::Public, proof),
    ]
}

/// A draw in the list.
struct DrawRow {
    url: String,
    title: String,
    detail: String,
    state: Badge,
    results: String,
}

#[derive(Template)]
#[template(path = "public/draws.html")]
struct ListPage {
    layout: Layout,
    rows: Vec<DrawRow>,
}

/// A step with its words, and where its proof is.
struct StepRow {
    at: String,
    text: String,
    detail: Vec<(String, String)>,
    proof: Option<String>,
}

/// A stratum as people read it.
struct StratumRow {
    name: String,
    objects: u64,
    drawn: u64,
    probability: String,
}

/// A drawn object.
struct ObjectRow {
    name: String,
    id: String,
    stratum: String,
    ticket: String,
    result: Option<&'static str>,
}

/// What somebody wants to know of one object.
struct Found {
    id: String,
    text: String,
}

#[derive(Template)]
#[template(path = "public/draw.html")]
struct DrawPage {
    layout: Layout,
    name: String,
    title: String,
    state: Badge,
    lines: Vec<(&'static str, String)>,
    steps: Vec<StepRow>,
    strata: Vec<StratumRow>,
    objects: Vec<ObjectRow>,
    /// How many more the file has.
    more: usize,
    /// Result and how many.
    results: Vec<(&'static str, usize)>,
    outstanding: usize,
    drawn: usize,
    results_due: String,
    overdue: bool,
    released: bool,
    q: String,
    found: Option<Found>,
    bundle: String,
    /// The bundle of the draw that this one continues.
    previous: Option<String>,
}

#[derive(Template)]
#[template(path = "public/ceremony.html")]
struct CeremonyPage {
    layout: Layout,
    name: String,
    title: String,
    authority: String,
    /// Whether something can still change, so that the page asks again.
    live: bool,
    /// Heading, words below it, whether it has happened.
    stages: Vec<Stage>,
    objects: Vec<ObjectRow>,
    more: usize,
}

struct Stage {
    label: &'static str,
    done: bool,
    lines: Vec<(String, String)>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    q: String,
}

fn tone(of: &Draw) -> Badge {
    let tone = match of.state.name() {
        "released" => "done",
        "stopped" => "bad",
        _ => "work",
    };
    Badge::new(state_label(of.state.name()), tone)
}

async fn list(State(web): State<Web>) -> Response {
    let draws = match public::public_list(&web.app).await {
        Ok(draws) => draws,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let today = web.app.clock.today();
    let row = |of: &PublicDraw| {
        let (first, last) = of.draw.task.rules.period;
        let results = match of.draw.tally() {
            None => "尚未抽取".to_owned(),
            Some(_) if of.is_overdue(today) => format!("逾期：应于{}前公开", chinese(of.results_due)),
            Some(tally) if tally.outstanding == 0 => format!("{}家全部公开", tally.drawn),
            Some(tally) => format!("{}家中{}家有结果", tally.drawn, tally.drawn - tally.outstanding),
        };
        DrawRow {
            url: format!("{PATH}/{}", of.draw.name),
            title: of.draw.task.name.clone(),
            detail: format!("{}，检查期间{}至{}", of.draw.name, chinese(first), chinese(last)),
            state: tone(&of.draw),
            results,
        }
    };
    let page =
        ListPage { layout: Layout::bare(&web, "随机抽查", Door::Public), rows: draws.iter().map(row).collect() };
    html(StatusCode::OK, &page)
}

async fn found(web: &Web, name: &str) -> Result<PublicDraw, Response> {
    match public::public_get(&web.app, name).await {
        Ok(found) => Ok(found),
        Err(Failure::NotFound) => {
            let why = "可能网址有误，也可能名录还没有封存。请从随机抽查列表重新查找。";
            Err(errors::page(web, StatusCode::NOT_FOUND, "没有找到该抽查", why))
        }
        Err(failure) => Err(errors::failure(web, &failure)),
    }
}

async fn show(State(web): State<Web>, Path(name): Path<String>, UrlQuery(asked): UrlQuery<Asked>) -> Response {
    let of = match found(&web, &name).await {
        Ok(of) => of,
        Err(answer) => return answer,
    };
    let names = match public::names(&web.app, &of).await {
        Ok(names) => names,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let (objects, more) = objects(&of, &names);
    let tally = of.draw.tally().filter(|_| of.file.is_some());
    let page = DrawPage {
        layout: Layout::bare(&web, &of.draw.task.name, Door::Public),
        title: of.draw.task.name.clone(),
        state: tone(&of.draw),
        lines: about(&web, &of),
        steps: steps(&web, &of, &names),
        strata: strata(&of),
        objects,
        more,
        results: tally.iter().flat_map(|tally| &tally.results).map(|(of, count)| (of.label(), *count)).collect(),
        outstanding: tally.as_ref().map_or(0, |tally| tally.outstanding),
        drawn: tally.map_or(0, |tally| tally.drawn),
        results_due: chinese(of.results_due),
        overdue: of.is_overdue(web.app.clock.today()),
        released: of.file.is_some(),
        found: of
            .file
            .as_ref()
            .filter(|_| !asked.q.trim().is_empty())
            .map(|file| looked_up(file, &names, asked.q.trim())),
        q: asked.q,
        bundle: format!("{PATH}/{name}/bundle"),
        previous: of.draw.origin.earlier().map(|earlier| format!("{PATH}/{earlier}/bundle")),
        name,
    };
    html(StatusCode::OK, &page)
}

fn about(web: &Web, of: &PublicDraw) -> Vec<(&'static str, String)> {
    let task = &of.draw.task;
    let (first, last) = task.rules.period;
    let departments: Vec<String> = task.departments().iter().map(|id| department(web, id.as_str())).collect();
    let kind = if task.is_joint() {
        "跨部门联合抽查，一次检查覆盖各部门全部事项"
    } else {
        "本部门抽查"
    };
    let mut lines = vec![
        ("抽查编号", of.draw.name.to_string()),
        ("计划任务", task.number.clone()),
        ("抽查类型", kind.to_owned()),
        ("牵头部门", department(web, of.draw.department.as_str())),
        ("参加部门", departments.join("、")),
        ("检查期间", format!("{}至{}", chinese(first), chinese(last))),
    ];
    match &of.draw.origin {
        Origin::Plan => {}
        Origin::Extension { of: earlier, .. } => {
            lines.push(("补充抽查", format!("依据{earlier}，从没有抽中的对象中抽取")));
        }
        Origin::Redraw { of: earlier, reason } => lines.push(("重新抽查", format!("依据{earlier}：{reason}"))),
    }
    lines
}

/// A line of words.
fn words(text: impl Into<String>) -> (String, String) {
    (text.into(), String::new())
}

/// A step in words: when, what, and lines of a label and what is to be compared to the letter.
fn told(document: &Document, names: &BTreeMap<String, String>) -> (String, &'static str, Vec<(String, String)>) {
    let institution = |id: &str| names.get(id).cloned().unwrap_or_else(|| id.to_owned());
    match document {
        Document::Frozen(of) => (of.at.to_string(), "名录已封存", frozen(of)),
        Document::Seeded(of) => (of.at.to_string(), "种子已产生", vec![("公开种子".to_owned(), of.public.clone())]),
        Document::Drawn(of) => {
            let counts = format!("抽中{}家，检查人员{}名", of.objects, of.officers);
            (of.at.to_string(), "已抽取", vec![words(counts), ("结果的哈希值".to_owned(), of.result.to_string())])
        }
        Document::Released(of) => (of.at.to_string(), "名单已公开", vec![]),
        Document::Stopped(of) => (of.at.to_string(), "抽查已终止", vec![words(of.reason.text())]),
        Document::OfficerChanged(of) => {
            let text = format!("{}：{}退出，由抽签结果确定{}接替", institution(&of.object), of.from, of.to);
            (of.at.to_string(), "更换检查人员", vec![words(text), words(format!("理由：{}", of.reason))])
        }
        Document::Recorded(of) => {
            let text = format!("{}：{}", institution(&of.object), of.result.label());
            (of.at.to_string(), "登记检查结果", vec![words(text)])
        }
    }
}

fn frozen(of: &Freeze) -> Vec<(String, String)> {
    let (counts, hashes) = (&of.counts, &of.bases);
    let mut lines = vec![
        (format!("检查对象{}家", counts.objects), hashes.objects.to_string()),
        (format!("排除{}家", counts.excluded), hashes.excluded.to_string()),
        (format!("检查人员{}名", counts.officers), hashes.officers.to_string()),
        (format!("回避{}对", counts.exceptions), hashes.exceptions.to_string()),
    ];
    lines.extend(sources(of).into_iter().map(|(label, text)| words(format!("{label}：{text}"))));
    if let Some(sealed) = &of.sealed {
        lines.push((format!("名单封存，{}公开；种子末段的承诺", chinese(sealed.release)), sealed.nonce.to_string()));
    }
    lines
}

/// Where the seed comes from.
fn sources(of: &Freeze) -> Vec<(String, String)> {
    let plan = &of.sources;
    let mut lines = vec![];
    if let Some(of) = &plan.ceremony {
        lines.push(("公开仪式".to_owned(), format!("{}，{}，{}位数字", of.at, of.place, of.digits)));
    }
    if let Some(of) = &plan.lottery {
        lines.push(("彩票或者交易所".to_owned(), format!("{}，{}，{}", of.at, of.name, of.issue)));
    }
    if let Some(of) = &plan.drand {
        lines.push(("drand 随机信标".to_owned(), format!("{} 第{}轮", of.chain, of.round)));
    }
    if let Some(of) = &plan.reveals {
        lines.push(("部门随机数".to_owned(), format!("{}个部门已提交承诺，公开期限{}", of.commitments.len(), of.due)));
    }
    lines
}

fn steps(web: &Web, of: &PublicDraw, names: &BTreeMap<String, String>) -> Vec<StepRow> {
    let logged = web.app.log.get().is_some();
    let row = |step: &public::ShownStep| {
        let (at, text, detail) = told(&step.document, names);
        let proof = logged.then(|| format!("{PATH}/{}/proof/{}", of.draw.name, step.row));
        StepRow { at, text: text.to_owned(), detail, proof }
    };
    of.steps.iter().map(row).collect()
}

fn strata(of: &PublicDraw) -> Vec<StratumRow> {
    let Some(drawn) = of.draw.state.drawn() else { return vec![] };
    let row = |size: &xingjian_draw::stratum::Size| StratumRow {
        name: crate::desk::stratum(&size.stratum),
        objects: size.objects,
        drawn: size.drawn,
        probability: size.inclusion.as_ref().map_or_else(|| "没有对象".to_owned(), |of| format!("每家{of}")),
    };
    drawn.drawing.sizes.iter().map(row).collect()
}

/// The drawn objects of a released draw with their results, and how many more there are.
fn objects(of: &PublicDraw, names: &BTreeMap<String, String>) -> (Vec<ObjectRow>, usize) {
    let (Some(file), Some(drawn)) = (&of.file, of.draw.state.drawn()) else { return (vec![], 0) };
    let row = |row: &xingjian_draw::draw::Row| ObjectRow {
        name: names.get(&row.object).cloned().unwrap_or_else(|| row.object.clone()),
        id: row.object.clone(),
        stratum: crate::desk::stratum(&row.stratum),
        ticket: row.ticket.chars().take(10).collect(),
        result: drawn.results.get(&row.object).map(|recorded| recorded.result.label()),
    };
    (file.drawn.iter().take(SHOWN).map(row).collect(), file.drawn.len().saturating_sub(SHOWN))
}

/// What the file says of one object, by licence number or, of the drawn ones, by name.
fn looked_up(file: &PublicFile, names: &BTreeMap<String, String>, wanted: &str) -> Found {
    let by_name = names.iter().find(|(_, name)| *name == wanted).map(|(id, _)| id.clone());
    let id = by_name.unwrap_or_else(|| wanted.to_owned());
    let text = if let Some(excluded) = file.bases.excluded.iter().find(|of| of.id == id) {
        format!("不在可抽取的名录中，理由：{}", excluded.reason)
    } else if let Some(object) = file.bases.objects.iter().find(|of| of.id == id) {
        let drawn = file.drawn.iter().find(|row| row.object == id);
        let grade = format!("在名录中，信用等级{}级，{}", object.grade, object.kind);
        drawn.map_or_else(
            || format!("{grade}，没有抽中"),
            |row| format!("{grade}，抽中，票号{}", row.ticket.chars().take(14).collect::<String>()),
        )
    } else {
        "名录中没有这个编号。请填写许可证登记号；确应在名录中的，请向牵头部门反映".to_owned()
    };
    Found { id, text }
}

async fn bundle(State(web): State<Web>, Path(name): Path<String>) -> Response {
    let of = match found(&web, &name).await {
        Ok(of) => of,
        Err(answer) => return answer,
    };
    let written = async {
        let bundle = public::bundle(&web.app, of).await?;
        Ok::<_, Failure>(serde_json::to_vec(&bundle).map_err(xingjian_store::Error::from)?)
    };
    match written.await {
        Ok(bytes) => {
            let kind = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
            (StatusCode::OK, kind, bytes).into_response()
        }
        Err(failure) => errors::failure(&web, &failure),
    }
}

/// The proof of a step of this draw.
async fn proof(State(web): State<Web>, Path((name, row)): Path<(String, String)>) -> Response {
    let of = match found(&web, &name).await {
        Ok(of) => of,
        Err(answer) => return answer,
    };
    match of.steps.iter().find(|step| step.row.to_string() == row) {
        Some(step) => log::proof_of_shown(&web, step.row).await,
        None => errors::failure(&web, &Failure::NotFound),
    }
}

/// For a projector: what is fixed, the seed, hash and counts, and the list once it is public.
async fn ceremony(State(web): State<Web>, Path(name): Path<String>) -> Response {
    let of = match found(&web, &name).await {
        Ok(of) => of,
        Err(answer) => return answer,
    };
    let names = match public::names(&web.app, &of).await {
        Ok(names) => names,
        Err(failure) => return errors::failure(&web, &failure),
    };
    let (objects, more) = objects(&of, &names);
    let page = CeremonyPage {
        layout: Layout::bare(&web, "随机抽查公开仪式", Door::Public),
        title: of.draw.task.name.clone(),
        authority: web.app.policy.city.authority.clone(),
        live: matches!(of.draw.state.name(), "frozen" | "seeded"),
        stages: stages(&of),
        objects,
        more,
        name,
    };
    html(StatusCode::OK, &page)
}

fn stages(of: &PublicDraw) -> Vec<Stage> {
    let line = |label: &str, text: String| (label.to_owned(), text);
    let mut stages = vec![];
    if let Some(frozen) = of.draw.state.frozen() {
        let Freeze { counts, bases, .. } = &frozen.document;
        let lines = vec![
            line(&format!("检查对象 {} 家", counts.objects), bases.objects.to_string()),
            line(&format!("检查人员 {} 名", counts.officers), bases.officers.to_string()),
        ];
        stages.push(Stage { label: "名录已封存", done: true, lines });
        let seeding = of.draw.state.seeding();
        let lines = seeding.map_or_else(|| sources(&frozen.document), |of| vec![line("公开种子", of.public.clone())]);
        let label = if seeding.is_some() { "种子已产生" } else { "等待种子" };
        stages.push(Stage { label, done: seeding.is_some(), lines });
    }
    let drawn = of.draw.state.drawn();
    let lines = drawn.map_or_else(
        || vec![line("由种子计算，任何人都可以复核", String::new())],
        |drawn| {
            let counts = format!("抽中 {} 家，检查人员 {} 名", drawn.drawing.objects, drawn.drawing.officers);
            let mut lines = vec![line(&counts, drawn.drawing.result.to_string())];
            if let Some(day) = of.draw.release.filter(|_| of.file.is_none()) {
                lines.push(line("名单封存", format!("{}公开", chinese(day))));
            }
            lines
        },
    );
    let label = if drawn.is_some() { "已抽取" } else { "抽取" };
    stages.push(Stage { label, done: drawn.is_some(), lines });
    stages
}

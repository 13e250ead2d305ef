//! Messages that wait, one below the other: what is suggested with its words, and one key for each decision.

use super::TRIAGE;
use crate::app::Web;
use crate::desk::{back, due_on};
use crate::errors::{self, html};
use crate::form::{Given, encode};
use crate::guard::Caller;
use crate::listing::Away;
use crate::ui::excel::{self, Sheet};
use crate::ui::table::Cell;
use crate::ui::{Badge, Column, Due, Layout};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query as UrlQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use xingjian_kernel::id::{ComplaintId, InstitutionId};
use xingjian_kernel::{Cursor, SubjectRef};
use xingjian_policy::WordsFor;
use xingjian_sense::complaint::{Complaint, joining};
use xingjian_sense::message::triage::{self, Suggestion, Taken, Triage};
use xingjian_sense::message::{Urgency, mask, near};
use xingjian_store::records::COUNTED;
use xingjian_store::{Failure, Filter, Order, Stored, records};

/// Messages a page.
const PAGE: u32 = 20;
/// Messages that are read at once for a spreadsheet.
const READ: u32 = 1000;
/// Characters of a text that are shown; the file has all of it.
const SHOWN: usize = 600;
/// Complaints that may be the same, shown with one message.
const ALIKE: usize = 3;

/// What the address may ask for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Turn {
    /// Cursor of the page.
    after: String,
    /// Which of the page is looked at, from 0.
    at: usize,
    /// A sentence about what was just done.
    done: String,
}

/// A run of text and how it is marked.
pub struct Run {
    tone: &'static str,
    text: String,
}

struct Alike {
    id: ComplaintId,
    number: String,
    url: String,
    state: &'static str,
    why: String,
    runs: Vec<Run>,
    leads: bool,
}

struct Item {
    id: ComplaintId,
    version: i64,
    number: String,
    url: String,
    about: Vec<Run>,
    text: Vec<Run>,
    cut: bool,
    sent: String,
    due: Option<Due>,
    suggested: Badge,
    urgency: Option<Badge>,
    health: bool,
    why: String,
    pairs: String,
    named: Vec<(InstitutionId, String, String)>,
    one: Option<InstitutionId>,
    kind: &'static str,
    topic: String,
    alike: Vec<Alike>,
}

#[derive(Template)]
#[template(path = "desk/message_triage.html")]
struct TriagePage {
    layout: Layout,
    items: Vec<Item>,
    total: u64,
    at: usize,
    after: String,
    next: Option<String>,
    kinds: Vec<(String, String)>,
    topics: Vec<String>,
    model: Option<String>,
    problem: Option<String>,
}

/// How a word is marked.
fn tone(points_to: Option<WordsFor>) -> &'static str {
    match points_to {
        None => "",
        Some(WordsFor::Topic | WordsFor::Health) => "for",
        Some(WordsFor::Elsewhere) => "against",
        Some(WordsFor::Urgent) => "haste",
        Some(WordsFor::Question | WordsFor::Report) => "kind",
    }
}

fn runs(triage: &Triage, text: &str) -> Vec<Run> {
    triage.words().runs(text).into_iter().map(|(points_to, text)| Run { tone: tone(points_to), text }).collect()
}

fn sum(suggestion: &Suggestion) -> String {
    let counted = |points_to: WordsFor| matches!(points_to, WordsFor::Topic | WordsFor::Health | WordsFor::Elsewhere);
    let marks = suggestion.look.marks.iter().filter(|mark| counted(mark.points_to));
    let words: Vec<String> = marks.take(10).map(|mark| format!("{} {:+}", mark.word, mark.adds)).collect();
    if words.is_empty() {
        return "没有词表中的词".into();
    }
    format!("{}；合计 {} 分，满 5 分为卫生健康", words.join("，"), suggestion.look.health)
}

async fn item(web: &Web, caller: &Caller, triage: &Triage, stored: &Stored<Complaint>) -> Result<Item, Failure> {
    let suggestion = triage.of(&stored.about, &stored.text);
    let text: String = mask(&stored.text).chars().take(SHOWN).collect();
    let near = near::to(&caller.ctx, stored).await?;
    let alike = near.iter().take(ALIKE).map(|near| {
        let other = &near.complaint;
        let marked = near::marked(&mask(&other.text).chars().take(200).collect::<String>(), &stored.text);
        Alike {
            id: other.id,
            number: other.number.clone(),
            url: format!("/desk/complaints/{}", other.id),
            state: other.state.label(),
            why: near.why(),
            runs: marked.into_iter().map(|(same, text)| Run { tone: if same { "same" } else { "" }, text }).collect(),
            leads: near.leads() && stored.joined.is_empty(),
        }
    });
    let pairs: Vec<String> = suggestion.pairs.iter().map(|(pair, weight)| format!("{pair} {weight:+}")).collect();
    let named: Vec<_> = suggestion.named.iter().map(|n| (n.id, n.name.clone(), n.why.clone())).collect();
    Ok(Item {
        id: stored.id,
        version: stored.version,
        number: stored.number.clone(),
        url: format!("/desk/complaints/{}", stored.id),
        about: runs(triage, &mask(&stored.about)),
        cut: stored.text.chars().count() > SHOWN,
        text: runs(triage, &text),
        sent: stored.said_at().to_string(),
        due: due_on(web, stored.state.due().map(|due| due.due)),
        suggested: suggested(&suggestion),
        urgency: match suggestion.urgency {
            Urgency::Plain => None,
            Urgency::Watch => Some(Badge::new(Urgency::Watch.label(), "wait")),
            Urgency::Urgent => Some(Badge::new(Urgency::Urgent.label(), "bad")),
        },
        health: suggestion.health,
        why: sum(&suggestion),
        pairs: pairs.join("，"),
        one: if let [(id, ..)] = named.as_slice() { Some(*id) } else { None },
        named,
        kind: suggestion.kind.id(),
        topic: suggestion.topic.unwrap_or_default(),
        alike: alike.collect(),
    })
}

/// What waits, so many at once, what is due first before the rest.
fn waiting(limit: u32) -> Filter {
    Filter { states: vec!["received".to_owned()], limit, order: Order::Due, ..Filter::default() }
}

const COLUMNS: [&str; 10] =
    ["编号", "来件", "受理期限", "标题", "内容（节选）", "建议", "紧急程度", "依据", "模型依据", "点名机构"];

/// What waits as a spreadsheet, with what is suggested and why; which may be the same stands on the page.
pub async fn spreadsheet(State(web): State<Web>, Extension(caller): Extension<Caller>) -> Response {
    match sheet(&web, &caller).await {
        Ok(response) => response,
        Err(failure) => errors::failure(&web, &failure),
    }
}

async fn sheet(web: &Web, caller: &Caller) -> Result<Response, Failure> {
    let triage = Triage::open(&caller.ctx).await?;
    let mut filter = Filter { exact: true, ..waiting(READ) };
    let mut found = records::list::<Complaint>(&caller.ctx, &filter).await?;
    let away = Away { title: "来件分拣", unit: "件", filters: "待分拣", total: found.total };
    let columns = COLUMNS.map(Column::new);
    let mut sheet = Sheet::new(&away.top(web, caller), &columns).map_err(excel::failed)?;
    let mut rows = 0;
    loop {
        for stored in found.rows.iter().take(usize::try_from(COUNTED - rows).unwrap_or(usize::MAX)) {
            sheet.row(&cells(&triage, stored)).map_err(excel::failed)?;
            rows += 1;
        }
        filter.after = found.next;
        if filter.after.is_none() || rows == COUNTED {
            return away.carry(web, caller, rows, sheet).await;
        }
        filter.exact = false;
        found = records::list::<Complaint>(&caller.ctx, &filter).await?;
    }
}

fn cells(triage: &Triage, stored: &Stored<Complaint>) -> Vec<Cell> {
    let suggestion = triage.of(&stored.about, &stored.text);
    let text: String = mask(&stored.text).chars().take(SHOWN).collect();
    let pairs: Vec<String> = suggestion.pairs.iter().map(|(pair, weight)| format!("{pair} {weight:+}")).collect();
    let named: Vec<&str> = suggestion.named.iter().map(|named| named.name.as_str()).collect();
    let due = stored.state.due().map(|due| due.due.to_string());
    vec![
        Cell::Code(stored.number.clone()),
        Cell::text(stored.said_at().to_string()),
        due.map_or(Cell::Missing("没有期限"), Cell::text),
        Cell::text(mask(&stored.about)),
        Cell::text(text),
        Cell::State(suggested(&suggestion)),
        Cell::text(suggestion.urgency.label()),
        Cell::text(sum(&suggestion)),
        if pairs.is_empty() { Cell::Missing("没有用模型") } else { Cell::text(pairs.join("，")) },
        if named.is_empty() { Cell::Missing("没有点名") } else { Cell::text(named.join("、")) },
    ]
}

fn suggested(suggestion: &Suggestion) -> Badge {
    match (suggestion.health, &suggestion.topic) {
        (true, topic) => Badge::new(format!("建议：{}", topic.as_deref().unwrap_or("卫生健康")), "work"),
        (false, _) => Badge::new("建议：不属卫生健康", "none"),
    }
}

pub async fn show(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    UrlQuery(turn): UrlQuery<Turn>,
) -> Response {
    page(&web, &caller, &turn, None).await
}

async fn page(web: &Web, caller: &Caller, turn: &Turn, tried: Option<&Failure>) -> Response {
    let made = async {
        let triage = Triage::open(&caller.ctx).await?;
        let filter = Filter { after: Cursor::decode(&turn.after), ..waiting(PAGE) };
        let found = records::list::<Complaint>(&caller.ctx, &filter).await?;
        let mut items = vec![];
        for stored in &found.rows {
            items.push(item(web, caller, &triage, stored).await?);
        }
        let model = triage.model().map(|model| format!("{}", model.created_at.local_date()));
        Ok::<_, Failure>((items, found.total, found.next, model))
    };
    let (items, total, next, model) = match made.await {
        Ok(made) => made,
        Err(failure) => return errors::failure(web, &failure),
    };
    let today = web.app.clock.today();
    let kinds = web.app.policy.complaint_kinds_in_order(today);
    let problem = tried.map(|failure| match failure {
        Failure::Invalid(faults) => {
            faults.iter().map(|f| format!("{}。{}", f.reason, f.mend)).collect::<Vec<_>>().join("；")
        }
        Failure::Refused(refusal) => format!("{}。{}", refusal.message, refusal.mend),
        other => other.to_string(),
    });
    let page = TriagePage {
        layout: Layout::of(web, caller, "来件分拣", TRIAGE).done(Some(&turn.done)),
        at: turn.at.min(items.len().saturating_sub(1)),
        items,
        total,
        after: turn.after.clone(),
        next: next.map(|next| format!("{TRIAGE}?after={}", encode(&next.encode()))),
        kinds: kinds.iter().map(|kind| (kind.id.clone(), kind.name.clone())).collect(),
        topics: web.app.policy.topics(today).into_iter().map(str::to_owned).collect(),
        model,
        problem,
    };
    html(tried.map_or(StatusCode::OK, errors::status), &page)
}

pub async fn act(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path((id, action)): Path<(String, String)>,
    given: Given,
) -> Response {
    let turn = Turn {
        after: given.text("after").to_owned(),
        at: given.text("at").parse().unwrap_or_default(),
        done: String::new(),
    };
    match perform(&caller, &id, &action, &given).await {
        // The next message stands where this one stood.
        Ok(done) => back_to(&turn, &done),
        Err(failure) => {
            errors::log(&failure);
            page(&web, &caller, &turn, Some(&failure)).await
        }
    }
}

fn back_to(turn: &Turn, done: &str) -> Response {
    if turn.after.is_empty() && turn.at == 0 {
        return back(TRIAGE, done);
    }
    let target = format!("{TRIAGE}?after={}&at={}&done={}", encode(&turn.after), turn.at, encode(done));
    let headers = [(axum::http::header::LOCATION, target)];
    axum::response::IntoResponse::into_response((StatusCode::SEE_OTHER, headers))
}

async fn perform(caller: &Caller, id: &str, action: &str, given: &Given) -> Result<String, Failure> {
    let id: ComplaintId = id.parse().map_err(|_| Failure::NotFound)?;
    let (ctx, seen) = (&caller.ctx, given.seen());
    Ok(match action {
        "take" => {
            let subject = given.text("subject").parse::<InstitutionId>().ok().map(SubjectRef::Institution);
            let taken = Taken { kind: given.text("kind").into(), topic: given.text("topic").into(), subject };
            let kept = triage::take(ctx, id, seen, taken).await?;
            format!("{}已受理：{}", kept.number, given.text("topic"))
        }
        "pass" => {
            let kept = triage::pass(ctx, id, seen, given.text("reason")).await?;
            format!("{}不予受理：不属本系统职责", kept.number)
        }
        "join" => {
            let lead: ComplaintId = given.text("lead").parse().map_err(|_| Failure::NotFound)?;
            let kept = joining::join(ctx, id, seen, lead).await?;
            format!("{}已并案", kept.number)
        }
        _ => return Err(Failure::NotFound),
    })
}

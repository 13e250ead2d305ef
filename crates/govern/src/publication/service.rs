//! Use cases of publications: the desk decides, the public reads projections only.

use super::source::{self, Found};
use super::store::key;
use super::{Action, Field, Now, Projection, Publication, Shown, Source, SourceKind, State};
use serde::Serialize;
use serde_json::json;
use std::sync::Arc;
use xingjian_kernel::id::{EntryId, PublicationId};
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Cursor, LocalDate, Page, Permission, Refusal, Role, SubjectRef};
use xingjian_policy::{Entry, PublicationClass};
use xingjian_registry::release;
use xingjian_store::ledger::{self, ShownRow};
use xingjian_store::{App, Ctx, Error, Event, Failure, Filter, Order, Stored, Tx, records, tables};

/// What became of a source that may be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// It waits for a decision.
    Created(PublicationId),
    /// It did already.
    AlreadyThere(PublicationId),
    /// There is nothing to publish, or no class for it: it stays hidden.
    Hidden,
}

/// Makes a source wait for a decision on its publication; once for each decision or task. Later calls note that the
/// party was served.
pub async fn propose_in(tx: &mut Tx, ctx: &Ctx, kind: SourceKind, id: &str) -> Result<Proposed, Failure> {
    let system = Ctx::system(&ctx.app);
    let Some(found) = source::find_in(tx, &system, kind, id).await? else { return Ok(Proposed::Hidden) };
    let key = key(kind.code(), id, found.number.as_deref());
    if let Some(there) = records::by_number_in::<Publication>(tx, &system, &key).await? {
        let id = there.id;
        if found.served && !there.served {
            let event = Event::new("publication.source_served", "决定书已送达，可以公开").data(data(&there));
            records::save(tx, &system, &Publication { served: true, ..there.value }, there.version, event).await?;
        }
        return Ok(Proposed::AlreadyThere(id));
    }
    let class = found.class.as_deref().and_then(|class| ctx.policy().publication_class(class, found.on));
    let Some(class) = class else { return Ok(Proposed::Hidden) };
    let publication = Publication {
        id: ctx.new_id(),
        class: class.id.clone(),
        class_name: class.name.clone(),
        source: Source { kind, id: id.to_owned(), number: found.number, on: found.on },
        subject: Some(found.subject),
        title: found.title,
        division: found.division,
        department: found.department,
        due: ctx.deadline(&class.clock, found.on)?,
        served: found.served,
        created_at: ctx.now(),
        state: State::Pending,
    };
    let text = format!("待决定是否公开：{}，应于{}前办理", publication.class_name, chinese(publication.due.due));
    let event = Event::new("publication.proposed", text).data(data(&publication));
    records::insert(tx, ctx, &publication, event).await?;
    Ok(Proposed::Created(publication.id))
}

/// Decides on a publication.
pub async fn act(ctx: &Ctx, id: PublicationId, seen: i64, action: Action) -> Result<Stored<Publication>, Failure> {
    ctx.may(Permission::DecidePublication)?;
    let mut tx = ctx.begin().await?;
    let publication = records::must_in::<Publication>(&mut tx, ctx, id).await?.value;
    let Source { kind, id, on, .. } = &publication.source;
    let found = source::find_in(&mut tx, &Ctx::system(&ctx.app), *kind, id).await?;
    let mut known = found.as_ref().map_or_else(Known::default, Known::of);
    if matches!(action, Action::Publish { .. }) && publication.served {
        // The class as it was on the day of the decision, whatever came since.
        release::require_on(&mut tx, ctx, "publication_class", &publication.class, *on).await?;
        let class = class(ctx, &publication)?;
        known.shown = found.map(|found| shown(ctx, &publication, class, found));
    }
    let stored = carry_out(&mut tx, ctx, publication, seen, action, known).await?;
    tx.commit().await?;
    Ok(stored)
}

/// The decision behind a publication was annulled, changed, found unlawful, or withdrawn before its service: what is
/// shown has to be withdrawn within the term that runs from `on`, and what was never shown never will be.
pub async fn source_undone_in(
    tx: &mut Tx,
    ctx: &Ctx,
    case: &str,
    number: &str,
    on: LocalDate,
    reason: &str,
) -> Result<(), Failure> {
    let system = Ctx::system(&ctx.app);
    let key = key(SourceKind::Decision.code(), case, Some(number));
    let Some(there) = records::by_number_in::<Publication>(tx, &system, &key).await? else { return Ok(()) };
    if !["pending", "withheld", "published"].contains(&there.state_name()) {
        return Ok(());
    }
    let recall = Action::Recall { on, reason: reason.to_owned() };
    carry_out(tx, &system, there.value, there.version, recall, Known::default()).await?;
    Ok(())
}

/// What an act needs to know of the source.
#[derive(Default)]
struct Known {
    shown: Option<Shown>,
    persons: Vec<String>,
    fulfilled: bool,
}

impl Known {
    fn of(found: &Found) -> Self {
        let persons = found.facts.persons.iter().chain(&found.people).cloned().collect();
        Self { shown: None, persons, fulfilled: found.fulfilled }
    }
}

/// Whether the party has done everything that the decision asked of it: only then can credit be repaired.
pub async fn is_fulfilled(ctx: &Ctx, publication: &Publication) -> Result<bool, Failure> {
    let Source { kind, id, .. } = &publication.source;
    Ok(source::find(&Ctx::system(&ctx.app), *kind, id).await?.is_some_and(|found| found.fulfilled))
}

/// What the public would read if it were published today; `None` where that is nothing.
pub async fn preview(ctx: &Ctx, id: PublicationId) -> Result<Option<Projection>, Failure> {
    ctx.may(Permission::DecidePublication)?;
    let publication = records::must::<Publication>(ctx, id).await?;
    let class = class(ctx, &publication)?;
    let Source { kind, id, .. } = &publication.source;
    let found = source::find(&Ctx::system(&ctx.app), *kind, id).await?;
    Ok(found.map(|found| shown(ctx, &publication, class, found).projection))
}

async fn carry_out(
    tx: &mut Tx,
    ctx: &Ctx,
    publication: Publication,
    seen: i64,
    action: Action,
    known: Known,
) -> Result<Stored<Publication>, Failure> {
    let today = ctx.today();
    let from = if let Action::Recall { on, .. } = &action { *on } else { today };
    let withdraw_due = ctx.deadline("publish_withdraw", from)?;
    let now = Now { today, shown: known.shown, withdraw_due, persons: known.persons, fulfilled: known.fulfilled };
    let name = action.name();
    let said = match &action {
        Action::Publish { reason }
        | Action::Withhold { reason }
        | Action::Reconsider { reason }
        | Action::Recall { reason, .. }
        | Action::Repair { reason, .. }
        | Action::Withdraw { reason } => reason.trim().to_owned(),
        Action::Expire => "公示期届满".to_owned(),
    };
    let publication = publication.apply(action, &ctx.actor, &now).map_err(Refusal::from)?;
    let (kind, verb) = match name {
        "publish" => ("publication.published", "决定公开"),
        "withhold" => ("publication.withheld", "决定不予公开"),
        "reconsider" => ("publication.reconsidered", "重新决定是否公开"),
        "recall" => ("publication.recalled", "要求撤回公开"),
        "withdraw" => ("publication.withdrawn", "撤回公开"),
        "repair" => ("publication.repaired", "信用修复，提前撤下"),
        _ => ("publication.expired", "撤下公开"),
    };
    let text = format!("{verb}：{}，理由：{said}", publication.class_name);
    let event = Event::new(kind, text).data(data(&publication));
    let event = if matches!(name, "publish" | "withdraw") { shown_to_all(ctx, &publication, event) } else { event };
    let version = records::save(tx, ctx, &publication, seen, event).await?;
    Ok(Stored { version, value: publication })
}

/// What the public can check is a row of its own: exactly the text it reads, by the authority and not a person. A recall
/// changes nothing that it reads, and what is taken down it reads no longer.
fn shown_to_all(ctx: &Ctx, publication: &Publication, event: Event) -> Event {
    match PublicText::of(publication) {
        Some(text) => {
            let by = (ctx.policy().city.authority.as_str(), &publication.department, Role::Publisher);
            event.shown(by, text.title(), json!(text))
        }
        None => event,
    }
}

fn data(publication: &Publication) -> serde_json::Value {
    json!({
        "publication": publication.id,
        "class": publication.class,
        "kind": publication.source.kind,
        "source": publication.source.id,
        "due": publication.next_due(),
    })
}

/// The class as it was on the day of the decision or of the visit.
fn class<'a>(ctx: &'a Ctx, publication: &Publication) -> Result<&'a Entry<PublicationClass>, Failure> {
    let (id, day) = (&publication.class, publication.source.on);
    let class = ctx.policy().publication_class(id, day);
    class.ok_or_else(|| Error::Missing(format!("publication class {id} on {day}")).into())
}

/// The text by a version of the class, from what the source says now.
fn shown(ctx: &Ctx, publication: &Publication, class: &Entry<PublicationClass>, found: Found) -> Shown {
    // Counted from the decision, not from the day it was put up.
    let end = |term| ctx.policy().calendar.deadline(publication.source.on, term).due;
    let (until, shortest) = (end(class.retention), class.shortest.map(end));
    let facts = found.facts.with("public_until", chinese(until));
    Shown { projection: Projection::of(&class.fields, &facts), class_from: class.from, until, shortest }
}

/// Takes down what has been shown for its time; how many. Meant to run daily.
pub async fn expire_due(app: &Arc<App>) -> Result<usize, Failure> {
    let system = Ctx::system(app);
    let today = system.today();
    let filter = Filter {
        states: vec!["published".into()],
        due_until: Some(today.yesterday().unwrap_or(today)),
        limit: 200,
        ..Filter::default()
    };
    let mut down = 0;
    loop {
        let page = records::list::<Publication>(&system, &filter).await?;
        if page.rows.is_empty() {
            return Ok(down);
        }
        for Stored { version, value } in page.rows {
            let mut tx = system.begin().await?;
            carry_out(&mut tx, &system, value, version, Action::Expire, Known::default()).await?;
            tx.commit().await?;
            down += 1;
        }
    }
}

/// Publications whose text is no longer what their source and class give: made again and compared, one by one.
pub async fn drift(app: &Arc<App>) -> Result<Vec<PublicationId>, Failure> {
    let system = Ctx::system(app);
    let mut filter = Filter { states: vec!["published".into()], order: Order::Newest, limit: 200, ..Filter::default() };
    let mut differing = vec![];
    loop {
        let page = records::list::<Publication>(&system, &filter).await?;
        for publication in &page.rows {
            // What was erased is shown no more, and its source says what it says.
            let Some(kept) = publication.shown().filter(|kept| !kept.projection.fields().is_empty()) else { continue };
            let class = class(&system, publication)?;
            let found = source::find(&system, publication.source.kind, &publication.source.id).await?;
            if found.map(|found| shown(&system, publication, class, found)).as_ref() != Some(kept) {
                differing.push(publication.id);
            }
        }
        filter.after = page.next;
        if filter.after.is_none() {
            differing.sort_unstable();
            return Ok(differing);
        }
    }
}

/// What anybody may read of a publication.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublicText {
    /// Its id.
    pub id: PublicationId,
    /// The class: `行政处罚决定（单位）`.
    pub class: String,
    /// The text; empty once it was withdrawn.
    pub fields: Vec<Field>,
    /// Since when.
    pub since: LocalDate,
    /// Last day; `None` once it was withdrawn.
    pub until: Option<LocalDate>,
    /// What was withdrawn and why (行政处罚法第48条).
    pub withdrawn: Option<String>,
}

impl PublicText {
    /// What a publication shows; `None` unless it is, or was and was withdrawn.
    pub(super) fn of(publication: &Publication) -> Option<Self> {
        let base = |since, shown: Option<&Shown>| Self {
            id: publication.id,
            class: publication.class_name.clone(),
            fields: shown.map(|shown| shown.projection.fields().to_vec()).unwrap_or_default(),
            since,
            until: shown.map(|shown| shown.until),
            withdrawn: None,
        };
        match &publication.state {
            State::Published { decided, shown } => Some(base(decided.on, Some(shown))),
            State::Recalled { published_on, shown, .. } => Some(base(*published_on, Some(shown))),
            State::Withdrawn { decided, notice, public_reason } => {
                let withdrawn = format!("{notice}已于{}撤回：{public_reason}", chinese(decided.on));
                Some(Self { withdrawn: Some(withdrawn), ..base(decided.on, None) })
            }
            _ => None,
        }
    }

    /// A field's text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|field| field.name == name).map(|field| field.text.as_str())
    }

    /// The line of a list.
    pub fn title(&self) -> String {
        if let Some(withdrawn) = &self.withdrawn {
            return withdrawn.clone();
        }
        let parts = ["party_name", "document_number", "violation", "result"].map(|name| self.get(name));
        let parts: Vec<&str> = parts.into_iter().flatten().collect();
        format!("{}：{}", self.class, parts.join("，"))
    }
}

fn public_filter() -> Filter {
    let states = ["published", "recalled", "withdrawn"].map(str::to_owned).to_vec();
    Filter { states, order: Order::Newest, ..Filter::default() }
}

/// What is public, newest first; `text` is looked for in the public texts only.
pub async fn public_list(
    app: &Arc<App>,
    text: Option<&str>,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page<PublicText>, Failure> {
    let filter = Filter { text: text.map(str::to_owned), after, limit, ..public_filter() };
    let Page { rows, total, next } = records::list::<Publication>(&Ctx::system(app), &filter).await?;
    Ok(Page { rows: rows.iter().filter_map(|row| PublicText::of(row)).collect(), total, next })
}

/// What is public, newest first, with what each is; where only one kind is wanted a page may be shorter than its limit.
pub async fn public_page(
    app: &Arc<App>,
    kind: Option<SourceKind>,
    after: Option<Cursor>,
    limit: u32,
) -> Result<Page<(SourceKind, PublicText)>, Failure> {
    let filter = Filter { after, limit, ..public_filter() };
    let Page { rows, total, next } = records::list::<Publication>(&Ctx::system(app), &filter).await?;
    let wanted = rows.iter().filter(|row| kind.is_none_or(|kind| row.source.kind == kind));
    let rows = wanted.filter_map(|row| Some((row.source.kind, PublicText::of(row)?))).collect();
    Ok(Page { rows, total, next })
}

/// One public text with what it is.
pub async fn public_with_kind(app: &Arc<App>, id: PublicationId) -> Result<(SourceKind, PublicText), Failure> {
    let publication = records::must::<Publication>(&Ctx::system(app), id).await?;
    let text = PublicText::of(&publication).ok_or(Failure::NotFound)?;
    Ok((publication.source.kind, text))
}

/// One public text; what is not public does not exist here.
pub async fn public_get(app: &Arc<App>, id: PublicationId) -> Result<PublicText, Failure> {
    let publication = records::must::<Publication>(&Ctx::system(app), id).await?;
    PublicText::of(&publication).ok_or(Failure::NotFound)
}

/// The public row whose event is what the page shows now: what anybody may check. `None` for a text that was
/// published before there were such rows, or whose row was erased.
pub async fn public_row(app: &Arc<App>, id: PublicationId) -> Result<Option<ShownRow>, Failure> {
    let text = json!(public_get(app, id).await?);
    let rows = ledger::shown_of(app, tables::PUBLICATION, id).await?;
    Ok(rows.into_iter().rfind(|row| row.data == text))
}

/// The public row of a text whose content was erased, and the sentence about it; `None` for a text that is still whole.
pub async fn erased_row(app: &Arc<App>, id: PublicationId) -> Result<Option<(EntryId, String)>, Failure> {
    if public_get(app, id).await?.fields.is_empty() {
        return ledger::erased_of(app, tables::PUBLICATION, id).await;
    }
    Ok(None)
}

/// What is public about a subject, newest first. A text that does not name its party is left out: found here, it
/// would be named.
pub async fn public_of(app: &Arc<App>, subject: SubjectRef) -> Result<Vec<PublicText>, Failure> {
    let filter = Filter { subject: Some(subject), limit: 200, ..public_filter() };
    let rows = records::list::<Publication>(&Ctx::system(app), &filter).await?.rows;
    let texts = rows.iter().filter_map(|row| PublicText::of(row));
    Ok(texts.filter(|text| text.get("party_name").is_some()).collect())
}

//! What connected systems are told: a follower of the ledger writes down for each webhook what is to be sent, in the transaction that moves its cursor.

use crate::once;
use crate::system::ConnectedSystem;
use crate::webhook::{EventKind, Webhook, delivery};
use serde_json::{Value, json};
use std::sync::Arc;
use xingjian_credit::linkage::Linkage;
use xingjian_kernel::SubjectRef;
use xingjian_kernel::id::AccountId;
use xingjian_sense::complaint::Complaint;
use xingjian_sense::signal::Signal;
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{App, Ctx, Failure, Filter, Order, Tx, records, tables};

struct Webhooks;

/// Whom an event concerns.
enum Whom {
    /// Everybody.
    All,
    /// The system that handed it in.
    Sender(AccountId),
    /// The webhook itself, whatever it subscribed to.
    Itself(String),
    /// Who may see the linkage.
    Asked(Box<Linkage>),
}

/// Something to tell.
struct Told {
    event: EventKind,
    data: Value,
    whom: Whom,
}

impl Follower for Webhooks {
    const NAME: &'static str = "exchange.webhooks";

    fn wants(&self, row: &LedgerRow) -> bool {
        event(row).is_some()
    }

    async fn take(&self, tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        let Some(told) = told(tx, ctx, row).await? else { return Ok(()) };
        let filter = Filter { open: Some(true), order: Order::Newest, ..Filter::default() };
        for webhook in records::all_in::<Webhook>(tx, ctx, &filter).await? {
            // What happened before it was registered was never asked for.
            let wanted = match &told.whom {
                Whom::Itself(id) => webhook.id.to_string() == *id,
                _ => webhook.events.contains(&told.event) && webhook.created_at <= row.at,
            };
            if wanted && concerns(tx, ctx, &webhook, &told).await? {
                delivery::tell_in(tx, ctx, webhook.id, (row.id, row.at), (told.event, &told.data)).await?;
            }
        }
        Ok(())
    }
}

/// Whether the system of a webhook may be told: its key holds, and it could read the same.
async fn concerns(tx: &mut Tx, ctx: &Ctx, webhook: &Webhook, told: &Told) -> Result<bool, Failure> {
    let Some(system) = records::get_in::<ConnectedSystem>(tx, ctx, webhook.system).await? else { return Ok(false) };
    if !system.is_open(ctx.today()) || !system.scopes.contains(&told.event.scope()) {
        return Ok(false);
    }
    Ok(match &told.whom {
        Whom::All | Whom::Itself(_) => true,
        Whom::Sender(sender) => *sender == system.id,
        Whom::Asked(linkage) => {
            let own = Ctx::new(&ctx.app, system.actor(), system.scope());
            let sees = records::get_in::<Linkage>(tx, &own, linkage.id).await?.is_some();
            sees && linkage.department == system.department
        }
    })
}

/// The event that an act may be.
fn event(row: &LedgerRow) -> Option<EventKind> {
    match row.kind.as_str() {
        "complaint.closed" | "complaint.declined" => Some(EventKind::ComplaintDecided),
        "signal.closed" | "signal.dismissed" => Some(EventKind::SignalDecided),
        "publication.published" => Some(EventKind::PublicationPublished),
        "publication.withdrawn" => Some(EventKind::PublicationWithdrawn),
        "linkage.pushed" | "linkage.renewed" | "linkage.upheld" => Some(EventKind::LinkagePushed),
        "linkage.lifted" | "linkage.withdrawn" | "linkage.undoing" => Some(EventKind::LinkageEnded),
        "credit.grade_changed" | "credit.grade_assessed" => Some(EventKind::CreditUpdated),
        "webhook.tested" => Some(EventKind::WebhookTest),
        _ => None,
    }
}

/// What an act of the ledger tells.
async fn told(tx: &mut Tx, ctx: &Ctx, row: &LedgerRow) -> Result<Option<Told>, Failure> {
    let id = &row.resource_id;
    let Some(event) = event(row) else { return Ok(None) };
    Ok(match event {
        EventKind::ComplaintDecided => {
            let Some(complaint) = records::get_in::<Complaint>(tx, ctx, id).await? else { return Ok(None) };
            // Who handed it in is who acted first.
            let first = ledger::of_resource(ctx, tables::COMPLAINT, id).await?.into_iter().next();
            let Some(sender) = first.and_then(|act| act.actor.account) else { return Ok(None) };
            let data = json!({ "number": complaint.number, "state": complaint.state.name() });
            Some(Told { event, data, whom: Whom::Sender(sender) })
        }
        EventKind::SignalDecided => {
            let Some(signal) = records::get_in::<Signal>(tx, ctx, id).await? else { return Ok(None) };
            let Some(report) = &signal.report else { return Ok(None) };
            let href = format!("/api/v1/signals/{}", report.reference);
            let data = json!({ "reference": report.reference, "state": signal.state.name(), "href": href });
            Some(Told { event, data, whom: Whom::Sender(report.system) })
        }
        EventKind::PublicationPublished | EventKind::PublicationWithdrawn => Some(published(event, id)),
        EventKind::WebhookTest => {
            Some(Told { event, data: json!({ "webhook": id }), whom: Whom::Itself(id.to_owned()) })
        }
        EventKind::LinkagePushed | EventKind::LinkageEnded => linkage(tx, ctx, event, id).await?,
        EventKind::CreditUpdated => credit(event, id),
    })
}

/// Nobody but institutions is graded.
fn credit(event: EventKind, subject: &str) -> Option<Told> {
    let SubjectRef::Institution(id) = subject.parse().ok()? else { return None };
    let href = format!("/api/v1/credit-records/{id}");
    Some(Told { event, data: json!({ "subject": subject, "href": href }), whom: Whom::All })
}

fn published(event: EventKind, id: &str) -> Told {
    let data = json!({ "id": id, "href": format!("/api/v1/publications/{id}") });
    Told { event, data, whom: Whom::All }
}

async fn linkage(tx: &mut Tx, ctx: &Ctx, event: EventKind, id: &str) -> Result<Option<Told>, Failure> {
    let Some(linkage) = records::get_in::<Linkage>(tx, ctx, id).await? else { return Ok(None) };
    let linkage = linkage.value;
    let data = json!({
        "id": id, "state": linkage.state_name(), "due": linkage.due().map(|(deadline, _)| deadline.due),
        "href": format!("/api/v1/linkages/{id}"),
    });
    Ok(Some(Told { event, data, whom: Whom::Asked(Box::new(linkage)) }))
}

/// Takes the acts that were not seen yet; how many they were.
pub async fn run(app: &Arc<App>) -> Result<usize, Failure> {
    ledger::follow(app, &Webhooks).await
}

/// What the passing of a day takes away: answers and deliveries that are kept no longer.
pub async fn daily(app: &App) -> Result<(), Failure> {
    once::forget(app, app.clock.now()).await?;
    delivery::forget(app).await
}

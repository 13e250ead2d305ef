//! Use cases of credit events.

use super::store::key;
use super::{CreditEvent, NewEvent};
use crate::{all, grade, who};
use serde_json::json;
use xingjian_kernel::id::CreditEventId;
use xingjian_kernel::time::chinese;
use xingjian_kernel::{Permission, Refusal, SubjectRef};
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// Records an event inside the act that caused it, and assesses the subject anew. The same cause from the same
/// act is in force once: a second call returns the first event. One that was withdrawn does not stand in the way.
pub async fn record_in(tx: &mut Tx, ctx: &Ctx, new: NewEvent) -> Result<CreditEventId, Failure> {
    let all = ctx.seeing_all();
    let key = key(&new.source.resource, new.cause);
    if let Some(there) = records::by_number_in::<CreditEvent>(tx, &all, &key).await? {
        return Ok(there.id);
    }
    let who = who::find_in(tx, ctx, new.subject).await?;
    let event = CreditEvent::record(ctx.new_id(), new, &who, ctx.now()).map_err(Refusal::from)?;
    let source = event.source.number.as_deref().unwrap_or("无文号");
    let text = format!(
        "记入信用事件“{}”：{}，依据{source}，自{}起计",
        event.cause.label(),
        event.source.text,
        chinese(event.effective_on)
    );
    let row = Event::new("credit.event_recorded", text).data(json!({
        "event": event.id,
        "cause": event.cause,
        "units": event.units,
        "amount": event.amount.map(|fen| fen.fen().to_string()),
        "effective_on": event.effective_on,
        "source": event.source.resource,
        "number": event.source.number,
    }));
    records::insert(tx, ctx, &event, row).await?;
    grade::reassess_in(tx, ctx, event.subject).await?;
    Ok(event.id)
}

/// Takes an event back and assesses the subject anew.
pub async fn withdraw(ctx: &Ctx, id: CreditEventId, seen: i64, reason: &str) -> Result<Stored<CreditEvent>, Failure> {
    ctx.may(Permission::ManageCredit)?;
    let mut tx = ctx.begin().await?;
    let event = records::must_in::<CreditEvent>(&mut tx, ctx, id).await?;
    let event = withdrawn(&mut tx, ctx, event.value, seen, reason).await?;
    tx.commit().await?;
    Ok(event)
}

/// Takes back what an act had caused, because the act itself was taken back; the event's id, or `None` where
/// there is nothing (left) to take back.
pub async fn withdraw_in(
    tx: &mut Tx,
    ctx: &Ctx,
    resource: &str,
    cause: xingjian_policy::GradeCause,
    reason: &str,
) -> Result<Option<CreditEventId>, Failure> {
    let all = ctx.seeing_all();
    match records::by_number_in::<CreditEvent>(tx, &all, &key(resource, cause)).await? {
        Some(event) if event.withdrawn.is_none() => {
            let seen = event.version;
            withdrawn(tx, &all, event.value, seen, reason).await.map(|event| Some(event.id))
        }
        _ => Ok(None),
    }
}

/// Takes back everything an act had caused, whatever the cause; how many events they were.
pub async fn withdraw_source_in(
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectRef,
    resource: &str,
    reason: &str,
) -> Result<usize, Failure> {
    let all = ctx.seeing_all();
    let mut taken = 0;
    for event in all::about_in::<CreditEvent>(tx, &all, subject).await? {
        if event.source.resource == resource && event.withdrawn.is_none() {
            let seen = event.version;
            withdrawn(tx, &all, event.value, seen, reason).await?;
            taken += 1;
        }
    }
    Ok(taken)
}

/// Records again what was withdrawn because something graver had taken its place, now that the graver is gone.
pub async fn restore_in(
    tx: &mut Tx,
    ctx: &Ctx,
    subject: SubjectRef,
    resource: &str,
    cause: xingjian_policy::GradeCause,
) -> Result<Option<CreditEventId>, Failure> {
    let there = all::about_in::<CreditEvent>(tx, &ctx.seeing_all(), subject).await?;
    let last = there.into_iter().rev().find(|event| event.source.resource == resource && event.cause == cause);
    let Some(Stored { value: last, .. }) = last else { return Ok(None) };
    let CreditEvent { subject, cause, units, amount, effective_on, source, .. } = last;
    record_in(tx, ctx, NewEvent { subject, cause, units, amount, effective_on, source }).await.map(Some)
}

async fn withdrawn(
    tx: &mut Tx,
    ctx: &Ctx,
    event: CreditEvent,
    seen: i64,
    reason: &str,
) -> Result<Stored<CreditEvent>, Failure> {
    let event = event.withdraw(ctx.today(), reason).map_err(Refusal::from)?;
    let text = format!("撤回信用事件“{}”：{}，理由：{}", event.cause.label(), event.source.text, reason.trim());
    let row = Event::new("credit.event_withdrawn", text).data(json!({
        "event": event.id,
        "cause": event.cause,
        "source": event.source.resource,
    }));
    let version = records::save(tx, ctx, &event, seen, row).await?;
    grade::reassess_in(tx, ctx, event.subject).await?;
    Ok(Stored { version, value: event })
}

/// Every event of a subject that the caller may see, oldest first.
pub async fn all_of(ctx: &Ctx, subject: SubjectRef) -> Result<Vec<Stored<CreditEvent>>, Failure> {
    all::about(ctx, subject).await
}

//! Several complaints about one matter: joined under a leading one, never refused. Each reporter keeps the own receipt and gets the answer.

use super::state::State;
use super::{Action, Complaint};
use serde_json::json;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::{Actor, Fault, Permission, Refusal};
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// Joins a complaint that waits for acceptance to one that is not ended.
pub async fn join(ctx: &Ctx, id: ComplaintId, seen: i64, lead: ComplaintId) -> Result<Stored<Complaint>, Failure> {
    ctx.may(Permission::AssignComplaint)?;
    let mut tx = ctx.begin().await?;
    let mut complaint = records::must_in::<Complaint>(&mut tx, ctx, id).await?.value;
    let mut leading = records::must_in::<Complaint>(&mut tx, ctx, lead).await?;
    if lead == id {
        return Err(Fault::new("lead", "", "不能并入自己", "请选择另一件").into());
    }
    if !complaint.joined.is_empty() {
        let mend = "请先把并入它的各件分出，或者把另一件并入本件";
        return Err(Refusal::new("leads", "已有其他件并入本件，本件是主件", mend).into());
    }
    // What is joined itself, or has ended, leads nobody.
    if matches!(leading.state, State::Joined { .. } | State::Archived { .. }) || leading.state.outcome().is_some() {
        let message = format!("{}当前为“{}”，不能作为主件", leading.number, leading.state.label());
        return Err(Refusal::new("no_lead", message, "请选择尚未办结的一件作为主件").into());
    }
    let action = Action::Join { lead, number: leading.number.clone() };
    complaint.state = complaint.state.apply(action, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let text = format!("并入{}，反映同一事项，随主件办理和答复", leading.number);
    let event = Event::new("complaint.joined", text).data(json!({"lead": lead}));
    let version = records::save(&mut tx, ctx, &complaint, seen, event).await?;
    leading.value.joined.push(id);
    let event = Event::new("complaint.leads", format!("{}并入本件", complaint.number)).data(json!({"joined": id}));
    records::save(&mut tx, ctx, &leading.value, leading.version, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: complaint })
}

/// Takes a joined complaint out again: it waits for acceptance by its own clock.
pub async fn separate(ctx: &Ctx, id: ComplaintId, seen: i64) -> Result<Stored<Complaint>, Failure> {
    ctx.may(Permission::AssignComplaint)?;
    let mut tx = ctx.begin().await?;
    let mut complaint = records::must_in::<Complaint>(&mut tx, ctx, id).await?.value;
    let lead = match &complaint.state {
        State::Joined { lead, .. } => Some(*lead),
        _ => None,
    };
    complaint.state = complaint.state.apply(Action::Separate, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let event = Event::new("complaint.separated", "从并案中分出，单独办理");
    let version = records::save(&mut tx, ctx, &complaint, seen, event).await?;
    if let Some(lead) = lead {
        // The leading one may by now be with a department that the clerk does not see into.
        let all = ctx.seeing_all();
        let mut leading = records::must_in::<Complaint>(&mut tx, &all, lead).await?;
        leading.value.joined.retain(|joined| *joined != id);
        let event = Event::new("complaint.leads", format!("{}从本件分出", complaint.number));
        records::save(&mut tx, &all, &leading.value, leading.version, event).await?;
    }
    tx.commit().await?;
    Ok(Stored { version, value: complaint })
}

/// Ends those joined to a complaint that has just ended, in its transaction: each has the same answer in a file of its own.
pub(crate) async fn follow_in(tx: &mut Tx, ctx: &Ctx, lead: &Complaint) -> Result<(), Failure> {
    let Some(outcome) = lead.state.outcome() else { return Ok(()) };
    let all = ctx.seeing_all();
    for id in &lead.joined {
        let joined = records::must_in::<Complaint>(tx, &all, id).await?;
        // One that was separated and ended by itself stays as it is.
        if !matches!(joined.state, State::Joined { .. }) {
            continue;
        }
        let mut complaint = joined.value;
        let action = Action::Follow(Box::new(outcome.clone()));
        complaint.state = complaint.state.apply(action, &Actor::system(), ctx.today()).map_err(Refusal::from)?;
        complaint.department = lead.department.clone();
        let (kind, what) = match complaint.state {
            State::Declined { .. } => ("complaint.declined", "不予受理"),
            _ => ("complaint.closed", "办结"),
        };
        let event = Event::new(kind, format!("随主件{}{what}，答复相同", lead.number));
        records::save(tx, &all, &complaint, joined.version, event).await?;
    }
    Ok(())
}

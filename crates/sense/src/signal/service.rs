//! Use cases of signals.

use super::{Action, Signal, Source, State};
use crate::complaint::{Acceptance, Complaint};
use serde_json::json;
use xingjian_inspect::task::service::NewTask;
use xingjian_inspect::task::{self, Cause, ClueOrigin};
use xingjian_kernel::id::{OfficerId, SignalId, TaskId};
use xingjian_kernel::{LocalDate, Permission, Refusal};
use xingjian_registry::subject;
use xingjian_store::{Ctx, Error, Event, Failure, Stored, Tx, records};

/// Weight of a report and of a complaint; product default.
const WEIGHT_REPORT: u8 = 4;
const WEIGHT_COMPLAINT: u8 = 3;

/// Opens the signal of an accepted complaint, inside its transaction.
pub(crate) async fn open_for_complaint_in(
    tx: &mut Tx,
    ctx: &Ctx,
    complaint: &Complaint,
    acceptance: &Acceptance,
) -> Result<SignalId, Failure> {
    let subject = complaint.subject.ok_or_else(|| Error::Missing("the subject of a signal".into()))?;
    // As the registry calls it, never in the words of the reporter.
    let subject_name = subject::known_in(tx, &ctx.seeing_all(), subject).await?.name;
    let signal = Signal {
        id: ctx.new_id(),
        source: Source::Complaint(complaint.id),
        subject,
        subject_name,
        cause: acceptance.topic.clone(),
        weight: if acceptance.kind == "report" { WEIGHT_REPORT } else { WEIGHT_COMPLAINT },
        duty: acceptance.duty.clone(),
        division: complaint.division.clone(),
        department: acceptance.unit.clone(),
        origin: complaint.origin.clone(),
        opened_at: ctx.now(),
        claims: None,
        state: State::Open { due: ctx.deadline("signal_handle", ctx.today())? },
    };
    let event = Event::new("signal.opened", format!("线索：{}（{}）", signal.cause, signal.subject_name))
        .data(json!({"complaint": complaint.id}));
    records::insert(tx, ctx, &signal, event).await?;
    Ok(signal.id)
}

/// What is planned when a signal is to be inspected; cause and subject are the signal's own.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Day of the visit.
    pub planned: LocalDate,
    /// Inspection items of the policy pack.
    pub items: Vec<String>,
    /// Who goes.
    pub officers: Vec<OfficerId>,
    /// Why the yearly cap is exceeded, where it is.
    pub exceed_reason: Option<String>,
}

/// Turns a signal into a proposed inspection task, in one transaction.
pub async fn inspect(ctx: &Ctx, id: SignalId, seen: i64, plan: Plan) -> Result<TaskId, Failure> {
    ctx.may(Permission::ProposeInspection)?;
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let new = NewTask {
        cause: Cause::Signal { id, title: signal.title(), origin: clue_origin(signal.source) },
        subject: signal.subject,
        planned: plan.planned,
        items: plan.items,
        officers: plan.officers,
        exceed_reason: plan.exceed_reason,
    };
    let task = task::service::propose_in(&mut tx, ctx, new).await?;
    let signal = signal.apply(Action::Inspect { task }, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let event = Event::new("signal.inspecting", "转现场检查，已拟定检查任务").data(json!({"task": task}));
    records::save(&mut tx, ctx, &signal, seen, event).await?;
    tx.commit().await?;
    Ok(task)
}

/// Ends a signal without inspection, with the reason.
pub async fn dismiss(ctx: &Ctx, id: SignalId, seen: i64, reason: &str) -> Result<Stored<Signal>, Failure> {
    let mut tx = ctx.begin().await?;
    let signal = records::must_in::<Signal>(&mut tx, ctx, id).await?.value;
    let action = Action::Dismiss { reason: reason.trim().to_owned() };
    let signal = signal.apply(action, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    let event = Event::new("signal.dismissed", format!("不作检查，理由：{reason}"));
    let version = records::save(&mut tx, ctx, &signal, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: signal })
}

/// Closes a signal with its inspection, or opens it again when the task was withdrawn; called by the follower.
pub(crate) async fn follow_in(tx: &mut Tx, ctx: &Ctx, id: SignalId, kind: &str, text: &str) -> Result<(), Failure> {
    let Some(stored) = records::get_in::<Signal>(tx, ctx, id).await? else { return Ok(()) };
    let signal = stored.value;
    let (action, event) = match (&signal.state, kind) {
        (State::Inspecting { .. }, "task.closed")
        | (State::Filed { .. }, "case.closed" | "case.not_penalised" | "case.dismissed" | "case.transferred") => {
            (Action::Close { result: text.to_owned() }, Event::new("signal.closed", text))
        }
        (State::Filed { .. }, "case.declined") => {
            let due = ctx.deadline("signal_handle", ctx.today())?;
            (Action::Reopen { due }, Event::new("signal.reopened", "立案未获批准，重新处理"))
        }
        (State::Inspecting { .. }, "task.withdrawn" | "task.cancelled") => {
            let due = ctx.deadline("signal_handle", ctx.today())?;
            let what = if kind == "task.cancelled" { "取消" } else { "撤回" };
            (Action::Reopen { due }, Event::new("signal.reopened", format!("检查任务已{what}，重新处置")))
        }
        _ => return Ok(()),
    };
    let signal = signal.apply(action, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    records::save(tx, ctx, &signal, stored.version, event).await?;
    Ok(())
}

/// Where the inspection says its clue came from.
fn clue_origin(source: Source) -> ClueOrigin {
    match source {
        Source::Complaint(_) => ClueOrigin::Complaint,
        Source::Screening(_) => ClueOrigin::Monitoring,
    }
}

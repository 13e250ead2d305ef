//! Use cases of signals.

use super::report::{self, Report};
use super::{Action, Signal, Source, State};
use crate::complaint::{Acceptance, Complaint};
use serde_json::json;
use xingjian_inspect::task::service::NewTask;
use xingjian_inspect::task::{self, Cause, ClueOrigin};
use xingjian_kernel::id::{OfficerId, SignalId, TaskId};
use xingjian_kernel::{Fault, LocalDate, Permission, Refusal, SubjectRef};
use xingjian_registry::subject;
use xingjian_store::{Ctx, Error, Event, Failure, Stored, Tx, records};

/// Weight of a report, of what another system found and of a complaint; product default.
const WEIGHT_REPORT: u8 = 4;
const WEIGHT_SYSTEM: u8 = 4;
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
        report: None,
        state: State::Open { due: ctx.deadline("signal_handle", ctx.today())? },
    };
    let event = Event::new("signal.opened", format!("线索：{}（{}）", signal.cause, signal.subject_name))
        .data(json!({"complaint": complaint.id}));
    records::insert(tx, ctx, &signal, event).await?;
    Ok(signal.id)
}

/// A signal as a connected system hands it in.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// Its own number of the matter.
    pub reference: String,
    /// Whom it is about.
    pub subject: SubjectRef,
    /// Topic by which the duty list is asked.
    pub topic: String,
    /// What it found.
    pub text: String,
    /// When that was, where it says so.
    pub occurred_on: Option<LocalDate>,
}

/// The signal of a number.
#[derive(Clone, Debug)]
pub struct Received {
    /// The signal.
    pub signal: Stored<Signal>,
    /// It was there before.
    pub repeated: bool,
}

/// Takes a signal from a connected system; a number that came before is that signal again.
pub async fn receive(ctx: &Ctx, new: NewReport) -> Result<Received, Failure> {
    ctx.may(Permission::SendSignal)?;
    let system = ctx.actor.account.ok_or(Failure::NotFound)?;
    let report = Report {
        system,
        system_name: ctx.actor.name.clone(),
        reference: new.reference,
        text: new.text,
        occurred_on: new.occurred_on,
    };
    let mut faults = report.faults();
    let today = ctx.today();
    let duty = ctx.policy().duty_for(&new.topic, today);
    if duty.is_none() {
        faults.push(Fault::new("topic", &new.topic, "职责清单中没有负责该事项的部门", "请改用职责清单中的事项"));
    }
    let (Some(duty), true) = (duty, faults.is_empty()) else { return Err(faults.into()) };
    let mut tx = ctx.begin().await?;
    if let Some(there) = records::by_number_in::<Signal>(&mut tx, ctx, &report.number()).await? {
        return repeated(there, &report, new.subject);
    }
    let known = subject::known_in(&mut tx, ctx, new.subject).await?;
    let signal = Signal {
        id: ctx.new_id(),
        source: Source::System(system),
        subject: new.subject,
        subject_name: known.name,
        cause: new.topic,
        weight: WEIGHT_SYSTEM,
        duty: duty.id.clone(),
        division: known.division,
        department: duty.lead.clone(),
        origin: ctx.actor.department.clone(),
        opened_at: ctx.now(),
        claims: None,
        report: Some(Box::new(report.clone())),
        state: State::Open { due: ctx.deadline("signal_handle", today)? },
    };
    let text = format!("{}推送线索：{}（{}）", report.system_name, signal.cause, signal.subject_name);
    match records::insert(&mut tx, ctx, &signal, Event::new("signal.received", text)).await {
        Ok(()) => {
            tx.commit().await?;
            Ok(Received { signal: Stored { version: 1, value: signal }, repeated: false })
        }
        // Its twin was quicker.
        Err(Failure::Exists) => {
            drop(tx);
            let there = records::by_number::<Signal>(ctx, &report.number()).await?.ok_or(Failure::Exists)?;
            repeated(there, &report, new.subject)
        }
        Err(failure) => Err(failure),
    }
}

/// The signal that is there, if it says the same.
fn repeated(there: Stored<Signal>, report: &Report, subject: SubjectRef) -> Result<Received, Failure> {
    let same = there.report.as_ref().is_some_and(|known| {
        (&known.reference, &known.text, known.occurred_on) == (&report.reference, &report.text, report.occurred_on)
    });
    if !same || there.subject != subject {
        let mend = "补充或者更正的内容请另用一个编号推送";
        return Err(Fault::new("reference", &report.reference, "该编号已经推送过，内容与上次不同", mend).into());
    }
    Ok(Received { signal: there, repeated: true })
}

/// The signal that the calling system handed in under its own number.
pub async fn received(ctx: &Ctx, reference: &str) -> Result<Stored<Signal>, Failure> {
    let system = ctx.actor.account.ok_or(Failure::NotFound)?;
    records::by_number::<Signal>(ctx, &report::number(system, reference)).await?.ok_or(Failure::NotFound)
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
        Source::System(_) => ClueOrigin::Transfer,
    }
}

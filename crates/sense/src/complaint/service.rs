//! Use cases of complaints.

pub use super::intake::submit;

use super::intake::receipt_digest;
use super::joining;
use super::state::label;
use super::{Acceptance, Action, Complaint, ReporterClear, TransitionError, reporter_place};
use crate::message::triage::{self, Triaged};
use crate::signal;
use serde_json::json;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::{Fault, Permission, Refusal, SubjectRef};
use xingjian_registry::unregistered::{self, Described};
use xingjian_store::{Ctx, Error, Event, Failure, Stored, Tx, records};

/// The complaint a receipt code belongs to: what the reporter may see of it.
pub async fn by_receipt(ctx: &Ctx, code: &str) -> Result<Option<Stored<Complaint>>, Failure> {
    records::by_number::<Complaint>(&ctx.seeing_all(), &receipt_digest(ctx, code)).await
}

/// What is decided when a complaint is accepted.
#[derive(Clone, Debug)]
pub struct Accept {
    /// Complaint kind of the policy pack.
    pub kind: String,
    /// Why this kind.
    pub reason: String,
    /// Topic by which the duty list is asked.
    pub topic: String,
    /// The institution it is about, where it was recognised.
    pub subject: Option<SubjectRef>,
    /// Whom it is about in the clerk's words, where the registry does not know it: a signal needs a subject, and the
    /// reporter's words stay in the complaint.
    pub unregistered: Option<Described>,
    /// Whether a signal is opened.
    pub open_signal: bool,
}

/// Accepts: kind, reason, clock; the duty list names the department; a signal is opened where asked.
pub async fn accept(ctx: &Ctx, id: ComplaintId, seen: i64, accept: Accept) -> Result<Stored<Complaint>, Failure> {
    ctx.may(Permission::AssignComplaint)?;
    let today = ctx.today();
    let policy = ctx.policy();
    let mut faults = vec![];
    let kind = policy.complaint_kind(&accept.kind, today);
    if kind.is_none() {
        faults.push(Fault::new("kind", &accept.kind, "不是现行的类别", "请选择投诉、举报、信访或咨询"));
    }
    let duty = policy.duty_for(&accept.topic, today);
    if duty.is_none() {
        faults.push(Fault::new("topic", &accept.topic, "职责清单中没有负责该事项的部门", "请选择其他事项"));
    }
    let described = accept.unregistered.unwrap_or_default();
    if accept.subject.is_some() && described != Described::default() {
        faults.push(Fault::new("subject", "", "已经填写登记机构", "登记机构和未登记对象只填写一项"));
    }
    let unknown = accept.subject.is_none() && (accept.open_signal || described != Described::default());
    if unknown {
        faults.extend(described.faults());
    }
    let (Some(kind), Some(duty), true) = (kind, duty, faults.is_empty()) else { return Err(faults.into()) };
    let acceptance = Acceptance {
        kind: accept.kind.clone(),
        reason: accept.reason,
        topic: accept.topic.clone(),
        duty: duty.id.clone(),
        unit: duty.lead.clone(),
        due: ctx.deadline(&kind.clock, today)?,
        must_answer: kind.must_answer,
    };
    let there = records::must::<Complaint>(ctx, id).await?;
    let triaged = triage::decided(ctx, &there, true, Some(&acceptance.topic)).await?;
    let mut tx = ctx.begin().await?;
    let mut complaint = records::must_in::<Complaint>(&mut tx, ctx, id).await?.value;
    complaint.triage = Some(triaged);
    complaint.state = complaint
        .state
        .apply(Action::Accept(Box::new(acceptance.clone())), &ctx.actor, today)
        .map_err(Refusal::from)?;
    complaint.department = acceptance.unit.clone();
    complaint.subject = accept.subject;
    if unknown {
        complaint.subject = Some(unregistered::add_in(&mut tx, ctx, &described, &complaint.division).await?);
    }
    if accept.open_signal {
        complaint.signal = Some(signal::service::open_for_complaint_in(&mut tx, ctx, &complaint, &acceptance).await?);
    }
    let unit = policy.department(acceptance.unit.as_str(), today).map_or("", |d| d.name.as_str());
    let text = format!(
        "按{}受理（理由：{}），依职责清单“{}”由{unit}办理，{}前答复",
        kind.name, acceptance.reason, acceptance.duty, acceptance.due.due
    );
    let event = Event::new("complaint.accepted", text).data(json!({"signal": complaint.signal}));
    let version = records::save(&mut tx, ctx, &complaint, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: complaint })
}

/// Every act but acceptance.
pub async fn act(ctx: &Ctx, id: ComplaintId, seen: i64, action: Action) -> Result<Stored<Complaint>, Failure> {
    act_as(ctx, id, seen, action, None).await
}

/// The same, with what was decided about a message.
pub(crate) async fn act_as(
    ctx: &Ctx,
    id: ComplaintId,
    seen: i64,
    action: Action,
    triaged: Option<Triaged>,
) -> Result<Stored<Complaint>, Failure> {
    let mut tx = ctx.begin().await?;
    let mut complaint = records::must_in::<Complaint>(&mut tx, ctx, id).await?.value;
    let name = action.name();
    let detail = match &action {
        Action::Decline { reason } | Action::Return { reason } => format!("，理由：{reason}"),
        Action::Answer { finding, .. } => format!("，结论：{finding}"),
        _ => String::new(),
    };
    if !complaint.is_up_to(name, &ctx.actor) {
        return Err(Refusal::from(TransitionError::NotYourDepartment).into());
    }
    complaint.state = complaint.state.apply(action, &ctx.actor, ctx.today()).map_err(Refusal::from)?;
    complaint.triage = triaged.or(complaint.triage);
    let kind = match name {
        "decline" => "complaint.declined",
        "investigate" => "complaint.investigated",
        "answer" => "complaint.answered",
        "return" => "complaint.returned",
        _ => "complaint.closed",
    };
    let event = Event::new(kind, format!("{}{detail}", label(name))).data(json!({"signal": complaint.signal}));
    let version = records::save(&mut tx, ctx, &complaint, seen, event).await?;
    joining::follow_in(&mut tx, ctx, &complaint).await?;
    tx.commit().await?;
    Ok(Stored { version, value: complaint })
}

/// Who reported, in clear. Needs a role that may see it and a reason; the access is recorded.
pub async fn reveal_reporter(
    ctx: &Ctx,
    id: ComplaintId,
    seen: i64,
    reason: &str,
) -> Result<Option<ReporterClear>, Failure> {
    ctx.may(Permission::SeeComplainant)?;
    if reason.trim().is_empty() {
        return Err(Fault::new("reason", "", "没有填写", "请写明查看事由，将留痕").into());
    }
    let mut tx = ctx.begin().await?;
    let stored = records::must_in::<Complaint>(&mut tx, ctx, id).await?;
    let Some(sealed) = &stored.reporter else { return Ok(None) };
    let clear = ctx.app.keys.open(&reporter_place(id), sealed).map_err(Error::from)?;
    let event = Event::new("complaint.reporter_seen", format!("查看举报人身份，事由：{reason}"));
    records::save(&mut tx, ctx, &stored.value, seen, event).await?;
    tx.commit().await?;
    Ok(Some(serde_json::from_str(&clear).map_err(Error::from)?))
}

/// Writes down what became of the matter elsewhere; called by the follower.
pub(crate) async fn note_in(tx: &mut Tx, ctx: &Ctx, id: ComplaintId, text: &str) -> Result<(), Failure> {
    let Some(stored) = records::get_in::<Complaint>(tx, ctx, id).await? else { return Ok(()) };
    let mut complaint = stored.value;
    complaint.progress.push(super::Progress { on: ctx.today(), text: text.to_owned() });
    records::save(tx, ctx, &complaint, stored.version, Event::new("complaint.progressed", text)).await?;
    Ok(())
}

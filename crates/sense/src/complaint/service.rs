//! Use cases of complaints.

use super::joining;
use super::state::{State, label};
use super::{
    Acceptance, Action, Complaint, MAX_TEXT, MIN_TEXT, ReporterClear, TransitionError, reporter_mark, reporter_place,
};
use crate::message::near;
use crate::message::triage::{self, Triaged};
use crate::signal;
use serde_json::json;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, Permission, Refusal, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_registry::unregistered::{self, Described};
use xingjian_store::{Ctx, Error, Event, Failure, Stored, Tx, numbers, records};

/// A complaint as it comes from a form or the desk.
#[derive(Clone, Debug)]
pub struct NewComplaint {
    /// Channel of the policy pack.
    pub channel: String,
    /// Institution or place as the reporter named it.
    pub about: String,
    /// The institution chosen from the registry, where one was chosen.
    pub subject: Option<SubjectRef>,
    /// What happened.
    pub text: String,
    /// Who reports; `None` is anonymous.
    pub reporter: Option<ReporterClear>,
    /// Division; `None` is the city.
    pub division: Option<DivisionCode>,
    /// Secret of the form that was filled in: the same form sent twice is one complaint.
    pub once: String,
}

/// What the reporter takes away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The code by which the reporter follows the complaint.
    pub code: String,
    /// The running number.
    pub number: String,
    /// Whether this form had been sent before.
    pub repeated: bool,
}

/// Takes a complaint in, from anybody.
pub async fn submit(ctx: &Ctx, new: NewComplaint) -> Result<Receipt, Failure> {
    check(ctx, &new)?;
    let code = receipt_code(ctx, &new.once);
    let digest = receipt_digest(ctx, &code);
    let mut tx = ctx.begin().await?;
    let all = ctx.seeing_all();
    let today = ctx.today();
    // The counter comes first: its lock orders two sendings of one form. A transaction that is dropped gives it back.
    let sequence = numbers::next(&mut tx, &format!("complaint/{}", today.year())).await?;
    if let Some(there) = records::by_number_in::<Complaint>(&mut tx, &all, &digest).await? {
        if there.text != new.text || there.about != new.about.trim() {
            let mend = "请再次提交，将登记为新的一件；已填写的内容都保留着";
            return Err(Fault::new("once", "", "这张表单已经提交过，内容与上次不同", mend).into());
        }
        return Ok(Receipt { code, number: there.number.clone(), repeated: true });
    }
    let id: ComplaintId = ctx.new_id();
    let reporter = new.reporter.as_ref().map(serde_json::to_string).transpose().map_err(Error::from)?;
    let mut division = new.division.unwrap_or_else(|| ctx.policy().city.division.clone());
    if let Some(SubjectRef::Institution(institution)) = new.subject {
        // A chosen institution decides the division.
        division = records::must_in::<Institution>(&mut tx, &all, institution).await?.value.details.division;
    }
    let complaint = Complaint {
        number: format!("TS{}-{sequence:06}", today.year()),
        receipt_digest: digest,
        channel: new.channel,
        subject: new.subject,
        reporter_mark: new.reporter.as_ref().and_then(|reporter| reporter_mark(ctx, reporter)),
        reporter: reporter.map(|clear| ctx.app.keys.seal(&*ctx.app.rng, &reporter_place(id), &clear)),
        division,
        state: State::Received { due: ctx.deadline("complaint_accept", today)? },
        ..Complaint::received(ctx, id, lead(ctx)?, new.about.trim().to_owned(), new.text)
    };
    let text = format!("收到{}，渠道：{}", complaint.number, channel_name(ctx, &complaint.channel));
    records::insert(&mut tx, ctx, &complaint, Event::new("complaint.received", text)).await?;
    near::note_in(&mut tx, ctx, &complaint).await?;
    tx.commit().await?;
    Ok(Receipt { code, number: complaint.number, repeated: false })
}

fn check(ctx: &Ctx, new: &NewComplaint) -> Result<(), Failure> {
    let mut faults = vec![];
    let length = new.text.chars().count();
    if length < MIN_TEXT {
        faults.push(Fault::new(
            "text",
            &new.text,
            format!("只有{length}个字"),
            format!("请写清时间、地点和经过，至少{MIN_TEXT}个字"),
        ));
    }
    if length > MAX_TEXT {
        let mend = format!("请缩减到{MAX_TEXT}个字以内，其余材料可在受理后补充");
        faults.push(Fault::new("text", &new.text, format!("有{length}个字，超过上限"), mend));
    }
    if new.about.trim().is_empty() && new.subject.is_none() {
        faults.push(Fault::new("about", "", "没有填写", "请填写机构名称或地点"));
    }
    if new.about.chars().count() > 200 {
        faults.push(Fault::new("about", &new.about, "超过200个字", "请只写机构名称或地点"));
    }
    let reporter = new.reporter.iter().flat_map(|r| [("name", &r.name), ("contact", &r.contact)]);
    for (field, value) in reporter.clone() {
        if value.trim().is_empty() {
            faults.push(Fault::new(field, "", "没有填写", "请填写，或者改为匿名"));
        }
        if value.chars().count() > 100 {
            faults.push(Fault::new(field, value, "超过100个字", "请缩短"));
        }
    }
    for (field, value) in [("text", &new.text), ("about", &new.about)].into_iter().chain(reporter) {
        if let Some(control) = value.chars().find(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            let reason = format!("含有不能保存的控制字符 U+{:04X}", u32::from(control));
            faults.push(Fault::new(field, value, reason, "请删除该字符后再提交"));
        }
    }
    if ctx.policy().channel(&new.channel, ctx.today()).is_none() {
        faults.push(Fault::new(
            "channel",
            &new.channel,
            "不是本市公布的渠道",
            "请重新选择渠道；接口须填写 /api/v1/codes 中的代码",
        ));
    }
    if new.once.len() < 16 {
        faults.push(Fault::new("once", "", "表单已失效", "请刷新页面后重新提交，已填写的内容会保留"));
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.into()) }
}

pub(crate) fn lead(ctx: &Ctx) -> Result<DepartmentId, Failure> {
    let lead = ctx.policy().lead_department(ctx.today());
    let lead = lead.ok_or_else(|| Error::Missing("a leading department in the policy pack".into()))?;
    Ok(DepartmentId::new(lead.id.clone()))
}

fn channel_name(ctx: &Ctx, id: &str) -> String {
    ctx.policy().channel(id, ctx.today()).map_or_else(|| id.to_owned(), |c| c.name.clone())
}

/// 16 letters and digits without those that look alike, in four groups.
pub(crate) fn receipt_code(ctx: &Ctx, once: &str) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let digest = ctx.app.keys.digest("receipt-code", once);
    let mut code = String::new();
    for (i, pair) in digest.as_bytes().chunks(2).take(16).enumerate() {
        if i > 0 && i % 4 == 0 {
            code.push('-');
        }
        let byte = u8::from_str_radix(&String::from_utf8_lossy(pair), 16).unwrap_or_default();
        code.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    code
}

pub(crate) fn receipt_digest(ctx: &Ctx, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    ctx.app.keys.digest("receipt", &plain.to_ascii_uppercase())
}

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

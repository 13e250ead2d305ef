//! Complaints that come in: checked one by one, written together with those that come in the same moment.

use super::{Complaint, MAX_TEXT, MIN_TEXT, ReporterClear, State, reporter_mark, reporter_place};
use crate::message::near;
use std::collections::BTreeMap;
use std::sync::Arc;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, SubjectRef};
use xingjian_registry::institution::Institution;
use xingjian_store::together::{self, Job};
use xingjian_store::{App, Ctx, Error, Event, Failure, numbers, records};

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
    let mut division = new.division.unwrap_or_else(|| ctx.policy().city.division.clone());
    if let Some(SubjectRef::Institution(institution)) = new.subject {
        // A chosen institution decides the division.
        division = records::must::<Institution>(&ctx.seeing_all(), institution).await?.value.details.division;
    }
    let (id, today): (ComplaintId, _) = (ctx.new_id(), ctx.today());
    let reporter = new.reporter.as_ref().map(serde_json::to_string).transpose().map_err(Error::from)?;
    let complaint = Complaint {
        receipt_digest: receipt_digest(ctx, &code),
        channel: new.channel,
        subject: new.subject,
        reporter_mark: new.reporter.as_ref().and_then(|reporter| reporter_mark(ctx, reporter)),
        reporter: reporter.map(|clear| ctx.app.keys.seal(&*ctx.app.rng, &reporter_place(id), &clear)),
        division,
        state: State::Received { due: ctx.deadline("complaint_accept", today)? },
        ..Complaint::received(ctx, id, lead(ctx)?, new.about.trim().to_owned(), new.text)
    };
    let marks = near::marks(ctx, &complaint);
    let (number, repeated) =
        together::write(&ctx.app, Coming { ctx: ctx.clone(), year: today.year(), complaint, marks }).await?;
    Ok(Receipt { code, number, repeated })
}

/// A complaint that lacks its number alone.
struct Coming {
    ctx: Ctx,
    /// In which it came, and is numbered.
    year: i16,
    complaint: Complaint,
    marks: Vec<String>,
}

impl Job for Coming {
    /// Its number, and whether it was there before.
    type Done = (String, bool);

    async fn write(app: &Arc<App>, all: &[Self]) -> Result<Vec<Result<Self::Done, Failure>>, Failure> {
        let mut done = vec![];
        // At the turn of the year there may be two.
        for of_year in all.chunk_by(|one, next| one.year == next.year) {
            done.extend(Self::write_of(app, of_year[0].year, of_year).await?);
        }
        Ok(done)
    }
}

impl Coming {
    /// Writes those of one year, which have one series of numbers.
    async fn write_of(
        app: &Arc<App>,
        year: i16,
        all: &[Self],
    ) -> Result<Vec<Result<(String, bool), Failure>>, Failure> {
        let mut tx = app.db.begin().await?;
        let series = format!("complaint/{year}");
        // The counter comes first: its lock orders two sendings of one form. A transaction that is dropped gives it back.
        let mut next = numbers::next(&mut tx, &series).await?;
        let digests: Vec<String> = all.iter().map(|it| it.complaint.receipt_digest.clone()).collect();
        let there = records::of_numbers_in::<Complaint>(&mut tx, &Ctx::system(app), &digests).await?;
        let mut known: BTreeMap<String, Complaint> =
            there.into_iter().map(|it| (it.receipt_digest.clone(), it.value)).collect();
        let mut done = vec![];
        let mut new = vec![];
        for it in all {
            let digest = &it.complaint.receipt_digest;
            if let Some(there) = known.get(digest) {
                done.push(again(there, &it.complaint));
                continue;
            }
            let complaint = Complaint { number: format!("TS{year}-{next:06}"), ..it.complaint.clone() };
            next += 1;
            done.push(Ok((complaint.number.clone(), false)));
            known.insert(digest.clone(), complaint.clone());
            new.push((it, complaint));
        }
        let Some(others) = new.len().checked_sub(1) else { return Ok(done) };
        if others > 0 {
            numbers::many(&mut tx, &series, others.try_into().unwrap_or(i64::MAX)).await?;
        }
        let received = |it: &Self, complaint: &Complaint| {
            let channel = channel_name(&it.ctx, &complaint.channel);
            Event::new("complaint.received", format!("收到{}，渠道：{channel}", complaint.number))
        };
        let acts = new.iter().map(|(it, complaint)| (&it.ctx, complaint, received(it, complaint))).collect();
        records::insert_all(&mut tx, acts).await?;
        near::note_in(&mut tx, new.iter().map(|(it, complaint)| (complaint.id, it.marks.clone()))).await?;
        tx.commit().await?;
        Ok(done)
    }
}

/// The answer to a form that was sent before.
fn again(there: &Complaint, sent: &Complaint) -> Result<(String, bool), Failure> {
    if there.text != sent.text || there.about != sent.about {
        let mend = "请再次提交，将登记为新的一件；已填写的内容都保留着";
        return Err(Fault::new("once", "", "这张表单已经提交过，内容与上次不同", mend).into());
    }
    Ok((there.number.clone(), true))
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
        faults.push(Fault::new("channel", &new.channel, "不是本市公布的渠道", "请重新选择渠道"));
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

//! Complaints that are late: the head of the department is told, and after some days the head of the leading department. Once a level for
//! each day that passed, as a stated act.

use super::{Complaint, Escalation};
use std::sync::Arc;
use xingjian_kernel::calendar::days_between;
use xingjian_kernel::id::ComplaintId;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Actor, DepartmentId, Fault, LocalDate, Permission, Refusal};
use xingjian_store::{App, Ctx, Error, Event, Failure, Filter, Stored, records};

/// Days after which the leading department is told, a parameter of the pack.
const AGAIN: &str = "complaint_escalate_days";

impl Complaint {
    /// What the head of a department was told and has not answered.
    pub fn waits_for_head(&self, department: &DepartmentId) -> Option<&Escalation> {
        self.state.due()?;
        self.escalations.iter().rev().find(|told| told.to == *department && told.instruction.is_none())
    }

    /// Whether this person, as head, was told of it and has not said anything.
    pub fn asks(&self, by: &Actor) -> bool {
        by.may(Permission::SuperviseComplaint) && self.waits_for_head(&by.department).is_some()
    }

    /// The level that is due: none if it is in time or was told of already.
    fn level_due(&self, due: LocalDate, today: LocalDate, again: i64) -> Option<u8> {
        let late = i64::from(days_between(due, today));
        let told = |level: u8| self.escalations.iter().any(|told| told.level == level && told.due == due);
        match late {
            ..=0 => None,
            _ if !told(1) => Some(1),
            _ => (late > again && !told(2)).then_some(2),
        }
    }
}

/// Tells the heads of what is late today; how many acts that were. Doing it twice a day tells nobody twice.
pub async fn escalate(app: &Arc<App>) -> Result<usize, Failure> {
    let ctx = Ctx::system(app);
    let today = ctx.today();
    let lead = ctx.policy().lead_department(today).map(|d| DepartmentId::new(d.id.clone()));
    let lead = lead.ok_or_else(|| Error::Missing("a leading department in the policy pack".into()))?;
    let again = ctx.policy().parameter(AGAIN, today).map(|parameter| parameter.value);
    let again = again.ok_or_else(|| Error::Missing(format!("parameter {AGAIN} in the policy pack")))?;
    let late = Filter { due_until: Some(plus_days(today, -1)), open: Some(true), ..Filter::default() };
    let mut acts = 0;
    for found in records::all::<Complaint>(&ctx, &late).await? {
        let mut tx = ctx.begin().await?;
        // Somebody may have done it meanwhile, or another node.
        let Some(stored) = records::get_in::<Complaint>(&mut tx, &ctx, found.id).await? else { continue };
        let mut complaint = stored.value;
        let Some(due) = complaint.state.due().map(|due| due.due) else { continue };
        let Some(level) = complaint.level_due(due, today, again) else { continue };
        let to = if level == 1 { complaint.department.clone() } else { lead.clone() };
        let name = ctx.policy().department(to.as_str(), today).map_or("", |d| d.name.as_str());
        let text = format!("{}（期限{due}）已超期，第{level}级督办：提请{name}负责人督办", complaint.state.label());
        complaint.escalations.push(Escalation { level, to, on: today, due, instruction: None });
        records::save(&mut tx, &ctx, &complaint, stored.version, Event::new("complaint.escalated", text)).await?;
        tx.commit().await?;
        acts += 1;
    }
    Ok(acts)
}

/// What the head asks for, who was told.
pub async fn instruct(ctx: &Ctx, id: ComplaintId, seen: i64, words: &str) -> Result<Stored<Complaint>, Failure> {
    ctx.may(Permission::SuperviseComplaint)?;
    let words = words.trim();
    if words.is_empty() {
        return Err(Fault::new("instruction", "", "没有填写", "请写明由谁在什么时间前办理").into());
    }
    let mut tx = ctx.begin().await?;
    let mut complaint = records::must_in::<Complaint>(&mut tx, ctx, id).await?.value;
    if complaint.waits_for_head(&ctx.actor.department).is_none() {
        return Err(Refusal::new("not_now", "没有需要您督办的超期提醒", "请查看最新状态").into());
    }
    // One word answers all levels that went to this department.
    for told in complaint.escalations.iter_mut().filter(|told| told.to == ctx.actor.department) {
        told.instruction.get_or_insert_with(|| words.to_owned());
    }
    let event = Event::new("complaint.instructed", format!("督办意见：{words}"));
    let version = records::save(&mut tx, ctx, &complaint, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: complaint })
}

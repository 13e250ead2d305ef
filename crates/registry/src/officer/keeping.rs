//! Keeping the records of officers (检查人员名录库): certificate, specialties, leave, grounds for recusal.

use super::{Certificate, Leave, Officer, Recusal, get_in};
use crate::text;
use xingjian_kernel::id::OfficerId;
use xingjian_kernel::{Fault, Permission, Refusal};
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// What an officer is for the draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skills {
    /// Unit inside the department.
    pub unit: String,
    /// Certificate; without one nobody inspects.
    pub certificate: Option<Certificate>,
    /// Fields the officer is trained for.
    pub specialties: Vec<String>,
    /// Whether the officer works in the field (一线监督员).
    pub first_line: bool,
}

/// A change of an officer's record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Unit, certificate, specialties, first line.
    Skills(Skills),
    /// Leave is noted.
    AddLeave(Leave),
    /// Leave is taken back.
    RemoveLeave(Leave),
    /// A ground for recusal is registered.
    AddRecusal(Recusal),
    /// A ground no longer holds.
    RemoveRecusal {
        /// The ground.
        recusal: Recusal,
        /// Why not.
        reason: String,
    },
}

/// Whether the caller keeps this record: registrars keep the officers of their department, those of the leading one all.
pub fn keeps(ctx: &Ctx, officer: &Officer) -> bool {
    let lead = ctx.policy().lead_department(ctx.today());
    let leads = lead.is_some_and(|lead| lead.id == ctx.actor.department.as_str());
    ctx.actor.may(Permission::ManageRegistry) && (leads || officer.department == ctx.actor.department)
}

/// Changes a record that the caller saw at version `seen`.
pub async fn change(ctx: &Ctx, id: OfficerId, seen: i64, change: Change) -> Result<Stored<Officer>, Failure> {
    let mut tx = ctx.begin().await?;
    let stored = change_in(&mut tx, ctx, id, seen, change).await?;
    tx.commit().await?;
    Ok(stored)
}

/// The same inside a transaction.
pub async fn change_in(
    tx: &mut Tx,
    ctx: &Ctx,
    id: OfficerId,
    seen: i64,
    change: Change,
) -> Result<Stored<Officer>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let mut officer = get_in(tx, ctx, id).await?.value;
    if !keeps(ctx, &officer) {
        let message = format!("监督员“{}”的名录由其所属部门维护", officer.name);
        return Err(Refusal::new("other_department", message, "请联系该部门或者牵头部门的登记管理员").into());
    }
    let event = applied(&mut officer, change)?;
    let version = records::save(tx, ctx, &officer, seen, event).await?;
    Ok(Stored { version, value: officer })
}

fn applied(officer: &mut Officer, change: Change) -> Result<Event, Failure> {
    Ok(match change {
        Change::Skills(skills) => {
            let faults = faults(&skills);
            if !faults.is_empty() {
                return Err(faults.into());
            }
            let told = certificate(skills.certificate.as_ref());
            let line = if skills.first_line { "一线" } else { "非一线" };
            let text =
                format!("登记变更：{}，{told}，专业{}，{line}", skills.unit.trim(), skills.specialties.join("、"));
            skills.unit.trim().clone_into(&mut officer.unit);
            (officer.certificate, officer.specialties) = (skills.certificate, skills.specialties);
            officer.first_line = skills.first_line;
            Event::new("officer.changed", text)
        }
        Change::AddLeave(leave) => {
            if leave.until < leave.from {
                let value = format!("{}至{}", leave.from, leave.until);
                return Err(Fault::new("请假", &value, "结束早于开始", "请调整起止日期").into());
            }
            if officer.leave.contains(&leave) {
                let value = format!("{}至{}", leave.from, leave.until);
                return Err(Fault::new("请假", &value, "已经登记", "请核对起止日期").into());
            }
            officer.leave.push(leave);
            Event::new("officer.leave_added", format!("登记请假：{}至{}", leave.from, leave.until))
        }
        Change::RemoveLeave(leave) => {
            let at = officer.leave.iter().position(|known| *known == leave);
            officer.leave.remove(at.ok_or(Failure::NotFound)?);
            Event::new("officer.leave_removed", format!("取消请假：{}至{}", leave.from, leave.until))
        }
        Change::AddRecusal(recusal) => {
            let reason = text::reason(&recusal.reason)?;
            let event = Event::new("officer.recusal_added", format!("登记回避事由：{}，{reason}", recusal.tie.label()));
            let event = event.about(recusal.subject);
            officer.recusals.push(Recusal { reason, ..recusal });
            event
        }
        Change::RemoveRecusal { recusal, reason } => {
            let reason = text::reason(&reason)?;
            let at = officer.recusals.iter().position(|known| *known == recusal);
            officer.recusals.remove(at.ok_or(Failure::NotFound)?);
            Event::new("officer.recusal_removed", format!("撤销回避事由：{reason}")).about(recusal.subject)
        }
    })
}

fn certificate(certificate: Option<&Certificate>) -> String {
    certificate.map_or_else(|| "没有执法证件".to_owned(), |c| format!("证件{}，{}至{}", c.number, c.from, c.until))
}

fn faults(skills: &Skills) -> Vec<Fault> {
    let mut faults = vec![];
    if skills.unit.trim().is_empty() {
        faults.push(Fault::new("单位", "", "没有填写", "请填写部门内的科室或者监督所"));
    }
    if let Some(certificate) = &skills.certificate {
        if certificate.number.trim().is_empty() {
            faults.push(Fault::new("执法证号", "", "没有填写", "请按行政执法证填写，没有证件的有效期也不填"));
        }
        if certificate.until < certificate.from {
            let value = format!("{}至{}", certificate.from, certificate.until);
            faults.push(Fault::new("证件有效期", &value, "结束早于开始", "请调整起止日期"));
        }
    }
    faults
}

#[cfg(test)]
mod tests;

//! Persons and places without registration (非法行医 and the like): recorded now, linked when they turn out to be known.

use crate::institution::Institution;
use crate::legal_person::LegalPerson;
use crate::practitioner::Practitioner;
use crate::text;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::UnregisteredId;
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, Permission, Refusal, Sensitivity, SubjectRef, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Head, Record, Stored, Table, Tx, records, tables};

/// A person or place that is not in the registry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Unregistered {
    /// The id.
    pub id: UnregisteredId,
    /// Name or description, as known.
    pub name: String,
    /// Place, as known.
    pub place: String,
    /// The registered subject it turned out to be.
    pub linked: Option<SubjectRef>,
    /// Division.
    pub division: DivisionCode,
    /// Department that keeps the record.
    pub department: DepartmentId,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Record for Unregistered {
    const TABLE: Table = tables::UNREGISTERED;
    const FINAL: &'static [&'static str] = &["linked"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: Some(SubjectRef::Unregistered(self.id)),
            state: if self.linked.is_some() { "linked" } else { "unknown" },
            owner: None,
            due: None,
            number: None,
            title: self.name.clone(),
            search: format!("{} {}", self.name, self.place),
            created_at: self.created_at,
        }
    }

    fn sort_key(&self) -> String {
        crate::sort_key(&self.name)
    }
}

/// A person or place about to be recorded, in the words of the official who records it: the record is seen by every
/// department of the place, so what a reporter said has no place in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Described {
    /// Name or description.
    pub name: String,
    /// Where it is.
    pub place: String,
}

impl Described {
    /// Everything that is wrong with it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = vec![];
        for (field, text, longest) in [("未登记对象名称", &self.name, 100), ("未登记对象地点", &self.place, 200)]
        {
            let length = text.trim().chars().count();
            let (reason, mend) = if length == 0 {
                ("没有填写".to_owned(), "请由受理员概括填写，不照抄反映人的原话")
            } else if length > longest {
                (format!("共{length}字，超过{longest}字"), "请压缩文字")
            } else if text.chars().any(char::is_control) {
                ("含有控制字符".to_owned(), "请删除后重新填写")
            } else {
                continue;
            };
            faults.push(Fault::new(field, "", reason, mend));
        }
        faults
    }
}

/// Records a person or place inside a transaction.
pub async fn add_in(
    tx: &mut Tx,
    ctx: &Ctx,
    described: &Described,
    division: &DivisionCode,
) -> Result<SubjectRef, Failure> {
    let faults = described.faults();
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let (name, place) = (described.name.trim(), described.place.trim());
    let unregistered = Unregistered {
        id: ctx.new_id(),
        name: name.to_owned(),
        place: place.to_owned(),
        linked: None,
        division: division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let event = Event::new("unregistered.recorded", format!("记录未登记对象“{name}”（{place}）"));
    records::insert(tx, ctx, &unregistered, event).await?;
    Ok(SubjectRef::Unregistered(unregistered.id))
}

/// Links it to the registered subject it turned out to be; a link that was wrong is corrected the same way. Its own
/// history stays where it is.
pub async fn link(
    ctx: &Ctx,
    id: UnregisteredId,
    seen: i64,
    subject: SubjectRef,
    reason: &str,
) -> Result<Stored<Unregistered>, Failure> {
    ctx.may(Permission::ManageRegistry)?;
    let reason = text::reason(reason)?;
    let mut tx = ctx.begin().await?;
    let mut value = records::must_in::<Unregistered>(&mut tx, ctx, id).await?.value;
    if value.linked == Some(subject) {
        return Err(Refusal::new("linked_already", "已经关联到该对象", "无需重复关联").into());
    }
    let name = registered_in(&mut tx, ctx, subject).await?;
    let before = value.linked.replace(subject);
    let verb = if before.is_some() { "更正关联，改为" } else { "关联到" };
    let text = format!("未登记对象“{}”{verb}已登记的{}“{name}”，理由：{reason}", value.name, subject.label());
    let mut event = Event::new("unregistered.linked", text).about(subject);
    // Whom it was wrongly linked to learns of the correction, too.
    if let Some(before) = before {
        event = event.about(before);
    }
    let version = records::save(&mut tx, ctx, &value, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value })
}

/// The name of a registered subject in the caller's scope.
async fn registered_in(tx: &mut Tx, ctx: &Ctx, subject: SubjectRef) -> Result<String, Failure> {
    Ok(match subject {
        SubjectRef::Institution(id) => records::must_in::<Institution>(tx, ctx, id).await?.value.details.name,
        SubjectRef::LegalPerson(id) => records::must_in::<LegalPerson>(tx, ctx, id).await?.value.name,
        SubjectRef::Practitioner(id) => records::must_in::<Practitioner>(tx, ctx, id).await?.value.name,
        SubjectRef::Unregistered(_) => {
            let mend = "请选择登记库中的机构或者人员";
            return Err(Refusal::new("not_registered", "未登记对象只能关联到已登记的对象", mend).into());
        }
    })
}

#[cfg(test)]
mod tests;

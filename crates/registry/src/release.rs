//! Releases: an entry of a policy pack that is not verified supports no effective act until a named legal officer
//! has released it, dated and with a reason.

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::ReleaseId;
use xingjian_kernel::{DepartmentId, DivisionCode, LocalDate, Permission, Refusal, Sensitivity, Timestamp};
use xingjian_policy::Status;
use xingjian_store::{Ctx, Event, Failure, Filter, Head, Order, Record, Stored, Table, Tx, records, tables};

/// A release.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Release {
    /// The id.
    pub id: ReleaseId,
    /// Table of the pack, such as `violation`.
    pub table: String,
    /// Entry of that table.
    pub entry: String,
    /// The version of the entry: the day it holds from.
    pub entry_from: LocalDate,
    /// Who released it.
    pub released_by: String,
    /// When.
    pub released_on: LocalDate,
    /// Why it may be relied on.
    pub reason: String,
    /// Division.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When the record was made.
    pub created_at: Timestamp,
}

impl Record for Release {
    const TABLE: Table = tables::RELEASE;

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: "released",
            owner: None,
            due: None,
            number: Some(key(&self.table, &self.entry, self.entry_from)),
            title: format!("{}/{}", self.table, self.entry),
            search: format!("{} {} {}", self.table, self.entry, self.released_by),
            created_at: self.created_at,
        }
    }
}

fn key(table: &str, entry: &str, from: LocalDate) -> String {
    format!("{table}/{entry}@{from}")
}

/// Refuses unless the entry is verified or released.
pub async fn require(tx: &mut Tx, ctx: &Ctx, table: &str, entry: &str) -> Result<(), Failure> {
    require_on(tx, ctx, table, entry, ctx.today()).await
}

/// Refuses unless the version of the entry in force on a day is verified or released.
pub async fn require_on(tx: &mut Tx, ctx: &Ctx, table: &str, entry: &str, on: LocalDate) -> Result<(), Failure> {
    let (status, from) = standing(ctx, table, entry, on)?;
    if status == Status::Verified {
        return Ok(());
    }
    if records::by_number_in::<Release>(tx, &ctx.seeing_all(), &key(table, entry, from)).await?.is_some() {
        return Ok(());
    }
    Err(Refusal::new(
        "not_released",
        format!("政策条目 {table}/{entry} 标注为“{}”，尚未放行，不能作为生效行为的依据", status.label()),
        "请法制审核人员核对原文后在“治理 → 政策条目”中放行",
    )
    .into())
}

/// Whether the entry may support an effective act today.
pub async fn is_released(tx: &mut Tx, ctx: &Ctx, table: &str, entry: &str) -> Result<bool, Failure> {
    match require(tx, ctx, table, entry).await {
        Ok(()) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

fn standing(ctx: &Ctx, table: &str, entry: &str, on: LocalDate) -> Result<(Status, LocalDate), Failure> {
    ctx.policy().head(table, entry, on).map(|head| (head.status, head.from)).ok_or_else(|| {
        Refusal::new(
            "no_such_entry",
            format!("政策包中没有在{}有效的条目 {table}/{entry}", xingjian_kernel::time::chinese(on)),
            "请核对政策包",
        )
        .into()
    })
}

/// Releases an entry as it holds today.
pub async fn release(ctx: &Ctx, table: &str, entry: &str, reason: &str) -> Result<ReleaseId, Failure> {
    ctx.may(Permission::ReleasePolicy)?;
    if reason.trim().is_empty() {
        return Err(xingjian_kernel::Fault::new("放行理由", "", "没有填写", "请写明核对了哪一份原文").into());
    }
    let (_, from) = standing(ctx, table, entry, ctx.today())?;
    let release = Release {
        id: ctx.new_id(),
        table: table.to_owned(),
        entry: entry.to_owned(),
        entry_from: from,
        released_by: ctx.actor.name.clone(),
        released_on: ctx.today(),
        reason: reason.trim().to_owned(),
        division: ctx.policy().city.division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    let event = Event::new("release.given", format!("放行政策条目 {table}/{entry}：{}", release.reason));
    records::insert(&mut tx, ctx, &release, event).await?;
    tx.commit().await?;
    Ok(release.id)
}

/// Every release, newest first.
pub async fn all(ctx: &Ctx) -> Result<Vec<Stored<Release>>, Failure> {
    records::all(ctx, &Filter { order: Order::Newest, ..Filter::default() }).await
}

#[cfg(test)]
mod tests;

//! 常用筛选: how somebody narrowed a list, kept under a name of their own. Nobody else sees it, and the log does not say
//! what it looks for.

use serde::{Deserialize, Serialize};
use xingjian_kernel::id::{AccountId, SavedFilterId};
use xingjian_kernel::{DepartmentId, DivisionCode, Fault, Sensitivity, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Filter, Head, Record, Stored, Table, records, tables};

/// Saved filters that one list takes.
const MOST: usize = 20;
/// Characters of a name.
const LONGEST: usize = 20;

/// A filter under a name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedFilter {
    /// The id.
    pub id: SavedFilterId,
    /// Whose it is.
    pub owner: AccountId,
    /// Path of the list.
    pub list: String,
    /// Name.
    pub name: String,
    /// The address of the list after its path.
    pub query: String,
    /// Thrown away.
    pub removed: bool,
    /// Division.
    pub division: DivisionCode,
    /// Department.
    pub department: DepartmentId,
    /// When it was kept.
    pub created_at: Timestamp,
}

impl Record for SavedFilter {
    const TABLE: Table = tables::SAVED_FILTER;
    const FINAL: &'static [&'static str] = &["removed"];

    fn head(&self) -> Head {
        Head {
            id: self.id.to_string(),
            division: self.division.clone(),
            department: self.department.clone(),
            origin: self.department.clone(),
            sensitivity: Sensitivity::Internal,
            subject: None,
            state: if self.removed { "removed" } else { "kept" },
            owner: Some(self.owner),
            due: None,
            number: None,
            title: self.name.clone(),
            search: String::new(),
            created_at: self.created_at,
        }
    }
}

/// The account that acts; a filter is kept for somebody who signs in.
fn owner(ctx: &Ctx) -> Result<AccountId, Failure> {
    ctx.actor.account.ok_or(Failure::NotFound)
}

/// What the actor keeps for a list, oldest first.
pub async fn of(ctx: &Ctx, list: &str) -> Result<Vec<Stored<SavedFilter>>, Failure> {
    let filter = Filter { owner: Some(owner(ctx)?), open: Some(true), ..Filter::default() };
    let mut found = records::all::<SavedFilter>(ctx, &filter).await?;
    found.retain(|saved| saved.list == list);
    found.sort_by_key(|saved| saved.id);
    Ok(found)
}

/// One that the actor keeps.
pub async fn must(ctx: &Ctx, id: &str) -> Result<Stored<SavedFilter>, Failure> {
    let found = records::must::<SavedFilter>(ctx, id).await?;
    if found.owner == owner(ctx)? && !found.removed { Ok(found) } else { Err(Failure::NotFound) }
}

/// A name that can be told from the others.
fn named(name: &str, others: &[Stored<SavedFilter>]) -> Result<String, Failure> {
    let name = name.trim();
    let fault = |reason: &str, mend: &str| Failure::from(Fault::new("name", name, reason, mend));
    if name.is_empty() {
        return Err(fault("没有填写名称", "请起一个自己认得的名称，例如“本周到期”"));
    }
    if name.chars().count() > LONGEST || name.chars().any(char::is_control) {
        return Err(fault("名称超过20个字或者含有控制字符", "请缩短名称"));
    }
    if others.iter().any(|other| other.name == name) {
        return Err(fault("已有同名的常用筛选", "请换一个名称，或者先删除原来的"));
    }
    Ok(name.to_owned())
}

/// Keeps a filter.
pub async fn save(ctx: &Ctx, list: &str, name: &str, query: &str) -> Result<SavedFilterId, Failure> {
    let others = of(ctx, list).await?;
    let name = named(name, &others)?;
    if others.len() >= MOST {
        return Err(Fault::new("name", &name, "该列表已有20个常用筛选", "请先删除不用的").into());
    }
    let saved = SavedFilter {
        id: ctx.new_id(),
        owner: owner(ctx)?,
        list: list.to_owned(),
        name,
        query: query.to_owned(),
        removed: false,
        division: ctx.policy().city.division.clone(),
        department: ctx.actor.department.clone(),
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    records::insert(&mut tx, ctx, &saved, Event::new("saved_filter.kept", "保存常用筛选")).await?;
    tx.commit().await?;
    Ok(saved.id)
}

/// Gives it another name.
pub async fn rename(ctx: &Ctx, id: &str, seen: i64, name: &str) -> Result<SavedFilter, Failure> {
    let saved = must(ctx, id).await?;
    let mut others = of(ctx, &saved.list).await?;
    others.retain(|other| other.id != saved.id);
    let changed = SavedFilter { name: named(name, &others)?, ..saved.value };
    change(ctx, &changed, seen, Event::new("saved_filter.renamed", "更改常用筛选的名称")).await?;
    Ok(changed)
}

/// Throws it away.
pub async fn remove(ctx: &Ctx, id: &str, seen: i64) -> Result<SavedFilter, Failure> {
    let saved = must(ctx, id).await?;
    let changed = SavedFilter { removed: true, ..saved.value };
    change(ctx, &changed, seen, Event::new("saved_filter.removed", "删除常用筛选")).await?;
    Ok(changed)
}

async fn change(ctx: &Ctx, saved: &SavedFilter, seen: i64, event: Event) -> Result<(), Failure> {
    let mut tx = ctx.begin().await?;
    records::save(&mut tx, ctx, saved, seen, event).await?;
    tx.commit().await?;
    Ok(())
}

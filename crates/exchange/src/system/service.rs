//! Use cases of connected systems: made, changed, given another key, closed. All by whoever keeps them.

use super::{ApiScope, ConnectedSystem, Previous, Revoked, key};
use crate::quota::Quota;
use crate::text;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Actor, DepartmentId, DivisionCode, Fault, LocalDate, Permission, Refusal};
use xingjian_registry::account;
use xingjian_store::{Ctx, Event, Failure, Stored, records};

/// Days for which a key is taken at most; product default.
pub const LONGEST_DAYS: i32 = 730;
/// Characters of a name and of a contact.
const LONGEST: usize = 60;
/// Requests a minute and a day that can be granted at most.
const MOST: (u32, u32) = (6_000, 1_000_000);

/// Days for which the key before can be taken beside a new one: none where it leaked, the others for a change without a pause.
pub const OVERLAPS: [i32; 4] = [0, 1, 7, 30];

/// Name of an act on a connected system.
pub type ActionName = &'static str;

/// What a system may do and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Who answers for it.
    pub contact: String,
    /// What it may ask for.
    pub scopes: Vec<ApiScope>,
    /// How often it may ask.
    pub quota: Quota,
    /// Last day on which its key is taken.
    pub valid_until: LocalDate,
}

/// A system about to be connected.
#[derive(Clone, Debug)]
pub struct NewSystem {
    /// Name as shown in every act.
    pub name: String,
    /// Department it acts for.
    pub department: DepartmentId,
    /// Division whose rows it sees.
    pub division: DivisionCode,
    /// What it may do and for how long.
    pub terms: Terms,
}

/// A key just made: it is shown once and kept nowhere.
#[derive(Clone, Debug)]
pub struct Issued {
    /// The system.
    pub system: Stored<ConnectedSystem>,
    /// The key.
    pub key: String,
}

/// The caller with the systems in sight that are the caller's to keep: those of the own department, and every one of the place where it leads the mechanism.
#[must_use]
pub fn keeping(ctx: &Ctx) -> Ctx {
    let mut ctx = ctx.clone();
    if ctx.actor.may(Permission::ManageSystems) && account::leads(&ctx) {
        ctx.scope.department = None;
    }
    ctx
}

impl Terms {
    /// Everything that is wrong with them.
    pub fn faults(&self, today: LocalDate) -> Vec<Fault> {
        let mut faults = vec![];
        text::line("contact", "负责人和联系方式", &self.contact, LONGEST, &mut faults);
        if self.scopes.is_empty() {
            faults.push(Fault::new("scopes", "", "没有选择权限范围", "请至少选择一项"));
        }
        let quotas = [
            ("per_minute", "每分钟请求数", self.quota.per_minute, MOST.0),
            ("per_day", "每日请求数", self.quota.per_day, MOST.1),
        ];
        for (place, label, value, most) in quotas {
            if value == 0 || value > most {
                let reason = format!("{label}不在1至{most}之间");
                faults.push(Fault::new(place, &value.to_string(), reason, "请按对方实际用量填写"));
            }
        }
        let last = plus_days(today, LONGEST_DAYS);
        if self.valid_until < today || self.valid_until > last {
            let reason = format!("有效期不在今天至{last}之间");
            faults.push(Fault::new("valid_until", &self.valid_until.to_string(), reason, "到期前可以延长"));
        }
        faults
    }

    fn told(&self) -> String {
        let scopes: Vec<&str> = self.scopes.iter().map(|scope| scope.label()).collect();
        let Quota { per_minute, per_day } = self.quota;
        format!("{}；每分钟{per_minute}次、每日{per_day}次；有效期至{}", scopes.join("、"), self.valid_until)
    }
}

impl NewSystem {
    /// Everything that is wrong with it for whoever connects it.
    pub fn faults(&self, ctx: &Ctx) -> Vec<Fault> {
        let (mut faults, today) = (vec![], ctx.today());
        text::line("name", "系统名称", &self.name, LONGEST, &mut faults);
        let (department, division) = (self.department.as_str(), &self.division);
        if ctx.policy().department(department, today).is_none() {
            faults.push(Fault::new("department", department, "政策包中没有这个部门", "请从列表中选择"));
        }
        let inside = ctx.scope.divisions.iter().any(|own| own.contains(division));
        if !inside || !ctx.policy().divisions.exists(division, today) {
            faults.push(Fault::new("division", division.as_str(), "不是您管辖范围内的现行区划", "请从列表中选择"));
        }
        faults.extend(self.terms.faults(today));
        faults
    }
}

/// Connects a system and gives it its first key.
pub async fn add(ctx: &Ctx, new: NewSystem) -> Result<Issued, Failure> {
    ctx.may(Permission::ManageSystems)?;
    if !account::may_add_for(ctx, new.department.as_str()) {
        let message = "只有牵头部门可以为其他部门登记接入系统";
        return Err(Refusal::new("other_department", message, "请由牵头部门的管理员登记").into());
    }
    let faults = new.faults(ctx);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    let name = new.name.trim().to_owned();
    let text = format!("登记接入系统“{name}”：{}", new.terms.told());
    let (key, digest, key_hint) = key::new(ctx);
    let Terms { contact, scopes, quota, valid_until } = new.terms;
    let system = ConnectedSystem {
        id: ctx.new_id(),
        name,
        department: new.department,
        division: new.division,
        contact: contact.trim().to_owned(),
        scopes,
        quota,
        key: digest,
        key_hint,
        key_since: ctx.today(),
        valid_until,
        previous: None,
        revoked: None,
        created_at: ctx.now(),
    };
    let mut tx = ctx.begin().await?;
    records::insert(&mut tx, ctx, &system, Event::new("connected_system.added", text)).await?;
    tx.commit().await?;
    Ok(Issued { system: Stored { version: 1, value: system }, key })
}

/// Other scopes, quotas, contact or last day. The key stays.
pub async fn change(ctx: &Ctx, id: AccountId, seen: i64, terms: Terms) -> Result<Stored<ConnectedSystem>, Failure> {
    let faults = terms.faults(ctx.today());
    if !faults.is_empty() {
        return Err(faults.into());
    }
    act(ctx, id, seen, "change", |system| {
        let event = Event::new("connected_system.changed", format!("变更为：{}", terms.told()));
        let Terms { contact, scopes, quota, valid_until } = terms;
        *system = ConnectedSystem { contact: contact.trim().to_owned(), scopes, quota, valid_until, ..system.clone() };
        event
    })
    .await
}

/// Another key; the one before is taken for so many days more, or ends at once.
pub async fn renew_key(ctx: &Ctx, id: AccountId, seen: i64, overlap: i32) -> Result<Issued, Failure> {
    if !OVERLAPS.contains(&overlap) {
        return Err(Fault::new("overlap", &overlap.to_string(), "不是可选的天数", "请从列表中选择").into());
    }
    let (key, digest, hint) = key::new(ctx);
    let system = act(ctx, id, seen, "renew_key", |system| {
        let (before, until) = (system.key_hint.clone(), plus_days(ctx.today(), overlap));
        let ends = if overlap > 0 { format!("可用至{until}") } else { "立即失效".to_owned() };
        let text = format!("更换密钥，原密钥{before}…{ends}");
        let previous = (overlap > 0).then(|| Previous { key: system.key.clone(), hint: before, until });
        *system = ConnectedSystem { key: digest, key_hint: hint, key_since: ctx.today(), previous, ..system.clone() };
        Event::new("connected_system.key_renewed", text)
    })
    .await?;
    Ok(Issued { system, key })
}

/// Ends the key before the present one.
pub async fn end_previous(ctx: &Ctx, id: AccountId, seen: i64) -> Result<Stored<ConnectedSystem>, Failure> {
    act(ctx, id, seen, "end_previous", |system| {
        let hint = system.previous.take().map(|previous| previous.hint).unwrap_or_default();
        Event::new("connected_system.previous_ended", format!("原密钥{hint}…立即失效"))
    })
    .await
}

/// Closes it for good.
pub async fn revoke(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<ConnectedSystem>, Failure> {
    let mut faults = vec![];
    let reason = text::line("reason", "理由", reason, 500, &mut faults);
    if !faults.is_empty() {
        return Err(faults.into());
    }
    act(ctx, id, seen, "revoke", |system| {
        let text = format!("停用接入系统，理由：{reason}");
        system.revoked = Some(Revoked { on: ctx.today(), reason, by: ctx.actor.name.clone() });
        Event::new("connected_system.revoked", text)
    })
    .await
}

impl ConnectedSystem {
    /// Acts that this person can take now: draws the buttons.
    pub fn open_actions(&self, by: &Actor, today: LocalDate) -> Vec<ActionName> {
        if !by.may(Permission::ManageSystems) || self.revoked.is_some() {
            return vec![];
        }
        let both = self.previous(today).map(|_| "end_previous");
        ["change", "renew_key"].into_iter().chain(both).chain(["revoke"]).collect()
    }
}

async fn act(
    ctx: &Ctx,
    id: AccountId,
    seen: i64,
    name: ActionName,
    change: impl FnOnce(&mut ConnectedSystem) -> Event + Send,
) -> Result<Stored<ConnectedSystem>, Failure> {
    ctx.may(Permission::ManageSystems)?;
    let ctx = &keeping(ctx);
    let mut tx = ctx.begin().await?;
    let mut system = records::must_in::<ConnectedSystem>(&mut tx, ctx, id).await?.value;
    if name == "end_previous" && system.previous(ctx.today()).is_none() {
        return Err(Refusal::new("no_previous", "没有仍可使用的原密钥", "无需停用").into());
    }
    if !system.open_actions(&ctx.actor, ctx.today()).contains(&name) {
        return Err(Refusal::new("revoked", "该接入系统已停用", "需要继续接入的，请重新登记").into());
    }
    let event = change(&mut system);
    let version = records::save(&mut tx, ctx, &system, seen, event).await?;
    tx.commit().await?;
    Ok(Stored { version, value: system })
}

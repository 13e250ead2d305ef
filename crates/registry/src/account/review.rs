//! Keeping accounts: reviewed at intervals, closed and opened again, unlocked, given another initial password.

use super::tries::Tries;
use super::{Account, password, session};
use crate::{account, text};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Actor, LocalDate, Permission, Refusal, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Stored, records};

/// Days after which an account that nobody signed in with or confirmed is due for review. GB/T 22239-2019 8.1.4.2 c)
/// asks to remove or disable surplus and expired accounts in time and names no number; 90 is this product's default.
pub const REVIEW_DAYS: i32 = 90;

/// Name of an act on an account.
pub type ActionName = &'static str;

/// Why an account is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disabled {
    /// Since when.
    pub on: LocalDate,
    /// Why.
    pub reason: String,
    /// Who closed it.
    pub by: String,
}

impl Account {
    /// The day by which somebody must confirm that the account is needed; `None` for one that is closed.
    pub fn review_due(&self) -> Option<LocalDate> {
        if self.disabled.is_some() {
            return None;
        }
        let last = [self.signed_in_on, self.reviewed_on].into_iter().flatten().max();
        let created = self.created_at.local_date();
        Some(plus_days(last.map_or(created, |last| last.max(created)), REVIEW_DAYS))
    }

    /// Until when wrong passwords keep it locked, where they do.
    pub fn locked(&self, now: Timestamp) -> Option<Timestamp> {
        self.tries.locked(now)
    }

    /// Acts that this person can take now: draws the buttons.
    pub fn open_actions(&self, by: &Actor, now: Timestamp) -> Vec<ActionName> {
        let all: [ActionName; 5] = ["keep", "disable", "enable", "unlock", "reset_password"];
        let may = by.may(Permission::ManageAccounts);
        all.into_iter().filter(|name| may && self.why_not(name, by, now).is_none()).collect()
    }

    /// Why an act is closed to this person now, or `None` where it is open.
    fn why_not(&self, name: &str, by: &Actor, now: Timestamp) -> Option<Refusal> {
        let own = by.account == Some(self.id);
        Some(match (name, &self.disabled) {
            ("enable", Some(_)) => return None,
            ("enable", None) => Refusal::new("not_disabled", "账号没有停用", "无需恢复"),
            (_, Some(_)) => Refusal::new("disabled", "账号已停用", "需要继续使用的，请先恢复账号"),
            ("keep" | "disable", None) if own => {
                let message = "本人的账号不能由本人确认保留或者停用";
                Refusal::new("own_account", message, "请由另一名系统管理员办理")
            }
            ("unlock", None) if self.locked(now).is_none() => Refusal::new("not_locked", "账号没有锁定", "无需解除"),
            _ => return None,
        })
    }
}

/// Confirms at a review that the account is still needed.
pub async fn keep(ctx: &Ctx, id: AccountId, seen: i64) -> Result<Stored<Account>, Failure> {
    act(ctx, id, seen, "keep", |account| {
        account.reviewed_on = Some(ctx.today());
        Event::new("account.kept", format!("定期复核，确认保留账号“{}”", account.login))
    })
    .await
}

/// Closes the account and ends its sessions.
pub async fn disable(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::ManageAccounts)?;
    let reason = text::reason(reason)?;
    act(ctx, id, seen, "disable", |account| {
        let text = format!("停用账号“{}”，理由：{reason}", account.login);
        account.disabled = Some(Disabled { on: ctx.today(), reason, by: ctx.actor.name.clone() });
        Event::new("account.disabled", text)
    })
    .await
}

/// Opens a closed account again, which is a review as well.
pub async fn enable(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::ManageAccounts)?;
    let reason = text::reason(reason)?;
    act(ctx, id, seen, "enable", |account| {
        account.disabled = None;
        account.reviewed_on = Some(ctx.today());
        Event::new("account.enabled", format!("恢复账号“{}”，理由：{reason}", account.login))
    })
    .await
}

/// Ends the lock that wrong passwords brought.
pub async fn unlock(ctx: &Ctx, id: AccountId, seen: i64) -> Result<Stored<Account>, Failure> {
    act(ctx, id, seen, "unlock", |account| {
        account.tries = Tries::default();
        Event::new("account.unlocked", format!("解除账号“{}”的锁定", account.login))
    })
    .await
}

/// Replaces the password by another initial one; sessions end, and with them the lock.
pub async fn reset_password(ctx: &Ctx, id: AccountId, seen: i64, given: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::ManageAccounts)?;
    if let Some(fault) = password::fault(given) {
        return Err(fault.into());
    }
    // Slow on purpose, so it is done before the transaction begins.
    let hash = password::hash_apart(&*ctx.app.rng, given).await;
    act(ctx, id, seen, "reset_password", |account| {
        account.password = hash;
        account.tries = Tries::default();
        Event::new("account.password_reset", format!("重置账号“{}”的密码，原有登录全部失效", account.login))
    })
    .await
}

async fn act(
    ctx: &Ctx,
    id: AccountId,
    seen: i64,
    name: ActionName,
    change: impl FnOnce(&mut Account) -> Event + Send,
) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::ManageAccounts)?;
    let ctx = &account::keeping(ctx);
    let mut tx = ctx.begin().await?;
    let mut account = records::must_in::<Account>(&mut tx, ctx, id).await?.value;
    if let Some(why) = account.why_not(name, &ctx.actor, ctx.now()) {
        return Err(why.into());
    }
    let event = change(&mut account);
    let version = records::save(&mut tx, ctx, &account, seen, event).await?;
    if matches!(name, "disable" | "reset_password") {
        session::end_all_in(&mut tx, id).await?;
    }
    tx.commit().await?;
    Ok(Stored { version, value: account })
}

#[cfg(test)]
mod tests;

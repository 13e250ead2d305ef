//! Keeping accounts: reviewed at intervals, closed and opened again, unlocked, given another initial password. Each act
//! belongs to one of the administrators, so that nobody takes an account over alone.

use super::grant::{Asked, why_not_granted};
use super::{Account, password, session, tries};
use crate::{account, text};
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::time::plus_days;
use xingjian_kernel::{Actor, LocalDate, Permission, Refusal};
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

    /// Acts that this person can take now, where its login pauses after wrong passwords or not: draws the buttons.
    pub fn open_actions(&self, by: &Actor, paused: bool) -> Vec<ActionName> {
        let open = |name: &ActionName| by.may(permission(name)) && self.why_not(name, by, paused).is_none();
        ACTIONS.iter().copied().filter(open).collect()
    }

    /// Why an act is closed to this person now, or `None` where it is open.
    fn why_not(&self, name: &str, by: &Actor, paused: bool) -> Option<Refusal> {
        let own = by.account == Some(self.id);
        Some(match (name, &self.disabled) {
            ("enable", Some(_)) => return None,
            ("enable", None) => Refusal::new("not_disabled", "账号没有停用", "无需恢复"),
            (_, Some(_)) => Refusal::new("disabled", "账号已停用", "需要继续使用的，请先恢复账号"),
            ("grant", None) => return why_not_granted(self, by.account),
            ("refuse_roles", None) if self.asked.is_none() => {
                Refusal::new("nothing_asked", "账号没有待授予的岗位", "无需办理")
            }
            ("revoke_roles", None) if self.roles.is_empty() => Refusal::new("no_roles", "账号没有岗位", "无需收回"),
            ("ask_roles" | "revoke_roles" | "reset_password", None) if own => {
                let message = "本人的账号不能由本人申请、收回岗位或者重置密码";
                Refusal::new("own_account", message, "请由另一名管理员办理；本人的密码可以在“修改密码”中更换")
            }
            ("keep" | "disable", None) if own => {
                let message = "本人的账号不能由本人确认保留或者停用";
                Refusal::new("own_account", message, "请由另一名系统管理员办理")
            }
            ("reset_factor", None) if own => {
                let message = "本人的第二因素不能由本人重置";
                Refusal::new("own_account", message, "请由另一名管理员办理；手机还在的，可以在“第二因素”页面自行更换")
            }
            ("reset_factor", None) if self.factor.is_none() => {
                Refusal::new("no_factor", "账号没有启用第二因素", "无需重置")
            }
            ("unlock", None) if !paused => Refusal::new("not_paused", "登录没有暂停", "无需解除"),
            _ => return None,
        })
    }
}

const ACTIONS: &[ActionName] = &[
    "grant",
    "refuse_roles",
    "keep",
    "enable",
    "ask_roles",
    "disable",
    "unlock",
    "revoke_roles",
    "reset_password",
    "reset_factor",
    "end_sessions",
];

/// Whose act it is: what the one administrator gives, the other cannot take over.
fn permission(name: &str) -> Permission {
    match name {
        "keep" | "enable" | "ask_roles" | "disable" | "reset_password" => Permission::MakeAccounts,
        _ => Permission::GrantRoles,
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
    ctx.may(Permission::MakeAccounts)?;
    let reason = text::reason(reason)?;
    act(ctx, id, seen, "disable", |account| {
        let text = format!("停用账号“{}”，理由：{reason}", account.login);
        account.disabled = Some(Disabled { on: ctx.today(), reason, by: ctx.actor.name.clone() });
        Event::new("account.disabled", text)
    })
    .await
}

/// Opens a closed account again, which is a review as well. The roles it had are asked for again.
pub async fn enable(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::MakeAccounts)?;
    let reason = text::reason(reason)?;
    act(ctx, id, seen, "enable", |account| {
        account.disabled = None;
        account.reviewed_on = Some(ctx.today());
        let text = format!("恢复账号“{}”，岗位须重新授予，理由：{reason}", account.login);
        if !account.roles.is_empty() {
            account.asked = Some(Asked::now(ctx, std::mem::take(&mut account.roles), &reason));
        }
        Event::new("account.enabled", text)
    })
    .await
}

/// Ends the pause that wrong passwords brought.
pub async fn unlock(ctx: &Ctx, id: AccountId, seen: i64) -> Result<Stored<Account>, Failure> {
    act(ctx, id, seen, "unlock", |account| {
        Event::new("account.unlocked", format!("解除账号“{}”的登录暂停", account.login))
    })
    .await
}

/// Replaces the password by another initial one; sessions end, and with them a pause.
pub async fn reset_password(ctx: &Ctx, id: AccountId, seen: i64, given: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::MakeAccounts)?;
    if let Some(fault) = password::fault(given, "") {
        return Err(fault.into());
    }
    // Slow on purpose, so it is done before the transaction begins.
    let hash = password::hash_apart(&*ctx.app.rng, given).await;
    act(ctx, id, seen, "reset_password", |account| {
        (account.password, account.handed_out) = (hash, true);
        Event::new("account.password_reset", format!("重置账号“{}”的密码，原有登录全部失效", account.login))
    })
    .await
}

/// Takes the second factor away, for somebody who lost telephone and recovery codes; sessions end. Whoever must have one
/// enrols again after the next signing in.
pub async fn reset_factor(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::GrantRoles)?;
    let reason = text::reason(reason)?;
    act(ctx, id, seen, "reset_factor", |account| {
        account.factor = None;
        let text = format!("重置账号“{}”的第二因素，原有登录全部失效，理由：{reason}", account.login);
        Event::new("account.factor_reset", text)
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
    account_act(ctx, id, seen, name, |account| Ok(change(account))).await
}

/// An act on an account in sight, by whoever it belongs to, if it is open now.
pub(super) async fn account_act(
    ctx: &Ctx,
    id: AccountId,
    seen: i64,
    name: ActionName,
    change: impl FnOnce(&mut Account) -> Result<Event, Refusal> + Send,
) -> Result<Stored<Account>, Failure> {
    ctx.may(permission(name))?;
    let ctx = &account::keeping(ctx);
    let mut tx = ctx.begin().await?;
    let mut account = records::must_in::<Account>(&mut tx, ctx, id).await?.value;
    let paused = tries::paused_in(&mut tx, ctx, &account.login, id).await?;
    if let Some(why) = account.why_not(name, &ctx.actor, paused) {
        return Err(why.into());
    }
    let event = change(&mut account)?;
    let version = records::save(&mut tx, ctx, &account, seen, event).await?;
    if matches!(name, "unlock" | "reset_password") {
        tries::empty_all_in(&mut tx, ctx, &account.login, id).await?;
    }
    if matches!(name, "disable" | "reset_password" | "reset_factor" | "revoke_roles" | "end_sessions") {
        session::end_all_in(&mut tx, id).await?;
    }
    tx.commit().await?;
    Ok(Stored { version, value: account })
}

#[cfg(test)]
mod tests;

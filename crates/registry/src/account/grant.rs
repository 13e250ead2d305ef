//! Roles: asked for by the system administrator, granted or refused by the security administrator, never by one person.

use super::Account;
use super::review::account_act;
use crate::text;
use serde::{Deserialize, Serialize};
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Permission, Refusal, Role, Timestamp};
use xingjian_store::{Ctx, Event, Failure, Stored, Tx, records};

/// Roles that wait to be granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// The roles, all of them: those that are missing here are taken away.
    pub roles: Vec<Role>,
    /// Who asked; `None` for the operator at the machine.
    pub by: Option<AccountId>,
    /// Name of who asked.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

impl Asked {
    pub(super) fn now(ctx: &Ctx, roles: Vec<Role>, reason: &str) -> Self {
        let (by, name) = (ctx.actor.account, ctx.actor.name.clone());
        Self { roles, by, name, at: ctx.now(), reason: reason.to_owned() }
    }

    /// The roles as they are called.
    pub fn labels(&self) -> String {
        labels(&self.roles)
    }
}

fn labels(roles: &[Role]) -> String {
    roles.iter().map(|role| role.label()).collect::<Vec<_>>().join("、")
}

/// Refuses roles that the law keeps apart.
pub(super) fn together(roles: &[Role]) -> Result<(), Refusal> {
    for (i, a) in roles.iter().enumerate() {
        for b in &roles[i + 1..] {
            if let Some(rule) = a.kept_apart(*b) {
                let message = format!("“{}”与“{}”不能由同一账号担任", a.label(), b.label());
                return Err(Refusal::by_law("roles_kept_apart", rule, message, "请分别建立账号"));
            }
        }
    }
    Ok(())
}

/// Why roles of this account cannot be granted by somebody, or `None` where they can.
pub(super) fn why_not_granted(account: &Account, by: Option<AccountId>) -> Option<Refusal> {
    let Some(asked) = &account.asked else {
        return Some(Refusal::new("nothing_asked", "账号没有待授予的岗位", "需要变更的，先由系统管理员申请"));
    };
    if by.is_some() && (asked.by == by || by == Some(account.id)) {
        let message = "申请和授予岗位须由两人分别办理，本人的岗位也不能由本人授予";
        return Some(Refusal::new("two_people", message, "请由另一名安全管理员授予"));
    }
    None
}

/// Asks for other roles; those it has stay until somebody grants the others.
pub async fn ask_roles(
    ctx: &Ctx,
    id: AccountId,
    seen: i64,
    roles: Vec<Role>,
    reason: &str,
) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::MakeAccounts)?;
    let reason = text::reason(reason)?;
    together(&roles)?;
    account_act(ctx, id, seen, "ask_roles", |account| {
        if (account.subject.is_some()) != roles.contains(&Role::Unit) {
            let message = "“机构用户”只能是代表医疗机构的账号，也不能改为其他岗位";
            return Err(Refusal::new("unit", message, "请另建一个账号"));
        }
        let asked = Asked::now(ctx, roles, &reason);
        let text = format!("申请将账号“{}”的岗位变更为：{}，理由：{reason}", account.login, asked.labels());
        account.asked = Some(asked);
        Ok(Event::new("account.roles_asked", text))
    })
    .await
}

/// Grants the roles that somebody else asked for.
pub async fn grant(ctx: &Ctx, id: AccountId, seen: i64) -> Result<Stored<Account>, Failure> {
    account_act(ctx, id, seen, "grant", |account| Ok(granted(account))).await
}

/// The same inside a transaction, for the account as it is there.
pub async fn grant_in(tx: &mut Tx, ctx: &Ctx, id: AccountId) -> Result<(), Failure> {
    ctx.may(Permission::GrantRoles)?;
    let all = ctx.seeing_all();
    let mut stored = records::must_in::<Account>(tx, &all, id).await?;
    if let Some(why) = why_not_granted(&stored, ctx.actor.account) {
        return Err(why.into());
    }
    let event = granted(&mut stored.value);
    records::save(tx, &all, &stored.value, stored.version, event).await?;
    Ok(())
}

fn granted(account: &mut Account) -> Event {
    let before = labels(&account.roles);
    if let Some(asked) = account.asked.take() {
        account.roles = asked.roles;
    }
    let before = if before.is_empty() { String::new() } else { format!("（原为：{before}）") };
    Event::new("account.granted", format!("授予账号“{}”岗位：{}{before}", account.login, labels(&account.roles)))
}

/// Refuses what was asked for; the account keeps the roles it has.
pub async fn refuse_roles(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::GrantRoles)?;
    let reason = text::reason(reason)?;
    account_act(ctx, id, seen, "refuse_roles", |account| {
        let asked = account.asked.take().map(|asked| asked.labels()).unwrap_or_default();
        let text = format!("不予授予账号“{}”岗位：{asked}，理由：{reason}", account.login);
        Ok(Event::new("account.grant_refused", text))
    })
    .await
}

/// Takes all roles away at once.
pub async fn revoke_roles(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::GrantRoles)?;
    let reason = text::reason(reason)?;
    account_act(ctx, id, seen, "revoke_roles", |account| {
        let text = format!("收回账号“{}”的岗位：{}，理由：{reason}", account.login, labels(&account.roles));
        account.roles.clear();
        account.asked = None;
        Ok(Event::new("account.roles_revoked", text))
    })
    .await
}

#[cfg(test)]
mod tests;

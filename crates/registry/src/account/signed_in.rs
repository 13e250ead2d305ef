//! Sessions as their holder sees them, and as the security administrator ends them.

use super::Account;
use super::review::account_act;
use super::session::{self, digest};
use crate::text;
use xingjian_kernel::id::AccountId;
use xingjian_kernel::{Permission, Timestamp};
use xingjian_store::{Ctx, Error, Event, Executor, Failure, Stored, Tx, records};

/// A session that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSession {
    /// What it is ended by; opens nothing.
    pub id: String,
    /// When it began.
    pub since: Timestamp,
    /// When it was used last, to within a few minutes.
    pub seen: Timestamp,
    /// What the browser said about itself.
    pub agent: String,
    /// Where it began, where that is known.
    pub address: Option<String>,
}

/// The open sessions of an account, the one used last first.
async fn sessions(ctx: &Ctx, account: AccountId) -> Result<Vec<OpenSession>, Failure> {
    let now = ctx.now();
    let idle = now.plus_seconds(-session::idle_seconds(&ctx.app));
    let sql = "select token, created_at, seen_at, agent, address from session \
               where account = $1 and expires_at > $2 and (seen_at > $3 or created_at > $3) \
               order by seen_at desc, created_at desc, token";
    let values = vec![account.to_string().into(), now.micros().into(), idle.micros().into()];
    let mut found = vec![];
    for row in ctx.app.db.reader().all(sql, values).await? {
        let number = |name: &str| row.try_get::<i64>("", name).map(Timestamp::from_micros).map_err(Error::from);
        let text = |name: &str| row.try_get::<String>("", name).map_err(Error::from);
        let since = number("created_at")?;
        found.push(OpenSession {
            id: text("token")?,
            since,
            seen: number("seen_at")?.max(since),
            agent: text("agent")?,
            address: Some(text("address")?).filter(|address| !address.is_empty()),
        });
    }
    Ok(found)
}

/// The own open sessions, and which of them is the one of `token`.
pub async fn own_sessions(ctx: &Ctx, token: &str) -> Result<Vec<(OpenSession, bool)>, Failure> {
    let id = ctx.actor.account.ok_or(Failure::NotFound)?;
    let here = digest(&ctx.app, token);
    Ok(sessions(ctx, id)
        .await?
        .into_iter()
        .map(|session| (session.id == here, session))
        .map(|(here, it)| (it, here))
        .collect())
}

/// The open sessions of an account in sight, for whoever may end them.
pub async fn sessions_of(ctx: &Ctx, account: AccountId) -> Result<Vec<OpenSession>, Failure> {
    ctx.may(Permission::GrantRoles)?;
    records::must::<Account>(&super::keeping(ctx), account).await?;
    sessions(ctx, account).await
}

/// Ends one of the own sessions.
pub async fn end_own_session(ctx: &Ctx, id: &str) -> Result<(), Failure> {
    let account = ctx.actor.account.ok_or(Failure::NotFound)?;
    let mut tx = ctx.begin().await?;
    let values = vec![account.to_string().into(), id.replace('\0', "").into()];
    let ended = tx.run("delete from session where account = $1 and token = $2", values).await?;
    if ended == 0 {
        return Err(Failure::NotFound);
    }
    note(&mut tx, ctx, account, "本人退出一处登录").await?;
    Ok(tx.commit().await?)
}

/// Ends every own session but the one of `token`.
pub async fn end_other_sessions(ctx: &Ctx, token: &str) -> Result<(), Failure> {
    let account = ctx.actor.account.ok_or(Failure::NotFound)?;
    let mut tx = ctx.begin().await?;
    session::end_others_in(&mut tx, ctx, account, token).await?;
    note(&mut tx, ctx, account, "本人退出其他全部登录").await?;
    Ok(tx.commit().await?)
}

/// The row of an act that changes sessions and not the account.
async fn note(tx: &mut Tx, ctx: &Ctx, account: AccountId, text: &str) -> Result<(), Failure> {
    // One's own account, which the scope of an institution's user does not show.
    let all = ctx.seeing_all();
    let stored = records::must_in::<Account>(tx, &all, account).await?;
    let event = Event::new("account.sessions_ended", text);
    records::save(tx, &all, &stored.value, stored.version, event).await?;
    Ok(())
}

/// Ends all sessions of somebody, for a reason.
pub async fn end_sessions(ctx: &Ctx, id: AccountId, seen: i64, reason: &str) -> Result<Stored<Account>, Failure> {
    ctx.may(Permission::GrantRoles)?;
    let reason = text::reason(reason)?;
    account_act(ctx, id, seen, "end_sessions", |account| {
        let text = format!("结束账号“{}”的全部登录，理由：{reason}", account.login);
        Ok(Event::new("account.sessions_ended", text))
    })
    .await
}

#[cfg(test)]
mod tests;

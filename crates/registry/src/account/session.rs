//! Signing in and staying signed in. Only a digest of the session's token is stored.

use super::{ATTEMPTS, Account, LOCKED_MINUTES, password};
use std::sync::Arc;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::AccountId;
use xingjian_store::{App, Ctx, Error, Event, Executor, Failure, Tx, records};

/// Hours a session lasts.
const HOURS: i64 = 10;

/// A session just made: the token goes into a cookie and is kept nowhere else.
#[derive(Clone, Debug)]
pub struct Session {
    /// 64 hexadecimal digits.
    pub token: String,
    /// Secret that forms carry.
    pub csrf: String,
    /// Whose session it is.
    pub account: Account,
}

/// Why somebody could not sign in. The text never tells whether the login exists.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Login or password is wrong.
    #[error("登录名或密码不正确")]
    Wrong,
    /// Too many wrong passwords.
    #[error("连续{ATTEMPTS}次密码不正确，账号已锁定，请{LOCKED_MINUTES}分钟后再试或联系系统管理员")]
    Locked,
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Signs in: checks lock and password, counts failures, makes a session.
pub async fn sign_in(app: &Arc<App>, login: &str, given: &str) -> Result<Session, SignInError> {
    let ctx = Ctx::system(app);
    let mut tx = ctx.begin().await?;
    let Some(stored) = records::by_number_in::<Account>(&mut tx, &ctx, login).await? else {
        // As slow as a wrong password, so that time does not tell whether the login exists.
        password::hash(&*app.rng, given);
        return Err(SignInError::Wrong);
    };
    let mut account = stored.value;
    let now = ctx.now();
    if account.locked_until.is_some_and(|until| now < until) {
        return Err(SignInError::Locked);
    }
    let own = Ctx { actor: account.actor(), ..ctx.clone() };
    // The password is read first: a disabled account answers as slowly and in the same words.
    let right = password::verify(given, &account.password);
    if !right || account.disabled.is_some() {
        account.failures += 1;
        let locked = account.failures >= ATTEMPTS;
        if locked {
            account.failures = 0;
            account.locked_until = Some(now.plus_seconds(LOCKED_MINUTES * 60));
        }
        let text = match (right, locked) {
            (true, _) => "账号已停用，登录被拒绝",
            (false, true) => "密码连续不正确，账号锁定",
            (false, false) => "密码不正确",
        };
        records::save(&mut tx, &own, &account, stored.version, Event::new("account.refused", text)).await?;
        tx.commit().await.map_err(Failure::from)?;
        return Err(if locked { SignInError::Locked } else { SignInError::Wrong });
    }
    account.failures = 0;
    account.locked_until = None;
    account.signed_in_on = Some(now.local_date());
    records::save(&mut tx, &own, &account, stored.version, Event::new("account.signed_in", "登录")).await?;
    let (token, csrf) = (random(&ctx), random(&ctx));
    tx.run(
        "insert into session (token, account, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        vec![
            digest(app, &token).into(),
            account.id.to_string().into(),
            csrf.clone().into(),
            now.micros().into(),
            now.plus_seconds(HOURS * 3600).micros().into(),
        ],
    )
    .await
    .map_err(Failure::from)?;
    tx.commit().await.map_err(Failure::from)?;
    Ok(Session { token, csrf, account })
}

/// The session of a token, if it has not expired and its account is not disabled.
pub async fn by_token(app: &Arc<App>, token: &str) -> Result<Option<Session>, Failure> {
    let ctx = Ctx::system(app);
    let sql = "select account, csrf, expires_at from session where token = $1";
    let Some(row) = app.db.reader().one(sql, vec![digest(app, token).into()]).await? else { return Ok(None) };
    let expires: i64 = row.try_get("", "expires_at").map_err(Error::from)?;
    if ctx.now() >= Timestamp::from_micros(expires) {
        return Ok(None);
    }
    let id: String = row.try_get("", "account").map_err(Error::from)?;
    let csrf: String = row.try_get("", "csrf").map_err(Error::from)?;
    let account = records::get::<Account>(&ctx, id).await?.filter(|account| account.disabled.is_none());
    Ok(account.map(|account| Session { token: token.to_owned(), csrf, account: account.value }))
}

/// Ends a session.
pub async fn sign_out(app: &Arc<App>, token: &str) -> Result<(), Failure> {
    let tx = app.db.begin().await?;
    tx.run("delete from session where token = $1", vec![digest(app, token).into()]).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of an account, inside the transaction that disables it or changes its password.
pub(super) async fn end_all_in(tx: &mut Tx, account: AccountId) -> Result<(), Failure> {
    tx.run("delete from session where account = $1", vec![account.to_string().into()]).await?;
    Ok(())
}

fn digest(app: &App, token: &str) -> String {
    app.keys.digest("session", token)
}

fn random(ctx: &Ctx) -> String {
    xingjian_kernel::clock::secret(&*ctx.app.rng, 32)
}

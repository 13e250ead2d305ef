//! Signing in and staying signed in. Only a digest of the session's token is stored.

use super::tries::{self, Tries};
use super::{ATTEMPTS, Account, LOCKED_MINUTES, password};
use std::sync::Arc;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::AccountId;
use xingjian_store::{App, Ctx, Error, Event, Executor, Failure, Stored, Tx, records};

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
    #[error("连续{ATTEMPTS}次登录名或密码不正确，该登录名已锁定，请{LOCKED_MINUTES}分钟后再试或联系系统管理员")]
    Locked,
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// How often signing in begins again where the account changed meanwhile.
const ROUNDS: usize = 10;

/// What is known of a login.
#[derive(Debug)]
pub(super) struct Seen {
    account: Option<Stored<Account>>,
    tries: Tries,
}

impl Seen {
    fn hash(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.password.as_str())
    }
}

/// A password as it was checked, and against what.
#[derive(Debug)]
pub(super) struct Checked {
    hash: Option<String>,
    right: bool,
}

/// Signs in: checks lock and password, counts failures, makes a session.
pub async fn sign_in(app: &Arc<App>, login: &str, given: &str) -> Result<Session, SignInError> {
    let ctx = Ctx::system(app);
    let mut checked = None;
    for _ in 0..ROUNDS {
        let seen = look(&ctx, login).await?;
        if seen.tries.locked(ctx.now()).is_some() {
            return Err(SignInError::Locked);
        }
        let check = check(&seen, given, checked.take()).await;
        match conclude(&ctx, login, &check).await {
            // Two sign-ins at once, or the account changed: what was checked still holds where the hash is the same.
            Err(SignInError::Failed(Failure::Conflict)) => checked = Some(check),
            done => return done,
        }
    }
    Err(Failure::Conflict.into())
}

/// Looks a login up; no transaction is open.
pub(super) async fn look(ctx: &Ctx, login: &str) -> Result<Seen, Failure> {
    Ok(match records::by_number::<Account>(ctx, login).await? {
        Some(account) => Seen { tries: account.tries, account: Some(account) },
        None => Seen { account: None, tries: tries::of_unknown(ctx.app.db.reader(), ctx, login).await? },
    })
}

async fn look_in(tx: &mut Tx, ctx: &Ctx, login: &str) -> Result<Seen, Failure> {
    Ok(match records::by_number_in::<Account>(tx, ctx, login).await? {
        Some(account) => Seen { tries: account.tries, account: Some(account) },
        None => Seen { account: None, tries: tries::of_unknown_in(tx, ctx, login).await? },
    })
}

/// Checks the password, unless it was checked against the same hash before. An unknown login takes as long.
pub(super) async fn check(seen: &Seen, given: &str, before: Option<Checked>) -> Checked {
    match before {
        Some(before) if before.hash.as_deref() == seen.hash() => before,
        _ => Checked { hash: seen.hash().map(str::to_owned), right: password::check_apart(given, seen.hash()).await },
    }
}

/// Writes what came of it. The account is read again: changed since the password was checked, it is a conflict.
pub(super) async fn conclude(ctx: &Ctx, login: &str, checked: &Checked) -> Result<Session, SignInError> {
    let mut tx = ctx.begin().await?;
    let seen = look_in(&mut tx, ctx, login).await?;
    if seen.tries.locked(ctx.now()).is_some() {
        return Err(SignInError::Locked);
    }
    if seen.hash() != checked.hash.as_deref() {
        return Err(Failure::Conflict.into());
    }
    match seen.account {
        Some(account) if checked.right && account.disabled.is_none() => Ok(enter(tx, ctx, account).await?),
        account => Err(refuse(tx, ctx, login, account, seen.tries, checked.right).await?),
    }
}

/// Counts a refusal: the same for an unknown login, a wrong password and a disabled account.
async fn refuse(
    mut tx: Tx,
    ctx: &Ctx,
    login: &str,
    account: Option<Stored<Account>>,
    before: Tries,
    right: bool,
) -> Result<SignInError, Failure> {
    let now = ctx.now();
    let tries = before.one_more(now);
    let locked = tries.locked(now).is_some();
    if let Some(stored) = account {
        let text = match (right, locked) {
            (true, _) => "账号已停用，登录被拒绝",
            (false, true) => "密码连续不正确，账号锁定",
            (false, false) => "密码不正确",
        };
        let account = Account { tries, ..stored.value };
        let own = Ctx { actor: account.actor(), ..ctx.clone() };
        records::save(&mut tx, &own, &account, stored.version, Event::new("account.refused", text)).await?;
    } else {
        tries::keep_unknown_in(&mut tx, ctx, login, tries).await?;
    }
    tx.commit().await?;
    Ok(if locked { SignInError::Locked } else { SignInError::Wrong })
}

async fn enter(mut tx: Tx, ctx: &Ctx, stored: Stored<Account>) -> Result<Session, Failure> {
    let now = ctx.now();
    let account = Account { tries: Tries::default(), signed_in_on: Some(now.local_date()), ..stored.value };
    let own = Ctx { actor: account.actor(), ..ctx.clone() };
    records::save(&mut tx, &own, &account, stored.version, Event::new("account.signed_in", "登录")).await?;
    tries::forget_in(&mut tx, now).await?;
    let (token, csrf) = (random(ctx), random(ctx));
    tx.run(
        "insert into session (token, account, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5)",
        vec![
            digest(&ctx.app, &token).into(),
            account.id.to_string().into(),
            csrf.clone().into(),
            now.micros().into(),
            now.plus_seconds(HOURS * 3600).micros().into(),
        ],
    )
    .await?;
    tx.commit().await?;
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

/// Ends the other sessions of an account, inside the transaction in which its holder changes the password.
pub(super) async fn end_others_in(tx: &mut Tx, ctx: &Ctx, account: AccountId, token: &str) -> Result<(), Failure> {
    let values = vec![account.to_string().into(), digest(&ctx.app, token).into()];
    tx.run("delete from session where account = $1 and token <> $2", values).await?;
    Ok(())
}

fn digest(app: &App, token: &str) -> String {
    app.keys.digest("session", token)
}

fn random(ctx: &Ctx) -> String {
    xingjian_kernel::clock::secret(&*ctx.app.rng, 32)
}

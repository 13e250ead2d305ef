//! Signing in and staying signed in. Only a digest of the session's token is stored.

use super::factor::Proof;
use super::tries::{self, Bucket};
use super::{Account, password};
use std::net::IpAddr;
use std::sync::Arc;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::AccountId;
use xingjian_store::{App, Ctx, Error, Event, Executor, Failure, Stored, Tx, records};

/// How often in the longest pause it is written down that a session is in use.
const TOUCHES: i64 = 20;
/// Minutes in which the code is given after the password.
const CODE_MINUTES: i64 = 10;
/// Characters of a browser's own description that are kept.
const AGENT: usize = 300;

/// What somebody signs in from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The address, where it is known.
    pub address: Option<IpAddr>,
    /// What the browser says about itself.
    pub agent: String,
}

impl Device {
    /// What the row of an act keeps of it.
    fn told(&self) -> serde_json::Value {
        serde_json::json!({ "address": self.address.map(|address| address.to_string()) })
    }
}

/// What came of login and password.
#[derive(Debug)]
pub enum SignedIn {
    /// The session has begun.
    Entered(Box<Session>),
    /// The account has a second factor: [`answer_code`] takes this token and a code.
    AsksCode(String),
}

impl SignedIn {
    /// The session, where no code is asked for.
    pub fn entered(self) -> Option<Session> {
        match self {
            Self::Entered(session) => Some(*session),
            Self::AsksCode(_) => None,
        }
    }
}

/// A session just made: the token goes into a cookie and is kept nowhere else.
#[derive(Clone, Debug)]
pub struct Session {
    /// 64 hexadecimal digits.
    pub token: String,
    /// Secret that forms carry.
    pub csrf: String,
    /// Whose session it is.
    pub account: Account,
    /// That it is in use was last written down some time ago: [`touch`] does it again.
    pub stale: bool,
}

/// Why somebody could not sign in. The text never tells whether the login exists.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Login or password is wrong.
    #[error("登录名或密码不正确")]
    Wrong,
    /// Too many wrong passwords or codes, for this login or from this address.
    #[error("多次填写不正确，为防止他人猜测，请在 {} 以后再试；急需登录的，请联系安全管理员", clock(*.0))]
    Paused(Timestamp),
    /// The code is wrong, or was taken before.
    #[error("验证码不正确，或者已经用过。请核对手机时间，等认证器显示下一个验证码后重新填写")]
    WrongCode,
    /// The password was given too long ago, or the account changed since.
    #[error("登录已超时，请重新填写登录名和密码")]
    Expired,
    /// The store failed.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// The time of day, to the minute that has passed by then.
pub(super) fn clock(until: Timestamp) -> String {
    until.plus_seconds(59).to_string().chars().skip(11).take(5).collect()
}

/// How often signing in begins again where the account changed meanwhile.
const ROUNDS: usize = 10;

/// What is known of a login.
#[derive(Debug)]
pub(super) struct Seen {
    account: Option<Stored<Account>>,
    buckets: Vec<Bucket>,
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

/// Signs in: checks the password, unless it is too soon, counts failures, makes a session.
pub async fn sign_in(app: &Arc<App>, from: &Device, login: &str, given: &str) -> Result<SignedIn, SignInError> {
    let ctx = Ctx::system(app);
    let mut checked = None;
    for _ in 0..ROUNDS {
        let seen = look(&ctx, from, login).await?;
        if let Some(until) = tries::paused(app.db.reader(), &ctx, &seen.buckets).await? {
            return Err(SignInError::Paused(until));
        }
        let check = check(&seen, given, checked.take()).await;
        match conclude(&ctx, from, login, &check).await {
            // Two sign-ins at once, or the account changed: what was checked still holds where the hash is the same.
            Err(SignInError::Failed(Failure::Conflict)) => checked = Some(check),
            done => return done,
        }
    }
    Err(Failure::Conflict.into())
}

/// Looks a login up; no transaction is open.
pub(super) async fn look(ctx: &Ctx, from: &Device, login: &str) -> Result<Seen, Failure> {
    let account = records::by_number::<Account>(ctx, login).await?;
    let id = account.as_ref().map(|account| account.id);
    let buckets = tries::buckets(ctx.app.db.reader(), ctx, login, id, from.address).await?;
    Ok(Seen { account, buckets })
}

/// The same in a transaction that may count one more.
async fn look_in(tx: &mut Tx, ctx: &Ctx, from: &Device, login: &str) -> Result<Seen, Failure> {
    let account = records::by_number_in::<Account>(tx, ctx, login).await?;
    let id = account.as_ref().map(|account| account.id);
    let buckets = tries::buckets(&*tx, ctx, login, id, from.address).await?;
    tries::take_in(tx, &buckets).await?;
    Ok(Seen { account, buckets })
}

/// Checks the password, unless it was checked against the same hash before. An unknown login takes as long.
pub(super) async fn check(seen: &Seen, given: &str, before: Option<Checked>) -> Checked {
    match before {
        Some(before) if before.hash.as_deref() == seen.hash() => before,
        _ => Checked { hash: seen.hash().map(str::to_owned), right: password::check_apart(given, seen.hash()).await },
    }
}

/// Writes what came of it. The account is read again: changed since the password was checked, it is a conflict.
pub(super) async fn conclude(
    ctx: &Ctx,
    from: &Device,
    login: &str,
    checked: &Checked,
) -> Result<SignedIn, SignInError> {
    let mut tx = ctx.begin().await?;
    let seen = look_in(&mut tx, ctx, from, login).await?;
    if let Some(until) = tries::paused(&tx, ctx, &seen.buckets).await? {
        return Err(SignInError::Paused(until));
    }
    if seen.hash() != checked.hash.as_deref() {
        return Err(Failure::Conflict.into());
    }
    match seen.account {
        Some(account) if checked.right && account.disabled.is_none() => Ok(match &account.factor {
            Some(_) => SignedIn::AsksCode(ask_code(tx, ctx, &account).await?),
            None => SignedIn::Entered(Box::new(enter(tx, ctx, from, account, &seen.buckets, "登录").await?)),
        }),
        account => {
            let why = if checked.right { "账号已停用，登录被拒绝" } else { "密码不正确" };
            Err(refuse(tx, ctx, from, account, &seen.buckets, why)
                .await?
                .map_or(SignInError::Wrong, SignInError::Paused))
        }
    }
}

/// Remembers that the password was right, and asks for the code.
async fn ask_code(tx: Tx, ctx: &Ctx, account: &Account) -> Result<String, Failure> {
    let token = random(ctx);
    let until = ctx.now().plus_seconds(CODE_MINUTES * 60);
    tx.run(
        "insert into sign_in_step (token, account, expires_at) values ($1, $2, $3)",
        vec![digest(&ctx.app, &token).into(), account.id.to_string().into(), until.micros().into()],
    )
    .await?;
    tx.commit().await?;
    Ok(token)
}

/// Signs in somebody whom an identity platform vouched for: by the account with this login, where there is one. The second
/// factor is asked for all the same.
pub async fn sign_in_as(app: &Arc<App>, from: &Device, login: &str, how: &str) -> Result<SignedIn, SignInError> {
    let ctx = Ctx::system(app);
    for _ in 0..ROUNDS {
        let unknown = unknown_password(&ctx, login).await?;
        let mut tx = ctx.begin().await?;
        let account = records::by_number_in::<Account>(&mut tx, &ctx, login).await?;
        let account = account.filter(|account| account.disabled.is_none()).ok_or(SignInError::Wrong)?;
        let done = async {
            let account = without_handed_out(&mut tx, &ctx, account, unknown).await?;
            match &account.factor {
                Some(_) => ask_code(tx, &ctx, &account).await.map(SignedIn::AsksCode),
                None => Ok(SignedIn::Entered(Box::new(enter(tx, &ctx, from, account, &[], how).await?))),
            }
        };
        match done.await {
            Err(Failure::Conflict) => {}
            done => return Ok(done?),
        }
    }
    Err(Failure::Conflict.into())
}

/// The hash of a password that nobody knows, where that of the account was handed out. Slow on purpose, so before the transaction begins.
async fn unknown_password(ctx: &Ctx, login: &str) -> Result<Option<String>, Failure> {
    let account = records::by_number::<Account>(ctx, login).await?;
    Ok(match account.filter(|account| account.handed_out) {
        Some(_) => Some(password::hash_apart(&*ctx.app.rng, &random(ctx)).await),
        None => None,
    })
}

/// Who comes by another way has no use for a password that somebody else knows: it opens nothing from then on.
async fn without_handed_out(
    tx: &mut Tx,
    ctx: &Ctx,
    account: Stored<Account>,
    unknown: Option<String>,
) -> Result<Stored<Account>, Failure> {
    if !account.handed_out {
        return Ok(account);
    }
    // Handed out since it was looked at: the next round has a hash.
    let password = unknown.ok_or(Failure::Conflict)?;
    let own = Ctx { actor: account.actor(), ..ctx.clone() };
    let value = Account { password, handed_out: false, ..account.value };
    let event = Event::new("account.password_voided", "以其他方式登录，没有用过的初始密码作废");
    let version = records::save(tx, &own, &value, account.version, event).await?;
    Ok(Stored { version, value })
}

/// The second step: a code of the authenticator, or a recovery code. Wrong ones count like wrong passwords.
pub async fn answer_code(app: &Arc<App>, from: &Device, step: &str, given: &str) -> Result<Session, SignInError> {
    let ctx = Ctx::system(app);
    for _ in 0..ROUNDS {
        match try_code(&ctx, from, step, given).await {
            // The same code twice at once: the one that comes second finds it taken.
            Err(SignInError::Failed(Failure::Conflict)) => {}
            done => return done,
        }
    }
    Err(Failure::Conflict.into())
}

async fn try_code(ctx: &Ctx, from: &Device, step: &str, given: &str) -> Result<Session, SignInError> {
    let now = ctx.now();
    let mut tx = ctx.begin().await?;
    let key = digest(&ctx.app, step);
    let sql = "select account from sign_in_step where token = $1 and expires_at > $2";
    let row = tx.one(sql, vec![key.clone().into(), now.micros().into()]).await.map_err(Failure::from)?;
    let Some(row) = row else { return Err(SignInError::Expired) };
    let id: String = row.try_get("", "account").map_err(|error| Failure::from(Error::from(error)))?;
    let stored = records::get_in::<Account>(&mut tx, ctx, id).await?;
    let Some(stored) = stored.filter(|account| account.disabled.is_none()) else { return Err(SignInError::Expired) };
    let Some(factor) = stored.factor.clone() else { return Err(SignInError::Expired) };
    let buckets = tries::buckets(&tx, ctx, &stored.login, Some(stored.id), from.address).await?;
    tries::take_in(&mut tx, &buckets).await?;
    if let Some(until) = tries::paused(&tx, ctx, &buckets).await? {
        return Err(SignInError::Paused(until));
    }
    let Some((factor, proof)) = factor.take(&ctx.app, stored.id, given)? else {
        let paused = refuse(tx, ctx, from, Some(stored), &buckets, "验证码不正确").await?;
        return Err(paused.map_or(SignInError::WrongCode, SignInError::Paused));
    };
    let how = match proof {
        Proof::Code => "登录（密码和验证码）".to_owned(),
        Proof::Recovery(left) => format!("登录（密码和恢复码，恢复码剩余{left}个）"),
    };
    tx.run("delete from sign_in_step where token = $1", vec![key.into()]).await.map_err(Failure::from)?;
    let stored = Stored { version: stored.version, value: Account { factor: Some(factor), ..stored.value } };
    Ok(enter(tx, ctx, from, stored, &buckets, &how).await?)
}

/// Counts a refusal, and says until when it pauses now: the same for an unknown login, a wrong password and a disabled
/// account.
async fn refuse(
    mut tx: Tx,
    ctx: &Ctx,
    from: &Device,
    account: Option<Stored<Account>>,
    buckets: &[Bucket],
    why: &str,
) -> Result<Option<Timestamp>, Failure> {
    let paused = tries::count_in(&mut tx, ctx, buckets).await?;
    if let Some(account) = account {
        let text = paused.map_or_else(|| why.to_owned(), |until| format!("{why}，{}以前不再受理", clock(until)));
        let own = Ctx { actor: account.actor(), ..ctx.clone() };
        let event = Event::new("account.refused", text).data(from.told());
        records::save(&mut tx, &own, &account.value, account.version, event).await?;
    }
    tx.commit().await?;
    Ok(paused)
}

async fn enter(
    mut tx: Tx,
    ctx: &Ctx,
    from: &Device,
    stored: Stored<Account>,
    buckets: &[Bucket],
    how: &str,
) -> Result<Session, Failure> {
    let now = ctx.now();
    let account = Account { signed_in_on: Some(now.local_date()), ..stored.value };
    let own = Ctx { actor: account.actor(), ..ctx.clone() };
    let event = Event::new("account.signed_in", how).data(from.told());
    records::save(&mut tx, &own, &account, stored.version, event).await?;
    tries::entered_in(&mut tx, ctx, buckets, account.id, from.address).await?;
    for table in ["session", "sign_in_step"] {
        tx.run(&format!("delete from {table} where expires_at <= $1"), vec![now.micros().into()]).await?;
    }
    let (token, csrf) = (random(ctx), random(ctx));
    tx.run(
        "insert into session (token, account, csrf, created_at, expires_at, seen_at, agent, address) \
         values ($1, $2, $3, $4, $5, $4, $6, $7)",
        vec![
            digest(&ctx.app, &token).into(),
            account.id.to_string().into(),
            csrf.clone().into(),
            now.micros().into(),
            now.plus_seconds(i64::from(ctx.app.sign_in().hours) * 3600).micros().into(),
            from.agent.chars().filter(|c| !c.is_control()).take(AGENT).collect::<String>().into(),
            from.address.map(|address| address.to_string()).unwrap_or_default().into(),
        ],
    )
    .await?;
    tx.commit().await?;
    Ok(Session { token, csrf, account, stale: false })
}

/// Gives the session of `token` another one, inside the transaction in which its holder changes how to sign in.
pub(super) async fn rotate_in(tx: &mut Tx, ctx: &Ctx, token: &str, account: Account) -> Result<Session, Failure> {
    let session = Session { token: random(ctx), csrf: random(ctx), account, stale: false };
    let values =
        vec![digest(&ctx.app, token).into(), digest(&ctx.app, &session.token).into(), session.csrf.clone().into()];
    tx.run("update session set token = $2, csrf = $3 where token = $1", values).await?;
    Ok(session)
}

/// The session of a token, if it has not expired and its account is not disabled.
pub async fn by_token(app: &Arc<App>, token: &str) -> Result<Option<Session>, Failure> {
    let ctx = Ctx::system(app);
    let sql = "select account, csrf, expires_at, created_at, seen_at from session where token = $1";
    let Some(row) = app.db.reader().one(sql, vec![digest(app, token).into()]).await? else { return Ok(None) };
    let moment = |name: &str| row.try_get::<i64>("", name).map(Timestamp::from_micros).map_err(Error::from);
    // A node of an earlier version begins a session without a last use.
    let (now, seen) = (ctx.now(), moment("seen_at")?.max(moment("created_at")?));
    if now >= moment("expires_at")? || now >= seen.plus_seconds(idle_seconds(app)) {
        return Ok(None);
    }
    let stale = now >= seen.plus_seconds(idle_seconds(app) / TOUCHES);
    let id: String = row.try_get("", "account").map_err(Error::from)?;
    let csrf: String = row.try_get("", "csrf").map_err(Error::from)?;
    let account = records::get::<Account>(&ctx, id).await?.filter(|account| account.disabled.is_none());
    Ok(account.map(|account| Session { token: token.to_owned(), csrf, account: account.value, stale }))
}

/// Writes down that a session is in use.
pub async fn touch(app: &Arc<App>, token: &str) -> Result<(), Failure> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    tx.run("update session set seen_at = $2 where token = $1", vec![digest(app, token).into(), now.micros().into()])
        .await?;
    Ok(tx.commit().await?)
}

/// Seconds without use after which a session ends.
pub(super) fn idle_seconds(app: &App) -> i64 {
    i64::from(app.sign_in().idle_minutes) * 60
}

/// Ends a session.
pub async fn sign_out(app: &Arc<App>, token: &str) -> Result<(), Failure> {
    let tx = app.db.begin().await?;
    tx.run("delete from session where token = $1", vec![digest(app, token).into()]).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of an account, inside the transaction that disables it or changes its password.
pub(super) async fn end_all_in(tx: &mut Tx, account: AccountId) -> Result<(), Failure> {
    for table in ["session", "sign_in_step"] {
        tx.run(&format!("delete from {table} where account = $1"), vec![account.to_string().into()]).await?;
    }
    Ok(())
}

/// Ends the other sessions of an account, inside the transaction in which its holder changes the password.
pub(super) async fn end_others_in(tx: &mut Tx, ctx: &Ctx, account: AccountId, token: &str) -> Result<(), Failure> {
    let values = vec![account.to_string().into(), digest(&ctx.app, token).into()];
    tx.run("delete from session where account = $1 and token <> $2", values).await?;
    tx.run("delete from sign_in_step where account = $1", vec![account.to_string().into()]).await?;
    Ok(())
}

pub(super) fn digest(app: &App, token: &str) -> String {
    app.keys.digest("session", token)
}

fn random(ctx: &Ctx) -> String {
    xingjian_kernel::clock::secret(&*ctx.app.rng, 32)
}

//! Wrong passwords and codes, counted in buckets that all nodes share, with pauses that grow. A bucket belongs to what was
//! typed as a login, whether such an account exists or not, so that neither a pause nor its absence tells; places from which
//! an account was entered before have one of their own, so that strangers keep nobody out. Each address has one, too.

use std::net::IpAddr;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::AccountId;
use xingjian_store::{Ctx, Error, Executor, Failure, Tx};

/// Wrong passwords in a row after which a login pauses.
pub const ATTEMPTS: u32 = 5;
/// Minutes of the first pause; each further wrong password doubles it.
pub const PAUSE_MINUTES: i64 = 1;
/// Minutes of the longest pause.
pub const LONGEST_MINUTES: i64 = 60;
/// Wrong passwords from one address, whatever the login, after which it pauses: many people may share one.
const ATTEMPTS_OF_ADDRESS: u32 = 30;
/// Seconds after which one wrong password from an address no longer counts.
const LEAK: i64 = 120;
/// Seconds after which those of a login no longer count.
const FORGOTTEN: i64 = 12 * 3600;
/// Days for which a place from which an account was entered is known.
const KNOWN_DAYS: i64 = 60;

/// What is counted together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bucket {
    /// A keyed digest: nothing that somebody mistyped is kept in clear.
    key: String,
    attempts: u32,
    leak: Option<i64>,
}

impl Bucket {
    fn new(ctx: &Ctx, text: &str) -> Self {
        Self { key: ctx.app.keys.digest("sign-in", text), attempts: ATTEMPTS, leak: None }
    }

    /// A login, for whoever comes from a place that is not known.
    pub fn login(ctx: &Ctx, login: &str) -> Self {
        Self::new(ctx, login)
    }

    /// A login, for whoever comes from a place from which it was entered before.
    fn known(ctx: &Ctx, place: &str) -> Self {
        Self::new(ctx, &format!("known place\n{place}"))
    }

    /// An address.
    fn address(ctx: &Ctx, address: IpAddr) -> Self {
        let all = Self::new(ctx, &format!("address\n{}", network(address)));
        Self { attempts: ATTEMPTS_OF_ADDRESS, leak: Some(LEAK), ..all }
    }

    /// Somebody who is signed in and gives the password once more.
    pub fn own(ctx: &Ctx, account: AccountId) -> Self {
        Self::new(ctx, &format!("signed in\n{account}"))
    }

    fn counted(&self, tries: Tries, now: Timestamp) -> u32 {
        let Some(last) = tries.last else { return 0 };
        let passed = (now.micros() - last.micros()).max(0) / 1_000_000;
        match self.leak {
            Some(leak) => tries.failures.saturating_sub(u32::try_from(passed / leak).unwrap_or(u32::MAX)),
            None if passed >= FORGOTTEN => 0,
            None => tries.failures,
        }
    }

    /// Until when it pauses, where it does.
    fn paused(&self, tries: Tries, now: Timestamp) -> Option<Timestamp> {
        let beyond = tries.failures.checked_sub(self.attempts)?;
        let minutes = (PAUSE_MINUTES << beyond.min(10)).min(LONGEST_MINUTES);
        tries.last.map(|last| last.plus_seconds(minutes * 60)).filter(|until| now < *until)
    }

    fn one_more(&self, tries: Tries, now: Timestamp) -> Tries {
        Tries { failures: self.counted(tries, now).saturating_add(1), last: Some(now) }
    }
}

/// Wrong passwords in a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tries {
    failures: u32,
    last: Option<Timestamp>,
}

/// An address as it is counted: whoever has one of IPv6 has a network of 64 bits.
pub fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:x?}", &address.segments()[..4]),
    }
}

fn place(ctx: &Ctx, account: AccountId, address: IpAddr) -> String {
    ctx.app.keys.digest("sign-in-place", &format!("{account}\n{}", network(address)))
}

/// The buckets that a try to sign in counts in, the one of the login first.
pub(super) async fn buckets(
    db: &impl Executor,
    ctx: &Ctx,
    login: &str,
    account: Option<AccountId>,
    address: Option<IpAddr>,
) -> Result<Vec<Bucket>, Failure> {
    let mut first = Bucket::login(ctx, login);
    if let (Some(account), Some(address)) = (account, address) {
        let place = place(ctx, account, address);
        let since = ctx.now().plus_seconds(-KNOWN_DAYS * 86400);
        let sql = "select 1 as one from sign_in_place where account = $1 and place = $2 and at > $3";
        let values = vec![account.to_string().into(), place.clone().into(), since.micros().into()];
        if db.one(sql, values).await?.is_some() {
            first = Bucket::known(ctx, &place);
        }
    }
    Ok(std::iter::once(first).chain(address.map(|address| Bucket::address(ctx, address))).collect())
}

async fn tries(db: &impl Executor, bucket: &Bucket) -> Result<Tries, Failure> {
    let sql = "select failures, last from failed_sign_in where login = $1";
    let Some(row) = db.one(sql, vec![bucket.key.clone().into()]).await? else { return Ok(Tries::default()) };
    let failures: i64 = row.try_get("", "failures").map_err(Error::from)?;
    let last: i64 = row.try_get("", "last").map_err(Error::from)?;
    Ok(Tries { failures: u32::try_from(failures).unwrap_or(u32::MAX), last: Some(Timestamp::from_micros(last)) })
}

/// Until when one of the buckets pauses, where one does.
pub(super) async fn paused(db: &impl Executor, ctx: &Ctx, buckets: &[Bucket]) -> Result<Option<Timestamp>, Failure> {
    let now = ctx.now();
    let mut until = None;
    for bucket in buckets {
        until = until.max(bucket.paused(tries(db, bucket).await?, now));
    }
    Ok(until)
}

/// Takes the buckets for a transaction that may count: two tries at once come one after the other.
pub(super) async fn take_in(tx: &mut Tx, buckets: &[Bucket]) -> Result<(), Failure> {
    let mut ordered: Vec<&Bucket> = buckets.iter().collect();
    // In one order everywhere, or two transactions could wait for each other.
    ordered.sort();
    for bucket in ordered {
        tx.run(
            "insert into failed_sign_in (login, failures, last) values ($1, 0, 0) \
             on conflict (login) do update set failures = failed_sign_in.failures",
            vec![bucket.key.clone().into()],
        )
        .await?;
    }
    Ok(())
}

/// Counts one more wrong password in each of the buckets, and says until when they pause now.
pub(super) async fn count_in(tx: &mut Tx, ctx: &Ctx, buckets: &[Bucket]) -> Result<Option<Timestamp>, Failure> {
    let now = ctx.now();
    let mut until = None;
    for bucket in buckets {
        let tries = bucket.one_more(tries(&*tx, bucket).await?, now);
        let values = vec![bucket.key.clone().into(), i64::from(tries.failures).into(), now.micros().into()];
        tx.run("update failed_sign_in set failures = $2, last = $3 where login = $1", values).await?;
        until = until.max(bucket.paused(tries, now));
    }
    Ok(until)
}

/// Empties a bucket.
pub(super) async fn empty_in(tx: &mut Tx, bucket: &Bucket) -> Result<(), Failure> {
    tx.run("delete from failed_sign_in where login = $1", vec![bucket.key.clone().into()]).await?;
    Ok(())
}

/// Every bucket of an account: that of its login, and those of the places it was entered from.
async fn of_account(db: &impl Executor, ctx: &Ctx, login: &str, account: AccountId) -> Result<Vec<Bucket>, Failure> {
    let mut all = vec![Bucket::login(ctx, login), Bucket::own(ctx, account)];
    for row in db.all("select place from sign_in_place where account = $1", vec![account.to_string().into()]).await? {
        let place: String = row.try_get("", "place").map_err(Error::from)?;
        all.push(Bucket::known(ctx, &place));
    }
    Ok(all)
}

/// Whether an account pauses for anybody.
pub(super) async fn paused_in(tx: &mut Tx, ctx: &Ctx, login: &str, account: AccountId) -> Result<bool, Failure> {
    let all = of_account(&*tx, ctx, login, account).await?;
    Ok(paused(&*tx, ctx, &all).await?.is_some())
}

/// Empties every bucket of an account.
pub(super) async fn empty_all_in(tx: &mut Tx, ctx: &Ctx, login: &str, account: AccountId) -> Result<(), Failure> {
    for bucket in of_account(&*tx, ctx, login, account).await? {
        empty_in(tx, &bucket).await?;
    }
    Ok(())
}

/// After an account was entered: its bucket is empty, the place is known, and what no longer counts is forgotten.
pub(super) async fn entered_in(
    tx: &mut Tx,
    ctx: &Ctx,
    buckets: &[Bucket],
    account: AccountId,
    address: Option<IpAddr>,
) -> Result<(), Failure> {
    let now = ctx.now();
    // The address keeps its count: whoever has one account of the own must not clean it for others.
    if let Some(first) = buckets.first() {
        empty_in(tx, first).await?;
    }
    if let Some(address) = address {
        tx.run(
            "insert into sign_in_place (account, place, at) values ($1, $2, $3) \
             on conflict (account, place) do update set at = $3",
            vec![account.to_string().into(), place(ctx, account, address).into(), now.micros().into()],
        )
        .await?;
    }
    let past = now.plus_seconds(-FORGOTTEN).micros();
    tx.run("delete from failed_sign_in where last <= $1", vec![past.into()]).await?;
    let unknown = now.plus_seconds(-KNOWN_DAYS * 86400).micros();
    tx.run("delete from sign_in_place where at <= $1", vec![unknown.into()]).await?;
    Ok(())
}

/// Until when an account pauses for somebody, where it does.
pub async fn paused_until(ctx: &Ctx, account: &super::Account) -> Result<Option<Timestamp>, Failure> {
    let db = ctx.app.db.reader();
    paused(db, ctx, &of_account(db, ctx, &account.login, account.id).await?).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(minutes * 60)
    }

    fn bucket(attempts: u32, leak: Option<i64>) -> Bucket {
        Bucket { key: String::new(), attempts, leak }
    }

    fn after(bucket: &Bucket, times: u32, minute: i64) -> Tries {
        (0..times).fold(Tries::default(), |tries, _| bucket.one_more(tries, at(minute)))
    }

    #[test]
    fn the_fifth_wrong_password_pauses_and_each_further_one_longer() {
        let login = bucket(ATTEMPTS, None);
        let minutes =
            |times: u32| login.paused(after(&login, times, 0), at(0)).map(|until| until.micros() / 60_000_000);
        let told: Vec<_> = (3..=13).map(minutes).collect();
        let told: Vec<i64> = told.into_iter().map(Option::unwrap_or_default).collect();
        assert_eq!(told, [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(minutes(500), Some(60), "however many");
        assert_eq!(login.paused(after(&login, 5, 0), at(1)), None, "the pause is over");
        assert_eq!(login.one_more(after(&login, 5, 0), at(1)).failures, 6, "but it goes on counting");
        assert_eq!(login.one_more(after(&login, 50, 0), at(12 * 60)).failures, 1, "until it is forgotten");
    }

    #[test]
    fn an_address_forgets_one_after_the_other() {
        let address = bucket(ATTEMPTS_OF_ADDRESS, Some(LEAK));
        assert!(address.paused(after(&address, ATTEMPTS_OF_ADDRESS - 1, 0), at(0)).is_none());
        let full = after(&address, ATTEMPTS_OF_ADDRESS, 0);
        assert_eq!(address.paused(full, at(0)), Some(at(1)));
        assert_eq!(address.one_more(full, at(10)).failures, ATTEMPTS_OF_ADDRESS - 4);
        assert_eq!(address.one_more(full, at(60 * 24)).failures, 1);
    }

    #[test]
    fn an_address_of_ipv6_is_counted_by_its_network() {
        let network = |text: &str| network(text.parse().unwrap());
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), network("2001:db8:1:2::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("10.0.0.1"), network("10.0.0.2"));
    }
}

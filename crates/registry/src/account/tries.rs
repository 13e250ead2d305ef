//! Wrong passwords in a row. They are counted for what was typed as a login, whether such an account exists or not, so
//! that neither a lock nor its absence tells: an account counts its own, the others are counted under a keyed digest.

use serde::{Deserialize, Serialize};
use xingjian_kernel::Timestamp;
use xingjian_store::{Ctx, Error, Executor, Failure, Tx};

/// Wrong passwords after which a login is locked.
pub const ATTEMPTS: u32 = 5;
/// Minutes for which it stays locked, and after which a wrong password is forgotten.
pub const LOCKED_MINUTES: i64 = 15;

/// Wrong passwords in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tries {
    failures: u32,
    last: Option<Timestamp>,
}

impl Tries {
    /// Until when the login is locked, where it is.
    pub fn locked(self, now: Timestamp) -> Option<Timestamp> {
        self.counts_until().filter(|until| self.failures >= ATTEMPTS && now < *until)
    }

    /// With one more wrong password.
    pub fn one_more(self, now: Timestamp) -> Self {
        let counted = if self.counts_until().is_some_and(|until| now < until) { self.failures } else { 0 };
        Self { failures: counted + 1, last: Some(now) }
    }

    fn counts_until(self) -> Option<Timestamp> {
        self.last.map(|last| last.plus_seconds(LOCKED_MINUTES * 60))
    }
}

/// What stands for a login that no account has: nothing that somebody mistyped is kept in clear.
fn key(ctx: &Ctx, login: &str) -> String {
    ctx.app.keys.digest("sign-in", login)
}

/// Wrong passwords for a login that no account has.
pub(super) async fn of_unknown(db: &impl Executor, ctx: &Ctx, login: &str) -> Result<Tries, Failure> {
    let sql = "select failures, last from failed_sign_in where login = $1";
    let Some(row) = db.one(sql, vec![key(ctx, login).into()]).await? else { return Ok(Tries::default()) };
    let failures: i64 = row.try_get("", "failures").map_err(Error::from)?;
    let last: i64 = row.try_get("", "last").map_err(Error::from)?;
    Ok(Tries { failures: u32::try_from(failures).unwrap_or(u32::MAX), last: Some(Timestamp::from_micros(last)) })
}

/// The same in a transaction that may count one more: taking the row first orders two attempts at once.
pub(super) async fn of_unknown_in(tx: &mut Tx, ctx: &Ctx, login: &str) -> Result<Tries, Failure> {
    tx.run(
        "insert into failed_sign_in (login, failures, last) values ($1, 0, 0) \
         on conflict (login) do update set failures = failed_sign_in.failures",
        vec![key(ctx, login).into()],
    )
    .await?;
    of_unknown(&*tx, ctx, login).await
}

/// Keeps the count of a login that no account has.
pub(super) async fn keep_unknown_in(tx: &mut Tx, ctx: &Ctx, login: &str, tries: Tries) -> Result<(), Failure> {
    tx.run(
        "update failed_sign_in set failures = $2, last = $3 where login = $1",
        vec![key(ctx, login).into(), i64::from(tries.failures).into(), tries.last.map_or(0, Timestamp::micros).into()],
    )
    .await?;
    Ok(())
}

/// Forgets what no longer counts.
pub(super) async fn forget_in(tx: &mut Tx, now: Timestamp) -> Result<(), Failure> {
    let past = now.plus_seconds(-LOCKED_MINUTES * 60);
    tx.run("delete from failed_sign_in where last <= $1", vec![past.micros().into()]).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_password_counts_for_a_quarter_of_an_hour_and_the_fifth_locks() {
        let at = |minutes: i64| Timestamp::from_micros(0).plus_seconds(minutes * 60);
        let four = (0..4).fold(Tries::default(), |tries, minute| tries.one_more(at(minute)));
        assert_eq!(four.locked(at(4)), None);
        let five = four.one_more(at(17));
        assert_eq!((five.locked(at(17)), five.locked(at(31)), five.locked(at(32))), (Some(at(32)), Some(at(32)), None));
        assert_eq!(five.one_more(at(32)), Tries::default().one_more(at(32)), "counted anew after the lock");
        assert_eq!(four.one_more(at(18)).locked(at(18)), None, "the earlier ones were forgotten");
    }
}

//! What a command does beside the server and how far it is, so that a page can say so. It is no record: nobody acts on it, and it is gone
//! when the command has ended.

use crate::{Db, Error, Executor};
use xingjian_kernel::Timestamp;

/// So many seconds after it was heard of last, a command counts as broken off.
const SILENT: i64 = 60;

/// A command that has not ended, or never will.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnderWay {
    /// When it began, by the clock of the machine.
    pub began: Timestamp,
    /// When it was heard of last.
    pub seen: Timestamp,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0 while that is not known.
    pub of: u64,
}

impl UnderWay {
    /// How much of it is done, in hundredths.
    pub const fn percent(&self) -> u64 {
        match (self.done.saturating_mul(100)).checked_div(self.of) {
            Some(percent) => percent,
            None => 0,
        }
    }

    /// Whether nothing was heard of it for so long that it was broken off.
    pub const fn is_broken_off(&self, now: Timestamp) -> bool {
        now.micros() - self.seen.micros() > SILENT * 1_000_000
    }
}

/// Says how far a command is.
pub async fn tell(db: &Db, what: &str, now: UnderWay) -> Result<(), Error> {
    let sql = "insert into under_way (what, began, seen, done, total) values ($1, $2, $3, $4, $5) \
               on conflict (what) do update set began = $2, seen = $3, done = $4, total = $5";
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX).into();
    let values =
        vec![what.into(), now.began.micros().into(), now.seen.micros().into(), number(now.done), number(now.of)];
    db.writer().run(sql, values).await?;
    Ok(())
}

/// It has ended.
pub async fn ended(db: &Db, what: &str) -> Result<(), Error> {
    db.writer().run("delete from under_way where what = $1", vec![what.into()]).await?;
    Ok(())
}

/// How far a command is that was not said to have ended.
pub async fn of(db: &Db, what: &str) -> Result<Option<UnderWay>, Error> {
    let sql = "select began, seen, done, total from under_way where what = $1";
    let Some(row) = db.reader().one(sql, vec![what.into()]).await? else { return Ok(None) };
    let number = |name: &str| -> Result<i64, Error> { Ok(row.try_get("", name)?) };
    Ok(Some(UnderWay {
        began: Timestamp::from_micros(number("began")?),
        seen: Timestamp::from_micros(number("seen")?),
        done: number("done")?.unsigned_abs(),
        of: number("total")?.unsigned_abs(),
    }))
}

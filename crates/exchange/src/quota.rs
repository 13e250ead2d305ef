//! How often a system may ask: so many requests a minute and a day, together on all nodes.
//!
//! A request is not worth a write. A process takes requests from the database in small lots and spends them from memory, so that a restart or
//! another node can only make a quota a little smaller, never larger.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Mutex;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::AccountId;
use xingjian_store::{App, Error, Executor, Failure};

/// A lot is this part of the quota.
const LOTS: u32 = 20;
/// Local midnight is so many seconds before midnight in UTC.
const OFFSET: i64 = 8 * 3600;

/// What was granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Requests a minute.
    pub per_minute: u32,
    /// Requests a day.
    pub per_day: u32,
}

/// What a quota is counted over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Span {
    /// A minute of the clock.
    Minute,
    /// A local day.
    Day,
}

impl Span {
    /// Stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Day => "day",
        }
    }

    /// Its length in seconds.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Day => 86_400,
        }
    }

    const fn limit(self, quota: Quota) -> u32 {
        match self {
            Self::Minute => quota.per_minute,
            Self::Day => quota.per_day,
        }
    }

    /// The number of the span that an instant lies in, and the seconds until the next one, at least 1.
    fn period(self, now: Timestamp) -> (i64, i64) {
        let seconds = now.micros().div_euclid(1_000_000) + OFFSET;
        (seconds.div_euclid(self.seconds()), self.seconds() - seconds.rem_euclid(self.seconds()))
    }
}

/// Whether a request may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It may; so many are left of the minute or the day, whichever has fewer, and the seconds until the next.
    Yes {
        /// Which quota has fewer left.
        span: Span,
        /// Requests left.
        left: u32,
        /// Seconds.
        resets_in: i64,
    },
    /// It may not before so many seconds.
    No {
        /// Which quota is used up.
        span: Span,
        /// Seconds.
        retry_after: i64,
    },
}

/// What a process holds of a quota.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    period: i64,
    /// Not spent yet.
    mine: u32,
    /// What nobody had taken when the last lot was.
    rest: u32,
}

/// What one process holds of all quotas.
#[derive(Default)]
pub struct Meter(Mutex<BTreeMap<(AccountId, Span), Held>>);

impl Meter {
    /// Takes one request.
    pub async fn take(&self, app: &App, system: AccountId, quota: Quota) -> Result<Taken, Failure> {
        let now = app.clock.now();
        let mut answer: Option<(u32, Span, i64)> = None;
        // A request that is refused by its minute takes nothing from its day.
        for span in [Span::Minute, Span::Day] {
            let (period, resets_in) = span.period(now);
            let Some(left) = self.spend(app, system, span, (period, span.limit(quota))).await? else {
                return Ok(Taken::No { span, retry_after: resets_in });
            };
            if answer.is_none_or(|(fewest, ..)| left < fewest) {
                answer = Some((left, span, resets_in));
            }
        }
        let (left, span, resets_in) = answer.expect("there are two quotas");
        Ok(Taken::Yes { span, left, resets_in })
    }

    /// Spends one of what is held, or of another lot; how many are left, or nothing where none was.
    async fn spend(
        &self,
        app: &App,
        system: AccountId,
        span: Span,
        (period, limit): (i64, u32),
    ) -> Result<Option<u32>, Failure> {
        if let Some(left) = self.held((system, span), period, None) {
            return Ok(Some(left));
        }
        let lot = lot(app, system, span, (period, limit)).await?;
        Ok(self.held((system, span), period, Some(lot)))
    }

    /// Spends one of what is held, after adding a lot and what is left beyond it.
    fn held(&self, of: (AccountId, Span), period: i64, lot: Option<(u32, u32)>) -> Option<u32> {
        let mut all = self.0.lock().expect("nobody panics while counting");
        let held = all.entry(of).or_default();
        if held.period != period {
            *held = Held { period, ..Held::default() };
        }
        if let Some((granted, rest)) = lot {
            held.mine += granted;
            held.rest = rest;
        }
        held.mine = held.mine.checked_sub(1)?;
        Some(held.mine + held.rest)
    }
}

/// Takes a lot from the database; how many it has, and how many are left for others.
async fn lot(app: &App, system: AccountId, span: Span, (period, limit): (i64, u32)) -> Result<(u32, u32), Failure> {
    // Who has nothing left and goes on asking costs no write.
    if left(taken(app.db.reader(), system, span).await?, period, limit) == 0 {
        return Ok((0, 0));
    }
    let tx = app.db.begin().await?;
    // The row is locked from here on. A node whose clock is behind does not bring an earlier span back.
    tx.run(
        "insert into quota_taken (system, span, period, taken) values ($1, $2, $3, 0) \
         on conflict (system, span) do update set \
         taken = case when excluded.period > quota_taken.period then 0 else quota_taken.taken end, \
         period = case when excluded.period > quota_taken.period then excluded.period else quota_taken.period end",
        vec![system.to_string().into(), span.code().into(), period.into()],
    )
    .await?;
    let left = left(taken(&tx, system, span).await?, period, limit);
    let granted = left.min((limit / LOTS).max(1));
    tx.run(
        "update quota_taken set taken = taken + $3 where system = $1 and span = $2",
        vec![system.to_string().into(), span.code().into(), i64::from(granted).into()],
    )
    .await?;
    tx.commit().await?;
    Ok((granted, left - granted))
}

/// The span that was counted last, and how many requests were taken in it.
async fn taken(db: &impl Executor, system: AccountId, span: Span) -> Result<Option<(i64, i64)>, Failure> {
    let sql = "select period, taken from quota_taken where system = $1 and span = $2";
    let Some(row) = db.one(sql, vec![system.to_string().into(), span.code().into()]).await? else { return Ok(None) };
    let get = |name: &str| row.try_get("", name).map_err(Error::from);
    Ok(Some((get("period")?, get("taken")?)))
}

/// What is left of a limit.
fn left(taken: Option<(i64, i64)>, period: i64, limit: u32) -> u32 {
    match taken {
        Some((at, taken)) if at >= period => limit.saturating_sub(u32::try_from(taken).unwrap_or(u32::MAX)),
        _ => limit,
    }
}

#[cfg(test)]
mod tests;

//! The same request sent twice is done once: the first one claims its key, its answer is kept, and whoever sends it again gets that answer.
//!
//! Answers may hold a receipt or a secret, so they are sealed. A claim whose process died is free again after a while: use cases
//! that are called here recognise what they have done already.

use serde::{Deserialize, Serialize};
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::AccountId;
use xingjian_store::{App, Error, Executor, Failure, Sealed};

/// Hours for which an answer is kept.
pub const KEPT_HOURS: i64 = 48;
/// Seconds after which a claim without an answer is that of a process that died.
pub const CLAIMED_SECONDS: i64 = 120;

/// An answer as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Status of HTTP.
    pub status: u16,
    /// Type of the body.
    pub kind: String,
    /// The body.
    pub body: String,
}

/// What comes of a request with a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Do it.
    Mine(Mine),
    /// It is being done.
    UnderWay,
    /// The key was used for another request.
    Other,
    /// It was done: the answer.
    Answered(Answer),
}

/// The right to do a request, and to answer it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mine {
    key: String,
    request: String,
    at: i64,
}

/// What is kept under a key.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Digest of method, path and body.
    request: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<Sealed>,
}

fn place(key: &str) -> String {
    format!("once/{key}")
}

/// Claims the key of a system for a request. Of two at once, one has it.
pub async fn claim(app: &App, system: AccountId, key: &str, request: &str) -> Result<Claim, Failure> {
    let key = format!("api/{system}/{key}");
    let now = app.clock.now();
    let mine = Mine { key: key.clone(), request: request.to_owned(), at: now.micros() };
    let open = write(&Kept { request: request.to_owned(), answer: None })?;
    let tx = app.db.begin().await?;
    let taken = tx
        .run(
            "insert into once (key, answer, at) values ($1, $2, $3) on conflict (key) do nothing",
            vec![key.clone().into(), open.clone().into(), now.micros().into()],
        )
        .await?;
    if taken == 1 {
        tx.commit().await?;
        return Ok(Claim::Mine(mine));
    }
    let row = tx.one("select answer, at from once where key = $1", vec![key.clone().into()]).await?;
    let row = row.ok_or_else(|| Error::Missing("an answer that was claimed".into()))?;
    let (text, at): (String, i64) =
        (row.try_get("", "answer").map_err(Error::from)?, row.try_get("", "at").map_err(Error::from)?);
    let unreadable = |source| Error::Unreadable { table: "once", id: key.clone(), source };
    let kept: Kept = serde_json::from_str(&text).map_err(unreadable)?;
    let age = now.micros() - at;
    let over = if kept.answer.is_some() { KEPT_HOURS * 3600 } else { CLAIMED_SECONDS };
    if age <= over * 1_000_000 {
        return Ok(match kept {
            Kept { request: other, .. } if other != request => Claim::Other,
            Kept { answer: None, .. } => Claim::UnderWay,
            Kept { answer: Some(sealed), .. } => {
                let text = app.keys.open(&place(&key), &sealed).map_err(Error::from)?;
                Claim::Answered(serde_json::from_str(&text).map_err(unreadable)?)
            }
        });
    }
    let taken = tx
        .run(
            "update once set answer = $2, at = $3 where key = $1 and at = $4",
            vec![key.into(), open.into(), now.micros().into(), at.into()],
        )
        .await?;
    tx.commit().await?;
    Ok(if taken == 1 { Claim::Mine(mine) } else { Claim::UnderWay })
}

/// Keeps the answer to a request that was claimed, unless somebody else has claimed it since.
pub async fn keep(app: &App, mine: &Mine, answer: &Answer) -> Result<(), Failure> {
    let text = serde_json::to_string(answer).map_err(Error::from)?;
    let sealed = app.keys.seal(&*app.rng, &place(&mine.key), &text);
    let kept = write(&Kept { request: mine.request.clone(), answer: Some(sealed) })?;
    let tx = app.db.begin().await?;
    tx.run(
        "update once set answer = $2 where key = $1 and at = $3",
        vec![mine.key.clone().into(), kept.into(), mine.at.into()],
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Gives a claim up: what was asked was not done, and may be sent again.
pub async fn give_up(app: &App, mine: &Mine) -> Result<(), Failure> {
    let tx = app.db.begin().await?;
    tx.run("delete from once where key = $1 and at = $2", vec![mine.key.clone().into(), mine.at.into()]).await?;
    Ok(tx.commit().await?)
}

/// Forgets answers that are kept no longer.
pub async fn forget(app: &App, now: Timestamp) -> Result<(), Failure> {
    let tx = app.db.begin().await?;
    tx.run("delete from once where at < $1", vec![now.plus_seconds(-KEPT_HOURS * 3600).micros().into()]).await?;
    Ok(tx.commit().await?)
}

fn write(kept: &Kept) -> Result<String, Failure> {
    Ok(serde_json::to_string(kept).map_err(Error::from)?)
}

#[cfg(test)]
mod tests;

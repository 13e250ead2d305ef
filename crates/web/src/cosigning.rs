//! Asks the witnesses of an instance's log for their cosignatures. Only the addresses of the operator's list are ever asked, and no act
//! waits for it.

use crate::client::Asker;
use crate::witness::{SubmitError, submit};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use xingjian_kernel::Timestamp;
use xingjian_store::{App, Log, LogError};
use xingjian_tlog::{AddCheckpoint, SignedCheckpoint, VerifierKey};

/// How often a witness is asked that meanwhile cosigned something else.
const TRIES: usize = 4;
/// A witness has so long for a whole answer.
const LIMIT: Duration = Duration::from_secs(10);
/// Pause after the first failure; doubled with each.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(10);

/// What one process remembers while it asks.
pub struct Cosigning {
    asker: Asker,
    /// Of witnesses that failed: how often in a row, and when they are asked again.
    pauses: BTreeMap<String, (u32, Timestamp)>,
}

impl Default for Cosigning {
    fn default() -> Self {
        Self { asker: Asker::new(LIMIT), pauses: BTreeMap::new() }
    }
}

/// What a witness did.
enum Answered {
    Cosigned,
    /// It knows a later checkpoint of this log than was asked for: the next round brings that one.
    Overtaken,
    Failed {
        said: String,
        /// It knows another history.
        alarm: bool,
    },
}

/// A witness that is asked.
#[derive(Clone)]
struct Asked {
    name: String,
    key: VerifierKey,
    url: String,
    /// Leaves of what it cosigned last, as far as is known.
    last: u64,
}

impl Cosigning {
    /// One round: each witness that has not cosigned the newest checkpoint and does not pause is asked for it, all at once. How many cosigned.
    pub async fn round(&mut self, app: &Arc<App>) -> Result<usize, LogError> {
        let Some(log) = app.log.get() else { return Ok(0) };
        let Some(newest) = log.newest(app).await? else { return Ok(0) };
        let now = app.clock.now();
        let pauses = |key: &VerifierKey| self.pauses.get(&key.to_string()).is_some_and(|(_, until)| *until > now);
        let due = |(_, key, _): &(&str, &VerifierKey, _)| newest.verify([*key]).is_err() && !pauses(key);
        if !log.policy().witnesses().any(|witness| due(&witness)) {
            return Ok(0);
        }
        // Longer than all tries of a witness can take; what a process that ended has claimed is free by then.
        let tries = i64::try_from(TRIES + 1).unwrap_or(i64::MAX);
        let until = Timestamp::from_micros(now.micros() + micros(LIMIT) * tries);
        if !log.claim_asking(app, until).await? {
            return Ok(0);
        }
        let asked = self.ask_all(app, log).await;
        log.end_asking(app, until).await?;
        asked
    }

    async fn ask_all(&mut self, app: &Arc<App>, log: &Log) -> Result<usize, LogError> {
        // Looked at again, now that nobody else asks: another node may have gone further.
        let Some(newest) = log.newest(app).await? else { return Ok(0) };
        let (now, known) = (app.clock.now(), log.witnesses(app).await?);
        let mut asking = JoinSet::new();
        for (state, (name, key, url)) in known.iter().zip(log.policy().witnesses()) {
            let pauses = self.pauses.get(&state.key).is_some_and(|(_, until)| *until > now);
            let Some(url) = url.filter(|_| !pauses && newest.verify([key]).is_err()) else { continue };
            let last = state.last.map_or(0, |(size, _)| size);
            let asked = Asked { name: name.to_owned(), key: key.clone(), url: url.to_owned(), last };
            let (client, app, newest) = (self.asker.clone(), app.clone(), newest.clone());
            asking.spawn(async move {
                let answer = match app.log.get() {
                    Some(log) => ask(&client, &app, log, &newest, &asked).await,
                    None => Ok(Answered::Overtaken),
                };
                (asked, answer)
            });
        }
        let mut cosigned = 0;
        while let Some(answered) = asking.join_next().await {
            let (asked, answer) = answered.expect("asking does not panic");
            match answer? {
                Answered::Cosigned => {
                    cosigned += 1;
                    self.pauses.remove(&asked.key.to_string());
                }
                Answered::Overtaken => {}
                Answered::Failed { said, alarm } => {
                    // The page of the log says it all the time; here it is said when it begins.
                    if log.witness_failed(app, &asked.key, &said, alarm).await? {
                        tracing::warn!("witness {}: {said}", asked.name);
                    }
                    self.pause(&asked.key, app.clock.now());
                }
            }
        }
        // Also where nobody cosigned now: the list may have changed.
        log.count_cosignatures(app, newest.checkpoint().size()).await?;
        Ok(cosigned)
    }

    fn pause(&mut self, key: &VerifierKey, now: Timestamp) {
        let (failures, until) = self.pauses.entry(key.to_string()).or_insert((0, now));
        let pause = FIRST_PAUSE.saturating_mul(1 << (*failures).min(16)).min(LONGEST_PAUSE);
        *failures += 1;
        *until = Timestamp::from_micros(now.micros() + micros(pause));
    }
}

/// Asks one witness for its cosignature on the newest checkpoint, from wherever it is.
async fn ask(
    client: &Asker,
    app: &App,
    log: &Log,
    newest: &SignedCheckpoint,
    asked: &Asked,
) -> Result<Answered, LogError> {
    let size = newest.checkpoint().size();
    let mut old_size = asked.last.min(size);
    let failed = |said: String, alarm| Ok(Answered::Failed { said, alarm });
    for _ in 0..TRIES {
        let proof = log.consistency(old_size, size).await?;
        let request = AddCheckpoint { old_size, proof, checkpoint: newest.clone() };
        match submit(client, &asked.url, &request).await {
            Ok(lines) => {
                return match log.keep_cosignature(app, &asked.key, newest, &lines).await? {
                    Ok(()) => Ok(Answered::Cosigned),
                    Err(error) => failed(format!("{error}；请核对见证人名单中的公钥和网址"), false),
                };
            }
            Err(SubmitError::Conflict { size: seen }) if seen == old_size => {
                return failed(format!("见证人见过同为{seen}条而根哈希不同的检查点：日志有两种历史"), true);
            }
            Err(SubmitError::Conflict { size: seen }) if seen > size => {
                let largest = log.largest(app).await?;
                return if seen > largest {
                    let said = format!(
                        "见证人已见证{seen}条，而本系统签发过的检查点最多{largest}条：台账可能由较早的备份恢复，或者日志有两种历史"
                    );
                    failed(said, true)
                } else {
                    Ok(Answered::Overtaken)
                };
            }
            Err(SubmitError::Conflict { size: seen }) => old_size = seen,
            Err(error @ SubmitError::Refused { status: 422, .. }) => {
                return failed(format!("{error}。见证人认为本日志与它见过的不是同一历史"), true);
            }
            // Where a witness is, the page of the log does not tell.
            Err(error) => return failed(error.to_string().replace(asked.url.trim_end_matches('/'), "见证网址"), false),
        }
    }
    failed("见证人的状态不断变化".to_owned(), false)
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

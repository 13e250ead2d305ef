//! What is told to a webhook: at least once, with growing pauses, until it is taken or given up. Not acts, so no rows of the ledger; the ledger says what
//! is told.

use super::{EventKind, Webhook, secret_place};
use crate::system::ConnectedSystem;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use xingjian_kernel::Timestamp;
use xingjian_kernel::id::{DeliveryId, EntryId, WebhookId};
use xingjian_kernel::time::rfc3339;
use xingjian_store::{App, Ctx, Error, Executor, Failure, Tx, records};

/// Seconds between attempts: three days in all, as Standard Webhooks proposes.
pub const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Seconds in which an attempt has come to its end.
const ATTEMPT: i64 = 60;
/// Days for which what has ended is shown.
const KEPT_DAYS: i64 = 30;
/// Characters of an answer that are kept.
const SAID: usize = 200;

/// What is told, and how it went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id, the same at every attempt.
    pub id: DeliveryId,
    /// What happened.
    pub event: EventKind,
    /// `waiting`, `delivered` or `given_up`.
    pub state: String,
    /// Attempts so far.
    pub attempts: i64,
    /// The next attempt.
    pub next_at: Option<Timestamp>,
    /// Status of the last answer.
    pub status: Option<i64>,
    /// What the last answer said, or why there was none.
    pub said: String,
    /// When it came to be.
    pub created_at: Timestamp,
}

/// Something to be sent now.
#[derive(Clone, Debug)]
pub struct Due {
    /// Its id.
    pub id: DeliveryId,
    /// The webhook that is told.
    pub webhook: String,
    /// Where to.
    pub url: String,
    /// The secret of the signature.
    pub secret: String,
    /// What is told.
    pub body: String,
    attempts: i64,
    /// Until when nobody else sends it.
    until: i64,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status, where there was an answer.
    pub status: Option<u16>,
    /// What it said, or why there was none.
    pub said: String,
}

/// Writes down that a webhook is to be told; the same act twice is told once.
pub(crate) async fn tell_in(
    tx: &mut Tx,
    ctx: &Ctx,
    webhook: WebhookId,
    (entry, at): (EntryId, Timestamp),
    (event, data): (EventKind, &Value),
) -> Result<(), Failure> {
    let id: DeliveryId = ctx.new_id();
    let body = serde_json::json!({ "type": event.code(), "timestamp": rfc3339(at), "data": data });
    let now = ctx.now().micros();
    tx.run(
        "insert into webhook_delivery (id, webhook, entry, event, body, state, attempts, next_at, said, created_at) \
         values ($1, $2, $3, $4, $5, 'waiting', 0, $6, '', $6) on conflict (webhook, entry) do nothing",
        vec![
            id.to_string().into(),
            webhook.to_string().into(),
            entry.to_string().into(),
            event.code().into(),
            body.to_string().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What waits for one webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The webhook.
    pub webhook: String,
    /// Notifications that were not taken yet.
    pub waiting: i64,
    /// Those of them that were tried already.
    pub failing: i64,
}

/// What waits, by webhook: an operator sees whose receiver does not take it.
pub async fn waiting(app: &App) -> Result<Vec<Waiting>, Error> {
    let sql = "select webhook, count(*) as waiting, count(case when attempts > 0 then 1 end) as failing \
               from webhook_delivery where next_at is not null group by webhook order by webhook";
    let mut all = vec![];
    for row in app.db.reader().all(sql, vec![]).await? {
        all.push(Waiting {
            webhook: row.try_get("", "webhook")?,
            waiting: row.try_get("", "waiting")?,
            failing: row.try_get("", "failing")?,
        });
    }
    Ok(all)
}

/// What is due, for this process alone until its attempt must have ended: so many of each webhook, and nothing for those that are busy.
pub async fn due(app: &Arc<App>, most: u32, each: u32, busy: &BTreeSet<String>) -> Result<Vec<Due>, Failure> {
    let now = app.clock.now();
    let mut values = vec![now.micros().into()];
    values.extend(busy.iter().map(|webhook| webhook.as_str().into()));
    let places: Vec<String> = (2..=values.len()).map(|at| format!("${at}")).collect();
    let others = if places.is_empty() { String::new() } else { format!("and webhook not in ({})", places.join(", ")) };
    let sql = format!(
        "select id, webhook, body, attempts, next_at from \
         (select id, webhook, body, attempts, next_at, \
                 row_number() over (partition by webhook order by next_at, id) as place \
          from webhook_delivery where next_at <= $1 {others}) as waiting \
         where place <= {each} order by next_at, id limit {most}"
    );
    let rows = app.db.reader().all(&sql, values).await?;
    let mut due = vec![];
    for row in rows {
        let text = |name: &str| row.try_get::<String>("", name).map_err(Error::from);
        let number = |name: &str| row.try_get::<i64>("", name).map_err(Error::from);
        let (id, until) = (text("id")?, now.plus_seconds(ATTEMPT).micros());
        let tx = app.db.begin().await?;
        let mine = tx
            .run(
                "update webhook_delivery set next_at = $1 where id = $2 and next_at = $3",
                vec![until.into(), id.clone().into(), number("next_at")?.into()],
            )
            .await?;
        tx.commit().await?;
        if mine == 0 {
            continue;
        }
        let id: DeliveryId = id.parse().map_err(|_| Error::Missing("the id of a delivery".into()))?;
        let webhook = text("webhook")?;
        let Some((url, secret)) = open(app, &webhook).await? else {
            end(app, (id, until), "given_up", (None, "订阅或者接入系统已停止")).await?;
            continue;
        };
        due.push(Due { id, webhook, url, secret, body: text("body")?, attempts: number("attempts")?, until });
    }
    Ok(due)
}

/// Address and secret of a webhook that is told still.
async fn open(app: &Arc<App>, id: &str) -> Result<Option<(String, String)>, Failure> {
    let ctx = Ctx::system(app);
    let Some(webhook) = records::get::<Webhook>(&ctx, id).await? else { return Ok(None) };
    let system = records::get::<ConnectedSystem>(&ctx, webhook.system).await?;
    if webhook.stopped.is_some() || !system.is_some_and(|system| system.is_open(ctx.today())) {
        return Ok(None);
    }
    let secret = app.keys.open(&secret_place(webhook.id), &webhook.secret).map_err(Error::from)?;
    Ok(Some((webhook.value.url, secret)))
}

/// Writes down how an attempt went: taken, to be tried again, or given up.
pub async fn sent(app: &App, due: &Due, answer: &Answer) -> Result<(), Failure> {
    let said: String = answer.said.chars().filter(|c| !c.is_control()).take(SAID).collect();
    let of = (due.id, due.until);
    if answer.status.is_some_and(|status| (200..300).contains(&status)) {
        return end(app, of, "delivered", (answer.status, &said)).await;
    }
    let pause = usize::try_from(due.attempts).ok().and_then(|attempts| PAUSES.get(attempts));
    let Some(pause) = pause else { return end(app, of, "given_up", (answer.status, &said)).await };
    let next = app.clock.now().plus_seconds(*pause).micros();
    let tx = app.db.begin().await?;
    tx.run(
        "update webhook_delivery set attempts = attempts + 1, next_at = $1, status = $2, said = $3 \
         where id = $4 and next_at = $5",
        vec![
            next.into(),
            answer.status.map(i64::from).into(),
            said.into(),
            due.id.to_string().into(),
            due.until.into(),
        ],
    )
    .await?;
    Ok(tx.commit().await?)
}

async fn end(
    app: &App,
    (id, until): (DeliveryId, i64),
    state: &str,
    (status, said): (Option<u16>, &str),
) -> Result<(), Failure> {
    let tx = app.db.begin().await?;
    tx.run(
        "update webhook_delivery set attempts = attempts + 1, next_at = null, state = $1, status = $2, said = $3, \
         ended_at = $4 where id = $5 and next_at = $6",
        vec![
            state.into(),
            status.map(i64::from).into(),
            said.into(),
            app.clock.now().micros().into(),
            id.to_string().into(),
            until.into(),
        ],
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Gives up what waits for a webhook that is stopped.
pub(super) async fn give_up_in(tx: &mut Tx, ctx: &Ctx, webhook: WebhookId) -> Result<(), Failure> {
    tx.run(
        "update webhook_delivery set next_at = null, state = 'given_up', said = '订阅已停止', ended_at = $1 \
         where webhook = $2 and next_at is not null",
        vec![ctx.now().micros().into(), webhook.to_string().into()],
    )
    .await?;
    Ok(())
}

/// Sends something again that has ended; whether it had.
pub(super) async fn again_in(tx: &mut Tx, ctx: &Ctx, webhook: WebhookId, id: DeliveryId) -> Result<bool, Failure> {
    let known = "select id from webhook_delivery where id = $1 and webhook = $2";
    tx.one(known, vec![id.to_string().into(), webhook.to_string().into()]).await?.ok_or(Failure::NotFound)?;
    let touched = tx
        .run(
            "update webhook_delivery set next_at = $1, state = 'waiting', attempts = 0, ended_at = null \
             where id = $2 and webhook = $3 and next_at is null",
            vec![ctx.now().micros().into(), id.to_string().into(), webhook.to_string().into()],
        )
        .await?;
    Ok(touched == 1)
}

/// What was told to a webhook, newest first; whoever asks has read the webhook in scope.
pub async fn of(ctx: &Ctx, webhook: &Webhook, most: u32) -> Result<Vec<Delivery>, Failure> {
    let sql = format!(
        "select id, event, state, attempts, next_at, status, said, created_at from webhook_delivery \
         where webhook = $1 order by id desc limit {most}"
    );
    let mut all = vec![];
    for row in ctx.app.db.reader().all(&sql, vec![webhook.id.to_string().into()]).await? {
        let text = |name: &str| row.try_get::<String>("", name).map_err(Error::from);
        let number = |name: &str| row.try_get::<Option<i64>>("", name).map_err(Error::from);
        let (Ok(id), Some(event)) = (text("id")?.parse(), EventKind::from_code(&text("event")?)) else {
            return Err(Error::Missing("a readable delivery".into()).into());
        };
        all.push(Delivery {
            id,
            event,
            state: text("state")?,
            attempts: number("attempts")?.unwrap_or_default(),
            next_at: number("next_at")?.map(Timestamp::from_micros),
            status: number("status")?,
            said: text("said")?,
            created_at: Timestamp::from_micros(number("created_at")?.unwrap_or_default()),
        });
    }
    Ok(all)
}

/// Forgets what has ended long ago.
pub async fn forget(app: &App) -> Result<(), Failure> {
    let before = app.clock.now().plus_seconds(-KEPT_DAYS * 86_400).micros();
    let tx = app.db.begin().await?;
    tx.run("delete from webhook_delivery where ended_at < $1", vec![before.into()]).await?;
    Ok(tx.commit().await?)
}

//! Tells webhooks what they are to be told. Only origins of the operator's list are ever asked, redirects are not followed, and no act waits for it.

use crate::client::{AskError, Asker};
use axum::body::Body;
use axum::http::{Request, header};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{JoinError, JoinSet};
use xingjian_exchange::webhook::delivery::{self, Answer, Due};
use xingjian_exchange::webhook::{Hosts, sign};
use xingjian_store::{App, Failure};

/// A receiver has so long for a whole answer.
pub const LIMIT: Duration = Duration::from_secs(10);
/// Bytes of an answer that are read.
const MOST: usize = 16 * 1024;
/// What is sent at the same time.
const AT_ONCE: usize = 100;
/// And to the same webhook, which gets no more until it has answered all of it: one that is slow keeps no other waiting.
const EACH: u32 = 10;

/// What one process keeps while it tells.
pub struct Delivering {
    asker: Asker,
    hosts: Arc<Hosts>,
}

impl Delivering {
    /// One that goes only to these hosts, and waits at most so long for an answer.
    pub fn new(hosts: Arc<Hosts>, limit: Duration) -> Self {
        Self { asker: Asker::new(limit), hosts }
    }

    /// One round: what is due is sent, all at once, and waited for; how many were taken.
    pub async fn round(&self, app: &Arc<App>) -> Result<usize, Failure> {
        let mut sending = Sending::default();
        self.begin(app, &mut sending).await?;
        let mut taken = 0;
        while let Some(sent) = sending.tasks.join_next().await {
            taken += usize::from(sending.ended(sent)?);
        }
        Ok(taken)
    }

    /// Begins to send what is due.
    pub async fn begin(&self, app: &Arc<App>, sending: &mut Sending) -> Result<(), Failure> {
        let room = u32::try_from(AT_ONCE.saturating_sub(sending.tasks.len())).unwrap_or_default();
        if room == 0 {
            return Ok(());
        }
        let busy = sending.busy.keys().cloned().collect();
        for due in delivery::due(app, room, EACH, &busy).await? {
            *sending.busy.entry(due.webhook.clone()).or_default() += 1;
            let (app, asker, hosts) = (app.clone(), self.asker.clone(), self.hosts.clone());
            sending.tasks.spawn(async move {
                let answer = send(&asker, &hosts, &due, app.clock.real().micros() / 1_000_000).await;
                let is_taken = answer.status.is_some_and(|status| (200..300).contains(&status));
                let written = delivery::sent(&app, &due, &answer).await;
                (due.webhook, written.map(|()| is_taken))
            });
        }
        Ok(())
    }
}

/// What is being sent, by webhook.
#[derive(Default)]
pub struct Sending {
    tasks: JoinSet<Sent>,
    busy: BTreeMap<String, usize>,
}

/// A webhook, and whether it took what was sent.
type Sent = (String, Result<bool, Failure>);

impl Sending {
    /// How many.
    pub fn under_way(&self) -> usize {
        self.tasks.len()
    }

    /// Takes note of what has ended; waits for nothing. What could not be written down.
    pub fn settle(&mut self) -> Vec<Failure> {
        let mut failures = vec![];
        while let Some(sent) = self.tasks.try_join_next() {
            failures.extend(self.ended(sent).err());
        }
        failures
    }

    fn ended(&mut self, sent: Result<Sent, JoinError>) -> Result<bool, Failure> {
        let (webhook, taken) = sent.expect("sending does not panic");
        if let Some(count) = self.busy.get_mut(&webhook) {
            *count -= 1;
            if *count == 0 {
                self.busy.remove(&webhook);
            }
        }
        taken
    }
}

/// Sends one of them, signed as Standard Webhooks says.
async fn send(asker: &Asker, hosts: &Hosts, due: &Due, seconds: i64) -> Answer {
    let failed = |said: String| Answer { status: None, said };
    // The list may be another one than when the webhook was registered.
    let Ok(target) = hosts.target(&due.url) else {
        return failed("网址的主机已不在允许的名单中".to_owned());
    };
    let id = due.id.to_string();
    let Some(signature) = sign(&due.secret, &id, seconds, &due.body) else {
        return failed("签名密钥损坏".to_owned());
    };
    let head = Request::post(&target.address)
        .header(header::HOST, target.host)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("xingjian/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds)
        .header("webhook-signature", signature);
    match asker.send(head, Body::from(due.body.clone()), &due.url, MOST).await {
        Ok(answer) => {
            Answer { status: Some(answer.status.as_u16()), said: String::from_utf8_lossy(&answer.body).into_owned() }
        }
        Err(AskError::Body { .. }) => failed(format!("答复中断，或者长于{MOST}字节")),
        Err(AskError::TimedOut { limit, .. }) => failed(format!("{}秒内没有答复完", limit.as_secs_f32())),
        Err(AskError::Unreachable { reason, .. }) => failed(format!("连接失败（{reason}）")),
        Err(AskError::Address(_)) => failed("网址不能用".to_owned()),
    }
}

//! Serving an instance: pages in front, the sequencer and the followers behind, and beside them what an operator looks at.

pub mod journal;
mod metrics;
mod requests;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;
use xingjian_exchange::webhook::Hosts;
use xingjian_kernel::{LocalDate, Timestamp};
use xingjian_store::{App, Error, Failure, LogError, days, erasure, health};
use xingjian_web::cosigning::Cosigning;
use xingjian_web::delivering::{self, Delivering, Sending};
use xingjian_web::{Web, router};

/// How often the ledger is looked at when nothing is known to wait.
const PAUSE: Duration = Duration::from_millis(200);
/// Requests under way when the process was told to stop have so long.
const FINISHING: Duration = Duration::from_secs(30);
/// The database has so long to answer before this node is not ready.
const ANSWERING: Duration = Duration::from_secs(5);
/// A clock that is set right moves by less than this, in microseconds.
const SLACK: i64 = 60_000_000;

/// Where and how an instance is served.
pub struct Serving {
    /// For everybody.
    pub listener: TcpListener,
    /// For the metrics, where they are wanted.
    pub metrics: Option<TcpListener>,
    /// Once told to stop it says so long that it is not ready, and still takes requests, so that a proxy can turn to another node.
    pub drain: Duration,
}

/// Serves until `stop` is there; requests under way are finished.
pub async fn serve_until(
    web: Web,
    serving: Serving,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let app = web.app.clone();
    let (told, stopping) = watch::channel(false);
    let (end, ended) = watch::channel(false);
    let worker = tokio::spawn(follow(app.clone(), ended.clone()));
    let log = tokio::spawn(keep_log(app.clone(), ended.clone()));
    let witnesses = tokio::spawn(ask_witnesses(app.clone()));
    let webhooks = tokio::spawn(tell_webhooks(app.clone(), web.webhooks.clone()));
    let metrics = serving.metrics.map(|listener| tokio::spawn(metrics::serve(listener, app.clone())));
    let drained = async move {
        stop.await;
        tracing::info!("told to stop");
        // Whoever listens no more has ended already.
        let _ = told.send(true);
        tokio::time::sleep(serving.drain).await;
    };
    let (draining, mut over) = watch::channel(false);
    let late = async move {
        // An error is the end of the drain, too.
        let _ = over.wait_for(|over| *over).await;
        tokio::time::sleep(FINISHING).await;
    };
    let pages = router(web).merge(health(app.clone(), stopping)).layer(axum::middleware::from_fn(requests::watched));
    let pages = pages.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(serving.listener, pages).with_graceful_shutdown(async move {
        drained.await;
        let _ = draining.send(true);
    });
    let done = tokio::select! {
        done = served.into_future() => done,
        () = late => {
            tracing::warn!("requests that were not finished after {} s are cut off", FINISHING.as_secs());
            Ok(())
        }
    };
    witnesses.abort();
    webhooks.abort();
    // What the last requests did has its leaf before the process ends.
    let _ = end.send(true);
    let _ = tokio::join!(worker, log);
    if let Some(metrics) = metrics {
        metrics.abort();
    }
    round(&app).await;
    done
}

/// Is there when the process is told to stop, from this call on.
pub fn stop() -> impl Future<Output = ()> + Send + 'static {
    let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
    async {
        let Ok(mut terminate) = terminate else {
            // Without the handler the default action still ends the process.
            return std::future::pending().await;
        };
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
}

/// `/health/live`: the process answers. `/health/ready`: it may be sent requests: its database answers, has the schema of this version, and it was
/// not told to stop. They say nothing else, because anybody may ask.
fn health(app: Arc<App>, stopping: watch::Receiver<bool>) -> Router {
    let ready = move || {
        let (app, stopping) = (app.clone(), stopping.clone());
        async move {
            if *stopping.borrow() {
                return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n");
            }
            match tokio::time::timeout(ANSWERING, health::ready(&app.db)).await {
                Ok(Ok(true)) => (StatusCode::OK, "ready\n"),
                Ok(Ok(false)) => (StatusCode::SERVICE_UNAVAILABLE, "schema\n"),
                Ok(Err(_)) | Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "database\n"),
            }
        }
    };
    Router::new().route("/health/live", get(async || "live\n")).route("/health/ready", get(ready))
}

/// Waits a little, or until the process was told to stop; whether it was.
async fn told(stopping: &mut watch::Receiver<bool>, pause: Duration) -> bool {
    tokio::select! {
        _ = stopping.wait_for(|stopping| *stopping) => true,
        () = tokio::time::sleep(pause) => false,
    }
}

/// Keeps the log until the process stops. It has nothing to do with the rooms and waits for none of them.
async fn keep_log(app: Arc<App>, mut stopping: watch::Receiver<bool>) {
    // What stands in the list by now was written to its file before anything was served.
    let mut listed = erasure::listed(&app).await.ok();
    loop {
        let pause = if round(&app).await { PAUSE } else { PAUSE * 10 };
        let now = erasure::listed(&app).await.ok();
        if now != listed {
            // Also what another node erased: each has a file of its own.
            match erasure::destroy(&app).await {
                Ok(()) => listed = now,
                Err(error) => tracing::error!("the list of erasures: {error}"),
            }
        }
        if told(&mut stopping, pause).await {
            return;
        }
    }
}

/// Asks the witnesses of the log, for as long as the process lives: by itself, so that neither the log nor an act waits for somebody else's server.
async fn ask_witnesses(app: Arc<App>) {
    let mut cosigning = Cosigning::default();
    loop {
        // What fails here is the database or a file of the log, which the log itself says.
        let pause = if cosigning.round(&app).await.is_ok() { PAUSE * 5 } else { PAUSE * 10 };
        tokio::time::sleep(pause).await;
    }
}

/// Tells webhooks what is due, for as long as the process lives. An attempt that is cut off comes again.
async fn tell_webhooks(app: Arc<App>, hosts: Arc<Hosts>) {
    let delivering = Delivering::new(hosts, delivering::LIMIT);
    let mut sending = Sending::default();
    loop {
        let mut failures: Vec<Failure> = delivering.begin(&app, &mut sending).await.err().into_iter().collect();
        failures.extend(sending.settle());
        for failure in &failures {
            tracing::error!("telling webhooks: {failure}");
        }
        tokio::time::sleep(if failures.is_empty() { PAUSE * 5 } else { PAUSE * 50 }).await;
    }
}

/// One round of the log; whether it came to its end.
async fn round(app: &App) -> bool {
    let Some(log) = app.log.get() else { return true };
    let before = log.fault();
    let done = log.catch_up(app).await;
    // The page of the log says it all the time; here it is said when it begins.
    if let Err(error) = &done
        && before != log.fault()
    {
        let cause = if let LogError::Store(error) = error { error.told() } else { String::new() };
        tracing::error!("the log: {error} {cause}");
    }
    done.is_ok()
}

/// Gives ledger rows their index and lets the rooms follow, until the process stops; once a day also what the passing of a day changes by itself.
async fn follow(app: Arc<App>, mut stopping: watch::Receiver<bool>) {
    let (mut daily, mut last) = (Daily::default(), app.clock.now());
    loop {
        if let Some(seconds) = went_back(&mut last, app.clock.now()) {
            tracing::error!("系统时钟倒退了{seconds}秒：期限按系统日期计算，请校准时钟（如 timedatectl set-ntp true）");
        }
        let done = async {
            daily.round(&app).await?;
            let steps = xingjian_govern::follow::round(&app).await?;
            Ok::<_, Failure>(steps + xingjian_exchange::follow::run(&app).await?)
        };
        let pause = match done.await {
            Ok(0) => PAUSE,
            Ok(_) => Duration::ZERO,
            Err(failure) => {
                // What failed is taken up again at the next look; the cursor has not moved.
                let cause = if let Failure::Store(error) = &failure { error.told() } else { String::new() };
                tracing::error!("following the ledger: {failure} {cause}");
                PAUSE * 10
            }
        };
        if told(&mut stopping, pause).await {
            return;
        }
    }
}

/// What the passing of a day changes by itself, once a day. It is not taken back, so it waits where the date is far ahead of the day that
/// was done last: the clock may have jumped.
#[derive(Default)]
struct Daily {
    done: Option<LocalDate>,
    told: Option<LocalDate>,
}

impl Daily {
    async fn round(&mut self, app: &Arc<App>) -> Result<(), Failure> {
        let today = app.clock.today();
        if self.done == Some(today) {
            return Ok(());
        }
        let ahead = days::ahead(&app.db, today).await?;
        if ahead > 0 {
            if self.told.replace(today) != Some(today) {
                tracing::error!(
                    "今天{today}比上次按日办理的日期晚{ahead}天，按日办理（公示到期、抽取名单公开、预览文件销毁等）已暂停：请按日历核对本机日期；有误的校准系统时钟，无误的执行 xingjian confirm-date {today}"
                );
            }
            return Ok(());
        }
        xingjian_govern::follow::daily(app).await?;
        xingjian_exchange::follow::daily(app).await?;
        days::done(&app.db, today).await?;
        self.done = Some(today);
        Ok(())
    }
}

/// How many seconds the clock was set back since it was looked at last.
fn went_back(last: &mut Timestamp, now: Timestamp) -> Option<i64> {
    let back = last.micros() - now.micros();
    *last = now;
    (back > SLACK).then_some(back / 1_000_000)
}

/// How many seconds the clock is before the newest act.
pub async fn behind_the_ledger(app: &App) -> Result<i64, Error> {
    let newest = health::newest(&app.db).await?;
    let behind = newest.map_or(0, |newest| newest.micros() - app.clock.now().micros());
    Ok(if behind > SLACK { behind / 1_000_000 } else { 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_back_is_noticed_once() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let mut last = at(10_000);
        assert_eq!(went_back(&mut last, at(10_001)), None);
        assert_eq!(went_back(&mut last, at(9_950)), None, "as a clock is set right");
        assert_eq!(went_back(&mut last, at(6_350)), Some(3_600));
        assert_eq!(went_back(&mut last, at(6_351)), None);
    }
}

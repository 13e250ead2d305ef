//! Serving an instance: pages in front, the sequencer and the followers behind.

use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use xingjian_store::App;
use xingjian_web::cosigning::Cosigning;
use xingjian_web::{Web, router};

/// How often the ledger is looked at when nothing is known to wait.
const PAUSE: Duration = Duration::from_millis(200);

/// Serves until `stop` is there; requests under way are finished.
pub async fn serve_until(
    web: Web,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (app, worker) = (web.app.clone(), tokio::spawn(follow(web.app.clone())));
    let log = tokio::spawn(keep_log(app.clone()));
    let witnesses = tokio::spawn(ask_witnesses(app.clone()));
    let done = axum::serve(listener, router(web)).with_graceful_shutdown(stop).await;
    worker.abort();
    log.abort();
    witnesses.abort();
    // What the last requests did has its leaf before the process ends; an aborted round has left nothing half done.
    let _ = log.await;
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

/// Keeps the log, for as long as the process lives. It has nothing to do with the rooms and waits for none of them.
async fn keep_log(app: Arc<App>) {
    loop {
        let pause = if round(&app).await { PAUSE } else { PAUSE * 10 };
        tokio::time::sleep(pause).await;
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

/// One round of the log; whether it came to its end.
async fn round(app: &App) -> bool {
    let Some(log) = app.log.get() else { return true };
    let before = log.fault();
    let done = log.catch_up(app).await;
    // The page of the log says it all the time; here it is said when it begins.
    if let Err(error) = &done
        && before != log.fault()
    {
        eprintln!("the log: {error}: {error:?}");
    }
    done.is_ok()
}

/// Gives ledger rows their index and lets the rooms follow, for as long as the process lives; once a day also what
/// the passing of a day changes by itself.
async fn follow(app: Arc<App>) {
    let mut day = None;
    loop {
        let today = app.clock.today();
        let done = if day == Some(today) {
            xingjian_govern::follow::settle(&app).await.map(|_| ())
        } else {
            xingjian_govern::follow::daily(&app).await
        };
        match done {
            Ok(()) => day = Some(today),
            Err(failure) => {
                // What failed is taken up again at the next look; the cursor has not moved.
                eprintln!("following the ledger: {failure}: {failure:?}");
                tokio::time::sleep(PAUSE * 10).await;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

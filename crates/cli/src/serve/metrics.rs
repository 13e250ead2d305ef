//! `/metrics`: counts for a monitoring system, at an address of their own. There is no name and no text in them.

use super::{behind_the_ledger, requests};
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::fmt::Write;
use std::sync::Arc;
use tokio::net::TcpListener;
use xingjian_exchange::webhook::delivery;
use xingjian_store::{App, Error, days, health, tables};

/// Resources that wait for somebody.
const WAITING: &[(&str, xingjian_store::Table)] = &[
    ("complaint", tables::COMPLAINT),
    ("signal", tables::SIGNAL),
    ("task", tables::TASK),
    ("finding", tables::FINDING),
    ("case", tables::PENALTY_CASE),
    ("linkage", tables::LINKAGE),
    ("publication", tables::PUBLICATION),
];

/// Serves the metrics for as long as the process lives.
pub async fn serve(listener: TcpListener, app: Arc<App>) {
    let page = move || {
        let app = app.clone();
        async move { answer(&app).await }
    };
    if let Err(error) = axum::serve(listener, Router::new().route("/metrics", get(page))).await {
        tracing::error!("the metrics: {error}");
    }
}

async fn answer(app: &App) -> Response {
    match text(app).await {
        Ok(text) => ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response(),
        Err(error) => {
            tracing::error!("the metrics: {}", error.told());
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n").into_response()
        }
    }
}

async fn text(app: &App) -> Result<String, Error> {
    let mut text = String::new();
    requests::write(&mut text);
    records(app, &mut text).await?;
    log(app, &mut text).await;
    text.push_str("# TYPE xingjian_follower_behind gauge\n");
    for (name, behind) in health::followers(&app.db).await? {
        let _ = writeln!(text, "xingjian_follower_behind{{follower=\"{name}\"}} {behind}");
    }
    let (mut waiting, mut failing) = (String::new(), String::new());
    for of in delivery::waiting(app).await? {
        let _ = writeln!(waiting, "xingjian_webhook_waiting{{webhook=\"{}\"}} {}", of.webhook, of.waiting);
        let _ = writeln!(failing, "xingjian_webhook_failing{{webhook=\"{}\"}} {}", of.webhook, of.failing);
    }
    let _ = write!(
        text,
        "# TYPE xingjian_webhook_waiting gauge\n{waiting}# TYPE xingjian_webhook_failing gauge\n{failing}"
    );
    gauge(&mut text, "xingjian_clock_behind_seconds", behind_the_ledger(app).await?);
    gauge(&mut text, "xingjian_date_ahead_days", days::ahead_of(app).await?);
    if let Some(log) = app.log.get()
        && let Ok(free) = crate::disk::free(log.folder())
    {
        gauge(&mut text, "xingjian_disk_free_bytes", free);
    }
    Ok(text)
}

fn gauge(text: &mut String, name: &str, value: impl std::fmt::Display) {
    let _ = writeln!(text, "# TYPE {name} gauge\n{name} {value}");
}

/// What waits for somebody, by state, and what of it is past its day.
async fn records(app: &App, text: &mut String) -> Result<(), Error> {
    let (mut counts, mut overdue) = (String::new(), String::new());
    for (name, table) in WAITING {
        for (state, count, late) in health::by_state(&app.db, *table, app.clock.today()).await? {
            let of = format!("resource=\"{name}\",state=\"{state}\"");
            let _ = writeln!(counts, "xingjian_records{{{of}}} {count}");
            let _ = writeln!(overdue, "xingjian_records_overdue{{{of}}} {late}");
        }
    }
    let _ = write!(text, "# TYPE xingjian_records gauge\n{counts}# TYPE xingjian_records_overdue gauge\n{overdue}");
    Ok(())
}

/// How the log stands; where that cannot be read the log is at fault, and the other counts are still good.
async fn log(app: &App, text: &mut String) {
    let Some(log) = app.log.get() else { return };
    let Ok(state) = log.state(app).await else { return gauge(text, "xingjian_log_fault", 1) };
    let now = app.clock.now();
    let signed = state.checkpoint.map_or(0, |(size, _)| size);
    gauge(text, "xingjian_log_fault", u8::from(log.fault().is_some()));
    gauge(text, "xingjian_log_behind", u8::from(state.is_behind(now)));
    gauge(text, "xingjian_ledger_waiting_rows", state.waiting);
    gauge(text, "xingjian_ledger_rows", state.waiting + state.indexed);
    gauge(text, "xingjian_log_leaves", state.integrated);
    gauge(text, "xingjian_log_signed_leaves", signed);
    let Ok(witnesses) = log.witnesses(app).await else { return };
    text.push_str("# TYPE xingjian_witness_failing gauge\n# TYPE xingjian_witness_alarm gauge\n");
    for witness in witnesses {
        // A name of the list has no quotes: it is a word of its policy.
        let (name, trouble) = (witness.name, witness.trouble);
        let alarm = trouble.as_ref().is_some_and(|trouble| trouble.alarm);
        let _ = writeln!(text, "xingjian_witness_failing{{witness=\"{name}\"}} {}", u8::from(trouble.is_some()));
        let _ = writeln!(text, "xingjian_witness_alarm{{witness=\"{name}\"}} {}", u8::from(alarm));
    }
}

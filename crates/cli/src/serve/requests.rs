//! Every request has a number of its own, is counted by its route, and leaves one line. Its address is not in it: there are names in searches.

use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;
use tracing::Instrument;

/// The upper edges of the classes of durations, in milliseconds.
const CLASSES: [u64; 9] = [5, 10, 25, 50, 100, 250, 1000, 2500, 10_000];

/// The requests of one route.
#[derive(Clone, Default)]
struct Counts {
    statuses: BTreeMap<u16, u64>,
    classes: [u64; CLASSES.len()],
    count: u64,
    micros: u64,
}

/// By method and route, since the process began.
static COUNTED: Mutex<BTreeMap<(String, String), Counts>> = Mutex::new(BTreeMap::new());
static NUMBER: AtomicU64 = AtomicU64::new(1);

/// Counts a request and writes its line; what is logged meanwhile has its number, and so has the answer.
pub async fn watched(request: Request, next: Next) -> Response {
    // The pattern of the route, with `{id}` for what stands there.
    let route = request.extensions().get::<MatchedPath>().map_or("-", MatchedPath::as_str).to_owned();
    let method = if request.method().as_str().len() > 7 { "-" } else { request.method().as_str() }.to_owned();
    let number = format!("{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    let began = Instant::now();
    let span = tracing::info_span!("request", request = %number);
    let mut response = next.run(request).instrument(span.clone()).await;
    let (status, took) = (response.status().as_u16(), began.elapsed());
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(method, route, status, ms = micros / 1000, "answered"));
    if let Ok(number) = HeaderValue::from_str(&number) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), number);
    }
    count(method, route, status, micros);
    response
}

fn count(method: String, route: String, status: u16, micros: u64) {
    let mut counted = COUNTED.lock().expect("nobody panics while counting");
    let counts = counted.entry((method, route)).or_default();
    *counts.statuses.entry(status).or_default() += 1;
    counts.count += 1;
    counts.micros += micros;
    for (edge, class) in CLASSES.iter().zip(&mut counts.classes) {
        *class += u64::from(micros <= edge * 1000);
    }
}

/// The counts as Prometheus reads them.
pub fn write(text: &mut String) {
    let counted = COUNTED.lock().expect("nobody panics while counting").clone();
    text.push_str("# TYPE xingjian_requests_total counter\n");
    for ((method, route), counts) in &counted {
        for (status, count) in &counts.statuses {
            let _ = writeln!(
                text,
                "xingjian_requests_total{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} {count}"
            );
        }
    }
    text.push_str("# TYPE xingjian_request_seconds histogram\n");
    for ((method, route), counts) in &counted {
        let of = format!("method=\"{method}\",route=\"{route}\"");
        for (edge, count) in CLASSES.iter().zip(counts.classes) {
            let (whole, part) = (edge / 1000, edge % 1000);
            let _ = writeln!(text, "xingjian_request_seconds_bucket{{{of},le=\"{whole}.{part:03}\"}} {count}");
        }
        let (whole, part) = (counts.micros / 1_000_000, counts.micros % 1_000_000);
        let _ = writeln!(text, "xingjian_request_seconds_bucket{{{of},le=\"+Inf\"}} {}", counts.count);
        let _ = writeln!(text, "xingjian_request_seconds_sum{{{of}}} {whole}.{part:06}");
        let _ = writeln!(text, "xingjian_request_seconds_count{{{of}}} {}", counts.count);
    }
}

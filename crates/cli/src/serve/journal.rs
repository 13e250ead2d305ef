//! What a server writes about itself: lines for people, or JSON for programs. What people wrote, who they are and from where they came is never in it.

use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Begins to write to standard error: lines of ours alone, since a library may put values into its own. A demonstration has somebody before the
/// terminal and says only what went wrong.
pub fn begin(json: bool, demo: bool) {
    let least = if demo { tracing::Level::WARN } else { tracing::Level::INFO };
    let ours = Targets::new().with_target("xingjian", least);
    let layer = if json {
        let lines = fmt::layer().json().flatten_event(true).with_current_span(true).with_span_list(false);
        lines.with_writer(std::io::stderr).boxed()
    } else {
        fmt::layer().with_ansi(false).with_target(false).with_writer(std::io::stderr).boxed()
    };
    // A process that began already goes on as it did.
    let _ = tracing_subscriber::registry().with(layer.with_filter(ours)).try_init();
    std::panic::set_hook(Box::new(|panic| {
        // The place, and not the words: they may hold what somebody wrote.
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault of the program");
    }));
}

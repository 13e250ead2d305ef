//! Waiting for a condition with a bound; never for a time.

use std::time::Duration;

/// Longest wait for anything, generous for a slow machine.
pub const BOUND: Duration = Duration::from_secs(30);
/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(40);

/// What the probe finds, as soon as it finds something; `None` after the bound.
pub async fn until<T>(mut probe: impl AsyncFnMut() -> Option<T>) -> Option<T> {
    let looking = async {
        loop {
            if let Some(found) = probe().await {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(BOUND, looking).await.ok()
}

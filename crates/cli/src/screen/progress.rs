//! How far a screening is, for who looks at the terminal and for who looks at the page.

use crate::terminal::{Line, percent};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use xingjian_kernel::Timestamp;
use xingjian_sense::claims::screening::SCREENING;
use xingjian_store::under_way::{self, UnderWay};
use xingjian_store::{App, Error};

/// How often the page is told.
const EVERY: Duration = Duration::from_secs(1);

/// A screening that has begun; where it is dropped before its end it counts as broken off.
pub struct Progress {
    line: Line,
    counts: Arc<[AtomicU64; 2]>,
    page: Option<(Arc<App>, JoinHandle<()>)>,
}

impl Progress {
    /// It begins.
    pub async fn begin(app: Option<&Arc<App>>) -> Result<Self, Error> {
        let counts = Arc::<[AtomicU64; 2]>::default();
        let page = match app {
            None => None,
            Some(app) => {
                let began = app.clock.real();
                under_way::tell(&app.db, SCREENING, UnderWay { began, seen: began, done: 0, of: 0 }).await?;
                let told = tokio::spawn(tell(app.clone(), began, counts.clone()));
                Some((app.clone(), told))
            }
        };
        Ok(Self { line: Line::new(), counts, page })
    }

    /// So much is done; called by any thread.
    pub fn say(&self, done: u64, of: u64) {
        self.line.say(format!("筛查 {:>3}%（{done}/{of}）", percent(done, of)));
        self.counts[1].store(of, Ordering::Relaxed);
        self.counts[0].fetch_max(done, Ordering::Relaxed);
    }

    /// Nothing more is read; what was found is still to be kept and handed over.
    pub fn read(&self) {
        self.line.clear();
    }

    /// It has ended.
    pub async fn end(mut self) -> Result<(), Error> {
        let Some((app, told)) = self.page.take() else { return Ok(()) };
        told.abort();
        // The last words may be under way; they must not come after the end.
        let _ = told.await;
        under_way::ended(&app.db, SCREENING).await
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.line.clear();
        if let Some((_, told)) = &self.page {
            told.abort();
        }
    }
}

async fn tell(app: Arc<App>, began: Timestamp, counts: Arc<[AtomicU64; 2]>) {
    loop {
        tokio::time::sleep(EVERY).await;
        // A page that is not told is no reason to stop: it says that nothing was heard.
        let _ = now(&app, began, &counts).await;
    }
}

async fn now(app: &App, began: Timestamp, counts: &[AtomicU64; 2]) -> Result<(), Error> {
    let [done, of] = [0, 1].map(|at| counts[at].load(Ordering::Relaxed));
    under_way::tell(&app.db, SCREENING, UnderWay { began, seen: app.clock.real(), done, of }).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use xingjian_testkit::both_databases;

    both_databases! {
        async fn the_page_is_told_until_the_end_and_a_screening_that_breaks_off_stays(world: World) {
            let app = &world.app;
            let progress = Progress::begin(Some(app)).await.unwrap();
            progress.say(3, 8);
            progress.say(2, 8);
            let told = async || under_way::of(&app.db, SCREENING).await.unwrap();
            let begun = told().await.unwrap();
            now(app, begun.began, &progress.counts).await.unwrap();
            let seen = told().await.unwrap();
            assert_eq!((seen.began, seen.done, seen.of, seen.percent()), (begun.began, 3, 8, 37));
            drop(progress);
            assert!(told().await.is_some(), "nobody says that it ended");
            let again = Progress::begin(Some(app)).await.unwrap();
            assert_eq!(told().await.unwrap().done, 0);
            again.end().await.unwrap();
            assert_eq!(told().await, None);
            Progress::begin(None).await.unwrap().end().await.unwrap();
        }
    }
}

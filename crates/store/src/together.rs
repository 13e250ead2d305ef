//! What arrives in the same moment is written together: one transaction and one sync for all that wait, so that many
//! who send something at once do not wait for each other's sync one after the other.
//!
//! Whoever comes first writes at once; what comes meanwhile waits and is written next, in the order in which it came. Nobody waits for others to come.

use crate::{App, DbTrouble, Error, Failure};
use std::any::{Any, TypeId};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

/// What is written in one transaction at most.
const MOST: usize = 64;

/// Something that can be written beside others of its kind.
pub trait Job: Send + Sync + Sized + 'static {
    /// What becomes of one of them.
    type Done: Send + 'static;

    /// Writes them in one transaction of its own. What is wrong with one is that one's answer; an error of the whole takes
    /// everything back, and then each is written alone, so one that was written already must be found again. Where the
    /// database does not serve, nobody is tried again.
    fn write(
        app: &Arc<App>,
        jobs: &[Self],
    ) -> impl Future<Output = Result<Vec<Result<Self::Done, Failure>>, Failure>> + Send;
}

/// What waits in this process, by kind.
#[derive(Default)]
pub struct Together {
    queues: Mutex<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>,
}

struct Queue<J: Job> {
    waiting: Mutex<VecDeque<Waiting<J>>>,
    /// Held by whoever writes.
    turn: tokio::sync::Mutex<()>,
}

type Waiting<J> = (J, oneshot::Sender<Result<<J as Job>::Done, Failure>>);

/// Writes it beside whatever of its kind has come meanwhile.
pub async fn write<J: Job>(app: &Arc<App>, job: J) -> Result<J::Done, Failure> {
    let queue = app.together.queue::<J>();
    let (told, done) = oneshot::channel();
    queue.waiting.lock().expect(UNPOISONED).push_back((job, told));
    let app = app.clone();
    // A task of its own: whoever goes away while it writes does not take the others' with it.
    tokio::spawn(async move {
        let _turn = queue.turn.lock().await;
        let some = queue.take();
        if !some.is_empty() {
            all(&app, some).await;
        }
    });
    done.await.map_err(|_| Error::Missing("an answer of whoever wrote it".into()))?
}

const UNPOISONED: &str = "nothing panics while it holds this lock";

impl Together {
    fn queue<J: Job>(&self) -> Arc<Queue<J>> {
        let mut queues = self.queues.lock().expect(UNPOISONED);
        let new = || Arc::new(Queue::<J> { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() });
        let queue = queues.entry(TypeId::of::<J>()).or_insert_with(|| new()).clone();
        queue.downcast().expect("the queue of a kind is under its kind")
    }
}

impl<J: Job> Queue<J> {
    fn take(&self) -> Vec<Waiting<J>> {
        let mut waiting = self.waiting.lock().expect(UNPOISONED);
        let some = waiting.len().min(MOST);
        waiting.drain(..some).collect()
    }
}

async fn all<J: Job>(app: &Arc<App>, some: Vec<Waiting<J>>) {
    let (jobs, told): (Vec<J>, Vec<_>) = some.into_iter().unzip();
    let failure = match J::write(app, &jobs).await {
        Ok(done) => {
            assert_eq!(done.len(), told.len(), "each has an answer");
            return answer(told.into_iter().zip(done));
        }
        Err(failure) => failure,
    };
    match failure {
        failure if jobs.len() == 1 => answer(told.into_iter().zip([Err(failure)])),
        // A database that does not serve would keep everybody waiting once more for each.
        Failure::Store(Error::Db(error)) if DbTrouble::of_db(&error).is_some() => {
            answer(told.into_iter().map(|told| (told, Err(Error::Db(error.clone()).into()))));
        }
        failure => {
            if let Failure::Store(error) = &failure {
                tracing::warn!("store: {} that came together are written one by one: {}", jobs.len(), error.told());
            }
            for (job, told) in jobs.into_iter().zip(told) {
                let alone = J::write(app, &[job]).await.and_then(|done| done.into_iter().next().expect("one of one"));
                answer([(told, alone)]);
            }
        }
    }
}

/// Who has gone away meanwhile is not told.
fn answer<T>(all: impl IntoIterator<Item = (oneshot::Sender<T>, T)>) {
    all.into_iter().for_each(|(told, done)| drop(told.send(done)));
}

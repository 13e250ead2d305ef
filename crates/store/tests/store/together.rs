use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use xingjian_store::together::{self, Job};
use xingjian_store::{App, Error, Failure};
use xingjian_testkit::both_databases;

/// What was written together, and whether anybody may write.
struct Book {
    written: Mutex<Vec<Vec<u32>>>,
    open: Semaphore,
}

struct Line(u32, Arc<Book>);

/// Spoils everything that is written beside it.
const SPOILED: u32 = 13;
/// Is refused alone.
const REFUSED: u32 = 7;

impl Job for Line {
    type Done = u32;

    async fn write(_: &Arc<App>, lines: &[Self]) -> Result<Vec<Result<u32, Failure>>, Failure> {
        let book = &lines[0].1;
        drop(book.open.acquire().await.unwrap());
        if lines.iter().any(|line| line.0 == SPOILED) {
            return Err(Error::Missing("a line that can be written".into()).into());
        }
        book.written.lock().unwrap().push(lines.iter().map(|line| line.0).collect());
        Ok(lines.iter().map(|line| if line.0 == REFUSED { Err(Failure::Conflict) } else { Ok(line.0 * 10) }).collect())
    }
}

async fn send(app: &Arc<App>, book: &Arc<Book>, number: u32) -> JoinHandle<Result<u32, Failure>> {
    let (app, line) = (app.clone(), Line(number, book.clone()));
    let task = tokio::spawn(async move { together::write(&app, line).await });
    // Each is in the queue before the next one comes.
    tokio::time::sleep(Duration::from_millis(5)).await;
    task
}

both_databases! {
    async fn what_comes_meanwhile_is_written_together_in_its_order(world: World) {
        let book = Arc::new(Book { written: Mutex::default(), open: Semaphore::new(0) });
        let mut sent = vec![];
        for number in [1, 2, REFUSED, 3, 4] {
            sent.push(send(&world.app, &book, number).await);
        }
        // Whoever goes away meanwhile does not take the others with it.
        sent.remove(0).abort();
        sent.remove(0).abort();
        book.open.add_permits(1);
        let mut told = vec![];
        for one in sent {
            told.push(one.await.unwrap().map_err(|failure| failure.to_string()));
        }
        assert_eq!(told, [Err(Failure::Conflict.to_string()), Ok(30), Ok(40)]);
        assert_eq!(*book.written.lock().unwrap(), [vec![1], vec![2, REFUSED, 3, 4]]);
    }

    async fn one_that_spoils_the_whole_fails_alone(world: World) {
        let book = Arc::new(Book { written: Mutex::default(), open: Semaphore::new(0) });
        let mut sent = vec![];
        for number in [1, 2, SPOILED, 3] {
            sent.push(send(&world.app, &book, number).await);
        }
        book.open.add_permits(1);
        let mut told = vec![];
        for one in sent {
            told.push(one.await.unwrap().ok());
        }
        assert_eq!(told, [Some(10), Some(20), None, Some(30)]);
        assert_eq!(*book.written.lock().unwrap(), [[1], [2], [3]]);
    }
}

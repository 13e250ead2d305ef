use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use tokio::sync::Semaphore;
use xingjian_store::together::{self, Job};
use xingjian_store::{App, Error, Executor, Failure};
use xingjian_testkit::{World, both_databases};

/// What is written together, how often it was tried, and whether anybody may write.
struct Book {
    written: Mutex<Vec<Vec<u32>>>,
    tried: AtomicUsize,
    open: Semaphore,
}

struct Line(u32, Arc<Book>);

/// Spoils everything that is written beside it.
const SPOILED: u32 = 13;
/// Is refused alone.
const REFUSED: u32 = 7;
/// Finds a database that does not serve.
const AWAY: u32 = 99;

impl Job for Line {
    type Done = u32;

    async fn write(app: &Arc<App>, lines: &[Self]) -> Result<Vec<Result<u32, Failure>>, Failure> {
        let book = &lines[0].1;
        book.tried.fetch_add(1, Ordering::SeqCst);
        drop(book.open.acquire().await.unwrap());
        if lines.iter().any(|line| line.0 == SPOILED) {
            return Err(Error::Missing("a line that can be written".into()).into());
        }
        if lines.iter().any(|line| line.0 == AWAY) {
            app.db.reader().clone().close().await.unwrap();
            app.db.reader().one("select 1 as one", vec![]).await?;
        }
        book.written.lock().unwrap().push(lines.iter().map(|line| line.0).collect());
        Ok(lines.iter().map(|line| if line.0 == REFUSED { Err(Failure::Conflict) } else { Ok(line.0 * 10) }).collect())
    }
}

type Sent = Pin<Box<dyn Future<Output = Result<u32, Failure>>>>;

/// The first is being written when the others come, one after the other.
async fn send(world: &World, book: &Arc<Book>, numbers: &[u32]) -> Vec<Sent> {
    let mut sent: Vec<Sent> = vec![];
    for number in numbers {
        let (app, line) = (world.app.clone(), Line(*number, book.clone()));
        let mut one: Sent = Box::pin(async move { together::write(&app, line).await });
        poll_fn(|cx| {
            assert!(one.as_mut().poll(cx).is_pending(), "nobody may write yet");
            Poll::Ready(())
        })
        .await;
        sent.push(one);
        while book.tried.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
    }
    sent
}

fn book() -> Arc<Book> {
    Arc::new(Book { written: Mutex::default(), tried: AtomicUsize::new(0), open: Semaphore::new(0) })
}

both_databases! {
    async fn what_comes_meanwhile_is_written_together_in_its_order(world: World) {
        let book = book();
        let mut sent = send(&world, &book, &[1, 2, REFUSED, 3, 4]).await;
        // Whoever goes away meanwhile does not take the others with it.
        drop(sent.remove(0));
        drop(sent.remove(0));
        book.open.add_permits(1);
        let mut told = vec![];
        for one in sent {
            told.push(one.await.map_err(|failure| failure.to_string()));
        }
        assert_eq!(told, [Err(Failure::Conflict.to_string()), Ok(30), Ok(40)]);
        assert_eq!(*book.written.lock().unwrap(), [vec![1], vec![2, REFUSED, 3, 4]]);
    }

    async fn one_that_spoils_the_whole_fails_alone(world: World) {
        let book = book();
        let sent = send(&world, &book, &[1, 2, SPOILED, 3]).await;
        book.open.add_permits(1);
        let mut told = vec![];
        for one in sent {
            told.push(one.await.ok());
        }
        assert_eq!(told, [Some(10), Some(20), None, Some(30)]);
        assert_eq!(*book.written.lock().unwrap(), [[1], [2], [3]]);
    }

    async fn nobody_is_tried_again_where_the_database_does_not_serve(world: World) {
        let book = book();
        let sent = send(&world, &book, &[1, 2, AWAY, 3]).await;
        book.open.add_permits(1);
        let mut told = vec![];
        for one in sent {
            told.push(one.await.ok());
        }
        assert_eq!(told, [Some(10), None, None, None]);
        assert_eq!(book.tried.load(Ordering::SeqCst), 2);
    }
}

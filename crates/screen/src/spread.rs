//! Spreads independent pieces of work over threads; the answers come back in order, or the first error that was seen.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Works on the pieces `0..count` with so many threads. After an error no new piece is begun.
pub(crate) fn over<T: Send, E: Send>(
    count: usize,
    threads: usize,
    work: impl Fn(usize) -> Result<T, E> + Sync,
) -> Result<Vec<T>, E> {
    const FREE: &str = "no thread panics holding it";
    let next = AtomicUsize::new(0);
    let (done, failure) = (Mutex::new(Vec::with_capacity(count)), Mutex::new(None));
    let worker = || {
        loop {
            let piece = next.fetch_add(1, Ordering::Relaxed);
            if piece >= count {
                return;
            }
            match work(piece) {
                Ok(answer) => done.lock().expect(FREE).push((piece, answer)),
                Err(error) => {
                    failure.lock().expect(FREE).get_or_insert(error);
                    next.store(count, Ordering::Relaxed);
                    return;
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(worker);
        }
    });
    if let Some(error) = failure.into_inner().expect(FREE) {
        return Err(error);
    }
    let mut done = done.into_inner().expect(FREE);
    done.sort_by_key(|(piece, _)| *piece);
    Ok(done.into_iter().map(|(_, answer)| answer).collect())
}

#[cfg(test)]
mod tests {
    use super::over;

    #[test]
    fn answers_come_in_order_and_an_error_ends_the_work() {
        assert_eq!(over(20, 3, |piece| Ok::<_, ()>(piece * 2)), Ok((0..20).map(|piece| piece * 2).collect()));
        assert_eq!(over(20, 3, |piece| if piece == 7 { Err("seven") } else { Ok(piece) }), Err("seven"));
        assert_eq!(over(0, 3, Ok::<_, ()>), Ok(vec![]));
    }
}

//! Work on the rows of a long list, shared among threads; the results stand in the order of the rows, whoever made them.

use std::thread;

/// Below so many rows threads cost more than they save.
const FEW: usize = 20_000;
/// More do not help: what is left is the memory's speed.
const MOST_THREADS: usize = 8;

/// What `work` makes of each row.
pub(crate) fn map<T: Sync, R: Send>(rows: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST_THREADS);
    if rows.len() < FEW || threads == 1 {
        return rows.iter().map(work).collect();
    }
    let work = &work;
    thread::scope(|scope| {
        let parts = rows.chunks(rows.len().div_ceil(threads));
        let running: Vec<_> =
            parts.map(|part| scope.spawn(move || part.iter().map(work).collect::<Vec<R>>())).collect();
        let mut made = Vec::with_capacity(rows.len());
        for part in running {
            made.append(&mut part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    })
}

/// Both of two things, at the same time.
pub(crate) fn both<A: Send, B>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        let one = scope.spawn(one);
        let other = other();
        (one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_that_of_the_rows() {
        for count in [0, 1, FEW - 1, FEW, FEW + 1, 3 * FEW + 7] {
            let rows: Vec<usize> = (0..count).collect();
            assert!(map(&rows, |row| row * 2).into_iter().eq((0..count).map(|row| row * 2)), "{count}");
        }
        assert_eq!(both(|| 1, || 2), (1, 2));
    }
}

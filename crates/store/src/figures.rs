//! Figures that cost much to count are kept for a while: whoever has the same scope is shown the same, with their moment, and a page
//! costs the same however much was counted for it.

use crate::{Ctx, Failure};
use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use xingjian_kernel::{LocalDate, Scope, Timestamp};

/// Figures this old are counted anew.
pub const KEPT: Duration = Duration::from_mins(5);
/// While somebody counts them anew, others are shown the ones before, if they are no older than so many times that.
const SHOWN: u32 = 2;

/// Figures, and when they began to be counted.
#[derive(Debug)]
pub struct Counted<T> {
    /// Everything before this moment is in them.
    pub at: Timestamp,
    value: Arc<T>,
}

impl<T> Clone for Counted<T> {
    fn clone(&self) -> Self {
        Self { at: self.at, value: self.value.clone() }
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

/// The figures that an instance keeps.
#[derive(Default)]
pub struct Figures {
    slots: Mutex<HashMap<Key, Arc<Slot>>>,
    /// Held by whoever counts what takes much memory.
    alone: tokio::sync::Mutex<()>,
}

/// What decides which figures they are: what is counted, on which day, among the rows of which scope.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    what: String,
    kind: TypeId,
    day: LocalDate,
    scope: Scope,
}

#[derive(Default)]
struct Slot {
    /// Held by whoever counts.
    counting: tokio::sync::Mutex<()>,
    last: Mutex<Option<(Timestamp, Arc<dyn Any + Send + Sync>)>>,
}

const UNBROKEN: &str = "nobody panics while holding this lock";

impl Slot {
    /// The last figures, if they are no older than this; a clock that went back makes all of them too old.
    fn last<T: Send + Sync + 'static>(&self, now: Timestamp, age: Duration) -> Option<Counted<T>> {
        let last = self.last.lock().expect(UNBROKEN);
        let (at, value) = last.as_ref().filter(|(at, _)| is_within(*at, now, age))?;
        Some(Counted { at: *at, value: value.clone().downcast().ok()? })
    }

    fn is_of_use(&self, now: Timestamp) -> bool {
        self.last.lock().expect(UNBROKEN).as_ref().is_some_and(|(at, _)| is_within(*at, now, KEPT * SHOWN))
    }
}

fn is_within(at: Timestamp, now: Timestamp, age: Duration) -> bool {
    u128::try_from(now.micros() - at.micros()).is_ok_and(|passed| passed < age.as_micros())
}

impl Figures {
    fn slot(&self, key: Key, now: Timestamp) -> Arc<Slot> {
        let mut slots = self.slots.lock().expect(UNBROKEN);
        if !slots.contains_key(&key) {
            // Somebody who counts has a hand on the slot.
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.is_of_use(now));
        }
        slots.entry(key).or_default().clone()
    }
}

/// The figures of this name among the rows that the context sees, counted now or a short while ago; counted once however many ask. What is
/// counted must follow from the name, the day and the scope alone, never from who asks.
pub async fn counted<T: Send + Sync + 'static>(
    ctx: &Ctx,
    what: impl Into<String>,
    count: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<Counted<T>, Failure> {
    counted_within(ctx, what, KEPT, count).await
}

/// The same of figures that are counted anew when they are this old, which is no longer than [`KEPT`].
pub async fn counted_within<T: Send + Sync + 'static>(
    ctx: &Ctx,
    what: impl Into<String>,
    age: Duration,
    count: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<Counted<T>, Failure> {
    let key = Key { what: what.into(), kind: TypeId::of::<T>(), day: ctx.today(), scope: ctx.scope.clone() };
    let slot = ctx.app.figures.slot(key, ctx.now());
    if let Some(kept) = slot.last(ctx.now(), age) {
        return Ok(kept);
    }
    let _counting = if let Ok(counting) = slot.counting.try_lock() {
        counting
    } else {
        if let Some(before) = slot.last(ctx.now(), age * SHOWN) {
            return Ok(before);
        }
        slot.counting.lock().await
    };
    // Somebody may have counted them in between.
    if let Some(kept) = slot.last(ctx.now(), age) {
        return Ok(kept);
    }
    let at = ctx.now();
    let value = Arc::new(count.await?);
    *slot.last.lock().expect(UNBROKEN) = Some((at, value.clone()));
    Ok(Counted { at, value })
}

/// The same for what reads records by the ten thousand: counted one after the other, for side by side each would take its own memory, and
/// everybody else would wait for all of them. Not to be called within another one.
pub async fn counted_alone<T: Send + Sync + 'static>(
    ctx: &Ctx,
    what: impl Into<String>,
    count: impl Future<Output = Result<T, Failure>> + Send,
) -> Result<Counted<T>, Failure> {
    let alone = async {
        let _alone = ctx.app.figures.alone.lock().await;
        count.await
    };
    counted(ctx, what, alone).await
}

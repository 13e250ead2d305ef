use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use xingjian_kernel::{Role, Sensitivity, Timestamp};
use xingjian_store::figures::{KEPT, counted, counted_alone};
use xingjian_store::{Ctx, Failure};
use xingjian_testkit::both_databases;

/// Counts how often it was counted.
async fn count(ctx: &Ctx, times: &AtomicU32) -> u32 {
    let once = async { Ok(times.fetch_add(1, Ordering::SeqCst) + 1) };
    *counted(ctx, "times", once).await.unwrap()
}

fn later(at: Timestamp, by: Duration) -> Timestamp {
    Timestamp::from_micros(at.micros() + i64::try_from(by.as_micros()).unwrap())
}

both_databases! {
    async fn figures_are_kept_for_a_while_for_whoever_has_the_scope(world: World) {
        let (one, other) = (world.ctx("甲", &[Role::Inspector]), world.ctx("乙", &[Role::Intake]));
        let times = AtomicU32::new(0);
        let begun = one.now();
        assert_eq!(count(&one, &times).await, 1);
        assert_eq!(count(&other, &times).await, 1, "who asks makes no difference");
        let mut less = other.clone();
        less.scope.sensitivity = Sensitivity::Internal;
        assert_eq!(count(&less, &times).await, 2, "the scope does");
        assert_eq!(count(&world.ctx_of("market", "丙", &[Role::Inspector]), &times).await, 3);
        let name = counted(&one, "times", async { Ok("another kind of figure") }).await.unwrap();
        assert_eq!((*name, count(&one, &times).await), ("another kind of figure", 1));

        world.clock.move_to(later(begun, KEPT * 9 / 10));
        assert_eq!(count(&one, &times).await, 1);
        world.clock.move_to(later(begun, KEPT * 11 / 10));
        assert_eq!(count(&one, &times).await, 4);
        world.clock.move_to(begun);
        assert_eq!(count(&one, &times).await, 5, "a clock that went back keeps nothing");
    }

    async fn figures_of_a_day_are_not_those_of_the_next(world: World) {
        let ctx = world.ctx("甲", &[Role::Inspector]);
        let (times, today) = (AtomicU32::new(0), ctx.today());
        world.clock.move_to(Timestamp::from_local(today, 23, 59));
        assert_eq!(count(&ctx, &times).await, 1);
        world.clock.move_to(Timestamp::from_local(xingjian_kernel::time::plus_days(today, 1), 0, 1));
        assert_eq!(count(&ctx, &times).await, 2);
    }

    async fn what_failed_is_counted_again(world: World) {
        let ctx = world.ctx("甲", &[Role::Inspector]);
        let failed = counted::<u32>(&ctx, "times", async { Err(Failure::NotFound) }).await;
        assert!(matches!(failed, Err(Failure::NotFound)));
        assert_eq!(count(&ctx, &AtomicU32::new(0)).await, 1);
    }

    async fn many_who_ask_at_once_wait_for_one_who_counts(world: World) {
        let ctx = world.ctx("甲", &[Role::Inspector]);
        let times = AtomicU32::new(0);
        let slowly = || async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(times.fetch_add(1, Ordering::SeqCst) + 1)
        };
        let ask = || counted_alone(&ctx, "slow", slowly());
        let (a, b, c) = tokio::join!(ask(), ask(), ask());
        assert_eq!([a, b, c].map(|figures| *figures.unwrap()), [1, 1, 1]);
    }

    async fn whoever_comes_while_figures_are_counted_anew_sees_those_before(world: World) {
        let ctx = world.ctx("甲", &[Role::Inspector]);
        let (begun, go_on) = (ctx.now(), Notify::new());
        let before = counted(&ctx, "slow", async { Ok(1) }).await.unwrap();
        world.clock.move_to(later(begun, KEPT * 11 / 10));
        let anew = counted(&ctx, "slow", async {
            go_on.notified().await;
            Ok(2)
        });
        let meanwhile = async {
            let shown = counted(&ctx, "slow", async { Ok(3) }).await.unwrap();
            go_on.notify_one();
            shown
        };
        let (anew, shown) = tokio::join!(anew, meanwhile);
        assert_eq!((*shown, shown.at), (1, before.at));
        assert_eq!(*anew.unwrap(), 2);
        assert_eq!(*counted(&ctx, "slow", async { Ok(4) }).await.unwrap(), 2);
    }
}

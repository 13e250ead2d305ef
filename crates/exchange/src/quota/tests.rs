use super::*;
use xingjian_store::Ctx;
use xingjian_testkit::both_databases;

const QUOTA: Quota = Quota { per_minute: 40, per_day: 60 };

async fn granted(meter: &Meter, app: &App, system: AccountId, times: u32) -> u32 {
    let mut yes = 0;
    for _ in 0..times {
        yes += u32::from(matches!(meter.take(app, system, QUOTA).await.unwrap(), Taken::Yes { .. }));
    }
    yes
}

both_databases! {
    async fn a_quota_holds_over_nodes_and_begins_again(world: World) {
        let (one, two) = (Meter::default(), Meter::default());
        let system = Ctx::system(&world.app).new_id();
        let app = &*world.app;
        assert_eq!(one.take(app, system, QUOTA).await.unwrap(), Taken::Yes { span: Span::Minute, left: 39, resets_in: 60 });
        assert_eq!(granted(&one, app, system, 19).await, 19);
        // The first node holds nothing, as 20 requests are ten lots of two: the other has what is left.
        assert_eq!(granted(&two, app, system, 100).await, 20);
        assert_eq!(two.take(app, system, QUOTA).await.unwrap(), Taken::No { span: Span::Minute, retry_after: 60 });
        let other = Ctx::system(&world.app).new_id();
        assert_eq!(granted(&two, app, other, 1).await, 1, "each system has its own");
        world.clock.set(xingjian_kernel::time::plus_days(Ctx::system(&world.app).today(), 1));
        assert_eq!(granted(&one, app, system, 41).await, 40, "another minute and day");
    }

    async fn a_restart_makes_a_quota_smaller_and_never_larger(world: World) {
        let system = Ctx::system(&world.app).new_id();
        let mut yes = 0;
        for _ in 0..60 {
            yes += granted(&Meter::default(), &world.app, system, 1).await;
        }
        assert_eq!(yes, 20, "each lot of two lost one");
    }

    async fn the_quota_of_a_day_is_one_of_its_own(world: World) {
        let (meter, system) = (Meter::default(), Ctx::system(&world.app).new_id());
        let slow = Quota { per_minute: 40, per_day: 1 };
        assert!(matches!(meter.take(&world.app, system, slow).await.unwrap(), Taken::Yes { .. }));
        // The clock of a test stands at nine in the morning.
        let refused = meter.take(&world.app, system, slow).await.unwrap();
        assert_eq!(refused, Taken::No { span: Span::Day, retry_after: 15 * 3600 });
    }
}

#[test]
fn a_day_ends_at_local_midnight() {
    let date = "2026-11-23".parse().unwrap();
    let late = Timestamp::from_local(date, 23, 59);
    assert_eq!(Span::Day.period(late).1, 60);
    assert_eq!(Span::Day.period(late).0 + 1, Span::Day.period(late.plus_seconds(60)).0);
    assert_eq!(Span::Minute.period(late.plus_seconds(59)).1, 1);
}

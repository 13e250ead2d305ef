use crate::probe::kinds::{SIGNAL, TASK};
use crate::probe::{Probe, keep};
use std::sync::Mutex;
use xingjian_kernel::{DepartmentId, Role, Sensitivity, SubjectRef};
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{Ctx, Event, Executor, Failure, Record, Tx, records, tables};
use xingjian_testkit::{World, both_databases};

async fn acts(world: &World, count: usize) -> Ctx {
    let ctx = world.ctx("监督员甲", &[Role::Inspector]);
    for _ in 0..count {
        keep::<TASK>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
    }
    ctx
}

#[derive(Default)]
struct Collects {
    seen: Mutex<Vec<i64>>,
    fails_at: Option<i64>,
    skips: bool,
}

impl Follower for Collects {
    const NAME: &'static str = "test.collects";

    fn wants(&self, row: &LedgerRow) -> bool {
        !self.skips || row.index.is_some_and(|index| index % 3 == 1)
    }

    async fn take(&self, _: &mut Tx, _: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        if row.index == self.fails_at {
            return Err(Failure::NotFound);
        }
        self.seen.lock().unwrap().push(row.index.unwrap());
        Ok(())
    }
}

both_databases! {
    async fn committed_rows_get_their_index_in_order_and_once(world: World) {
        acts(&world, 250).await;
        assert_eq!(ledger::state(&world.app).await.unwrap(), (0, 250));
        let (one, two) = tokio::join!(ledger::sequence(&world.app), ledger::sequence(&world.app));
        assert_eq!(one.unwrap() + two.unwrap(), 250, "two sequencers share the work");
        assert_eq!(ledger::sequence(&world.app).await.unwrap(), 0);
        assert_eq!(ledger::state(&world.app).await.unwrap(), (250, 0));
        let rows = world.app.db.reader().all("select idx from ledger order by at, id", vec![]).await.unwrap();
        let indices: Vec<i64> = rows.iter().map(|row| row.try_get("", "idx").unwrap()).collect();
        assert_eq!(indices, (0..250).collect::<Vec<_>>());
    }

    async fn what_a_follower_does_not_want_is_passed_and_not_met_again(world: World) {
        acts(&world, 8).await;
        ledger::sequence(&world.app).await.unwrap();
        let follower = Collects { skips: true, ..Collects::default() };
        assert_eq!(ledger::follow(&world.app, &follower).await.unwrap(), 8);
        assert_eq!(*follower.seen.lock().unwrap(), [1, 4, 7]);
        assert_eq!(ledger::follow(&world.app, &follower).await.unwrap(), 0);
        acts(&world, 1).await;
        ledger::sequence(&world.app).await.unwrap();
        assert_eq!(ledger::follow(&world.app, &follower).await.unwrap(), 1, "the cursor passes what stands last");
        assert_eq!(ledger::follow(&world.app, &follower).await.unwrap(), 0);
    }

    async fn a_follower_sees_each_act_once_and_goes_on_where_it_failed(world: World) {
        acts(&world, 5).await;
        let follower = Collects { seen: Mutex::default(), fails_at: None, ..Collects::default() };
        assert_eq!(ledger::follow(&world.app, &follower).await.unwrap(), 0, "rows without index are not followed");
        ledger::sequence(&world.app).await.unwrap();
        let failing = Collects { seen: Mutex::default(), fails_at: Some(3), ..Collects::default() };
        assert!(ledger::follow(&world.app, &failing).await.is_err());
        assert_eq!(*failing.seen.lock().unwrap(), [0, 1, 2]);
        assert_eq!(ledger::follow(&world.app, &follower).await.unwrap(), 2);
        acts(&world, 1).await;
        ledger::sequence(&world.app).await.unwrap();
        ledger::follow(&world.app, &follower).await.unwrap();
        assert_eq!(*follower.seen.lock().unwrap(), [3, 4, 5]);
    }

    async fn a_row_that_was_changed_no_longer_gives_its_entry(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let kept = keep::<SIGNAL>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
        let rows = ledger::of_resource(&ctx, tables::SIGNAL, kept.head().id).await.unwrap();
        assert!(rows[0].intact && rows[0].entry.len() == 66 && rows[0].actor.name == "监督员甲");
        let bytes = world.app.db.reader().one("select event from ledger", vec![]).await.unwrap().unwrap();
        let event: Vec<u8> = bytes.try_get("", "event").unwrap();
        let forged = String::from_utf8(event).unwrap().replace("监督员甲", "监督员乙");
        let tx = world.app.db.begin().await.unwrap();
        tx.run("update ledger set event = $1", vec![forged.into_bytes().into()]).await.unwrap();
        tx.commit().await.unwrap();
        let rows = ledger::of_resource(&ctx, tables::SIGNAL, kept.head().id).await.unwrap();
        assert!(!rows[0].intact);
    }

    /// The row for the public holds what is shown, by unit and role; whom it is about is known inside only.
    async fn what_is_shown_is_a_row_of_its_own(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let person = SubjectRef::Practitioner(ctx.new_id());
        let mut probe = Probe::new(&ctx, "440402", "health", Sensitivity::Case);
        probe.subject = Some(person);
        let (id, record) = (probe.id, SIGNAL(probe));
        let mut tx = ctx.begin().await.unwrap();
        let by = ("演示机关", &DepartmentId::new("health"), Role::Publisher);
        let event = Event::new("signal.opened", "监督员甲登记").shown(by, "公示", serde_json::json!({"text": "公示"}));
        records::insert(&mut tx, &ctx, &record, event).await.unwrap();
        tx.commit().await.unwrap();

        let shown = ledger::shown_of(&world.app, tables::SIGNAL, id).await.unwrap();
        assert_eq!(shown.len(), 1, "the act itself is not public");
        let event = std::str::from_utf8(&shown[0].event).unwrap();
        assert!(!event.contains("监督员甲") && !event.contains(&person.to_string()), "{event}");
        let rows = ledger::of_subject(&Ctx::system(&world.app), person, 10).await.unwrap();
        let find = |public| rows.iter().find(|row| ledger::is_public(&row.kind) == public).unwrap();
        let (act, public) = (find(false), find(true));
        assert_eq!((public.id, public.kind.as_str(), public.intact), (shown[0].id, "signal.shown", true));
        assert!(public.actor.name == "演示机关" && public.actor.account.is_none() && public.subjects.is_empty());
        assert!(event.contains(&format!("\"act\":\"{}\"", act.entry)));
        assert!(ledger::shown_of(&world.app, tables::TASK, id).await.unwrap().is_empty());

        let tx = world.app.db.begin().await.unwrap();
        tx.run("update ledger set event = null, salt = null", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(ledger::shown_of(&world.app, tables::SIGNAL, id).await.unwrap().is_empty());
    }

    async fn an_erased_event_leaves_its_entry_in_place(world: World) {
        acts(&world, 2).await;
        let tx = world.app.db.begin().await.unwrap();
        tx.run("update ledger set event = null, salt = null", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(ledger::sequence(&world.app).await.unwrap(), 2);
    }
}

#[test]
#[should_panic(expected = "only the row of what is shown has this kind")]
fn no_other_event_is_public() {
    let _ = Event::new("signal.shown", "监督员甲登记");
}

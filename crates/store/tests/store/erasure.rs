//! What is erased is gone everywhere, and everything else stays: leaf, proof, trace.

use crate::probe::kinds::{SIGNAL, TASK};
use crate::probe::{Probe, keep};
use std::path::Path;
use std::sync::Mutex;
use xingjian_kernel::id::EntryId;
use xingjian_kernel::{Role, Sensitivity};
use xingjian_store::erasure::{self, Blank, Erasable, Extent, Grounds, ListError, Personal};
use xingjian_store::ledger::{self, Follower, LedgerRow};
use xingjian_store::{Ctx, Event, Executor, Failure, Log, Record, Tx, blobs, records, tables};
use xingjian_testkit::{World, both_databases};
use xingjian_tlog::{Policy, Signer, leaf_hash};

const WORDS: &str = "演示人某某，电话一二三四五";

impl Erasable for SIGNAL {
    const PERSONAL: &'static [Personal] = &[
        Personal { acts: &["probe.kept"], field: "/text", blank: Blank::Text },
        Personal { acts: &["probe.other"], field: "/nowhere", blank: Blank::Nothing },
    ];

    fn label(&self) -> String {
        "记录".into()
    }

    fn blobs(&self) -> Vec<String> {
        vec![blobs::digest(self.0.text.as_bytes())]
    }
}

fn open(world: &World, folder: &Path) {
    let signer = Signer::ed25519("xingjian.example/log", &[7; 32]).unwrap();
    assert!(world.app.log.set(Log::open(&folder.join("log"), vec![signer]).unwrap()).is_ok());
}

/// A record with words in its text, its event and a blob.
async fn record(ctx: &Ctx) -> SIGNAL {
    let mut probe = Probe::new(ctx, "440402", "health", Sensitivity::Case);
    probe.text = WORDS.into();
    let value = SIGNAL(probe);
    let mut tx = ctx.begin().await.unwrap();
    records::insert(&mut tx, ctx, &value, Event::new("probe.kept", WORDS)).await.unwrap();
    blobs::keep(&mut tx, WORDS.as_bytes().to_vec()).await.unwrap();
    tx.commit().await.unwrap();
    value
}

async fn change(world: &World, sql: &str) {
    let tx = world.app.db.begin().await.unwrap();
    tx.run(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Erases, with an act of another record as the one that confirmed it.
async fn erase(ctx: &Ctx, id: &str, extent: Extent) -> Result<EntryId, Failure> {
    let other = keep::<TASK>(ctx, Probe::new(ctx, "440402", "health", Sensitivity::Case)).await?;
    let mut tx = ctx.begin().await?;
    let act = ledger::last_in(&tx, tables::TASK, &other.head().id).await?;
    erasure::erase::<SIGNAL>(&mut tx, ctx, id, extent, Grounds { act, reason: "演示理由（某法第1条）".into() }).await?;
    tx.commit().await?;
    Ok(act)
}

/// How many columns of the database still have the words.
async fn places(world: &World) -> usize {
    let reader = world.app.db.reader();
    let texts = reader.all("select title, search, sort_key, body from signal", vec![]).await.unwrap();
    let texts = texts.iter().flat_map(|row| (0..4).map(|n| row.try_get_by_index::<String>(n).unwrap()));
    let bytes = reader
        .all("select event as b from ledger where event is not null union all select bytes as b from blob", vec![]);
    let bytes = bytes.await.unwrap();
    let bytes = bytes.iter().map(|row| String::from_utf8(row.try_get::<Vec<u8>>("", "b").unwrap()).unwrap());
    texts.chain(bytes).filter(|text| text.contains("电话")).count()
}

struct Counts(Mutex<Vec<i64>>);

impl Follower for Counts {
    const NAME: &'static str = "test.counts";

    fn wants(&self, _: &LedgerRow) -> bool {
        true
    }

    async fn take(&self, _: &mut Tx, _: &Ctx, row: &LedgerRow) -> Result<(), Failure> {
        self.0.lock().unwrap().push(row.index.unwrap());
        Ok(())
    }
}

both_databases! {
    async fn a_row_and_what_its_act_left_are_gone_and_the_leaf_stays(world: World) {
        let folder = tempfile::tempdir().unwrap();
        open(&world, folder.path());
        let ctx = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        let id = record(&ctx).await.head().id;
        let log = world.app.log.get().unwrap();
        log.catch_up(&world.app).await.unwrap();
        let row = ledger::of_resource(&ctx, tables::SIGNAL, &id).await.unwrap().remove(0);
        assert_eq!(places(&world).await, 6, "title, search, sort key, body, event, blob");

        let act = erase(&ctx, &id, Extent::Row(row.id)).await.unwrap();
        erasure::destroy(&world.app).await.unwrap();
        assert_eq!(places(&world).await, 0);
        if world.app.db.kind() == "sqlite" {
            for file in ["test.db", "test.db-wal"] {
                let bytes = std::fs::read(world.db.folder.join(file)).unwrap_or_default();
                assert!(!bytes.windows(6).any(|part| part == "电话".as_bytes()), "{file}");
            }
        }
        let left = records::must::<SIGNAL>(&ctx, &id).await.unwrap();
        assert_eq!((left.0.text.as_str(), left.version), (erasure::ERASED, 2));
        log.catch_up(&world.app).await.unwrap();
        let line = ledger::of_resource(&ctx, tables::SIGNAL, &id).await.unwrap().remove(0);
        assert!(line.intact && line.index == row.index && line.entry == row.entry && line.actor.name == "（已删除）");
        let confirmed = ledger::of_resource(&ctx, tables::TASK, &world_id(&world, act).await).await.unwrap()[0].index.unwrap();
        assert_eq!(line.text, format!("本条内容已于2026年11月23日依法删除，理由：演示理由（某法第1条），见存证 #{confirmed}"));

        let policy: Policy = format!("log {}\nquorum none\n", log.verifiers()[0]).parse().unwrap();
        let proof = log.shown(&world.app, &row.id.to_string()).await.unwrap();
        let entry = hex::decode(&row.entry).unwrap();
        proof.verify_leaf(&leaf_hash(&entry), &policy).unwrap();
        assert_eq!(log.audit(&world.app).await.unwrap(), 2);
        let found = ledger::openings(&world.app).await.unwrap();
        assert_eq!((found.whole, found.erased, found.missing.len(), found.changed.len()), (1, 1, 0, 0));
        assert!(matches!(erase(&ctx, &id, Extent::Row(row.id)).await, Err(Failure::Refused(_))), "there is nothing left");
    }

    async fn a_whole_record_goes_with_all_its_rows_and_shared_bytes_stay(world: World) {
        let folder = tempfile::tempdir().unwrap();
        open(&world, folder.path());
        let ctx = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        let id = record(&ctx).await.head().id;
        let stored = records::must::<SIGNAL>(&ctx, &id).await.unwrap();
        let mut tx = ctx.begin().await.unwrap();
        records::save(&mut tx, &ctx, &stored.value, stored.version, Event::new("probe.other", WORDS)).await.unwrap();
        tx.commit().await.unwrap();
        // Another record names the same bytes.
        let mut probe = Probe::new(&ctx, "440402", "health", Sensitivity::Case);
        probe.text = blobs::digest(WORDS.as_bytes());
        let hash = probe.text.clone();
        keep::<TASK>(&ctx, probe).await.unwrap();
        erase(&ctx, &id, Extent::Record).await.unwrap();
        assert_eq!(places(&world).await, 1, "the shared bytes");
        assert!(blobs::get(&ctx, &hash).await.is_ok());
        assert!(ledger::of_resource(&ctx, tables::SIGNAL, &id).await.unwrap().iter().all(|row| row.erased.is_some()));
    }

    async fn followers_pass_what_was_erased_however_much_it_is(world: World) {
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        for _ in 0..260 {
            keep::<TASK>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
        }
        while ledger::sequence(&world.app).await.unwrap() > 0 {}
        change(&world, "update ledger set event = null, salt = null where idx < 250").await;
        let follower = Counts(Mutex::default());
        while ledger::follow(&world.app, &follower).await.unwrap() > 0 {}
        assert_eq!(*follower.0.lock().unwrap(), (250..260).collect::<Vec<i64>>());
        // Nobody erased them by the rules, and that is said.
        let found = ledger::openings(&world.app).await.unwrap();
        assert_eq!((found.whole, found.erased, found.missing.len()), (10, 0, 250));
        change(&world, "update ledger set salt = entry where idx = 255").await;
        assert_eq!(ledger::openings(&world.app).await.unwrap().changed.len(), 1);
    }

    async fn an_older_database_is_erased_again_before_it_is_read(world: World) {
        let folder = tempfile::tempdir().unwrap();
        open(&world, folder.path());
        let ctx = world.ctx("法制审核员甲", &[Role::LegalReviewer]);
        let id = record(&ctx).await.head().id;
        change(&world, "create table before_signal as select * from signal").await;
        change(&world, "create table before_ledger as select * from ledger").await;
        change(&world, "create table before_blob as select * from blob").await;
        let row = ledger::of_resource(&ctx, tables::SIGNAL, &id).await.unwrap()[0].id;
        erase(&ctx, &id, Extent::Row(row)).await.unwrap();
        erasure::write_out(&world.app).await.unwrap();
        assert_eq!(erasure::replay(&world.app).await.unwrap(), 0, "what is known is not done again");
        let file = erasure::file(&world.app).unwrap();
        let list = std::fs::read_to_string(&file).unwrap();
        assert!(file == folder.path().join("erasures") && list.lines().count() == 1 && !list.contains("电话"), "{list}");

        for sql in [
            "delete from erasure_list", "delete from erased_row", "delete from ledger", "delete from signal",
            "insert into ledger select * from before_ledger", "insert into signal select * from before_signal",
            "insert into blob select * from before_blob",
        ] {
            change(&world, sql).await;
        }
        assert_eq!(places(&world).await, 6, "the backup has it");
        // A process may have ended while it wrote the last line.
        std::fs::write(&file, format!("{list}{}", &list[..40])).unwrap();
        assert_eq!(erasure::replay(&world.app).await.unwrap(), 1);
        change(&world, "drop table before_blob").await;
        assert_eq!(places(&world).await, 0);
        let rows = ledger::of_resource(&ctx, tables::SIGNAL, &id).await.unwrap();
        assert!(rows[0].erased.is_some() && rows[1].kind == "erasure.replayed" && rows[1].text.contains("按删除清单重新删除1条"));
        assert!(std::fs::read_to_string(&file).unwrap().starts_with(&list));

        std::fs::write(&file, format!("{{}}\n{list}")).unwrap();
        assert!(matches!(erasure::replay(&world.app).await, Err(ListError::Damaged { line: 1, .. })));
    }
}

/// The record of an act.
async fn world_id(world: &World, act: EntryId) -> String {
    let row = world.app.db.reader().one("select resource_id from ledger where id = $1", vec![act.to_string().into()]);
    row.await.unwrap().unwrap().try_get("", "resource_id").unwrap()
}

//! A picture of the database goes into an empty one of either kind and is the same there.

use crate::probe::kinds::TASK;
use crate::probe::{Probe, keep};
use xingjian_kernel::{Role, Sensitivity};
use xingjian_store::archive::{ArchiveError, Filling, Shape, Snapshot};
use xingjian_store::{Db, Executor, blobs, ledger, migrate, migrations};
use xingjian_testkit::{Backend, TestDb, World, both_databases};

/// All tables with all their lines.
async fn lines(snapshot: &Snapshot) -> Vec<(Shape, Vec<String>)> {
    let mut all = Vec::new();
    for shape in snapshot.shapes() {
        let mut lines: Vec<String> = vec![];
        loop {
            let page = snapshot.lines(shape, lines.last().map(String::as_str)).await.unwrap();
            if page.is_empty() {
                break;
            }
            lines.extend(page);
        }
        all.push((shape.clone(), lines));
    }
    all
}

async fn fill(db: &Db, migrations: &[String], all: &[(Shape, Vec<String>)]) -> Result<(), ArchiveError> {
    let shapes: Vec<Shape> = all.iter().map(|(shape, _)| shape.clone()).collect();
    let filling = Filling::begin(db, migrations, &shapes).await?;
    for (shape, lines) in all {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(filling.take(&shape.table, &lines).await?, lines.len() as u64, "{}", shape.table);
    }
    filling.commit().await
}

async fn busy(world: &World) {
    let ctx = world.ctx("监督员甲", &[Role::Inspector]);
    for _ in 0..230 {
        keep::<TASK>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
    }
    let mut tx = ctx.begin().await.unwrap();
    for byte in 0..11 {
        blobs::keep(&mut tx, vec![byte; 300]).await.unwrap();
    }
    tx.run("insert into session (token, account, csrf, created_at, expires_at) values ('t', 'a', 'c', 1, 2)", vec![])
        .await
        .unwrap();
    // Erased: no event and no salt, which are null and not empty.
    tx.run("update ledger set event = null, salt = null where id = (select min(id) from ledger)", vec![])
        .await
        .unwrap();
    tx.commit().await.unwrap();
    while ledger::sequence(&world.app).await.unwrap() > 0 {}
}

both_databases! {
    async fn an_archive_is_the_same_in_a_database_of_either_kind(world: World) {
        busy(&world).await;
        let snapshot = Snapshot::take(&world.app.db).await.unwrap();
        let before = lines(&snapshot).await;
        // What is committed meanwhile is not in the picture.
        let ctx = world.ctx("监督员乙", &[Role::Inspector]);
        keep::<TASK>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
        assert_eq!(lines(&snapshot).await, before);
        let count = |table: &str| before.iter().find(|(shape, _)| shape.table == table).map(|(_, lines)| lines.len());
        assert_eq!((count("ledger"), count("task"), count("blob")), (Some(230), Some(230), Some(11)));
        assert_eq!((count("session"), count("migration")), (None, None), "who is signed in stays out");
        assert!(migrations().eq(snapshot.migrations().iter().map(String::as_str)));

        let name = world.db.folder.file_name().unwrap().to_string_lossy().replace("xingjian-", "");
        for (backend, mark) in [(Backend::Sqlite, "s"), (Backend::Postgres, "p")] {
            let Some(other) = TestDb::new(backend, &format!("{name}{mark}")).await else { continue };
            fill(&other.db, snapshot.migrations(), &before).await.unwrap();
            let again = Snapshot::take(&other.db).await.unwrap();
            for ((shape, was), (same, is)) in before.iter().zip(lines(&again).await) {
                assert_eq!((shape, was), (&same, &is), "{}", shape.table);
            }
            assert_eq!(again.shapes().len(), before.len());
            let refused = fill(&other.db, snapshot.migrations(), &before).await;
            assert!(matches!(refused, Err(ArchiveError::NotEmpty(_))), "{refused:?}");
        }
    }
}

async fn empty() -> (tempfile::TempDir, Db) {
    let folder = tempfile::tempdir().unwrap();
    let db = Db::sqlite(&folder.path().join("x.db")).await.unwrap();
    (folder, db)
}

#[test]
fn what_does_not_fit_is_refused_whole() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (_one, source) = empty().await;
        migrate(&source).await.unwrap();
        let snapshot = Snapshot::take(&source).await.unwrap();
        let shape = |name: &str| snapshot.shapes().iter().find(|shape| shape.table == name).unwrap().clone();
        let known: Vec<String> = migrations().map(str::to_owned).collect();

        let (_two, db) = empty().await;
        let newer = [known.clone(), vec!["9999_later".to_owned()]].concat();
        let refused = Filling::begin(&db, &newer, &[]).await.err();
        assert!(matches!(&refused, Some(ArchiveError::Newer(name)) if name == "9999_later"), "{refused:?}");
        assert!(Snapshot::take(&db).await.is_err(), "not even the schema was made");

        let mut strange = shape("counter");
        strange.columns[0].0 = "series; drop table ledger".to_owned();
        assert!(matches!(Filling::begin(&db, &known, &[strange]).await.err(), Some(ArchiveError::Shape(_))));

        let filling = Filling::begin(&db, &known, &[shape("counter")]).await.unwrap();
        let refused = filling.take("counter", &[r#"["a",1]"#, r#"["b","1"]"#]).await;
        assert!(matches!(refused, Err(ArchiveError::Line { line: 2, .. })), "{refused:?}");
        drop(filling);
        assert!(Filling::possible(&db, &known).await.is_ok(), "nothing of it stayed");
    });
}

#[test]
fn the_archive_of_an_older_schema_goes_into_that_schema_first() {
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let (_folder, db) = empty().await;
        let older: Vec<String> = migrations().take(2).map(str::to_owned).collect();
        Filling::begin(&db, &older, &[]).await.unwrap().commit().await.unwrap();
        let tables: Vec<String> = Snapshot::take(&db).await.unwrap().shapes().iter().map(|s| s.table.clone()).collect();
        assert!(tables.contains(&"ledger".to_owned()) && !tables.contains(&"screening".to_owned()), "{tables:?}");
        migrate(&db).await.unwrap();
        let row = db.reader().one("select count(*) as n from screening", vec![]).await.unwrap().unwrap();
        assert_eq!(row.try_get::<i64>("", "n").unwrap(), 0);
    });
}

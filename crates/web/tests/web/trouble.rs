//! A disk that is full or cannot be written, and a database that somebody else holds: the page says that it passes, nothing is half done, and what
//! was typed goes in once it has passed.

use crate::people::{Answer, get, post, send};
use axum::http::StatusCode;
use xingjian_store::{DbTrouble, Executor};
use xingjian_testkit::{Backend, World};

const FORM: &[(&str, &str)] = &[
    ("about", "演示甲医院"),
    ("text", "十个字以上的情况说明文字"),
    ("who", "anonymous"),
    ("once", "0123456789abcdef"),
];

const SAID: &str = "系统暂时无法完成该操作";

async fn complain(world: &World) -> Answer {
    send(world, post("/complain", None, FORM)).await
}

/// Sets the one connection that writes.
async fn set(world: &World, pragma: &str) {
    let tx = world.app.db.begin().await.unwrap();
    tx.run(pragma, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

async fn count(world: &World) -> i64 {
    let row = world.app.db.reader().one("select count(*) as n from ledger", vec![]).await.unwrap();
    row.unwrap().try_get("", "n").unwrap()
}

async fn passes(world: &World, trouble: DbTrouble) {
    let before = count(world).await;
    let answer = complain(world).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{trouble:?}");
    assert!(answer.body.contains(SAID) && answer.body.contains(FORM[1].1), "{}", answer.body);
    assert_eq!(count(world).await, before, "{trouble:?}");
}

async fn all_is_well(world: &World) {
    let answer = complain(world).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("id=\"receipt\""));
}

#[test]
fn a_full_disk_passes() {
    World::run(Backend::Sqlite, async |world: World| {
        // No page more than there are.
        set(&world, "pragma max_page_count = 1").await;
        let tx = world.app.db.begin().await.unwrap();
        let error = tx.run("insert into blob values ('x', zeroblob(9000000))", vec![]).await.unwrap_err();
        assert_eq!(DbTrouble::of(&error.into()), Some(DbTrouble::Full));
        drop(tx);
        // The connection may have been given up after that, and its limit with it.
        set(&world, "pragma max_page_count = 1").await;
        passes_when_full(&world).await;
        set(&world, "pragma max_page_count = 1000000").await;
        all_is_well(&world).await;
    });
}

/// A small act still finds room in pages that are there; a few of them do not.
async fn passes_when_full(world: &World) {
    for number in 0..2000 {
        let once = format!("{number:016}");
        let form = [FORM[0], FORM[1], FORM[2], ("once", once.as_str())];
        let before = count(world).await;
        let answer = send(world, post("/complain", None, &form)).await;
        if answer.status == StatusCode::SERVICE_UNAVAILABLE {
            assert!(answer.body.contains(SAID), "{}", answer.body);
            assert_eq!(count(world).await, before);
            return;
        }
        assert_eq!(answer.status, StatusCode::OK);
    }
    panic!("the disk was never full");
}

#[test]
fn a_disk_that_cannot_be_written_passes() {
    World::run(Backend::Sqlite, async |world: World| {
        set(&world, "pragma query_only = on").await;
        passes(&world, DbTrouble::ReadOnly).await;
        // Whoever only reads does not notice.
        let page = send(&world, get("/published", None)).await;
        assert_eq!(page.status, StatusCode::OK);
    });
}

#[test]
fn a_database_that_somebody_else_holds_passes() {
    World::run(Backend::Sqlite, async |world: World| {
        set(&world, "pragma busy_timeout = 0").await;
        let other = xingjian_store::Db::sqlite(std::path::Path::new(&world.db.address)).await.unwrap();
        let held = other.begin().await.unwrap();
        passes(&world, DbTrouble::Locked).await;
        drop(held);
        // The other one lets go when its connection is back; a new act waits for that.
        other.begin().await.unwrap().commit().await.unwrap();
        all_is_well(&world).await;
    });
}

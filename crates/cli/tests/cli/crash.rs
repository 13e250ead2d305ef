//! What was acknowledged is on disk before it is: `kill -9` while a thousand complaints come in loses none of them, and each one that comes
//! alone is synced.

use crate::served::{Server, complaint, post, receipt};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use xingjian_store::{Db, Executor};
use xingjian_testkit::{both_databases, policy_dir};

const POSTS: usize = 1000;
const SENDERS: usize = 4;

/// Sends until the server is killed after `until` acknowledgements; the receipts that came back whole.
fn storm(server: &mut Server, until: usize) -> Vec<(usize, String)> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let acknowledged = Mutex::new(vec![]);
    let (address, child) = (server.address.clone(), Mutex::new(&mut server.child));
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= POSTS {
                        return;
                    }
                    let Some(code) = post(&address, "/complain", &complaint(number)).as_deref().and_then(receipt)
                    else {
                        continue;
                    };
                    acknowledged.lock().unwrap().push((number, code));
                    if done.fetch_add(1, Ordering::SeqCst) + 1 == until {
                        child.lock().unwrap().kill().unwrap();
                    }
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

/// Complaints that come one after the other, so that none shares its way to the disk with another.
const ALONE: usize = 30;

/// How many calls that bring the write-ahead log to disk have ended. While another thread calls too, strace writes beginning and end of a
/// call on lines of their own.
fn brought_to_disk(trace: &str) -> usize {
    let (mut begun, mut ended) = (BTreeSet::new(), 0);
    for line in trace.lines() {
        let thread = line.split(' ').next();
        let is_log = line.contains("xingjian.db-wal>");
        if is_log && line.contains("<unfinished") {
            begun.insert(thread);
        } else if is_log || (line.contains("resumed>") && begun.remove(&thread)) {
            ended += 1;
        }
    }
    ended
}

#[test]
fn a_call_is_counted_when_it_has_ended_and_once() {
    let whole = "7 fdatasync(12</d/xingjian.db-wal>) = 0\n7 fdatasync(13</d/log/tile>) = 0\n";
    assert_eq!(brought_to_disk(whole), 1);
    let cut = "7 fdatasync(12</d/xingjian.db-wal> <unfinished ...>\n8 fsync(13</d/log/tile> <unfinished ...>\n\
               8 <... fsync resumed>) = 0\n";
    assert_eq!(brought_to_disk(cut), 0);
    assert_eq!(brought_to_disk(&format!("{cut}7 <... fdatasync resumed>) = 0\n")), 1);
}

/// How often a file whose name ends so was brought to disk, by what strace wrote of a server while complaints came in one by one.
fn syncs_on_sqlite(data: &Path) -> usize {
    let trace = data.with_extension("trace");
    let mut command = Command::new("strace");
    // The tracer is the grandchild, so that the server is the process that is told to stop.
    command.args(["-D", "-f", "-qq", "-y", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-o"]).arg(&trace);
    command.arg(env!("CARGO_BIN_EXE_xingjian")).args(["serve", "--city", "zhuhai", "--listen", "127.0.0.1:0"]);
    command.arg("--policy").arg(policy_dir()).arg("--data").arg(data);
    let server = Server::spawned(command);
    let synced = || brought_to_disk(&std::fs::read_to_string(&trace).unwrap());
    // The first complaint waits for whatever the start brought along.
    receipt(&post(&server.address, "/complain", &complaint(0)).unwrap()).unwrap();
    let before = synced();
    for number in 1..=ALONE {
        let seen = synced();
        receipt(&post(&server.address, "/complain", &complaint(number)).unwrap()).unwrap();
        assert!(synced() > seen, "complaint {number} was acknowledged before it was on disk");
    }
    let all = synced() - before;
    assert!(server.stop());
    all
}

/// The same by what PostgreSQL counts of its own log; it tells with a delay.
async fn syncs_on_postgres(data: PathBuf, url: String) -> usize {
    let db = Db::postgres(&url).await.unwrap();
    let synced = async || {
        let version = db.reader().one("select current_setting('server_version_num') as v", vec![]).await.unwrap();
        // Where it is counted moved with version 18.
        let sql = if version.unwrap().try_get::<String>("", "v").unwrap().as_str() < "180000" {
            "select wal_sync as n from pg_stat_wal"
        } else {
            "select sum(fsyncs)::bigint as n from pg_stat_io where object = 'wal'"
        };
        let row = db.reader().one(sql, vec![]).await.unwrap().unwrap();
        usize::try_from(row.try_get::<i64>("", "n").unwrap()).unwrap()
    };
    let before = synced().await;
    tokio::task::spawn_blocking(move || {
        let server = Server::start(&data, Some(&url));
        for number in 1..=ALONE {
            receipt(&post(&server.address, "/complain", &complaint(number)).unwrap()).unwrap();
        }
        assert!(server.stop());
    })
    .await
    .unwrap();
    // Connections that have ended have told what they did.
    synced().await - before
}

both_databases! {
    async fn every_acknowledged_complaint_was_brought_to_disk(world: World) {
        let data = world.db.folder.join("served");
        let syncs = match world.app.db.kind() {
            "postgres" => syncs_on_postgres(data, world.db.address.clone()).await,
            _ => tokio::task::spawn_blocking(move || syncs_on_sqlite(&data)).await.unwrap(),
        };
        println!("{ALONE} complaints one by one: the database was brought to disk {syncs} times");
        assert!(syncs >= ALONE, "{syncs} for {ALONE} complaints");
    }

    async fn no_acknowledged_complaint_is_lost_by_a_kill(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        tokio::task::spawn_blocking(move || {
            let mut server = Server::start(&data, database.as_deref());
            let acknowledged = storm(&mut server, 437);
            drop(server);
            assert!(acknowledged.len() >= 437 && acknowledged.len() < POSTS, "{}", acknowledged.len());
            let server = Server::start(&data, database.as_deref());
            for (number, code) in &acknowledged {
                let answer = post(&server.address, "/follow", &format!("code={code}")).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&format!("X{number}<")), "{code} is lost");
            }
            // A form whose answer was lost is sent again and is still one complaint.
            let again = post(&server.address, "/complain", &complaint(acknowledged[0].0)).unwrap();
            assert_eq!(receipt(&again).as_ref(), Some(&acknowledged[0].1));
        })
        .await
        .unwrap();
    }
}

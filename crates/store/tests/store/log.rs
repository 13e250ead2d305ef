//! Acts become leaves, and what was signed over them binds.

use crate::probe::kinds::TASK;
use crate::probe::{Probe, keep};
use std::path::Path;
use std::task::Poll;
use xingjian_kernel::{DepartmentId, Role, Sensitivity, Timestamp};
use xingjian_store::{Event, Executor, Log, LogError, Record, ledger, records, tables};
use xingjian_testkit::{World, both_databases};
use xingjian_tlog::{
    Hash, Policy, ProofPlan, Resource, RightEdge, SignedCheckpoint, Signer, Tile, leaf_hash, verify_consistency,
};

const NAME: &str = "xingjian.example/log";

fn signer() -> Signer {
    Signer::ed25519(NAME, &[7; 32]).unwrap()
}

fn open(folder: &Path) -> Log {
    Log::open(folder, vec![signer(), Signer::sm2(NAME, &[8; 32]).unwrap()]).unwrap()
}

fn policy() -> Policy {
    Policy::parse(format!("log {}\nquorum none\n", signer().verifier()).as_bytes()).unwrap()
}

async fn acts(world: &World, count: usize) {
    let ctx = world.ctx("监督员甲", &[Role::Inspector]);
    for _ in 0..count {
        keep::<TASK>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
    }
    while ledger::sequence(&world.app).await.unwrap() > 0 {}
}

/// The checkpoint after a round of the log.
async fn round(world: &World, log: &Log) -> SignedCheckpoint {
    log.integrate(&world.app).await.unwrap();
    log.sign(&world.app).await.unwrap();
    SignedCheckpoint::parse(log.checkpoint(&world.app).await.unwrap().unwrap().as_bytes()).unwrap()
}

async fn entries(world: &World) -> Vec<(String, Vec<u8>)> {
    let rows = world.app.db.reader().all("select id, entry from ledger order by idx", vec![]).await.unwrap();
    rows.iter().map(|row| (row.try_get("", "id").unwrap(), row.try_get("", "entry").unwrap())).collect()
}

async fn change(world: &World, sql: &str) {
    let tx = world.app.db.begin().await.unwrap();
    tx.run(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

/// Polls a future so many times and then forgets it; whether it came to its end.
async fn abandoned<F: Future>(future: F, polls: usize) -> bool {
    let (mut future, mut left) = (Box::pin(future), polls);
    std::future::poll_fn(move |cx| {
        if left == 0 {
            return Poll::Ready(false);
        }
        left -= 1;
        future.as_mut().poll(cx).map(|_| true)
    })
    .await
}

both_databases! {
    async fn a_round_that_nobody_waits_for_leaves_nothing_half_done(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        for polls in 1.. {
            acts(&world, 3).await;
            if abandoned(log.catch_up(&world.app), polls).await {
                // How often it waits is the machine's affair.
                assert!(polls > 1, "it was never abandoned");
                break;
            }
            // The one that comes next finds all as it should be.
            log.catch_up(&world.app).await.unwrap();
            assert_eq!(log.state(&world.app).await.unwrap().open(), 0, "{polls}");
        }
        drop(log);
        open(folder.path()).audit(&world.app).await.unwrap();
    }

    async fn every_act_is_proven_and_every_checkpoint_contains_the_one_before(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        assert!(log.checkpoint(&world.app).await.unwrap().is_none(), "nothing is signed over nothing");
        let mut before: Option<SignedCheckpoint> = None;
        for (count, reopens) in [(3, false), (1, true), (260, false), (0, true), (300, true)] {
            acts(&world, count).await;
            if reopens {
                log = open(folder.path());
            }
            let signed = round(&world, &log).await;
            let (size, root) = (signed.checkpoint().size(), *signed.checkpoint().root());
            let all = entries(&world).await;
            let leaves: Vec<Hash> = all.iter().map(|(_, entry)| leaf_hash(entry)).collect();
            let mut naive = RightEdge::default();
            naive.append(&leaves).unwrap();
            assert_eq!((size, root), (all.len() as u64, naive.root()));
            if let Some(before) = before {
                let old = before.checkpoint();
                let proof = log.consistency(old.size(), size).await.unwrap();
                if old.size() < size {
                    verify_consistency(&proof, old.size(), old.root(), size, &root).unwrap();
                }
                assert!(old.size() < size || old.root() == &root);
            }
            for (id, entry) in all.iter().step_by(37) {
                let proof = log.shown(&world.app, id).await.unwrap();
                assert!(proof.extra.is_none(), "what an act says is not public");
                proof.verify_leaf(&leaf_hash(entry), &policy()).unwrap();
            }
            before = Some(signed);
        }
        assert_eq!(log.sign(&world.app).await.unwrap(), None, "the same tree is signed once");
        assert_eq!(log.audit(&world.app).await.unwrap(), 564);
    }

    async fn a_full_disk_under_the_log_is_told_and_caught_up_with(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        acts(&world, 3).await;
        let next = folder.path().join("edge.next");
        std::os::unix::fs::symlink("/dev/full", &next).unwrap();
        let refused = log.catch_up(&world.app).await;
        let Err(LogError::File { source, .. }) = refused else { panic!("{refused:?}") };
        assert_eq!(source.kind(), std::io::ErrorKind::StorageFull);
        assert!(log.fault().unwrap().contains("检查磁盘空间和权限，恢复后日志自动补上"));
        // Acts go on; with room again the log has them.
        acts(&world, 3).await;
        std::fs::remove_file(&next).unwrap();
        log.catch_up(&world.app).await.unwrap();
        assert_eq!((log.fault(), log.state(&world.app).await.unwrap().open()), (None, 0));
    }

    async fn files_that_were_damaged_are_named(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        acts(&world, 520).await;
        log.catch_up(&world.app).await.unwrap();
        assert_eq!(log.damaged(&world.app).await.unwrap(), [""; 0].map(Path::new));
        let (tile, bundle) = (folder.path().join("tile/0/001"), folder.path().join("tile/entries/000"));
        let mut bytes = std::fs::read(&tile).unwrap();
        bytes[100] ^= 1;
        std::fs::write(&tile, bytes).unwrap();
        std::fs::remove_file(&bundle).unwrap();
        let mut damaged = log.damaged(&world.app).await.unwrap();
        damaged.sort();
        assert_eq!(damaged, [tile, bundle]);
    }

    async fn what_is_shown_to_all_is_proven_with_its_content(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        let record = TASK(Probe::new(&ctx, "440402", "health", Sensitivity::Case));
        let by = ("演示机关", &DepartmentId::new("health"), Role::Publisher);
        let event = Event::new("task.opened", "监督员甲登记").shown(by, "公示", serde_json::json!({"text": "公示"}));
        let mut tx = ctx.begin().await.unwrap();
        records::insert(&mut tx, &ctx, &record, event).await.unwrap();
        tx.commit().await.unwrap();
        log.catch_up(&world.app).await.unwrap();
        let shown = ledger::shown_of(&world.app, tables::TASK, record.head().id).await.unwrap();
        let id = shown[0].id.to_string();
        let proof = log.shown(&world.app, &id).await.unwrap();
        proof.verify(&policy()).unwrap();
        assert!(log.proof(&world.app, &id).await.unwrap().extra.is_none(), "not before anybody asked whether it is shown");
        assert_eq!(proof.opening().unwrap().event, shown[0].event);
        // Erased, the leaf is proven still and tells nothing.
        change(&world, "update ledger set event = null, salt = null").await;
        let erased = log.shown(&world.app, &id).await.unwrap();
        assert!(erased.extra.is_none());
        erased.verify_leaf(&proof.opening().unwrap().leaf(), &policy()).unwrap();
    }

    async fn tiles_are_those_of_the_tree_at_any_width(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        for count in [100, 200, 230] {
            acts(&world, count).await;
            log.integrate(&world.app).await.unwrap();
        }
        let all = entries(&world).await;
        let leaves: Vec<Hash> = all.iter().map(|(_, entry)| leaf_hash(entry)).collect();
        let level_0 = |index: u64, width: u16| Tile::new(0, index, width).unwrap();
        for (index, width) in [(0, 1), (0, 255), (0, 256), (1, 256), (2, 1), (2, 18)] {
            let from = usize::try_from(index).unwrap() * 256;
            let hashes: Vec<u8> = leaves[from..from + usize::from(width)].iter().flat_map(|hash| hash.0).collect();
            let tile = level_0(index, width);
            assert_eq!(log.resource(Resource::Tile(tile)).await.unwrap(), Some(hashes), "{index} {width}");
            let bundle = log.resource(Resource::EntryBundle(tile)).await.unwrap().unwrap();
            let read = xingjian_tlog::decode_bundle(&bundle, width).unwrap();
            assert!(read.iter().eq(all[from..from + usize::from(width)].iter().map(|(_, entry)| entry)));
        }
        for tile in [level_0(2, 19), level_0(3, 1), Tile::new(1, 0, 3).unwrap(), Tile::new(2, 0, 1).unwrap()] {
            assert_eq!(log.resource(Resource::Tile(tile)).await.unwrap(), None);
            assert_eq!(log.resource(Resource::EntryBundle(tile)).await.unwrap().is_none(), tile.level() == 0 || tile.width() > 256);
        }
    }

    async fn after_a_crash_at_any_step_the_files_are_made_from_the_rows_again(world: World) {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        acts(&world, 200).await;
        let log = open(folder.path());
        round(&world, &log).await;
        let edge = std::fs::read(folder.path().join("edge.json")).unwrap();
        acts(&world, 100).await;
        let signed = round(&world, &log).await;
        let root = *signed.checkpoint().root();
        // The tile of 256 was written, the edge was not.
        std::fs::write(folder.path().join("edge.json"), edge).unwrap();
        std::fs::write(folder.path().join("tile/0/001.next"), "half of a til").unwrap();
        assert_eq!(open(folder.path()).integrate(&world.app).await.unwrap(), 100);
        assert_eq!(*round(&world, &open(folder.path())).await.checkpoint().root(), root);
        // Nothing is left.
        std::fs::remove_dir_all(folder.path()).unwrap();
        let log = open(folder.path());
        assert_eq!(log.integrate(&world.app).await.unwrap(), 300);
        assert_eq!(*round(&world, &log).await.checkpoint().root(), root);
        // A file that was cut off is named.
        let text = std::fs::read_to_string(folder.path().join("edge.json")).unwrap();
        std::fs::write(other.path().join("edge.json"), &text[..text.len() / 2]).unwrap();
        assert!(matches!(Log::open(other.path(), vec![signer()]), Err(LogError::Damaged { .. })));
        std::fs::write(other.path().join("edge.json"), text.replace("\"size\":300", "\"size\":299")).unwrap();
        assert!(matches!(Log::open(other.path(), vec![signer()]), Err(LogError::Damaged { .. })));
    }

    async fn an_entry_that_was_changed_stops_the_signing(world: World) {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        acts(&world, 5).await;
        let log = open(folder.path());
        round(&world, &log).await;
        assert_eq!(log.audit(&world.app).await.unwrap(), 5);
        change(&world, "update ledger set entry = (select entry from ledger where idx = 1) where idx = 2").await;
        assert!(matches!(log.audit(&world.app).await, Err(LogError::Contradicts { size: 5 })));
        acts(&world, 1).await;
        // The tiles here are still those of before; a tree made anew from the rows is another one.
        let anew = open(other.path());
        anew.integrate(&world.app).await.unwrap();
        assert!(matches!(anew.sign(&world.app).await, Err(LogError::Contradicts { size: 5 })));
        let rows = world.app.db.reader().all("select size from log_checkpoint", vec![]).await.unwrap();
        assert_eq!(rows.len(), 1);
    }

    async fn an_older_database_is_not_signed_over_a_checkpoint_that_was_given_out(world: World) {
        let folder = tempfile::tempdir().unwrap();
        acts(&world, 5).await;
        round(&world, &open(folder.path())).await;
        // As after a restore: the rows and the checkpoint are gone, the file that anybody may have fetched is not.
        std::fs::remove_file(folder.path().join("edge.json")).unwrap();
        for sql in ["delete from log_checkpoint", "delete from ledger_subject", "delete from ledger where idx > 2", "update log_state set size = 3"] {
            change(&world, sql).await;
        }
        let log = open(folder.path());
        log.integrate(&world.app).await.unwrap();
        assert!(matches!(log.sign(&world.app).await, Err(LogError::Behind { rows: 3, size: 5 })));
        acts(&world, 4).await;
        log.integrate(&world.app).await.unwrap();
        assert!(matches!(log.sign(&world.app).await, Err(LogError::Contradicts { size: 5 })));
    }

    async fn two_nodes_sign_one_history(world: World) {
        let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let logs = [open(here.path()), open(there.path())];
        let mut sizes = Vec::new();
        for _ in 0..8 {
            acts(&world, 3).await;
            let step = async |log: &Log| {
                log.integrate(&world.app).await.unwrap();
                log.sign(&world.app).await.unwrap()
            };
            let (one, two) = tokio::join!(step(&logs[0]), step(&logs[1]));
            assert!(one.is_some() != two.is_some(), "one of them signs");
            sizes.extend(one.or(two));
        }
        assert_eq!(sizes, (1..=8).map(|round| round * 3).collect::<Vec<u64>>());
        let proofs = [logs[0].consistency(5, 24).await.unwrap(), logs[1].consistency(5, 24).await.unwrap()];
        assert_eq!(proofs[0], proofs[1]);
        assert_eq!(proofs[0].len(), ProofPlan::consistency(5, 24).unwrap().read(&Counts).unwrap().len());
    }

    async fn a_log_that_does_not_keep_up_says_so(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let log = open(folder.path());
        let state = log.state(&world.app).await.unwrap();
        assert!(!state.is_behind(world.app.clock.now()) && state.open() == 0);
        let ctx = world.ctx("监督员甲", &[Role::Inspector]);
        keep::<TASK>(&ctx, Probe::new(&ctx, "440402", "health", Sensitivity::Case)).await.unwrap();
        let state = log.state(&world.app).await.unwrap();
        assert!(state.waiting == 1 && state.open() == 1 && !state.is_behind(world.app.clock.now()));
        let later = world.app.clock.now().micros() + 61_000_000;
        assert!(state.is_behind(Timestamp::from_micros(later)));
        ledger::sequence(&world.app).await.unwrap();
        round(&world, &log).await;
        let state = log.state(&world.app).await.unwrap();
        assert!(!state.is_behind(world.app.clock.now()) && state.open() == 0 && state.integrated == 1);
    }
}

/// Reads nothing: only the number of hashes counts.
struct Counts;

impl xingjian_tlog::HashReader for Counts {
    type Error = std::convert::Infallible;

    fn read(&self, _: xingjian_tlog::Node) -> Result<Hash, Self::Error> {
        Ok(Hash([0; 32]))
    }
}

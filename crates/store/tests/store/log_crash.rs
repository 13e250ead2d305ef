//! A process that keeps acts and their log is killed again and again; what it acknowledged has one leaf, and no checkpoint it gave out contradicts
//! another.

use crate::probe::kinds::TASK;
use crate::probe::{Probe, keep};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use xingjian_kernel::{Clock, Role, Sensitivity};
use xingjian_policy::Policy;
use xingjian_store::{App, Ctx, Db, Executor, Keys, Log, Record};
use xingjian_testkit::{TestClock, TestRng, World, both_databases, policy_dir};
use xingjian_tlog::{Hash, SignedCheckpoint, Signer, verify_consistency};

const KILLS: u64 = 200;
const ADDRESS: &str = "XINGJIAN_TEST_ADDRESS";
const FOLDER: &str = "XINGJIAN_TEST_FOLDER";
const SEED: &str = "XINGJIAN_TEST_SEED";

fn open(folder: &Path) -> Log {
    Log::open(folder, vec![Signer::ed25519("xingjian.example/log", &[7; 32]).unwrap()]).unwrap()
}

/// Not a test by itself: the process that is killed. It acknowledges each act by a line.
#[test]
fn the_process_that_is_killed() {
    let Ok(address) = std::env::var(ADDRESS) else { return };
    let (folder, seed) = (PathBuf::from(std::env::var(FOLDER).unwrap()), std::env::var(SEED).unwrap().parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let db = if address.starts_with("postgres") {
            Db::postgres(&address).await.unwrap()
        } else {
            Db::sqlite(Path::new(&address)).await.unwrap()
        };
        let policy = Policy::load(&policy_dir(), "zhuhai").unwrap();
        let rng = Arc::new(TestRng::new(seed));
        let keys = Keys::from_hex(&Keys::generate(&*rng)).unwrap();
        let clock: Arc<dyn Clock> = Arc::new(TestClock::at("2026-11-23".parse().unwrap()));
        let app = App::new(db.clone(), Arc::new(policy), clock, rng, Arc::new(keys));
        let log = open(&folder);
        let kept = tokio::spawn({
            let app = app.clone();
            async move {
                loop {
                    log.catch_up(&app).await.unwrap();
                }
            }
        });
        let world = World {
            app: app.clone(),
            clock: Arc::new(TestClock::at("2026-11-23".parse().unwrap())),
            db: xingjian_testkit::TestDb { db, address: String::new(), folder: folder.join("none") },
        };
        let ctx: Ctx = world.ctx("监督员甲", &[Role::Inspector]);
        while !kept.is_finished() {
            let probe = Probe::new(&ctx, "440402", "health", Sensitivity::Case);
            let done = keep::<TASK>(&ctx, probe).await.unwrap();
            println!("\nkept {}", done.head().id);
        }
        kept.await.unwrap();
    });
}

/// One life of the process: it is killed after so many acknowledged acts. What it acknowledged until it was gone.
fn life(address: &str, folder: &Path, seed: u64) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "log_crash::the_process_that_is_killed", "--nocapture"])
        .envs([(ADDRESS, address), (FOLDER, folder.to_str().unwrap()), (SEED, &seed.to_string())])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = Vec::new();
    // From one to thirteen, in no order.
    let enough = usize::try_from(seed * 7 % 13).unwrap() + 1;
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let Ok(line) = line else { break };
        acknowledged.extend(line.strip_prefix("kept ").map(str::to_owned));
        if acknowledged.len() == enough {
            // Lines that are on their way when it dies are acknowledged too.
            child.kill().unwrap();
        }
    }
    assert!(!child.wait().unwrap().success() && acknowledged.len() >= enough, "it ended by itself");
    acknowledged
}

both_databases! {
    async fn killed_at_any_point_it_loses_no_leaf_and_contradicts_no_checkpoint(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let mut acknowledged = Vec::new();
        let mut given_out: BTreeMap<u64, Hash> = BTreeMap::new();
        let mut give = |note: &[u8]| {
            let signed = SignedCheckpoint::parse(note).unwrap();
            let (size, root) = (signed.checkpoint().size(), *signed.checkpoint().root());
            assert_eq!(*given_out.entry(size).or_insert(root), root, "two roots of one size");
        };
        for seed in 1..=KILLS {
            let (address, place) = (world.db.address.clone(), folder.path().to_owned());
            acknowledged.extend(tokio::task::spawn_blocking(move || life(&address, &place, seed)).await.unwrap());
            if let Ok(note) = std::fs::read(folder.path().join("checkpoint")) {
                give(&note);
            }
        }
        let log = open(folder.path());
        log.catch_up(&world.app).await.unwrap();
        let reader = world.app.db.reader();
        for row in reader.all("select note from log_checkpoint", vec![]).await.unwrap() {
            give(&row.try_get::<Vec<u8>>("", "note").unwrap());
        }
        let rows = reader.all("select resource_id, idx from ledger order by idx", vec![]).await.unwrap();
        let leaves: Vec<(String, i64)> =
            rows.iter().map(|row| (row.try_get("", "resource_id").unwrap(), row.try_get("", "idx").unwrap())).collect();
        assert!(leaves.iter().map(|leaf| leaf.1).eq(0..i64::try_from(leaves.len()).unwrap()), "each index once");
        let known: std::collections::BTreeSet<&str> = leaves.iter().map(|leaf| leaf.0.as_str()).collect();
        assert!(acknowledged.iter().all(|id| known.contains(id.as_str())), "an acknowledged act has no leaf");
        assert_eq!(log.audit(&world.app).await.unwrap(), leaves.len() as u64);
        assert!(given_out.len() > usize::try_from(KILLS).unwrap() / 4, "{} checkpoints", given_out.len());
        let last = *given_out.keys().last().unwrap();
        for (size, root) in given_out.iter().filter(|(size, _)| **size < last) {
            let proof = log.consistency(*size, last).await.unwrap();
            verify_consistency(&proof, *size, root, last, &given_out[&last]).unwrap();
        }
    }
}

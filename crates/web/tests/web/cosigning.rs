//! The server asks its witnesses by itself, and says of each how it stands.

use crate::people::{get, send, signed_in};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use xingjian_kernel::Role;
use xingjian_store::{App, Executor, Log};
use xingjian_testkit::{World, both_databases};
use xingjian_tlog::{AddCheckpoint, Checkpoint, Cosigner, Hash, Policy, Proof, SignedCheckpoint, Signer, leaf_hash};
use xingjian_web::cosigning::Cosigning;
use xingjian_web::witness::{Witness, router};

const NAME: &str = "xingjian.example/log";

fn signer() -> Signer {
    Signer::ed25519(NAME, &[7; 32]).unwrap()
}

fn cosigner(number: u8) -> Cosigner {
    Cosigner::new(&format!("witness.example/w{number}"), &[10 + number; 32]).unwrap()
}

async fn listener(address: &str) -> (tokio::net::TcpListener, SocketAddr) {
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A witness of the log at a listener, until the test ends.
fn start(world: &World, folder: &Path, number: u8, listener: tokio::net::TcpListener) -> Arc<Witness> {
    std::fs::create_dir_all(folder).unwrap();
    let keys = vec![signer().verifier().clone()];
    let witness = Arc::new(Witness::open(folder, cosigner(number), keys, world.app.clock.clone()).unwrap());
    let service = axum::serve(listener, router(witness.clone()));
    tokio::spawn(service.into_future());
    witness
}

fn line(number: u8, address: SocketAddr) -> String {
    format!("witness w{number} {} http://{address}/\n", cosigner(number).verifier())
}

fn log(folder: &Path, list: &str) -> Log {
    Log::open(folder, vec![signer()]).unwrap().witnessed_by(list.as_bytes()).unwrap()
}

async fn read(world: &World, path: &str) -> String {
    send(world, get(path, None)).await.body
}

fn size(note: &str) -> u64 {
    SignedCheckpoint::parse(note.as_bytes()).unwrap().checkpoint().size()
}

both_databases! {
    async fn witnesses_are_asked_and_one_that_is_down_is_a_stated_state(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let ((one, first), (two, second)) = (listener("127.0.0.1:0").await, listener("127.0.0.1:0").await);
        let list = format!("{}{}group g all w1 w2\nquorum g\n", line(1, first), line(2, second));
        assert!(world.app.log.set(log(&at("log"), &list)).is_ok());
        let log = world.app.log.get().unwrap();
        let mut asking = Cosigning::default();
        assert_eq!(asking.round(&world.app).await.unwrap(), 0, "nothing is signed yet");
        start(&world, &at("w1"), 1, one);
        drop(two);

        signed_in(&world, "jia", Role::Intake).await;
        log.catch_up(&world.app).await.unwrap();
        assert_eq!(asking.round(&world.app).await.unwrap(), 1);
        let policy = Policy::parse(read(&world, "/log/policy").await.as_bytes()).unwrap();
        assert!(policy.witnesses().all(|(.., url)| url.is_none()), "where witnesses are is not told");
        let served = async || SignedCheckpoint::parse(read(&world, "/log/checkpoint").await.as_bytes()).unwrap();
        assert!(policy.check(&served().await).unwrap_err().to_string().contains("至少还差1个，尚无w2的见证"));
        let page = read(&world, "/log").await;
        assert!(page.contains("没有见证") && page.contains("连接失败") && !page.contains("http://127") && page.contains("暂为最近的检查点"), "{page}");
        assert_eq!(asking.round(&world.app).await.unwrap(), 0, "it is not asked again at once");

        let (two, _) = listener(&second.to_string()).await;
        let w2 = start(&world, &at("w2"), 2, two);
        world.clock.set("2026-11-24".parse().unwrap());
        assert_eq!(asking.round(&world.app).await.unwrap(), 1, "only who has not cosigned is asked");
        let first_size = served().await.checkpoint().size();
        assert_eq!(policy.check(&served().await).unwrap().witnesses.len(), 2);
        let page = read(&world, "/log").await;
        assert!(!page.contains("没有见证") && page.contains("见证足够的检查点"), "{page}");
        assert_eq!(asking.round(&world.app).await.unwrap(), 0, "nothing is new");

        // A witness that forgot what it saw is damaged, and says so; the checkpoint that both saw stays the one that is served.
        std::fs::write(at("w2").join("xingjian.example%2Flog.checkpoint"), "").unwrap();
        signed_in(&world, "yi", Role::Intake).await;
        log.catch_up(&world.app).await.unwrap();
        assert_eq!(asking.round(&world.app).await.unwrap(), 1);
        assert_eq!(size(&read(&world, "/log/checkpoint").await), first_size);
        assert!(size(&read(&world, "/log/checkpoint/newest").await) > first_size);
        let page = read(&world, "/log").await;
        assert!(page.contains("见证人答复500") && !page.contains("id=\"alarm\""), "{page}");
        let rows = world.app.db.reader().all("select id, entry from ledger order by idx", vec![]).await.unwrap();
        for (row, enough) in [(rows.first().unwrap(), true), (rows.last().unwrap(), false)] {
            let (id, entry): (String, Vec<u8>) = (row.try_get("", "id").unwrap(), row.try_get("", "entry").unwrap());
            let proof = Proof::parse(read(&world, &format!("/log/proof/{id}")).await.as_bytes()).unwrap();
            assert_eq!(proof.verify_leaf(&leaf_hash(&entry), &policy).is_ok(), enough);
        }
        drop(w2);
    }

    async fn a_witness_that_saw_another_history_is_an_alarm(world: World) {
        let folder = tempfile::tempdir().unwrap();
        signed_in(&world, "jia", Role::Intake).await;
        Log::open(&folder.path().join("log"), vec![signer()]).unwrap().catch_up(&world.app).await.unwrap();
        let rows = world.app.db.reader().all("select id from ledger", vec![]).await.unwrap().len() as u64;
        let mut list = String::new();
        // A fork that is longer than the log, as long, and shorter.
        for (number, size) in [(1, rows + 50), (2, rows), (3, 1)] {
            let (listener, address) = listener("127.0.0.1:0").await;
            let witness = start(&world, &folder.path().join(number.to_string()), number, listener);
            let fork = Checkpoint::new(NAME, size, Hash([9; 32])).unwrap();
            let request =
                AddCheckpoint { old_size: 0, proof: vec![], checkpoint: SignedCheckpoint::sign(fork, &signer()) };
            witness.cosign(request.to_string().as_bytes()).unwrap();
            list += &line(number, address);
        }
        let list = list + "group g 2 w1 w2 w3\nquorum g\n";
        assert!(world.app.log.set(log(&folder.path().join("log"), &list)).is_ok());
        assert_eq!(Cosigning::default().round(&world.app).await.unwrap(), 0);
        let states = world.app.log.get().unwrap().witnesses(&world.app).await.unwrap();
        assert!(states.iter().all(|state| state.trouble.as_ref().is_some_and(|trouble| trouble.alarm)), "{states:?}");
        let page = read(&world, "/log").await;
        assert_eq!(page.matches("见证人报告日志前后不一致").count(), 3);
        for why in [format!("已见证{}条，而本系统签发过的检查点最多{rows}条", rows + 50), format!("同为{rows}条而根哈希不同"), "不是同一历史".into()] {
            assert!(page.contains(&why), "{why}: {page}");
        }
        assert!(read(&world, "/log/checkpoint").await.ends_with('\n'), "the log goes on");
    }

    async fn two_nodes_ask_and_the_result_is_one(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let (here, address) = listener("127.0.0.1:0").await;
        let witness = start(&world, &folder.path().join("w1"), 1, here);
        let list = format!("{}quorum w1\n", line(1, address));
        let app = &world.app;
        let other = App::new(app.db.clone(), app.policy.clone(), app.clock.clone(), app.rng.clone(), app.keys.clone());
        for (node, name) in [(app, "here"), (&other, "there")] {
            assert!(node.log.set(log(&folder.path().join(name), &list)).is_ok());
        }
        let (mut one, mut two) = (Cosigning::default(), Cosigning::default());
        for number in 0..6 {
            signed_in(&world, &format!("u{number}"), Role::Intake).await;
            for node in [app, &other] {
                node.log.get().unwrap().catch_up(node).await.unwrap();
            }
            let (first, second) = tokio::join!(one.round(app), two.round(&other));
            assert_eq!(first.unwrap() + second.unwrap(), 1, "one of them asks");
            let served: Vec<_> = [app, &other].map(|node| node.log.get().unwrap().checkpoint(node)).into();
            let mut notes = vec![];
            for note in served {
                notes.push(note.await.unwrap().unwrap());
            }
            assert_eq!(notes[0], notes[1]);
            assert_eq!(size(&notes[0]), witness.logs().unwrap()[0].1.as_ref().unwrap().checkpoint().size());
        }
        // A node that ended while it asked is not waited for forever.
        let until = xingjian_kernel::Timestamp::from_micros(app.clock.now().micros() + 50_000_000);
        assert!(app.log.get().unwrap().claim_asking(app, until).await.unwrap());
        signed_in(&world, "last", Role::Intake).await;
        app.log.get().unwrap().catch_up(app).await.unwrap();
        assert_eq!(one.round(app).await.unwrap(), 0);
        world.clock.set("2026-11-24".parse().unwrap());
        assert_eq!(one.round(app).await.unwrap(), 1);
    }
}

#[test]
fn a_list_with_faults_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |list: String| {
        let log = Log::open(folder.path(), vec![signer()]).unwrap();
        log.witnessed_by(list.as_bytes()).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let key = cosigner(1).verifier().to_string();
    assert_eq!(refused(format!("witness w1 {key} http://127.0.0.1:1/\nquorum w1\n")), "");
    assert!(refused(format!("witness w1 {key}\nquorum w1\n")).contains("“w1”没有网址"));
    assert!(refused(format!("log {}\nquorum none\n", signer().verifier())).contains("不写 log 一行"));
    assert!(refused(format!("witness w1 {key} http://127.0.0.1:1/\n")).contains("没有 quorum 一行"));
}

//! The log as anybody reads it: what the addresses give is enough to prove an act, with nothing else from the instance.

use crate::people::{get, send, signed_in};
use axum::http::StatusCode;
use xingjian_kernel::Role;
use xingjian_store::{Executor, Log};
use xingjian_testkit::both_databases;
use xingjian_tlog::{Policy, Proof, Signer, leaf_hash};

both_databases! {
    async fn anybody_can_fetch_checkpoint_policy_and_proof_and_check_them(world: World) {
        let absent = send(&world, get("/log/checkpoint", None)).await;
        assert_eq!((absent.status, absent.body.as_str()), (StatusCode::NOT_FOUND, "本系统没有启用存证日志"));
        let folder = tempfile::tempdir().unwrap();
        let signer = Signer::ed25519("xingjian.example/log", &[7; 32]).unwrap();
        assert!(world.app.log.set(Log::open(folder.path(), vec![signer]).unwrap()).is_ok());
        signed_in(&world, "jia", Role::Intake).await;
        let page = send(&world, get("/log", None)).await;
        assert!(page.body.contains("还没有签发"), "{}", page.body);
        let row = world.app.db.reader().one("select id, entry from ledger order by at limit 1", vec![]).await.unwrap().unwrap();
        let (id, entry): (String, Vec<u8>) = (row.try_get("", "id").unwrap(), row.try_get("", "entry").unwrap());
        let address = format!("/log/proof/{id}");
        let early = send(&world, get(&address, None)).await;
        assert!(early.status == StatusCode::NOT_FOUND && early.body.contains("一分钟后再试"), "{}", early.body);

        world.app.log.get().unwrap().catch_up(&world.app).await.unwrap();
        let checkpoint = send(&world, get("/log/checkpoint", None)).await;
        let size = checkpoint.body.lines().nth(1).unwrap().to_owned();
        let policy = Policy::parse(send(&world, get("/log/policy", None)).await.body.as_bytes()).unwrap();
        let proof = Proof::parse(send(&world, get(&address, None)).await.body.as_bytes()).unwrap();
        assert!(proof.extra.is_none(), "what an act says is not told to anybody");
        assert_eq!(proof.checkpoint.to_string(), checkpoint.body);
        proof.verify_leaf(&leaf_hash(&entry), &policy).unwrap();
        let tile = send(&world, get(&format!("/log/tile/0/000.p/{size}"), None)).await;
        assert_eq!(tile.status, StatusCode::OK);
        assert!(tile.headers["cache-control"].to_str().unwrap().contains("immutable"));
        for (path, status) in [("0/000", 404), ("0/001.p/1", 404), ("0/0", 404), ("../edge.json", 404), ("entries/000.p/1", 200)] {
            let answer = send(&world, get(&format!("/log/tile/{path}"), None)).await;
            assert_eq!(answer.status.as_u16(), status, "{path}");
        }
        assert_eq!(send(&world, get("/log/proof/none", None)).await.status, StatusCode::NOT_FOUND);
        let page = send(&world, get("/log", None)).await;
        assert!(page.body.contains(&format!("{size} 条")) && page.body.contains("Ed25519"), "{}", page.body);
    }

    async fn a_log_that_stopped_signing_says_so_on_its_page(world: World) {
        let folder = tempfile::tempdir().unwrap();
        let signer = || Signer::ed25519("xingjian.example/log", &[7; 32]).unwrap();
        signed_in(&world, "jia", Role::Intake).await;
        let before = Log::open(folder.path(), vec![signer()]).unwrap();
        before.catch_up(&world.app).await.unwrap();
        let tx = world.app.db.begin().await.unwrap();
        tx.run("update ledger set entry = $1 where idx = 0", vec![vec![1u8; 33].into()]).await.unwrap();
        tx.commit().await.unwrap();
        std::fs::remove_file(folder.path().join("edge.json")).unwrap();
        let log = Log::open(folder.path(), vec![signer()]).unwrap();
        assert!(log.catch_up(&world.app).await.is_err());
        assert!(world.app.log.set(log).is_ok());
        let page = send(&world, get("/log", None)).await;
        assert!(page.body.contains("已停止签发") && page.body.contains("台账可能被改动"), "{}", page.body);
    }
}

//! An entry that was changed in the database behind the program's back is found.

use std::path::Path;
use std::process::Command;
use xingjian_store::{Db, Executor};

fn xingjian(arguments: &[&str], data: &Path) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
    command.args(arguments).arg("--policy").arg(xingjian_testkit::policy_dir()).arg("--data").arg(data);
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn a_changed_entry_is_found_by_the_audit() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (code, said) = xingjian(&["log", "audit"], &data);
    assert!(code == Some(1) && said.contains("没有实例"), "{said}");
    assert_eq!(xingjian(&["demo", "--no-serve", "--date", "2026-11-21"], &data).0, Some(0));
    let (code, said) = xingjian(&["log", "audit"], &data);
    assert!(code == Some(0) && said.contains("条与最近的检查点一致"), "{said}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let db = Db::sqlite(&data.join("xingjian.db")).await.unwrap();
        let tx = db.begin().await.unwrap();
        tx.run("update ledger set entry = (select entry from ledger where idx = 7) where idx = 8", vec![])
            .await
            .unwrap();
        tx.commit().await.unwrap();
    });
    let (code, said) = xingjian(&["log", "audit"], &data);
    assert!(code == Some(2) && said.contains("台账可能被改动"), "{said}");
    // The key belongs to the log: without it the instance says what is missing and does not begin another log.
    std::fs::remove_file(data.join("log.key")).unwrap();
    let (code, said) = xingjian(&["log", "audit"], &data);
    assert!(code == Some(1) && said.contains("存证日志密钥不见了"), "{said}");
}

//! What the doctor finds good in an instance that is whole, and what it finds in one that is not.

use crate::served::{Server, administrators, complaint, post, receipt, xingjian};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use xingjian_store::{Db, Executor};
use xingjian_testkit::{both_databases, policy_dir};

/// The findings that are not good, as `what: found`; and whether the answer of the process says the same.
fn bad(data: &Path, database: Option<&str>, policy: &Path) -> Vec<String> {
    let mut command = xingjian(&["doctor", "--json", "--data"], database);
    let output = command.arg(data).arg("--policy").arg(policy).output().unwrap();
    let findings: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let bad: Vec<_> = findings.iter().filter(|finding| finding["good"] == false).collect();
    assert!(bad.iter().all(|finding| finding["mend"].as_str().is_some_and(|mend| mend.len() > 20)), "{bad:?}");
    assert_eq!(output.status.code(), Some(if bad.is_empty() { 0 } else { 2 }));
    let text = |finding: &serde_json::Value, name: &str| finding[name].as_str().unwrap().to_owned();
    bad.iter().map(|finding| format!("{}: {}", text(finding, "what"), text(finding, "found"))).collect()
}

fn named() -> String {
    complaint(7).replace("who=anonymous", "who=named&name=%E9%99%88%E6%9F%90&contact=13800138000")
}

fn serve(data: &Path, database: Option<&str>) {
    let server = Server::start(data, database);
    for form in [complaint(1), complaint(2), named()] {
        receipt(&post(&server.address, "/complain", &form).unwrap()).unwrap();
    }
    assert!(server.stop());
    administrators(data, database, &["administrator"]);
}

#[track_caller]
fn only(found: &[String], what: &str, told: &str) {
    assert!(found.len() == 1 && found[0].starts_with(what) && found[0].contains(told), "{what} {told}: {found:#?}");
}

async fn change(db: &Db, sql: &str) {
    let tx = db.begin().await.unwrap();
    tx.run(sql, vec![]).await.unwrap();
    tx.commit().await.unwrap();
}

both_databases! {
    async fn what_was_changed_in_the_database_is_found(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        let (at, from) = (data.clone(), database.clone());
        tokio::task::spawn_blocking(move || serve(&at, from.as_deref())).await.unwrap();
        let db = match &database {
            Some(url) => Db::postgres(url).await.unwrap(),
            None => Db::sqlite(&data.join("xingjian.db")).await.unwrap(),
        };
        let look = || bad(&data, database.as_deref(), &policy_dir());
        only(&look(), "三员账号", "没有可用的安全管理员、审计管理员账号");
        administrators(&data, database.as_deref(), &["security_administrator", "audit_administrator"]);
        assert_eq!(look(), [""; 0], "an instance that is whole");

        change(&db, "insert into blob (hash, bytes) select 'ab', entry from ledger limit 1").await;
        only(&look(), "原件", "1处不一致：ab");
        change(&db, "delete from blob where hash = 'ab'").await;

        change(&db, "update ledger set at = at + 86400000000 where idx = 0").await;
        only(&look(), "系统时钟", "早于最近一条记录");
        change(&db, "update ledger set at = at - 86400000000 where idx = 0").await;

        change(&db, "insert into migration (name) values ('9999_later')").await;
        only(&look(), "数据库结构", "9999_later");
        change(&db, "delete from migration where name = '9999_later'").await;

        change(&db, "drop table day_done").await;
        change(&db, "delete from migration where name = '0016_day_done'").await;
        only(&look(), "数据库结构", "还没有升级：0016_day_done");
        change(&db, "create table day_done (id bigint primary key, day text not null)").await;
        change(&db, "insert into migration (name) values ('0016_day_done')").await;

        change(&db, "update ledger set event = salt where idx = 1").await;
        only(&look(), "台账条目", "1处不一致");
        change(&db, "update ledger set entry = salt, event = null, salt = null where idx = 1").await;
        let found = look();
        assert!(found.iter().any(|line| line.starts_with("存证日志与台账")), "{found:#?}");
    }
}

#[test]
fn keys_packs_and_files_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    serve(&data, None);
    administrators(&data, None, &["security_administrator", "audit_administrator"]);
    let look = || bad(&data, None, &policy_dir());
    let (field, log) = (data.join("field.key"), data.join("log.key"));
    let mode = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
    mode(&field, 0o640);
    only(&look(), "字段密钥", "权限 640");
    mode(&field, 0o600);

    let own = std::fs::read(&field).unwrap();
    std::fs::write(&field, "0".repeat(128)).unwrap();
    only(&look(), "密封字段", "1个打不开，如 complaint");
    std::fs::write(&field, &own).unwrap();

    let kept = std::fs::read(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    let found = look();
    assert!(found.iter().any(|line| line == "存证日志密钥: 不见了"), "{found:#?}");
    assert!(!log.exists(), "the doctor makes nothing");
    std::fs::write(&log, kept).unwrap();
    mode(&log, 0o600);

    only(&bad(&data, None, &PathBuf::from("/nowhere")), "政策包", "national：无法读取");

    // The pages of the database file that hold a row, or held it, overwritten as a failing disk would.
    let path = data.join("xingjian.db");
    let mut bytes = std::fs::read(&path).unwrap();
    let row = b"complaint number 2";
    let pages = bytes.chunks_mut(4096).filter(|page| page.windows(row.len()).any(|window| window == row));
    assert!(pages.map(|page| page.fill(0xa5)).count() > 0);
    std::fs::write(&path, bytes).unwrap();
    let found = look();
    assert!(found.iter().any(|line| line.starts_with("数据库完整性")), "{found:#?}");
    std::fs::remove_file(&path).unwrap();
    only(&look(), "数据库", "没有数据库");
    assert!(!path.exists());
}

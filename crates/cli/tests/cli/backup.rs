//! A backup of an instance that serves, and the way back: into either kind of database, as another user, and not with a wrong key.

use crate::served::{Server, complaint, post, receipt, xingjian};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use xingjian_store::{Db, Executor};
use xingjian_testkit::{Backend, TestDb, both_databases, policy_dir};

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn backup(data: &Path, database: Option<&str>, out: &Path, more: &[&str]) -> Output {
    let mut command = xingjian(&["backup", "--data"], database);
    command.arg(data).arg("--out").arg(out).args(more).output().unwrap()
}

fn restore(file: &Path, data: &Path, database: Option<&str>, more: &[&str]) -> Command {
    let mut command = xingjian(&["restore"], database);
    command.arg(file).arg("--data").arg(data).arg("--policy").arg(policy_dir()).args(more);
    command
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Serves while complaints come in and backups are made; the receipts of those that had come before the last one.
fn served(data: &Path, database: Option<&str>, folder: &Path) -> Vec<(usize, String)> {
    let server = Server::start(data, database);
    let code =
        |number: usize| (number, receipt(&post(&server.address, "/complain", &complaint(number)).unwrap()).unwrap());
    let mut codes: Vec<_> = (0..20).map(code).collect();
    // A backup without a checkpoint is another case: here the log has begun.
    while !data.join("log/checkpoint").exists() {
        std::thread::yield_now();
    }
    for (round, name) in ["first", "second"].into_iter().enumerate() {
        // Others go on writing while it is made.
        std::thread::scope(|scope| {
            let more = scope.spawn(move || (0..30).map(|n| code(100 * (round + 1) + n)).collect::<Vec<_>>());
            let made = backup(data, database, &folder.join(name), &[]);
            assert!(made.status.success(), "{}", text(&made));
            if round == 0 {
                codes.extend(more.join().unwrap());
            }
        });
    }
    codes
}

fn is_served(data: &Path, database: Option<&str>, codes: &[(usize, String)]) {
    let server = Server::start(data, database);
    for (number, code) in codes {
        let answer = post(&server.address, "/follow", &format!("code={code}")).unwrap();
        assert!(answer.contains(&format!("X{number}<")), "{number} is lost");
    }
}

/// A copy of the program and of the packs where everybody may read, as a package would put them.
fn installed(folder: &Path) -> (PathBuf, PathBuf) {
    let program = folder.join("xingjian");
    std::fs::copy(env!("CARGO_BIN_EXE_xingjian"), &program).unwrap();
    let packs = folder.join("policy");
    assert!(Command::new("cp").arg("-r").arg(policy_dir()).arg(&packs).status().unwrap().success());
    assert!(Command::new("chmod").args(["-R", "a+rX"]).arg(folder).status().unwrap().success());
    (program, packs)
}

/// Whoever runs the test, or where that is root somebody else.
fn other_user() -> Option<u32> {
    (std::fs::metadata("/proc/self").unwrap().uid() == 0).then_some(65_534)
}

both_databases! {
    async fn what_was_served_is_served_again_from_its_backup(world: World) {
        let postgres = world.app.db.kind() == "postgres";
        let database = postgres.then(|| world.db.address.clone());
        let name = world.db.folder.file_name().unwrap().to_string_lossy().replace("xingjian-", "");
        // Back into the other kind where there is one, and into the same kind.
        let other = TestDb::new(if postgres { Backend::Sqlite } else { Backend::Postgres }, &format!("{name}r")).await;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let (from, at) = (database.clone(), folder.path().to_owned());
        let codes = tokio::task::spawn_blocking(move || served(&data, from.as_deref(), &at)).await.unwrap();
        let key = folder.path().join("data/field.key");
        let key = ["--field-key", path(&key)];
        let into = |name: &str| folder.path().join(name);
        let second = into("second");
        assert_eq!(std::fs::metadata(&second).unwrap().permissions().mode() & 0o777, 0o600);

        let done = restore(&second, &into("a"), None, &key).output().unwrap();
        assert!(done.status.success(), "{}", text(&done));
        is_served(&into("a"), None, &codes);
        if let Some(other) = other.filter(|_| !postgres) {
            let done = restore(&second, &into("b"), Some(&other.address), &key).output().unwrap();
            assert!(done.status.success(), "{}", text(&done));
            is_served(&into("b"), Some(&other.address), &codes);
            let again = restore(&second, &into("c"), Some(&other.address), &key).output().unwrap();
            assert!(text(&again).contains("目标数据库不是空的") && !into("c").exists(), "{}", text(&again));
        }
        // A backup of what was restored says the same as the one that it came from.
        let made = backup(&into("a"), None, &into("third"), &[]);
        assert!(made.status.success(), "{}", text(&made));
        let again = restore(&into("third"), &into("d"), None, &key).output().unwrap();
        assert!(text(&again).contains("与原日志最后的检查点一致"), "{}", text(&again));
        is_served(&into("d"), None, &codes);
    }
}

#[test]
fn another_user_restores_with_a_key_that_is_handed_over() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let codes = served(&data, None, folder.path());
    let (program, packs) = installed(folder.path());
    let (place, key) = (folder.path().join("theirs"), folder.path().join("handed.key"));
    std::fs::create_dir(&place).unwrap();
    std::fs::copy(data.join("field.key"), &key).unwrap();
    let mut command = Command::new(&program);
    command.arg("restore").arg(folder.path().join("second")).arg("--policy").arg(&packs);
    command.arg("--data").arg(place.join("data")).arg("--field-key").arg(&key);
    let user = other_user();
    if let Some(user) = user {
        use std::os::unix::process::CommandExt;
        for path in [&place, &key, &folder.path().join("second")] {
            std::os::unix::fs::chown(path, Some(user), Some(user)).unwrap();
        }
        command.uid(user).gid(user);
    }
    let done = command.output().unwrap();
    assert!(done.status.success(), "{}", text(&done));
    let theirs = place.join("data");
    for (name, secret) in [("field.key", true), ("log.key", true), ("xingjian.db", false), ("instance.json", false)] {
        let about = std::fs::metadata(theirs.join(name)).unwrap();
        assert_eq!(about.uid(), user.unwrap_or(about.uid()), "{name}");
        assert!(!secret || about.permissions().mode() & 0o777 == 0o600, "{name}");
    }
    is_served(&theirs, None, &codes);
}

#[test]
fn what_does_not_fit_is_refused_before_anything_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    served(&data, None, folder.path());
    let (file, place) = (folder.path().join("second"), folder.path().join("place"));
    let refused = |file: &Path, more: &[&str], expected: &str| {
        let output = restore(file, &place, None, more).output().unwrap();
        assert!(!output.status.success() && text(&output).contains(expected), "{expected}: {}", text(&output));
        assert!(!place.exists(), "{expected}");
    };
    let own = data.join("field.key");
    let key = ["--field-key", path(&own)];
    let wrong = folder.path().join("wrong.key");
    std::fs::write(&wrong, "0".repeat(128)).unwrap();
    refused(&file, &[], "备份中没有密钥 field.key；请用 --field-key");
    refused(&file, &["--field-key", path(&wrong)], "不是这份备份所属实例的 field.key");
    refused(&file, &["--field-key", "/nowhere"], "/nowhere：无法读写");
    refused(&file, &[key[0], key[1], "--continue-log"], "备份中没有密钥 log.key；请用 --log-key");
    refused(&file, &[key[0], key[1], "--continue-log", "--log-key", path(&wrong)], "不是这份备份所属实例的 log.key");
    let whole = std::fs::read(&file).unwrap();
    let cut = folder.path().join("cut");
    std::fs::write(&cut, &whole[..whole.len() - 9]).unwrap();
    refused(&cut, &key, "备份不完整或者被改动");
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 4;
    std::fs::write(&cut, &changed).unwrap();
    refused(&cut, &key, "备份不完整或者被改动");
    // Neither key is in it, and it says so; the folder of an instance is not written over, nor is a backup.
    let made = backup(&data, None, &folder.path().join("new"), &[]);
    assert!(text(&made).contains("不含密钥 field.key") && text(&made).contains("不含密钥 log.key"), "{}", text(&made));
    let again = backup(&data, None, &file, &[]);
    assert!(!again.status.success() && text(&again).contains("已经存在"), "{}", text(&again));
    assert_eq!(std::fs::read(&file).unwrap(), whole);
    let over = restore(&file, &data, None, &key).output().unwrap();
    assert!(!over.status.success() && text(&over).contains("不是空的"), "{}", text(&over));
}

#[test]
fn a_log_goes_on_only_where_nothing_would_be_contradicted() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    served(&data, None, folder.path());
    let into = |name: &str| folder.path().join(name);
    let made = backup(&data, None, &into("last"), &["--with", "field-key", "--with", "log-key"]);
    assert!(made.status.success() && !text(&made).contains("不含密钥"), "{}", text(&made));
    let newest = data.join("log/checkpoint");
    let own = [data.join("field.key"), data.join("log.key")];
    let keys = ["--field-key", path(&own[0]), "--continue-log", "--log-key", path(&own[1])];
    let checkpoint = ["--checkpoint", path(&newest)];

    let older = restore(&into("first"), &into("a"), None, &[&keys[..], &checkpoint[..]].concat()).output().unwrap();
    assert!(text(&older).contains("接续下去会与它矛盾") && !into("a").exists(), "{}", text(&older));
    let same = [&["--continue-log"][..], &checkpoint[..]].concat();
    let done = restore(&into("last"), &into("b"), None, &same).output().unwrap();
    assert!(done.status.success() && text(&done).contains("接续原日志"), "{}", text(&done));
    assert_eq!(std::fs::read(into("b/log.key")).unwrap(), std::fs::read(&own[1]).unwrap());
    // Grown under the old name, it contains what was signed before.
    let more = Server::start(&into("b"), None);
    receipt(&post(&more.address, "/complain", &complaint(900)).unwrap()).unwrap();
    assert!(more.stop());
    let audited = xingjian(&["log", "audit", "--data"], None).arg(into("b")).arg("--policy").arg(policy_dir()).output();
    assert!(audited.unwrap().status.success());

    // Otherwise a log of another name begins, and the last checkpoint of the old one is kept.
    let done = restore(&into("first"), &into("c"), None, &keys[..2]).output().unwrap();
    assert!(done.status.success() && text(&done).contains("已另起新的存证日志"), "{}", text(&done));
    assert_ne!(std::fs::read(into("c/log.key")).unwrap(), std::fs::read(&own[1]).unwrap());
    let origin = |file: &Path| std::fs::read_to_string(file).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(origin(&into("c/log/previous.checkpoint")), origin(&newest));
    let server = Server::start(&into("c"), None);
    receipt(&post(&server.address, "/complain", &complaint(901)).unwrap()).unwrap();
    assert!(server.stop());
    assert_ne!(origin(&into("c/log/checkpoint")), origin(&newest));
}

/// The rows of a query, as text.
async fn texts(data: &Path, sql: &str) -> Vec<String> {
    let db = Db::sqlite(&data.join("xingjian.db")).await.unwrap();
    let rows = db.reader().all(sql, vec![]).await.unwrap();
    rows.iter().map(|row| row.try_get("", "text").unwrap()).collect()
}

#[test]
fn what_was_erased_after_the_backup_is_erased_again() {
    let folder = tempfile::tempdir().unwrap();
    let (data, place) = (folder.path().join("data"), folder.path().join("place"));
    served(&data, None, folder.path());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ask = |data: &Path, sql: &str| runtime.block_on(texts(data, sql));
    let id = ask(&data, "select id as text from complaint order by id limit 1").remove(0);
    let rows = ask(&data, &format!("select id as text from ledger where resource_id = '{id}'"));
    let erasure = serde_json::json!({
        "act": rows[0], "at": 1, "reason": "《个人信息保护法》第四十七条", "rows": rows, "blobs": [],
        "record": {"table": "complaint", "id": id, "fields": [["/text", "text"]], "title": "", "search": "", "sort_key": ""},
    });
    let list = folder.path().join("list");
    std::fs::write(&list, format!("{erasure}\n")).unwrap();
    let key = data.join("field.key");
    let more = ["--field-key", path(&key), "--erasures", path(&list)];
    let done = restore(&folder.path().join("first"), &place, None, &more).output().unwrap();
    assert!(done.status.success(), "{}", text(&done));
    let body = ask(&place, &format!("select body as text from complaint where id = '{id}'")).remove(0);
    assert!(body.contains("已依法删除") && !body.contains("complaint number"), "{body}");
    let left = format!("select id as text from ledger where id in ('{}') and event is not null", rows.join("','"));
    assert_eq!(ask(&place, &left), [""; 0]);
    assert_eq!(
        std::fs::read_to_string(place.join("erasures")).unwrap(),
        format!("{erasure}\n"),
        "kept for the next time"
    );
}

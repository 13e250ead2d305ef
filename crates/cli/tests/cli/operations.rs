//! What an operator sees of a server: health, metrics and log; a stop that loses nothing; and each thing in the way told with its mend.

use crate::served::{Server, complaint, post, receipt, xingjian};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use xingjian_kernel::time::plus_days;
use xingjian_store::{Db, Executor, days};
use xingjian_testkit::{both_databases, policy_dir};

/// The answer to a GET, or nothing where nobody listens any more.
pub fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    (!answer.is_empty()).then_some(answer)
}

/// A server with more arguments; with the second address that it says, and all that it will write to its log.
pub fn watched(
    data: &Path,
    database: Option<&str>,
    more: &[&str],
) -> (Server, String, std::thread::JoinHandle<String>) {
    let mut command = xingjian(&["serve", "--city", "zhuhai", "--listen", "127.0.0.1:0", "--data"], database);
    command.arg(data).arg("--policy").arg(policy_dir()).args(more);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut address =
        || lines.next().unwrap().unwrap().split_once("http://").unwrap().1.split('/').next().unwrap().to_owned();
    let first = address();
    let second = if more.contains(&"--metrics") { address() } else { String::new() };
    let mut errors = child.stderr.take().unwrap();
    let log = std::thread::spawn(move || {
        let mut text = String::new();
        errors.read_to_string(&mut text).unwrap();
        text
    });
    (Server { child, address: first }, second, log)
}

/// Sends SIGTERM.
pub fn told_to_stop(server: &Server) {
    assert!(Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status().unwrap().success());
}

/// Starts a server that cannot start.
fn refused(data: &Path, more: &[&str]) -> String {
    let mut command = xingjian(&["serve", "--data"], None);
    let Output { status, stderr, .. } = command.arg(data).args(more).output().unwrap();
    assert!(!status.success());
    String::from_utf8_lossy(&stderr).into_owned()
}

fn named() -> String {
    let form = complaint(7).replace("who=anonymous", "who=named&name=%E9%99%88%E6%9F%90%E6%9F%90&contact=13800138000");
    form.replace(
        "complaint+number+7",
        "%E8%AF%8A%E6%89%80%E6%97%A0%E8%AF%81%E8%A1%8C%E5%8C%BB%E5%BE%88%E5%A4%9A%E5%B9%B4%E4%BA%86%E8%AF%B7%E6%9F%A5",
    )
}

both_databases! {
    async fn health_metrics_and_log_tell_much_and_nobody_by_name(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        tokio::task::spawn_blocking(move || {
            let (server, metrics, log) = watched(&data, database.as_deref(), &["--json-log", "--metrics", "127.0.0.1:0"]);
            receipt(&post(&server.address, "/complain", &named()).unwrap()).unwrap();
            receipt(&post(&server.address, "/complain", &complaint(8)).unwrap()).unwrap();
            get(&server.address, "/institutions?q=%E9%99%88%E6%9F%90%E6%9F%90").unwrap();
            post(&server.address, "/sign-in", "login=13800138000&password=secret-word").unwrap();
            assert!(get(&server.address, "/health/live").unwrap().ends_with("live\n"));
            let ready = get(&server.address, "/health/ready").unwrap();
            assert!(ready.starts_with("HTTP/1.1 200") && ready.ends_with("ready\n"), "{ready}");
            assert!(get(&server.address, "/metrics").unwrap().starts_with("HTTP/1.1 404"), "not for everybody");
            let told = get(&metrics, "/metrics").unwrap();
            for line in [
                "xingjian_requests_total{method=\"POST\",route=\"/complain\",status=\"200\"} 2\n",
                "xingjian_request_seconds_count{method=\"POST\",route=\"/complain\"} 2\n",
                "xingjian_request_seconds_bucket{method=\"POST\",route=\"/complain\",le=\"+Inf\"} 2\n",
                "xingjian_records{resource=\"complaint\",state=\"received\"} 2\n",
                "xingjian_records_overdue{resource=\"complaint\",state=\"received\"} 0\n",
                "# TYPE xingjian_webhook_failing gauge\n",
                "xingjian_clock_behind_seconds 0\n",
                "xingjian_log_fault 0\n",
                "xingjian_ledger_rows ",
                "xingjian_disk_free_bytes ",
            ] {
                assert!(told.contains(line), "{line}: {told}");
            }
            assert!(server.stop());
            let log = log.join().unwrap();
            let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
            let posted = lines.iter().find(|line| line["route"] == "/complain").expect(&log);
            assert_eq!((&posted["status"], &posted["method"]), (&200.into(), &"POST".into()));
            assert!(posted["span"]["request"].as_str().unwrap().contains('-') && posted["timestamp"].is_string());
            for word in ["陈某某", "%E9%99%88", "13800138000", "secret-word", "无证行医", "127.0.0.1"] {
                assert!(!log.contains(word) && !told.contains(word), "{word}: {log}");
            }
        })
        .await
        .unwrap();
    }

    async fn a_clock_before_the_newest_act_is_told(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        let (at, from) = (data.clone(), database.clone());
        tokio::task::spawn_blocking(move || {
            let server = Server::start(&at, from.as_deref());
            receipt(&post(&server.address, "/complain", &complaint(1)).unwrap()).unwrap();
            assert!(server.stop());
        })
        .await
        .unwrap();
        let db = match &database {
            Some(url) => Db::postgres(url).await.unwrap(),
            None => Db::sqlite(&data.join("xingjian.db")).await.unwrap(),
        };
        let tx = db.begin().await.unwrap();
        tx.run("update ledger set at = at + 86400000000", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        tokio::task::spawn_blocking(move || {
            let (server, metrics, log) = watched(&data, database.as_deref(), &["--metrics", "127.0.0.1:0"]);
            let told = get(&metrics, "/metrics").unwrap();
            let seconds = told.split_once("\nxingjian_clock_behind_seconds ").unwrap().1.lines().next().unwrap();
            assert!((86_000..=86_400).contains(&seconds.parse::<i64>().unwrap()), "{seconds}");
            assert!(server.stop());
            let log = log.join().unwrap();
            assert!(log.contains("系统时钟比最近一条记录早86") && log.contains("timedatectl"), "{log}");
        })
        .await
        .unwrap();
    }

    async fn a_date_that_jumped_ahead_waits_until_it_is_confirmed(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        let (at, from) = (data.clone(), database.clone());
        tokio::task::spawn_blocking(move || {
            let (server, metrics, _) = watched(&at, from.as_deref(), &["--metrics", "127.0.0.1:0"]);
            assert!(get(&metrics, "/metrics").unwrap().contains("xingjian_date_ahead_days 0\n"));
            assert!(server.stop());
        })
        .await
        .unwrap();
        let db = match &database {
            Some(url) => Db::postgres(url).await.unwrap(),
            None => Db::sqlite(&data.join("xingjian.db")).await.unwrap(),
        };
        let today = days::last(&db).await.unwrap().expect("the first day was done");
        days::done(&db, plus_days(today, -40)).await.unwrap();
        // Bytes that have waited for years: the next day that is done destroys them.
        let tx = db.begin().await.unwrap();
        tx.run("insert into blob (hash, bytes) values ('00', $1)", vec![vec![1_u8].into()]).await.unwrap();
        tx.run("insert into waiting_blob (hash, at) values ('00', 1)", vec![]).await.unwrap();
        tx.commit().await.unwrap();
        let waiting = async || {
            let row = db.reader().one("select count(*) as n from waiting_blob", vec![]).await.unwrap().unwrap();
            row.try_get::<i64>("", "n").unwrap()
        };
        let (at, from) = (data.clone(), database.clone());
        let (server, metrics, log) = tokio::task::spawn_blocking(move || {
            let started = watched(&at, from.as_deref(), &["--metrics", "127.0.0.1:0"]);
            // It has followed what came after it looked at the date.
            receipt(&post(&started.0.address, "/complain", &complaint(1)).unwrap()).unwrap();
            while !get(&started.1, "/metrics").unwrap().contains("xingjian_ledger_waiting_rows 0\n") {}
            started
        })
        .await
        .unwrap();
        assert_eq!(waiting().await, 1, "nothing is done that is not taken back");
        let said = |command: &str, more: &[&str]| {
            let mut command = xingjian(&[command, "--data"], database.as_deref());
            let output = command.arg(&data).arg("--policy").arg(policy_dir()).args(more).output().unwrap();
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat()
        };
        let told = get(&metrics, "/metrics").unwrap();
        assert!(told.contains("xingjian_date_ahead_days 40\n"), "{told}");
        let found = said("doctor", &[]);
        assert!(found.contains("比上次按日办理的日期晚40天") && found.contains(&format!("confirm-date {today}")), "{found}");
        let wrong = said("confirm-date", &[&plus_days(today, -40).to_string()]);
        assert!(wrong.contains("没有确认") && wrong.contains("timedatectl"), "{wrong}");
        assert_eq!(waiting().await, 1);
        let right = said("confirm-date", &[&today.to_string()]);
        assert!(right.contains(&format!("已确认今天是{today}，上次办理到{}", plus_days(today, -40))), "{right}");
        for _ in 0..100 {
            if waiting().await == 0 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        assert_eq!(waiting().await, 0, "the server that runs goes on by itself");
        assert!(said("confirm-date", &[&today.to_string()]).contains("不需要确认"));
        let log = tokio::task::spawn_blocking(move || {
            assert!(server.stop());
            log.join().unwrap()
        })
        .await
        .unwrap();
        assert_eq!(log.matches("晚40天，按日办理").count(), 1, "said once: {log}");
    }
}

#[test]
fn a_request_under_way_is_finished_before_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, _, log) = watched(folder.path(), None, &[]);
    let body = complaint(1);
    let mut stream = TcpStream::connect(&server.address).unwrap();
    write!(
        stream,
        "POST /complain HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .unwrap();
    // It asks for the rest, so it has begun with the request.
    let mut interim = [0; 25];
    stream.read_exact(&mut interim).unwrap();
    assert!(interim.starts_with(b"HTTP/1.1 100 Continue"));
    told_to_stop(&server);
    while get(&server.address, "/health/ready").is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {}
    stream.write_all(body.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && receipt(&answer).is_some(), "{answer}");
    assert!(server.child.wait().unwrap().success());
    assert!(log.join().unwrap().contains("told to stop"));
    // What it acknowledged has its leaf already.
    let audited =
        xingjian(&["log", "audit", "--data"], None).arg(folder.path()).arg("--policy").arg(policy_dir()).output();
    assert!(String::from_utf8_lossy(&audited.unwrap().stdout).contains("与最近的检查点一致"));
}

#[test]
fn a_node_that_drains_says_that_it_is_not_ready_and_still_serves() {
    let folder = tempfile::tempdir().unwrap();
    let (mut server, _, _log) = watched(folder.path(), None, &["--drain", "600"]);
    told_to_stop(&server);
    let answer = loop {
        let answer = get(&server.address, "/health/ready").unwrap();
        if !answer.starts_with("HTTP/1.1 200") {
            break answer;
        }
    };
    assert!(answer.starts_with("HTTP/1.1 503") && answer.ends_with("stopping\n"), "{answer}");
    assert!(get(&server.address, "/health/live").unwrap().ends_with("live\n"));
    receipt(&post(&server.address, "/complain", &complaint(1)).unwrap()).unwrap();
    server.child.kill().unwrap();
}

#[test]
fn what_is_in_the_way_of_a_start_is_told_with_its_mend() {
    let folder = tempfile::tempdir().unwrap();
    let new = folder.path().join("new");
    let packs = ["--policy", policy_dir().to_str().unwrap()].map(str::to_owned);
    let with = |more: &[&'static str]| -> Vec<String> {
        [more.iter().map(|s| (*s).to_owned()).collect(), packs.to_vec()].concat()
    };
    let start =
        |data: &Path, arguments: &[String]| refused(data, &arguments.iter().map(String::as_str).collect::<Vec<_>>());

    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for option in ["--listen", "--metrics"] {
        let mut arguments = with(&["--city", "zhuhai", "--listen", "127.0.0.1:0"]);
        if option == "--listen" {
            arguments[3].clone_from(&address);
        } else {
            arguments.extend([option.to_owned(), address.clone()]);
        }
        let told = start(&new, &arguments);
        assert!(told.contains(&format!("{option} {address}：不能监听")) && told.contains("端口已被占用"), "{told}");
    }
    let told = refused(&new, &["--policy", "/nowhere"]);
    assert!(told.contains("找不到政策包文件夹“/nowhere”；请用 --policy"), "{told}");
    let other = folder.path().join("other");
    let told = start(&other, &with(&["--city", "nowhere"]));
    assert!(told.contains("政策包") && told.contains("xingjian policy check") && !other.exists(), "{told}");
    // A folder that cannot be made, a file that is no database, a database that lets nobody in.
    let told = start(&folder.path().join("new/instance.json/x"), &with(&["--city", "zhuhai"]));
    assert!(told.contains("无法读写") && told.contains("检查路径"), "{told}");
    std::fs::create_dir(&other).unwrap();
    std::fs::write(other.join("xingjian.db"), "not a database, and longer than the header of one would be.".repeat(9))
        .unwrap();
    let told = start(&other, &with(&["--city", "zhuhai"]));
    assert!(told.contains("数据库文件损坏"), "{told}");
    let third = folder.path().join("third");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut arguments = with(&["--city", "zhuhai", "--database"]);
    arguments.insert(3, format!("postgres://somebody:secret-word@{closed}/x"));
    let told = start(&third, &arguments);
    assert!(told.contains("连不上数据库") && !told.contains("secret-word"), "{told}");
}

#[test]
fn what_an_instance_lost_is_never_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("served");
    assert!(Server::start(&data, None).stop());
    let folder_of_packs = policy_dir();
    let packs = ["--policy", folder_of_packs.to_str().unwrap()];
    for (name, told) in [("xingjian.db", "没有数据库"), ("field.key", "字段密钥不见了")] {
        let (here, away) = (data.join(name), folder.path().join("away"));
        std::fs::rename(&here, &away).unwrap();
        let said = refused(&data, &packs);
        assert!(said.contains(told) && said.contains(name), "{said}");
        assert!(!here.exists(), "{name} was made anew");
        std::fs::rename(&away, &here).unwrap();
    }
    let rules = data.join("sign-in.toml");
    for (text, told) in [
        ("idle_minute = 5", "idle_minute"),
        ("second_factor = [\"boss\"]", "boss"),
        ("proxies = [\"proxy\"]", "proxies"),
    ] {
        std::fs::write(&rules, text).unwrap();
        let said = refused(&data, &packs);
        assert!(said.contains("sign-in.toml") && said.contains(told), "{said}");
    }
    std::fs::write(&rules, "second_factor = []\nidle_minutes = 30\nproxies = [\"127.0.0.1\"]\n").unwrap();
    let (platform, secret) = (data.join("oidc.toml"), data.join("oidc.secret"));
    let text = "issuer = \"https://sso.example.gov.cn\"\nclient_id = \"x\"\nsecret_file = \"oidc.secret\"\nredirect = \"https://xj.example.gov.cn/sign-in/oidc/return\"\n";
    std::fs::write(&platform, text).unwrap();
    assert!(refused(&data, &packs).contains("oidc.secret"));
    std::fs::write(&secret, "secret").unwrap();
    let mode = |mode| std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    mode(0o640);
    assert!(refused(&data, &packs).contains("chmod 600"));
    mode(0o600);
    assert!(refused(&data, &packs).contains("through"), "nobody here speaks https");
    std::fs::write(&platform, format!("{text}through = \"http://127.0.0.1:1\"\n")).unwrap();
    assert!(Server::start(&data, None).stop(), "the platform is asked when somebody comes, not before");
}

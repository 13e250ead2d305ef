//! A PostgreSQL of the test's own is stopped without ado (`immediate`, as a power cut) while complaints come in: every acknowledged one is there
//! afterwards, and the server finds the database again by itself.

use crate::operations::{get, watched};
use crate::served::{administrators, complaint, post, receipt, xingjian};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use xingjian_testkit::{policy_dir, skipped};

const SENDERS: usize = 4;

/// A cluster that is stopped when the test is done with it.
struct Cluster {
    bin: PathBuf,
    folder: tempfile::TempDir,
    /// The server refuses to run as root, which lends it this identity.
    owner: Option<(u32, u32)>,
    port: u16,
}

/// The folder of `initdb`, as `cargo xtask test` finds it.
fn programs() -> Option<PathBuf> {
    if let Some(bin) = std::env::var_os("PG_BIN") {
        return Some(bin.into());
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut found: Vec<PathBuf> = versions.flatten().map(|version| version.path().join("bin")).collect();
    found.retain(|bin| bin.join("initdb").is_file());
    found.sort();
    found.pop()
}

fn number(flag: &str) -> u32 {
    let output = Command::new("id").args([flag, "postgres"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a user `postgres`, as cargo xtask test needs it")
}

impl Cluster {
    fn new(bin: PathBuf) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
        let owner = root.then(|| (number("-u"), number("-g")));
        if let Some((user, group)) = owner {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let cluster = Self { bin, folder, owner, port };
        cluster
            .run("initdb", &["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--pgdata=data"]);
        cluster.start();
        cluster
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.bin.join(program));
        command.args(arguments).current_dir(self.folder.path());
        if let Some((user, group)) = self.owner {
            command.uid(user).gid(group);
        }
        // The server inherits what it is given: a pipe would be held open by it.
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(status.success(), "{program} {arguments:?}");
    }

    fn start(&self) {
        let settings = format!("-c port={} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", self.port);
        self.run("pg_ctl", &["start", "-w", "-D", "data", "-l", "log", "-o", &settings]);
    }

    fn stop(&self) {
        self.run("pg_ctl", &["stop", "-m", "immediate", "-D", "data"]);
    }

    fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.folder.path().join("data/postmaster.pid").is_file() {
            self.stop();
        }
    }
}

/// Sends until the database has been stopped and is there again; the complaints that were acknowledged.
fn storm(cluster: &Cluster, address: &str) -> Vec<(usize, String)> {
    let (done, next, failed) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let acknowledged = Mutex::new(vec![]);
    let ready = || get(address, "/health/ready").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    match post(address, "/complain", &complaint(number)).as_deref().and_then(receipt) {
                        Some(code) => acknowledged.lock().unwrap().push((number, code)),
                        None => _ = failed.fetch_add(1, Ordering::SeqCst),
                    }
                }
            });
        }
        for round in 1..=3 {
            while acknowledged.lock().unwrap().len() < round * 100 {}
            let before = failed.load(Ordering::SeqCst);
            cluster.stop();
            while failed.load(Ordering::SeqCst) == before {}
            assert!(!ready(), "it is not ready without its database");
            cluster.start();
            while !ready() {}
        }
        done.store(true, Ordering::SeqCst);
    });
    acknowledged.into_inner().unwrap()
}

fn nothing_is_lost(cluster: &Cluster, data: &Path) {
    let (server, _, log) = watched(data, Some(&cluster.url()), &[]);
    let acknowledged = storm(cluster, &server.address);
    for (number, code) in &acknowledged {
        let answer = post(&server.address, "/follow", &format!("code={code}")).unwrap();
        assert!(answer.contains(&format!("X{number}<")), "{number} is lost");
    }
    assert!(server.stop());
    assert!(log.join().unwrap().contains("连不上数据库"), "the log names the mend");
    administrators(data, Some(&cluster.url()), &["administrator", "security_administrator", "audit_administrator"]);
    let mut audit = xingjian(&["doctor", "--data"], Some(&cluster.url()));
    let audited = audit.arg(data).arg("--policy").arg(policy_dir()).output().unwrap();
    assert!(audited.status.success(), "{}", String::from_utf8_lossy(&audited.stdout));
}

#[test]
fn a_database_that_is_stopped_at_once_loses_no_acknowledged_act() {
    let Some(bin) = programs() else { return skipped("no programs of PostgreSQL") };
    let folder = tempfile::tempdir().unwrap();
    nothing_is_lost(&Cluster::new(bin), folder.path());
}

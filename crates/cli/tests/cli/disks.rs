//! A disk that is full or cannot be written, at each command that writes one: it is told with its mend, and nothing half done is left.
//!
//! The disk is a small one of the memory, mounted where nobody but the command sees it (`unshare`, of every Debian).

use crate::operations::get;
use crate::served::{Server, complaint, post, receipt, xingjian};
use crate::upgrade::{KEY, fixture};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use xingjian_testkit::policy_dir;

/// A place for a disk, with what the commands need beside it.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(bench.disk()).unwrap();
        std::fs::write(bench.key(), KEY).unwrap();
        bench
    }

    fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("handed.key")
    }

    /// An instance, beside the disk.
    fn instance(&self) -> PathBuf {
        let data = self.folder.path().join("data");
        let done = self.restore(&data).output().unwrap();
        assert!(done.status.success(), "{}", told(&done));
        data
    }

    fn restore(&self, data: &Path) -> Command {
        let mut command = xingjian(&["restore"], None);
        command.arg(fixture("schema-0005.xjb")).arg("--policy").arg(policy_dir()).arg("--field-key").arg(self.key());
        command.arg("--data").arg(data);
        command
    }

    /// The command where a disk of this size is, prepared by a few lines of shell; what it leaves there is listed behind what it says.
    fn on(&self, size: &str, prepared: &str, command: &Command) -> Command {
        let after = r#"set +e; "$@"; code=$?; find "$DISK" -mindepth 1 -printf 'remains %P\n'; exit $code"#;
        self.there(size, &format!("{prepared}\n{after}"), command)
    }

    /// A command that serves there until it is killed.
    fn served_on(&self, size: &str, prepared: &str, command: &Command) -> Server {
        Server::spawned(self.there(size, &format!("{prepared}\nexec \"$@\""), command))
    }

    fn there(&self, size: &str, script: &str, command: &Command) -> Command {
        let script = format!("mount -t tmpfs -o size={size} tmpfs \"$DISK\"\n{script}");
        let mut there = Command::new("unshare");
        there.args(["--user", "--map-root-user", "--mount", "sh", "-ec", &script, "sh"]);
        there.arg(command.get_program()).args(command.get_args()).env("DISK", self.disk());
        there
    }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn fails(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = told(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    text
}

const READ_ONLY: &str = r#"mount -o remount,ro "$DISK""#;
const FILLED: &str = r#"dd if=/dev/zero of="$DISK/filler" bs=4k 2>/dev/null || true"#;

#[test]
fn a_backup_that_finds_no_room_leaves_nothing() {
    let bench = Bench::new();
    let mut backup = xingjian(&["backup", "--data"], None);
    backup.arg(bench.instance()).arg("--out").arg(bench.disk().join("b.xjb"));
    let full = fails(bench.on("64k", "", &backup));
    assert!(full.contains("磁盘已满，请腾出空间后重来") && !full.contains("remains "), "{full}");
    let closed = fails(bench.on("64k", READ_ONLY, &backup));
    assert!(closed.contains("文件系统是只读的") && !closed.contains("remains "), "{closed}");
}

#[test]
fn a_restore_that_finds_no_room_leaves_nothing() {
    let bench = Bench::new();
    let restore = bench.restore(&bench.disk().join("place"));
    // Too small for the keys, for the database half-way, for the files of the log beside it.
    for size in ["4k", "600k", "1500k", "3m"] {
        let full = fails(bench.on(size, "", &restore));
        assert!(
            full.contains("磁盘已满") && full.contains("没有恢复任何内容") && !full.contains("remains "),
            "{size}: {full}"
        );
    }
    let closed = fails(bench.on("64k", READ_ONLY, &restore));
    assert!(closed.contains("文件系统是只读的") && !closed.contains("remains "), "{closed}");
    let there = fails(bench.on("1500k", r#"mkdir "$DISK/place""#, &restore));
    assert!(
        there.contains("remains place\n") && !there.contains("remains place/"),
        "the folder was there before: {there}"
    );
}

#[test]
fn a_start_without_room_says_what_to_do_and_the_next_one_goes_on() {
    let bench = Bench::new();
    let place = bench.disk().join("place");
    let mut serve = xingjian(&["serve", "--city", "zhuhai", "--listen", "127.0.0.1:0", "--policy"], None);
    serve.arg(policy_dir()).arg("--data").arg(&place);
    let new = fails(bench.on("64k", "", &serve));
    assert!(new.contains("磁盘已满：腾出空间") && !new.contains("remains place/instance.json"), "{new}");
    let copied = format!(r#"cp -r "{}" "{}""#, bench.instance().display(), place.display());
    let closed = fails(bench.on("64m", &format!("{copied}; {READ_ONLY}"), &serve));
    assert!(closed.contains("磁盘是否被只读挂载"), "{closed}");
    let full = fails(bench.on("8m", &format!("{copied}; {FILLED}"), &serve));
    assert!(full.contains("磁盘已满：腾出空间"), "{full}");
    // The same folder once there is room: nothing was spoilt.
    let then = format!("{copied}; {FILLED}; \"$@\" || true; rm \"$DISK/filler\"");
    let server = bench.served_on("8m", &then, &serve);
    assert!(get(&server.address, "/health/ready").unwrap().contains("200"));
}

#[test]
fn a_disk_that_fills_up_while_it_is_served_refuses_and_goes_on_by_itself() {
    let bench = Bench::new();
    let place = bench.disk().join("place");
    let copied = format!(r#"cp -r "{}" "{}""#, bench.instance().display(), place.display());
    let mut serve = xingjian(&["serve", "--listen", "127.0.0.1:0", "--policy"], None);
    serve.arg(policy_dir()).arg("--data").arg(&place);
    // Told from outside by files beside the disk when to fill it and when to make room.
    let sign = |name: &str| bench.folder.path().join(name);
    let script = format!(
        r#"{copied}; (until [ -e "{}" ]; do sleep 0.05; done; {FILLED}; touch "{}"; until [ -e "{}" ]; do sleep 0.05; done; rm "$DISK/filler"; touch "{}") &"#,
        sign("fill").display(),
        sign("full").display(),
        sign("free").display(),
        sign("room").display()
    );
    let server = bench.served_on("12m", &script, &serve);
    let before = receipt(&post(&server.address, "/complain", &complaint(1)).unwrap()).unwrap();
    let until = |told: &str, seen: &str| {
        std::fs::write(sign(told), "").unwrap();
        while !sign(seen).exists() {
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    };
    until("fill", "full");
    // What room the database still has of its own is soon used.
    let refused = (2..2_000).find_map(|number| {
        let answer = post(&server.address, "/complain", &complaint(number)).unwrap();
        receipt(&answer).is_none().then_some(answer)
    });
    let refused = refused.expect("a full disk takes no more");
    assert!(refused.starts_with("HTTP/1.1 503"), "{refused}");
    let read = post(&server.address, "/follow", &format!("code={before}")).unwrap();
    assert!(read.starts_with("HTTP/1.1 200") && read.contains("X1<"), "what is there can be read: {read}");
    until("free", "room");
    let after = post(&server.address, "/complain", &complaint(3_000)).unwrap();
    let after = receipt(&after).unwrap_or_else(|| panic!("without a restart: {after}"));
    let read = post(&server.address, "/follow", &format!("code={after}")).unwrap();
    assert!(read.contains("X3000<"), "what is acknowledged is there for others: {read}");
}

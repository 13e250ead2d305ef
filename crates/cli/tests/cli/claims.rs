//! Claims come in by the command line: a key of their own, a report, and a kill that loses nothing.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that is gone when the test ends.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("xingjian-claims-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// Visits and lines of so many patients.
    pub fn tables(&self, patients: u32) -> [PathBuf; 2] {
        let mut visits = "mdtrt_id,psn_no,fixmedins_code,begntime,med_type\n".to_owned();
        let mut lines = "bkkp_sn,mdtrt_id,psn_no,fee_ocur_time,med_list_codg,cnt,pric,det_item_fee_sumamt\n".to_owned();
        for at in 0..patients {
            writeln!(visits, "v{at},{at:018},H{},2026-01-{:02} 08:00:00,11", at % 7, at % 28 + 1).unwrap();
            for line in 0..4 {
                writeln!(
                    lines,
                    "f{at}-{line},v{at},{at:018},2026-01-{:02} 09:00:00,ITEM-{line},2,1.25,2.50",
                    at % 28 + 1
                )
                .unwrap();
            }
        }
        let paths = [self.0.join("mdtrt_d.csv"), self.0.join("fee_list_d.csv")];
        std::fs::write(&paths[0], visits).unwrap();
        std::fs::write(&paths[1], lines).unwrap();
        paths
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is left to the machine.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn claims(data: &Path, arguments: &[&str], files: &[PathBuf]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
    command.arg("claims").args(arguments).arg("--data").arg(data).args(files);
    command
}

pub fn ingest(data: &Path, arguments: &[&str], files: &[PathBuf]) -> Output {
    claims(data, &[&["ingest", "--month", "2026-01"], arguments].concat(), files).output().unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_month_is_ingested_replaced_and_pruned() {
    let folder = Folder::new("month");
    let (data, files) = (folder.0.join("data"), folder.tables(50));
    let first = ingest(&data, &[], &files);
    assert!(first.status.success(), "{}", text(&first.stderr));
    assert!(
        text(&first.stdout).contains("费用明细：读入200行 500.00元 = 入库200行 500.00元"),
        "{}",
        text(&first.stdout)
    );
    let key = data.join("claims/patient.key");
    let secret = std::fs::read_to_string(&key).unwrap();
    assert_eq!(secret.len(), 64);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let second = ingest(&data, &["--json"], &files);
    let report: serde_json::Value = serde_json::from_slice(&second.stdout).unwrap();
    assert_eq!((&report["version"], &report["after"]["fen"]), (&2.into(), &50_000.into()));
    assert_eq!(std::fs::read_to_string(&key).unwrap(), secret);
    let pruned = claims(&data, &["prune"], &[]).output().unwrap();
    assert!(text(&pruned.stdout).starts_with("已清除"), "{}", text(&pruned.stdout));
    std::fs::remove_file(&key).unwrap();
    let lost = ingest(&data, &[], &files);
    assert!(!lost.status.success() && text(&lost.stderr).contains("密钥不见了"), "{}", text(&lost.stderr));
}

#[test]
fn nothing_real_is_put_beside_what_was_made_up() {
    let folder = Folder::new("made-up");
    let (data, files) = (folder.0.join("data"), folder.tables(50));
    let policy = xingjian_testkit::policy_dir();
    let mut generate = claims(&data, &["generate", "--patients", "20", "--months", "1", "--seed", "1"], &[]);
    let made = generate.arg("--policy").arg(policy).output().unwrap();
    assert!(made.status.success(), "{}", text(&made.stderr));
    let key = data.join("claims/patient.key");
    for there in [false, true] {
        if there {
            std::fs::write(&key, "0".repeat(64)).unwrap();
        }
        let refused = ingest(&data, &[], &files);
        assert!(!refused.status.success() && text(&refused.stderr).contains("演示数据"), "{}", text(&refused.stderr));
        assert_eq!(key.exists(), there, "no key is made for it");
    }
}

#[test]
fn registrations_are_kept_for_the_runs_that_follow() {
    let folder = Folder::new("registered");
    let (data, files) = (folder.0.join("data"), folder.tables(40));
    let lines = std::fs::read_to_string(&files[1]).unwrap();
    let doctor = |(at, line): (usize, &str)| match at {
        0 => format!("{line},bilg_dr_code\n"),
        _ => format!("{line},D{}\n", at % 2),
    };
    std::fs::write(&files[1], lines.lines().enumerate().map(doctor).collect::<String>()).unwrap();
    let done = ingest(&data, &[], &files);
    assert!(done.status.success(), "{}", text(&done.stderr));
    let screen = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
        command.args(["screen", "--policy"]).arg(xingjian_testkit::policy_dir()).arg("--data").arg(&data).args(more);
        let output = command.output().unwrap();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    };
    let found = |more: &[&str]| {
        let (good, said, error) = screen(&[more, &["--json"]].concat());
        assert!(good, "{error}");
        let run: serde_json::Value = serde_json::from_str(&said).unwrap();
        let rules = run["run"]["by_rule"].as_object().unwrap();
        let hits = rules
            .iter()
            .filter(|(id, _)| id.contains("xj/开单医师未注册"))
            .map(|(_, rule)| rule["hits"].as_u64().unwrap());
        hits.sum::<u64>()
    };
    assert_eq!(found(&[]), 0, "nobody is judged by what is not known");
    assert!(screen(&[]).1.contains("没有执业注册信息，按注册判断的规则不适用"));
    // D0 is registered for all of the month, D1 until the tenth.
    let file = folder.0.join("zhuce.csv");
    let heading = "医师代码,注册起始日期,注册终止日期,执业范围\n";
    std::fs::write(&file, format!("{heading}D0,2020-01-01,,内科\nD1,2020-01-01,2026-01-10,内科；外科\n")).unwrap();
    let given = found(&["--registrations", file.to_str().unwrap()]);
    // Patients 10 to 27 and 38, 39 come after the tenth, with two lines of D1 each.
    assert_eq!(given, 2 * (18 + 2));
    std::fs::remove_file(&file).unwrap();
    assert_eq!(found(&[]), given, "a run that is not given them uses those that were");
    assert!(screen(&[]).1.contains("执业注册信息：2名医师"));
    std::fs::write(&file, format!("{heading}D0,2020-01-01,2019-01-01,\n,2020-13-01,,\n")).unwrap();
    let (good, _, error) = screen(&["--registrations", file.to_str().unwrap()]);
    assert!(!good && error.contains("第2行“注册终止日期”") && error.contains("第3行“注册起始日期”"), "{error}");
    assert_eq!(found(&[]), given, "and faulty ones take nothing's place");
}

#[test]
fn rows_set_aside_and_wrong_arguments_are_told() {
    let folder = Folder::new("faults");
    let (data, files) = (folder.0.join("data"), folder.tables(50));
    let lines = std::fs::read_to_string(&files[1]).unwrap().replacen(",2.50\n", ",2.60\n", 3);
    std::fs::write(&files[1], lines).unwrap();
    let output = ingest(&data, &[], &files);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stdout).contains("搁置3行 7.80元"), "{}", text(&output.stdout));
    for (arguments, told) in [
        (&["--encoding", "latin1"][..], "没有编码“latin1”"),
        (&["--mapping", "nowhere.toml"][..], "nowhere.toml：无法读取"),
    ] {
        let output = ingest(&data, arguments, &files);
        assert!(!output.status.success() && text(&output.stderr).contains(told), "{}", text(&output.stderr));
    }
    let mapping = folder.0.join("mapping.toml");
    std::fs::write(&mapping, "id = \"a\"\ntitle = \"b\"\n[[part]]\ntable = \"x\"\n").unwrap();
    let output = ingest(&data, &["--mapping", &mapping.display().to_string()], &files);
    assert!(text(&output.stderr).contains("mapping.toml 第4行"), "{}", text(&output.stderr));
}

#[test]
fn a_kill_in_the_middle_loses_nothing() {
    let folder = Folder::new("kill");
    let files = folder.tables(20_000);
    let (data, clean) = (folder.0.join("data"), folder.0.join("clean"));
    let state = data.join("claims/store/incoming/2026-01");
    let mut child = claims(&data, &["ingest", "--month", "2026-01"], &files).stdout(Stdio::null()).spawn().unwrap();
    // As soon as anything is kept the process dies, unless it is done before.
    while child.try_wait().unwrap().is_none() && !state.join("sorted/b0000.json").is_file() {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let again = ingest(&data, &["--json"], &files);
    assert!(again.status.success(), "{}", text(&again.stderr));
    std::fs::create_dir_all(clean.join("claims")).unwrap();
    std::fs::copy(data.join("claims/patient.key"), clean.join("claims/patient.key")).unwrap();
    assert!(ingest(&clean, &[], &files).status.success());
    let buckets = |data: &Path| {
        let manifest = std::fs::read(data.join("claims/store/manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let sets = manifest["months"]["2026-01"]["buckets"].as_array().unwrap().clone();
        let hashes = |set: &serde_json::Value| {
            ["patients", "visits", "lines"].map(|table| set[table]["sha256"].as_str().unwrap().to_owned())
        };
        sets.iter().map(hashes).collect::<Vec<_>>()
    };
    assert_eq!(buckets(&data), buckets(&clean));
    assert!(!state.exists());
}

//! A witness follows one history, whatever is asked and whenever it is killed.

use super::world::{History, ORIGIN, TRUTH, Witness, path, signer, xingjian};
use crate::claims::{Folder, text};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Mutex;
use xingjian_tlog::{Checkpoint, Hash, SignedCheckpoint, Signer, VerifierKey};
use xingjian_web::witness::SubmitError;

const NAME: &str = "witness.example/w1";

#[tokio::test]
async fn a_witness_follows_a_growing_log_over_restarts() {
    let folder = Folder::new("witness-follows");
    let mut last = 0;
    for sizes in [[0, 1], [7, 7], [300, 700]] {
        let witness = Witness::start(&folder.0, NAME);
        assert!(last == 0 || witness.said.contains(&format!("上次见证{last}条")), "{}", witness.said);
        for size in sizes {
            let lines = witness.ask(&TRUTH.request(last, size)).await.unwrap();
            let mut checkpoint = TRUTH.signed(size);
            assert_eq!(checkpoint.take_cosignatures(&lines, &[Witness::key(&folder.0)]).unwrap(), [NAME]);
            last = size;
        }
    }
}

#[test]
fn everything_else_is_refused_with_the_status_of_the_text() {
    let folder = Folder::new("witness-refuses");
    let witness = Witness::start(&folder.0, NAME);
    let status = |body: String| {
        let answer = witness.post(body.as_bytes());
        answer.split(' ').nth(1).unwrap_or_default().parse::<u16>().unwrap_or_else(|_| panic!("{answer}"))
    };
    assert_eq!(status(TRUTH.request(0, 7).to_string()), 200);

    let conflict = witness.post(TRUTH.request(3, 9).to_string().as_bytes());
    assert!(conflict.starts_with("HTTP/1.1 409 ") && conflict.ends_with("\r\n\r\n7\n"), "{conflict}");
    assert!(conflict.to_lowercase().contains("content-type: text/x.tlog.size\r\n"), "{conflict}");
    assert_eq!(status(TRUTH.request(3, 5).to_string()), 409, "an older checkpoint");
    let forked = History { departs: 6, mark: "改" };
    assert_eq!(status(forked.request(7, 7).to_string()), 409, "two roots of one size");
    assert_eq!(status(forked.request(7, 9).to_string()), 422, "another beginning");
    assert_eq!(status(TRUTH.request(7, 9).to_string().replacen("old 7", "old 10", 1)), 400, "the old one is larger");

    let by = |signer: &Signer, origin: &str| {
        let checkpoint = Checkpoint::new(origin, 9, *TRUTH.checkpoint(9).root()).unwrap();
        format!("old 0\n\n{}", SignedCheckpoint::sign(checkpoint, signer))
    };
    assert_eq!(status(by(&Signer::ed25519("other.example", &[1; 32]).unwrap(), "other.example")), 404);
    assert_eq!(status(by(&Signer::ed25519(ORIGIN, &[9; 32]).unwrap(), ORIGIN)), 403, "signed by somebody else");
    assert_eq!(status(TRUTH.request(7, 9).to_string().replace("\n9\n", "\n8\n")), 403, "signed for another size");
    for body in ["", "old 7\n", "new 7\n\n", "old 07\n\n"] {
        assert_eq!(status(body.to_owned()), 400, "{body}");
    }
    assert_eq!(status("a".repeat(xingjian_tlog::MAX_REQUEST_BYTES + 1)), 413);
    // None of this changed what it remembers.
    assert_eq!(status(TRUTH.request(7, 9).to_string()), 200);
}

/// Two histories after a common beginning.
const SIDES: [History; 2] = [History { departs: 5, mark: "甲" }, History { departs: 5, mark: "乙" }];

/// What a witness cosigned: the side and the size, in the order of the answers.
type Answers = Mutex<Vec<(usize, u64)>>;

/// Lets the log grow along one side, from wherever the witness is, until the witness is gone; it is killed when there are so many answers.
/// How often it refused this side.
async fn press(witness: &Witness, key: &VerifierKey, history: usize, answers: &Answers, kill_at: usize) -> usize {
    let (mut known, mut refusals) = (0, 0);
    loop {
        let size = known + 1 + known % 3;
        match witness.ask(&SIDES[history].request(known, size)).await {
            Ok(lines) => {
                let mut checkpoint = SIDES[history].signed(size);
                checkpoint.take_cosignatures(&lines, std::slice::from_ref(key)).unwrap();
                let mut answers = answers.lock().unwrap();
                answers.push((history, size));
                if answers.len() == kill_at {
                    let process = witness.child.id().to_string();
                    assert!(Command::new("kill").args(["-9", &process]).status().unwrap().success());
                }
                known = size;
            }
            Err(SubmitError::Conflict { size }) if size != known => known = size,
            Err(SubmitError::Conflict { .. } | SubmitError::Refused { status: 422, .. }) => {
                refusals += 1;
                known = 0;
            }
            Err(SubmitError::Ask(_)) => return refusals,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_point_it_cosigns_one_history() {
    let folder = Folder::new("witness-killed");
    let (answers, mut refusals) = (Answers::default(), [0; 2]);
    for round in 0..20 {
        let witness = Witness::start(&folder.0, NAME);
        let key = Witness::key(&folder.0);
        let before = answers.lock().unwrap().len();
        if let Some(largest) = answers.lock().unwrap().iter().map(|(_, size)| *size).max() {
            let remembered = witness.said.split_once("上次见证").unwrap().1.split_once('条').unwrap().0;
            assert!(remembered.parse::<u64>().unwrap() >= largest, "what was answered is remembered");
        }
        let kill_at = before + 1 + round * 7 % 11;
        let (one, other) =
            tokio::join!(press(&witness, &key, 0, &answers, kill_at), press(&witness, &key, 1, &answers, kill_at));
        refusals[0] += one;
        refusals[1] += other;
    }
    let answers = answers.into_inner().unwrap();
    let roots: BTreeMap<u64, Hash> =
        answers.iter().map(|(side, size)| (*size, *SIDES[*side].checkpoint(*size).root())).collect();
    let winner = answers.iter().find(|(_, size)| *size > 5).unwrap().0;
    assert!(roots.len() > 50 && roots.iter().all(|(size, root)| SIDES[winner].checkpoint(*size).root() == root));
    assert!(answers.iter().all(|(side, size)| *size <= 5 || *side == winner), "{answers:?}");
    assert!(refusals[1 - winner] > 20, "the other side was tried: {refusals:?}");
}

#[test]
fn two_processes_never_share_a_folder() {
    let folder = Folder::new("witness-shared");
    let _first = Witness::start(&folder.0, NAME);
    let key = signer().verifier().to_string();
    let second = xingjian(&["witness", "--listen", "127.0.0.1:0", "--log", &key, "--state", path(&folder.0)]);
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second.stderr).contains("另一个见证进程正在使用该文件夹"), "{}", text(&second.stderr));
}

#[test]
fn it_stops_when_told() {
    let folder = Folder::new("witness-stops");
    let mut witness = Witness::start(&folder.0, NAME);
    let process = witness.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    assert!(witness.child.wait().unwrap().success());
}

/// What is said when a witness with a damaged folder is started.
fn said(folder: &Folder, options: &[&str]) -> String {
    let key = signer().verifier().to_string();
    let arguments = ["witness", "--listen", "127.0.0.1:0", "--state", path(&folder.0), "--log", &key];
    let output = xingjian(&[&arguments, options].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    text(&output.stderr).replace(path(&folder.0), "STATE").trim_end().to_owned()
}

#[test]
fn a_damaged_folder_is_named_and_nothing_is_cosigned() {
    let folder = Folder::new("witness-damaged");
    assert!(said(&folder, &[]).contains("新建请加 --name"));
    drop(Witness::start(&folder.0, NAME));
    assert!(said(&folder, &["--name", "other"]).contains("密钥的名称是“witness.example/w1”，与 --name other 不同"));

    let file = folder.0.join("log.example%2Fxingjian.checkpoint");
    let keep = |text: &str| std::fs::write(&file, text).unwrap();
    keep("log.example/xingjian\n7\n");
    let cut = said(&folder, &[]);
    assert!(cut.contains("STATE/log.example%2Fxingjian.checkpoint：上次见证的检查点损坏（"), "{cut}");
    assert!(cut.contains("请换成该日志公布的") && cut.contains("不要删除该文件"), "{cut}");
    keep(&TRUTH.signed(7).to_string());
    assert!(said(&folder, &[]).contains("不是本见证人签的"));

    std::fs::write(folder.0.join("witness.key"), "PRIVATE+KEY+x").unwrap();
    let key = said(&folder, &[]);
    assert!(key.contains("STATE/witness.key：见证密钥损坏") && key.contains("请从备份恢复"), "{key}");
}

#[test]
fn damage_that_comes_later_stops_the_cosigning() {
    let folder = Folder::new("witness-later");
    let witness = Witness::start(&folder.0, NAME);
    assert!(witness.post(TRUTH.request(0, 7).to_string().as_bytes()).starts_with("HTTP/1.1 200 "));
    std::fs::write(folder.0.join("log.example%2Fxingjian.checkpoint"), "").unwrap();
    let answer = witness.post(TRUTH.request(0, 9).to_string().as_bytes());
    assert!(answer.starts_with("HTTP/1.1 500 ") && !answer.contains(path(&folder.0)), "{answer}");
}

#[cfg(unix)]
#[test]
fn the_key_is_made_once_and_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("witness-key");
    let printed = xingjian(&["witness", "key", "--name", NAME, "--state", path(&folder.0)]);
    assert_eq!(printed.stdout, format!("{}\n", Witness::key(&folder.0)).into_bytes());
    let mode = std::fs::metadata(folder.0.join("witness.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

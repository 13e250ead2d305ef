//! Proof files, checked offline.

use super::world::{History, ORIGIN, TRUTH, Witness, path, signer, xingjian};
use crate::claims::{Folder, text};
use std::path::PathBuf;
use std::process::Output;
use xingjian_tlog::{Hash, Proof, SignedCheckpoint, VerifierKey};

const SIZE: u64 = 300;

/// A folder with a policy of two witnesses, of which this many must have seen a checkpoint, and their keys.
struct World {
    folder: Folder,
    keys: Vec<VerifierKey>,
}

impl World {
    fn new(name: &str, quorum: &str) -> Self {
        let folder = Folder::new(&format!("log-{name}"));
        let state = |number: usize| folder.0.join(format!("w{number}"));
        let keys: Vec<VerifierKey> = (1..=2)
            .map(|number| {
                let name = format!("witness.example/w{number}");
                assert!(
                    xingjian(&["witness", "key", "--name", &name, "--state", path(&state(number))]).status.success()
                );
                Witness::key(&state(number))
            })
            .collect();
        let policy = format!(
            "log {}\nwitness 甲 {}\nwitness 乙 {}\ngroup 两家 {quorum} 甲 乙\nquorum 两家\n",
            signer().verifier(),
            keys[0],
            keys[1]
        );
        std::fs::write(folder.0.join("policy"), policy).unwrap();
        Self { folder, keys }
    }

    /// Cosigned by these witnesses, each a process.
    async fn cosigned(&self, history: History, witnesses: &[usize]) -> SignedCheckpoint {
        let mut checkpoint = history.signed(SIZE);
        for number in witnesses {
            let state = self.folder.0.join(format!("w{number}"));
            let witness = Witness::start(&state, &format!("witness.example/w{number}"));
            let lines = witness.ask(&history.request(0, SIZE)).await.unwrap();
            checkpoint.take_cosignatures(&lines, &self.keys).unwrap();
        }
        checkpoint
    }

    fn file(&self, proof: &str) -> PathBuf {
        let file = self.folder.0.join("act.tlog-proof");
        std::fs::write(&file, proof).unwrap();
        file
    }

    fn verify(&self, proof: &str, options: &[&str]) -> Output {
        let (file, policy) = (self.file(proof), self.folder.0.join("policy"));
        xingjian(&[&["log", "verify", path(&file), "--policy", path(&policy)], options].concat())
    }

    /// The answer to a proof that must fail.
    fn refused(&self, proof: &Proof) -> String {
        let output = self.verify(&proof.to_string(), &[]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        text(&output.stdout)
    }
}

#[tokio::test]
async fn a_proof_that_two_of_two_witnesses_saw_holds() {
    let world = World::new("holds", "2");
    let proof = TRUTH.proof(17, world.cosigned(TRUTH, &[1, 2]).await);
    let output = world.verify(&proof.to_string(), &[]);
    let said = text(&output.stdout);
    assert!(output.status.success(), "{said}");
    let outcomes: Vec<&str> = said.lines().take(5).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(outcomes, ["通过"; 5], "{said}");
    for part in [
        "甲（",
        "乙（",
        "序号17",
        "内容：第17件\n",
        "时间：2026-09-21 ",
        "经办：演示员（health）",
        "  数据\n    当事人：演示医院\n    since：2026-09-05\n",
        "结论：该事项在日志中",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    let output = world.verify(&proof.to_string(), &["--json"]);
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["holds"], true);
    assert_eq!((&json["index"], &json["event"]["text"]), (&17.into(), &"第17件".into()));
    assert_eq!((&json["checkpoint"]["origin"], &json["checkpoint"]["size"]), (&ORIGIN.into(), &SIZE.into()));
}

#[tokio::test]
async fn the_step_that_failed_is_named() {
    let world = World::new("fails", "2");
    let both = world.cosigned(TRUTH, &[1, 2]).await;
    let good = TRUTH.proof(17, both.clone());

    let one = TRUTH.proof(17, TRUTH.signed(SIZE));
    let said = world.refused(&one);
    assert!(said.contains("未通过  4 见证人的签名：见证不足：至少还差2个，尚无甲、乙的见证"), "{said}");
    assert!(said.contains("通过　  5 包含证明"), "{said}");
    assert!(said.contains("事项（未经证实，不可采信）") && said.ends_with("结论：未通过，不能采信\n"), "{said}");

    let other_act = Proof { extra: TRUTH.proof(18, both.clone()).extra, ..good.clone() };
    assert!(world.refused(&other_act).contains("未通过  5 包含证明：证明算出的根哈希与日志的根哈希不同"));
    let elsewhere = Proof { index: 16, ..good.clone() };
    assert!(world.refused(&elsewhere).contains("未通过  5 包含证明"));
    let beyond = Proof { index: SIZE, ..good.clone() };
    assert!(world.refused(&beyond).contains("序号300不在共300条的日志之内"));
    let mut hashes = good.hashes.clone();
    hashes[3] = Hash([7; 32]);
    assert!(world.refused(&Proof { hashes, ..good.clone() }).contains("未通过  5 包含证明"));

    let loose = Proof { extra: good.extra.clone().map(|extra| [extra, b" ".to_vec()].concat()), ..good.clone() };
    let said = world.refused(&loose);
    assert!(
        said.contains("未通过  2 事项内容：事项内容不是规范化的JSON") && said.contains("未检查  5 包含证明"),
        "{said}"
    );

    let resized = both.to_string().replace("\n300\n", "\n299\n");
    let resized = Proof { checkpoint: SignedCheckpoint::parse(resized.as_bytes()).unwrap(), ..good.clone() };
    let said = world.refused(&resized);
    assert!(said.contains("未通过  3 日志的签名") && said.contains("未检查  4 见证人的签名"), "{said}");
}

#[tokio::test]
async fn an_act_without_content_is_found_by_its_entry() {
    let world = World::new("entry", "1");
    let proof = Proof { extra: None, ..TRUTH.proof(17, world.cosigned(TRUTH, &[2]).await) }.to_string();
    let hex = |index| TRUTH.entry(index).as_bytes().iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    let said = |options: &[&str]| {
        let output = world.verify(&proof, options);
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(said(&["--entry", &hex(17)]).0, Some(0));
    assert_eq!(said(&["--entry", &hex(18)]).0, Some(2));
    assert_eq!(said(&["--entry", &hex(17)[1..]]).0, Some(2), "no 66 digits");
    let (code, without) = said(&[]);
    assert!(code == Some(2) && without.contains("须另行提供条目（--entry）"), "{without}");
}

#[test]
fn a_damaged_file_is_named_with_line_and_value() {
    let world = World::new("damaged", "1");
    let good = TRUTH.proof(17, TRUTH.signed(SIZE)).to_string();
    let said = |proof: String| {
        let output = world.verify(&proof, &[]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        text(&output.stdout)
    };
    let file = world.folder.0.join("act.tlog-proof").display().to_string();
    let header = said(good.replace("v1\n", "v9\n"));
    assert!(
        header.contains(&format!("{file}：不是证明文件：第1行应为")) && header.contains("“c2sp.org/tlog-proof@v9”"),
        "{header}"
    );
    assert!(said(good.replace("index 17", "index 017")).contains("文件第3行为“index 017”"));
    let size = said(good.replace("\n300\n", "\n0300\n"));
    assert!(size.contains("第2行不是条目数") && size.contains("行为“0300”"), "{size}");
    let line = good.lines().nth(4).unwrap();
    assert!(said(good.replace(line, "???")).contains("文件第5行为“???”"));
    // What a terminal would obey is shown, not done.
    let escape = said(good.replace("v1\n", "v1\u{1b}[2J\u{202e}\n"));
    assert!(escape.contains("\\u{1b}[2J\\u{202e}") && !escape.contains('\u{1b}'), "{escape}");
    assert!(said(String::new()).contains("请重新取得证明文件"));
}

#[test]
fn what_cannot_be_checked_is_no_verdict() {
    let world = World::new("cannot", "1");
    let policy = world.folder.0.join("policy");
    let output = xingjian(&["log", "verify", "not-there", "--policy", path(&policy)]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("not-there：无法读取"), "{}", text(&output.stderr));

    let text_of_policy = std::fs::read_to_string(&policy).unwrap();
    std::fs::write(&policy, text_of_policy.replace("quorum 两家", "quorum 三家")).unwrap();
    let output = world.verify("", &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stderr);
    assert!(said.contains("第5行“quorum 三家”：前面没有名为“三家”的见证人或分组"), "{said}");
}

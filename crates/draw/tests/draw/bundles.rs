//! A draw as it is handed to outsiders, with proofs of a made-up log.

use crate::shared::sampler_python;
use crate::verifier;
use crate::world::{Story, later, proposal, said};
use expect_test::{Expect, expect, expect_file};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;
use xingjian_draw::bundle::{Agreed, Bundle, BundleDifference, FORMAT, Opened, Standing, Step, verify};
use xingjian_draw::draw::{Action, Document, Proposal, State, StopCause};
use xingjian_tlog::{
    Checkpoint, Entry, Hash, HashReader, Node, Opening, Policy, Proof, ProofPlan, SignedCheckpoint, Signer, canonical,
    leaf_hash, node_hash, root,
};

/// Leaves in memory, every node computed anew.
struct Leaves(Vec<Hash>);

impl HashReader for Leaves {
    type Error = std::convert::Infallible;
    fn read(&self, Node { level, index }: Node) -> Result<Hash, Self::Error> {
        if level == 0 {
            return Ok(self.0[usize::try_from(index).unwrap()]);
        }
        Ok(node_hash(
            &self.read(Node { level: level - 1, index: 2 * index })?,
            &self.read(Node { level: level - 1, index: 2 * index + 1 })?,
        ))
    }
}

fn signer(name: &str) -> Signer {
    Signer::ed25519(name, &[1; 32]).unwrap()
}

pub fn policy() -> String {
    format!("log {}\nquorum none\n", signer("log.example/xingjian").verifier())
}

/// The row by which the public is shown a document.
fn row(kind: &str, data: &Value) -> Vec<u8> {
    canonical(&json!({
        "act": "01".repeat(33),
        "actor": {"account": null, "department": "health", "name": "演示卫生健康局", "officer": null, "roles": ["head"]},
        "at": "1795320000000000", "data": data, "id": "1", "kind": kind, "resource": "draw", "resource_id": "1",
        "subjects": [], "text": "随机抽查",
    }))
    .unwrap()
}

/// The proofs that a log has these events one after the other, with another entry before each.
fn prove(name: &str, events: &[Vec<u8>]) -> Vec<String> {
    let salt = |at: usize| [u8::try_from(at).unwrap(); 32];
    let other = || leaf_hash(Entry::seal(&[200; 32], b"{}").as_bytes());
    let leaf = |(at, event): (usize, &Vec<u8>)| leaf_hash(Entry::seal(&salt(at), event).as_bytes());
    let leaves = Leaves(events.iter().enumerate().flat_map(|each| [other(), leaf(each)]).collect());
    let size = u64::try_from(leaves.0.len()).unwrap();
    let Ok(root) = root(size, &leaves);
    let checkpoint = SignedCheckpoint::sign(Checkpoint::new(name, size, root).unwrap(), &signer(name));
    let proof = |(at, event): (usize, &Vec<u8>)| {
        let index = u64::try_from(2 * at + 1).unwrap();
        let Ok(hashes) = ProofPlan::inclusion(index, size).unwrap().read(&leaves);
        let extra = Some(Opening { salt: &salt(at), event }.to_bytes());
        Proof { extra, index, hashes, checkpoint: checkpoint.clone() }.to_string()
    };
    events.iter().enumerate().map(proof).collect()
}

/// The documents of a story so far with their proofs, and what else may be given out.
pub fn bundle(story: &Story) -> Bundle {
    let data = |document: &Document| serde_json::to_value(document).unwrap();
    let events: Vec<Vec<u8>> = story.documents.iter().map(|document| row("draw.shown", &data(document))).collect();
    let proofs = prove("log.example/xingjian", &events);
    let steps = story.documents.iter().cloned().zip(proofs);
    Bundle {
        format: FORMAT.to_owned(),
        draw: story.state.id().clone(),
        file: if let State::Released(drawn) = &story.state { Some(drawn.file()) } else { None },
        opened: if let State::Stopped(stopped) = &story.state { Opened::of(stopped) } else { None },
        steps: steps.map(|(document, proof)| Step { document, proof: Some(proof) }).collect(),
        policy: Some(policy()),
    }
}

/// What a check says: the list, and the conclusion or the difference.
fn told(bundle: &Bundle) -> String {
    let report = verify(bundle, None, Some(&policy().parse::<Policy>().unwrap()));
    let lines =
        report.told.iter().map(|one| format!("{} {}：{}", if one.held { "+" } else { "?" }, one.name, one.text));
    let end = match report.outcome {
        Ok(Agreed::Computed(_)) => "computed".to_owned(),
        Ok(agreed) => format!("{agreed:?}"),
        Err(difference) => difference.to_string(),
    };
    lines.chain([end]).collect::<Vec<_>>().join("\n")
}

fn found(change: impl FnOnce(&mut Bundle), want: &Expect) {
    let mut bundle = bundle(&Story::finished(proposal(), None));
    change(&mut bundle);
    want.assert_eq(told(&bundle).lines().last().unwrap());
}

#[test]
fn a_released_draw_is_computed_again_with_its_proofs() {
    let bundle = bundle(&Story::finished(proposal(), None));
    let text = serde_json::to_string(&bundle).unwrap();
    assert_eq!(serde_json::from_str::<Bundle>(&text).unwrap(), bundle);
    expect![[r#"
        + 日志证明：4/4份文件在日志log.example/xingjian中，依次排列；信任策略由核验人给出
        + 程序步骤：封存、种子、抽取、公开各一次，先后正确，与公开文件一致
        + 名录：对象68家、排除0家、检查人员16名、回避23条，哈希与封存公告一致
        + 种子：由4个来源依次组成
        + 抽中对象：3个分层，68家中抽中16家
        + 检查组：36个席位，16名检查人员，哈希与抽取公告一致
        + 后续登记：更换检查人员0次，登记检查结果0家
        computed"#]]
    .assert_eq(&told(&bundle));
    let own = verify(&bundle, None, None).told.remove(0);
    expect!["false 4/4份文件在日志log.example/xingjian中，依次排列；信任策略取自核验包，只说明它与自己一致"]
        .assert_eq(&format!("{} {}", own.held, own.text));
}

/// The bundle that `docs/verify` explains itself with, and other crates test with.
#[test]
fn the_example_is_a_bundle_of_today() {
    let bundle = bundle(&verifier::story());
    let example = format!("{}\n", serde_json::to_string_pretty(&bundle).unwrap());
    expect_file!["../../../../docs/verify/example.json"].assert_eq(&example);
    assert!(
        matches!(verify(&bundle, None, None).outcome, Ok(Agreed::Computed(verified)) if verified.results.len() == 1)
    );
}

/// What the short script of `docs/verify` says about a bundle.
fn short_script(python: &Path, bundle: &Bundle) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bundle.json");
    std::fs::write(&path, serde_json::to_vec(bundle).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/verify/tickets.py");
    let output = Command::new(python).env("PYTHONDONTWRITEBYTECODE", "1").arg(script).arg(path).output().unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

#[test]
fn the_sampler_of_others_draws_the_same_objects() {
    let Some(python) = sampler_python() else { return };
    for story in [verifier::story(), Story::finished(proposal(), None)] {
        let mut bundle = bundle(&story);
        let rows = story.drawn().rows.iter().map(|row| format!("{} {} {}\n", row.ticket, row.object, row.stratum));
        assert_eq!(short_script(&python, &bundle), (true, rows.collect()));
        let file = bundle.file.as_mut().unwrap();
        file.drawn.swap(3, 4);
        let (agrees, told) = short_script(&python, &bundle);
        assert!(!agrees && told.contains("row 4: published"), "{told}");
        bundle.file = None;
        assert!(!short_script(&python, &bundle).0, "nothing is released");
    }
}

#[test]
fn before_the_release_only_steps_and_proofs_are_checked() {
    let release = Some("2026-12-21".parse().unwrap());
    let mut story = Story::begin(Proposal { release, ..proposal() }, None);
    let mut standings = vec![verify(&bundle(&story), None, None).outcome];
    story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
    standings.push(verify(&bundle(&story), None, None).outcome);
    story.act(Action::Draw { at: later(141) }).unwrap();
    standings.push(verify(&bundle(&story), None, None).outcome);
    let wanted = [Standing::Frozen, Standing::Seeded, Standing::Drawn].map(|of| Ok(Agreed::Steps(of)));
    assert_eq!(standings, wanted);
    expect![[r#"
        + 日志证明：3/3份文件在日志log.example/xingjian中，依次排列；信任策略由核验人给出
        + 程序步骤：3份文件，各步齐全、先后正确
        Steps(Drawn)"#]]
    .assert_eq(&told(&bundle(&story)));
    let mut lying = bundle(&story);
    let Document::Drawn(drawing) = &mut lying.steps[2].document else { panic!("drawn") };
    drawing.objects += 1;
    lying.steps.iter_mut().for_each(|step| step.proof = None);
    expect![[r#"
        ? 日志证明：3份文件都没有附日志证明，未检查是否在日志中
        抽取公告的抽中数：公布的是“16”，重新计算得到“15”。公开文件或者日志被改动过，不能采信"#]]
    .assert_eq(&told(&lying));
    let at = xingjian_kernel::Timestamp::from_local("2026-12-21".parse().unwrap(), 9, 0);
    story.act(Action::Release { at }).unwrap();
    let without = Bundle { file: None, ..bundle(&story) };
    expect!["抽查“2026-SSJ-1”的名单已经公开，核验包中却没有公开文件。请取得完整的核验包"]
        .assert_eq(told(&without).lines().last().unwrap());
}

#[test]
fn a_stop_for_want_of_officers_is_computed_again() {
    for release in [None, Some("2026-12-21".parse().unwrap())] {
        let mut scarce = Proposal { release, ..proposal() };
        scarce.rules.most = Some(2);
        let mut story = Story::begin(scarce, None);
        story.act(Action::Seed { said: Box::new(said()), at: later(140) }).unwrap();
        story.act(Action::Stop { cause: StopCause::Shortage, at: later(142) }).unwrap();
        let mut bundle = bundle(&story);
        assert_eq!(verify(&bundle, None, None).outcome, Ok(Agreed::Shortage));
        let without = Bundle { opened: None, ..bundle.clone() };
        assert!(matches!(verify(&without, None, None).outcome, Err(BundleDifference::NotOpened(_))));
        let opened = bundle.opened.as_mut().unwrap();
        opened.bases.officers.iter_mut().for_each(|officer| officer.available = true);
        opened.bases.officers.pop();
        let difference = verify(&bundle, None, None).outcome.unwrap_err().to_string();
        assert!(difference.starts_with("检查人员名录的哈希"), "{difference}");
    }
}

#[test]
fn a_proof_that_does_not_fit_is_named_with_its_document() {
    found(
        |bundle| bundle.format.push('x'),
        &expect![
            "抽查核验包的格式是“xingjian/draw-bundle/v1x”，本程序只认“xingjian/draw-bundle/v1”。请取得本格式的文件，或者使用新版程序"
        ],
    );
    found(
        |bundle| bundle.draw = "2026-X".parse().unwrap(),
        &expect!["抽查核验包的编号是“2026-X”，所附公开文件却是抽查“2026-SSJ-1”的。请取得同一次抽查的文件"],
    );
    found(
        |bundle| {
            let Document::Drawn(drawing) = &mut bundle.steps[2].document else { panic!("drawn") };
            drawing.officers += 1;
        },
        &expect!["第3份文件“抽取”的日志证明不成立：日志中的事项不是这份文件。不能采信"],
    );
    found(
        |bundle| bundle.steps[1].proof.as_mut().unwrap().push('x'),
        &expect!["第2份文件“种子”的日志证明不成立：证明文件的格式有误。不能采信"],
    );
    found(
        |bundle| {
            let text = bundle.steps[1].proof.as_mut().unwrap();
            *text = text.replacen("index 3", "index 2", 1);
        },
        &expect!["第2份文件“种子”的日志证明不成立：条目不在检查点的日志中。不能采信"],
    );
    found(
        |bundle| bundle.steps[0].proof = bundle.steps[1].proof.clone(),
        &expect!["第1份文件“封存”的日志证明不成立：日志中的事项不是这份文件。不能采信"],
    );
    found(
        |bundle| bundle.steps.swap(2, 3),
        &expect!["第4份文件“抽取”的日志证明不成立：在日志中不在前一份文件之后。不能采信"],
    );
    let kinds = |name: &'static str, kind: &'static str| {
        move |bundle: &mut Bundle| {
            let data = |step: &Step| row(kind, &serde_json::to_value(&step.document).unwrap());
            let events: Vec<Vec<u8>> = bundle.steps.iter().map(data).collect();
            bundle.steps.iter_mut().zip(prove(name, &events)).for_each(|(step, proof)| step.proof = Some(proof));
        }
    };
    found(
        kinds("log.example/other", "draw.shown"),
        &expect!["第1份文件“封存”的日志证明不成立：检查点没有可信日志的有效签名。不能采信"],
    );
    found(
        kinds("log.example/xingjian", "draw.saved"),
        &expect!["第1份文件“封存”的日志证明不成立：日志中的事项不是这份文件。不能采信"],
    );
    let mut alone = bundle(&Story::finished(proposal(), None));
    alone.policy = None;
    assert_eq!(verify(&alone, None, None).outcome, Err(BundleDifference::NoPolicy));
    alone.steps.iter_mut().for_each(|step| step.proof = None);
    let report = verify(&alone, None, None);
    assert!(report.outcome.is_ok() && !report.told[0].held, "what was not checked is said");
}

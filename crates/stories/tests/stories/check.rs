//! Anybody checks a proof file or a draw in their own browser: on the site, and with the file that is kept and needs no site.

mod cases;
mod draws;

use crate::app::{Start, story};
use crate::browser::Browser;
use crate::plain::Plain;
use cases::{Case, EVENTS, other_signature, policy, proof, proof_of, signed, spoilt, without_signature};
use draws::{Checked, example, extensions, sound, tally};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use xingjian_govern::publication;
use xingjian_store::Log;
use xingjian_testkit::Backend;
use xingjian_tlog::{Opening, Proof};

/// Cases in one call of the browser.
const CALL: usize = 40;

/// Chooses the two files, written down for it under names of their own.
async fn choose(browser: &Browser, folder: &Path, name: &str, case: &Case) {
    for (id, bytes) in [("check-proof", &case.proof), ("check-policy", &case.policy)] {
        let path = folder.join(format!("{name}-{id}"));
        std::fs::write(&path, bytes).expect("the folder can be written");
        let input = browser.find(&format!("//input[@id='{id}']"), id).await;
        input.send_keys(&path.to_string_lossy()).await.expect("a file is chosen");
    }
}

/// What the page's own check says of each case: the first step that does not hold.
async fn verdicts(browser: &Browser, cases: &[Case]) -> Vec<String> {
    let mut found = vec![];
    for some in cases.chunks(CALL) {
        let files: Vec<Value> = some.iter().map(|case| json!([case.proof, case.policy])).collect();
        let script = format!(
            "return {}.map((files) => xingjianCheck(...files.map((bytes) => Uint8Array.from(bytes))).verdict)",
            json!(files)
        );
        let said = browser.script(&script).await.expect("the check answers");
        found.extend(serde_json::from_value::<Vec<String>>(said).expect("a verdict for each"));
    }
    found
}

/// As somebody gets there who reads what was published.
async fn open(browser: &Browser) {
    browser.be_visitor().await;
    browser.follow("公示").await;
    browser.follow("核验日志证明").await;
    browser.see("选择文件").await;
}

/// A part that is wrong by itself, and the step at which it is noticed.
fn broken() -> Vec<(&'static str, &'static str, Case)> {
    let good = proof(&[1, 2]);
    let (two, text) = (policy(2), good.to_string());
    let changed = |change: &dyn Fn(&mut Proof)| {
        let mut proof = good.clone();
        change(&mut proof);
        Case::of(&proof, &two)
    };
    let bytes = |proof: Vec<u8>| Case { proof, policy: two.clone().into_bytes() };
    let trusting = |policy: String| Case::of(&good, &policy);
    let extra = good.extra.clone().expect("it is public");
    let Opening { salt, event } = Opening::parse(&extra).expect("it is canonical");
    let forged = String::from_utf8(event.to_vec()).expect("JSON").replace("50,000", "20,000");
    let with = |bytes: Vec<u8>| changed(&|proof| proof.extra = Some(bytes.clone()));
    let root = *good.checkpoint.checkpoint().root();
    let (origin, other) = ("log.example/xingjian", "log.example/another");
    vec![
        ("an event byte", "inclusion", with(Opening { salt, event: forged.as_bytes() }.to_bytes())),
        ("the salt", "inclusion", with(Opening { salt: &[9; 32], event }.to_bytes())),
        ("no event", "opening", changed(&|proof| proof.extra = None)),
        ("an event that is not canonical", "opening", with([salt.as_slice(), event, b" "].concat())),
        ("the index", "inclusion", changed(&|proof| proof.index += 1)),
        ("an index beyond", "inclusion", changed(&|proof| proof.index = u64::MAX)),
        ("a hash", "inclusion", changed(&|proof| proof.hashes[1].0[0] ^= 1)),
        ("a hash less", "inclusion", changed(&|proof| proof.hashes.truncate(2))),
        ("a tree of another size", "inclusion", changed(&|proof| proof.checkpoint = signed(9, root, &[1, 2]))),
        ("the log's signature", "log", bytes(other_signature(&good, 0, 40))),
        ("no signature of the log", "log", bytes(without_signature(&good, 0))),
        ("the size that was signed", "log", bytes(text.replacen("\n7\n", "\n8\n", 1).into_bytes())),
        ("another log's key", "log", trusting(two.replacen("+AYqI", "+AYqJ", 1).replacen("log ", "# log ", 1))),
        ("a cosignature", "witness", bytes(other_signature(&good, 2, 60))),
        ("the time of a cosignature", "witness", bytes(other_signature(&good, 3, 14))),
        ("too few cosignatures", "witness", bytes(without_signature(&good, 2))),
        ("a larger quorum", "witness", trusting(policy(3))),
        ("a key of the policy", "policy", trusting(two.replacen(origin, other, 1))),
        ("a quorum of more than there are", "policy", trusting(policy(4))),
        ("the first line", "file", bytes(text.replacen("@v1", "@v2", 1).into_bytes())),
        ("the end of the file", "file", bytes(text[..text.len() - 1].into())),
    ]
}

/// Every case once more by the log's own program; how often each verdict came.
async fn as_the_program_says(browser: &Browser, cases: &[Case]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for (case, found) in cases.iter().zip(verdicts(browser, cases).await) {
        let text = String::from_utf8_lossy(&case.proof);
        assert_eq!(found, case.verdict(), "{text}\n--- {}", String::from_utf8_lossy(&case.policy));
        *counts.entry(found).or_default() += 1;
    }
    counts
}

#[test]
fn anybody_checks_a_proof_on_the_site() {
    story(Backend::Sqlite, Start::Ground, "check", async |_, browser| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        open(browser).await;
        choose(browser, folder.path(), "good", &Case::of(&proof(&[1, 2]), &policy(2))).await;
        browser.see("核验通过").await;
        for text in ["演示第一医院", "罚款50,000.00元", "演示卫生健康局", "信息公开员", "2026年5月11日11:00", "SM2"]
        {
            browser.see(text).await;
        }
        browser.look("check-held").await;

        let broken = broken();
        let (_, _, forged) = &broken[0];
        choose(browser, folder.path(), "forged", forged).await;
        browser.see("核验未通过：第4步 包含证明").await;
        browser.see("未经证实").await;
        browser.see("证明算出的根哈希与日志的根哈希不同").await;
        browser.look("check-failed").await;
        choose(browser, folder.path(), "alone", &Case::of(&proof(&[2]), &policy(2))).await;
        browser.see("见证不足：至少还差1个，尚无w1、w3的见证").await;

        // Old telephones and plain http have no WebCrypto; nothing here may need it.
        browser.script("Object.defineProperty(globalThis, 'crypto', { value: undefined })").await;
        let cases: Vec<Case> = broken.iter().map(|(_, _, case)| case.clone()).collect();
        let found = verdicts(browser, &cases).await;
        for ((part, step, case), found) in broken.iter().zip(found) {
            assert_eq!((found.as_str(), case.verdict()), (*step, *step), "{part}");
        }
        let counts = as_the_program_says(browser, &spoilt(360)).await;
        let steps: Vec<&str> = counts.keys().map(String::as_str).collect();
        assert_eq!(steps, ["file", "held", "inclusion", "log", "opening", "policy", "witness"], "{counts:?}");

        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        let deep = [deep(127), deep(128), deep(20_000)];
        let events = EVENTS.iter().copied().chain(deep.iter().map(String::as_str));
        let mut cases: Vec<Case> =
            events.map(|event| Case::of(&proof_of(event.as_bytes(), &[1]), &policy(1))).collect();
        cases.push(Case::of(&proof_of(b"\"\xed\xa0\x80\"", &[1]), &policy(1)));
        let counts = as_the_program_says(browser, &cases).await;
        assert!(counts["held"] > 8 && counts["opening"] > 16, "{counts:?}");
    });
}

#[test]
fn the_file_that_is_kept_checks_without_any_site() {
    story(Backend::Sqlite, Start::Ground, "check-alone", async |app, browser| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        open(browser).await;
        browser.find("//a[normalize-space(.)='下载核验程序'][@href='/public/check/file']", "download").await;
        let kept = Plain::new(app.port).get("/public/check/file");
        assert_eq!((kept.status, kept.header("content-type")), (200, Some("text/html; charset=utf-8")));
        let path = folder.path().join("xingjian-check.html");
        std::fs::write(&path, kept.body).expect("the folder can be written");

        browser.open_file(&path).await;
        choose(browser, folder.path(), "good", &Case::of(&proof(&[1, 2]), &policy(2))).await;
        browser.see("核验通过").await;
        browser.see("罚款50,000.00元").await;
        browser.look("check-alone").await;
        let broken: Vec<(&str, &str, Case)> = broken();
        let cases: Vec<Case> = broken.iter().map(|(_, _, case)| case.clone()).collect();
        for ((part, step, _), found) in broken.iter().zip(verdicts(browser, &cases).await) {
            assert_eq!(found, *step, "{part}");
        }
    });
}

#[test]
fn a_published_decision_is_checked_from_its_page() {
    story(Backend::Sqlite, Start::Demo, "check-published", async |app, browser| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let log = Log::open(folder.path(), cases::signers()).expect("a log is opened");
        log.catch_up(&app.app).await.expect("every act becomes a leaf");
        assert!(app.app.log.set(log).is_ok(), "there was no log");
        let published = publication::public_list(&app.app, None, None, 50).await.expect("texts are read").rows;
        let text = published.iter().find(|text| text.get("penalty_text").is_some()).expect("a decision is published");
        let number = text.get("document_number").expect("it has its number");
        browser.be_visitor().await;
        browser.follow("公示").await;
        browser.open_row(&[number]).await;
        browser.look("check-published").await;
        browser.follow("核验本条公示").await;
        browser.see("核验通过").await;
        for field in &text.fields {
            browser.see(&field.text).await;
        }
        browser.see("策略不要求见证").await;
        browser.look("check-linked").await;
    });
}

/// Chooses a bundle, written down for it.
async fn choose_bundle(browser: &Browser, folder: &Path, name: &str, bundle: &Value) {
    let path = folder.join(format!("{name}.json"));
    std::fs::write(&path, bundle.to_string()).expect("the folder can be written");
    let input = browser.find("//input[@id='check-bundle']", "check-bundle").await;
    input.send_keys(&path.to_string_lossy()).await.expect("a file is chosen");
}

/// What the page's own check says of each bundle, with the first difference in words; both as the command line says them.
async fn as_the_command_line_says(browser: &Browser, all: &[Checked]) -> BTreeMap<String, usize> {
    let mut verdicts = vec![];
    for some in all.chunks(CALL) {
        let files: Vec<Value> = some.iter().map(|one| json!([one.bundle, one.previous])).collect();
        let script = format!(
            "const bytes = (of) => of === null ? null : new TextEncoder().encode(JSON.stringify(of)); \
             return {}.map((files) => {{ const {{ verdict, text }} = xingjianDraw(...files.map(bytes)); \
             return [verdict, verdict === 'differs' ? text : '']; }})",
            json!(files)
        );
        let said = browser.script(&script).await.expect("the check answers");
        let said: Vec<(String, String)> = serde_json::from_value(said).expect("a verdict for each");
        for (one, found) in some.iter().zip(said) {
            let (verdict, text) = one.verdict();
            assert_eq!((found.0.as_str(), &found.1), (verdict, &text), "{}", one.bundle);
            verdicts.push(found.0);
        }
    }
    tally(verdicts)
}

#[test]
fn anybody_computes_a_draw_again_on_the_site() {
    story(Backend::Sqlite, Start::Ground, "check-draw", async |_, browser| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        open(browser).await;
        let good = Checked::of(&example());
        choose_bundle(browser, folder.path(), "good", &good.bundle).await;
        browser.see("核验通过").await;
        for text in ["抽中对象", "3个分层，68家中抽中15家", "34个席位", "信任策略取自核验包", "1/8（12.5%）"]
        {
            browser.see(text).await;
        }
        browser.look("check-draw-held").await;
        let row = &good.bundle["file"]["drawn"][1];
        let field = |name: &str| row[name].as_str().expect("a text").to_owned();
        let lookup = async |id: &str| {
            let input = browser.find("//input[@id='lookup-id']", "lookup").await;
            input.clear().await.expect("it can be cleared");
            let button = browser.find("//button[normalize-space(.)='查询']", "button").await;
            input.send_keys(id).await.expect("it can be typed in");
            browser.press(&button, "查询").await;
        };
        lookup(&field("object")).await;
        for text in ["在检查对象名录中", &field("ticket"), "抽中", "已关闭停业"] {
            browser.see(text).await;
        }
        browser.look("check-draw-object").await;
        lookup("没有这家").await;
        browser.see("不在检查对象名录中，也不在排除名单中").await;

        let mut forged = good.clone();
        forged.bundle["file"]["drawn"][3]["officers"] = json!(["P-health-0001", "P-insurance-0001"]);
        choose_bundle(browser, folder.path(), "forged", &forged.bundle).await;
        browser.see("核验未通过").await;
        browser.see("抽查结果第4行").await;
        browser.look("check-draw-failed").await;
        let sealed = Checked::of(sound().last().expect("one before its seed"));
        choose_bundle(browser, folder.path(), "sealed", &sealed.bundle).await;
        browser.see("名单尚未公开").await;

        let all: Vec<Checked> = sound().iter().map(Checked::of).chain(extensions()).collect();
        let counts = as_the_command_line_says(browser, &all).await;
        assert!(counts["computed"] > 10 && counts["shortage"] > 0 && counts["steps"] == 2, "{counts:?}");
        let counts = as_the_command_line_says(browser, &draws::spoilt(400)).await;
        assert!(counts["differs"] > 150 && counts["unreadable"] > 30, "{counts:?}");
    });
}

#[test]
fn the_file_that_is_kept_computes_a_draw_again() {
    story(Backend::Sqlite, Start::Ground, "check-draw-alone", async |app, browser| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let kept = Plain::new(app.port).get("/public/check/file");
        let path = folder.path().join("xingjian-check.html");
        std::fs::write(&path, kept.body).expect("the folder can be written");
        browser.open_file(&path).await;
        choose_bundle(browser, folder.path(), "good", &Checked::of(&example()).bundle).await;
        browser.see("核验通过").await;
        browser.look("check-draw-alone").await;
        let counts = as_the_command_line_says(browser, &draws::spoilt(40)).await;
        assert!(counts["differs"] > 10, "{counts:?}");
    });
}

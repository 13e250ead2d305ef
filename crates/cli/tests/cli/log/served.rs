//! Logs at an address.

use super::world::{History, TRUTH, path, serve, signer, xingjian};
use crate::claims::{Folder, text};
use xingjian_tlog::{SignedCheckpoint, Signer};

/// What is said about a log, and the exit code.
fn verify(folder: &Folder, url: &str, options: &[&str]) -> (Option<i32>, String) {
    let policy = folder.0.join("policy");
    std::fs::write(&policy, format!("log {}\nquorum none\n", signer().verifier())).unwrap();
    let output = xingjian(&[&["log", "verify", url, "--policy", path(&policy)], options].concat());
    (output.status.code(), text(&output.stdout) + &text(&output.stderr))
}

#[test]
fn a_log_that_grew_holds_and_each_entry_is_found() {
    let folder = Folder::new("served-grows");
    let (log, kept) = (folder.0.join("log"), folder.0.join("kept"));
    let url = serve(log.clone());
    for (size, index, since) in
        [(0, None, false), (1, Some("0"), true), (300, Some("299"), true), (70_000, Some("255"), true)]
    {
        TRUTH.publish(&log, &TRUTH.signed(size));
        let mut options = vec!["--keep", path(&kept)];
        options.extend(index.iter().flat_map(|index| ["--index", index]));
        if since {
            options.extend(["--since", path(&kept)]);
        }
        let (code, said) = verify(&folder, &url, &options);
        assert_eq!(code, Some(0), "{size}: {said}");
        assert!(
            said.contains(&format!("检查点：{size}条")) && said.ends_with("结论：日志与其公布的检查点相符\n"),
            "{said}"
        );
        assert!(!since || said.contains("条与以前相同，新增"), "{said}");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), TRUTH.signed(size).to_string());
    }
    // A partial tile that is gone is found in the full one.
    TRUTH.publish(&log, &TRUTH.signed(512));
    std::fs::remove_dir_all(log.join("tile/0/001.p")).unwrap();
    std::fs::remove_dir_all(log.join("tile/entries/001.p")).unwrap();
    std::fs::write(log.join("checkpoint"), TRUTH.signed(300).to_string()).unwrap();
    assert_eq!(verify(&folder, &url, &["--index", "299"]).0, Some(0));
    assert_eq!(verify(&folder, &url, &["--index", "300"]).0, Some(2), "in the bundle, but not in the log");
}

#[test]
fn a_log_that_lies_is_caught_and_keeps_nothing() {
    let folder = Folder::new("served-lies");
    let (log, kept) = (folder.0.join("log"), folder.0.join("kept"));
    let url = serve(log.clone());
    std::fs::write(&kept, TRUTH.signed(300).to_string()).unwrap();
    let caught = |what: &str| {
        let (code, said) = verify(&folder, &url, &["--index", "3", "--since", path(&kept), "--keep", path(&kept)]);
        assert!(code == Some(2) && said.contains(what), "{what}: {said}");
        assert_eq!(std::fs::read_to_string(&kept).unwrap(), TRUTH.signed(300).to_string());
    };
    // Rewritten with the log's own key: nothing but the old checkpoint tells.
    let other = History { departs: 200, mark: "改" };
    other.publish(&log, &other.signed(400));
    caught("只增不改：前300条与以前不同：日志被改写");
    TRUTH.publish(&log, &TRUTH.signed(299));
    caught("日志从300条减为299条");
    // Without the key.
    let stranger = Signer::ed25519(signer().verifier().name(), &[9; 32]).unwrap();
    other.publish(&log, &SignedCheckpoint::sign(other.checkpoint(400), &stranger));
    caught("未通过  2 日志的签名");
    // One byte of a tile, of an entry.
    let change = |file: &str| {
        TRUTH.publish(&log, &TRUTH.signed(400));
        let mut bytes = std::fs::read(log.join(file)).unwrap();
        bytes[3 * 35 + 9] ^= 1;
        std::fs::write(log.join(file), bytes).unwrap();
    };
    change("tile/0/000");
    caught("分块 tile/0/000 与上一层的哈希不符");
    change("tile/entries/000");
    caught("序号3的条目与日志中的哈希值不符");
    std::fs::write(log.join("tile/0/001.p/144"), [0; 31]).unwrap();
    caught("tile/0/001.p/144 长31字节，应为144个哈希值");
    TRUTH.publish(&log, &TRUTH.signed(400));
    std::fs::write(log.join("checkpoint"), "?").unwrap();
    caught("未通过  1 检查点");
    // Everything as it should be.
    TRUTH.publish(&log, &TRUTH.signed(400));
    let (code, said) = verify(&folder, &url, &["--index", "3", "--since", path(&kept), "--keep", path(&kept)]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn what_cannot_be_fetched_is_no_verdict() {
    let folder = Folder::new("served-not");
    let url = serve(folder.0.join("log"));
    let (code, said) = verify(&folder, &url, &[]);
    assert!(code == Some(1) && said.contains("/log/checkpoint：没有这个文件"), "{said}");
    TRUTH.publish(&folder.0.join("log"), &TRUTH.signed(300));
    std::fs::remove_dir_all(folder.0.join("log/tile/0")).unwrap();
    let (code, said) = verify(&folder, &url, &[]);
    assert!(code == Some(1) && said.contains("/log/tile/0/001.p/44：没有这个文件"), "{said}");
    std::fs::write(folder.0.join("log/checkpoint"), vec![b'a'; 256 * 1024 + 1]).unwrap();
    let (code, said) = verify(&folder, &url, &[]);
    assert!(code == Some(1) && said.contains("长于262144字节"), "{said}");
    let (code, said) = verify(&folder, "https://log.example/log", &[]);
    assert!(code == Some(1) && said.contains("应以 http:// 开头"), "{said}");
    let (code, said) = verify(&folder, "http://127.0.0.1:1/log", &[]);
    assert!(code == Some(1) && said.contains("连接失败"), "{said}");
}

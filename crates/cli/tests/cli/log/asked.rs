//! A server and its witnesses, each a process of its own: one is killed and comes back, and one saw another history.

use super::world::{Witness, path, xingjian};
use crate::claims::Folder;
use crate::served::{Server, complaint, post, receipt};
use std::time::Duration;
use xingjian_tlog::{AddCheckpoint, Checkpoint, Hash, Policy, SignedCheckpoint, Signer};
use xingjian_web::client::Asker;
use xingjian_web::witness::submit;

async fn read(server: &Server, path: &str) -> String {
    let url = format!("http://{}{path}", server.address);
    let answer = Asker::new(Duration::from_secs(20)).get(&url, 1 << 20).await.unwrap();
    String::from_utf8(answer.body).unwrap()
}

/// One more act.
async fn complain(server: &Server, number: usize) {
    let address = server.address.clone();
    let answer = tokio::task::spawn_blocking(move || post(&address, "/complain", &complaint(number))).await.unwrap();
    assert!(receipt(&answer.unwrap()).is_some());
}

/// Reads a page again and again until it is as wanted; the bound is for a test that would never end.
async fn until(server: &Server, path: &str, wanted: impl Fn(&str) -> bool) -> String {
    let looking = async {
        loop {
            let body = read(server, path).await;
            if wanted(&body) {
                return body;
            }
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::time::timeout(Duration::from_mins(2), looking).await;
    found.unwrap_or_else(|_| panic!("{path} never is as wanted"))
}

#[tokio::test(flavor = "multi_thread")]
async fn witnesses_are_asked_one_is_killed_and_one_saw_another_history() {
    let folder = Folder::new("log-asked");
    let at = |name: &str| folder.0.join(name);
    let data = at("data");
    // The first start makes the key of the log.
    drop(Server::start(&data, None));
    let keys = std::fs::read_to_string(data.join("log.key")).unwrap();
    let signer: Signer = keys.lines().next().unwrap().parse().unwrap();
    let log = signer.verifier();
    let one = Witness::of(&at("w1"), "witness.example/w1", "127.0.0.1:0", log);
    let two = Witness::of(&at("w2"), "witness.example/w2", "127.0.0.1:0", log);
    let [first, second] = ["w1", "w2"].map(|name| Witness::key(&at(name)));
    let list = |text: &str| std::fs::write(data.join("witnesses"), text).unwrap();
    list("witness 甲\nquorum 乙\n");
    let output = xingjian(&["serve", "--data", path(&data), "--policy", path(&xingjian_testkit::policy_dir())]);
    let said = crate::claims::text(&output.stderr);
    assert!(
        output.status.code() == Some(1) && said.contains("witnesses：信任策略第1行") && said.contains("第2行"),
        "{said}"
    );
    list(&format!(
        "witness 甲 {first} {}\nwitness 乙 {second} {}\ngroup 两家 all 甲 乙\nquorum 两家\n",
        one.url, two.url
    ));

    let server = Server::start(&data, None);
    complain(&server, 1).await;
    let policy: Policy = read(&server, "/log/policy").await.parse().unwrap();
    let parsed = |text: &str| SignedCheckpoint::parse(text.as_bytes());
    let holds = |text: &str| parsed(text).is_ok_and(|checkpoint| policy.check(&checkpoint).is_ok());
    let before = until(&server, "/log/checkpoint", holds).await;

    // One is killed: the other goes on, the page says so, and what both saw is still what is served.
    let address = two.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    drop(two);
    complain(&server, 2).await;
    let page = until(&server, "/log", |page| page.contains("没有见证") && page.contains("连接失败")).await;
    assert!(page.contains("乙") && !page.contains("id=\"alarm\""), "{page}");
    assert_eq!(read(&server, "/log/checkpoint").await, before);

    // It comes back where it was and is asked again without anybody doing anything.
    let two = Witness::of(&at("w2"), "witness.example/w2", &address, log);
    let size = |text: &str| parsed(text).unwrap().checkpoint().size();
    let after = until(&server, "/log/checkpoint", |text| size(text) > size(&before)).await;
    assert!(holds(&after));

    // One that was shown a later history of a fork, signed with the log's own key.
    drop(two);
    std::fs::create_dir_all(at("w3")).unwrap();
    std::fs::copy(at("w2").join("witness.key"), at("w3").join("witness.key")).unwrap();
    let two = Witness::of(&at("w3"), "witness.example/w2", &address, log);
    let fork = SignedCheckpoint::sign(Checkpoint::new(log.name(), 1000, Hash([5; 32])).unwrap(), &signer);
    let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: fork };
    submit(&Asker::new(Duration::from_secs(20)), &two.url, &request).await.unwrap();
    complain(&server, 3).await;
    let page = until(&server, "/log", |page| page.contains("id=\"alarm\"")).await;
    assert!(page.contains("乙") && page.contains("已见证1000条，而本系统签发过的检查点最多"), "{page}");
    assert_eq!(read(&server, "/log/checkpoint").await, after, "what both saw before is still proven");
}

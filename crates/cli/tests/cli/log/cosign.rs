//! A served log has its checkpoints cosigned, and its proofs hold for a policy of witnesses.

use super::world::{History, TRUTH, Witness, path, serve, signer, xingjian};
use crate::claims::{Folder, text};

#[test]
fn witnesses_cosign_a_log_as_it_grows_and_a_proof_of_it_holds() {
    let folder = Folder::new("log-cosign");
    let at = |name: &str| folder.0.join(name);
    let url = serve(at("log"));
    let start =
        || [1, 2].map(|number| Witness::start(&at(&format!("w{number}")), &format!("witness.example/w{number}")));
    let [one, two] = start();
    let keys = ["w1", "w2"].map(|name| Witness::key(&at(name)));
    let policy = format!(
        "log {}\nwitness 甲 {} {}\nwitness 乙 {} {}\ngroup 两家 2 甲 乙\nquorum 两家\n",
        signer().verifier(),
        keys[0],
        one.url,
        keys[1],
        two.url
    );
    std::fs::write(at("policy"), policy).unwrap();
    let cosign = |options: &[&str]| {
        let output = xingjian(&[&["log", "cosign", &url, "--policy", path(&at("policy"))], options].concat());
        (output.status.code(), text(&output.stdout) + &text(&output.stderr))
    };
    let verify = |what: &str| {
        let output = xingjian(&["log", "verify", what, "--policy", path(&at("policy"))]);
        (output.status.code(), text(&output.stdout))
    };

    for size in [3, 300, 700] {
        TRUTH.publish(&at("log"), &TRUTH.signed(size));
        assert_eq!(verify(&url).0, Some(2), "nobody saw it");
        let (code, said) = cosign(&["--keep", path(&at("log/checkpoint"))]);
        assert_eq!(code, Some(0), "{said}");
        assert!(said.contains("甲：已见证\n乙：已见证\n") && said.contains(&format!("{size}条")), "{said}");
        assert_eq!(verify(&url).0, Some(0));
    }
    let (before, after) = (at("before"), at("after"));
    std::fs::write(&before, TRUTH.proof(17, TRUTH.signed(700)).to_string()).unwrap();
    assert_eq!(verify(path(&before)).0, Some(2));
    assert_eq!(cosign(&["--proof", path(&before), "--keep", path(&after)]).0, Some(0));
    assert_eq!(verify(path(&after)).0, Some(0));

    std::fs::write(&before, TRUTH.proof(17, TRUTH.signed(699)).to_string()).unwrap();
    let (code, said) = cosign(&["--proof", path(&before), "--keep", path(&after)]);
    assert!(code == Some(2) && said.contains("见证人已见证700条，多于699条"), "{said}");
    let other = History { departs: 200, mark: "改" };
    for (size, why) in [(700, "见证人见过同为700条而根哈希不同的检查点"), (800, "见证人答复422")]
    {
        other.publish(&at("log"), &other.signed(size));
        let (code, said) = cosign(&["--keep", path(&after)]);
        assert!(code == Some(2) && said.contains(&format!("甲：未见证。{why}")), "{said}");
    }
    drop(two);
    TRUTH.publish(&at("log"), &TRUTH.signed(900));
    let (code, said) = cosign(&["--keep", path(&after)]);
    assert!(code == Some(2) && said.contains("甲：已见证\n乙：未见证。") && said.contains("尚无乙的见证"), "{said}");
    drop(one);
}

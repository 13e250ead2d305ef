//! Policies: read with all their faults at once, and asked about checkpoints.

use crate::world::{self, policy_text};
use expect_test::{Expect, expect};
use xingjian_tlog::{Checkpoint, Policy, Rejected, SignatureError, SignedCheckpoint, Signer, empty_root};

fn verdict(rest: &str, witnesses: &[u8]) -> Result<Vec<String>, Rejected> {
    let policy: Policy = policy_text(rest).parse().unwrap();
    let checkpoint = world::cosigned(5, witnesses);
    let accepted = policy.check(&checkpoint)?;
    assert_eq!(accepted.log, [world::log().verifier()]);
    assert!(accepted.witnesses.iter().all(|(_, time)| *time == 1_700_000_000));
    Ok(accepted.witnesses.into_iter().map(|(name, _)| name.to_owned()).collect())
}

fn lacking(rest: &str, witnesses: &[u8]) -> (usize, String) {
    match verdict(rest, witnesses) {
        Err(Rejected::Quorum { lacking, missing }) => (lacking, missing.join(" ")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn so_many_of_so_many_witnesses() {
    let two = "group g 2 w1 w2 w3\nquorum g\n";
    assert_eq!(verdict(two, &[3, 1]).unwrap(), ["w1", "w3"]);
    assert_eq!(verdict(two, &[1, 2, 3]).unwrap().len(), 3);
    assert_eq!(lacking(two, &[2]), (1, "w1 w3".to_owned()));
    assert_eq!(lacking(two, &[]), (2, "w1 w2 w3".to_owned()));
    assert_eq!(lacking(two, &[9]), (2, "w1 w2 w3".to_owned()), "a stranger does not count");
    assert_eq!(verdict("quorum none\n", &[]).unwrap(), [""; 0]);
    assert_eq!(verdict("quorum none\n", &[2]).unwrap(), ["w2"]);
    assert_eq!(lacking("quorum w2\n", &[1, 3]), (1, "w2".to_owned()));
    assert_eq!(lacking("group g all w1 w2\nquorum g\n", &[1, 3]), (1, "w2".to_owned()));
    assert_eq!(verdict("group g any w1 w2\nquorum g\n", &[2]).unwrap(), ["w2"]);
}

#[test]
fn groups_of_groups() {
    let nested = "# two parties\n\ngroup a any w1 w2\n group\tb all\ta w3 # not a comment here\n"
        .replace(" # not a comment here", "");
    let nested = format!("{nested}quorum b\n");
    assert_eq!(verdict(&nested, &[2, 3]).unwrap(), ["w2", "w3"]);
    assert_eq!(lacking(&nested, &[3]), (1, "w1 w2".to_owned()));
    assert_eq!(lacking(&nested, &[1]), (1, "w2 w3".to_owned()));
    assert_eq!(lacking(&nested, &[]), (2, "w1 w2 w3".to_owned()));
}

#[test]
fn the_log_must_be_known_and_must_have_signed() {
    let policy = world::policy(1);
    let stranger = Signer::ed25519("other.example", &[50; 32]).unwrap();
    let other = SignedCheckpoint::sign(Checkpoint::new("other.example", 0, empty_root()).unwrap(), &stranger);
    assert_eq!(policy.check(&other), Err(Rejected::UnknownLog { origin: "other.example".to_owned() }));
    let not_its_own = SignedCheckpoint::sign(world::checkpoint(5), &stranger);
    assert_eq!(policy.check(&not_its_own), Err(Rejected::Log(SignatureError::NoTrustedSignature)));
    let other_size = world::cosigned(5, &[1]).to_string().replace("\n5\n", "\n6\n");
    let forged = SignedCheckpoint::parse(other_size.as_bytes()).unwrap();
    assert!(matches!(policy.check(&forged), Err(Rejected::Log(SignatureError::Invalid { .. }))));

    // A log may not speak for another one that the same policy knows.
    let both: Policy =
        format!("log {}\nlog {}\nquorum none\n", world::log().verifier(), stranger.verifier()).parse().unwrap();
    assert_eq!(both.check(&not_its_own), Err(Rejected::Log(SignatureError::NoTrustedSignature)));
    assert_eq!(both.check(&other).unwrap().log, [stranger.verifier()]);

    // The line of a witness that is not its own is no missing line but a refusal.
    let line = |from: &SignedCheckpoint| from.note().signatures().last().unwrap().to_string();
    let (five, six) = (world::cosigned(5, &[1]), world::cosigned(6, &[1]));
    let mixed = five.to_string().replace(&line(&five), &line(&six));
    let mixed = SignedCheckpoint::parse(mixed.as_bytes()).unwrap();
    assert!(matches!(world::policy(1).check(&mixed), Err(Rejected::Witness(_))));

    // SM2 alone is enough where the policy says so.
    let sm2: Policy = format!("log {}\nquorum none\n", world::log_sm2().verifier()).parse().unwrap();
    assert_eq!(sm2.check(&world::signed(5)).unwrap().log, [world::log_sm2().verifier()]);
}

#[test]
fn a_policy_keeps_addresses() {
    let log = world::log().verifier().to_string();
    let witness = world::witness(1).verifier().to_string();
    let policy =
        format!("witness 见证一 {witness}\thttps://w1.example/\nlog {log} https://log.example/\nquorum 见证一\n");
    let policy: Policy = policy.parse().unwrap();
    let logs: Vec<_> = policy.logs().map(|(key, url)| (key.to_string(), url)).collect();
    assert_eq!(logs, [(log, Some("https://log.example/"))]);
    let witnesses: Vec<_> = policy.witnesses().map(|(name, key, url)| (name, key.to_string(), url)).collect();
    assert_eq!(witnesses, [("见证一", witness, Some("https://w1.example/"))]);
}

#[test]
fn all_faults_of_a_policy_are_named_at_once() {
    fn check(text: &[u8], expected: &Expect) {
        expected.assert_eq(&Policy::parse(text).map_or_else(|faults| faults.to_string(), |_| "no fault".to_owned()));
    }
    let (log, w1, w4) =
        (world::log().verifier().to_string(), world::witness(1).verifier().to_string(), world::witness(4));
    let lines = [
        "log",
        "log x",
        &format!("log {w1}"),
        &format!("log {log}"),
        "witness w1 x",
        &format!("witness w9 {w1}"),
        &format!("witness w1 {}", w4.verifier()),
        &format!("witness none {}", w4.verifier()),
        "group g 2",
        "group g 0 w1",
        "group g 3 w1 w2",
        "group g 01 w1",
        "group g some w1",
        "group g any w1 w1",
        "group w1 any w2",
        "group g any nobody",
        "group a any w1",
        "group b any w1 w2",
        "group a any w3",
        "quorum nobody",
        "quorum w1",
        "quorum",
        "other",
    ];
    let text = policy_text(&(lines.join("\n") + "\nquorum w2"));
    check(
        text.as_bytes(),
        &expect![[r#"
        信任策略第5行：写法有误；应为 log 密钥 [网址]、witness 名称 密钥 [网址]、group 名称 all|any|数 成员…、quorum 名称
        信任策略第6行：密钥有误：密钥的写法应为“名称+8位十六进制标识+Base64内容”，签名私钥前有“PRIVATE+KEY+”
        信任策略第7行：密钥有误：密钥用途不符：日志用签名密钥，见证人用见证密钥
        信任策略第8行：同一密钥已在前面出现
        信任策略第9行：密钥有误：密钥的写法应为“名称+8位十六进制标识+Base64内容”，签名私钥前有“PRIVATE+KEY+”
        信任策略第10行：同一密钥已在前面出现
        信任策略第11行：名称“w1”已被使用
        信任策略第12行：名称“none”已被使用
        信任策略第13行：写法有误；应为 log 密钥 [网址]、witness 名称 密钥 [网址]、group 名称 all|any|数 成员…、quorum 名称
        信任策略第14行：所需数目应在1与成员数之间
        信任策略第15行：所需数目应在1与成员数之间
        信任策略第16行：所需数目应在1与成员数之间
        信任策略第17行：所需数目应在1与成员数之间
        信任策略第18行：“w1”已是某个分组的成员
        信任策略第19行：名称“w1”已被使用
        信任策略第20行：前面没有名为“nobody”的见证人或分组
        信任策略第22行：“w1”已是某个分组的成员
        信任策略第23行：名称“a”已被使用
        信任策略第24行：前面没有名为“nobody”的见证人或分组
        信任策略第25行：quorum 已在前面规定
        信任策略第26行：写法有误；应为 log 密钥 [网址]、witness 名称 密钥 [网址]、group 名称 all|any|数 成员…、quorum 名称
        信任策略第27行：写法有误；应为 log 密钥 [网址]、witness 名称 密钥 [网址]、group 名称 all|any|数 成员…、quorum 名称
        信任策略第28行：末行没有换行，文件可能不完整"#]],
    );
    check(b"", &expect!["信任策略第1行：没有 quorum 一行；不要求见证时写 quorum none"]);
    check(
        b"quorum none",
        &expect![[r#"
        信任策略第1行：末行没有换行，文件可能不完整
        信任策略第1行：没有 quorum 一行；不要求见证时写 quorum none"#]],
    );
    check(
        b"quorum\x0bnone\n",
        &expect![[r#"
        信任策略第1行：有控制字符，或者不是UTF-8编码
        信任策略第1行：没有 quorum 一行；不要求见证时写 quorum none"#]],
    );
    check(b"# \xff\nquorum none\n", &expect!["信任策略第1行：有控制字符，或者不是UTF-8编码"]);
    check(
        b"# \x7f\nquorum none\r\n",
        &expect![[r#"
        信任策略第1行：有控制字符，或者不是UTF-8编码
        信任策略第2行：有控制字符，或者不是UTF-8编码
        信任策略第2行：没有 quorum 一行；不要求见证时写 quorum none"#]],
    );
    check(&vec![b'\n'; 256 * 1024 + 1], &expect!["信任策略第1行：文件过长"]);
    check(b"quorum none\n", &expect!["no fault"]);
}

#[test]
fn a_policy_is_written_as_it_was_meant() {
    let rest = "# comment\ngroup a any w1 w2\ngroup b all a w3\nquorum b\n";
    let policy: Policy = policy_text(rest).parse().unwrap();
    let written = policy.to_string();
    assert_eq!(written.parse::<Policy>().unwrap(), policy);
    assert!(!written.contains('#') && written.ends_with("group b 2 a w3\nquorum b\n"), "{written}");
    let with_address = written.replacen(
        "quorum",
        &format!("witness far {} http://10.0.0.7:8621/\nquorum", world::witness(9).verifier()),
        1,
    );
    let policy: Policy = with_address.parse().unwrap();
    assert_eq!(policy.to_string(), with_address);
    assert!(!policy.without_addresses().to_string().contains("http"));
    let other = Signer::ed25519("other.example", &[50; 32]).unwrap();
    let ours = written.parse::<Policy>().unwrap().of_log([other.verifier()]);
    assert_eq!(ours.logs().collect::<Vec<_>>(), [(other.verifier(), None)]);
    assert_eq!("quorum none\n".parse::<Policy>().unwrap().to_string(), "quorum none\n");
}

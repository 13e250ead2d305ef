//! Proof files of a log with three witnesses, sound and spoilt, and what the log's own program says of them.

use xingjian_kernel::Rng;
use xingjian_testkit::TestRng;
use xingjian_tlog::{
    AddCheckpoint, Checkpoint, Cosigner, Entry, Hash, HashReader, Node, Opening, Policy, Proof, ProofPlan, Rejected,
    SignedCheckpoint, Signer, Unproven, add_checkpoint, leaf_hash, node_hash, root,
};

const ORIGIN: &str = "log.example/xingjian";
const SIZE: u64 = 7;
const INDEX: u64 = 4;

/// The two files that somebody checks.
#[derive(Clone)]
pub struct Case {
    pub proof: Vec<u8>,
    pub policy: Vec<u8>,
}

impl Case {
    pub fn of(proof: &Proof, policy: &str) -> Self {
        Self { proof: proof.to_string().into_bytes(), policy: policy.into() }
    }

    /// The verdict of the log's own program: the step that does not hold, by the name that the page has for it.
    pub fn verdict(&self) -> &'static str {
        let Ok(policy) = Policy::parse(&self.policy) else { return "policy" };
        let Ok(proof) = Proof::parse(&self.proof) else { return "file" };
        match proof.verify(&policy) {
            Ok(_) => "held",
            Err(Unproven::Opening(_)) => "opening",
            Err(Unproven::Checkpoint(Rejected::UnknownLog { .. } | Rejected::Log(_))) => "log",
            Err(Unproven::Checkpoint(_)) => "witness",
            Err(Unproven::Inclusion(_)) => "inclusion",
        }
    }
}

struct Leaves(Vec<Hash>);

impl HashReader for Leaves {
    type Error = std::convert::Infallible;

    fn read(&self, Node { level, index }: Node) -> Result<Hash, Self::Error> {
        if level == 0 {
            return Ok(self.0[usize::try_from(index).expect("few leaves")]);
        }
        let child = |index| self.read(Node { level: level - 1, index });
        Ok(node_hash(&child(2 * index)?, &child(2 * index + 1)?))
    }
}

/// What the page of a decision shows, as an event.
fn event(index: u64) -> String {
    let fields = r#"[{"label":"当事人","name":"party_name","text":"演示第一医院"},{"label":"处罚内容","name":"penalty_text","text":"罚款50,000.00元"}]"#;
    format!(
        r#"{{"act":"01{index:064x}","actor":{{"account":null,"department":"health","name":"演示卫生健康局","officer":null,"roles":["publisher"]}},"at":"1778468400000000","data":{{"class":"行政处罚决定（单位，一般）","fields":{fields},"since":"2026-05-11"}},"kind":"publication.shown","subjects":[],"text":"演示第一医院"}}"#
    )
}

fn salt(index: u64) -> [u8; 32] {
    [u8::try_from(index).expect("few leaves"); 32]
}

/// A proof that holds: signed with both keys of the log, cosigned by these of three witnesses.
pub fn proof(witnesses: &[u8]) -> Proof {
    let opening = |index| (salt(index), event(index));
    proof_of(opening(INDEX).1.as_bytes(), witnesses)
}

/// The same for any bytes in the place of the event.
pub fn proof_of(event_bytes: &[u8], witnesses: &[u8]) -> Proof {
    let bytes = |index| if index == INDEX { event_bytes.to_vec() } else { event(index).into_bytes() };
    let leaf = |index| leaf_hash(Entry::seal(&salt(index), &bytes(index)).as_bytes());
    let leaves = Leaves((0..SIZE).map(leaf).collect());
    let Ok(root) = root(SIZE, &leaves);
    let hashes = ProofPlan::inclusion(INDEX, SIZE).expect("it is in the tree").read(&leaves);
    let checkpoint = signed(SIZE, root, witnesses);
    let extra = Some(Opening { salt: &salt(INDEX), event: event_bytes }.to_bytes());
    Proof { extra, index: INDEX, hashes: hashes.expect("leaves are there"), checkpoint }
}

/// A checkpoint of the log, with the cosignatures of these witnesses.
pub fn signed(size: u64, root: Hash, witnesses: &[u8]) -> SignedCheckpoint {
    let checkpoint = Checkpoint::new(ORIGIN, size, root).expect("a sound checkpoint");
    let [ed25519, sm2] = &signers()[..] else { unreachable!("two keys") };
    let mut signed = SignedCheckpoint::sign(checkpoint, ed25519).and_sign(sm2);
    for number in witnesses {
        let request = AddCheckpoint { old_size: 0, proof: vec![], checkpoint: signed.clone() };
        let witness = witness(*number);
        let cosigned = add_checkpoint(&[log().verifier().clone()], None, &request, &witness, 1_778_468_400);
        let answer = cosigned.expect("the first checkpoint it sees").cosignature.to_string();
        signed.take_cosignatures(answer.as_bytes(), &[witness.verifier().clone()]).expect("its own cosignature");
    }
    signed
}

/// Both keys of the log.
pub fn signers() -> Vec<Signer> {
    vec![log(), Signer::sm2(ORIGIN, &[2; 32]).expect("a sound key")]
}

fn log() -> Signer {
    Signer::ed25519(ORIGIN, &[1; 32]).expect("a sound key")
}

fn witness(number: u8) -> Cosigner {
    Cosigner::new(&format!("witness.example/w{number}"), &[10 + number; 32]).expect("a sound key")
}

/// Trusts the log, and wants so many of the three witnesses.
pub fn policy(of_three: u8) -> String {
    let key = |number| witness(number).verifier().to_string();
    format!(
        "log {}\nwitness w1 {}\nwitness w2 {}\nwitness w3 {}\ngroup three {of_three} w1 w2 w3\nquorum three\n",
        log().verifier(),
        key(1),
        key(2),
        key(3)
    )
}

/// Another character in the base64 of a signature line, so far from its beginning.
pub fn other_signature(proof: &Proof, line: usize, place: usize) -> Vec<u8> {
    let text = proof.to_string();
    let start = text.match_indices("\u{2014} ").nth(line).expect("so many signatures").0;
    let name = start + "\u{2014} ".len();
    let at = name + text[name..].find(' ').expect("a name ends") + 1 + place;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    bytes
}

/// The file without one of its signature lines.
pub fn without_signature(proof: &Proof, line: usize) -> Vec<u8> {
    let text = proof.to_string();
    let gone = text.lines().filter(|line| line.starts_with('\u{2014}')).nth(line).expect("so many signatures");
    text.replacen(&format!("{gone}\n"), "", 1).into_bytes()
}

/// Events that readers could read differently, and some that only look so.
pub const EVENTS: &[&str] = &[
    "",
    "{\"a\":1,\"a\":2}",
    "{\"b\":1,\"a\":2}",
    "{ }",
    "{}\n",
    "1.0",
    "-0",
    "0.5",
    "1e21",
    "1e+21",
    "{}{}",
    "\u{feff}{}",
    "9007199254740992",
    "9007199254740993",
    "-9007199254740992",
    "\"\\ud800\"",
    "\"\\u0041\"",
    "\"\u{7f}\u{2028}\"",
    "\"\\u001f\\b\\n\"",
    "\"\\/\"",
    "{\"\u{1f600}\":1,\"\u{ffff}\":2}",
    "{\"\u{ffff}\":1,\"\u{1f600}\":2}",
    "{\"__proto__\":{\"a\":1},\"b\":2}",
    "{\"10\":1,\"9\":2}",
    "{\"9\":1,\"10\":2}",
    "null",
    "true",
    "[[],{},null,true,-1]",
];

/// Files with changes by chance, the same in every run: in the text, and in what the text says.
pub fn spoilt(many: u32) -> Vec<Case> {
    let rng = TestRng::new(9162);
    let number = |below: usize| {
        let mut bytes = [0; 8];
        rng.fill(&mut bytes);
        usize::try_from(u64::from_le_bytes(bytes) % below as u64).expect("smaller than what it is below")
    };
    (0..many)
        .map(|n| {
            let mut proof = proof(&[1, 2]);
            let mut policy = policy(1 + u8::try_from(number(3)).expect("three"));
            let mut extra = proof.extra.clone().expect("it is public");
            match n % 6 {
                0 => {
                    let at = number(extra.len());
                    extra[at] ^= 1 << number(8);
                }
                1 => proof.hashes[number(3)].0[number(32)] ^= 1 << number(8),
                2 => proof.index = number(9) as u64,
                3 => proof.checkpoint = signed(1 + number(8) as u64, *proof.checkpoint.checkpoint().root(), &[1, 2]),
                _ => {}
            }
            proof.extra = Some(extra);
            let mut case = Case::of(&proof, &policy);
            match n % 6 {
                4 => case.proof = other_signature(&proof, number(4), number(80)),
                5 if number(3) == 0 => {
                    bend(&mut policy, &number);
                    case.policy = policy.into_bytes();
                }
                5 => {
                    let at = number(case.proof.len());
                    match number(4) {
                        0 => case.proof[at] ^= 1 << number(8),
                        1 => drop(case.proof.remove(at)),
                        2 => case.proof.insert(at, b"\n =A\xff0"[number(6)]),
                        _ => case.proof.truncate(at),
                    }
                }
                _ => {}
            }
            case
        })
        .collect()
}

/// Another character somewhere in a policy, or a line less or twice.
fn bend(policy: &mut String, number: &impl Fn(usize) -> usize) {
    let lines: Vec<String> = policy.lines().map(|line| format!("{line}\n")).collect();
    let at = number(lines.len());
    match number(3) {
        0 => *policy = policy.replacen(&lines[at], "", 1),
        1 => policy.push_str(&lines[at]),
        _ => {
            let at = number(policy.len());
            policy.replace_range(at..=at, ["A", "+", " ", "0"][number(4)]);
        }
    }
}

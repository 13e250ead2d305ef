//! That the log has each document: the proof's event holds it, the entry is in the tree of a checkpoint that is trusted,
//! and all stand in one log in the order of the bundle.

use super::{BundleDifference, Step};
use crate::verify::Told;
use std::collections::BTreeMap;
use xingjian_tlog::{Hash, Policy, Proof, Rejected, Unproven};

/// How the kind of a public row of the ledger ends.
const SHOWN: &str = ".shown";

/// Why a proof does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Not a proof file.
    #[error("证明文件的格式有误")]
    Format,
    /// Without event, or the event has more than one reading.
    #[error("没有事项内容，或者内容不是规范化的JSON")]
    Content,
    /// The event is of something else.
    #[error("日志中的事项不是这份文件")]
    Document,
    /// Not the log's signature, or another log's.
    #[error("检查点没有可信日志的有效签名")]
    Log,
    /// Too few witnesses, or a forged cosignature.
    #[error("检查点的见证不足，或者见证签名有误")]
    Witness,
    /// The entry is not in the tree.
    #[error("条目不在检查点的日志中")]
    Inclusion,
    /// The document before it stands later in the log.
    #[error("在日志中不在前一份文件之后")]
    Order,
    /// Two proofs are of logs that cannot be one.
    #[error("与前面的证明不是出自同一份日志")]
    OtherLog,
}

/// A document of the bundle whose proof does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("第{step}份文件“{name}”的日志证明不成立：{error}。不能采信")]
pub struct Unfit {
    /// Place in the bundle, from 1.
    pub step: usize,
    /// Name of the step.
    pub name: &'static str,
    /// What is wrong.
    pub error: ProofError,
}

/// What the proofs before have shown.
#[derive(Default)]
struct Seen {
    origin: Option<String>,
    index: Option<u64>,
    /// Root by size.
    roots: BTreeMap<u64, Hash>,
}

pub(super) fn check(
    steps: &[Step],
    policy: Option<&Policy>,
    own: bool,
    told: &mut Vec<Told>,
) -> Result<(), BundleDifference> {
    const NAME: &str = "日志证明";
    let proven = steps.iter().filter(|step| step.proof.is_some()).count();
    if proven == 0 {
        told.push(Told::open(NAME, format!("{}份文件都没有附日志证明，未检查是否在日志中", steps.len())));
        return Ok(());
    }
    let policy = policy.ok_or(BundleDifference::NoPolicy)?;
    let mut seen = Seen::default();
    for (at, step) in steps.iter().enumerate() {
        let Some(text) = &step.proof else { continue };
        let name = step.document.step();
        prove(step, text, policy, &mut seen).map_err(|error| Unfit { step: at + 1, name, error })?;
    }
    let whose = if own {
        "信任策略由核验人给出"
    } else {
        "信任策略取自核验包，只说明它与自己一致"
    };
    let origin = seen.origin.unwrap_or_default();
    let text = format!("{proven}/{}份文件在日志{origin}中，依次排列；{whose}", steps.len());
    told.push(Told { name: NAME, held: own && proven == steps.len(), text });
    Ok(())
}

fn prove(step: &Step, text: &str, policy: &Policy, seen: &mut Seen) -> Result<(), ProofError> {
    let proof = Proof::parse(text.as_bytes()).map_err(|_| ProofError::Format)?;
    let opening = proof.opening().map_err(|_| ProofError::Content)?;
    let event: serde_json::Value = serde_json::from_slice(opening.event).map_err(|_| ProofError::Content)?;
    let document = serde_json::to_value(&step.document).map_err(|_| ProofError::Document)?;
    let shown = event.get("kind").and_then(|kind| kind.as_str()).is_some_and(|kind| kind.ends_with(SHOWN));
    if !shown || event.get("data") != Some(&document) {
        return Err(ProofError::Document);
    }
    proof.verify(policy).map_err(|error| match error {
        Unproven::Opening(_) => ProofError::Content,
        Unproven::Checkpoint(Rejected::UnknownLog { .. } | Rejected::Log(_)) => ProofError::Log,
        Unproven::Checkpoint(Rejected::Witness(_) | Rejected::Quorum { .. }) => ProofError::Witness,
        Unproven::Inclusion(_) => ProofError::Inclusion,
    })?;
    let tree = proof.checkpoint.checkpoint();
    if seen.origin.get_or_insert_with(|| tree.origin().to_owned()) != tree.origin()
        || seen.roots.entry(tree.size()).or_insert(*tree.root()) != tree.root()
    {
        return Err(ProofError::OtherLog);
    }
    if seen.index.is_some_and(|before| proof.index <= before) {
        return Err(ProofError::Order);
    }
    seen.index = Some(proof.index);
    Ok(())
}

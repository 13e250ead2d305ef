//! Asks the witnesses of a policy to cosign a checkpoint of a log that is served.

use super::report::{chain, harmless};
use super::served::Served;
use super::{MOST, read};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_tlog::{
    AddCheckpoint, Hash, Proof, ProofPlan, Resource, SignedCheckpoint, TileData, TileHashes, VerifierKey, tiles_reading,
};
use xingjian_web::witness::{SubmitError, submit};

/// How often a witness is asked that meanwhile cosigned something else.
const TRIES: usize = 4;

#[derive(Args)]
pub struct Cosign {
    /// The address of a log (http://host:port/log)
    log: String,
    /// Whom to ask: the witnesses with an address in this policy
    #[arg(long)]
    policy: PathBuf,
    /// Have the checkpoint of this proof file cosigned, instead of the newest
    #[arg(long)]
    proof: Option<PathBuf>,
    /// Where to write the cosigned checkpoint or proof file
    #[arg(long)]
    keep: PathBuf,
}

/// Asks each witness, says what each did, and keeps what came together; 2 if it is too little for the policy.
pub async fn cosign(wanted: &Cosign) -> Result<ExitCode, String> {
    let policy = super::policy(&wanted.policy)?;
    let log = Served::at(&wanted.log);
    let mut proof = wanted.proof.as_deref().map(proof_file).transpose()?;
    let mut checkpoint = match &proof {
        Some(proof) => proof.checkpoint.clone(),
        None => log.checkpoint().await?.map_err(|error| chain(&error))?,
    };
    let origin = checkpoint.checkpoint().origin().to_owned();
    let keys = policy.logs().map(|(key, _)| key).filter(|key| key.name() == origin);
    checkpoint.verify(keys).map_err(|error| format!("检查点不是信任策略中的日志所签（{error}）；请核对信任策略"))?;
    for (name, key, url) in policy.witnesses() {
        let asked = match url {
            Some(url) => ask(&log, &mut checkpoint, key, url).await,
            None => Err("信任策略中没有它的网址".to_owned()),
        };
        println!(
            "{name}：{}",
            asked.map_or_else(|why| format!("未见证。{}", harmless(&why)), |()| "已见证".to_owned())
        );
    }
    let enough = policy.check(&checkpoint);
    let text = match &mut proof {
        Some(proof) => {
            proof.checkpoint = checkpoint.clone();
            proof.to_string()
        }
        None => checkpoint.to_string(),
    };
    std::fs::write(&wanted.keep, text).map_err(|error| format!("{}：无法写入（{error}）", wanted.keep.display()))?;
    match enough {
        Ok(_) => println!("结论：{}条的检查点已有足够的见证", checkpoint.checkpoint().size()),
        Err(error) => {
            println!("结论：{}", harmless(&chain(&error)));
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn proof_file(path: &Path) -> Result<Proof, String> {
    Proof::parse(&read(path, 4 * MOST)?).map_err(|error| format!("{}：{}", path.display(), chain(&error)))
}

/// Asks one witness, from wherever it is.
async fn ask(log: &Served<'_>, checkpoint: &mut SignedCheckpoint, key: &VerifierKey, url: &str) -> Result<(), String> {
    let size = checkpoint.checkpoint().size();
    let mut old_size = 0;
    for _ in 0..TRIES {
        let proof = consistency(log, old_size, size).await?;
        let request = AddCheckpoint { old_size, proof, checkpoint: checkpoint.clone() };
        match submit(&log.asker, url, &request).await {
            Ok(lines) => {
                let taken = checkpoint.take_cosignatures(&lines, std::slice::from_ref(key));
                return taken.map(|_| ()).map_err(|error| chain(&error));
            }
            Err(SubmitError::Conflict { size: seen }) if seen == old_size => {
                return Err(format!("见证人见过同为{seen}条而根哈希不同的检查点：日志可能有两种历史"));
            }
            Err(SubmitError::Conflict { size: seen }) if seen > size => {
                return Err(format!(
                    "见证人已见证{seen}条，多于{size}条：请取日志的最新检查点；日志确实更短时，它被截短过"
                ));
            }
            Err(SubmitError::Conflict { size: seen }) => old_size = seen,
            Err(error) => return Err(error.to_string()),
        }
    }
    Err("见证人的状态不断变化；请稍后再试".to_owned())
}

/// The proof that the log only grew, from its tiles; the witness is who checks it.
async fn consistency(log: &Served<'_>, old_size: u64, size: u64) -> Result<Vec<Hash>, String> {
    let plan = ProofPlan::consistency(old_size, size).ok_or("原条目数大于检查点的条目数")?;
    let mut tiles = Vec::new();
    for tile in tiles_reading(size, plan.nodes()).map_err(|error| error.to_string())? {
        let (_, bytes) = log.resource(Resource::Tile, tile, super::served::TILE_BYTES).await?;
        let data = TileData::parse(tile, &bytes);
        tiles.push(data.ok_or_else(|| format!("日志的分块 {} 长度有误；请日志方检查", Resource::Tile(tile)))?);
    }
    plan.read(&TileHashes::trusted(size, tiles)).map_err(|error| error.to_string())
}

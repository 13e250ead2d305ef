//! A log at an address: its checkpoint, whether its tiles are what the checkpoint says, one entry, and its growth.

use super::report::{Report, chain, hexadecimal};
use super::{MOST, Verify, read};
use std::path::Path;
use std::time::Duration;
use xingjian_tlog::{
    CheckpointError, HashReader, MAX_NOTE_BYTES, Node, Policy, Proof, Resource, SignedCheckpoint, TILE_WIDTH, Tile,
    TileData, TileHashes, decode_bundle, leaf_hash, root, root_nodes, tiles_proving,
};
use xingjian_web::client::Asker;

/// How long each answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Hashes of a full tile, and some to see that there are more.
pub const TILE_BYTES: usize = 16 * 1024;
/// 256 entries of any length.
const BUNDLE_BYTES: usize = 256 * (2 + 0xffff);

/// A log that is asked.
pub struct Served<'a> {
    /// Who asks.
    pub asker: Asker,
    base: &'a str,
}

/// Checks a log at an address. What cannot be fetched is an error; what was fetched and does not fit is a finding.
pub async fn verify(wanted: &Verify, policy: &Policy) -> Result<Report, String> {
    let log = Served::at(&wanted.what);
    let old = wanted.since.as_deref().map(old).transpose()?;
    let mut report = Report::new("日志与其公布的检查点相符");
    let checkpoint = match log.checkpoint().await? {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            report.step("检查点", Err(format!("{}；请核对网址，或请日志方检查", chain(&error))));
            return Ok(report);
        }
    };
    report.about(checkpoint.checkpoint(), wanted.index, None);
    report.step("检查点", Ok(format!("{}条", checkpoint.checkpoint().size())));
    report.signatures(&checkpoint, policy);
    log.tiles(&mut report, &checkpoint, wanted.index, old.as_ref(), policy).await?;
    if let (Some(path), true) = (&wanted.keep, report.holds) {
        std::fs::write(path, checkpoint.to_string())
            .map_err(|error| format!("{}：无法写入（{error}）；请检查文件夹的权限", path.display()))?;
    }
    Ok(report)
}

/// The checkpoint kept earlier, alone or in a proof file.
fn old(path: &Path) -> Result<SignedCheckpoint, String> {
    let bytes = read(path, 4 * MOST)?;
    SignedCheckpoint::parse(&bytes).or_else(|error| {
        let proof = Proof::parse(&bytes).map(|proof| proof.checkpoint);
        proof.map_err(|_| format!("{}：不是检查点或证明文件（{}）", path.display(), chain(&error)))
    })
}

impl<'a> Served<'a> {
    /// The log at an address, or the address of its checkpoint.
    pub fn at(url: &'a str) -> Self {
        let base = url.trim_end_matches('/');
        Self { asker: Asker::new(PATIENCE), base: base.strip_suffix("/checkpoint").unwrap_or(base) }
    }

    /// Its newest checkpoint.
    pub async fn checkpoint(&self) -> Result<Result<SignedCheckpoint, CheckpointError>, String> {
        let bytes = self.get("checkpoint", MAX_NOTE_BYTES).await?.ok_or_else(|| self.missing("checkpoint"))?;
        Ok(SignedCheckpoint::parse(&bytes))
    }

    /// What is at a path below the log; `None` if there is nothing.
    async fn get(&self, path: &str, most: usize) -> Result<Option<Vec<u8>>, String> {
        let url = format!("{}/{path}", self.base);
        let answer = self.asker.get(&url, most).await.map_err(|error| error.to_string())?;
        match answer.status.as_u16() {
            200 => Ok(Some(answer.body)),
            404 | 410 => Ok(None),
            status => Err(format!("{url}：答复{status}；请稍后再试，或核对网址")),
        }
    }

    fn missing(&self, path: &str) -> String {
        format!("{}/{path}：没有这个文件；请核对网址，或请日志方检查", self.base)
    }

    /// A resource of a tile; of one that is partial no longer, the full one.
    pub async fn resource(&self, of: fn(Tile) -> Resource, tile: Tile, most: usize) -> Result<(Tile, Vec<u8>), String> {
        let path = of(tile).to_string();
        if let Some(bytes) = self.get(&path, most).await? {
            return Ok((tile, bytes));
        }
        match self.get(&of(tile.full()).to_string(), most).await? {
            Some(bytes) => Ok((tile.full(), bytes)),
            None => Err(self.missing(&path)),
        }
    }

    /// Whether the tiles make the root, hold the entry, and begin as the old log.
    async fn tiles(
        &self,
        report: &mut Report,
        checkpoint: &SignedCheckpoint,
        index: Option<u64>,
        old: Option<&SignedCheckpoint>,
        policy: &Policy,
    ) -> Result<(), String> {
        const TILES: &str = "哈希分块";
        let tree = checkpoint.checkpoint();
        let size = tree.size();
        let leaf = index.filter(|index| *index < size).map(|index| Node { level: 0, index });
        let old_size = old.map_or(0, |old| old.checkpoint().size());
        let nodes = root_nodes(old_size.min(size)).chain(leaf);
        let needed = tiles_proving(size, nodes).map_err(|error| error.to_string())?;
        let count = needed.len();
        let mut tiles = Vec::with_capacity(count);
        for tile in needed {
            let (_, bytes) = self.resource(Resource::Tile, tile, TILE_BYTES).await?;
            let Some(data) = TileData::parse(tile, &bytes) else {
                let path = Resource::Tile(tile);
                report.step(
                    TILES,
                    Err(format!("{path} 长{}字节，应为{}个哈希值；请日志方检查", bytes.len(), tile.width())),
                );
                return Ok(());
            };
            tiles.push(data);
        }
        let hashes = match TileHashes::verified(size, tree.root(), tiles) {
            Ok(hashes) => hashes,
            Err(error) => {
                report.step(TILES, Err(format!("{error}；日志的内容与其检查点不符")));
                return Ok(());
            }
        };
        report.step(TILES, Ok(format!("取{count}块，算出的根哈希与检查点相同")));
        if let Some(index) = index {
            let found = self.entry(&hashes, size, index).await?;
            report.step("条目", found);
        }
        if let Some(old) = old {
            report.step("只增不改", grown(old, checkpoint, &hashes, policy));
        }
        Ok(())
    }

    /// The entry of an index, compared with its leaf.
    async fn entry(&self, hashes: &TileHashes, size: u64, index: u64) -> Result<Result<String, String>, String> {
        let width = u64::from(TILE_WIDTH);
        let Some(tile) = Tile::in_tree(0, index / width, size).filter(|_| index < size) else {
            return Ok(Err(format!("序号{index}不在共{size}条的日志之内；序号从0数起")));
        };
        let (read, bytes) = self.resource(Resource::EntryBundle, tile, BUNDLE_BYTES).await?;
        let entries = match decode_bundle(&bytes, read.width()) {
            Ok(entries) => entries,
            Err(error) => return Ok(Err(format!("{}：{error}；请日志方检查", Resource::EntryBundle(read)))),
        };
        let place = usize::try_from(index % width).map_err(|error| error.to_string())?;
        let leaf = hashes.read(Node { level: 0, index }).map_err(|error| error.to_string())?;
        let entry = entries[place];
        Ok(if leaf_hash(entry) == leaf {
            Ok(format!("序号{index}的条目 {} 在日志中", hexadecimal(entry)))
        } else {
            Err(format!("序号{index}的条目与日志中的哈希值不符：条目被改动"))
        })
    }
}

/// Whether the log of today begins as the old one.
fn grown(
    old: &SignedCheckpoint,
    new: &SignedCheckpoint,
    hashes: &TileHashes,
    policy: &Policy,
) -> Result<String, String> {
    let (then, now) = (old.checkpoint(), new.checkpoint());
    if then.origin() != now.origin() {
        return Err(format!("--since 是另一日志“{}”的检查点；请换成本日志的", then.origin()));
    }
    let keys = policy.logs().map(|(key, _)| key).filter(|key| key.name() == then.origin());
    old.verify(keys).map_err(|error| format!("--since 的检查点不可信：{error}"))?;
    if then.size() > now.size() {
        return Err(format!("日志从{}条减为{}条；请把两份检查点一并保留作为证据", then.size(), now.size()));
    }
    let begins = root(then.size(), hashes).map_err(|error| error.to_string())?;
    if begins == *then.root() {
        Ok(format!("前{}条与以前相同，新增{}条", then.size(), now.size() - then.size()))
    } else {
        Err(format!("前{}条与以前不同：日志被改写；请把两份检查点一并保留作为证据", then.size()))
    }
}

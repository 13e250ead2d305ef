//! Checks of a transparency log, by anybody, without an instance: a proof file offline, or a log that is served; and cosignatures for it.

mod audit;
mod cosign;
mod proof;
mod report;
mod served;

pub use report::harmless;

use clap::{Args, Subcommand};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_tlog::{ENTRY_LENGTH, Policy};

/// The largest policy and checkpoint that is read, in bytes.
const MOST: u64 = 1024 * 1024;

#[derive(Subcommand)]
pub enum LogCommand {
    /// Checks a proof file offline, or a log at an address; the answer is 0 if everything holds and 2 if not
    Verify(Verify),
    /// Asks the witnesses of a policy to cosign a checkpoint of a log at an address; 2 if too few did
    Cosign(cosign::Cosign),
    /// Holds the ledger of an instance against the last checkpoint of its log: finds an entry that was changed in the database; 2 if one was
    Audit(crate::Where),
}

#[derive(Args)]
pub struct Verify {
    /// A proof file (c2sp.org/tlog-proof), or the address of a log (http://host:port/log)
    what: String,
    /// Whom to trust (c2sp.org/tlog-policy)
    #[arg(long)]
    policy: PathBuf,
    /// For a proof file without content: the entry, 66 hexadecimal digits
    #[arg(long, value_parser = entry, conflicts_with_all = ["index", "since", "keep"])]
    entry: Option<[u8; ENTRY_LENGTH]>,
    /// At an address: also shows that the entry of this index, counted from 0, is in the log
    #[arg(long)]
    index: Option<u64>,
    /// At an address: also shows that the log only grew since this checkpoint or proof file
    #[arg(long)]
    since: Option<PathBuf>,
    /// At an address: writes the checkpoint there when everything holds, for --since next time
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

fn entry(text: &str) -> Result<[u8; ENTRY_LENGTH], String> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let bytes =
        digits.and_then(|digits| digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair.get(1)?).ok()).collect());
    let bytes = bytes.and_then(|bytes: Vec<u8>| bytes.try_into().ok());
    bytes.ok_or_else(|| format!("条目应为{}位十六进制数字", 2 * ENTRY_LENGTH))
}

pub async fn run(command: LogCommand) -> Result<ExitCode, String> {
    match command {
        LogCommand::Verify(wanted) => verify(&wanted).await,
        LogCommand::Cosign(wanted) => cosign::cosign(&wanted).await,
        LogCommand::Audit(place) => audit::audit(&place).await,
    }
}

async fn verify(wanted: &Verify) -> Result<ExitCode, String> {
    let policy = policy(&wanted.policy)?;
    let report = if wanted.what.contains("://") {
        if wanted.entry.is_some() {
            return Err("--entry 用于证明文件；对网址请用 --index".to_owned());
        }
        served::verify(wanted, &policy).await?
    } else {
        if wanted.index.is_some() || wanted.since.is_some() || wanted.keep.is_some() {
            return Err("--index、--since、--keep 用于网址；证明文件自带序号和检查点".to_owned());
        }
        proof::verify(Path::new(&wanted.what), wanted.entry.as_ref(), &policy)?
    };
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|error| error.to_string())?);
    } else {
        print!("{report}");
    }
    Ok(if report.holds { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// A policy from its file.
pub fn policy(path: &Path) -> Result<Policy, String> {
    let bytes = read(path, MOST)?;
    Policy::parse(&bytes).map_err(|faults| {
        let text = String::from_utf8_lossy(&bytes);
        let told = faults
            .0
            .iter()
            .map(|(line, fault)| format!("{}第{line}行“{}”：{fault}", path.display(), report::line_of(&text, *line)));
        format!("信任策略不能用，请更正：\n{}", told.collect::<Vec<_>>().join("\n"))
    })
}

/// The bytes of a file, one more than the most if it is longer.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(most + 1).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| format!("{}：无法读取（{error}）；请核对路径", path.display()))
}

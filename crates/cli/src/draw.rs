//! A draw (双随机) by files alone, without an instance: planned, fixed, drawn, and checked by whoever has the bundle.

mod acts;
mod plan;
mod proposal;
mod verify;

use clap::{Args, Subcommand};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_draw::DrawId;
use xingjian_draw::ticket::{Replacement, nfc, sample, trimmed};
use xingjian_kernel::Timestamp;

#[derive(Subcommand)]
pub enum DrawCommand {
    /// Prints `ticket,id,generation` as CSV: the first tickets of a list of ids by Rivest's consistent sampler
    Tickets(Tickets),
    /// Says all faults of a proposal, or sizes, probabilities and the yearly floor
    Plan(Proposed),
    /// Fixes bases, rules and sources of a proposal; or makes what a department commits to
    Commit(Commit),
    /// Enters what the sources said, draws, and writes the bundle; later releases a list that was sealed
    Run(Run),
    /// Computes a draw again from its bundle; 1 if something differs
    Verify(Verify),
}

#[derive(Args)]
pub struct Tickets {
    /// The whole seed text, used as it is
    #[arg(long)]
    seed: String,
    /// A file with an id in each line
    #[arg(long)]
    ids: PathBuf,
    /// Digits of a ticket number after the nines it may begin with
    #[arg(long, default_value_t = 9)]
    digits: usize,
    /// How many tickets; all by default
    #[arg(long)]
    take: Option<usize>,
    /// Puts each drawn id back with its next ticket
    #[arg(long, requires = "take")]
    with_replacement: bool,
}

#[derive(Args)]
pub struct Proposed {
    /// The proposal, TOML or JSON (docs/draw.md)
    file: PathBuf,
    /// Bundle or public file of the draw that this one extends or repeats
    #[arg(long)]
    previous: Option<PathBuf>,
}

#[derive(Args)]
pub struct Commit {
    /// The proposal, TOML or JSON (docs/draw.md)
    #[arg(required_unless_present = "reveal", conflicts_with = "reveal")]
    file: Option<PathBuf>,
    /// Folder for the announcement (freeze.json) and what stays secret (secrets.json)
    #[arg(long, required_unless_present = "reveal")]
    out: Option<PathBuf>,
    /// Bundle or public file of the draw that this one extends or repeats
    #[arg(long)]
    previous: Option<PathBuf>,
    /// Makes value, salt and commitment of a department instead
    #[arg(long, requires_all = ["draw", "department"])]
    reveal: bool,
    /// When the bases are fixed (2026-11-23 10:00), for rehearsals; now by default
    #[arg(long, value_parser = proposal::moment)]
    at: Option<Timestamp>,
    /// With --reveal: the draw
    #[arg(long)]
    draw: Option<DrawId>,
    /// With --reveal: the department
    #[arg(long)]
    department: Option<String>,
}

#[derive(Args)]
pub struct Run {
    /// The folder of `commit`
    dir: PathBuf,
    /// What the sources said, TOML or JSON (docs/draw.md); without it a list that was sealed is released
    #[arg(long)]
    said: Option<PathBuf>,
    /// When (2026-11-23 10:00), for rehearsals; now by default
    #[arg(long, value_parser = proposal::moment)]
    at: Option<Timestamp>,
}

#[derive(Args)]
pub struct Verify {
    /// A bundle, or its address (http://...)
    what: String,
    /// Bundle or public file of the draw that this one extends or repeats
    #[arg(long)]
    previous: Option<PathBuf>,
    /// Whom to trust (c2sp.org/tlog-policy), in place of the policy in the bundle
    #[arg(long)]
    policy: Option<PathBuf>,
    /// Print the answer as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(command: DrawCommand) -> Result<ExitCode, String> {
    match command {
        DrawCommand::Tickets(wanted) => tickets(&wanted),
        DrawCommand::Plan(wanted) => plan::plan(&wanted),
        DrawCommand::Commit(wanted) => acts::commit(&wanted),
        DrawCommand::Run(wanted) => acts::run(&wanted),
        DrawCommand::Verify(wanted) => verify::verify(&wanted).await,
    }
}

fn tickets(wanted: &Tickets) -> Result<ExitCode, String> {
    let text = text(&wanted.ids)?;
    let place = |line: usize, id: &str| format!("{}第{line}行“{id}”", wanted.ids.display());
    let mut ids = vec![];
    for (line, id) in (1..).zip(text.lines()) {
        if id.trim() != id || id.is_empty() {
            return Err(format!("{}：编号为空，或者前后有空白。请每行只写一个编号", place(line, id)));
        }
        if nfc(id) != id {
            eprintln!("注意：{}不是NFC形式，按文件原样计算", place(line, id));
        }
        ids.push(id);
    }
    let replacement = if wanted.with_replacement { Replacement::With } else { Replacement::Without };
    let take = wanted.take.unwrap_or(ids.len());
    let tickets = sample(&ids, &wanted.seed, replacement, 0, take)
        .map_err(|twice| format!("{}：{twice}", wanted.ids.display()))?;
    let mut out = csv::Writer::from_writer(BufWriter::new(std::io::stdout().lock()));
    let mut print = || {
        out.write_record(["ticket", "id", "generation"])?;
        for ticket in &tickets {
            out.write_record([trimmed(&ticket.number, wanted.digits), &ticket.id, &ticket.generation.to_string()])?;
        }
        Ok::<_, csv::Error>(out.flush()?)
    };
    print().map_err(|error| format!("标准输出：无法写入（{error}）"))?;
    Ok(ExitCode::SUCCESS)
}

/// The text of a file.
fn text(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| format!("{}：无法读取（{error}）。请核对路径和编码", path.display()))
}

/// Writes a file that is not there yet, for the owner alone where it is secret.
fn create(path: &Path, secret: bool, write: impl FnOnce(&std::fs::File) -> std::io::Result<()>) -> Result<(), String> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    if secret {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    let written = options.open(path).and_then(|file| {
        write(&file)?;
        file.sync_all()
    });
    written.map_err(|error| format!("{}：无法写入（{error}）。同一次抽查不得重做；请核对文件夹", path.display()))
}

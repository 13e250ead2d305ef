//! Commands that bring files in: institutions, practitioners, messages. Each is previewed or done, says what is to be said
//! of every row, and can write the rows that came back as a workbook.

use crate::Where;
use crate::keep::{instance, operator, told};
use std::path::PathBuf;
use std::process::ExitCode;
use xingjian_registry::import::{self, Judged, Kind, Preview, returned};
use xingjian_sense::message::import as messages;

#[derive(clap::Subcommand)]
pub enum ImportCommand {
    /// Messages from CSV, Excel or JSON lines: those that wait and those that were answered elsewhere
    Messages {
        #[command(flatten)]
        wanted: Wanted,
        /// How its columns are called: an entry `message_layout` of the pack
        #[arg(long, default_value = "common")]
        layout: String,
    },
    /// Institutions from CSV or Excel
    Institutions(Wanted),
    /// Practitioners from CSV or Excel; their institutions have to be registered before
    Practitioners(Wanted),
}

#[derive(clap::Args)]
pub struct Wanted {
    #[command(flatten)]
    place: Where,
    /// The file
    file: PathBuf,
    /// Say what would happen and write nothing
    #[arg(long)]
    preview: bool,
    /// Write the rows that came back, with their reasons, and every remark to this workbook (.xlsx)
    #[arg(long)]
    returned: Option<PathBuf>,
}

const REGISTRY: [&str; 4] = ["新增", "缺项新增", "已有", "退回"];
const MESSAGES: [&str; 4] = ["新收", "历史件", "已有", "退回"];

/// Takes a file in, or says what would happen.
pub async fn run(command: &ImportCommand) -> Result<ExitCode, String> {
    let (wanted, names) = match command {
        ImportCommand::Messages { wanted, .. } => (wanted, MESSAGES),
        ImportCommand::Institutions(wanted) | ImportCommand::Practitioners(wanted) => (wanted, REGISTRY),
    };
    let bytes = std::fs::read(&wanted.file).map_err(|e| format!("{}：无法读取（{e}）", wanted.file.display()))?;
    let name = wanted.file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let app = instance(&wanted.place.places()).await?;
    let ctx = operator(&app);
    let kind = match command {
        ImportCommand::Practitioners(_) => Kind::Practitioners,
        ImportCommand::Institutions(_) | ImportCommand::Messages { .. } => Kind::Institutions,
    };
    let judged = match (command, wanted.preview) {
        (ImportCommand::Messages { layout, .. }, true) => {
            messages::preview(&ctx, layout, &bytes).await.map(Judged::plain)
        }
        (ImportCommand::Messages { layout, .. }, false) => {
            messages::run(&ctx, &name, layout, &bytes).await.map(|(_, judged)| judged)
        }
        (_, true) => import::preview(&ctx, kind, &bytes).await,
        (_, false) => import::run(&ctx, kind, &name, &bytes, false).await.map(|(_, judged)| judged),
    };
    let judged = judged.map_err(|failure| told(&failure))?;
    let asked = if matches!(command, ImportCommand::Messages { .. }) { &[] } else { kind.asked() };
    // First what was done: a workbook that cannot be written must not hide it.
    let code = report(&judged, names, wanted.preview);
    if let Some(path) = &wanted.returned {
        let bytes = returned(Some(&judged.table), &judged.remarks(), &judged.rejected(), asked, ctx.today());
        std::fs::write(path, bytes).map_err(|e| format!("{}：无法写入（{e}）", path.display()))?;
    }
    Ok(code)
}

fn report(judged: &Preview, names: [&str; 4], preview: bool) -> ExitCode {
    if !judged.unread.is_empty() {
        println!(
            "未读的列：{}；列名不在可识别的名称之中（docs/imports.md、docs/messages.md），其中的内容没有导入",
            judged.unread.join("、")
        );
    }
    for (line, remark) in judged.remarks() {
        println!("{line}\t{remark}");
    }
    let counts = judged.counts();
    let verb = if preview { "将" } else { "已" };
    let said: Vec<String> = names.iter().zip(counts).map(|(name, count)| format!("{name}{count}")).collect();
    println!("{verb}{}，共{}行", said.join("，"), counts.iter().sum::<usize>());
    if counts[3] == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) }
}

//! Commands about messages that came in files: their reply clocks, and how well the triage does.

use crate::Where;
use crate::keep::{instance, operator, told};
use std::path::PathBuf;
use std::process::ExitCode;
use xingjian_cli::clock::WallClock;
use xingjian_kernel::Clock as _;
use xingjian_policy::Policy;
use xingjian_sense::message::clocks::{self, Clocks, Of};
use xingjian_sense::message::measure::{self, Columns};
use xingjian_sense::message::{Words, split, triage};

#[derive(clap::Subcommand)]
pub enum MessagesCommand {
    /// How long answers took: those that came with their answer, and those closed here
    Clocks {
        #[command(flatten)]
        place: Where,
    },
    /// Trains the triage on what was decided here, and puts the model in force
    Train {
        #[command(flatten)]
        place: Where,
    },
    /// How well the triage does on the held-back part of a labelled file; needs no instance
    Measure(Measure),
}

#[derive(clap::Args)]
pub struct Measure {
    /// The labelled file: CSV, Excel or JSON lines
    file: PathBuf,
    /// Folder of the policy packs
    #[arg(long, default_value = "policy")]
    policy: PathBuf,
    /// Pack of the city, whose words are used
    #[arg(long, default_value = "zhuhai")]
    city: String,
    /// Column of the id, which decides what is held back
    #[arg(long, default_value = "留言编号")]
    id: String,
    /// Column of the title
    #[arg(long, default_value = "留言主题")]
    title: String,
    /// Column of the text
    #[arg(long, default_value = "留言详情")]
    text: String,
    /// Column of the label
    #[arg(long, default_value = "一级分类")]
    label: String,
    /// The label that is health
    #[arg(long, default_value = "卫生计生")]
    health: String,
    /// Judge the part to work with instead of the one that was held back
    #[arg(long)]
    working_part: bool,
}

pub async fn run(command: MessagesCommand) -> Result<ExitCode, String> {
    match command {
        MessagesCommand::Clocks { place } => {
            let ctx = operator(&instance(&place.places()).await?);
            for (name, of) in [("历史件", Of::Archived), ("本单位办结", Of::Closed)] {
                print_clocks(name, &*clocks::clocks(&ctx, of).await.map_err(|f| told(&f))?);
            }
        }
        MessagesCommand::Train { place } => {
            let ctx = operator(&instance(&place.places()).await?);
            let model = triage::train(&ctx).await.map_err(|f| told(&f))?;
            let [health, other] = model.trained_on;
            println!("已训练并启用：卫生健康{health}件、其他{other}件，{}个字对", model.model.pairs.len());
        }
        MessagesCommand::Measure(wanted) => measure(&wanted)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn print_clocks(name: &str, clocks: &Clocks) {
    let days = |days: Option<i32>| days.map_or_else(|| "无数据".to_owned(), |days| format!("{days}天"));
    println!(
        "{name}：{}件（另有{}件没有来件日期）；中位数{}，九成在{}内，最长{}",
        clocks.answers,
        clocks.without_day,
        days(clocks.median),
        days(clocks.ninetieth),
        days(clocks.longest)
    );
    for within in clocks.within.iter().filter(|_| clocks.answers > 0) {
        println!(
            "  {}（{}）内：{}；{}件的期限含估算的节假日",
            within.name, within.term, within.share, within.estimated
        );
    }
}

fn measure(wanted: &Measure) -> Result<(), String> {
    let bytes = std::fs::read(&wanted.file).map_err(|e| format!("{}：无法读取（{e}）", wanted.file.display()))?;
    let policy = Policy::load(&wanted.policy, &wanted.city)
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let words = Words::of(&policy, WallClock::default().today());
    let columns = Columns {
        id: wanted.id.clone(),
        title: wanted.title.clone(),
        text: wanted.text.clone(),
        label: wanted.label.clone(),
        health: wanted.health.clone(),
    };
    let measured = measure::measure(&words, &bytes, &columns, !wanted.working_part).map_err(|f| f.to_string())?;
    let [all, health] = measured.judged;
    let part =
        if wanted.working_part { "工作部分（词表和模型都见过，只供调整）" } else { "留出部分" };
    println!("{}：{part}{all}件，其中{}{health}件；模型用{}件训练", split::RULE, wanted.health, measured.trained_on);
    for (name, tally) in &measured.ways {
        println!("{name}\n  查准 {}\n  查全 {}\n  正确 {}", tally.precision(), tally.recall(), tally.right());
    }
    Ok(())
}

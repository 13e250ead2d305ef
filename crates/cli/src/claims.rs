//! Commands on claims: a made-up city is written, and what lies in an instance is screened.

use crate::chain;
use crate::rules::{catalogue_of, store};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_kernel::Fen;
use xingjian_screen::claims::disk::Disk;
use xingjian_screen::claims::{Store, write};
use xingjian_screen::generate::{Made, Recipe, World};
use xingjian_screen::hit::Hit;
use xingjian_screen::plan::Extracts;
use xingjian_screen::rule::Parameters;
use xingjian_screen::run::{self, Run};

#[derive(Subcommand)]
pub enum ClaimsCommand {
    /// Makes up a city whose claims break no rule, with planted violations and the truth about them
    Generate(GenerateOptions),
}

#[derive(Args)]
pub struct GenerateOptions {
    /// People
    #[arg(long, default_value_t = 10_000)]
    patients: u32,
    /// Months
    #[arg(long, default_value_t = 3)]
    months: u16,
    /// First month
    #[arg(long, default_value = "2026-01", value_parser = month)]
    begin: jiff::civil::Date,
    /// Any number; another one gives another city
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Planted violations; ten for each rule by default
    #[arg(long)]
    violations: Option<u32>,
    /// Folder for the national tables (CSV); without it the city goes into the claims store of the instance
    #[arg(long)]
    tables: Option<PathBuf>,
    /// Folder of the instance
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Folder of the policy packs
    #[arg(long, default_value = "policy")]
    policy: PathBuf,
}

#[derive(Args)]
pub struct ScreenOptions {
    /// Folder of the instance
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Folder of the policy packs
    #[arg(long, default_value = "policy")]
    policy: PathBuf,
    /// Only this month; may be given several times
    #[arg(long = "month")]
    months: Vec<String>,
    /// Threads; as many as the machine has cores by default
    #[arg(long)]
    threads: Option<usize>,
    /// Print the run as JSON
    #[arg(long)]
    json: bool,
}

fn month(text: &str) -> Result<jiff::civil::Date, String> {
    format!("{text}-01").parse().map_err(|_| "月份写作 2026-01".to_owned())
}

pub fn run(command: ClaimsCommand) -> Result<ExitCode, String> {
    let ClaimsCommand::Generate(options) = command;
    generate(&options)
}

fn generate(options: &GenerateOptions) -> Result<ExitCode, String> {
    let rules = catalogue_of(&options.data, &options.policy)?;
    let violations = options.violations.unwrap_or_else(|| u32::try_from(rules.len() * 10).unwrap_or(u32::MAX));
    let recipe = Recipe {
        patients: options.patients,
        begin: options.begin,
        months: options.months.max(1),
        seed: options.seed,
        violations,
        city: "000000".to_owned(),
    };
    let (made, folder) = if let Some(folder) = &options.tables {
        let world = World::new(&recipe, &rules, Parameters::default());
        (world.write_tables(folder).map_err(|e| chain(&e))?, folder.clone())
    } else {
        let folder = store(&options.data);
        if folder.join("manifest.json").exists() {
            return Err(format!("{} 中已有数据；演示数据不能混入，请换一个 --data", folder.display()));
        }
        let buckets = u16::try_from((options.patients / 20_000).next_power_of_two().clamp(4, 256)).unwrap_or(4);
        let city = World::write(&recipe, &rules, &folder, buckets, threads()).map_err(|e| chain(&e))?;
        (city.made, folder)
    };
    keep_truth(&folder, &made)?;
    println!(
        "{}条费用明细，{}处植入的违规（{}条规则无法单独构造），写入 {}",
        made.lines,
        made.truths.len(),
        made.not_planted.len(),
        folder.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// `truth.jsonl`: what must be found; `not-planted.json`: the rules that nobody breaks, with the reason.
fn keep_truth(folder: &Path, made: &Made) -> Result<(), String> {
    let mut text = Vec::new();
    for truth in &made.truths {
        serde_json::to_writer(&mut text, truth).map_err(|e| e.to_string())?;
        text.push(b'\n');
    }
    write::durably(&Disk::default(), &folder.join("truth.jsonl"), &text).map_err(|e| chain(&e))?;
    let text = serde_json::to_vec_pretty(&made.not_planted).map_err(|e| e.to_string())?;
    write::durably(&Disk::default(), &folder.join("not-planted.json"), &text).map_err(|e| chain(&e))
}

fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What a screening says: the run, and what changed against the one before.
#[derive(Serialize)]
struct Screened<'a> {
    run: &'a Run,
    folder: String,
    hits: usize,
    before: Option<String>,
    added: usize,
    withdrawn: usize,
}

pub fn screen(options: &ScreenOptions) -> Result<ExitCode, String> {
    let folder = store(&options.data);
    if !folder.join("manifest.json").is_file() {
        return Err(format!("{} 中没有医保数据；先用 xingjian claims generate 生成演示数据", folder.display()));
    }
    let store = Store::open(&folder).map_err(|e| chain(&e))?;
    let months = months(&store, &options.months)?;
    let rules = catalogue_of(&options.data, &options.policy)?;
    let threads = options.threads.unwrap_or_else(threads);
    let (run, hits) = run::screen(&store, rules, Parameters::default(), &Extracts::default(), &months, threads)
        .map_err(|e| chain(&e))?;
    let runs = options.data.join("claims").join("runs");
    let latest = runs.join("latest");
    let before = std::fs::read_to_string(&latest).ok().map(|id| id.trim().to_owned());
    let earlier = match &before {
        Some(id) => run::load(&runs, id).map_err(|e| chain(&e))?.map_or_else(Vec::new, |(_, hits)| hits),
        None => Vec::new(),
    };
    run::keep(&runs, &run, &hits).map_err(|e| chain(&e))?;
    write::durably(&Disk::default(), &latest, run.id.as_bytes()).map_err(|e| chain(&e))?;
    let difference = run::compare(&earlier, &hits);
    let screened = Screened {
        run: &run,
        folder: runs.join(&run.id).display().to_string(),
        hits: hits.len(),
        added: difference.added.len(),
        withdrawn: difference.withdrawn.len(),
        before,
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&screened).map_err(|e| e.to_string())?);
    } else {
        print_run(&screened, &hits);
    }
    Ok(ExitCode::SUCCESS)
}

fn months(store: &Store, asked: &[String]) -> Result<Vec<String>, String> {
    if asked.is_empty() {
        return Ok(store.manifest.months.keys().cloned().collect());
    }
    let mut months = asked.to_vec();
    months.sort();
    months.dedup();
    match months.iter().find(|month| !store.manifest.months.contains_key(*month)) {
        Some(month) => {
            let known: Vec<&str> = store.manifest.months.keys().map(String::as_str).collect();
            Err(format!("没有 {month} 的数据；已有：{}", known.join("、")))
        }
        None => Ok(months),
    }
}

fn print_run(screened: &Screened<'_>, hits: &[Hit]) {
    let run = screened.run;
    let mut kinds: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| !hit.trial) {
        let name = hit.rule.split('/').nth(1).unwrap_or(&hit.rule);
        let total = kinds.entry(name).or_default();
        total.0 += 1;
        total.1 += hit.amount.fen();
    }
    for (name, (count, fen)) in &kinds {
        println!("{count:>9}处  {:>18}元  {name}", Fen::new(*fen).to_string());
    }
    let trial = hits.iter().filter(|hit| hit.trial).count();
    let not_judged: u64 = run.by_rule.values().map(|total| total.not_judged).sum();
    println!(
        "{}个月，{}条明细，金额{}元；{}条规则命中{}处（另有试运行命中{trial}处），因缺值未判断{not_judged}次",
        run.months.len(),
        run.lines,
        Fen::new(run.amount_fen),
        run.rules,
        screened.hits - trial
    );
    if screened.before.as_deref() == Some(run.id.as_str()) {
        println!("数据和规则与上次相同，结果没有变化");
    } else {
        println!("与上次相比：新增{}处，撤销{}处", screened.added, screened.withdrawn);
    }
    println!("命中写入 {}", screened.folder);
}

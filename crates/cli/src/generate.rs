//! A made-up city, for looking, trying and measuring.

use crate::chain;
use crate::rules::catalogue_of;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_screen::claims::disk::Disk;
use xingjian_screen::claims::write;
use xingjian_screen::generate::{Made, Recipe, World};
use xingjian_screen::registrations;
use xingjian_screen::rule::Parameters;

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

fn month(text: &str) -> Result<jiff::civil::Date, String> {
    format!("{text}-01").parse().map_err(|_| "月份写作 2026-01".to_owned())
}

/// Writes the city and the truth about it.
pub fn generate(options: &GenerateOptions) -> Result<ExitCode, String> {
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
        let made = world.write_tables(folder).map_err(|e| chain(&e))?;
        registrations::write(&folder.join(registrations::FILE), &made.doctors).map_err(|e| chain(&e))?;
        (made, folder.clone())
    } else {
        let folder = crate::rules::store(&options.data);
        if folder.join("manifest.json").exists() {
            return Err(format!("{} 中已有数据；演示数据不能混入，请换一个 --data", folder.display()));
        }
        let buckets = u16::try_from((options.patients / 20_000).next_power_of_two().clamp(4, 256)).unwrap_or(4);
        let city = World::write(&recipe, &rules, &folder, buckets, crate::screen::threads()).map_err(|e| chain(&e))?;
        let kept = crate::screen::kept_registrations(&options.data);
        registrations::write(&kept, &city.made.doctors).map_err(|e| chain(&e))?;
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

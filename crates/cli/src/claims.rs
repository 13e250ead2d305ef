//! Commands of the claims store, by the operator at the machine.

use crate::chain;
use crate::terminal::{Line, percent};
use std::path::PathBuf;
use std::process::ExitCode;
use xingjian_cli::clock::SystemRng;
use xingjian_cli::instance::Places;
use xingjian_screen::claims::Disk;
use xingjian_screen::ingest::{self, Coding, Delivery, Progress};
use xingjian_screen::layout::Mapping;

/// What to bring into a month.
#[derive(clap::Args)]
pub struct Ingest {
    /// Files of the tables: CSV, Excel or Parquet
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The month, such as 2026-01
    #[arg(long)]
    month: String,
    /// Merge into the month instead of replacing it
    #[arg(long)]
    late: bool,
    /// Mapping file of another layout than the national one
    #[arg(long)]
    mapping: Option<PathBuf>,
    /// Coding of text files, utf-8 or gb18030; found out by default
    #[arg(long)]
    encoding: Option<String>,
    /// Put in force even if many rows are set aside
    #[arg(long)]
    accept_faulty: bool,
    /// How many threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Folder of the instance
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

fn places(data: PathBuf) -> Places {
    Places { data, policy: PathBuf::new(), database: None }
}

/// Brings files into a month and prints the report.
pub fn ingest(wanted: &Ingest) -> Result<ExitCode, String> {
    let mapping = match &wanted.mapping {
        Some(path) => read_mapping(path)?,
        None => Mapping::national(),
    };
    let coding = match &wanted.encoding {
        Some(name) => Some(Coding::from_name(name).ok_or_else(|| format!("没有编码“{name}”；可用：utf-8、gb18030"))?),
        None => None,
    };
    let places = places(wanted.data.clone());
    let key = places.patient_key(&SystemRng).map_err(|e| chain(&e))?;
    let line = Line::new();
    let report = ingest::ingest(&Delivery {
        store: &places.claims(),
        month: &wanted.month,
        files: &wanted.files,
        late: wanted.late,
        mapping: &mapping,
        coding,
        key: &key,
        threads: wanted.threads,
        buckets: None,
        accept_faulty: wanted.accept_faulty,
        disk: Disk::default(),
        progress: &|progress| line.say(said(progress)),
    });
    line.clear();
    let report = report.map_err(|e| chain(&e))?;
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&report).map_err(|e| e.to_string())?);
    } else {
        print!("{report}");
    }
    let whole = report.counts.tables.values().all(|counts| counts.set_aside.rows == 0);
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn read_mapping(path: &PathBuf) -> Result<Mapping, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}：无法读取（{e}）", path.display()))?;
    let told =
        |faults: Vec<xingjian_kernel::Fault>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Mapping::read(&path.display().to_string(), &text).map_err(told)
}

/// Removes what is no longer in force.
pub fn prune(data: PathBuf) -> Result<ExitCode, String> {
    let pruned = ingest::prune(&places(data).claims()).map_err(|e| chain(&e))?;
    println!("已清除{}个文件，{}字节", pruned.files, pruned.bytes);
    Ok(ExitCode::SUCCESS)
}

fn said(progress: Progress) -> String {
    match progress {
        Progress::Reading { rows, of } => format!("读取和校验 {:>3}%", percent(rows, of)),
        Progress::Sorting { buckets, of } => format!("排序和写入 {:>3}%（{buckets}/{of}）", percent(buckets, of)),
        Progress::Closing => "核对合计".to_owned(),
    }
}

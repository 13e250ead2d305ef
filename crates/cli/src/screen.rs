//! Screens the claims of an instance and keeps what was found.

mod ids;
mod progress;

use crate::rules::{catalogue_of, definitions_of, store, told};
use crate::{Where, chain};
use clap::Args;
use progress::Progress;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use xingjian_cli::handover::{self, Basis};
use xingjian_cli::instance::Places;
use xingjian_kernel::Fen;
use xingjian_screen::catalogue;
use xingjian_screen::claims::disk::Disk;
use xingjian_screen::claims::{Store, write};
use xingjian_screen::plan::{Extracts, Registrations};
use xingjian_screen::registrations;
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::run::{self, Change, Hits, Run};
use xingjian_sense::claims::screening::Went;
use xingjian_store::App;

#[derive(Args)]
pub struct ScreenOptions {
    #[command(flatten)]
    place: Where,
    /// Only this month; may be given several times. What is found is not handed to the loop then
    #[arg(long = "month")]
    months: Vec<String>,
    /// Registrations of all doctors (CSV: 医师代码, 注册起始日期, 注册终止日期, 执业范围); a doctor that is not in it has none. The file is kept
    /// and used by every later run until another is given; without any nobody is judged by registration
    #[arg(long)]
    registrations: Option<PathBuf>,
    /// Threads; as many as the machine has cores by default
    #[arg(long)]
    threads: Option<usize>,
    /// Only the rules of this file (TOML), to try them: nothing is handed to the loop, and the next run is not compared with this one
    #[arg(long)]
    rules: Option<PathBuf>,
    /// Do not screen: hand a run over that was kept already, such as one of the cluster, if data and rules are still those it ran on
    #[arg(long, value_name = "RUN", conflicts_with_all = ["rules", "months"])]
    kept: Option<String>,
    /// Hits that are handed to the loop at most, those on trial aside; each takes about three kilobytes of memory meanwhile. With more the
    /// run is kept and nothing is handed over
    #[arg(long, value_name = "HITS", default_value_t = handover::MOST_HITS)]
    most_hits: u64,
    /// Write the numbers of the visits and lines found to this file, as JSON
    #[arg(long)]
    ids: Option<PathBuf>,
    /// Print the run as JSON
    #[arg(long)]
    json: bool,
}

/// As many as the machine has cores.
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What a screening says: the run, and what changed against the one before.
#[derive(Serialize)]
struct Screened<'a> {
    run: &'a Run,
    /// Lines read this time; of the others what they show had been kept.
    fresh_lines: u64,
    folder: String,
    hits: u64,
    before: Option<String>,
    added: u64,
    withdrawn: u64,
    /// Where the hits went in the loop; none where there is no instance, or not all months were read.
    signals: Option<Went>,
    unplaced: u64,
}

/// Runs all rules over a store.
pub async fn screen(options: &ScreenOptions) -> Result<ExitCode, String> {
    let places = options.place.places();
    let data = &places.data;
    let store = claims(data)?;
    let months = months(&store, &options.months)?;
    let (rules, app) = match &options.rules {
        Some(path) => (catalogue::read_pack(path).map_err(|faults| told(&faults))?, None),
        None => in_force(&places).await?,
    };
    let extracts = Extracts { doctors: registered(data, options)? };
    let threads = options.threads.unwrap_or_else(threads);
    let parameters = parameters(app.as_ref()).await?;
    let runs = data.join("claims").join("runs");
    // What is kept of months is for the rules in force and for all months; a trial leaves it as it is.
    let is_all = options.rules.is_none() && options.kept.is_none() && months.len() == store.manifest.months.len();
    let keeping = is_all.then(|| run::keeping(&data.join("claims").join("kept"), &rules, &parameters, &extracts));
    // A run that is kept already is not read again.
    let page = app.as_ref().filter(|_| options.kept.is_none());
    let progress = Progress::begin(page).await.map_err(|e| chain(&e))?;
    let (run, hits) = if let Some(id) = &options.kept {
        kept(&store, &rules, &parameters, &extracts, &runs, id)?
    } else {
        let told = |done, of| progress.say(done, of);
        let (rules, kept) = (rules.clone(), keeping.as_ref());
        let found = run::screen_told(&store, rules, parameters, &extracts, &months, threads, kept, &told);
        progress.read();
        found.map_err(|e| chain(&e))?
    };
    let whole = run.months.len() == store.manifest.months.len();
    let is_trial = options.rules.is_some() || !whole;
    let changes = keep_run(&runs, &run, &hits, options.kept.is_some(), is_trial)?;
    if let Some(path) = &options.ids {
        ids::keep(path, &store, &rules, &run, &hits)?;
    }
    let definitions = definitions_of(data)?;
    let basis = Basis { rules: &rules, parameters: &parameters, definitions: &definitions };
    let taken = match &app {
        Some(app) if whole => {
            let handed = handover::hand_over(app, &store, basis, &run, &hits, options.most_hits).await;
            Some(handed.map_err(|e| chain(&e))?)
        }
        _ => None,
    };
    let screened = Screened {
        run: &run,
        fresh_lines: keeping.map_or(run.lines, |kept| kept.fresh_lines()),
        folder: runs.join(&run.id).display().to_string(),
        hits: hits.len(),
        added: changes.added,
        withdrawn: changes.withdrawn,
        before: changes.before,
        signals: taken.as_ref().map(|(taken, is_new)| if *is_new { taken.went } else { Went::default() }),
        unplaced: taken.as_ref().map_or(0, |(taken, _)| taken.unplaced().hits),
    };
    progress.end().await.map_err(|e| chain(&e))?;
    say(&screened, options.json, &extracts, data)?;
    Ok(ExitCode::SUCCESS)
}

fn say(screened: &Screened<'_>, json: bool, extracts: &Extracts, data: &Path) -> Result<(), String> {
    if json {
        println!("{}", serde_json::to_string_pretty(screened).map_err(|e| e.to_string())?);
        return Ok(());
    }
    match &extracts.doctors {
        Some(doctors) => println!("执业注册信息：{}名医师（{}）", doctors.len(), kept_registrations(data).display()),
        None => println!("没有执业注册信息，按注册判断的规则不适用；有的话用 --registrations 给出，以后沿用"),
    }
    print_run(screened);
    Ok(())
}

pub fn kept_registrations(data: &Path) -> PathBuf {
    data.join("claims").join(registrations::FILE)
}

/// The registrations that were given, which are kept, or those that were kept: a run that forgot them would take back what others found.
/// A trial of other rules keeps none.
fn registered(data: &Path, options: &ScreenOptions) -> Result<Option<BTreeMap<String, Registrations>>, String> {
    let kept = kept_registrations(data);
    let path = match &options.registrations {
        Some(given) => given,
        None if kept.exists() => &kept,
        None => return Ok(None),
    };
    let doctors = registrations::read(path).map_err(|faults| told(&faults))?;
    if path != &kept && options.rules.is_none() {
        let bytes = std::fs::read(path).map_err(|error| format!("{}：无法读取（{error}）", path.display()))?;
        let part = kept.with_extension("part");
        write::durably(&Disk::default(), &part, &bytes).map_err(|e| chain(&e))?;
        std::fs::rename(&part, &kept).map_err(|error| format!("{}：无法写入（{error}）", kept.display()))?;
    }
    Ok(Some(doctors))
}

/// The claims of an instance.
fn claims(data: &Path) -> Result<Store, String> {
    let folder = store(data);
    if !folder.join("manifest.json").is_file() {
        return Err(format!(
            "{} 中没有医保数据；先用 xingjian claims ingest 导入，或用 claims generate 生成演示数据",
            folder.display()
        ));
    }
    Store::open(&folder).map_err(|e| chain(&e))
}

/// The ages that the bureau has released; the product's without an instance.
pub async fn parameters(app: Option<&Arc<App>>) -> Result<Parameters, String> {
    match app {
        Some(app) => handover::parameters(app).await.map_err(|e| chain(&e)),
        None => Ok(Parameters::default()),
    }
}

/// A run that was kept, if it is the one that these data and rules give.
fn kept(
    store: &Store,
    rules: &[Rule],
    parameters: &Parameters,
    extracts: &Extracts,
    runs: &Path,
    id: &str,
) -> Result<(Run, Hits), String> {
    let found = run::load(runs, id).map_err(|e| chain(&e))?;
    let (run, hits) = found.ok_or_else(|| format!("{} 中没有筛查 {id}", runs.display()))?;
    if run::name(store, rules, parameters, extracts, &run.months) != run.id {
        return Err(format!("筛查 {id} 所用的数据、规则或者参数与现在的不同，不能转为线索；请重新筛查"));
    }
    Ok((run, hits))
}

/// The catalogue in the states that the bureau has decided, and the instance, where there is one.
pub async fn in_force(places: &Places) -> Result<(Vec<Rule>, Option<Arc<App>>), String> {
    let mut rules = catalogue_of(&places.data, &places.policy)?;
    let Some(settings) = places.settings().map_err(|e| chain(&e))? else { return Ok((rules, None)) };
    let app = places.run(&settings).await.map_err(|e| chain(&e))?;
    handover::as_decided(&app, &mut rules).await.map_err(|e| chain(&e))?;
    Ok((rules, Some(app)))
}

/// What changed against the run before.
#[derive(Default)]
struct Changes {
    before: Option<String>,
    added: u64,
    withdrawn: u64,
}

/// Keeps a run unless it is kept already, and compares it with the one before. A trial and a part of the months say nothing about what has
/// changed, and the next run is not compared with them.
fn keep_run(runs: &Path, run: &Run, hits: &Hits, is_kept: bool, is_trial: bool) -> Result<Changes, String> {
    let latest = runs.join("latest");
    let before = if is_trial { None } else { std::fs::read_to_string(&latest).ok() };
    let mut changes = Changes { before: before.map(|id| id.trim().to_owned()), added: hits.len(), withdrawn: 0 };
    let earlier = changes.before.as_deref().map(|id| run::load(runs, id)).transpose().map_err(|e| chain(&e))?;
    if let Some((_, earlier)) = earlier.flatten() {
        changes.added = 0;
        let told = |change: Change<'_>| match change {
            Change::Added(_) => changes.added += 1,
            Change::Withdrawn(_) => changes.withdrawn += 1,
        };
        run::compare(&earlier, hits, told).map_err(|e| chain(&e))?;
    }
    if !is_kept {
        run::keep(runs, run, hits).map_err(|e| chain(&e))?;
    }
    if !is_trial {
        write::durably(&Disk::default(), &latest, run.id.as_bytes()).map_err(|e| chain(&e))?;
    }
    Ok(changes)
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

fn print_run(screened: &Screened<'_>) {
    let run = screened.run;
    let mut kinds: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for (rule, of_rule) in run.by_rule.iter().filter(|(_, of_rule)| !of_rule.trial && of_rule.hits > 0) {
        let name = rule.split('/').nth(1).unwrap_or(rule);
        let total = kinds.entry(name).or_default();
        total.0 += of_rule.hits;
        total.1 += of_rule.amount_fen;
    }
    for (name, (count, fen)) in &kinds {
        println!("{count:>9}处  {:>18}元  {name}", Fen::new(*fen).to_string());
    }
    let trial: u64 = run.by_rule.values().filter(|total| total.trial).map(|total| total.hits).sum();
    let not_judged: u64 = run.by_rule.values().map(|total| total.not_judged).sum();
    println!(
        "{}个月，{}条明细，金额{}元；{}条规则命中{}处（另有试运行命中{trial}处），因缺值未判断{not_judged}次",
        run.months.len(),
        run.lines,
        Fen::new(run.amount_fen),
        run.rules,
        screened.hits - trial
    );
    if screened.fresh_lines < run.lines {
        println!("读取明细{}条；其余月份的数据和规则没有变化，沿用保存的结果", screened.fresh_lines);
    }
    if screened.before.is_none() {
        println!("没有与之相比的上次结果");
    } else if screened.before.as_deref() == Some(run.id.as_str()) {
        println!("数据和规则与上次相同，结果没有变化");
    } else {
        println!("与上次相比：新增{}处，撤销{}处", screened.added, screened.withdrawn);
    }
    println!("命中写入 {}", screened.folder);
    match &screened.signals {
        Some(went) if *went == Went::default() => println!("线索没有变化"),
        Some(went) => {
            println!(
                "线索：新开{}件，有变化{}件，不变{}件，撤回{}件",
                went.opened, went.changed, went.same, went.withdrawn
            );
        }
        None => println!("没有转为线索：文件夹中没有实例，或者只筛查了部分月份、部分规则"),
    }
    if screened.unplaced > 0 {
        println!(
            "有{}处命中的机构编码没有登记，未形成线索；请在医疗机构登记中补录医保定点编码后重新运行",
            screened.unplaced
        );
    }
}

//! Commands on the catalogue of claims rules: the national library is imported, the whole of it is checked.

use crate::Where;
use clap::Subcommand;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use xingjian_cli::instance::Places;
use xingjian_kernel::Fault;
use xingjian_screen::check::{self, Finding, FindingKind};
use xingjian_screen::claims::dictionary::ListName;
use xingjian_screen::claims::disk::Disk;
use xingjian_screen::claims::{Store, write};
use xingjian_screen::nhsa::catalogue::Name;
use xingjian_screen::nhsa::{self, Difference, Import, NotExecutable, TableAccount};
use xingjian_screen::rule::Rule;
use xingjian_screen::{catalogue, example};

#[derive(Subcommand)]
pub enum RulesCommand {
    /// Reads a published library in
    Import {
        #[command(subcommand)]
        command: ImportCommand,
    },
    /// Lists the names of the national catalogue with how many rules of the instance carry each
    Names {
        /// Folder of the instance
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Folder of the policy packs
        #[arg(long, default_value = "policy")]
        policy: PathBuf,
        /// Print the names with their definitions as JSON
        #[arg(long)]
        json: bool,
    },
    /// Writes the rules of packs and imports, each in the state that the bureau has decided, as JSON lines: what a run in a cluster reads
    Export {
        #[command(flatten)]
        place: Where,
        /// The file
        file: PathBuf,
        /// File for the ages that rules name without a number (JSON), as the bureau has released them
        #[arg(long)]
        ages: Option<PathBuf>,
    },
    /// Runs the examples of all rules and finds contradictions, unknown codes, dead rules and overlaps
    Check {
        #[command(flatten)]
        place: Where,
        /// Print what was found as JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Subcommand)]
pub enum ImportCommand {
    /// The names of the national catalogue and their published definitions
    Names {
        /// Table of names (CSV: seq, tier1, tier2, name, code_1_0, has_published_knowledge_points)
        names: PathBuf,
        /// Table of definitions (CSV: code, name, definition)
        #[arg(long)]
        definitions: PathBuf,
        /// Folder of the instance
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
    /// The national library: the spreadsheets of batches 1 to 8 and the list of knowledge points
    Nhsa {
        /// Folder of the spreadsheets
        dir: PathBuf,
        /// List of knowledge points (JSON lines): the update of January 2026 and batches 9 to 17
        #[arg(long)]
        points: Option<PathBuf>,
        /// Folder of the instance
        #[arg(long, default_value = "data")]
        data: PathBuf,
        /// Print what was imported as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Where the rules of an instance lie.
fn folder(data: &Path) -> PathBuf {
    data.join("claims").join("rules")
}

/// Where the claims of an instance lie.
pub fn store(data: &Path) -> PathBuf {
    data.join("claims").join("store")
}

/// Where the names of the national catalogue lie.
fn names_file(data: &Path) -> PathBuf {
    folder(data).join("names.json")
}

/// The published definitions of the national catalogue by name, where they were imported.
pub fn definitions_of(data: &Path) -> Result<BTreeMap<String, String>, String> {
    let names = nhsa::catalogue::load_names(&names_file(data)).map_err(|e| crate::chain(&e))?;
    Ok(names.into_iter().filter_map(|name| Some((name.name, name.definition?))).collect())
}

/// The rules of the packs and those that were imported.
pub fn catalogue_of(data: &Path, policy: &Path) -> Result<Vec<Rule>, String> {
    let places = Places { data: data.to_owned(), policy: policy.to_owned(), database: None };
    let city = places.settings().map_err(|e| crate::chain(&e))?.map(|settings| settings.city);
    let packs: Vec<&str> = ["national"].into_iter().chain(city.as_deref()).collect();
    let rules = catalogue::load(policy, &packs, &folder(data).join("nhsa.jsonl")).map_err(|faults| told(&faults))?;
    if rules.is_empty() {
        return Err(format!("{} 和 {} 中没有规则；用 --policy 和 --data 指明文件夹", policy.display(), data.display()));
    }
    Ok(rules)
}

pub async fn run(command: RulesCommand) -> Result<ExitCode, String> {
    match command {
        RulesCommand::Export { place, file, ages } => export(&place, &file, ages.as_deref()).await,
        RulesCommand::Import { command: ImportCommand::Nhsa { dir, points, data, json } } => {
            import(&dir, points.as_deref(), &data, json)
        }
        RulesCommand::Import { command: ImportCommand::Names { names, definitions, data } } => {
            import_names(&names, &definitions, &data)
        }
        RulesCommand::Names { data, policy, json } => list_names(&data, &policy, json),
        RulesCommand::Check { place, json } => check(&place.places(), json).await,
    }
}

async fn export(place: &Where, file: &Path, ages: Option<&Path>) -> Result<ExitCode, String> {
    let (rules, app) = crate::screen::in_force(&place.places()).await?;
    catalogue::write(file, &rules).map_err(|e| crate::chain(&e))?;
    println!("{}条规则版本，写入 {}", rules.len(), file.display());
    if let Some(ages) = ages {
        let parameters = crate::screen::parameters(app.as_ref()).await?;
        let text = serde_json::to_vec_pretty(&parameters).map_err(|e| e.to_string())?;
        write::durably(&Disk::default(), ages, &text).map_err(|e| crate::chain(&e))?;
        println!("规则所用的年龄，写入 {}", ages.display());
    }
    Ok(ExitCode::SUCCESS)
}

fn import_names(names: &Path, definitions: &Path, data: &Path) -> Result<ExitCode, String> {
    let names = nhsa::catalogue::read(names, definitions).map_err(|faults| told(&faults))?;
    let file = names_file(data);
    nhsa::catalogue::write_names(&file, &names).map_err(|e| crate::chain(&e))?;
    let defined = names.iter().filter(|name| name.definition.is_some()).count();
    let numbered = names.iter().filter(|name| name.number.is_some()).count();
    println!(
        "{numbered}个规则名称，{defined}个有公开定义，其中{}个定义的名称不在名称表中；写入 {}",
        names.len() - numbered,
        file.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// A name of the national catalogue, and how many rules carry it here.
#[derive(Serialize)]
struct Carried {
    #[serde(flatten)]
    name: Name,
    /// Rules, each counted once whatever its versions.
    rules: usize,
}

fn list_names(data: &Path, policy: &Path, json: bool) -> Result<ExitCode, String> {
    let names = nhsa::catalogue::load_names(&names_file(data)).map_err(|e| crate::chain(&e))?;
    if names.is_empty() {
        return Err("还没有导入国家规则目录；请用 xingjian rules import names 名称表 --definitions 定义表".to_owned());
    }
    let mut rules: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in catalogue_of(data, policy)? {
        rules.entry(rule.name).or_default().insert(rule.id);
    }
    let carried: Vec<Carried> =
        names.into_iter().map(|name| Carried { rules: rules.get(&name.name).map_or(0, BTreeSet::len), name }).collect();
    if json {
        println!("{}", serde_json::to_string_pretty(&carried).map_err(|e| e.to_string())?);
        return Ok(ExitCode::SUCCESS);
    }
    for Carried { name, rules } in &carried {
        let what = match (rules, name.has_points) {
            (0, false) => "没有公开知识点".to_owned(),
            (0, true) => "有公开知识点，没有可执行规则".to_owned(),
            (rules, _) => format!("规则{rules}条"),
        };
        let definition = if name.definition.is_some() { "" } else { "，没有公开定义" };
        let number = name.number.map_or_else(|| "1.0版".to_owned(), |number| number.to_string());
        println!("{number:>4}  {}  {}：{what}{definition}", name.class, name.name);
    }
    let executable = carried.iter().filter(|one| one.rules > 0).count();
    println!("{}个名称，{executable}个有可执行规则", carried.len());
    Ok(ExitCode::SUCCESS)
}

/// What an import says: everything but the rules, which are in the file, and the rows, which are beside it.
#[derive(Serialize)]
struct Imported<'a> {
    file: String,
    account: String,
    rules: usize,
    tables: &'a [TableAccount],
    not_executable: &'a [NotExecutable],
    differences: &'a [Difference],
    /// Versions whose state was set by the bureau and is kept.
    states_kept: usize,
}

fn import(dir: &Path, points: Option<&Path>, data: &Path, json: bool) -> Result<ExitCode, String> {
    let import = nhsa::import(dir, points).map_err(|faults| told(&faults))?;
    let (file, account) = (folder(data).join("nhsa.jsonl"), folder(data).join("nhsa-account.json"));
    let kept = catalogue::replace(&file, import.rules.clone()).map_err(|faults| told(&faults))?;
    let rows = serde_json::to_vec(&(&import.tables, &import.rows)).map_err(|e| e.to_string())?;
    std::fs::write(&account, rows).map_err(|e| format!("{}：无法写入（{e}）", account.display()))?;
    if json {
        let imported = Imported {
            file: file.display().to_string(),
            account: account.display().to_string(),
            rules: import.rules.len(),
            tables: &import.tables,
            not_executable: &import.not_executable,
            differences: &import.differences,
            states_kept: kept,
        };
        println!("{}", serde_json::to_string_pretty(&imported).map_err(|e| e.to_string())?);
    } else {
        print_import(&import, &file, &account);
        if kept > 0 {
            println!("{kept}条规则版本保留本单位设置的状态");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_import(import: &Import, file: &Path, account: &Path) {
    for table in &import.tables {
        println!(
            "{} {}：{}行，入规则{}，与表格相同{}，不可执行{}，重复{}",
            table.file, table.sheet, table.rows, table.in_rules, table.published, table.not_executable, table.repeated
        );
    }
    for (reason, count) in
        counted(import.not_executable.iter().map(|point| format!("{}：{}", point.name, point.reason)))
    {
        println!("不可执行  {count}条  {reason}");
    }
    for difference in &import.differences {
        println!("差异  {} {}：{}", difference.name, difference.title, difference.what);
    }
    let defaults = import.rules.iter().filter(|rule| !rule.defaults.is_empty()).count();
    println!(
        "{}行，{}条规则版本（{defaults}条含产品默认），不可执行{}条，差异{}处",
        import.rows.len(),
        import.rules.len(),
        import.not_executable.len(),
        import.differences.len()
    );
    println!("规则写入 {}，逐行去向写入 {}", file.display(), account.display());
}

fn counted(texts: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    texts.fold(BTreeMap::new(), |mut counts, text| {
        *counts.entry(text).or_default() += 1;
        counts
    })
}

#[derive(Serialize)]
struct Checked<'a> {
    rules: usize,
    examples: usize,
    findings: &'a [Finding],
    failed_examples: &'a [Fault],
}

async fn check(places: &Places, json: bool) -> Result<ExitCode, String> {
    let (rules, app) = crate::screen::in_force(places).await?;
    let parameters = crate::screen::parameters(app.as_ref()).await?;
    let store = store(&places.data);
    let known = if store.join("manifest.json").is_file() {
        Some(Store::open(&store).map_err(|e| crate::chain(&e))?)
    } else {
        None
    };
    let items = known.as_ref().map(|store| store.dictionaries.list(ListName::Items));
    let findings = check::check(&rules, items, &parameters);
    let failed = example::failures(&rules, &std::env::temp_dir().join(format!("xingjian-{}", std::process::id())));
    let examples = rules.iter().map(|rule| rule.examples.len()).sum();
    if json {
        let checked = Checked { rules: rules.len(), examples, findings: &findings, failed_examples: &failed };
        println!("{}", serde_json::to_string_pretty(&checked).map_err(|e| e.to_string())?);
    } else {
        for finding in &findings {
            println!("{finding}");
        }
        for fault in &failed {
            println!("{fault}");
        }
        println!("{}条规则版本，{}处发现；{examples}个示例，{}个不符", rules.len(), findings.len(), failed.len());
    }
    // Overlaps and codes that no claim has yet are for a person to weigh; the others are errors.
    let wrong = |kind| matches!(kind, FindingKind::Contradiction | FindingKind::Dead);
    let sound = failed.is_empty() && !findings.iter().any(|finding| wrong(finding.kind));
    Ok(if sound { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

pub fn told(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

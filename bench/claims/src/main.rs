//! Measures the claims pass: `make` writes a made-up city, `pass` screens it, `floor` only decodes the columns the pass reads; and ingest.
//!
//! Each prints one line of JSON with the seconds it took, so that a script can set them beside other programs.

mod ingest;

use clap::{Parser, Subcommand};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use xingjian_screen::claims::read::{self, Batches};
use xingjian_screen::claims::{Error, Store, schema};
use xingjian_screen::generate::{Recipe, World};
use xingjian_screen::pass::{BucketHits, Sink};
use xingjian_screen::plan::{Extracts, Plan};
use xingjian_screen::rule::{Parameters, Rule};
use xingjian_screen::{catalogue, pass, run};

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Arguments {
    /// Folder of the store.
    #[arg(long)]
    store: PathBuf,
    /// Rules, as JSON lines or as a pack in TOML; again and again for several files.
    #[arg(long, required = true)]
    rules: Vec<PathBuf>,
    /// Threads.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// Only so many months, the first ones.
    #[arg(long, default_value_t = usize::MAX)]
    first_months: usize,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Writes a made-up city.
    Make {
        #[arg(long)]
        patients: u32,
        #[arg(long, default_value_t = 12)]
        months: u16,
        #[arg(long, default_value_t = 16)]
        buckets: u16,
        #[arg(long, default_value_t = 100_000)]
        violations: u32,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Runs the pass and counts its hits; with `--named` also reads the numbers of their lines, and sorts them.
    Pass {
        #[arg(long)]
        named: bool,
        /// Keep what months show in this folder, and read it from there where they have not changed.
        #[arg(long)]
        kept: Option<PathBuf>,
    },
    /// Runs the pass and keeps the run below a folder.
    Keep {
        #[arg(long)]
        runs: PathBuf,
    },
    /// Decodes the columns the pass reads, and nothing else.
    Floor,
    /// Prints the rules as JSON lines, by id and version.
    Rules,
    /// Writes the national tables of one month of a made-up city.
    Tables {
        #[arg(long)]
        folder: PathBuf,
        #[arg(long)]
        patients: u32,
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Ingests those tables.
    Ingest {
        #[arg(long)]
        folder: PathBuf,
    },
}

fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    let mut rules = rules(&arguments.rules)?;
    rules.sort_by(|a, b| (&a.id, a.version).cmp(&(&b.id, b.version)));
    let first_months =
        |store: &Store| -> Vec<String> { store.manifest.months.keys().take(arguments.first_months).cloned().collect() };
    match arguments.what {
        What::Make { patients, months, buckets, violations, seed } => {
            let first = jiff::civil::date(2025, 7, 1);
            let recipe = Recipe { patients, begin: first, months, seed, violations, city: "000000".to_owned() };
            let begun = now();
            let city = World::write(&recipe, &rules, &arguments.store, buckets, arguments.threads)?;
            print(&[
                ("lines", city.made.lines.to_string()),
                ("planted", city.made.truths.len().to_string()),
                ("not_planted_rules", city.made.not_planted.len().to_string()),
                ("seconds", seconds(begun)),
            ]);
        }
        What::Pass { named, kept } => {
            let begun = now();
            let store = Store::open(&arguments.store)?;
            let plan = Plan::compile(rules, Parameters::default(), &store.dictionaries, &Extracts::default());
            let compiled = seconds(begun);
            let months = first_months(&store);
            let kept = kept.map(|folder| pass::Kept::at(&folder, "bench"));
            let (outcome, counts) = if named {
                let (outcome, hits) = run::find(&store, &plan, &months, arguments.threads, kept.as_ref(), run::HELD)?;
                (outcome, counts_of(&plan, &hits)?)
            } else {
                let counts = Mutex::new(vec![0; plan.rules().len()]);
                let count = |_| Count { all: &counts, own: vec![0; plan.rules().len()] };
                let outcome = pass::run(&store, &plan, &months, arguments.threads, kept.as_ref(), count)?;
                (outcome, counts.into_inner().expect("no thread panics holding it"))
            };
            print(&[
                ("rules", plan.rules().len().to_string()),
                ("lines", outcome.lines_read.to_string()),
                ("fresh_lines", outcome.fresh_lines.to_string()),
                ("hits", counts.iter().sum::<u64>().to_string()),
                ("compile_seconds", compiled),
                ("seconds", seconds(begun)),
                ("peak_mb", peak_mb()),
                ("kinds", serde_json::to_string(&kinds(&plan, &counts))?),
            ]);
        }
        What::Keep { runs } => {
            let store = Store::open(&arguments.store)?;
            let months = first_months(&store);
            let (run, hits) = run::screen(
                &store,
                rules,
                Parameters::default(),
                &Extracts::default(),
                &months,
                arguments.threads,
                None,
            )?;
            run::keep(&runs, &run, &hits)?;
            print(&[("run", format!("{:?}", run.id)), ("hits", hits.len().to_string())]);
        }
        What::Tables { folder, patients, seed } => ingest::tables(&rules, &folder, patients, seed)?,
        What::Ingest { folder } => ingest::ingest(&arguments.store, &folder, arguments.threads)?,
        What::Floor => {
            let begun = now();
            let store = Store::open(&arguments.store)?;
            let plan = Plan::compile(rules, Parameters::default(), &store.dictionaries, &Extracts::default());
            let rows = floor(&store, &plan, &first_months(&store), arguments.threads)?;
            print(&[("rows", rows.to_string()), ("seconds", seconds(begun)), ("peak_mb", peak_mb())]);
        }
        What::Rules => {
            for rule in &rules {
                println!("{}", serde_json::to_string(rule)?);
            }
        }
    }
    Ok(())
}

fn rules(paths: &[PathBuf]) -> Result<Vec<Rule>, Failure> {
    let mut rules = Vec::new();
    for path in paths {
        let is_pack = path.extension().is_some_and(|ending| ending == "toml");
        let read = if is_pack { catalogue::read_pack(path) } else { catalogue::read(path) };
        rules.extend(read.map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?);
    }
    Ok(rules)
}

/// Counts hits by number of the rule.
struct Count<'a> {
    all: &'a Mutex<Vec<u64>>,
    own: Vec<u64>,
}

impl Sink for Count<'_> {
    fn take(&mut self, found: &mut BucketHits) -> Result<(), Error> {
        for hit in &found.hits {
            self.own[hit.rule as usize] += 1;
        }
        found.clear();
        Ok(())
    }

    fn forget(&mut self) {
        self.own.fill(0);
    }

    fn end(mut self, found: &mut BucketHits) -> Result<(), Error> {
        self.take(found)?;
        let mut all = self.all.lock().expect("no thread panics holding it");
        all.iter_mut().zip(self.own).for_each(|(sum, count)| *sum += count);
        Ok(())
    }
}

/// The same of hits that have names.
fn counts_of(plan: &Plan, hits: &run::Hits) -> Result<Vec<u64>, Error> {
    let numbers: BTreeMap<_, _> =
        plan.rules().iter().zip(0..).map(|(rule, at)| ((&rule.id, rule.version), at)).collect();
    let mut counts = vec![0; plan.rules().len()];
    for hit in hits.read()? {
        let hit = hit?;
        let number: usize = numbers[&(&hit.rule, hit.version)];
        counts[number] += 1;
    }
    Ok(counts)
}

/// Hits by name of the kind.
fn kinds(plan: &Plan, counts: &[u64]) -> BTreeMap<&'static str, u64> {
    let mut kinds = BTreeMap::new();
    for (rule, count) in plan.rules().iter().zip(counts) {
        *kinds.entry(rule.test.kind_name()).or_default() += count;
    }
    kinds
}

/// Every file of every bucket, all columns the pass reads, batch by batch.
fn floor(store: &Store, plan: &Plan, months: &[String], threads: usize) -> Result<usize, Failure> {
    let buckets = usize::from(store.manifest.buckets);
    let (next, rows) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || -> Result<(), Error> {
        loop {
            let bucket = next.fetch_add(1, Ordering::Relaxed);
            if bucket >= buckets {
                return Ok(());
            }
            for month in months {
                let set = &store.manifest.months[month].buckets[bucket];
                let tables = [
                    (&set.patients, schema::patients(), vec!["patient", "visits", "lines"]),
                    (&set.visits, schema::visits(), read::VISIT_COLUMNS.to_vec()),
                    (&set.lines, schema::lines(), plan.line_columns()),
                ];
                for (file, schema, columns) in tables {
                    let mut batches =
                        Batches::open(&store.folder.join(&file.path), &schema, &columns, read::BATCH_ROWS)?;
                    while let Some(batch) = batches.next_batch()? {
                        rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("a thread that reads does not panic"))
    })?;
    Ok(rows.into_inner())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

fn seconds(begun: Instant) -> String {
    format!("{:.3}", begun.elapsed().as_secs_f64())
}

/// Highest resident memory of this process.
fn peak_mb() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.map_or_else(|| "null".to_owned(), |kilobytes| (kilobytes / 1024).to_string())
}

fn print(fields: &[(&str, String)]) {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    println!("{{{}}}", fields.join(", "));
}

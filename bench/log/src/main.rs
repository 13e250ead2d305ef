//! Measures the log: what it costs the acts that it follows, how fast it makes leaves, and what a proof takes in a large one.
//!
//! Each prints one line of JSON. A ratio is of two things in one run, in turn.

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use xingjian_policy::Policy;
use xingjian_store::{App, Db, Executor, Keys, Log, migrate};
use xingjian_testkit::{TestClock, TestRng, policy_dir};
use xingjian_tlog::{ENTRY_LENGTH, Entry, SALT_LENGTH, Signer};

type Failure = Box<dyn std::error::Error>;

#[derive(Parser)]
struct Arguments {
    /// An empty folder for the database and the log.
    #[arg(long)]
    folder: PathBuf,
    /// Address of an empty PostgreSQL database; SQLite in the folder without it.
    #[arg(long)]
    database: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Acts for some seconds, alone and followed by the log in turn; which is first changes, so that what the disk does over time falls on both.
    Cost {
        #[arg(long, default_value_t = 5)]
        seconds: u64,
        #[arg(long, default_value_t = 4)]
        times: u32,
        #[arg(long, default_value_t = 4)]
        writers: u32,
    },
    /// So many rows at once (in steps of 5,000), the leaves made of them, and then proofs.
    Leaves {
        #[arg(long, default_value_t = 1_000_000)]
        rows: u64,
        #[arg(long, default_value_t = 2000)]
        proofs: u64,
    },
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments = Arguments::parse();
    std::fs::create_dir_all(&arguments.folder)?;
    let db = match &arguments.database {
        Some(url) => Db::postgres(url).await?,
        None => Db::sqlite(&arguments.folder.join("bench.db")).await?,
    };
    migrate(&db).await?;
    let policy = Policy::load(&policy_dir(), "zhuhai").map_err(|faults| format!("{faults:?}"))?;
    let rng = Arc::new(TestRng::new(1));
    let keys = Keys::from_hex(&Keys::generate(&*rng))?;
    let clock = Arc::new(TestClock::at("2026-11-23".parse()?));
    let app = App::new(db, Arc::new(policy), clock, rng, Arc::new(keys));
    let signers = vec![Signer::ed25519("bench/log", &[1; 32])?, Signer::sm2("bench/log", &[2; 32])?];
    let log = Arc::new(Log::open(&arguments.folder.join("log"), signers)?);
    match arguments.what {
        What::Cost { seconds, times, writers } => cost(&app, &log, Duration::from_secs(seconds), times, writers).await,
        What::Leaves { rows, proofs } => leaves(&app, &log, &arguments.folder, rows, proofs).await,
    }
}

/// How often the state that the page of the log shows is asked for.
const STATES: u64 = 200;

/// One row of the ledger as an act writes it, in a transaction of its own.
async fn act(app: &App, number: u64) -> Result<(), Failure> {
    let tx = app.db.begin().await?;
    let event = format!("{{\"演示\":{number}}}").into_bytes();
    let mut salt = [0; SALT_LENGTH];
    app.rng.fill(&mut salt);
    let entry = Entry::seal(&salt, &event);
    tx.run(&insert(1), row(app, number, event, &salt, &entry)).await?;
    tx.commit().await?;
    Ok(())
}

/// Rows that `leaves` writes with one statement.
const AT_ONCE: usize = 100;

fn insert(rows: usize) -> String {
    let values = (0..rows).map(|row| {
        let [id, at, event, salt, entry] = [1, 2, 3, 4, 5].map(|column| row * 5 + column);
        format!(
            "(${id}, ${at}, 'task.opened', 'task', ${id}, '440402', 'health', 'health', 1, ${event}, ${salt}, ${entry})"
        )
    });
    let columns = "id, at, kind, resource, resource_id, division, department, origin, sensitivity, event, salt, entry";
    format!("insert into ledger ({columns}) values {}", values.collect::<Vec<_>>().join(", "))
}

fn row(app: &App, number: u64, event: Vec<u8>, salt: &[u8], entry: &Entry) -> Vec<xingjian_store::Value> {
    vec![
        format!("{number:032x}").into(),
        app.clock.now().micros().into(),
        event.into(),
        salt.to_vec().into(),
        entry.as_bytes().to_vec().into(),
    ]
}

async fn cost(app: &Arc<App>, log: &Arc<Log>, time: Duration, times: u32, writers: u32) -> Result<(), Failure> {
    let (mut alone, mut followed, mut next) = (0_i64, 0_i64, 0);
    for turn in 0..times * 2 {
        let follows = matches!(turn % 4, 1 | 2);
        let stop = Arc::new(AtomicBool::new(false));
        let keeping = follows.then(|| {
            let (app, log, stop) = (app.clone(), log.clone(), stop.clone());
            tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    log.catch_up(&app).await.expect("the log keeps up");
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            })
        });
        let begun = now();
        let tasks: Vec<_> = (0..writers)
            .map(|writer| {
                let app = app.clone();
                let from = next + u64::from(writer) * 1_000_000_000;
                tokio::spawn(async move {
                    let mut done = 0;
                    while begun.elapsed() < time {
                        act(&app, from + done).await.expect("an act is written");
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await?.cast_signed();
        }
        next += 1_000_000_000 * u64::from(writers);
        *(if follows { &mut followed } else { &mut alone }) += done;
        stop.store(true, Ordering::Relaxed);
        if let Some(keeping) = keeping {
            keeping.await?;
        }
        // What is left over is made up for outside of the time of either.
        log.catch_up(app).await?;
    }
    let seconds = (time.as_secs() * u64::from(times)).cast_signed();
    println!(
        "{}",
        serde_json::json!({
            "database": app.db.kind(), "writers": writers,
            "acts_a_second_alone": alone / seconds, "acts_a_second_followed": followed / seconds,
            "cost_percent": 100 - 100 * followed / alone.max(1), // less than 0 where the disk was kinder to the followed turns
        })
    );
    Ok(())
}

async fn leaves(app: &Arc<App>, log: &Arc<Log>, folder: &Path, rows: u64, proofs: u64) -> Result<(), Failure> {
    let before = log.state(app).await?.indexed;
    let (mut number, many) = (before, insert(AT_ONCE));
    while number < before + rows {
        let tx = app.db.begin().await?;
        for _ in 0..50 {
            let mut values = vec![];
            for _ in 0..AT_ONCE {
                let (event, salt) = (format!("{{\"演示\":{number}}}").into_bytes(), [7; SALT_LENGTH]);
                let entry = Entry::seal(&salt, &event);
                values.extend(row(app, number, event, &salt, &entry));
                number += 1;
            }
            tx.run(&many, values).await?;
        }
        tx.commit().await?;
    }
    let rows = number - before;
    let begun = now();
    log.catch_up(app).await?;
    let made = begun.elapsed();
    let begun = now();
    for at in 0..proofs {
        let number = before + at.wrapping_mul(0x9e37_79b9_7f4a_7c15) % rows;
        log.proof(app, &format!("{number:032x}")).await?;
    }
    let proven = begun.elapsed();
    let begun = now();
    for _ in 0..STATES {
        log.state(app).await?;
    }
    let stated = begun.elapsed();
    println!(
        "{}",
        serde_json::json!({
            "database": app.db.kind(), "leaves": number, "leaves_a_second": rows * 1000 / u64::try_from(made.as_millis())?.max(1),
            "proof_microseconds": u64::try_from(proven.as_micros())? / proofs.max(1),
            "state_microseconds": u64::try_from(stated.as_micros())? / STATES,
            "disk_bytes_a_leaf": size(&folder.join("log"))? / number, "entry_bytes": ENTRY_LENGTH,
        })
    );
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

/// Bytes of all files below a folder.
fn size(folder: &Path) -> Result<u64, Failure> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() { size(&entry.path())? } else { entry.metadata()?.len() };
    }
    Ok(bytes)
}

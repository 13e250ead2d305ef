//! `xingjian-cluster`: screens a claims store with DataFusion in this process or with nodes of Ballista. All nodes are this program.

use clap::{Args, Parser, Subcommand};
use serde::Serialize;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use tokio::net::TcpListener;
use xingjian_cluster::catalogue::{Catalogue, Files};
use xingjian_cluster::token::Token;
use xingjian_cluster::{address, executor, scheduler, screen, session};
use xingjian_kernel::Fen;
use xingjian_screen::claims::Store;
use xingjian_screen::run::{self, Hits, Run};

#[derive(Parser)]
#[command(name = "xingjian-cluster", version, about = "杏鉴：多机筛查医保数据")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Screens a store and keeps the run as `xingjian screen` does
    Screen(ScreenOptions),
    /// Takes runs and hands out their tasks
    Scheduler {
        /// Address to listen at: this machine or a private network
        #[arg(long, default_value = "127.0.0.1:50050")]
        listen: String,
        #[command(flatten)]
        secret: Secret,
    },
    /// Asks a scheduler for tasks and screens
    Executor {
        /// Address of the scheduler
        #[arg(long)]
        scheduler: String,
        /// Address where results are fetched; port 0 is any
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: String,
        #[command(flatten)]
        files: Files,
        /// Tasks at a time; as many as the machine has cores by default
        #[arg(long)]
        threads: Option<usize>,
        /// Folder below which results lie until they are fetched
        #[arg(long)]
        work: Option<PathBuf>,
        #[command(flatten)]
        secret: Secret,
    },
}

#[derive(Args)]
struct Secret {
    /// File with the secret that all nodes share
    #[arg(long, env = "XINGJIAN_CLUSTER_TOKEN_FILE")]
    token_file: PathBuf,
}

#[derive(Args)]
struct ScreenOptions {
    /// Folder of the store
    #[arg(long)]
    store: PathBuf,
    #[command(flatten)]
    files: Files,
    /// Only this month; may be given several times
    #[arg(long = "month")]
    months: Vec<String>,
    #[command(flatten)]
    place: Place,
    /// Threads; as many as the machine has cores by default
    #[arg(long)]
    threads: Option<usize>,
    /// Folder of the runs; beside the store by default
    #[arg(long)]
    runs: Option<PathBuf>,
    /// File with the secret that all nodes share
    #[arg(long, env = "XINGJIAN_CLUSTER_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Print the run as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct Place {
    /// In this process, without nodes
    #[arg(long)]
    local: bool,
    /// With a scheduler and an executor in this process
    #[arg(long)]
    standalone: bool,
    /// By the executors of this scheduler
    #[arg(long)]
    scheduler: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("无法启动：{error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match arguments.command {
            Command::Screen(options) => screen(&options).await,
            Command::Scheduler { listen, secret } => serve_scheduler(&listen, &secret).await,
            Command::Executor { scheduler, listen, files, threads, work, secret } => {
                serve_executor(&scheduler, &listen, &files, threads, work.as_deref(), &secret).await
            }
        }
    });
    // What is left of nodes in this process need not be waited for.
    runtime.shutdown_background();
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

async fn serve_scheduler(listen: &str, secret: &Secret) -> Result<(), String> {
    let token = Token::read(&secret.token_file)?;
    let listener = listener(listen).await?;
    println!("调度节点监听 {}", listener.local_addr().map_err(|e| e.to_string())?);
    scheduler::serve(listener, token).await.map_err(|e| chain(&e))
}

async fn serve_executor(
    scheduler: &str,
    listen: &str,
    files: &Files,
    threads: Option<usize>,
    work: Option<&Path>,
    secret: &Secret,
) -> Result<(), String> {
    let token = Token::read(&secret.token_file)?;
    let scheduler = address::private(scheduler)?;
    let catalogue = Arc::new(catalogue(files)?);
    let listener = listener(listen).await?;
    let folder = work_folder(work)?;
    println!("规则目录 {}", catalogue.hash());
    println!("执行节点监听 {}", listener.local_addr().map_err(|e| e.to_string())?);
    let node = executor::Node {
        listener,
        scheduler,
        token,
        catalogue,
        threads: threads.unwrap_or_else(cores),
        work: folder.path().to_owned(),
        tell: Arc::new(|line| println!("{line}")),
    };
    node.serve(told_to_stop()).await.map_err(|e| chain(&e))
}

/// Ends when the operator or the system wants the program to end.
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        // Without a handler the signal ends the program by itself.
        Err(_) => std::future::pending().await,
    }
}

fn work_folder(below: Option<&Path>) -> Result<tempfile::TempDir, String> {
    let made = match below {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    made.map_err(|e| format!("工作目录无法建立（{e}）；用 --work 指定可写的文件夹"))
}

async fn listener(address: &str) -> Result<TcpListener, String> {
    let address = address::private(address)?;
    TcpListener::bind(address).await.map_err(|e| format!("无法监听 {address}（{e}）；换一个 --listen"))
}

fn catalogue(files: &Files) -> Result<Catalogue, String> {
    let faults =
        |faults: Vec<xingjian_kernel::Fault>| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    Catalogue::read(files).map_err(faults)
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

async fn screen(options: &ScreenOptions) -> Result<(), String> {
    let store = Store::open(&options.store).map_err(|e| chain(&e))?;
    let months = months(&store, &options.months)?;
    let catalogue = Arc::new(catalogue(&options.files)?);
    let threads = options.threads.unwrap_or_else(cores);
    let tasks = usize::from(store.manifest.buckets);
    let found = if let Some(scheduler) = &options.place.scheduler {
        let file = options.token_file.as_deref().ok_or("请用 --token-file 给出集群口令文件")?;
        let context = session::remote(address::private(scheduler)?, &Token::read(file)?, tasks);
        let context = context.map_err(|e| chain(&e))?;
        screen::screen_again(&context, &store, &catalogue, &months, threads).await
    } else if options.place.standalone {
        let (scheduler, token, _work) = standalone(catalogue.clone(), threads).await?;
        let context = session::remote(scheduler, &token, tasks).map_err(|e| chain(&e))?;
        screen::screen(&context, &store, &catalogue, &months, threads).await
    } else {
        let context = session::local(catalogue.clone(), threads);
        screen::screen(&context, &store, &catalogue, &months, threads).await
    };
    let (run, hits) = found.map_err(|e| chain(&e))?;
    keep(options, &run, &hits)
}

/// A scheduler and an executor of this process, with a secret that nobody else knows.
async fn standalone(
    catalogue: Arc<Catalogue>,
    threads: usize,
) -> Result<(std::net::SocketAddr, Token, tempfile::TempDir), String> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret).map_err(|e| format!("没有系统随机数（{e}）"))?;
    let token = Token::new(&hex::encode(secret))?;
    let [first, second] = [listener("127.0.0.1:0").await?, listener("127.0.0.1:0").await?];
    let scheduler = first.local_addr().map_err(|e| e.to_string())?;
    let work = work_folder(None)?;
    tokio::spawn(told(scheduler::serve(first, token.clone())));
    let node = executor::Node {
        listener: second,
        scheduler,
        token: token.clone(),
        catalogue,
        threads,
        work: work.path().to_owned(),
        tell: Arc::new(|line| eprintln!("{line}")),
    };
    tokio::spawn(told(node.serve(std::future::pending())));
    Ok((scheduler, token, work))
}

async fn told(node: impl Future<Output = Result<(), impl Error>>) {
    if let Err(error) = node.await {
        eprintln!("{}", chain(&error));
    }
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

/// What a screening says.
#[derive(Serialize)]
struct Screened<'a> {
    run: &'a Run,
    folder: String,
    hits: u64,
}

fn keep(options: &ScreenOptions, run: &Run, hits: &Hits) -> Result<(), String> {
    let beside = || options.store.parent().unwrap_or_else(|| Path::new(".")).join("runs");
    let runs = options.runs.clone().unwrap_or_else(beside);
    run::keep(&runs, run, hits).map_err(|e| chain(&e))?;
    // Which run is the latest is said where it is handed over and compared with the one before (`xingjian screen --kept`).
    let folder = runs.join(&run.id).display().to_string();
    if options.json {
        let screened = Screened { run, folder, hits: hits.len() };
        println!("{}", serde_json::to_string_pretty(&screened).map_err(|e| e.to_string())?);
    } else {
        let trial: u64 = run.by_rule.values().filter(|total| total.trial).map(|total| total.hits).sum();
        println!(
            "{}个月，{}条明细，金额{}元；{}条规则命中{}处（另有试运行命中{trial}处）",
            run.months.len(),
            run.lines,
            Fen::new(run.amount_fen),
            run.rules,
            hits.len() - trial
        );
        println!("命中写入 {folder}");
    }
    Ok(())
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push('：');
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

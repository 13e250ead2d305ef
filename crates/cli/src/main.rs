//! `xingjian`: the integrated supervision system for healthcare of a city, as one program.

mod backup;
mod claims;
mod date;
mod doctor;
mod draw;
mod generate;
mod imports;
mod keep;
mod keys;
mod log;
mod messages;
mod rules;
mod screen;
mod serving;
mod terminal;
mod witness;

use clap::{Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use xingjian_cli::demo;
use xingjian_cli::instance::Places;
use xingjian_kernel::{Clock, LocalDate};

/// Pages are made of many small pieces on a few threads: the allocator of the system takes longer and keeps what was given back
/// (`docs/decisions.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "xingjian", version, about = "杏鉴：医疗卫生行业综合监管信息系统")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args, Clone)]
struct Where {
    /// Folder of the instance
    #[arg(long, default_value = "data")]
    data: PathBuf,
    /// Folder of the policy packs
    #[arg(long, default_value = "policy")]
    policy: PathBuf,
    /// Address of PostgreSQL; without it a SQLite file in the folder of the instance
    #[arg(long, env = "XINGJIAN_DATABASE", hide_env_values = true)]
    database: Option<String>,
}

impl Where {
    fn places(&self) -> Places {
        Places { data: self.data.clone(), policy: self.policy.clone(), database: self.database.clone() }
    }
}

/// How large a demonstration is.
#[derive(Clone, Copy, ValueEnum)]
enum SizeName {
    /// 60 institutions, 200 practitioners, a few stories
    Small,
    /// 1,200 institutions, 8,000 practitioners, a year of events
    Full,
}

#[derive(Subcommand)]
enum Command {
    /// Makes a demonstration city and serves it
    Demo {
        #[command(flatten)]
        place: Where,
        /// Pack of the city
        #[arg(long, default_value = "zhuhai")]
        city: String,
        /// The date of the demonstration; today by default
        #[arg(long)]
        date: Option<LocalDate>,
        /// A small city of a few stories, or a full one with a year of its own
        #[arg(long, value_enum, default_value_t = SizeName::Small)]
        size: SizeName,
        /// So many full cities in one, to see what grows
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=40))]
        times: u16,
        /// Address to serve at
        #[arg(long, default_value = "127.0.0.1:8620")]
        serve: SocketAddr,
        /// Make it and stop
        #[arg(long)]
        no_serve: bool,
        /// Print what happened as JSON
        #[arg(long)]
        json: bool,
    },
    /// Serves an instance
    Serve(serving::Serve),
    /// Brings the database of an instance to the present schema
    Migrate {
        #[command(flatten)]
        place: Where,
    },
    /// Writes an instance to one file, while it serves
    Backup(backup::Backup),
    /// Makes an instance from a backup, in an empty folder
    Restore(backup::Restore),
    /// Says that the date of this machine is right after it was found far ahead
    ConfirmDate(date::ConfirmDate),
    /// Looks at all that an instance keeps, says what is not good and the mend; 2 if something is not
    Doctor(doctor::Doctor),
    /// Accounts
    Account {
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Reads files in
    Import {
        #[command(subcommand)]
        command: imports::ImportCommand,
    },
    /// Messages from the public that came in files
    Messages {
        #[command(subcommand)]
        command: messages::MessagesCommand,
    },
    /// Policy packs
    Policy {
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Claims of the medical insurance
    Claims {
        #[command(subcommand)]
        command: ClaimsCommand,
    },
    /// Screens the claims of an instance by all rules and keeps what was found
    Screen {
        #[command(flatten)]
        options: screen::ScreenOptions,
    },
    /// Rules of claims
    Rules {
        #[command(subcommand)]
        command: rules::RulesCommand,
    },
    /// Checks of a transparency log, and cosignatures for it, without an instance
    Log {
        #[command(subcommand)]
        command: log::LogCommand,
    },
    /// Draws (双随机) by files alone: tickets, plan, commitment, draw, and the check of a bundle, without an instance
    Draw {
        #[command(subcommand)]
        command: draw::DrawCommand,
    },
    /// Serves as a witness of transparency logs, without an instance
    Witness(witness::WitnessOptions),
}

#[derive(Subcommand)]
enum ClaimsCommand {
    /// Brings files of the national tables, or of another layout, into a month
    Ingest(claims::Ingest),
    /// Makes up a city whose claims break no rule, with planted violations and the truth about them
    Generate(generate::GenerateOptions),
    /// Removes earlier versions of files and what given up deliveries left behind
    Prune {
        /// Folder of the instance
        #[arg(long, default_value = "data")]
        data: PathBuf,
    },
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Makes an account and prints its first password; the way in for a new instance
    Add {
        #[command(flatten)]
        place: Where,
        /// What is typed to sign in
        #[arg(long)]
        login: String,
        /// Name as shown
        #[arg(long)]
        name: String,
        /// Role, such as `administrator`; may be given several times
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// Department of the policy pack; the leading one by default
        #[arg(long)]
        department: Option<String>,
    },
    /// Connects another system and prints its key
    Key(keys::Key),
}

#[derive(Subcommand)]
enum PolicyCommand {
    /// Checks every pack below a folder
    Check {
        /// The folder
        dir: PathBuf,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().command).await {
        Ok(code) => code,
        Err(message) => {
            eprintln!("错误：{message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<ExitCode, String> {
    match command {
        Command::Demo { place, city, date, size, times, serve, no_serve, json } => {
            let date = date.unwrap_or_else(|| xingjian_cli::clock::WallClock::default().today());
            let size = match (size, times) {
                (SizeName::Small, 1) => demo::Size::SMALL,
                (SizeName::Small, _) => return Err("--times 只用于完整的城市；请加上 --size full".to_owned()),
                (SizeName::Full, times) => demo::Size::FULL.times(usize::from(times)),
            };
            make_demo(&place.places(), &demo::Wanted { city: &city, date, size }, serve, no_serve, json).await
        }
        Command::Serve(wanted) => serving::serve(&wanted).await,
        Command::Migrate { place } => {
            keep::instance(&place.places()).await?;
            println!("数据库结构已是最新");
            Ok(ExitCode::SUCCESS)
        }
        Command::Backup(wanted) => backup::backup(&wanted).await,
        Command::Restore(wanted) => backup::restore(&wanted).await,
        Command::ConfirmDate(wanted) => date::confirm(&wanted).await,
        Command::Doctor(wanted) => doctor::doctor(&wanted).await,
        Command::Account { command: AccountCommand::Add { place, login, name, roles, department } } => {
            keep::add_account(&place.places(), login, name, &roles, department).await
        }
        Command::Account { command: AccountCommand::Key(wanted) } => keys::key(&wanted).await,
        Command::Import { command } => imports::run(&command).await,
        Command::Messages { command } => messages::run(command).await,
        Command::Policy { command: PolicyCommand::Check { dir } } => Ok(check_policy(&dir)),
        Command::Claims { command: ClaimsCommand::Ingest(wanted) } => claims::ingest(&wanted),
        Command::Claims { command: ClaimsCommand::Generate(options) } => generate::generate(&options),
        Command::Claims { command: ClaimsCommand::Prune { data } } => claims::prune(data),
        Command::Screen { options } => screen::screen(&options).await,
        Command::Rules { command } => rules::run(command).await,
        Command::Log { command } => log::run(command).await,
        Command::Draw { command } => draw::run(command).await,
        Command::Witness(options) => witness::run(options).await,
    }
}

async fn make_demo(
    places: &Places,
    wanted: &demo::Wanted<'_>,
    address: SocketAddr,
    no_serve: bool,
    json: bool,
) -> Result<ExitCode, String> {
    let there = places.settings().map_err(|e| e.to_string())?;
    if there.as_ref().is_none_or(|settings| no_serve || !settings.demo) {
        let progress = demo::Progress::between(wanted.size.start(wanted.date), wanted.date);
        let made = demo::make(places, wanted, &progress).await.map_err(|e| chain(&e))?;
        if json {
            println!("{}", serde_json::to_string_pretty(&made).map_err(|e| e.to_string())?);
        } else {
            print_demo(&made);
        }
    } else if !json {
        println!("沿用 {} 中已有的演示数据；要另一种规模或日期的，请用 --data 换一个目录", places.data.display());
    }
    if no_serve { Ok(ExitCode::SUCCESS) } else { serving::demo(places, address).await }
}

fn print_demo(demo: &demo::Demo) {
    println!("演示城市已建立（{}，{}）", demo.city, demo.date);
    for step in &demo.happened {
        println!("  {}  {}", step.on, step.text);
    }
    let rows: Vec<String> = demo.rows.iter().filter(|(_, n)| *n > 0).map(|(table, n)| format!("{table} {n}")).collect();
    println!("记录：{}", rows.join("，"));
    println!("账号（密码均为 {}）和待办：", xingjian_web::DEMO_PASSWORD);
    for person in &demo.due {
        let first = person.items.first().map(|(due, line)| {
            let due = due.map_or_else(|| "无期限".to_owned(), |day| format!("{day}到期"));
            format!("{line}，{due}")
        });
        let (login, roles, count) = (&person.login, person.roles.join("、"), person.items.len());
        println!("  {login:<10} {}（{roles}）：{count}件；{}", person.name, first.unwrap_or_default());
    }
}

fn check_policy(dir: &std::path::Path) -> ExitCode {
    let report = xingjian_policy::check(dir);
    for fault in &report.faults {
        println!("{fault}");
    }
    println!("{}个文件，{}个条目，{}处错误", report.files, report.entries, report.faults.len());
    if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// An error with its causes, once.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}（{cause_text}）");
        }
        source = cause.source();
    }
    text
}

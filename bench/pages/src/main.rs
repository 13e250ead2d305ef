//! Measures what people wait for: pages of the desk in a city and in one twenty times larger, and complaints that the public hands in.
//!
//! Two things in one run, in turn, through HTTP to the binary as it is installed.

mod accept;
mod http;
mod load;
mod look;
mod server;

use clap::{Parser, Subcommand};
use std::time::Instant;

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every page of the menu of a server that runs, as each demonstration login sees it, one at a time
    Look {
        /// Such as `127.0.0.1:8620`
        #[arg(long)]
        address: String,
        #[arg(long, default_value_t = 5)]
        times: usize,
    },
    /// The heaviest pages at many connections, in two cities in turn, and the memory of both servers
    Load(load::Load),
    /// Complaints through HTTP beside bare inserts into the same database
    Accept(accept::Accept),
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    match Arguments::parse().what {
        What::Look { address, times } => {
            look::print(&look::all(&address, times.max(1)).await?);
            Ok(())
        }
        What::Load(wanted) => load::load(&wanted).await,
        What::Accept(wanted) => accept::accept(&wanted).await,
    }
}

/// What so many at once come to, each with its number.
async fn together<T, F>(many: usize, one: impl Fn(usize) -> F) -> Result<Vec<T>, Failure>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Failure>> + Send + 'static,
{
    let tasks: Vec<_> = (0..many).map(|at| tokio::spawn(one(at))).collect();
    let mut all = vec![];
    for task in tasks {
        all.push(task.await??);
    }
    Ok(all)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}

//! The heaviest pages of two cities under load, in turn.

use crate::http::Connection;
use crate::look::{all, heaviest};
use crate::server::{Binary, Server, sign_in};
use crate::{Failure, now, together};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(clap::Args)]
pub struct Load {
    #[command(flatten)]
    binary: Binary,
    /// Folder of the one city.
    #[arg(long)]
    small: PathBuf,
    /// Folder of the larger city.
    #[arg(long)]
    large: PathBuf,
    #[arg(long, default_value_t = 5)]
    pages: usize,
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// Seconds of a turn; each page has `times` turns in each city.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    #[arg(long, default_value_t = 3)]
    times: u32,
}

pub async fn load(wanted: &Load) -> Result<(), Failure> {
    let servers = [
        Server::start(&wanted.binary, &wanted.small, None).await?,
        Server::start(&wanted.binary, &wanted.large, None).await?,
    ];
    let rest = [servers[0].memory()?.0, servers[1].memory()?.0];
    // What is heaviest where there is most.
    let pages = heaviest(&all(&servers[1].address, 3).await?, wanted.pages);
    for (login, path) in &pages {
        let mut took: [Vec<Duration>; 2] = [vec![], vec![]];
        for turn in 0..wanted.times {
            for city in if turn % 2 == 0 { [0, 1] } else { [1, 0] } {
                let session = sign_in(&servers[city].address, login).await?;
                took[city].extend(hammer(&servers[city].address, path, &session, wanted).await?);
            }
        }
        let [small, large] = took.map(|mut took| {
            took.sort_unstable();
            [percentile(&took, 50), percentile(&took, 99), number(took.len() as u64)]
        });
        let seconds = f64::from(wanted.times) * number(wanted.seconds);
        let of = |city: [f64; 3]| json!({ "p50_ms": city[0], "p99_ms": city[1], "pages_a_second": rounded(city[2] / seconds) });
        println!(
            "{}",
            json!({ "page": path, "login": login, "connections": wanted.connections, "small": of(small), "large": of(large),
                "p99_large_to_small": rounded(large[1] / small[1]) })
        );
    }
    let after = [servers[0].memory()?, servers[1].memory()?];
    let memory = |city: usize| json!({ "rest": rest[city], "after": after[city].0, "highest": after[city].1 });
    println!("{}", json!({ "memory_mib": { "small": memory(0), "large": memory(1) } }));
    Ok(())
}

/// So many connections ask for one page, each again as soon as it has its answer.
async fn hammer(address: &str, path: &str, session: &str, wanted: &Load) -> Result<Vec<Duration>, Failure> {
    let (until, shared) =
        (Duration::from_secs(wanted.seconds), Arc::new((address.to_owned(), path.to_owned(), session.to_owned())));
    let begun = now();
    let all = together(wanted.connections, |_| {
        let shared = shared.clone();
        async move {
            let (address, path, session) = &*shared;
            let mut connection = Connection::open(address).await?;
            let mut took = vec![];
            while begun.elapsed() < until {
                let answer = connection.get(path, session).await?;
                if answer.status != 200 {
                    return Err(format!("{path}: {}", answer.status).into());
                }
                took.push(answer.took);
            }
            Ok(took)
        }
    });
    Ok(all.await?.concat())
}

/// In milliseconds.
fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(at).map_or(f64::NAN, |took| rounded(took.as_secs_f64() * 1000.0))
}

/// Of what is counted here, far below where a float loses any.
pub fn number(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Two places.
pub fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

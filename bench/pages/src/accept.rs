//! Complaints through the form of the public, beside bare inserts of as much text with the same durability, in turn.

use crate::http::Connection;
use crate::load::{number, rounded};
use crate::server::{Binary, Server};
use crate::{Failure, now, together};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use xingjian_store::{Db, Executor};

#[derive(clap::Args)]
pub struct Accept {
    #[command(flatten)]
    binary: Binary,
    /// Folder of an instance; complaints are really made in it.
    #[arg(long)]
    data: PathBuf,
    /// Address of its database, where that is PostgreSQL.
    #[arg(long)]
    database: Option<String>,
    #[arg(long, default_value_t = 16)]
    connections: usize,
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    #[arg(long, default_value_t = 4)]
    times: u64,
}

/// What is complained about, and what a bare row holds.
const TEXT: &str = "演示：挂号后等了三个小时才看上，分诊台没有人解释原因，收费清单上的项目和实际做的检查对不上。";

pub async fn accept(wanted: &Accept) -> Result<(), Failure> {
    let server = Server::start(&wanted.binary, &wanted.data, wanted.database.as_deref()).await?;
    let db = match &wanted.database {
        Some(url) => Db::postgres(url).await?,
        None => Db::sqlite(&wanted.data.join("xingjian.db")).await?,
    };
    let tx = db.begin().await?;
    tx.run("create table if not exists bare (id bigint primary key, body {text} not null)", vec![]).await?;
    tx.run("delete from bare", vec![]).await?;
    tx.commit().await?;
    let (mut complaints, mut bare) = (0, 0);
    for turn in 0..wanted.times * 2 {
        if matches!(turn % 4, 0 | 3) {
            complaints += complain(&server.address, turn, wanted).await?;
        } else {
            bare += insert(&db, turn, wanted).await?;
        }
    }
    let memory = server.memory()?;
    let tx = db.begin().await?;
    tx.run("drop table bare", vec![]).await?;
    tx.commit().await?;
    let seconds = number(wanted.times * wanted.seconds);
    let [complaints, bare] = [number(complaints), number(bare)];
    println!(
        "{}",
        json!({ "database": db.kind(), "connections": wanted.connections,
            "complaints_a_second": rounded(complaints / seconds), "bare_inserts_a_second": rounded(bare / seconds),
            "complaints_to_bare": rounded(complaints / bare), "memory_mib": memory.0, "memory_highest_mib": memory.1 })
    );
    Ok(())
}

/// The form fetched and sent, as people do it; only what was answered with a receipt counts.
async fn complain(address: &str, turn: u64, wanted: &Accept) -> Result<u64, Failure> {
    let (begun, until) = (now(), Duration::from_secs(wanted.seconds));
    let address = Arc::new(address.to_owned());
    let all = together(wanted.connections, |visitor| {
        let address = address.clone();
        async move {
            let mut connection = Connection::open(&address).await?;
            let mut done = 0;
            while begun.elapsed() < until {
                let form = connection.get("/complain", "").await?.text();
                let once = form.split_once("name=\"once\" value=\"").and_then(|(_, rest)| rest.split_once('"'));
                let once = once.ok_or("a form without its secret")?.0;
                let fields = [("about", "演示第三医院"), ("text", TEXT), ("who", "anonymous"), ("once", once)];
                // One address may send thirty at once: these come from many, others in each turn, through a proxy.
                let from = format!("x-forwarded-for: 10.{visitor}.{turn}.{}\r\n", done / 10 % 256);
                let sent = connection.post("/complain", &from, &fields).await?;
                if sent.status == 429 {
                    return Err("proxies = [\"127.0.0.1\"] is missing in sign-in.toml of the instance".into());
                }
                if sent.status != 200 {
                    return Err(format!("a complaint was answered with {}", sent.status).into());
                }
                done += 1;
            }
            Ok(done)
        }
    });
    Ok(all.await?.iter().sum())
}

/// One row in a transaction of its own.
async fn insert(db: &Db, turn: u64, wanted: &Accept) -> Result<u64, Failure> {
    let (begun, until) = (now(), Duration::from_secs(wanted.seconds));
    let all = together(wanted.connections, |writer| {
        let db = db.clone();
        async move {
            let mut done = 0;
            while begun.elapsed() < until {
                let id = (turn * 1_000 + writer as u64) * 1_000_000_000 + done;
                let tx = db.begin().await?;
                let values = vec![id.cast_signed().into(), TEXT.into()];
                tx.run("insert into bare (id, body) values ($1, $2)", values).await?;
                tx.commit().await?;
                done += 1;
            }
            Ok(done)
        }
    });
    Ok(all.await?.iter().sum())
}

//! `xingjian doctor`: looks at all that an instance keeps and says of each whether it is good, where, why not, and the mend. It changes nothing.

mod files;
mod rows;

use crate::{Where, chain};
use serde::Serialize;
use std::fmt;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use xingjian_cli::clock::{SystemRng, WallClock};
use xingjian_cli::instance::{Places, Settings};
use xingjian_policy::Policy;
use xingjian_store::{App, Db, Keys};

#[derive(clap::Args)]
pub struct Doctor {
    #[command(flatten)]
    place: Where,
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
}

/// What was looked at, and how it is.
#[derive(Serialize)]
pub struct Finding {
    /// What was looked at.
    what: &'static str,
    /// Where it is.
    place: String,
    good: bool,
    /// What was found.
    found: String,
    /// What to do, where it is not good.
    #[serde(skip_serializing_if = "Option::is_none")]
    mend: Option<String>,
}

impl Finding {
    fn good(what: &'static str, place: impl fmt::Display, found: impl Into<String>) -> Self {
        Self { what, place: place.to_string(), good: true, found: found.into(), mend: None }
    }

    fn bad(what: &'static str, place: impl fmt::Display, found: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { what, place: place.to_string(), good: false, found: found.into(), mend: Some(mend.into()) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = if self.good { "正常" } else { "异常" };
        write!(f, "{state}　{}（{}）：{}", self.what, self.place, self.found)?;
        self.mend.as_ref().map_or(Ok(()), |mend| write!(f, "\n　　　处理：{mend}"))
    }
}

/// Prints what was found; 2 if something is not good.
pub async fn doctor(wanted: &Doctor) -> Result<ExitCode, String> {
    let places = wanted.place.places();
    let Some(settings) = places.settings().map_err(|error| chain(&error))? else {
        return Err(format!("{} 中没有实例；请用 --data 指定实例的文件夹", places.data.display()));
    };
    let findings = look(&places, &settings).await;
    let bad = findings.iter().filter(|finding| !finding.good).count();
    if wanted.json {
        println!("{}", serde_json::to_string_pretty(&findings).map_err(|error| error.to_string())?);
    } else {
        for finding in &findings {
            println!("{finding}");
        }
        println!("{}项检查，{bad}项异常", findings.len());
    }
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

async fn look(places: &Places, settings: &Settings) -> Vec<Finding> {
    let mut findings = files::keys(&places.data);
    findings.push(files::room(&places.data));
    let (policy, packs) = packs(&places.policy, &settings.city);
    findings.push(packs);
    let db = match places.database().await {
        Ok(db) => db,
        Err(error) => {
            let mend = "按括号中的原因处理：核对地址和口令、启动数据库服务，或者从备份恢复";
            findings.push(Finding::bad("数据库", database_place(places), chain(&error), mend));
            return findings;
        }
    };
    findings.extend(rows::database(&db, &database_place(places)).await);
    let keys = std::fs::read_to_string(places.data.join("field.key")).ok().and_then(|text| Keys::from_hex(&text).ok());
    if let Some(keys) = &keys {
        findings.push(rows::sealed(&db, keys).await);
    }
    let clock = settings.date.map_or_else(WallClock::default, WallClock::on);
    findings.push(rows::clock(&db, &clock).await);
    // The log needs an instance to be read with; without pack or key there is a finding above.
    if let (Some(policy), Some(keys)) = (policy, keys) {
        findings.extend(instance(places, db, policy, keys, clock).await);
    }
    findings
}

fn database_place(places: &Places) -> String {
    // The address may carry a password: it is never shown.
    places
        .database
        .as_ref()
        .map_or_else(|| places.data.join("xingjian.db").display().to_string(), |_| "PostgreSQL".into())
}

fn packs(folder: &Path, city: &str) -> (Option<Policy>, Finding) {
    let place = folder.join(city);
    match Policy::load(folder, city) {
        Ok(policy) => (Some(policy), Finding::good("政策包", place.display(), "没有错误")),
        Err(faults) => {
            let first = faults.first().map(ToString::to_string).unwrap_or_default();
            let mend =
                "用 --policy 指定其位置；内容有错时按 xingjian policy check 的提示更正，或者换回随程序交付的政策包";
            (None, Finding::bad("政策包", place.display(), format!("{}处错误，如：{first}", faults.len()), mend))
        }
    }
}

async fn instance(places: &Places, db: Db, policy: Policy, keys: Keys, clock: WallClock) -> Vec<Finding> {
    let place = places.data.join("log");
    let app = App::new(db, Arc::new(policy), Arc::new(clock), Arc::new(SystemRng), Arc::new(keys));
    let mut findings = vec![rows::administrators(&app, &database_place(places)).await];
    match places.kept_log() {
        Ok(Some(log)) => {
            findings.extend(rows::log(&app, &log, &place).await);
            findings.push(rows::draws(&app, &database_place(places)).await);
        }
        Ok(None) => findings.push(Finding::good("存证日志", place.display(), "还没有日志")),
        Err(error) => {
            let mend = "按所说处理；log.key 损坏或者丢失时从另行保存的那一份恢复";
            findings.push(Finding::bad("存证日志", place.display(), chain(&error), mend));
        }
    }
    findings
}

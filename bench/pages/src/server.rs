//! A server of the one binary, started for the measurement and ended with it.

use crate::Failure;
use crate::http::Connection;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// What is started, and on what.
#[derive(clap::Args, Clone)]
pub struct Binary {
    /// The binary, built for release.
    #[arg(long, default_value = "target/release/xingjian")]
    binary: PathBuf,
    #[arg(long, default_value = "policy")]
    policy: PathBuf,
}

pub struct Server {
    child: Child,
    pub address: String,
}

impl Server {
    /// Serves the instance of a folder at a free port; returns when it answers.
    pub async fn start(binary: &Binary, data: &Path, database: Option<&str>) -> Result<Self, Failure> {
        let mut command = Command::new(&binary.binary);
        command.arg("serve").arg("--data").arg(data).arg("--policy").arg(&binary.policy);
        command.args(["--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        let mut child = command.spawn().map_err(|error| format!("{}: {error}", binary.binary.display()))?;
        let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some((_, address)) = line.split_once("http://") {
                return Ok(Self { child, address: address.trim_end_matches('/').to_owned() });
            }
        }
        Err(format!("the server of {} does not start", data.display()).into())
    }

    /// Resident memory now and at its highest, in MiB.
    pub fn memory(&self) -> Result<(u64, u64), Failure> {
        let id = self.child.id().ok_or("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let field = |name: &str| -> u64 {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
            line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or(0) / 1024
        };
        Ok((field("VmRSS:"), field("VmHWM:")))
    }
}

/// People of the demonstration who sit at the desk, one for each role.
pub const LOGINS: &[&str] = &[
    "shouli", "chengban", "fuhe", "jiandu1", "fuze", "fazhi", "xinyong", "gongkai", "yibao", "dengji", "guanli",
    "anquan", "shenji",
];

/// Signs in; the header line that says so.
pub async fn sign_in(address: &str, login: &str) -> Result<String, Failure> {
    let fields = [("login", login), ("password", "yanshi-2026")];
    let answer = Connection::open(address).await?.post("/sign-in", "", &fields).await?;
    let cookie = answer.cookie.filter(|_| answer.status == 303).ok_or_else(|| format!("{login} cannot sign in"))?;
    Ok(format!("cookie: {cookie}\r\n"))
}

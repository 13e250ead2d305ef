//! A witness of logs: its key, made once, and its service.

use crate::chain;
use clap::{Args, Subcommand};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use xingjian_cli::clock::{SystemRng, WallClock};
use xingjian_cli::instance::{OpenError, secret_file};
use xingjian_cli::serve;
use xingjian_kernel::Rng;
use xingjian_tlog::{Algorithm, Cosigner, VerifierKey};
use xingjian_web::witness::{Witness, router};

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct WitnessOptions {
    #[command(subcommand)]
    command: Option<WitnessCommand>,
    #[command(flatten)]
    identity: Identity,
    /// Address to serve at
    #[arg(long, default_value = "127.0.0.1:8621")]
    listen: SocketAddr,
    /// Verifier key of a log to follow; may be given several times
    #[arg(long = "log", value_name = "VKEY", value_parser = log_key)]
    logs: Vec<VerifierKey>,
}

#[derive(Subcommand)]
enum WitnessCommand {
    /// Prints the verifier key of the witness, for policies; makes the key if there is none
    Key(Identity),
}

#[derive(Args)]
struct Identity {
    /// Folder of the witness: its key, and what it cosigned last for each log
    #[arg(long, default_value = "witness")]
    state: PathBuf,
    /// Name for a new key, best the address of the witness without http://
    #[arg(long)]
    name: Option<String>,
}

fn log_key(text: &str) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error| format!("{error}；请从日志方公布的公钥原样复制"))?;
    match key.algorithm() {
        Algorithm::CosignatureV1 => Err("这是见证人的公钥；此处应为日志的公钥".to_owned()),
        Algorithm::Ed25519 | Algorithm::Sm2 => Ok(key),
    }
}

impl Identity {
    /// The key of this folder, made on first use; readable by its owner only.
    fn cosigner(&self) -> Result<Cosigner, String> {
        let path = self.state.join("witness.key");
        std::fs::create_dir_all(&self.state)
            .map_err(|source| OpenError::File { path: self.state.display().to_string(), source }.to_string())?;
        let cosigner = if path.exists() { read(&path)? } else { self.make(&path)? };
        match self.name.as_deref() {
            Some(name) if name != cosigner.verifier().name() => Err(format!(
                "{}：密钥的名称是“{}”，与 --name {name} 不同；请去掉 --name，或者用 --state 另指文件夹",
                path.display(),
                cosigner.verifier().name()
            )),
            _ => Ok(cosigner),
        }
    }

    fn make(&self, path: &Path) -> Result<Cosigner, String> {
        let name = self.name.as_deref().ok_or_else(|| {
            let folder = self.state.display();
            format!(
                "{folder} 中还没有见证密钥；新建请加 --name 名称（一般为见证网址去掉 http://，例如 witness.example/w1）"
            )
        })?;
        let mut seed = [0_u8; 32];
        SystemRng.fill(&mut seed);
        let made = Cosigner::new(name, &seed).map_err(|error| format!("--name {name}：{error}"))?;
        secret_file(path, || made.secret_text()).map_err(|error| chain(&error))?;
        // Another process may have been first: what is in the file counts.
        read(path)
    }
}

fn read(path: &Path) -> Result<Cosigner, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}：无法读取（{error}）", path.display()))?;
    text.trim_end().parse().map_err(|error| {
        format!("{}：见证密钥损坏（{error}）；请从备份恢复，换新密钥须先请各方更新信任策略", path.display())
    })
}

pub async fn run(options: WitnessOptions) -> Result<ExitCode, String> {
    if let Some(WitnessCommand::Key(identity)) = options.command {
        println!("{}", identity.cosigner()?.verifier());
        return Ok(ExitCode::SUCCESS);
    }
    if options.logs.is_empty() {
        return Err("没有要见证的日志；请用 --log 给出日志的公钥，可以多次".to_owned());
    }
    let cosigner = options.identity.cosigner()?;
    let witness = Witness::open(&options.identity.state, cosigner, options.logs, Arc::new(WallClock::default()))
        .map_err(|error| error.to_string())?;
    let address = options.listen;
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .map_err(|error| format!("{address} 不能监听（{error}）；端口可能被占用，请用 --listen 换一个"))?;
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let stop = serve::stop();
    println!("见证公钥：{}", witness.key());
    for (origin, last) in witness.logs().map_err(|error| error.to_string())? {
        match last {
            Some(last) => println!("日志 {origin}：上次见证{}条", last.checkpoint().size()),
            None => println!("日志 {origin}：尚未见证"),
        }
    }
    println!("见证地址：http://{address}/");
    let service = axum::serve(listener, router(Arc::new(witness))).with_graceful_shutdown(stop);
    service.await.map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

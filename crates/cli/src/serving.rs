//! `xingjian serve`: opens or makes an instance and serves it; each thing that can be in the way is told with its mend.

use crate::{Where, chain};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use xingjian_cli::instance::{OpenError, Places, Settings};
use xingjian_cli::serve::{self, Serving, journal};
use xingjian_web::Web;

#[derive(clap::Args)]
pub struct Serve {
    #[command(flatten)]
    place: Where,
    /// Pack of the city, for a new instance
    #[arg(long)]
    city: Option<String>,
    /// Address to serve at
    #[arg(long, default_value = "127.0.0.1:8620")]
    listen: SocketAddr,
    /// A proxy in front ends TLS and browsers come by https only: the session cookie is marked Secure
    #[arg(long)]
    behind_tls: bool,
    /// Address for Prometheus (`/metrics`), for machines of the operators only; without it there are no metrics
    #[arg(long)]
    metrics: Option<SocketAddr>,
    /// Write the log of the server as JSON, one object a line
    #[arg(long)]
    json_log: bool,
    /// After SIGTERM, seconds in which it answers `/health/ready` with 503 and still serves, so that a proxy turns to another node
    #[arg(long, default_value_t = 0)]
    drain: u64,
}

/// Serves until it is told to stop.
pub async fn serve(wanted: &Serve) -> Result<ExitCode, String> {
    let places = wanted.place.places();
    let (settings, is_new) = match (places.settings().map_err(|error| why_not_opened(&error))?, &wanted.city) {
        (Some(settings), _) => (settings, false),
        (None, Some(city)) => (Settings { city: city.clone(), demo: false, date: None }, true),
        (None, None) => return Err(format!("{} 中没有实例；新建请加 --city", places.data.display())),
    };
    run(wanted, &places, &settings, is_new).await
}

/// Serves the demonstration that was made in the folder.
pub async fn demo(places: &Places, address: SocketAddr) -> Result<ExitCode, String> {
    let settings = places.settings().map_err(|error| why_not_opened(&error))?;
    let settings = settings.ok_or_else(|| format!("{} 中没有实例", places.data.display()))?;
    let place = Where { data: places.data.clone(), policy: places.policy.clone(), database: places.database.clone() };
    let wanted =
        Serve { place, city: None, listen: address, behind_tls: false, metrics: None, json_log: false, drain: 0 };
    run(&wanted, places, &settings, false).await
}

async fn run(wanted: &Serve, places: &Places, settings: &Settings, is_new: bool) -> Result<ExitCode, String> {
    journal::begin(wanted.json_log, settings.demo);
    let oidc = places.oidc().map_err(|error| why_not_opened(&error))?.map(Arc::new);
    let app = places.run(settings).await.map_err(|error| why_not_opened(&error))?;
    if is_new {
        // A city without a pack is refused above and leaves no instance behind.
        places.settle(settings).map_err(|error| why_not_opened(&error))?;
    }
    if let Ok(seconds @ 1..) = serve::behind_the_ledger(&app).await {
        tracing::error!(
            "系统时钟比最近一条记录早{seconds}秒：期限按系统日期计算，请校准时钟（如 timedatectl set-ntp true）后重新启动"
        );
    }
    let listener = listen(wanted.listen, "--listen").await?;
    let metrics = match wanted.metrics {
        Some(address) => Some(listen(address, "--metrics").await?),
        None => None,
    };
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    // Whoever reads the address may already tell it to stop.
    let stop = serve::stop();
    println!("服务地址：http://{address}/");
    if let Some(Ok(address)) = metrics.as_ref().map(TcpListener::local_addr) {
        println!("指标地址：http://{address}/metrics");
    }
    if !wanted.behind_tls && !settings.demo && !address.ip().is_loopback() {
        println!("注意：没有启用 --behind-tls，登录凭证可能经明文连接传送；正式使用请在前面配置 HTTPS 代理");
    }
    let webhooks = Arc::new(places.webhooks().map_err(|error| why_not_opened(&error))?);
    let web = Web { app, demo: settings.demo, behind_tls: wanted.behind_tls, webhooks, oidc };
    let serving = Serving { listener, metrics, drain: Duration::from_secs(wanted.drain) };
    serve::serve_until(web, serving, stop).await.map_err(|error| error.to_string())?;
    Ok(ExitCode::SUCCESS)
}

async fn listen(address: SocketAddr, option: &str) -> Result<TcpListener, String> {
    TcpListener::bind(address).await.map_err(|error| {
        let mend = match error.kind() {
            ErrorKind::AddrInUse => {
                "端口已被占用：可能本服务已在运行；请停止占用它的程序（ss -ltnp 可查），或者换一个端口"
            }
            ErrorKind::PermissionDenied => "没有权限：1024 以下的端口请由前面的代理监听，这里换一个较大的端口",
            ErrorKind::AddrNotAvailable => "本机没有这个地址：请用 ip addr 核对，或者改为 127.0.0.1",
            _ => "请换一个地址",
        };
        format!("{option} {address}：不能监听（{error}）；{mend}")
    })
}

/// Why the instance does not open, and the mend.
pub fn why_not_opened(error: &OpenError) -> String {
    error.mend().map_or_else(|| chain(error), |mend| format!("{}；{mend}", chain(error)))
}

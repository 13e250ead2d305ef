//! The WebDriver server and the Chromium behind it: started here, and ended here whatever happens.

use crate::plain;
use crate::wait::BOUND;
use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

/// A running WebDriver server with one browser.
pub struct Driver {
    child: Child,
    port: u16,
    profile: PathBuf,
    session: String,
    /// The process of Chromium.
    chromium: Option<u64>,
}

/// The program of an environment variable, or where Debian puts it.
fn program(variable: &str, debian: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).map(PathBuf::from);
    let path = named.unwrap_or_else(|| PathBuf::from(debian));
    path.is_file().then_some(path)
}

impl Driver {
    /// Starts both; `None`, said once, where they are not installed.
    pub async fn start() -> Option<(Self, Client)> {
        let found = (program("CHROMEDRIVER", "/usr/bin/chromedriver"), program("CHROME", "/usr/bin/chromium"));
        let (Some(driver), Some(chromium)) = found else {
            xingjian_testkit::skipped("no chromedriver (run through cargo xtask test)");
            return None;
        };
        let mut driver = Self::spawn(&driver);
        let capabilities = capabilities(&chromium, &driver.profile);
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("Chromium starts");
        driver.session = client.session_id().await.expect("the driver answers").expect("a session was made");
        driver.chromium = client.capabilities().and_then(|all| all.get("goog:processID")).and_then(Value::as_u64);
        Some((driver, client))
    }

    fn spawn(program: &Path) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = std::env::temp_dir().join(format!("xingjian-story-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&profile).expect("the temporary folder can be written");
        let mut child = Command::new(program)
            .arg("--port=0")
            // What Chromium leaves behind lies in the folder that is removed; dates are typed as here.
            .env("TMPDIR", &profile)
            .env("LANGUAGE", "zh_CN")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the WebDriver server starts");
        let lines = BufReader::new(child.stdout.take().expect("its output is piped")).lines();
        let (send, port) = mpsc::channel();
        // Reads on, so that the server never waits for its output to be taken.
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let number =
                    line.strip_suffix('.').and_then(|line| line.rsplit(' ').next()).and_then(|n| n.parse().ok());
                if let Some(number) = number.filter(|_| line.contains("started successfully")) {
                    // Nobody listens after the first.
                    let _ = send.send(number);
                }
            }
        });
        let mut driver = Self { child, port: 0, profile, session: String::new(), chromium: None };
        driver.port = port.recv_timeout(BOUND).expect("the WebDriver server says its port");
        driver
    }

    /// A command of the DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let answer = plain::Plain::new(self.port).json(&path, &json!({"cmd": command, "params": parameters}));
        assert_eq!(answer.status, 200, "{command}: {}", answer.body);
        let answer: Value = serde_json::from_str(&answer.body).expect("the driver answers in JSON");
        answer["value"].clone()
    }
}

fn capabilities(chromium: &Path, profile: &Path) -> Capabilities {
    let profile = format!("--user-data-dir={}", profile.join("profile").display());
    let arguments = [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        // Smooth scrolling would move a control away from under the click.
        "--force-prefers-reduced-motion",
        "--lang=zh-CN",
        "--hide-scrollbars",
        "--disable-lcd-text",
        "--force-device-scale-factor=1",
        &profile,
    ];
    let options = json!({"binary": chromium, "args": arguments});
    let Value::Object(capabilities) = json!({"browserName": "chrome", "goog:chromeOptions": options}) else {
        unreachable!("an object was written")
    };
    capabilities
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Each step may fail because the one before did its work; only what we started is ever ended.
        let ended = !self.session.is_empty()
            && plain::ask(self.port, "DELETE", &format!("/session/{}", self.session), "", None, "").is_ok();
        if let (false, Some(pid)) = (ended, self.chromium) {
            let _ = Command::new("kill").arg(pid.to_string()).status();
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

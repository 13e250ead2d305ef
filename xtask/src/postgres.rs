//! A private PostgreSQL server for one test run: own folder, own port, loopback only, gone afterwards.
//!
//! The server is the child of a small shell, the keeper, which waits for the end of its standard input. The
//! kernel closes that pipe however this program ends (success, failure, Ctrl-C, kill -9), so the server always stops and
//! its folder is always removed, and no process is ever looked up by name.

use crate::command::{Result, is_root, output, program, succeeds};
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

const KEEPER: &str = r#"
bin=$1 folder=$2
shift 2
"$bin/postgres" -D "$folder/data" "$@" >"$folder/log" 2>&1 &
server=$!
read -r end_of_input
kill -QUIT "$server" 2>/dev/null
wait "$server"
cd / && rm -rf "$folder"
"#;

/// The server refuses to run as root, so root lends it the identity of Debian's `postgres` user.
#[derive(Clone, Copy)]
struct Owner {
    user: u32,
    group: u32,
}

/// A running server. Dropping it stops the server and removes its folder.
pub struct Server {
    keeper: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Creates a cluster in a new temporary folder and waits until it accepts connections.
    pub fn start(bin: &Path) -> Result<Self> {
        let owner = if is_root()? { Some(owner()?) } else { None };
        let mut told = String::new();
        // A port that was free a moment ago may be taken: try another.
        for attempt in 1..=3 {
            match Self::attempt(bin, owner, attempt) {
                Ok(server) => return Ok(server),
                Err(message) => told = message,
            }
        }
        Err(told)
    }

    /// The address of the maintenance database; anybody on this machine is superuser there.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The server's own folder, which goes when the server goes.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn attempt(bin: &Path, owner: Option<Owner>, attempt: u32) -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("xingjian-postgres-{}-{attempt}", std::process::id()));
        let told = |error| format!("cannot create {}: {error}", folder.display());
        fs::DirBuilder::new().mode(0o700).create(&folder).map_err(told)?;
        let server = Self::launch(bin, &folder, owner);
        if server.is_err() {
            let _ = fs::remove_dir_all(&folder); // no keeper yet that would do it
        }
        let server = server?;
        server.wait_until_ready(bin)?;
        Ok(server)
    }

    fn launch(bin: &Path, folder: &Path, owner: Option<Owner>) -> Result<Self> {
        if let Some(Owner { user, group }) = owner {
            chown(folder, Some(user), Some(group)).map_err(|error| format!("cannot hand over the folder: {error}"))?;
        }
        let cluster = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--pgdata=data"];
        output(as_owner(bin.join("initdb"), folder, owner).args(cluster))?;
        let port = free_port()?;
        let keeper = as_owner("sh", folder, owner)
            .args(["-c", KEEPER, "keeper"])
            .args([bin, folder])
            .args(settings(port))
            .stdin(Stdio::piped())
            .process_group(0) // Ctrl-C at the terminal must reach us, not the keeper
            .spawn()
            .map_err(|error| format!("cannot start the server: {error}"))?;
        Ok(Self { keeper, folder: folder.to_path_buf(), port })
    }

    fn wait_until_ready(&self, bin: &Path) -> Result<()> {
        let port = self.port.to_string();
        let lock = self.folder.join("data/postmaster.pid");
        let mut started = false;
        for _ in 0..600 {
            if succeeds(program(bin.join("pg_isready")).args(["-q", "-h", "127.0.0.1", "-p", &port])) {
                return Ok(());
            }
            let running = lock.exists();
            if started && !running {
                break;
            }
            started |= running;
            sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(format!("the server did not start on port {port}:\n{}", log.trim()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        if let Err(error) = self.keeper.wait() {
            eprintln!("xtask: the database server may still run: {error}");
        }
    }
}

fn owner() -> Result<Owner> {
    let number = |flag: &str| -> Result<u32> {
        let told = output(program("id").args([flag, "postgres"])).map_err(|told| {
            format!(
                "PostgreSQL does not run as root, and there is no user `postgres` to run it as. Run as another user, \
                 or make one: `useradd --system postgres`\n{told}"
            )
        })?;
        told.parse().map_err(|_| format!("`id {flag} postgres` said `{told}`"))
    };
    Ok(Owner { user: number("-u")?, group: number("-g")? })
}

/// In the server's folder: the new identity may not be allowed to look into ours.
fn as_owner(name: impl Into<PathBuf>, folder: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(name.into());
    command.current_dir(folder);
    if let Some(Owner { user, group }) = owner {
        command.uid(user).gid(group);
    }
    command
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(|error| format!("no free port on 127.0.0.1: {error}"))
}

/// Durable as in production (fsync stays on); many connections because tests run side by side.
fn settings(port: u16) -> Vec<String> {
    let port = format!("port={port}");
    let set = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300", "fsync=on", &port];
    set.into_iter().flat_map(|setting| ["-c".to_owned(), setting.to_owned()]).collect()
}

//! The program as it serves, and forms sent to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use xingjian_testkit::policy_dir;

/// A server that is killed when the test is done with it.
pub struct Server {
    pub child: Child,
    pub address: String,
}

impl Server {
    pub fn start(data: &Path, database: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
        command.args(["serve", "--city", "zhuhai", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.arg("--policy").arg(policy_dir());
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        Self::spawned(command)
    }

    /// The server that a command starts, once it says where it is.
    pub fn spawned(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().split_once("http://").unwrap_or_else(|| panic!("{line}")).1;
        Self { child, address: address.trim_end_matches('/').to_owned() }
    }
}

impl Server {
    /// Tells it to stop, and waits until it has; whether it ended well.
    pub fn stop(mut self) -> bool {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        told.success() && self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already killed is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Posts a form; the body of a complete answer, or `None` where the connection broke.
pub fn post(address: &str, path: &str, body: &str) -> Option<String> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.contains("</html>").then_some(answer)
}

pub fn complaint(number: usize) -> String {
    format!("about=X{number}&text=complaint+number+{number}&who=anonymous&once={number:0>16}")
}

pub fn receipt(answer: &str) -> Option<String> {
    Some(answer.split_once("id=\"receipt\">")?.1.split_once('<')?.0.to_owned())
}

/// The program with some arguments.
pub fn xingjian(arguments: &[&str], database: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
    command.args(arguments);
    if let Some(url) = database {
        command.env("XINGJIAN_DATABASE", url);
    }
    command
}

/// Makes accounts of these roles of administrators in an instance.
pub fn administrators(data: &Path, database: Option<&str>, roles: &[&str]) {
    for role in roles {
        let made = ["account", "add", "--login", role, "--name", "演示甲", "--role", role, "--data"];
        let output = xingjian(&made, database).arg(data).arg("--policy").arg(policy_dir()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

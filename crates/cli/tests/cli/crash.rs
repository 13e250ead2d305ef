//! `kill -9` while a thousand complaints come in: every acknowledged one is there afterwards.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use xingjian_testkit::both_databases;

const POSTS: usize = 1000;
const SENDERS: usize = 4;

struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(data: &Path, database: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
        command.args(["serve", "--city", "zhuhai", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.arg("--policy").arg(xingjian_testkit::policy_dir()).stdout(Stdio::piped());
        if let Some(url) = database {
            command.args(["--database", url]);
        }
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().split_once("http://").unwrap_or_else(|| panic!("{line}")).1;
        Self { child, address: address.trim_end_matches('/').to_owned() }
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
fn post(address: &str, path: &str, body: &str) -> Option<String> {
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

fn complaint(number: usize) -> String {
    format!("about=X{number}&text=complaint+number+{number}&who=anonymous&once={number:0>16}")
}

fn receipt(answer: &str) -> Option<String> {
    Some(answer.split_once("id=\"receipt\">")?.1.split_once('<')?.0.to_owned())
}

/// Sends until the server is killed after `until` acknowledgements; the receipts that came back whole.
fn storm(server: &mut Server, until: usize) -> Vec<(usize, String)> {
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let acknowledged = Mutex::new(vec![]);
    let (address, child) = (server.address.clone(), Mutex::new(&mut server.child));
    std::thread::scope(|scope| {
        for _ in 0..SENDERS {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= POSTS {
                        return;
                    }
                    let Some(code) = post(&address, "/complain", &complaint(number)).as_deref().and_then(receipt)
                    else {
                        continue;
                    };
                    acknowledged.lock().unwrap().push((number, code));
                    if done.fetch_add(1, Ordering::SeqCst) + 1 == until {
                        child.lock().unwrap().kill().unwrap();
                    }
                }
            });
        }
    });
    acknowledged.into_inner().unwrap()
}

both_databases! {
    async fn no_acknowledged_complaint_is_lost_by_a_kill(world: World) {
        let database = (world.app.db.kind() == "postgres").then(|| world.db.address.clone());
        let data = world.db.folder.join("served");
        tokio::task::spawn_blocking(move || {
            let mut server = Server::start(&data, database.as_deref());
            let acknowledged = storm(&mut server, 437);
            drop(server);
            assert!(acknowledged.len() >= 437 && acknowledged.len() < POSTS, "{}", acknowledged.len());
            let server = Server::start(&data, database.as_deref());
            for (number, code) in &acknowledged {
                let answer = post(&server.address, "/follow", &format!("code={code}")).unwrap();
                assert!(answer.starts_with("HTTP/1.1 200") && answer.contains(&format!("X{number}<")), "{code} is lost");
            }
            // A form whose answer was lost is sent again and is still one complaint.
            let again = post(&server.address, "/complain", &complaint(acknowledged[0].0)).unwrap();
            assert_eq!(receipt(&again).as_ref(), Some(&acknowledged[0].1));
        })
        .await
        .unwrap();
    }
}

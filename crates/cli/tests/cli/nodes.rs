//! Two nodes on one PostgreSQL behind a proxy: each is stopped and started again in turn, and nobody who asks notices.

use crate::operations::{get, told_to_stop, watched};
use crate::served::{Server, complaint, post, receipt};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use xingjian_testkit::{Backend, World};

/// Addresses of the nodes that there are.
type Nodes = Arc<Mutex<Vec<Option<String>>>>;

/// As a proxy with health checks does: each request goes to the next node that says it is ready. A request is sent once.
fn proxy(nodes: Nodes) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for (turn, client) in listener.incoming().enumerate() {
            let (client, nodes) = (client.unwrap(), nodes.clone());
            std::thread::spawn(move || forward(client, &nodes, turn));
        }
    });
    address
}

fn forward(mut client: TcpStream, nodes: &Nodes, turn: usize) {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !whole(&request) {
        let read = client.read(&mut part).unwrap();
        request.extend_from_slice(&part[..read]);
    }
    let there = nodes.lock().unwrap().clone();
    let mut order = (0..there.len()).map(|step| (turn + step) % there.len()).filter_map(|node| there[node].clone());
    let ready = |node: &String| get(node, "/health/ready").is_some_and(|answer| answer.starts_with("HTTP/1.1 200"));
    let node = order.find(ready).expect("one node is always ready");
    let mut upstream = TcpStream::connect(node).unwrap();
    upstream.write_all(&request).unwrap();
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).unwrap();
    client.write_all(&answer).unwrap();
}

/// Whether head and body are there.
fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
    body.len() >= length
}

fn node(data: &Path, database: &str) -> Server {
    watched(data, Some(database), &["--drain", "2"]).0
}

/// Nodes share the settings and the keys; each has its own files of the log.
fn like(first: &Path, second: &Path) {
    std::fs::create_dir(second).unwrap();
    for name in ["instance.json", "field.key", "log.key"] {
        std::fs::copy(first.join(name), second.join(name)).unwrap();
    }
}

fn rolling(folder: &Path, database: &str) {
    let folders: [PathBuf; 2] = [folder.join("a"), folder.join("b")];
    let first = node(&folders[0], database);
    like(&folders[0], &folders[1]);
    let mut servers = vec![first, node(&folders[1], database)];
    let nodes: Nodes = Arc::new(Mutex::new(servers.iter().map(|server| Some(server.address.clone())).collect()));
    let address = proxy(nodes.clone());
    let (done, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let codes = Mutex::new(BTreeSet::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::SeqCst) {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let answer = post(&address, "/complain", &complaint(number));
                    let code = answer.as_deref().and_then(receipt).unwrap_or_else(|| panic!("{number}: {answer:?}"));
                    codes.lock().unwrap().insert((number, code));
                }
            });
        }
        for turn in 0..2 {
            let before = next.load(Ordering::SeqCst);
            told_to_stop(&servers[turn]);
            assert!(servers[turn].child.wait().unwrap().success());
            nodes.lock().unwrap()[turn] = None;
            let again = node(&folders[turn], database);
            nodes.lock().unwrap()[turn] = Some(again.address.clone());
            servers[turn] = again;
            assert!(next.load(Ordering::SeqCst) > before, "nobody asked meanwhile");
        }
        done.store(true, Ordering::SeqCst);
    });
    for (number, code) in codes.into_inner().unwrap() {
        let answer = post(&address, "/follow", &format!("code={code}")).unwrap();
        assert!(answer.contains(&format!("X{number}<")), "{number} is lost");
    }
    assert!(servers.into_iter().all(Server::stop));
}

#[test]
fn a_rolling_restart_fails_no_request() {
    World::run(Backend::Postgres, async |world: World| {
        let (folder, database) = (world.db.folder.clone(), world.db.address.clone());
        tokio::task::spawn_blocking(move || rolling(&folder, &database)).await.unwrap();
    });
}

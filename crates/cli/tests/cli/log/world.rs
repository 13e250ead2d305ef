//! Logs as they are served, and witnesses as processes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use xingjian_tlog::{
    AddCheckpoint, Checkpoint, Entry, Hash, Opening, Proof, ProofPlan, Resource, RightEdge, SignedCheckpoint, Signer,
    TileData, TileHashes, VerifierKey, encode_bundle, leaf_hash, root,
};
use xingjian_web::client::Asker;
use xingjian_web::witness::{SubmitError, submit};

pub const ORIGIN: &str = "log.example/xingjian";

/// The key of the log.
pub fn signer() -> Signer {
    Signer::ed25519(ORIGIN, &[1; 32]).unwrap()
}

/// What a log says happened: the same for all up to where it departs from the truth.
#[derive(Clone, Copy, Debug)]
pub struct History {
    pub departs: u64,
    pub mark: &'static str,
}

/// What happened.
pub const TRUTH: History = History { departs: u64::MAX, mark: "" };

impl History {
    pub fn act(self, index: u64) -> ([u8; 32], Vec<u8>) {
        let mark = if index < self.departs { "" } else { self.mark };
        let event = format!(
            "{{\"actor\":{{\"department\":\"health\",\"name\":\"演示员\"}},\"at\":\"1790000000000000\",\
             \"data\":{{\"fields\":[{{\"label\":\"当事人\",\"text\":\"演示医院\"}}],\"since\":\"2026-09-05\"}},\"text\":\"第{index}件{mark}\"}}"
        );
        ([u8::try_from(index % 251).unwrap(); 32], event.into_bytes())
    }

    pub fn entry(self, index: u64) -> Entry {
        let (salt, event) = self.act(index);
        Entry::seal(&salt, &event)
    }

    fn tiles(self, size: u64) -> Vec<TileData> {
        let leaves: Vec<Hash> = (0..size).map(|index| leaf_hash(self.entry(index).as_bytes())).collect();
        RightEdge::default().append(&leaves).unwrap()
    }

    fn hashes(self, size: u64) -> TileHashes {
        TileHashes::trusted(size, self.tiles(size))
    }

    pub fn checkpoint(self, size: u64) -> Checkpoint {
        Checkpoint::new(ORIGIN, size, root(size, &self.hashes(size)).unwrap()).unwrap()
    }

    pub fn signed(self, size: u64) -> SignedCheckpoint {
        SignedCheckpoint::sign(self.checkpoint(size), &signer())
    }

    pub fn request(self, old_size: u64, size: u64) -> AddCheckpoint {
        let proof = ProofPlan::consistency(old_size, size).unwrap().read(&self.hashes(size)).unwrap();
        AddCheckpoint { old_size, proof, checkpoint: self.signed(size) }
    }

    /// The proof file of an act under a checkpoint.
    pub fn proof(self, index: u64, checkpoint: SignedCheckpoint) -> Proof {
        let size = checkpoint.checkpoint().size();
        let hashes = ProofPlan::inclusion(index, size).unwrap().read(&self.hashes(size)).unwrap();
        let (salt, event) = self.act(index);
        let extra = Some(Opening { salt: &salt, event: &event }.to_bytes());
        Proof { extra, index, hashes, checkpoint }
    }

    /// Writes all that such a log serves.
    pub fn publish(self, folder: &Path, checkpoint: &SignedCheckpoint) {
        let write = |path: &str, bytes: &[u8]| {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        };
        for data in self.tiles(checkpoint.checkpoint().size()) {
            write(&Resource::Tile(data.tile()).to_string(), &data.to_bytes());
            if let Some(indices) = data.tile().entries() {
                let entries: Vec<Entry> = indices.map(|index| self.entry(index)).collect();
                let bundle = encode_bundle(entries.iter().map(|entry| entry.as_bytes().as_slice())).unwrap();
                write(&Resource::EntryBundle(data.tile()).to_string(), &bundle);
            }
        }
        write("checkpoint", checkpoint.to_string().as_bytes());
    }
}

/// Serves the files of a folder on loopback, until the test ends; its address.
pub fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // Who leaves early is not served.
            let _ = stream.and_then(|stream| answer(stream, &folder));
        }
    });
    format!("http://{address}/log")
}

fn answer(mut stream: TcpStream, folder: &Path) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = first.split(' ').nth(1).unwrap_or_default().trim_start_matches("/log/");
    let (status, body) = match std::fs::read(folder.join(path)) {
        Ok(body) => ("200 OK", body),
        Err(_) => ("404 Not Found", vec![]),
    };
    write!(stream, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

pub fn xingjian(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_xingjian")).args(arguments).output().unwrap()
}

pub fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A witness as a process.
pub struct Witness {
    pub child: Child,
    pub url: String,
    /// What it said when it started.
    pub said: String,
}

impl Witness {
    pub fn start(state: &Path, name: &str) -> Self {
        Self::of(state, name, "127.0.0.1:0", signer().verifier())
    }

    /// At an address, of a log.
    pub fn of(state: &Path, name: &str, listen: &str, log: &VerifierKey) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xingjian"));
        command.args(["witness", "--listen", listen, "--name", name, "--state"]).arg(state);
        command.arg("--log").arg(log.to_string());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        while !said.contains("http://") {
            assert!(reader.read_line(&mut said).unwrap() > 0, "it ended: {said}");
        }
        let url = said.split_once("http://").map(|(_, rest)| format!("http://{}", rest.trim())).unwrap();
        Self { child, url, said }
    }

    /// Its verifier key, by the command that prints it.
    pub fn key(state: &Path) -> VerifierKey {
        let output = xingjian(&["witness", "key", "--state", path(state)]);
        String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
    }

    pub async fn ask(&self, request: &AddCheckpoint) -> Result<Vec<u8>, SubmitError> {
        submit(&Asker::new(Duration::from_secs(20)), &self.url, request).await
    }

    /// The whole answer to bytes that are posted.
    pub fn post(&self, body: &[u8]) -> String {
        let address = self.url.trim_start_matches("http://").trim_end_matches('/');
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "POST /add-checkpoint HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
            body.len()
        )
        .unwrap();
        // A server that has seen enough may close before all is written.
        let _ = stream.write_all(body);
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        answer
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

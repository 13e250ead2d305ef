//! A web client without anything: no scripts, no styles, no redirects followed. It blocks; stories run beside the
//! server's own threads, so it may.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use crate::wait::BOUND;

/// An answer.
pub struct Answer {
    /// Status.
    pub status: u16,
    head: String,
    /// Body.
    pub body: String,
}

impl Answer {
    /// The value of a header, in lower case names.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value.trim()))
    }

    /// What stands between two marks.
    pub fn between(&self, before: &str, after: &str) -> &str {
        let found = self.body.split_once(before).and_then(|(_, rest)| rest.split_once(after));
        found.unwrap_or_else(|| panic!("no {before} in:\n{}", self.body)).0
    }

    /// The value of a hidden field; every form of a page has the same.
    pub fn hidden(&self, name: &str) -> String {
        self.between(&format!("name=\"{name}\" value=\""), "\"").to_owned()
    }
}

/// A client of one server, with the cookie it was given.
#[derive(Clone)]
pub struct Plain {
    port: u16,
    cookie: Option<String>,
}

impl Plain {
    /// For the server at a port of this machine.
    pub fn new(port: u16) -> Self {
        Self { port, cookie: None }
    }

    /// Fetches a page.
    pub fn get(&mut self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    /// Sends a form.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        self.ask("POST", path, "application/x-www-form-urlencoded", &pairs.join("&"))
    }

    /// Sends JSON.
    pub fn json(&mut self, path: &str, body: &serde_json::Value) -> Answer {
        self.ask("POST", path, "application/json", &body.to_string())
    }

    /// Signs in.
    pub fn sign_in(&mut self, login: &str) {
        let fields = [("next", ""), ("kept", ""), ("login", login), ("password", xingjian_web::DEMO_PASSWORD)];
        let answer = self.post("/sign-in", &fields);
        assert_eq!(answer.status, 303, "{login} cannot sign in:\n{}", answer.body);
    }

    fn ask(&mut self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let answer = ask(self.port, method, path, kind, self.cookie.as_deref(), body).expect("the server answers");
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
        answer
    }
}

/// One request on a connection of its own.
pub fn ask(
    port: u16,
    method: &str,
    path: &str,
    kind: &str,
    cookie: Option<&str>,
    body: &str,
) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(BOUND))?;
    stream.set_write_timeout(Some(BOUND))?;
    let kind = if kind.is_empty() { String::new() } else { format!("content-type: {kind}\r\n") };
    let cookie = cookie.map(|cookie| format!("cookie: {cookie}\r\n")).unwrap_or_default();
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nconnection: close\r\n{kind}{cookie}content-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body.as_bytes())?;
    read(&mut stream)
}

/// Reads head and as many bytes as the head says; without a length to the end.
fn read(stream: &mut TcpStream) -> std::io::Result<Answer> {
    let mut bytes = vec![];
    let mut piece = [0; 8192];
    let at = loop {
        let n = stream.read(&mut piece)?;
        bytes.extend_from_slice(&piece[..n]);
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if n == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..at]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let mut answer = Answer { status, head, body: String::new() };
    let length: usize = answer.header("content-length").and_then(|n| n.parse().ok()).unwrap_or(usize::MAX);
    let mut body = bytes.split_off(at + 4);
    while body.len() < length {
        match stream.read(&mut piece)? {
            0 => break,
            n => body.extend_from_slice(&piece[..n]),
        }
    }
    answer.body = String::from_utf8_lossy(&body).into_owned();
    Ok(answer)
}

fn encode(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

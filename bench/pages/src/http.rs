//! As much of HTTP/1.1 as a load needs: one connection that stays open, one question after the other.

use crate::{Failure, now};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

/// An open connection.
pub struct Connection {
    stream: BufStream<TcpStream>,
    /// `127.0.0.1:8620`
    address: String,
}

/// What came back.
pub struct Answer {
    pub status: u16,
    /// As it was sent, still compressed where that was asked for.
    pub body: Vec<u8>,
    /// The cookie that was set, as it is sent back.
    pub cookie: Option<String>,
    /// From the first byte sent to the last byte read.
    pub took: Duration,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Connection {
    pub async fn open(address: &str) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream: BufStream::new(stream), address: address.to_owned() })
    }

    pub async fn get(&mut self, path: &str, headers: &str) -> Result<Answer, Failure> {
        self.ask("GET", path, headers, "").await
    }

    pub async fn post(&mut self, path: &str, headers: &str, fields: &[(&str, &str)]) -> Result<Answer, Failure> {
        let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        self.ask("POST", path, &format!("{form}{headers}"), &pairs.join("&")).await
    }

    /// `headers` are whole lines with their ends.
    async fn ask(&mut self, method: &str, path: &str, headers: &str, body: &str) -> Result<Answer, Failure> {
        let length = if method == "POST" { format!("content-length: {}\r\n", body.len()) } else { String::new() };
        let question = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n{headers}{length}\r\n{body}", self.address);
        let begun = now();
        self.stream.write_all(question.as_bytes()).await?;
        self.stream.flush().await?;
        let (status, length, cookie) = self.head().await?;
        let body = match length {
            Some(length) => {
                let mut body = vec![0; length];
                self.stream.read_exact(&mut body).await?;
                body
            }
            None => self.chunks().await?,
        };
        Ok(Answer { status, body, cookie, took: begun.elapsed() })
    }

    async fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.stream.read_line(&mut line).await? == 0 {
            return Err("the server closed the connection".into());
        }
        line.truncate(line.trim_end().len());
        Ok(line)
    }

    /// The status, the length where it is said (else the body comes in chunks), the cookie.
    async fn head(&mut self) -> Result<(u16, Option<usize>, Option<String>), Failure> {
        let first = self.line().await?;
        let status: u16 =
            first.split(' ').nth(1).unwrap_or_default().parse().map_err(|_| format!("not HTTP: {first}"))?;
        let (mut length, mut cookie) = (None, None);
        loop {
            let line = self.line().await?;
            if line.is_empty() {
                return Ok((status, length, cookie));
            }
            let (name, value) = line.split_once(": ").ok_or_else(|| format!("not a header: {line}"))?;
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = Some(value.parse()?),
                "set-cookie" if cookie.is_none() => cookie = value.split(';').next().map(str::to_owned),
                _ => {}
            }
        }
    }

    async fn chunks(&mut self) -> Result<Vec<u8>, Failure> {
        let mut body = vec![];
        loop {
            let size = usize::from_str_radix(&self.line().await?, 16)?;
            let mut chunk = vec![0; size];
            self.stream.read_exact(&mut chunk).await?;
            body.extend(chunk);
            self.line().await?;
            if size == 0 {
                return Ok(body);
            }
        }
    }
}

fn percent(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

//! Asking another server: a witness, or a log that is checked. Plain http only; a proxy of one's own brings https.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::time::Duration;

/// Why another server did not answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Not an address over plain http.
    #[error("网址“{0}”不能用：应以 http:// 开头并写明主机；对方只有 https 时，请经本机代理访问")]
    Address(String),
    /// Nobody is there, or the connection broke.
    #[error("{url}：连接失败（{reason}）；请核对网址和对方服务是否在运行")]
    Unreachable {
        /// What was asked.
        url: String,
        /// Why.
        reason: String,
    },
    /// No whole answer in time.
    #[error("{url}：{}秒内没有答复完；请稍后再试", .limit.as_secs())]
    TimedOut {
        /// What was asked.
        url: String,
        /// How long was waited.
        limit: Duration,
    },
    /// The answer is longer than what was asked for can be.
    #[error("{url}：答复中断，或者长于{limit}字节")]
    Body {
        /// What was asked.
        url: String,
        /// In bytes.
        limit: usize,
    },
}

/// What another server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Asks other servers, keeping connections.
#[derive(Clone)]
pub struct Asker {
    client: Client<HttpConnector, Body>,
    limit: Duration,
}

impl Asker {
    /// One that waits at most so long for a whole answer.
    pub fn new(limit: Duration) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), limit }
    }

    /// What is at an address; redirects are answers like others.
    pub async fn get(&self, url: &str, most: usize) -> Result<Answer, AskError> {
        self.send(Request::get(address(url)?), Body::empty(), url, most).await
    }

    /// What a server says to a body.
    pub async fn post(&self, url: &str, body: Vec<u8>, most: usize) -> Result<Answer, AskError> {
        self.send(Request::post(address(url)?), body.into(), url, most).await
    }

    /// What a server says to a form of a client that proves itself by `authorization`.
    pub async fn post_form(
        &self,
        url: &str,
        authorization: &str,
        form: String,
        most: usize,
    ) -> Result<Answer, AskError> {
        let head = Request::post(address(url)?)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .header("authorization", authorization);
        self.send(head, form.into(), url, most).await
    }

    /// What a server says to a request; `url` is how it is called in messages.
    pub async fn send(
        &self,
        head: axum::http::request::Builder,
        body: Body,
        url: &str,
        most: usize,
    ) -> Result<Answer, AskError> {
        let request = head.body(body).map_err(|_| AskError::Address(url.to_owned()))?;
        let answered = async {
            let answer = self.client.request(request).await.map_err(|error| unreachable(url, &error))?;
            let status = answer.status();
            let body = to_bytes(Body::new(answer.into_body()), most).await;
            let body = body.map_err(|_| AskError::Body { url: url.to_owned(), limit: most })?;
            Ok(Answer { status, body: body.into() })
        };
        let late = AskError::TimedOut { url: url.to_owned(), limit: self.limit };
        tokio::time::timeout(self.limit, answered).await.unwrap_or(Err(late))
    }
}

/// The address, if it can be asked.
pub fn address(url: &str) -> Result<Uri, AskError> {
    let uri = url.parse::<Uri>().ok();
    uri.filter(|uri| uri.scheme_str() == Some("http") && uri.host().is_some())
        .ok_or_else(|| AskError::Address(url.to_owned()))
}

/// The innermost cause says most.
fn unreachable(url: &str, error: &dyn std::error::Error) -> AskError {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    AskError::Unreachable { url: url.to_owned(), reason: cause.to_string() }
}

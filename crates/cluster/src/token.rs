//! The secret that all nodes of a cluster share. Ballista knows no authentication; what it lets us set on every connection that it makes,
//! whatever for, is the name of the client, so the secret travels there and every service looks at it before anything else.

use ballista_core::extension::EndpointOverrideFn;
use std::path::Path;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tonic::{Request, Status};

/// Name under which nodes speak.
const NAME: &str = "xingjian-cluster/";
/// Fewer characters can be guessed.
const SHORTEST: usize = 32;

/// The secret.
#[derive(Clone)]
pub struct Token(Arc<str>);

impl Token {
    /// Takes a secret that is long enough and can stand in a header.
    pub fn new(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let fits = text.len() >= SHORTEST && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits {
            Ok(Self(text.into()))
        } else {
            Err(format!("集群口令须为至少{SHORTEST}个字母或数字；可用 openssl rand -hex 32 生成"))
        }
    }

    /// Reads it from a file.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}：无法读取（{e}）", path.display()))?;
        Self::new(&text).map_err(|reason| format!("{}：{reason}", path.display()))
    }

    /// Puts the secret on every connection that Ballista makes.
    pub fn on_connections(&self) -> EndpointOverrideFn {
        let name = format!("{NAME}{}", self.0);
        Arc::new(move |endpoint| Ok(endpoint.user_agent(name.as_str())?))
    }

    /// Lets a request pass that brings the secret.
    pub fn check(&self, request: &Request<()>) -> Result<(), Status> {
        let brought = request.metadata().get("user-agent").and_then(|name| name.to_str().ok());
        // tonic adds its own name after ours.
        let brought = brought.and_then(|name| name.strip_prefix(NAME)?.split(' ').next()).unwrap_or_default();
        if bool::from(brought.as_bytes().ct_eq(self.0.as_bytes())) {
            Ok(())
        } else {
            Err(Status::unauthenticated("集群口令不符；请用相同的口令文件启动各节点和筛查命令"))
        }
    }

    /// The same as a filter in front of a service.
    pub fn guard(&self) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone + Send + Sync + 'static + use<> {
        let token = self.clone();
        move |request| token.check(&request).map(|()| request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(name: &str) -> Request<()> {
        let mut request = Request::new(());
        request.metadata_mut().insert("user-agent", name.parse().unwrap());
        request
    }

    #[test]
    fn only_the_whole_secret_passes() {
        let secret = "0123456789abcdef0123456789abcdef";
        let token = Token::new(&format!("{secret}\n")).unwrap();
        assert!(token.check(&request(&format!("xingjian-cluster/{secret} tonic/0.14"))).is_ok());
        for bad in
            ["tonic/0.14", "xingjian-cluster/ tonic/0.14", "xingjian-cluster/0123456789abcdef tonic/0.14", secret]
        {
            assert!(token.check(&request(bad)).is_err(), "{bad}");
        }
        assert!(token.check(&Request::new(())).is_err());
    }

    #[test]
    fn a_secret_that_is_short_or_no_header_is_refused() {
        assert!(Token::new("0123456789").is_err());
        assert!(Token::new("0123456789abcdef0123456789abcde 口").is_err());
    }
}

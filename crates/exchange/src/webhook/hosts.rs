//! Where the operator lets this program go. No address that somebody else chose is ever asked unless its origin is on this list; how https is spoken is up to
//! a relay on the same machine, which also knows whom to trust.

/// Longest address.
const LONGEST: usize = 500;

/// The operator's list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Vec<Host>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Host {
    origin: Origin,
    /// The relay that speaks https to it.
    via: Option<Origin>,
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Origin {
    https: bool,
    host: String,
    port: u16,
}

/// Where a request goes, and which host it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What is asked: always http on this machine.
    pub address: String,
    /// The `Host` of the request.
    pub host: String,
}

/// The list has a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "第{line}行：{reason}；每行写一个来源，如 http://127.0.0.1:9000，或者 https://主机 后空一格写本机中继 http://127.0.0.1:端口"
)]
pub struct HostsError {
    /// The line, from 1.
    pub line: usize,
    /// Why.
    pub reason: &'static str,
}

/// Why an address is not asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    /// It is no address.
    #[error("不是网址")]
    NoAddress,
    /// It is sent in clear to another machine.
    #[error("不是 https，也不在本机")]
    InClear,
    /// The operator's list does not have its origin.
    #[error("{0} 不在运维人员的名单中")]
    NotListed(String),
}

impl NotAllowed {
    /// The way on.
    pub fn mend(&self) -> String {
        match self {
            Self::NoAddress => format!("应为 https://主机/路径，不超过{LONGEST}字，没有空格、账号和 #"),
            Self::InClear => "请使用 https；http 只用于本机的 127.0.0.1 和 [::1]".into(),
            Self::NotListed(origin) => {
                let via = if origin.starts_with("https:") { " http://127.0.0.1:中继的端口" } else { "" };
                format!("请对方的运维人员在实例目录的 webhooks 文件中加一行“{origin}{via}”，重启后再订阅")
            }
        }
    }
}

impl Origin {
    /// The origin of an address, and the rest of it.
    fn split(url: &str) -> Option<(Self, &str)> {
        let good =
            |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}' | '#');
        if url.len() > LONGEST || !url.chars().all(good) {
            return None;
        }
        let (scheme, rest) = url.split_once("://")?;
        let https = match scheme {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // An address of IPv6 stands in brackets and has colons of its own.
        let bracket = authority.rfind(']').map_or(0, |at| at + 1);
        let (host, port) = match authority[bracket..].split_once(':') {
            Some((_, port)) => (&authority[..authority.len() - port.len() - 1], port.parse().ok()?),
            None => (authority, if https { 443 } else { 80 }),
        };
        let named = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-[]:".contains(c));
        if !named || path.starts_with('?') {
            return None;
        }
        Some((Self { https, host: host.to_ascii_lowercase(), port }, path))
    }

    fn is_loopback(&self) -> bool {
        matches!(self.host.as_str(), "127.0.0.1" | "[::1]")
    }

    /// As it stands in an address.
    fn written(&self) -> String {
        format!("{}://{}", if self.https { "https" } else { "http" }, self.name())
    }

    fn name(&self) -> String {
        let usual = if self.https { 443 } else { 80 };
        if self.port == usual { self.host.clone() } else { format!("{}:{}", self.host, self.port) }
    }
}

impl Hosts {
    /// Reads the list: a line each, `#` begins a remark.
    pub fn parse(text: &str) -> Result<Self, HostsError> {
        let mut hosts = vec![];
        for (at, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            hosts.push(Host::parse(line).map_err(|reason| HostsError { line: at + 1, reason })?);
        }
        Ok(Self(hosts))
    }

    /// Where an address is reached, if the list has its origin.
    pub fn target(&self, url: &str) -> Result<Target, NotAllowed> {
        let (origin, path) = Origin::split(url).ok_or(NotAllowed::NoAddress)?;
        let Some(host) = self.0.iter().find(|host| host.origin == origin) else {
            let in_clear = !origin.https && !origin.is_loopback();
            return Err(if in_clear { NotAllowed::InClear } else { NotAllowed::NotListed(origin.written()) });
        };
        let reached = host.via.as_ref().unwrap_or(&origin);
        let path = if path.is_empty() { "/" } else { path };
        Ok(Target { address: format!("http://{}:{}{path}", reached.host, reached.port), host: origin.name() })
    }

    /// The origins of the list.
    pub fn origins(&self) -> Vec<String> {
        self.0.iter().map(|host| host.origin.written()).collect()
    }
}

impl Host {
    fn parse(line: &str) -> Result<Self, &'static str> {
        let mut words = line.split_whitespace();
        let bare =
            |word: &str| Origin::split(word).filter(|(_, path)| matches!(*path, "" | "/")).map(|(origin, _)| origin);
        let origin = words.next().and_then(bare).ok_or("不是来源：协议、主机和端口，没有路径")?;
        let via = match words.next() {
            None => None,
            Some(word) => Some(
                bare(word)
                    .filter(|via| !via.https && via.is_loopback())
                    .ok_or("中继不在本机：应为 http://127.0.0.1:端口")?,
            ),
        };
        match (origin.https, &via, words.next()) {
            (_, _, Some(_)) => Err("多出了内容"),
            (true, None, _) => Err("https 要经过本机的中继，没有写明"),
            (false, None, _) if !origin.is_loopback() => Err("不是 https，也不在本机"),
            (false, Some(_), _) => Err("只有 https 才经过中继"),
            _ => Ok(Self { origin, via }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# 信用平台\nhttps://credit.example.gov.cn http://127.0.0.1:8443\nhttp://127.0.0.1:9000\nhttps://[fd00::1]:8443 http://[::1]:8444 # 备用\n";

    #[track_caller]
    fn reached(url: &str, address: &str, host: &str) {
        let target = Hosts::parse(LIST).unwrap().target(url);
        assert_eq!(target, Ok(Target { address: address.into(), host: host.into() }), "{url}");
    }

    #[test]
    fn only_origins_of_the_list_are_reached() {
        reached("https://credit.example.gov.cn/hook?a=1", "http://127.0.0.1:8443/hook?a=1", "credit.example.gov.cn");
        reached("https://Credit.Example.Gov.Cn:443", "http://127.0.0.1:8443/", "credit.example.gov.cn");
        reached("http://127.0.0.1:9000/a", "http://127.0.0.1:9000/a", "127.0.0.1:9000");
        reached("https://[FD00::1]:8443/a", "http://[::1]:8444/a", "[fd00::1]:8443");
        let hosts = Hosts::parse(LIST).unwrap();
        for other in [
            "http://credit.example.gov.cn/hook",
            "https://credit.example.gov.cn:8443/hook",
            "https://credit.example.gov.cn.evil.example/",
            "https://credit.example.gov.cn@evil.example/",
            "https://evil.example/https://credit.example.gov.cn",
            "http://127.0.0.1:9001/",
            "http://127.0.0.1/",
            "http://localhost:9000/",
            "http://0177.0.0.1:9000/",
            "http://127.0.0.1:9000\\@evil.example/",
            "http://127.0.0.1:9000/a b",
            "http://127.0.0.1:9000/#a",
            "http://127.0.0.1:9000?a",
            "http://127.0.0.1:99999/",
            "ftp://127.0.0.1:9000/",
            "//127.0.0.1:9000/",
            "",
        ] {
            assert!(hosts.target(other).is_err(), "{other}");
        }
        assert!(Hosts::default().target("http://127.0.0.1:9000/").is_err(), "without a list nobody is reached");
    }

    #[test]
    fn it_is_said_why_an_address_is_not_asked_and_what_mends_it() {
        let told = |url: &str| Hosts::default().target(url).unwrap_err();
        for url in ["", "a.example/hook", "ftp://127.0.0.1/", "https://a.example/#a", "https://u@a.example/"] {
            assert_eq!(told(url), NotAllowed::NoAddress, "{url}");
        }
        assert_eq!(told("http://10.0.0.1:80/hook"), NotAllowed::InClear);
        assert_eq!(told("http://127.0.0.1:9000/hook"), NotAllowed::NotListed("http://127.0.0.1:9000".into()));
        let unlisted = told("https://A.example:8443/hook");
        assert_eq!(unlisted.to_string(), "https://a.example:8443 不在运维人员的名单中");
        assert!(
            unlisted.mend().contains("“https://a.example:8443 http://127.0.0.1:中继的端口”"),
            "{}",
            unlisted.mend()
        );
        // What the mend says makes it good.
        let line = "https://a.example:8443 http://127.0.0.1:8444";
        assert!(Hosts::parse(line).unwrap().target("https://A.example:8443/hook").is_ok());
        assert_eq!(Hosts::parse(line).unwrap().origins(), ["https://a.example:8443"]);
    }

    #[test]
    fn a_list_with_a_fault_is_refused_with_its_line() {
        let told = |list: &str| Hosts::parse(list).unwrap_err();
        assert_eq!((told("\nhttp://10.0.0.1").line, told("http://10.0.0.1").reason), (2, "不是 https，也不在本机"));
        assert_eq!(told("https://a.example").reason, "https 要经过本机的中继，没有写明");
        assert_eq!(told("https://a.example http://10.0.0.2:80").reason, "中继不在本机：应为 http://127.0.0.1:端口");
        assert_eq!(told("http://127.0.0.1:9000 http://127.0.0.1:9001").reason, "只有 https 才经过中继");
        assert_eq!(told("a.example").reason, "不是来源：协议、主机和端口，没有路径");
        assert_eq!(told("http://127.0.0.1:9000/hook").reason, "不是来源：协议、主机和端口，没有路径");
    }
}
